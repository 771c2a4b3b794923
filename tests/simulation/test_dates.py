"""What-if over dates: they move by years, from day to day, and are read and shown as dates."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from dealmodel.cli import cli
from dealmodel.dates import day_and_time, serial, years_on
from dealmodel.simulation.whatif.book import write_swings
from dealmodel.simulation.whatif.solving import solve
from dealmodel.simulation.whatif.swings import sensitivity
from dealmodel.simulation.whatif.tables import grid, parse_axis
from dealmodel.workbook.model import Model
from tests.support.workbooks import one_sheet, saved

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl import Workbook

CLOSING = datetime(2018, 2, 9)  # noqa: DTZ001  cells have no time zone


def dated(*, date1904: bool = False) -> Workbook:
    names = {"closing": "S!$A$1", "rate": "S!$A$2", "interest": "S!$B$1", "quarter": "S!$B$2"}
    book = one_sheet({"A2": 0.05, "B1": "=A2*(A1-DATE(2017,1,1))/365", "B2": "=EOMONTH(A1,3)"}, names)
    if date1904:
        book.epoch = datetime(1904, 1, 1)  # noqa: DTZ001
    book["S"]["A1"] = CLOSING
    book["S"]["B2"].number_format = "yyyy-mm-dd"
    return book


@pytest.fixture(params=[False, True], ids=["1900", "1904"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    found = tmp_path / "dated.xlsx"
    found.write_bytes(saved(dated(date1904=request.param)))
    return found


def printed(*arguments: object) -> str:
    result = CliRunner().invoke(cli, [str(a) for a in arguments])
    assert result.exit_code in (0, 3), result.output
    return result.output


def test_a_date_without_a_range_moves_by_a_year(path: Path) -> None:
    model = Model.open(path)
    swing = next(s for s in sensitivity(model, "interest").swings if s.name == "closing")
    assert (swing.range.low, swing.range.high, swing.range.source) == (swing.value - 365, swing.value + 365, "year")
    assert swing.at_high - swing.at_low == pytest.approx(0.1)
    told = printed("sensitivity", path, "--output", "interest")
    assert "2017-02-09  2019-02-09" in told
    assert "1 of 2 moves by a year, being a date or a year without a range in the workbook" in told


def test_swings_of_dates_are_dates_on_the_sheet(path: Path, tmp_path: Path) -> None:
    model = Model.open(path)
    write_swings(sensitivity(model, "quarter"), model, tmp_path / "swings.xlsx")
    texts = {value for row in load_workbook(tmp_path / "swings.xlsx")["Sensitivity"].values for value in row}
    assert {"2018-02-09", "2017-02-09", "2019-02-09"} <= texts


def test_statistics_of_a_date_are_dates_but_for_how_far_it_spreads(tmp_path: Path) -> None:
    path = tmp_path / "dated.xlsx"
    path.write_bytes(saved(dated()))
    early, late = (serial(datetime(2018, month, 9)) for month in (2, 8))  # noqa: DTZ001
    drawn = f"closing=DISCRETE({{{early:.0f},{late:.0f}}},{{0.5,0.5}})"
    told = printed("simulate", path, "--input", drawn, "--output", "quarter", "--trials", 1024)
    _, mean, error, sd, _, lowest, highest, *_ = next(x for x in told.splitlines() if x.startswith("quarter")).split()
    assert (mean, lowest, highest) == ("2018-08-30", "2018-05-31", "2018-11-30")
    assert float(sd) == pytest.approx(183 / 2, rel=1e-3)
    assert float(error) == pytest.approx(183 / 2 / 32, rel=1e-3)


def test_the_edges_of_a_table_of_dates_are_dates_in_a_file(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "table.csv"
    printed("sensitivity", path, "--output", "interest", "--grid", "closing=2018-01-31:2018-03-01:4", "-o", out)
    edges = [line.split(",")[0] for line in out.read_text(encoding="utf-8").splitlines()[1:]]
    assert edges == ["2018-01-31", "2018-02-10", "2018-02-19", "2018-03-01"]


def test_a_table_of_dates_goes_from_day_to_day(path: Path) -> None:
    told = printed("sensitivity", path, "--output", "quarter", "--grid", "closing=2018-01-31:2018-03-01:4")
    assert [line.split() for line in told.splitlines()[3:]] == [
        ["2018-01-31", "2018-04-30"],
        ["2018-02-10", "2018-05-31"],
        ["2018-02-19", "2018-05-31"],
        ["2018-03-01", "2018-06-30"],
    ]
    model = Model.open(path)
    axis = parse_axis("closing=2018-01-31:2018-03-01:4", date1904=model.book.settings.date1904)
    assert (np.diff(grid(model, "interest", axis).rows.values) % 1 == 0).all()


def test_every_day_is_tried_for_a_target(path: Path) -> None:
    asked = ("solve", path, "--output", "quarter", "--target", "2018-06-30", "--input", "closing")
    found = json.loads(printed(*asked, "--json"))
    since = serial(CLOSING, date1904=Model.open(path).book.settings.date1904)
    march = [since + days for days in range(20, 51)]
    assert [root["low"] for root in found["roots"]] == march
    assert found["proof"] == "whole"


def test_roots_and_the_interval_are_shown_as_dates(path: Path) -> None:
    told = printed("solve", path, "--output", "interest", "--target", "5%", "--input", "closing")
    assert told.startswith("interest = 0.05 for closing from 2008-02-09 to 2028-02-09: 1 root\n")
    assert "\n  closing = 2018-01-01\n" in told
    asked = ("solve", path, "--output", "quarter", "--target", "2018-06-29", "--input", "closing")
    told = printed(*asked, "--between", "2018-01-01", "2018-12-31")
    assert told.startswith("quarter = 2018-06-29 for closing from 2018-01-01 to 2018-12-31: no roots\n")
    assert "at 2018-03-01 the output jumps past the target" in told


def test_a_moment_within_a_day_is_no_whole_number() -> None:
    book = dated()
    book["S"]["A1"] = datetime(2018, 2, 9, 12)  # noqa: DTZ001
    model = Model.from_bytes(saved(book), "dated.xlsx")
    assert [r.low for r in solve(model, "interest", 0.05, "closing").roots] == [pytest.approx(43101.0)]


def test_a_time_and_a_length_of_time_are_no_dates() -> None:
    book = dated()
    book["S"]["A1"], book["S"]["A1"].number_format = 0.5, "hh:mm"
    swings = sensitivity(Model.from_bytes(saved(book), "dated.xlsx"), "interest").swings
    assert next(s for s in swings if s.name == "closing").range.source == "share"


@pytest.mark.parametrize("year", [1903, 1904, 2018, 2019, 2020, 2023, 2024, 2099, 2100])
def test_a_year_on_is_the_same_day_of_the_next_year(year: int) -> None:
    for month, day in ((1, 1), (2, 28), (3, 1), (12, 31)):
        here, there = (serial(datetime(y, month, day)) for y in (year, year + 1))  # noqa: DTZ001
        assert (years_on(here, 1), years_on(there, -1)) == (there, here)


def test_a_year_on_from_the_29th_of_february_is_the_28th() -> None:
    leap = serial(datetime(2020, 2, 29))  # noqa: DTZ001
    assert [day_and_time(years_on(leap, n)) for n in (-1, 1, 4)] == ["2019-02-28", "2021-02-28", "2024-02-29"]
    assert years_on(1e9, 1) == 1e9 + 365.25
