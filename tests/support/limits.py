"""The command line on a workbook in a process of its own, with what it took."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tests.support.measured import Outcome, watched

if TYPE_CHECKING:
    from pathlib import Path


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


def refused_unwritten(tmp_path: Path, data: bytes, *options: object) -> str:
    """Return the one line with which a workbook is refused on the command line, having written nothing."""
    book, folder = tmp_path / "book.xlsx", tmp_path / "out"
    book.write_bytes(data)
    folder.mkdir()
    done = command("regenerate", book, "-o", folder / "out.xlsx", *options)
    assert list(folder.iterdir()) == []
    assert book.read_bytes() == data
    assert done.memory < 1.5 * 2**30
    return refused(done)
