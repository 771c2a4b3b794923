"""Calls on arrays of references that OFFSET gives, where it is seen which cells they lie among.

`SUMPRODUCT(SUBTOTAL(3,OFFSET(A2,ROW(A2:A9000)-ROW(A2),0)))` asks nine thousand times whether a row is visible. How far
away each reference is follows from numbers of rows and columns alone, so that all of them lie in a block which is known
beforehand: the engine hands over the block and the distances, and one call works out all.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, NamedTuple

from dealmodel.cells import OMITTED_TEXT, CellError
from dealmodel.hosts.supplements.refusals import refuse
from dealmodel.hosts.supplements.values import each, whole
from dealmodel.workbook.address import MAX_COLUMN, MAX_ROW, Area, CellAt, parse_region, split_sheet
from dealmodel.workbook.spelling.arguments import bare_name
from dealmodel.workbook.spelling.call import OMITTED
from dealmodel.workbook.spelling.meanings import cells_text, is_fixed
from dealmodel.workbook.spelling.totals import NOT_AGGREGATE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dealmodel.hosts.engine_values import EngineValue
    from dealmodel.workbook.spelling.meanings import Meanings
    from dealmodel.workbook.spelling.syntax import Node
    from dealmodel.workbook.spelling.totals import Totals

OFFSETS = "DEALMODEL_OFFSETS"
"""Function of the engine's only: N, T or SUBTOTAL of each of an array of references."""
_TAKING = {"N": 0, "T": 0, "SUBTOTAL": 1}
"""Functions with the place of the reference among their arguments."""
_MOST_CELLS = 1_000_000
"""Cells of a block."""


class Interval(NamedTuple):
    """What a number lies between, both ends included."""

    low: float
    high: float

    def with_each(self, other: Interval, combine: Callable[[float, float], float]) -> Interval:
        """Return what the combinations lie between; of an operator that has its extremes at the ends."""
        ends = [combine(one, two) for one in self for two in other]
        return Interval(min(ends), max(ends))


_COMBINED: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}


class Offsets:
    """Translates calls on arrays of references that OFFSET gives.

    Parameters
    ----------
    meanings
        What the workbook's names mean.
    at
        The cell of the formula.
    write
        Writes an argument as an array.
    """

    def __init__(self, meanings: Meanings, at: CellAt, write: Callable[[Node], str]) -> None:
        self._meanings = meanings
        self._at = at
        self._write = write

    def call(self, function: str, node: Node) -> str | None:
        """Return a call in the spelling for many references; None where none is OFFSET's, or lies no one sees where.

        Parameters
        ----------
        function
            The bare name of the function that is called.
        node
            The call.
        """
        place = _TAKING.get(function)
        arguments: Sequence[Node] = node["args"]
        if place is None or len(arguments) != place + 1 or not _calls(arguments[place], "OFFSET"):
            return None
        base, *moves = arguments[place]["args"]
        found = self._place(base)
        if found is None or len(moves) not in range(2, 5):
            return None
        sheet, area = found
        sizes = [Interval(area.height, area.height), Interval(area.width, area.width)]
        bounds = [self._bounds(move) for move in moves] + sizes[len(moves) - 2 :]
        block = _block(area, bounds)
        is_one = all(bound is not None and bound.low == bound.high for bound in bounds)
        if block is None or is_one or (sheet == self._at.sheet and block.holds(*self._at[1:])):
            return None
        what = self._write(arguments[0]) if place else f'"{function}"'
        begin = ",".join(map(str, (*area, block.top, block.left)))
        written = ",".join([*map(self._write, moves), *[OMITTED] * (4 - len(moves))])
        quoted = sheet.replace('"', '""')
        return f'{OFFSETS}({what},"{quoted}",{begin},{cells_text(sheet, block)},{written})'

    def _place(self, node: Node) -> tuple[str, Area] | None:
        """Return the cells that a reference names, by their address or a name."""
        if node["node_type"] != "Reference":
            return None
        sheet, address = split_sheet(node["reference"]) or (self._at.sheet, node["reference"])
        area = parse_region(address)
        name = self._meanings.named(node["reference"], self._at) if area is None else None
        if name is not None and is_fixed(name.text):
            return self._meanings.book.area_of(name)
        found = self._meanings.find_sheet(sheet)
        return None if found is None or area is None else (found, area)

    def _bounds(self, node: Node) -> Interval | None:
        """Return what a number that follows from those of rows and columns lies between; None for any other."""
        if node["node_type"] == "Literal" and type(node["value"]) is float:
            return Interval(node["value"], node["value"])
        if node["node_type"] == "UnaryOp" and node["operator"] in ("+", "-"):
            bounds = self._bounds(node["operand"])
            return bounds if bounds is None or node["operator"] == "+" else Interval(-bounds.high, -bounds.low)
        if node["node_type"] == "BinaryOp" and node["operator"] in _COMBINED:
            left, right = self._bounds(node["left"]), self._bounds(node["right"])
            return left and right and left.with_each(right, _COMBINED[node["operator"]])
        for function, side in (("ROW", 0), ("COLUMN", 1)):
            if _calls(node, function):
                arguments = node["args"]
                found = self._place(arguments[0]) if arguments else (self._at.sheet, Area(*self._at[1:], *self._at[1:]))
                return Interval(found[1][side], found[1][side + 2]) if found else None
        return None


