"""The add-in's way into Excel for Windows, with a registry, folders and programs that stand in for it."""

from __future__ import annotations

import struct
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from dealmodel.cli import cli, main
from dealmodel.hosts import addin
from dealmodel.hosts.vba.wrappers import VERSION
from dealmodel.hosts.windows import doctor, installation
from dealmodel.hosts.windows.machine import OFFICE, ExcelError, Machine, bits
from tests.hosts.windows_machine import APP_PATH, EXCEL_KEY, GOOD, Windows, program
from tests.support.winreg_stub import MACHINE, FakeRegistry

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Windows:
    found = Windows(tmp_path, FakeRegistry(), answers=[GOOD, {"running": False}])
    monkeypatch.setitem(sys.modules, "winreg", found.registry)
    for variable, folder in {"APPDATA": "AppData", "USERPROFILE": "", "SystemRoot": "Windows"}.items():
        monkeypatch.setenv(variable, str(tmp_path / folder))
    monkeypatch.setattr(subprocess, "run", found.run)
    found.python.parent.mkdir(parents=True)
    for file in (found.python, found.python.with_name("pythonw.exe"), found.dll):
        file.write_bytes(b"MZ")
    excel = tmp_path / "EXCEL.EXE"
    excel.write_bytes(program(0x8664))
    found.registry.put(APP_PATH, root=MACHINE, **{"": f'"{excel}"'})
    found.registry.put(EXCEL_KEY)
    return found


# -- install -------------------------------------------------------------------------------------------------


def test_installing_writes_the_addin_the_configuration_and_the_registry(windows: Windows) -> None:
    lines = windows.install()
    assert windows.addin.read_bytes() == addin.build_addin()
    assert windows.config.read_text().splitlines() == [
        f'"INTERPRETER_WIN","{windows.python.with_name("pythonw.exe")}"',
        '"UDF MODULES","dealmodel.udfs"',
        '"ADD_WORKBOOK_TO_PYTHONPATH","false"',
        '"SHOW CONSOLE","False"',
    ]
    assert windows.opened == {"OPEN": f'"{windows.addin}"'}
    assert [line.split()[0] for line in lines] == ["wrote", "wrote", "registered"]
    assert windows.broken() == []


def test_installing_again_changes_nothing(windows: Windows) -> None:
    windows.install()
    windows.install()
    assert windows.opened == {"OPEN": f'"{windows.addin}"'}


def test_the_addin_stands_behind_the_others_and_in_its_own_place(windows: Windows) -> None:
    others = {"OPEN": '"C:\\a.xlam"', "OPEN1": '/R "C:\\b.xll"', "OPENED": "1", "Font": "Arial"}
    windows.registry.put(rf"{EXCEL_KEY}\Options", **others)
    windows.install()
    assert windows.opened == {**others, "OPEN2": f'"{windows.addin}"'}
    windows.opened["OPEN1"], windows.opened["OPEN2"] = '"D:\\old\\DealModel.xlam"', '"C:\\c.xlam"'
    windows.install()
    assert windows.opened == {**others, "OPEN1": f'"{windows.addin}"', "OPEN2": '"C:\\c.xlam"'}


def test_every_excel_that_the_user_has_started_gets_it(windows: Windows) -> None:
    windows.registry.put(rf"{OFFICE}\15.0\Excel")
    windows.registry.put(rf"{OFFICE}\14.0\Word")
    windows.registry.put(rf"{OFFICE}\Common")
    assert sorted(Machine().versions) == ["15.0", "16.0"]
    assert len(windows.install()) == 4


def test_an_excel_that_was_never_started_is_taken_for_a_new_one(windows: Windows) -> None:
    windows.registry.keys.clear()
    assert Machine().versions == ["16.0"]
    windows.install()
    assert windows.opened == {"OPEN": f'"{windows.addin}"'}


def test_without_a_windowless_python_the_other_is_taken(windows: Windows) -> None:
    windows.python.with_name("pythonw.exe").unlink()
    windows.install()
    assert f'"INTERPRETER_WIN","{windows.python}"' in windows.config.read_text()


@pytest.mark.parametrize("action", ["install", "uninstall"])
def test_a_running_excel_is_not_worked_on(windows: Windows, action: str) -> None:
    windows.running = True
    with pytest.raises(ExcelError, match="Excel is running and would undo the change at its end; close every workbook"):
        list(getattr(installation, action)(Machine()))
    assert not windows.addin.exists()


def test_a_python_that_is_not_there_is_refused_before_anything_is_written(windows: Windows) -> None:
    with pytest.raises(ExcelError, match="there is no Python at"):
        list(installation.install(Machine(), windows.folder / "nothing" / "python.exe"))
    assert not windows.addin.exists()


