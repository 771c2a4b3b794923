from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dealmodel.workbook.address import CellAt
from dealmodel.workbook.book import Book
from dealmodel.workbook.charts import chart_parts, follow_cells
from dealmodel.workbook.model import Model
from dealmodel.workbook.stored.chartcaches import Points
from dealmodel.workbook.stored.package import Package
from tests.support.charts import CHARTEX_TYPE, book_with_charts, chart, number_reference, text_reference, younger_chart
from tests.support.workbooks import EXCEL_FILES, each_excel_file, needs_excel_files, packed_members, parts_of, zipped

if TYPE_CHECKING:
    from pathlib import Path

CHART = "xl/charts/chart1.xml"
ROWS = (
    '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f>A1*2</f><v>2</v></c><c r="C1"><v>5</v></c></row>'
    '<row r="2"><c r="A2"><v>2</v></c><c r="B2"><f>A2*2</f><v>4</v></c><c r="C2"><v>6</v></c></row>'
    '<row r="3"><c r="A3"><v>3</v></c><c r="B3"><f>B2+A3</f><v>7</v></c><c r="C3"><v>7</v></c></row>'
)


def regenerated(data: bytes, **inputs: object) -> bytes:
    model = Model.from_bytes(data, "book.xlsx")
    for name, value in inputs.items():
        model.set(f"S!{name}", value)
    return model.to_bytes()


def test_charts_of_changed_cells_follow_and_all_else_stays_packed_as_it_was() -> None:
    followed = chart(number_reference("S!$B$1:$B$3", 2, 4, 7), number_reference("S!$C$1:$C$3", 5, 6, 7))
    other = chart(number_reference("S!$C$1:$C$3", 5, 6, 7))
    data = book_with_charts(ROWS, followed, other)
    new = regenerated(data, A2=10)
    expected = chart(number_reference("S!$B$1:$B$3", 2, 20, 23), number_reference("S!$C$1:$C$3", 5, 6, 7))
    assert parts_of(new)[CHART] == expected
    before, after = dict(packed_members(data)), dict(packed_members(new))
    assert {name for name in before if before[name] != after[name]} == {CHART, "xl/worksheets/sheet1.xml"}


def test_chart_of_a_changed_input_follows() -> None:
    data = book_with_charts(ROWS, chart(number_reference("S!$A$1:$A$3", 1, 2, 3)))
    assert parts_of(regenerated(data, A3=9))[CHART] == chart(number_reference("S!$A$1:$A$3", 1, 2, 9))


@pytest.mark.parametrize(
    "reference",
    ["s!$B$2:$B$3", "'S'!B2:B3", "(S!$B$2,S!$B$3)", "book.xlsx!total", "'[0]'!total", "S!total", "[0]!moving"],
)
def test_reference_in_any_spelling_is_followed(reference: str) -> None:
    names = (
        '<definedNames><definedName name="moving">OFFSET(S!$B$1,1,0,COUNT(S!$B$1:$B$9)-1,1)</definedName>'
        '<definedName name="total">S!$B$2:$B$3</definedName></definedNames>'
    )
    data = book_with_charts(ROWS, chart(number_reference(reference, 4, 7)), names=names)
    assert parts_of(regenerated(data, A3=4))[CHART] == chart(number_reference(reference, 4, 8))


def test_range_that_grows_by_its_name_gets_more_points() -> None:
    names = '<definedNames><definedName name="moving">OFFSET(S!$A$1,0,0,S!$C$1-3,1)</definedName></definedNames>'
    data = book_with_charts(ROWS, chart(number_reference("[0]!moving", 1, 2)), names=names)
    assert parts_of(regenerated(data, C1=6))[CHART] == chart(number_reference("[0]!moving", 1, 2, 3))


@pytest.mark.parametrize("reference", ["[1]S!$B$1:$B$3", "T!$B$1:$B$3", "nothing", "S!#REF!", "(S!$B$1", ""])
def test_reference_that_leads_nowhere_here_keeps_what_is_stored(reference: str) -> None:
    part = chart(number_reference(reference, 2, 4, 7))
    assert parts_of(regenerated(book_with_charts(ROWS, part), A2=10))[CHART] == part


def test_whole_columns_are_followed_as_far_as_the_sheet_goes() -> None:
    data = book_with_charts(ROWS, chart(number_reference("S!$B:$B", 2, 4, 7, count=1048576)))
    expected = chart(number_reference("S!$B:$B", 2, 4, 8, count=1048576))
    assert parts_of(regenerated(data, A3=4))[CHART] == expected


