from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
from click.testing import CliRunner
from openpyxl.chart import BarChart

from dealmodel.cli import cli
from dealmodel.errors import WorkbookError
from dealmodel.hosts.embed import embed
from dealmodel.hosts.vba import wrappers
from dealmodel.workbook.model import Model
from dealmodel.workbook.stored.package import Package
from tests.hosts.test_vba_run import execute
from tests.support.vba import sources

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
BOOKS = sorted((ROOT / "workbooks").glob("*.xlsx"))
MAY_CHANGE = re.compile(r"\[Content_Types\]\.xml|xl/workbook\.xml|xl/_rels/workbook\.xml\.rels|xl/\w+sheets/\w+\.xml")


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


def small_book(*sheets: str, chart: bool = False) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for sheet in sheets:
        book.create_sheet(sheet)["A1"] = "=DM_SHORTFALL(294,892)"
    if chart:
        book.create_chartsheet("A chart").add_chart(BarChart())
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def edited(data: bytes, name: str, edit: Callable[[bytes], bytes]) -> Package:
    package = Package(data, "book.xlsx")
    package.replace(name, edit(package.read(name)))
    return Package(package.to_bytes(), "book.xlsx")


def code_names(data: bytes) -> list[str]:
    parts = parts_of(data)
    names = [name for name in parts if name == "xl/workbook.xml" or re.match(r"xl/\w+sheets/[^/]+\.xml", name)]
    found = [re.search(rb'<(?:workbookPr|sheetPr)\b[^>]*codeName="(\w+)"', parts[name]) for name in sorted(names)]
    return [match[1].decode() for match in found if match]


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.name)
def test_a_workbook_gets_the_functions_and_keeps_everything_else(path: Path) -> None:
    before, data = parts_of(path.read_bytes()), embed(Package.open(path))
    after = parts_of(data)
    assert after.keys() - before.keys() == {"xl/vbaProject.bin"}
    assert before.keys() <= after.keys()
    changed = [name for name, part in before.items() if after[name] != part]
    assert all(MAY_CHANGE.fullmatch(name) for name in changed)
    added = re.compile(rb' codeName="\w+"|<sheetPr codeName="\w+"/>|<workbookPr codeName="\w+"/>')
    for name in changed:
        if "sheets/" in name or name == "xl/workbook.xml":
            assert added.sub(b"", after[name]) == added.sub(b"", before[name])
    found = sources(data, "book.xlsm")
    assert {f"VBA/{m.name}": m.source for m in wrappers.modules()}.items() <= found.items()
    documents = {name.removeprefix("VBA/") for name in found} - {m.name for m in wrappers.modules()}
    assert documents == set(code_names(data))
    assert len(documents) == len(openpyxl.load_workbook(path).sheetnames) + 1


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.name)
def test_the_same_workbook_gives_the_same_bytes(path: Path) -> None:
    assert embed(Package.open(path)) == embed(Package.open(path))


def test_the_values_are_what_they_were() -> None:
    path = ROOT / "workbooks" / "zte_alibaba_2018.xlsx"
    after = Model.from_bytes(embed(Package.open(path)), "book.xlsm")
    before = Model.open(path)
    assert dict(after) == dict(before)
    assert after.changes() == {}


def test_openpyxl_sees_a_workbook_with_macros() -> None:
    data = embed(Package(small_book("One"), "book.xlsx"))
    book = openpyxl.load_workbook(io.BytesIO(data), keep_vba=True)
    assert book.vba_archive is not None
    assert book.code_name == "ThisWorkbook"
    book.vba_archive.close()


def test_a_chart_sheet_has_a_module_of_its_class() -> None:
    data = embed(Package(small_book("One", chart=True), "book.xlsx"))
    found = sources(data, "book.xlsm")
    assert 'VB_Base = "0{00020820-' in found["VBA/Sheet1"]
    assert 'VB_Base = "0{00020821-' in found["VBA/Sheet2"]


def test_names_that_the_workbook_has_are_kept() -> None:
    def name_them(part: bytes) -> bytes:
        return re.sub(rb"<workbookPr\b", b'<workbookPr codeName="DieseArbeitsmappe"', part)

    data = embed(edited(small_book("One", "Two"), "xl/workbook.xml", name_them))
    assert code_names(data) == ["DieseArbeitsmappe", "Sheet1", "Sheet2"]
    assert "Private Sub Workbook_Open()" in sources(data, "book.xlsm")["VBA/DieseArbeitsmappe"]


