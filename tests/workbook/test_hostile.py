"""Workbooks made to do harm: one line or a right result, in a second or so, in bounded memory, and nothing written."""

from __future__ import annotations

import itertools
import sys
import time
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import pytest

from dealmodel.errors import WorkbookError
from dealmodel.workbook.book import MOST_NAMES
from dealmodel.workbook.model import Model
from tests.support.workbooks import parts_of, raw_book, worksheet, zipped

if TYPE_CHECKING:
    from pathlib import Path

NO_GUARD = pytest.mark.skipif(sys.platform == "win32", reason="processes cannot fork here")
SOON = 3.0
"""Seconds of processor time; a process alone takes half of one, on a busy machine."""


def formulas(*texts: str, stored: str = "0") -> str:
    """Return a row of formulas, from A1 on."""
    cells = "".join(f"<c><f>{escape(text)}</f><v>{stored}</v></c>" for text in texts)
    return f'<row r="1">{cells}</row>'


def opened(data: bytes) -> Model:
    begin = time.process_time()
    try:
        return Model.from_bytes(data, "book.xlsx").recalculate()
    finally:
        assert time.process_time() - begin < SOON


# -- formulas ----------------------------------------------------------------------------------------------------------

DEEP = {
    "brackets": ("(", "1", ")"),
    "calls": ("SUM(", "1", ")"),
    "signs": ("-", "1", ""),
    "conditions": ("IF(B9,1,", "1", ")"),
    "per cents": ("", "1", "%"),
    "operators": ("", "1", "+1"),
    "powers": ("", "1", "^1"),
    "texts": ("", '"a"', '&"a"'),
    "arrays": ("SUM(C8:C9*(", "1", "))"),
    "LETs": ("_xlfn.LET(_xlpm.x,1,", "_xlpm.x", ")"),
}


@pytest.mark.parametrize("depth", [1000, 20_000])
@pytest.mark.parametrize("kind", DEEP)
def test_formula_nested_thousands_deep_keeps_its_value(kind: str, depth: int) -> None:
    before, inner, after = DEEP[kind]
    model = opened(raw_book(formulas(before * depth + inner + after * depth, "1+1", stored="7")))
    assert [str(k.at) for k in model.kept] == ["S!A1"]
    assert (model["S!A1"], model["S!B1"]) == (7, 2)


@pytest.mark.parametrize("stored", ["", "0", "7"])
def test_formula_nested_as_deep_as_excel_has_it_is_computed(stored: str) -> None:
    assert opened(raw_book(formulas("SUM(" * 64 + "1" + ")" * 64, stored=stored)))["S!A1"] == 1


@pytest.mark.parametrize("text", ['"' * 5001, "[" * 5000, "'" * 5001, "{" * 5000, "1" + "+1" * 500_000, "#" * 5000])
def test_formula_that_is_none_keeps_its_value(text: str) -> None:
    assert opened(raw_book(formulas(text, stored="7")))["S!A1"] == 7


NAMES = {
    "itself": {"foo": "foo+1"},
    "each other": {"foo": "SUM(bar)", "bar": "SUM(foo)"},
    "a lambda without an end": {"foo": "_xlfn.LAMBDA(_xlpm.x,foo(_xlpm.x+1))(1)"},
    "a lambda that doubles": {"foo": "_xlfn.LAMBDA(_xlpm.x,foo(_xlpm.x-1)+foo(_xlpm.x-1))(99)"},
}


def defined(names: dict[str, str]) -> str:
    items = "".join(f'<definedName name="{name}">{escape(text)}</definedName>' for name, text in names.items())
    return f"<definedNames>{items}</definedNames>"


@pytest.mark.parametrize("what", NAMES)
def test_name_without_an_end_keeps_its_value(what: str) -> None:
    model = opened(raw_book(formulas("foo", stored="7"), names=defined(NAMES[what])))
    assert (model["S!A1"], len(model.kept)) == (7, 1)


def test_names_and_cells_that_double_a_thousand_times_are_computed() -> None:
    names = {"half_0": "1", **{f"half_{i}": f"half_{i - 1}+half_{i - 1}" for i in range(1, 8)}}
    rows = "".join(f'<row r="{i}"><c r="B{i}"><f>B{i - 1}+B{i - 1}</f></c></row>' for i in range(3, 1000))
    data = raw_book(f'{formulas("half_7")}<row r="2"><c r="B2"><v>1</v></c></row>{rows}', names=defined(names))
    model = opened(data)
    assert (model["S!A1"], model["S!B999"]) == (2.0**7, 2.0**997)


