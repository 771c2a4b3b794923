"""How functions of ranges, lookups, roundings and our own functions are done by the quick program."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from dealmodel.simulation.compiler import boxes
from dealmodel.simulation.compiler.careful.functions.single_values import half_up
from dealmodel.simulation.compiler.quick import calls, checks
from dealmodel.simulation.compiler.quick.items import OMITTED, Boxed, Cells, Choice, Erring, Item, NotQuickError
from dealmodel.simulation.compiler.quick.values import FLAGS, WORD, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dealmodel.simulation.compiler.graph import Node
    from dealmodel.simulation.compiler.quick.lowering import Lowering

    Rule = Callable[[Lowering, Node, list[Item]], Any]


# -- ranges --------------------------------------------------------------------------------------------------------


def _countable(low: Lowering, args: Sequence[Item]) -> list[Item]:
    """Return the numbers that count: in a range those alone, and every single argument."""
    counted: list[Item] = []
    for arg in args:
        if isinstance(arg, Cells):
            for cell in arg.items:
                if isinstance(cell, Value):
                    if cell.kind == WORD:
                        counted.append(cell)
                elif isinstance(cell, float):
                    counted.append(cell)
                elif not (cell is None or isinstance(cell, (str, bool))):
                    raise NotQuickError
        elif isinstance(arg, (Value, bool, float)):
            counted.append(low.number(arg))
        else:
            raise NotQuickError
    return counted


def total(low: Lowering, _node: Node, args: list[Item]) -> Item:
    """Return SUM."""
    total: Item = 0.0
    for number in _countable(low, args):
        total = low.values.add(total, number)
    return total


def product(low: Lowering, _node: Node, args: list[Item]) -> Item:
    """Return PRODUCT."""
    numbers = _countable(low, args)
    result: Item = 1.0
    for number in numbers:
        result = low.values.multiply(result, number)
    return result if numbers else 0.0


def extreme(call: Item) -> Rule:
    """Return a rule for MAX or MIN."""

    def rule(low: Lowering, _node: Node, args: list[Item]) -> Item:
        numbers = _countable(low, args)
        if not numbers:
            return 0.0
        result = numbers[0]
        for number in numbers[1:]:
            result = low.values.extreme(call, result, number)
        return result

    return rule


def average(low: Lowering, node: Node, args: list[Item]) -> Item:
    """Return AVERAGE."""
    numbers = _countable(low, args)
    if not numbers:
        raise NotQuickError
    return low.values.divide(total(low, node, args), float(len(numbers)))


def sum_of_products(low: Lowering, _node: Node, args: list[Item]) -> Item:
    """Return SUMPRODUCT."""
    grids = [a if isinstance(a, Cells) else Cells([a], 1) for a in args]
    if len({(g.height, g.width) for g in grids}) > 1:
        raise NotQuickError
    total: Item = 0.0
    for cells in zip(*(g.items for g in grids), strict=True):
        product: Item = 1.0
        for cell in cells:
            if isinstance(cell, Value):
                factor: Item = cell if cell.kind == WORD else 0.0
            elif isinstance(cell, float):
                factor = cell
            elif cell is None or isinstance(cell, (str, bool)):
                factor = 0.0
            else:
                raise NotQuickError
            low.values.keep(cell)
            is_zero = any(isinstance(x, float) and x == 0.0 for x in (product, factor))
            product = 0.0 if is_zero else low.values.multiply(product, factor)
        total = low.values.add(total, product)
    return total


# -- lookups -------------------------------------------------------------------------------------------------------


def _constants(cells: Sequence[Item]) -> list[float]:
    if not all(isinstance(c, float) for c in cells):
        raise NotQuickError
    return list(cells)


def _place(low: Lowering, value: Item, steps: Sequence[Item]) -> Item:
    """Return at which place of an ascending list of constants the last number not above a value stands."""
    numbers = _constants(steps)
    if any(b < a for a, b in itertools.pairwise(numbers)) or not isinstance(value, Value):
        raise NotQuickError
    if value.kind != WORD:
        raise NotQuickError
    count = low.values.make(calls.nearest(numbers), (value,))
    if low.guarding:
        return Erring(count, low.values.compare(np.less, count, 1.0))
    low.values.effect(calls.are_from_to, 1.0, float(len(numbers)), count)
    return count


def match(low: Lowering, node: Node, args: list[Item]) -> Item:
    """Return MATCH: at which place of a list a number stands."""
    kind = 1.0 if len(args) == 2 else low.number(args[2]) if args[2] is not OMITTED else 0.0  # noqa: PLR2004
    if isinstance(kind, float) and kind >= 1 and isinstance(args[1], Cells) and 1 in (args[1].width, args[1].height):
        try:
            return _place(low, args[0], args[1].items)
        except NotQuickError:
            pass
    return bridged(low, node, args)


def table_lookup(low: Lowering, node: Node, args: list[Item]) -> Item:
    """Return VLOOKUP or HLOOKUP of the nearest in a table of constants."""
    table = args[1]
    nearest = len(args) < 4 or (isinstance(args[3], (bool, float)) and bool(args[3]))  # noqa: PLR2004
    if nearest and isinstance(table, Cells) and isinstance(args[2], float):
        which = int(args[2]) - 1
        rows = [table.items[i * table.width : (i + 1) * table.width] for i in range(table.height)]
        lines = rows if node.op == "VLOOKUP" else list(zip(*rows, strict=True))
        if 0 <= which < len(lines[0]):
            try:
                results = _constants([line[which] for line in lines])
                place = _place(low, args[0], [line[0] for line in lines])
            except NotQuickError:
                return bridged(low, node, args)
            return _taken(low, place, results)
    return bridged(low, node, args)


def _taken(low: Lowering, place: Item, table: Sequence[float]) -> Item:
    number = place.value if isinstance(place, Erring) else place
    result = low.values.make(calls.taken(table), (number,))
    return Erring(result, place.bad) if isinstance(place, Erring) else result


def choose(low: Lowering, _node: Node, args: list[Item]) -> Item:
    """Return CHOOSE: the argument at a place."""
    return _at_place(low, args[0], [0.0 if a is None else a for a in args[1:]])


def index(low: Lowering, node: Node, args: list[Item]) -> Item:
    """Return INDEX: the part of a range at a place."""
    if isinstance(args[0], Cells) and 1 in (args[0].width, args[0].height):
        places = [a for a in args[1:] if not (isinstance(a, float) and a == 1.0)]
        if len(places) == 1 and (len(args) == 2 or (places[0] is args[1]) == (args[0].width == 1)):  # noqa: PLR2004
            try:
                return _at_place(low, places[0], [0.0 if c is None else c for c in args[0].items])
            except NotQuickError:
                return bridged(low, node, args)
    return bridged(low, node, args)


def _at_place(low: Lowering, place: Item, items: Sequence[Item]) -> Item:
    """Return the item at a place, from 1."""
    values = low.values
    if not isinstance(place, Value) or any(not isinstance(i, (float, Value)) for i in items):
        raise NotQuickError
    if any(isinstance(i, Value) and i.kind != WORD for i in items):
        raise NotQuickError
    number = low.number(place)
    whole = values.one(np.floor, number)
    bad: Item = False
    if low.guarding:
        inside = values.both(
            values.compare(np.greater_equal, whole, 1.0), values.compare(np.less_equal, whole, float(len(items)))
        )
        bad = values.other(inside)
    else:
        values.effect(calls.are_from_to, 1.0, float(len(items)), whole)
    if all(isinstance(i, float) for i in items):
        result: Item = values.make(calls.taken(items), (whole,))
    else:
        result = items[-1]
        for i, item in reversed(list(enumerate(items[:-1], start=1))):
            result = values.choose(values.compare(np.equal, whole, float(i)), item, result)
    return result if bad is False else Erring(result, bad)


# -- others --------------------------------------------------------------------------------------------------------


def rounded(low: Lowering, node: Node, args: list[Item]) -> Item:
    """Return ROUND."""
    number = low.number(args[0])
    digits = 0.0 if len(args) == 1 or args[1] is OMITTED else low.number(args[1])
    if isinstance(number, Value) and isinstance(digits, float) and abs(digits) <= 15:  # noqa: PLR2004
        return low.values.make(_rounding(float(int(digits))), (number,))
    return bridged(low, node, args)


_ROUNDINGS: dict[float, Any] = {}


def _rounding(digits: float) -> Item:
    return _ROUNDINGS.setdefault(digits, calls.rounding(digits, half_up))


def net_present_value(low: Lowering, node: Node, args: list[Item]) -> Item:
    """Return NPV."""
    rate = low.number(args[0])
    numbers = _countable(low, args[1:])
    if not numbers or (low.guarding and isinstance(rate, Value)):
        return bridged(low, node, args)
    values = low.values
    discount = values.divide(1.0, values.add(1.0, rate))
    total: Item = 0.0
    for number in reversed(numbers):
        total = values.multiply(values.add(total, number), discount)
    return total


def bridged(low: Lowering, node: Node, args: list[Item]) -> Item:
    """Return what the careful evaluator makes of numbers."""
    layout: list[Item] = []
    places: list[Value] = []
    for arg in args:
        if arg is OMITTED:
            layout.append(None)
            continue
        cells = arg.items if isinstance(arg, Cells) else [arg]
        width = arg.width if isinstance(arg, Cells) else 1
        row: list[Item] = []
        for cell in cells:
            if isinstance(cell, Value):
                places.append(cell)
                row.append(None)
            elif isinstance(cell, (Choice, Boxed, Erring, Cells)) or cell is OMITTED:
                raise NotQuickError
            else:
                row.append(boxes.box(cell, low.careful.texts))
        layout.append((isinstance(arg, Cells), [row[i : i + width] for i in range(0, len(row), width)]))
    raw = low.values.make(low.blocks.bridge(node, layout, strict=not low.guarding), tuple(places))
    return Erring(raw, low.values.make(checks.are_errors, (raw,), FLAGS)) if low.guarding else raw
