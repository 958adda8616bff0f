"""The format of a file by its first bytes."""

from __future__ import annotations

import json

from autodiffcli.readers.pieces import MARK

_MAGIC = (
    (b"PAR1", "parquet"),
    (b"ARROW1", "arrow"),
    (b"\xff\xff\xff\xff", "arrow"),
    (b"\x93NUMPY", "npy"),
    (b"PK\x03\x04", "npz"),
    (b"PK\x05\x06", "npz"),  # an archive of nothing
)


def sniffed(head: bytes) -> str:
    """The format that the first bytes of a file say, decompressed; text is CSV where unknown.

    head  at least the first line that is not empty, unless that is very long
    """
    for magic, format in _MAGIC:
        if head.startswith(magic):
            return format
    text = head.removeprefix(MARK).lstrip()
    line, ended, _ = text.partition(b"\n")
    if text.startswith(b"["):
        return "json"
    if text.startswith(b"{"):
        return "json" if ended and not is_object(line) else "ndjson"
    return "tsv" if b"\t" in line and b"," not in line else "csv"


def is_object(line: bytes) -> bool:
    """Whether a line is a whole JSON object."""
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False
