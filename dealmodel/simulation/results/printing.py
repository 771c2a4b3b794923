"""What the command line prints of a simulation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import click

from dealmodel.simulation.results.legend import legend_line
from dealmodel.simulation.results.sixdigits import shown
from dealmodel.textable import Column, print_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dealmodel.simulation.compare import Comparison
    from dealmodel.simulation.results.outcome import Influence
    from dealmodel.simulation.results.result import Simulation
    from dealmodel.simulation.statistics.outputs import Statistics

_MOST_INPUTS = 10


def _share(value: float) -> str:
    return f"{value:.2%}" if math.isfinite(value) else ""


def _print_statistics(statistics: Iterable[Statistics]) -> None:
    # Of outputs that are texts, or errors, throughout, notes tell.
    found = [s for s in statistics if s.trials]
    if not found:
        return
    targets = any(s.target is not None for s in found)
    columns = [Column("output"), *(Column(t, right=True) for t in ("mean", "±", "sd", "skew", "min", "max", "P(< 0)"))]
    if targets:
        columns += [Column("target", right=True), Column("P(> target)", right=True)]
    columns += [Column("low 5% mean", right=True), Column("high 5% mean", right=True)]
    rows = []
    for s in found:
        row = [s.name, *map(shown, (s.mean, s.mean_error, s.sd, s.skew, s.lowest, s.highest)), _share(s.negative)]
        if targets:
            row += ["", ""] if s.target is None else [shown(s.target), _share(s.above)]
        rows.append([*row, shown(s.lower_tail), shown(s.upper_tail)])
    print_table(columns, rows, fold=True)
    click.echo()
    shares = list(found[0].percentiles)
    rows = []
    for s in found:
        rows.append([s.name, *(shown(v) for v in s.percentiles.values())])
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
    _print_statistics(simulation.statistics.values())
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
    _print_statistics(comparison.differences.values())
