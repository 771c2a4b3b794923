"""Whatever file the command line is given: a workbook of any kind is computed, anything else is one clear line."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from dealmodel.cli import cli
from dealmodel.errors import DealModelError
from tests.support.workbooks import parts_of, raw_book, zipped

if TYPE_CHECKING:
    from pathlib import Path

BOOK = raw_book('<row r="1"><c r="A1"><f>1+1</f><v>0</v></c></row>')
MAIN_TYPE = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
TYPES = {
    "xlsx": MAIN_TYPE,
    "xlsm": b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    "xltx": b"application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml",
    "xltm": b"application/vnd.ms-excel.template.macroEnabled.main+xml",
    "xlam": b"application/vnd.ms-excel.addin.macroEnabled.main+xml",
}


def regenerate(*words: object) -> tuple[int, str]:
    """Return the exit code, and the error that the command line would print or what it printed."""
    done = CliRunner().invoke(cli, ["regenerate", *map(str, words)])
    if isinstance(done.exception, DealModelError):
        return 1, str(done.exception)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("name", ["book", "a deal of our own", "Größe 取引 📈", "x" * 240, "-", "100%", "a'b\"c"])
def test_workbook_of_any_kind_and_name_is_computed(tmp_path: Path, kind: str, name: str) -> None:
    parts = parts_of(BOOK)
    types = "[Content_Types].xml"
    data = zipped({**parts, types: parts[types].replace(MAIN_TYPE, TYPES[kind]), "xl/vbaProject.bin": b"\0macro"})
    book, out = (tmp_path / f"{name}{end}.{kind}" for end in ("", " o"))
    book.write_bytes(data)
    code, said = regenerate(book, "-o", out)
    assert (code, "1 cell recalculated" in said) == (0, True)
    assert {n: p for n, p in parts_of(out.read_bytes()).items() if "sheet1" not in n} == {
        n: p for n, p in parts_of(data).items() if "sheet1" not in n
    }


def binary_book() -> bytes:
    parts = parts_of(BOOK)
    rels = parts["_rels/.rels"].replace(b"xl/workbook.xml", b"xl/workbook.bin")
    return zipped({**parts, "_rels/.rels": rels, "xl/workbook.bin": b"\x83\x01\0"})


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.xlsb", binary_book(), "is a binary workbook (.xlsb); save it as .xlsx"),
        ("a.xls", COMPOUND + b"\0" * 600, "is an old .xls file; save it as .xlsx"),
        ("renamed.xlsx", COMPOUND + b"\0" * 600, "is an old .xls file; save it as .xlsx"),
        (
            "locked.xlsx",
            COMPOUND + "EncryptedPackage".encode("utf-16-le"),
            "is encrypted; save it without a password",
        ),
        (
            "a.ods",
            zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}),
            "is an OpenDocument file; save it as .xlsx",
        ),
        ("a.csv", b"name,value\nprice,3\n", "is not an Excel workbook (.xlsx, .xlsm)"),
        ("a.xlsx", b"<html><table/></html>", "is not an Excel workbook (.xlsx, .xlsm)"),
        ("a.xlsx", b'<?xml version="1.0"?><Workbook/>', "is not an Excel workbook (.xlsx, .xlsm)"),
        ("a.docx", zipped({"_rels/.rels": b"<Relationships/>"}), "is not an Excel workbook (.xlsx, .xlsm)"),
        ("a.zip", zipped({"a.txt": b"1"}), "is a ZIP file but not an Excel workbook (.xlsx, .xlsm)"),
        ("a.xlsx", b"", "is empty; a workbook was expected"),
        ("a.xlsx", BOOK[:-40], "is truncated or damaged; restore it from a copy"),
    ],
)
def test_anything_else_is_one_line_that_says_what_it_is(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert regenerate(path, "--in-place") == (1, f"{name} {words}")
    assert path.read_bytes() == data
    assert [found.name for found in tmp_path.iterdir()] == [name]


@pytest.mark.skipif(sys.platform == "win32", reason="the system has no such files")
def test_paths_that_lead_to_no_file_are_one_line(tmp_path: Path) -> None:
    fifo, loop = tmp_path / "fifo.xlsx", tmp_path / "loop.xlsx"
    os.mkfifo(fifo)
    loop.symlink_to(loop)
    for path, words in (
        (fifo, "is not a file; a workbook was expected"),
        ("/dev/null", "is not a file; a workbook was expected"),
        (tmp_path, "is a folder; a workbook was expected"),
        (loop, "cannot be read: Too many levels of symbolic links"),
        (tmp_path / ("x" * 300), "cannot be read: File name too long"),
        (tmp_path / "none" / "a.xlsx", "there is no file"),
    ):
        code, said = regenerate(path)
        assert (code, words in said, len(said.splitlines())) == (1, True, 1), said


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_file_that_may_not_be_read_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "secret.xlsx"
    path.write_bytes(BOOK)
    path.chmod(0)
    assert regenerate(path) == (1, f"{path} cannot be read: Permission denied")
