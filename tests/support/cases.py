"""Cases of the worksheet functions: one CSV each, with inputs, expected value, tolerance and source."""

from __future__ import annotations

import csv
import inspect
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dealmodel.cells import OMITTED, CellError

if TYPE_CHECKING:
    from dealmodel.catalogue import Entry
    from dealmodel.cells import Cells, Scalar

FOLDER = Path(__file__).parent.parent / "cases"
CLOSE = 1e-12
"""The tolerance of a case that states none."""

_AFTER_ARGUMENTS = ("expected", "rtol", "source")
_ERRORS = {str(error): error for error in CellError}


@dataclass(frozen=True, slots=True)
class Case:
    """One line of a CSV.

    Attributes
    ----------
    function
        Python name of the function.
    line
        Line of the CSV.
    arguments
        Cell values; a range as rows; `OMITTED` for an empty field.
    expected
        Cell value, or rows of them.
    rtol
        Relative tolerance: the digits that the source prints.
    source
        Where the figure stands, or how it is computed by hand.
    """

    function: str
    line: int
    arguments: tuple[Cells, ...]
    expected: Scalar | list[list[Scalar]]
    rtol: float
    source: str

    @property
    def given(self) -> tuple[Cells, ...]:
        """The arguments up to the last one that is not omitted."""
        count = len(self.arguments)
        while count and self.arguments[count - 1] is OMITTED:
            count -= 1
        return self.arguments[:count]

    def __str__(self) -> str:
        """Return a name for the test."""
        return f"{self.function}.csv:{self.line}"


def path_of(function: str) -> Path:
    """Return where the cases of a function stand."""
    return FOLDER / f"{function}.csv"


@cache
def load_cases(function: str) -> tuple[Case, ...]:
    """Read the cases of a function; none where it has no CSV."""
    path = path_of(function)
    if not path.exists():
        return ()
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        columns = list(reader.fieldnames or [])
        return tuple(
            Case(
                function,
                reader.line_num,
                tuple(read_field(row[name]) for name in columns if name not in _AFTER_ARGUMENTS),
                _read_expected(row["expected"]),
                float(row["rtol"] or CLOSE),
                row["source"].strip(),
            )
            for row in reader
        )


def columns_of(function: str) -> list[str]:
    """Return the heading of a CSV."""
    with path_of(function).open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def expected_columns(entry: Entry, found: list[str]) -> list[str]:
    """Return the heading that a function asks for; any number of columns where it takes any number of arguments."""
    columns = []
    for argument in entry.arguments:
        if argument.kind is inspect.Parameter.VAR_POSITIONAL:
            count = sum(name.startswith(f"{argument.name}.") for name in found)
            columns += [f"{argument.name}.{i}" for i in range(1, count + 1)]
        else:
            columns.append(argument.name)
    return [*columns, *_AFTER_ARGUMENTS]


def read_field(text: str) -> Cells:
    """Read a field: JSON, an error as a cell shows it, or nothing where the argument is omitted."""
    return _as_cells(_parse(text.strip())) if text.strip() else OMITTED


def _read_expected(text: str) -> Scalar | list[list[Scalar]]:
    if not text.strip():
        raise ValueError("a case must expect something")
    expected: Scalar | list[list[Scalar]] = _as_cells(_parse(text.strip()))
    return expected


def _parse(text: str) -> Any:  # noqa: ANN401  whatever JSON holds
    return text if text in _ERRORS else json.loads(text)


def _as_cells(value: Any) -> Any:  # noqa: ANN401
    """Return rows for a list, and errors for their texts."""
    if not isinstance(value, list):
        return _ERRORS.get(value, value) if isinstance(value, str) else value
    rows = value if value and all(isinstance(row, list) for row in value) else [value]
    return [[_ERRORS.get(cell, cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
