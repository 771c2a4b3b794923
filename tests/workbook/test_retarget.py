from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from dealmodel.cli import cli
from dealmodel.errors import UnknownNameError, WorkbookError
from dealmodel.hosts.calc.names import calc_name
from dealmodel.workbook.formulas import respelled
from dealmodel.workbook.model import Model
from dealmodel.workbook.retarget import HOSTS, retarget
from dealmodel.workbook.stored.package import Package
from tests.support.canonical_book import FORMULAS, canonical_book

if TYPE_CHECKING:
    from pathlib import Path

    from dealmodel.hosts.calc.office import Office

SHORTFALL = calc_name("DM_SHORTFALL")
CANONICAL = canonical_book()
ODS = "application/vnd.oasis.opendocument.spreadsheet"
CONTENT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="o" xmlns:table="t" xmlns:style="s" xmlns:calcext="c">
<style:map style:condition="is-true-formula(dm_shortfall([.A1];1000)&gt;1)" style:apply-style-name="dm_shortfall(1)"/>
<table:content-validation table:condition="of:cell-content()&lt;dm_shortfall(1;[.A1])"/>
<table:table-cell table:formula="of:=IF(dm_reconciles(1;0;2);&quot;dm_shortfall(&quot;;[$&apos;dm_x(&apos;.A1])"/>
<table:table-cell table:formula='of:=dm_shortfall([.A1:.A2];{892;1000})'/>
<table:table-cell calcext:value-type="string"><text:p>=DM_SHORTFALL(1;2)</text:p></table:table-cell>
<table:named-expression table:expression="dm_shortfall([$S.$A$1];892)"/>
<calcext:condition calcext:value="formula-is(dm_shortfall([.A1];1000)&gt;1)"/>
</office:document-content>"""


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def ods(content: str, kind: str = ODS) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("content.xml", content)
    return out.getvalue()


def in_calc() -> bytes:
    return retarget(Package(CANONICAL, "book.xlsx"), "calc").data


# -- formulas ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "formula",
    [
        "DM_SHORTFALL(A1,,2)",
        "dm_shortfall(A1,,2)",
        "[1]!dm_shortfall(A1,,2)",
        r"'C:\add ins\dealmodel.xlam'!DM_SHORTFALL(A1,,2)",
        "_xldudf_DM_SHORTFALL(A1,,2)",
        f"{SHORTFALL}(A1,,2)",
    ],
)
def test_every_hosts_spelling_becomes_any_other(formula: str) -> None:
    assert respelled(formula, HOSTS["calc"]) == f"{SHORTFALL}(A1,,2)"
    assert respelled(formula, HOSTS["canonical"]) == "DM_SHORTFALL(A1,,2)"


@pytest.mark.parametrize("formula", ['"DM_SHORTFALL("&A1', "'DM_X(1)'!A1", "DM_SHORTFALL", "SUM(A1)", "Tbl[DM_X(1)]"])
def test_what_is_no_call_of_ours_stays(formula: str) -> None:
    assert respelled(formula, HOSTS["calc"]) == formula


# -- .xlsx ---------------------------------------------------------------------------------------------------------


def test_formulas_names_validations_conditions_and_columns_are_rewritten() -> None:
    done = retarget(Package(CANONICAL, "book.xlsx"), "calc")
    assert done.formulas == FORMULAS
    text = b"".join(parts(done.data).values()).decode("utf-8", "replace")
    for element in ("f", "definedName", "formula1", "formula", "calculatedColumnFormula"):
        assert re.search(rf"<{element}\b[^>]*>{re.escape(SHORTFALL)}\(", text), element
    assert '"DM_SHORTFALL("' in text
    assert text.count("DM_SHORTFALL(") == 1


def test_every_other_part_stays_as_it_was() -> None:
    before, after = parts(CANONICAL), parts(in_calc())
    assert list(before) == list(after)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {
        "xl/workbook.xml",
        "xl/worksheets/sheet1.xml",
        "xl/worksheets/sheet2.xml",
        "xl/tables/table1.xml",
    }


def test_there_and_back_is_the_same() -> None:
    assert parts(retarget(Package(in_calc(), "book.xlsx"), "canonical").data) == parts(CANONICAL)


def test_a_workbook_that_is_right_already_is_not_touched() -> None:
    done = retarget(Package(CANONICAL, "book.xlsx"), "canonical")
    assert (done.formulas, done.data) == (0, CANONICAL)


def test_a_function_that_is_none_of_ours_stays() -> None:
    odd = ods('<x table:formula="of:=DM_NO_SUCH_FUNCTION(1)"/>')
    assert retarget(Package(odd, "book.ods"), "calc").formulas == 0


def test_a_retargeted_workbook_is_regenerated_like_the_canonical_one() -> None:
    models = [Model.from_bytes(data, "book.xlsx").recalculate() for data in (CANONICAL, in_calc())]
    for name in ("S!B1", "S!B2", "S!D2", "S!E1", "P!A1"):
        assert models[0][name] == models[1][name]


def test_an_unknown_host_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="there is no host lotus; there are canonical, calc"):
        retarget(Package(CANONICAL, "book.xlsx"), "lotus")


# -- .ods ----------------------------------------------------------------------------------------------------------


def test_an_ods_is_rewritten_too() -> None:
    done = retarget(Package(ods(CONTENT), "book.ods"), "calc")
    assert done.formulas == 6
    content = parts(done.data)["content.xml"].decode()
    assert f'"is-true-formula({SHORTFALL}([.A1];1000)&gt;1)"' in content
    assert f'"of:cell-content()&lt;{SHORTFALL}(1;[.A1])"' in content
    assert f"IF({calc_name('DM_RECONCILES')}(1;0;2);&quot;dm_shortfall(&quot;;[$" in content
    assert f'"of:={SHORTFALL}([.A1:.A2];{{892;1000}})"' in content
    assert f'table:expression="{SHORTFALL}(' in content
    assert "<text:p>=DM_SHORTFALL(1;2)</text:p>" in content
    assert 'apply-style-name="dm_shortfall(1)"' in content


def test_an_ods_comes_back_under_canonical_names() -> None:
    there = retarget(Package(ods(CONTENT), "book.ods"), "calc").data
    back = parts(retarget(Package(there, "book.ods"), "canonical").data)["content.xml"]
    assert back == parts(retarget(Package(ods(CONTENT), "book.ods"), "canonical").data)["content.xml"]
    assert back.count(b"DM_SHORTFALL(") == 6


def test_a_text_document_is_refused() -> None:
    with pytest.raises(WorkbookError, match="is not a spreadsheet but application/vnd"):
        retarget(Package(ods("", "application/vnd.oasis.opendocument.text"), "letter.odt"), "calc")


# -- LibreOffice ---------------------------------------------------------------------------------------------------


@pytest.mark.libreoffice
def test_calc_binds_the_functions_of_the_rewritten_file(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "calc.xlsx"
    path.write_bytes(in_calc())
    number = office.ask("load", str(path))
    office.ask("calculate", number)
    cells = office.ask("read", number, "S", "B1:E2")
    assert cells == [[598.0, 598.0, 706.0, 599.0], ["DM_SHORTFALL(", 792.0, 900.0, ""]]
    assert office.ask("read", number, "P", "A1:A1") == [[1.0]]
    office.ask("close", number)


@pytest.mark.libreoffice
def test_calc_binds_conditions_and_validations_of_a_rewritten_ods(office: Office, tmp_path: Path) -> None:
    plain, kept = tmp_path / "canonical.xlsx", tmp_path / "canonical.ods"
    plain.write_bytes(CANONICAL)
    number = office.ask("load", str(plain))
    office.ask("save", number, str(kept), "calc8")
    office.ask("close", number)
    rewritten, again = tmp_path / "calc.ods", tmp_path / "again.ods"
    rewritten.write_bytes(retarget(Package.open(kept), "calc").data)
    number = office.ask("load", str(rewritten))
    office.ask("save", number, str(again), "calc8")
    office.ask("close", number)
    content = parts(again.read_bytes())["content.xml"].decode()
    assert "dm_shortfall" not in content
    for attribute in ("table:formula", "table:expression", "table:condition", "style:condition", "calcext:value"):
        # Calc writes a function that it does not know in small letters.
        assert re.search(rf'{attribute}="[^"]*{re.escape(SHORTFALL)}\(', content), attribute


# -- the command ---------------------------------------------------------------------------------------------------


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_the_command_writes_the_workbook_and_says_how_much_changed(tmp_path: Path) -> None:
    (tmp_path / "book.xlsx").write_bytes(CANONICAL)
    code, said = run("retarget", str(tmp_path / "book.xlsx"), "--host", "calc", "-o", str(tmp_path / "calc.xlsx"))
    assert (code, said) == (0, f"wrote {tmp_path / 'calc.xlsx'}: {FORMULAS} formulas rewritten for calc\n")
    assert (tmp_path / "calc.xlsx").read_bytes() == in_calc()


def test_the_command_keeps_the_kind_of_the_file(tmp_path: Path) -> None:
    code, said = run("retarget", "book.xlsx", "--host", "calc", "-o", str(tmp_path / "calc.ods"))
    assert code == 2
    assert "the output must be a .xlsx file, as book.xlsx is; got calc.ods" in said
