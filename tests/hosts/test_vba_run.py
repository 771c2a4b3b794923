"""The VBA as it runs: LibreOffice executes the wrappers, with a stand-in for xlwings and for Python."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dealmodel.catalogue import CATALOGUE
from dealmodel.hosts import addin
from dealmodel.hosts.vba import wrappers
from dealmodel.hosts.vba.project import Kind, Module

pytestmark = pytest.mark.libreoffice

SUPPORT = Path(__file__).parents[1] / "support"
MODES = ["", "error", "text", "raises", "dies once", "row", "grid"]
OTHERS = ["ShowRange", "ShowError", "ShowObject", "ShowList", "ShowNothing"]
UDF = wrappers.UDF_MODULE
VERSION = f"{UDF}.DM_VERSION() "
CALL = f"{UDF}.DM_SHORTFALL(Integer 294; Integer 892; ) "


def python_with_uno() -> str | None:
    """Return a Python that LibreOffice's own modules work in."""
    for name in ("/usr/bin/python3", "/usr/lib/libreoffice/program/python", "python3"):
        path = shutil.which(name)
        if path and subprocess.run([path, "-c", "import uno"], capture_output=True, check=False).returncode == 0:
            return path
    return None


def execute(book: bytes, folder: Path, calls: list[list[Any]]) -> dict[str, Any]:
    """Call procedures of a workbook's VBA project in LibreOffice."""
    python = python_with_uno()
    if python is None or shutil.which("soffice") is None:
        pytest.skip("there is no LibreOffice with UNO for Python")
    path = folder / "book.xlam"
    path.write_bytes(book)
    task = {
        "book": str(path),
        "profile": str(folder / "profile"),
        "project": addin.PROJECT_NAME,
        "calls": calls,
    }
    done = subprocess.run(
        [python, str(SUPPORT / "basic_driver.py")],
        input=json.dumps(task),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "TEMP": f"{folder}/log"},
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def read(name: str) -> str:
    return "\r\n".join((SUPPORT / name).read_text("ascii").splitlines()) + "\r\n"


def disguised() -> bytes:
    """Return the add-in with the stand-ins; the two properties that LibreOffice's ranges lack are replaced."""
    ours = [
        Module(m.name, m.source.replace(".CountLarge", ".Count").replace(".Value2", ".Value"), m.kind)
        for m in wrappers.modules()
        if m.name != "xlwings"
    ]
    documents = [
        wrappers.document_module("ThisWorkbook", base=addin.WORKBOOK_CLASS),
        wrappers.document_module("Sheet1"),
    ]
    stand_ins = [Module("xlwings", read("FakeXlwings.bas")), Module("FakePython", read("FakePython.cls"), Kind.CLASS)]
    return addin.package(addin.make_project([*documents, *ours, *stand_ins]))


class Session:
    """What the calls gave, by what they were for."""

    def __init__(self, folder: Path) -> None:
        self._calls: list[list[Any]] = []
        self._names: list[str] = []
        for mode in MODES:
            self._ask(mode, mode, "ShowScalar")
        for procedure in OTHERS:
            self._ask(procedure, "", procedure)
        for mode in ("missing", "older", "without", "newer", "dies"):
            self._reconnect()
            self._ask(mode, mode, "ShowScalar")
            self._add(f"{mode} again", "xlwings", "ShowScalar")
            self._add(f"{mode} starts", "xlwings", "FakeCount")
            self._add(f"{mode} state", "DealModel", "DmState")
        self._reconnect()
        self._ask("back", "", "ShowScalar")
        self._add("back state", "DealModel", "DmState")
        found = execute(disguised(), folder, self._calls)
        self.modules = found["modules"]
        self.results = dict(zip(self._names, found["results"], strict=True))
        self.log = "".join(path.read_text() for path in folder.glob("*dealmodel.log"))

    def _add(self, name: str, module: str, procedure: str, *arguments: object) -> None:
        self._names.append(name)
        self._calls.append([module, procedure, list(arguments)])

    def _reconnect(self) -> None:
        self._add("", "DealModel", "DmReconnect")

    def _ask(self, name: str, mode: str, procedure: str) -> None:
        self._add("", "xlwings", "FakeBehave", mode)
        self._add(name or "number", "xlwings", procedure)
        self._add(f"{name or 'number'} seen", "xlwings", "FakeSeen")

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401  what Basic gave
        return self.results[name]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    return Session(tmp_path_factory.mktemp("office"))


