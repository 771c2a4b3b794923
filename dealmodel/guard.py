"""A second process that outlives what a hostile workbook may do to the first: crash it, hang it, eat the memory.

The engine is native code in the process that calls it, and neither a stack that overflows nor memory that runs out
there becomes a Python exception. So the command line forks: the child works, the parent watches, and whatever
becomes of the child, there is one line and an exit code. Where processes cannot fork, as on Windows, a thread ends the
process when its time is up, and nothing watches its memory.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, NoReturn

if sys.platform != "win32":
    import resource

if TYPE_CHECKING:
    from collections.abc import Iterable

MEMORY, MEMORY_PER_BYTE = 2**30, 500
"""Bytes of memory that any command gets, and what it gets for each byte of the files it is given."""
SECONDS, BYTES_PER_SECOND = 10, 50_000
"""Seconds of computing that any workbook gets, and the size for which it gets one more."""
_AGES = 1e9
"""Seconds that no computation lasts, which systems still can count."""
_TICK = 0.02
"""Seconds between two looks at the child's memory."""
_MOST_SAID = 2**16
"""Bytes of messages that are kept of the child."""
_REFUSED = 1
_USUAL = {getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGPIPE", "SIGHUP")}
"""Signals by which a user, or a closed pipe, ends a program; they need no explanation."""
THREAD = "ends with its parent"
"""What the one thread that a guard starts is called; it only waits."""
_state = SimpleNamespace(guarded=False, alone=False)
_TOO_LONG = b"dealmodel: the workbook takes too long to compute; regenerate --timeout gives it more seconds\n"


def guard() -> None:
    """Go on in a child process: return there alone, and leave the parent with what became of the child."""
    if sys.platform == "win32":
        _state.alone = True
        return
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    hears, says = os.pipe()
    notices, lives = os.pipe()
    child = os.fork()
    if child:
        os.close(says)
        os.close(notices)
        _watch(child, hears)
    os.close(hears)
    os.close(lives)
    os.dup2(says, 2)
    os.close(says)
    _state.guarded = True
    threading.Thread(target=_end_with_parent, args=(notices,), name=THREAD, daemon=True).start()


def leave(code: object) -> None:
    """Leave a watched process at once, where it ends with a plain exit code; anywhere else, do nothing.

    All that was to be written is in its place, and taking a workbook down cell by cell takes a while.
    """
    if not _state.guarded or not (code is None or isinstance(code, int)):
        return
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not stream.closed:
            with contextlib.suppress(OSError):
                stream.flush()
    os._exit(code or 0)


def limit_time(seconds: float) -> None:
    """Let this process, where it is watched or watches itself, end after so many seconds of computing."""
    seconds = min(seconds, _AGES)
    if _state.alone:
        threading.Thread(target=_end_in_time, args=(time.process_time() + seconds,), daemon=True).start()
    if sys.platform == "win32" or not _state.guarded:
        return
    used = sum(os.times()[:2])
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    limit = int(used + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit if most == resource.RLIM_INFINITY else min(limit, most), most))


def allowance(book: Path) -> float:
    """Return how many seconds of computing a workbook gets for its size."""
    return SECONDS + _size(book) / BYTES_PER_SECOND


def _end_with_parent(notices: int) -> None:
    """End when the parent does, so that a command that was killed writes nothing later."""
    os.read(notices, 1)
    os.kill(os.getpid(), signal.SIGKILL)


def _end_in_time(limit: float) -> None:
    """End this process when it has computed so long: the engine lets other threads run meanwhile."""
    while (left := limit - time.process_time()) > 0:
        time.sleep(max(left, _TICK))
    with contextlib.suppress(OSError):
        os.write(2, _TOO_LONG)
    # What is written is written beside its place until it is whole.
    os._exit(_REFUSED)


def _watch(child: int, hears: int) -> NoReturn:
    """Wait for the child, hand on what it says, and leave as it left or say why it did not."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it reaches the child by itself
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
    most = _most_memory(sys.argv[2:])
    said = b""
    too_large = False
    ended, status = 0, 0
    while not ended:
        ready, _, _ = select.select([hears], [], [], _TICK)
        heard = os.read(hears, _MOST_SAID) if ready else b""
        said = (said + heard)[:_MOST_SAID]
        if ready and not heard:
            ended, status = os.waitpid(child, 0)
        else:
            ended, status = os.waitpid(child, os.WNOHANG)
            if not ended and not too_large and _memory(child) > most:
                too_large = True
                os.kill(child, signal.SIGKILL)
    _leave(os.waitstatus_to_exitcode(status), said, f"{most / 2**30:.1f} GB" if too_large else "")


def _leave(code: int, said: bytes, too_large: str) -> NoReturn:
    if code < 0 and -code in _USUAL and not too_large:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
        time.sleep(1)
    if code >= 0:
        message = said
    elif too_large:
        message = f"dealmodel: the workbook takes more than {too_large} of memory; it is refused\n".encode()
    elif -code == getattr(signal, "SIGXCPU", None):
        message = _TOO_LONG
    else:
        name = signal.Signals(-code).name
        message = f"dealmodel: the engine broke down over the workbook ({name}); it is refused\n".encode()
    with contextlib.suppress(OSError):
        os.write(2, message)
    # Nothing of this process is to be tidied up: what was open belongs to the child, too.
    os._exit(code if code >= 0 else _REFUSED)


def _most_memory(files: Iterable[str]) -> int:
    """Return the bytes that a command may take, never more than three quarters of the machine's."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") * 3 // 4
    return min(machine, MEMORY + MEMORY_PER_BYTE * sum(map(_size, map(Path, files))))


def _size(path: Path) -> int:
    """Return the bytes of a file; whoever opens what is none says what is wrong."""
    try:
        return path.stat().st_size
    except (OSError, ValueError):
        return 0


def _memory(process: int) -> int:
    """Return the bytes that a process has in memory; none where the system does not tell."""
    try:
        with Path(f"/proc/{process}/statm").open("rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
