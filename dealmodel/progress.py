"""How far a long run is and how long it still takes, on a terminal; nothing in a pipe or a file."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress, TaskID

_PATIENCE = 0.5
"""Seconds before a bar appears: a short run needs none."""


class _Bar:
    """A bar that appears once a run turns out to be a long one."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._began = time.monotonic()
        self._shown: Progress | None = None
        self._task: TaskID | None = None

    def __call__(self, done: int, wanted: int) -> None:
        """Show how many are done of those wanted."""
        if self._shown is None:
            if time.monotonic() - self._began < _PATIENCE:
                return
            self._shown = _progress(self._what)
            self._task = self._shown.add_task("", total=wanted, completed=done)
            self._shown.start()
        elif self._task is not None:
            self._shown.update(self._task, completed=done, total=wanted)

    def end(self) -> None:
        """Take the bar away."""
        if self._shown is not None:
            self._shown.stop()


def _progress(what: str) -> Progress:
    from rich.console import Console  # noqa: PLC0415  60 ms that only a long run on a terminal needs
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    return Progress(
        TextColumn("{task.completed:,.0f} of {task.total:,.0f} " + what),
        BarColumn(),
        TimeRemainingColumn(),
        TextColumn("left; Ctrl-C keeps what is done"),
        console=Console(stderr=True),
        transient=True,
    )


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None] | None]:
    """Show a bar on the standard error stream where that is a terminal.

    Parameters
    ----------
    what
        What is counted.

    Yields
    ------
    What takes how many are done and how many are wanted; None where nothing is shown.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    bar = _Bar(what)
    try:
        yield bar
    finally:
        bar.end()
