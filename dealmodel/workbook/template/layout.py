"""What the sheets hold, and where: sections of rows, and formulas that name rows instead of cells.

In a formula `{price}` is the cell of that row in the formula's own column; so one text serves the live scenario
and the five others. `{rnd_budget}` in a series is the element of the same year, `{rnd_budget:}` the whole series,
`{rnd_budget@0}` its first year, `{calendar_year<}` the element before, `{#}` the number of the row within its
series; `{a..b}` the rows from a to b, `{price~}` by how much a reported figure is rounded, `{first_year$}` the live
scenario's cell, `{scenario_passed*}` the row across all scenarios, `{Offset!}` all results of a sheet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dealmodel.domain import Domain

LIVE = "D"
SCENARIO_COLUMNS = ("E", "F", "G", "H", "I")
COLUMNS = (LIVE, *SCENARIO_COLUMNS)
ROUNDED, AS_OF, SOURCE, LOW, HIGH = "J", "K", "L", "M", "N"
HOW = "J"
HEADER = 7
"""Row of the header on every sheet of the model."""
YEARS = 6
"""Years that a plan covers, the first counted as 0."""
_REFERENCE = re.compile(r"\{(?:(\w+)\.\.(\w+)|(\w+)([:<~$!*]|@\d)?)\}")

_WORDINGS = {
    "<": "{0} before",
    "~": "rounding of {0}",
    "$": "live {0}",
    "*": "{0} in all columns",
    "!": "all of {0}",
    "@": "{0} of year {1}",
}


class Unit(StrEnum):
    """In what a row is counted, which also decides how it is shown."""

    MONEY = "{currency}"
    DIFFERENCE = "{currency}, difference"
    PRICE = "price currency m"
    RATE = "price currency per {currency_code}"
    SHARE = "fraction"
    YEARLY = "fraction per year"
    TIMES = "times"
    COUNT = "payments"
    YEAR = "calendar year"
    YEARS = "years"
    TEXT = "text"
    FLAG = "TRUE or FALSE"
    YES_NO = "1 yes, 0 no"


class Role(StrEnum):
    """What a row on a result sheet is for."""

    RESULT = "result"
    LINK = "link"
    FINDING = "finding"
    CHECK = "check"


@dataclass(frozen=True, slots=True)
class Input:
    """An input row; its constants are the case's."""

    name: str
    label: str
    unit: Unit
    domain: Domain


@dataclass(frozen=True, slots=True)
class Result:
    """A row that is computed.

    Attributes
    ----------
    plain
        Whether it is plain arithmetic, where no worksheet function is meant for it.
    spelt
        Whether the formula is spelt out beside the words.
    """

    name: str
    label: str
    unit: Unit
    formula: str
    how: str
    role: Role = Role.RESULT
    plain: bool = False
    spelt: bool = True

    @property
    def explanation(self) -> str:
        """How it is computed, in words and with the names of the rows."""
        if not self.spelt:
            return self.how
        return _explain(self.how, self.formula, plain=self.plain and self.role is Role.RESULT)


@dataclass(frozen=True, slots=True)
class Series:
    """A row a year, or a row a claim.

    Attributes
    ----------
    first
        Formula of the first row, where it is another.
    labels
        Name and label of each row; without them the rows are the years of the plan.
    """

    name: str
    label: str
    unit: Unit
    formula: str
    how: str
    first: str = ""
    plain: bool = False
    labels: tuple[tuple[str, str], ...] = ()

    @property
    def explanation(self) -> str:
        """How it is computed, in words and with the names of the rows."""
        return _explain(self.how, self.formula, plain=self.plain)

    @property
    def length(self) -> int:
        """Number of its rows."""
        return len(self.labels) or YEARS


