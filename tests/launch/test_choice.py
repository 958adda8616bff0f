"""Which way torch is imported, what is remembered, and who takes over where it fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autodiffcli.launch import builds, choice

ROOT = Path(__file__).parents[2]
SUM = ["x**2+1", "--at", "1,2", "--method", "autograd"]
RIGHT = "x  y  dy/dx\n1  2      2\n2  5      4\n"

# Tells how torch was imported when adiff leaves, on fd 2, and lets a test break the import.
CUSTOM = """
import os, sys

class Broken:
    def find_spec(self, name, path=None, target=None):
        if name == os.environ["BROKEN"]:
            raise ImportError("broken by a test")

if os.environ.get("BROKEN") and os.environ.get("ADIFF_TORCH") != "plain":
    sys.meta_path.insert(0, Broken())

class Late:
    def find_spec(self, name, path=None, target=None):
        if name == "autodiffcli.launch.choice":
            sys.meta_path.remove(self)
            from autodiffcli.launch import builds
            if os.environ.get("UNKNOWN"):
                builds.VERIFIED = frozenset()

sys.meta_path.insert(0, Late())

leave = os._exit
def told(code):
    choice = sys.modules.get("autodiffcli.launch.choice")
    if choice is not None and os.environ.get("TOLD") and os.getpid() == pid:
        found = choice.outcome()
        with open(os.environ["TOLD"], "a") as file:
            file.write(f"{found.path}|{found.reason}|{len(sys.modules)}|")
            torch = [name for name in sys.modules if name.split(".")[0] == "torch"]
            file.write(f"{len(torch)}|{'sympy' in sys.modules}|{'pydantic' in sys.modules}\\n")
    leave(code)
pid = os.getpid()
os._exit = told
"""


class Adiff:
    """Runs adiff with a cache and a customisation of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "custom").mkdir()
        (folder / "custom" / "sitecustomize.py").write_text(CUSTOM)
        self.log = folder / "told"

    def run(
        self, argv: list[str], how: list[str] | None = None, stdin: str = "", **env: str
    ) -> subprocess.CompletedProcess[str]:
        """Run it; `told` has a line for this run then."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("ADIFF_")}
        own |= {
            "PYTHONPATH": f"{self.folder / 'custom'}{os.pathsep}{ROOT}",
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "TOLD": str(self.log),
            **env,
        }
        words = [*(how or [sys.executable, "-m", "autodiffcli"]), *argv]
        return subprocess.run(
            words, capture_output=True, text=True, env=own, input=stdin, timeout=120
        )

    def told(self) -> list[list[str]]:
        """Of each run: path, reason, modules, torch's modules, whether sympy, whether pydantic."""
        return [line.split("|") for line in self.log.read_text().splitlines()]


@pytest.fixture
def isolated(tmp_path: Path) -> Adiff:
    return Adiff(tmp_path)


def is_verified() -> bool:
    import torch

    return builds.build_of(str(torch.__file__)).verified


verified = pytest.mark.skipif(not is_verified(), reason="another torch than the verified one")


@verified
def test_a_lean_run_loads_little(isolated: Adiff) -> None:
    done = isolated.run(SUM)
    assert (done.returncode, done.stdout, done.stderr) == (0, RIGHT, "")
    ((path, reason, modules, torch, sympy, pydantic),) = isolated.told()
    assert path == "lean", reason
    assert int(torch) <= 160
    assert int(modules) <= 760
    assert (sympy, pydantic) == ("False", "False")


def test_plain_is_plain(isolated: Adiff) -> None:
    done = isolated.run(SUM, ADIFF_TORCH="plain")
    assert (done.returncode, done.stdout, done.stderr) == (0, RIGHT, "")
    ((path, reason, _, torch, *_),) = isolated.told()
    assert (path, reason) == ("plain", "ADIFF_TORCH=plain")
    assert int(torch) > 400


def test_a_wrong_setting_is_one_clear_error(isolated: Adiff) -> None:
    done = isolated.run(SUM, ADIFF_TORCH="leen")
    assert (done.returncode, done.stdout) == (2, "")
    assert "ADIFF_TORCH has no choice 'leen'" in done.stderr
    assert "did you mean 'lean'?" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("broken", ["torch._utils", "torch.linalg"])
