"""Functions that become other nodes while a formula is bound: choices, names of values, places, references."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dealmodel.cells import CellError
from dealmodel.hosts.engine_values import to_engine
from dealmodel.hosts.supplements.conditions import criterion
from dealmodel.simulation.compiler.binding.database import DATABASES
from dealmodel.simulation.compiler.binding.gathered import count_of_filtered
from dealmodel.simulation.compiler.binding.moved import offset, rectangle, whole
from dealmodel.simulation.compiler.binding.rearranged import REARRANGED
from dealmodel.simulation.compiler.binding.shapes import SLOT
from dealmodel.simulation.compiler.binding.spilled import ANCHOR, spilled
from dealmodel.simulation.compiler.binding.totals import subtotal, total
from dealmodel.simulation.compiler.graph import (
    CONST,
    CRITERION,
    GRID,
    Node,
    NotCompiledError,
    rows_of,
)
from dealmodel.workbook.address import Area, column_letters
from dealmodel.workbook.spelling.arguments import bare_name, known_as
from dealmodel.workbook.spelling.totals import TOTAL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dealmodel.simulation.compiler.binding.formula import Formula

    Tree = Mapping[str, Any]

_PREFIX = "_XLPM."
"""What files put before the names that LET gives."""


def _ifs(formula: Formula, trees: Sequence[Tree]) -> Node | None:
    if len(trees) < 2 or len(trees) % 2:  # noqa: PLR2004  pairs
        return None
    found = formula.graph.const(CellError.NA)
    args = [formula.node(t) for t in trees]
    for test, value in reversed(list(zip(args[::2], args[1::2], strict=True))):
        found = formula.chosen(test, value, found)
    return found


def _switch(formula: Formula, trees: Sequence[Tree]) -> Node | None:
    if len(trees) < 3:  # noqa: PLR2004  a value, and one pair
        return None
    wanted, *args = [formula.node(t) for t in trees]
    found = args.pop() if len(args) % 2 else formula.graph.const(CellError.NA)
    for value, result in reversed(list(zip(args[::2], args[1::2], strict=True))):
        found = formula.chosen(formula.made("=", (wanted, value)), result, found)
    return found


def _choose(formula: Formula, trees: Sequence[Tree]) -> Node | None:
    """Return what CHOOSE with a constant place chooses, ranges of any size among it."""
    # All of them, so that uncertain numbers are counted in the order in which they stand.
    nodes = [formula.node(t) for t in trees]
    place = whole(nodes[0], 0) if nodes else None
    if place is None or not 1 <= place < len(nodes):
        return None
    return formula.picked(nodes[place])


def _let(formula: Formula, trees: Sequence[Tree]) -> Node | None:
    *pairs, last = trees
    if len(pairs) % 2 or any(t["node_type"] != "Reference" for t in pairs[::2]):
        return None
    before = dict(formula.names)
    for name, value in zip(pairs[::2], pairs[1::2], strict=True):
        formula.names[name_of(name["reference"])] = formula.node(value)
    found = formula.node(last)
    formula.names.clear()
    formula.names.update(before)
    return found


def name_of(reference: str) -> str:
    """Return a name that LET gives, however it is written."""
    return reference.upper().removeprefix(_PREFIX)


def _place(*, row: bool) -> Callable[[Formula, Sequence[Tree]], Node | None]:
    """Return ROW or COLUMN, which tell where a reference is, not what is there."""

    def found(formula: Formula, trees: Sequence[Tree]) -> Node | None:
        if not trees or not trees[0]:
            return formula.graph.const(float(formula.at.row if row else formula.at.column))
        if len(trees) > 1 or trees[0]["node_type"] not in ("Reference", SLOT):
            return None
        _, area = formula.target(trees[0])
        first, last = (area.top, area.bottom) if row else (area.left, area.right)
        places = [formula.graph.const(float(i)) for i in range(first, last + 1)]
        if len(places) == 1:
            return places[0]
        return formula.graph.grid([[p] for p in places] if row else [places])

    return found


def _cell(formula: Formula, trees: Sequence[Tree]) -> Node | None:
    """Return CELL where it tells where a cell is, or what it holds."""
    what = formula.node(trees[0]) if len(trees) == 2 else None  # noqa: PLR2004  a kind and a reference
    if what is None or not isinstance(what.value, str) or trees[1]["node_type"] not in ("Reference", SLOT):
        return None
    sheet, area = formula.target(trees[1])
    kind = what.value.lower()
    if kind in ("row", "col"):
        return formula.graph.const(float(area.top if kind == "row" else area.left))
    if kind == "address" and sheet == formula.at.sheet:
        return formula.graph.const(f"${column_letters(area.left)}${area.top}")
    if kind == "contents":
        return formula.picked(formula.rectangle(sheet, Area(area.top, area.left, area.top, area.left)))
    return None


def _beyond(formula: Formula, trees: Sequence[Tree]) -> int:
    """Return how many cells of the first argument lie beyond those in use, as most of a whole column do."""
    is_reference = bool(trees) and bool(trees[0]) and trees[0]["node_type"] == "Reference"
    return formula.binder.ranges.beyond(trees[0]["reference"], formula.at) if is_reference else 0


def _lines(*, down: bool) -> Callable[[Formula, Sequence[Tree]], Node | None]:
    """Return ROWS or COLUMNS of a reference, of whole ones too."""

    def found(formula: Formula, trees: Sequence[Tree]) -> Node | None:
        if len(trees) != 1:
            return None
        if down and trees[0]["node_type"] == "Function" and known_as(bare_name(trees[0]["name"])) == "FILTER":
            return count_of_filtered(formula, trees[0]["args"])
        if trees[0]["node_type"] not in ("Reference", SLOT):
            return None
        _, area = formula.target(trees[0])
        count, across = (area.height, area.width) if down else (area.width, area.height)
        return formula.graph.const(float(count + _beyond(formula, trees) // across))

    return found


def _count_blank(formula: Formula, trees: Sequence[Tree]) -> Node | None:
    beyond = _beyond(formula, trees)
    if not beyond:
        return None
    found = formula.made("COUNTBLANK", [formula.node(trees[0])])
    return formula.made("+", [found, formula.graph.const(float(beyond))])


def _is_order(condition: Node) -> bool:
    """Whether a condition is that a number is above or below another."""
    return condition.op == CRITERION and condition.args[0].value not in ("=", "<>")


def _count_if(name: str) -> Callable[[Formula, Sequence[Tree]], Node | None]:
    """Return COUNTIF or COUNTIFS of whole rows or columns, most of whose cells are blank."""

    def found(formula: Formula, trees: Sequence[Tree]) -> Node | None:
        beyond = _beyond(formula, trees)
        if not beyond or len(trees) % 2:
            return None
        args = [formula.argument(name, i, t) for i, t in enumerate(trees)]
        conditions = args[1::2]
        counted = formula.made(name, args)
        if any(_is_order(c) for c in conditions):
            # No blank is above or below anything.
            return counted
        if any(c.op != CONST for c in conditions):
            raise NotCompiledError(f"{name} of whole rows or columns by a condition that varies is not compiled")
        if not all(criterion(to_engine(c.value))(None) for c in conditions):
            return counted
        return formula.made("+", [counted, formula.graph.const(float(beyond))])

    return found


def _indirect(formula: Formula, trees: Sequence[Tree]) -> Node | None:
    text = formula.node(trees[0]) if len(trees) == 1 else None
    if text is None or text.op != CONST or not isinstance(text.value, str):
        return None
    found = formula.binder.ranges.area(text.value, formula.at)
    return None if found is None else rectangle(formula, *found)


def _transposed(formula: Formula, trees: Sequence[Tree]) -> Node | None:
    if len(trees) != 1:
        return None
    node = formula.node(trees[0])
    if node.op != GRID:
        return None
    return formula.graph.grid([list(column) for column in zip(*rows_of(node), strict=True)])


def _stacked(*, down: bool) -> Callable[[Formula, Sequence[Tree]], Node | None]:
    """Return VSTACK or HSTACK; what a narrower range leaves open is #N/A."""

    def found(formula: Formula, trees: Sequence[Tree]) -> Node | None:
        missing = formula.graph.const(CellError.NA)
        grids = []
        for node in map(formula.node, trees):
            rows = rows_of(node) if node.op == GRID else [(node,)]
            grids.append(rows if down else list(zip(*rows, strict=True)))
        width = max(len(rows[0]) for rows in grids)
        lines = [[*row, *[missing] * (width - len(row))] for rows in grids for row in rows]
        return formula.graph.grid(lines if down else [list(column) for column in zip(*lines, strict=True)])

    return found


