"""Long columns in pieces that stay in a core's cache from one pass over them to the next."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from dealmodel.domain import Domain

PIECE = 2**16
"""Elements of a piece: a few float64 arrays of this length stay in a core's cache."""
_FACTORS = np.array([np.nan, 1.0])
"""What an element outside and one inside is multiplied by: a quarter of the time of np.where, which branches."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """Arrays that broadcast to a shape, cut along their rows.

    Iterating gives, piece by piece, which rows it has and the arrays' part of them; a number, or an array that
    all rows share, comes with each. Arrays that all have the shape itself are cut as if they were one column.
    """

    arrays: Sequence[Any]
    shape: tuple[int, ...]

    @property
    def is_even(self) -> bool:
        """Whether every array has the shape or is a number."""
        return all(np.ndim(a) == 0 or a.shape == self.shape for a in self.arrays)

    def rows(self, whole: NDArray[Any]) -> NDArray[Any]:
        """Return a contiguous array of the shape as the pieces cut it."""
        return whole.reshape(-1) if self.is_even else whole

    def are_cut(self) -> list[bool]:
        """Return which of the arrays differ from piece to piece."""
        return [np.ndim(a) == len(self.shape) > 0 and len(a) == self.shape[0] for a in self.arrays]

    def unsettled(self, checks: Sequence[tuple[int, Domain]]) -> list[tuple[int, Domain]]:
        """Leave out the checks of what all pieces share, where it is inside."""
        cut = self.are_cut()
        return [(i, domain) for i, domain in checks if cut[i] or not domain.contains_all(self.arrays[i])]

    def __iter__(self) -> Iterator[tuple[slice, list[Any]]]:
        """Cut."""
        cut = self.are_cut()
        arrays, shape = self.arrays, self.shape
        if self.is_even:
            arrays = [a.reshape(-1) if np.ndim(a) else a for a in arrays]
            shape = (math.prod(shape),)
        step = max(1, PIECE // math.prod(shape[1:]))
        for start in range(0, shape[0], step):
            part = slice(start, start + step)
            yield part, [a[part] if is_cut else a for a, is_cut in zip(arrays, cut, strict=True)]


def spoil(result: NDArray[np.float64], inside: NDArray[np.bool_]) -> None:
    """Put NaN wherever the result does not count, in place: an array more would cost more than the work does."""
    if not result.flags.c_contiguous:
        # Made of arguments in another order, it would be a copy that is flat.
        np.copyto(result, np.nan, where=~inside)
        return
    numbers = result.reshape(-1)
    counts = np.broadcast_to(inside, result.shape).reshape(-1).view(np.uint8)
    for start in range(0, numbers.size, PIECE):
        part = slice(start, start + PIECE)
        numbers[part] *= _FACTORS[counts[part]]
