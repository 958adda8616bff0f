"""`adiff residual`: solutions from the books leave none, wrong ones leave what mpmath says."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from mpmath import mp

from tests.conftest import Ran, run_adiff

HEAT = "d(u,t) = 0.1*d(u,x,x)"
SINE = "u = exp(-0.1*pi^2*t)*sin(pi*x)"
SQUARE = ("--at", "x=0..1..0.25", "--at", "t=0,0.5", "--grid")


def residual(*argv: str) -> Ran:
    return run_adiff("residual", *argv)


def summary(*argv: str) -> dict[str, dict[str, Any]]:
    ran = residual(*argv, "--format", "json")
    assert ran.code == 0, ran.stderr
    return {one["name"]: one for one in json.loads(ran.stdout)["equations"]}


# equations, candidate, points
KNOWN = {
    "heat": (HEAT, SINE, "x=0..1..0.1,t=0..1..0.25"),
    "wave": ("d(u,t,t) = 4*d(u,x,x)", "u = sin(x-2*t)", "x=-2..2,t=0..1..0.5"),
    "d'Alembert": (
        "u_tt = 9*u_xx",
        "f(z) = exp(-z^2); g(z) = sech(z); u = f(x-3t) + g(x+3t)",
        "x=-1..1..0.5,t=0,0.3",
    ),
    "Burgers": (
        "u_t + u*u_x = 0.1*u_xx",
        "c = 0.7; nu = 0.1; u = c - c*tanh(c*(x-c*t)/(2*nu))",
        "x=-1..1..0.25,t=0,1",
    ),
    "KdV": (
        "u_t + 6*u*u_x + d(u,x,3) = 0",
        "c = 2; u(x,t) = c/2*sech(sqrt(c)/2*(x-c*t))^2",
        "x=-3..3..0.5,t=0,0.7",
    ),
    "sine-Gordon": (
        "d(u,t,t) - d(u,x,x) + sin(u)",
        "v = 0.3; u = 4*atan(exp((x-v*t)/sqrt(1-v^2)))",
        "x=-3..3..0.5,t=0,1",
    ),
    "Laplace": ("laplacian(u,x,y) = 0", "u = x^2-y^2 + exp(x)*sin(y)", "x=-1..1,y=-1..1..0.5"),
    "Newton": (
        "laplacian(u,x,y,z) = 0",
        "u = 1/sqrt(x^2+y^2+z^2)",
        "x=0.5,1,y=-1,0,z=0.1,2",
    ),
    "Taylor-Green": (
        "d(u,t) + u*d(u,x) + v*d(u,y) = -d(p,x) + 0.2*laplacian(u,x,y);"
        "d(v,t) + u*d(v,x) + v*d(v,y) = -d(p,y) + 0.2*laplacian(v,x,y);"
        "d(u,x) + d(v,y)",
        "F = exp(-0.4*t); u = cos(x)*sin(y)*F; v = -sin(x)*cos(y)*F;p = -(cos(2*x)+cos(2*y))*F^2/4",
        "x=0,1,2,y=0.5,3,t=0,1",
    ),
    "Black-Scholes": (
        "d(V,t) + s^2/2*S^2*d(V,S,S) + r*S*d(V,S) - r*V",
        "r = 0.05; s = 0.2; K = 100; T = 1;"
        "a = (log(S/K)+(r+s^2/2)*(T-t))/(s*sqrt(T-t)); b = a - s*sqrt(T-t);"
        "V = S*ndtr(a) - K*exp(-r*(T-t))*ndtr(b)",
        "S=80,100,130,t=0,0.5",
    ),
    "oscillator": ("d(y,t,t) + 4*y = 0", "y = cos(2*t) + sin(2*t)/2", "t=0..3..0.5"),
    "system": ("d(u,x) = -v\nd(v,x) = u", "u = cos(x); v = sin(x)", "x=0..3"),
}


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_solution_leaves_no_residual(name: str) -> None:
    equations, candidate, points = KNOWN[name]
    found = summary(equations, "--with", candidate, "--at", points, "--grid")
    assert all(one["worst"] <= 1e-10 and one["without"] == 0 for one in found.values())
    assert all(one["scale"] > 0.01 for one in found.values())


SCHROEDINGER = "i*d(u,t) = -d(u,x,x)/2"
WAVES = {
    "plane wave": "k = 3; u = exp(i*(k*x - k^2/2*t))",
    # spreading of exp(-x^2/2), e.g. Griffiths, Introduction to Quantum Mechanics, problem 2.21
    "packet": "u = 1/sqrt(1+i*t)*exp(-x^2/(2*(1+i*t)))",
}


@pytest.mark.parametrize("name", WAVES)
def test_complex_solutions(name: str) -> None:
    argv = (SCHROEDINGER, "--with", WAVES[name], "--dtype", "complex128")
    (one,) = summary(*argv, "--at", "x=-2..2..0.5", "--at", "t=0,0.4,3", "--grid").values()
    assert one["worst"] < 1e-10 and one["scale"] > 0.4


def test_many_points_leave_rounding_only() -> None:
    _, candidate, _ = KNOWN["KdV"]
    argv = ("u_t + 6*u*u_x + d(u,x,3)", "--with", candidate, "--at", "x=-5..5..0.05")
    (one,) = summary(*argv, "--at", "t=0..1..0.05", "--grid").values()
    assert one["points"] == 201 * 21 and one["method"] == "autograd"
    assert one["worst"] <= one["bound"] < 1e-12


# equation, candidate, the same two in mpmath, points of x and t
WRONG: dict[str, tuple[str, str, Callable[..., Any], list[tuple[float, float]]]] = {
    "heat, twice as fast": (
        HEAT,
        "u = exp(-0.2*pi^2*t)*sin(pi*x)",
        lambda x, t: _partial(0, 1)(_heat, x, t) - _partial(2, 0)(_heat, x, t) / 10,
        [(0.25, 0.5), (0.5, 1.0), (0.75, 0.125)],
    ),
    "KdV, twice as high": (
        "u_t + 6*u*u_x + d(u,x,3) = 0",
        "u = 2*sech(x-2*t)^2",
        lambda x, t: (
            _partial(0, 1)(_hill, x, t)
            + 6 * _hill(x, t) * _partial(1, 0)(_hill, x, t)
            + _partial(3, 0)(_hill, x, t)
        ),
        [(0.5, 0.0), (-1.0, 0.25), (2.0, 0.5)],
    ),
    "Burgers, other viscosity": (
        "u_t + u*u_x - u_xx/8",
        "u = 1 - tanh((x-t)*2)",
        lambda x, t: (
            _partial(0, 1)(_front, x, t)
            + _front(x, t) * _partial(1, 0)(_front, x, t)
            - _partial(2, 0)(_front, x, t) / 8
        ),
        [(0.5, 0.25), (-1.0, 0.5), (1.0, 0.75)],
    ),
}


def _partial(n: int, m: int) -> Callable[..., Any]:
    return lambda f, x, t: mp.diff(f, (x, t), (n, m))


def _heat(x: Any, t: Any) -> Any:
    return mp.exp(-(mp.pi**2) * t / 5) * mp.sin(mp.pi * x)


def _hill(x: Any, t: Any) -> Any:
    return 2 * mp.sech(x - 2 * t) ** 2


def _front(x: Any, t: Any) -> Any:
    return 1 - mp.tanh((x - t) * 2)


@pytest.mark.parametrize("copies", [1, 3_000], ids=["few", "many"])
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_solution_leaves_what_mpmath_says(name: str, copies: int) -> None:
    equation, candidate, truth, points = WRONG[name]
    with mp.workdps(50):
        right = [float(truth(mp.mpf(x), mp.mpf(t))) for x, t in points]
    xs, ts = (",".join(str(p[n]) for p in points * copies) for n in (0, 1))
    argv = [equation, "--with", candidate, "--at", f"x={xs}", "--at", f"t={ts}"]
    (one,) = summary(*argv).values()
    sizes = [abs(value) for value in right]
    worst = max(sizes)
    assert one["worst"] == pytest.approx(worst, rel=1e-13)
    place = points[sizes.index(worst)]
    assert (one["at"]["x"], one["at"]["t"]) == place
    assert one["mean"] == pytest.approx(sum(sizes) / len(sizes), rel=1e-12)
    square = sum(size**2 for size in sizes) / len(sizes)
    assert one["rms"] == pytest.approx(square**0.5, rel=1e-12)
    rows = csv.DictReader(io.StringIO(residual(*argv, "--points", "-f", "csv").stdout))
    found = [float(row["equation"]) for row in rows]
    assert found == pytest.approx(right * copies, rel=1e-11)


def test_a_small_error_under_large_terms_is_found_by_balls() -> None:
    argv = ("u_xx = 1e8", "--with", "u = 1e8*x^2/2 + 1e-9*cosh(x)", "--at", "x=0..1..0.5")
    (one,) = summary(*argv).values()
    with mp.workdps(50):
        assert one["worst"] == pytest.approx(float(mp.cosh(1) / 10**9), rel=1e-14)


def test_what_rounding_may_hide_fails_the_check() -> None:
    argv = ("u_xx = 1e8", "--with", "u = 1e8*x^2/2 + 1e-9*cosh(x)", "--at", "x=0..1..1e-5")
    ran = residual(*argv, "--tol", "1.2e-9")
    assert ran.code == 1 and "rounding may hide" in ran.stderr
    assert residual(*argv, "--tol", "1e-7").code == 0


SCALES = {
    "d(u,x) = 1": [3.0],
    "d(u,x) = 1; d(u,x) = 1; 5 + d(u,x) - 2 = -7": [3.0, 3.0, 7.0],
    "u = 0": [3.0],  # 5 - 2 is its definition, not terms of the equation
    "u - 3*x": [3.0],
    "u*u_x = x + 10*x": [10.0],
}


@pytest.mark.parametrize("equations", SCALES)
def test_the_scale_is_the_largest_term(equations: str) -> None:
    found = summary(equations, "--with", "u = 5*x - 2*x", "--at", "x=1")
    assert [one["scale"] for one in found.values()] == SCALES[equations]


# -- conditions

CONDITIONS = {
    ("initial", "t=0: sin(pi*x)"): 0.0,
    ("initial", "t=0: u = sin(pi*x)"): 0.0,
    ("initial", "t=0: 2*sin(pi*x)"): 1.0,
    ("initial", "t=0: u_t = -0.1*pi^2*u"): 0.0,
    ("boundary", "x=0,1: 0"): 0.0,
    ("boundary", "x=1/2: d(u,x) = 0"): 0.0,
    ("boundary", "x=0: d(u,x) = 0"): 3.14159265358979,
    ("boundary", "x=0: at(u, x=0) = at(u, x=2)"): 0.0,
    ("boundary", "x=0,t=0: d(u,x) = pi"): 0.0,
    ("boundary", "x=1,t=0,1: d(u,x) = 0"): 3.14159265358979,
}


@pytest.mark.parametrize(("kind", "text"), CONDITIONS)
def test_conditions(kind: str, text: str) -> None:
    argv = (HEAT, "--with", SINE, "--at", "x=0..1..0.25", "--at", "t=0,0.5", "--grid")
    found = summary(*argv, f"--{kind}", text)
    assert found[kind]["worst"] == pytest.approx(CONDITIONS[kind, text], abs=1e-12)
    assert found["equation"]["worst"] == 0


def test_a_condition_is_at_its_places_and_all_points_of_the_others() -> None:
    conditions = ("--boundary", "x=0,1: 0", "--initial", "t=0: sin(pi*x)")
    found = summary(HEAT, "--with", SINE, *SQUARE, *conditions)
    assert {name: one["points"] for name, one in found.items()} == {
        "equation": 10,
        "initial": 5,
        "boundary": 4,
    }


def test_pairs_stay_pairs() -> None:
    argv = (HEAT, "--with", SINE, "--at", "x=0,0.5,1", "--at", "t=1,2,3")
    found = summary(*argv, "--boundary", "x=0,1: 0")
    assert (found["equation"]["points"], found["boundary"]["points"]) == (3, 6)


def test_the_only_differentiated_definition_is_what_a_condition_is_about() -> None:
    argv = (
        "u_t = s + u_xx - u_xx",
        "--with",
        "s = sin(x); u = t*s",
        "--at",
        "x=1,2",
        "--at",
        "t=1",
    )
    assert summary(*argv, "--initial", "t=0: 0")["initial"]["worst"] == 0


def test_vectors_are_equations_entry_by_entry() -> None:
    found = summary("grad(u, x, y) = [2*x, 3]", "--with", "u = x^2 + 2*y", "--at", "x=1,2,y=1")
    assert {name: one["worst"] for name, one in found.items()} == {
        "equation[0]": 0,
        "equation[1]": 1,
    }


# -- where there is no residual


def test_points_without_a_residual_are_counted_and_named() -> None:
    argv = ("d(u,x) = 1", "--with", "u = abs(x) + log(x+1)", "--at", "x=-1,0,1")
    ran = residual(*argv)
    assert ran.code == 0
    assert "equation at x = 0: kink" in ran.stdout and "equation at x = -1: pole" in ran.stdout
    (one,) = summary(*argv).values()
    assert (one["points"], one["without"], one["statuses"]) == (3, 2, {"kink": 1, "pole": 1})
    assert one["worst"] == pytest.approx(0.5)
    assert residual(*argv, "--strict").code == 3
    failed = residual(*argv, "--tol", "1")
    assert failed.code == 1 and "2 of 3 points have no residual" in failed.stderr


def test_a_kink_among_many_points_is_found() -> None:
    argv = ("d(u,x)^2 = 1", "--with", "u = abs(x)", "--at", "x=-1..1..0.0001")
    (one,) = summary(*argv).values()
    assert (one["worst"], one["without"], one["statuses"]) == (0, 1, {"kink": 1})


def test_no_point_with_a_residual() -> None:
    ran = residual("d(u,x)", "--with", "u = log(x)", "--at", "x=-1,-2")
    assert ran.code == 0 and "none" in ran.stdout and "outside" in ran.stdout


# -- checks


def test_the_check_says_which_equation_failed() -> None:
    argv = (HEAT, "--with", SINE, *SQUARE, "--boundary", "x=0: 1", "--boundary", "x=1: 0")
    ran = residual(*argv, "--tol", "1e-9")
    assert ran.code == 1
    (line,) = ran.stderr.splitlines()
    assert line.startswith("error: boundary 1: 1 at")
    assert residual(*argv, "--tol", "1").code == 0


# -- mistakes: the message, and what stands over the caret

MISTAKES: dict[str, tuple[list[str], str, str]] = {
    "equation": ([f"{HEAT}+*", "--with", SINE], "is expected here", f"{HEAT}+*"),
    "with": (
        [HEAT, "--with", "u = sine(x)*t"],
        "no function called 'sine'",
        "--with u = sine(x)*t",
    ),
    "second with": (
        [HEAT, "--with", SINE, "--with", "v = $"],
        "unexpected character '$'",
        "--with v = $",
    ),
    "initial": (
        [HEAT, "--with", SINE, "--initial", "t=0: sin(pi*x"],
        "'sin(' is never closed",
        "--initial t=0: sin(pi*x",
    ),
    "initial place": (
        [HEAT, "--with", SINE, "--initial", "t=zero: 1"],
        "'zero' is not a number",
        "--initial t=zero: 1",
    ),
    "no variable": (
        [HEAT, "--with", SINE, "--boundary", "z=0: 0"],
        "there is no variable 'z'",
        "--boundary z=0: 0",
    ),
    "no colon": (
        [HEAT, "--with", SINE, "--boundary", "x=0"],
        "a condition says where",
        "--boundary x=0",
    ),
    "two conditions": (
        [HEAT, "--with", SINE, "--boundary", "x=0: 0; 1"],
        "a condition is one equation",
        "--boundary x=0: 0; 1",
    ),
    "interval": (
        [HEAT, "--with", SINE, "--boundary", "x=[0..1]: 0"],
        "this is an interval",
        "--boundary x=[0..1]: 0",
    ),
    "which unknown": (
        ["d(u,x) = d(v,x)", "--with", "u = x*t; v = x*t", "--initial", "t=0: 0"],
        "which unknown",
        "--initial t=0: 0",
    ),
    "undefined": (["d(w,t) = 0", "--with", SINE], "'w' is not defined", "d(w,t) = 0"),
    "undefined index": (["w_t = 0"], "'w' is not defined", "w_t = 0"),
    "unused": ([HEAT, "--with", f"{SINE}; k = 3"], "'k' is defined and not used", f"{SINE}; k = 3"),
    "no name": ([HEAT, "--with", "sin(x)*t"], "this defines nothing", "--with sin(x)*t"),
    "comparison": (["d(u,t) == 0", "--with", SINE], "'==' compares", "d(u,t) == 0"),
    "two equals": (["d(u,t) = 0 = 1", "--with", SINE], "an equation has one '='", "d(u,t) = 0 = 1"),
    "no left side": (["= d(u,t)", "--with", SINE], "nothing stands left", "= d(u,t)"),
    "no right side": (["d(u,t) =", "--with", SINE], "nothing stands right", "d(u,t) ="),
    "definition": (["k = 2; d(u,t) = k", "--with", SINE], "no points for 'k'", "k = 2; d(u,t) = k"),
    "no such derivative": (
        ["u_t = 0", "--with", "u = sin(x)"],
        "'u' has no variable 't'",
        "u_t = 0",
    ),
    "two readings": ([HEAT, "--with", "u = 1/2x*t"], "two ways", "--with u = 1/2x*t"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_shown_in_the_text_it_is_in(name: str) -> None:
    argv, message, shown = MISTAKES[name]
    ran = residual(*argv, *SQUARE)
    assert (ran.code, ran.stdout) == (2, "")
    first, source, carets, *_ = ran.stderr.splitlines()
    assert message in first and source.strip().endswith(shown) and set(carets.strip()) == {"^"}
    assert len(carets) <= len(source) + 1


def test_the_caret_is_under_the_place() -> None:
    ran = residual("d(u,t) = k*d(u,x,x)", "--with", SINE, *SQUARE)
    _, source, carets, hint = ran.stderr.splitlines()
    assert source[carets.index("^")] == "k" and "--with" in hint
    ran = residual(HEAT, "--with", "u = x*t\n + v*x", *SQUARE)
    assert ran.code == 2


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([HEAT, "--with", SINE, "--at", "x=1"], "no points for 't'"),
        ([HEAT, "--with", SINE, "--at", "x=1,2", "--at", "t=1,2,3"], "cannot be paired"),
        ([HEAT, "--with", SINE, *SQUARE, "--tol", "-1"], "--tol is a number"),
        ([HEAT, "--with", SINE, *SQUARE, "--inputs", "x,t"], "--inputs is for"),
        ([HEAT, "--with", SINE, "--at", "x in [0, 1]", "--at", "t=0"], "intervals"),
        (["", "--with", SINE], "the equation is empty"),
        ([HEAT, "--with", " "], "there is no definition"),
        ([], "missing argument"),
    ],
)
def test_what_is_wrong_is_one_error(argv: list[str], message: str) -> None:
    ran = residual(*argv)
    assert (ran.code, ran.stdout) == (2, "") and ran.stderr.startswith("error: ")
    assert message in ran.stderr


# -- formats


def test_rows_and_document_say_the_same() -> None:
    argv = (HEAT, "--with", SINE, *SQUARE, "--boundary", "x=0,1: d(u,x) = 0", "--points")
    document = json.loads(residual(*argv, "-f", "json").stdout)
    rows = list(csv.DictReader(io.StringIO(residual(*argv, "-f", "csv").stdout)))
    lines = [json.loads(line) for line in residual(*argv, "-f", "ndjson").stdout.splitlines()]
    assert list(rows[0]) == ["t", "x", "equation", "boundary", "status"]
    assert len(rows) == 10 + 4 and lines == document["points"]
    assert [float(row["boundary"]) for row in rows[10:]] == [r["boundary"] for r in lines[10:]]
    assert all(row["equation"] == "" for row in rows[10:])
    assert document["schema"] == 1 and document["passed"] is None


def test_a_missing_residual_is_empty_with_a_status() -> None:
    argv = ("d(u,status)", "--with", "u = abs(status)", "--at", "0,1", "--points")
    rows = residual(*argv, "-f", "csv").stdout.splitlines()
    assert rows == ["status,equation,status_", "0.0,,kink", "1.0,1.0,exact"]


def test_a_file_and_stdin(tmp_path: Path) -> None:
    target = tmp_path / "found.csv"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "autodiffcli",
            *("residual", "-", "--with", SINE, *SQUARE, "-o"),
            str(target),
        ],
        input=f"{HEAT}\nu = u\n",
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    rows = list(csv.DictReader(target.read_text().splitlines()))
    assert [row["name"] for row in rows] == ["equation 1", "equation 2"]


@pytest.mark.parametrize("width", [60, 20])
def test_a_narrow_terminal(width: int) -> None:
    argv = ["residual", HEAT, "--with", SINE, *SQUARE, "--initial", "t=0: 0"]
    ran = run_adiff(*argv, boxes=True, width=width)
    assert ran.code == 0
    assert all(len(line) <= width for line in ran.stdout.splitlines()) or width == 20


# -- networks

NET = """
import torch

