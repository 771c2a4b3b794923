from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import olefile
import openpyxl
import pytest
from click.testing import CliRunner

from dealmodel.catalogue import CATALOGUE
from dealmodel.cli import cli
from dealmodel.hosts import addin
from dealmodel.hosts.excel import vba_name
from dealmodel.hosts.vba import wrappers
from dealmodel.hosts.wizard import describe, describe_arguments
from tests.support.vba import sources

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def built() -> bytes:
    return addin.build_addin()


def read(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return file.read(name)


def as_workbook(data: bytes) -> openpyxl.Workbook:
    """Open an add-in as the workbook that it is, but for its content type."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as file, zipfile.ZipFile(out, "w") as copy:
        for name in file.namelist():
            copy.writestr(name, file.read(name).replace(b"ms-excel.addin.macro", b"ms-excel.sheet.macro"))
    return openpyxl.load_workbook(out)


@pytest.mark.slow
def test_the_file_is_the_same_every_time_and_in_every_process(built: bytes) -> None:
    code = "import hashlib; from dealmodel.hosts.addin import build_addin as b; print(hashlib.sha256(b()).hexdigest())"
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
            env={"PYTHONHASHSEED": seed, "TZ": zone, "PATH": ""},
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Shanghai"))
    }
    assert found == {hashlib.sha256(built).hexdigest() + "\n"}


def test_nothing_in_the_file_tells_time_system_or_compressor(built: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(built)) as file:
        for member in file.infolist():
            assert member.date_time == (1980, 1, 1, 0, 0, 0)
            assert member.compress_type == zipfile.ZIP_STORED
            assert (member.create_system, member.external_attr) == (0, 0o600 << 16)
        assert b"dcterms" not in file.read("docProps/core.xml")


def test_olevba_reads_the_source_that_was_written(built: bytes) -> None:
    expected = {f"VBA/{m.name}": m.source for m in [*wrappers.modules(), wrappers.addin_module()]}
    found = sources(built, addin.ADDIN_NAME)
    assert expected.items() <= found.items()
    documents = {name: found[name] for name in found.keys() - expected.keys()}
    assert documents.keys() == {"VBA/ThisWorkbook", "VBA/Sheet1"}
    assert documents["VBA/ThisWorkbook"].endswith(
        "Private Sub host_WorkbookOpen(ByVal Wb As Workbook)\r\n    DmAdopt Wb\r\nEnd Sub\r\n"
    )
    assert 'VB_Base = "0{00020819-0000-0000-C000-000000000046}"' in documents["VBA/ThisWorkbook"]
    assert 'VB_Base = "0{00020820-0000-0000-C000-000000000046}"' in documents["VBA/Sheet1"]


def test_the_project_and_its_modules_have_names_of_their_own() -> None:
    modules = [m.name for m in [*wrappers.modules(), wrappers.addin_module()]]
    names = [name.casefold() for name in [addin.PROJECT_NAME, "ThisWorkbook", "Sheet1", *modules, *CATALOGUE]]
    assert len(set(names)) == len(names)


def test_the_compound_file_has_no_defect(built: bytes) -> None:
    project = io.BytesIO(read(built, "xl/vbaProject.bin"))
    with olefile.OleFileIO(project, raise_defects=olefile.DEFECT_INCORRECT) as file:
        assert file.parsing_issues == []
        assert ["VBA", "dir"] in file.listdir()


def test_every_part_has_a_type_and_every_relation_a_part(built: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(built)) as file:
        names = set(file.namelist())
        types = ET.fromstring(file.read("[Content_Types].xml"))
        typed = {e.get("PartName", "")[1:] for e in types if e.tag.endswith("Override")}
        defaults = {e.get("Extension") for e in types if e.tag.endswith("Default")}
        assert typed <= names
        assert all(name in typed or name.rpartition(".")[2] in defaults for name in names)
        for rels, folder in (("_rels/.rels", ""), ("xl/_rels/workbook.xml.rels", "xl/")):
            targets = {folder + e.get("Target", "") for e in ET.fromstring(file.read(rels))}
            assert targets <= names
    main = next(e for e in types if e.get("PartName") == "/xl/workbook.xml")
    assert main.get("ContentType") == "application/vnd.ms-excel.addin.macroEnabled.main+xml"


def test_the_names_of_the_document_modules_are_those_of_the_workbook(built: bytes) -> None:
    assert b'<workbookPr codeName="ThisWorkbook"/>' in read(built, "xl/workbook.xml")
    assert b'<sheetPr codeName="Sheet1"/>' in read(built, "xl/worksheets/sheet1.xml")


def test_the_list_of_addins_shows_what_it_is(built: bytes) -> None:
    properties = as_workbook(built).properties
    assert properties.title == "dealmodel"
    assert properties.description == (
        f"{len(CATALOGUE)} worksheet functions for deal scenario models, version {wrappers.VERSION}"
    )


def test_the_last_sheet_holds_the_help_as_excel_dna_reads_it(built: bytes) -> None:
    book = as_workbook(built)
    sheet = book[book.sheetnames[-1]]
    assert sheet.title == "_IntelliSense_"
    rows = [[cell for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)]
    assert rows[0] == ["FunctionInfo", "1"]
    for row, cells, entry in zip(
        rows[1:], sheet.iter_rows(min_row=2, values_only=True), CATALOGUE.values(), strict=True
    ):
        arguments = zip(map(vba_name, (a.name for a in entry.arguments)), describe_arguments(entry), strict=True)
        assert row == [entry.name, describe(entry), *(cell for pair in arguments for cell in pair)]
        # The third cell is the help topic; names and texts of the arguments begin in the fourth.
        assert cells[2] is None


def test_the_command_writes_the_file_and_no_other_kind(tmp_path: Path, built: bytes) -> None:
    target = tmp_path / "dealmodel.xlam"
    done = CliRunner().invoke(cli, ["excel", "build", "-o", str(target)])
    assert (done.exit_code, done.output) == (0, f"wrote {target}\n")
    assert target.read_bytes() == built
    wrong = CliRunner().invoke(cli, ["excel", "build", "-o", str(tmp_path / "dealmodel.xla")])
    assert wrong.exit_code == 2
    assert "the output must be an .xlam file; got dealmodel.xla" in wrong.output
