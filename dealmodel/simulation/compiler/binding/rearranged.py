"""Functions that only rearrange the cells of a range, such as TAKE, DROP and CHOOSECOLS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dealmodel.cells import OMITTED_TEXT, CellError
from dealmodel.simulation.compiler.graph import CONST, GRID, OMITTED_NODE, rows_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dealmodel.simulation.compiler.binding.formula import Formula
    from dealmodel.simulation.compiler.graph import Node

    Tree = Mapping[str, Any]
    Rows = Sequence[Sequence[Node]]


def _whole(node: Node) -> int | None:
    """Return a number that is the same in all trials, cut to a whole one; None for any other."""
    return int(node.value) if node.op == CONST and type(node.value) is float else None


def _is_left_out(node: Node) -> bool:
    return node.op == OMITTED_NODE or (node.op == CONST and node.value == OMITTED_TEXT)


def _transposed(rows: Rows) -> Rows:
    return list(zip(*rows, strict=True))


def _taken(rows: Rows, count: int) -> Rows:
    return rows[:count] if count > 0 else rows[max(0, len(rows) + count) :]


def _dropped(rows: Rows, count: int) -> Rows:
    return rows[count:] if count >= 0 else rows[: max(0, len(rows) + count)]


def _part(cut: Callable[[Rows, int], Rows], *, refuses_none: bool) -> Callable[[Formula, Sequence[Tree]], Node | None]:
    """Return TAKE or DROP of numbers of rows and columns that do not vary."""

    def found(formula: Formula, trees: Sequence[Tree]) -> Node | None:
        grid, *counts = [formula.node(tree) for tree in trees]
        if grid.op != GRID or not 1 <= len(counts) <= 2:  # noqa: PLR2004  rows, and perhaps columns
            return None
        rows: Rows = rows_of(grid)
        for side, node in enumerate(counts):
            if _is_left_out(node):
                continue
            count = _whole(node)
            if count is None or (refuses_none and not count):
                return None
            rows = _transposed(cut(_transposed(rows), count)) if side else cut(rows, count)
            if not rows:
                # Nothing is left, which is #CALC!.
                return None
        return formula.graph.grid(rows)

    return found


def _chosen(*, columns: bool) -> Callable[[Formula, Sequence[Tree]], Node | None]:
    """Return CHOOSEROWS or CHOOSECOLS of lines that do not vary."""

    def found(formula: Formula, trees: Sequence[Tree]) -> Node | None:
        grid, *places = [formula.node(tree) for tree in trees]
        if grid.op != GRID or not places:
            return None
        rows: Rows = _transposed(rows_of(grid)) if columns else rows_of(grid)
        numbers = [_whole(n) for node in places for n in (node.args if node.op == GRID else (node,))]
        if any(n is None for n in numbers):
            return None
        wanted = [n if n > 0 else n + len(rows) + 1 for n in numbers if n is not None]
        if any(n == 0 for n in numbers) or not all(1 <= n <= len(rows) for n in wanted):
            return formula.graph.const(CellError.VALUE)
        lines = [rows[n - 1] for n in wanted]
        return formula.graph.grid(_transposed(lines) if columns else lines)

    return found


def _in_line(*, down: bool) -> Callable[[Formula, Sequence[Tree]], Node | None]:
    """Return TOCOL or TOROW without what leaves cells out or goes through columns."""

    def found(formula: Formula, trees: Sequence[Tree]) -> Node | None:
        grid = formula.node(trees[0]) if len(trees) == 1 else None
        if grid is None or grid.op != GRID:
            return None
        cells = list(grid.args)
        return formula.graph.grid([[cell] for cell in cells] if down else [cells])

    return found


REARRANGED: Mapping[str, Callable[[Formula, Sequence[Tree]], Node | None]] = {
    "CHOOSECOLS": _chosen(columns=True),
    "CHOOSEROWS": _chosen(columns=False),
    "DROP": _part(_dropped, refuses_none=False),
    "TAKE": _part(_taken, refuses_none=True),
    "TOCOL": _in_line(down=True),
    "TOROW": _in_line(down=False),
}