@pytest.mark.parametrize("known", ["ЭтаКнига", "xlwings", "dealmodel", "1st", "a b", "x" * 32, ""])
def test_a_name_that_a_project_of_this_code_page_cannot_have_is_replaced(known: str) -> None:
    def name_it(part: bytes) -> bytes:
        return re.sub(rb"<sheetPr\b", f"<sheetPr codeName='{known}'".encode(), part)

    data = embed(edited(small_book("One", "Two"), "xl/worksheets/sheet2.xml", name_it))
    assert code_names(data) == ["ThisWorkbook", "Sheet1", "Sheet2"]


def test_a_sheet_s_name_is_not_given_twice() -> None:
    def name_it(part: bytes) -> bytes:
        return re.sub(rb"<sheetPr\b", b'<sheetPr codeName="Sheet1"', part)

    book = edited(small_book("One", "Two"), "xl/worksheets/sheet2.xml", name_it)
    assert code_names(embed(book)) == ["ThisWorkbook", "Sheet2", "Sheet1"]


def test_elements_that_are_missing_are_put_where_they_belong() -> None:
    bare = edited(small_book("One"), "xl/worksheets/sheet1.xml", lambda p: re.sub(rb"<sheetPr>.*?</sheetPr>", b"", p))
    bare = edited(bare.data, "xl/workbook.xml", lambda p: re.sub(rb"<workbookPr\s*/>", b"<fileVersion/>", p))
    parts = parts_of(embed(bare))
    assert b'<fileVersion/><workbookPr codeName="ThisWorkbook"/>' in parts["xl/workbook.xml"]
    assert re.search(rb'<worksheet [^>]*><sheetPr codeName="Sheet1"/>', parts["xl/worksheets/sheet1.xml"])


def test_a_workbook_with_prefixes_keeps_them() -> None:
    def prefix(part: bytes) -> bytes:
        part = re.sub(
            rb"<(/?)(?=[a-zA-Z])", rb"<\1x:", part.replace(b"<sheetPr>", b"<other>").replace(b"</sheetPr>", b"</other>")
        )
        return part.replace(b" xmlns=", b" xmlns:x=")

    book = edited(small_book("One"), "[Content_Types].xml", prefix)
    book = edited(book.data, "xl/worksheets/sheet1.xml", prefix)
    parts = parts_of(embed(book))
    assert b'<x:Override PartName="/xl/vbaProject.bin"' in parts["[Content_Types].xml"]
    assert b'<x:sheetPr codeName="Sheet1"/>' in parts["xl/worksheets/sheet1.xml"]


def test_formulas_of_another_host_become_those_of_the_functions_inside() -> None:
    data = small_book("One")
    book = edited(data, "xl/worksheets/sheet1.xml", lambda p: p.replace(b"DM_SHORTFALL", b"_xldudf_DM_SHORTFALL"))
    assert b"<f>DM_SHORTFALL(294,892)</f>" in parts_of(embed(book))["xl/worksheets/sheet1.xml"]


def test_a_workbook_with_macros_is_refused() -> None:
    package = Package(embed(Package(small_book("One"), "book.xlsx")), "book.xlsm")
    with pytest.raises(WorkbookError, match=r"book\.xlsm has macros already; save it as \.xlsx and take that"):
        embed(package)


def test_what_is_not_a_workbook_is_refused() -> None:
    data = small_book("One")
    odd = edited(data, "[Content_Types].xml", lambda p: p.replace(b"sheet.main+xml", b"document.main+xml"))
    with pytest.raises(WorkbookError, match="does not say that it is a workbook"):
        embed(odd)
    dialog = edited(data, "xl/worksheets/sheet1.xml", lambda p: p.replace(b"worksheet ", b"dialogsheet "))
    with pytest.raises(WorkbookError, match="a dialog or macro sheet of Excel 5, One; delete it first"):
        embed(dialog)


def test_the_command_writes_an_xlsm_and_leaves_the_book(tmp_path: Path) -> None:
    source, target = tmp_path / "book.xlsx", tmp_path / "book.xlsm"
    source.write_bytes(small_book("One"))
    before = source.read_bytes()
    done = CliRunner().invoke(cli, ["excel", "embed", str(source), "-o", str(target)])
    assert (done.exit_code, done.output) == (0, f"wrote {target}\n")
    assert target.read_bytes() == embed(Package.open(source))
    assert source.read_bytes() == before
    wrong = CliRunner().invoke(cli, ["excel", "embed", str(source), "-o", str(tmp_path / "out.xlsx")])
    assert wrong.exit_code == 2
    assert "the output must be an .xlsm file" in wrong.output


@pytest.mark.libreoffice
def test_libreoffice_opens_it_and_lists_the_modules(tmp_path: Path) -> None:
    found = execute(embed(Package.open(ROOT / "workbooks" / "deal_template.xlsx")), tmp_path, [])
    assert {m.name for m in wrappers.modules()} | {"ThisWorkbook"} <= set(found["modules"])
