"""Cell addresses: `Sheet!A1` and ranges, to and from rows and columns counted from 1."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

MAX_ROW, MAX_COLUMN = 1_048_576, 16_384
_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})")


class CellAt(NamedTuple):
    """Where a cell stands."""

    sheet: str
    row: int
    column: int

    def __str__(self) -> str:
        """Return the address as a formula spells it."""
        return f"{quote_sheet(self.sheet)}!{a1(self.row, self.column)}"


class Area(NamedTuple):
    """A rectangle of cells, both corners included."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top + 1

    @property
    def width(self) -> int:
        """Columns."""
        return self.right - self.left + 1

    def holds(self, row: int, column: int) -> bool:
        """Whether a cell lies inside."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right

    def covers(self, other: Area) -> bool:
        """Whether all of another area lies inside."""
        return self.holds(other.top, other.left) and self.holds(other.bottom, other.right)

    def places(self) -> Iterator[tuple[int, int]]:
        """Every row and column, row by row."""
        return product(range(self.top, self.bottom + 1), range(self.left, self.right + 1))


@lru_cache(maxsize=MAX_COLUMN)
def column_letters(column: int) -> str:
    """Return the letters of a column.

    Examples
    --------
    >>> column_letters(28)
    'AB'
    """
    letters = ""
    while column:
        column, digit = divmod(column - 1, 26)
        letters = chr(65 + digit) + letters
    return letters


@lru_cache(maxsize=MAX_COLUMN)
def column_number(letters: str) -> int:
    """Return the number of a column.

    Examples
    --------
    >>> column_number("AB")
    28
    """
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def a1(row: int, column: int) -> str:
    """Return an address without its sheet."""
    return f"{column_letters(column)}{row}"


def parse_cell(text: str) -> tuple[int, int] | None:
    """Return row and column of an address, or None where the text is not one.

    Examples
    --------
    >>> parse_cell("$C$7")
    (7, 3)
    """
    match = _CELL.fullmatch(text)
    if not match:
        return None
    row, column = int(match[2]), column_number(match[1])
    return (row, column) if row <= MAX_ROW and column <= MAX_COLUMN else None


@lru_cache(maxsize=2**14)
def parse_area(text: str) -> Area | None:
    """Return the rectangle of `A1` or `A1:B2`, or None where the text is neither."""
    first, _, last = text.partition(":")
    corners = parse_cell(first), parse_cell(last or first)
    if corners[0] is None or corners[1] is None:
        return None
    (r1, c1), (r2, c2) = corners[0], corners[1]
    return Area(min(r1, r2), min(c1, c2), max(r1, r2), max(c1, c2))


def same_shape(one: Area | None, other: Area | None) -> bool:
    """Whether two rectangles have as many rows and as many columns."""
    if one is None or other is None:
        return False
    return (one.bottom - one.top, one.right - one.left) == (other.bottom - other.top, other.right - other.left)


def parse_region(text: str) -> Area | None:
    """Return the rectangle of `A1`, `A1:B2`, of whole columns `B:C` or of whole rows `3:4`; None for anything else.

    Examples
    --------
    >>> parse_region("$B:$C")
    Area(top=1, left=2, bottom=1048576, right=3)
    """
    ends = text.replace("$", "").split(":")
    if len(ends) == 2 and all(end.isascii() and end.isalpha() and len(end) <= 3 for end in ends):  # noqa: PLR2004
        left, right = sorted(map(column_number, ends))
        return Area(1, left, MAX_ROW, right) if right <= MAX_COLUMN else None
    if len(ends) == 2 and all(end.isascii() and end.isdigit() and len(end) <= 7 for end in ends):  # noqa: PLR2004
        top, bottom = sorted(map(int, ends))
        return Area(top, 1, bottom, MAX_COLUMN) if top > 0 and bottom <= MAX_ROW else None
    return parse_area(text)


def split_sheet(text: str) -> tuple[str, str] | None:
    """Split `Sheet!A1` or `'My sheet'!A1` into sheet and address, or return None where there is no sheet."""
    sheet, mark, address = text.rpartition("!")
    if not mark or not sheet:
        return None
    if sheet.startswith("'") and sheet.endswith("'") and len(sheet) > 2:  # noqa: PLR2004  quotes around a name
        sheet = sheet[1:-1].replace("''", "'")
    return sheet, address


def named_area(text: str, sheets: Container[str]) -> tuple[str, Area] | None:
    """Return the rectangle that a defined name refers to, or None where it is something else than one of a sheet."""
    split = split_sheet(text.strip())
    area = parse_area(split[1]) if split else None
    return (split[0], area) if split is not None and area is not None and split[0] in sheets else None


_READ_OTHERWISE = r"(?i)R\d*(?:C\d*)?|C\d*|TRUE|FALSE"
"""What a formula takes for rows and columns by number, or for a truth."""


@lru_cache(maxsize=256)
def quote_sheet(sheet: str) -> str:
    """Return a sheet name as a formula needs it: in quotes unless it can be read as nothing else.

    Examples
    --------
    >>> [quote_sheet(name) for name in ("Deal", "P&L", "A1", "R", "rc", "R1C1", "C12", "TRUE", "Q1 2024")]
    ['Deal', "'P&L'", "'A1'", "'R'", "'rc'", "'R1C1'", "'C12'", "'TRUE'", "'Q1 2024'"]
    """
    if re.fullmatch(r"[A-Za-z_]\w*", sheet) and parse_cell(sheet) is None and not re.fullmatch(_READ_OTHERWISE, sheet):
        return sheet
    return "'" + sheet.replace("'", "''") + "'"


def named_place(name: str, at: CellAt) -> str:
    """Return a cell by its name and its address, or by its address alone where that is how it is called.

    Examples
    --------
    >>> named_place("price", CellAt("S", 2, 1)), named_place("s!$a$2", CellAt("S", 2, 1))
    ('price (S!A2)', 'S!A2')
    """
    address = str(at)
    bare = name.strip().replace("$", "").casefold()
    is_address = bare in (address.casefold(), f"{at.sheet}!{a1(at.row, at.column)}".casefold())
    return address if is_address else f"{name} ({address})"
