"""A workbook in the engine: how it gets there, what it was given since, and what its formulas give."""

from __future__ import annotations

import itertools
from functools import cached_property
from typing import TYPE_CHECKING

from dealmodel.hosts.engine import FIT, MOST_SPILLED, Engine
from dealmodel.workbook.address import MAX_COLUMN, MAX_ROW, Area, CellAt
from dealmodel.workbook.computing.computedcells import ComputedCells
from dealmodel.workbook.computing.dependence import Dependence, split_area
from dealmodel.workbook.spelling.bookfunctions import register_book_functions
from dealmodel.workbook.spelling.meanings import whole_region
from dealmodel.workbook.spelling.normalise import DISPLAYED, engine_formula, plain_copy
from dealmodel.workbook.spelling.translation import Translator
from dealmodel.workbook.stored.numbers import reading_ahead

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from dealmodel.cells import Scalar
    from dealmodel.hosts.engine_values import Uncomputed
    from dealmodel.workbook.book import Book
    from dealmodel.workbook.stored.storedcells import Place

PUT_BY_THEMSELVES = 1 / 8
"""Part of the formulas that the engine is given by themselves: each takes as long as to load some others anew."""


class Evaluation:
    """A workbook in the engine.

    Parameters
    ----------
    book
        The stored workbook.
    now
        What NOW() and TODAY() give.
    seed
        What the numbers of RAND() and its kin follow from.
    """

    def __init__(self, book: Book, now: datetime, seed: int) -> None:
        self.book = book
        self.cells = ComputedCells(book)
        self.translator = Translator(book)
        self.given: dict[CellAt, Scalar] = {}
        """The constants that the engine was given in place of what the workbook stores."""
        self.spills: dict[CellAt, Area] = {}
        """The ranges that dynamic arrays fill, by their first cell."""
        self.spilled: dict[CellAt, CellAt] = {}
        """The cells of dynamic arrays, with the first."""
        self._now = now
        self._seed = seed
        self._linked: tuple[str, ...] = ()
        """The sheets of other workbooks whose stored cells the engine has."""
        self._circular: frozenset[CellAt] | None = None

    # -- into the engine -------------------------------------------------------------------------------------------

    @cached_property
    def engine(self) -> Engine:
        """The engine, which reads the workbook when it is first asked for."""
        return self._loaded(plain_copy(self.book, self.translator, self.careful), self._seed)

    def _loaded(self, data: bytes, seed: int) -> Engine:
        """Return the engine with the workbook's plain copy and with what it was given since."""
        settings = self.book.settings
        iterate = (settings.iterations, settings.change) if settings.iterate else None
        words = {*self.cells.words, *self.translator.words, *((FIT,) if self.cells.arrays else ())}
        if settings.as_displayed:
            words.add(DISPLAYED)
        sheets = self.book.sheets
        self._linked = tuple(self.book.linked_sheets)
        engine = Engine(data, self._now, iterate, date1904=settings.date1904, seed=seed, words=words, sheets=sheets)
        register_book_functions(engine, self.book)
        for at, value in self.given.items():
            engine.set_value(*at, value)
        if settings.iterate:
            self._begin_circles(engine)
        return engine

    def _begin_circles(self, engine: Engine) -> None:
        """Let circles begin with the stored values, from which Excel goes on."""
        # What depends on what is known when it has been evaluated.
        engine.evaluate()
        if self._circular is None and not (engine.met_circles or self.cells.what_ifs):
            # Many workbooks may iterate and have no circle, which is quicker to know than what depends on what.
            self._circular = frozenset()
        if self._circular is None:
            dependence = Dependence(engine, self.filled_from, self.cells)
            self._circular = dependence.in_or_behind_circles(self.cells.formulas)
        # Without a stored value they begin with 0, not with what they have just been evaluated to.
        begun = {at: self.book.value(at) for at in self._circular - self.cells.arrays.keys()}
        for at, value in begun.items():
            engine.set_value(*at, 0.0 if value is None else value)
        for at in begun:
            engine.put_formula(*at, self._engine_formula(at))

    @property
    def circular(self) -> frozenset[CellAt]:
        """The cells that circular references lead to, in a workbook that iterates."""
        return self._circular or frozenset()

    def load_anew(self) -> None:
        """Let the engine read the workbook once more."""
        for derived in ("engine", "dependence"):
            self.__dict__.pop(derived, None)

    def give(self, at: CellAt, value: Scalar) -> None:
        """Give the engine a constant for a cell."""
        self.given[at] = value
        self.engine.set_value(*at, value)

    def give_all(self, values: Mapping[CellAt, Scalar]) -> None:
        """Give the engine constants for many cells."""
        self.given.update(values)
        self.engine.set_values(values.items())

    @cached_property
    def careful(self) -> set[CellAt]:
        """The cells whose formulas the engine works out to Excel's last digit: at first those without a value.

        Programs that compute nothing store zeros, if anything: where there is nothing else, that is no value.
        """
        formulas = {sheet: self.book.formulas(sheet) for sheet in self.book.sheets}
        is_computed = any(map(self._holds_values, formulas))
        without = {
            CellAt(sheet, *place)
            for sheet, on_sheet in formulas.items()
            for place in (on_sheet.without_value if is_computed else on_sheet.places)
        }
        return without & self.cells.needing_care if without else without

    def _holds_values(self, sheet: str) -> bool:
        """Whether a formula of a sheet has a stored value that is not nothing; mostly the first one has."""
        numbers = itertools.compress(itertools.count(), self.book.formulas(sheet).are_there)
        part, strings = self.book.sheet(sheet), self.book.strings
        return any(part.value_at(i, strings) for i in numbers)

    @cached_property
    def dependence(self) -> Dependence:
        """Which cells depend on which."""
        return Dependence(self.engine, self.filled_from, self.cells)

    def filled_from(self, at: CellAt) -> Area | None:
        """Return the range that the array which begins in a cell fills, or None."""
        return self.spills.get(at) or self.cells.arrays.get(at)

    def may_need_care(self, at: CellAt) -> bool:
        """Whether a cell holds a formula that may have to be spelled with care and is not."""
        return at in self.cells.needing_care and at not in self.careful

    @property
    def is_careful(self) -> bool:
        """Whether all formulas are spelled with care that may have to be."""
        # Where none is, which cells may have to be is not worth finding out.
        return bool(self.careful) and len(self.careful) == len(self.cells.needing_care)

    def spell_with_care(self, cells: Collection[CellAt]) -> None:
        """Let the engine work the formulas of some cells out to Excel's last digit."""
        self.careful.update(cells)
        if len(cells) > PUT_BY_THEMSELVES * sum(len(self.book.formulas(sheet)) for sheet in self.book.sheets):
            self.load_anew()
        else:
            self.engine.put_formulas({at: self._engine_formula(at) for at in cells})

    def put_formula(self, at: CellAt) -> None:
        """Give the engine the formula of a cell once more."""
        self.engine.put_formula(*at, self._engine_formula(at))

    def _engine_formula(self, at: CellAt) -> str:
        area = self.cells.arrays.get(at)
        return engine_formula(self.book, self.translator, at, area, careful=at in self.careful)

    def drawing_anew(self) -> Iterator[Engine]:
        """Give the workbook in the engine once more and once more, with other random numbers each time."""
        data = plain_copy(self.book, self.translator, self.careful)
        for seed in itertools.count(self._seed + 1):
            yield self._loaded(data, seed)

    # -- out of the engine -----------------------------------------------------------------------------------------

    def evaluate(self, kept: Collection[CellAt]) -> dict[CellAt, Scalar | Uncomputed]:
        """Evaluate and return the values that are not the stored ones, of formulas and of cells that arrays fill.

        Parameters
        ----------
        kept
            The cells that keep their stored values, whose arrays fill what they filled before.
        """
        self.engine  # noqa: B018  it reads the workbook before
        with reading_ahead([self.book.sheet(sheet) for sheet in self.book.sheets if not self.book.knows_values(sheet)]):
            self.engine.evaluate()
        self.spills = {at: self._spill(at) for at in self.cells.dynamic if at not in kept}
        ends = [CellAt(at.sheet, *area[2:]) for at, area in self.spills.items()]
        if self.translator.outgrown(*ends):
            self.load_anew()
            return self.evaluate(kept)
        self.spilled = {CellAt(at.sheet, *place): at for at, area in self.spills.items() for place in area.places()}
        filled: dict[str, dict[Place, None]] = {}
        for at in (*self.cells.covered, *self.spilled):
            filled.setdefault(at.sheet, {})[at[1:]] = None
        found: dict[CellAt, Scalar | Uncomputed] = {}
        for sheet in self.book.sheets:
            places, values = self.book.formulas(sheet).places, self.book.formula_values(sheet)
            if sheet in filled:
                places = list(dict.fromkeys([*places, *filled[sheet]]))
                values = list(map(self.book.values(sheet).get, places))
            news = self.engine.news(sheet, places, values)
            found.update((CellAt(sheet, *place), value) for place, value in news.items())
        for at, area in self.spills.items():
            # What an array filled before and does not fill any more is empty.
            left = (place for place in self.cells.arrays[at].places() if not area.holds(*place))
            found.update((CellAt(at.sheet, *place), None) for place in left)
        return found

    def _spill(self, at: CellAt) -> Area:
        stored = self.cells.arrays[at]
        region = whole_region(self.cells.formula(at) or "")
        if region is not None and (region.height, region.width) == (stored.height, stored.width):
            # The engine stops at the last cell in use; beyond it a whole row or column is nothing but zeros.
            return stored
        extent = self.engine.spill(str(at))
        area = split_area(extent)[1] if extent else None
        return area or Area(*at[1:], *at[1:])

    def anchor(self, at: CellAt) -> CellAt:
        """Return the cell whose formula gives a cell its value: of an array, the first."""
        return self.spilled.get(at) or self.cells.covered.get(at, at)

    @property
    def grown(self) -> Mapping[CellAt, Area]:
        """The new range of every array that no longer fits into its stored one, by its first cell."""
        return {at: area for at, area in self.spills.items() if not self.cells.arrays[at].covers(area)}

    def is_too_large_to_spill(self, at: CellAt) -> bool:
        """Whether the array that begins in a cell fills more cells than the engine lets it."""
        area = self.cells.arrays[at]
        if at not in self.cells.dynamic:
            return area.height * area.width > MOST_SPILLED
        rows = self.capture(at, self.cells.formula(at) or "")
        return len(rows) * len(rows[0]) > MOST_SPILLED

    def capture(self, at: CellAt, formula: str) -> list[list[Scalar]]:
        """Return the value, as rows, of a formula that stands in a cell."""
        text = self.translator.translate(formula, at, array=True)
        if len(self.book.linked_sheets) > len(self._linked):
            # It is the first one that refers to a sheet of another workbook.
            self.load_anew()
        return self.engine.capture(at.sheet, *self._free_place(at.sheet), text)

    def _free_place(self, sheet: str) -> tuple[int, int]:
        """Return a place beyond all that the sheet holds."""
        places = [*self.book.sheet(sheet).cells, *(at[1:] for at in self.given if at.sheet == sheet)]
        row, column = (max(found, default=0) + 2 for found in zip(*places, strict=True)) if places else (2, 2)
        return min(row, MAX_ROW), min(column, MAX_COLUMN)
