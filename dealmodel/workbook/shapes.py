"""Formulas that are filled down or across: the same one in every cell but for where its references lead.

What is worked out for the formula of one cell holds for all cells of the same shape, moved. A sheet of a hundred
thousand formulas has some dozen shapes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dealmodel.workbook.address import MAX_COLUMN, MAX_ROW, column_letters, column_number

if TYPE_CHECKING:
    from collections.abc import Iterator

# What stands in quotes is one match without groups, and never looked into.
_REFERENCE = re.compile(
    r""" "[^"]*" | '[^']*'
       | (?<![\w.$\\]) (\$?)([A-Za-z]{1,3}) (\$?)([1-9][0-9]{0,6}) (?![\w.(!?\[\\]) """,
    re.VERBOSE,
)
_WHOLE = re.compile(r"""(?<![\w.$])(?:\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3}|\$?\d{1,7}:\$?\d{1,7})(?![\w.(!\[$])""")
_ONE_CELL = re.compile(r"(?<![A-Za-z$])\$?([A-Za-z]+)\$?(\d+):\$?\1\$?\2(?!\d)")
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
        self._rows: list[int] = []
        self._columns: list[int] = []
        self._pieces = "".join(self._read(formula, row, column))
        self._down = (min(self._rows, default=0), max(self._rows, default=0))
        self._across = (min(self._columns, default=0), max(self._columns, default=0))

    def __eq__(self, other: object) -> bool:
        """Whether another formula reads the same in every cell."""
        return isinstance(other, Movable) and self._pieces == other._pieces and self._moves == other._moves

    def __hash__(self) -> int:
        """Return the same for formulas that read the same."""
        return hash(self._pieces)

    def _read(self, formula: str, row: int, column: int) -> Iterator[str]:
        self._moves: list[tuple[bool, int]] = []
        end = 0
        for match in _REFERENCE.finditer(formula):
            fixed_column, letters, fixed_row, digits = match.groups()
            if letters is None:
                continue
            yield formula[end : match.start()].replace("%", "%%") + fixed_column
            if fixed_column:
                yield letters
            else:
                yield self._move(self._columns, column_number(letters) - column)
            yield fixed_row
            if fixed_row:
                yield digits
            else:
                yield self._move(self._rows, int(digits) - row)
            end = match.end()
        yield formula[end:].replace("%", "%%")

    def _move(self, kind: list[int], offset: int) -> str:
        kind.append(offset)
        self._moves.append((kind is self._rows, offset))
        return "%s"

    def reads(self, formula: str, row: int, column: int) -> bool:
        """Whether this is how the formula reads in a cell, and it can be moved from there, too."""
        # Only a range of which one corner stays where it is may become a single cell.
        may_be_one_cell = ":" in formula and "$" in formula and _ONE_CELL.search(formula)
        return self.at(row, column) == formula and not may_be_one_cell

    def at(self, row: int, column: int) -> str | None:
        """Return the formula as it reads in a cell; None where a reference would leave the sheet."""
        up, down = self._down
        left, right = self._across
        if row + up < 1 or row + down > MAX_ROW or column + left < 1 or column + right > MAX_COLUMN:
            return None
        return self._pieces % tuple(
            [row + offset if is_row else column_letters(column + offset) for is_row, offset in self._moves]
        )
