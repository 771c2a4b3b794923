"""How a function of Excel ends without a value: with an error in its cell, or with the stored value kept there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dealmodel.cells import OMITTED_TEXT, CellError
from dealmodel.hosts.engine_values import NOT_COMPUTED, TOO_LONG, UNCOMPUTED, EngineValue, to_engine

if TYPE_CHECKING:
    from collections.abc import Callable

    Function = Callable[..., EngineValue]


class CellErrorRaised(Exception):  # noqa: N818  it carries a cell's error and never leaves this package
    """Ends a function with an error value."""

    def __init__(self, error: CellError) -> None:
        super().__init__(error.value)
        self.error = error


class NotComputable(Exception):  # noqa: N818  it never leaves this package
    """Ends a function that cannot know its value; the cell keeps the stored one."""


GIVEN_UP: set[str] = set()
"""Module and name, or name in Excel, of the functions that could not know a value since this was last emptied."""


class TakesTooLong(NotComputable):
    """Ends a function that would not come to an end soon."""


def errors_as_values(body: Function) -> Function:
    """Return a function whose errors are the values of cells."""

    def function(*arguments: EngineValue) -> EngineValue:
        for argument in arguments:
            if argument.__class__ is dict and argument.get("kind") in UNCOMPUTED:
                # What is not known is no error that a function could tell.
                return argument
        try:
            result = body(*arguments)
        except CellErrorRaised as raised:
            return to_engine(raised.error)
        except NotComputable as given_up:
            GIVEN_UP.add(f"{body.__module__.rpartition('.')[2]}.{body.__name__}")
            return TOO_LONG if isinstance(given_up, TakesTooLong) else NOT_COMPUTED
        except (ZeroDivisionError, OverflowError, ValueError) as failed:
            return to_engine(CellError.DIV0 if isinstance(failed, ZeroDivisionError) else CellError.NUM)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001  a fault of ours is no value of Excel's
            GIVEN_UP.add(f"{body.__module__.rpartition('.')[2]}.{body.__name__}")
            return NOT_COMPUTED
        # No cell holds an infinite number.
        return to_engine(CellError.NUM) if isinstance(result, float) and not math.isfinite(result) else result

    return function


def refuse(when: bool, error: CellError = CellError.NUM) -> None:
    """End the function with an error where something is so."""
    if when:
        raise CellErrorRaised(error)


def only_cell(value: EngineValue) -> EngineValue:
    """Return an argument that must be one value; one that was left out is a blank."""
    while isinstance(value, list):
        refuse(len(value) != 1 or len(value[0]) != 1, CellError.VALUE)
        value = value[0][0]
    return None if value == OMITTED_TEXT else value