def test_names_that_would_be_written_out_without_an_end_give_the_right_value_or_keep_it() -> None:
    names = {"half_0": "1", **{f"half_{i}": f"half_{i - 1}+half_{i - 1}" for i in range(1, 41)}}
    model = opened(raw_book(formulas("half_40", stored="7"), names=defined(names)))
    assert model["S!A1"] in ((7, 2.0**40) if model.kept else (2.0**40,))


def test_names_of_names_a_thousand_deep_are_computed_or_keep_the_value() -> None:
    names = {"zz_0": "1", **{f"zz_{i}": f"zz_{i - 1}+1" for i in range(1, 1000)}}
    model = opened(raw_book(formulas("zz_999", "1+1", stored="7"), names=defined(names)))
    assert (model["S!A1"], model["S!B1"]) == (7 if model.kept else 1000, 2)


@pytest.mark.parametrize(
    "pattern", ["(a|aa)+$", "(?R)", "a{1000000000}", "((a{1000}){1000}){1000}", "(?:a{9999}){9999}"]
)
def test_regular_expression_without_an_end_keeps_its_value(pattern: str) -> None:
    calls = [f'_xlfn.REGEXTEST(REPT("a",3000)&"b","{pattern}")', f'_xlfn.REGEXREPLACE(B2&REPT("a",2999),"{pattern}",1)']
    # What took too long once is not tried again for every cell.
    model = opened(raw_book(formulas(*calls[:1] * 50, "1+1", *calls[1:], stored="7")))
    assert {k.reason for k in model.kept} == {"it takes too long to compute"}
    assert (model["S!A1"], model["S!AX1"], model["S!AY1"]) == (7, 7, 2)


@pytest.mark.parametrize(
    "formula",
    [
        "IFERROR({},5)",
        "IF(ISERROR({}),5,6)",
        "_xlfn.IFNA({},5)+1",
        "COUNT({})",
    ],
)
@pytest.mark.parametrize("call", ['_xlfn.REGEXTEST(REPT("a",3000)&"b","(a|aa)+$")', "BESSELY(1E9,1E9)"])
def test_value_that_is_not_known_hides_behind_no_other_function(formula: str, call: str) -> None:
    model = opened(raw_book(formulas(formula.format(call), "A1+1", "IFERROR(1/0,2)", stored="7")))
    assert [str(k.at) for k in model.uncomputed] == ["S!A1"]
    assert (model["S!A1"], model["S!B1"], model["S!C1"]) == (7, 7, 2)
    assert Model.from_bytes(raw_book(formulas("IFERROR(BESSELY(1,1),0)")), "book.xlsx").kept == ()


def test_regular_expression_that_asks_for_too_deep_brackets_is_an_error() -> None:
    deep = '_xlfn.REGEXTEST("a",REPT("(",9999)&"a"&REPT(")",9999))'
    assert str(opened(raw_book(formulas(deep)))["S!A1"]) == "#VALUE!"


@pytest.mark.parametrize(
    "formula",
    ['COUNTIF(B2,REPT("*a",120)&"b")', 'SUMIF(B2,REPT("*a",120)&"b",A2)', 'IFERROR(MATCH(REPT("*a",99)&"b",B2:B3,0),)'],
)
def test_wildcards_by_the_hundred_go_through_a_text_once(formula: str) -> None:
    row = f'<row r="2"><c r="B2" t="inlineStr"><is><t>{"a" * 32_000}</t></is></c></row>'
    assert opened(raw_book(formulas(formula, stored="7") + row))["S!A1"] == 0


def test_circle_through_thousands_of_cells_keeps_its_values() -> None:
    size = 3000
    rows = "".join(f'<row r="{i}"><c r="A{i}"><f>A{i % size + 1}+1</f><v>7</v></c></row>' for i in range(1, size + 1))
    model = opened(raw_book(rows))
    assert len(model.kept) == size
    assert model["S!A1"] == 7


@pytest.mark.parametrize("calculation", ['iterateCount="2000000000" iterateDelta="0"', 'iterateCount="-5"'])
def test_iterations_are_as_many_as_excel_makes(calculation: str) -> None:
    value = opened(raw_book(formulas("A1+1"), calculation=f'<calcPr iterate="1" {calculation}/>'))["S!A1"]
    assert isinstance(value, float)
    assert 1 <= value < 70_000


