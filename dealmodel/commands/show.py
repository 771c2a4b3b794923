"""`dealmodel show`: what a workbook is about."""

from __future__ import annotations

from pathlib import Path

import click

from dealmodel.console import print_json
from dealmodel.guard import allowance, limit_time


@click.command(short_help="Show the inputs and outputs of BOOK.")
@click.argument("book", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
def show(book: Path, as_json: bool) -> None:
    """Show the inputs and outputs of BOOK with units and sources."""
    from dealmodel import report  # noqa: PLC0415
    from dealmodel.workbook.model import Model  # noqa: PLC0415

    limit_time(allowance(book))
    model = Model.open(book)
    if as_json:
        print_json(report.describe(model))
    else:
        report.print_model(model)
