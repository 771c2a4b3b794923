"""What the careful evaluator works on: one value for each trial, or a rectangle of such."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np

from dealmodel.simulation.compiler.boxes import BLANK, NA
from dealmodel.simulation.compiler.graph import NotCompiledError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.compiler.boxes import Boxed, Texts

Grid: TypeAlias = "list[list[Boxed]]"
Value: TypeAlias = "Boxed | Grid | None"
"""One value per trial, a rectangle of such, or None where an argument is left out."""


class Criterion(list["list[Boxed]"]):
    """A condition that is an operator and a number: side by side, as a rectangle of two cells holds them."""

    def __init__(self, operator: Boxed, number: Boxed) -> None:
        super().__init__([[operator, number]])

    @property
    def parts(self) -> tuple[Boxed, Boxed]:
        """The operator and the number."""
        return self[0][0], self[0][1]


class Evaluator(Protocol):
    """What functions need of the evaluator that calls them: the careful one."""

    @property
    def texts(self) -> Texts:
        """The texts of the program."""

    @property
    def date1904(self) -> bool:
        """Whether the workbook counts days from 1904."""

    def number(self, value: Value, default: float | None = None) -> Boxed:
        """Return an argument as arithmetic takes it."""

    def condition(self, value: Value) -> tuple[NDArray[np.bool_], Boxed]:
        """Return where a condition holds, with its errors."""

    def is_omitted(self, arg: Value) -> bool:
        """Whether an argument is the mark of one that is left out."""

    def looked_up(self, name: str, args: Sequence[Value]) -> Boxed:
        """Return what the engine gives for a lookup, asked in all ways in which it is asked in a workbook."""

    def called(self, name: str, args: Sequence[Value]) -> Boxed:
        """Return what the engine gives for a function."""


def trial_count(args: Sequence[Value]) -> tuple[int, ...]:
    """Return the shape of the trials: empty where all arguments are constants."""
    cells = (c for a in args if a is not None for row in (a if isinstance(a, list) else [[a]]) for c in row)
    return np.broadcast_shapes(*(c.shape for c in cells))


def element(value: Value, i: int, j: int | None) -> Boxed:
    """Return an element of a range; without a column, of a range that is a single row or column."""
    if not isinstance(value, list):
        return single(value)
    if j is None:
        i, j = (0, i) if len(value) == 1 else (i, 0)
    i, j = 0 if len(value) == 1 else i, 0 if len(value[0]) == 1 else j
    if i >= len(value) or j >= len(value[0]):
        return np.array(NA)
    return value[i][j]


def single(value: Value) -> Boxed:
    """Return a value that is no range, or is one of a single cell."""
    if isinstance(value, list):
        if len(value) == len(value[0]) == 1:
            return value[0][0]
        raise NotCompiledError("a range stands where one value is expected")
    return np.array(BLANK) if value is None else value
