"""Which files are read, compressed or not; and pipes, which are not waited for."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
import zstandard

from autodiffcli.diagnostics import AdiffError, Diagnostic
from autodiffcli.readers import decode, open_reader, pieces, suffixes_of
from autodiffcli.readers.sniffing import sniffed
from tests.readers.reading import complaint, given_on_stdin, parts_of, read, rows_of

TEXT = b"x\n" + b"".join(b"%d\n" % number for number in range(1000))
CELLS = [str(number) for number in range(1000)]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(*paths: str, format: str = "") -> Diagnostic:
    with pytest.raises(AdiffError) as caught, open_reader(paths, format) as reader:
        rows_of(reader)
    return caught.value.diagnostic


# -- files


def test_several_files_are_one_table() -> None:
    Path("b.csv").write_bytes(b"x,y\n1,2\n")
    Path("a.csv").write_bytes(b"y,z,x\n3,0,4\n5,0,6\n")
    Path("c.ndjson").write_bytes(b'{"y":7,"x":8}\n')
    with open_reader(["b.csv", "a.csv", "c.ndjson"]) as reader:
        sizes = [os.stat(name).st_size for name in ("b.csv", "a.csv", "c.ndjson")]
        assert reader.size == sum(sizes)
        parts = list(reader.parts())
        assert [(part.source, part.first) for part in parts] == [
            ("b.csv", 0),
            ("a.csv", 0),
            ("c.ndjson", 0),
        ]
        assert [part.done for part in parts] == [sizes[0], sum(sizes[:2]), sum(sizes)]
        assert rows_of(reader)[0] == {"x": ["1", "4", "6", 8], "y": ["2", "3", "5", 7]}


def test_globs_and_directories() -> None:
    Path("d").mkdir()
    for name in ("b", "a", "_c", ".d"):
        Path(f"d/{name}.csv").write_bytes(b"x\n%s\n" % name.encode())
    Path("d/readme").write_bytes(b"?")
    for path in ("d/[ab].csv", "d"):
        with open_reader([path]) as reader:
            assert rows_of(reader)[0] == {"x": ["a", "b"]}
    Path("d/c.ndjson").write_bytes(b'{"x":1}\n')
    assert "more than one format: csv and ndjson" in refused("d").message
    with open_reader(["d"], "ndjson") as reader:
        assert rows_of(reader)[0] == {"x": [1]}
    Path("[1].csv").write_bytes(b"x\n1\n")
    with open_reader(["[1].csv"]) as reader:
        assert rows_of(reader)[0] == {"x": ["1"]}


def test_what_is_not_there() -> None:
    Path("data.csv").write_bytes(b"x\n1\n")
    Path("d").mkdir()
    found = refused("dta.csv")
    assert (found.message, found.hint) == (
        "there is no file 'dta.csv'",
        "did you mean 'data.csv'?",
    )
    assert (found.code, found.origin, found.source, found.span) == (
        "data",
        "--data ",
        "dta.csv",
        (0, 7),
    )
    assert refused("*.tsv").message == "no file is named like '*.tsv'"
    assert refused("d").message == "the directory 'd' has no data file"
    assert refused("d", format="csv").message == "the directory 'd' has no csv file"
    assert refused("-", "-").message == "stdin can be read once only"
    assert refused("data.csv", format="xls").message == "'xls' is no format of data"
    assert refused("\0").message.startswith("'\0' cannot be read")  # fmt: skip


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_what_may_not_be_read() -> None:
    Path("f.csv").write_bytes(b"x\n1\n")
    Path("f.csv").chmod(0)
    assert refused("f.csv").message == "'f.csv' cannot be read: permission denied"


def test_files_that_do_not_go_together() -> None:
    Path("a.csv").write_bytes(b"x,y\n1,2\n")
    Path("b.csv").write_bytes(b"x,z\n1,2\n")
    Path("c.csv").write_bytes(b"1,2\n")
    Path("d.csv").write_bytes(b"1\n")
    assert refused("a.csv", "b.csv").message == "'b.csv' has no column 'y', which 'a.csv' has"
    assert "does not name its columns" in refused("a.csv", "c.csv").message
    assert "names its columns" in refused("c.csv", "a.csv").message
    assert refused("d.csv", "c.csv").message == "'c.csv' has 2 columns, 'd.csv' 1"
    assert refused("c.csv", "d.csv").message.startswith("'d.csv' has no column 'column_2'")
    with open_reader(["a.csv", "b.csv"], wanted=["x"]) as reader:
        assert rows_of(reader)[0] == {"x": ["1", "1"]}
    with pytest.raises(AdiffError, match="has no column 'q'"):
        open_reader(["a.csv"], wanted=["q"])


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.csv", ("csv", "")),
        ("A.CSV.GZ", ("csv", "gz")),
        ("a.jsonl.zst", ("ndjson", "zst")),
        ("a.pq", ("parquet", "")),
        ("a.feather", ("arrow", "")),
        ("a.txt", ("", "")),
        ("a.gz", ("", "gz")),
        ("-", ("", "")),
    ],
)
def test_formats_by_suffix(path: str, expected: tuple[str, str]) -> None:
    assert suffixes_of(path) == expected


@pytest.mark.parametrize(
    ("head", "format"),
    [
        (b"PAR1...", "parquet"),
        (b"ARROW1\0\0", "arrow"),
        (b"\xff\xff\xff\xff\x10", "arrow"),
        (b"\x93NUMPY\x01", "npy"),
        (b"PK\x03\x04", "npz"),
        (b' \n{"x":1}\n', "ndjson"),
        (b'{"x":1', "ndjson"),
        (b'{\n"x":[1]}', "json"),
        (b"\xef\xbb\xbf[1", "json"),
        (b"x\ty\n1,5\t2\n", "tsv"),
        (b"x,\ty\n", "csv"),
        (b"x\n1\n", "csv"),
        (b"", "csv"),
    ],
)
def test_formats_by_the_first_bytes(head: bytes, format: str) -> None:
    assert sniffed(head) == format


# -- compression


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


@pytest.mark.parametrize("hidden", ["", "zstandard"])
@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".zst", zstd)])
def test_compressed(
    suffix: str, pack: object, hidden: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert callable(pack)
    if hidden:
        monkeypatch.setitem(sys.modules, hidden, None)
    path = Path(f"f.csv{suffix}")
    whole = pack(TEXT)
    assert read(path, whole)[0]["x"] == CELLS
    assert read(path, pack(TEXT[:100]) + pack(TEXT[100:]))[0]["x"] == CELLS
    assert read(Path("f.data"), whole)[0]["x"] == CELLS
    assert read(Path("plain.csv.gz"), TEXT)[0]["x"] == CELLS, "a browser may have unpacked it"
    *_, part = parts_of(path)
    assert part.done == path.stat().st_size
    for data in (whole[:-1], whole[:-20], whole[:30], whole + b"rubbish", whole[:40] + whole[60:]):
        message = complaint(path, data).message
        assert message.startswith(
            f"'f.csv{suffix}' is no whole {'gzip' if 'gz' in suffix else 'zst'}"
        )


def test_compressed_bytes_that_come_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autodiffcli.readers.decompression.BLOCK", 1)
    for pack in (gzip.compress, zstd):
        assert read(Path("f.csv"), pack(TEXT) + pack(b"x\n") + pack(b""))[0]["x"] == [*CELLS, "x"]


def test_much_out_of_little_comes_in_pieces() -> None:
    Path("f.csv.gz").write_bytes(gzip.compress(b"x\n" + b"0\n" * (8 << 20)))
    rows = [decode(part).rows for part in parts_of("f.csv.gz")]
    assert sum(rows) == 8 << 20
    assert max(rows) <= 2 << 20


def test_without_a_library_for_zstandard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    found = complaint(Path("f.csv.zst"), zstd(TEXT))
    assert (found.code, found.message) == ("extra", "reading .zst takes zstandard or pyarrow")


# -- pipes


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd])
def test_stdin(pack: object, monkeypatch: pytest.MonkeyPatch) -> None:
    assert callable(pack)
    given_on_stdin(monkeypatch, pack(TEXT))
    with open_reader(["-"]) as reader:
        assert (reader.size, reader.rereadable) == (None, False)
        part, *more = reader.parts()
        assert not more
        assert part.source == "stdin"
        assert decode(part).rows == 1000
        with pytest.raises(AdiffError, match="can be read once only"):
            next(reader.parts())


def test_a_pipe_that_pauses_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `tail -f` is: each line is handed on before the next one comes."""
    outlet, inlet = os.pipe()
    with os.fdopen(outlet, "rb") as stdin, os.fdopen(inlet, "wb", buffering=0) as program:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=stdin))
        program.write(b"x,y\n1,")
        parts = open_reader(["-"]).parts()
        program.write(b'2\n"3\n')
        assert decode(next(parts)).columns["y"].to_list() == ["2"]
        program.write(b'",4\n')
        assert decode(next(parts)).columns["x"].to_list() == ["3\n"]
        program.write(b"5,6")
        program.close()
        assert decode(next(parts)).columns["x"].to_list() == ["5"]
        assert next(parts, None) is None


