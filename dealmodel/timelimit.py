"""A limit for computations of workbooks that come from anywhere: they stop when their time is up.

The engine heeds it between two formulas, in the iterations of circular references too, on every system and in every
thread. What it cannot interrupt is one formula that takes long by itself; `guard` ends the whole process then.
"""

from __future__ import annotations

import math
import threading
import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from dealmodel.errors import WorkbookError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_until: ContextVar[float] = ContextVar("until", default=math.inf)
"""When the time is up, on the monotonic clock."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let what is computed inside take so many seconds and no more; a limit around this one still holds.

    Parameters
    ----------
    seconds
        Time by the clock, above 0.

    Raises
    ------
    WorkbookError
        If a workbook takes longer: by the recalculation that was going on, whose model keeps no values of it.

    Examples
    --------
    >>> with within(5):
    ...     pass  # model.recalculate()
    """
    if not seconds > 0:
        raise WorkbookError(f"a limit of time is a number of seconds above 0; got {seconds}")
    token = _until.set(min(_until.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _until.reset(token)


@contextmanager
def stopping(stop: Callable[[], None]) -> Iterator[None]:
    """Call something when the time is up while this goes on; where there is no limit, do nothing.

    Raises
    ------
    WorkbookError
        If the time is up already.
    """
    until = _until.get()
    if until == math.inf:
        yield
        return
    left = until - time.monotonic()
    if left <= 0:
        raise too_long()
    timer = threading.Timer(min(left, threading.TIMEOUT_MAX), stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def is_over() -> bool:
    """Whether the time is up."""
    return time.monotonic() > _until.get()


def too_long() -> WorkbookError:
    """Return what to say when the time is up."""
    return WorkbookError("the workbook takes too long to compute; give it more time, or leave it")
