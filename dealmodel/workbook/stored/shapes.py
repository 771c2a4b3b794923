"""Formulas that are filled down or across: the same one in every cell but for where its references lead.

What is worked out for the formula of one cell holds for all cells of the same shape, moved. A sheet of a hundred
thousand formulas has some dozen shapes.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, TypeVar

from dealmodel.workbook.address import MAX_COLUMN, MAX_ROW, column_letters, column_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Text = TypeVar("Text", str, bytes)

# What stands in quotes is one match without groups, and never looked into.
_REFERENCE = re.compile(
    r""" "[^"]*" | '[^']*'
       | (?<![\w.$\\]) (\$?)([A-Za-z]{1,3}) (\$?)([1-9][0-9]{0,6}) (?![\w.(!?\[\\]) """,
    re.VERBOSE,
)
_WHOLE = re.compile(r"""(?<![\w.$])(?:\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3}|\$?\d{1,7}:\$?\d{1,7})(?![\w.(!\[$])""")
_ONE_CELL = re.compile(r"(?<![A-Za-z$])\$?([A-Za-z]+)\$?(\d+):\$?\1\$?\2(?!\d)")
_RANGE = re.compile(r"(\$?)[A-Za-z]{1,3}(\$?)\d+:(\$?)[A-Za-z]{1,3}(\$?)\d")
_MARK = "\0"


def shape(formula: str, row: int, column: int) -> str | None:
    """Return a formula with its references relative to its cell, or None where it is none that can simply be moved.

    Parameters
    ----------
    formula
        The formula.
    row, column
        Its cell.

    Examples
    --------
    >>> shape("A1*$B$7", 1, 2) == shape("A2*$B$7", 2, 2)
    True
    """
    if "[" in formula or _MARK in formula or not formula.isascii():
        return None
    if ":" in formula and _ONE_CELL.search(formula):
        # A range that grows from one cell is a single value there, and a range everywhere else.
        return None

    def relative(match: re.Match[str]) -> str:
        fixed_column, letters, fixed_row, digits = match.groups()
        if letters is None:
            return match[0]
        across = f"${letters}" if fixed_column else column_number(letters) - column
        down = f"${digits}" if fixed_row else int(digits) - row
        return f"{_MARK}{across},{down}{_MARK}"

    return _REFERENCE.sub(relative, formula)


def whole_references(formula: str) -> frozenset[str]:
    """Return the references to whole rows and columns, which a `Movable` leaves where they are.

    Examples
    --------
    >>> sorted(whole_references("SUM(A:A)+SUM($3:4)+SUM(A1:B2)"))
    ['$3:4', 'A:A']
    """
    return frozenset(_WHOLE.findall(formula)) if ":" in formula else frozenset()


class Movable:
    """A formula that can be read in any cell.

    Parameters
    ----------
    formula
        The formula.
    row, column
        The cell in which it reads like that.

    Examples
    --------
    >>> Movable("A1*$B$7", 1, 2).at(5, 3)
    'B5*$B$7'
    """

    def __init__(self, formula: str, row: int, column: int) -> None:
        self._pieces: list[str] = []
        """What stands before, between and behind the rows and columns that move."""
        self._moves: list[tuple[bool, int]] = []
        """Whether it is a row that moves, and how far from the cell it lies."""
        self.grows = ":" in formula and any(m.group(1, 2) != m.group(3, 4) for m in _RANGE.finditer(formula))
        """Whether it holds a range of which one corner stays where it is, so that it may become a single cell."""
        self._read(formula, row, column)
        rows = [offset for is_row, offset in self._moves if is_row]
        columns = [offset for is_row, offset in self._moves if not is_row]
        self.rows = tuple(rows)
        """How far from the cell the rows lie that move."""
        self._down = (min(rows, default=0), max(rows, default=0))
        self._across = (min(columns, default=0), max(columns, default=0))
        self._hash = hash(tuple(self._pieces))
        self.length = len(formula)
        """Characters of the formula."""
        self._in_column: dict[int, str] = {}
        """How the formula reads down a column, with a mark for each row."""

    def __eq__(self, other: object) -> bool:
        """Whether another formula reads the same in every cell."""
        return isinstance(other, Movable) and self._pieces == other._pieces and self._moves == other._moves

    def __hash__(self) -> int:
        """Return the same for formulas that read the same."""
        return self._hash

    def _read(self, formula: str, row: int, column: int) -> None:
        begin = 0
        for match in _REFERENCE.finditer(formula):
            fixed_column, letters, fixed_row, digits = match.groups()
            if letters is None:
                continue
            if not fixed_column:
                self._pieces.append(formula[begin : match.start(2)])
                self._moves.append((False, column_number(letters) - column))
                begin = match.end(2)
            if not fixed_row:
                self._pieces.append(formula[begin : match.start(4)])
                self._moves.append((True, int(digits) - row))
                begin = match.end(4)
        self._pieces.append(formula[begin:])

    def reads(self, formula: str, row: int, column: int) -> bool:
        """Whether this is how the formula reads in a cell, and it can be moved from there, too."""
        return self.at(row, column) == formula and not (self.grows and _ONE_CELL.search(formula))

    def reaches(self, row: int, column: int) -> bool:
        """Whether no reference would leave the sheet."""
        (up, down), (left, right) = self._down, self._across
        return row + up >= 1 and row + down <= MAX_ROW and column + left >= 1 and column + right <= MAX_COLUMN

    def at(self, row: int, column: int) -> str | None:
        """Return the formula as it reads in a cell; None where a reference would leave the sheet."""
        if not self.reaches(row, column):
            return None
        return self.down(column) % tuple([row + offset for offset in self.rows])

    def down_to(self, rows: Sequence[int], column: int) -> Iterable[str | None]:
        """Return the formula as it reads in some rows of a column; None where a reference would leave the sheet."""
        first, last = self.reach(column)
        if first <= min(rows) and max(rows) <= last:
            return _in_rows(self.down(column), self.rows, rows)
        return [self.at(row, column) for row in rows]

    def down(self, column: int) -> str:
        """Return how the formula reads down a column, with a mark for each of `rows`."""
        if column not in self._in_column:
            texts = [piece.replace("%", "%%") for piece in self._pieces]
            moves = ["%d" if is_row else column_letters(column + offset) for is_row, offset in self._moves]
            self._in_column[column] = "".join(itertools.chain.from_iterable(zip(texts, [*moves, ""], strict=True)))
        return self._in_column[column]

    def reach(self, column: int) -> tuple[int, int]:
        """Return the first and the last row of a column in which no reference would leave the sheet."""
        (up, down), (left, right) = self._down, self._across
        if column + left < 1 or column + right > MAX_COLUMN:
            return 1, 0
        return max(1, 1 - up), min(MAX_ROW, MAX_ROW - down)


class FilledDown:
    """A formula down one column, with another one that stands for it, both as parts spell them.

    Parameters
    ----------
    formula, other
        The two.
    column
        The column.

    Examples
    --------
    >>> FilledDown(Movable("A1*2", 1, 2), Movable("2.0*A1", 1, 2), 2).others([b"A5*2", b"A5*2"], [5, 6])
    [b'2.0*A5', None]
    """

    def __init__(self, formula: Movable, other: Movable, column: int) -> None:
        firsts, lasts = zip(formula.reach(column), other.reach(column), strict=True)
        self._first, self._last = max(firsts), min(lasts)
        is_on_sheet = self._first <= self._last
        self._formula, self._rows = formula.down(column).encode() if is_on_sheet else b"", formula.rows
        self._other, self._other_rows = other.down(column).encode() if is_on_sheet else b"", other.rows
        self._grows = formula.grows

    def others(self, formulas: Sequence[bytes], rows: Sequence[int]) -> list[bytes | None]:
        """Return the other formula in some rows where the first one reads there as the given one, and else None."""
        if not (self._first <= min(rows) and max(rows) <= self._last):
            if len(rows) == 1:
                return [None]
            return [self.others([formula], [row])[0] for formula, row in zip(formulas, rows, strict=True)]
        here = list(_in_rows(self._formula, self._rows, rows))
        there = list(_in_rows(self._other, self._other_rows, rows))
        if here == formulas and not self._grows:
            return list[bytes | None](there)
        return [
            other if given == read and not (self._grows and _ONE_CELL.search(given.decode())) else None
            for given, read, other in zip(formulas, here, there, strict=True)
        ]


def _in_rows(text: Text, offsets: Sequence[int], rows: Sequence[int]) -> Iterable[Text]:
    """Return a text with a mark for each row that lies so far from a cell, as it reads in cells of some rows."""
    if not offsets:
        return [text % ()] * len(rows)
    at = {offset: [row + offset for row in rows] for offset in set(offsets)}
    return map(text.__mod__, zip(*(at[offset] for offset in offsets), strict=True))
