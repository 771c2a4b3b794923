"""The command line: parses, calls, prints."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from dealmodel.errors import DealModelError, WorkbookError

EXIT_STALE, EXIT_KEPT = 3, 4


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="dealmodel", message="dealmodel %(version)s")
def cli() -> None:
    r"""Deal scenario models in spreadsheets: valuations, dilution, cash against fines, R&D funding gaps.

    \b
    dealmodel show BOOK                                inputs and outputs of a workbook
    dealmodel regenerate BOOK --set price=300 -o OUT   the same workbook with right numbers
    dealmodel functions DM_STEP_VALUATION              help of a worksheet function
    """


@cli.command()
@click.argument("book", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the workbook here.")
@click.option("--in-place", is_flag=True, help="Write the workbook back to its own file.")
@click.option("--set", "assignments", multiple=True, metavar="NAME=VALUE", help="Change an input; may be repeated.")
@click.option("--inputs", type=click.Path(path_type=Path), help="Change the inputs of a .csv, .json or .toml file.")
@click.option("--scenario", metavar="NAME", help="Make a scenario the live one, before the other changes.")
@click.option("--now", metavar="DATE", help="What NOW() and TODAY() give, as 2018-06-30 or 2018-06-30T12:00.")
@click.option("--check", is_flag=True, help="Write nothing; exit 3 if stored values are stale.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def regenerate(
    book: Path,
    output: Path | None,
    in_place: bool,
    assignments: tuple[str, ...],
    inputs: Path | None,
    scenario: str | None,
    now: str | None,
    check: bool,
    as_json: bool,
) -> None:
    """Recalculate every formula of BOOK without Excel and write the values into it.

    NAME is a defined name (price), a cell (Inputs!E12), or a name in one scenario (price[As filed]). VALUE is a
    number (300, 1,223.3, 51%), TRUE or FALSE, a date (2018-02-09) or a text. Only values change in the file; every
    other byte of it stays. Without -o or --in-place nothing is written.

    Exit code: 0 done, 1 bad input, 2 wrong usage, 3 stale (--check), 4 some cells could not be computed.
    """
    from dealmodel import report  # noqa: PLC0415
    from dealmodel.workbook.entries import parse_assignment, read_entries  # noqa: PLC0415
    from dealmodel.workbook.model import Model  # noqa: PLC0415
    from dealmodel.workbook.save import check_not_open  # noqa: PLC0415

    if sum((output is not None, in_place, check)) > 1:
        raise click.UsageError("give one of -o, --in-place and --check")
    target = book if in_place else output
    if target is not None and target.suffix.lower() != book.suffix.lower():
        raise click.UsageError(f"the output must be a {book.suffix} file, as {book.name} is; got {target.name}")
    check_not_open(book)
    model = Model.open(book, _moment(now))
    if scenario is not None:
        model.choose(scenario)
    changes = read_entries(inputs) if inputs else []
    changes += [parse_assignment(text) for text in assignments]
    for name, value in changes:
        model.set(name, value)
    summary = report.Regeneration.of(model)
    if target is not None:
        model.save(target)
    click.echo(json.dumps(summary.as_json(target), ensure_ascii=False, indent=2)) if as_json else summary.print(target)
    if check and summary.stale:
        sys.exit(EXIT_STALE)
    if summary.kept:
        sys.exit(EXIT_KEPT)


@cli.command()
@click.argument("book", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
def show(book: Path, as_json: bool) -> None:
    """Show the inputs and outputs of BOOK with units and sources."""
    from dealmodel import report  # noqa: PLC0415
    from dealmodel.workbook.model import Model  # noqa: PLC0415

    model = Model.open(book)
    if as_json:
        click.echo(json.dumps(report.describe(model), ensure_ascii=False, indent=2))
    else:
        report.print_model(model)


@cli.command()
@click.argument("name", required=False)
@click.option("--markdown", is_flag=True, help="Print the reference of the whole catalogue as Markdown.")
def functions(name: str | None, markdown: bool) -> None:
    """List the worksheet functions, or show the help of NAME."""
    from dealmodel import reference  # noqa: PLC0415
    from dealmodel.catalogue import find  # noqa: PLC0415

    if markdown:
        click.echo(reference.as_markdown(), nl=False)
    elif name:
        click.echo(reference.help_text(find(name)))
    else:
        click.echo(reference.listing())


@cli.command()
@click.option("--case", default="deal_template", show_default=True, help="Which workbook to build.")
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


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text} is not a date such as 2018-06-30", param_hint="--now") from None


def main(arguments: list[str] | None = None) -> Any:  # noqa: ANN401  never returns
    """Run the command line; what dealmodel refuses is one line and exit code 1."""
    try:
        cli(arguments, prog_name="dealmodel")
    except DealModelError as error:
        click.echo(f"dealmodel: {error}", err=True)
        sys.exit(1)