print("hello from the user's file")
W = torch.tensor([[0.5, -1.0], [1.5, 0.25], [-0.75, 2.0]], dtype=torch.float64)
B = torch.tensor([0.1, -0.2, 0.3], dtype=torch.float64)
A = torch.tensor([[1.0, -2.0, 0.5], [0.25, 1.0, -1.0]], dtype=torch.float64)


class Net(torch.nn.Module):
    def __init__(self, outputs=1):
        super().__init__()
        self.inner = torch.nn.Linear(2, 3)
        self.outer = torch.nn.Linear(3, outputs, bias=False)

    def forward(self, points):
        return self.outer(torch.tanh(self.inner(points)))


def made(outputs=1):
    net = Net(outputs).double()
    net.inner.weight.data, net.inner.bias.data = W.clone(), B.clone()
    net.outer.weight.data = A[:outputs].clone()
    return net


def blank():
    return Net().double()


net, two, single = made(), made(2), made().float()


def u(x, t):
    return net(torch.stack([x, t], dim=-1))[:, 0]


def backwards(t, x):
    return u(x, t)


def wave(x, t):
    return torch.exp(1j * (2 * x - 2 * t))


def raising(x, t):
    raise ValueError("out of order")


def flat(x, t):
    return (x * t).sum()


def detached(x, t):
    return (x * t).detach()


