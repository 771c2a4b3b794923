"""Whole processes, measured with all that they start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MEGABYTE = 2**20 if sys.platform == "darwin" else 2**10
"""In the unit in which the system counts the memory of a process."""


# A process counts as its own the memory of the one that started it, so that a small one has to.
_WATCH = """
import os, sys, time
quiet = os.open(os.devnull, os.O_WRONLY)
start = time.perf_counter()
to_nothing = [(os.POSIX_SPAWN_DUP2, quiet, 1), (os.POSIX_SPAWN_DUP2, quiet, 2)]
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=to_nothing)
_, status, used = os.wait4(child, 0)
print(time.perf_counter() - start, used.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


class Measured(NamedTuple):
    """What a process took."""

    seconds: float
    megabytes: float
    """The most in memory at once, of the largest of its processes."""


def measured(command: Sequence[str]) -> Measured:
    """Run a command and measure it; modules are compiled once, as where they are installed."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    watch = [sys.executable, "-I", "-S", "-c", _WATCH, *command]
    said = subprocess.run(watch, env=environment, check=True, capture_output=True, text=True).stdout
    seconds, memory = said.splitlines()[-1].split()
    return Measured(float(seconds), float(memory) / MEGABYTE)


def regeneration(book: Path, out: Path) -> list[str]:
    """Return the command that regenerates a workbook."""
    return [sys.executable, "-m", "dealmodel", "regenerate", str(book), "-o", str(out)]


def conversion(soffice: str, book: Path, profile: Path, out: Path) -> list[str]:
    """Return the command that lets LibreOffice recalculate and save a workbook: cold where the profile is new."""
    place = f"-env:UserInstallation={profile.as_uri()}"
    return [soffice, place, "--headless", "--convert-to", "xlsx", "--outdir", str(out), str(book)]


@contextmanager
def running(soffice: str, profile: Path) -> Iterator[None]:
    """Keep a LibreOffice running, which does what later ones with its profile are asked to do."""
    place = f"-env:UserInstallation={profile.as_uri()}"
    words = [soffice, place, "--headless", "--norestore", "--nologo", "--accept=pipe,name=benchmark;urp"]
    # Its starter starts others, which end with their group.
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(words, stdout=quiet, stderr=quiet, start_new_session=True)
    try:
        time.sleep(5)
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)
