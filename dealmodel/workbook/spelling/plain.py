"""Plain .xlsx files: values, formulas and names, without styles."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from dealmodel.workbook.address import a1
from dealmodel.workbook.formulas import tokens
from dealmodel.workbook.stored.edits import written_value
from dealmodel.workbook.stored.package import packed
from dealmodel.workbook.stored.xmltext import escape, escape_text, quote_attribute

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dealmodel.cells import Scalar
    from dealmodel.workbook.address import Area

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_BOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


def plain_package(sheets: Mapping[str, Iterable[bytes]], names: str = "", *, date1904: bool = False) -> bytes:
    """Return a workbook.

    Parameters
    ----------
    sheets
        The rows of each sheet as XML, in pieces.
    names
        The defined names as XML.
    date1904
        Whether dates count from 1904.
    """
    texts = {**_frame(len(sheets)), "xl/workbook.xml": _workbook_xml(list(sheets), names, date1904=date1904).encode()}
    opening, end = f"<worksheet {_MAIN}><sheetData>".encode(), b"</sheetData></worksheet>"
    bodies = (b"".join((opening, *pieces, end)) for pieces in sheets.values())
    rows = {f"xl/worksheets/sheet{i}.xml": body for i, body in enumerate(bodies, start=1)}
    return packed(texts | rows)


@lru_cache(maxsize=8)
def _frame(sheets: int) -> dict[str, bytes]:
    """Return what workbooks of so many sheets have in common."""
    numbers = range(1, sheets + 1)
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{i}.xml" ContentType="{_SHEET_TYPE}"/>' for i in numbers
    )
    types = (
        f'<Types xmlns="{_TYPES}"><Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_BOOK_TYPE}"/>{overrides}</Types>'
    )
    parts = {
        "[Content_Types].xml": types,
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/_rels/workbook.xml.rels": _relations([("worksheet", f"worksheets/sheet{i}.xml") for i in numbers]),
    }
    return {name: text.encode() for name, text in parts.items()}


def _relations(targets: list[tuple[str, str]]) -> str:
    items = "".join(
        f'<Relationship Id="rId{i}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{_RELATIONS}">{items}</Relationships>'


def _workbook_xml(sheets: list[str], names: str, *, date1904: bool) -> str:
    tabs = "".join(
        f'<sheet name={quote_attribute(name)} sheetId="{i}" r:id="rId{i}"/>' for i, name in enumerate(sheets, start=1)
    )
    properties = '<workbookPr date1904="1"/>' if date1904 else ""
    named = f"<definedNames>{names}</definedNames>" if names else ""
    return f'<workbook {_MAIN} xmlns:r="{_OFFICE}">{properties}<sheets>{tabs}</sheets>{named}</workbook>'


def rows_xml(cells: Mapping[tuple[int, int], str]) -> bytes:
    """Return the rows of a sheet from its cells as XML, by row and column."""
    pieces = []
    current = 0
    for (row, _), content in sorted(cells.items()):
        if row != current:
            pieces.append(f'{"</row>" if current else ""}<row r="{row}">')
            current = row
        pieces.append(content)
    pieces.append("</row>" if current else "")
    return "".join(pieces).encode()


def constant_xml(row: int, column: int, value: Scalar) -> str:
    """Return a cell that holds a constant; nothing for a blank one."""
    if value is None:
        return ""
    address = a1(row, column)
    kind, written = written_value(value)
    if kind == "str":
        return f'<c r="{address}" t="inlineStr"><is><t xml:space="preserve">{written}</t></is></c>'
    return f'<c r="{address}" t="{kind}"><v>{written}</v></c>'


def formula_xml(row: int, column: int, formula: str, array: Area | None = None) -> str:
    """Return a cell that holds a formula, of an array over a range if one is given."""
    kind = f' t="array" ref="{a1(array.top, array.left)}:{a1(array.bottom, array.right)}"' if array else ""
    return f'<c r="{a1(row, column)}"><f{kind}>{written_formula(formula)}</f></c>'


def written_formula(formula: str) -> str:
    """Return a formula as an element holds it; of the ends of lines the engine knows one kind only."""
    return escape(escape_text(_with_ends_of_lines(formula) if "\r" in formula else formula))


def _with_ends_of_lines(formula: str) -> str:
    """Return a formula in which carriage returns in texts are spelled out, and others left out."""
    pieces = []
    for kind, text in tokens(formula):
        if kind == "string" and "\r" in text and "{" not in formula:
            pieces.append("(" + text.replace("\r", '"&CHAR(13)&"') + ")")
        else:
            pieces.append(text.replace("\r", ""))
    return "".join(pieces)
