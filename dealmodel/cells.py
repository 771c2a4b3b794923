"""What a cell holds, in the words of all hosts: a number, TRUE or FALSE, a text, an error or nothing.

A range is a list of rows. Hosts translate only their own spelling of errors, dates and omitted arguments; what the
cells mean to a worksheet function is decided in `dealmodel.calls`.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TypeAlias


class CellError(Enum):
    """The errors a cell can hold, as spreadsheets write them, in the order of ERROR.TYPE."""

    NULL = "#NULL!"
    DIV0 = "#DIV/0!"
    VALUE = "#VALUE!"
    REF = "#REF!"
    NAME = "#NAME?"
    NUM = "#NUM!"
    NA = "#N/A"
    GETTING_DATA = "#GETTING_DATA"
    SPILL = "#SPILL!"
    CONNECT = "#CONNECT!"
    BLOCKED = "#BLOCKED!"
    UNKNOWN = "#UNKNOWN!"
    FIELD = "#FIELD!"
    CALC = "#CALC!"

    def __str__(self) -> str:
        """Return the error as a cell shows it."""
        return self.value


class Omitted:
    """The value of an argument that is left out, and the default of one that may not be."""

    def __repr__(self) -> str:
        """Return a word for signatures."""
        return "omitted"


OMITTED = Omitted()

Scalar: TypeAlias = float | bool | str | CellError | None
Grid: TypeAlias = Sequence[Sequence[Scalar]]
Cells: TypeAlias = Scalar | Grid | Omitted

ERRORS = tuple(CellError)
OMITTED_TEXT = "\ue000"
"""A text that stands for an omitted argument in a host that cannot hand one over."""
