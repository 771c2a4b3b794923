"""A worksheet part: its cells, its rows, and the values that they hold."""

from __future__ import annotations

import math
import re
from functools import cached_property
from typing import TYPE_CHECKING

from dealmodel.cells import CellError, Scalar
from dealmodel.dates import iso_serial
from dealmodel.errors import WorkbookError
from dealmodel.workbook.address import Area, a1, parse_area
from dealmodel.workbook.storedcells import Place, StoredCell, StoredCells
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
    from collections.abc import Sequence

_TEXTS = ("str", "inlineStr")
_ERRORS = {error.value: error for error in CellError}
_PATTERNS = {
    # Nearly every cell is written in the usual way, which is found three times quicker than any attributes.
    "cell": rb'<%(p)bc r="([A-Z]{1,3})([1-9][0-9]{0,6})"(?: s="[0-9]{1,9}")?(?: t="(n|s|str|b|e|d)")?(?:/>|>'
    rb'(?:<%(p)bf(?: t="shared" si="([0-9]{1,9})"/>|>([^<]+)</%(p)bf>))?'
    # No value is an empty one, too, but for texts.
    rb"(?:<%(p)bv>([^<]+)</%(p)bv>|(?(3)(?!)|<%(p)bv(?: ?/|></%(p)bv)>))?</%(p)bc>)"
    rb"|<%(p)bc\b([^<>]*?)(?:/>|>(.*?)</%(p)bc\s*>)",
    "row": rb"<%(p)brow\b([^<>]*?)(/?)>",
    "item": rb"<%(p)brow\b([^<>]*)>|<%(p)bc\b([^<>]*?)(?:/>|>(.*?)</%(p)bc\s*>)",
    "formula": rb"<%(p)bf\b([^<>]*?)(?:/>|>(.*?)</%(p)bf\s*>)",
    "value": rb"<%(p)bv\b[^<>]*?(?:/>|>(.*?)</%(p)bv\s*>)",
    "inline": rb"<%(p)bis\b[^<>]*?(?:/>|>(.*?)</%(p)bis\s*>)",
    "text": rb"<%(p)bt\b[^<>]*?(?:/>|>(.*?)</%(p)bt\s*>)",
    "phonetic": rb"<%(p)brPh\b.*?</%(p)brPh\s*>",
    "merged": rb"<%(p)bmergeCell\b([^<>]*?)/?>",
    "empty": rb"<%(p)bc\b[^<>]*/>",
    "cells": rb"<%(p)bsheetData\b[^<>]*?(/?)>",
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
    def cells(self) -> StoredCells:
        """Every cell by row and column."""
        return StoredCells(self)

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

    def values(self, strings: Sequence[str]) -> dict[Place, Scalar]:
        """Return the stored value of every cell that is not blank.

        Raises
        ------
        WorkbookError
            If a cell holds what is no value of its type.
        """
        found: dict[Place, Scalar] = {}
        for place, (letters, _, kind, _, _, value, _, _) in zip(self.cells.places, self.cells.raw, strict=True):
            if value and not kind and (number := _number(value)) is not None:
                found[place] = number
            elif value:
                found[place] = self._value(place, kind.decode() if kind else "n", element_text(value), strings)
            elif not letters:
                stored = self.value(self.cells.unusual[place], strings)
                if stored is not None:
                    found[place] = stored
        return found

    def value(self, cell: StoredCell, strings: Sequence[str]) -> Scalar:
        """Return the stored value of a cell."""
        if cell.text is None or (cell.text == "" and cell.kind not in _TEXTS):
            return None
        return self._value((cell.row, cell.column), cell.kind, cell.text, strings)

    def _value(self, place: Place, kind: str, text: str, strings: Sequence[str]) -> Scalar:
        if kind in _TEXTS:
            return unescape_text(text)
        try:
            return self._other_value(kind, text.strip(), strings)
        except (ValueError, IndexError, OverflowError):
            raise WorkbookError(f"{self.label} is damaged: {a1(*place)} holds {text!r}") from None

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


def _number(value: bytes) -> float | None:
    """Return a number that is written as most are."""
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) and b"_" not in value else None


def active_filter(part: bytes) -> Area | None:
    """Return the range of the first filter of a sheet or a table that hides rows."""
    match = re.search(rb"<(?:[\w.-]+:)?autoFilter\b([^>]*[^>/])>\s*<(?:[\w.-]+:)?filterColumn\b", part)
    return parse_area(attributes(match[1]).get("ref", "")) if match else None
