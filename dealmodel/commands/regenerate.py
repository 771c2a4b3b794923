"""`dealmodel regenerate`: the same workbook with right numbers."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dealmodel.commands.shared import FiniteRange, check_kind, moment


@click.command(short_help="Recalculate BOOK without Excel; write its values into it.")
@click.argument("book", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the workbook here.")
@click.option("--in-place", is_flag=True, help="Write the workbook back to its own file.")
@click.option("--set", "assignments", multiple=True, metavar="NAME=VALUE", help="Change an input; may be repeated.")
@click.option("--inputs", type=click.Path(path_type=Path), help="Change the inputs of a .csv, .json or .toml file.")
@click.option("--scenario", metavar="NAME", help="Make a scenario the live one, before the other changes.")
@click.option("--now", metavar="DATE", help="What NOW() and TODAY() give, as 2018-06-30 or 2018-06-30T12:00.")
@click.option("--seed", type=click.IntRange(0, 2**64 - 1), default=0, help="What RAND() and its kin follow from.")
@click.option("--certificate", type=click.Path(path_type=Path), help="Write a certificate's date and hash into it.")
@click.option("--check", is_flag=True, help="Write nothing; exit 3 if stored values are stale.")
@click.option("--strict", is_flag=True, help="Write nothing where a cell cannot be computed.")
@click.option("--timeout", type=FiniteRange(1), metavar="SECONDS", help="Give up after so long a computation.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def regenerate(
    book: Path,
    output: Path | None,
    in_place: bool,
    assignments: tuple[str, ...],
    inputs: Path | None,
    scenario: str | None,
    now: str | None,
    seed: int,
    certificate: Path | None,
    check: bool,
    strict: bool,
    timeout: float | None,
    as_json: bool,
) -> None:
    """Recalculate every formula of BOOK without Excel and write the values into it.

    NAME is a defined name (price), a cell (Inputs!E12), or a name in one scenario (price[As filed]). VALUE is a
    number (300, 1,223.3, 51%), TRUE or FALSE, a date (2018-02-09) or a text. Only values change in the
    file, of cells and of charts; every other byte of it stays. Without -o or --in-place nothing is written.

    A cell that cannot be computed, as one of another vendor's add-in, keeps its stored value, and so does what
    depends on it; both are listed. Listed too is each cell that was stored as something else than it computes to
    though nothing behind it has changed.

    Exit code: 0 done, 1 bad input, 2 wrong usage, 3 stale (--check), 4 some cells could not be computed.
    """
    if sum((output is not None, in_place, check)) > 1:
        raise click.UsageError("give one of -o, --in-place and --check")
    target = book if in_place else output
    check_kind(book, target)
    at = moment(now)
    from dealmodel import regeneration  # noqa: PLC0415  with the engine behind it

    request = regeneration.Request(
        book, target, at, seed, scenario, inputs, assignments, certificate, check, strict, timeout, as_json
    )
    sys.exit(regeneration.regenerate(request))
