"""Workbooks spelled as no Excel spells them, and as the standard lets other programs: read, computed, written back."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING

import pytest

from dealmodel.errors import WorkbookError
from dealmodel.workbook.model import Model
from tests.support.workbooks import MAIN, OFFICE, parts_of, raw_book, zipped

if TYPE_CHECKING:
    from collections.abc import Mapping

BOOK, SHEET, TEXTS = "xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
LINKS, ROOT, TYPES = "xl/_rels/workbook.xml.rels", "_rels/.rels", "[Content_Types].xml"
TEXT_CELLS = '<c r="C1" t="s"><v>0</v></c><c r="D1"><f>C1&amp;"x"</f><v>0</v></c>'
USUAL = f'<row r="1"><c r="A1"><v>2</v></c><c r="B1"><f>A1*rate</f><v>0</v></c>{TEXT_CELLS}</row>'
NAMES = '<definedNames><definedName name="rate">S!$E$1</definedName></definedNames>'
RATE = '<row r="2"><c r="E2"><v>3</v></c></row>'
STRICT = {MAIN: "http://purl.oclc.org/ooxml/spreadsheetml/main"}
STRICT[OFFICE] = "http://purl.oclc.org/ooxml/officeDocument/relationships"


def parts(cells: str = USUAL) -> dict[str, bytes]:
    """Return the parts of a workbook in which B1 is three times A1, and D1 is C1 with an x behind."""
    names = NAMES.replace("S!$E$1", "S!$E$2")
    return parts_of(raw_book(cells + RATE, strings="<si><t>héé</t></si>", names=names))


def with_part(name: str, old: str, new: str) -> dict[str, bytes]:
    found = parts()
    assert old in found[name].decode()
    return {**found, name: found[name].decode().replace(old, new).encode()}


def prefixed(part: bytes, prefix: str) -> bytes:
    """Return a part whose elements have a prefix."""
    return re.sub(rb"<(/?)(?=\w)", rb"<\1%b:" % prefix.encode(), part).replace(
        b"xmlns=", b"xmlns:%b=" % prefix.encode()
    )


def strict(part: bytes) -> bytes:
    """Return a part in the namespaces of Excel's `Strict Open XML`."""
    for usual, other in STRICT.items():
        part = part.replace(usual.encode(), other.encode())
    return part


def in_encoding(names: tuple[str, ...], encoding: str, mark: str = "") -> dict[str, bytes]:
    declared = f'<?xml version="1.0" encoding="{encoding.partition("-le")[0].partition("-be")[0]}"?>\r\n'
    found = parts()
    return {**found, **{name: (mark + declared + found[name].decode()).encode(encoding) for name in names}}


