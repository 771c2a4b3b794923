from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
from click.testing import CliRunner
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula
from openpyxl.worksheet.table import Table, TableFormula

from dealmodel.cli import cli
from dealmodel.workbook.freeze import freeze
from dealmodel.workbook.model import Model
from dealmodel.workbook.stored.package import Package
from dealmodel.workbook.stored.parts import TYPES, add_part, add_relation

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
BOOKS = sorted((ROOT / "workbooks").glob("*.xlsx"))
SHEET = "xl/worksheets/sheet1.xml"


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def model_of(data: bytes) -> Model:
    return Model.from_bytes(data, "book.xlsx")


def edited(data: bytes, name: str, edit: Callable[[bytes], bytes]) -> bytes:
    package = Package(data, "book.xlsx")
    package.replace(name, edit(package.read(name)))
    return package.to_bytes()


@pytest.fixture
def book() -> openpyxl.Workbook:
    """Make a workbook with a formula of each kind."""
    made = openpyxl.Workbook()
    sheet = made.worksheets[0]
    sheet.title = "Sheet"
    contents: dict[str, int | str] = {
        "A1": 294,
        "A2": 892,
        "B1": "=DM_SHORTFALL(A1,A2)",
        "B2": "=B1*2",
        "B3": '="DM_SHORTFALL("&A1',
        "B4": "=IF(A1>0,dm_shortfall(A1,A2),0)",
        "B5": "=gap+1",
        "B6": '=DM_WHY("DM_SHORTFALL",A1,A2)',
        "B7": "=DM_SHORTFALL(A1,-1)",
        "B8": "=DM_RECONCILES(1,0,2)",
    }
    for address, content in contents.items():
        sheet[address] = content
    sheet["D1"] = ArrayFormula("D1:D2", "=DM_SHORTFALL(A1,A1:A2)")
    sheet["E1"] = ArrayFormula("E1:E2", "=A1:A2*2")
    made.defined_names["gap"] = DefinedName("gap", attr_text="DM_SHORTFALL(Sheet!$A$1,Sheet!$A$2)")
    made.defined_names["more"] = DefinedName("more", attr_text="gap*2")
    sheet["B9"] = "=more"
    return made


def formulas_of(data: bytes) -> set[str]:
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    return {c.coordinate for row in sheet.iter_rows() for c in row if c.data_type == "f"}


def test_formulas_that_need_the_functions_become_their_fresh_values(book: openpyxl.Workbook) -> None:
    frozen = freeze(model_of(saved(book)))
    assert formulas_of(frozen.data) == {"B2", "B3", "E1"}
    sheet = openpyxl.load_workbook(io.BytesIO(frozen.data), data_only=True).worksheets[0]
    values = {address: sheet[address].value for address in ("B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B9")}
    assert values == {
        "B1": 598,
        "B2": 1196,
        "B3": "DM_SHORTFALL(294",
        "B4": 598,
        "B5": 599,
        "B6": "ok",
        "B7": "#NUM!",
        "B8": True,
        "B9": 1196,
    }
    assert [sheet["D1"].value, sheet["D2"].value] == [0, 598]
    assert (frozen.formulas, frozen.kept) == (8, ())


def test_all_formulas_become_values(book: openpyxl.Workbook) -> None:
    frozen = freeze(model_of(saved(book)), every=True)
    assert formulas_of(frozen.data) == set()
    assert b"<f" not in parts_of(frozen.data)[SHEET]
    assert frozen.formulas == 11


