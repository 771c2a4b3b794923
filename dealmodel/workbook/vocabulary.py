"""The names of a workbook: what an input or an output is called, in which unit, from which source.

A single-cell defined name is an input where its cell holds a constant, or a formula that only picks one of several
cells, and an output where it holds any other formula. Label, unit and source stand in the columns that the header
row above the cell calls so.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from dealmodel.errors import UnknownNameError
from dealmodel.workbook.address import Area, CellAt, parse_cell, quote_sheet, split_sheet
from dealmodel.workbook.selectors import selector

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dealmodel.cells import Scalar
    from dealmodel.workbook.book import Book, DefinedName

SCENARIO, SCENARIO_NAMES, SCENARIO_NUMBER = "scenario", "scenario_names", "scenario_number"
CERTIFICATE = "certificate"
"""Name of the cell that says by what the workbook's functions are certified; it is no input of the model."""
_HEADERS = {
    "item": "label",
    "label": "label",
    "unit": "unit",
    "source": "source",
    "as of": "as_of",
    "rounded to (±)": "rounded",
    "low": "low",
    "high": "high",
}
_IN_SCENARIO = re.compile(r"(.+?)\s*\[(.+)\]")


class Kind(Enum):
    """Whether a name is put in or comes out."""

    INPUT = "input"
    OUTPUT = "output"


class Named(NamedTuple):
    """A named cell with what the workbook says about it."""

    name: str
    at: CellAt
    kind: Kind
    label: str = ""
    unit: str = ""
    source: str = ""
    as_of: Scalar = None
    rounded: Scalar = None
    low: Scalar = None
    high: Scalar = None


