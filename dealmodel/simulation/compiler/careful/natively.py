"""Functions worked out for all trials at once where that is sure, and called in the engine in the other trials."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dealmodel.simulation.compiler import boxes
from dealmodel.simulation.compiler.careful.operands import Criterion, trial_count

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.compiler.boxes import Boxed
    from dealmodel.simulation.compiler.careful.operands import Evaluator, Value

    Body = Callable[[Sequence[Value]], "Found"]
    Function = Callable[[Evaluator, Sequence[Value]], Boxed]


class Found(NamedTuple):
    """What a function gives, and in which trials that is sure to be what the engine gives."""

    result: Boxed
    sure: NDArray[np.bool_]
    error: NDArray[np.bool_] | None = None
    """Where the result is an error, and not what arithmetic makes of arguments that are none of its domain."""


class UnsureError(Exception):
    """Arguments for which the engine has to be called in all trials; never leaves the compiler."""


def natively(name: str, body: Body) -> Function:
    """Return a function for all trials.

    Parameters
    ----------
    name
        What the engine calls it.
    body
        Works it out where its arguments are numbers within their domains; may raise `UnsureError`.
    """

    def evaluate(careful: Evaluator, args: Sequence[Value]) -> Boxed:
        try:
            found = body(args)
        except UnsureError:
            return careful.called(name, args)
        known = np.isfinite(found.result)
        if found.error is not None:
            known = known | found.error
        # -0.0 becomes 0.0, as in cells
        return in_doubt(careful, name, args, np.asarray(found.result + 0.0), np.asarray(found.sure & known))

    return evaluate


def of_dates(name: str, body: Body) -> Function:
    """Return a function for all trials whose body counts days from 1900; see `natively`."""
    from_1900 = natively(name, body)

    def evaluate(careful: Evaluator, args: Sequence[Value]) -> Boxed:
        return careful.called(name, args) if careful.date1904 else from_1900(careful, args)

    return evaluate


def refused(found: Found, where: NDArray[np.bool_], error: np.float64) -> Found:
    """Return what a function gives where it refuses some trials with an error, whatever else it does not know."""
    return Found(np.where(where, error, found.result), np.asarray(found.sure | where), np.asarray(where))


def in_doubt(
    careful: Evaluator,
    name: str,
    args: Sequence[Value],
    result: Boxed,
    sure: NDArray[np.bool_],
    ask: Callable[[str, Sequence[Value]], Boxed] | None = None,
) -> Boxed:
    """Return a result with the engine's own in the trials in which it is not sure.

    Parameters
    ----------
    careful
        The evaluator.
    name
        What the engine calls the function.
    args
        Its arguments.
    result
        The result where it is sure.
    sure
        Where that is so.
    ask
        Asks the engine; by default the evaluator's `called`.
    """
    ask = careful.called if ask is None else ask
    count = trial_count(args)
    result, sure = np.broadcast_to(result, count), np.broadcast_to(sure, count)
    if sure.all():
        return np.array(result)
    if not count:
        return ask(name, args)
    whole = np.array(result)
    whole[~sure] = ask(name, [_some(a, ~sure) for a in args])
    return whole


def _some(arg: Value, mask: NDArray[np.bool_]) -> Value:
    """Return some trials of an argument."""
    if arg is None:
        return None
    if isinstance(arg, Criterion):
        return Criterion(*(c[mask] if c.ndim else c for c in arg.parts))
    if isinstance(arg, list):
        return [[c[mask] if c.ndim else c for c in row] for row in arg]
    return arg[mask] if arg.ndim else arg


def numbers(args: Sequence[Value], *defaults: float | None) -> list[Boxed]:
    """Return arguments that are single numbers; what is not a number stays NaN.

    Parameters
    ----------
    args
        The arguments.
    defaults
        What every argument is that is left out; None for one that must be there.
    """
    if len(args) > len(defaults):
        raise UnsureError
    found = [_number(a) for a in args]
    for default in defaults[len(args) :]:
        if default is None:
            raise UnsureError
        found.append(np.array(default))
    return found


def truths(values: Boxed) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return where an argument means TRUE, and where it is TRUE, FALSE or a number, so that this is told."""
    found = boxes.payloads(values)
    true, false = (boxes.payloads(np.array(box)) for box in (boxes.TRUE, boxes.FALSE))
    is_number = ~np.isnan(values)
    told = is_number | (found == true) | (found == false)
    return np.asarray((found == true) | (is_number & (values != 0))), np.asarray(told)


def _number(arg: Value) -> Boxed:
    if arg is None:
        return np.array(0.0)
    if isinstance(arg, list):
        if len(arg) != 1 or len(arg[0]) != 1:
            raise UnsureError
        return arg[0][0]
    return arg
