"""A workbook as a model: named inputs and outputs, recalculated without a spreadsheet program."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, MutableMapping
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from dealmodel.errors import InputRefusedError, WorkbookError
from dealmodel.hosts.engine import SEED
from dealmodel.workbook.accuracy import same
from dealmodel.workbook.address import named_place
from dealmodel.workbook.book import Book
from dealmodel.workbook.computing.calculation import Calculation
from dealmodel.workbook.computing.disagreements import Disagreement, disagreements
from dealmodel.workbook.computing.storedvalues import StoredValues
from dealmodel.workbook.rewrite import with_cells
from dealmodel.workbook.save import check_not_open, check_unchanged, write_file
from dealmodel.workbook.stored.formulacells import RUN
from dealmodel.workbook.stored.package import Package
from dealmodel.workbook.vocabulary import SCENARIO, Kind, Named, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from dealmodel.cells import Scalar
    from dealmodel.workbook.address import CellAt
    from dealmodel.workbook.computing.computedcells import Kept
    from dealmodel.workbook.computing.computedvalues import ComputedValues
    from dealmodel.workbook.validation import Rule


_OF_NUMBERS = re.compile(r"\w+\([\d\s.,%+-]*\)")
"""A formula that calls a function of nothing but numbers, as a distribution may be."""
_SUFFIXES = frozenset({".xlsx", ".xlsm", ".xltx", ".xltm"})
"""What files of workbooks end with."""


class Model(MutableMapping[str, "Scalar"]):
    """A workbook with named inputs and outputs.

    Parameters
    ----------
    book
        The stored workbook.
    path
        Where it came from, if from a file.
    now
        What NOW() and TODAY() give; by default the time at which the model is opened.
    seed
        What the numbers of RAND() and its kin follow from.

    Examples
    --------
    >>> import dealmodel
    >>> model = dealmodel.open("workbooks/zte_alibaba_2018.xlsx")  # doctest: +SKIP
    >>> model["price"] = 300  # doctest: +SKIP
    >>> model["shortfall"]  # doctest: +SKIP
    """

    def __init__(self, book: Book, path: Path | None = None, now: datetime | None = None, *, seed: int = SEED) -> None:
        self.book = book
        self.path = path
        self.now = now or datetime.now()  # noqa: DTZ005  spreadsheets show the local time and know no other
        self.vocabulary = Vocabulary(book)
        self.seed = seed
        self._on_disk = book.package.data
        """What its own file held when it was last read or written."""
        self._compared: tuple[ComputedValues, dict[CellAt, tuple[Scalar, Scalar]]] | None = None
        """The values of a calculation, and which of them are not the stored ones."""
        self._calculation = Calculation(book, self.now, seed)
        self._stored = StoredValues(book, self._calculation)

    @classmethod
    def open(cls, path: str | Path, now: datetime | None = None, *, seed: int = SEED) -> Self:
        """Open a workbook file."""
        return cls(Book.open(path), Path(path), now, seed=seed)

    @classmethod
    def from_bytes(cls, data: bytes, name: str, now: datetime | None = None) -> Self:
        """Open a workbook held in memory; messages call it `name`."""
        return cls(Book(Package(data, name)), None, now)

    def __reduce__(self) -> tuple[object, ...]:
        """Return what another process needs to open the same workbook with the same inputs."""
        package = self.book.package
        opened = self.path, self.now, self.seed
        return _reopened, (type(self), package.data, package.label, opened, dict(self._calculation.inputs))

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
        if self._calculation.computes(at):
            return self._calculation.values()[at]
        return self._calculation.inputs[at] if at in self._calculation.inputs else self.book.value(at)

    def put(self, at: CellAt, value: Scalar) -> None:
        """Put a constant into a cell, whatever its data validation would say."""
        self._calculation.put(at, value)

    # -- inputs --------------------------------------------------------------------------------------------------

    def set(self, name: str, value: object) -> CellAt:
        """Change an input and return the cell that holds it.

        A name whose cell only picks one of several cells, as the live scenario's does, changes the cell it picks.
        """
        from dealmodel.workbook.entries import cell_value  # noqa: PLC0415  for changes only

        at = self.input_cell(name)
        new = cell_value(name, value, date1904=self.book.settings.date1904)
        old = self.value_at(at)
        self._calculation.put(at, new)
        refusal = self._refusal(at, old, new)
        if refusal:
            self._calculation.put(at, old)
            raise InputRefusedError(f"{named_place(name, at)} must be {refusal}; got {_shown(new)}")
        return at

    def choose(self, scenario: str) -> None:
        """Make a scenario the live one.

        Raises
        ------
        UnknownNameError
            If there is no such scenario, or no scenarios at all.
        """
        self.set(SCENARIO, self.vocabulary.find_scenario(scenario))

    def input_cell(self, name: str) -> CellAt:
        """Return the cell that an assignment to a name changes.

        Raises
        ------
        UnknownNameError
            If there is no such name.
        InputRefusedError
            If nothing can be put there.
        """
        at = self.vocabulary.find(name)
        formula = self._calculation.cells.formula(at)
        if formula is not None:
            picked = self.picked_cell(at)
            if picked is None or self._calculation.computes(picked):
                change = "its arguments" if _OF_NUMBERS.fullmatch(formula) else "what it depends on"
                raise InputRefusedError(f"{named_place(name, at)} holds the formula ={formula}; change {change}")
            return picked
        if self._calculation.computes(at):
            what = "a data table" if at in self._calculation.cells.in_what_ifs else "an array formula"
            raise InputRefusedError(f"{named_place(name, at)} is part of {what}; change what it depends on")
        sheet = self.book.sheet(at.sheet)
        if sheet.opening is None:
            raise InputRefusedError(f"{name} is on {at.sheet}, which has no cells")
        merged = next((area for area in sheet.merged if area.holds(*at[1:])), None)
        if merged and at[1:] != merged[:2]:
            first = at._replace(row=merged.top, column=merged.left)
            raise InputRefusedError(f"{named_place(name, at)} is hidden in a merged cell; set {first}")
        return at

    def picked_cell(self, at: CellAt) -> CellAt | None:
        """Return the cell that a cell's formula picks, or None where it does more than picking."""
        formula = self._calculation.cells.formula(at)
        if formula is None:
            return None
        return self.vocabulary.picked(at, formula, lambda text: self._calculation.capture(at, text)[0][0])

    def refusal(self, at: CellAt, value: Scalar) -> str | None:
        """Return what a cell takes instead of a value, or None where it takes it; nothing is changed."""
        if not any(area.holds(at.row, at.column) for rule in self._rules(at.sheet) for area in rule.areas):
            return None
        old = self.value_at(at)
        self._calculation.put(at, value)
        try:
            return self._refusal(at, old, value)
        finally:
            self._calculation.put(at, old)

    def _refusal(self, at: CellAt, old: Scalar, new: Scalar) -> str | None:
        """Return what an input should have been, by its data validation or else by what it held."""
        rules = [r for r in self._rules(at.sheet) if any(area.holds(at.row, at.column) for area in r.areas)]
        for rule in rules:
            refusal = rule.refusal(at, new, lambda text: self._calculation.capture(at, text))
            if refusal:
                return refusal
        number_was_there = isinstance(old, (int, float)) and not isinstance(old, bool)
        if number_was_there and isinstance(new, (str, bool)) and not any(r.takes_texts for r in rules):
            return "a number"
        return None

    def _rules(self, sheet: str) -> list[Rule]:
        from dealmodel.workbook.validation import rules_of  # noqa: PLC0415  for changes only

        if sheet not in self._rules_by_sheet:
            self._rules_by_sheet[sheet] = list(rules_of(self.book.sheet(sheet)))
        return self._rules_by_sheet[sheet]

    @cached_property
    def _rules_by_sheet(self) -> dict[str, list[Rule]]:
        return {}

    # -- results -------------------------------------------------------------------------------------------------

    def recalculate(self) -> Model:
        """Compute every formula anew."""
        self._calculation.forget()
        self._calculation.values()
        return self

    @property
    def kept(self) -> tuple[Kept, ...]:
        """The cells that keep their stored values: what could not be computed, and what depends on it.

        Commands of macro sheets are not among them: Excel does not calculate them either.
        """
        # Which they are is known only once everything is computed.
        self._calculation.values()
        return tuple(kept for kept in self._calculation.kept if kept.reason != RUN)

    @property
    def uncomputed(self) -> tuple[Kept, ...]:
        """The cells that could not be computed, without those that could but for them."""
        self._calculation.values()
        return self._calculation.uncomputed

    @property
    def disagreements(self) -> tuple[Disagreement, ...]:
        """The cells whose stored value is not what they compute to, though nothing behind them has changed."""
        untouched = not self._calculation.inputs
        return disagreements(self._stored, self.changes() if untouched else None)

    @property
    def called_functions(self) -> frozenset[str]:
        """The functions that the workbook's formulas call, in upper case."""
        return self._calculation.cells.called_functions

    @property
    def formulas(self) -> Mapping[CellAt, str]:
        """The formula of every cell that has one, without `=`; of an array, that of its first cell."""
        return self._calculation.cells.formulas

    @property
    def calculation(self) -> Calculation:
        """The formulas and their values, for those that compute them in another way."""
        return self._calculation

    def changes(self) -> Mapping[CellAt, tuple[Scalar, Scalar]]:
        """Return the formula cells whose stored value is not what they compute to: stored and computed value.

        Where no changed input is behind it, a difference that lies in the arithmetic of two programs does not count.
        """
        values = self._calculation.values()
        if self._compared is None or self._compared[0] is not values:
            stored = {sheet: self.book.values(sheet) for sheet in {at.sheet for at in values.news}}
            differing = ((at, stored[at.sheet].get(at[1:]), new) for at, new in values.news.items())
            changed = {
                at: (old, new)
                for at, old, new in differing
                if not same(old, new) and not self._stored.is_right(at, new)
            }
            self._compared = values, changed
        return MappingProxyType(self._compared[1])

    def to_bytes(self) -> bytes:
        """Return the workbook with the changed inputs and the recalculated values, every other byte as it was."""
        changed = {at: value for at, (_, value) in self.changes().items()}
        put_in = self._calculation.inputs.items()
        changed.update((at, value) for at, value in put_in if not same(self.book.value(at), value))
        areas = self._calculation.grown
        if not (changed or areas):
            return self.book.package.data
        package = with_cells(self.book, changed, areas)
        if changed:
            from dealmodel.workbook.charts import follow_cells  # noqa: PLC0415  a dozen patterns

            follow_cells(package, self.book, changed, self._calculation.capture)
        return package.to_bytes()

    def save(self, path: str | Path | None = None) -> Path:
        """Write the workbook, by default back to its own file, in one step: the old file is whole until then.

        Raises
        ------
        WorkbookError
            If it cannot be written, or if its own file has become another one since it was read.
        """
        target = Path(path) if path is not None else self.path
        if target is None:
            raise WorkbookError(f"{self.book.label} has no file of its own; say where to save it")
        kinds = _SUFFIXES if self.path is None else {self.path.suffix.lower()}
        if target.suffix.lower() not in kinds:
            raise WorkbookError(f"this workbook is saved to a file {' or '.join(sorted(kinds))}; got {target.name}")
        check_not_open(target)
        data = self.to_bytes()
        own = self.path is not None and os.path.realpath(target) == os.path.realpath(self.path)
        if own:
            check_unchanged(target, (self._on_disk, data))
        write_file(target, data)
        if own:
            self._on_disk = data
        return target

    def to_frame(self) -> pd.DataFrame:
        """Return inputs and outputs as a pandas frame, one row a name.

        Returns
        -------
        Index `name`; columns `kind`, `label`, `unit`, `value`, one per scenario where the workbook has scenarios,
        then `source`, `as_of`, `rounded`, `low`, `high` and `cell`.
        """
        import pandas as pd  # noqa: PLC0415  300 ms that only frames need

        scenarios = list(self.vocabulary.scenario_columns)
        rows = [self._row(named) for named in self.vocabulary.named]
        columns = ["kind", "label", "unit", "value", *scenarios, "source", "as_of", "rounded", "low", "high", "cell"]
        return pd.DataFrame(rows, columns=["name", *columns]).set_index("name")

    def _row(self, named: Named) -> dict[str, object]:
        in_scenarios = self.vocabulary.scenarios(named.at)
        return {
            "name": named.name,
            "kind": named.kind.value,
            "label": named.label,
            "unit": named.unit,
            "value": self.value_at(named.at),
            **{scenario: self.value_at(at) for scenario, at in in_scenarios.items()},
            "source": named.source,
            "as_of": named.as_of,
            "rounded": named.rounded,
            "low": named.low,
            "high": named.high,
            "cell": str(named.at),
        }


def _reopened(
    kind: type[Model],
    data: bytes,
    label: str,
    opened: tuple[Path | None, datetime, int],
    inputs: Mapping[CellAt, Scalar],
) -> Model:
    path, now, seed = opened
    model = kind(Book(Package(data, label)), path, now, seed=seed)
    for at, value in inputs.items():
        model.put(at, value)
    return model


def _shown(value: Scalar) -> str:
    return "nothing" if value is None else f"{value:.15g}" if isinstance(value, float) else repr(value)