Row: TypeAlias = Input | Result | Series


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under a heading."""

    title: str
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of the model: its name, what it answers, and its sections."""

    name: str
    title: str
    question: str
    sections: Sequence[Section]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row or a series stands."""

    sheet: str
    row: int
    length: int = 1

    @property
    def last(self) -> int:
        """Last row of a series."""
        return self.row + self.length - 1


class Layout:
    """Where every row of the model stands.

    Parameters
    ----------
    sheets
        The sheets of the model in their order.
    """

    def __init__(self, sheets: Sequence[Sheet]) -> None:
        self.sheets = tuple(sheets)

    def placed(self, sheet: Sheet) -> Iterator[tuple[int, Section | Row]]:
        """Return the headings and rows of a sheet with their row numbers; a series has a heading of its own."""
        at = HEADER
        for section in sheet.sections:
            at += 1
            yield at, section
            for row in section.rows:
                at += 1
                yield at, row
                if isinstance(row, Series):
                    at += row.length

    @cached_property
    def places(self) -> dict[str, Place]:
        """Place of every name: inputs, results, series and those rows of series that have one."""
        places: dict[str, Place] = {}
        for sheet in self.sheets:
            for at, row in self.placed(sheet):
                if isinstance(row, Series):
                    places[row.name] = Place(sheet.name, at + 1, row.length)
                    places |= {name: Place(sheet.name, at + 1 + i) for i, (name, _) in enumerate(row.labels)}
                elif not isinstance(row, Section):
                    places[row.name] = Place(sheet.name, at)
        return places

    def last_row(self, name: str) -> int:
        """Return the last row of a sheet."""
        return max(place.last for place in self.places.values() if place.sheet == name)

    def formula(self, text: str, sheet: str, column: str, element: int = 0) -> str:
        """Return a formula for a cell: references to rows become references to cells.

        Parameters
        ----------
        text
            The formula, with rows by name.
        sheet, column
            Where the formula stands.
        element
            Which row of a series it is for.
        """
        return "=" + _REFERENCE.sub(
            lambda match: self._cells(match, sheet, column, element), text.replace("{#}", str(element + 1))
        )

    def _cells(self, match: re.Match[str], sheet: str, column: str, element: int) -> str:
        """Return the cells that a reference stands for."""
        first, last, name, mark = match.groups()
        if first:
            return self._range(self.places[first], self.places[last].row, sheet, column)
        if mark == "!":
            return f"{name}!{column}{HEADER + 1}:{column}{self.last_row(name)}"
        place = self.places[name]
        if mark == ":":
            return self._range(place, place.last, sheet, column)
        prefix = "" if place.sheet == sheet else f"{place.sheet}!"
        absolute = {"~": f"${ROUNDED}{place.row}", "$": f"${LIVE}{place.row}", "*": _across(place.row)}
        if mark in absolute:
            return prefix + absolute[mark]
        offset = int(mark[1:]) if mark and mark[0] == "@" else element if place.length > 1 else 0
        return f"{prefix}{column}{place.row + offset - (mark == '<')}"

    @staticmethod
    def _range(place: Place, last: int, sheet: str, column: str) -> str:
        prefix = "" if place.sheet == sheet else f"{place.sheet}!"
        return f"{prefix}{column}{place.row}:{column}{last}"


def _across(row: int) -> str:
    return f"${COLUMNS[0]}{row}:${COLUMNS[-1]}{row}"


_GUARDED = re.compile(r"IFERROR\((.*),FALSE\)")


def _explain(how: str, formula: str, *, plain: bool) -> str:
    guarded = _GUARDED.fullmatch(formula)
    return f"{how}{' (arithmetic)' if plain else ''}: {in_words(guarded[1] if guarded else formula)}"


def in_words(text: str) -> str:
    """Return a formula as a person reads it, with the names of the rows.

    Examples
    --------
    >>> in_words("DM_VALUATION_RANGE({price},{price~})+SUM({fine_unsplit..fine_sanctions})")
    'DM_VALUATION_RANGE(price, rounding of price) + SUM(fine_unsplit to fine_sanctions)'
    """
    spaced = re.sub(r"(?<=[\w})])([-+*/=]|<=|>=)(?=[\w{(])", r" \1 ", text.replace(",", ", "))

    def replace(match: re.Match[str]) -> str:
        first, last, name, mark = match.groups()
        if first:
            return f"{first} to {last}"
        kind, year = (mark or "")[:1], (mark or "")[1:]
        return _WORDINGS.get(kind, "{0}").format(name, year)

    return _REFERENCE.sub(replace, spaced.replace("{#}", "row"))