def _all_filled(formula: Formula, trees: Sequence[Tree]) -> Node | None:
    return spilled(formula, trees[0]) if len(trees) == 1 else None


FORMS: dict[str, Callable[[Formula, Sequence[Tree]], Node | None]] = {
    **DATABASES,
    **REARRANGED,
    ANCHOR: _all_filled,
    TOTAL: total,
    "CELL": _cell,
    "CHOOSE": _choose,
    "COLUMN": _place(row=False),
    "COLUMNS": _lines(down=False),
    "COUNTBLANK": _count_blank,
    "COUNTIF": _count_if("COUNTIF"),
    "COUNTIFS": _count_if("COUNTIFS"),
    "HSTACK": _stacked(down=False),
    "IFS": _ifs,
    "INDIRECT": _indirect,
    "LET": _let,
    "OFFSET": offset,
    "ROW": _place(row=True),
    **dict.fromkeys(("ROWS", "DEALMODEL_ROWS"), _lines(down=True)),
    "SUBTOTAL": subtotal,
    "SWITCH": _switch,
    "TRANSPOSE": _transposed,
    "VSTACK": _stacked(down=True),
}


def special_form(formula: Formula, name: str, trees: Sequence[Tree]) -> Node | None:
    """Return what a call becomes, or None where it is none of these or cannot be turned into other nodes.

    Raises
    ------
    NotCompiledError
        If a part of it does not compile.
    """
    form = FORMS.get(name)
    return None if form is None else form(formula, trees)