def _calls(node: Node, function: str) -> bool:
    return node["node_type"] == "Function" and bare_name(node["name"]) == function


def _block(area: Area, bounds: Sequence[Interval | None]) -> Area | None:
    """Return the cells among which all references lie; None where that is not known, or some lie off the sheet."""
    down, right, tall, wide = bounds
    if down is None or right is None or tall is None or wide is None or min(tall.low, wide.low) < 1:
        return None
    top, left = area.top + int(down.low), area.left + int(right.low)
    bottom, last = area.top + int(down.high) + int(tall.high) - 1, area.left + int(right.high) + int(wide.high) - 1
    if top < 1 or left < 1 or bottom > MAX_ROW or last > MAX_COLUMN:
        return None
    block = Area(top, left, bottom, last)
    return block if block.height * block.width <= _MOST_CELLS else None


class EachOffset:
    """Works out N, T or SUBTOTAL of each of an array of references.

    Parameters
    ----------
    totals
        Works out SUBTOTAL.
    """

    def __init__(self, totals: Totals) -> None:
        self._totals = totals

    def __call__(self, what: EngineValue, sheet: str, *arguments: EngineValue) -> EngineValue:
        """Return the values.

        Parameters
        ----------
        what
            `N`, `T` or the number that SUBTOTAL takes.
        sheet
            The name of the sheet.
        arguments
            The range from which the references are worked out, as its first and last rows and columns; the block of
            all references, as its first row and column and its values; and the arguments of OFFSET.
        """
        area = Area(*map(int, arguments[:4]))
        top, left, block, *moves = arguments[4:]

        @each
        def value(down: EngineValue, right: EngineValue, tall: EngineValue, wide: EngineValue) -> EngineValue:
            row, column = area.top + whole(down), area.left + whole(right)
            height = area.height if tall == OMITTED_TEXT else whole(tall)
            width = area.width if wide == OMITTED_TEXT else whole(wide)
            refuse(height < 1 or width < 1, CellError.REF)
            begin, start = row - int(top), column - int(left)
            cells = [line[start : start + width] for line in _rows(block)[begin : begin + height]]
            if what == "N":
                return cells[0][0] if isinstance(cells[0][0], (float, int, dict)) else 0.0
            if what == "T":
                return cells[0][0] if isinstance(cells[0][0], (str, dict)) else ""
            return self._totals(what, float(NOT_AGGREGATE), OMITTED_TEXT, sheet, float(row), float(column), cells)

        return value(*moves)


def _rows(block: EngineValue) -> list[list[EngineValue]]:
    return block if isinstance(block, list) else [[block]]