def test_only_the_formula_of_a_cell_goes(book: openpyxl.Workbook) -> None:
    fresh = model_of(saved(book)).to_bytes()
    before, after = parts_of(fresh)[SHEET], parts_of(freeze(model_of(fresh)).data)[SHEET]
    ours = rb"<f(?: [^>]*)?>(?:[^<]*(?:DM_|dm_|gap|more)[^<]*)</f>"
    quoted = b'<f>"DM_SHORTFALL("&amp;A1</f>'
    assert after == re.sub(ours, lambda m: m[0] if m[0] == quoted else b"", before)
    assert parts_of(freeze(model_of(fresh)).data).keys() == parts_of(fresh).keys()


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.name)
def test_the_frozen_workbooks_hold_what_they_showed(path: Path) -> None:
    model = Model.open(path)
    expected = {at: model.value_at(at) for at in model.formulas}
    frozen = model_of(freeze(Model.open(path), every=True).data)
    assert not frozen.formulas
    assert {at: frozen.book.value(at) for at in expected} == expected


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.name)
def test_a_reader_without_the_functions_sees_no_name_of_theirs_in_a_cell(path: Path) -> None:
    frozen = model_of(freeze(Model.open(path)).data)
    assert not any(name.startswith("DM_") for name in frozen.called_functions)
    assert frozen.formulas
    assert frozen.changes() == {}


def test_a_workbook_without_them_is_only_recalculated() -> None:
    made = openpyxl.Workbook()
    made.worksheets[0]["A1"] = "=1+1"
    frozen = freeze(model_of(saved(made)))
    assert frozen.formulas == 0
    assert b"<f>1+1</f><v>2</v>" in parts_of(frozen.data)[SHEET]


def test_the_order_of_calculation_goes_with_the_formulas(book: openpyxl.Workbook) -> None:
    package = Package(saved(book), "book.xlsx")
    chain = (
        b'<calcChain xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><c r="B1" i="1"/></calcChain>'
    )
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"
    add_part(package, "xl/calcChain.xml", chain, kind)
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/calcChain"
    add_relation(package, "xl/workbook.xml", relation, "calcChain.xml")
    data = package.to_bytes()
    assert "xl/calcChain.xml" in parts_of(data)
    after = parts_of(freeze(model_of(data)).data)
    assert "xl/calcChain.xml" not in after
    assert b"calcChain" not in after["xl/_rels/workbook.xml.rels"] + after[TYPES]
    assert after["xl/_rels/workbook.xml.rels"] == parts_of(saved(book))["xl/_rels/workbook.xml.rels"]


def test_what_if_tables_are_frozen_with_what_they_vary(book: openpyxl.Workbook) -> None:
    sheet = book.worksheets[0]
    sheet["G1"] = "=B1"
    sheet["F2"] = 100
    sheet["G2"] = DataTableFormula("G2:G2", dt2D=False, dtr=False, r1="A1")
    data = saved(book)
    assert b'<f t="dataTable"' in parts_of(data)[SHEET] or b't="dataTable"' in parts_of(data)[SHEET]
    assert b"dataTable" not in parts_of(freeze(model_of(data)).data)[SHEET]


def test_the_marks_of_a_dynamic_array_go_with_it(book: openpyxl.Workbook) -> None:
    def mark(part: bytes) -> bytes:
        part = part.replace(b'<c r="D1"', b'<c r="D1" cm="1"')
        return re.sub(rb'<c r="D2"[^>]*/>|<c r="D2"[^>]*>.*?</c>', b"", part)

    data = model_of(edited(saved(book), SHEET, mark)).to_bytes()
    data = edited(data, SHEET, lambda p: re.sub(rb'(<c r="D2"[^>]*>)', rb'\1<f ca="1"/>', p))
    assert b'cm="1"' in parts_of(data)[SHEET]
    assert b'<f ca="1"/>' in parts_of(data)[SHEET]
    after = parts_of(freeze(model_of(data)).data)[SHEET]
    assert b"cm=" not in after
    assert b"<f ca=" not in after


def test_shared_formulas_are_frozen_together(book: openpyxl.Workbook) -> None:
    def share(part: bytes) -> bytes:
        part = part.replace(b"<f>DM_SHORTFALL(A1,A2)</f>", b'<f t="shared" ref="B1:B2" si="0">DM_SHORTFALL(A1,A2)</f>')
        return part.replace(b"<f>B1*2</f>", b'<f t="shared" si="0"/>')

    frozen = freeze(model_of(edited(saved(book), SHEET, share)))
    assert b"shared" not in parts_of(frozen.data)[SHEET]
    assert model_of(frozen.data)["Sheet!B2"] == 0.0