SPELLINGS: Mapping[str, dict[str, bytes]] = {
    "usual": parts(),
    "marks of UTF-8": {name: b"\xef\xbb\xbf" + part for name, part in parts().items()},
    "declared in single quotes": {name: b"<?xml version='1.0' encoding='utf-8'?>\n" + p for name, p in parts().items()},
    "UTF-16": in_encoding((BOOK, SHEET, TEXTS, LINKS, ROOT, TYPES), "utf-16"),
    "UTF-16 from the small end": in_encoding((SHEET,), "utf-16-le", "\ufeff"),
    "UTF-16 from the large end": in_encoding((BOOK, SHEET, TEXTS), "utf-16-be", "\ufeff"),
    "UTF-16 without a mark": in_encoding((BOOK, SHEET, TEXTS), "utf-16-le"),
    "Latin 1": in_encoding((SHEET, TEXTS), "iso-8859-1"),
    "Windows 1252": in_encoding((SHEET, TEXTS), "windows-1252"),
    "prefixed sheet": {**parts(), SHEET: prefixed(parts()[SHEET], "x")},
    "prefixed with signs": {**parts(), SHEET: prefixed(parts()[SHEET], "ns-1.a")},
    "prefixed everything": {name: prefixed(p, "x") for name, p in parts().items()},
    "another prefix of links": with_part(BOOK, "r:id", "link:id")
    | {BOOK: with_part(BOOK, "r:id", "link:id")[BOOK].replace(b"xmlns:r=", b"xmlns:link=")},
    "strict": {name: strict(part) for name, part in parts().items()},
    "cells without addresses": parts(USUAL.replace(' r="A1"', "").replace(' r="B1"', "").replace(' r="C1"', "")),
    "rows without numbers": parts(USUAL.replace('<row r="1">', "<row>")),
    "small letters": parts(USUAL.replace('"A1"', '"a1"').replace('"B1"', '"b1"')),
    "cells out of order": parts(f'<row r="1">{TEXT_CELLS}<c r="B1"><f>A1*rate</f></c><c r="A1"><v>2</v></c></row>'),
    "comments": parts(
        '<!-- <c r="Z9"> --><row r="1"><!-- - --><c r="A1"><!-- x --><v>2</v></c><c r="B1"><f>A1<!-- 7 -->*rate</f>'
        f"<v>0</v></c>{TEXT_CELLS}</row><!-- </sheetData> -->"
    ),
    "comments around": with_part(SHEET, "<sheetData>", "<!-- <sheetData><row> --><sheetData><!-- <![CDATA[ -->"),
    "instructions": parts(USUAL.replace("<c ", "<?a b?><c ").replace("</row>", "</row><?c?>")),
    "CDATA": parts(
        '<row r="1"><c r="A1"><v><![CDATA[2]]></v></c><c r="B1"><f><![CDATA[A1*rate]]></f></c>'
        '<c r="C1" t="inlineStr"><is><t><![CDATA[héé]]></t></is></c><c r="D1"><f><![CDATA[C1&"x"]]></f></c></row>'
    ),
    "CDATA in texts": with_part(TEXTS, "héé", "h<![CDATA[éé]]>"),
    "spaces in tags": parts(
        USUAL.replace("<c ", "\r\n\t<c\r\n ")
        .replace("</c>", "\n</c >")
        .replace("</row>", "</row\n>")
        .replace("</f>", "</f >")
    ),
    "spaces in the tag at the end": with_part(SHEET, "</sheetData>", "</sheetData\r\n>"),
    "single quotes": with_part(SHEET, 'r="', "r='") | {SHEET: re.sub(rb'r="(\w+)"', rb"r='\1'", parts()[SHEET])},
    "letters by number": parts(
        f'<row r="&#49;"><c r="&#65;1"><v>&#x32;</v></c><c r="B1"><f>A1&#42;rate</f></c>{TEXT_CELLS}</row>'
    ),
    "texts in cells": parts(USUAL.replace('t="s"><v>0</v>', 't="inlineStr"><is><t>héé</t></is>')),
    "formatted texts in cells": parts(
        USUAL.replace(
            't="s"><v>0</v>',
            't="inlineStr"><is><r><rPr><b/></rPr><t>h</t></r><r><t>éé</t></r><rPh sb="0" eb="1"><t>Z</t></rPh></is>',
        )
    ),
    "formatted texts": with_part(
        TEXTS, "<t>héé</t>", '<r><t>h</t></r><r><rPr/><t>éé</t></r><rPh sb="0" eb="1"><t>Z</t></rPh>'
    ),
    "formula with a text in its cell": parts(
        USUAL.replace('"x"</f><v>0</v>', '"x"</f><is><t>old</t></is>').replace('r="D1"', 'r="D1" t="inlineStr"')
    ),
    "numbers with signs": parts(USUAL.replace("<v>2</v>", '<v xml:space="preserve"> +2.0E0 </v>')),
    "formulas with a sign before": parts(USUAL.replace("<f>", "<f>=")),
    "all attributes of a formula": parts(USUAL.replace("<f>A1", '<f t="normal" ca="1" bx="0" aca="false">A1')),
    "value before the formula": parts(USUAL.replace("<f>A1*rate</f><v>0</v>", "<v>0</v><f>A1*rate</f>")),
    "extensions in cells": parts(USUAL.replace("<v>2</v>", "<v>2</v><extLst><ext uri='u'><v>9</v></ext></extLst>")),
    "namespace declared again": with_part(SHEET, '<row r="1">', f'<row xmlns="{MAIN}" r="1">'),
    "dimension of the whole sheet": with_part(SHEET, "<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>'),
    "dimension of one cell": with_part(SHEET, "<sheetData>", '<dimension ref="A1"/><sheetData>'),
    "absolute links": with_part(LINKS, 'Target="', 'Target="/xl/'),
    "links with detours": with_part(LINKS, 'Target="', 'Target="./theme/../'),
    "folders as Windows has them": {name.replace("/", "\\"): part for name, part in parts().items()},
    "names in capitals": {name if name == TYPES else name.upper(): part for name, part in parts().items()},
    "version 1.1": {**parts(), SHEET: b'<?xml version="1.1" encoding="UTF-8"?>' + parts()[SHEET]},
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_workbook_in_another_spelling_is_computed_and_written(spelling: str) -> None:
    found = SPELLINGS[spelling]
    data = zipped(found)
    model = Model.from_bytes(data, "book.xlsx")
    assert (model["S!B1"], model["S!D1"], model.kept) == (6, "hééx", ())
    written = model.to_bytes()
    again = Model.from_bytes(written, "book.xlsx")
    assert (again["rate"], again.changes(), again.to_bytes()) == (3, {}, written)
    stored = [again.book.value(again.vocabulary.find(cell)) for cell in ("S!A1", "S!B1", "S!C1", "S!D1")]
    assert stored == [2, 6, "héé", "hééx"]
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(io.BytesIO(written)) as after:
        assert before.namelist() == after.namelist()
        differing = [n for n in before.namelist() if before.read(n) != after.read(n)]
    assert [name.replace("\\", "/").casefold() for name in differing] == [SHEET.casefold()]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "iso-8859-1", "windows-1252"])
