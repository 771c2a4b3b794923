"""SUBTOTAL and AGGREGATE as the functions that they stand for, of the cells that count."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from dealmodel.cells import CellError
from dealmodel.hosts.supplements.refusals import CellErrorRaised
from dealmodel.hosts.supplements.values import rank_from_top
from dealmodel.simulation.compiler.binding.operations import gives_many
from dealmodel.simulation.compiler.binding.shapes import SLOT
from dealmodel.simulation.compiler.careful.functions.single_values import KEPT
from dealmodel.simulation.compiler.graph import CONST, GRID, Node, rows_of
from dealmodel.workbook.address import Area
from dealmodel.workbook.spelling.totals import TOTAL, left_out

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dealmodel.simulation.compiler.binding.formula import Formula
    from dealmodel.workbook.spelling.totals import LeftOut

    Tree = Mapping[str, Any]

_OF_ALL = {1: "AVERAGE", 2: "COUNT", 3: "COUNTA", 4: "MAX", 5: "MIN", 6: "PRODUCT", 9: "SUM"}
_SUBTOTALS = MappingProxyType({**_OF_ALL, 7: "STDEV", 8: "STDEVP", 10: "VAR", 11: "VARP"})
_ORDERED = MappingProxyType({14: "LARGE", 15: "SMALL", 16: "PERCENTILE.INC", 17: "QUARTILE.INC"})
_AGGREGATES = MappingProxyType({**_OF_ALL, 12: "MEDIAN", **_ORDERED})
"""Functions by their numbers. Variances of an AGGREGATE have digits of their own, and are left to it."""
_READ: Mapping[int, Callable[[float], float]] = MappingProxyType({14: rank_from_top, 15: math.trunc, 17: math.trunc})
"""How the functions among them read a rank or a part that is no whole number."""
_WITHOUT_HIDDEN = 100
_FIRST_RANGE, _PER_RANGE = 3, 4
"""Where the ranges of a total begin among its arguments, and how many belong to each."""


def subtotal(formula: Formula, trees: Sequence[Tree]) -> Node | None:
    """Return a total without the cells that hold totals themselves; the translator has seen to hidden rows."""
    chosen = formula.node(trees[0]) if len(trees) > 1 else None
    if chosen is None or chosen.op != CONST or not isinstance(chosen.value, float):
        return None
    name = _SUBTOTALS.get(int(chosen.value) % _WITHOUT_HIDDEN)
    if name is None or any(t["node_type"] not in ("Reference", SLOT) for t in trees[1:]):
        return None
    return formula.made(name, [formula.binder.ranges.without_totals(*formula.target(t)) for t in trees[1:]])


def total(formula: Formula, trees: Sequence[Tree]) -> Node:
    """Return a total whose ranges are given with their places: the first row and column of each."""
    args = [formula.node(t) for t in trees]
    for i in range(_FIRST_RANGE, len(args)):
        is_place = (i - _FIRST_RANGE) % _PER_RANGE in (1, 2)
        args[i] = rows_of(args[i])[0][0] if is_place and args[i].op == GRID else args[i]
    found = _aggregate(formula, args)
    return formula.made(TOTAL, args) if found is None else found


def _aggregate(formula: Formula, args: Sequence[Node]) -> Node | None:
    """Return the function that a total stands for, of the cells that count, or None where it is left to the engine."""
    function, options, order = args[:_FIRST_RANGE]
    numbers = [n.value for n in (function, options) if n.op == CONST and isinstance(n.value, float)]
    if not any(a.varies for a in args) or len(numbers) < 2:  # noqa: PLR2004
        return None
    try:
        chosen, leave = left_out(*map(math.trunc, numbers))
    except CellErrorRaised:
        return None
    name = _AGGREGATES.get(chosen)
    groups = [args[i : i + _PER_RANGE] for i in range(_FIRST_RANGE, len(args), _PER_RANGE)]
    if name is None or (chosen in _ORDERED and (order.op != CONST or not isinstance(order.value, float))):
        return None
    ranges = [_counted(formula, group, leave) for group in (groups[:1] if chosen in _ORDERED else groups)]
    found = [r for r in ranges if r is not None]
    if len(found) < len(ranges):
        return None
    if chosen not in _ORDERED:
        return formula.made(name, found)
    rank = _READ[chosen](order.value) if chosen in _READ else order.value
    return formula.made(name, [*found, formula.graph.const(float(rank))])


def _counted(formula: Formula, group: Sequence[Node], leave: LeftOut) -> Node | None:
    """Return a range in which what does not count is blank."""
    sheet, row, column, values = group
    if any(n.op != CONST for n in (sheet, row, column)):
        return None
    if values.op != GRID and gives_many(values):
        if sheet.value:
            return None
        return _without_errors(formula, values) if leave.errors else values
    rows = rows_of(values) if values.op == GRID else [(values,)]
    top, left = int(row.value or 0), int(column.value or 0)
    area = Area(top, left, top + len(rows) - 1, left + len(rows[0]) - 1)
    counts = formula.binder.ranges.totals.counted(str(sheet.value or ""), area, leave)
    blank = formula.graph.const(None)

    def cell(i: int, j: int) -> Node:
        node = rows[i - top][j - left]
        if not counts(i, j) or (leave.errors and isinstance(node.value, CellError)):
            return blank
        return _without_errors(formula, node) if leave.errors and node.varies else node

    return formula.graph.grid([[cell(i, j) for j in range(left, area.right + 1)] for i in range(top, area.bottom + 1)])


def _without_errors(formula: Formula, node: Node) -> Node:
    return formula.made(KEPT, [formula.made("NOT", [formula.made("ISERROR", [node])]), node])
