"""The command line: each command has a module of its own in `dealmodel.commands`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import click

from dealmodel.commands.calc import calc
from dealmodel.commands.certify import certify
from dealmodel.commands.excel import excel
from dealmodel.commands.freeze import freeze
from dealmodel.commands.functions import functions
from dealmodel.commands.regenerate import regenerate
from dealmodel.commands.retarget import retarget
from dealmodel.commands.sensitivity import sensitivity
from dealmodel.commands.show import show
from dealmodel.commands.simulate import simulate
from dealmodel.commands.solve import solve
from dealmodel.commands.stress import stress
from dealmodel.commands.template import template
from dealmodel.console import run

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="dealmodel", message="dealmodel %(version)s")
def cli() -> None:
    """Deal scenario models in spreadsheets: valuations, dilution, cash against fines, R&D funding gaps.

    \b
    dealmodel show BOOK                                inputs and outputs of a workbook
    dealmodel regenerate BOOK --set price=300 -o OUT   the same workbook with right numbers
    dealmodel functions DM_STEP_VALUATION              help of a worksheet function
    """  # noqa: D301  click reads the backspace


for command in (calc, certify, excel, freeze, functions, regenerate, retarget, show, simulate, template):
    cli.add_command(command)
for command in (sensitivity, solve, stress):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line."""
    run(cli, arguments)
