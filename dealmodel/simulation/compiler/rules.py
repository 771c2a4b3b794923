"""How each operation of a formula is done by the quick program."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from dealmodel.catalogue import CATALOGUE
from dealmodel.cells import OMITTED_TEXT, CellError
from dealmodel.contract import contract_of
from dealmodel.domain import Kind
from dealmodel.simulation.compiler import blocks, boxes
from dealmodel.simulation.compiler.careful import half_up
from dealmodel.simulation.compiler.graph import GRID, OMITTED_NODE, Node
from dealmodel.simulation.compiler.lowering import OMITTED, Boxed, Cells, Choice, Erring, NotQuickError
from dealmodel.simulation.compiler.values import FLAGS, TABLE, WORD, Value

Item: TypeAlias = Any
"""What a part of a formula holds: a value, a constant, a range, or one of the classes of `lowering`."""

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dealmodel.simulation.compiler.lowering import Lowering

    Rule = Callable[[Lowering, Node, list[Item]], Any]

_COMPARE = {
    "=": np.equal,
    "<>": np.not_equal,
    "<": np.less,
    ">": np.greater,
    "<=": np.less_equal,
    ">=": np.greater_equal,
}


# -- arithmetic ----------------------------------------------------------------------------------------------------


def _add(low: Lowering, _node: Node, args: list[Item]) -> Item:
    return low.values.add(low.number(args[0]), low.number(args[1]))


def _subtract(low: Lowering, _node: Node, args: list[Item]) -> Item:
    return low.values.subtract(low.number(args[0]), low.number(args[1]))


def _multiply(low: Lowering, _node: Node, args: list[Item]) -> Item:
    return low.values.multiply(low.number(args[0]), low.number(args[1]))


def _divide(low: Lowering, _node: Node, args: list[Item]) -> Item:
    first, second = low.number(args[0]), low.number(args[1])
    if isinstance(second, float):
        if second == 0.0:
            raise NotQuickError
        return low.values.divide(first, second)
    return low.quiet(np.divide, first, second) if low.guarding else low.values.divide(first, second)


def _power(low: Lowering, _node: Node, args: list[Item]) -> Item:
    first, second = low.number(args[0]), low.number(args[1])
    if isinstance(first, Value) and isinstance(second, float) and second == 0.0:
        low.values.keep(first)
        return 1.0
    if low.guarding and not (isinstance(second, float) and second.is_integer() and second > 0):
        if isinstance(second, float) and second.is_integer():
            return low.quiet(np.divide, 1.0, low.values.power(first, -second))
        return low.quiet(np.power, first, second)
    return low.values.power(first, second)


def _percent(low: Lowering, _node: Node, args: list[Item]) -> Item:
    return low.values.divide(low.number(args[0]), 100.0)


def _negative(low: Lowering, _node: Node, args: list[Item]) -> Item:
    return low.values.negative(low.number(args[0]))


def _positive(_low: Lowering, _node: Node, args: list[Item]) -> Item:
    if isinstance(args[0], (Value, float, bool)):
        return args[0]
    raise NotQuickError


def _one(call: Item, *, risky: bool = False) -> Rule:
    def rule(low: Lowering, _node: Node, args: list[Item]) -> Item:
        number = low.number(args[0])
        return low.quiet(call, number) if risky and low.guarding else low.values.one(call, number)

    return rule


# -- conditions ----------------------------------------------------------------------------------------------------


def _compare(low: Lowering, node: Node, args: list[Item]) -> Item:
    return _compared(low, node.op, args[0], args[1])


def _compared(low: Lowering, operator: str, a: Item, b: Item) -> Item:  # noqa: PLR0911  one for each pair of kinds
    if isinstance(a, Choice):
        yes, no = (_compared(low, operator, arm, b) for arm in (a.yes, a.no))
        return low.values.choose_flag(a.test, yes, no)
    if isinstance(b, Choice):
        yes, no = (_compared(low, operator, a, arm) for arm in (b.yes, b.no))
        return low.values.choose_flag(b.test, yes, no)
    kinds = [FLAGS if isinstance(x, bool) else x.kind if isinstance(x, Value) else WORD for x in (a, b)]
    if all(isinstance(x, (Value, float, bool)) or x is None for x in (a, b)):
        if kinds == [FLAGS, FLAGS]:
            return _both_flags(low, operator, a, b)
        if FLAGS in kinds:
            raise NotQuickError
        return low.values.compare(_COMPARE[operator], low.number(a), low.number(b))
    plain = (str, float, bool, type(None))
    if isinstance(a, plain) and isinstance(b, plain):
        texts = low.careful.texts
        return boxes.unbox(float(boxes.compare(operator, boxes.box(a, texts), boxes.box(b, texts), texts)), texts)
    if isinstance(a, Value) and a.kind == WORD and isinstance(b, str):
        # Numbers come before texts.
        low.values.keep(a)
        return operator in ("<", "<=", "<>")
    if isinstance(b, Value) and b.kind == WORD and isinstance(a, str):
        low.values.keep(b)
        return operator in (">", ">=", "<>")
    raise NotQuickError


def _both_flags(low: Lowering, operator: str, a: Item, b: Item) -> Item:
    if isinstance(a, bool) or isinstance(b, bool):
        known, other = (a, b) if isinstance(a, bool) else (b, a)
        if operator == "=":
            return other if known else low.values.other(other)
        if operator == "<>":
            return low.values.other(other) if known else other
        raise NotQuickError
    return low.values.compare(_COMPARE[operator], a, b)


def _not(low: Lowering, _node: Node, args: list[Item]) -> Item:
    return low.values.other(low.flag(args[0]))


def _all_or_any(*, every: bool) -> Rule:
    def rule(low: Lowering, _node: Node, args: list[Item]) -> Item:
        cells = [c for a in args for c in (a.items if isinstance(a, Cells) else (a,))]
        if any(c is None for c in cells):
            raise NotQuickError
        result: Item = every
        for cell in cells:
            flag = low.flag(cell)
            result = low.values.both(result, flag) if every else low.values.either(result, flag)
        return result

    return rule


def _if(low: Lowering, _node: Node, args: list[Item]) -> Item:
    values = low.values
    bad: Item = False
    test, *arms = args
    if isinstance(test, Erring):
        bad, test = test.bad, test.value
    holds = low.flag(test)
    if len(arms) == 1:
        arms.append(False)
    arms = [0.0 if a is OMITTED or a is None else a for a in arms]
    if isinstance(holds, bool):
        chosen = arms[0] if holds else arms[1]
        if bad is not False:
            raise NotQuickError
        return chosen
    if any(isinstance(a, Erring) for a in arms):
        bads = [a.bad if isinstance(a, Erring) else False for a in arms]
        arms = [a.value if isinstance(a, Erring) else a for a in arms]
        bad = values.either(bad, values.choose_flag(holds, *bads))
    if any(isinstance(a, (Boxed, Cells)) for a in arms):
        raise NotQuickError
    if any(isinstance(a, CellError) for a in arms):
        if not low.guarding or all(isinstance(a, CellError) for a in arms):
            # Guarded, it is an error where it is chosen, of whatever kind.
            raise NotQuickError
        bads = [isinstance(a, CellError) for a in arms]
        arms = [1.0 if isinstance(a, CellError) else a for a in arms]
        bad = values.either(bad, values.choose_flag(holds, *bads))
    result = _chosen(low, holds, *arms)
    return result if bad is False else Erring(result, bad)


def _chosen(low: Lowering, holds: Value, yes: Item, no: Item) -> Item:
    kinds = {
        FLAGS if isinstance(x, bool) or (isinstance(x, Value) and x.kind == FLAGS)
        else WORD if isinstance(x, (Value, float))
        else "other"
        for x in (yes, no)
    }  # fmt: skip
    if kinds == {FLAGS}:
        return low.values.choose_flag(holds, yes, no)
    if kinds == {WORD}:
        return low.values.choose(holds, yes, no)
    return Choice(holds, yes, no)


def _if_error(low: Lowering, node: Node, args: list[Item]) -> Item:
    value, otherwise = args[0], args[1] if len(args) > 1 else OMITTED
    if isinstance(value, Erring):
        if node.op == "IFNA" or isinstance(otherwise, (Boxed, Cells, CellError)):
            # It is not kept of which kind an error is.
            raise NotQuickError
        return _if(low, node, [value.bad, otherwise, value.value])
    if isinstance(value, (Value, float, bool, Choice, str)):
        return value
    if isinstance(value, CellError) and node.op == "IFERROR" and otherwise is not OMITTED:
        return otherwise
    raise NotQuickError


def _keep(low: Lowering, item: Item) -> None:
    """Have an item computed: whether it is an error is what counts."""
    if isinstance(item, Choice):
        _keep(low, item.test)
        _keep(low, item.yes)
        _keep(low, item.no)
    elif isinstance(item, Value) and item.kind != TABLE:
        low.values.keep(item)


def _is_error(low: Lowering, node: Node, args: list[Item]) -> Item:
    value = args[0]
    _keep(low, value)
    if isinstance(value, Erring):
        if node.op != "ISERROR":
            raise NotQuickError
        return value.bad
    if isinstance(value, (Value, float, bool, str, Choice)):
        return False
    raise NotQuickError


def _is_number(low: Lowering, _node: Node, args: list[Item]) -> Item:
    value = args[0]
    _keep(low, value)
    if isinstance(value, Erring):
        return low.values.both(_is_number(low, _node, [value.value]), low.values.other(value.bad))
    if isinstance(value, Choice):
        return low.values.choose_flag(
            value.test, _is_number(low, _node, [value.yes]), _is_number(low, _node, [value.no])
        )
    if isinstance(value, Value):
        return value.kind == WORD
    if isinstance(value, (float, bool, str)) or value is None:
        return isinstance(value, float)
    raise NotQuickError


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


def _sum(low: Lowering, _node: Node, args: list[Item]) -> Item:
    total: Item = 0.0
    for number in _countable(low, args):
        total = low.values.add(total, number)
    return total


def _product(low: Lowering, _node: Node, args: list[Item]) -> Item:
    numbers = _countable(low, args)
    result: Item = 1.0
    for number in numbers:
        result = low.values.multiply(result, number)
    return result if numbers else 0.0


def _extreme(call: Item) -> Rule:
    def rule(low: Lowering, _node: Node, args: list[Item]) -> Item:
        numbers = _countable(low, args)
        if not numbers:
            return 0.0
        result = numbers[0]
        for number in numbers[1:]:
            result = low.values.extreme(call, result, number)
        return result

    return rule


def _average(low: Lowering, node: Node, args: list[Item]) -> Item:
    numbers = _countable(low, args)
    if not numbers:
        raise NotQuickError
    return low.values.divide(_sum(low, node, args), float(len(numbers)))


def _sum_of_products(low: Lowering, _node: Node, args: list[Item]) -> Item:
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
    count = low.values.make(blocks.nearest(numbers), (value,))
    if low.guarding:
        return Erring(count, low.values.compare(np.less, count, 1.0))
    low.values.effect(blocks.are_from_to, 1.0, float(len(numbers)), count)
    return count


def _match(low: Lowering, node: Node, args: list[Item]) -> Item:
    kind = 1.0 if len(args) == 2 else low.number(args[2]) if args[2] is not OMITTED else 0.0  # noqa: PLR2004
    if isinstance(kind, float) and kind >= 1 and isinstance(args[1], Cells) and 1 in (args[1].width, args[1].height):
        try:
            return _place(low, args[0], args[1].items)
        except NotQuickError:
            pass
    return bridged(low, node, args)


def _table_lookup(low: Lowering, node: Node, args: list[Item]) -> Item:
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
    result = low.values.make(blocks.taken(table), (number,))
    return Erring(result, place.bad) if isinstance(place, Erring) else result


def _choose(low: Lowering, _node: Node, args: list[Item]) -> Item:
    return _at_place(low, args[0], [0.0 if a is None else a for a in args[1:]])


def _index(low: Lowering, node: Node, args: list[Item]) -> Item:
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
        values.effect(blocks.are_from_to, 1.0, float(len(items)), whole)
    if all(isinstance(i, float) for i in items):
        result: Item = values.make(blocks.taken(items), (whole,))
    else:
        result = items[-1]
        for i, item in reversed(list(enumerate(items[:-1], start=1))):
            result = values.choose(values.compare(np.equal, whole, float(i)), item, result)
    return result if bad is False else Erring(result, bad)


# -- others --------------------------------------------------------------------------------------------------------


def _round(low: Lowering, node: Node, args: list[Item]) -> Item:
    number = low.number(args[0])
    digits = 0.0 if len(args) == 1 or args[1] is OMITTED else low.number(args[1])
    if isinstance(number, Value) and isinstance(digits, float) and abs(digits) <= 15:  # noqa: PLR2004
        return low.values.make(_rounding(float(int(digits))), (number,))
    return bridged(low, node, args)


_ROUNDINGS: dict[float, Any] = {}


def _rounding(digits: float) -> Item:
    return _ROUNDINGS.setdefault(digits, blocks.rounding(digits, half_up))


def _net_present_value(low: Lowering, node: Node, args: list[Item]) -> Item:
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
    return Erring(raw, low.values.make(np.isnan, (raw,), FLAGS)) if low.guarding else raw


def _ours(low: Lowering, node: Node, args: list[Item]) -> Item:
    entry = CATALOGUE.get(node.op)
    if entry is None or entry.takes_cells:
        raise NotQuickError
    contract = contract_of(entry.function)
    for cell in (c for a in args for c in (a.items if isinstance(a, Cells) else (a,))):
        if not (isinstance(cell, (Value, float, bool)) or cell is None or cell is OMITTED or cell == OMITTED_TEXT):
            raise NotQuickError
    traced = low.traced(node)
    if traced is not None:
        return low.follow(traced)
    if len(args) > len(contract.parameters):
        raise NotQuickError
    layout: list[int | None] = []
    places: list[Item] = []
    for parameter, arg in zip(contract.parameters, args, strict=False):
        if arg is OMITTED or isinstance(arg, str):
            layout.append(None)
            continue
        cells = arg.items if isinstance(arg, Cells) else [arg]
        if (len(cells) > 1 and not parameter.core) or (isinstance(arg, Cells) and 1 not in (arg.width, arg.height)):
            raise NotQuickError
        layout.append(len(cells) if parameter.core else 0)
        places += [low.number(c) for c in cells]
    kind = FLAGS if contract.result.domain.kind is Kind.FLAG else WORD
    kind = TABLE if contract.result_axes else kind
    guarding = low.guarding and kind == WORD
    call = blocks.call_of_ours(contract, layout, kind, strict=not guarding)
    raw = low.values.make(call, tuple(places), kind)
    return Erring(raw, low.values.make(np.isnan, (raw,), FLAGS)) if guarding else raw


def _element(low: Lowering, node: Node, args: list[Item]) -> Item:
    table = args[0]
    if not isinstance(table, Value) or table.kind != TABLE:
        raise NotQuickError
    call = node.args[0]
    contract = contract_of(CATALOGUE[call.op].function)
    i, j = node.value
    place: tuple[int, ...] = (j,)
    if contract.result_axes == 2:  # noqa: PLR2004  a table
        place = (i, 0 if j is None else j)
    elif j is None or (_is_upright(call) and not contract.result.core.isdigit()):
        place = (i,)
    return low.values.make(blocks.pick(contract.result_axes, place), (table,))


def _is_upright(call: Node) -> bool:
    parameters = contract_of(CATALOGUE[call.op].function).parameters
    series = [a for p, a in zip(parameters, call.args, strict=False) if p.core and a.op != OMITTED_NODE]
    return bool(series) and series[0].op == GRID and series[0].value[0] > 1


_BRIDGED = [
    *("XLOOKUP", "PMT", "PV", "FV", "MEDIAN", "COUNT", "LOG", "MOD", "ROUNDUP", "ROUNDDOWN", "TRUNC"),
    *("SIN", "COS", "TAN", "ATAN", "TANH"),
]
RULES: dict[str, Rule] = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "^": _power,
    "POWER": _power,
    "%": _percent,
    "neg": _negative,
    "pos": _positive,
    "ABS": _one(np.absolute),
    "SQRT": _one(np.sqrt, risky=True),
    "EXP": _one(np.exp, risky=True),
    "LN": _one(np.log, risky=True),
    "LOG10": _one(np.log10, risky=True),
    "INT": _one(np.floor),
    "SIGN": _one(np.sign),
    **dict.fromkeys(_COMPARE, _compare),
    "NOT": _not,
    "AND": _all_or_any(every=True),
    "OR": _all_or_any(every=False),
    "SUM": _sum,
    "PRODUCT": _product,
    "MAX": _extreme(np.maximum),
    "MIN": _extreme(np.minimum),
    "AVERAGE": _average,
    "SUMPRODUCT": _sum_of_products,
    "NPV": _net_present_value,
    "ROUND": _round,
    "MATCH": _match,
    "VLOOKUP": _table_lookup,
    "HLOOKUP": _table_lookup,
    "CHOOSE": _choose,
    "INDEX": _index,
    "DM_": _ours,
    "element": _element,
    **dict.fromkeys(_BRIDGED, bridged),
}
SELECTIVE: dict[str, Rule] = {
    "IF": _if,
    "IFERROR": _if_error,
    "IFNA": _if_error,
    "ISERROR": _is_error,
    "ISERR": _is_error,
    "ISNA": _is_error,
    "ISNUMBER": _is_number,
}
"""What does not pass on every error of its arguments."""
STRICT = frozenset(RULES) - frozenset(
    ["MATCH", "VLOOKUP", "HLOOKUP", "XLOOKUP", "CHOOSE", "INDEX", "COUNT", "DM_", "element"]
)
_X = {
    "MATCH",
    "VLOOKUP",
    "HLOOKUP",
    "XLOOKUP",
    "CHOOSE",
    "INDEX",
    "COUNT",
    "DM_",
    "ELEMENT",
    "element",
}
"""What is an error wherever an argument is one."""
