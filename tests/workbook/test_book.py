from __future__ import annotations

import re

import pytest

from dealmodel.errors import WorkbookError
from dealmodel.workbook.address import Area
from dealmodel.workbook.book import Book
from dealmodel.workbook.model import Model
from dealmodel.workbook.stored.package import Package
from tests.support.workbooks import MAIN, OFFICE, parts_of, raw_book, zipped

ONE = '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f>A1+1</f></c></row>'


def book_with(**changes: tuple[bytes, bytes]) -> bytes:
    """Return a workbook with some bytes of a part replaced by others."""
    parts = parts_of(raw_book(ONE))
    names = {"rels": "_rels/.rels", "main": "xl/workbook.xml", "links": "xl/_rels/workbook.xml.rels"}
    for key, (old, new) in changes.items():
        assert old in parts[names[key]]
        parts[names[key]] = parts[names[key]].replace(old, new)
    return zipped(parts)


def computes(data: bytes) -> bool:
    return Model.from_bytes(data, "book.xlsx")["S!B1"] == 2.0


@pytest.mark.parametrize(
    "data",
    [
        book_with(rels=(b'"xl/workbook.xml"', b'"/xl/workbook.xml"')),
        book_with(rels=(b'"xl/workbook.xml"', b'"XL/Workbook.XML"')),
        book_with(links=(b'"worksheets/sheet1.xml"', b'"/xl/worksheets/sheet1.xml"')),
        book_with(links=(b'"worksheets/sheet1.xml"', b'"../xl/worksheets/./sheet1.xml"')),
        book_with(main=(b"<workbook ", b'<?xml version="1.0" encoding="UTF-8"?>\n<workbook ')),
        book_with(
            main=(OFFICE.encode(), b"http://purl.oclc.org/ooxml/officeDocument/relationships"),
            links=(OFFICE.encode(), b"http://purl.oclc.org/ooxml/officeDocument/relationships"),
        ),
        zipped({**parts_of(raw_book(ONE)), "[Content_Types].xml": b"<Types/>"}),
        zipped({name: part for name, part in parts_of(raw_book(ONE)).items() if name != "[Content_Types].xml"}),
    ],
)
def test_workbook_is_found_however_its_parts_are_linked(data: bytes) -> None:
    assert computes(data)


def test_prefixed_workbook_is_read() -> None:
    parts = parts_of(raw_book(ONE))
    parts["xl/workbook.xml"] = (
        f'<x:workbook xmlns:x="{MAIN}" xmlns:r="{OFFICE}">'
        '<x:sheets><x:sheet name="S" sheetId="1" r:id="rId1"/></x:sheets>'
        "<x:definedNames><x:definedName name='price'>S!$A$1</x:definedName></x:definedNames></x:workbook>"
    ).encode()
    model = Model.from_bytes(zipped(parts), "book.xlsx")
    assert (model["price"], model["S!B1"]) == (1.0, 2.0)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (zipped({"a.txt": b"1"}), "is a ZIP file but not an Excel workbook"),
        (
            zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}),
            "is an OpenDocument file; save it as",
        ),
        (book_with(rels=(b"xl/workbook.xml", b"xl/workbook.bin")), "is a binary workbook (.xlsb); save it as .xlsx"),
        (book_with(rels=(b"xl/workbook.xml", b"word/document.xml")), "is not an Excel workbook"),
        (book_with(rels=(b"xl/workbook.xml", b"xl/worksheets/sheet1.xml")), "is not an Excel workbook"),
        (book_with(rels=(b"/>", b"")), "_rels/.rels is not XML"),
        (book_with(main=(b"</sheets>", b"")), "xl/workbook.xml is not XML"),
        (book_with(main=(b"<sheet ", b"<nothing ")), "has no sheets"),
        (book_with(main=(b'r:id="rId1"', b'r:id="rId9"')), "sheet S has no part of its own"),
        (book_with(links=(b"sheet1.xml", b"sheet9.xml")), "sheet S has no part of its own"),
        (book_with(main=(b"<workbook ", b"<!DOCTYPE workbook><workbook ")), "declares a document type; it is refused"),
        (raw_book(ONE, ONE, sheet_names=("S", "S")), "sheet S has no part of its own"),
        (raw_book(ONE, calculation='<calcPr iterateCount="many"/>'), "its calculation settings are not numbers"),
        (raw_book('<row><c t="s"><v>0</v></c></row>', strings="<si><t>a"), "xl/sharedStrings.xml is not XML"),
    ],
)
def test_what_is_no_workbook_or_damaged_is_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(WorkbookError, match=re.escape(words)):
        Model.from_bytes(data, "book.xlsx").recalculate()


def test_name_of_no_sheet_is_refused() -> None:
    names = '<definedNames><definedName name="x" localSheetId="7">S!$A$1</definedName></definedNames>'
    with pytest.raises(WorkbookError, match="a defined name belongs to no sheet"):
        Model.from_bytes(raw_book(ONE, names=names), "book.xlsx").recalculate()


def test_visible_rows_come_in_runs() -> None:
    rows = "".join(
        f'<row r="{r}"{" hidden=" + chr(34) + "1" + chr(34) if r in (2, 3, 6) else ""}/>' for r in range(1, 7)
    )
    book = Book(Package(raw_book(rows), "book.xlsx"))
    assert book.visible_rows("S", Area(1, 1, 6, 1), filtered_only=False) == [(1, 1), (4, 5)]
    assert book.visible_rows("S", Area(2, 1, 3, 1), filtered_only=False) == []
    assert book.visible_rows("S", Area(1, 1, 6, 1), filtered_only=True) == [(1, 6)]


def test_settings_of_the_calculation_are_read() -> None:
    calculation = '<calcPr iterate="true" iterateCount="7" iterateDelta="0.5" fullCalcOnLoad="1"/>'
    settings = Book(Package(raw_book(ONE, calculation=calculation), "book.xlsx")).settings
    assert (settings.iterate, settings.iterations, settings.change, settings.full_calc_on_load) == (True, 7, 0.5, True)
