"""The command line: each command has a module of its own in `dealmodel.commands`."""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

import click

from dealmodel.collector import OBJECTS_BETWEEN_COLLECTIONS
from dealmodel.console import run

if TYPE_CHECKING:
    from collections.abc import Sequence


COMMANDS = (
    "calc",
    "certify",
    "excel",
    "freeze",
    "functions",
    "regenerate",
    "retarget",
    "sensitivity",
    "show",
    "simulate",
    "solve",
    "stress",
    "template",
)
"""The commands, each of them that name of the module of that name."""
GUARDED = frozenset({"freeze", "regenerate", "show"})
"""Commands that compute whatever workbook they are given."""


class _Commands(click.Group):
    """Imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        del ctx
        return list(COMMANDS)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is called; where there is none of its name, name those that are like it."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches  # noqa: PLC0415  where something is wrong anyway

            near = get_close_matches(args[0].lower(), COMMANDS)
            others = f"did you mean {', '.join(near)}?" if near else f"there are {', '.join(COMMANDS)}"
            ctx.fail(f"there is no command {args[0]}; {others}")
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"dealmodel.commands.{cmd_name}"), cmd_name)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="dealmodel", message="dealmodel %(version)s")
def cli() -> None:
    """Deal scenario models in spreadsheets: valuations, dilution, cash against fines, R&D funding gaps.

    \b
    dealmodel show BOOK                                inputs and outputs of a workbook
    dealmodel regenerate BOOK --set price=300 -o OUT   the same workbook with right numbers
    dealmodel simulate BOOK --in-place                 how likely the results are, on the book's own sheets
    dealmodel sensitivity BOOK --output NAME           what moves a result most
    dealmodel functions DM_STEP_VALUATION              help of a worksheet function
    """  # noqa: D301  click reads the backspace


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line."""
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    is_guarded = arguments is None and bool(sys.argv[1:2]) and sys.argv[1] in GUARDED
    run(lambda: cli.main(arguments, prog_name="dealmodel"), is_guarded=is_guarded)
