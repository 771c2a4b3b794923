"""`dealmodel solve`: every value of an input at which an output is at a target."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dealmodel.commands.shared import BOOK, JSON, OUTPUT, SCENARIO, SET, check_target, how_to_repeat, number, open_model
from dealmodel.console import print_json

if TYPE_CHECKING:
    from dealmodel.simulation.whatif.solving import Solution
    from dealmodel.workbook.model import Model

EXIT_NONE = 3
"""No value of the input reaches the target."""
_LISTED = 20
"""Roots, and jumps, that are printed."""


@click.command(short_help="Find every value of an input that meets a target.")
@BOOK
@OUTPUT
@click.option("--target", required=True, metavar="VALUE", help="Value that the output is to have: 300, 1,200 or 51%.")
@click.option("--input", "name", required=True, metavar="NAME", help="Input that is changed.")
@click.option(
    "--between", type=(str, str), metavar="LOW HIGH", help="Values of the input to look at; dates as 2018-06-30."
)
@SET
@SCENARIO
@click.option("-o", "--results", type=click.Path(path_type=Path), help="Write roots and curve into an .xlsx file.")
@JSON
def solve(
    book: Path,
    output: str,
    target: str,
    name: str,
    between: tuple[str, str] | None,
    assignments: tuple[str, ...],
    scenario: str | None,
    results: Path | None,
    as_json: bool,
) -> None:
    """Find every value of an input of BOOK at which an output is at a target.

    Without --between the input's own range is searched, or else from 0 to four times its value, or ten years either
    way of a date; never beyond what its cell takes. What is printed says how it is known that there are no other roots:
    a proof, by interval arithmetic over the formulas, or evidence with its limits.

    Exit code: 0 there is one, 1 bad input, 2 wrong usage, 3 there is none.
    """
    from dealmodel.simulation.whatif.report import write_solution  # noqa: PLC0415
    from dealmodel.simulation.whatif.solving import solve as find  # noqa: PLC0415

    check_target(results, book)
    model = open_model(book, scenario, assignments)
    wanted = number(target, "--target", model)
    ends = None if between is None else (number(between[0], "--between", model), number(between[1], "--between", model))
    found = find(model, output, wanted, name, ends)
    if results is not None:
        write_solution(found, model, results, how_to_repeat())
    _print(found, model, as_json=as_json)
    if results is not None and not as_json:
        click.echo(f"wrote {results}")
    if not found.roots:
        click.get_current_context().exit(EXIT_NONE)


def _print(found: Solution, model: Model, *, as_json: bool) -> None:
    from dealmodel.simulation.whatif.levers import Lever, output_cell  # noqa: PLC0415
    from dealmodel.simulation.whatif.shown import shower  # noqa: PLC0415
    from dealmodel.simulation.whatif.solving import DIGITS  # noqa: PLC0415

    if as_json:
        print_json(
            {
                "output": found.output,
                "target": found.target,
                "input": found.name,
                "between": [found.low, found.high],
                "roots": [{"low": r.low, "high": r.high, "output": r.output} for r in found.roots],
                "jumps": list(found.jumps),
                "proof": found.proof,
                "open": [list(stretch) for stretch in found.open],
                "reason": found.reason,
            }
        )
        return
    at = Lever(model, found.name).at
    show = shower(model, at, DIGITS)
    target = shower(model, output_cell(model, found.output), DIGITS)(found.target)
    asked = f"{found.output} = {target} for {found.name} from {found.interval(shower(model, at, '{:g}'.format))}"
    click.echo(f"{asked}: {len(found.roots) or 'no'} root{'' if len(found.roots) == 1 else 's'}")
    for root in found.roots[:_LISTED]:
        stretch = show(root.low) if root.low == root.high else f"every value from {show(root.low)} to {show(root.high)}"
        click.echo(f"  {found.name} = {stretch}")
    for place in found.jumps[:_LISTED]:
        click.echo(f"  at {show(place)} the output jumps past the target: no root")
    both = ((found.roots, "roots"), (found.jumps, "jumps"))
    left = [f"{len(all_) - _LISTED:,} more {what}" for all_, what in both if len(all_) > _LISTED]
    if left:
        click.echo(f"  and {' and '.join(left)}; -o and --json have all")
    click.echo(found.reason)
