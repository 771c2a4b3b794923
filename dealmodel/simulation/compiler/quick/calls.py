"""What the quick program calls beside NumPy: our functions, lookups, roundings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dealmodel.cells import OMITTED
from dealmodel.simulation.compiler.quick.blocks import FlaggedError, finite
from dealmodel.simulation.compiler.quick.values import FLAGS, WORD

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dealmodel.contract import Contract

    Array = NDArray[Any]
    Call = Callable[..., None]

_MANY = 24
"""Steps of a list from which a binary search is faster than comparing with each."""


def call_of_ours(contract: Contract, layout: Sequence[int | None], kind: str, *, strict: bool) -> Call:
    """Return a call of one of our functions.

    Parameters
    ----------
    contract
        The function.
    layout
        How many numbers each argument has: 0 for a single one, None for one left out.
    kind
        What becomes of the result: a number, a truth, or a table.
    strict
        Whether errors are refused.
    """

    def call(*places: Any) -> None:  # noqa: ANN401
        *values, out = places
        left = iter(values)
        arguments: list[Any] = []
        for size in layout:
            if size is None:
                arguments.append(OMITTED)
            elif size == 0:
                arguments.append(next(left))
            else:
                arguments.append(np.stack(np.broadcast_arrays(*(next(left) for _ in range(size))), axis=-1))
        result = contract.evaluate(contract.bind(arguments, {}))
        if strict:
            finite(result)
        if kind == WORD:
            np.add(result, 0.0, out)
        elif kind == FLAGS:
            np.not_equal(result, 0.0, out)
        else:
            out[0] = result

    return call


def pick(axes: int, place: tuple[int, ...]) -> Call:
    """Return a call that takes an element of the tables that a function of ours gives."""

    def call(table: list[Any], out: Array) -> None:
        result = table[0]
        if result is None:
            raise FlaggedError
        lengths = result.shape[result.ndim - axes :]
        if any(p >= length for p, length in zip(place, lengths, strict=True)):
            raise FlaggedError
        np.add(result[(..., *place)], 0.0, out)

    return call


def nearest(steps: Sequence[float]) -> Call:
    """Return a call that counts how many numbers of an ascending list are not above a value."""
    array = np.array(steps)

    def call(value: Array, out: Array) -> None:
        if len(array) > _MANY:
            np.copyto(out, np.searchsorted(array, value, side="right"))
            return
        count = np.zeros(len(value), dtype=np.int8)
        above = np.empty(len(value), dtype=np.bool_)
        for step in array:
            np.greater_equal(value, step, above)
            np.add(count, above.view(np.int8), count)
        np.copyto(out, count)

    return call


def taken(table: Sequence[float]) -> Call:
    """Return a call that takes the numbers at places, from 1, of a list."""
    array = np.array(table)

    def call(places: Array, out: Array) -> None:
        np.take(array, places.astype(np.intp) - 1, out=out, mode="clip")

    return call


def are_from_to(low: float, high: float, numbers: Array) -> None:
    """See that all numbers are within bounds."""
    if not (low <= np.minimum.reduce(numbers) and np.maximum.reduce(numbers) <= high):
        raise FlaggedError


def rounding(digits: float, exact: Callable[[Array], Array]) -> Call:
    """Return a call that rounds half up.

    Parameters
    ----------
    digits
        How many decimals.
    exact
        Rounds to a whole number, also what is half but for the fifteenth digit.
    """
    factor = 10.0**digits

    def call(number: Array, out: Array) -> None:
        scaled = np.absolute(number)
        if digits:
            # Scaled first, as the careful evaluator does.
            np.multiply(number, factor, scaled)
            np.absolute(scaled, scaled)
        whole = np.add(scaled, 0.5)
        np.floor(whole, whole)
        rest = np.subtract(scaled, whole)
        np.absolute(rest, rest)
        if np.maximum.reduce(rest) >= 0.5 - 1e-14 * max(1.0, np.maximum.reduce(scaled)):
            whole = exact(scaled)
        np.copysign(whole, number, whole)
        np.divide(whole, factor, whole)
        np.add(whole, 0.0, out)

    return call
