"""The numbers of a sheet's cells, read all at once: in another thread, where something else does not need this one."""

from __future__ import annotations

import math
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from dealmodel.cells import Scalar

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from dealmodel.workbook.stored.sheet import SheetPart
    from dealmodel.workbook.stored.storedcells import RawCell

MANY = 2**14
"""Cells from which on another thread is worth to be started."""
NUMBERS = (b"", b"n")
"""The types of cells that hold numbers."""
THREAD = "reads numbers"
"""What the thread is called; it ends by itself."""


class Numbers(NamedTuple):
    """The numbers of cells, in their order."""

    found: list[Scalar] | None
    """Zero where a cell is one of `others`; None where not all numbers are written as most are."""
    others: Sequence[int]
    """Which cells hold no number in the usual way."""

    @classmethod
    def of(cls, raw: Sequence[RawCell]) -> Numbers:
        """Read them."""
        texts = [cell[5] if cell[2] in NUMBERS else b"" for cell in raw]
        others = [i for i, text in enumerate(texts) if not text]
        for i in others:
            texts[i] = b"0"
        return cls(_numbers(texts), others)


def _numbers(values: Sequence[bytes]) -> list[Scalar] | None:
    """Return numbers that are all written as most are; None where one is not."""
    try:
        numbers = list(map(float, values))
    except ValueError:
        return None
    # A look at all of them at once takes a tenth of one at each.
    return list[Scalar](numbers) if math.isfinite(sum(numbers)) and b"_" not in b"".join(values) else None


@contextmanager
def reading_ahead(parts: Collection[SheetPart]) -> Iterator[None]:
    """Read the numbers of large sheets while something goes on that leaves Python to others, as the engine does.

    Parameters
    ----------
    parts
        The sheets of which all values will be asked for.
    """
    large = [(part, part.cells.raw) for part in parts if len(part.cells) >= MANY]
    if not large:
        yield
        return

    def read() -> None:
        # What there is no memory for is not read ahead.
        with suppress(MemoryError):
            for part, raw in large:
                part.read_ahead = Numbers.of(raw)

    thread = threading.Thread(target=read, name=THREAD, daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()