@pytest.mark.parametrize("change", ["nan", "inf", "-1"])
def test_change_that_is_no_number_is_refused(change: str) -> None:
    with pytest.raises(WorkbookError, match="its calculation settings are not numbers"):
        opened(raw_book(formulas("A1+1"), calculation=f'<calcPr iterate="1" iterateDelta="{change}"/>'))


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("SUM(_xlfn.SEQUENCE(1000000,10000))", "#VALUE!"),
        ('LEN(REPT("x",1E9))', "#VALUE!"),
        ('LEN(REPT(REPT("x",32767),2))', "#VALUE!"),
        ("SUM(OFFSET(B2,0,0,1048575,16383))", "0.0"),
        ('SUM(INDIRECT("B2:XFD1048576"))', "0.0"),
        ("SUMPRODUCT((B2:XFD1048576=1)*1)", "#NUM!"),
        ('LEN(SUBSTITUTE(REPT("a",32767),"a",REPT("b",32767)))', "#VALUE!"),
        ('LEN(_xlfn.REGEXREPLACE(REPT("a",32767),"a",REPT("b",32767)))', "#VALUE!"),
        ("1E308*10", "#NUM!"),
        ("MMULT({1E300},{1E300})", "#NUM!"),
        ("MDETERM({1E300,1;1,1E300})", "#NUM!"),
        ("MINVERSE({1E-320,0;0,1})", "#NUM!"),
    ],
)
def test_formula_that_asks_for_a_vast_value_gets_an_error_or_the_right_one(formula: str, value: str) -> None:
    assert str(opened(raw_book(formulas(formula)))["S!A1"]) == value


def test_whole_columns_by_the_thousand_are_computed() -> None:
    rows = "".join(f'<row r="{i}"><c r="A{i}"><f>SUM(C:C)+COUNT(D:Z)</f></c></row>' for i in range(2, 2002))
    model = opened(raw_book(f'<row r="1"><c r="C1"><v>5</v></c></row>{rows}'))
    assert model["S!A2001"] == 5


# -- what a sheet claims -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "formula",
    ['<f t="array" ref="A1:XFD1048576">B1*2</f>', '<f t="dataTable" ref="A1:XFD1048576" dt2D="1" r1="A1" r2="A2"/>'],
)
def test_array_over_a_whole_sheet_is_refused(formula: str) -> None:
    with pytest.raises(WorkbookError, match="holds arrays of more than 1048576 cells; it is refused"):
        opened(raw_book(f'<row r="1"><c r="A1">{formula}</c></row>'))


def test_many_large_arrays_are_refused_together() -> None:
    rows = "".join(f'<row r="{i}"><c r="A{i}"><f t="array" ref="A{i}:CV9999">1</f></c></row>' for i in range(1, 9))
    with pytest.raises(WorkbookError, match="holds arrays of more than 1048576 cells; it is refused"):
        opened(raw_book(rows))


@pytest.mark.parametrize("kind", ['t="array"', 't="dataTable" dt2D="1" dtr="1" r1="AA1" r2="AA2"'])
def test_array_of_far_more_cells_than_are_stored_is_refused(kind: str) -> None:
    row = f'<row r="1"><c r="A1"><f {kind} ref="A1:A999999">B1*2</f><v>7</v></c></row>'
    with pytest.raises(WorkbookError, match="holds arrays of 999999 cells and stores 1; it is refused"):
        opened(raw_book(row))


def test_shared_formula_that_would_be_written_out_at_great_length_is_refused() -> None:
    anchor = f'<row r="1"><c r="A1"><f t="shared" si="0" ref="A1:A9999">{"+".join(["B1"] * 2500)}</f></c></row>'
    rows = "".join(f'<row r="{i}"><c r="A{i}"><f t="shared" si="0"/></c></row>' for i in range(2, 1500))
    with pytest.raises(WorkbookError, match=r"shares formulas of more than [0-9]+ MB; it is refused"):
        opened(raw_book(anchor + rows))


def test_formula_longer_than_any_keeps_its_value() -> None:
    model = opened(raw_book(formulas("1" + "+1" * 400_000, "1+1", stored="7")))
    assert [(str(k.at), k.reason) for k in model.kept] == [("S!A1", "it is longer than a formula can be")]
    assert (model["S!A1"], model["S!B1"]) == (7, 2)


def test_rows_that_never_end_are_no_harm() -> None:
    row = '<row r="1"><c r="A1"><f>1+1</f></c></row>' + "<row " * 500_000
    assert opened(raw_book(worksheet(row)))["S!A1"] == 2


