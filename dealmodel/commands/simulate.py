"""`dealmodel simulate`: all trials through the workbook's own formulas at once."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dealmodel.commands.shared import (
    IN_PLACE,
    NOW,
    RESULTS,
    CountRange,
    check_target,
    distributions,
    how_to_repeat,
    number,
    open_model,
    target_file,
)
from dealmodel.console import print_json
from dealmodel.progress import progress_bar

if TYPE_CHECKING:
    from dealmodel.simulation.options import Options
    from dealmodel.simulation.results.result import Simulation
    from dealmodel.workbook.model import Model

_COARSE = 0.1
"""Precision, as a share, that is more likely meant in per cent."""
EXIT_STOPPED = 130
"""What shells give for a program that was stopped with Ctrl-C."""


@click.command(short_help="Run BOOK on many trials of its uncertain inputs.")
@click.argument("book", type=click.Path(path_type=Path))
@click.option("--trials", type=CountRange(min=1), metavar="N", help="How many trials.  [default: 131072]")
@click.option("--sampler", type=click.Choice(["sobol", "latin", "random"]), default="sobol", show_default=True)
@click.option("--seed", type=int, help="Repeat a run: the same seed gives the same trials; 0 is a seed.")
@click.option("--input", "inputs", multiple=True, metavar="NAME=DISTRIBUTION", help="Make an input uncertain.")
@click.option("--output", "outputs", multiple=True, metavar="NAME", help="What to report; may be repeated.")
@click.option("--set", "assignments", multiple=True, metavar="NAME=VALUE", help="Change an input first.")
@click.option("--scenario", metavar="NAME", help="Make a scenario the live one.")
@click.option("--correlation", type=click.Path(path_type=Path), help="CSV file of rank correlations.")
@click.option(
    "--method", type=click.Choice(["copula", "iman-conover"]), default="copula", show_default=True,
    help="How correlations are made.",
)  # fmt: skip
@click.option("--target", "targets", multiple=True, metavar="[NAME=]VALUE", help="Count the trials above a value.")
@click.option("--until", metavar="PERCENT", help="Stop when all means are known this well, such as 0.5%.")
@click.option(
    "--indices",
    type=CountRange(min=0),
    default=0,
    metavar="N",
    help="Work out Sobol indices, with so many rows: 16384.",
)
@click.option(
    "--compare",
    "against",
    metavar="SCENARIO|BOOK",
    help="Subtract this scenario, or another book as it is, trial by trial.",
)
@click.option(
    "--check", type=CountRange(min=1), default=64, metavar="N", show_default=True, help="Trials computed twice."
)
@NOW
@RESULTS
@IN_PLACE
@click.option("--separate", is_flag=True, help="With -o: results alone, with charts for every output.")
@click.option("--png", "pictures", type=click.Path(path_type=Path), metavar="FOLDER", help="Write charts as pictures.")
@click.option("--trials-out", type=click.Path(path_type=Path), help="Write all trials to a .csv or .parquet file.")
@click.option(
    "--processes", type=click.IntRange(min=1), metavar="N",
    help="How many processes run trials; the results are the same.  [default: those that are free, for a long run]",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
def simulate(
    book: Path,
    trials: int | None,
    sampler: str,
    seed: int | None,
    inputs: tuple[str, ...],
    outputs: tuple[str, ...],
    assignments: tuple[str, ...],
    scenario: str | None,
    correlation: Path | None,
    method: str,
    targets: tuple[str, ...],
    until: str | None,
    indices: int,
    against: str | None,
    check: int,
    now: str | None,
    results: Path | None,
    in_place: bool,
    separate: bool,
    pictures: Path | None,
    trials_out: Path | None,
    processes: int | None,
    as_json: bool,
) -> None:
    """Simulate BOOK: sample its uncertain cells and run its formulas on all trials at once.

    Uncertain are the cells that call a distribution, such as =DM_PERT(250,294,340), and the inputs made so by --input
    price=PERT(250,294,340). Outputs are the cells marked with DM_OUTPUT, or else those listed on the sheet Simulation,
    or else the named formula cells, texts that they choose included. Rank correlations stand in a range called
    dm_correlation, names in its first row, or in the file of --correlation.

    Exit code: 0 done, 1 bad input, 2 wrong usage, 130 stopped with Ctrl-C, after what was done has been printed.
    """
    from dealmodel.simulation.options import Options  # noqa: PLC0415
    from dealmodel.simulation.sampling.correlation import read_file  # noqa: PLC0415
    from dealmodel.simulation.simulate import simulate as run  # noqa: PLC0415

    target = target_file(book, results, in_place=in_place)
    check_target(trials_out)
    if separate and results is None:
        raise click.UsageError("--separate says what -o writes; give -o FILE.xlsx")
    if against is not None and (target or pictures or trials_out or until is not None or indices):
        raise click.UsageError("--compare goes without -o, --in-place, --png, --trials-out, --until and --indices")
    model = open_model(book, scenario, assignments, now)
    _check_before(model, pictures, in_place=in_place)
    options = Options(
        trials=trials,
        sampler=sampler,
        seed=seed,
        inputs=distributions(inputs),
        outputs=outputs,
        correlation=None if correlation is None else read_file(correlation),
        method=method,
        targets=_targets(targets),
        until=None if until is None else _share(until),
        indices=indices,
        check=check,
        trials_out=trials_out,
        processes=processes or 0,
        notice=lambda words: click.echo(words, err=True),
    )
    if against is not None:
        path = Path(against)
        # Another book is taken as it is, the same one too: what --set changes is what is asked about.
        is_book = path.suffix.lower() in (".xlsx", ".xlsm")
        other = open_model(path, None, (), now) if is_book else open_model(book, against, assignments, now)
        _compare(model, other, against, options, as_json=as_json)
        return
    with progress_bar("trials") as progress:
        done = run(model, replace(options, progress=progress))
    written = [target] if target is not None else []
    if target is not None:
        done.save(target, how_to_repeat(done.seed), separate=separate)
    written += [] if pictures is None else done.draw(pictures)
    written += [] if trials_out is None else [trials_out]
    _print(done, written, as_json=as_json)
    if done.interrupted:
        sys.exit(EXIT_STOPPED)


def _print(done: Simulation, written: list[Path], *, as_json: bool) -> None:
    if as_json:
        print_json(done.as_json())
        return
    from dealmodel.simulation.results.printing import print_simulation  # noqa: PLC0415

    print_simulation(done)
    for path in written:
        click.echo(f"wrote {path}")


def _check_before(model: Model, pictures: Path | None, *, in_place: bool) -> None:
    """Refuse what could not be written, before the trials are run."""
    if pictures is not None:
        from dealmodel.simulation.results.pictures import need_matplotlib  # noqa: PLC0415

        need_matplotlib()
    if in_place:
        from dealmodel.simulation.results.book import need_sheet  # noqa: PLC0415

        need_sheet(model)


def _compare(model: Model, other: Model, against: str, options: Options, *, as_json: bool) -> None:
    from dealmodel.simulation.compare import compare  # noqa: PLC0415
    from dealmodel.simulation.results.printing import print_comparison  # noqa: PLC0415

    done = compare(model, other, options)
    if as_json:
        print_json(done.as_json())
    else:
        print_comparison(done, against)


def _targets(texts: tuple[str, ...]) -> dict[str, float]:
    found = {}
    for text in texts:
        name, _, value = text.rpartition("=")
        found[name.strip()] = number(value, "--target")
    return found


def _share(text: str) -> float:
    value = number(text, "--until")
    if not 0 < value < 1:
        raise click.BadParameter(f"{text} is not a precision such as 0.5%", param_hint="--until")
    if value >= _COARSE and "%" not in text:
        raise click.BadParameter(f"{text} would be {value:.0%} of the mean; write it with %", param_hint="--until")
    return value
