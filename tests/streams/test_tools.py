"""Pipelines with other tools: each reads what adiff writes, and adiff what it writes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from tests.streams.conftest import ADIFF

SQUARES = "x,name\n" + "".join(f'{k}.5,"n, {k}"\n' for k in range(200))


def shell(line: str, folder: Path, stdin: str = SQUARES) -> str:
    """A pipeline of the shell, with `adiff` as one of its words."""
    own = " ".join(ADIFF)
    home = Path(__file__).parents[2]
    bin = Path(sys.executable).parent
    known = f'export PYTHONPATH="{home}" PATH="{bin}:$PATH"; adiff() {{ {own} "$@"; }}'
    script = f"set -o pipefail; {known}; {line}"
    ran = subprocess.run(
        ["bash", "-c", script], input=stdin.encode(), capture_output=True, cwd=folder
    )
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout.decode()


def needs(tool: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    there = shutil.which(tool) or (Path(sys.executable).parent / tool).exists()
    return pytest.mark.skipif(not there, reason=f"{tool} is not installed")


@needs("mlr")
def test_miller_reads_and_is_read(tmp_path: Path) -> None:
    line = (
        "mlr --icsv --ojsonl cat | adiff 'x^2' --data - -f csv"
        " | mlr --icsv --ojson stats1 -a sum,count -f dy/dx"
    )
    (found,) = json.loads(shell(line, tmp_path))
    assert found == {"dy/dx_sum": sum(2 * (k + 0.5) for k in range(200)), "dy/dx_count": 200}


@needs("jq")
def test_jq_reads_and_is_read(tmp_path: Path) -> None:
    line = (
        "adiff 'x^2' --data - -f ndjson | jq -c 'select(.y > 100) | {x, name}'"
        " | adiff 'x^3' --data - | jq -s 'length'"
    )
    assert int(shell(line, tmp_path)) == sum((k + 0.5) ** 2 > 100 for k in range(200))
    line = "adiff 'x^2' --data - -f json | jq '.[3].name'"
    assert json.loads(shell(line, tmp_path)) == "n, 3"


@needs("csvcut")
def test_csvkit_reads_and_is_read(tmp_path: Path) -> None:
    line = "csvcut -c x | adiff 'x^2' --data - | csvcut -c dy/dx | tail -n 1"
    assert shell(line, tmp_path).strip() == "399.0"
    assert "n, 7" in shell("adiff 'x^2' --data - | csvgrep -c x -m 7.5", tmp_path)


@pytest.mark.parametrize("suffix", ["csv", "parquet", "ndjson", "csv.gz"])
def test_duckdb_reads_and_is_read(tmp_path: Path, suffix: str) -> None:
    shell(f"adiff 'x^2' --data - -o out.{suffix}", tmp_path)
    read = {"parquet": "read_parquet", "ndjson": "read_json"}.get(suffix, "read_csv")
    db = duckdb.connect()
    total, names = db.execute(
        f"""select sum("dy/dx"), min(name) from {read}('{tmp_path}/out.{suffix}')"""
    ).fetchone() or (None, None)
    assert (total, names) == (sum(2 * (k + 0.5) for k in range(200)), "n, 0")
    db.execute(
        f"copy (select x, name from {read}('{tmp_path}/out.{suffix}')) to '{tmp_path}/b.parquet'"
    )
    assert shell("adiff 'x^2' --data b.parquet --keep name -f csv | tail -n 1", tmp_path) == (
        '"n, 199",39800.25,399.0,exact\n'
    )
