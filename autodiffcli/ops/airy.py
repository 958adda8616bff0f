"""Airy functions."""

from __future__ import annotations

from autodiffcli.ops.op import BY_BALLS, Op

OPS = (
    *(
        Op(
            name=name,
            doc=doc,
            torch=BY_BALLS,
            ball=ball,
            mpmath=reference,
            latex=latex,
            aliases=aliases,
        )
        for name, doc, ball, reference, latex, aliases in (
            (
                "airyai",
                "Airy function Ai(x)",
                "airy_ai",
                lambda m, x: m.airyai(x),
                r"\operatorname{{Ai}}\left({0}\right)",
                ("airy_ai", "AiryAi"),
            ),
            (
                "airybi",
                "Airy function Bi(x)",
                "airy_bi",
                lambda m, x: m.airybi(x),
                r"\operatorname{{Bi}}\left({0}\right)",
                ("airy_bi", "AiryBi"),
            ),
            (
                "airyaiprime",
                "derivative of the Airy function Ai(x)",
                "airy_ai_prime",
                lambda m, x: m.airyai(x, derivative=1),
                r"\operatorname{{Ai}}'\left({0}\right)",
                ("airy_ai_prime", "AiryAiPrime"),
            ),
            (
                "airybiprime",
                "derivative of the Airy function Bi(x)",
                "airy_bi_prime",
                lambda m, x: m.airybi(x, derivative=1),
                r"\operatorname{{Bi}}'\left({0}\right)",
                ("airy_bi_prime", "AiryBiPrime"),
            ),
        )
    ),
)
