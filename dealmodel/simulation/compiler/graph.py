"""Formulas as a graph in which equal parts are one node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dealmodel.workbook.address import CellAt

CONST, CELL, DRAW, GRID, OMITTED_NODE, ELEMENT = "const", "cell", "draw", "grid", "omitted", "element"
LOOP = "loop"
"""Cells that refer to each other in a circle; the node's value says which, and how they are computed."""
CRITERION = "criterion"
"""A condition that is an operator and a number, as `">"&A1`: no text is made of it."""
EACH = "each"
"""A function worked out for every element; the node's value has its name, and what it needs of each argument."""


class NotCompiledError(Exception):
    """A formula that has to be left to the engine, with the reason; never leaves the compiler."""


class UnboundError(Exception):
    """References that are found only while a formula is bound, to cells that are not bound yet; never leaves it.

    Attributes
    ----------
    cells
        The cells.
    """

    def __init__(self, cells: Sequence[CellAt]) -> None:
        super().__init__("cells that are not bound")
        self.cells = tuple(cells)


class Node:
    """One value of the program.

    Attributes
    ----------
    op
        `const`, `cell`, `draw`, `grid`, `omitted`, `element`, `loop`, an operator, or a function's name in upper case.
    args
        What it is computed from.
    value
        The cell value of a constant, the address of a cell, the number of a draw, the height and width of a grid.
    varies
        Whether it may differ from trial to trial.
    """

    __slots__ = ("args", "op", "value", "varies")

    def __init__(self, op: str, args: tuple[Node, ...], value: Any, *, varies: bool) -> None:  # noqa: ANN401
        self.op = op
        self.args = args
        self.value = value
        self.varies = varies


class Graph:
    """Makes nodes, each once."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[object, ...], Node] = {}
        self._cells: dict[CellAt, Node] = {}

    def node(self, op: str, args: Sequence[Node] = (), value: object = None) -> Node:
        """Return the node, a new one only where there is none like it."""
        # repr tells 1 from True and -0.0 from 0.0
        if op == CONST:
            key: tuple[object, ...] = (op, repr(value))
        else:
            key = (op, value, *map(id, args)) if args else (op, value)
        found = self._nodes.get(key)
        if found is None:
            varies = op in (CELL, DRAW) or any(a.varies for a in args)
            found = self._nodes[key] = Node(op, tuple(args), value, varies=varies)
        return found

    def cell(self, at: CellAt) -> Node:
        """Return a cell that varies."""
        found = self._cells.get(at)
        if found is None:
            found = self._cells[at] = Node(CELL, (), at, varies=True)
        return found

    def const(self, value: object) -> Node:
        """Return a constant."""
        return self.node(CONST, (), value)

    def grid(self, rows: Sequence[Sequence[Node]]) -> Node:
        """Return a rectangle of values."""
        return self.node(GRID, [n for row in rows for n in row], (len(rows), len(rows[0])))


def rows_of(grid: Node) -> list[tuple[Node, ...]]:
    """Return the rows of a grid."""
    height, width = grid.value
    return [grid.args[i * width : (i + 1) * width] for i in range(height)]


def is_blank(node: Node) -> bool:
    """Whether a node is a cell that holds nothing."""
    return node.op == CONST and node.value is None


def walk(roots: Sequence[Node]) -> Iterator[Node]:
    """Every node that the roots are computed from, each after its arguments."""
    seen: set[int] = set()
    stack = [(root, False) for root in reversed(roots)]
    while stack:
        node, done = stack.pop()
        if done:
            yield node
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((a, False) for a in reversed(node.args))


def leaves_of(node: Node) -> list[Node]:
    """Return the cells and draws that a node is computed from at once."""
    found: list[Node] = []
    seen: set[Node] = set()
    stack = [node]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            if node.op in (CELL, DRAW):
                found.append(node)
            else:
                stack += node.args[::-1]
    return found
