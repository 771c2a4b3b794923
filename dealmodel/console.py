"""The command line's dealings with the console: exit codes, one line for what is refused, any encoding."""

from __future__ import annotations

import contextlib
import io
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import click

from dealmodel.errors import DealModelError
from dealmodel.guard import guard, leave
from dealmodel.plaindata import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

_GUARDED = frozenset({"freeze", "regenerate", "show"})
"""Commands that compute whatever workbook they are given."""
EXIT_REFUSED, EXIT_STALE, EXIT_KEPT = 1, 3, 4


def run(command: click.Command, arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and leave; what dealmodel refuses is one line and exit code 1."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A name that the console's encoding lacks is shown with its code rather than not at all.
            stream.reconfigure(errors="backslashreplace")
    if arguments is None and sys.argv[1:2] and sys.argv[1] in _GUARDED:
        guard()
    try:
        _run(command, arguments)
    except SystemExit as left:
        leave(left.code)
        raise
    raise AssertionError


def _run(command: click.Command, arguments: Sequence[str] | None) -> None:
    try:
        try:
            command.main(arguments, prog_name="dealmodel")
        finally:
            if sys.stdout is not None:  # it is None where the console has closed it
                sys.stdout.flush()
    except DealModelError as error:
        _refuse(str(error))
    except OSError as error:
        # The output went to a closed pipe or a full disk; files are written elsewhere, and say so themselves.
        with contextlib.suppress(OSError):
            sys.stdout.close()
        _refuse(f"the output cannot be written: {error.strerror}")
    except (MemoryError, RecursionError):
        _refuse("the workbook is too large for this machine")


def _refuse(message: str) -> NoReturn:
    click.echo(f"dealmodel: {' '.join(message.splitlines())}", err=True)
    sys.exit(EXIT_REFUSED)


def print_json(data: Any) -> None:  # noqa: ANN401  what JSON holds
    """Print data as JSON, in letters that the console has; what is no finite number is null."""
    import json  # noqa: PLC0415  tables need none of it

    data = plain(data)
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, indent=2)
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        text = json.dumps(data, allow_nan=False, indent=2)
    click.echo(text)
