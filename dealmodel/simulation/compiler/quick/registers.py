"""Registers of the quick program: as few as its order allows, so that a block of many trials fits."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dealmodel.simulation.compiler.quick.values import BITWISE, FLAGS, NOTHING, TABLE, WORD, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.compiler.graph import Node

SIZES = (16_384, 8192, 4096, 2048, 1024)
"""Trials of a block, the largest first: a call costs as much as some thousand elements, a draw as twenty calls."""
MEMORY = 50_000_000
"""Bytes that the registers may fill. To leave a core's cache costs far less than blocks so short that they fit in."""
_STAGGER = 24
"""Words between registers: at a distance of whole pages they would compete for the same lines of the cache."""
_NUMBERS = frozenset({float, np.float64, np.int64})
_BY_NAME = frozenset({np.maximum, np.minimum})
"""What takes its result's place by name alone."""


class Layout:
    """Which register holds which value.

    Parameters
    ----------
    values
        The values in the order in which they are computed, each with how many are computed from it.
    kept
        The values that are wanted at the end.
    """

    def __init__(self, values: Sequence[Value], kept: Iterable[Value]) -> None:
        self._kept = list(kept)
        self.values = values
        self._counts = {WORD: 0, FLAGS: 0, TABLE: 0}
        self._assign()

    @property
    def bytes_per_trial(self) -> int:
        """How much memory the registers need for every trial."""
        return 8 * self._counts[WORD] + self._counts[FLAGS]

    @property
    def block(self) -> int:
        """How many trials a block should have."""
        return next((s for s in SIZES if s * self.bytes_per_trial <= MEMORY), SIZES[-1])

    def _assign(self) -> None:
        """Give every value a register: one that is free again, or else another."""
        free: dict[str, list[int]] = {WORD: [], FLAGS: [], TABLE: [], NOTHING: []}
        counts = self._counts
        for value in self.values:
            value.left = value.uses
        for value in self.values:
            in_place = isinstance(value.call, np.ufunc)
            if in_place:
                _release(value, free)
            kind = value.kind
            if kind != NOTHING:
                pool = free[kind]
                if pool:
                    value.number = pool.pop()
                else:
                    value.number = counts[kind]
                    counts[kind] += 1
            if not in_place:
                _release(value, free)

    def laid_out(self, trials: int) -> Code:
        """Return the program for blocks of so many trials."""
        words = _aligned(self._counts[WORD], trials)
        where: dict[str, Sequence[Any]] = {
            WORD: words,
            FLAGS: list(np.empty((self._counts[FLAGS], trials), dtype=np.bool_)),
            TABLE: [[None] for _ in range(self._counts[TABLE])],
        }
        where_bits = where | {WORD: [word.view(np.int64) for word in words]}
        calls: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []
        for value in self.values:
            call = value.call
            held = where_bits if call in BITWISE else where
            args = [
                held[a.kind][a.number] if type(a) is Value else _as_array(a) if type(a) in _NUMBERS else a
                for a in value.args
            ]
            if value.kind != NOTHING:
                place = held[value.kind][value.number]
                if call in _BY_NAME:
                    call = functools.partial(call, out=place)
                else:
                    args.append(place)
            calls.append((call, tuple(args)))
        results = {value: where[value.kind][value.number] for value in self._kept}
        return Code(trials, calls, [value.cell for value in self.values], results)


def _release(value: Value, free: dict[str, list[int]]) -> None:
    """Free the registers of a value's arguments, of the first last: it is where the result should go."""
    for arg in reversed(value.args):
        if type(arg) is Value:
            arg.left -= 1
            if not arg.left:
                free[arg.kind].append(arg.number)


class Code(NamedTuple):
    """The program over registers.

    Attributes
    ----------
    trials
        Trials of a block.
    calls
        What to call with what.
    cells
        For which cell each call works.
    results
        The registers that hold the wanted values at the end.
    """

    trials: int
    calls: list[tuple[Callable[..., Any], tuple[Any, ...]]]
    cells: list[Node | None]
    results: dict[Value, NDArray[Any]]


@functools.lru_cache(maxsize=4096, typed=True)
def _as_array(number: float | np.int64) -> NDArray[Any]:
    """Return an array without axes, which is taken faster than a number."""
    return np.array(number)


def _aligned(count: int, trials: int) -> list[NDArray[np.float64]]:
    """Return registers that begin at the beginning of a line of the cache."""
    width = trials + _STAGGER
    memory = np.zeros(count * width + 8)
    first = -memory.ctypes.data % 64 // 8
    return [memory[first + i * width : first + i * width + trials] for i in range(count)]
