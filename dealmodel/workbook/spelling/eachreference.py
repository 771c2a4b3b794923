"""Calls on references that are worked out, for every element of an array, from a text or from distances.

`SUMIF(INDIRECT("'"&sheets&"'!A:A"),...)` adds up each of several sheets, `SUBTOTAL(3,OFFSET(A2,ROW(A2:A9)-ROW(A2),0))`
tells which rows are visible. The engine has no arrays of references; here there is one call for each of them.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from dealmodel.workbook.address import Area, parse_region, split_sheet
from dealmodel.workbook.spelling.arguments import bare_name, need
from dealmodel.workbook.spelling.meanings import cells_text, is_fixed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dealmodel.workbook.address import CellAt
    from dealmodel.workbook.spelling.meanings import Meanings
    from dealmodel.workbook.spelling.syntax import Node

_TAKING = frozenset(
    {"AVERAGEIF", "AVERAGEIFS", "COUNTBLANK", "COUNTIF", "COUNTIFS", "N", "SUBTOTAL", "SUMIF", "SUMIFS", "T"}
)
"""Functions that give one value for each of an array of references."""
_REFERRING = frozenset({"INDIRECT", "OFFSET"})
_PLACES = frozenset({"ROW", "COLUMN"})
MOST_CALLS = 1000
"""Calls that are written out in one formula."""


class TooManyCallsError(Exception):
    """More calls than a formula can hold."""


class EachReference:
    """The elements of the arrays from which the references of a call are worked out.

    Parameters
    ----------
    meanings
        What the workbook's names mean.
    at
        The cell in which the formula stands.
    array
        Whether ranges count as arrays there; constant arrays always do.
    """

    def __init__(self, meanings: Meanings, at: CellAt, *, array: bool) -> None:
        self._meanings = meanings
        self._at = at
        self._array = array
        self._known: dict[int, tuple[Node, list[list[Node]] | None]] = {}
        """The elements of the parts of a formula for which they were asked; every call asks for those of all."""

    def calls(self, function: str, node: Node) -> list[list[Node]] | None:
        """Return a call as one for every element, by rows; None where its references are no arrays.

        Parameters
        ----------
        function
            The bare name of the function that is called.
        node
            The call.

        Raises
        ------
        TooManyCallsError
            If they are more than a formula can hold.
        """
        if function not in _TAKING:
            return None
        arguments: Sequence[Node] = node["args"]
        if not any(self._sizes(n) for n in arguments if self._refers(n)):
            return None
        varying = [n for i, n in enumerate(arguments) if self._refers(n) or need(function, i) == "V"]
        sizes = [size for n in varying for size in self._sizes(n)]
        height, width = (max(lengths) for lengths in zip(*sizes, strict=True))
        if height * width > MOST_CALLS:
            raise TooManyCallsError
        by_place = itertools.product(range(height), range(width))
        calls: list[Node] = [
            {**node, "args": [self._at_place(n, i, j) if n in varying else n for n in arguments]} for i, j in by_place
        ]
        return [calls[i : i + width] for i in range(0, len(calls), width)]

    def _refers(self, node: Node) -> bool:
        return node["node_type"] == "Function" and bare_name(node["name"]) in _REFERRING

    def _values(self, node: Node) -> Iterator[tuple[str | int, Node]]:
        """Yield the parts of a node of which single values are taken, with their places."""
        if node["node_type"] == "Function":
            function = bare_name(node["name"])
            for i, argument in enumerate(node["args"]):
                if need(function, i) == "V":
                    yield i, argument
        else:
            yield from ((side, node[side]) for side in ("left", "right", "operand") if side in node)

    def _rows(self, node: Node) -> list[list[Node]] | None:
        """Return an array or a range as its elements; None for anything else."""
        known = self._known.get(id(node))
        if known is None or known[0] is not node:
            known = self._known[id(node)] = node, self._find_rows(node)
        return known[1]

    def _find_rows(self, node: Node) -> list[list[Node]] | None:
        if node["node_type"] == "Array":
            return [list(row) for row in node["rows"]]
        by_place = node["node_type"] == "Function" and bare_name(node["name"]) in _PLACES and len(node["args"]) == 1
        found = self._area(node["args"][0] if by_place else node) if self._array else None
        if found is None:
            return None
        sheet, (top, left, bottom, right) = found
        across = by_place and bare_name(node["name"]) == "COLUMN"
        rows = [0] if across else range(top, bottom + 1)
        columns = [0] if by_place and not across else range(left, right + 1)
        if len(rows) * len(columns) > MOST_CALLS:
            raise TooManyCallsError
        if by_place:
            return [[_number(row + column) for column in columns] for row in rows]
        return [[_cell(sheet, row, column) for column in columns] for row in rows]

    def _area(self, node: Node) -> tuple[str, Area] | None:
        """Return the cells to which a node refers, if they are several."""
        if node["node_type"] != "Reference":
            return None
        sheet, address = split_sheet(node["reference"]) or (None, node["reference"])
        area = parse_region(address)
        if area is None:
            name = self._meanings.named(node["reference"], self._at)
            found = self._meanings.book.area_of(name) if name and is_fixed(name.text) else None
        else:
            found = self._at.sheet if sheet is None else sheet, area
        return None if found is None or found[1].height == found[1].width == 1 else found

    def _sizes(self, node: Node) -> list[tuple[int, int]]:
        """Return the heights and widths of the arrays in a node."""
        rows = self._rows(node)
        if rows is not None:
            return [(len(rows), len(rows[0]))]
        return [size for _, part in self._values(node) for size in self._sizes(part)]

    def _at_place(self, node: Node, i: int, j: int) -> Node:
        """Return a node with one element in place of each array; an error where an array has none there."""
        rows = self._rows(node)
        if rows is not None:
            row = 0 if len(rows) == 1 else i
            column = 0 if len(rows[0]) == 1 else j
            inside = row < len(rows) and column < len(rows[0])
            return rows[row][column] if inside else {"node_type": "Literal", "value": "#N/A"}
        new = dict(node)
        for place, part in self._values(node):
            if isinstance(place, int):
                new["args"] = [self._at_place(part, i, j) if k == place else n for k, n in enumerate(new["args"])]
            else:
                new[place] = self._at_place(part, i, j)
        return new


def _cell(sheet: str, row: int, column: int) -> Node:
    return {"node_type": "Reference", "reference": cells_text(sheet, Area(row, column, row, column))}


def _number(value: int) -> Node:
    return {"node_type": "Literal", "value": float(value)}
