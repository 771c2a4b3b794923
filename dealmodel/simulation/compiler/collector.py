"""The garbage collector, held back while many objects are made that all stay."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


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
