"""Workbooks as Excel stores them with the add-in, and for xlwings Lite, and back."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.formatting.rule import FormulaRule
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from dealmodel.errors import WorkbookError
from dealmodel.workbook.book import Book
from dealmodel.workbook.freeze import freeze
from dealmodel.workbook.links import link_number
from dealmodel.workbook.model import Model
from dealmodel.workbook.retarget import retarget
from dealmodel.workbook.stored.package import Package
from tests.support.linkedbooks import with_links
from tests.support.shares import one_in

ROOT = Path(__file__).parents[2]
BOOKS = sorted((ROOT / "workbooks").glob("*.xlsx"))
MAIN = "xl/workbook.xml"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


def respelled(data: bytes, host: str) -> bytes:
    return retarget(Package(data, "book.xlsx"), host).data


def small_book() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet["A1"] = '=DM_SHORTFALL(294,892)&"DM_SHORTFALL(1,2)"'
    sheet["A2"] = "=1+1"
    book.defined_names["gap"] = DefinedName("gap", attr_text="DM_SHORTFALL(294,892)")
    sheet.conditional_formatting.add("A1", FormulaRule(formula=["DM_SHORTFALL(1,2)>0"]))  # type: ignore[no-untyped-call]
    validation = DataValidation(type="custom", formula1="DM_SHORTFALL(1,2)>0")
    validation.add("A1")
    sheet.add_data_validation(validation)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def linked_book(*targets: str) -> bytes:
    """Make a workbook with links to other files, as Excel numbers them."""
    return with_links(small_book(), dict.fromkeys(targets, ""))


@pytest.mark.parametrize("host", ["excel", "lite", "calc"])
@pytest.mark.parametrize("path", one_in(2, BOOKS), ids=lambda path: path.name)
def test_there_and_back_is_the_same_workbook(path: Path, host: str) -> None:
    data = path.read_bytes()
    there = respelled(data, host)
    assert parts_of(respelled(there, "canonical")) == parts_of(data)
    assert respelled(there, host) == there
    model = Model.from_bytes(there, "book.xlsx")
    assert model.changes() == {}
    assert dict(model) == dict(Model.open(path))


@pytest.mark.parametrize("host", ["excel", "lite", "calc"])
@pytest.mark.parametrize(
    "formula",
    [
        b"DM_SHORTFALL(1,2)&amp;&quot;a&quot;&gt;1",
        b"DM_SHORTFALL(1,2)>IF(&apos;A&apos;!A1=1,2,3)",
        b'DM_SHORTFALL(1,2)&amp;"DM_SHORTFALL(""x"")"&lt;2',
    ],
)
def test_marks_are_escaped_as_they_were(host: str, formula: bytes) -> None:
    package = Package(small_book(), "book.xlsx")
    sheet = "xl/worksheets/sheet1.xml"
    package.replace(sheet, package.read(sheet).replace(b"<f>1+1</f>", b"<f>" + formula + b"</f>"))
    data = package.to_bytes()
    there = respelled(data, host)
    assert b"<f>" + formula not in parts_of(there)[sheet]
    assert parts_of(respelled(there, "canonical")) == parts_of(data)


def test_lite_has_its_spelling_and_texts_stay() -> None:
    parts = parts_of(respelled(small_book(), "lite"))
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    assert '<f>_xldudf_DM_SHORTFALL(294,892)&amp;"DM_SHORTFALL(1,2)"</f>' in sheet
    assert "<formula>_xldudf_DM_SHORTFALL(1,2)&gt;0</formula>" in sheet
    assert "<formula1>_xldudf_DM_SHORTFALL(1,2)&gt;0</formula1>" in sheet
    assert b">_xldudf_DM_SHORTFALL(294,892)</definedName>" in parts[MAIN]


def test_excel_calls_through_a_link_that_names_no_folder() -> None:
    parts = parts_of(respelled(small_book(), "excel"))
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    assert '<f>[1]!DM_SHORTFALL(294,892)&amp;"DM_SHORTFALL(1,2)"</f>' in sheet
    assert b">[1]!DM_SHORTFALL(294,892)</definedName>" in parts[MAIN]
    assert re.search(rb"</sheets><externalReferences><externalReference [^>]*/></externalReferences>", parts[MAIN])
    relations = parts["xl/externalLinks/_rels/externalLink1.xml.rels"]
    assert b'Target="dealmodel.xlam" TargetMode="External"' in relations
    assert b'<definedName name="DM_SHORTFALL"/>' in parts["xl/externalLinks/externalLink1.xml"]


def test_in_validations_and_conditional_formats_excel_takes_no_link() -> None:
    sheet = parts_of(respelled(small_book(), "excel"))["xl/worksheets/sheet1.xml"].decode()
    assert "<formula>DM_SHORTFALL(1,2)&gt;0</formula>" in sheet
    assert "<formula1>DM_SHORTFALL(1,2)&gt;0</formula1>" in sheet


def test_openpyxl_keeps_the_link() -> None:
    book = openpyxl.load_workbook(io.BytesIO(respelled(small_book(), "excel")))
    (link,) = book._external_links  # type: ignore[attr-defined]  # noqa: SLF001
    assert link.file_link.Target == "dealmodel.xlam"


def test_the_link_takes_the_next_number_and_goes_again() -> None:
    data = linked_book("file:///C:/other.xlsx")
    there = respelled(data, "excel")
    assert b"[2]!DM_SHORTFALL(294,892)" in parts_of(there)["xl/worksheets/sheet1.xml"]
    assert parts_of(respelled(there, "canonical")) == parts_of(data)


def test_a_link_that_excel_wrote_is_used_wherever_the_addin_lay() -> None:
    data = linked_book("other.xlsx", "file:///C:\\Users\\a\\AddIns\\DealModel.xlam", "third.xlsx")
    package = Package(data, "book.xlsx")
    assert link_number(package, Book(package)) == 2
    there = respelled(data, "excel")
    assert b"[2]!DM_SHORTFALL(294,892)" in parts_of(there)["xl/worksheets/sheet1.xml"]
    assert parts_of(there).keys() == parts_of(data).keys()
    # One that is not the last stays: the numbers of those behind it would change.
    assert "xl/externalLinks/externalLink2.xml" in parts_of(respelled(there, "canonical"))


def test_a_link_that_other_formulas_need_stays() -> None:
    there = respelled(small_book(), "excel")
    package = Package(there, "book.xlsx")
    sheet = "xl/worksheets/sheet1.xml"
    package.replace(sheet, package.read(sheet).replace(b"<f>1+1</f>", b"<f>[1]Sheet1!A1</f>"))
    back = parts_of(respelled(package.to_bytes(), "canonical"))
    assert "xl/externalLinks/externalLink1.xml" in back
    assert b"<f>DM_SHORTFALL(294,892)" in back[sheet]


def test_a_workbook_without_the_functions_gets_no_link() -> None:
    book = openpyxl.Workbook()
    out = io.BytesIO()
    book.save(out)
    assert respelled(out.getvalue(), "excel") == out.getvalue()


def test_freezing_takes_the_link_out() -> None:
    data = respelled(BOOKS[0].read_bytes(), "excel")
    frozen = parts_of(freeze(Model.from_bytes(data, "book.xlsx")).data)
    assert not any("externalLink" in name for name in frozen)
    assert b"externalLink" not in frozen["[Content_Types].xml"] + frozen["xl/_rels/workbook.xml.rels"]


def test_a_link_that_leads_nowhere_is_damage() -> None:
    package = Package(linked_book("other.xlsx"), "book.xlsx")
    package.replace(MAIN, re.sub(rb'(<externalReference [^>]*r:id=)"\w+"', rb'\1"rId99"', package.read(MAIN)))
    with pytest.raises(WorkbookError, match="a link to another workbook leads nowhere"):
        retarget(Package(package.to_bytes(), "book.xlsx"), "excel")
