"""The command line on a workbook in a process of its own, with what it took."""

from __future__ import annotations

import os
import sys
import tempfile
from typing import IO, NamedTuple


class Outcome(NamedTuple):
    """How a process ended."""

    code: int
    out: str
    err: str
    seconds: float
    """Processor time."""
    memory: int
    """The most bytes in memory at once."""


def command(*arguments: object) -> Outcome:
    """Run `dealmodel` and measure it."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        words = [sys.executable, "-m", "dealmodel", *map(str, arguments)]
        actions = [(os.POSIX_SPAWN_DUP2, out.fileno(), 1), (os.POSIX_SPAWN_DUP2, err.fileno(), 2)]
        process = os.posix_spawn(sys.executable, words, os.environ, file_actions=actions)
        _, status, used = os.wait4(process, 0)
        said, told = _read(out), _read(err)
    unit = 1 if sys.platform == "darwin" else 1024
    seconds, memory = used.ru_utime + used.ru_stime, used.ru_maxrss * unit
    return Outcome(os.waitstatus_to_exitcode(status), said, told, seconds, memory)


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


def refused(outcome: Outcome) -> str:
    """Return the one line with which a command refused a workbook."""
    assert (outcome.code, outcome.out) == (1, ""), outcome
    line, *more = outcome.err.splitlines()
    assert more == [], outcome
    assert line.startswith("dealmodel: ")
    return line.removeprefix("dealmodel: ")
