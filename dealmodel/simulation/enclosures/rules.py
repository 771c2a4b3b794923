"""How each operation of a formula is enclosed, from what its arguments can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dealmodel.cells import OMITTED_TEXT, CellError
from dealmodel.simulation.compiler.boxes import ALL_DIGITS, COMPARISONS
from dealmodel.simulation.compiler.careful.functions.single_values import KEPT
from dealmodel.simulation.enclosures import arithmetic, intervals, returns
from dealmodel.simulation.enclosures.choices import (
    choose,
    condition,
    fixed,
    if_,
    if_error,
    if_missing,
    is_a_number,
    is_error,
    number,
    optional,
)
from dealmodel.simulation.enclosures.enclosure import (
    Choice,
    Enclosure,
    Item,
    NotEnclosedError,
    certain,
    constant,
    finished,
    flag,
)
from dealmodel.simulation.enclosures.lookups import LOOKUPS
from dealmodel.simulation.enclosures.selections import SELECTIONS, numbers_of

if TYPE_CHECKING:
    from collections.abc import Callable

    Rule = Callable[[list[Item]], Item]

# -- ranges ------------------------------------------------------------------------------------------------------------


def _product(args: list[Item]) -> Item:
    found = numbers_of(args)
    result = found[0] if found else constant(0.0)
    for one in found[1:]:
        result = arithmetic.multiply(result, one)
    return finished(intervals.widened(result.value, len(found)), result.slope, result)


def _extreme(*, largest: bool) -> Rule:
    def rule(args: list[Item]) -> Item:
        found = numbers_of(args)
        result = found[0] if found else constant(0.0)
        for one in found[1:]:
            result = arithmetic.extreme(result, one, largest=largest)
        return result

    return rule


def _average(args: list[Item]) -> Item:
    found = numbers_of(args)
    return arithmetic.divide(arithmetic.total(found), constant(float(len(found)))) if found else CellError.DIV0


def _all_or_any(*, every: bool) -> Rule:
    def rule(args: list[Item]) -> Item:
        true = false = None
        tests = []
        for arg in args:
            for cell in (c for row in (arg if isinstance(arg, list) else [[arg]]) for c in row):
                if isinstance(arg, list) and (isinstance(cell, str) or cell is None):
                    continue
                tests.append(condition(cell))
        if not tests:
            return CellError.VALUE
        for test in tests:
            holds, fails = certain(test)
            true = holds if true is None else (true & holds if every else true | holds)
            false = fails if false is None else (false | fails if every else false & fails)
        return flag(np.asarray(true), np.asarray(false), *tests)

    return rule


def _not(args: list[Item]) -> Item:
    test = condition(args[0])
    holds, fails = certain(test)
    return flag(fails, holds, test)


def _total(args: list[Item]) -> Item:
    """Return a sum, to which what is blank on one side of a condition is nothing there."""
    return arithmetic.total(numbers_of([_without_blanks(a) for a in args]))


def _without_blanks(item: Item) -> Item:
    if isinstance(item, list):
        return [[_without_blanks(c) for c in row] for row in item]
    return if_([item.test, item.yes, 0.0]) if isinstance(item, Choice) and item.no is None else item


def _kept(args: list[Item]) -> Item:
    test, value = args
    if isinstance(test, (bool, float)):
        return value if test else None
    return Choice(condition(test), value, None)


def _sum_of_products(args: list[Item]) -> Item:
    grids = [a if isinstance(a, list) else [[a]] for a in args]
    if len({(len(g), len(g[0])) for g in grids}) > 1:
        return CellError.VALUE
    products = []
    for cells in zip(*([c for row in g for c in row] for g in grids), strict=True):
        if any(isinstance(c, Choice) for c in cells):
            raise NotEnclosedError("a range that holds a text or a number")
        plain = [0.0 if isinstance(c, (str, bool)) or (isinstance(c, Enclosure) and c.is_flag) else c for c in cells]
        product = number(plain[0])
        for cell in plain[1:]:
            product = arithmetic.multiply(product, number(cell))
        products.append(product)
    return arithmetic.total(products)


def _rate(args: list[Item]) -> Item:
    flows = numbers_of(args[:1])
    return returns.rate_of_return(flows, [float(i) for i in range(len(flows))])


def _dated_rate(args: list[Item]) -> Item:
    flows = numbers_of(args[:1])
    days = [np.floor(_fixed_number(d)) for d in numbers_of(args[1:2])]
    if len(days) != len(flows) or not days:
        raise NotEnclosedError("XIRR of flows without dates")
    return returns.rate_of_return(flows, [float(d - days[0]) / 365.0 for d in days])


def _fixed_number(item: Enclosure) -> float:
    return fixed(item, "a date")


def _annuity(name: str) -> Rule:
    def rule(args: list[Item]) -> Item:
        return returns.annuity(name, [constant(0.0) if a == OMITTED_TEXT else number(a) for a in args])

    return rule


def _normal(args: list[Item]) -> Item:
    if not (args[-1] is True or args[-1] == 1.0):
        raise NotEnclosedError("a normal density")
    if len(args) == 2:  # noqa: PLR2004  the standard one
        return arithmetic.normal_below(number(args[0]))
    value, mean, spread = map(number, args[:3])
    if (spread.value.low <= 0).any():
        raise NotEnclosedError("a normal distribution without spread")
    return arithmetic.normal_below(arithmetic.divide(arithmetic.subtract(value, mean), spread))


# -- single values -----------------------------------------------------------------------------------------------------


def _compare(operator: str) -> Rule:
    def rule(args: list[Item]) -> Item:
        first, second = args
        flags = [isinstance(a, bool) or (isinstance(a, Enclosure) and a.is_flag) for a in args]
        if any(isinstance(a, str) for a in args):
            other = second if isinstance(first, str) else first
            if not isinstance(other, Enclosure) or other.is_flag:
                raise NotEnclosedError("a comparison of a text")
            # Numbers come before texts.
            holds = operator in (("<", "<=", "<>") if isinstance(second, str) else (">", ">=", "<>"))
            return flag(np.array(holds), np.array(not holds), other)
        if flags[0] != flags[1] and first is not None and second is not None:
            raise NotEnclosedError("a comparison of a number with TRUE or FALSE")
        return arithmetic.compared(operator, number(first), number(second))

    return rule


def _rounded(name: str) -> Rule:
    return lambda args: arithmetic.rounded(name, number(args[0]), optional(args, 1, 0.0))


def _logarithm(args: list[Item]) -> Item:
    base = optional(args, 1, 10.0)
    return arithmetic.divide(arithmetic.logarithm(number(args[0])), arithmetic.logarithm(base))


def _one(name: str) -> Rule:
    function = arithmetic.ONE_NUMBER[name]
    return lambda args: function(number(args[0]))


def _two(name: str) -> Rule:
    function = arithmetic.TWO_NUMBERS[name]

    def rule(args: list[Item]) -> Item:
        first = number(args[0])
        return function(first, first if args[0] is args[1] else number(args[1]))

    return rule


def _each(rule: Rule) -> Rule:
    """Return a rule of single values that works on every element of ranges."""

    def spread(args: list[Item]) -> Item:
        grids = [a for a in args if isinstance(a, list) and (len(a), len(a[0])) != (1, 1)]
        if not grids:
            return rule(args)
        height, width = max(len(g) for g in grids), max(len(g[0]) for g in grids)
        return [[rule([_part(a, i, j) for a in args]) for j in range(width)] for i in range(height)]

    return spread


def _part(item: Item, i: int, j: int) -> Item:
    if not isinstance(item, list):
        return item
    i, j = 0 if len(item) == 1 else i, 0 if len(item[0]) == 1 else j
    return item[i][j] if i < len(item) and j < len(item[0]) else CellError.NA


SELECTIVE: dict[str, Rule] = {
    "IF": if_,
    "IFERROR": if_error,
    "IFNA": if_missing,
    "ISERROR": is_error,
    "ISNUMBER": is_a_number,
    KEPT: _kept,
}
"""What does not take numbers alone, and passes on not every error."""
RULES: dict[str, Rule] = {
    **{name: _each(_one(name)) for name in arithmetic.ONE_NUMBER},
    **{name: _each(_two(name)) for name in arithmetic.TWO_NUMBERS},
    **{operator: _each(_compare(operator)) for operator in COMPARISONS},
    **{operator + ALL_DIGITS: _each(_compare(operator)) for operator in COMPARISONS},
    **{name: _each(_rounded(name)) for name in ("ROUND", "ROUNDUP", "ROUNDDOWN", "TRUNC")},
    "LOG": _logarithm,
    "pos": lambda args: args[0],
    "NOT": _not,
    "AND": _all_or_any(every=True),
    "OR": _all_or_any(every=False),
    "SUM": _total,
    "PRODUCT": _product,
    "MAX": _extreme(largest=True),
    "MIN": _extreme(largest=False),
    "AVERAGE": _average,
    "COUNT": lambda args: constant(float(len(numbers_of(args)))),
    "SUMPRODUCT": _sum_of_products,
    "NPV": lambda args: returns.present_value(number(args[0]), numbers_of(args[1:])),
    "IRR": _rate,
    "XIRR": _dated_rate,
    **{name: _annuity(name) for name in ("PMT", "PV", "FV")},
    **dict.fromkeys(("NORM.S.DIST", "NORM.DIST", "NORMDIST"), _normal),
    "CHOOSE": choose,
    **LOOKUPS,
    **SELECTIONS,
}
