"""Options for columns of data, as typer wants them declared, and what they say."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from autodiffcli.diagnostics import Span, wrong
from autodiffcli.lexer import NAME
from autodiffcli.request import ENGINES, MEMORY, ON_ERROR, Data, one_of

DataFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--data", metavar="FILE", help="Columns by the names of variables; - is stdin; repeatable."
    ),
]
Map = Annotated[
    list[str] | None,
    typer.Option(metavar="X=COLUMN", help="The column of a variable, by name or number."),
]
Keep = Annotated[
    str | None, typer.Option(metavar="COLUMNS", help="Columns of --data that stay; all by default.")
]
OnError = Annotated[
    str, typer.Option(metavar="WHAT", help="A row that cannot be read: stop, skip or null.")
]
Threads = Annotated[
    str,
    typer.Option(
        metavar="N",
        help="Processes for --data, and for a million points.",
        show_default="one per core",
    ),
]
Memory = Annotated[
    str,
    typer.Option(metavar="SIZE", help="Of a pipe, for mean, max and min: 4G.", show_default="256M"),
]
Device = Annotated[
    str, typer.Option(metavar="NAME", help="Of torch, for --data: cpu, cuda, cuda:1.")
]
Compile = Annotated[
    bool, typer.Option("--compile", help="By torch.compile, for very large --data.")
]
Engine = Annotated[str, typer.Option(metavar="NAME", help="For --data: local, or dask.")]
Scheduler = Annotated[
    str, typer.Option(metavar="ADDRESS", help="Of a dask cluster: tcp://host:8786.")
]

_SIZE = r"([0-9]+(?:\.[0-9]+)?)\s*([kmgtKMGT]?)[iI]?[bB]?"
_UNITS = {"": 0, "k": 10, "m": 20, "g": 30, "t": 40}
_DEVICE = r"cpu|cuda(:[0-9]+)?"


def data_of(
    paths: list[str] | None,
    renamed: list[str] | None,
    keep: str | None,
    on_error: str,
    memory: str,
    device: str,
    compiled: bool,
    engine: str,
    scheduler: str,
) -> Data | None:
    """The data of a request; None where it has none. Raises AdiffError."""
    if not paths:
        _refuse_without_data(renamed, keep, memory, scheduler, engine, compiled, device)
        return None
    if not re.fullmatch(_DEVICE, device):
        raise wrong(
            "device", f"no device '{device}'", Span(0, len(device)), device, origin="--device ",
            hint="cpu, cuda or cuda:1",
        )  # fmt: skip
    if scheduler and engine != "dask":
        raise wrong(
            "contradiction", "--scheduler goes with --engine dask", hint="add --engine dask"
        )
    return Data(
        paths=tuple(paths),
        renamed=_renamed(renamed or []),
        keep=keep,
        on_error=one_of(on_error, "--on-error", ON_ERROR),
        memory=_bytes(memory) if memory else MEMORY,
        device=device,
        compiled=compiled,
        engine=one_of(engine, "--engine", ENGINES),
        scheduler=scheduler,
    )


def _refuse_without_data(
    renamed: list[str] | None,
    keep: str | None,
    memory: str,
    scheduler: str,
    engine: str,
    compiled: bool,
    device: str,
) -> None:
    """Raise AdiffError for an option that says something of --data where there is none."""
    for given, option in (
        (renamed, "--map"),
        (keep is not None, "--keep"),
        (memory, "--memory"),
        (scheduler, "--scheduler"),
        (engine != "local", "--engine"),
        (compiled, "--compile"),
        (device != "cpu", "--device"),
    ):
        if given:
            hint = f"add --data FILE, or leave out {option}"
            raise wrong("contradiction", f"{option} goes with --data", hint=hint)


def data_format(text: str) -> str:
    """The name of a format that data can have; "" where none is given."""
    if not text:
        return ""
    from autodiffcli.readers.part import FORMATS  # its folder loads all readers

    return one_of(text, "--format", (*FORMATS, "table", "md"))


def _renamed(texts: list[str]) -> dict[str, str]:
    """`x=temperature`, several between commas. Raises AdiffError."""
    found: dict[str, str] = {}
    for text in texts:
        place = 0
        for item in text.split(","):
            variable, equals, column = (part.strip() for part in item.partition("="))
            if not equals or not column or not re.fullmatch(NAME, variable):
                span = Span(place, place + len(item))
                hint = "variable=column, x=temperature"
                raise wrong("map", "this is no mapping", span, text, origin="--map ", hint=hint)
            if variable in found:
                span = Span(place, place + len(item))
                message = f"'{variable}' is mapped twice"
                raise wrong("map", message, span, text, origin="--map ")
            found[variable] = column
            place += len(item) + 1
    return found


def _bytes(text: str) -> int:
    """A size such as 4G. Raises AdiffError."""
    match = re.fullmatch(_SIZE, text.strip())
    if match is None:
        span = Span(0, len(text))
        raise wrong(
            "memory", f"'{text}' is no size", span, text, origin="--memory ", hint="512M or 4G"
        )
    return int(float(match[1]) * (1 << _UNITS[match[2].lower()]))