def test_a_path_that_vba_cannot_read_is_refused(windows: Windows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("locale.getencoding", lambda: "cp1252")
    odd = windows.folder / "среда" / "python.exe"
    odd.parent.mkdir()
    odd.write_bytes(b"")
    with pytest.raises(ExcelError, match="has characters that Excel's VBA cannot read; make the environment in"):
        list(installation.install(Machine(), odd))


def test_a_windows_that_does_not_say_where_its_folders_are_is_refused(
    windows: Windows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("APPDATA")
    with pytest.raises(ExcelError, match="does not say where its folder APPDATA is"):
        windows.install()


# -- uninstall -----------------------------------------------------------------------------------------------


def test_uninstalling_takes_everything_back_and_closes_the_gap(windows: Windows) -> None:
    windows.registry.put(rf"{EXCEL_KEY}\Options", OPEN='"C:\\a.xlam"')
    windows.install()
    windows.opened["OPEN2"] = '"C:\\c.xlam"'
    windows.registry.put(rf"{EXCEL_KEY}\Add-in Manager", **{r"D:\old\dealmodel.xlam": "", r"C:\z.xlam": ""})
    lines = list(installation.uninstall(Machine()))
    assert windows.opened == {"OPEN": '"C:\\a.xlam"', "OPEN1": '"C:\\c.xlam"'}
    manager = windows.registry.keys[windows.registry.HKEY_CURRENT_USER, rf"{EXCEL_KEY}\add-in manager".casefold()]
    assert manager == {r"C:\z.xlam": ""}
    assert not windows.addin.exists()
    assert not windows.config.parent.exists()
    assert [line.split()[0] for line in lines] == ["took", "deleted", "deleted"]


def test_uninstalling_leaves_what_others_put_beside_the_configuration(windows: Windows) -> None:
    windows.install()
    (windows.config.parent / "notes.txt").write_text("mine")
    list(installation.uninstall(Machine()))
    assert [path.name for path in windows.config.parent.iterdir()] == ["notes.txt"]


def test_uninstalling_what_is_not_there_does_nothing(windows: Windows) -> None:
    del windows
    assert list(installation.uninstall(Machine())) == []


# -- doctor --------------------------------------------------------------------------------------------------


def test_a_whole_chain_is_well_from_excel_to_the_answer(windows: Windows) -> None:
    windows.install()
    texts = [finding.text for finding in windows.examine()]
    assert all(finding.well for finding in windows.examine())
    assert "EXCEL.EXE, 64 bits" in texts[0]
    assert f"it has dealmodel {VERSION}" in texts
    assert f"{windows.dll} has the version of xlwings and the bitness of Excel" in texts
    assert texts[-2:] == [
        "DM_SHORTFALL(294, 892) gives 598.0 in Python",
        "Excel does not run; while it does, this tries a function in it, too",
    ]


def test_on_a_clean_machine_each_missing_link_has_its_remedy(windows: Windows) -> None:
    findings = [f for f in windows.examine() if not f.well]
    assert len(findings) == 3
    assert all(f.remedy == "run `dealmodel excel install`" for f in findings)


def break_excel(windows: Windows) -> None:
    windows.registry.put(APP_PATH, root=MACHINE, **{"": r"C:\gone\EXCEL.EXE"})


def break_file(windows: Windows) -> None:
    windows.addin.write_bytes(b"another version")


def break_registration(windows: Windows) -> None:
    windows.opened.clear()


def move_registration(windows: Windows) -> None:
    windows.opened["OPEN"] = '"D:\\old\\dealmodel.xlam"'


def break_python(windows: Windows) -> None:
    windows.python.with_name("pythonw.exe").unlink()


def break_dll(windows: Windows) -> None:
    windows.dll.rename(windows.dll.with_name("xlwings64-0.1.0.dll"))


def switch_addins_off(windows: Windows) -> None:
    windows.registry.put(rf"{EXCEL_KEY}\Security", DisableAllAddins=1)


def require_signatures(windows: Windows) -> None:
    windows.registry.put(
        rf"{OFFICE.replace('Software', 'Software' + chr(92) + 'Policies')}\16.0\Excel\Security", RequireAddinSig=1
    )


def disable_after_crash(windows: Windows) -> None:
    path = str(windows.addin).upper().encode("utf-16-le")
    windows.registry.put(rf"{EXCEL_KEY}\Resiliency\DisabledItems", A=b"\1\0" + path, B="text")


@pytest.mark.parametrize(
    ("damage", "text"),
    [
        (break_excel, "Windows knows no Excel"),
        (break_file, f"is not that of dealmodel {VERSION} and xlwings"),
        (break_registration, "Excel 16.0 does not load the add-in when it starts"),
        (move_registration, r'Excel 16.0 loads another file, "D:\old\dealmodel.xlam"'),
        (break_python, "pythonw.exe is gone"),
        (break_dll, f"there is no xlwings64-{doctor.XLWINGS_VERSION}.dll beside"),
        (switch_addins_off, "Excel 16.0 switches all add-ins off: DisableAllAddins"),
        (require_signatures, "Excel 16.0 takes only signed add-ins: RequireAddinSig"),
        (disable_after_crash, "Excel 16.0 disabled the add-in after a crash"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_broken_link_is_found_alone_and_with_a_remedy(windows: Windows, damage: Any, text: str) -> None:  # noqa: ANN401
    windows.install()
    damage(windows)
    (finding,) = [f for f in windows.examine() if not f.well]
    assert text in finding.text
    assert finding.remedy


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("ModuleNotFoundError: No module named 'dealmodel'", "does not answer: ModuleNotFoundError: No module named"),
        (b"hello", "it printed 'hello'"),
        (OSError("cannot start"), "cannot start"),
        (subprocess.TimeoutExpired("python", 120), "timed out after 120 seconds"),
        ({**GOOD, "dealmodel": "0.0.1"}, f"it has dealmodel 0.0.1, the add-in is made for {VERSION}"),
        ({**GOOD, "xlwings": "0.0.1"}, "it has xlwings 0.0.1, the add-in is made for"),
        ({**GOOD, "answer": "#VALUE!"}, "DM_SHORTFALL(294, 892) gives #VALUE! in Python"),
    ],
)
def test_a_python_that_does_not_fit_is_found(windows: Windows, answer: object, text: str) -> None:
    windows.install()
    windows.answers = [answer, {"running": False}]
    (found,) = windows.broken()
    assert text in found


def test_a_script_that_ends_without_a_word_is_told_by_its_code(windows: Windows) -> None:
    windows.install()
    windows.answers = ["", {"running": False}]
    (found,) = windows.broken()
    assert "Traceback ..." in found or "exit code 1" in found


@pytest.mark.parametrize(
    ("answer", "well", "text"),
    [
        ({"running": True, "loaded": "C:\\x", "answer": 598.0}, True, "gives 598.0 in Excel, from C:\\x"),
        ({"running": True, "loaded": "C:\\x", "answer": -2146826246}, False, "fails in Excel: -2146826246"),
        ({"running": True, "loaded": "C:\\x", "error": "denied"}, False, "fails in Excel: denied"),
        ({"running": True, "error": "no such book"}, False, "has not loaded the add-in"),
        ("ImportError: pywintypes", False, "Excel cannot be asked: ImportError: pywintypes"),
    ],
)
def test_an_excel_that_runs_is_asked_for_an_answer(windows: Windows, answer: object, well: bool, text: str) -> None:
    windows.install()
    windows.answers = [GOOD, answer]
    last = windows.examine()[-1]
    assert (last.well, text in last.text) == (well, True)


def test_the_scripts_that_the_doctor_runs_are_python() -> None:
    for code in (doctor._ASK, doctor._LOOK):  # noqa: SLF001
        compile(code, "script", "exec")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (program(0x014C), 32),
        (program(0x8664), 64),
        (program(0xAA64), 64),
        (program(0x01C0), None),
        (b"#!/bin/sh\n", None),
        (b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 10**6), None),
        (b"", None),
    ],
)
def test_a_program_s_header_tells_its_bitness(tmp_path: Path, content: bytes, expected: int | None) -> None:
    path = tmp_path / "EXCEL.EXE"
    path.write_bytes(content)
    assert bits(path) == expected


