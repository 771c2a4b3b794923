"""How each operation of a formula is done by the quick program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dealmodel.cells import CellError
from dealmodel.simulation.compiler import boxes
from dealmodel.simulation.compiler.careful.functions.native import NATIVE
from dealmodel.simulation.compiler.careful.functions.single_values import is_odd_root
from dealmodel.simulation.compiler.quick import own_rules, range_rules
from dealmodel.simulation.compiler.quick.blocks import quietly
from dealmodel.simulation.compiler.quick.checks import none_holds
from dealmodel.simulation.compiler.quick.items import OMITTED, Boxed, Cells, Choice, Erring, Item, NotQuickError
from dealmodel.simulation.compiler.quick.values import FLAGS, TABLE, WORD, Number, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from dealmodel.simulation.compiler.graph import Node
    from dealmodel.simulation.compiler.quick.lowering import Lowering

    Rule = Callable[[Lowering, Node, list[Item]], Any]

# -- arithmetic ----------------------------------------------------------------------------------------------------


def _quiet(low: Lowering, call: Callable[..., Item], *args: Number) -> Item:
    """Return a function of numbers whose errors are kept as where they appear."""
    if not any(isinstance(a, Value) for a in args):
        raise NotQuickError
    raw = low.values.make(quietly(call), args)
    return Erring(raw, low.values.other(low.values.make(np.isfinite, (raw,), FLAGS)))


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
    return _quiet(low, np.divide, first, second) if low.guarding else low.values.divide(first, second)


def _power(low: Lowering, _node: Node, args: list[Item]) -> Item:
    first, second = low.number(args[0]), low.number(args[1])
    nothing = _nothing_raised_to_nothing(low, first, second)
    if nothing is not False and not low.guarding:
        if not isinstance(nothing, Value):
            raise NotQuickError
        low.values.effect(none_holds, nothing)
        nothing = False
    if isinstance(first, Value) and isinstance(second, float) and second == 0.0:
        low.values.keep(first)
        return low.erring(1.0, nothing)
    return low.erring(_raised(low, first, second), nothing)


def _nothing_raised_to_nothing(low: Lowering, first: Number, second: Number) -> Value | bool:
    """Return where 0 is raised to 0, which is #NUM! in a spreadsheet and 1 in NumPy."""
    values = low.values
    if any(isinstance(x, float) and x != 0.0 for x in (first, second)):
        return False
    bases, exponents = (x == 0.0 if isinstance(x, float) else values.compare(np.equal, x, 0.0) for x in (first, second))
    return values.both(bases, exponents)


def _raised(low: Lowering, first: Number, second: Number) -> Item:
    if low.guarding and not (isinstance(second, float) and second.is_integer() and second > 0):
        if isinstance(second, float) and second.is_integer():
            return _quiet(low, np.divide, 1.0, low.values.power(first, -second))
        if isinstance(second, float) and is_odd_root(second):
            # Of a negative number it is one, too.
            raise NotQuickError
        return _quiet(low, np.power, first, second)
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
        return _quiet(low, call, number) if risky and low.guarding else low.values.one(call, number)

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
        call = boxes.FIFTEEN.get(operator) or boxes.COMPARISONS[operator.removesuffix(boxes.ALL_DIGITS)]
        return low.values.compare(call, low.number(a), low.number(b))
    plain = (str, float, bool, type(None))
    if isinstance(a, plain) and isinstance(b, plain):
        texts = low.careful.texts
        return boxes.unbox(float(boxes.compare(operator, boxes.box(a, texts), boxes.box(b, texts), texts)), texts)
    if isinstance(a, Value) and a.kind == WORD and isinstance(b, str):
        # Numbers come before texts.
        low.values.keep(a)
        return operator.removesuffix(boxes.ALL_DIGITS) in ("<", "<=", "<>")
    if isinstance(b, Value) and b.kind == WORD and isinstance(a, str):
        low.values.keep(b)
        return operator.removesuffix(boxes.ALL_DIGITS) in (">", ">=", "<>")
    raise NotQuickError


def _both_flags(low: Lowering, operator: str, a: Item, b: Item) -> Item:
    operator = operator.removesuffix(boxes.ALL_DIGITS)
    if isinstance(a, bool) or isinstance(b, bool):
        known, other = (a, b) if isinstance(a, bool) else (b, a)
        if operator == "=":
            return other if known else low.values.other(other)
        if operator == "<>":
            return low.values.other(other) if known else other
        raise NotQuickError
    return low.values.compare(boxes.COMPARISONS[operator], a, b)


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


_BRIDGED = [
    *("XLOOKUP", "XMATCH", "PMT", "PV", "FV", "COUNT", "LOG", "MOD", "ROUNDUP", "ROUNDDOWN", "TRUNC"),
    *("SIN", "COS", "TAN", "ATAN", "TANH"),
    *NATIVE,
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
    **dict.fromkeys(boxes.COMPARISONS, _compare),
    **dict.fromkeys((operator + boxes.ALL_DIGITS for operator in boxes.COMPARISONS), _compare),
    "NOT": _not,
    "AND": _all_or_any(every=True),
    "OR": _all_or_any(every=False),
    "SUM": range_rules.total,
    "PRODUCT": range_rules.product,
    "MAX": range_rules.extreme(np.maximum),
    "MIN": range_rules.extreme(np.minimum),
    "AVERAGE": range_rules.average,
    "SUMPRODUCT": range_rules.sum_of_products,
    "NPV": range_rules.net_present_value,
    "ROUND": range_rules.rounded,
    "MATCH": range_rules.match,
    "VLOOKUP": range_rules.table_lookup,
    "HLOOKUP": range_rules.table_lookup,
    "CHOOSE": range_rules.choose,
    "INDEX": range_rules.index,
    "DM_": own_rules.ours,
    "element": own_rules.element,
    **dict.fromkeys(_BRIDGED, range_rules.bridged),
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
    ["MATCH", "VLOOKUP", "HLOOKUP", "XLOOKUP", "XMATCH", "CHOOSE", "INDEX", "COUNT", "DM_", "element", *NATIVE]
)
"""What is an error wherever an argument is one."""
