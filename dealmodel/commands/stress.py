"""`dealmodel stress`: an output while its uncertain inputs are confined to their worst decile."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dealmodel.commands.shared import (
    BOOK,
    JSON,
    OUTPUT,
    SCENARIO,
    SET,
    check_target,
    distributions,
    how_to_repeat,
    open_model,
)
from dealmodel.console import print_json
from dealmodel.simulation.results.sixdigits import shown_or_error
from dealmodel.textable import Column, print_table

if TYPE_CHECKING:
    from dealmodel.simulation.whatif.stress import Stress
    from dealmodel.workbook.model import Model


@click.command(short_help="Show an output while uncertain inputs are at their worst.")
@BOOK
@OUTPUT
@click.option("--input", "inputs", multiple=True, metavar="NAME=DISTRIBUTION", help="Make an input uncertain.")
@click.option("--worst", type=click.Choice(["low", "high"]), default="low", show_default=True,
              help="Which values of the output are bad.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same trials.")
@SET
@SCENARIO
@click.option(
    "-o", "--results", type=click.Path(path_type=Path), help="Write the table and a chart into an .xlsx file."
)
@JSON
def stress(
    book: Path,
    output: str,
    inputs: tuple[str, ...],
    worst: str,
    seed: int,
    assignments: tuple[str, ...],
    scenario: str | None,
    results: Path | None,
    as_json: bool,
) -> None:
    """Show an output of BOOK while its uncertain inputs are confined to their worst decile.

    One after the other, then all together. The worst decile is the one that makes the output's mean lowest, or highest
    with --worst high. Inputs that go together by dm_correlation keep their ranks.
    """
    from dealmodel.simulation.whatif.report import write_stress  # noqa: PLC0415
    from dealmodel.simulation.whatif.stress import stress as confine  # noqa: PLC0415

    pairs = distributions(inputs)
    check_target(results, book)
    model = open_model(book, scenario, assignments)
    found = confine(model, output, pairs, seed, worst_is_high=worst == "high")
    if results is not None:
        write_stress(found, output, model, results, how_to_repeat())
    _print(found, model, as_json=as_json)
    if results is not None and not as_json:
        click.echo(f"wrote {results}")


def _print(found: tuple[Stress, ...], model: Model, *, as_json: bool) -> None:
    if as_json:
        print_json(
            [
                {"input": s.name, "decile": s.tail or None, "mean": s.mean, "p5": s.p5,
                 "p50": s.p50, "p95": s.p95, "errors": s.errors}
                for s in found
            ]
        )  # fmt: skip
        return
    from dealmodel.simulation.results.legend import legend_line  # noqa: PLC0415

    base, *confined, _ = found
    without = [s.name for s in confined if s.is_like(base)]
    failing = any(s.errors for s in found)
    titles = ("mean", "5%", "50%", "95%", *(["errors"] if failing else []))
    columns = [Column("in its worst decile"), Column("decile"), *(Column(t, right=True) for t in titles)]
    rows = [
        [s.name, s.tail, *map(shown_or_error, (s.mean, s.p5, s.p50, s.p95)), *([f"{s.errors:.1%}"] if failing else [])]
        for s in found
        if s.name not in without
    ]
    print_table(columns, rows)
    labels = legend_line(model, (s.name for s in found if s.name not in without))
    if labels:
        click.echo(f"\n{labels}")
    if without:
        click.echo(f"without effect: {', '.join(without)}")
