"""Functions of ranges, as the careful evaluator works them out for all trials at once."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from dealmodel.simulation.compiler import boxes
from dealmodel.simulation.compiler.boxes import DIV0, NA, VALUE
from dealmodel.simulation.compiler.careful.functions import lookups
from dealmodel.simulation.compiler.careful.functions.tables import TABLES
from dealmodel.simulation.compiler.careful.operands import single
from dealmodel.simulation.compiler.graph import NotCompiledError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.compiler.boxes import Boxed
    from dealmodel.simulation.compiler.careful.operands import Evaluator, Value


def _numbers_of(careful: Evaluator, args: Sequence[Value]) -> tuple[list[Boxed], list[NDArray[np.bool_]], list[Boxed]]:
    """Return the numbers among the arguments, where they count, and all that may hold errors.

    Within a range only numbers count; a value that is written as an argument counts as what it spells.
    """
    numbers: list[Boxed] = []
    counted: list[NDArray[np.bool_]] = []
    carriers: list[Boxed] = []
    for arg in args:
        if arg is None:
            numbers.append(np.array(0.0))
            counted.append(np.array(True))  # noqa: FBT003
        elif isinstance(arg, list):
            for cell in (c for row in arg for c in row):
                numbers.append(cell)
                counted.append(~np.isnan(cell))
                carriers.append(cell)
        else:
            value = careful.number(arg)
            numbers.append(value)
            counted.append(~np.isnan(value))
            carriers.append(value)
    return numbers, counted, carriers


def _total(careful: Evaluator, args: Sequence[Value]) -> Boxed:
    numbers, counted, carriers = _numbers_of(careful, args)
    total: Any = np.array(0.0)
    for number, mask in zip(numbers, counted, strict=True):
        total = total + (number if mask.all() else np.where(mask, number, 0.0))
    return boxes.finish(np.asarray(total), *carriers)


def _product(careful: Evaluator, args: Sequence[Value]) -> Boxed:
    numbers, counted, carriers = _numbers_of(careful, args)
    result: Any = np.array(1.0)
    for number, mask in zip(numbers, counted, strict=True):
        result = result * np.where(mask, number, 1.0)
    some = functools.reduce(np.logical_or, counted, np.array(False))  # noqa: FBT003
    return boxes.finish(np.where(some, result, 0.0), *carriers)


def _extreme(function: Callable[[Any, Any], Any], worst: float) -> Callable[[Evaluator, Sequence[Value]], Boxed]:
    def evaluate(careful: Evaluator, args: Sequence[Value]) -> Boxed:
        numbers, counted, carriers = _numbers_of(careful, args)
        result: Any = np.array(worst)
        for number, mask in zip(numbers, counted, strict=True):
            result = function(result, number if mask.all() else np.where(mask, number, worst))
        some = functools.reduce(np.logical_or, counted, np.array(False))  # noqa: FBT003
        return boxes.finish(np.where(some, result, 0.0), *carriers)

    return evaluate


def _average(careful: Evaluator, args: Sequence[Value]) -> Boxed:
    numbers, counted, carriers = _numbers_of(careful, args)
    total: Any = np.array(0.0)
    count: Any = np.array(0.0)
    for number, mask in zip(numbers, counted, strict=True):
        total = total + np.where(mask, number, 0.0)
        count = count + mask
    return boxes.settle(np.where(count == 0, DIV0, boxes.finish(total / count)), *carriers)


def _count(_careful: Evaluator, args: Sequence[Value]) -> Boxed:
    total: Any = np.array(0.0)
    for arg in args:
        if not isinstance(arg, list):
            raise NotCompiledError("COUNT of single values is not compiled")
        for cell in (c for row in arg for c in row):
            total = total + ~np.isnan(cell)
    return np.asarray(total)


def _count_all(_careful: Evaluator, args: Sequence[Value]) -> Boxed:
    total: Any = np.array(0.0)
    for arg in args:
        for cell in (c for row in (arg if isinstance(arg, list) else [[single(arg)]]) for c in row):
            total = total + ~boxes.is_blank(cell)
    return np.asarray(total)


def _sum_of_products(_careful: Evaluator, args: Sequence[Value]) -> Boxed:
    grids = [a if isinstance(a, list) else [[single(a)]] for a in args]
    if len({(len(g), len(g[0])) for g in grids}) > 1:
        return np.array(VALUE)
    total: Any = np.array(0.0)
    carriers: list[Boxed] = []
    for cells in zip(*([c for row in g for c in row] for g in grids), strict=True):
        product: Any = np.array(1.0)
        for cell in cells:
            product = product * np.where(np.isnan(cell), 0.0, cell)
            carriers.append(cell)
        total = total + product
    return boxes.finish(np.asarray(total), *carriers)


def _logical(function: Callable[[Any, Any], Any], start: bool) -> Callable[[Evaluator, Sequence[Value]], Boxed]:
    def evaluate(careful: Evaluator, args: Sequence[Value]) -> Boxed:
        result: Any = np.array(start)
        some: Any = np.array(False)  # noqa: FBT003
        carriers: list[Boxed] = []
        for arg in args:
            within = isinstance(arg, list)
            for cell in (c for row in (arg if isinstance(arg, list) else [[single(arg)]]) for c in row):
                skipped = (boxes.is_text(cell) | boxes.is_blank(cell)) if within else np.zeros(cell.shape, np.bool_)
                holds, errors = careful.condition(np.where(skipped, 0.0, cell))
                result = np.where(skipped, result, function(result, holds))
                some = some | ~skipped
                carriers.append(errors)
        return boxes.settle(np.where(some, boxes.flags(result), VALUE), *carriers)

    return evaluate


def _net_present_value(careful: Evaluator, args: Sequence[Value]) -> Boxed:
    rate = careful.number(args[0])
    numbers, counted, carriers = _numbers_of(careful, args[1:])
    total: Any = np.array(0.0)
    discount = 1 / (1 + rate)
    for number, mask in zip(reversed(numbers), reversed(counted), strict=True):
        total = np.where(mask, (total + number) * discount, total)
    return boxes.finish(np.asarray(total), rate, *carriers)


def _payment(careful: Evaluator, args: Sequence[Value]) -> Boxed:
    rate, periods, present = (careful.number(a) for a in args[:3])
    future = careful.number(args[3]) if len(args) > 3 else np.array(0.0)  # noqa: PLR2004
    begin = careful.number(args[4]) if len(args) > 4 else np.array(0.0)  # noqa: PLR2004
    growth = np.power(1 + rate, periods)
    due = np.where(begin != 0, 1 + rate, 1.0)
    level = -(present * growth + future) * rate / (due * (growth - 1))
    flat = -(present + future) / periods
    return boxes.finish(np.where(rate == 0, flat, level), rate, periods, present, future, begin)


def _present(careful: Evaluator, args: Sequence[Value]) -> Boxed:
    rate, periods, payment, future, begin = _annuity(careful, args)
    growth = np.power(1 + rate, periods)
    due = np.where(begin != 0, 1 + rate, 1.0)
    level = -(future + payment * due * (growth - 1) / rate) / growth
    return boxes.finish(np.where(rate == 0, -(future + payment * periods), level), rate, periods, payment, future)


def _future(careful: Evaluator, args: Sequence[Value]) -> Boxed:
    rate, periods, payment, present, begin = _annuity(careful, args)
    growth = np.power(1 + rate, periods)
    due = np.where(begin != 0, 1 + rate, 1.0)
    level = -(present * growth + payment * due * (growth - 1) / rate)
    return boxes.finish(np.where(rate == 0, -(present + payment * periods), level), rate, periods, payment, present)


def _annuity(careful: Evaluator, args: Sequence[Value]) -> list[Boxed]:
    return [careful.number(a) for a in [*args, *[None] * (5 - len(args))]]


WHOLE: dict[str, Callable[[Evaluator, Sequence[Value]], Value]] = {
    "SUM": _total,
    "PRODUCT": _product,
    "MIN": _extreme(np.minimum, np.inf),
    "MAX": _extreme(np.maximum, -np.inf),
    "AVERAGE": _average,
    "COUNT": _count,
    "COUNTA": _count_all,
    "SUMPRODUCT": _sum_of_products,
    "AND": _logical(np.logical_and, start=True),
    "OR": _logical(np.logical_or, start=False),
    "XOR": _logical(np.logical_xor, start=False),
    "NPV": _net_present_value,
    "PMT": _payment,
    "PV": _present,
    "FV": _future,
    "INDEX": lookups.index,
    lookups.PICK: lookups.index,
    "MATCH": lookups.match,
    "VLOOKUP": lambda careful, args: lookups.looked_up(careful, args, down=True),
    "HLOOKUP": lambda careful, args: lookups.looked_up(careful, args, down=False),
    "XLOOKUP": lookups.look_up,
    "XMATCH": lookups.match_any,
    "ROWS": lambda _careful, args: np.array(float(len(args[0])) if isinstance(args[0], list) else 1.0),
    "COLUMNS": lambda _careful, args: np.array(float(len(args[0][0])) if isinstance(args[0], list) else 1.0),
    **TABLES,
    "PI": lambda _careful, _args: np.array(np.pi),
    "NA": lambda _careful, _args: np.array(NA),
    "TRUE": lambda _careful, _args: np.array(boxes.TRUE),
    "FALSE": lambda _careful, _args: np.array(boxes.FALSE),
}
