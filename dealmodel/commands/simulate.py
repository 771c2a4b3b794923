"""`dealmodel simulate`: all trials through the workbook's own formulas at once."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dealmodel.console import print_json
from dealmodel.progress import progress_bar

if TYPE_CHECKING:
    from dealmodel.simulation.simulate import Options
    from dealmodel.workbook.model import Model

EXIT_STOPPED = 130
"""What shells give for a program that was stopped with Ctrl-C."""


@click.command()
@click.argument("book", type=click.Path(path_type=Path))
@click.option("--trials", type=click.IntRange(min=1), help="How many trials.  [default: 131072]")
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
@click.option("--indices", type=click.IntRange(min=0), default=0, help="Rows of a design for Sobol indices: 16384.")
@click.option("--compare", "against", metavar="SCENARIO|BOOK", help="Subtract this scenario or book, trial by trial.")
@click.option("--check", type=click.IntRange(min=1), default=64, show_default=True, help="Trials computed twice.")
@click.option("-o", "--results", type=click.Path(path_type=Path), help="Write a workbook with charts here.")
@click.option("--trials-out", type=click.Path(path_type=Path), help="Write all trials to a .csv or .parquet file.")
@click.option(
    "--processes", type=click.IntRange(min=1), metavar="N",
    help="How many processes run trials; the results are the same.  [default: as many as a long run is worth]",
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
    results: Path | None,
    trials_out: Path | None,
    processes: int | None,
    as_json: bool,
) -> None:
    """Simulate BOOK: sample its uncertain cells and run its formulas on all trials at once.

    Uncertain are the cells that call a distribution, such as =DM_PERT(250,294,340), and the inputs made so by --input
    price=PERT(250,294,340). Outputs are the cells marked with DM_OUTPUT, or else the named formula cells. Rank
    correlations stand in a range called dm_correlation, names in its first row, or in the file of --correlation.

    Exit code: 0 done, 1 bad input, 2 wrong usage, 130 stopped with Ctrl-C, after what was done has been printed.
    """
    from dealmodel.simulation.correlation import read_file  # noqa: PLC0415
    from dealmodel.simulation.simulate import Options  # noqa: PLC0415
    from dealmodel.simulation.simulate import simulate as run  # noqa: PLC0415

    if results is not None and results.suffix.lower() != ".xlsx":
        raise click.UsageError(f"results are written to an .xlsx file; got {results.name}")
    if against is not None and (results is not None or trials_out is not None or until is not None or indices):
        raise click.UsageError("--compare goes without -o, --trials-out, --until and --indices")
    model = _open(book, scenario, assignments)
    options = Options(
        trials=trials,
        sampler=sampler,
        seed=seed,
        inputs=dict(_pair(text, "NAME=DISTRIBUTION, such as price=PERT(250,294,340)") for text in inputs),
        outputs=outputs,
        correlation=None if correlation is None else read_file(correlation),
        method=method,
        targets=_targets(targets),
        until=None if until is None else _share(until),
        indices=indices,
        check=check,
        trials_out=trials_out,
        processes=processes or 0,
    )
    if against is not None:
        _compare(book, model, against, assignments, options, as_json=as_json)
        return
    with progress_bar("trials") as progress:
        done = run(model, replace(options, progress=progress))
    if results is not None:
        done.save(results)
    if as_json:
        print_json(done.as_json())
    else:
        from dealmodel.simulation.printing import print_simulation  # noqa: PLC0415

        print_simulation(done)
        for path in (results, trials_out):
            if path is not None:
                click.echo(f"wrote {path}")
    if done.interrupted:
        sys.exit(EXIT_STOPPED)


def _open(book: Path, scenario: str | None, assignments: tuple[str, ...]) -> Model:
    from dealmodel.workbook.entries import parse_assignment  # noqa: PLC0415
    from dealmodel.workbook.model import Model  # noqa: PLC0415

    model = Model.open(book)
    if scenario is not None:
        model.choose(scenario)
    for name, value in map(parse_assignment, assignments):
        model.set(name, value)
    return model


def _compare(
    book: Path, model: Model, against: str, assignments: tuple[str, ...], options: Options, *, as_json: bool
) -> None:
    from dealmodel.simulation.compare import compare  # noqa: PLC0415
    from dealmodel.simulation.printing import print_comparison  # noqa: PLC0415

    path = Path(against)
    is_book = path.suffix.lower() in (".xlsx", ".xlsm")
    other = _open(path if is_book else book, None if is_book else against, assignments)
    done = compare(model, other, options)
    if as_json:
        print_json(done.as_json())
    else:
        print_comparison(done, against)


def _pair(text: str, expected: str) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if not mark or not name.strip():
        raise click.BadParameter(f"{text} is not {expected}")
    return name.strip(), value.strip()


def _targets(texts: tuple[str, ...]) -> dict[str, float]:
    found = {}
    for text in texts:
        name, _, value = text.rpartition("=")
        found[name.strip()] = _number(value)
    return found


def _number(text: str) -> float:
    from dealmodel.workbook.entries import parse_value  # noqa: PLC0415

    value = parse_value(text)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise click.BadParameter(f"{text} is not a number")
    return float(value)


def _share(text: str) -> float:
    value = _number(text)
    if not 0 < value < 1:
        raise click.BadParameter(f"{text} is not a precision such as 0.5%", param_hint="--until")
    return value
