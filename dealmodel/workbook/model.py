"""A workbook as a model: named inputs and outputs, recalculated without a spreadsheet program."""

from __future__ import annotations

import math
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from dealmodel.cells import CellError, Scalar
from dealmodel.dates import serial
from dealmodel.errors import InputRefusedError, WorkbookError
from dealmodel.hosts.engine import Engine
from dealmodel.hosts.engine_values import Uncomputed
from dealmodel.workbook.address import CellAt
from dealmodel.workbook.book import Book
from dealmodel.workbook.formulas import called_functions, canonical, refers_outside
from dealmodel.workbook.normalise import array_areas, formula_cells, plain_copy
from dealmodel.workbook.package import Package
from dealmodel.workbook.save import check_not_open, write_file
from dealmodel.workbook.translation import Translator
from dealmodel.workbook.validation import Rule, rules_of
from dealmodel.workbook.vocabulary import SCENARIO, Kind, Named, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

SAME = 2e-15
"""Relative difference up to which two numbers are the same: a spreadsheet keeps 15 to 17 digits."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A cell that could not be computed and keeps its stored value, with the reason."""

    at: CellAt
    reason: str


class Model(MutableMapping[str, Scalar]):
    """A workbook with named inputs and outputs.

    Parameters
    ----------
    book
        The stored workbook.
    path
        Where it came from, if from a file.
    now
        What NOW() and TODAY() give; by default the time at which the model is opened.

    Examples
    --------
    >>> import dealmodel
    >>> model = dealmodel.open("workbooks/zte_alibaba_2018.xlsx")  # doctest: +SKIP
    >>> model["price"] = 300  # doctest: +SKIP
    >>> model["shortfall"]  # doctest: +SKIP
    """

    def __init__(self, book: Book, path: Path | None = None, now: datetime | None = None) -> None:
        self.book = book
        self.path = path
        self.now = now or datetime.now()  # noqa: DTZ005  spreadsheets show the local time and know no other
        self._inputs: dict[CellAt, Scalar] = {}
        self._results: dict[CellAt, Scalar] | None = None
        self._kept: dict[CellAt, str] = {}
        self.vocabulary = Vocabulary(book)

    @classmethod
    def open(cls, path: str | Path, now: datetime | None = None) -> Model:
        """Open a workbook file."""
        return cls(Book.open(path), Path(path), now)

    @classmethod
    def from_bytes(cls, data: bytes, name: str, now: datetime | None = None) -> Model:
        """Open a workbook held in memory; messages call it `name`."""
        return cls(Book(Package(data, name)), None, now)

    # -- names ---------------------------------------------------------------------------------------------------

    @property
    def inputs(self) -> dict[str, Named]:
        """The named inputs, in the order of the workbook."""
        return {n.name: n for n in self.vocabulary.named if n.kind is Kind.INPUT}

    @property
    def outputs(self) -> dict[str, Named]:
        """The named outputs, in the order of the workbook."""
        return {n.name: n for n in self.vocabulary.named if n.kind is Kind.OUTPUT}

    def __iter__(self) -> Iterator[str]:
        """Names of inputs, then of outputs."""
        yield from self.inputs
        yield from self.outputs

    def __len__(self) -> int:
        """Return the number of names."""
        return len(self.vocabulary.named)

    def __getitem__(self, name: str) -> Scalar:
        """Return the value of a name or of `Sheet!A1`, recalculating first where an input has changed."""
        return self.value_at(self.vocabulary.find(name))

    def __setitem__(self, name: str, value: object) -> None:
        """Change an input.

        Raises
        ------
        UnknownNameError
            If there is no such name.
        InputRefusedError
            If it is a formula, or if the data validation of its cell does not take the value.
        """
        self.set(name, value)

    def __delitem__(self, name: str) -> None:
        """Empty an input."""
        self.set(name, None)

    def value_at(self, at: CellAt) -> Scalar:
        """Return the value of a cell."""
        if at in self._formulas or at in self._covered:
            return self._values()[at] if at in self._values() else self.book.value(at)
        return self._inputs[at] if at in self._inputs else self.book.value(at)

    # -- inputs --------------------------------------------------------------------------------------------------

    def set(self, name: str, value: object) -> CellAt:
        """Change an input and return the cell that holds it.

        A name whose cell only picks one of several cells, as the live scenario's does, changes the cell it picks.
        """
        at = self._input_cell(name)
        new = _as_scalar(name, value)
        old = self.value_at(at)
        self._put(at, new)
        refusal = self._refusal(at, old, new)
        if refusal:
            self._put(at, old)
            raise InputRefusedError(f"{name} ({at}) must be {refusal}; got {_shown(new)}")
        self._inputs[at] = new
        self._results = None
        return at

    def choose(self, scenario: str) -> None:
        """Make a scenario the live one.

        Raises
        ------
        UnknownNameError
            If there is no such scenario, or no scenarios at all.
        """
        self.set(SCENARIO, self.vocabulary.find_scenario(scenario))

    def _put(self, at: CellAt, value: Scalar) -> None:
        self._engine.set_value(at.sheet, at.row, at.column, value)

    def _input_cell(self, name: str) -> CellAt:
        at = self.vocabulary.find(name)
        formula = self._formulas.get(at)
        if formula is not None:
            picked = self.vocabulary.picked(at, formula, lambda text: self._capture(at, text)[0][0])
            if picked is None or picked in self._formulas:
                raise InputRefusedError(f"{name} ({at}) holds the formula ={formula}; change what it depends on")
            return picked
        if at in self._covered:
            raise InputRefusedError(f"{name} ({at}) is part of an array formula; change what it depends on")
        return at

    def _refusal(self, at: CellAt, old: Scalar, new: Scalar) -> str | None:
        """Return what an input should have been, by its data validation or else by what it held."""
        rules = [r for r in self._rules(at.sheet) if any(area.holds(at.row, at.column) for area in r.areas)]
        for rule in rules:
            refusal = rule.refusal(at, new, lambda text: self._capture(at, text))
            if refusal:
                return refusal
        number_was_there = isinstance(old, (int, float)) and not isinstance(old, bool)
        if number_was_there and isinstance(new, str) and not any(r.kind in ("list", "custom") for r in rules):
            return "a number"
        return None

    def _rules(self, sheet: str) -> list[Rule]:
        if sheet not in self._rules_by_sheet:
            self._rules_by_sheet[sheet] = list(rules_of(self.book.sheet(sheet)))
        return self._rules_by_sheet[sheet]

    @cached_property
    def _rules_by_sheet(self) -> dict[str, list[Rule]]:
        return {}

    def _capture(self, at: CellAt, formula: str) -> list[list[Scalar]]:
        rows, columns = self._extent(at.sheet)
        return self._engine.capture(at.sheet, rows + 2, columns + 2, formula)

    # -- calculation ---------------------------------------------------------------------------------------------

    def recalculate(self) -> Model:
        """Compute every formula anew."""
        self._results = None
        self._values()
        return self

    @cached_property
    def _formulas(self) -> dict[CellAt, str]:
        return {
            CellAt(sheet, *place): formula
            for sheet in self.book.sheets
            for place, formula in formula_cells(self.book.sheet(sheet)).items()
        }

    @cached_property
    def _covered(self) -> dict[CellAt, CellAt]:
        """The cells of arrays beyond their first, with that first cell."""
        return {
            CellAt(sheet, *place): CellAt(sheet, *anchor)
            for sheet in self.book.sheets
            for anchor, area in array_areas(self.book.sheet(sheet)).items()
            for place in area.places()
            if place != anchor
        }

    def _extent(self, sheet: str) -> tuple[int, int]:
        """Return the last row and column that hold anything."""
        places = self.book.sheet(sheet).cells
        return max((r for r, _ in places), default=1), max((c for _, c in places), default=1)

    @cached_property
    def _translator(self) -> Translator:
        return Translator(self.book)

    @cached_property
    def _engine(self) -> Engine:
        settings = self.book.settings
        iterate = (settings.iterations, settings.change) if settings.iterate else None
        return Engine(plain_copy(self.book, self._translator), self.now, iterate)

    def _values(self) -> dict[CellAt, Scalar]:
        """Return the value of every formula cell, evaluating where an input has changed."""
        if self._results is None:
            self._engine.evaluate()
            found = self._read()
            self._kept.update(dict.fromkeys(self._outside, "it refers to another workbook"))
            while new := self._uncomputed(found):
                # Their dependants are computed from the stored values, as in a program that cannot compute them.
                self._kept.update(new)
                for at in new:
                    self._put(at, self.book.value(at))
                self._engine.evaluate()
                found = self._read()
            self._results = {at: v for at, v in found.items() if not isinstance(v, Uncomputed)}
            self._results.update((at, self.book.value(at)) for at in self._kept)
        return self._results

    @cached_property
    def called_functions(self) -> frozenset[str]:
        """The functions that the workbook's formulas call, in upper case."""
        return frozenset().union(*map(called_functions, set(self._formulas.values())))

    @property
    def kept(self) -> tuple[Kept, ...]:
        """The cells that could not be computed in the last calculation and keep their stored values."""
        return tuple(Kept(at, reason) for at, reason in self._kept.items())

    def _uncomputed(self, found: Mapping[CellAt, Scalar | Uncomputed]) -> dict[CellAt, str]:
        """Return the cells that turn out not to be computable, with the reason."""
        new = {at: v.reason for at, v in found.items() if isinstance(v, Uncomputed) and at not in self._kept}
        unnamed = [
            at
            for at, value in found.items()
            if value is CellError.NAME and at not in self._kept and self.book.value(at) is not CellError.NAME
        ]
        missing = {at: self._missing_functions(self._formulas.get(at, "")) for at in unnamed}
        if any(missing.values()):
            new.update({at: f"there is no function {', '.join(names)} here" for at, names in missing.items() if names})
        elif not new:
            new.update(dict.fromkeys(unnamed, "the engine does not know a name in it"))
        return new

    @cached_property
    def _outside(self) -> tuple[CellAt, ...]:
        """The formula cells that refer to other workbooks; the engine is given their stored values."""
        return tuple(at for at, formula in self._formulas.items() if refers_outside(formula))

    def _missing_functions(self, formula: str) -> list[str]:
        return sorted(name for name in called_functions(canonical(formula)) if not self._engine.knows(name))

    def _read(self) -> dict[CellAt, Scalar | Uncomputed]:
        wanted: dict[str, list[CellAt]] = {}
        for at in (*self._formulas, *self._covered):
            wanted.setdefault(at.sheet, []).append(at)
        found: dict[CellAt, Scalar | Uncomputed] = {}
        for sheet, places in wanted.items():
            block = self._engine.values(sheet, max(at.row for at in places), max(at.column for at in places))
            for at in places:
                value = block[at.row - 1][at.column - 1]
                found[at] = 0.0 if value is None else value
        return found

    # -- results -------------------------------------------------------------------------------------------------

    def changes(self) -> dict[CellAt, tuple[Scalar, Scalar]]:
        """Return the formula cells whose stored value is not what they compute to: stored and computed value."""
        changed = {}
        for at, new in self._values().items():
            old = self.book.value(at)
            if not same(old, new):
                changed[at] = (old, new)
        return changed

    def to_bytes(self) -> bytes:
        """Return the workbook with the changed inputs and the recalculated values, every other byte as it was."""
        new: dict[str, dict[tuple[int, int], Scalar]] = {}
        for at, (_, value) in self.changes().items():
            new.setdefault(at.sheet, {})[at.row, at.column] = value
        for at, value in self._inputs.items():
            if not same(self.book.value(at), value):
                new.setdefault(at.sheet, {})[at.row, at.column] = value
        package = Package(self.book.package.data, self.book.label)
        for sheet, values in new.items():
            package.replace(self.book.paths[sheet], self.book.sheet(sheet).with_values(values, self.book.string_index))
        return package.to_bytes()

    def save(self, path: str | Path | None = None) -> Path:
        """Write the workbook, by default back to its own file, in one step: the old file is whole until then."""
        target = Path(path) if path is not None else self.path
        if target is None:
            raise WorkbookError(f"{self.book.label} has no file of its own; say where to save it")
        check_not_open(target)
        write_file(target, self.to_bytes())
        return target

    def to_frame(self) -> pd.DataFrame:
        """Return inputs and outputs as a pandas frame, one row a name.

        Returns
        -------
        Index `name`; columns `kind`, `label`, `unit`, `value`, one per scenario where the workbook has scenarios,
        then `source`, `as_of`, `rounded`, `low`, `high` and `cell`.
        """
        import pandas as pd  # noqa: PLC0415  300 ms that only frames need

        rows = [
            {
                "name": n.name,
                "kind": n.kind.value,
                "label": n.label,
                "unit": n.unit,
                "value": self.value_at(n.at),
                **{scenario: self.value_at(at) for scenario, at in self.vocabulary.scenarios(n.at).items()},
                "source": n.source,
                "as_of": n.as_of,
                "rounded": n.rounded,
                "low": n.low,
                "high": n.high,
                "cell": str(n.at),
            }
            for n in self.vocabulary.named
        ]
        return pd.DataFrame(rows).set_index("name") if rows else pd.DataFrame(columns=["kind", "value"])


def same(old: Scalar, new: Scalar) -> bool:
    """Whether two cell values are the same, but for what a spreadsheet does not store of a number."""
    if isinstance(old, bool) or isinstance(new, bool):
        return old is new
    if isinstance(old, (int, float)) and isinstance(new, (int, float)):
        return math.isclose(old, new, rel_tol=SAME, abs_tol=0.0)
    return type(old) is type(new) and old == new


def _as_scalar(name: str, value: object) -> Scalar:
    """Return a Python value as a cell holds it."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, datetime):
        return serial(value)
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise InputRefusedError(f"{name} takes a number, a text, TRUE or FALSE; got {value!r}") from None
    if not math.isfinite(number):
        raise InputRefusedError(f"{name} takes a finite number; got {number}")
    return number


def _shown(value: Scalar) -> str:
    return f"{value:.15g}" if isinstance(value, float) else repr(value)
