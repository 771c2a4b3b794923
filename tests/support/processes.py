"""Processes of tests that are interrupted in the middle of a run."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


@contextmanager
def in_the_foreground(command: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """Start a command in a process group of its own, as a terminal does; none of it outlives the test."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def wait_until_written(folder: Path, pattern: str, seconds: float = 60) -> None:
    """Wait until a file that a run writes while it goes on holds something: then the run has begun."""
    deadline = time.monotonic() + seconds
    while not any(path.stat().st_size for path in folder.glob(pattern)):
        assert time.monotonic() < deadline, "the run has not begun"
        time.sleep(0.05)
