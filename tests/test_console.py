"""What a real process prints on consoles and pipes of all kinds, and how it leaves."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from dealmodel import cli as command_line
from dealmodel.console import run
from tests.support.workbooks import one_sheet, saved

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = [sys.executable, "-m", "dealmodel"]


def subprocess_of(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:  # noqa: ANN401
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **options)


def test_exit_codes_of_a_real_process(deal: Path) -> None:
    codes = {
        0: ["regenerate", deal, "--check"],
        1: ["regenerate", deal, "--set", "prise=1"],
        2: ["regenerate", deal, "--check", "--in-place"],
        3: ["regenerate", deal, "--check", "--set", "price=1"],
    }
    for code, arguments in codes.items():
        done = subprocess_of(*arguments)
        assert done.returncode == code
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("environment", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}])
def test_console_without_unicode_shows_every_value(tmp_path: Path, environment: dict[str, str]) -> None:
    path = tmp_path / "Übersicht.xlsx"
    path.write_bytes(saved(one_sheet({"A1": '="名前"', "B1": 7}, {"größe": "S!$A$1", "wert": "S!$B$1"})))
    options = {"env": {**os.environ, **environment}}
    for arguments in (["show", path], ["regenerate", path], ["regenerate", path, "--set", "größ=1"]):
        done = subprocess_of(*arguments, **options)
        assert "Traceback" not in done.stderr
        assert done.returncode in (0, 1)
    shown = json.loads(subprocess_of("show", path, "--json", **options).stdout)
    assert [name["value"] for name in shown["names"]] == ["名前", 7.0]


def test_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file", encoding="utf-8")
    done = subprocess_of("excel", "lite", "--files", taken / "folder")
    assert (done.returncode, done.stderr) == (1, f"dealmodel: {taken / 'folder'} cannot be used: Not a directory\n")


def test_output_into_a_pipe_is_whole_whatever_the_width(deal: Path) -> None:
    done = subprocess_of("show", deal, env={**os.environ, "COLUMNS": "20", "NO_COLOR": "1"})
    assert "…" not in done.stdout
    assert "\x1b" not in done.stdout
    assert re.search(r"^price +294\.00 +USD m +price +filing$", done.stdout, re.MULTILINE)


def test_closed_pipe_ends_the_output_quietly(deal: Path) -> None:
    reader = subprocess.Popen([*COMMAND, "functions"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert reader.stdout is not None
    assert reader.stderr is not None
    reader.stdout.close()
    errors = reader.stderr.read()
    reader.wait(60)
    reader.stderr.close()
    assert b"Traceback" not in errors
    assert b"Exception ignored" not in errors
    out = deal.with_name("out.xlsx")
    with subprocess.Popen([*COMMAND, "regenerate", deal, "-o", out], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.close()
    assert out.exists(), "the workbook is written all the same"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no device that is always full")  # noqa: PTH110
def test_full_disk_under_the_output_is_one_line() -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run([*COMMAND, "functions"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "dealmodel: the output cannot be written: No space left on device\n")


def test_closed_output_is_no_crash(deal: Path) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f'"{sys.executable}" -m dealmodel show "{deal}" >&-'],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr


def test_too_little_memory_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def exhausted(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(command_line.cli, "main", exhausted)
    with pytest.raises(SystemExit) as left:
        run(lambda: command_line.cli.main([]))
    assert left.value.code == 1
    assert capsys.readouterr().err == "dealmodel: the workbook is too large for this machine\n"
