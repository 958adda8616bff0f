"""Reading and writing beside the work, in threads: the libraries that do it let others run."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from queue import Empty, Queue
from typing import Any

AHEAD = 2  # parts that are read before they are asked for, or wait to be written


class Ahead:
    """Parts read by a thread, so that what is done is not kept while a pipe has nothing to give."""

    def __init__(self, parts: Iterable[Any]) -> None:
        self._queue: Queue[Any] = Queue(AHEAD)
        self._held: list[Any] = []
        self._ended = False
        threading.Thread(target=self._read, args=(parts,), daemon=True).start()

    def _read(self, parts: Iterable[Any]) -> None:
        try:
            for part in parts:
                self._queue.put((part, None))
            self._queue.put((None, None))
        except BaseException as error:  # raised again where the parts are asked for
            self._queue.put((None, error))

    def has_next(self, wait: bool) -> bool:
        """Whether there is a part now, or with `wait` at all. Raises what reading has raised."""
        while not self._held and not self._ended:
            try:
                part, error = self._queue.get(wait)
            except Empty:
                return False
            if error is not None:
                raise error
            self._ended = part is None
            self._held += [part] if part is not None else []
        return bool(self._held)

    def next(self) -> Any:
        """The part that `has_next` has found."""
        return self._held.pop()

    def __iter__(self) -> Iterator[Any]:
        while self.has_next(wait=True):
            yield self.next()


class Behind:
    """A writer whose parts are written by a thread, in their order."""

    def __init__(self, writer: Any) -> None:
        self.writer = writer
        self._queue: Queue[Any] = Queue(AHEAD)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()

    def write(self, payload: Any) -> None:
        """Leave a part to the thread. Raises what an earlier one has raised."""
        if self._error is not None:
            raise self._error
        self._queue.put(payload)

    def close(self) -> None:
        """Wait for all parts, and close the writer."""
        self._queue.put(None)
        self._thread.join()
        if self._error is not None:
            raise self._error
        self.writer.close()

    def _write(self) -> None:
        while (payload := self._queue.get()) is not None:
            if self._error is None:
                try:
                    self.writer.write(payload)
                except BaseException as error:  # raised again where the next part is written
                    self._error = error
