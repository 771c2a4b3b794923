"""The golden cases: published figures, one file per function.

A file has a column for every argument, then `expected`, `rtol` and `source`. A field is JSON: a number, true, a text,
`[1, 2]` one row, `[[1], [2]]` a column or a grid, null a blank cell; an empty field is an argument left out; an error
stands as `#NUM!`, within a range as a text.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dealmodel.catalogue import CATALOGUE
from dealmodel.cells import OMITTED, CellError, Cells, Scalar
from dealmodel.certify.calls import Call, as_rows
from dealmodel.errors import DealModelError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dealmodel.catalogue import Entry
    from dealmodel.certify.calls import Rows

FOLDER = Path(__file__).parent / "golden"
RTOL = 1e-12
"""The tolerance of a case that states none."""
_AFTER_ARGUMENTS = ("expected", "rtol", "source")
_ERRORS = {error.value: error for error in CellError}


class CasesError(DealModelError, ValueError):
    """Cases that are not there, or are not cases."""


@dataclass(frozen=True, slots=True)
class Case:
    """One golden case."""

    call: Call
    line: int
    expected: Rows
    rtol: float
    """Relative tolerance: the digits that the source prints."""

    @property
    def name(self) -> str:
        """Function and line of its file."""
        return f"{self.call.entry.name}:{self.line}"


def read_cases(folder: Path = FOLDER) -> list[Case]:
    """Read the cases of every function of the catalogue.

    Raises
    ------
    CasesError
        If there are none, or a file is not as it should be.
    """
    found = [case for entry in CATALOGUE.values() for case in _read_file(entry, folder)]
    if not found:
        raise CasesError(f"there are no cases in {folder}; give their folder with --cases")
    return found


def case_file(entry: Entry, folder: Path = FOLDER) -> Path:
    """Return the file of a function's cases."""
    return folder / f"{entry.name.removeprefix('DM_').lower()}.csv"


def _read_file(entry: Entry, folder: Path) -> Iterator[Case]:
    path = case_file(entry, folder)
    if not path.is_file():
        return
    with path.open(encoding="utf-8", newline="") as file:
        for line, row in enumerate(csv.DictReader(file, strict=True), start=2):
            try:
                arguments = [read_field(text) for name, text in row.items() if name not in _AFTER_ARGUMENTS]
                while arguments and arguments[-1] is OMITTED:
                    arguments.pop()
                rtol = float(row["rtol"] or RTOL)
                if not row["expected"]:
                    raise ValueError("it expects nothing")  # noqa: TRY301  told with its line, as the others
                yield Case(Call(entry, tuple(arguments)), line, as_rows(read_field(row["expected"])), rtol)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                raise CasesError(f"{path.name}, line {line} is not a case: {error}") from None


def read_field(text: str) -> Cells:
    """Return what a field stands for.

    Examples
    --------
    >>> read_field("[1, null]"), read_field("#N/A"), read_field("")
    ([[1.0, None]], <CellError.NA: '#N/A'>, omitted)
    """
    if not text:
        return OMITTED
    return _ERRORS[text] if text in _ERRORS else _cells(json.loads(text, parse_int=float))


def _cells(value: Any) -> Cells:  # noqa: ANN401  what JSON holds
    if not isinstance(value, list):
        return _scalar(value)
    rows = value if value and isinstance(value[0], list) else [value]
    return [[_scalar(cell) for cell in row] for row in rows]


def _scalar(value: Any) -> Scalar:  # noqa: ANN401  what JSON holds
    if isinstance(value, str):
        return _ERRORS.get(value, value)
    return value  # type: ignore[no-any-return]
