"""What the README says to type does what it says."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from dealmodel.cli import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FEWER = ["--trials", "1024", "--processes", "1"]
"""A run of all trials is for a user to wait for."""


@pytest.mark.slow
def test_every_command_of_the_readme_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "workbooks", tmp_path / "workbooks")
    monkeypatch.chdir(tmp_path)
    blocks = "".join(re.findall(r"```console\n(.*?)```", README, re.DOTALL))
    commands = [
        shlex.split(text, comments=True) for text in re.findall(r"(?:^\$|&&) dealmodel (.*)$", blocks, re.MULTILINE)
    ]
    assert len(commands) > 10
    for command in commands:
        fewer = FEWER if command[0] == "simulate" else []
        with pytest.raises(SystemExit) as left:
            main([*command, *fewer])
        assert left.value.code in (None, 0), (command, capsys.readouterr().err)
    assert {"zte.xlsx", "higher.xlsx", "mine.xlsx"} <= {path.name for path in tmp_path.iterdir()}


def test_every_file_that_the_readme_names_is_there() -> None:
    named = re.findall(r"`((?:dealmodel|docs|tests|workbooks)/[\w./]+)`|\]\(([\w./]+)\)", README)
    missing = [place for pair in named for place in pair if place and not (ROOT / place).exists()]
    assert len(named) > 5
    assert missing == []
