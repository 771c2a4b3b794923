"""A worksheet part: its cells with their place in the bytes, and the bytes with some values replaced."""

from __future__ import annotations

import math
import re
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from dealmodel.cells import CellError, Scalar
from dealmodel.dates import iso_serial
from dealmodel.errors import WorkbookError
from dealmodel.workbook.address import MAX_COLUMN, MAX_ROW, Area, a1, column_number, parse_area, parse_cell
from dealmodel.workbook.xmltext import (
    attributes,
    check_xml,
    element_text,
    has_other_prefix,
    is_xml,
    unescape_text,
    without_comments,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Place = tuple[int, int]
_LARGE_BODY = 2**18
"""Bytes of a cell beyond which it is looked at more closely: a formula and a text, every letter escaped, are less."""
_TEXTS = ("str", "inlineStr")
# Nearly every cell is written like this, and this pattern is three times quicker than reading any attributes.
_USUAL_CELL = re.compile(rb' r="([A-Z]{1,3})([1-9][0-9]{0,6})"(?: s="[0-9]{1,9}")?(?: t="([A-Za-z]+)")?')
_USUAL_BODY = re.compile(rb"(?:<f>([^<]*)</f>)?(?:<v>([^<]*)</v>)?")
_NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})
_ERRORS = {error.value: error for error in CellError}


class Formula(NamedTuple):
    """A formula as the part holds it."""

    text: str
    kind: str
    """`normal`, `shared`, `array` or `dataTable`."""
    area: Area | None
    """The range of an array, of a data table, or of a shared formula's anchor."""
    group: str
    """Index of a shared formula."""
    declared: Mapping[str, str]
    """All its attributes."""


class StoredCell(NamedTuple):
    """A cell as the part holds it; a tuple, for a sheet may have a million."""

    row: int
    column: int
    start: int
    end: int
    kind: str
    """The type `t`: `n`, `s`, `str`, `inlineStr`, `b`, `e` or `d`."""
    text: str | None
    """The text of `<v>`, or of the inline string."""
    formula: Formula | None
    dynamic: bool
    """Whether the cell carries metadata `cm`, as the first cell of a dynamic array does."""


_PATTERNS = {
    "row": rb"<%(p)brow\b([^>]*?)(/?)>",
    "item": rb"<%(p)brow\b([^>]*)>|<%(p)bc\b([^>]*?)(?:/>|>(.*?)</%(p)bc\s*>)",
    "formula": rb"<%(p)bf\b([^>]*?)(?:/>|>(.*?)</%(p)bf\s*>)",
    "value": rb"<%(p)bv\b[^>]*?(?:/>|>(.*?)</%(p)bv\s*>)",
    "inline": rb"<%(p)bis\b[^>]*?(?:/>|>(.*?)</%(p)bis\s*>)",
    "text": rb"<%(p)bt\b[^>]*?(?:/>|>(.*?)</%(p)bt\s*>)",
    "phonetic": rb"<%(p)brPh\b.*?</%(p)brPh\s*>",
    "merged": rb"<%(p)bmergeCell\b([^>]*?)/?>",
    "empty": rb"<%(p)bc\b[^>]*/>",
    "cells": rb"<%(p)bsheetData\b[^>]*?(/?)>",
    "cells_end": rb"</%(p)bsheetData\s*>",
    "row_end": rb"</%(p)brow\s*>",
}


class Patterns:
    """What finds the elements of a worksheet part, for the prefix that its names have.

    Cells never nest, and none of their attributes holds a bracket: a pattern finds them ten times quicker than a
    parser, and with their place in the bytes.
    """

    def __init__(self, prefix: bytes) -> None:
        self.prefix = prefix

    def __getattr__(self, name: str) -> re.Pattern[bytes]:
        """Compile a pattern when it is first asked for."""
        if name not in _PATTERNS:
            raise AttributeError(name)
        found = re.compile(_PATTERNS[name] % {b"p": self.prefix}, re.DOTALL)
        setattr(self, name, found)
        return found


