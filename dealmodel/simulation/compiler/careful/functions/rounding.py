"""Rounding to multiples, for all trials at once: the numbers and steps for which Excel's kinds of it agree on signs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dealmodel.simulation.compiler.careful.natively import Found, natively, numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dealmodel.simulation.compiler.boxes import Boxed
    from dealmodel.simulation.compiler.careful.natively import Function
    from dealmodel.simulation.compiler.careful.operands import Value

_NOISE = 1e-15
"""Difference from a whole number, relative to it, at which a quotient is that number."""


def _multiple(amount: Boxed, step: Boxed, whole: Callable[[Boxed], Boxed]) -> Boxed:
    quotient = amount / step
    near = np.rint(quotient)
    is_near = np.abs(quotient - near) <= _NOISE * np.maximum(np.abs(quotient), np.abs(near))
    return np.asarray(step * np.where(is_near, near, whole(quotient)))


def _by_sign(whole: Callable[[Boxed], Boxed]) -> Callable[[Sequence[Value]], Found]:
    """Return CEILING or FLOOR: a step has the sign of its number, or is positive."""

    def body(args: Sequence[Value]) -> Found:
        amount, step = numbers(args, None, None)
        return Found(_multiple(amount, step, whole), (step > 0) | ((step < 0) & (amount <= 0)))

    return body


def _upright(whole: Callable[[Boxed], Boxed]) -> Callable[[Sequence[Value]], Found]:
    """Return CEILING.MATH or FLOOR.MATH: the sign of a step counts for nothing."""

    def body(args: Sequence[Value]) -> Found:
        amount, step, mode = numbers(args, None, 1.0, 0.0)
        sure = (step != 0) & ((mode == 0) | ((amount >= 0) & ~np.isnan(mode)))
        return Found(_multiple(amount, np.abs(step), whole), sure)

    return body


def _nearest(args: Sequence[Value]) -> Found:
    amount, multiple = numbers(args, None, None)
    return Found(np.floor(amount / multiple + 0.5) * multiple, np.asarray(amount * multiple > 0))


_BODIES: dict[str, Callable[[Sequence[Value]], Found]] = {
    "CEILING": _by_sign(np.ceil),
    "FLOOR": _by_sign(np.floor),
    "CEILING.MATH": _upright(np.ceil),
    "FLOOR.MATH": _upright(np.floor),
    "MROUND": _nearest,
}
ROUNDINGS: dict[str, Function] = {name: natively(name, body) for name, body in _BODIES.items()}
