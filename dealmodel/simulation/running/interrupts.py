"""Ctrl-C in the middle of a run: it ends at the next whole block of trials, and what is done is kept."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import FrameType


class Interrupt:
    """Notes Ctrl-C instead of breaking off; a second one breaks off. A context manager.

    Attributes
    ----------
    asked
        Whether the run is to end.
    """

    def __init__(self) -> None:
        self.asked = False
        self._catches = False

    def __enter__(self) -> Self:
        """Begin to take note; signals reach only the main thread, and only where nobody else deals with them."""
        if threading.current_thread() is threading.main_thread():
            self._catches = signal.getsignal(signal.SIGINT) is signal.default_int_handler
            if self._catches:
                signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        """Leave Ctrl-C as it was."""
        if self._catches:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