def test_libreoffice_lists_the_modules_of_the_addin(tmp_path: Path) -> None:
    found = execute(addin.build_addin(), tmp_path, [])
    ours = {"DealModel", "DealModelAddin", "DealModelFacts", "DealModelFunctions", "DealModelHelp"}
    assert set(found["modules"]) == ours | {"Sheet1", "ThisWorkbook", "xlwings"}
    functions = found["modules"]["DealModelFunctions"]
    assert all(f"Public Function {name}(" in functions for name in CATALOGUE)


def test_python_is_started_by_the_first_call_and_asked_for_its_version(session: Session) -> None:
    assert session["number"] == "Double 42.5"
    assert session["number seen"] == VERSION + CALL
    assert session["error seen"] == CALL


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("error", "error 2036"),
        ("text", "String #NUM! is what a text may begin with"),
        ("row", "Double 1; error 2042; String text; Boolean True; "),
        ("grid", "Double 1; error 2015; error 2007; error 2050; "),
    ],
)
def test_errors_come_back_as_errors_and_texts_as_texts(session: Session, mode: str, expected: str) -> None:
    assert session[mode] == expected


def test_a_function_that_fails_in_python_is_an_error_and_not_a_text(session: Session) -> None:
    assert session["raises"] == "error 2015"
    assert session["raises seen"] == CALL
    assert "DM_SHORTFALL failed in Python: error -2147352567, Unexpected Python Error" in session.log


def test_a_python_that_ended_is_started_anew(session: Session) -> None:
    assert session["dies once"] == "Double 42.5"
    assert session["dies once seen"] == CALL + VERSION + CALL


def test_ranges_go_over_as_their_values(session: Session) -> None:
    assert session["ShowRange"] == "Double 42.5"
    # Basic goes through an array column by column.
    assert session["ShowRange seen"] == f"{UDF}.DM_SHORTFALL(Double 5; Double 5; Empty ; String text; Empty ; ; ) "
    assert session["ShowList seen"].endswith("DM_WHY(String DM_SHORTFALL; Integer 1; Double 5; ) ")


def test_errors_go_over_as_errors(session: Session) -> None:
    assert session["ShowError seen"] == f"{UDF}.DM_SHORTFALL(error 2042; Integer 892; ) "
    assert session["ShowObject seen"] == f"{UDF}.DM_SHORTFALL(error 2015; Integer 892; ) "


def test_a_function_without_arguments_is_called_with_none(session: Session) -> None:
    assert session["ShowNothing"] == f"String {wrappers.VERSION}"


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("missing", "Python was not found, or its xlwings is not the version of this file (File not found"),
        ("older", "Python's xlwings is not the version of this file."),
        ("without", "Python started but has no dealmodel that works (No module named 'dealmodel')."),
        ("dies", "Python ended while it was asked: error 462"),
    ],
)
def test_without_python_a_cell_is_not_available_and_the_log_says_why(session: Session, mode: str, reason: str) -> None:
    assert session[mode] == session[f"{mode} again"] == "error 2042"
    assert reason in session[f"{mode} state"]
    assert "`dealmodel excel doctor` says what to mend" in session[f"{mode} state"]
    assert session.log.count(reason) == 1


def test_a_python_that_is_not_there_is_not_looked_for_again_at_once(session: Session) -> None:
    assert [session[f"{mode} starts"] for mode in ("missing", "older", "without")] == [1, 1, 1]


def test_another_version_of_python_s_dealmodel_is_said_and_used(session: Session) -> None:
    assert session["newer"] == "Double 42.5"
    assert f"the add-in is of version {wrappers.VERSION}, dealmodel in Python of 9.9.9" in session.log


def test_after_reconnecting_all_is_well(session: Session) -> None:
    assert session["back"] == "Double 42.5"
    assert "Python is connected." in session["back state"]
