"""A workbook as it is stored: sheets, cells, defined names, shared texts, settings."""

from __future__ import annotations

import itertools
import math
import posixpath
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

from dealmodel.errors import WorkbookError
from dealmodel.workbook.address import Area, CellAt, named_area, parse_area
from dealmodel.workbook.numberformats import NumberFormats
from dealmodel.workbook.stored.formulacells import RUN, FormulaCells, hindrance, may_be_hindered
from dealmodel.workbook.stored.package import Package
from dealmodel.workbook.stored.sharedtexts import shared_texts
from dealmodel.workbook.stored.sheet import SheetPart, active_filter
from dealmodel.workbook.stored.tables import Table
from dealmodel.workbook.stored.xmltext import check_xml, local_name, unescape_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from dealmodel.cells import Scalar
    from dealmodel.workbook.linkedformulas import Links
    from dealmodel.workbook.stored.storedcells import Place, StoredCell

MOST_RELATIONS = 2**17
"""Relations that a part may have; a worksheet holds half as many links."""
MOST_SHEETS = 10_000
"""Sheets that a workbook may have; each takes half a millisecond, whatever it holds."""
MOST_NAMES = 100_000
"""Defined names that a workbook may have: models that were copied for years hold tens of thousands."""
_MOST_ITERATIONS = 32_767
"""As Excel has it."""
_SMALL = 2**14
"""Bytes of a part of which the root is kept for the next workbook."""
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}"


class DefinedName(NamedTuple):
    """A defined name as the workbook holds it."""

    name: str
    text: str
    """What it stands for: a reference, a constant or a formula, without `=`."""
    sheet: str | None
    """The sheet whose name it is; None for the whole workbook."""
    hidden: bool


class Settings(NamedTuple):
    """Settings of the workbook that change what formulas give."""

    date1904: bool = False
    iterate: bool = False
    iterations: int = 100
    change: float = 0.001
    full_calc_on_load: bool = False
    as_displayed: bool = False
    """Whether numbers are rounded to what their cells show of them."""


