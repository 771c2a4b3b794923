"""The formulas of a workbook, computed by the engine: what they give, and which of them it cannot compute."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from dealmodel.catalogue import CATALOGUE
from dealmodel.cells import CellError, Scalar
from dealmodel.collector import collecting_seldom
from dealmodel.hosts.engine import MOST_SPILLED, SEED
from dealmodel.hosts.engine_values import UNCOMPUTED, Uncomputed
from dealmodel.hosts.supplements import given_up
from dealmodel.workbook.accuracy import differ_by_noise
from dealmodel.workbook.address import Area, CellAt
from dealmodel.workbook.computing.computedcells import Kept, hiding
from dealmodel.workbook.computing.computedvalues import ComputedValues
from dealmodel.workbook.computing.datatables import DataTables
from dealmodel.workbook.computing.evaluation import Evaluation
from dealmodel.workbook.computing.reached import PLACING, reaching
from dealmodel.workbook.formulas import called_functions, canonical
from dealmodel.workbook.spelling.arguments import is_known
from dealmodel.workbook.spelling.careful import may_need_care
from dealmodel.workbook.spelling.normalise import engine_formula

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from dealmodel.workbook.book import Book
    from dealmodel.workbook.computing.dependence import Dependence
    from dealmodel.workbook.computing.heldcells import HeldCells


FEW = 200
"""Cells of which it takes less to ask what refers to them than to look through all formulas."""
ASKS_CELL = "it asks CELL for what Excel alone tells"
TOO_LARGE = f"its array fills more than {MOST_SPILLED:,} cells"
"""Why an array is not computed that the engine does not lay out."""
_SPELLED = frozenset({"_XLFN.SINGLE", "_XLFN.ANCHORARRAY", "_XLFN.LAMBDA", "_XLFN.LET"})
"""Functions that stand for operators, or for names of values, and never for a call."""


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
        self.evaluation = Evaluation(book, now, seed)
        self.cells = self.evaluation.cells
        self._book = book
        self._results: ComputedValues | None = None
        self._at_first: ComputedValues | None = None
        """The values before any input was changed."""
        self._kept: dict[CellAt, str] = {}
        self._depending: dict[CellAt, CellAt | None] = {}
        """The cells that depend on one that cannot be computed, with that one; None where it may be any of several."""
        self._followed: set[CellAt] = set()
        """The cells whose values are not the stored ones, of which is known what refers to them."""
        self.inputs: dict[CellAt, Scalar] = {}
        """The constants that were put in."""
        self._tables = DataTables(self.evaluation, self._kept, self._value)

    @property
    def dependence(self) -> Dependence:
        """Which cells depend on which."""
        return self.evaluation.dependence

    def put(self, at: CellAt, value: Scalar) -> None:
        """Put a constant into a cell."""
        if self._at_first is None:
            self._at_first = self.values()
        self.inputs[at] = value
        if self.evaluation.translator.outgrown(at):
            self.evaluation.load_anew()
        self.evaluation.give(at, value)
        self._results = None

    def capture(self, at: CellAt, formula: str) -> list[list[Scalar]]:
        """Return the value, as rows, of a formula that stands in a cell."""
        return self.evaluation.capture(at, formula)

    # -- values ----------------------------------------------------------------------------------------------------

    def computes(self, at: CellAt) -> bool:
        """Whether a cell's value is computed, so that nothing can be put there."""
        fixed = self.cells.has_formula(at) or at in self.cells.in_what_ifs
        return fixed or (bool(self.cells.dynamic) and at in self.values())

    def forget(self) -> None:
        """Compute every formula anew when a value is next asked for."""
        self._results = None

    @collecting_seldom()
    def values(self) -> ComputedValues:
        """Return the value of every cell that is computed, evaluating where an input has changed."""
        if self._results is None:
            known = {**self.cells.outside, **self._foreign}
            self._keep({at: reason for at, reason in known.items() if at not in self._kept})
            found = self._settle()
            if self.cells.what_ifs:
                found = self._tables.settle(found, self._settle)
            held = self.cells.outside.keys() - self._moved()
            failed = {self.cells.covered.get(at, at) for at in self._kept if self.cells.covered.get(at, at) not in held}
            behind = self._behind(failed) if failed else {}
            self._depending = {at: behind[at] for at in self._book.in_order(behind)}
            found |= {at: self._book.value(at) for at in (*self._kept, *self._depending)}
            self._results = ComputedValues(self._book, self.cells, found, self.evaluation.spilled)
        return self._results

    def _behind(self, failed: set[CellAt]) -> Mapping[CellAt, CellAt | None]:
        """Return the cells that depend on some that cannot be computed, with that one where it is known."""
        if self.cells.formulas.keys() | self.cells.in_what_ifs <= self._kept.keys():
            return {}
        behind: dict[CellAt, CellAt | None] = {**self.dependence.behind(self._book.in_order(failed))}
        placing = [at for at in self.cells.calling(PLACING) if at not in behind and at not in self._kept]
        if placing:
            kept = [at for at in self._kept if self.cells.covered.get(at, at) in failed]
            reached = reaching(self.evaluation, kept, placing)
            further = {*reached, *self.dependence.behind(reached)} - behind.keys() - failed
            behind |= dict.fromkeys(further, next(iter(failed)) if len(failed) == 1 else None)
        return behind

    def _moved(self) -> Collection[CellAt]:
        """Return the cells that are not computed at all, and of which the stored values are not right any more."""
        if not (self.inputs and self.cells.outside):
            return ()
        changed = [at for at, value in self.inputs.items() if value != self._book.value(at)]
        return self._held.moved(changed, self.dependence)

    @cached_property
    def _held(self) -> HeldCells:
        from dealmodel.workbook.computing.heldcells import HeldCells  # noqa: PLC0415  few workbooks have such cells

        formulas = {at: self.cells.formula(at) or "" for at in self.cells.outside}
        return HeldCells(self.evaluation.translator.meanings, formulas)

    @property
    def first_values(self) -> ComputedValues:
        """The value of every cell that is computed, before any input was changed."""
        if self._at_first is not None:
            return self._at_first
        return self.values() if self._results is None else self._results

    def value_at(self, at: CellAt) -> Scalar:
        """Return what a cell holds, computed or not."""
        return self._value(at, self.values() if self._results is None else self._results)

    @property
    def uncomputed(self) -> tuple[Kept, ...]:
        """The cells that could not be computed; of an array or table, the first."""
        return tuple(Kept(at, reason) for at, reason in self._kept.items() if not self._is_inside(at))

    @property
    def kept(self) -> tuple[Kept, ...]:
        """The cells that keep their stored values: those that could not be computed, then their dependants."""
        depending = (
            Kept(at, f"it depends on {origin or 'one of several cells'}, which cannot be computed", origin)
            for at, origin in self._depending.items()
            if not self._is_inside(at)
        )
        return (*self.uncomputed, *depending)

    def anchor(self, at: CellAt) -> CellAt:
        """Return the cell whose formula gives a cell its value: of an array, the first."""
        return self.evaluation.anchor(at)

    def _is_inside(self, at: CellAt) -> bool:
        """Whether a cell is one of an array or a table beyond its first."""
        return at in self.cells.covered or (at in self.cells.in_what_ifs and at not in self.cells.table_corners)

    @property
    def grown(self) -> Mapping[CellAt, Area]:
        """The new range of every array that no longer fits into its stored one, by its first cell."""
        self.values()
        return self.evaluation.grown

    def _settle(self) -> dict[CellAt, Scalar]:
        """Return the new values of the formulas, after those that cannot be computed have got their stored ones."""
        found = self.evaluation.evaluate(self._kept)
        while new := self._uncomputed(found):
            # Their dependants are computed from the stored values, as in a program that cannot compute them.
            self._keep(new)
            found = self.evaluation.evaluate(self._kept)
        settled = {at: value for at, value in found.items() if not isinstance(value, Uncomputed)}
        return self._settle() if self._spell_with_care(settled) else settled

    def _spell_with_care(self, found: Mapping[CellAt, Scalar]) -> bool:
        """Spell the formulas of which it is not known that they are right without; whether there are such.

        Those are not that give their stored values to the last digit, unless something behind them is another value
        than it was then: what makes no difference to what they give now may make one to what Excel gives.
        """
        if self.evaluation.is_careful:
            return False
        new = {at for at, value in found.items() if not differ_by_noise(self._book.value(at), value)}
        doubtful = [*map(self.anchor, new), *self._following(found if self.inputs else new)]
        without_care = self._book.in_order(set(filter(self._may_need_care, doubtful)))
        self.evaluation.spell_with_care(without_care)
        return bool(without_care)

    def _may_need_care(self, at: CellAt) -> bool:
        return at not in self._kept and self.evaluation.may_need_care(at)

    def _following(self, changed: Iterable[CellAt]) -> Iterable[CellAt]:
        """Return the cells whose formulas refer to cells that have other values now; others may be among them."""
        new = {*changed, *self.inputs} - self._followed
        if not new:
            return ()
        self._followed |= new
        if len(new) > FEW:
            left = [at for at in self.cells.formulas if self._may_need_care(at)]
            if len(left) <= len(new):
                # To spell a formula with care takes no longer than to ask what refers to a cell.
                return left
        return set(self.cells.calling(PLACING)).union(*map(self.dependence.dependants, new))

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
            text = engine_formula(self._book, self.evaluation.translator, at, self.cells.arrays.get(at))
            missing = self._missing(called_functions(text) - ours)
            if missing:
                found[at] = _no_function(missing)
        return found

    def _missing(self, functions: Iterable[str]) -> list[str]:
        """Return which functions are not known, of those that are not the engine host's own."""
        return sorted(f for f in functions if not f.startswith("DEALMODEL_") and not self.evaluation.engine.knows(f))

    def _keep(self, reasons: Mapping[CellAt, str]) -> None:
        """Let cells, and the arrays that begin in them, keep the stored values."""
        kept: dict[CellAt, str] = {}
        for at, reason in reasons.items():
            places = self.cells.arrays[at].places() if at in self.cells.arrays else [at[1:]]
            kept |= dict.fromkeys((CellAt(at.sheet, *place) for place in places), reason)
        self._kept |= kept
        if kept:
            stored = {at: self._book.value(at) for at in kept}
            self.evaluation.give_all({at: value for at, value in stored.items() if value is not None})

    def _uncomputed(self, found: Mapping[CellAt, Scalar | Uncomputed]) -> dict[CellAt, str]:
        """Return the cells that turn out not to be computable, with the reason; those that depend on others later."""
        failed = {
            self.cells.covered.get(at, at): value
            for at, value in found.items()
            if at not in self._kept and (isinstance(value, Uncomputed) or self._is_unknown(at, value))
        }
        for at in (at for at, value in found.items() if value is CellError.SPILL and at not in self._kept):
            if at in self.cells.arrays and self.evaluation.is_too_large_to_spill(at):
                failed[at] = Uncomputed(TOO_LARGE)
        hidden = hiding(given_up(), self.cells)
        failed |= {at: Uncomputed(UNCOMPUTED["NImpl"]) for at in hidden if at not in self._kept}
        return {at: self._reason(at, failed[at]) for at in self.dependence.first_of(failed)}

    def _is_unknown(self, at: CellAt, value: Scalar) -> bool:
        """Whether a value is #NAME? where the workbook's own program knew the name; arrays may hold those of others."""
        if value is not CellError.NAME or self._book.value(at) is CellError.NAME or self.anchor(at) != at:
            return False
        # Sorted with care, the first of them may be another one.
        is_spelled = at not in self.cells.arrays or at in self.evaluation.careful
        return is_spelled or not may_need_care(self.cells.formula(at) or "")

    def _reason(self, at: CellAt, value: Scalar | Uncomputed) -> str:
        if isinstance(value, Uncomputed):
            return value.reason
        called = called_functions(canonical(self.cells.formula(at) or ""))
        missing = self._missing(called)
        if missing:
            return _no_function(missing)
        return ASKS_CELL if "CELL" in called else "it holds a name that is not known here"

    # -- what cells hold -------------------------------------------------------------------------------------------

    def _value(self, at: CellAt, found: Mapping[CellAt, Scalar]) -> Scalar:
        if at in found:
            return found[at]
        return self.inputs[at] if at in self.inputs else self._book.value(at)


def _no_function(names: Iterable[str]) -> str:
    return f"there is no function {', '.join(names)} here"
