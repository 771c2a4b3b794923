"""What the names, the tables and the sheets of a workbook mean to its formulas."""

from __future__ import annotations

import itertools
import re
from functools import cached_property
from typing import TYPE_CHECKING

from dealmodel.cells import CellError
from dealmodel.workbook.address import Area, CellAt, column_letters, parse_region, split_sheet
from dealmodel.workbook.formulas import canonical, move, refers_outside, tokens
from dealmodel.workbook.spelling.lambdas import ETA, calls_itself, is_lambda, reference_to
from dealmodel.workbook.spelling.syntax import parse

if TYPE_CHECKING:
    from dealmodel.workbook.book import Book, DefinedName
    from dealmodel.workbook.spelling.syntax import Node
    from dealmodel.workbook.stored.tables import Table

WHOLE_LINES = re.compile(r"\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3}|\$?\d{1,7}:\$?\d{1,7}")
"""A reference to whole columns or rows."""
_IN_FORMULA = re.compile(rf"(?<![\w$.])(?:{WHOLE_LINES.pattern})(?![\w(])")


class Meanings:
    """What formulas of a workbook refer to by name.

    Parameters
    ----------
    book
        The workbook.
    """

    def __init__(self, book: Book) -> None:
        self.book = book
        self._used: dict[str, tuple[int, int]] = {}
        """The last row and column in use, of the sheets for which that was asked."""
        self._added: dict[str, tuple[int, int]] = {}
        """The last row and column of the cells that were filled since the workbook was stored."""
        self._vast: dict[str, bool] = {}
        """The sheets of which formulas know single cells, with whether others have been filled since."""
        self.looked_at_cells = False
        """Whether something was asked that hangs on which cells or links the workbook holds, since this was set."""

    def used(self, sheet: str) -> tuple[int, int]:
        """Return the last row and the last column of a sheet that are in use."""
        self.looked_at_cells = True
        if sheet not in self._used:
            rows, columns = zip(*self.book.sheet(sheet).cells, self._added.get(sheet, (1, 1)), strict=True)
            self._used[sheet] = max(rows), max(columns)
        return self._used[sheet]

    def outgrown(self, sheet: str, row: int, column: int) -> bool:
        """Take a cell for used; whether formulas were written that took it for blank."""
        was_vast = self._vast.get(sheet) is False
        self._vast = {**self._vast, sheet: True} if was_vast else self._vast
        rows, columns = self._added.get(sheet, (1, 1))
        self._added[sheet] = max(rows, row), max(columns, column)
        if sheet not in self._used or (row <= self._used[sheet][0] and column <= self._used[sheet][1]):
            return was_vast
        del self._used[sheet]
        return True

    def is_filled_since(self, sheet: str) -> bool:
        """Whether cells of a sheet were filled since formulas know single ones of it, which they do from now on."""
        self.looked_at_cells = True
        return self._vast.setdefault(sheet, sheet in self._added)

    def name(self, name: str, sheet: str | None, at: CellAt) -> DefinedName | None:
        """Return the defined name that a formula means, the sheet's own before the workbook's."""
        scopes = (sheet, None) if sheet is not None else (at.sheet, None)
        return next((self.names[s, name.casefold()] for s in scopes if (s, name.casefold()) in self.names), None)

    def named(self, reference: str, at: CellAt) -> DefinedName | None:
        """Return the defined name that a reference in a formula is, with the name of a sheet before it or without."""
        sheet, address = split_sheet(reference) or (None, reference)
        return self.name(address, sheet, at)

    def tree_of(self, name: DefinedName, at: CellAt) -> Node | None:
        """Return the tree of a name's formula as it reads in a cell, for it is stored as it reads in A1."""
        text = self.resolved(canonical(name.text))
        if refers_outside(text):
            return None
        return parse(self.without_tables(move(text, at.row - 1, at.column - 1), at))

    def lambda_of(self, reference: str, at: CellAt) -> Node | None:
        """Return the tree of a defined name that is a LAMBDA and never calls itself, or None for any other."""
        name = self.named(reference, at) if self.lambdas else None
        tree = self.tree_of(name, at) if name is not None and name.name.casefold() in self.lambdas else None
        if name is None or tree is None or not is_lambda(tree) or calls_itself(name, tree, self.lambdas):
            return None
        return tree

    def function_named(self, node: Node, at: CellAt) -> Node:
        """Return the name of a LAMBDA that stands for itself as a function's; any other part of a formula as it is."""
        name = self.named(node["reference"], at) if self.lambdas and node["node_type"] == "Reference" else None
        tree = self.tree_of(name, at) if name is not None and name.name.casefold() in self.lambdas else None
        return node if name is None or tree is None or not is_lambda(tree) else reference_to(f"{ETA}{name.name}")

    def resolved(self, formula: str) -> str:
        """Return a formula with references to cells that are stored of other workbooks in place of those to them."""
        if "[" not in formula:
            return formula
        self.looked_at_cells = True
        return self.book.links.resolved(formula)

    def without_tables(self, formula: str, at: CellAt) -> str:
        """Return a formula in a cell with its structured references as references to cells."""
        if "[" not in formula and not self.book.tables:
            return formula
        pieces: list[str] = []
        cut = [*tokens(formula), ("", "")]
        for (kind, text), (next_kind, following) in itertools.pairwise(cut):
            named = self.book.tables.get(pieces[-1].casefold()) if kind == "bracket" and pieces else None
            is_bare = kind == "bracket" and named is None and next_kind != "word" and following != "!"
            table = self._table_around(at) if is_bare else named
            if table is not None:
                area = table.resolve(text[1:-1], at.row)
                pieces[len(pieces) - (named is not None) :] = [
                    cells_text(table.sheet, area) if area else CellError.REF.value
                ]
            elif kind == "word" and next_kind != "bracket" and following not in ("(", "!"):
                pieces.append(self._bare_table(text, at.row) or text)
            else:
                pieces.append(text)
        return "".join(pieces)

    def _table_around(self, at: CellAt) -> Table | None:
        """Return the table in which a cell lies, whose name its formulas may leave out."""
        tables = self.book.tables.values()
        return next((t for t in tables if t.sheet == at.sheet and t.area.holds(at.row, at.column)), None)

    def _bare_table(self, name: str, row: int) -> str | None:
        """Return the cells of a table that is named without brackets."""
        table = None if parse_region(name) else self.book.tables.get(name.casefold())
        area = table.resolve("", row) if table else None
        return cells_text(table.sheet, area) if table and area else None

    def find_sheet(self, name: str) -> str | None:
        """Return the sheet of that name in any case, as Excel has it: of this workbook, or one stored of another."""
        found = self.book.find_sheet(name)
        if found is not None or not self.book.linked_sheets:
            return found
        self.looked_at_cells = True
        return self.book.links.find_sheet(name)

    def through_sheets(self, reference: str) -> list[str]:
        """Return the references that a reference through several sheets stands for, such as `Jan:Dec!B4`."""
        sheet, address = split_sheet(reference) or ("", "")
        first, mark, last = sheet.partition(":")
        if not mark:
            return []
        ends = [self.find_sheet(name) for name in (first, last)]
        if ends[0] is None or ends[1] is None:
            return []
        if ends[0] not in self.book.sheets:
            return [f"{quoted(name)}!{address}" for name in self.book.links.between(ends[0], ends[1])]
        order = self.book.sheets
        begin, end = sorted(order.index(name) for name in ends if name is not None)
        return [f"{quoted(name)}!{address}" for name in order[begin : end + 1]]

    @property
    def totals_are_plain(self) -> bool:
        """Whether no row is hidden and there is no AGGREGATE, of which the engine's SUBTOTAL knows nothing."""
        self.looked_at_cells = True
        return self._totals_are_plain

    @cached_property
    def _totals_are_plain(self) -> bool:
        parts = [self.book.sheet(sheet) for sheet in self.book.sheets]
        return not any(part.hidden_rows or b"AGGREGATE" in part.part for part in parts)

    @cached_property
    def lambdas(self) -> dict[str, str]:
        """The formulas of the defined names that are LAMBDAs, by name, in lower case."""
        texts = {name.name.casefold(): name.text.casefold() for name in self.book.names}
        return {name: text for name, text in texts.items() if "lambda(" in text}

    @cached_property
    def names(self) -> dict[tuple[str | None, str], DefinedName]:
        """The defined names by sheet, None for the whole workbook, and name in lower case."""
        return {(n.sheet, n.name.casefold()): n for n in self.book.names}


