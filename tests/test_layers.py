"""The walls of the house: who may import whom, and who may import what is heavy."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "autodiffcli"

# From the ground up. A module imports from modules above it in this list only.
ORDER = [
    *("__init__", "diagnostics", "arrays", "terminal"),
    *("launch", "launch.handover", "launch.control", "launch.child"),
    *("launch.deferred", "launch.later", "launch.lean", "launch.builds", "launch.rehearsal"),
    *("launch.choice", "launch.watch"),
    *(
        "ops.op",
        "ops.recurrences",
        "ops.expansions",
        "ops.arithmetic",
        "ops.exponential",
        "ops.trigonometric",
    ),
    *("ops.angles", "ops.hyperbolic", "ops.erf", "ops.gamma", "ops.beta", "ops.special"),
    *("ops.integrals", "ops.bessel", "ops.spherical", "ops.airy"),
    *("ops.polynomials", "ops.activation", "ops.piecewise", "ops.tensor", "ops.calculus", "ops"),
    *("program", "result", "plan", "directions"),
    *("interpreters", "interpreters.balls", "interpreters.blocks", "interpreters.symbols"),
    *("differentiation", "entries", "derivation", "kinds"),
    *("lexer", "calls", "operators", "stack", "readings", "mistakes", "expressions", "parser"),
    *("interpreters.scaled", "interpreters.slopes", "interpreters.coefficients"),
    *("lowering", "equations"),
    *("interpreters.terms", "interpreters.germs"),
    *("interpreters.across", "typed", "constants", "enclosures"),
    *("certified", "sides", "verdict", "interpreters.tensors", "interpreters.branches"),
    "interpreters.shaken",
    *("series", "powers", "interpreters.jets", "taylor"),
    *("interpreters.numbers", "interpreters.printing", "specs", "points"),
    *("one_point", "outcome", "pointwise", "derive", "faults", "evaluator"),
    *("interpreters.quotients", "interpreters.rationals", "interpreters.typesetting"),
    *("boxes", "interpreters.held", "stationarity", "stationarity.landmarks"),
    *("stationarity.simplest", "stationarity.roots", "stationarity.curve", "stationarity.frame"),
    *("stationarity.holes", "stationarity.switches", "stationarity.remains"),
    *("stationarity.multiple", "stationarity.waiting", "stationarity.stationary"),
    *("interpreters.hessians", "stationarity.box_gradients", "stationarity.zeros"),
    *(
        "stationarity.kinks",
        "stationarity.corners",
        "stationarity.eigenvalues",
        "stationarity.summits",
        "stationarity.surface",
        "stationarity.extents",
    ),
    *("judgement", "digits", "intervals", "verify", "batches"),
    *("expansion", "polynomial", "curves", "curves.curve_points", "curves.implicit"),
    *("uncertainties", "uncertainties.notation", "uncertainties.measurements"),
    *("uncertainties.correlations", "uncertainties.uncertainty"),
    *("uncertainties.smoothness", "uncertainties.nearby"),
    *("starts", "rootfinding", "rootfinding.krawczyk", "rootfinding.system"),
    *("rootfinding.brackets", "rootfinding.strides", "rootfinding.lows", "rootfinding.roots"),
    "rootfinding.proofs",
    *("minimization", "minimization.curvature", "minimization.bends", "minimization.objective"),
    *("minimization.arrivals", "minimization.extrema", "minimization.minimizers"),
    *("minimization.newton", "minimization.gradients"),
    *("minimization.optimizers", "positions", "fields", "sweeps", "evaluation", "straightline"),
    *("residuals", "residuals.texts", "residuals.scanning", "residuals.unknowns"),
    *("residuals.problem", "residuals.residual", "residuals.candidates", "residuals.networks"),
    "renderers",
    *("engine.kernels", "engine.noise", "engine.machine", "engine.checks", "engine.sweep"),
    *("engine.device", "engine.domains", "engine.spread", "engine.answers", "engine.many"),
    "engine",
    *("frames", "readers", "writers"),
    *("request", "destination", "streams", "app", "api", "verbs", "commands"),
    *("arguments", "cli"),
    *("launch.loading", "launch.server", "__main__"),
]

HEAVY = {
    "torch": {
        "interpreters.tensors",
        "interpreters.branches",
        "interpreters.shaken",
        "series",
        "powers",
        "interpreters.jets",
        "taylor",
        "derive",
        "engine.device",
        "faults",
        "evaluator",
        "sweeps",
        "minimization.gradients",
        "minimization.optimizers",
        "api",
        "residuals.candidates",
        "residuals.networks",
        "launch.loading",
    },
    "mpmath": {"interpreters.numbers"},
    "flint": {
        "boxes",
        "rootfinding.brackets",
        "certified",
        "constants",
        "curves.curve_points",
        "stationarity.curve",
        "stationarity.roots",
        "stationarity.multiple",
        "digits",
        "stationarity.eigenvalues",
        "enclosures",
        "expansion",
        "fields",
        "curves.implicit",
        "stationarity.box_gradients",
        "stationarity.zeros",
        "stationarity.kinks",
        "interpreters.across",
        "interpreters.balls",
        "interpreters.germs",
        "interpreters.held",
        "interpreters.hessians",
        "interpreters.terms",
        "interpreters.quotients",
        "interpreters.rationals",
        "judgement",
        "uncertainties.nearby",
        "uncertainties.smoothness",
        "minimization.bends",
        "minimization.curvature",
        "minimization.extrema",
        "minimization.minimizers",
        "minimization.gradients",
        "rootfinding.krawczyk",
        "minimization.newton",
        "minimization.objective",
        "verbs",
        "one_point",
        "pointwise",
        "residuals.residual",
        "rootfinding.lows",
        "rootfinding.proofs",
        "rootfinding.roots",
        "sides",
        "stationarity.summits",
        "rootfinding.strides",
        "rootfinding.system",
        "uncertainties.uncertainty",
        "verdict",
        "verify",
    },
    "typer": {"cli", "arguments", "commands"},
    "numpy": {
        *("frames", "readers", "writers", "streams", "engine"),
        *("engine.kernels", "engine.noise", "engine.machine", "engine.checks", "engine.sweep"),
        *("engine.device", "engine.domains", "engine.spread", "engine.answers", "engine.many"),
        "launch.rehearsal",
    },
    "polars": {"frames", "readers", "writers", "streams"},
    "pyarrow": {"streams"},  # readers and writers import it by name, to say what is missing
    "sympy": set(),
}


FOLDERS = ("renderers", "readers", "writers", "streams", "verbs", "commands")


def modules() -> dict[str, Path]:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        found[name.removesuffix(".__init__")] = path
    return found


def imports_of(path: Path) -> set[str]:
    """Every module named by an import anywhere in a file, in dotted form."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def place(module: str) -> str:
    """The module's name in ORDER; those of these folders share one place."""
    folder = module.split(".")[0]
    return folder if folder in FOLDERS else module


