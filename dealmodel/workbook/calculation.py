"""The formulas of a workbook, computed by the engine: what they give, and which of them it cannot compute."""

from __future__ import annotations

import itertools
from functools import cached_property
from typing import TYPE_CHECKING

from dealmodel.catalogue import CATALOGUE
from dealmodel.cells import CellError, Scalar
from dealmodel.hosts.engine import SEED, Engine
from dealmodel.hosts.engine_values import UNCOMPUTED, Uncomputed
from dealmodel.hosts.supplements import given_up
from dealmodel.workbook.accuracy import CHANCES, differ_as_programs_do, same
from dealmodel.workbook.address import MAX_COLUMN, MAX_ROW, Area, CellAt
from dealmodel.workbook.arguments import is_known
from dealmodel.workbook.bookfunctions import register_book_functions
from dealmodel.workbook.careful import may_need_care
from dealmodel.workbook.computedcells import ComputedCells, Kept, hiding
from dealmodel.workbook.computedvalues import ComputedValues
from dealmodel.workbook.dependence import Dependence, split_area
from dealmodel.workbook.formulas import called_functions, canonical
from dealmodel.workbook.meanings import whole_region
from dealmodel.workbook.normalise import engine_formula, plain_copy
from dealmodel.workbook.translation import Translator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from dealmodel.workbook.book import Book
    from dealmodel.workbook.storedcells import Place
    from dealmodel.workbook.whatif import WhatIf


_SPELLED = frozenset({"_XLFN.SINGLE", "_XLFN.ANCHORARRAY", "_XLFN.LAMBDA", "_XLFN.LET"})
"""Functions that stand for operators, or for names of values, and never for a call."""
PUT_ONE_BY_ONE = 100
"""Formulas that the engine is given one by one: each takes as long as loading some hundred of them does."""


