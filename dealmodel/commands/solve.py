"""`dealmodel solve`: every value of an input at which an output is at a target."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dealmodel.commands.shared import BOOK, JSON, OUTPUT, SCENARIO, SET, check_target, how_to_repeat, number, open_model
from dealmodel.console import print_json

if TYPE_CHECKING:
    from dealmodel.simulation.whatif.solving import Solution

EXIT_NONE = 3
"""No value of the input reaches the target."""


@click.command(short_help="Find every value of an input that meets a target.")
@BOOK
@OUTPUT
@click.option("--target", required=True, metavar="VALUE", help="Value that the output is to have: 300, 1,200 or 51%.")
@click.option("--input", "name", required=True, metavar="NAME", help="Input that is changed.")
@click.option("--between", type=(str, str), metavar="LOW HIGH", help="Values of the input to look at.")
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

    Without --between the input's own range is searched, or else from 0 to four times its value; never beyond what its
    cell takes. What is printed says how it is known that there are no other roots: a proof, by interval arithmetic over
    the formulas, or evidence with its limits.

    Exit code: 0 there is one, 1 bad input, 2 wrong usage, 3 there is none.
    """
    from dealmodel.simulation.whatif.report import write_solution  # noqa: PLC0415
    from dealmodel.simulation.whatif.solving import solve as find  # noqa: PLC0415

    wanted = number(target, "--target")
    ends = None if between is None else (number(between[0], "--between"), number(between[1], "--between"))
    check_target(results, book)
    model = open_model(book, scenario, assignments)
    found = find(model, output, wanted, name, ends)
    if results is not None:
        write_solution(found, model, results, how_to_repeat())
    _print(found, as_json=as_json)
    if results is not None and not as_json:
        click.echo(f"wrote {results}")
    if not found.roots:
        click.get_current_context().exit(EXIT_NONE)


def _print(found: Solution, *, as_json: bool) -> None:
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
    asked = f"{found.output} = {found.target:.12g} for {found.name} from {found.interval}"
    click.echo(f"{asked}: {len(found.roots) or 'no'} root{'' if len(found.roots) == 1 else 's'}")
    for root in found.roots:
        stretch = (
            f"{root.low:.12g}" if root.low == root.high else f"every value from {root.low:.12g} to {root.high:.12g}"
        )
        click.echo(f"  {found.name} = {stretch}")
    for place in found.jumps:
        click.echo(f"  at {place:.12g} the output jumps past the target: no root")
    click.echo(found.reason)