def test_another_process_takes_over(isolated: Adiff, broken: str) -> None:
    done = isolated.run(SUM, BROKEN=broken, ADIFF_TORCH="lean")
    assert (done.returncode, done.stdout, done.stderr) == (0, RIGHT, "")
    ((path, reason, *_),) = isolated.told()
    assert (path, reason) == ("instead", "ImportError: broken by a test")


def test_the_other_process_is_remembered(isolated: Adiff) -> None:
    for broken in ("torch.linalg", ""):
        done = isolated.run(SUM, BROKEN=broken, UNKNOWN="1")
        assert (done.returncode, done.stdout) == (0, RIGHT)
    first, second = isolated.told()
    assert first[0] == "instead"
    assert second[0] == "plain"
    assert "broken by a test" in second[1]


def test_what_the_other_process_is_given(isolated: Adiff) -> None:
    script = isolated.folder / "has a space.csv"
    ways = [[sys.executable, "-m", "autodiffcli"]]
    console = Path(sys.executable).with_name("adiff")
    ways += [[str(console)]] if console.exists() else []
    for way in ways:
        argv = ["  sin( x ) ", "--at", " 0.5 , 1", "--method", "autograd", "-o", str(script)]
        lean = isolated.run(argv, way)
        right = script.read_text()
        script.unlink()
        done = isolated.run(argv, way, BROKEN="torch.linalg", ADIFF_TORCH="lean")
        assert (done.returncode, done.stdout, done.stderr) == (
            lean.returncode,
            lean.stdout,
            lean.stderr,
        )
        assert script.read_text() == right
        script.unlink()
    assert {row[0] for row in isolated.told()} >= {"instead"}


def test_its_exit_code_is_kept(isolated: Adiff) -> None:
    argv = ["abs(x)", "--at", "0", "--strict", "--method", "autograd"]
    lean = isolated.run(argv)
    done = isolated.run(argv, BROKEN="torch.linalg", ADIFF_TORCH="lean")
    assert done.returncode == lean.returncode == 3
    assert (done.stdout, done.stderr) == (lean.stdout, lean.stderr)


def test_a_torch_that_is_broken_for_all_ends(isolated: Adiff) -> None:
    (isolated.folder / "custom" / "sitecustomize.py").write_text(
        CUSTOM.replace(' and os.environ.get("ADIFF_TORCH") != "plain"', "")
    )
    done = isolated.run(SUM, BROKEN="torch.linalg", ADIFF_TORCH="lean")
    assert done.returncode == 4
    assert "broken by a test" in done.stderr


def test_stdin_is_left_for_the_other_process(isolated: Adiff) -> None:
    script = """
import sys
from autodiffcli.launch import watch
watch.arm()
import torch
print(torch.ones(1).tolist(), sys.stdin.read(), sys.argv[1:])
"""
    way = [sys.executable, "-c", script, "a b", ""]
    done = isolated.run([], way, stdin="1,2\n", BROKEN="torch.linalg", ADIFF_TORCH="lean")
    assert done.stdout == "[1.0] 1,2\n ['a b', '']\n"


@pytest.mark.parametrize("word", ["-", "--points=-", "--data"])
def test_where_stdin_may_be_read_already_all_is_plain(
    word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["adiff", "x", word])
    assert choice._obstacle(os.getpid())


def test_an_expression_from_stdin(isolated: Adiff) -> None:
    argv = ["-", *SUM[1:]]
    done = isolated.run(argv, stdin="x**2+1", BROKEN="torch.linalg")
    assert done.returncode == 4  # this import has no way around what is broken: no other process
    done = isolated.run(argv, stdin="x**2+1")
    assert (done.returncode, done.stdout) == (0, RIGHT)
    assert isolated.told()[-1][0] == "plain"


def test_settings_of_torch_mean_torch_as_it_is(isolated: Adiff) -> None:
    isolated.run(SUM, TORCH_SHOW_CPP_STACKTRACES="1")
    assert isolated.told()[0][:2] == ["plain", "TORCH_SHOW_CPP_STACKTRACES is set"]