def rank(module: str) -> int:
    """The place in ORDER."""
    return ORDER.index(place(module))


@pytest.mark.parametrize("module", modules())
def test_modules_import_downwards_only(module: str) -> None:
    ours = modules()
    if module == "__init__":
        return  # loads its public names when they are asked for
    for imported in imports_of(ours[module]):
        target = imported.removeprefix("autodiffcli.")
        if imported == target or target not in ours or target == module:
            continue
        siblings = place(target) == place(module)
        allowed = rank(target) < rank(module) or siblings or place(module) == "renderers"
        assert allowed, f"{module} imports {target}"


@pytest.mark.parametrize("library", HEAVY)
def test_heavy_libraries_stay_in_their_rooms(library: str) -> None:
    users = {
        place(module)
        for module, path in modules().items()
        if any(name.split(".")[0] == library for name in imports_of(path))
    }
    assert users == HEAVY[library]


LIGHT = [
    ["--help"],
    ["--version"],
    ["functions"],
    ["functions", "sin"],
    ["sine(x)", "--at", "1"],
    ["x+*2"],
    ["x", "--at", "1", "--order", "-1"],
    ["x", "--at", "1", "--order", "101"],
    ["x", "--at", "1", "--format", "xml"],
    ["x", "--ordr", "2"],
    ["x**2", "--at", "1,zwei"],
    ["x**2", "--at", "0:1:2"],
    ["x*y", "--at", "x=1"],
    ["x*y", "--at", "x=1,y=2", "--wrt", "z"],
    ["taylor", "--help"],
    ["taylor", "sin(x)/x", "--at", "0"],
    ["taylor", "exp(x)", "--at", "1", "--format", "json"],
    ["taylor", "abs(x)", "--at", "0"],
    ["residual", "--help"],
    ["residual", "u_t = u_xx", "--with", "u = exp(-t)*sin(x)", "--at", "x=1,t=0"],
    ["residual", "u_t = u_xx", "--with", "u = sine(x)"],
    ["implicit", "x^2+y^2=25", "--at", "x=3,y=4", "--order", "20"],
    ["implicit", "x^2+y^2=25", "--at", "x=3,y=4.1", "--refine"],
    ["propagate", "m*g*h", "--at", "m=1.0±0.1,g=9.81±0.01,h=2"],
    ["solve", "cos(x) = x", "--from", "1"],
    ["solve", "x^2+y^2 = 25; y = x+1", "--from", "x=1,y=1", "--digits", "30"],
    ["minimize", "(1-x)^2+100*(y-x^2)^2", "--from", "x=-1.2,y=1"],
    ["minimize", "x^2", "--from", "3", "--method", "descent", "--steps", "1"],
    ["critical", "--help"],
    ["critical", "x^3-3x", "--from", "-5..5"],
    ["critical", "x^2-y^2", "--from", "x=-1..1,y=-1..1"],
]


@pytest.mark.parametrize("argv", LIGHT, ids=" ".join)
def test_what_needs_no_calculation_needs_no_torch(argv: list[str]) -> None:
    script = (
        "import sys; from autodiffcli.cli import main; main(sys.argv[1:]);"
        "heavy = {'torch', 'numpy', 'sympy', 'rich.table'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script, *argv], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
