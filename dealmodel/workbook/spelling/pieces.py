"""Parts of a formula as the engine needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dealmodel.cells import CellError
from dealmodel.workbook.address import Area, a1, parse_area, split_sheet
from dealmodel.workbook.spelling.meanings import cells_text
from dealmodel.workbook.spelling.readings import NUMBER
from dealmodel.workbook.spelling.syntax import ERROR_TEXTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dealmodel.workbook.spelling.syntax import Node

LEVELS = {
    **dict.fromkeys(("=", "<>", "<", ">", "<=", ">="), 1),
    "&": 2,
    **dict.fromkeys(("+", "-"), 3),
    **dict.fromkeys(("*", "/"), 4),
    "^": 5,
}
"""How tightly operators bind; brackets only where they are needed, for the engine reads no more than 72 levels."""
SIGN, PERCENT, ATOM = 6, 7, 8
_NARROW = 2
"""Columns of which it does not matter how many rows they have."""
_TALL = 5
"""Rows for every column of cells that are columns rather than rows."""


class Piece(NamedTuple):
    """A part of a formula as the engine needs it."""

    text: str
    many: bool = False
    """Whether it may be a range or an array."""
    level: int = ATOM
    """How tightly its outermost operator binds."""

    def within(self, level: int) -> str:
        """Return the text as an operand of an operator, in brackets where that one binds more tightly."""
        return f"({self.text})" if self.level < level else self.text


def number_of(piece: Piece, node: Node) -> Piece:
    """Return an operand as a number where it may be a text; of a range that holds none, as it is."""
    if node["node_type"] != "Reference" and not isinstance(node.get("value"), str):
        return piece
    read = f"{NUMBER}({piece.text})"
    if area_of(piece) is None:
        return Piece(read, piece.many)
    return Piece(f"IF(COUNTA({piece.text})=COUNT({piece.text}),{piece.text},{read})", many=True)


def area_of(piece: Piece) -> Area | None:
    """Return the cells that a part is by their address; None where it is something else, or one cell."""
    return parse_area((split_sheet(piece.text) or ("", piece.text))[1]) if piece.many else None


def is_tall(text: str, area: Area) -> bool:
    """Whether a reference is to columns rather than rows, here and where the formula is filled down or to the right.

    The engine looks for conditions column by column. Where these are short, that takes longer than to be handed each
    of their cells.

    Examples
    --------
    >>> [is_tall(text, Area(1, 1, 1, 1)) for text in ("A$1:A1", "$A$1:A1", "$A1:A1")]
    [True, True, False]
    """
    first, _, last = text.rpartition("!")[2].partition(":")
    grows_right = first.startswith("$") != last.startswith("$")
    grows_down = ("$" in first[1:]) != ("$" in last[1:])
    columns = area.right - area.left + 1
    return (grows_down or not grows_right) and (columns <= _NARROW or area.bottom - area.top >= _TALL * columns)


def in_order(text: str, area: Area | None) -> str:
    """Return a reference with its first corner before its last, without which the engine gives up."""
    first, mark, _ = text.rpartition(":")
    sheet, _, corner = first.rpartition("!")
    if not mark or area is None or parse_area(corner) == Area(*area[:2], *area[:2]):
        return text
    corners = f"{a1(area.top, area.left)}:{a1(area.bottom, area.right)}"
    return f"{sheet}!{corners}" if sheet else corners


def area_piece(sheet: str, area: Area) -> Piece:
    """Return a reference to cells of a sheet."""
    return Piece(cells_text(sheet, area), many=area.height * area.width > 1)


def numbers_of_lines(function: str, reference: str) -> Piece:
    """Return the numbers of a range's rows or columns; the engine gives the first only."""
    size = f"ROWS({reference}),1" if function == "ROW" else f"1,COLUMNS({reference})"
    # The first of them: the compiler of simulations gives all.
    return Piece(f"SEQUENCE({size},MIN({function}({reference})))", many=True)


def chosen(pieces: Sequence[Piece]) -> Piece:
    """Return a choice for every element of an array of numbers, of which the engine's CHOOSE knows nothing."""
    index, *choices = (piece.text for piece in pieces)
    text = CellError.VALUE.value
    for i, choice in reversed(list(enumerate(choices, start=1))):
        text = f"IF({index}={i}.0,{choice or '0.0'},{text})"
    return Piece(text, many=True)


def joined(pieces: Sequence[Piece]) -> str:
    """Return parts with commas between them."""
    return ",".join(p.text for p in pieces)


def literal(value: object) -> str:
    """Return a constant as a formula holds it."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, str) and value not in ERROR_TEXTS:
        return '"' + value.replace('"', '""') + '"'
    return repr(value) if isinstance(value, float) else str(value)
