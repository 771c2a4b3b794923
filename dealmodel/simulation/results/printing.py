"""What the command line prints of a simulation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import click

from dealmodel.simulation.results.legend import legend_line
from dealmodel.simulation.results.sixdigits import shown
from dealmodel.simulation.whatif.shown import shower
from dealmodel.textable import Column, print_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dealmodel.simulation.compare import Comparison
    from dealmodel.simulation.results.outcome import Influence
    from dealmodel.simulation.results.result import Simulation
    from dealmodel.simulation.statistics.outputs import Statistics
    from dealmodel.workbook.address import CellAt
    from dealmodel.workbook.model import Model

_MOST_INPUTS = 10


def _share(value: float) -> str:
    return f"{value:.2%}" if math.isfinite(value) else ""


def _shower(model: Model | None, at: CellAt | None) -> Callable[[float], str]:
    """Return how values of an output are shown: of a cell that shows dates, as the days on which they lie."""
    dated = shown if model is None or at is None else shower(model, at, shown)
    return shown if dated is shown else lambda value: dated(math.floor(value) if math.isfinite(value) else value)


def _print_statistics(
    statistics: Iterable[Statistics], model: Model | None = None, cells: Mapping[str, CellAt] | None = None
) -> None:
    # Of outputs that are texts, or errors, throughout, notes tell.
    found = [s for s in statistics if s.trials]
    if not found:
        return
    shows = {s.name: _shower(model, (cells or {}).get(s.name)) for s in found}
    targets = any(s.target is not None for s in found)
    columns = [Column("output"), *(Column(t, right=True) for t in ("mean", "±", "sd", "skew", "min", "max", "P(< 0)"))]
    if targets:
        columns += [Column("target", right=True), Column("P(> target)", right=True)]
    columns += [Column("low 5% mean", right=True), Column("high 5% mean", right=True)]
    rows = []
    for s in found:
        show = shows[s.name]
        row = [s.name, show(s.mean), *map(shown, (s.mean_error, s.sd, s.skew)), show(s.lowest), show(s.highest)]
        row.append(_share(s.negative))
        if targets:
            row += ["", ""] if s.target is None else [show(s.target), _share(s.above)]
        rows.append([*row, show(s.lower_tail), show(s.upper_tail)])
    print_table(columns, rows, fold=True)
    click.echo()
    shares = list(found[0].percentiles)
    rows = []
    for s in found:
        rows.append([s.name, *(shows[s.name](v) for v in s.percentiles.values())])
        rows.append(["  ±", *(shown(v) for v in s.percentile_errors.values())])
    print_table([Column("percentile"), *(Column(f"{p:.0%}", right=True) for p in shares)], rows, fold=True)


def _strongest(simulation: Simulation, output: str) -> list[Influence]:
    """Return the inputs that do most to an output, by their total indices where there are any."""
    indices, found = simulation.indices, simulation.influences[output]
    if indices is None:
        return [i for i in found if i.correlation][:_MOST_INPUTS]
    totals = {i.input: float(indices.total[output][indices.inputs.index(i.input)]) for i in found}
    moving = [i for i in found if i.correlation or totals[i.input]]
    return sorted(moving, key=lambda i: -totals[i.input])[:_MOST_INPUTS]


def print_simulation(simulation: Simulation) -> None:
    """Print statistics, percentiles and influences as tables."""
    click.echo(
        f"{simulation.trials:,} trials, sampler {simulation.sampler}, seed {simulation.seed}; "
        f"{simulation.checked} computed again by the engine, with the same result\n"
    )
    _print_statistics(simulation.statistics.values(), simulation.model, simulation.cells)
    click.echo()
    indices = simulation.indices
    columns = [
        Column("output"),
        Column("input"),
        Column("rank correlation", right=True),
        Column("variance", right=True),
    ]
    if indices is not None:
        columns += [Column("first order", right=True), Column("total order", right=True)]
    rows = []
    for name in simulation.influences:
        for influence in _strongest(simulation, name):
            row = [name, influence.input, f"{influence.correlation:+.3f}", f"{influence.contribution:.1%}"]
            if indices is not None:
                place = indices.inputs.index(influence.input)
                row += [f"{indices.first[name][place]:.3f}", f"{indices.total[name][place]:.3f}"]
            rows.append(row)
    if rows:
        print_table(columns, rows)
    labels = legend_line(simulation.model, (row[1] for row in rows))
    if labels:
        click.echo(f"\n{labels}")
    for note in simulation.notes:
        click.echo(f"note: {note}")


def print_comparison(comparison: Comparison, other: str) -> None:
    """Print the statistics of the differences as tables."""
    click.echo(
        f"this less {other}, {comparison.trials:,} trials, sampler {comparison.sampler}, seed {comparison.seed}; "
        f"the same random numbers in {', '.join(comparison.shared) or 'no input'}\n"
    )
    # A difference of two dates is a number of days.
    _print_statistics(comparison.differences.values())
