"""The command line on a workbook in a process of its own, with what it took."""

from __future__ import annotations

import sys

from tests.support.measured import Outcome, watched


def command(*arguments: object) -> Outcome:
    """Run `dealmodel` and measure it."""
    return watched([sys.executable, "-m", "dealmodel", *map(str, arguments)])


def refused(outcome: Outcome) -> str:
    """Return the one line with which a command refused a workbook."""
    assert (outcome.code, outcome.out) == (1, ""), outcome
    line, *more = outcome.err.splitlines()
    assert more == [], outcome
    assert line.startswith("dealmodel: ")
    return line.removeprefix("dealmodel: ")
