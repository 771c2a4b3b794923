"""SUMIF, COUNTIFS and their kin, for all trials at once."""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dealmodel.cells import CellError
from dealmodel.hosts.engine_values import to_engine
from dealmodel.hosts.supplements.conditions import condition_parts, criterion
from dealmodel.hosts.supplements.refusals import CellErrorRaised
from dealmodel.simulation.compiler import boxes
from dealmodel.simulation.compiler.careful.natively import UnsureError, in_doubt
from dealmodel.simulation.compiler.careful.operands import Criterion
from dealmodel.simulation.compiler.fifteen import rounded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.compiler.boxes import Boxed
    from dealmodel.simulation.compiler.careful.natively import Function
    from dealmodel.simulation.compiler.careful.operands import Evaluator, Grid, Value

    Mask = NDArray[np.bool_]

OPERATORS = frozenset({"=", "<>", "<", ">", "<=", ">="})
"""What a condition may begin with."""
_ORDERS: dict[str, Callable[[Boxed, float | Boxed], Mask]] = {
    "": operator.eq,
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


class _Met(NamedTuple):
    """Where a cell meets a condition, and in which trials that is sure."""

    mask: Mask
    sure: Mask


_MOST_CONDITIONS = 64
"""Different texts of a condition up to which each is looked at by itself, as those of ">"&A1 for a whole number."""
_SURE: Mask = np.array(True)  # noqa: FBT003


def _criterion_masks(careful: Evaluator, cells: Grid, condition: Value) -> Iterator[_Met]:
    """Return where each cell of a range meets a condition."""
    if isinstance(condition, Criterion):
        yield from _by_order(careful, cells, condition)
        return
    if condition is None or isinstance(condition, list):
        raise UnsureError
    if condition.ndim:
        yield from _by_condition(careful, cells, condition)
        return
    wanted = boxes.unbox(float(condition), careful.texts)
    # A blank cell is the condition 0.
    wanted = 0.0 if wanted is None else wanted
    test = criterion(to_engine(wanted))
    sign, value = condition_parts(wanted) if isinstance(wanted, str) else ("=", wanted)

    def met(cell: Boxed) -> Mask:
        # A number meets the condition of a text, a truth or an error or does not, whichever number it is.
        found = np.asarray(_ORDERS[sign](cell, value) if isinstance(value, float) else np.full(cell.shape, test(1.0)))
        others = np.isnan(cell)
        if others.any():
            kinds, back = np.unique(cell[others].view(np.int64), return_inverse=True)
            each = [test(boxes.unbox(v, careful.texts)) for v in kinds.view(np.float64)]
            found = found.copy()
            found[others] = np.array(each, dtype=np.bool_)[back.ravel()]
        return found

    # All constants at once: a list may have thousands of them.
    constants = iter(met(np.array([cell for row in cells for cell in row if not cell.ndim], dtype=np.float64)))
    for cell in (c for row in cells for c in row):
        yield _Met(met(cell) if cell.ndim else np.asarray(next(constants)), _SURE)


def _by_order(careful: Evaluator, cells: Grid, condition: Criterion) -> Iterator[_Met]:
    """Return where each cell of a range compares with a number that varies, of which a text has fifteen digits."""
    operator_box, number = condition.parts
    sign = str(boxes.unbox(float(operator_box), careful.texts))
    is_number = np.asarray(~np.isnan(number))
    wanted = rounded(np.where(is_number, number, 0.0))
    for cell in (c for row in cells for c in row):
        # What is no number is unequal to any, and neither above nor below; a text may stand for an equal one.
        sure = is_number & ~boxes.is_text(cell) if sign == "=" else is_number
        yield _Met(_ORDERS[sign](cell, wanted), np.asarray(sure))


def _by_condition(careful: Evaluator, cells: Grid, condition: Boxed) -> Iterator[_Met]:
    """Return where each cell of a range meets a condition that varies: a number, or one of a few others."""
    is_number = ~np.isnan(condition)
    others = np.unique(condition[~is_number].view(np.int64)).view(np.float64)
    known = others[:_MOST_CONDITIONS]
    trials = [condition.view(np.int64) == other for other in known.view(np.int64)]
    # Every condition by itself, in the trials that have it.
    each = [
        list(_criterion_masks(careful, [[c[mask] if c.ndim else c for c in row] for row in cells], np.array(other)))
        for other, mask in zip(known, trials, strict=True)
    ]
    sure = is_number | np.isin(condition.view(np.int64), known.view(np.int64))
    for i, cell in enumerate(c for row in cells for c in row):
        # Of a cell that is no number, none is equal; a text may stand for one.
        met = np.array(np.broadcast_to(cell == condition, condition.shape))
        for mask, found in zip(trials, each, strict=True):
            met[mask] = found[i].mask
        yield _Met(met, np.asarray(sure & ~(is_number & boxes.is_text(cell))))


def _grid(value: Value) -> Grid:
    if value is None:
        raise UnsureError
    return value if isinstance(value, list) else [[value]]


class _Selected(NamedTuple):
    """Places of a range at which conditions may be met, where they are, and in which trials that is sure."""

    places: list[int]
    masks: list[Mask]
    sure: Mask


def _selected(careful: Evaluator, pairs: Sequence[Value], shape: tuple[int, int]) -> _Selected:
    """Return where all conditions are met; places at which one is met in no trial are left out."""
    if len(pairs) % 2 or not pairs:
        raise UnsureError
    found = _Selected(list(range(shape[0] * shape[1])), [], _SURE)
    given = [(_grid(cells), condition) for cells, condition in zip(pairs[::2], pairs[1::2], strict=True)]
    if any((len(grid), len(grid[0])) != shape for grid, _ in given):
        raise UnsureError
    # Those that are the same in all trials come first: the others are looked at for fewer places.
    for grid, condition in sorted(given, key=lambda pair: not isinstance(pair[1], np.ndarray) or pair[1].ndim):
        cells = [c for row in grid for c in row]
        met = list(_criterion_masks(careful, [[cells[i] for i in found.places]], condition))
        masks = [m.mask for m in met]
        if found.masks:
            masks = [a & b for a, b in zip(found.masks, masks, strict=True)]
        kept = [i for i, mask in enumerate(masks) if mask.ndim or mask]
        sure = functools.reduce(np.logical_and, (met[i].sure for i in kept), found.sure)
        found = _Selected([found.places[i] for i in kept], [masks[i] for i in kept], sure)
        if not kept:
            break
    return found


def _conditional(
    name: str, finish: Callable[[list[Boxed], list[Mask]], Boxed], *, beside: bool, counts: bool = False
) -> Function:
    """Return a function of the cells that meet conditions.

    Parameters
    ----------
    name
        What the engine calls it.
    finish
        Makes the result of the cells, and where each counts.
    beside
        Whether the range that is summed comes last, and is that of the condition where it is left out.
    counts
        Whether nothing is summed.
    """

    def evaluate(careful: Evaluator, args: Sequence[Value]) -> Boxed:
        try:
            if counts:
                cells, pairs = _grid(args[0]), args
            elif beside:
                cells, pairs = _grid(args[2] if len(args) > 2 else args[0]), args[:2]  # noqa: PLR2004
            else:
                cells, pairs = _grid(args[0]), args[1:]
            places, masks, sure = _selected(careful, pairs, (len(cells), len(cells[0])))
        except (UnsureError, CellErrorRaised):
            return careful.called(name, args)
        line = [c for row in cells for c in row]
        values = [line[i] for i in places]
        result = finish(values, masks)
        if not counts:
            for value, mask in zip(reversed(values), reversed(masks), strict=True):
                if np.isnan(value).any():
                    result = np.where(mask & boxes.is_error(value), value, result)
        return in_doubt(careful, name, args, result, sure)

    return evaluate


def _sum(values: list[Boxed], masks: list[Mask]) -> Boxed:
    total = np.array(0.0)
    for value, mask in zip(values, masks, strict=True):
        total = total + np.where(mask & ~np.isnan(value), value, 0.0)
    return boxes.finish(total)


def _counted(masks: list[Mask]) -> Boxed:
    total = np.array(0.0)
    for mask in masks:
        total = total + mask
    return total


def _count(_values: list[Boxed], masks: list[Mask]) -> Boxed:
    return _counted(masks)


def _average(values: list[Boxed], masks: list[Mask]) -> Boxed:
    count = _counted([m & ~np.isnan(v) for v, m in zip(values, masks, strict=True)])
    return np.where(count == 0, boxes.ERROR_BOXES[CellError.DIV0], _sum(values, masks) / count)


def _extreme(function: Callable[[Boxed, Boxed], Boxed], worst: float) -> Callable[[list[Boxed], list[Mask]], Boxed]:
    def finish(values: list[Boxed], masks: list[Mask]) -> Boxed:
        result = np.array(worst)
        for value, mask in zip(values, masks, strict=True):
            result = function(result, np.where(mask & ~np.isnan(value), value, worst))
        return np.where(result == worst, 0.0, result)

    return finish


CONDITIONALS: dict[str, Function] = {
    "SUMIF": _conditional("SUMIF", _sum, beside=True),
    "AVERAGEIF": _conditional("AVERAGEIF", _average, beside=True),
    "COUNTIF": _conditional("COUNTIF", _count, beside=False, counts=True),
    "SUMIFS": _conditional("SUMIFS", _sum, beside=False),
    "AVERAGEIFS": _conditional("AVERAGEIFS", _average, beside=False),
    "COUNTIFS": _conditional("COUNTIFS", _count, beside=False, counts=True),
    "MAXIFS": _conditional("MAXIFS", _extreme(np.maximum, -np.inf), beside=False),
    "MINIFS": _conditional("MINIFS", _extreme(np.minimum, np.inf), beside=False),
}
