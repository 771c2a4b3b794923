"""`dealmodel template`: a workbook to fill in."""

from __future__ import annotations

from pathlib import Path

import click

from dealmodel.errors import WorkbookError
from dealmodel.workbook.template import CASES


@click.command(short_help="Build the template workbook, or a worked case in it.")
@click.option(
    "--case", default="deal_template", show_default=True, help=f"Which workbook to build: {' or '.join(CASES)}."
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File to write; by default CASE.xlsx here.")
@click.option("--force", is_flag=True, help="Replace a file that exists.")
def template(case: str, output: Path | None, force: bool) -> None:
    """Build the template workbook, or a worked case in it."""
    from dealmodel.workbook.save import check_not_open, write_file  # noqa: PLC0415
    from dealmodel.workbook.template import build  # noqa: PLC0415

    target = output or Path(f"{case}.xlsx")
    if target.suffix.lower() != ".xlsx":
        raise click.UsageError(f"the output must be an .xlsx file; got {target.name}")
    data = build(case)
    if target.exists() and not force:
        raise WorkbookError(f"{target} exists; give another name with -o, or --force to replace it")
    check_not_open(target)
    write_file(target, data)
    click.echo(f"wrote {target}")
