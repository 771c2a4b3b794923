"""What single cells hold, and simple functions of numbers, for all trials at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dealmodel.simulation.compiler import boxes
from dealmodel.simulation.compiler.careful.natively import Found, UnsureError, natively, numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dealmodel.simulation.compiler.boxes import Boxed
    from dealmodel.simulation.compiler.careful.natively import Function
    from dealmodel.simulation.compiler.careful.operands import Evaluator, Value

_EXACT = 2.0**52
"""Numbers below it have a last digit."""


def _as_number(careful: Evaluator, args: Sequence[Value]) -> Boxed:
    """Return N: numbers and errors as they are, TRUE as 1, all else as 0."""
    value = args[0] if len(args) == 1 else None
    if value is None or (isinstance(value, list) and (len(value), len(value[0])) != (1, 1)):
        return careful.called("N", args)
    cell = value[0][0] if isinstance(value, list) else value
    if not np.isnan(cell).any():
        return cell
    true = boxes.payloads(cell) == boxes.payloads(np.array(boxes.TRUE))
    return np.where(~np.isnan(cell) | boxes.is_error(cell), cell, np.where(true, 1.0, 0.0))


def _blanks(careful: Evaluator, args: Sequence[Value]) -> Boxed:
    """Return COUNTBLANK: cells that hold nothing, or a text of no characters."""
    if len(args) != 1 or not isinstance(args[0], list):
        return careful.called("COUNTBLANK", args)
    empty = boxes.payloads(np.array(careful.texts.box("")))
    total = np.array(0.0)
    for cell in (c for row in args[0] for c in row):
        if np.isnan(cell).any():
            total = total + (boxes.is_blank(cell) | (boxes.payloads(cell) == empty))
    return total


def _angle(args: Sequence[Value]) -> Found:
    across, up = numbers(args, None, None)
    return Found(np.arctan2(up, across), np.asarray((across != 0) | (up != 0)))


def _parity(*, odd: bool) -> Callable[[Sequence[Value]], Found]:
    """Return ISEVEN or ISODD of the whole part."""

    def body(args: Sequence[Value]) -> Found:
        (number,) = numbers(args, None)
        is_odd = np.trunc(number) % 2 != 0
        sure = np.asarray(np.abs(number) < _EXACT)
        return Found(boxes.flags(is_odd if odd else ~is_odd), sure, sure)

    return body


def _quotient(args: Sequence[Value]) -> Found:
    above, below = numbers(args, None, None)
    return Found(np.trunc(above / below), np.asarray(below != 0))


def _one(function: Callable[[Boxed], Boxed], least: float = -np.inf) -> Callable[[Sequence[Value]], Found]:
    def body(args: Sequence[Value]) -> Found:
        if len(args) != 1:
            raise UnsureError
        (number,) = numbers(args, None)
        return Found(function(number), np.asarray(number >= least))

    return body


_BODIES: dict[str, Callable[[Sequence[Value]], Found]] = {
    "ATAN2": _angle,
    "ISEVEN": _parity(odd=False),
    "ISODD": _parity(odd=True),
    "QUOTIENT": _quotient,
    "ASIN": _one(np.arcsin),
    "ACOS": _one(np.arccos),
    "SINH": _one(np.sinh),
    "COSH": _one(np.cosh),
    "DEGREES": _one(np.degrees),
    "RADIANS": _one(np.radians),
}
SINGLES: dict[str, Function] = {
    "N": _as_number,
    "COUNTBLANK": _blanks,
    **{name: natively(name, body) for name, body in _BODIES.items()},
}
