"""Processes that run batches of trials side by side, each with a program of its own.

Where it is safe, they are forked, and have the compiled program at once; elsewhere they are started afresh, which
takes as long as it took here. What they give is handed on in the order of the trials, however they take turns.
"""

from __future__ import annotations

import gc
import math
import multiprocessing
import os
import signal
import sys
import threading
import warnings
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from dealmodel import guard
from dealmodel.errors import DealModelError, WorkerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from dealmodel.simulation.running.batches import Batch, Task
    from dealmodel.simulation.running.protocol import Compile
    from dealmodel.simulation.running.runner import Runner, Sampling
    from dealmodel.workbook.model import Model

_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
"""Libraries of linear algebra would otherwise start as many threads again in every process."""
_QUEUED = 2
"""Batches that each process is given at once, so that it need not wait for this one."""
_AHEAD = 3
"""Batches for each process that are given out before the first of them has been taken in."""
_WORTH, _WORTH_FORK = 3.0, 0.05
"""Seconds of work that another process is worth, started afresh or forked."""
_LOAD = Path("/proc/loadavg")
"""Where Linux tells how many processes run at this moment."""
_PATIENCE = 0.2
"""Seconds after which a wait looks whether it is to stop."""
_LEAVE = 2.0
"""Seconds in which a process ends by itself."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a process needs to make a runner of its own.

    Attributes
    ----------
    model
        The workbook, with the inputs that were put in.
    sampling
        How trials are drawn.
    inputs
        Inputs made uncertain from outside.
    outputs
        Names of the outputs.
    compile_program
        Makes the program.
    targets
        The target of every output.
    """

    model: Model
    sampling: Sampling
    inputs: Mapping[str, str]
    outputs: tuple[str, ...]
    compile_program: Compile
    targets: Mapping[str, float | None]


class _Made(NamedTuple):
    """What a process that is forked finds made.

    Attributes
    ----------
    job
        What it works on.
    runner
        The runner.
    others
        Ends of pipes that are not for it.
    """

    job: Job
    runner: Runner
    others: tuple[Connection, ...]


def can_fork() -> bool:
    """Whether a process that is forked here has all it needs: where another thread runs, it may lack what that holds.

    Other systems than Linux have threads of their own that do not show here.
    """
    others = {thread.name for thread in threading.enumerate() if thread is not threading.current_thread()}
    return sys.platform == "linux" and others <= {guard.THREAD}


def worthwhile(lasts: float, setup: float) -> int:
    """Return how many processes some work is worth.

    Parameters
    ----------
    lasts
        Seconds that one process takes for it.
    setup
        Seconds that it takes to make ready a process that is started afresh.
    """
    if multiprocessing.current_process().daemon:
        return 1  # it may not have processes of its own
    if can_fork():
        return min(idle_processors(), math.ceil(lasts / _WORTH_FORK)) if lasts > 2 * _WORTH_FORK else 1
    # Each takes about as long to set up as this one, and some more to start.
    return min(free_processors(), math.ceil(lasts / _WORTH)) if lasts > _WORTH + 2 * setup else 1


def free_processors() -> int:
    """Return how many processors this process may use, less those that others keep busy; at least 1."""
    usable = _processors()
    if hasattr(os, "getloadavg"):
        # One of those that run is this process itself.
        usable -= round(max(os.getloadavg()[0] - 1, 0.0))
    return max(usable, 1)


def idle_processors() -> int:
    """Return how many processors this process may use that nobody else does at this moment; at least 1."""
    try:
        running = int(_LOAD.read_text(encoding="ascii").split()[3].partition("/")[0])
    except (OSError, ValueError, IndexError):
        return _processors()
    # Of those that run, one is this process, and its children have done soon; what is told is of the whole machine.
    others = running - 1 - sum(map(_runs, multiprocessing.active_children()))
    return max(min(_processors(), (os.cpu_count() or 1) - others), 1)


