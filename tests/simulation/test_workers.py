"""Several processes give what one gives, to the last bit, and leave nothing behind when they are stopped."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import time
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dealmodel.errors import InputRefusedError, WorkerError
from dealmodel.simulation.options import Options
from dealmodel.simulation.running import run, workers
from dealmodel.simulation.running.batches import BATCH, BLOCK, FIRST, batches
from dealmodel.simulation.running.workers import free_processors
from dealmodel.simulation.sampling.correlation import from_matrix
from dealmodel.simulation.simulate import MOST_TRIALS, simulate
from tests.support.books import book
from tests.support.processes import in_the_foreground, wait_until_written
from tests.support.workbooks import one_sheet, saved

if TYPE_CHECKING:
    from pathlib import Path

    from dealmodel.workbook.model import Model


CELLS: dict[str, str | float] = {
    "A1": "=DM_PERT(250,294,340)",
    "A2": "=DM_LOGNORMAL(892,100)",
    "A3": 0.1,
    "A4": "=DM_EVENT(0.3,300)",
    "A5": '=DM_OUTPUT(MAX(A2+A4-A1*(1-A3),0),"shortfall")',
    "A6": '=DM_OUTPUT(IF(A4>0,A2/A1,NA()),"ratio")',
    "A7": '=DM_OUTPUT(SQRT(A1-400),"never")',
}
NAMES = {"price": "A1", "fine": "A2", "tax": "A3"}
TRIALS = 11 * BLOCK + 77


def _deal() -> Model:
    model = book(CELLS, NAMES)
    model["tax"] = 0.2
    return model


@pytest.fixture(params=["forked", pytest.param("afresh", marks=pytest.mark.slow)])
def start(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have processes start in either way."""
    if request.param == "afresh":
        monkeypatch.setattr(workers, "can_fork", lambda: False)
    elif not workers.can_fork():
        pytest.skip("processes are not forked here")


@pytest.mark.slow
@pytest.mark.usefixtures("start")
def test_any_number_of_processes_gives_the_same_results(tmp_path: Path) -> None:
    correlation = from_matrix(["price", "fine"], np.array([[1.0, 0.6], [0.6, 1.0]]))
    found, files = [], []
    for processes in (1, 2, 3):
        files.append(tmp_path / f"{processes}.csv")
        options = Options(
            trials=TRIALS, seed=0, correlation=correlation, processes=processes, keep=False, trials_out=files[-1]
        )
        found.append(simulate(_deal(), options))
    assert found[0].as_json() == found[1].as_json() == found[2].as_json()
    assert found[0].checked == 64
    assert found[0].statistics["never"].errors == {"#NUM!": TRIALS}
    assert 0 < found[0].statistics["ratio"].trials < TRIALS
    for other in found[1:]:
        assert np.array_equal(found[0].data, other.data, equal_nan=True)
    assert files[0].read_bytes() == files[1].read_bytes() == files[2].read_bytes()
    assert not multiprocessing.active_children()


def test_a_precision_is_reached_at_the_same_trial() -> None:
    # A precision that is reached in the middle of a batch which another process runs.
    options = Options(until=0.00085, seed=0, sampler="random", outputs=["shortfall"], processes=1)
    alone, together = (simulate(_deal(), options), simulate(_deal(), replace(options, processes=2)))
    assert alone.trials > BATCH
    assert alone.trials not in {stop for _, stop in batches(MOST_TRIALS)}
    assert alone.as_json() == together.as_json()


@pytest.mark.usefixtures("start")
def test_a_killed_process_is_one_error_that_says_what_to_do() -> None:
    def kill(done: int, wanted: int) -> None:
        assert done <= wanted
        for process in multiprocessing.active_children():
            process.kill()

    with pytest.raises(WorkerError, match=r"one of 2 processes .* killed by signal 9.*--processes 1"):
        simulate(_deal(), Options(trials=4 * BATCH, seed=0, processes=2, progress=kill))
    assert not multiprocessing.active_children()