def is_fixed(reference: str) -> bool:
    """Whether a reference is the same wherever it stands."""
    return move(reference, 1, 1) == reference


def whole_region(formula: str) -> Area | None:
    """Return the rows or columns that a formula is, if it is nothing but a reference to whole ones."""
    address = (split_sheet(formula) or ("", formula))[1]
    return parse_region(address) if WHOLE_LINES.fullmatch(address) else None


def holds_whole_lines(formula: str) -> bool:
    """Whether a formula refers to whole rows or columns.

    Examples
    --------
    >>> holds_whole_lines("SUM(A:B)*2"), holds_whole_lines("SUM(A1:B2)")
    (True, False)
    """
    return _IN_FORMULA.search(formula) is not None


def cells_text(sheet: str, area: Area) -> str:
    """Return a reference to cells of a sheet that is the same wherever it stands.

    Examples
    --------
    >>> cells_text("P&L", Area(1, 1, 2, 2)), cells_text("Q", Area(3, 1, 3, 1))
    ("'P&L'!$A$1:$B$2", "'Q'!$A$3")
    """
    ends = dict.fromkeys(f"${column_letters(column)}${row}" for row, column in (area[:2], area[2:]))
    return f"{quoted(sheet)}!{':'.join(ends)}"


def quoted(sheet: str) -> str:
    """Return a sheet's name in quotes, which every name may stand in."""
    return "'" + sheet.replace("'", "''") + "'"