def _runs(process: BaseProcess) -> bool:
    """Whether a process is running at this moment, on a system that tells how many do."""
    try:
        told = Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    # The name of the program before it, in brackets, may hold anything.
    return told.rpartition(")")[2].split()[:1] == ["R"]


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Workers:
    """Processes that run the tasks of a job; a context manager, at whose end none is left.

    Parameters
    ----------
    count
        How many.
    job
        What they work on.
    runner
        What has been made of the job here, for processes that are forked.
    """

    def __init__(self, count: int, job: Job, runner: Runner) -> None:
        self._count = count
        self._job = job
        self._runner = runner if can_fork() else None
        self._processes: dict[Connection, BaseProcess] = {}

    def __enter__(self) -> Self:
        """Start the processes."""
        try:
            for _ in range(self._count):
                made = None if self._runner is None else _Made(self._job, self._runner, tuple(self._processes))
                ours, process = _started("spawn" if self._runner is None else "fork", _work, made)
                self._processes[ours] = process
            for connection in self._processes if self._runner is None else ():
                with suppress(BrokenPipeError):  # one that has ended is found when it is asked
                    connection.send(self._job)
        except BaseException:
            self.__exit__()
            raise
        return self

    def dismiss(self) -> None:
        """Have the processes end, without waiting for it."""
        for connection in self._processes:
            connection.close()
        for process in self._processes.values():
            process.terminate()

    def __exit__(self, *_: object) -> None:
        """End the processes."""
        self.dismiss()
        for process in self._processes.values():
            end(process)
        self._processes = {}

    def run(self, tasks: Iterator[Task], stopped: Callable[[], bool], meanwhile: Callable[[], None]) -> Iterator[Batch]:
        """Run tasks and return what they give, in their order.

        Parameters
        ----------
        tasks
            The tasks; each is asked for when a process is free.
        stopped
            Whether to give out no more and return at once.
        meanwhile
            Called while nothing has come back yet.

        Raises
        ------
        WorkerError
            If a process has ended before its time.
        DealModelError
            Whatever a process refuses.
        """
        queues: dict[Connection, deque[int]] = {connection: deque() for connection in self._processes}
        done: dict[int, Batch] = {}
        given = taken = 0
        while True:
            while given - taken < _AHEAD * self._count:
                connection = min(queues, key=lambda c: len(queues[c]))
                task = next(tasks, None) if len(queues[connection]) < _QUEUED else None
                if task is None:
                    break
                self._send(connection, task)
                queues[connection].append(given)
                given += 1
            if not taken and not done:
                meanwhile()
            if taken == given:
                return
            ready = wait([c for c, queue in queues.items() if queue], _PATIENCE)
            for connection in [c for c in queues if c in ready]:
                done[queues[connection].popleft()] = self._received(connection)
            while taken in done:
                yield done.pop(taken)
                taken += 1
            if stopped():
                return

    def _send(self, connection: Connection, task: Task) -> None:
        try:
            connection.send(task)
        except OSError:
            raise self._ended(connection) from None

    def _received(self, connection: Connection) -> Batch:
        try:
            found = connection.recv()
        except (EOFError, OSError):
            raise self._ended(connection) from None
        if isinstance(found, BaseException):
            raise found
        batch: Batch = found
        return batch

    def _ended(self, connection: Connection) -> WorkerError:
        process = self._processes[connection]
        process.join(_LEAVE)
        code = process.exitcode
        how = f"was killed by signal {-code}" if code is not None and code < 0 else f"ended with exit code {code}"
        return WorkerError(
            f"one of {self._count} processes that run trials {how}, perhaps for want of memory; "
            "run it again with --processes 1"
        )


def start_forked(work: Callable[..., None], *arguments: object) -> tuple[Connection, BaseProcess]:
    """Have a forked process do some work, which is given an end of a pipe; return ours, and the process."""
    return _started("fork", work, *arguments)


def _started(method: str, work: Callable[..., None], *arguments: object) -> tuple[Connection, BaseProcess]:
    context: Any = multiprocessing.get_context(method)
    with _surroundings(), warnings.catch_warnings():
        # From Python 3.12 on, any thread is warned of: also those of linear algebra, which sees to it itself.
        warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
        ours, theirs = context.Pipe()
        # A process that is forked has our end of the pipe, too, and would keep it from being closed.
        whole = (work, theirs, ours if method == "fork" else None, *arguments)
        process: BaseProcess = context.Process(target=_begin, args=whole, daemon=True)
        process.start()
        theirs.close()
    return ours, process


def _begin(work: Callable[..., None], connection: Connection, other: Connection | None, *arguments: object) -> None:
    if other is not None:
        other.close()
        # What is there already stays: to look through it would copy all the memory that both have in common.
        gc.freeze()
    work(connection, *arguments)


def end(process: BaseProcess) -> None:
    """Wait until a process that was told to end has ended, or have it end."""
    process.join(_LEAVE)
    if process.is_alive():
        process.kill()
        process.join()
    process.close()


@contextmanager
def _surroundings() -> Iterator[None]:
    """Let processes start with one thread for linear algebra, and deaf to Ctrl-C: that is for the first process.

    They do not import the script that is running, either: one that simulates when it is imported would go on for ever.
    """
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    script = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    in_main = threading.current_thread() is threading.main_thread()
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN) if in_main else None
    try:
        yield
    finally:
        sys.modules["__main__"] = script
        if in_main:
            signal.signal(signal.SIGINT, handler)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _work(connection: Connection, made: _Made | None) -> None:
    """Run tasks until there are no more; runs in a process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from dealmodel.simulation.running.batches import run_task  # noqa: PLC0415  once the process is deaf
    from dealmodel.simulation.running.runner import Runner  # noqa: PLC0415

    runner: Runner | None = None
    if made is not None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        runner = made.runner
        for other in made.others:
            other.close()
    with suppress(EOFError, BrokenPipeError):  # the first process has ended
        job: Job = connection.recv() if made is None else made.job
        while True:
            task: Task = connection.recv()
            try:
                runner = runner or Runner(job.model, job.sampling, dict(job.inputs), job.outputs, job.compile_program)
                answer: Batch | DealModelError = run_task(runner, task, job.targets)
            except DealModelError as error:
                answer = error
            except MemoryError:
                answer = WorkerError("there is not enough memory for so many processes; run it with --processes 1")
            connection.send(answer)
