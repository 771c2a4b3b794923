"""Other workbooks that formulas refer to: what the workbook itself stores of them.

Excel stores the values of every cell of another workbook that a formula refers to, and goes on with them while that
workbook is closed: parts `externalLink`, ECMA-376 part 1, 18.14.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

from dealmodel.errors import WorkbookError
from dealmodel.workbook.stored.parts import external_targets
from dealmodel.workbook.stored.sheet import SheetPart
from dealmodel.workbook.stored.xmltext import attributes, check_xml, local_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dealmodel.workbook.book import Book
    from dealmodel.workbook.stored.package import Package

LARGEST_PART = 2**26
"""Bytes of a part that is read: more than a million cells."""
_MARK = "/"
"""Stands in the name of no sheet that Excel lets be."""
_RELATION = re.compile(r"\{http://(?:schemas\.openxmlformats|purl\.oclc)\.org/[\w/]*relationships\}id")
_DATA_SET = re.compile(rb"<((?:[\w.-]+:)?)sheetDataSet\b[^<>]*(?:/>|>(.*)</\1sheetDataSet\s*>)", re.DOTALL)
_SHEET = re.compile(rb"<((?:[\w.-]+:)?)sheetData\b([^<>]*?)(/>|>(.*?)</\1sheetData\s*>)", re.DOTALL)
_CELL = re.compile(rb"(</?(?:[\w.-]+:)?)cell\b")
_OTHER = re.compile(rb"<(?!/?(?:[\w.-]+:)?(?:row|cell|v)\b)")
"""Anything but rows, cells and values."""
_PREFIXED = re.compile(rb"<((?:[\w.-]+:)?)row\b")


class LinkedBook(NamedTuple):
    """Another workbook, as far as this one knows it."""

    name: str
    """Its file, without folders; or what stands for it in messages."""
    sheets: tuple[str, ...] = ()
    """The names of its sheets, in their order."""
    cells: Mapping[int, bytes] = {}
    """The cells that are stored of its sheets, as XML, by the place of the sheet."""
    names: Mapping[tuple[int | None, str], str] = {}
    """What its defined names refer to, without `=`, by the place of their sheet and their name in lower case."""

    def place_of(self, sheet: str) -> int | None:
        """Return the place of a sheet among the others."""
        return next((i for i, name in enumerate(self.sheets) if name.casefold() == sheet.casefold()), None)


def link_parts(book: Book, root: ET.Element) -> list[str]:
    """Return the parts that tell of the workbooks to which the formulas of one refer, in the order of their numbers.

    Parameters
    ----------
    book
        The workbook.
    root
        Its main part, parsed.
    """
    paths = []
    for element in root.iter():
        if local_name(element) == "externalReference":
            identity = next((value for name, value in element.items() if _RELATION.fullmatch(name)), "")
            paths.append(book.relations.get(identity, ("", ""))[1])
    return paths


def sheet_name(number: int, sheet: str, mark: str) -> str:
    """Return the name that a sheet of another workbook has here, which none of this one's own can have.

    Examples
    --------
    >>> sheet_name(1, "Q1 2024", "/")
    '1/Q1 2024'
    """
    return f"{number}{mark}{sheet}"


def mark_for(book: Book) -> str:
    """Return a mark that the name of none of a workbook's own sheets holds."""
    marks = (_MARK * count for count in itertools.count(1))
    return next(mark for mark in marks if not any(mark in sheet for sheet in book.paths))


def sheet_part(cells: bytes, label: str, *, date1904: bool) -> SheetPart | None:
    """Return the stored cells of a sheet, read as those of a worksheet; None where they are damaged.

    Parameters
    ----------
    cells
        The content of `<sheetData>`.
    label
        What messages call it.
    date1904
        Whether the workbook that stores them counts days from 1904.
    """
    if _OTHER.search(cells):
        return None
    # As Excel writes them, which takes a tenth of the time.
    rows = cells.replace(b"<cell ", b"<c ").replace(b"</cell>", b"</c>")
    if _CELL.search(rows):
        rows = _CELL.sub(rb"\1c", rows)
    prefix = found[1] if (found := _PREFIXED.search(cells)) else b""
    wrapped = b"<%bworksheet><%bsheetData>%b</%bsheetData></%bworksheet>" % (prefix, prefix, rows, prefix, prefix)
    try:
        part = SheetPart(wrapped, label, date1904=date1904)
        part.values(())
    except WorkbookError:
        return None
    return part


def read_link(book: Book, path: str, number: int) -> LinkedBook:
    """Return what a part tells of another workbook; of a damaged one, or a link to no workbook, nothing but a name."""
    if path not in book.package:
        return LinkedBook(f"workbook [{number}]")
    name = _file(book.package, path) or f"workbook [{number}]"
    try:
        part = book.package.read(path)
        declares = check_xml(part, path)
        head = _DATA_SET.sub(b"", part, count=1)
        root = ET.fromstring(head)
    except (WorkbookError, ET.ParseError, ValueError, LookupError):
        return LinkedBook(name)
    linked = next((e for e in root if local_name(e) == "externalBook"), None)
    data = _DATA_SET.search(part)
    # What a comment or CDATA hides would be read here.
    if linked is None or declares or len(part) > LARGEST_PART:
        return LinkedBook(name)
    return LinkedBook(
        name,
        tuple(e.get("val", "") for e in _inside(linked, "sheetNames")),
        dict(_sheets(data[2])) if data else {},
        dict(_names(linked)),
    )


def _sheets(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the cells of the sheets of which Excel could read the values when it last tried to."""
    for match in _SHEET.finditer(data):
        declared = attributes(match[2])
        place = declared.get("sheetId", "")
        if place.isdecimal() and len(place) < 10 and declared.get("refreshError") not in ("1", "true"):  # noqa: PLR2004
            yield int(place), match[4] or b""


def _names(linked: ET.Element) -> Iterator[tuple[tuple[int | None, str], str]]:
    for element in _inside(linked, "definedNames"):
        place, refers_to = element.get("sheetId"), element.get("refersTo", "")
        if refers_to and (place is None or (place.isdecimal() and len(place) < 10)):  # noqa: PLR2004  no sheet
            sheet = None if place is None else int(place)
            yield (sheet, element.get("name", "").casefold()), refers_to.removeprefix("=").strip()


def _inside(linked: ET.Element, name: str) -> Iterator[ET.Element]:
    """Yield the elements inside those of some name."""
    return itertools.chain.from_iterable(e for e in linked if local_name(e) == name)


def _file(package: Package, path: str) -> str:
    """Return the name of the file to which a link leads."""
    from urllib.parse import unquote  # noqa: PLC0415  few workbooks have links

    targets = external_targets(package, path)
    return re.split(r"[\\/]", unquote(targets[0]))[-1] if targets else ""