def test_how_a_pipe_delivers_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "FIRST", 100)
    monkeypatch.setattr(pieces, "PIECE", 300)
    Path("f.csv").write_bytes(TEXT)
    expected = [part.payload for part in parts_of("f.csv")]
    assert len(expected) > 10
    for size in (1, 64, 999):
        outlet, inlet = os.pipe()

        def deliver(size: int = size, inlet: int = inlet) -> None:
            with os.fdopen(inlet, "wb", buffering=0) as program:
                for begin in range(0, len(TEXT), size):
                    program.write(TEXT[begin : begin + size])

        program = threading.Thread(target=deliver)
        program.start()
        with os.fdopen(outlet, "rb") as stdin:
            monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=stdin))
            assert [part.payload for part in parts_of("-")] == expected
        program.join()


def test_a_named_pipe() -> None:
    os.mkfifo("f.csv")
    program = threading.Thread(target=lambda: Path("f.csv").write_bytes(TEXT))
    program.start()
    with open_reader(["f.csv"]) as reader:
        assert (reader.size, reader.rereadable) == (None, False)
        assert rows_of(reader)[0]["x"] == CELLS
    program.join()


def test_nothing_heavy_is_imported_to_open_the_package() -> None:
    code = "import sys, autodiffcli.readers, autodiffcli.writers; print(*sys.modules)"
    root = Path(__file__).parents[2]
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )
    assert not {"numpy", "polars", "pyarrow", "torch", "rich"} & set(found.stdout.split())
