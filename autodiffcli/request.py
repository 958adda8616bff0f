"""`Request`: what the user asked, in plain types, checked as far as needs no expression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from autodiffcli.diagnostics import AdiffError, Span, did_you_mean, listed, wrong

REDUCTIONS = ("sum", "mean", "max", "min", "none")
METHODS = ("auto", "autograd", "taylor", "certified")
DTYPES = ("float64", "float32", "complex128")
MAX_DIGITS = 1000
MAX_ORDER = 100
ON_ERROR = ("stop", "skip", "null")
ENGINES = ("local", "dask")
MEMORY = 256 << 20  # bytes of a pipe that are kept where it must be read twice


@dataclass(frozen=True, slots=True)
class Data:
    """Where the columns come from, and how the work is done.

    paths      files, globs, directories, `-`
    renamed    variable -> column
    keep       names of the columns that stay, between commas; None for all
    on_error   what becomes of a row that cannot be read: stop, skip, null
    memory     bytes of a pipe that may be kept, where it must be read twice
    device     of torch: cpu, cuda, cuda:1
    compiled   by torch.compile
    engine     local or dask
    scheduler  address of a running dask cluster
    """

    paths: tuple[str, ...]
    renamed: Mapping[str, str] = field(default_factory=dict)
    keep: str | None = None
    on_error: str = "stop"
    memory: int = MEMORY
    device: str = "cpu"
    compiled: bool = False
    engine: str = "local"
    scheduler: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """One question to `adiff diff`.

    at         texts of --at
    order      highest order of the derivatives; 0 for the value alone
    wrt        variables to differentiate by; empty for all
    partials   single partial derivatives, `x,x,t`; empty for every one up to `order`
    format     name of a renderer; "" for what the output file's name says, else table
    output     path of a file; "" and "-" for stdout
    precision  significant digits in tables
    digits     significant digits that must be proven; 0 for numbers of the dtype
    verify     right digits that every number must have; 0 to count them only, None not to
    rows       rows shown in tables; None for the terminal's default
    threads    processes for data and for very many points; 0 for one per core
    data       columns in place of points
    """

    expression: str
    at: tuple[str, ...] = ()
    order: int = 1
    wrt: tuple[str, ...] = ()
    partials: tuple[tuple[str, ...], ...] = ()
    reduction: str = "sum"
    method: str = "auto"
    dtype: str = "float64"
    grid: bool = False
    format: str = ""
    output: str = ""
    precision: int = 6
    digits: int = 0
    verify: int | None = None
    rows: int | None = None
    strict: bool = False
    verbose: bool = False
    threads: int = 0
    data: Data | None = None


def whole_number(text: str, option: str, least: int, most: int) -> int:
    """A whole number within limits. Raises AdiffError that names the option."""
    span, origin = Span(0, len(text)), f"{option} "
    try:
        value = int(text)
    except ValueError:
        message = f"{option} is a whole number, not '{text}'"
        raise wrong("option", message, span, text, origin=origin) from None
    if not least <= value <= most:
        message = f"{option} is between {least} and {most:,}, not {text}"
        raise wrong("option", message, span, text, origin=origin)
    return value


def positive_number(text: str, option: str) -> float:
    """A number above 0. Raises AdiffError that names the option."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < inf:
        message = f"{option} is a number above 0, not '{text}'"
        raise wrong("option", message, Span(0, len(text)), text, origin=f"{option} ")
    return value


def one_of(text: str, option: str, choices: tuple[str, ...]) -> str:
    """One of a few words. Raises AdiffError that names the option."""
    if text in choices:
        return text
    hint = did_you_mean(text, choices) or f"it is one of {listed(choices, 'or')}"
    message = f"{option} has no choice '{text}'"
    raise wrong("option", message, Span(0, len(text)), text, origin=f"{option} ", hint=hint)


def refuse_contradictions(request: Request, precise: bool = False) -> None:
    """Raise AdiffError for options that do not go together.

    precise  whether --precision was given
    """
    proven = "--digits" if request.digits else ""
    if proven and request.method not in ("auto", "certified"):
        raise _apart(f"{proven} is --method certified, not {request.method}", "--method")
    if proven and request.dtype != "float64":
        raise _apart(f"{proven} has no dtype: its numbers are not rounded to one", "--dtype")
    if proven and precise:
        raise _apart("--digits says how many digits a table shows", "--precision")
    if proven and request.verify is not None:
        raise _apart("the digits of --digits are proven already", "--verify")
    complex_ = request.dtype.startswith("complex")
    if complex_ and request.method == "certified":
        raise _apart("--method certified is for real numbers", "--dtype or --method")
    if complex_ and request.verify is not None:
        raise _apart("--verify is for real numbers", "--dtype or --verify")


def refuse_with_intervals(request: Request) -> None:
    """Raise AdiffError for options that do not go together with intervals."""
    if request.digits:
        raise _apart("the bounds over an interval are not rounded to --digits", "--digits")
    if request.method not in ("auto", "certified"):
        raise _apart(f"intervals are --method certified, not {request.method}", "--method")
    if request.dtype != "float64":
        raise _apart("bounds over intervals have no dtype", "--dtype")
    if request.verify is not None:
        raise _apart("bounds over intervals are proven already", "--verify")


def _apart(message: str, option: str) -> AdiffError:
    return wrong("contradiction", message, hint=f"leave out {option}")


def names(text: str, option: str) -> tuple[str, ...]:
    """Names between commas. Raises AdiffError for an empty or impossible one."""
    found = []
    place = 0
    for part in text.split(","):
        name = part.strip()
        if not name.isidentifier():
            span = Span(place, place + len(part))
            message = f"'{name}' is no name of a variable" if name else "a name is missing here"
            raise wrong("option", message, span, text, origin=f"{option} ")
        found.append(name)
        place += len(part) + 1
    return tuple(found)


def wanted_of(
    known: Sequence[str], request: Request
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """The variables differentiated by, and the partials asked for one by one.

    known   the variables there are
    raises  AdiffError for one that there is not
    """
    for option, chosen in (("--wrt", request.wrt), *(("--partial", p) for p in request.partials)):
        refuse_unknown_names(option, chosen, known)
    if request.partials:
        found = dict.fromkeys(name for partial in request.partials for name in partial)
        return tuple(found), tuple(dict.fromkeys(request.partials))
    return (tuple(dict.fromkeys(request.wrt)) or tuple(known)), ()


def refuse_unknown_names(option: str, chosen: Sequence[str], known: Sequence[str]) -> None:
    """Raise AdiffError for the first name that an option chooses and the expression has not."""
    for place, name in enumerate(chosen):
        if name not in known:
            start = sum(len(before) + 1 for before in chosen[:place])
            span = Span(start, start + len(name))
            message = f"the expression has no variable '{name}'"
            hint = did_you_mean(name, known) or (f"it has {listed(known)}" if known else "")
            text = ",".join(chosen)
            raise wrong("variable", message, span, text, origin=f"{option} ", hint=hint)
