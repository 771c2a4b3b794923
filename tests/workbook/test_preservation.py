"""What a workbook holds besides values comes back byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dealmodel.errors import DealModelError
from dealmodel.report import Regeneration
from dealmodel.workbook.accuracy import same
from dealmodel.workbook.address import CellAt
from dealmodel.workbook.charts import chart_parts
from dealmodel.workbook.model import Model
from tests.support.saving import NOW
from tests.support.sheetdiff import forbidden_changes
from tests.support.workbooks import (
    each_excel_file,
    needs_excel_files,
    packed_members,
    parts_of,
    raw_book,
    sheet_xml,
    worksheet,
    zipped,
)

if TYPE_CHECKING:
    from pathlib import Path

SHEET = "xl/worksheets/sheet1.xml"
ROWS = '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f>A1*2</f><v>2</v></c></row>'
BINARY = bytes(range(256)) * 3

KINDS: dict[str, dict[str, bytes]] = {
    "macros": {"xl/vbaProject.bin": BINARY, "xl/vbaProjectSignature.bin": BINARY},
    "ribbon": {"customUI/customUI14.xml": b"<customUI/>"},
    "order of calculation": {"xl/calcChain.xml": b'<calcChain><c r="B1" i="1"/></calcChain>'},
    "signature": {"_xmlsignatures/origin.sigs": b"", "_xmlsignatures/sig1.xml": b"<Signature/>"},
    "pivots": {
        "xl/pivotCache/pivotCacheDefinition1.xml": b"<pivotCacheDefinition/>",
        "xl/pivotCache/pivotCacheRecords1.xml": b"<pivotCacheRecords/>",
        "xl/pivotTables/pivotTable1.xml": b"<pivotTableDefinition/>",
    },
    "slicers and timelines": {
        "xl/slicers/slicer1.xml": b"<slicers/>",
        "xl/slicerCaches/slicerCache1.xml": b"<slicerCacheDefinition/>",
        "xl/timelines/timeline1.xml": b"<timelines/>",
    },
    "comments": {
        "xl/comments1.xml": b"<comments/>",
        "xl/drawings/vmlDrawing1.vml": b"<xml><v:shape></xml> is not even XML",
        "xl/threadedComments/threadedComment1.xml": b"<ThreadedComments/>",
        "xl/persons/person.xml": b"<personList/>",
    },
    "custom XML": {"customXml/item1.xml": b"<a><!-- kept --></a>", "customXml/itemProps1.xml": b"<b/>"},
    "printer settings": {"xl/printerSettings/printerSettings1.bin": BINARY},
    "media": {"xl/media/image1.png": BINARY, "docProps/thumbnail.wmf": BINARY},
    "controls": {"xl/ctrlProps/ctrlProp1.xml": b"<formControlPr/>", "xl/activeX/activeX1.bin": BINARY},
    "embedded files": {"xl/embeddings/oleObject1.bin": BINARY, "xl/embeddings/book.xlsx": BINARY},
    "links": {"xl/externalLinks/externalLink1.xml": b"<externalLink/>", "xl/connections.xml": b"<connections/>"},
    "power query": {"customXml/item2.xml": b"<DataMashup/>", "xl/model/item.data": BINARY},
    "rich values": {"xl/metadata.xml": b"<metadata/>", "xl/richData/rdrichvalue.xml": b"<rvData/>"},
    "what no one knows": {"xl/some/thing.new": BINARY, "empty": b""},
    "properties": {
        "docProps/app.xml": b"<Properties/>",
        "docProps/core.xml": b"<core/>",
        "docProps/custom.xml": b"<c/>",
    },
    "styles and theme": {"xl/styles.xml": b"<styleSheet/>", "xl/theme/theme1.xml": b"<theme/>"},
}


def changed_parts(data: bytes, new: bytes) -> set[str]:
    """Return the members that are not packed byte for byte as they were, in the same order."""
    before, after = dict(packed_members(data)), dict(packed_members(new))
    assert list(before) == list(after)
    return {name for name in before if before[name] != after[name]}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("first", [True, False])
def test_parts_that_hold_no_recalculated_cell_stay_packed_as_they_were(kind: str, first: bool) -> None:
    book = parts_of(raw_book(ROWS))
    data = zipped({**KINDS[kind], **book} if first else {**book, **KINDS[kind]})
    model = Model.from_bytes(data, "book.xlsx")
    model["S!A1"] = 5
    assert changed_parts(data, model.to_bytes()) == {SHEET}


def test_only_the_sheet_with_a_changed_value_changes() -> None:
    data = raw_book(
        ROWS, '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c></row>', '<row r="1"><c r="A1"><f>S!B1</f></c></row>'
    )
    model = Model.from_bytes(data, "book.xlsx")
    model["S!A1"] = 5
    assert changed_parts(data, model.to_bytes()) == {SHEET, "xl/worksheets/sheet3.xml"}


def test_nothing_changes_where_no_value_does() -> None:
    data = raw_book(ROWS)
    assert Model.from_bytes(data, "book.xlsx").recalculate().to_bytes() == data


@pytest.mark.parametrize("calculation", ["", '<calcPr calcId="191029"/>', '<calcPr calcId="1" fullCalcOnLoad="1"/>'])
def test_excel_calculates_on_opening_as_it_would_have_before(calculation: str) -> None:
    data = raw_book(ROWS, calculation=calculation)
    model = Model.from_bytes(data, "book.xlsx")
    model["S!A1"] = 5
    new = parts_of(model.to_bytes())
    assert {name: part for name, part in new.items() if name != SHEET} == {
        name: part for name, part in parts_of(data).items() if name != SHEET
    }


def test_results_that_are_texts_stand_in_their_cells_and_the_shared_ones_stay() -> None:
    rows = (
        '<row r="1"><c r="A1"><v>1</v></c><c r="B1" s="3" t="str"><f>REPT("ab",A1)&amp;" "</f><v>ab </v></c>'
        '<c r="C1" t="s"><v>0</v></c></row>'
    )
    data = raw_book(rows, strings="<si><t>abab </t></si>")
    model = Model.from_bytes(data, "book.xlsx")
    model["S!A1"] = 2
    new = model.to_bytes()
    cell = '<c r="B1" s="3" t="str"><f>REPT("ab",A1)&amp;" "</f><v xml:space="preserve">abab </v></c>'
    assert cell in sheet_xml(new)
    assert parts_of(new)["xl/sharedStrings.xml"] == parts_of(data)["xl/sharedStrings.xml"]


BEFORE = "<sheetPr><tabColor rgb='FFFF0000'/></sheetPr>"
AFTER = (
    '<sheetProtection sheet="1"/><autoFilter ref="A1:B9"/><mergeCells count="1"><mergeCell ref="D1:E2"/></mergeCells>'
    '<conditionalFormatting sqref="A1"><cfRule type="expression" priority="1"><formula>A1&gt;1</formula></cfRule>'
    '</conditionalFormatting><pageSetup orientation="portrait"/><!-- kept --><extLst><ext uri="{x}"><x14:sparkline '
    'xmlns:x14="y"><v>1</v><c r="B1"><v>9</v></c></x14:sparkline></ext></extLst>'
)


def test_in_a_sheet_only_the_value_and_its_type_change() -> None:
    cells = (
        "<row r='1' spans='1:9' ht=\"15.5\" x:dyDescent='0.25' xmlns:x='z'><c r='A1' s='4'><v>1</v></c>\n"
        '<c s="7" r="B1" t="n" cm="0"><f ca="1" >A1*2</f><v>2</v><extLst/></c>'
        "<c r='C1' t='e'><f>A1</f><v>#N/A</v></c><c r=\"D1\" s='1'/></row>"
    )
    sheet = worksheet(cells, AFTER).replace("<sheetData>", BEFORE + "<sheetData>")
    data = raw_book(sheet)
    model = Model.from_bytes(data, "book.xlsx")
    model["S!A1"] = 5
    new = sheet_xml(model.to_bytes())
    old = sheet_xml(data).replace("<c r='A1' s='4'><v>1</v>", "<c r='A1' s='4'><v>5</v>")
    old = old.replace(
        '<c s="7" r="B1" t="n" cm="0"><f ca="1" >A1*2</f><v>2</v>',
        '<c s="7" r="B1" cm="0"><f ca="1" >A1*2</f><v>10</v>',
    )
    assert new == old.replace("<c r='C1' t='e'><f>A1</f><v>#N/A</v>", "<c r='C1'><f>A1</f><v>5</v>")


def test_signed_workbook_is_warned_of_where_its_values_change() -> None:
    data = zipped({**parts_of(raw_book(ROWS)), **KINDS["signature"]})
    model = Model.from_bytes(data, "book.xlsx")
    assert not any("signed" in note for note in Regeneration.of(model).notes)
    model["S!A1"] = 5
    note = "the workbook is signed; a change of its values breaks the signature, so sign it anew"
    assert note in Regeneration.of(model).notes


# -- the checker itself ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('s="1"', 's="2"', "c A1: s was 1 and is 2"),
        ("<f>B1</f>", "<f>B2</f>", "f: its text has changed"),
        ("<f>B1</f>", "", "c A1: it had 1 children and has 0"),
        ('<row r="1">', '<row r="1" ht="3">', "row 1: ht was None and is 3"),
        ("</sheetData>", "</sheetData><extLst/>", "worksheet: it had 1 children and has 2"),
        ("</row>", '<c r="B1"><f>1</f></c></row>', "row 1: it had 1 children and has 2"),
    ],
)
def test_forbidden_changes_are_seen(old: str, new: str, told: str) -> None:
    before = worksheet('<row r="1"><c r="A1" s="1"><f>B1</f><v>1</v></c></row>')
    assert told in forbidden_changes(before.encode(), before.replace(old, new).encode())


def test_allowed_changes_are_none() -> None:
    before = worksheet('<row r="1"><c r="A1" s="1"><f>B1</f><v>1</v></c></row>')
    after = worksheet(
        '<row r="1"><c r="A1" s="1" t="e"><f>B1</f><v>#N/A</v></c><c r="B1" t="str"><v>x</v></c></row>'
        '<row r="2"><c r="A2"><v>1</v></c></row>'
    )
    assert forbidden_changes(before.encode(), after.encode()) == []


# -- workbooks that Excel saved ----------------------------------------------------------------------------------------


WITHOUT_INPUTS = {"ironcalc__weekly_timesheet", "ironcalc__event_calendar", "dotnet__ExternalLink"}
"""They hold no constant numbers; the clock changes the values of two of them."""


def with_changed_inputs(model: Model) -> int:
    """Change some constant numbers of every sheet that formulas may use; return how many were changed."""
    changed = 0
    for sheet in model.book.sheets:
        places = [
            (place, cell)
            for place, cell in model.book.sheet(sheet).cells.items()
            if cell.formula is None and cell.kind == "n" and cell.text
        ]
        for place, cell in places[:: max(1, len(places) // 5)]:
            try:
                model.set(str(CellAt(sheet, *place)), float(cell.text or 0) + 1)
            except DealModelError:  # a part of an array, or refused by the cell's own validation
                continue
            changed += 1
    return changed


@needs_excel_files
@each_excel_file
def test_excel_file_with_changed_inputs_changes_in_values_alone(path: Path) -> None:
    data = path.read_bytes()
    model = Model.open(path, NOW)
    assert with_changed_inputs(model) > 0 or path.stem in WITHOUT_INPUTS
    new = model.to_bytes()
    sheets = set(model.book.paths.values())
    charts = set(chart_parts(model.book.package))
    changed = changed_parts(data, new)
    assert changed <= sheets | charts
    before, after = parts_of(data), parts_of(new)
    for name in changed & sheets:
        assert forbidden_changes(before[name], after[name]) == [], name
    again = Model.from_bytes(new, path.name, NOW).book
    assert [str(at) for at, (_, value) in model.changes().items() if not same(again.value(at), value)] == []
