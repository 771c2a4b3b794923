"""Ranges whose size varies from trial to trial, as arguments of functions that pass over blanks.

To `SUM(OFFSET(A1,0,0,n,1))` a cell beyond the first n is as good as blank: all cells that the range may have are given,
each blank in the trials in which it is outside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dealmodel.cells import CellError
from dealmodel.simulation.compiler.binding.operations import gives_many
from dealmodel.simulation.compiler.binding.shapes import SLOT
from dealmodel.simulation.compiler.careful.functions.single_values import KEPT
from dealmodel.simulation.compiler.graph import GRID, OMITTED_NODE, Node, rows_of
from dealmodel.simulation.compiler.variants import real_sheet
from dealmodel.workbook.address import MAX_COLUMN, MAX_ROW, Area
from dealmodel.workbook.spelling.arguments import bare_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dealmodel.simulation.compiler.binding.formula import Formula

    Tree = Mapping[str, Any]
    Span = tuple[Node, Node]
    """The first and the last row, or column, of a range."""

_LONGEST = 2000
"""Cells among which a range of varying size is chosen."""
_MOST_DIFFERENT = 60
"""Cells that are compared with each other."""
_ANY_PLACE = frozenset(
    [
        *("SUM", "AVERAGE", "MIN", "MAX", "COUNT", "COUNTA", "PRODUCT", "MEDIAN", "SUMSQ", "DEVSQ", "AVEDEV"),
        *("STDEV", "STDEV.S", "STDEVP", "STDEV.P", "VAR", "VAR.S", "VARP", "VAR.P"),
    ]
)
_FIRST_PLACE = frozenset(
    ["LARGE", "SMALL", "PERCENTILE", "PERCENTILE.INC", "QUARTILE", "QUARTILE.INC"],
)


_NOT_OF_ERRORS = frozenset(["COUNT", "COUNTA"])
"""Functions that count errors, or pass over them: not those of a reference that is none."""


def passes_over_blanks(name: str, position: int) -> bool:
    """Whether blanks in a range count for nothing to a function."""
    return name in _ANY_PLACE or (name in _FIRST_PLACE and position == 0) or (name == "NPV" and position > 0)


def gathered(formula: Formula, name: str, tree: Tree) -> Node | None:
    """Return a range of varying size, or None where an argument of a function is something else.

    Raises
    ------
    NotCompiledError
        If a part of it does not compile.
    """
    tree = _as_range(tree)
    if tree["node_type"] == "BinaryOp" and tree["operator"] == ":" and name not in _NOT_OF_ERRORS:
        return _between(formula, tree["left"], tree["right"])
    if tree["node_type"] != "Function" or (bare_name(tree["name"]) == "OFFSET" and name in _NOT_OF_ERRORS):
        return None
    form = {"OFFSET": _offset, "FILTER": _filter, "UNIQUE": _unique}.get(bare_name(tree["name"]))
    return None if form is None else form(formula, tree["args"])


def _as_range(tree: Tree) -> Tree:
    """Return a range whose ends are worked out as it stands in the workbook: for the engine it is within INDEX."""
    is_index = tree["node_type"] == "Function" and bare_name(tree["name"]) == "INDEX"
    range_tree, *places = tree["args"] if is_index else (tree,)
    is_all = all(place.get("value") == 0.0 for place in places)
    return range_tree if is_index and is_all and range_tree.get("operator") == ":" else tree


def range_between(formula: Formula, left: Tree, right: Tree) -> Node | None:
    """Return a range whose ends are worked out and do not vary, or None where it is another one."""
    first, last = (_ends(formula, tree) for tree in (left, right))
    if first is None or last is None or first[0] != last[0]:
        return None
    corners = []
    for _, rows, columns in (first, last):
        down, across = _fixed(rows), _fixed(columns)
        if down is None or across is None:
            return None
        corners += [(down[0], across[0]), (down[1], across[1])]
    rows_of_corners, columns_of_corners = zip(*corners, strict=True)
    area = Area(min(rows_of_corners), min(columns_of_corners), max(rows_of_corners), max(columns_of_corners))
    return formula.rectangle(first[0], area)


# -- ranges by place ---------------------------------------------------------------------------------------------------


def _offset(formula: Formula, trees: Sequence[Tree]) -> Node | None:
    if not 3 <= len(trees) <= 5 or trees[0]["node_type"] not in ("Reference", SLOT):  # noqa: PLR2004
        return None
    sheet, area = formula.target(trees[0])
    graph = formula.graph
    moves = [formula.node(t) for t in trees[1:]]
    if any(m.op == GRID for m in moves):
        return None
    sizes = [float(area.height), float(area.width)]
    given = [*moves, *[graph.node(OMITTED_NODE)] * (4 - len(moves))]
    down, right = (_whole(formula, m, 0.0) for m in given[:2])
    height, width = (_whole(formula, m, size) for m, size in zip(given[2:], sizes, strict=True))
    rows = _reach(formula, float(area.top), down, height)
    columns = _reach(formula, float(area.left), right, width)
    return _chosen(formula, sheet, rows, columns)


def _between(formula: Formula, left: Tree, right: Tree) -> Node | None:
    """Return a range from a cell to the place that INDEX picks, or the other way round: all that lies between both."""
    ends = [_ends(formula, tree) for tree in (left, right)]
    if ends[0] is None or ends[1] is None or ends[0][0] != ends[1][0]:
        return None
    (sheet, first_rows, first_columns), (_, last_rows, last_columns) = ends[0], ends[1]
    rows, columns = (
        (formula.made("MIN", [a[0], b[0]]), formula.made("MAX", [a[1], b[1]]))
        for a, b in ((first_rows, last_rows), (first_columns, last_columns))
    )
    return _chosen(formula, sheet, rows, columns)


def _ends(formula: Formula, tree: Tree) -> tuple[str, Span, Span] | None:
    """Return sheet, rows and columns of one end of a range: a cell, or a line where INDEX picks one by 0."""
    graph = formula.graph
    if tree["node_type"] in ("Reference", SLOT):
        sheet, area = formula.target(tree)
        if area.height != 1 or area.width != 1:
            return None
        row, column = graph.const(float(area.top)), graph.const(float(area.left))
        return sheet, (row, row), (column, column)
    if tree["node_type"] != "Function" or bare_name(tree["name"]) != "INDEX":
        return None
    source, *places = tree["args"]
    if source["node_type"] not in ("Reference", SLOT) or not 1 <= len(places) <= 2:  # noqa: PLR2004
        return None
    sheet, area = formula.target(source)
    row, column = _whole(formula, formula.node(places[0]), 0.0), graph.const(1.0)
    if len(places) > 1:
        column = _whole(formula, formula.node(places[1]), 0.0)
    elif area.height == 1:
        row, column = column, row
    return sheet, _line(formula, row, area.top, area.height), _line(formula, column, area.left, area.width)


def _line(formula: Formula, place: Node, start: int, size: int) -> Span:
    """Return the first and the last row, or column, of what INDEX picks by a place: all of them by 0."""
    graph = formula.graph
    number = graph.const
    tests = [formula.made(">=", [place, number(0.0)]), formula.made("<=", [place, number(float(size))])]
    moved = formula.made("+", [place, number(start - 1.0)])
    picked = formula.chosen(formula.made("AND", tests), moved, number(CellError.REF))
    is_all = formula.made("=", [place, number(0.0)])
    ends = [formula.chosen(is_all, number(float(end)), picked) for end in (start, start + size - 1)]
    return ends[0], ends[1]


def _whole(formula: Formula, node: Node, default: float) -> Node:
    if node.op == OMITTED_NODE:
        return formula.graph.const(default)
    return formula.made("TRUNC", [node])


def _reach(formula: Formula, start: float, move: Node, size: Node) -> Span:
    """Return the first and the last row of a range that is moved and has a size; a negative one reaches back."""
    graph = formula.graph
    one = graph.const(1.0)
    begin = formula.made("+", [graph.const(start), move])
    end = formula.made("-", [formula.made("+", [begin, size]), one])
    back = formula.made("+", [formula.made("+", [begin, size]), one])
    is_back = formula.made("<", [size, graph.const(0.0)])
    nothing = formula.made("=", [size, graph.const(0.0)])
    first, last = formula.chosen(is_back, back, begin), formula.chosen(is_back, begin, end)
    missing = graph.const(CellError.REF)
    off = formula.made("OR", [nothing, formula.made("<", [first, one])])
    return formula.chosen(off, missing, first), formula.chosen(off, missing, last)


def _chosen(formula: Formula, sheet: str, rows: Span, columns: Span) -> Node | None:
    """Return the cells of a range whose first and last row, or column, vary, each blank where it is outside."""
    graph = formula.graph
    last_row, last_column = formula.binder.ranges.used(sheet)
    fixed = [_fixed(pair) for pair in (rows, columns)]
    top, bottom = fixed[0] or (1, last_row)
    left, right = fixed[1] or (1, last_column)
    if fixed[0] is not None and fixed[1] is not None:
        return None
    area = Area(top, left, bottom, right)
    holds_itself = real_sheet(sheet) == real_sheet(formula.at.sheet) and area.holds(*formula.at[1:])
    on_sheet = 1 <= top <= bottom <= MAX_ROW and 1 <= left <= right <= MAX_COLUMN
    if not on_sheet or holds_itself or area.height * area.width > _LONGEST:
        return None
    whole = formula.rectangle(sheet, area)
    cells = rows_of(whole) if whole.op == GRID else [(whole,)]
    down = [_is_within(formula, rows, row) if fixed[0] is None else None for row in range(top, bottom + 1)]
    across = [_is_within(formula, columns, column) if fixed[1] is None else None for column in range(left, right + 1)]

    def kept(cell: Node, tests: Sequence[Node | None]) -> Node:
        inside = [test for test in tests if test is not None]
        return formula.made(KEPT, [inside[0] if len(inside) == 1 else formula.made("AND", inside), cell])

    lines = [[kept(cell, (down[i], across[j])) for j, cell in enumerate(line)] for i, line in enumerate(cells)]
    return graph.grid(lines)


def _is_within(formula: Formula, span: Span, number: int) -> Node:
    """Return whether a row, or a column, is one of those of a range."""
    place = formula.graph.const(float(number))
    first, last = span
    return formula.made("AND", [formula.made("<=", [first, place]), formula.made("<=", [place, last])])


def _fixed(pair: Span) -> tuple[int, int] | None:
    ends = [int(n.value) for n in pair if isinstance(n.value, float)]
    return (ends[0], ends[1]) if len(ends) == len(pair) else None


# -- ranges by content -------------------------------------------------------------------------------------------------


def _filter(formula: Formula, trees: Sequence[Tree]) -> Node | None:
    if len(trees) not in (2, 3):
        return None
    graph = formula.graph
    nodes = [formula.node(t) for t in trees]
    table = rows_of(nodes[0]) if nodes[0].op == GRID else [(nodes[0],)]
    tests = _elements(formula, nodes[1], len(table), len(table[0]))
    if tests is None or any(n.op == "const" and n.value is None for line in table for n in line):
        return None
    if any(gives_many(n) for n in nodes[2:]):
        return None
    lines = [[formula.made(KEPT, [tests[i][j], cell]) for j, cell in enumerate(line)] for i, line in enumerate(table)]
    otherwise = nodes[2] if len(nodes) > 2 else graph.const(CellError.CALC)  # noqa: PLR2004
    some = formula.made("OR", [t for line in tests for t in line])
    beside = [formula.made(KEPT, [formula.made("NOT", [some]), otherwise])]
    return graph.grid([*lines, [*beside, *[graph.const(None)] * (len(table[0]) - 1)]])


def count_of_filtered(formula: Formula, trees: Sequence[Tree]) -> Node | None:
    """Return how many rows FILTER leaves: the rows of a table whose condition holds."""
    if len(trees) != 2:  # noqa: PLR2004
        return None
    graph = formula.graph
    table, condition = (formula.node(t) for t in trees)
    rows = rows_of(table) if table.op == GRID else [(table,)]
    if len(rows) == 1 or _is_across(condition):
        return None
    tests = _elements(formula, condition, len(rows), 1)
    if tests is None:
        return None
    flags = [[formula.chosen(line[0], graph.const(1.0), graph.const(0.0))] for line in tests]
    some = formula.made("OR", [line[0] for line in tests])
    return formula.chosen(some, formula.made("SUM", [graph.grid(flags)]), graph.const(CellError.CALC))


def _elements(formula: Formula, node: Node, height: int, width: int) -> list[list[Node]] | None:
    """Return for every cell of a table whether its row, or its column, is kept."""
    count, down = (height, True) if width == 1 or not _is_across(node) else (width, False)
    tests = [_element(formula, node, i, down=down) for i in range(count)]
    if any(t is None for t in tests):
        return None
    return [[tests[i if down else j] for j in range(width)] for i in range(height)]  # type: ignore[misc]


def _is_across(node: Node) -> bool:
    if node.op == GRID:
        height, width = node.value
        return bool(height == 1 < width)
    return any(_is_across(a) for a in node.args)


def _element(formula: Formula, node: Node, i: int, *, down: bool) -> Node | None:
    """Return an operation of ranges for one of their rows or columns."""
    if node.op == GRID:
        rows = rows_of(node)
        height, width = len(rows), len(rows[0])
        row, column = (i, 0) if down else (0, i)
        row, column = 0 if height == 1 else row, 0 if width == 1 else column
        return rows[row][column] if row < height and column < width and (height == 1 or width == 1) else None
    if node.op in _PER_ELEMENT:
        parts = [_element(formula, a, i, down=down) for a in node.args]
        return None if any(p is None for p in parts) else formula.made(node.op, [p for p in parts if p is not None])
    return None if any(a.op == GRID for a in node.args) else node


_PER_ELEMENT = frozenset(
    [
        "+",
        "-",
        "*",
        "/",
        "^",
        "neg",
        "=",
        "<>",
        "<",
        ">",
        "<=",
        ">=",
        "NOT",
        "ISNUMBER",
        "ISERROR",
        "ABS",
        "IF",
        "ISTEXT",
    ]
)


def _unique(formula: Formula, trees: Sequence[Tree]) -> Node | None:
    if len(trees) != 1:
        return None
    node = formula.node(trees[0])
    cells = list(node.args) if node.op == GRID and 1 in node.value[:2] else []
    if not 1 < len(cells) <= _MOST_DIFFERENT or any(c.op == "const" and c.value is None for c in cells):
        return None
    kept = [cells[0]]
    for i, cell in enumerate(cells[1:], start=1):
        before = formula.made("OR", [formula.made("=", [cell, other]) for other in cells[:i]])
        kept.append(formula.made(KEPT, [formula.made("NOT", [before]), cell]))
    return formula.graph.grid([[k] for k in kept])
