"""Cases of the worksheet functions: one CSV each, with inputs, expected value, tolerance and source."""

from __future__ import annotations

import csv
import inspect
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from dealmodel.catalogue import CATALOGUE
from dealmodel.cells import OMITTED
from dealmodel.certify.cases import RTOL, read_field

if TYPE_CHECKING:
    from dealmodel.catalogue import Entry
    from dealmodel.cells import Cells, Scalar

FOLDER = Path(__file__).parent.parent / "cases"

_AFTER_ARGUMENTS = ("expected", "rtol", "source")


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
                float(row["rtol"] or RTOL),
                row["source"].strip(),
            )
            for row in reader
        )


def published_calls() -> list[tuple[Entry, list[Cells]]]:
    """Return every call of a case whose function takes a fixed number of arguments."""
    return [
        (entry, list(case.arguments))
        for entry in CATALOGUE.values()
        if entry.max_arguments is not None
        for case in load_cases(entry.function.__name__)
    ]


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


def _read_expected(text: str) -> Scalar | list[list[Scalar]]:
    if not text.strip():
        raise ValueError("a case must expect something")
    return cast("Scalar | list[list[Scalar]]", read_field(text))