def nothing(x, t):
    return None


def mixing(x, t):
    return x * t / (x * t).sum()


def strange(x, z):
    return x * z


number = 3
"""
W = [[0.5, -1.0], [1.5, 0.25], [-0.75, 2.0]]
B = [0.1, -0.2, 0.3]
A = [[1.0, -2.0, 0.5], [0.25, 1.0, -1.0]]
POINTS = [(x / 4, t / 2) for x in range(5) for t in range(3)]
GRID = ("--at", "x=0..1..0.25", "--at", "t=0..1..0.5", "--grid")


def by_hand(x: float, t: float, n: int, m: int, output: int = 0) -> Any:
    """d^(n+m) u / dx^n dt^m of sum a tanh(w x + v t + b), from the derivatives of tanh."""
    total = mp.mpf(0)
    for a, (w, v), b in zip(A[output], W, B, strict=True):
        s = mp.tanh(mp.mpf(w) * x + mp.mpf(v) * t + mp.mpf(b))
        slopes = [s, 1 - s**2, -2 * s * (1 - s**2), (1 - s**2) * (6 * s**2 - 2)]
        total += a * mp.mpf(w) ** n * mp.mpf(v) ** m * slopes[n + m]
    return total


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "candidate", raising=False)
    Path("candidate.py").write_text(NET, encoding="utf-8")
    yield tmp_path  # type: ignore[misc]
    sys.modules.pop("candidate", None)


def residuals(*argv: str, code: int = 0) -> list[dict[str, Any]]:
    ran = residual(*argv, *GRID, "--points", "-f", "json")
    assert ran.code == code, ran.stderr
    found: list[dict[str, Any]] = json.loads(ran.stdout)["points"]
    return found


NAMED = [
    ["candidate.py:u"],
    ["u=candidate.py:net", "--inputs", "x,t"],
    ["u=candidate.py:backwards"],
]


@pytest.mark.parametrize("module", NAMED, ids=lambda words: words[0])
def test_a_network_leaves_what_is_calculated_by_hand(folder: Path, module: list[str]) -> None:
    found = residuals("u_t + u*u_x = 0.1*d(u,x,3) + x*u_xt", "--with-module", *module)
    with mp.workdps(50):
        right = {
            (x, t): float(
                by_hand(x, t, 0, 1)
                + by_hand(x, t, 0, 0) * by_hand(x, t, 1, 0)
                - by_hand(x, t, 3, 0) / 10
                - x * by_hand(x, t, 1, 1)
            )
            for x, t in POINTS
        }
    assert {(row["x"], row["t"]) for row in found} == set(right)
    assert all(
        row["equation"] == pytest.approx(right[row["x"], row["t"]], rel=1e-13, abs=1e-14)
        for row in found
    )


def test_several_outputs_and_a_chain(folder: Path) -> None:
    found = residuals(
        "d(u*v, x) = grad(v, x, t)[1] + at(u, x=t)",
        "--with-module",
        "u,v=candidate.py:two",
        "--inputs",
        "x,t",
    )
    with mp.workdps(50):
        for row in found:
            x, t = row["x"], row["t"]
            u, v = by_hand(x, t, 0, 0), by_hand(x, t, 0, 0, 1)
            right = (
                by_hand(x, t, 1, 0) * v
                + u * by_hand(x, t, 1, 0, 1)
                - by_hand(x, t, 0, 1, 1)
                - by_hand(t, t, 0, 0)
            )
            assert row["equation"] == pytest.approx(float(right), rel=1e-13, abs=1e-14)


def test_conditions_call_the_network_at_their_places(folder: Path) -> None:
    conditions = ("--initial", "t=0: u_t = 0", "--boundary", "x=0: at(u, x=0) = u(1, t)")
    found = residuals("u_t = 0", "--with-module", "candidate.py:u", *conditions)
    with mp.workdps(50):
        for row in found:
            x, t = row["x"], row["t"]
            if row["initial"] is not None:
                assert t == 0
                right = by_hand(x, 0, 0, 1)
                assert row["initial"] == pytest.approx(float(right), rel=1e-13)
            if row["boundary"] is not None:
                right = by_hand(0, t, 0, 0) - by_hand(1, t, 0, 0)
                assert row["boundary"] == pytest.approx(float(right), rel=1e-13, abs=1e-14)
    assert sum(row["initial"] is not None for row in found) == 5
    assert sum(row["boundary"] is not None for row in found) == 3


def test_saved_networks(folder: Path) -> None:
    scope: dict[str, Any] = {"__name__": "candidate_here"}
    exec(NET.replace('print("hello from the user\'s file")', ""), scope)
    net = scope["made"]()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of TorchScript, by newer torch
        traced = torch.jit.trace(net, torch.zeros(1, 2, dtype=torch.float64))
        torch.jit.save(traced, "net.pt")
    torch.save(net.state_dict(), "weights.pt")
    rows = torch.zeros(3, 2, dtype=torch.float64)
    free = {"points": {0: torch.export.Dim("rows")}}
    torch.export.save(torch.export.export(net, (rows,), dynamic_shapes=free), "net.pt2")
    plain = residuals("u_t + u_xx", "--with-module", "candidate.py:u")
    Path("other.py").write_text(
        "from candidate import blank as made, Net\n\n\n"
        "class Double(Net):\n    def __init__(self):\n        super().__init__()\n"
        "        self.double()\n",
        encoding="utf-8",
    )
    makers = ("candidate.py:blank@weights.pt", "other.py:Double@weights.pt")
    for text in ("net.pt", "u=net.pt2", *makers):
        found = residuals("u_t + u_xx", "--with-module", text, "--inputs", "x,t")
        for one, other in zip(found, plain, strict=True):
            assert one["equation"] == pytest.approx(other["equation"], rel=1e-12)
    sys.modules.pop("other", None)


def test_float32_is_said_and_complex_numbers_are_differentiated(folder: Path) -> None:
    argv = ("u_t + u_xx", "--with-module", "u=candidate.py:single", "--inputs", "x,t", *GRID)
    ran = residual(*argv)
    assert ran.code == 0 and "'single' is float32" in ran.stderr
    argv = (SCHROEDINGER, "--with-module", "u=candidate.py:wave", "--dtype", "complex128")
    (one,) = summary(*argv, *GRID).values()
    assert one["worst"] < 1e-14 and one["scale"] == pytest.approx(2)


def test_a_guessed_order_is_told_and_what_is_printed_stays_off_stdout(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = residual("u_x + u_t", "--with-module", "u=candidate.py:net", *GRID)
    assert ran.code == 0 and "'net' is given x, t, in this order" in ran.stderr
    captured = capsys.readouterr()
    assert captured.out == "" and "hello" in captured.err


def test_a_kink_under_a_derivative_of_a_network_is_seen(folder: Path) -> None:
    Path("line.py").write_text("def u(x):\n    return 2*x - 1\n", encoding="utf-8")
    argv = ("d(abs(u), x) = 2", "--with-module", "line.py:u", "--at", "x=0,0.5,1")
    (one,) = summary(*argv).values()
    sys.modules.pop("line", None)
    assert (one["worst"], one["without"], one["statuses"]) == (4, 1, {"undecided": 1})


def test_what_is_not_finite_is_named(folder: Path) -> None:
    Path("root.py").write_text("import torch\ndef u(x):\n    return torch.sqrt(x)\n")
    argv = ("u_x = 1", "--with-module", "root.py:u", "--at", "x=-1,0,0.25")
    ran = residual(*argv)
    sys.modules.pop("root", None)
    assert "undecided; u_x is not finite there" in ran.stdout
    (one,) = summary(*argv).values()
    assert (one["worst"], one["without"]) == (0, 2)


BROKEN = {
    "candidate.py:raising": "ValueError: out of order (line",
    "candidate.py:flat": "returns shape () for 15 points",
    "candidate.py:detached": "has no gradient",
    "candidate.py:nothing": "returns nothing, and a tensor is expected",
    "candidate.py:mixing": "changes when it is called again",
    "candidate.py:wave": "returns complex numbers",
    "candidate.py:strange": "takes 'z'",
    "candidate.py:two": "returns shape 15x2",
    "candidate.py:number": "is of type int",
    "candidate.py:Net": "is a class",
    "candidate.py:nett": "has no 'nett'",
    "candidate.py:made@none.pt": "there is no file 'none.pt'",
    "candidate.py:flat@candidate.py": "makes no network: TypeError",
    "candidate.py:blank@candidate.py": "cannot be loaded",
    "missing.py:u": "there is no file 'missing.py'",
    "candidate.py": "this is no network",
    "candidate.py:2": "is no name",
    "broken.py:u": "SyntaxError",
    "leaving.py:u": "cannot be run: SystemExit",
    "text.pt": "is no network of TorchScript",
}


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_network_is_one_error(folder: Path, text: str) -> None:
    Path("broken.py").write_text("def u(x, t:\n", encoding="utf-8")
    Path("leaving.py").write_text("import sys\nsys.exit(3)\n", encoding="utf-8")
    Path("text.pt").write_text("nothing", encoding="utf-8")
    ran = residual(HEAT, "--with-module", f"u={text}", *GRID)
    assert (ran.code, ran.stdout) == (2, ""), ran.stdout
    first, source, *_ = ran.stderr.splitlines()
    assert first.startswith("error: ") and BROKEN[text] in first and "Traceback" not in ran.stderr
    assert source.strip() == f"--with-module u={text}"


def test_one_name_for_two_networks_is_a_mistake(folder: Path) -> None:
    twice = ("--with-module", "u=candidate.py:net", "--with-module", "candidate.py:u")
    assert "'u' is given twice" in residual(HEAT, *twice, *GRID).stderr
    both = ("--with-module", "candidate.py:u", "--with", SINE)
    assert "once more" in residual(HEAT, *both, *GRID).stderr
