"""The engine's answers for trials that are checked, given by a process of its own while the program is compiled."""

from __future__ import annotations

import multiprocessing
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from dealmodel.errors import DealModelError
from dealmodel.simulation.running.workers import can_fork, end, idle_processors, start_forked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from dealmodel.cells import Scalar

    Rows = list[list[Scalar]]
    """The outputs of each trial."""

_LEAST_FORMULAS = 40_000
"""Formulas to be evaluated from which on a process of its own is worth it: the engine takes some 150 ms for them.

It costs some 100 ms of the processor, as each of both has to copy what memory either changes.
"""


def worthwhile(formulas: int, processes: int) -> bool:
    """Return whether a process of its own is worth it.

    Parameters
    ----------
    formulas
        How many the engine has to evaluate, those of all trials together.
    processes
        How many processes run trials; 0 for as many as the run is worth. Where it is one, there is to be no other.
    """
    if formulas < _LEAST_FORMULAS or processes == 1 or multiprocessing.current_process().daemon or not can_fork():
        return False
    return processes > 1 or idle_processors() > 1


class Answers:
    """Answers that come from a process of its own; a context manager, at whose end it is gone.

    Parameters
    ----------
    parts
        Each computes the answers for some trials; None where it cannot, and there are none for those that follow.
    """

    def __init__(self, parts: Sequence[Callable[[], Rows | None]]) -> None:
        self._parts = parts
        self._rows: Rows = []
        self._connection: Connection | None = None
        self._process: BaseProcess | None = None

    def __enter__(self) -> Self:
        """Start the process."""
        if self._parts:
            self._connection, self._process = start_forked(_answer, self._parts)
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.terminate()
            end(self._process)
        self._connection = self._process = None

    def rows(self, start: int, stop: int) -> Rows | None:
        """Return the answers for trials by their places among all; None where the process has none for them."""
        while len(self._rows) < stop and self._connection is not None:
            try:
                self._rows += self._connection.recv()
            except (EOFError, OSError):
                # There are no more, or it has come to nothing: whoever asks does it himself, and sees why.
                self._connection.close()
                self._connection = None
        return self._rows[start:stop] if stop <= len(self._rows) else None


def _answer(connection: Any, parts: Sequence[Callable[[], Rows | None]]) -> None:  # noqa: ANN401  an end of a pipe
    """Give the answers; runs in a process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with suppress(DealModelError, MemoryError, OSError):
        for part in parts:
            if (rows := part()) is None:
                return
            connection.send(rows)
