"""`dealmodel excel`: the functions in Excel."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from dealmodel.hosts.windows.machine import Machine

_BOOK = click.argument("book", type=click.Path(path_type=Path))
_ELSEWHERE = (
    "`dealmodel excel {command}` is for Excel on Windows, which this is not.\n"
    "What works here: LibreOffice (`dealmodel calc install`){lite}."
)
_LITE = ", and xlwings Lite in Excel for Mac or the web (`dealmodel excel lite BOOK.xlsx -o OUT.xlsx`)"
_LITE_AWAY = ", and books for xlwings Lite in Excel elsewhere (`dealmodel excel lite BOOK.xlsx -o OUT.xlsx`)"


@click.group()
def excel() -> None:
    """Put the functions into Excel, or into a workbook for it."""


@excel.command(short_help="Build the add-in as a file; needs no Excel.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("dealmodel.xlam"), show_default=True)
def build(output: Path) -> None:
    """Build the add-in as a file; needs no Excel, and gives the same bytes every time."""
    from dealmodel.hosts.addin import build_addin  # noqa: PLC0415

    _check_suffix(output, ".xlam")
    _write(output, build_addin())


@excel.command()
@click.option(
    "--python", type=click.Path(path_type=Path), help="Let this Python compute; by default the one that runs."
)
def install(python: Path | None) -> None:
    """Install the add-in; close Excel first."""
    from dealmodel.hosts.windows import installation  # noqa: PLC0415

    for line in installation.install(_machine("install"), python):
        click.echo(line)
    click.echo("start Excel: =DM_SHORTFALL(294, 892) gives 598; if not, `dealmodel excel doctor` says why")


@excel.command()
def uninstall() -> None:
    """Take the add-in out of Excel; close Excel first."""
    from dealmodel.hosts.windows import installation  # noqa: PLC0415

    lines = [*installation.uninstall(_machine("uninstall"))]
    for line in lines or ["there was nothing to take out"]:
        click.echo(line)


@excel.command(short_help="Look at every link between a cell and Python.")
def doctor() -> None:
    """Look at every link between a cell and Python, and say what to do.

    Exit code: 0 all is well, 1 something is broken.
    """
    from dealmodel.hosts.windows.doctor import examine  # noqa: PLC0415

    well = True
    for finding in examine(_machine("doctor")):
        click.echo(f"{'ok    ' if finding.well else 'BROKEN'}  {finding.text}")
        if not finding.well:
            well = False
            click.echo(f"        -> {finding.remedy}")
    if not well:
        sys.exit(1)


@excel.command(short_help="Put the functions' VBA inside BOOK.")
@_BOOK
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Write the .xlsm here.")
def embed(book: Path, output: Path) -> None:
    """Put the functions' VBA inside BOOK, for someone who has dealmodel but not the add-in."""
    from dealmodel.hosts.embed import embed as put_in  # noqa: PLC0415
    from dealmodel.workbook.stored.package import Package  # noqa: PLC0415

    _check_suffix(output, ".xlsm")
    _write(output, put_in(Package.open(book)))


@excel.command(short_help="Make BOOK one for xlwings Lite, on Windows, Mac or the web.")
@click.argument("book", type=click.Path(path_type=Path), required=False)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the workbook here.")
@click.option(
    "--files", type=click.Path(path_type=Path, file_okay=False), help="Write main.py and requirements.txt here."
)
def lite(book: Path | None, output: Path | None, files: Path | None) -> None:
    """Make BOOK one for xlwings Lite, which runs in Excel for Windows, Mac and the web.

    The functions come along as the book's main.py; whoever opens it needs the add-in xlwings Lite and nothing else.
    With --files their two files are written into a folder, to be pasted into Lite's editor.
    """
    from dealmodel.hosts.lite import workbook  # noqa: PLC0415
    from dealmodel.workbook.stored.package import Package  # noqa: PLC0415

    if (book is None) != (output is None) or not (book or files):
        raise click.UsageError("give BOOK and -o OUT.xlsx, or --files FOLDER, or both")
    if book is not None and output is not None:
        _check_suffix(output, book.suffix.lower())
        _write(output, workbook.write_lite(Package.open(book)))
    if files is not None:
        files.mkdir(parents=True, exist_ok=True)
        for name, text in workbook.files().items():
            _write(files / name, text.encode())


def _check_suffix(output: Path, suffix: str) -> None:
    if output.suffix.lower() != suffix:
        raise click.UsageError(f"the output must be an {suffix} file; got {output.name}")


def _write(output: Path, data: bytes) -> None:
    from dealmodel.workbook.save import check_not_open, write_file  # noqa: PLC0415

    check_not_open(output)
    write_file(output, data)
    click.echo(f"wrote {output}")


def _machine(command: str) -> Machine:
    """Return the user's Windows; on another system, say what works there."""
    from dealmodel.hosts.windows.machine import Machine  # noqa: PLC0415

    system: str = sys.platform
    if system != "win32":
        lite = _LITE if system == "darwin" else _LITE_AWAY
        click.echo(_ELSEWHERE.format(command=command, lite=lite), err=True)
        sys.exit(1)
    return Machine()
