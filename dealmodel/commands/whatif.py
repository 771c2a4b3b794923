"""`dealmodel sensitivity`, `solve` and `stress`: what if the inputs were others."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dealmodel.console import print_json
from dealmodel.textable import Column, print_table

if TYPE_CHECKING:
    from dealmodel.simulation.whatif import Sensitivity, Solution, Stress, Table
    from dealmodel.workbook.model import Model

_BOOK = click.argument("book", type=click.Path(path_type=Path))
_OUTPUT = click.option("--output", required=True, metavar="NAME", help="What is looked at: a name or Sheet!A1.")
_SET = click.option("--set", "assignments", multiple=True, metavar="NAME=VALUE", help="Change an input first.")
_SCENARIO = click.option("--scenario", metavar="NAME", help="Make a scenario the live one.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
_BAR = 30
EXIT_NONE = 3
"""No value of the input reaches the target."""


@click.command()
@_BOOK
@_OUTPUT
@click.option("--grid", "axes", multiple=True, metavar="NAME=LOW:HIGH:COUNT", help="Print a table; once or twice.")
@click.option("--swing", type=click.FloatRange(0, min_open=True), default=10.0, show_default=True,
              help="Per cent by which an input moves that has no range of its own.")  # fmt: skip
@_SET
@_SCENARIO
@_JSON
def sensitivity(
    book: Path,
    output: str,
    axes: tuple[str, ...],
    swing: float,
    assignments: tuple[str, ...],
    scenario: str | None,
    as_json: bool,
) -> None:
    """Show how far every input of BOOK moves an output, or a table of it over one or two inputs.

    An input moves between the values that stand under Low and High in its row, or else by 10 per cent either way.
    """
    from dealmodel.simulation import whatif  # noqa: PLC0415

    if len(axes) > 2:  # noqa: PLR2004  a table has rows and columns
        raise click.UsageError("give --grid once or twice")
    model = _open(book, scenario, assignments)
    if axes:
        table = whatif.grid(model, output, *map(whatif.parse_axis, axes))
        _print_grid(table, as_json=as_json)
    else:
        _print_swings(whatif.sensitivity(model, output, swing / 100), as_json=as_json)


@click.command()
@_BOOK
@_OUTPUT
@click.option("--target", type=float, required=True, help="Value that the output is to have.")
@click.option("--input", "name", required=True, metavar="NAME", help="Input that is changed.")
@click.option("--between", type=(float, float), metavar="LOW HIGH", help="Values of the input to look at.")
@_SET
@_SCENARIO
@_JSON
def solve(
    book: Path,
    output: str,
    target: float,
    name: str,
    between: tuple[float, float] | None,
    assignments: tuple[str, ...],
    scenario: str | None,
    as_json: bool,
) -> None:
    """Find every value of an input of BOOK at which an output is at a target.

    Without --between the input's own range is searched, or else from 0 to four times its value.

    Exit code: 0 there is one, 1 bad input, 2 wrong usage, 3 there is none.
    """
    from dealmodel.simulation import whatif  # noqa: PLC0415

    found = whatif.solve(_open(book, scenario, assignments), output, target, name, between)
    _print_solution(found, as_json=as_json)
    if not found.roots:
        click.get_current_context().exit(EXIT_NONE)


@click.command()
@_BOOK
@_OUTPUT
@click.option("--input", "inputs", multiple=True, metavar="NAME=DISTRIBUTION", help="Make an input uncertain.")
@click.option("--worst", type=click.Choice(["low", "high"]), default="low", show_default=True,
              help="Which values of the output are bad.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same trials.")
@_SET
@_SCENARIO
@_JSON
def stress(
    book: Path,
    output: str,
    inputs: tuple[str, ...],
    worst: str,
    seed: int,
    assignments: tuple[str, ...],
    scenario: str | None,
    as_json: bool,
) -> None:
    """Show an output of BOOK while its uncertain inputs are confined to their worst decile."""
    from dealmodel.simulation import whatif  # noqa: PLC0415

    pairs = dict(_pair(text) for text in inputs)
    model = _open(book, scenario, assignments)
    found = whatif.stress(model, output, pairs, seed, worst_is_high=worst == "high")
    _print_stress(found, as_json=as_json)


def _open(book: Path, scenario: str | None, assignments: tuple[str, ...]) -> Model:
    from dealmodel.workbook.entries import parse_assignment  # noqa: PLC0415
    from dealmodel.workbook.model import Model  # noqa: PLC0415

    model = Model.open(book)
    if scenario is not None:
        model.choose(scenario)
    for text in assignments:
        model.set(*parse_assignment(text))
    return model


def _pair(text: str) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if not mark or not name.strip():
        raise click.UsageError(f"{text} is not NAME=DISTRIBUTION, such as price=PERT(250,294,340)")
    return name.strip(), value.strip()


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _shown(value: float) -> str:
    return f"{value:,.6g}" if math.isfinite(value) else "error"


def _print_swings(found: Sensitivity, *, as_json: bool) -> None:
    if as_json:
        swings = [
            {
                "input": s.name,
                "low": s.low,
                "high": s.high,
                "output_at_low": _number(s.at_low),
                "output_at_high": _number(s.at_high),
                "range_given": s.given,
            }
            for s in found.swings
        ]
        print_json({"output": found.output, "value": _number(found.value), "swings": swings,
                    "without_effect": found.without})  # fmt: skip
        return
    click.echo(f"{found.output} is {_shown(found.value)}\n")
    widest = max((s.width for s in found.swings if math.isfinite(s.width)), default=0.0)
    titles = ("from", "to", f"{found.output} from", "to", "moves")
    columns = [Column("input"), *(Column(t, right=True) for t in titles), Column("")]
    rows: list[list[str]] = []
    for s in found.swings:
        bar = "█" * round(_BAR * s.width / widest) if widest and math.isfinite(s.width) else ""
        rows.append([s.name, *map(_shown, (s.low, s.high, s.at_low, s.at_high, s.width)), bar])
    print_table(columns, rows)
    assumed = sum(not s.given for s in found.swings)
    if assumed:
        click.echo(
            f"\n{assumed} of {len(found.swings)} have no range in the workbook and move by a share of their value"
        )
    if found.without:
        click.echo(f"without effect: {', '.join(found.without)}")


def _print_grid(table: Table, *, as_json: bool) -> None:
    names = [
        "" if table.columns is None else f"{v:g}" for v in ([0.0] if table.columns is None else table.columns.values)
    ]
    if as_json:
        columns = None if table.columns is None else {table.columns.name: table.columns.values.tolist()}
        values = [[_number(v) for v in row] for row in table.values.tolist()]
        print_json({"output": table.output, "rows": {table.rows.name: table.rows.values.tolist()}, "columns": columns,
                    "values": values})  # fmt: skip
        return
    across = "" if table.columns is None else f" \\ {table.columns.name}"
    click.echo(f"{table.output}\n")
    print_table(
        [Column(f"{table.rows.name}{across}", right=True), *(Column(n, right=True) for n in names)],
        [[f"{v:g}", *map(_shown, row)] for v, row in zip(table.rows.values, table.values.tolist(), strict=True)],
    )


def _print_solution(found: Solution, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "output": found.output,
                "target": found.target,
                "input": found.name,
                "between": [found.low, found.high],
                "roots": [{"low": r.low, "high": r.high} for r in found.roots],
                "jumps": list(found.jumps),
                "reason": found.reason,
            }
        )
        return
    asked = f"{found.output} = {found.target:g} for {found.name} from {found.low:g} to {found.high:g}"
    click.echo(f"{asked}: {len(found.roots) or 'no'} root{'' if len(found.roots) == 1 else 's'}")
    for root in found.roots:
        stretch = (
            f"{root.low:.12g}" if root.low == root.high else f"every value from {root.low:.12g} to {root.high:.12g}"
        )
        click.echo(f"  {found.name} = {stretch}")
    for place in found.jumps:
        click.echo(f"  at {place:.12g} the output jumps past the target")
    click.echo(found.reason)


def _print_stress(found: tuple[Stress, ...], *, as_json: bool) -> None:
    if as_json:
        print_json(
            [
                {"input": s.name, "decile": s.tail or None, "mean": _number(s.mean), "p5": _number(s.p5),
                 "p50": _number(s.p50), "p95": _number(s.p95)}
                for s in found
            ]
        )  # fmt: skip
        return
    columns = [
        Column("in its worst decile"),
        Column("decile"),
        *(Column(t, right=True) for t in ("mean", "5%", "50%", "95%")),
    ]
    print_table(columns, [[s.name, s.tail, *map(_shown, (s.mean, s.p5, s.p50, s.p95))] for s in found])
