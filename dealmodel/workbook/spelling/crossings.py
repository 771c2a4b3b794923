"""Which cells of ranges a formula means: where they cross its own row or column, or each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.cells import CellError
from dealmodel.workbook.address import MAX_COLUMN, MAX_ROW, Area, parse_region, split_sheet
from dealmodel.workbook.spelling.meanings import cells_text
from dealmodel.workbook.spelling.pieces import Piece, area_piece

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dealmodel.workbook.address import CellAt
    from dealmodel.workbook.spelling.arguments import Need
    from dealmodel.workbook.spelling.meanings import Meanings

_GONE = CellError.REF.value
"""What stands in the place of a reference to cells that were deleted."""


def crossed_cell(meanings: Meanings, at: CellAt, text: str) -> str | None:
    """Return the cell of a range that lies in the row or column of a formula's; None where there is none."""
    sheet, address = split_sheet(text) or (None, text)
    region = parse_region(address)
    if region is None or (sheet is not None and meanings.find_sheet(sheet) is None):
        return None
    if region.height == region.width == 1:
        return text
    row, column = region.top, region.left
    if region.width == 1 and region.top <= at.row <= region.bottom:
        row = at.row
    elif region.height == 1 and region.left <= at.column <= region.right:
        column = at.column
    else:
        return None
    return cells_text(at.sheet if sheet is None else sheet, Area(row, column, row, column))


def in_common(meanings: Meanings, home: str, texts: Iterable[str]) -> Piece | None:
    """Return what two references have in common, which the engine does not find; None where it is not seen.

    Parameters
    ----------
    meanings
        What the workbook's names mean.
    home
        The sheet on which the formula stands.
    texts
        The two references.
    """
    regions = []
    for text in texts:
        named, address = split_sheet(text) or (home, text)
        regions.append((meanings.find_sheet(named), parse_region(address)))
    (sheet, first), (other, second) = regions
    if sheet is None or sheet != other or first is None or second is None:
        return None
    common = Area(*map(max, first[:2], second[:2]), *map(min, first[2:], second[2:]))
    empty = common.top > common.bottom or common.left > common.right
    return Piece(CellError.NULL.value) if empty else area_piece(sheet, common)


def of_size(home: str, piece: Piece, other: Piece) -> Piece:
    """Return a range in the size of another one, whose first cell alone counts in SUMIF; the engine cuts it off."""
    (sheet, region), (_, wanted) = (
        (found[0], parse_region(found[1])) for found in (split_sheet(p.text) or (home, p.text) for p in (piece, other))
    )
    if region is None or wanted is None or (region.height, region.width) == (wanted.height, wanted.width):
        return piece
    bottom = min(region.top + wanted.height - 1, MAX_ROW)
    right = min(region.left + wanted.width - 1, MAX_COLUMN)
    return area_piece(sheet, Area(region.top, region.left, bottom, right))


def range_text(left: str, operator: str, right: str, needed: Need) -> str:
    """Return a reference that an operator makes of two.

    A reference to deleted cells makes one of them of the whole range, as in Excel.

    The engine's operators of values, and its NPV, do not see that `A1:INDEX(B1:Z1,n)` is a range; its INDEX does.

    Examples
    --------
    >>> range_text("#REF!", ":", "B2", "A")
    '#REF!'
    >>> range_text("A1", ":", "INDEX(B1:Z1,3)", "A"), range_text("A1", ":", "INDEX(B1:Z1,3)", "R")
    ('INDEX(A1:INDEX(B1:Z1,3),0,0)', 'A1:INDEX(B1:Z1,3)')
    """
    if any(side == _GONE or side.endswith(f"!{_GONE}") for side in (left, right)):
        return _GONE
    text = f"{left}{operator}{right}"
    is_worked_out = operator == ":" and (left.endswith(")") or right.endswith(")"))
    return f"INDEX({text},0,0)" if is_worked_out and needed == "A" else text