class Book:
    """A stored workbook.

    Parameters
    ----------
    package
        The file.

    Raises
    ------
    WorkbookError
        If the package is not a workbook, or is damaged.
    """

    def __init__(self, package: Package) -> None:
        self.package = package
        self.label = package.label
        main = self._main_part()
        # Each stands there twice, at its begin and at its end; what stands before and after it is free.
        part = package.read(main)
        if part.count(b"definedName") > 2 * MOST_NAMES + 2:
            raise WorkbookError(
                f"{self.label} has more than {MOST_NAMES:,} defined names; delete those it does not use"
            )
        if part.count(b"sheetId") > MOST_SHEETS:
            raise WorkbookError(f"{self.label} has more than {MOST_SHEETS:,} sheets; it is refused")
        root = self.parsed(main, part)
        self._space = root.tag[: root.tag.index("}") + 1] if root.tag.startswith("{") else ""
        if not root.tag.endswith("workbook"):
            raise WorkbookError(f"{self.label} is not an Excel workbook (.xlsx, .xlsm)")
        self.main_part = main
        self._root = root
        self.relations = self.relations_of(main)
        self.paths = self._sheet_paths(root)
        self.settings = self._settings(root)

    @classmethod
    def open(cls, path: str | Path) -> Book:
        """Read a workbook file."""
        return cls(Package.open(path))

    @property
    def sheets(self) -> tuple[str, ...]:
        """Names of the sheets, in the order of their tabs, chart sheets included."""
        return tuple(self.paths)

    def in_order(self, cells: Iterable[CellAt]) -> list[CellAt]:
        """Return cells as one reads them: sheet by sheet, row by row."""
        order = {sheet: i for i, sheet in enumerate(self.sheets)}
        return sorted(cells, key=lambda at: (order.get(at.sheet, len(order)), at.row, at.column))

    @cached_property
    def _parts(self) -> dict[str, SheetPart]:
        return {}

    def sheet(self, name: str) -> SheetPart:
        """Return the cells of a sheet; a chart sheet has none. Of one of `links` they are those that are stored."""
        if name not in self._parts:
            stored = None if name in self.paths else self.links.part(name)
            label = f"{self.label}, sheet {name}"
            self._parts[name] = stored or SheetPart(
                self.package.read(self.paths[name]), label, date1904=self.settings.date1904
            )
        return self._parts[name]

    def formulas(self, sheet: str) -> FormulaCells:
        """Return the formula of every cell of a sheet that has one of its own, by row and column."""
        if sheet not in self._formulas:
            self._formulas[sheet] = FormulaCells(self.sheet(sheet))
        return self._formulas[sheet]

    @cached_property
    def _formulas(self) -> dict[str, FormulaCells]:
        return {}

    @cached_property
    def links(self) -> Links:
        """The other workbooks to which formulas refer."""
        from dealmodel.workbook.linkedformulas import Links  # noqa: PLC0415  few workbooks have links

        return Links(self, self._root)

    @property
    def linked_sheets(self) -> Mapping[str, str]:
        """The sheets of other workbooks of which stored cells are read, under their names here, with their files."""
        return self.links.used if "links" in self.__dict__ else {}

    @cached_property
    def _has_names_outside(self) -> bool:
        return any("[" in name.text for name in self.names)

    def hindered(self, sheet: str) -> Mapping[Place, str]:
        """Return the formula cells of a sheet that are not computed, with the reason that their text gives."""
        if sheet not in self._hindered and self.sheet(sheet).is_run:
            self._hindered[sheet] = dict.fromkeys(self.formulas(sheet), RUN)
        if sheet not in self._hindered:
            is_so = self.links.may_be_hindered if self._has_names_outside else may_be_hindered
            formulas = self.formulas(sheet)
            if not self._has_names_outside and formulas.none_is(may_be_hindered):
                return self._hindered.setdefault(sheet, {})
            asked = ((place, formulas[place]) for place in formulas.where(is_so))
            reasons = ((place, hindrance(f) or self.links.hindrance(f)) for place, f in asked)
            self._hindered[sheet] = {place: reason for place, reason in reasons if reason}
        return self._hindered[sheet]

    @cached_property
    def _hindered(self) -> dict[str, Mapping[Place, str]]:
        return {}

    def cells(self) -> Iterator[tuple[str, StoredCell]]:
        """Every stored cell with its sheet."""
        for sheet in self.sheets:
            for cell in self.sheet(sheet).cells.values():
                yield sheet, cell

    def cell(self, at: CellAt) -> StoredCell | None:
        """Return a stored cell, or None where nothing is stored."""
        return self.sheet(at.sheet).cells.get((at.row, at.column))

    def value(self, at: CellAt) -> Scalar:
        """Return a stored value."""
        return self.values(at.sheet).get((at.row, at.column))

    def values(self, sheet: str) -> Mapping[Place, Scalar]:
        """Return the stored value of every cell of a sheet that is not blank, by row and column."""
        if sheet not in self._values:
            self._values[sheet] = self.sheet(sheet).by_place(self.values_in_order(sheet))
        return self._values[sheet]

    def values_in_order(self, sheet: str) -> Sequence[Scalar]:
        """Return the stored value of every cell of a sheet in the order of its cells; None where one is blank."""
        if sheet not in self._values_in_order:
            self._values_in_order[sheet] = self.sheet(sheet).values_in_order(self.strings)
        return self._values_in_order[sheet]

    def knows_values(self, sheet: str) -> bool:
        """Whether the values of all cells of a sheet have been read."""
        return sheet in self._values_in_order

    def formula_values(self, sheet: str) -> list[Scalar]:
        """Return the stored value of every cell of `formulas`, in their order; None where there is none."""
        return list(itertools.compress(self.values_in_order(sheet), self.formulas(sheet).are_there))

    @cached_property
    def _values(self) -> dict[str, Mapping[Place, Scalar]]:
        return {}

    @cached_property
    def _values_in_order(self) -> dict[str, Sequence[Scalar]]:
        return {}

    @cached_property
    def _shared(self) -> list[tuple[str, bool]]:
        """The texts that cells share, and whether each is without formatting of its own."""
        path = next((p for kind, p in self.relations.values() if kind == "sharedStrings"), None)
        if path is None:
            return []
        return shared_texts(self.package.read(path), f"{self.label}, {path}", lambda: self.parsed(path))

    @cached_property
    def strings(self) -> list[str]:
        """The texts that cells share."""
        return [text for text, _ in self._shared]

    @cached_property
    def string_index(self) -> Mapping[str, int]:
        """The shared texts without formatting of their own, with their index."""
        return {text: i for i, (text, plain) in reversed(list(enumerate(self._shared))) if plain}

    @cached_property
    def tables(self) -> Mapping[str, Table]:
        """The tables, by name in lower case."""
        found = {}
        for sheet, path in self.paths.items():
            for kind, part in self.relations_of(path).values():
                table = self._read_table(sheet, part) if kind == "table" and part in self.package else None
                if table is not None:
                    found[table.name.casefold()] = table
        return found

    def visible_rows(self, sheet: str, area: Area, *, filtered_only: bool) -> list[tuple[int, int]]:
        """Return the rows of an area that are not hidden, as first and last of each run.

        Parameters
        ----------
        sheet, area
            The area.
        filtered_only
            Whether rows that were hidden by hand count as visible.
        """
        part = self.sheet(sheet)
        hidden = [row for row in part.hidden_rows if area.top <= row <= area.bottom]
        if filtered_only:
            tables = (t.filtered for t in self.tables.values() if t.sheet == sheet)
            filters = [f for f in (part.filtered, *tables) if f is not None]
            hidden = [row for row in hidden if any(f.top <= row <= f.bottom for f in filters)]
        runs = []
        first = area.top
        for row in [*sorted(hidden), area.bottom + 1]:
            if first < row:
                runs.append((first, row - 1))
            first = row + 1
        return runs

    def _read_table(self, sheet: str, part: str) -> Table | None:
        root = self.parsed(part)
        filtered = active_filter(self.package.read(part))
        area = parse_area(root.get("ref", ""))
        name = root.get("displayName") or root.get("name")
        if area is None or not name:
            return None
        columns = (e.get("name", "") for e in root.iter() if local_name(e) == "tableColumn")
        rows = (root.get("headerRowCount", "1"), root.get("totalsRowCount", "0"))
        headers, totals = (int(count) if count.isdecimal() else 0 for count in rows)
        return Table(name, sheet, area, tuple(unescape_text(c) for c in columns), headers, totals, filtered)

    @cached_property
    def number_formats(self) -> NumberFormats:
        """The number formats of the cells."""
        return NumberFormats(self)

    @cached_property
    def names(self) -> tuple[DefinedName, ...]:
        """The defined names, in the workbook's order."""
        found = []
        tabs = [element.get("name", "") for element in self._root.iter(f"{self._space}sheet")]
        for element in self._root.iter(f"{self._space}definedName"):
            local = element.get("localSheetId")
            sheet = None
            if local is not None:
                if not local.isdigit() or int(local) >= len(tabs):
                    raise WorkbookError(f"{self.label} is damaged: a defined name belongs to no sheet")
                sheet = tabs[int(local)]
                if sheet not in self.paths:
                    continue
            hidden = element.get("hidden") in ("1", "true")
            found.append(DefinedName(element.get("name", ""), element.text or "", sheet, hidden))
        return tuple(found)

    def area_of(self, name: DefinedName) -> tuple[str, Area] | None:
        """Return the rectangle a defined name refers to, or None where it is something else."""
        return named_area(name.text, self.paths)

    def find_sheet(self, name: str) -> str | None:
        """Return the sheet of that name in any case, as Excel has it."""
        return next((s for s in self.sheets if s.casefold() == name.casefold()), None)

    # -- parts ---------------------------------------------------------------------------------------------------

    def relations_of(self, part: str) -> dict[str, tuple[str, str]]:
        """Return the relations of a part: their kind and the part they lead to, by id; external ones left out."""
        folder, name = posixpath.split(part)
        path = self.package.find(posixpath.join(folder, "_rels", f"{name}.rels"))
        if path not in self.package:
            return {}
        data = self.package.read(path)
        if data.count(b"Target=") > MOST_RELATIONS:
            raise WorkbookError(f"{self.label} links a part to more than {MOST_RELATIONS} others; it is refused")
        relations = {}
        for element in self.parsed(path, data):
            if element.get("TargetMode") == "External":
                continue
            target = element.get("Target", "")
            full = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            relations[element.get("Id", "")] = (element.get("Type", "").rpartition("/")[2], self.package.find(full))
        return relations

    def _main_part(self) -> str:
        if "mimetype" in self.package and self.package.read("mimetype").startswith(b"application/vnd.oasis"):
            raise WorkbookError(f"{self.label} is an OpenDocument file; save it as .xlsx")
        if self.package.find("_rels/.rels") not in self.package:
            raise WorkbookError(f"{self.label} is a ZIP file but not an Excel workbook (.xlsx, .xlsm)")
        main = next((p for kind, p in self.relations_of("").values() if kind == "officeDocument"), "")
        if main.endswith(".bin"):
            raise WorkbookError(f"{self.label} is a binary workbook (.xlsb); save it as .xlsx")
        if main not in self.package:
            raise WorkbookError(f"{self.label} is not an Excel workbook (.xlsx, .xlsm)")
        return main

    def _sheet_paths(self, root: ET.Element) -> dict[str, str]:
        paths: dict[str, str] = {}
        for element in root.iter(f"{self._space}sheet"):
            if not _link(element):
                continue  # a module of macros that was a sheet in Excel 95, and has no part
            identity, name = _link(element), element.get("name", "")
            if identity not in self.relations or self.relations[identity][1] not in self.package or name in paths:
                raise WorkbookError(f"{self.label} is damaged: sheet {name} has no part of its own")
            paths[name] = self.relations[identity][1]
        if not paths:
            raise WorkbookError(f"{self.label} has no sheets")
        return paths

    def _settings(self, root: ET.Element) -> Settings:
        properties = root.find(f"{self._space}workbookPr")
        calculation = root.find(f"{self._space}calcPr")
        date1904 = properties is not None and properties.get("date1904") in ("1", "true")
        if calculation is None:
            return Settings(date1904=date1904)
        try:
            iterations = int(calculation.get("iterateCount", "100"))
            change = float(calculation.get("iterateDelta", "0.001"))
        except ValueError:
            raise WorkbookError(f"{self.label} is damaged: its calculation settings are not numbers") from None
        if not 0 <= change < math.inf:
            raise WorkbookError(f"{self.label} is damaged: its calculation settings are not numbers")
        return Settings(
            date1904=date1904,
            iterate=calculation.get("iterate") in ("1", "true"),
            iterations=min(max(iterations, 1), _MOST_ITERATIONS),
            change=change,
            full_calc_on_load=calculation.get("fullCalcOnLoad") in ("1", "true"),
            as_displayed=calculation.get("fullPrecision") in ("0", "false"),
        )

    def parsed(self, part: str, data: bytes | None = None) -> ET.Element:
        """Return the root of an XML part, of which the bytes may have been read; XML that could harm is refused."""
        data = self.package.read(part) if data is None else data
        check_xml(data, f"{self.label}, {part}")
        try:
            return _small_root(data) if len(data) <= _SMALL else ET.fromstring(data)
        except (ET.ParseError, ValueError, LookupError):
            raise WorkbookError(f"{self.label} is damaged: {part} is not XML") from None


@lru_cache(maxsize=32)
def _small_root(part: bytes) -> ET.Element:
    """Return the root of a part, which nothing changes; many workbooks hold the same ones."""
    return ET.fromstring(part)


def _link(sheet: ET.Element) -> str:
    """Return the relation by which a sheet leads to its part; none where it has no part."""
    return sheet.get(f"{_RELATION}id", "") or sheet.get(f"{_STRICT_RELATION}id", "")