class Vocabulary:
    """The names of a workbook."""

    def __init__(self, book: Book) -> None:
        self._book = book

    @cached_property
    def cells(self) -> dict[str, CellAt]:
        """The single cells that have a name of the whole workbook, by that name."""
        found = {}
        for name in self._book.names:
            place = self._book.area_of(name)
            if place and not name.hidden and name.sheet is None and place[1].height == place[1].width == 1:
                found[name.name] = CellAt(place[0], place[1].top, place[1].left)
        return found

    @cached_property
    def misread(self) -> tuple[str, ...]:
        """What to say of names that formulas cannot use, as those that are the address of a cell."""
        found = dict.fromkeys(name.name for name in self._book.names if parse_cell(name.name) is not None)
        return tuple(
            f"formulas that say {name} mean the cell {name.upper()}, not what is named {name}: give it another name"
            for name in found
        )

    @cached_property
    def named(self) -> tuple[Named, ...]:
        """Inputs and outputs, in the order of sheets, rows and columns."""
        order = {sheet: i for i, sheet in enumerate(self._book.sheets)}
        cells = sorted(self.cells.items(), key=lambda item: (order[item[1].sheet], *item[1][1:]))
        return tuple(self._describe(name, at) for name, at in cells if name not in (SCENARIO_NUMBER, CERTIFICATE))

    def _describe(self, name: str, at: CellAt) -> Named:
        kind = Kind.INPUT if self._is_input(at) else Kind.OUTPUT
        facts: dict[str, Scalar] = {}
        for column, field in self._columns(at).items():
            if column != at.column:
                facts[field] = self._book.value(CellAt(at.sheet, at.row, column))
        label, unit, source = ("" if facts.get(f) is None else str(facts[f]) for f in ("label", "unit", "source"))
        rest = (facts.get(f) for f in ("as_of", "rounded", "low", "high"))
        return Named(name, at, kind, label, unit, source, *rest)

    def _is_input(self, at: CellAt) -> bool:
        """Whether a cell holds a constant, or a formula that only picks one of several constants."""
        formula = self._formula(at)
        picks = selector(self._book, at, formula) if formula is not None else None
        if picks is None:
            return formula is None
        return all(self._formula(cell) is None for row in picks.cells for cell in row)

    def _formula(self, at: CellAt) -> str | None:
        return self._book.formulas(at.sheet).get((at.row, at.column))

    def _columns(self, at: CellAt) -> dict[int, str]:
        """Return what the columns of a cell's row hold, by the nearest header row above it."""
        rows = [row for row in self._header_rows(at.sheet) if row < at.row]
        return self._header_rows(at.sheet)[max(rows)] if rows else {}

    def _header_rows(self, sheet: str) -> dict[int, dict[int, str]]:
        if sheet not in self._headers:
            part = self._book.sheet(sheet)
            rows: dict[int, dict[int, str]] = {}
            for (row, column), cell in part.cells.of_types((b"s", b"str")):
                value = part.value(cell, self._book.strings) if cell.kind in ("s", "str", "inlineStr") else None
                field = _HEADERS.get(value.strip().lower()) if isinstance(value, str) else None
                if field:
                    rows.setdefault(row, {})[column] = field
            self._headers[sheet] = {row: fields for row, fields in rows.items() if "unit" in fields.values()}
        return self._headers[sheet]

    @cached_property
    def _headers(self) -> dict[str, dict[int, dict[int, str]]]:
        return {}

    # -- scenarios -----------------------------------------------------------------------------------------------

    @cached_property
    def _scenario_area(self) -> tuple[str, Area] | None:
        names = [n for n in self._book.names if n.name == SCENARIO_NAMES and n.sheet is None]
        area = self._book.area_of(names[0]) if names else None
        return area if area and area[1].height == 1 else None

    @cached_property
    def scenario_columns(self) -> dict[str, int]:
        """The column of each scenario, where the workbook has scenarios."""
        if self._scenario_area is None:
            return {}
        sheet, area = self._scenario_area
        named = {c: self._book.value(CellAt(sheet, area.top, c)) for c in range(area.left, area.right + 1)}
        return {str(name): column for column, name in named.items() if name is not None}

    def scenarios(self, at: CellAt) -> dict[str, CellAt]:
        """Return the cell of each scenario in the row of a named cell."""
        if at == self.cells.get(SCENARIO) or not self._columns(at):
            return {}
        return {name: CellAt(at.sheet, at.row, column) for name, column in self.scenario_columns.items()}

    def find_scenario(self, name: str) -> str:
        """Return the scenario of that name in any case.

        Raises
        ------
        UnknownNameError
            If there is none; the message names the nearest.
        """
        for scenario in self.scenario_columns:
            if scenario.casefold() == name.strip().casefold():
                return scenario
        raise self._unknown("scenario", name, list(self.scenario_columns))

    # -- finding -------------------------------------------------------------------------------------------------

    def find(self, name: str) -> CellAt:
        """Return the cell of a defined name, of `Sheet!A1`, or of `name[scenario]`.

        Raises
        ------
        UnknownNameError
            If there is none; the message names the nearest.
        """
        if not isinstance(name, str):
            raise UnknownNameError(f"a name or an address is a text, such as 'Sheet1!A1'; got {name!r}")
        text = name.strip()
        for known, at in self.cells.items():
            if known.casefold() == text.casefold():
                return at
        in_scenario = _IN_SCENARIO.fullmatch(text)
        if in_scenario and "!" not in in_scenario[2]:
            scenarios = self.scenarios(self.find(in_scenario[1]))
            if not scenarios:
                raise UnknownNameError(f"{in_scenario[1]} has no scenarios in {self._book.label}")
            return scenarios[self.find_scenario(in_scenario[2])]
        split = split_sheet(text)
        if split is not None:
            return self._find_address(name, *split)
        return self._find_other(name, [n for n in self._book.names if n.name.casefold() == text.casefold()])

    def _find_address(self, name: str, sheet: str, address: str) -> CellAt:
        found = self._book.find_sheet(sheet)
        if found is None:
            raise self._unknown("sheet", sheet, list(self._book.sheets))
        place = parse_cell(address)
        if place is not None:
            return CellAt(found, *place)
        own = [n for n in self._book.names if n.sheet == found and n.name.casefold() == address.casefold()]
        if not own:
            raise UnknownNameError(f"{name} is not one cell; write it as {quote_sheet(found)}!A1")
        return self._find_other(name, own)

    def _find_other(self, name: str, known: Sequence[DefinedName]) -> CellAt:
        """Return the cell of a name that belongs to a sheet, or say why a known name has none."""
        if not known:
            raise self._unknown("name", name, [n.name for n in self.named])
        areas = [self._book.area_of(n) for n in known]
        cells = [CellAt(a[0], *a[1][:2]) for a in areas if a and a[1].height == a[1].width == 1]
        if len(cells) > 1:
            places = " or ".join(f"{quote_sheet(n.sheet or '')}!{n.name}" for n in known)
            raise UnknownNameError(f"{name} is a name of several sheets; write it as {places}")
        if not cells:
            raise UnknownNameError(f"{name} stands for {known[0].text}, not for one cell; write a cell as Sheet1!A1")
        return cells[0]

    def _unknown(self, what: str, name: str, known: list[str]) -> UnknownNameError:
        folded = {k.casefold(): k for k in known}
        import difflib  # noqa: PLC0415  for those who misspell

        near = [folded[k] for k in difflib.get_close_matches(name.casefold(), folded, n=3, cutoff=0.5)]
        hint = f"did you mean {', '.join(near)}?" if near else _listing(what, known)
        return UnknownNameError(f"{self._book.label} has no {what} {name}; {hint}")

    def picked(self, at: CellAt, formula: str, evaluate: Callable[[str], Scalar]) -> CellAt | None:
        """Return the cell that a formula picks, or None where it does more than picking."""
        picks = selector(self._book, at, formula)
        return picks.picked(evaluate) if picks else None


def _listing(what: str, known: list[str]) -> str:
    if not known:
        return f"it has no {what}s; use an address such as Sheet1!A1"
    return f"it has {', '.join(known[:12])}{', ...' if len(known) > 12 else ''}"  # noqa: PLR2004  one line
