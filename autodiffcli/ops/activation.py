"""Functions that neural networks are made of."""

from __future__ import annotations

from autodiffcli.ops.op import Op

OPS = (
    Op(
        name="sigmoid",
        doc="logistic function 1/(1 + exp(-x))",
        slope=(lambda f, x: f.sech_squared(x / 2) / 4,),
        mpmath=lambda m, x: 1 / (1 + m.exp(-x)),
        latex=r"\sigma\left({0}\right)",
        aliases=("logistic", "expit"),
        source="torch's y (1 - y) is 0 beyond 37 (pytorch#195681)",
    ),
    Op(
        name="softplus",
        doc="log(1 + exp(x)), a smooth max(x, 0)",
        # not nn.functional.softplus: above 20 it returns x, off by 6e-11 there
        torch=lambda f, x: f.torch.logaddexp(x, f.torch.zeros_like(x)),
        slope=(lambda f, x: f.sigmoid(x),),
        mpmath=lambda m, x: m.log1p(m.exp(x)),
    ),
    Op(
        name="relu",
        doc="max(x, 0)",
        definition="max(x, 0)",
        mpmath=lambda m, x: max(x, m.mpf(0)),
    ),
)
