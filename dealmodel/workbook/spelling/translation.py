"""Formulas as the engine needs them: what Excel takes for granted and the engine does not know, spelled out.

- A formula that was not entered as an array takes one cell of a range where a single value is expected: `@`.
- In an array, a function of single values is worked out for every element: `EACH`, which the engine host supplies.
- Structured references, references through several sheets, and names that stand for formulas become plain text.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from dealmodel.hosts.engine import can_read, words_in
from dealmodel.workbook.address import CellAt
from dealmodel.workbook.formulas import canonical
from dealmodel.workbook.spelling.bookfunctions import TOO_LARGE
from dealmodel.workbook.spelling.eachreference import TooManyCallsError
from dealmodel.workbook.spelling.findings import Filled, Findings, findings_of
from dealmodel.workbook.spelling.functionvalues import with_functions_in_place
from dealmodel.workbook.spelling.leftout import LEFT_OUT, with_texts_left_out
from dealmodel.workbook.spelling.meanings import Meanings, whole_region
from dealmodel.workbook.spelling.nodes import OF_ONE_RANGE
from dealmodel.workbook.spelling.plain import written_formula
from dealmodel.workbook.spelling.respelling import RESPELLED
from dealmodel.workbook.spelling.running import as_values
from dealmodel.workbook.spelling.syntax import parse
from dealmodel.workbook.spelling.wholelines import WholeLines
from dealmodel.workbook.spelling.writer import Writer
from dealmodel.workbook.stored.formulacells import LONGEST
from dealmodel.workbook.stored.formulakinds import digits_alike
from dealmodel.workbook.stored.shapes import Movable, shape, whole_references
from dealmodel.workbook.stored.storedcells import formula_text

if TYPE_CHECKING:
    from dealmodel.workbook.book import Book
    from dealmodel.workbook.stored.shapes import FilledDown

_TELLING_MARKS = ":[{#"
"""What a formula holds where it may be more than arithmetic on single cells."""
_TELLING_FUNCTIONS = frozenset(
    map(str.casefold, RESPELLED | OF_ONE_RANGE | {"SINGLE", "AREAS", "INDEX", "CHOOSE", "LAMBDA"})
)
"""Functions that tell the same, in lower case, beside ours and those that Excel marks as younger or another's."""
_CROSSING = re.compile(r"@(?:'[^']*'!|\w+!)?\$?[A-Za-z]*\$?\d*:")
"""A range of which the cell in the formula's own row or column is taken."""
_UNION = re.compile(r"[(,]\((?:[^()\"]+,)+[^()\"]+\)")
"""Several references in brackets, of which the engine takes no single cells."""
_CALLED = re.compile(r"([^\W\d][\w.]*)\s*\(")
_FUNCTION_VALUE = re.compile(r"LAMBDA\(|_xleta\.", re.IGNORECASE)
"""What a formula holds in which functions are values."""
_LEFT_OUT = re.compile(LEFT_OUT)
_WORD = re.compile(r"[^\W\d][\w.\\?]*|\\[\w.\\?]*")
_LATER = ("dm_", "_xlfn.", "_xludf.")
"""What stands in the names of our functions, and before those of Excel's younger ones and another's."""

_DEEPEST = 60
"""Brackets up to which the engine reads what is spelled with care, however they nest."""


