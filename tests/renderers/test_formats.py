"""The table of formats in `autodiffcli/renderers/__init__.py`."""

import subprocess
import sys

import pytest

from autodiffcli.diagnostics import AdiffError
from autodiffcli.renderers import RENDERERS, SUFFIXES, Style, load


@pytest.mark.parametrize("name", RENDERERS)
def test_every_format_loads(name):
    assert callable(load(name))


def test_every_suffix_names_a_format():
    assert set(SUFFIXES.values()) <= set(RENDERERS)
    assert SUFFIXES[".jsonl"] == "ndjson"


def test_a_misspelt_format_names_the_nearest_one():
    with pytest.raises(AdiffError) as caught:
        load("jsno")
    assert caught.value.diagnostic.code == "unknown-format"
    assert caught.value.diagnostic.message == "no format called 'jsno'"
    assert caught.value.diagnostic.hint == "did you mean 'json'?"


def test_an_unknown_format_lists_all_formats():
    with pytest.raises(AdiffError) as caught:
        load("parquet")
    assert caught.value.diagnostic.hint == "formats: table, json, ndjson, csv, tsv and md"


def test_a_style_has_six_digits_and_all_rows():
    assert Style() == Style(precision=6, rows=None)


def test_loading_every_format_and_reporting_an_error_needs_neither_rich_nor_torch_nor_numpy():
    program = (
        "import sys\n"
        "from autodiffcli.renderers import RENDERERS, load\n"
        "from autodiffcli.renderers.report import report\n"
        "from autodiffcli.diagnostics import Diagnostic\n"
        "[load(name) for name in RENDERERS]\n"
        "report(Diagnostic('code', 'message'), sys.stdout)\n"
        "print([name for name in ('rich', 'torch', 'numpy') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stdout == "error: message\n[]\n", run.stderr