class SheetPart:
    """The cells of one worksheet part.

    Parameters
    ----------
    part
        The XML, in UTF-8.
    label
        What messages call it.
    date1904
        Whether the workbook counts days from 1904.
    """

    def __init__(self, part: bytes, label: str, *, date1904: bool = False) -> None:
        check_xml(part, label)
        part = without_comments(part)
        self.part = part
        self.label = label
        self.date1904 = date1904
        root = re.search(rb"<([\w.-]+:)?(worksheet|chartsheet|dialogsheet|macrosheet)\b", part)
        if root is None:
            raise WorkbookError(f"{label} is damaged: it is not a worksheet")
        self.patterns = Patterns(root[1] or b"")
        if has_other_prefix(part, self.patterns.prefix):
            raise WorkbookError(f"{label} gives one kind of element several prefixes; save it anew with Excel")
        self.opening = self.patterns.cells.search(part)
        """The tag `<sheetData>`; a chart sheet has none."""
        ending = self.patterns.cells_end.search(part)
        end = ending.start() if ending else -1
        if self.opening is None or self.opening[1]:
            self.data = (0, 0)
            """Where the rows begin and end."""
        elif end < self.opening.end():
            raise WorkbookError(f"{label} is damaged: its cells do not end")
        else:
            self.data = (self.opening.end(), end)
            if not self._all_cells_end():
                raise WorkbookError(f"{label} is damaged: a cell does not end")

    def _all_cells_end(self) -> bool:
        """Whether no pattern will look for the end of a cell in vain, each time through the whole part."""
        p = self.patterns.prefix
        opened = self.part.count(b"<%bc " % p) + self.part.count(b"<%bc>" % p)
        ended = self.part.count(b"</%bc>" % p)
        return opened == ended or opened == ended + len(self.patterns.empty.findall(self.part)) or is_xml(self.part)

    @cached_property
    def cells(self) -> dict[Place, StoredCell]:
        """Every cell by row and column."""
        cells: dict[Place, StoredCell] = {}
        row, column = 0, 0
        for match in self.patterns.item.finditer(self.part, *self.data):
            if match[1] is not None:
                number = attributes(match[1]).get("r")
                row, column = (self.whole(number) if number else row + 1), 0
                continue
            usual = _USUAL_CELL.fullmatch(match[2])
            place: Place | None
            if usual:
                declared: Mapping[str, str] = {}
                letters = usual[1].decode()
                place = int(usual[2]), column_number(letters)
                kind = usual[3].decode() if usual[3] else "n"
            else:
                declared = attributes(match[2])
                place = parse_cell(declared["r"]) if "r" in declared else (row, column + 1)
                kind = declared.get("t", "n")
            if place is None or place[1] > MAX_COLUMN or not 0 < place[0] <= MAX_ROW:
                raise WorkbookError(f"{self.label} is damaged: there is no cell {_named(match[2])}")
            column = place[1]
            if place in cells:
                raise WorkbookError(f"{self.label} is damaged: it holds {a1(*place)} twice")
            body = _USUAL_BODY.fullmatch(match[3] or b"") if usual and kind != "inlineStr" else None
            if body:
                cells[place] = _usual_cell(place, match, kind, body)
            else:
                cells[place] = self._read_cell(place, match, kind, dynamic="cm" in declared)
        return cells

    def _read_cell(self, place: Place, match: re.Match[bytes], kind: str, *, dynamic: bool) -> StoredCell:
        body = match[3] or b""
        if len(body) > _LARGE_BODY and not is_xml(self.part):
            raise WorkbookError(f"{self.label} is damaged: it is not XML")
        formula = self.patterns.formula.search(body)
        text: str | None = None
        if kind == "inlineStr":
            inline = self.patterns.inline.search(body)
            shown = self.patterns.phonetic.sub(b"", inline[1] or b"") if inline else b""
            text = "".join(element_text(t[1]) for t in self.patterns.text.finditer(shown))
        else:
            value = self.patterns.value.search(body)
            text = element_text(value[1]) if value else None
        return StoredCell(
            *place,
            match.start(),
            match.end(),
            kind,
            text,
            None if formula is None else _read_formula(formula),
            dynamic,
        )

    @cached_property
    def hidden_rows(self) -> frozenset[int]:
        """The rows that are hidden, by hand or by a filter."""
        hidden = set()
        row = 0
        for match in self.patterns.row.finditer(self.part, *self.data):
            declared = attributes(match[1])
            row = self.whole(declared["r"]) if "r" in declared else row + 1
            if declared.get("hidden") in ("1", "true"):
                hidden.add(row)
        return frozenset(hidden)

    @cached_property
    def filtered(self) -> Area | None:
        """The range of a filter that is at work."""
        return active_filter(self.part[self.data[1] :])

    @cached_property
    def merged(self) -> tuple[Area, ...]:
        """The ranges that are merged into one cell."""
        found = (attributes(m[1]).get("ref", "") for m in self.patterns.merged.finditer(self.part, self.data[1]))
        return tuple(area for area in map(parse_area, found) if area)

    def value(self, cell: StoredCell, strings: Sequence[str]) -> Scalar:
        """Return the stored value of a cell."""
        text = cell.text
        if text is None or (text == "" and cell.kind not in _TEXTS):
            return None
        if cell.kind in _TEXTS:
            return unescape_text(text)
        try:
            return self._other_value(cell.kind, text.strip(), strings)
        except (ValueError, IndexError, OverflowError):
            raise WorkbookError(f"{self.label} is damaged: {a1(cell.row, cell.column)} holds {text!r}") from None

    def _other_value(self, kind: str, text: str, strings: Sequence[str]) -> Scalar:
        if kind == "s":
            return strings[self.whole(text)]
        if kind == "b":
            return text in ("1", "true")
        if kind == "e":
            return _ERRORS.get(text, CellError.VALUE)
        if kind == "d":
            return iso_serial(text, date1904=self.date1904)
        number = float(text)
        if not math.isfinite(number) or "_" in text:
            raise ValueError(text)
        return number

    def whole(self, text: str) -> int:
        """Return a number of the part, such as that of a row.

        Raises
        ------
        WorkbookError
            If it is none.
        """
        plain = text.strip()
        if not (plain.isascii() and plain.isdigit() and len(plain) < 10):  # noqa: PLR2004  rows have 7 digits
            raise WorkbookError(f"{self.label} is damaged: {text!r} is not a number")
        return int(plain)


