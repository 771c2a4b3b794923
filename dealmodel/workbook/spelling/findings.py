"""What was found out about formulas, kept for the next workbook whose sheets, names and tables are the same.

Who regenerates a workbook mostly regenerates it again, or others that differ from it in their inputs. To see how the
engine needs each kind of formula takes longer than to compute a small workbook.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from dealmodel.workbook.address import CellAt, named_area
from dealmodel.workbook.spelling.meanings import is_fixed
from dealmodel.workbook.spelling.plain import written_formula
from dealmodel.workbook.stored.shapes import FilledDown, Movable

if TYPE_CHECKING:
    from dealmodel.workbook.book import Book, DefinedName
    from dealmodel.workbook.stored.tables import Table

LARGEST = 2**22
"""Bytes of all sheets beyond which a workbook takes too long to compute for anything to be gained."""
MOST_KEPT = 10_000
"""Findings that are kept of workbooks that are alike, and names that such workbooks may have."""


class Filled:
    """A formula that may be filled down, and what it is translated to.

    Parameters
    ----------
    formula, at
        The formula and its cell.
    translated
        What it is translated to in all cells; None where each has to be translated itself.
    words
        The words of what it is translated to.
    """

    def __init__(self, formula: str, at: CellAt, translated: Movable | None, words: frozenset[str]) -> None:
        self._text, self._at = formula, at
        self.formula = Movable(formula, at.row, at.column)
        self.translated = translated
        self.words = words
        self.is_repeated = False
        """Whether another cell was found to hold it."""
        self._down: dict[int, FilledDown | None] = {}

    def down(self, column: int) -> FilledDown | None:
        """Return the formula and its translation down a column, as parts spell them; None where there is none."""
        if column not in self._down:
            text = self.translated.at(self._at.row, self._at.column) if self.translated else None
            self._down[column] = None if text is None else self._as_written(text, column)
        return self._down[column]

    def _as_written(self, text: str, column: int) -> FilledDown:
        place = self._at.row, self._at.column
        formula, translated = (Movable(written_formula(t), *place) for t in (self._text, text))
        return FilledDown(formula, translated, column)


class Findings:
    """What was found out about formulas.

    Parameters
    ----------
    telling_names
        The names that tell a formula that has to be translated.
    """

    def __init__(self, telling_names: tuple[str, ...]) -> None:
        self.telling_words = frozenset(map(str.casefold, telling_names))
        """Those names in lower case."""
        self.names_hold_digits = any(map(str.isdigit, "".join(telling_names)))
        self.stays: dict[bytes, bool] = {}
        """Whether a formula can stay as it is, by the formula with all digits alike."""
        self.stays_as_written: dict[bytes, bool] = {}
        """Whether it can stay as its part spells it, by that spelling with all digits alike."""
        self.filled: dict[tuple[str, bool, bool, str], Filled] = {}
        """What formulas are translated to, by sheet, care, whether they stand in a running column, and shape."""

    def limit(self) -> None:
        """Forget everything where it has become too much."""
        for found in (self.stays, self.stays_as_written, self.filled):
            if len(found) > MOST_KEPT:
                found.clear()


def findings_of(book: Book) -> Findings:
    """Return what is known of a workbook's formulas."""
    told_by = book.sheets, book.names, tuple(book.tables.values())
    if len(book.names) > MOST_KEPT or sum(len(book.sheet(sheet).part) for sheet in book.sheets) > LARGEST:
        return Findings(_telling_names(*told_by))
    findings = recent(*told_by)
    findings.limit()
    return findings


@lru_cache(maxsize=8)
def recent(sheets: tuple[str, ...], names: tuple[DefinedName, ...], tables: tuple[Table, ...]) -> Findings:
    """Return what is known of the formulas of workbooks with some sheets, names and tables."""
    return Findings(_telling_names(sheets, names, tables))


def _telling_names(
    sheets: tuple[str, ...], names: tuple[DefinedName, ...], tables: tuple[Table, ...]
) -> tuple[str, ...]:
    """Return the names that are not simply those of one cell."""
    telling = (name.name for name in names if name.sheet is not None or not _is_one_cell(name, sheets))
    return (*telling, *(table.name for table in tables))


def _is_one_cell(name: DefinedName, sheets: tuple[str, ...]) -> bool:
    area = named_area(name.text, sheets)
    return area is not None and area[1].height == area[1].width == 1 and is_fixed(name.text)
