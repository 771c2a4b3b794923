"""What the command line prints of a model: tables for people, plain data for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from dealmodel.cells import CellError, Scalar
from dealmodel.console import say
from dealmodel.display import Display
from dealmodel.textable import Column, print_table
from dealmodel.workbook.accuracy import CHANCES, CLOCKS
from dealmodel.workbook.resultsheets.fill import stale_sheets
from dealmodel.workbook.spelling.respelling import GOOGLES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dealmodel.workbook.address import CellAt
    from dealmodel.workbook.computing.computedcells import Kept
    from dealmodel.workbook.computing.disagreements import Disagreement
    from dealmodel.workbook.model import Model
    from dealmodel.workbook.vocabulary import Named

MOST_NOTES = 20
"""Notes of a kind that a person reads."""


class Regeneration(NamedTuple):
    """What a recalculation has changed."""

    model: Model
    outputs: tuple[tuple[Named, Scalar, Scalar], ...]
    """Every output with its value and the value that was stored before."""
    stale: Mapping[CellAt, tuple[Scalar, Scalar]]
    kept: tuple[Kept, ...]
    disagreements: tuple[Disagreement, ...]

    @classmethod
    def of(cls, model: Model) -> Regeneration:
        """Recalculate a model and compare it with what its file stored."""
        model.recalculate()
        outputs = tuple((n, model.value_at(n.at), model.book.value(n.at)) for n in model.outputs.values())
        return cls(model, outputs, model.changes(), model.kept, model.disagreements)

    @property
    def notes(self) -> list[str]:
        """What else a reader must know."""
        return [note for notes in self._notes() for note in notes]

    def _notes(self) -> tuple[list[str], ...]:
        """Return the notes by their kind."""
        called = self.model.called_functions
        pinned = [*self.model.vocabulary.misread]
        if called & CLOCKS:
            pinned.append(f"NOW() and TODAY() gave {self.model.now:%Y-%m-%d %H:%M:%S}; --now gives them another time")
        if called & CHANCES:
            pinned.append(f"RAND() and its kin gave the numbers of seed {self.model.seed}; --seed gives them others")
        pinned += [
            f"{name} was not opened: what formulas take from it are the values stored here" for name in self._linked
        ]
        if GOOGLES in called:
            pinned.append("formulas of Google Sheets alone, as QUERY, hold what they came to there: it wrote them so")
        if (self.stale or self.model.calculation.inputs) and self.model.book.package.is_signed:
            pinned.append("the workbook is signed; a change of its values breaks the signature, so sign it anew")
        kept = [f"{k.at} {self._stays(k.at)}: {k.reason}" for k in self.kept]
        parted = [
            f"{d.at} is {_told(d.computed)} but was stored as {_told(d.stored)}, though nothing behind it has changed"
            for d in self.disagreements
        ]
        stale = [f"the results on the sheet {sheet} are of other inputs" for sheet in stale_sheets(self.model)]
        return pinned, kept, parted, stale

    @property
    def _linked(self) -> list[str]:
        """The other workbooks of which the stored values were taken."""
        return list(dict.fromkeys(self.model.book.linked_sheets.values()))

    def _stays(self, at: CellAt) -> str:
        return "stays empty" if self.model.book.value(at) is None else "keeps its stored value"

    def as_json(self, target: Path | None) -> dict[str, Any]:
        """Return the result for programs."""
        return {
            "book": self.model.book.label,
            "written": None if target is None else str(target),
            "now": f"{self.model.now:%Y-%m-%dT%H:%M:%S}",
            "seed": self.model.seed,
            "changed_cells": len(self.stale),
            "outputs": [
                {
                    "name": n.name,
                    "cell": str(n.at),
                    "label": n.label,
                    "unit": n.unit,
                    "value": plain(v),
                    "before": plain(b),
                }
                for n, v, b in self.outputs
            ],
            "linked": self._linked,
            "kept": [
                {
                    "cell": str(k.at),
                    "value": plain(self.model.book.value(k.at)),
                    "reason": k.reason,
                    "because_of": None if k.because_of is None else str(k.because_of),
                }
                for k in self.kept
            ],
            "disagreements": [
                {"cell": str(d.at), "value": plain(d.computed), "stored": plain(d.stored)} for d in self.disagreements
            ],
            "notes": self.notes,
        }

    def print(self, target: Path | None) -> None:
        """Print the outputs as a table."""
        display = Display(self.model)
        rows = [(n.name, display.value(n, v), n.unit, display.change(n, before, v)) for n, v, before in self.outputs]
        if rows:
            print_table(
                (Column("output"), Column("value", right=True), Column("unit"), Column("change", right=True)),
                rows,
            )
        for notes in self._notes():
            for note in notes[:MOST_NOTES]:
                say(f"note: {note}")
            if len(notes) > MOST_NOTES:
                say(f"note: and {len(notes) - MOST_NOTES} more; --json has them all")
        cells = f"{len(self.stale)} cell{'' if len(self.stale) == 1 else 's'}"
        if target is not None:
            say(f"wrote {target}: {cells} recalculated to another value")
        else:
            say(f"nothing written; {cells} would change")


def describe(model: Model) -> dict[str, Any]:
    """Return inputs, uncertain cells and outputs for programs."""
    uncertain = _uncertain(model)
    return {
        "book": model.book.label,
        "scenarios": list(model.vocabulary.scenario_columns),
        "names": [
            {
                "name": n.name,
                "kind": "uncertain" if n.name in uncertain else n.kind.value,
                "cell": str(n.at),
                "label": n.label,
                "unit": n.unit,
                "value": plain(model.value_at(n.at)),
                "distribution": uncertain.get(n.name),
                "scenarios": {s: plain(model.value_at(at)) for s, at in model.vocabulary.scenarios(n.at).items()},
                "source": n.source,
                "as_of": plain(n.as_of),
                "rounded": plain(n.rounded),
                "low": plain(n.low),
                "high": plain(n.high),
            }
            for n in model.vocabulary.named
        ],
    }


def print_model(model: Model) -> None:
    """Print inputs, uncertain cells and outputs as tables."""
    common = Column("value", right=True), Column("unit"), Column("what it is")
    display = Display(model)
    uncertain = _uncertain(model)
    kinds = (
        ("input", [n for n in model.inputs.values() if n.name not in uncertain], "source"),
        ("uncertain", [n for n in model.vocabulary.named if n.name in uncertain], "distribution"),
        ("output", [n for n in model.outputs.values() if n.name not in uncertain], ""),
    )
    for title, names, last in kinds:
        rows = [
            [n.name, display.value(n, model.value_at(n.at)), n.unit, n.label, uncertain.get(n.name, n.source)]
            for n in names
        ]
        if rows:
            columns = [Column(title), *common, *([Column(last)] if last else [])]
            print_table(columns, [row[: len(columns)] for row in rows])
            say()
    if not len(model):
        say("no cell has a name; give names in Excel, or use addresses such as Sheet1!A1")
    for scenario in model.vocabulary.scenario_columns:
        say(f"scenario: {scenario}")


def _uncertain(model: Model) -> dict[str, str]:
    """Return the names whose cells hold one distribution, with what they hold."""
    from dealmodel.simulation.sampling.draws import may_draw, replaced_draw  # noqa: PLC0415  few workbooks hold any

    found = {}
    for named in model.vocabulary.named:
        at = model.picked_cell(named.at) or named.at
        if may_draw(model.formulas.get(at, "")) and replaced_draw(model, named.name) is not None:
            found[named.name] = model.formulas[at]
    return found


def plain(value: Scalar) -> Any:  # noqa: ANN401  what JSON holds
    """Return a value as JSON holds it; an error is its text."""
    return value.value if isinstance(value, CellError) else value


def _told(value: Scalar) -> str:
    """Return a value with every digit in which it may differ from another."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return repr(value) if isinstance(value, str) else "empty" if value is None else str(value).upper()
    return f"{value:.15g}"
