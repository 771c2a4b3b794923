"""`dealmodel retarget`: a workbook for another host."""

from __future__ import annotations

from pathlib import Path

import click

from dealmodel.commands.shared import check_kind


@click.command(short_help="Rewrite BOOK for LibreOffice, Excel or xlwings Lite.")
@click.argument("book", type=click.Path(path_type=Path))
@click.option(
    "--host", required=True, help="The program that is to find the functions: canonical, calc, excel or lite."
)
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Write the workbook here.")
def retarget(book: Path, host: str, output: Path) -> None:
    """Rewrite BOOK (.xlsx, .xlsm, .ods) so that a host finds the functions in it.

    LibreOffice knows the functions of a file only by its own names; `calc` writes those, `lite` those of xlwings Lite,
    `canonical` the usual ones back. For Excel with the add-in, `excel` links the workbook to it; where Excel takes no
    links, in data validations and conditional formats, the usual names stay. Formulas, defined names, data validations
    and conditional formats change, nothing else does.
    """
    from dealmodel.workbook.retarget import retarget as rewrite  # noqa: PLC0415
    from dealmodel.workbook.save import check_not_open, write_file  # noqa: PLC0415
    from dealmodel.workbook.stored.package import Package  # noqa: PLC0415

    check_kind(book, output)
    done = rewrite(Package.open(book), host)
    check_not_open(output)
    write_file(output, done.data)
    click.echo(f"wrote {output}: {done.formulas} formula{'' if done.formulas == 1 else 's'} rewritten for {host}")