def test_tables_do_not_fill_new_rows_with_the_functions(book: openpyxl.Workbook) -> None:
    sheet = book.worksheets[0]
    rows: list[tuple[int | str, ...]] = [("Fine", "Gap", "Twice"), (892, "=DM_SHORTFALL(A1,H11)", "=H11*2")]
    for row, cells in enumerate(rows, start=10):
        for column, content in enumerate(cells, start=8):
            sheet.cell(row, column, content)
    table = Table(displayName="Fines", ref="H10:J11")
    table._initialise_columns()  # type: ignore[attr-defined]  # noqa: SLF001
    for column, name in zip(table.tableColumns, ("Fine", "Gap", "Twice"), strict=True):
        column.name = name
    table.tableColumns[1].calculatedColumnFormula = TableFormula(attr_text="DM_SHORTFALL($A$1,Fines[Fine])")
    table.tableColumns[1].totalsRowFunction = "custom"
    table.tableColumns[1].totalsRowFormula = TableFormula(attr_text="DM_SHORTFALL(1,2)")
    table.tableColumns[2].calculatedColumnFormula = TableFormula(attr_text="Fines[Fine]*2")
    sheet.add_table(table)
    data = saved(book)
    name = next(n for n in parts_of(data) if n.startswith("xl/tables/"))
    ours = parts_of(freeze(model_of(data)).data)[name]
    assert b"DM_" not in ours
    assert b"custom" not in ours
    assert b"Fines[Fine]*2" in ours
    assert b"Formula" not in parts_of(freeze(model_of(data), every=True).data)[name]


def test_cells_that_cannot_be_computed_keep_their_values_and_are_told(tmp_path: Path, book: openpyxl.Workbook) -> None:
    book.worksheets[0]["C1"] = "=NOSUCHFUNCTION(1)+DM_SHORTFALL(1,2)"
    data = edited(saved(book), SHEET, lambda p: re.sub(rb"(<f>NOSUCH[^<]*</f>)<v\s*(?:/>|></v>)", rb"\1<v>7</v>", p))
    frozen = freeze(model_of(data))
    assert [str(k.at) for k in frozen.kept] == ["Sheet!C1"]
    assert model_of(frozen.data)["Sheet!C1"] == 7
    (tmp_path / "book.xlsx").write_bytes(data)
    done = CliRunner().invoke(cli, ["freeze", str(tmp_path / "book.xlsx"), "-o", str(tmp_path / "out.xlsx")])
    assert done.exit_code == 4
    assert "Sheet!C1 has its stored value:" in done.output
    assert (tmp_path / "out.xlsx").exists()


def test_the_command_writes_a_copy_and_says_what_it_did(tmp_path: Path, book: openpyxl.Workbook) -> None:
    source, target = tmp_path / "book.xlsx", tmp_path / "out.xlsx"
    source.write_bytes(saved(book))
    done = CliRunner().invoke(cli, ["freeze", str(source), "-o", str(target)])
    assert (done.exit_code, done.output) == (0, f"wrote {target}: 8 formulas became values\n")
    assert formulas_of(source.read_bytes()) - formulas_of(target.read_bytes()) == {
        "B1",
        "B4",
        "B5",
        "B6",
        "B7",
        "B8",
        "B9",
        "D1",
    }
    done = CliRunner().invoke(cli, ["freeze", str(source), "-o", str(target), "--all"])
    assert done.output == f"wrote {target}: 11 formulas became values\n"
    wrong = CliRunner().invoke(cli, ["freeze", str(source), "-o", str(tmp_path / "out.xlsm")])
    assert wrong.exit_code == 2
    assert "the output must be a .xlsx file" in wrong.output
