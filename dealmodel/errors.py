"""One tree of exceptions: each says what it is about, what came and what to do.

Data outside a domain is never an exception but a NaN, and `#NUM!` in a cell; these are for wrong calls, wrong
files and wrong names.
"""

from __future__ import annotations


class DealModelError(Exception):
    """Whatever dealmodel refuses, with a message of one line."""

    def __str__(self) -> str:
        """Return the message as it was written (`KeyError` would quote it)."""
        return str(self.args[0]) if self.args else ""


class ShapeError(DealModelError, ValueError):
    """Arguments whose shapes do not go together."""


class NotANumberError(DealModelError, TypeError):
    """An argument that is not made of numbers."""


class ArgumentsError(DealModelError, TypeError):
    """Too few or too many arguments, or an unknown one."""


class UnknownNameError(DealModelError, KeyError):
    """A name that the workbook or the catalogue does not have."""


class InputRefusedError(DealModelError, ValueError):
    """A value that an input cell does not take."""


class WorkbookError(DealModelError, ValueError):
    """A file that is not a workbook, or one that cannot be read or written."""


class LockedError(WorkbookError):
    """A workbook that is open in a spreadsheet program."""


class WorkerError(DealModelError, RuntimeError):
    """A process that ran trials has ended before its time."""