def test_million_links_are_refused() -> None:
    parts = parts_of(raw_book(formulas("1+1")))
    link = b'<Relationship Id="a" Type="t" Target="b"/>' * 200_000
    links = "xl/_rels/workbook.xml.rels"
    parts[links] = parts[links].replace(b"</Relationships>", link + b"</Relationships>")
    with pytest.raises(WorkbookError, match="links a part to more than 131072 others; it is refused"):
        opened(zipped(parts))


def test_million_shared_texts_are_read() -> None:
    row = '<row r="1"><c r="A1" t="s"><v>499999</v></c><c r="B1"><f>A1&amp;"x"</f></c></row>'
    assert opened(raw_book(row, strings="<si><t>a</t></si>" * 499_999 + "<si><t>z</t></si>"))["S!B1"] == "zx"


def test_shared_formula_over_a_whole_sheet_is_that_of_its_cells() -> None:
    row = '<row r="1"><c r="A1"><f t="shared" si="0" ref="A1:XFD1048576">1+1</f></c></row>'
    assert opened(raw_book(row))["S!A1"] == 2


def test_cells_at_the_ends_of_a_sheet_are_computed() -> None:
    rows = '<row r="1"><c r="A1"><f>XFD1048576+1</f></c></row><row r="1048576"><c r="XFD1048576"><v>4</v></c></row>'
    assert opened(raw_book(rows))["S!A1"] == 5


@pytest.mark.parametrize("address", ["XFE1", "A1048577", "A0", "AAAA1", "A99999999999999999999", "1A", ""])
def test_cell_beyond_a_sheet_is_refused(address: str) -> None:
    with pytest.raises(WorkbookError, match="is damaged"):
        opened(raw_book(f'<row r="1"><c r="{address}"><v>1</v></c></row>'))


@pytest.mark.parametrize("length", [32_767, 3_000_000])
def test_long_texts_are_read_and_come_back_whole(length: int) -> None:
    text = "xyzé€" * (length // 5) + "x" * (length % 5)
    inline, shared = f'<c r="A1" t="inlineStr"><is><t>{text}</t></is></c>', '<c r="A2" t="s"><v>0</v></c>'
    rows = f'<row r="1">{inline}</row><row r="2">{shared}</row>'
    model = opened(raw_book(rows, strings=f"<si><t>{text}</t></si>"))
    assert model["S!A1"] == model["S!A2"] == text
    assert model.to_bytes() == model.book.package.data


@pytest.mark.parametrize(
    "cells", ['<c r="A1">' * 300_000, f'<c r="A1">{"<f>" * 300_000}</c>', f'<c r="A1">{"<is><t>" * 99_999}</c>']
)
def test_elements_that_never_end_are_refused(cells: str) -> None:
    with pytest.raises(WorkbookError, match="is damaged"):
        opened(raw_book(worksheet(f'<row r="1">{cells}</row>')))


@pytest.mark.parametrize(
    "cells",
    [
        f'<c r="A1"{" " * 1_000_000}><v>1</v></c>',
        f'<c r="A1" {" ".join(f"a{i}={chr(34)}{chr(34)}" for i in range(100_000))}><v>1</v></c>',
        f'<c r="A1"><v>1</v></c>{"<row/>" * 100_000}',
    ],
)
def test_odd_but_whole_cells_are_read(cells: str) -> None:
    assert opened(raw_book(f'<row r="1">{cells}</row>'))["S!A1"] == 1


def test_tens_of_thousands_of_names_are_looked_up() -> None:
    names = {f"zz{i}x": "S!$C$1:$C$2*2" for i in range(20_000)} | {"ZZ_rate": "0.5", "last.one": "S!$C$1+1"}
    rows = formulas("zz_RATE*4", "Last.One", "7", "SUM(zz19999x)")
    model = opened(raw_book(rows, names=defined(names)))
    assert [model[f"S!{a}1"] for a in "ABD"] == [2, 8, 14]


@pytest.mark.parametrize("space", [" ", "\n", "  "])
def test_million_names_are_refused(space: str) -> None:
    name = f'<definedName{space}name="n">S!$A$1</definedName>'
    with pytest.raises(WorkbookError, match=r"has more than 100,000 defined names; delete those it does not use"):
        opened(raw_book(formulas("1+1"), names=f"<definedNames>{name * 10 * MOST_NAMES}</definedNames>"))


def test_deeply_nested_elements_are_no_harm() -> None:
    assert opened(raw_book(formulas("1+1"), names="<x>" * 100_000 + "</x>" * 100_000))["S!A1"] == 2


# -- the package -------------------------------------------------------------------------------------------------------

ENTITIES = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 10))


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "_rels/.rels"])
@pytest.mark.parametrize(
    "declared",
    [f'<!DOCTYPE a [<!ENTITY e0 "lol">{ENTITIES}]>', '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>'],
)
def test_entities_are_refused_unread(part: str, declared: str) -> None:
    parts = parts_of(raw_book('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', strings="<si><t>a</t></si>"))
    parts[part] = f'<?xml version="1.0"?>{declared}'.encode() + parts[part]
    with pytest.raises(WorkbookError, match="declares a document type; it is refused"):
        opened(zipped(parts))["S!A1"]


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "_rels/.rels"])
@pytest.mark.parametrize("encoding", ["utf-32", "utf-7", "cp037", "rot13", "unicode_escape", "none"])
def test_encoding_that_no_program_writes_is_refused(part: str, encoding: str) -> None:
    parts = parts_of(raw_book('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', strings="<si><t>a</t></si>"))
    known = encoding if encoding in ("utf-32", "cp037") else "ascii"
    parts[part] = (f"<?xml version='1.0' encoding='{encoding}'?>" + parts[part].decode()).encode(known)
    with pytest.raises(WorkbookError, match=r"is not (in UTF-8|XML|a worksheet)"):
        opened(zipped(parts))["S!A1"]


