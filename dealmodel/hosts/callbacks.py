"""What the engine calls for functions of ours, and what it hands back to Python."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from dealmodel.cells import OMITTED, OMITTED_TEXT, CellError
from dealmodel.hosts.engine_values import to_engine, to_scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dealmodel.catalogue import Entry
    from dealmodel.cells import Cells, Scalar
    from dealmodel.hosts.engine_values import EngineValue


class Captured:
    """Holds what a formula hands back to Python until it is taken."""

    def __init__(self) -> None:
        self._rows: list[list[Scalar]] = [[CellError.NAME]]

    def __call__(self, value: EngineValue) -> EngineValue:
        """Hold it; the formula itself is 0."""
        read = argument_of(value)
        self._rows = [list(row) for row in read] if isinstance(read, list) else [[read]]  # type: ignore[list-item]
        return 0.0

    def take(self) -> list[list[Scalar]]:
        """Return it; #NAME? where nothing came."""
        rows, self._rows = self._rows, [[CellError.NAME]]
        return rows


def callback_of(entry: Entry) -> Callable[..., EngineValue]:
    """Return what the engine calls for a function of ours."""

    def call(*arguments: EngineValue) -> EngineValue:
        result = _call_path()(entry, [a if a.__class__ is float else argument_of(a) for a in arguments])
        if isinstance(result, list):
            return [[to_engine(v) for v in row] for row in result]
        return to_engine(result)

    return call


@cache
def _call_path() -> Callable[[Entry, Sequence[Cells]], Scalar | list[list[Scalar]]]:
    from dealmodel.callpath import call  # noqa: PLC0415  with NumPy behind it

    return call


def argument_of(value: EngineValue) -> Cells:
    """Return what the engine hands to a function as cells hold it."""
    if isinstance(value, list):
        return [[to_scalar(v) for v in row] for row in value]
    return OMITTED if value == OMITTED_TEXT else to_scalar(value)
