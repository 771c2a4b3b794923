"""What the cells are computed from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.simulation.compiler.binding.shapes import Read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dealmodel.simulation.compiler.graph import Node
    from dealmodel.workbook.address import CellAt


class Roots:
    """What every cell is computed from, precedents first; formulas with copies become nodes when they are asked for.

    Parameters
    ----------
    make
        Makes the node of a cell's formula.
    """

    def __init__(self, make: Callable[[CellAt], Node]) -> None:
        self._make = make
        self._found: dict[CellAt, Node | Read] = {}

    def leave(self, at: CellAt, read: Read) -> None:
        """Note a formula whose node is made when it is asked for."""
        self._found[at] = read

    def __setitem__(self, at: CellAt, root: Node) -> None:
        """Note what a cell is computed from."""
        self._found[at] = root

    def __contains__(self, at: object) -> bool:
        """Whether a cell is computed."""
        return at in self._found

    def __len__(self) -> int:
        """How many cells are computed."""
        return len(self._found)

    def __iter__(self) -> Iterator[CellAt]:
        """Return the cells, precedents first."""
        return iter(list(self._found))

    def __getitem__(self, at: CellAt) -> Node:
        """Return what a cell is computed from."""
        found = self._found[at]
        if isinstance(found, Read):
            found = self._found[at] = self._make(at)
        return found

    def get(self, at: CellAt) -> Node | None:
        """Return what a cell is computed from, or None where it is computed from nothing."""
        return self[at] if at in self._found else None

    def items(self) -> list[tuple[CellAt, Node | Read]]:
        """Return the cells, precedents first, with their nodes, or with their formulas where these are not made."""
        return list(self._found.items())

    def pop(self, at: CellAt) -> None:
        """Forget a cell."""
        self._found.pop(at, None)
