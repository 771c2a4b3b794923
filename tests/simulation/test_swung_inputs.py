"""Which inputs move one at a time: distributions within formulas too, and what stands behind a nameless output."""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pytest
from click.testing import CliRunner
from scipy import stats

from dealmodel.cli import cli
from dealmodel.errors import InputRefusedError
from dealmodel.simulation.whatif.behind import MOST
from dealmodel.simulation.whatif.book import write_swings, write_table
from dealmodel.simulation.whatif.solving import solve
from dealmodel.simulation.whatif.stress import stress
from dealmodel.simulation.whatif.swings import sensitivity
from dealmodel.simulation.whatif.tables import axes, grid
from tests.support.books import book
from tests.support.workbooks import one_sheet, saved

if TYPE_CHECKING:
    from pathlib import Path

DECILE = stats.norm.ppf(0.9)


def test_a_distribution_within_a_formula_moves_between_its_deciles() -> None:
    model = book({"A1": 50.0, "A2": "=A1*(1+DM_NORMAL(0.2,0.1))", "A3": "=A2-10"}, {"base": "A1", "out": "A3"})
    found = sensitivity(model, "out")
    noise, base = found.swings
    assert (noise.name, noise.value, noise.range.source, noise.cell) == ("S!A2", 0.2, "distribution", None)
    assert (noise.range.low, noise.range.high) == pytest.approx((0.2 - 0.1 * DECILE, 0.2 + 0.1 * DECILE), rel=1e-9)
    assert (noise.at_low, noise.at_high) == pytest.approx((50 - 5 * DECILE, 50 + 5 * DECILE), rel=1e-9)
    assert (base.name, base.at_low, base.at_high) == ("base", 44.0, 56.0)


def test_each_of_two_distributions_in_a_formula_moves_while_the_other_is_its_mean() -> None:
    model = book({"A1": "=ROUND(DM_UNIFORM(0,10),0)+DM_UNIFORM(0,4)", "A2": "=A1"}, {"drawn": "A1", "out": "A2"})
    found = sensitivity(model, "out")
    assert [(s.name, s.value) for s in found.swings] == [("drawn", 5.0), ("drawn#2", 2.0)]
    ends = [end for s in found.swings for end in (s.at_low, s.at_high)]
    assert ends == pytest.approx([3.0, 11.0, 5.4, 8.6])
    alone = sensitivity(book({"A1": "=2+DM_UNIFORM(0,5)", "A2": 3.0}), "S!A1", names=["S!A2"])
    assert (alone.swings, alone.without) == ((), ("S!A2",))


def test_in_a_book_without_names_the_numbers_behind_an_output_move() -> None:
    cells = {"A1": 100.0, "A2": 0.05, "A3": 7.0, "A4": "text", "B1": 1.0, "C1": 2.0, "D1": 3.0}
    cells |= {f"{column}2": f"=$A$1*(1+$A$2)^{column}1" for column in "BCD"} | {"B3": "=SUM(B2:D2)", "B4": "=A3"}
    found = sensitivity(book(cells), "S!B3")
    assert [s.name for s in found.swings] == ["S!A1", "S!A2"]
    first = found.swings[0]
    assert (first.at_low, first.at_high) == pytest.approx((0.9 * found.value, 1.1 * found.value))


def test_data_are_not_taken_for_inputs() -> None:
    cells = {f"A{row}": row * 1.5 for row in range(1, MOST + 3)} | {"B1": "=SUM(A:A)"}
    with pytest.raises(InputRefusedError, match=f"S!B1 is computed from more than {MOST} numbers; say which to move"):
        sensitivity(book(cells), "S!B1")
    with pytest.raises(InputRefusedError, match="S!B1 is computed from no number that could be moved"):
        sensitivity(book({"A1": "a", "B1": "=LEN(A1)"}), "S!B1")