class Translator:
    """Translates the formulas of a workbook for the engine.

    Parameters
    ----------
    book
        The workbook, for its names, tables and sheets.
    """

    def __init__(self, book: Book) -> None:
        self.meanings = Meanings(book)
        self.words: set[str] = set()
        """The words of all that was translated, for the engine."""
        self._by_shape: dict[tuple[str, bool, bool, str], Filled] = {}
        """The findings that hang on which cells the workbook holds, and so are of this one alone."""
        self._above: dict[tuple[str, int, bool, bool], Filled] = {}
        """The last formula of each column, which is mostly the one that is filled down."""

    @cached_property
    def _findings(self) -> Findings:
        return findings_of(self.meanings.book)

    def translate(self, formula: str, at: CellAt, *, array: bool, careful: bool = False, running: bool = False) -> str:
        """Return a formula as the engine needs it; one that cannot be parsed comes back as it is.

        Parameters
        ----------
        formula
            As the workbook holds it.
        at
            The cell in which it stands.
        array
            Whether it works on whole ranges: it was entered as an array, or spills.
        careful
            Whether operators, conditional sums and texts of numbers are those of `hosts.supplements` too, which are
            Excel's to the last digit and slower.
        running
            Whether it stands in a long column that runs on from cell to cell, and is spelled `as_values`.
        """
        formula = self.meanings.resolved(formula)
        if array:
            # Whole lines alone the engine gives as far as they are filled, where blanks cut short would not fit.
            alone = whole_region(formula) is not None
            return formula if alone else self._translated(formula, at, array=True, careful=careful)
        if not careful and not running and self._stays(formula):
            return formula
        filled = self._above.get((at.sheet, at.column, careful, running))
        if filled is not None and filled.formula.reads(formula, at.row, at.column):
            filled.is_repeated = True
        else:
            found = shape(formula, at.row, at.column)
            if found is None:
                return self._translated(formula, at, array=False, careful=careful, running=running)
            filled = self._filled(formula, at, found, careful=careful, running=running)
            self._above[at.sheet, at.column, careful, running] = filled
        moved = None if filled.translated is None else filled.translated.at(at.row, at.column)
        if moved is None:
            return self._translated(formula, at, array=False, careful=careful, running=running)
        return moved

    def _filled(self, formula: str, at: CellAt, found: str, *, careful: bool, running: bool) -> Filled:
        """Return what formulas of one shape are translated to."""
        key = (at.sheet, careful, running, found)
        known = self._findings.filled.get(key) or self._by_shape.get(key)
        if known is None:
            self.meanings.looked_at_cells = False
            text = self._translated(formula, at, array=False, careful=careful, running=running)
            movable = self._movable(formula, text, at, careful=careful, running=running)
            known = Filled(formula, at, movable, frozenset(words_in(text)))
            (self._by_shape if self.meanings.looked_at_cells else self._findings.filled)[key] = known
        self.words |= known.words
        return known

    def down(self, sheet: str, column: int, *, careful: bool, running: bool) -> FilledDown | None:
        """Return the last formula of a column with how the engine needs it, where it is filled down; else None.

        Parameters
        ----------
        sheet, column
            The column.
        careful, running
            As in `translate`.
        """
        above = self._above.get((sheet, column, careful, running))
        return above.down(column) if above is not None and above.is_repeated else None

    def copied(self, formula: str, at: CellAt, *, careful: bool, running: bool) -> Movable | None:
        """Return how parts spell what the engine needs, for all cells that share a formula; None where it differs.

        Parameters
        ----------
        formula, at
            The formula as it reads in one of the cells; it was not entered as an array.
        careful, running
            As in `translate`.
        """
        text: str | None = formula
        if careful or running or not self._stays(formula):
            found = shape(formula, at.row, at.column)
            filled = None if found is None else self._filled(formula, at, found, careful=careful, running=running)
            movable = None if filled is None else filled.translated
            text = None if movable is None else movable.at(at.row, at.column)
        if text is None or Movable(formula, at.row, at.column).grows:
            return None
        return Movable(written_formula(text), at.row, at.column)

    def stays_as_written(self, formula: bytes) -> bool:
        """Whether the engine needs a formula as its part spells it."""
        key = digits_alike(formula)
        known = self._findings.stays_as_written.get(key)
        if known is None:
            text = formula_text(formula)
            # Escaped characters are spelled with digits, too.
            is_plain = not self._findings.names_hold_digits and b"_x" not in formula and len(formula) <= LONGEST
            known = is_plain and written_formula(text).encode() == formula and self._stays(text)
            self._findings.stays_as_written[key] = known
        return known

    def outgrown(self, *cells: CellAt) -> bool:
        """Take cells for used; whether formulas were translated that took them for blank and have to be anew."""
        grown = [self.meanings.outgrown(*at) for at in cells]
        if any(grown):
            self._by_shape.clear()
            self._above.clear()
        return any(grown)

    def _movable(self, formula: str, text: str, at: CellAt, *, careful: bool, running: bool) -> Movable | None:
        """Return a translated formula for all cells, or None where it is another one elsewhere, as INDIRECT may be."""
        if _CROSSING.search(text):
            # Elsewhere a line may cross the range that does not cross it here.
            return None
        movable = Movable(text, at.row, at.column)
        down, right = at.row + 1, at.column + 1
        elsewhere = Movable(formula, at.row, at.column).at(down, right)
        if elsewhere is None or not whole_references(text) <= whole_references(formula):
            return None
        there = self._translated(
            elsewhere, CellAt(at.sheet, down, right), array=False, careful=careful, running=running
        )
        return movable if there == movable.at(down, right) else None

    def _stays(self, formula: str) -> bool:
        """Whether the engine needs a formula in no other spelling."""
        key = digits_alike(formula.encode("utf-8", "surrogatepass"))
        known = None if self._findings.names_hold_digits else self._findings.stays.get(key)
        if known is None:
            known = self._findings.stays[key] = canonical(formula) == formula and not self._tells(formula)
        return known

    def _translated(self, formula: str, at: CellAt, *, array: bool, careful: bool, running: bool = False) -> str:
        text = self._translate(formula, at, array=array, careful=careful)
        if running:
            text = as_values(text, at.row, at.column)
        self.words |= words_in(text)
        return text

    def _translate(self, formula: str, at: CellAt, *, array: bool, careful: bool) -> str:
        text = canonical(formula)
        if not array and not careful and not self._tells(text):
            return text
        tree = parse(self.meanings.without_tables(text, at))
        if tree is None:
            return text
        if self.meanings.lambdas or _FUNCTION_VALUE.search(text):
            tree = with_functions_in_place(tree, lambda reference: self.meanings.lambda_of(reference, at))
        try:
            if _LEFT_OUT.search(text):
                tree = with_texts_left_out(tree)
            lines = WholeLines(self.meanings, at, tree)
            writer = Writer(self.meanings, at, last=tree if careful else None, lines=lines)
            piece = writer.write(tree, "A" if array else "V", array=array)
        except RecursionError:
            # Names of names of names; what the engine cannot read of it keeps its stored value.
            return text
        except TooManyCallsError:
            return f"{TOO_LARGE}()"
        found = f"@({piece.text})" if piece.many and not array else piece.text
        if careful and found.count("(") > _DEEPEST and not can_read(found):
            # It is care that nests it deeper than the engine reads.
            return self._translate(formula, at, array=array, careful=False)
        return found

    def _tells(self, formula: str) -> bool:
        """Whether a formula holds what has to be translated."""
        words = _words_of_single_values(formula)
        return words is None or not words.isdisjoint(self._findings.telling_words)


@lru_cache(maxsize=1024)
def _words_of_single_values(formula: str) -> frozenset[str] | None:
    """Return the words of a formula in lower case; None where it may be more than arithmetic on single cells."""
    if any(mark in formula for mark in _TELLING_MARKS):
        return None
    if ("((" in formula or ",(" in formula) and _UNION.search(formula):
        return None
    text = formula.casefold()
    words = frozenset(_WORD.findall(text))
    is_marked = any(mark in text for mark in _LATER)
    # Growth and index are names that models have, too.
    is_telling = not words.isdisjoint(_TELLING_FUNCTIONS) and not _TELLING_FUNCTIONS.isdisjoint(_CALLED.findall(text))
    return None if is_marked or is_telling else words
