"""The cells of a workbook whose values are computed: by formulas, by arrays and by what-if data tables."""

from __future__ import annotations

import itertools
import re
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from dealmodel.hosts.engine import words_in
from dealmodel.workbook.address import Area, CellAt
from dealmodel.workbook.computing.whatif import WhatIf
from dealmodel.workbook.formulas import canonical, functions_in, tokens
from dealmodel.workbook.spelling.careful import may_need_care
from dealmodel.workbook.stored.formulacells import (
    array_areas,
    data_tables,
    kinds_of_formulas,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from dealmodel.workbook.book import Book, DefinedName

MOST_REMEMBERED = 1000
"""Formulas and names up to which their words are remembered for the next workbook."""
_WORD = re.compile(r"[^\W\d][\w.?\\]*|\\[\w.?\\]*")


class Kept(NamedTuple):
    """A cell that keeps its stored value, with the reason."""

    at: CellAt
    reason: str
    because_of: CellAt | None = None
    """The cell that could not be computed, where this one could but for that."""


class ComputedCells:
    """What there is to compute in a workbook.

    Parameters
    ----------
    book
        The stored workbook.
    """

    def __init__(self, book: Book) -> None:
        self._book = book

    @cached_property
    def formulas(self) -> Mapping[CellAt, str]:
        """The formula of every cell that has one of its own."""
        return {
            CellAt(sheet, *place): formula
            for sheet in self._book.sheets
            for place, formula in self._book.formulas(sheet).items()
        }

    def formula(self, at: CellAt) -> str | None:
        """Return the formula of a cell, or None where it has none of its own."""
        return self._book.formulas(at.sheet).get(at[1:])

    @cached_property
    def arrays(self) -> Mapping[CellAt, Area]:
        """The stored range of every array formula, by its first cell."""
        return {
            CellAt(sheet, *anchor): area
            for sheet in self._book.sheets
            for anchor, area in array_areas(self._book.sheet(sheet)).items()
        }

    @cached_property
    def covered(self) -> Mapping[CellAt, CellAt]:
        """The cells of arrays beyond their first, with that first cell."""
        return {
            CellAt(anchor.sheet, *place): anchor
            for anchor, area in self.arrays.items()
            for place in area.places()
            if place != anchor[1:]
        }

    def has_formula(self, at: CellAt) -> bool:
        """Whether a cell's value comes from a formula: its own, or the one of an array that it is part of."""
        return self.formula(at) is not None or at in self.covered

    @cached_property
    def what_ifs(self) -> tuple[WhatIf, ...]:
        """The what-if data tables."""
        return tuple(
            WhatIf.of(sheet, area, declared)
            for sheet in self._book.sheets
            for area, declared in data_tables(self._book.sheet(sheet)).items()
        )

    @cached_property
    def called_functions(self) -> frozenset[str]:
        """The functions that the formulas call, those of defined names included, in upper case."""
        return self.called_in_cells | functions_in(name.text for name in self.names)

    @cached_property
    def called_in_cells(self) -> frozenset[str]:
        """The functions that the formulas of cells call, in upper case."""
        formulas = self._some_formulas
        return _functions_of(tuple(formulas)) if len(formulas) <= MOST_REMEMBERED else functions_in(formulas)

    @cached_property
    def words(self) -> Collection[str]:
        """The words of the formulas and of the defined names, for the engine."""
        formulas, names = self._some_formulas, tuple(name.text for name in self.names)
        is_small = len(formulas) + len(names) <= MOST_REMEMBERED
        return _words_of(tuple(formulas), names) if is_small else _words_in_all(formulas, names)

    @cached_property
    def _some_formulas(self) -> list[str]:
        """Some formulas, from which all others differ in digits only, but never in a function's name."""
        kinds = (kinds_of_formulas(self._book.sheet(sheet)) for sheet in self._book.sheets)
        return list(itertools.chain.from_iterable(kinds))

    def calling(self, functions: frozenset[str]) -> list[CellAt]:
        """Return the cells whose formulas call one of some functions, by themselves or by a defined name."""
        if not self.called_functions & functions:
            return []
        names = self._names_calling(functions)
        return [at for at, formula in self.formulas.items() if _calls(formula, functions, names)]

    def calling_by_name(self, functions: frozenset[str]) -> list[CellAt]:
        """Return the cells whose formulas call one of some functions by a defined name."""
        names = self._names_calling(functions)
        return [at for at, formula in self.formulas.items() if names and _calls(formula, frozenset(), names)]

    def _names_calling(self, functions: frozenset[str]) -> set[str]:
        """Return the defined names that call one of some functions, by themselves or by another name."""
        names: set[str] = set()
        while new := {
            name.name.casefold()
            for name in self.names
            if name.name.casefold() not in names and _calls(canonical(name.text), functions, names)
        }:
            names |= new
        return names

    @cached_property
    def calling_by_its_name(self) -> Mapping[CellAt, set[CellAt]]:
        """The cells whose formulas refer to a cell by its name, by that cell."""
        named: dict[str, set[CellAt]] = {}
        for name in self.names:
            place = self._book.area_of(name)
            if place is not None and place[1].height == place[1].width == 1:
                named.setdefault(name.name.casefold(), set()).add(CellAt(place[0], *place[1][:2]))
        found: dict[CellAt, set[CellAt]] = {}
        for at, formula in self.formulas.items() if named else ():
            if named.keys().isdisjoint(_WORD.findall(formula.casefold())):
                continue
            words = {text.casefold() for kind, text in tokens(formula) if kind == "word"}
            for cell in itertools.chain.from_iterable(named[word] for word in words & named.keys()):
                found.setdefault(cell, set()).add(at)
        return found

    @property
    def names(self) -> tuple[DefinedName, ...]:
        """The defined names."""
        return self._book.names

    @cached_property
    def dynamic(self) -> tuple[CellAt, ...]:
        """The first cells of the arrays that take as many cells as they need."""
        return tuple(at for at in self.arrays if (cell := self._book.cell(at)) is not None and cell.dynamic)

    @cached_property
    def needing_care(self) -> frozenset[CellAt]:
        """The cells whose formulas hold what is spelled in another way with care."""
        return frozenset(
            CellAt(sheet, *place)
            for sheet in self._book.sheets
            for place in self._book.formulas(sheet).where(may_need_care)
        )

    @cached_property
    def outside(self) -> Mapping[CellAt, str]:
        """The formula cells that are not computed at all, with the reason.

        Of those that need another workbook to be open the stored values are what Excel goes on with, too.
        """
        return {
            CellAt(sheet, *place): reason
            for sheet in self._book.sheets
            for place, reason in self._book.hindered(sheet).items()
        }

    @cached_property
    def in_what_ifs(self) -> frozenset[CellAt]:
        """The cells that data tables fill."""
        return frozenset(cell for what_if in self.what_ifs for cell, _, _ in what_if.cells())

    @cached_property
    def table_corners(self) -> frozenset[CellAt]:
        """The first cells of the data tables."""
        return frozenset(what_if.first for what_if in self.what_ifs)


HIDE_ERRORS = frozenset({"AGGREGATE", "COUNT", "COUNTA", "ERROR.TYPE", "IFERROR", "IFNA", "ISERR", "ISERROR", "ISNA"})
"""Functions behind which a value that is not known would look like one that is."""


def hiding(functions: frozenset[str], cells: ComputedCells) -> Collection[CellAt]:
    """Return the cells that call one of some functions, which could not know a value, where it would not be seen."""
    if not functions:
        return ()
    spelled = functions | {f"_XLFN.{name}" for name in functions}
    hiders = HIDE_ERRORS | {f"_XLFN.{name}" for name in HIDE_ERRORS}
    seen = set(cells.calling(hiders))
    return [at for at in cells.calling(spelled) if at in seen]


@lru_cache(maxsize=8)
def _functions_of(formulas: tuple[str, ...]) -> frozenset[str]:
    """Return the functions that formulas call, which are mostly those of the last workbook."""
    return functions_in(formulas)


@lru_cache(maxsize=8)
def _words_of(formulas: tuple[str, ...], names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(_words_in_all(formulas, names))


def _words_in_all(formulas: Iterable[str], names: Iterable[str]) -> set[str]:
    """Return the words of formulas and of what names stand for."""
    return words_in("\n".join((*formulas, *map(canonical, names))))


def _calls(formula: str, functions: frozenset[str], names: Collection[str]) -> bool:
    if functions_in([formula]) & functions:
        return True
    return bool(names) and any(kind == "word" and text.casefold() in names for kind, text in tokens(formula))
