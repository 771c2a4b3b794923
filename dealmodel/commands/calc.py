"""`dealmodel calc`: the functions in LibreOffice Calc."""

from __future__ import annotations

import sys
from pathlib import Path

import click

_PYTHON = click.option(
    "--python", metavar="PATH", help="Take the packages of this Python; by default of the one that runs dealmodel."
)
_PROFILE = click.option(
    "--profile", type=click.Path(path_type=Path, file_okay=False), help="Another LibreOffice profile than your own."
)


@click.group(short_help="Put the functions into LibreOffice Calc.")
def calc() -> None:
    """Put the functions into LibreOffice Calc, and see whether they work there."""


@calc.command()
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("dealmodel.oxt"), show_default=True)
@_PYTHON
def build(output: Path, python: str | None) -> None:
    """Build the add-in as a file, for the extension manager."""
    from dealmodel.hosts.calc.environment import Environment  # noqa: PLC0415
    from dealmodel.hosts.calc.extension import build as build_extension  # noqa: PLC0415
    from dealmodel.workbook.save import write_file  # noqa: PLC0415

    if output.suffix.lower() != ".oxt":
        raise click.UsageError(f"the output must be an .oxt file; got {output.name}")
    write_file(output, build_extension(Environment.of(python)))
    click.echo(f"wrote {output}")


@calc.command()
@_PYTHON
@_PROFILE
def install(python: str | None, profile: Path | None) -> None:
    """Install the add-in; close LibreOffice first.

    It uses the packages of the Python that runs dealmodel, or of another one. LibreOffice's own Python must be of the
    same version, since NumPy is built for one; `dealmodel calc doctor` tells.
    """
    from dealmodel.hosts.calc import installation  # noqa: PLC0415
    from dealmodel.hosts.calc.environment import Environment  # noqa: PLC0415

    environment = Environment.of(python)
    installation.install(environment, profile)
    whom = installation.places(profile)[0].whom
    click.echo(f"installed the add-in {whom}; it uses the packages of {environment.executable}")
    click.echo("`dealmodel calc doctor` tries it")


@calc.command()
@_PROFILE
def uninstall(profile: Path | None) -> None:
    """Take the add-in out of LibreOffice; close LibreOffice first."""
    from dealmodel.hosts.calc import installation  # noqa: PLC0415

    installation.uninstall(profile)
    click.echo(f"took the add-in out {installation.places(profile)[0].whom}")


@calc.command(short_help="Look at everything the add-in needs, and try it.")
@_PYTHON
@_PROFILE
def doctor(python: str | None, profile: Path | None) -> None:
    """Look at everything the add-in needs, and try it in a LibreOffice process of its own.

    Exit code: 0 all is well, 1 something is missing; each line says what to do.
    """
    from dealmodel.hosts.calc import installation  # noqa: PLC0415
    from dealmodel.hosts.calc.environment import Environment  # noqa: PLC0415

    well = True
    for finding in installation.examine(Environment.of(python), profile):
        click.echo(f"{'ok     ' if finding.well else 'MISSING'}  {finding.text}")
        well = well and finding.well
    if not well:
        sys.exit(1)
