"""Which torch this is, and what became of importing it leanly."""

from __future__ import annotations

import hashlib
import os
import re
import sys
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from autodiffcli import __version__

# (version, git_version, sha256 of torch/__init__.py, Python): those that all of tests/launch pass
# with. Other builds are rehearsed.
VERIFIED = frozenset(
    {
        (
            "2.13.0+cpu",
            "cf30153c4c131c8164ee7798e5022d810682e2cb",
            "cf40c075c95864036e835795756d69b8cccfafa76f3bcde5eba9d06065ccd3d1",
            "3.11",
        ),
    }
)

OK, NO = "lean", "plain"


@dataclass(frozen=True)
class Build:
    """A torch as it is installed.

    version  as torch tells it
    cuda     whether it was built for CUDA
    source   sha256 of torch/__init__.py
    stamp    what tells this installation from others
    """

    version: str
    git: str
    cuda: bool
    source: str
    stamp: str

    @property
    def verified(self) -> bool:
        """Whether adiff was tested with it."""
        python = f"{sys.version_info[0]}.{sys.version_info[1]}"
        return (self.version, self.git, self.source, python) in VERIFIED

    @property
    def key(self) -> str:
        """A name for it and what adiff does to it: another adiff tries anew."""
        ours = Path(__file__).with_name("deferred.py").read_bytes()
        parts = f"{__version__} {sys.version} {self.stamp} {self.source}".encode() + ours
        return hashlib.sha256(parts).hexdigest()[:20]


def build_of(origin: str) -> Build:
    """The build whose `__init__.py` this is. Raises OSError."""
    init = Path(origin)
    text = init.with_name("version.py").read_text(encoding="utf-8")
    found = dict(re.findall(r"^(\w+)(?::[^=]*)? = '([^']*)'$", text, re.MULTILINE))
    state = init.stat()
    return Build(
        version=found.get("__version__", ""),
        git=found.get("git_version", ""),
        cuda="cuda" in found or "hip" in found or "xpu" in found,
        source=hashlib.sha256(init.read_bytes()).hexdigest(),
        stamp=f"{zlib.crc32(text.encode()):x} {state.st_size} {state.st_mtime_ns} {origin}",
    )


def marker_of(build: Build) -> Path | None:
    """The file that remembers how it went with a build; None where there is no home for it."""
    cache = os.environ.get("XDG_CACHE_HOME", "")
    try:
        base = Path(cache) if os.path.isabs(cache) else Path.home() / ".cache"
    except RuntimeError:
        return None
    return base / "adiff" / f"torch-{build.key}"


def remembered(build: Build) -> tuple[str, str]:
    """How it went, `OK` or `NO`, and why; "" where nothing readable is known."""
    marker = marker_of(build)
    try:
        text = marker.read_text(encoding="utf-8") if marker is not None else ""
    except (OSError, ValueError):
        return "", ""
    outcome, _, why = text.partition("\n")
    return (outcome, why.strip()) if outcome in (OK, NO) else ("", "")


def remember(build: Build, outcome: str, why: str = "") -> None:
    """Note how it went. Where that cannot be written it is tried again the next time."""
    marker = marker_of(build)
    if marker is None:
        return
    try:
        marker.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=marker.parent, prefix=".torch-")
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(f"{outcome}\n{why}\n")
        os.replace(name, marker)
    except (OSError, ValueError):
        pass