def test_an_unknown_build_is_rehearsed_once(isolated: Adiff) -> None:
    for _ in range(2):
        done = isolated.run(SUM, UNKNOWN="1")
        assert (done.returncode, done.stdout, done.stderr) == (0, RIGHT, "")
    assert [row[0] for row in isolated.told()] == ["rehearsed", "lean"]
    (marker,) = (isolated.folder / "cache" / "adiff").iterdir()
    assert marker.read_text() == "lean\n\n"
    assert (isolated.folder / "cache" / "adiff").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("text", ["", "yes\n", "\udcff"])
def test_a_damaged_marker_is_none(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    build = builds.Build("9.9", "", False, "", "")
    assert builds.remembered(build) == ("", "")
    builds.remember(build, builds.NO, "why not")
    assert builds.remembered(build) == ("plain", "why not")
    (marker,) = (tmp_path / "adiff").iterdir()
    marker.write_text(text, errors="surrogateescape")
    assert builds.remembered(build) == ("", "")


def test_what_cannot_be_written_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    build = builds.Build("9.9", "", False, "", "")
    builds.remember(build, builds.OK)
    assert builds.remembered(build) == ("", "")


def test_other_builds_have_other_markers(monkeypatch: pytest.MonkeyPatch) -> None:
    build = builds.Build("9.9", "", False, "a", "b")
    key = build.key
    assert builds.Build("9.9", "", False, "a", "c").key != key
    monkeypatch.setattr(builds, "__version__", "another")
    assert build.key != key


def test_a_part_of_another_process_imports_plainly(isolated: Adiff) -> None:
    script = """
import os, sys
from autodiffcli.launch import watch
watch.arm()
child = os.fork()
if child:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
import torch
from autodiffcli.launch.choice import outcome
print(outcome().path, outcome().reason)
"""
    done = isolated.run([], [sys.executable, "-c", script], ADIFF_TORCH="lean")
    assert done.stdout == "plain this process is a part of another\n", done.stderr


def test_a_rehearsal_that_stands_still_ends(isolated: Adiff, tmp_path: Path) -> None:
    script = """
import sys, time
from autodiffcli.launch import watch
from autodiffcli.launch import builds, rehearsal
builds.VERIFIED = frozenset()
rehearsal.SECONDS = 1.0
rehearsal.QUESTIONS = (lambda torch: time.sleep(60),)
watch.arm()
import torch
from autodiffcli.launch.choice import outcome
print(outcome().path, outcome().reason)
"""
    done = isolated.run([], [sys.executable, "-c", script])
    assert done.stdout == "instead OSError: the rehearsal stands still\n", done.stderr


def test_other_answers_than_plainly_are_noticed(isolated: Adiff) -> None:
    script = """
import sys
from autodiffcli.launch import watch
from autodiffcli.launch import builds, rehearsal
builds.VERIFIED = frozenset()
def other(torch):
    return "torch.nn.modules" in sys.modules
rehearsal.QUESTIONS = (other,)
watch.arm()
import torch
from autodiffcli.launch.choice import outcome
print(outcome().path, outcome().reason)
"""
    done = isolated.run([], [sys.executable, "-c", script])
    assert done.stdout == "instead other answers than plainly: other\n", done.stderr


def test_other_kernels_than_plainly_are_noticed(isolated: Adiff) -> None:
    script = """
import sys
from autodiffcli.launch import watch
from autodiffcli.launch import builds, rehearsal
builds.VERIFIED = frozenset()
rehearsal.KEYS = (*rehearsal.KEYS, "Meta")
watch.arm()
import torch
from autodiffcli.launch.choice import outcome
print(outcome().path, outcome().reason)
"""
    done = isolated.run([], [sys.executable, "-c", script])
    assert done.stdout == "instead other answers than plainly: kernels of Meta\n", done.stderr


def test_as_a_library_torch_is_plain() -> None:
    script = (
        "import sys, autodiffcli; autodiffcli.differentiate('x', at={'x': 1.0});"
        "print('torch.nn.modules' in sys.modules, 'autodiffcli.launch' in sys.modules)"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=env)
    assert done.stdout == "True False\n", done.stderr


def test_to_look_for_torch_is_not_to_import_it() -> None:
    script = """
import importlib.util, json, sys
from autodiffcli.launch import watch
watch.arm()
spec = importlib.util.find_spec("torch")
print(json.dumps([spec.origin.endswith("__init__.py"), "autodiffcli.launch.choice" in sys.modules]))
"""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=env)
    assert json.loads(done.stdout) == [True, False]
