"""Whole processes, measured with all that they start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MEGABYTE = 2**20
UNIT = 1 if sys.platform == "darwin" else 2**10
"""Bytes in which the system counts the memory of a process."""

# A process counts as its own the memory of the one that started it, so that a small one has to.
_WATCH = """
import os, sys, time
begin = time.perf_counter()
child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(child, 0)
with open(sys.argv[1], "w") as report:
    print(time.perf_counter() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss, file=report)
sys.exit(max(os.waitstatus_to_exitcode(status), -1) % 256)
"""


class Outcome(NamedTuple):
    """How a process ended, and what it took."""

    code: int
    """Its exit code; 255 where a signal ended it."""
    out: str
    err: str
    seconds: float
    processor: float
    """Seconds of processor time."""
    memory: int
    """The most bytes in memory at once, of the largest of its processes."""

    @property
    def megabytes(self) -> float:
        """The same in megabytes."""
        return self.memory / MEGABYTE


def watched(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Outcome:
    """Run a command and measure it."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report"
        watch = [sys.executable, "-I", "-S", "-c", _WATCH, str(report), *command]
        done = subprocess.run(watch, env=environment, check=False, capture_output=True)
        wall, processor, memory = report.read_text().split()
    texts = done.stdout.decode(), done.stderr.decode()
    return Outcome(done.returncode, *texts, float(wall), float(processor), int(memory) * UNIT)


def measured(command: Sequence[str]) -> Outcome:
    """Run a command that must succeed; modules are compiled once, as where they are installed."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    outcome = watched(command, environment)
    assert outcome.code == 0, outcome
    return outcome


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
