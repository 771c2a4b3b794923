"""A random order of many things, any part of which can be had without the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Places = NDArray[Any]

_STORED = 16_384
"""Things whose order is stored: a computed one is not random enough for few."""
_ROUNDS = 3
_LONGEST = 2**17
"""Numbers of a table at the most."""
_SHORT = 2**30
"""Things whose places are kept in 32 bits, which take half the time and room."""


class Permutation:
    """A random order of so many things.

    Parameters
    ----------
    generator
        Where chance comes from.
    count
        How many things there are.

    Notes
    -----
    A place is a row and a column of a rectangle that is about square. In turns the row moves on by a random number that
    hangs on the column, and the column by one that hangs on the row, round the rectangle: each step can be undone, so
    no two places fall together [1]_. What falls on the few cells that are too many goes round again [2]_.

    References
    ----------
    .. [1] M. Luby & C. Rackoff, "How to construct pseudorandom permutations from pseudorandom functions", SIAM Journal
       on Computing 17 (1988) 373-386: after three rounds it cannot be told from a random one.
    .. [2] J. Black & P. Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002, LNCS 2271, 114-130.
    """

    def __init__(self, generator: np.random.Generator, count: int) -> None:
        self._count = count
        self._whole = generator.permutation(count) if count <= _STORED else None
        self._bits = -(-(count - 1).bit_length() // 2)
        """Binary digits of a column."""
        self._rows = -(-count >> self._bits)
        self._whole_numbers: type[np.signedinteger[Any]] = np.int32 if count <= _SHORT else np.int64
        self._unsigned: type[np.unsignedinteger[Any]] = np.uint32 if count <= _SHORT else np.uint64
        tables = []
        for turn in range(_ROUNDS if self._whole is None else 0):
            moved, by = (self._rows, 1 << self._bits) if turn % 2 == 0 else (1 << self._bits, self._rows)
            length = min(by, _LONGEST)
            # All numbers come up equally often, as far as they can: the places of neighbours would show it otherwise.
            tables.append((generator.permutation(length) * moved // length).astype(self._whole_numbers))
        self._tables = tables

    def part(self, start: int, stop: int) -> Places:
        """Return what stands in the places from `start` up to `stop`."""
        if self._whole is not None:
            return self._whole[start:stop]
        found = self._moved(np.arange(start, stop, dtype=self._whole_numbers))
        outside = np.flatnonzero(found >= self._count)
        while outside.size:
            again = self._moved(found[outside])
            found[outside] = again
            outside = outside[again >= self._count]
        return found

    def _moved(self, places: Places) -> Places:
        mask, unsigned = (1 << self._bits) - 1, self._unsigned
        columns, rows = places & mask, places >> self._bits
        spare = np.empty_like(places)
        for turn, table in enumerate(self._tables):
            # What lies beyond a table's end begins it anew.
            if turn % 2 == 0:
                rows += table.take(columns, out=spare, mode="wrap")
                # Of r and r - n the one that is a row: without a sign, a negative number is the larger.
                np.subtract(rows, self._rows, out=spare)
                np.minimum(rows.view(unsigned), spare.view(unsigned), out=rows.view(unsigned))
            else:
                columns += table.take(rows, out=spare, mode="wrap")
                columns &= mask
        rows <<= self._bits
        rows |= columns
        return rows
