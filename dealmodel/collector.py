"""The garbage collector, held back while many objects are made that all stay."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

OBJECTS_BETWEEN_COLLECTIONS = 500_000
"""A workbook is a million objects that stay; looking through them every 700 takes a fifth of the time."""


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Let the collector look through what was made only when there is much of it.

    Examples
    --------
    >>> before = gc.get_threshold()
    >>> with collecting_seldom():
    ...     gc.get_threshold()[0]
    500000
    >>> gc.get_threshold() == before
    True
    """
    before = gc.get_threshold()
    if 0 < before[0] < OBJECTS_BETWEEN_COLLECTIONS:
        gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def held_back() -> Iterator[None]:
    """Keep the collector from going through all objects again and again, which took a third of compiling."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            if not gc.get_freeze_count():
                # All that was made counts as old, or else the collector would go through it at once.
                gc.freeze()
                gc.unfreeze()
            gc.enable()
