"""The plainest question is answered without click, and all that differs from it as click answers it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from dealmodel.start import plain_regeneration

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="on Windows click reads every question")

ENTRIES = ("start", "cli")
"""Modules whose `main` begins: the one as installed, and the one that asks click whatever is asked."""


def answers(*words: object, cwd: Path, **environment: str) -> list[tuple[int, str, str]]:
    """Return exit code, output and errors of a command as each entry gives them."""
    found = []
    for entry in ENTRIES:
        command = [sys.executable, "-c", f"from dealmodel.{entry} import main; main()", *map(str, words)]
        done = subprocess.run(
            command,
            cwd=cwd,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        found.append((done.returncode, done.stdout, done.stderr))
    return found


def test_a_workbook_is_regenerated_alike_with_click_and_without(deal: Path) -> None:
    plain, with_click = answers("regenerate", deal.name, "-o", "out.xlsx", cwd=deal.parent)
    assert plain == with_click
    assert plain[0] == 0
    assert plain[1].splitlines()[-1].startswith("wrote out.xlsx")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["regenerate", "none.xlsx", "-o", "out.xlsx"], 1),
        (["regenerate", "text.xlsx", "-o", "out.xlsx"], 1),
        (["regenerate", "text.xlsx", "-o", "text.xlsm"], 2),
        (["regenerate", "text.xlsx", "-o", "folder/none/out.xlsx"], 1),
        (["regenerate", "text.xlsx", "-o", ""], 2),
        (["regenerate", "text.xlsx", "-o", "--check"], 2),
        (["regenerate", "text.xlsx", "--out", "out.xlsx"], 2),
        (["regenerated", "text.xlsx", "-o", "out.xlsx"], 2),
    ],
)
def test_what_is_wrong_is_told_alike_with_click_and_without(words: list[str], code: int, tmp_path: Path) -> None:
    (tmp_path / "text.xlsx").write_text("no workbook")
    plain, with_click = answers(*words, cwd=tmp_path)
    assert plain == with_click
    assert plain[0] == code
    assert [path.name for path in tmp_path.iterdir()] == ["text.xlsx"]


def test_only_the_plainest_question_goes_without_click(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book, out = str(tmp_path / "a.XLSX"), str(tmp_path / "b.xlsx")
    assert plain_regeneration(["regenerate", book, "-o", out]) == (book, out)
    assert plain_regeneration(["regenerate", book, "--output", out]) == (book, out)
    for words in (
        ["freeze", book, "-o", out],
        ["regenerate", "-o", out, book],
        ["regenerate", book, f"-o{out}", "--strict"],
        ["regenerate", book, "-o", out, "--strict"],
        ["regenerate", book, "--set", out],
        ["regenerate", "--help", "-o", out],
        ["regenerate", book, "-o"],
    ):
        assert plain_regeneration(words) is None
    monkeypatch.setenv("_DEALMODEL_COMPLETE", "bash_complete")
    assert plain_regeneration(["regenerate", book, "-o", out]) is None


def test_a_file_that_cannot_be_read_is_left_to_click(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book, out = str(tmp_path / "a.xlsx"), str(tmp_path / "b.xlsx")
    (tmp_path / "b.xlsx").touch()
    monkeypatch.setattr(os, "access", lambda file, _: file != out)
    assert plain_regeneration(["regenerate", book, "-o", out]) is None
