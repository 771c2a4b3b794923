"""Functions that need the workbook beside the values that the engine hands to them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dealmodel.cells import OMITTED_TEXT, CellError
from dealmodel.hosts.engine_values import TOO_LONG
from dealmodel.hosts.supplements.refusals import errors_as_values, refuse
from dealmodel.hosts.supplements.values import one
from dealmodel.workbook.address import CellAt, parse_region, split_sheet
from dealmodel.workbook.spelling.meanings import Meanings
from dealmodel.workbook.spelling.offsets import OFFSETS, EachOffset
from dealmodel.workbook.spelling.totals import TOTAL, Totals

if TYPE_CHECKING:
    from dealmodel.hosts.engine import Engine
    from dealmodel.hosts.engine_values import EngineValue
    from dealmodel.workbook.address import Area
    from dealmodel.workbook.book import Book

FORMULA = "DEALMODEL_FORMULA"
"""Function of the engine's only: the formula of a cell, or whether it has one."""
TOO_LARGE = "DEALMODEL_TOO_LARGE"
"""Function of the engine's only: stands for a formula of more calls than the engine can be given."""
PLACE = "DEALMODEL_PLACE"
"""Function of the engine's only: the address that a text is, or the error of one that is none."""
LINES = "DEALMODEL_LINES"
"""Function of the engine's only: the rows or columns that an address in a text names, or whether it is an address."""
TABLE_CELLS = "DEALMODEL_TABLE_CELLS"
"""Function of the engine's only: a text in which a reference to a table is the address of its cells."""
_PREFIX = re.compile(r"_xlfn\.(?:_xlws\.|SINGLE(?=\())?|_xl(?:pm|op)\.", re.IGNORECASE)
"""What files put before the names of younger functions and of their parameters."""


def register_book_functions(engine: Engine, book: Book) -> None:
    """Give the engine the functions that need the workbook."""
    totals = Totals(book)
    engine.register(TOTAL, totals)
    engine.register(OFFSETS, EachOffset(totals))
    engine.register(TOO_LARGE, lambda: TOO_LONG, 0)
    engine.register(FORMULA, Formulas(book), 4)
    engine.register(PLACE, Places(book), 2)
    engine.register(LINES, Lines(book), 2)
    engine.register(TABLE_CELLS, TableCells(book), 2)


class TableCells:
    """Reads references to tables in texts, as INDIRECT("Sales["&A1&"]") has them.

    Parameters
    ----------
    book
        The stored workbook.
    """

    def __init__(self, book: Book) -> None:
        self._meanings = Meanings(book)

    def __call__(self, text: EngineValue, row: EngineValue) -> EngineValue:
        """Return the text with the addresses of cells in place of references to tables.

        Parameters
        ----------
        text
            The text; anything else comes back as it is.
        row
            The row of the formula.
        """
        return self._meanings.without_tables(text, CellAt("", int(row), 0)) if isinstance(text, str) else text


class Lines:
    """Gives ROW, COLUMN, ROWS and COLUMNS of an address in a text, without a look at the cells there.

    To the engine `ROW(INDIRECT("1:"&n))` depends on the cells of these rows, itself among them, and comes to nothing.

    Parameters
    ----------
    book
        The stored workbook.
    """

    def __init__(self, book: Book) -> None:
        self._book = book

    def __call__(self, text: EngineValue, what: EngineValue) -> EngineValue:
        """Return what a function tells of an address.

        Parameters
        ----------
        text
            The address. Any other text, such as a name, is left to INDIRECT.
        what
            The function's name; of any other word, whether the text is an address.
        """
        area = self._area(text)
        if area is None:
            return False
        if what == "ROW":
            return [[float(row)] for row in range(area.top, area.bottom + 1)]
        if what == "COLUMN":
            return [[float(column) for column in range(area.left, area.right + 1)]]
        return float(area.height) if what == "ROWS" else float(area.width) if what == "COLUMNS" else True

    def _area(self, text: EngineValue) -> Area | None:
        if not isinstance(text, str):
            return None
        split = split_sheet(text)
        if split is not None and self._book.find_sheet(split[0]) is None:
            return None
        return parse_region(split[1] if split else text)


class Formulas:
    """Gives FORMULATEXT and ISFORMULA, of which the engine knows its own formulas only.

    Parameters
    ----------
    book
        The stored workbook.
    """

    def __init__(self, book: Book) -> None:
        self._book = book

    def __call__(self, sheet: str, row: EngineValue, column: EngineValue, whether: bool) -> EngineValue:
        """Return the formula of a cell, or whether it has one.

        Parameters
        ----------
        sheet, row, column
            The cell.
        whether
            Whether to tell only whether it has one.
        """
        return errors_as_values(self._formula)(sheet, row, column, whether)

    def _formula(self, sheet: str, row: EngineValue, column: EngineValue, whether: bool) -> EngineValue:
        name = self._book.find_sheet(sheet)
        refuse(name is None or isinstance(row, dict) or isinstance(column, dict), CellError.NA)
        at = CellAt(name or "", int(row), int(column))
        text = self._book.formulas(at.sheet).get(at[1:])
        cell = self._book.cell(at)
        if whether:
            return text is not None
        refuse(text is None, CellError.NA)
        shown = f"={_PREFIX.sub('', text or '')}"
        entered_as_array = cell is not None and cell.formula is not None and cell.formula.kind == "array"
        return f"{{{shown}}}" if entered_as_array and cell is not None and not cell.dynamic else shown


class Places:
    """Tells whether a text is an address, for INDIRECT, where the engine gives other errors than Excel.

    Parameters
    ----------
    book
        The stored workbook.
    """

    def __init__(self, book: Book) -> None:
        self._book = book

    def __call__(self, text: EngineValue, style: EngineValue = OMITTED_TEXT) -> EngineValue:
        """Return the text, or an error where it is no address of a cell that there is."""
        return errors_as_values(self._place)(text, style)

    def _place(self, text: EngineValue, style: EngineValue) -> EngineValue:
        cell = one(text)
        if style != OMITTED_TEXT:
            one(style)
        refuse(not isinstance(cell, str) or not cell, CellError.REF)
        split = split_sheet(str(cell))
        refuse(split is not None and self._book.find_sheet(split[0]) is None, CellError.REF)
        return cell