def test_written_sheet_keeps_its_encoding(encoding: str) -> None:
    mark = "\ufeff" if encoding.startswith("utf-16") else ""
    model = Model.from_bytes(zipped(in_encoding((SHEET,), encoding, mark)), "book.xlsx")
    model["S!A1"] = 5
    model["S!C1"] = "\u65e5 €"
    part = parts_of(model.to_bytes())[SHEET]
    before = in_encoding((SHEET,), encoding, mark)[SHEET]
    assert part.startswith(before[:60])
    assert part[-60:] == before[-60:]
    again = Model.from_bytes(model.to_bytes(), "book.xlsx")
    assert (again["S!B1"], again["S!D1"], again.changes()) == (15, "\u65e5 €x", {})


def test_dates_and_times_of_strict_files_are_serial_numbers() -> None:
    dates = ("2018-02-09", "2018-02-09T12:00:00", "2018-02-09T12:00:00.000Z", "18:00:00")
    cells = "".join(f'<c t="d"><v>{date}</v></c>' for date in dates)
    data = zipped({name: strict(part) for name, part in parts(f'<row r="1">{cells}</row>').items()})
    model = Model.from_bytes(data, "book.xlsx")
    assert [model[f"S!{column}1"] for column in "ABCD"] == [43140, 43140.5, 43140.5, 0.75]
    old = Model.from_bytes(raw_book(f'<row r="1">{cells}</row>', properties='<workbookPr date1904="1"/>'), "book.xlsx")
    assert [old[f"S!{column}1"] for column in "ABD"] == [41678, 41678.5, 0.75]


def test_elements_of_two_prefixes_are_refused_and_never_passed_over() -> None:
    part = parts()[SHEET].replace(b"<worksheet ", f'<worksheet xmlns:q="{MAIN}" '.encode()).replace(b"<f>", b"<q:f>")
    with pytest.raises(WorkbookError, match="gives one kind of element several prefixes; save it anew with Excel"):
        Model.from_bytes(zipped({**parts(), SHEET: part.replace(b"</f>", b"</q:f>")}), "book.xlsx").recalculate()


def test_module_of_macros_among_the_sheets_is_no_sheet() -> None:
    """Excel 95 kept modules as sheets; Excel saves such a workbook with tabs that lead to no part."""
    names = (
        '<definedNames><definedName name="own" localSheetId="1">7</definedName>'
        '<definedName name="own" localSheetId="2">S2!$A$1*5</definedName></definedNames>'
    )
    cells = '<row r="1"><c r="A1"><v>2</v></c><c r="B1"><f>own</f><v>0</v></c></row>'
    found = parts_of(raw_book(cells, cells, names=names))
    module = b'<sheet name="Module1" sheetId="9" state="veryHidden" r:id=""/><sheet name="S2"'
    data = zipped({**found, BOOK: found[BOOK].replace(b'<sheet name="S2"', module)})
    model = Model.from_bytes(data, "book.xlsx")
    assert model.book.sheets == ("S", "S2")
    assert model["S2!B1"] == 10
    assert parts_of(model.to_bytes())[BOOK] == found[BOOK].replace(b'<sheet name="S2"', module)


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ('IF(A1=2,"x\r\ny","z")', "x\r\ny"),
        ('"x\r\ny"&amp;A1', "x\r\ny2"),
        ('LEN("a\r\nb")', 4.0),
        ("A1\r\n+1", 3.0),
        ('"a\r\n"="a\r\n"', True),
    ],
)
@pytest.mark.parametrize("stored", ["", "<v>0</v>"])
def test_ends_of_lines_in_texts_of_formulas_stay_two_signs(formula: str, value: object, stored: str) -> None:
    # A workbook that Apache POI has among its test data stores such a text with both of them.
    cells = f'<c r="A1"><v>2</v></c><c r="B1"><f>{formula}</f>{stored}</c>'
    assert Model.from_bytes(raw_book(f'<row r="1">{cells}</row>'), "book.xlsx")["S!B1"] == value
