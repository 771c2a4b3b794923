"""The command line's dealings with the console: exit codes, one line for what is refused, any encoding."""

from __future__ import annotations

import contextlib
import errno
import io
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from dealmodel.errors import DealModelError
from dealmodel.guard import guard, leave
from dealmodel.plaindata import plain

if TYPE_CHECKING:
    from collections.abc import Callable

EXIT_DONE, EXIT_REFUSED, EXIT_STALE, EXIT_KEPT = 0, 1, 3, 4


def run(work: Callable[[], object], *, is_guarded: bool = False) -> NoReturn:
    """Do what was asked and leave; what dealmodel refuses is one line and exit code 1.

    Parameters
    ----------
    work
        What was asked; it leaves by itself.
    is_guarded
        Whether a process of its own does it, since nobody knows what the workbook may do to it.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A name that the console's encoding lacks is shown with its code rather than not at all.
            stream.reconfigure(errors="backslashreplace")
    if is_guarded:
        guard()
    try:
        _run(work)
    except SystemExit as left:
        leave(left.code)
        raise
    raise AssertionError


def _run(work: Callable[[], object]) -> None:
    try:
        try:
            work()
        finally:
            if sys.stdout is not None:  # it is None where the console has closed it
                sys.stdout.flush()
    except DealModelError as error:
        _refuse(str(error))
    except KeyboardInterrupt:
        say("\nAborted!", to_errors=True)
        sys.exit(EXIT_REFUSED)
    except OSError as error:
        # The output went to a closed pipe or a full disk; where files are written, what is wrong is said there.
        if sys.stdout is not None:
            with contextlib.suppress(OSError):
                sys.stdout.close()
        if error.errno == errno.EPIPE:
            # Whoever has closed it wants no more of it, and no complaint.
            sys.exit(EXIT_REFUSED)
        what = "the output cannot be written" if error.filename is None else f"{error.filename} cannot be used"
        _refuse(f"{what}: {error.strerror}")
    except (MemoryError, RecursionError):
        _refuse("the workbook is too large for this machine")


def _refuse(message: str) -> NoReturn:
    say(f"dealmodel: {' '.join(message.splitlines())}", to_errors=True)
    sys.exit(EXIT_REFUSED)


def say(text: str = "", *, to_errors: bool = False) -> None:
    """Print a line at once, where there is something to print it on."""
    stream = sys.stderr if to_errors else sys.stdout
    if stream is not None:
        stream.write(f"{text}\n")
        stream.flush()


def print_json(data: Any) -> None:  # noqa: ANN401  what JSON holds
    """Print data as JSON, in letters that the console has; what is no finite number is null."""
    import json  # noqa: PLC0415  tables need none of it

    data = plain(data)
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, indent=2)
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        text = json.dumps(data, allow_nan=False, indent=2)
    say(text)
