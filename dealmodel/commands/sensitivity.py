"""`dealmodel sensitivity`: what moves an output, and tables of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import click

from dealmodel.commands.shared import (
    BOOK,
    IN_PLACE,
    JSON,
    NOW,
    OUTPUT,
    RESULTS,
    SCENARIO,
    SET,
    FiniteRange,
    check_target,
    how_to_repeat,
    open_model,
    target_file,
)
from dealmodel.console import print_json
from dealmodel.errors import InputRefusedError
from dealmodel.simulation.results.sixdigits import shown_or_error
from dealmodel.textable import Column, print_table, room_beside

if TYPE_CHECKING:
    from pathlib import Path

    from dealmodel.simulation.whatif.swings import Sensitivity
    from dealmodel.simulation.whatif.tables import Axis, Table
    from dealmodel.workbook.model import Model

_BAR, _SHORT_BAR = 30, 5
"""Characters of the longest bar; of that in a narrow terminal."""
_MOST_ROWS, _MOST_COLUMNS = 50, 15
"""Rows and columns of a table that are printed."""


@click.command(short_help="Show what moves an output of BOOK most.")
@BOOK
@OUTPUT
@click.option("--grid", "axes", multiple=True, metavar="NAME=LOW:HIGH:COUNT", help="Make a table; once or twice.")
@click.option("--input", "names", multiple=True, metavar="NAME", help="Move this input only; may be repeated.")
@click.option("--swing", type=FiniteRange(0, min_open=True, percent=True), default=10.0,
              metavar="PERCENT", show_default=True,
              help="Per cent by which an input moves that has no range of its own.")  # fmt: skip
@SET
@SCENARIO
@NOW
@RESULTS
@IN_PLACE
@JSON
def sensitivity(
    book: Path,
    output: str,
    axes: tuple[str, ...],
    names: tuple[str, ...],
    swing: float,
    assignments: tuple[str, ...],
    scenario: str | None,
    now: str | None,
    results: Path | None,
    in_place: bool,
    as_json: bool,
) -> None:
    """Show how far every input of BOOK moves an output, or a table of it over one or two inputs.

    Inputs are the named ones and all distributions, or in a workbook that names none the numbers from which the output
    is computed. An input moves between the values that stand under Low and High in its row, or the outer deciles of its
    distribution, or else by 10 per cent either way, a date and the first year of a plan by a year; never beyond what
    its cell takes. A table may go into a .csv file.
    """
    from dealmodel.simulation.whatif import book as books  # noqa: PLC0415
    from dealmodel.simulation.whatif.swings import sensitivity as swings  # noqa: PLC0415
    from dealmodel.simulation.whatif.tables import grid, parse_axis  # noqa: PLC0415

    if len(axes) > 2:  # noqa: PLR2004  a table has rows and columns
        raise click.UsageError("give --grid once or twice")
    if axes and names:
        raise click.UsageError("--input goes without --grid, which names its inputs itself")
    is_csv = bool(axes) and results is not None and results.suffix.lower() == ".csv"
    target = results if is_csv and not in_place else target_file(book, results, in_place=in_place)
    check_target(results)
    model = open_model(book, scenario, assignments, now)
    if in_place:
        books.need_sheet(model, table=bool(axes))
    if axes:
        date1904 = model.book.settings.date1904
        table = grid(model, output, *(parse_axis(axis, date1904=date1904) for axis in axes))
        if target is not None:
            books.write_table(table, model, target, how_to_repeat())
        _print_grid(table, model, as_json=as_json)
    else:
        found = swings(model, output, swing / 100, names)
        if target is not None:
            books.write_swings(found, model, target, how_to_repeat())
        _print_swings(found, model, as_json=as_json)
    if target is not None and not as_json:
        click.echo(f"wrote {target}")
    if not axes and not math.isfinite(found.value):
        raise InputRefusedError(f"{output} is an error as the workbook stands, from which nothing can swing")


def _print_swings(found: Sensitivity, model: Model, *, as_json: bool) -> None:
    from dealmodel.simulation.results.legend import legend_line  # noqa: PLC0415
    from dealmodel.simulation.whatif.book import range_notes, source_of  # noqa: PLC0415
    from dealmodel.simulation.whatif.levers import output_cell  # noqa: PLC0415
    from dealmodel.simulation.whatif.shown import shower  # noqa: PLC0415

    if as_json:
        swings = [
            {
                "input": s.name,
                "value": s.value,
                "low": s.range.low,
                "high": s.range.high,
                "output_at_low": s.at_low,
                "output_at_high": s.at_high,
                "range_from": s.range.source,
                "range_cut": s.range.cut,
            }
            for s in found.swings
        ]
        print_json({"output": found.output, "value": found.value, "swings": swings,
                    "without_effect": found.without, "not_moved": found.zeros})  # fmt: skip
        return
    show = shower(model, output_cell(model, found.output))
    click.echo(f"{found.output} is {show(found.value)}\n")
    widest = max((s.width for s in found.swings if math.isfinite(s.width)), default=0.0)
    titles = ("from", "to", f"{found.output} from", "to", "moves")
    columns = [Column("input"), *(Column(t, right=True) for t in titles), Column("range from")]
    rows: list[list[str]] = []
    for s in found.swings:
        ends = map(shown_or_error if s.cell is None else shower(model, s.cell), (s.range.low, s.range.high))
        rows.append([s.name, *ends, *map(show, (s.at_low, s.at_high)), shown_or_error(s.width), source_of(s)])
    if rows:
        longest = room_beside(columns, rows, _BAR, _SHORT_BAR)
        for s, row in zip(found.swings, rows, strict=True):
            row.insert(-1, "█" * round(longest * s.width / widest) if widest and math.isfinite(s.width) else "")
        print_table([*columns[:-1], Column(""), columns[-1]], rows, fold=True)
        labels = legend_line(model, (s.name for s in found.swings))
        if labels:
            click.echo(f"\n{labels}")
    else:
        click.echo("no input moves it")
    notes = range_notes(found)
    if notes:
        click.echo("\n" + "\n".join(notes))
    if found.without:
        click.echo(f"without effect: {', '.join(found.without)}")
    if found.zeros:
        click.echo(f"not moved, being 0 or held in place without a range: {', '.join(found.zeros)}")


def _print_grid(table: Table, model: Model, *, as_json: bool) -> None:
    from dealmodel.simulation.whatif.levers import Lever, output_cell  # noqa: PLC0415
    from dealmodel.simulation.whatif.shown import shower  # noqa: PLC0415

    def along(axis: Axis) -> list[str]:
        return list(map(shower(model, Lever(model, axis.name).at, "{:g}".format), axis.values.tolist()))

    show = shower(model, output_cell(model, table.output))
    names = [table.output] if table.columns is None else along(table.columns)
    down = along(table.rows)
    if as_json:
        columns = None if table.columns is None else {table.columns.name: table.columns.values.tolist()}
        values = table.values.tolist()
        print_json({"output": table.output, "rows": {table.rows.name: table.rows.values.tolist()}, "columns": columns,
                    "values": values})  # fmt: skip
        return
    rows, columns_shown = (
        _some(count, most) for count, most in zip(table.values.shape, (_MOST_ROWS, _MOST_COLUMNS), strict=True)
    )
    across = "" if table.columns is None else f" \\ {table.columns.name}"
    click.echo(f"{table.output}\n")
    print_table(
        [Column(f"{table.rows.name}{across}", right=True), *(Column(names[c], right=True) for c in columns_shown)],
        [[down[r], *(show(float(table.values[r, c])) for c in columns_shown)] for r in rows],
        fold=True,
    )
    if len(rows) * len(columns_shown) < table.values.size:
        height, width = table.values.shape
        click.echo(
            f"\n{len(rows)} of {height:,} rows and {len(columns_shown)} of {width:,} columns; -o and --json have all"
        )


def _some(count: int, most: int) -> list[int]:
    """Return places among so many, the first and the last among them."""
    return (
        sorted({round(i * (count - 1) / (min(count, most) - 1)) for i in range(min(count, most))}) if count > 1 else [0]
    )
