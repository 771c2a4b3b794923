"""What commands write is whole, whoever else writes or kills them; a place that cannot be written is told before."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from dealmodel.cli import cli
from dealmodel.errors import WorkbookError
from dealmodel.workbook.computing.calculation import Calculation
from dealmodel.workbook.model import Model
from tests.support.workbooks import deal_book, saved

if TYPE_CHECKING:
    from pathlib import Path

RESULTS = {
    "simulate": ("--trials", 64, "--output", "shortfall", "--input", "Inputs!D5=UNIFORM(1,2)", "-o"),
    "trials": ("--trials", 64, "--output", "shortfall", "--input", "Inputs!D5=UNIFORM(1,2)", "--trials-out"),
    "stress": ("--output", "shortfall", "--input", "Inputs!D5=UNIFORM(1,2)", "-o"),
    "solve": ("--output", "shortfall", "--target", "7", "--input", "price", "-o"),
    "sensitivity": ("--output", "shortfall", "-o"),
    "table": ("--output", "shortfall", "--grid", "price=1,2", "-o"),
}
COMMANDS = {"trials": "simulate", "table": "sensitivity"}


@pytest.fixture
def deal(tmp_path: Path) -> Path:
    path = tmp_path / "deal.xlsx"
    path.write_bytes(Model.from_bytes(saved(deal_book()), "deal.xlsx").to_bytes())
    return path


def regeneration(book: Path, *options: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "dealmodel", "regenerate", str(book), *map(str, options)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_commands_write_the_same_output_whole(deal: Path, tmp_path: Path) -> None:
    before, out = deal.read_bytes(), tmp_path / "out.xlsx"
    running = [regeneration(deal, "--set", f"Inputs!D5={price}", "-o", out) for price in (100, 200)]
    assert [process.communicate(timeout=60)[1] for process in running] == ["", ""]
    assert Model.open(out)["price"] in (100, 200)
    assert deal.read_bytes() == before
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".tmp"]


def test_command_killed_at_any_moment_leaves_a_whole_workbook(deal: Path) -> None:
    written = {deal.read_bytes()}
    for price in (1, 2):
        model = Model.open(deal)
        model["Inputs!D5"] = price
        written.add(model.to_bytes())
    for number, pause in enumerate((0.05, 0.2, 0.3, 0.4, 0.5, 0.7)):
        with regeneration(deal, "--set", f"Inputs!D5={number % 2 + 1}", "--in-place") as process:
            time.sleep(pause)
            process.kill()
        time.sleep(0.05)
        assert deal.read_bytes() in written
    with regeneration(deal, "--set", "Inputs!D5=1", "--in-place") as process:
        assert process.wait(60) == 0


def test_input_under_another_name_is_written_whole(deal: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.xlsx"
    link.symlink_to(deal)
    with regeneration(deal, "--set", "Inputs!D5=7", "-o", link) as process:
        assert process.wait(60) == 0
    assert link.is_symlink()
    assert Model.open(deal)["price"] == 7


def test_file_that_another_program_changed_meanwhile_is_not_overwritten(deal: Path) -> None:
    model = Model.open(deal)
    model["Inputs!D5"] = 7
    other = Model.open(deal)
    other["Inputs!D5"] = 8
    other.save()
    with pytest.raises(WorkbookError, match="was changed by another program since it was read; run it again"):
        model.save()
    assert Model.open(deal)["price"] == 8
    other["Inputs!D5"] = 7
    other.save()
    model.save()
    other["Inputs!D5"] = 9
    other.save()
    assert Model.open(deal)["price"] == 9


@pytest.mark.parametrize("what", RESULTS)
def test_place_where_no_results_can_be_written_is_refused_before_the_work(
    what: str, deal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def worked(*_: object) -> None:
        raise AssertionError("the work was begun")

    monkeypatch.setattr(Calculation, "values", worked)
    command = COMMANDS.get(what, what)
    suffix = ".csv" if what in COMMANDS else ".xlsx"
    (tmp_path / f"folder{suffix}").mkdir()
    before = sorted(tmp_path.iterdir())
    for name, words in ((f"folder{suffix}", "is not a file"), (f"none/x{suffix}", "cannot be written: No such file")):
        options = [command, str(deal), *map(str, RESULTS[what]), str(tmp_path / name)]
        result = CliRunner().invoke(cli, options)
        told = str(result.exception)
        assert words in told, (result.output, result.exc_info)
    assert sorted(tmp_path.iterdir()) == before