def test_hidden_rows_are_left_out_where_the_chart_left_them_out() -> None:
    rows = ROWS.replace('<row r="2">', '<row r="2" hidden="1">')
    data = book_with_charts(rows, chart(number_reference("S!$B$1:$B$3", 2, 7)))
    assert parts_of(regenerated(data, A3=4))[CHART] == chart(number_reference("S!$B$1:$B$3", 2, 8))


def labelled(rows: str, formats: str, *labels: str, properties: str = "") -> bytes:
    """Return a workbook whose first row labels a chart, with the formats of its cells."""
    stored = chart(text_reference("S!$A$1:$G$1", *labels))
    data = parts_of(book_with_charts(rows, stored, parts={"xl/styles.xml": formats.encode()}, properties=properties))
    relation = b'<Relationship Id="rIdY" Type="http://x/relationships/styles" Target="styles.xml"/></Relationships>'
    links = "xl/_rels/workbook.xml.rels"
    return zipped({**data, links: data[links].replace(b"</Relationships>", relation)})


def test_number_among_labels_stands_as_its_cell_shows_it() -> None:
    styles = (
        '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="0.0&quot;x&quot;"/></numFmts>'
        '<cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="10"/><xf numFmtId="164"/></cellXfs></styleSheet>'
    )
    rows = (
        '<row r="1"><c r="A1"><v>2018</v></c><c r="B1"><f>A1+1</f><v>2019</v></c>'
        '<c r="C1" s="1"><f>1/A1</f><v>0.1</v></c><c r="D1" s="2"><f>A1/3</f><v>0.1</v></c>'
        '<c r="E1" t="str"><f>A1&amp;" &amp; so on"</f><v>x</v></c><c r="F1" t="b"><f>A1&gt;1</f><v>0</v></c>'
        '<c r="G1"><f>2/3</f><v>0</v></c></row>'
    )
    data = labelled(rows, styles, "2018", "?", "?", "?", "?", "?", "?")
    labels = "2000", "2001", "0.05%", "666.7x", "2000 & so on", "TRUE", "0.6666666667"
    assert parts_of(regenerated(data, A1=2000))[CHART] == chart(text_reference("S!$A$1:$G$1", *labels))


@pytest.mark.parametrize(("properties", "label"), [("", "1-Jan-20"), ('<workbookPr date1904="1"/>', "2-Jan-24")])
def test_date_among_labels_is_that_of_the_workbooks_calendar(properties: str, label: str) -> None:
    styles = '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="15"/></cellXfs></styleSheet>'
    rows = '<row r="1"><c r="A1" s="1"><v>43000</v></c></row>'
    data = labelled(rows, styles, "before", properties=properties)
    assert parts_of(regenerated(data, A1=43831))[CHART] == chart(text_reference("S!$A$1:$G$1", label))


def test_younger_chart_is_found_by_its_content_type() -> None:
    data = '<cx:numDim type="val"><cx:f>S!$B$1</cx:f><cx:lvl ptCount="1"><cx:pt idx="0">2</cx:pt></cx:lvl></cx:numDim>'
    book = book_with_charts(ROWS, younger_chart(data), kind=CHARTEX_TYPE)
    assert parts_of(regenerated(book, A1=4))[CHART] == younger_chart(data.replace(">2<", ">8<"))


@pytest.mark.parametrize("part", [b"<c:chartSpace", b'<!DOCTYPE a [<!ENTITY b "c">]><a/>', b"", b"\xff\xfe<"])
def test_damaged_chart_stays_as_it_is(part: bytes) -> None:
    assert parts_of(regenerated(book_with_charts(ROWS, part), A1=4))[CHART] == part


@needs_excel_files
@each_excel_file
def test_what_excel_stored_in_its_charts_is_what_their_cells_hold(path: Path) -> None:
    """Excel's own charts are the reference for the order of points, gaps, and what a text is."""
    book = Book.open(path)
    stored = {
        CellAt(sheet, *place): book.value(CellAt(sheet, *place))
        for sheet in book.sheets
        for place in book.sheet(sheet).cells
    }
    package = Package(book.package.data, book.label)
    follow_cells(package, book, stored, lambda _at, _text: [[None]])
    assert package.to_bytes() == book.package.data


@needs_excel_files
def test_excels_charts_are_read_at_all() -> None:
    assert sum(len(chart_parts(Package.open(path))) for path in EXCEL_FILES) >= 16
    assert Points([[1.0]]).visible is None
