"""How the engine spells cell values: errors are dictionaries, a whole number may be an `int`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

from dealmodel.cells import CellError, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterable

EngineValue: TypeAlias = Any
_KINDS = {
    CellError.NULL: "Null",
    CellError.DIV0: "Div",
    CellError.VALUE: "Value",
    CellError.REF: "Ref",
    CellError.NAME: "Name",
    CellError.NUM: "Num",
    CellError.NA: "Na",
    CellError.SPILL: "Spill",
    CellError.CALC: "Calc",
}
_ERRORS = {kind: error for error, kind in _KINDS.items()}
_OUT = {error: {"type": "Error", "kind": _KINDS.get(error, "Value")} for error in CellError}
"""Of the errors that the engine does not have, none is #N/A, which some functions take for an answer."""
CIRCULAR = "it refers to itself"
"""Why a cell is not computed that circular references lead back to."""
UNCOMPUTED = {
    "Circ": CIRCULAR,
    "NImpl": "the engine does not know something in it",
    "Error": "the engine cannot read it",
    "Cancelled": "it takes too long to compute",
}
"""Kinds of errors that are the engine's own and that no spreadsheet shows."""
NOT_COMPUTED = {"type": "Error", "kind": "NImpl"}
"""What a function of ours gives where it cannot know its value."""
TOO_LONG = {"type": "Error", "kind": "Cancelled"}
"""What a function of ours gives where it would not come to an end soon."""


class Uncomputed:
    """What the engine gives for a cell that it cannot compute."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


def runs_of(values: Iterable[tuple[tuple[str, int, int], Scalar]]) -> dict[tuple[str, int, int], list[Scalar]]:
    """Return the values of cells that lie below each other as lists, by the first cell.

    Examples
    --------
    >>> runs_of([(("S", 3, 1), 5.0), (("S", 2, 1), 4.0), (("S", 2, 2), 6.0)])
    {('S', 2, 1): [4.0, 5.0], ('S', 2, 2): [6.0]}
    """
    by_column = {(sheet, column, row): value for (sheet, row, column), value in values}
    runs: dict[tuple[str, int, int], list[Scalar]] = {}
    run: list[Scalar] = []
    next_to = None
    for place in sorted(by_column):
        sheet, column, row = place
        if place != next_to:
            run = runs[sheet, row, column] = []
        run.append(by_column[place])
        next_to = sheet, column, row + 1
    return runs


def to_engine(value: Scalar) -> EngineValue:
    """Return a cell value as the engine spells it."""
    return _OUT[value] if isinstance(value, CellError) else value


def to_scalar(value: EngineValue) -> Scalar:
    """Return a value that the engine hands to a function."""
    if isinstance(value, dict):
        return _ERRORS.get(value.get("kind", ""), CellError.NA)
    return value  # type: ignore[no-any-return]


def to_result(value: EngineValue) -> Scalar | Uncomputed:
    """Return a value that the engine has computed for a cell."""
    if isinstance(value, dict) and value.get("kind") in UNCOMPUTED:
        return Uncomputed(UNCOMPUTED[value["kind"]])
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        # The engine hands infinities and what is no number through; no cell holds them.
        return float(value) if math.isfinite(value) else CellError.NUM
    return to_scalar(value)
