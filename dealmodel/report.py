"""What the command line prints of a model: tables for people, plain data for programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from dealmodel.cells import CellError, Scalar
from dealmodel.display import Display
from dealmodel.textable import Column, print_table

if TYPE_CHECKING:
    from pathlib import Path

    from dealmodel.workbook.address import CellAt
    from dealmodel.workbook.calculation import Kept
    from dealmodel.workbook.model import Model
    from dealmodel.workbook.vocabulary import Named

VOLATILE_CLOCK = {"NOW", "TODAY"}
MOST_NOTES = 20
"""Notes that a person reads."""
VOLATILE_CHANCE = {"RAND", "RANDBETWEEN", "RANDARRAY"}


@dataclass(frozen=True, slots=True)
class Regeneration:
    """What a recalculation has changed."""

    model: Model
    outputs: tuple[tuple[Named, Scalar, Scalar], ...]
    """Every output with its value and the value that was stored before."""
    stale: dict[CellAt, tuple[Scalar, Scalar]]
    kept: tuple[Kept, ...]

    @classmethod
    def of(cls, model: Model) -> Regeneration:
        """Recalculate a model and compare it with what its file stored."""
        model.recalculate()
        outputs = tuple((n, model.value_at(n.at), model.book.value(n.at)) for n in model.outputs.values())
        return cls(model, outputs, model.changes(), model.kept)

    @property
    def notes(self) -> list[str]:
        """What else a reader must know."""
        called = self.model.called_functions
        notes = []
        if called & VOLATILE_CLOCK:
            notes.append(f"NOW() and TODAY() gave {self.model.now:%Y-%m-%d %H:%M:%S}; --now gives them another time")
        if called & VOLATILE_CHANCE:
            notes.append("RAND() and its kin gave the numbers of a fixed seed")
        return [*notes, *(f"{k.at} keeps its stored value: {k.reason}" for k in self.kept)]

    def as_json(self, target: Path | None) -> dict[str, Any]:
        """Return the result for programs."""
        return {
            "book": self.model.book.label,
            "written": None if target is None else str(target),
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
        for note in self.notes[:MOST_NOTES]:
            click.echo(f"note: {note}")
        if len(self.notes) > MOST_NOTES:
            click.echo(f"note: and {len(self.notes) - MOST_NOTES} more; --json has them all")
        cells = f"{len(self.stale)} cell{'' if len(self.stale) == 1 else 's'}"
        if target is not None:
            click.echo(f"wrote {target}: {cells} recalculated to another value")
        else:
            click.echo(f"nothing written; {cells} would change")


def describe(model: Model) -> dict[str, Any]:
    """Return inputs and outputs for programs."""
    return {
        "book": model.book.label,
        "scenarios": list(model.vocabulary.scenario_columns),
        "names": [
            {
                "name": n.name,
                "kind": n.kind.value,
                "cell": str(n.at),
                "label": n.label,
                "unit": n.unit,
                "value": plain(model.value_at(n.at)),
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
    """Print inputs and outputs as tables."""
    common = Column("value", right=True), Column("unit"), Column("what it is")
    display = Display(model)
    for title, names in (("input", model.inputs), ("output", model.outputs)):
        columns = [Column(title), *common, *([Column("source")] if title == "input" else [])]
        rows = [
            (n.name, display.value(n, model.value_at(n.at)), n.unit, n.label, n.source)[: len(columns)]
            for n in names.values()
        ]
        if rows:
            print_table(columns, rows)
            click.echo()
    if not len(model):
        click.echo("no cell has a name; give names in Excel, or use addresses such as Sheet1!A1")
    for scenario in model.vocabulary.scenario_columns:
        click.echo(f"scenario: {scenario}")


def plain(value: Scalar) -> Any:  # noqa: ANN401  what JSON holds
    """Return a value as JSON holds it; an error is its text."""
    return value.value if isinstance(value, CellError) else value
