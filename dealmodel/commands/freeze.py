"""`dealmodel freeze`: a workbook with values, for readers without the functions."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dealmodel.commands.shared import check_kind
from dealmodel.console import EXIT_KEPT
from dealmodel.guard import allowance, limit_time


@click.command(short_help="Write a copy of BOOK with values instead of DM_ formulas.")
@click.argument("book", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Write the workbook here.")
@click.option("--all", "every", is_flag=True, help="Freeze every formula, not only those that need the functions.")
def freeze(book: Path, output: Path, every: bool) -> None:
    """Write a copy of BOOK with values instead of DM_ formulas, recalculated first.

    Exit code: 0 done, 1 bad input, 2 wrong usage, 4 some of the frozen cells could not be computed.
    """
    from dealmodel.workbook.freeze import freeze as take_out  # noqa: PLC0415
    from dealmodel.workbook.model import Model  # noqa: PLC0415
    from dealmodel.workbook.save import check_not_book, check_not_open, write_file  # noqa: PLC0415

    check_kind(book, output)
    check_not_book(output, book)
    check_not_open(book)
    limit_time(allowance(book))
    frozen = take_out(Model.open(book), every=every)
    check_not_open(output)
    write_file(output, frozen.data)
    click.echo(f"wrote {output}: {frozen.formulas} formula{'' if frozen.formulas == 1 else 's'} became values")
    for kept in frozen.kept:
        click.echo(f"{kept.at} has its stored value: {kept.reason}", err=True)
    if frozen.kept:
        sys.exit(EXIT_KEPT)