def test_the_command_prints_distributions_within_formulas_with_their_deciles(tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    path.write_bytes(saved(one_sheet({"A1": "=2*DM_UNIFORM(0,1)", "A2": "=A1+1"})))
    target = path.with_name("swings.xlsx")
    done = CliRunner().invoke(cli, ["sensitivity", str(path), "--output", "S!A2", "-o", str(target)])
    assert done.exit_code == 0, done.output
    assert re.search(r"S!A1 +0\.1 +0\.9 +1\.2 +2\.8 +1\.6 .*deciles", done.output)
    assert target.exists()


def test_a_workbook_of_results_holds_what_was_asked_and_tells_cells_by_their_labels(tmp_path: Path) -> None:
    model = book({"A1": "Interest", "B1": 0.05, "A2": "Debt", "B2": 40.0, "B3": "=B1*B2"})
    swings, table = tmp_path / "swings.xlsx", tmp_path / "table.xlsx"
    write_swings(sensitivity(model, "S!B3"), model, swings)
    write_table(grid(model, "S!B3", *axes({"S!B1": [0.04, 0.05], "S!B2": [30, 40]})), model, table)
    moved, together = (openpyxl.load_workbook(path).worksheets[0] for path in (swings, table))
    rows = {row[0]: row for row in moved.iter_rows(values_only=True)}
    assert [rows[name][1] for name in ("Input", "S!B1", "S!B2")] == ["Unit, or label", "Interest", "Debt"]
    assert "Two inputs moved together" not in rows
    rows = {row[0]: row for row in together.iter_rows(values_only=True)}
    assert rows[0.05][1:3] == (1.5, 2.0)
    assert rows["State"][1] == "Results of book.xlsx; they do not follow that workbook"
    assert "Input" not in rows
    parts = [set(zipfile.ZipFile(path).namelist()) for path in (swings, table)]
    assert ["xl/charts/chart1.xml" in names for names in parts] == [True, False]


def test_the_first_year_of_a_plan_moves_by_a_year() -> None:
    cells = {"A1": 2018.0, "B1": "=A1+1", "C1": "=$B$1+1", "A2": 2018.0, "A3": "=A1*10+A2+C1*0"}
    found = {s.name: s.range for s in sensitivity(book(cells), "S!A3").swings}
    assert (found["S!A1"].low, found["S!A1"].high, found["S!A1"].source) == (2017.0, 2019.0, "year")
    assert found["S!A2"].source == "share"


def test_an_output_that_is_a_text_is_not_stressed() -> None:
    model = book({"A1": "=DM_UNIFORM(0,1)", "B1": '=IF(A1>0.1,"yes","no")'})
    with pytest.raises(InputRefusedError, match="S!B1 is no number; it holds the text 'yes'"):
        stress(model, "S!B1")


def test_the_command_tells_which_inputs_have_no_effect_under_stress(tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    path.write_bytes(saved(one_sheet({"A1": "=DM_UNIFORM(0,1)", "A2": "=DM_UNIFORM(0,1)", "B1": "=A1+(A2-A2)/3"})))
    done = CliRunner().invoke(cli, ["stress", str(path), "--output", "S!B1"])
    assert done.exit_code == 0, done.output
    assert re.search(r"^S!A1 +low", done.output, re.MULTILINE)
    assert "without effect: S!A2\n" in done.output
    assert not re.search(r"^S!A2 ", done.output, re.MULTILINE)


def test_what_rounding_alone_moves_is_no_turn() -> None:
    # A fifth of 150, however a preferred return and a full catch-up divide it, until the return takes more than 120.
    cells = {"A1": 0.08, "B1": "=MIN(150,100*((1+A1)^4.5-1))", "B2": "=MIN(MAX(150-B1,0),B1*0.25)"}
    cells |= {"B3": "=150-B1-B2", "B4": "=B2+0.2*B3"}
    found = solve(book(cells), "S!B4", 20.0, "S!A1", between=(0.0, 0.25))
    assert found.reason.startswith("The output falls throughout, from 30 to ")
    level = solve(book(cells), "S!B4", 20.0, "S!A1", between=(0.0, 0.15))
    assert level.reason.startswith("The output does not move but for rounding: it is 30 throughout")
