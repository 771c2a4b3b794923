"""OFFSET: references that are moved, by the same in all trials or by something else in each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from dealmodel.cells import CellError
from dealmodel.simulation.compiler.binding.shapes import SLOT
from dealmodel.simulation.compiler.careful.functions.lookups import PICK
from dealmodel.simulation.compiler.graph import CONST, GRID, OMITTED_NODE, Node, is_blank
from dealmodel.simulation.compiler.variants import real_sheet
from dealmodel.workbook.address import MAX_COLUMN, MAX_ROW, Area

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dealmodel.simulation.compiler.binding.formula import Formula

    Tree = Mapping[str, Any]

_MOST = 2000
"""Cells among which OFFSET chooses from trial to trial."""
_MOST_SEEN = 60
"""Cells that it shows in each."""


class _Move(NamedTuple):
    """How far a reference is moved along one direction."""

    node: Node
    fixed: int | None
    """What it is where it is the same in all trials."""


def offset(formula: Formula, trees: Sequence[Tree]) -> Node | None:
    """Return what OFFSET refers to, or None where its size varies or it is too much."""
    if not 3 <= len(trees) <= 5 or trees[0]["node_type"] not in ("Reference", SLOT):  # noqa: PLR2004
        return None
    sheet, area = formula.target(trees[0])
    moves = [formula.node(t) for t in trees[1:]]
    if any(m.op == GRID for m in moves):
        return None
    height = whole(moves[2], area.height) if len(moves) > 2 else area.height  # noqa: PLR2004  rows and columns first
    width = whole(moves[3], area.width) if len(moves) > 3 else area.width  # noqa: PLR2004
    if height is None or width is None:
        return None
    down, right = (_Move(m, whole(m, 0)) for m in moves[:2])
    if down.fixed is not None and right.fixed is not None:
        return rectangle(formula, sheet, _moved(area, down.fixed, right.fixed, height, width))
    # Where it would begin if it were not moved; a negative size reaches back.
    start = _moved(area, 0, 0, height, width)
    return _by_trial(formula, sheet, start, down, right)


def _by_trial(formula: Formula, sheet: str, start: Area, down: _Move, right: _Move) -> Node | None:
    """Return a rectangle of fixed size whose place varies: every cell of it picked among those that may be there."""
    last_row, last_column = formula.binder.ranges.used(sheet)
    top, bottom = _reach(start.top, start.bottom, down.fixed, last_row)
    left, right_end = _reach(start.left, start.right, right.fixed, last_column)
    region = Area(top, left, bottom, right_end)
    holds_itself = real_sheet(sheet) == real_sheet(formula.at.sheet) and region.holds(*formula.at[1:])
    many = region.height * region.width > _MOST or start.height * start.width > _MOST_SEEN
    if not is_on_sheet(region) or many or holds_itself:
        return None
    graph = formula.graph
    is_one = start.height == start.width == 1
    # Beyond the cells in use all are blank: 0 as the value of a formula, and nothing within a range.
    beyond = graph.const(0.0 if is_one else None)
    found = formula.rectangle(sheet, region)
    cells = found.args if found.op == GRID else (found,)
    rows = [[*cells[i * region.width : (i + 1) * region.width], beyond] for i in range(region.height)]
    rows.append([beyond] * (region.width + 1))
    table = graph.grid(rows)
    places = [_place(formula, down, start.top - top), _place(formula, right, start.left - left)]
    before = formula.made("OR", [formula.made("<", [p, graph.const(1.0)]) for p in places])

    def cell(i: int, j: int) -> Node:
        row, column = (
            _inside(formula, place, step, size)
            for place, step, size in zip(places, (i, j), (region.height, region.width), strict=True)
        )
        line = _line(formula, rows, row, column) if is_one else None
        picked = formula.made(PICK, [table, row, column]) if line is None else line
        return formula.chosen(before, graph.const(CellError.REF), picked)

    lines = [[cell(i, j) for j in range(start.width)] for i in range(start.height)]
    return lines[0][0] if is_one else graph.grid(lines)


def _line(formula: Formula, rows: Sequence[Sequence[Node]], row: Node, column: Node) -> Node | None:
    """Return a cell of one row or one column, which is quicker to pick than one of a table."""
    graph = formula.graph
    if isinstance(row.value, float) and row.op == CONST:
        return formula.made("INDEX", [graph.grid([rows[int(row.value) - 1]]), graph.const(1.0), column])
    if isinstance(column.value, float) and column.op == CONST:
        across = graph.grid([[line[int(column.value) - 1] for line in rows]])
        return formula.made("INDEX", [across, graph.const(1.0), row])
    return None


def _reach(first: int, last: int, fixed: int | None, used: int) -> tuple[int, int]:
    """Return the first and last row, or column, to which a rectangle may be moved."""
    return (1, used) if fixed is None else (first + fixed, last + fixed)


def _place(formula: Formula, move: _Move, start: int) -> Node:
    """Return the first row, or column, of the rectangle within the cells to which it may be moved, from 1."""
    if move.fixed is not None:
        return formula.graph.const(1.0)
    return formula.made("+", [formula.made("TRUNC", [move.node]), formula.graph.const(start + 1.0)])


def _inside(formula: Formula, place: Node, step: int, size: int) -> Node:
    """Return a place so many steps on, at most one beyond the cells."""
    const = formula.graph.const
    at = formula.made("+", [place, const(float(step))]) if step else place
    return formula.made("MIN", [formula.made("MAX", [at, const(1.0)]), const(size + 1.0)])


def whole(node: Node, default: int) -> int | None:
    """Return a constant cut to a whole number, or None where it is something else."""
    if node.op == OMITTED_NODE or is_blank(node):
        return default
    is_number = node.op == CONST and isinstance(node.value, float)
    return int(node.value) if is_number else None


def _moved(area: Area, down: int, right: int, height: int, width: int) -> Area:
    top, left = area.top + down, area.left + right
    # A negative size reaches back.
    top, height = (top + height + 1, -height) if height < 0 else (top, height)
    left, width = (left + width + 1, -width) if width < 0 else (left, width)
    return Area(top, left, top + height - 1, left + width - 1)


def is_on_sheet(area: Area) -> bool:
    """Whether an area lies on a sheet."""
    return 1 <= area.top <= area.bottom <= MAX_ROW and 1 <= area.left <= area.right <= MAX_COLUMN


def rectangle(formula: Formula, sheet: str, area: Area) -> Node:
    """Return what a reference gives, #REF! beyond the sheet."""
    if not is_on_sheet(area):
        return formula.graph.const(CellError.REF)
    return formula.rectangle(sheet, area)