@pytest.mark.usefixtures("start")
def test_an_interrupt_keeps_what_several_processes_have_done() -> None:
    def stop(done: int, wanted: int) -> None:
        assert wanted == 10 * BATCH
        if done >= BATCH:
            os.kill(os.getpid(), signal.SIGINT)

    found = simulate(_deal(), Options(trials=10 * BATCH, seed=0, processes=2, progress=stop, keep=False))
    assert found.interrupted
    assert BATCH <= found.trials < 10 * BATCH
    assert f"stopped after {found.trials:,} of" in found.notes[0]
    assert found.statistics["shortfall"].trials == found.trials
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert not multiprocessing.active_children()


def test_short_runs_start_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(run, "Workers", refuse)
    assert simulate(_deal(), Options(trials=FIRST + BLOCK, seed=0)).trials == FIRST + BLOCK
    assert simulate(_deal(), Options(trials=FIRST, seed=0, processes=8)).trials == FIRST
    monkeypatch.setattr(workers, "can_fork", lambda: False)
    assert simulate(_deal(), Options(trials=BATCH, seed=0)).trials == BATCH
    with pytest.raises(InputRefusedError, match="processes must be a whole number, 0 or more"):
        simulate(_deal(), Options(processes=-1))


def test_a_busy_machine_is_left_to_those_who_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    for load, free in ((0.0, 8), (1.0, 8), (4.2, 5), (30.0, 1)):
        monkeypatch.setattr(os, "getloadavg", lambda load=load: (load, load, load), raising=False)
        assert free_processors() == free


def test_processes_are_forked_for_processors_that_are_idle(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(4)), raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(workers, "_LOAD", tmp_path / "loadavg")
    monkeypatch.setattr(workers, "can_fork", lambda: True)
    assert workers.idle_processors() == 4
    for running, idle in ((1, 4), (5, 4), (6, 3), (8, 1), (30, 1)):
        workers._LOAD.write_text(f"9.00 9.00 9.00 {running}/345 6789\n", encoding="ascii")  # noqa: SLF001  a file here
        assert workers.idle_processors() == idle
        assert workers.worthwhile(10.0, 1.0) == idle
    assert workers.worthwhile(0.05, 1.0) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell what runs at a moment")
def test_a_process_of_our_own_that_has_soon_done_keeps_no_processor_busy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(workers, "_LOAD", tmp_path / "loadavg")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(4)))
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    workers._LOAD.write_text("9.00 9.00 9.00 3/345 6789\n", encoding="ascii")  # noqa: SLF001  a file here
    assert workers.idle_processors() == 2
    # Whoever reads its own state is running; and a process that has ended is not.
    ours = [SimpleNamespace(pid=os.getpid()), SimpleNamespace(pid=2**22 + 1)]
    monkeypatch.setattr(multiprocessing, "active_children", lambda: ours)
    assert workers.idle_processors() == 3


def test_a_model_goes_to_another_process_with_its_inputs() -> None:
    model = _deal()
    copy: Model = pickle.loads(pickle.dumps(model))  # noqa: S301  our own
    assert copy["tax"] == 0.2
    assert copy.now == model.now
    assert copy.to_bytes() == model.to_bytes()


def _is_there(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent in another way there")
def test_ctrl_c_reaches_all_processes_of_a_terminal_and_only_one_speaks(tmp_path: Path) -> None:
    path = tmp_path / "deal.xlsx"
    path.write_bytes(saved(one_sheet(CELLS, {name: f"S!${a[0]}${a[1:]}" for name, a in NAMES.items()})))
    command = [sys.executable, "-m", "dealmodel", "simulate", str(path), "--trials", "500000000", "--processes", "2"]
    with in_the_foreground([*command, "--trials-out", str(tmp_path / "trials.csv")]) as process:
        wait_until_written(tmp_path, "*.tmp")
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "note: stopped after" in out
    assert not err
    # What Python starts beside them to clean up ends a moment later.
    deadline = time.monotonic() + 20
    while _is_there(process.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_there(process.pid)


def test_a_script_may_simulate_without_a_guard(tmp_path: Path) -> None:
    path, script = tmp_path / "deal.xlsx", tmp_path / "script.py"
    path.write_bytes(saved(one_sheet(CELLS)))
    script.write_text(
        f"import dealmodel\nfound = dealmodel.open({str(path)!r}).simulate({TRIALS}, seed=0, processes=2)\n"
        "print(found.trials)\n",
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False, timeout=120)
    assert (done.stdout, done.stderr) == (f"{TRIALS}\n", "")
