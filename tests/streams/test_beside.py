"""Threads that read ahead and write behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from autodiffcli.streams.beside import AHEAD, Ahead, Behind


def test_parts_come_in_order_and_not_all_at_once() -> None:
    asked: list[int] = []

    def parts() -> Iterator[int]:
        for number in range(20):
            asked.append(number)
            yield number

    source = Ahead(parts())
    assert source.has_next(wait=True) and source.next() == 0
    assert len(asked) <= AHEAD + 3
    assert list(source) == list(range(1, 20))
    assert not source.has_next(wait=True)


def test_what_reading_raises_is_raised_where_the_part_is_asked_for() -> None:
    def parts() -> Iterator[int]:
        yield 1
        raise OSError("gone")

    source = iter(Ahead(parts()))
    assert next(source) == 1
    with pytest.raises(OSError, match="gone"):
        next(source)


class Full:
    """A writer whose disk is full at the third part."""

    def __init__(self) -> None:
        self.parts: list[int] = []
        self.closed = False

    def write(self, payload: int) -> None:
        if len(self.parts) == 2:
            raise OSError("no space left on device")
        self.parts.append(payload)

    def close(self) -> None:
        self.closed = True


def test_all_is_written_before_it_is_closed() -> None:
    writer = Full()
    behind = Behind(writer)
    behind.write(1)
    behind.write(2)
    behind.close()
    assert writer.parts == [1, 2] and writer.closed


def test_a_full_disk_is_raised_at_the_latest_when_it_is_closed() -> None:
    writer = Full()
    behind = Behind(writer)
    with pytest.raises(OSError, match="no space"):
        for number in range(20):
            behind.write(number)
        behind.close()
    assert not writer.closed
