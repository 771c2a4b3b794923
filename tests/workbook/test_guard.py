"""Commands on workbooks from anywhere: their time and memory are bounded, and a breakdown is one line."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dealmodel import guard
from tests.support.limits import refused_unwritten
from tests.support.workbooks import parts_of, raw_book, zipped

NO_GUARD = pytest.mark.skipif(sys.platform == "win32", reason="processes cannot fork here")


@NO_GUARD
def test_memory_is_bounded() -> None:
    code = """
import time
from dealmodel.guard import guard
guard()
held = []
while True:
    held.append(b"x" * 2**26)
    time.sleep(0.005)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    told = "dealmodel: the workbook takes more than 1.0 GB of memory; it is refused\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", told)


@NO_GUARD
def test_computation_without_an_end_is_ended(tmp_path: Path) -> None:
    rows = "".join(f'<row r="{i}"><c r="A{i}"><f>A{i % 5000 + 1}+1</f></c></row>' for i in range(1, 5001))
    data = raw_book(rows, calculation='<calcPr iterate="1" iterateCount="32767" iterateDelta="0"/>')
    assert "takes too long to compute" in refused_unwritten(tmp_path, data, "--timeout", 2)


def test_process_that_cannot_fork_ends_in_time() -> None:
    code = """
import formualizer
from dealmodel import guard
guard._state.alone = True
guard.limit_time(0.3)
workbook = formualizer.Workbook()
workbook.add_sheet("S")
workbook.set_formula("S", 1, 1, "=BESSELK(1,1E9)")
workbook.evaluate_all()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    told = "dealmodel: the workbook takes too long to compute; regenerate --timeout gives it more seconds\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", told)


@NO_GUARD
@pytest.mark.parametrize("name", ["SIGSEGV", "SIGABRT", "SIGKILL"])
def test_process_that_breaks_down_is_one_line(name: str) -> None:
    code = f"""
import os, signal, sys
from dealmodel.guard import guard
guard()
os.write(2, b"a panic of several\\nlines\\n")
os.kill(os.getpid(), signal.{name})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    told = f"dealmodel: the engine broke down over the workbook ({name}); it is refused\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", told)


@NO_GUARD
def test_guard_hands_on_what_was_said_and_the_exit_code() -> None:
    code = """
import sys
from dealmodel.guard import guard
guard()
print("said")
print("told", file=sys.stderr)
sys.exit(3)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (3, "said\n", "told\n")


@NO_GUARD
def test_limit_beyond_what_a_system_counts_is_none() -> None:
    code = "from dealmodel.guard import guard, limit_time; guard(); limit_time(1e30); print('computed')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "computed\n", "")


@NO_GUARD
def test_child_ends_with_a_parent_that_was_killed() -> None:
    code = """
import os, time
from dealmodel.guard import guard
guard()
print(os.getpid(), flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 10
    while _runs(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _runs(child)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    # One that ended and was not yet waited for is no longer at work.
    status = Path(f"/proc/{process}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def test_larger_workbooks_get_more_time(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"0" * 500_000)
    assert guard.allowance(path) == guard.SECONDS + 10
    assert guard.allowance(tmp_path / "none") == guard.SECONDS


def test_zip_bomb_is_refused_on_the_command_line_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = bytearray(
        zipped({**parts_of(raw_book('<row r="1"><c><f>1+1</f></c></row>')), "xl/media/bomb.png": b"\0" * 2**20})
    )
    place = bomb.rindex(b"PK\x01\x02")
    struct.pack_into("<L", bomb, place + 24, 2**30)
    assert "it is refused" in refused_unwritten(tmp_path, bytes(bomb))