def test_an_excel_of_32_bits_needs_its_own_dll(windows: Windows) -> None:
    (windows.folder / "EXCEL.EXE").write_bytes(program(0x014C))
    windows.install()
    (found,) = windows.broken()
    assert found.startswith(f"there is no xlwings32-{doctor.XLWINGS_VERSION}.dll")


# -- the command line ----------------------------------------------------------------------------------------


@pytest.fixture
def disguised(windows: Windows, monkeypatch: pytest.MonkeyPatch) -> Windows:
    monkeypatch.setattr(sys, "platform", "win32")
    return windows


def test_the_commands_install_examine_and_uninstall(disguised: Windows) -> None:
    run = CliRunner().invoke
    done = run(cli, ["excel", "install", "--python", str(disguised.python)])
    assert done.exit_code == 0, done.output
    assert "=DM_SHORTFALL(294, 892) gives 598" in done.output
    done = run(cli, ["excel", "doctor"])
    assert done.exit_code == 0, done.output
    assert all(line.startswith("ok") for line in done.output.splitlines())
    done = run(cli, ["excel", "uninstall"])
    assert done.exit_code == 0
    assert "took the add-in out of Excel 16.0" in done.output
    assert "nothing to take out" in run(cli, ["excel", "uninstall"]).output
    done = run(cli, ["excel", "doctor"])
    assert done.exit_code == 1
    assert "  -> run `dealmodel excel install`" in done.output


def test_a_refusal_is_one_line_and_exit_code_1(disguised: Windows, capsys: pytest.CaptureFixture[str]) -> None:
    disguised.running = True
    with pytest.raises(SystemExit) as stopped:
        main(["excel", "install", "--python", str(disguised.python)])
    assert stopped.value.code == 1
    assert capsys.readouterr().err == (
        "dealmodel: Excel is running and would undo the change at its end; close every workbook first\n"
    )


@pytest.mark.parametrize("platform", ["linux", "darwin"])
@pytest.mark.parametrize("command", ["install", "uninstall", "doctor"])
def test_elsewhere_two_lines_say_what_works_there(monkeypatch: pytest.MonkeyPatch, platform: str, command: str) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    done = CliRunner().invoke(cli, ["excel", command])
    assert done.exit_code == 1
    lines = done.output.splitlines()
    assert len(lines) == 2
    assert "dealmodel excel lite" in done.output
    assert "LibreOffice" in done.output