def active_filter(part: bytes) -> Area | None:
    """Return the range of the first filter of a sheet or a table that hides rows."""
    match = re.search(rb"<(?:[\w.-]+:)?autoFilter\b([^>]*[^>/])>\s*<(?:[\w.-]+:)?filterColumn\b", part)
    return parse_area(attributes(match[1]).get("ref", "")) if match else None


def _named(raw: bytes) -> str:
    """Return what a cell calls itself."""
    return attributes(raw).get("r", "so far down")


def _usual_cell(place: Place, match: re.Match[bytes], kind: str, body: re.Match[bytes]) -> StoredCell:
    """Return a cell whose formula and value are plain text, without attributes."""
    start, end = match.span()
    formula, value = body.groups()
    text = None if value is None else element_text(value)
    if formula is None:
        return StoredCell(*place, start, end, kind, text, None, dynamic=False)
    own = Formula(unescape_text(element_text(formula)).strip(), "normal", None, "", _NO_ATTRIBUTES)
    return StoredCell(*place, start, end, kind, text, own, dynamic=False)


def _read_formula(match: re.Match[bytes]) -> Formula:
    declared = attributes(match[1])
    return Formula(
        unescape_text(element_text(match[2])).strip(),
        declared.get("t", "normal"),
        parse_area(declared["ref"]) if "ref" in declared else None,
        declared.get("si", ""),
        declared,
    )