def test_entities_are_refused_in_every_encoding() -> None:
    parts = parts_of(raw_book(formulas("1+1")))
    declared = f'<!DOCTYPE a [<!ENTITY e0 "lol">{ENTITIES}]>{parts["xl/workbook.xml"].decode()}'
    with pytest.raises(WorkbookError, match="declares a document type; it is refused"):
        opened(zipped({**parts, "xl/workbook.xml": declared.encode("utf-16")}))


@pytest.mark.parametrize("name", ["../../evil.xml", "/etc/passwd", "C:\\evil", "xl/../../evil", "evil\0.xml"])
def test_part_whose_name_leads_out_is_carried_along_and_never_followed(name: str, tmp_path: Path) -> None:
    data = zipped({**parts_of(raw_book(formulas("1+1"))), name: b"harm"})
    path = tmp_path / "book.xlsx"
    path.write_bytes(data)
    model = Model.open(path).recalculate()
    model.save()
    assert [found.name for found in tmp_path.iterdir()] == ["book.xlsx"]
    assert parts_of(path.read_bytes())[name.split("\0", maxsplit=1)[0]] == b"harm"


@pytest.mark.parametrize("target", ["../../../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "http://x/y", ""])
def test_relation_that_leads_out_of_the_package_is_not_followed(target: str) -> None:
    parts = parts_of(raw_book(formulas("1+1")))
    links = "xl/_rels/workbook.xml.rels"
    parts[links] = parts[links].replace(b"worksheets/sheet1.xml", target.encode())
    with pytest.raises(WorkbookError, match="sheet S has no part of its own"):
        opened(zipped(parts))


@pytest.mark.parametrize("kind", ["image/png", "", "application/vnd.ms-excel.sheet.binary.macroEnabled.main"])
def test_wrong_content_types_do_not_hide_the_workbook(kind: str) -> None:
    parts = parts_of(raw_book(formulas("1+1")))
    types = parts["[Content_Types].xml"]
    start = types.index(b"application/vnd")
    parts["[Content_Types].xml"] = types[:start] + kind.encode() + types[types.index(b'"', start) :]
    assert opened(zipped(parts))["S!A1"] == 2


def test_sheet_that_is_no_sheet_is_refused() -> None:
    parts = parts_of(raw_book(formulas("1+1")))
    with pytest.raises(WorkbookError, match="it is not a worksheet"):
        opened(zipped({**parts, "xl/worksheets/sheet1.xml": parts["xl/workbook.xml"]}))


def test_text_that_doubles_from_cell_to_cell_ends_as_in_excel() -> None:
    columns = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    doubling = [f'<c r="{b}1"><f>{a}1&amp;{a}1</f></c>' for a, b in itertools.pairwise(columns)]
    row = f'<row r="1"><c r="A1"><f>REPT("x",20000)</f></c>{"".join(doubling)}</row>'
    model = opened(raw_book(row))
    assert (model["S!A1"], str(model["S!B1"]), str(model["S!Z1"])) == ("x" * 20_000, "#VALUE!", "#VALUE!")
