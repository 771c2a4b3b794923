"""Arguments of Excel's functions, read as Excel reads them, and the errors that its functions give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.cells import CellError, Scalar
from dealmodel.hosts.engine_values import EngineValue, to_engine, to_scalar

if TYPE_CHECKING:
    from collections.abc import Callable

    Function = Callable[..., EngineValue]


class CellErrorRaised(Exception):  # noqa: N818  it carries a cell's error and never leaves this package
    """Ends a function with an error value."""

    def __init__(self, error: CellError) -> None:
        super().__init__(error.value)
        self.error = error


def errors_as_values(body: Function) -> Function:
    """Return a function whose errors are the values of cells."""

    def function(*arguments: EngineValue) -> EngineValue:
        try:
            return body(*arguments)
        except CellErrorRaised as raised:
            return to_engine(raised.error)
        except ZeroDivisionError:
            return to_engine(CellError.DIV0)
        except (OverflowError, ValueError):
            return to_engine(CellError.NUM)

    return function


def refuse(when: bool, error: CellError = CellError.NUM) -> None:
    """End the function with an error where something is so."""
    if when:
        raise CellErrorRaised(error)


def number(value: EngineValue) -> float:
    """Return an argument as one number: a blank is 0, a text its digits."""
    while isinstance(value, list):
        refuse(len(value) != 1 or len(value[0]) != 1, CellError.VALUE)
        value = value[0][0]
    cell = to_scalar(value)
    if isinstance(cell, CellError):
        raise CellErrorRaised(cell)
    try:
        return float(cell or 0.0)
    except ValueError:
        raise CellErrorRaised(CellError.VALUE) from None


def whole(value: EngineValue) -> int:
    """Return an argument as a whole number; what stands after the point is cut off."""
    return int(number(value))


def cells_of(value: EngineValue) -> list[Scalar]:
    """Return the cells of a range, row by row."""
    rows = value if isinstance(value, list) else [[value]]
    return [to_scalar(cell) for row in rows for cell in row]


def numbers(value: EngineValue) -> list[float]:
    """Return the numbers of a range; texts, blanks, TRUE and FALSE are left out, and an error ends the function."""
    found = []
    for cell in cells_of(value):
        if isinstance(cell, CellError):
            raise CellErrorRaised(cell)
        if isinstance(cell, (int, float)) and not isinstance(cell, bool):
            found.append(float(cell))
    return found


def every_number(value: EngineValue) -> list[float]:
    """Return the cells of a range as numbers: a blank is 0, and a text or TRUE ends the function with #VALUE!."""
    found = []
    for cell in cells_of(value):
        if isinstance(cell, CellError):
            raise CellErrorRaised(cell)
        refuse(isinstance(cell, (bool, str)), CellError.VALUE)
        found.append(float(cell or 0.0))
    return found