class Calculation:
    """The formulas of a workbook and their values.

    Parameters
    ----------
    book
        The stored workbook.
    now
        What NOW() and TODAY() give.
    seed
        What the numbers of RAND() and its kin follow from.
    """

    def __init__(self, book: Book, now: datetime, seed: int = SEED) -> None:
        self.cells = ComputedCells(book)
        self._book = book
        self._now = now
        self._seed = seed
        self._translator = Translator(book)
        self._results: ComputedValues | None = None
        self._at_first: ComputedValues | None = None
        """The values before any input was changed."""
        self._kept: dict[CellAt, str] = {}
        self._depending: dict[CellAt, CellAt] = {}
        """The cells that depend on one that cannot be computed, with that one."""
        self.inputs: dict[CellAt, Scalar] = {}
        """The constants that were put in."""
        self._spills: dict[CellAt, Area] = {}
        self._spilled: dict[CellAt, CellAt] = {}
        """The cells of dynamic arrays, with the first."""
        self._given: dict[CellAt, Scalar] = {}
        """The constants that the engine was given in place of what the workbook stores."""

    # -- the engine ------------------------------------------------------------------------------------------------

    @cached_property
    def _engine(self) -> Engine:
        return self._loaded(plain_copy(self._book, self._translator, self._careful), self._seed)

    def _loaded(self, data: bytes, seed: int) -> Engine:
        """Return the engine with the workbook's plain copy and with what it was given since."""
        settings = self._book.settings
        iterate = (settings.iterations, settings.change) if settings.iterate else None
        engine = Engine(data, self._now, iterate, date1904=settings.date1904, seed=seed)
        register_book_functions(engine, self._book)
        for at, value in self._given.items():
            engine.set_value(*at, value)
        return engine

    def _load_anew(self) -> None:
        """Let the engine read the workbook once more."""
        for derived in ("_engine", "dependence"):
            self.__dict__.pop(derived, None)

    def _give(self, at: CellAt, value: Scalar) -> None:
        """Give the engine a constant for a cell."""
        self._given[at] = value
        self._engine.set_value(*at, value)

    @cached_property
    def _careful(self) -> set[CellAt]:
        """The cells whose formulas the engine works out to Excel's last digit: at first those without a value."""
        return {
            CellAt(sheet, *place)
            for sheet in self._book.sheets
            for place in self._book.formulas(sheet).keys() - self._book.values(sheet).keys()
            if may_need_care(self._book.formulas(sheet)[place])
        }

    @cached_property
    def dependence(self) -> Dependence:
        """Which cells depend on which."""
        return Dependence(self._engine, self._filled_from, self.cells.what_ifs)

    def _filled_from(self, at: CellAt) -> Area | None:
        return self._spills.get(at) or self.cells.arrays.get(at)

    def put(self, at: CellAt, value: Scalar) -> None:
        """Put a constant into a cell."""
        if self._at_first is None:
            self._at_first = self.values()
        self.inputs[at] = value
        if self._translator.outgrown(at):
            self._load_anew()
        self._give(at, value)
        self._results = None

    def capture(self, at: CellAt, formula: str) -> list[list[Scalar]]:
        """Return the value, as rows, of a formula that stands in a cell."""
        text = self._translator.translate(formula, at, array=True)
        return self._engine.capture(at.sheet, *self._free_place(at.sheet), text)

    def _free_place(self, sheet: str) -> tuple[int, int]:
        """Return a place beyond all that the sheet holds."""
        places = [*self._book.sheet(sheet).cells, *(at[1:] for at in self.inputs if at.sheet == sheet)]
        row, column = (max(found, default=0) + 2 for found in zip(*places, strict=True)) if places else (2, 2)
        return min(row, MAX_ROW), min(column, MAX_COLUMN)

    # -- values ----------------------------------------------------------------------------------------------------

    def computes(self, at: CellAt) -> bool:
        """Whether a cell's value is computed, so that nothing can be put there."""
        fixed = self.cells.has_formula(at) or at in self.cells.in_what_ifs
        return fixed or (bool(self.cells.dynamic) and at in self.values())

    def forget(self) -> None:
        """Compute every formula anew when a value is next asked for."""
        self._results = None

    def values(self) -> ComputedValues:
        """Return the value of every cell that is computed, evaluating where an input has changed."""
        if self._results is None:
            for at, reason in {**self.cells.outside, **self._foreign}.items():
                if at not in self._kept:
                    self._keep(at, reason)
            found = self._settle()
            if self.cells.what_ifs:
                found = self._settle_what_ifs(found)
            failed = {self.cells.covered.get(at, at) for at in self._kept if at not in self.cells.outside}
            behind = self.dependence.behind(self._in_order(failed)) if failed else {}
            self._depending = {at: behind[at] for at in self._in_order(behind)}
            found |= {at: self._book.value(at) for at in (*self._kept, *self._depending)}
            self._results = ComputedValues(self._book, self.cells, found, self._spilled)
        return self._results

    def _in_order(self, cells: Iterable[CellAt]) -> list[CellAt]:
        """Return cells as one reads them: sheet by sheet, row by row."""
        order = {sheet: i for i, sheet in enumerate(self._book.sheets)}
        return sorted(cells, key=lambda at: (order.get(at.sheet, len(order)), at.row, at.column))

    @property
    def first_values(self) -> ComputedValues:
        """The value of every cell that is computed, before any input was changed."""
        return self.values() if self._at_first is None else self._at_first

    def value_at(self, at: CellAt) -> Scalar:
        """Return what a cell holds, computed or not."""
        return self._value(at, self.values())

    @property
    def uncomputed(self) -> tuple[Kept, ...]:
        """The cells that could not be computed; of an array or table, the first."""
        return tuple(Kept(at, reason) for at, reason in self._kept.items() if not self._is_inside(at))

    @property
    def kept(self) -> tuple[Kept, ...]:
        """The cells that keep their stored values: those that could not be computed, then their dependants."""
        depending = (
            Kept(at, f"it depends on {origin}, which cannot be computed", origin)
            for at, origin in self._depending.items()
            if not self._is_inside(at)
        )
        return (*self.uncomputed, *depending)

    def anchor(self, at: CellAt) -> CellAt:
        """Return the cell whose formula gives a cell its value: of an array, the first."""
        return self._spilled.get(at) or self.cells.covered.get(at, at)

    def _is_inside(self, at: CellAt) -> bool:
        """Whether a cell is one of an array or a table beyond its first."""
        return at in self.cells.covered or (at in self.cells.in_what_ifs and at not in self.cells.table_corners)

    @property
    def grown(self) -> Mapping[CellAt, Area]:
        """The new range of every array that no longer fits into its stored one, by its first cell."""
        self.values()
        return {at: area for at, area in self._spills.items() if not self.cells.arrays[at].covers(area)}

    def _settle(self) -> dict[CellAt, Scalar]:
        """Return the new values of the formulas, after those that cannot be computed have got their stored ones."""
        found = self._evaluate()
        while new := self._uncomputed(found):
            # Their dependants are computed from the stored values, as in a program that cannot compute them.
            for at, reason in new.items():
                self._keep(at, reason)
            found = self._evaluate()
        settled = {at: value for at, value in found.items() if not isinstance(value, Uncomputed)}
        return self._settle() if self._spell_with_care(settled) else settled

    def _spell_with_care(self, found: Mapping[CellAt, Scalar]) -> bool:
        """Spell the formulas whose values are not the stored ones to the last digit; whether there are such."""
        doubtful = self._in_order(
            {
                anchor
                for at, value in found.items()
                if (anchor := self.anchor(at)) not in self._careful
                and anchor not in self._kept
                and (formula := self.cells.formula(anchor)) is not None
                and not differ_as_programs_do(self._book.value(at), value, 0.0, by_trial=False)
                and not same(self._book.value(at), value)
                and may_need_care(formula)
            }
        )
        self._careful.update(doubtful)
        if len(doubtful) > PUT_ONE_BY_ONE:
            self._load_anew()
            return True
        for at in doubtful:
            text = engine_formula(self._book, self._translator, at, self.cells.arrays.get(at), careful=True)
            self._engine.put_formula(*at, text)
        return bool(doubtful)

    def _evaluate(self) -> dict[CellAt, Scalar | Uncomputed]:
        """Evaluate and return the values that are not the stored ones, of formulas and of cells that arrays fill."""
        self._engine.evaluate()
        self._spills = {at: self._spill(at) for at in self.cells.dynamic if at not in self._kept}
        ends = [CellAt(at.sheet, *area[2:]) for at, area in self._spills.items()]
        if self._translator.outgrown(*ends):
            self._load_anew()
            return self._evaluate()
        self._spilled = {CellAt(at.sheet, *place): at for at, area in self._spills.items() for place in area.places()}
        filled: dict[str, dict[Place, None]] = {}
        for at in (*self.cells.covered, *self._spilled):
            filled.setdefault(at.sheet, {})[at[1:]] = None
        found: dict[CellAt, Scalar | Uncomputed] = {}
        for sheet in self._book.sheets:
            places = list(self._book.formulas(sheet))
            if sheet in filled:
                places = list(dict.fromkeys([*places, *filled[sheet]]))
            news = self._engine.news(sheet, places, self._book.values(sheet))
            found.update((CellAt(sheet, *place), value) for place, value in news.items())
        for at, area in self._spills.items():
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
        extent = self._engine.spill(str(at))
        area = split_area(extent)[1] if extent else None
        return area or Area(*at[1:], *at[1:])

    # -- cells that keep their values ------------------------------------------------------------------------------

    @cached_property
    def _foreign(self) -> Mapping[CellAt, str]:
        """The cells that call a function which is not known here, even where another function hides its error."""
        ours = CATALOGUE.keys() | {name.name.upper() for name in self._book.names}
        odd = {f for f in self.cells.called_in_cells if not (f in ours or is_known(f) or f in _SPELLED)}
        if not odd:
            return {}
        found = {}
        for at, formula in self.cells.formulas.items():
            if odd.isdisjoint(called_functions(formula)) or at in self.cells.outside:
                continue
            # What the translation turns into something else need not be known.
            text = engine_formula(self._book, self._translator, at, self.cells.arrays.get(at))
            missing = self._missing(called_functions(text) - ours)
            if missing:
                found[at] = _no_function(missing)
        return found

    def _missing(self, functions: Iterable[str]) -> list[str]:
        """Return which functions are not known, of those that are not the engine host's own."""
        return sorted(f for f in functions if not f.startswith("DEALMODEL_") and not self._engine.knows(f))

    def _keep(self, at: CellAt, reason: str) -> None:
        """Let a cell, and the array that begins in it, keep the stored values."""
        places = self.cells.arrays[at].places() if at in self.cells.arrays else [at[1:]]
        for kept in (CellAt(at.sheet, *place) for place in places):
            stored = self._book.value(kept)
            self._kept[kept] = reason
            if stored is not None:
                self._give(kept, stored)

    def _uncomputed(self, found: Mapping[CellAt, Scalar | Uncomputed]) -> dict[CellAt, str]:
        """Return the cells that turn out not to be computable, with the reason; those that depend on others later."""
        failed = {
            self.cells.covered.get(at, at): value
            for at, value in found.items()
            if at not in self._kept and (isinstance(value, Uncomputed) or self._is_unknown(at, value))
        }
        hidden = hiding(given_up(), self.cells)
        failed |= {at: Uncomputed(UNCOMPUTED["NImpl"]) for at in hidden if at not in self._kept}
        return {at: self._reason(at, failed[at]) for at in self.dependence.first_of(failed)}

    def _is_unknown(self, at: CellAt, value: Scalar) -> bool:
        """Whether a value is #NAME? where the workbook's own program knew the name; arrays may hold those of others."""
        return value is CellError.NAME and self._book.value(at) is not CellError.NAME and self.anchor(at) == at

    def _reason(self, at: CellAt, value: Scalar | Uncomputed) -> str:
        if isinstance(value, Uncomputed):
            return value.reason
        missing = self._missing(called_functions(canonical(self.cells.formula(at) or "")))
        return _no_function(missing) if missing else "it holds a name that is not known here"

    # -- what-if data tables ---------------------------------------------------------------------------------------

    def _settle_what_ifs(self, found: dict[CellAt, Scalar]) -> dict[CellAt, Scalar]:
        """Return the values of all cells once the data tables hold theirs, and what depends on them is computed."""
        tables: dict[CellAt, Scalar] = {}
        for what_if in self.cells.what_ifs:
            if reason := self._hindrance(what_if):
                self._keep_table(what_if, reason)
        computed = [what_if for what_if in self.cells.what_ifs if what_if.first not in self._kept]
        # A table may hang on another one, whose values are new only then.
        for _ in range(len(computed)):
            new = self._what_if_values(computed, found | tables)
            is_news = any(not same(value, self._given.get(at, self._book.value(at))) for at, value in new.items())
            tables = new
            if not is_news:
                break
            for at, value in tables.items():
                self._give(at, value)
            found = self._settle()
            if self._independent:
                break
        return found | {at: value for at, value in tables.items() if at not in self._kept}

    @cached_property
    def _independent(self) -> bool:
        """Whether no data table hangs on another one."""
        if len(self.cells.what_ifs) < 2:  # noqa: PLR2004  another one
            return True
        sources = frozenset().union(*(what_if.sources for what_if in self.cells.what_ifs))
        behind = self.dependence.behind(self.cells.in_what_ifs)
        return sources.isdisjoint(self.cells.in_what_ifs) and sources.isdisjoint(behind)

    def _hindrance(self, what_if: WhatIf) -> str | None:
        """Return why a data table cannot be computed, or None."""
        if not what_if.is_whole or any(at in self.cells.covered or at in self.cells.arrays for at in what_if.inputs):
            return "its data table has no input cell"
        return None

    def _keep_table(self, what_if: WhatIf, reason: str) -> None:
        for at, _, _ in what_if.cells():
            self._kept[at] = reason
            self._give(at, self._book.value(at))

    def _what_if_values(self, what_ifs: Iterable[WhatIf], found: Mapping[CellAt, Scalar]) -> dict[CellAt, Scalar]:
        """Return the values of data tables, with everything else as it is."""
        values: dict[CellAt, Scalar] = {}
        for what_if in what_ifs:
            if what_if.first in self._kept:
                continue
            worked_out = self._worked_out(what_if, found)
            for at in what_if.inputs:
                self._restore(at, found)
            if isinstance(worked_out, str):
                self._keep_table(what_if, worked_out)
            else:
                values |= worked_out
        return values

    def _worked_out(self, what_if: WhatIf, found: Mapping[CellAt, Scalar]) -> dict[CellAt, Scalar] | str:
        """Return the values of a data table, or why there are none."""
        by_chance = not self._chances.isdisjoint(what_if.sources)
        # Each cell of a table is a calculation of its own, in which RAND() and its kin draw anew.
        engines = self._drawing_anew() if by_chance else itertools.repeat(self._engine)
        edges = {at: self._value(at, found) for at in what_if.edges}
        linked = {at for at in edges if self.cells.formula(at) is not None} - self._chances
        return what_if.work_out(engines, edges, linked)

    def _drawing_anew(self) -> Iterator[Engine]:
        """Give the workbook in the engine once more and once more, with other random numbers each time."""
        data = plain_copy(self._book, self._translator, self._careful)
        for seed in itertools.count(self._seed + 1):
            yield self._loaded(data, seed)

    @cached_property
    def _chances(self) -> frozenset[CellAt]:
        """The cells that hang on random numbers."""
        drawn = self.cells.calling(CHANCES)
        return frozenset(drawn) | frozenset(self.dependence.behind(drawn))

    def _restore(self, at: CellAt, found: Mapping[CellAt, Scalar]) -> None:
        """Give an input of a data table its own formula or value again."""
        if self.cells.formula(at) is not None and at not in self._kept:
            text = engine_formula(self._book, self._translator, at, None, careful=at in self._careful)
            self._engine.put_formula(*at, text)
        else:
            self._give(at, self._value(at, found))

    def _value(self, at: CellAt, found: Mapping[CellAt, Scalar]) -> Scalar:
        if at in found:
            return found[at]
        return self.inputs[at] if at in self.inputs else self._book.value(at)


def _no_function(names: Iterable[str]) -> str:
    return f"there is no function {', '.join(names)} here"
