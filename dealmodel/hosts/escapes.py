"""What is raised inside the engine, which would make an error value of it and go on: faults, and a Ctrl-C."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dealmodel.hosts.engine_values import EngineValue


class Escapes:
    """Holds the first thing that the engine's functions raised, until it is raised again."""

    def __init__(self) -> None:
        self._raised: BaseException | None = None

    def watch(self, function: Callable[..., EngineValue]) -> Callable[..., EngineValue]:
        """Return the function for the engine; after an escape no function goes on, so that the evaluation soon ends."""

        def watched(*arguments: EngineValue) -> EngineValue:
            if self._raised is not None:
                raise self._raised
            try:
                return function(*arguments)
            except BaseException as raised:
                self._raised = raised
                raise

        return watched

    def raise_again(self) -> None:
        """Raise what escaped since this was last asked; the values of that evaluation are none."""
        raised, self._raised = self._raised, None
        if raised is not None:
            raise raised


@contextmanager
def interruptible(stop: Callable[[], None]) -> Iterator[None]:
    """Let a Ctrl-C stop what the engine does, and raise it behind.

    Where it came while the engine called a function, Python would raise it before the function's first line, where
    nothing can catch it.
    """
    raises = signal.getsignal(signal.SIGINT)
    if not callable(raises) or threading.current_thread() is not threading.main_thread():
        yield
        return
    caught = []

    def catch(*signalled: Any) -> None:  # noqa: ANN401  number and frame
        caught.append(signalled)
        stop()

    signal.signal(signal.SIGINT, catch)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, raises)
        if caught:
            raises(*caught[0])
