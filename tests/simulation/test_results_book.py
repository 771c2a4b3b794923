"""Results are written into a workbook of their own, with native charts that a spreadsheet opens."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pytest

from dealmodel.errors import WorkbookError
from dealmodel.simulation.results_book import to_bytes
from dealmodel.simulation.simulate import Options, simulate
from tests.support.books import book

if TYPE_CHECKING:
    from pathlib import Path

    from dealmodel.simulation.result import Simulation


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    cells = {
        "A1": "=DM_PERT(250,294,340)",
        "A2": "=DM_EVENT(0.3,300)",
        "A3": '=DM_OUTPUT(A1-A2,"net: [price]/2")',
        "A4": '=DM_OUTPUT(1/(A2-300),"=simulation")',
        "A5": '=DM_OUTPUT(A2,"Sensitivity")',
    }
    return simulate(book(cells, {"price": "A1"}), Options(trials=4096, seed=0, indices=64))


def test_every_output_has_a_sheet_with_five_charts(simulation: Simulation) -> None:
    data = to_bytes(simulation)
    found = openpyxl.load_workbook(io.BytesIO(data))
    assert found.sheetnames == ["Simulation", "Sensitivity", "net   price  2", "=simulation", "Sensitivity 2"]
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        charts = [name for name in package.namelist() if name.startswith("xl/charts/chart")]
        texts = [package.read(name).decode() for name in charts]
    assert len(charts) == 15
    assert sum("barChart" in text for text in texts) == 6
    assert sum("scatterChart" in text for text in texts) == 9


def test_the_numbers_are_those_of_the_simulation(simulation: Simulation) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(to_bytes(simulation)))["Simulation"]
    rows = {row[0]: row for row in sheet.iter_rows(values_only=True) if row[0]}
    statistics = simulation.statistics["net: [price]/2"]
    heads = rows["Output"]
    row = next(r for r in sheet.iter_rows(values_only=True) if r[0] == statistics.name)
    assert row[heads.index("Mean")] == pytest.approx(statistics.mean, rel=1e-14)
    assert row[heads.index("Trials")] == 4096
    broken = next(r for r in sheet.iter_rows(values_only=True) if r[0] == "=simulation")
    assert broken[heads.index("Errors")] == sum(simulation.statistics["=simulation"].errors.values()) > 0
    inputs = openpyxl.load_workbook(io.BytesIO(to_bytes(simulation)))["Sensitivity"]
    assert [c.value for c in inputs[1]][-1] == "Total-order index"


def test_the_histogram_marks_three_percentiles_and_holds_all_trials(simulation: Simulation) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(to_bytes(simulation)))["net   price  2"]
    rows = list(sheet.iter_rows(min_row=1, max_row=51, min_col=30, max_col=34, values_only=True))
    assert rows[0] == ("Middle", "Trials", "P5", "P50", "P95")
    assert all(sum(row[k] is not None for row in rows[1:]) == 1 for k in (2, 3, 4))
    assert sum(max(v for v in row[1:] if isinstance(v, (int, float))) for row in rows[1:]) == 4096


def test_results_go_to_an_xlsx_file_alone(simulation: Simulation, tmp_path: Path) -> None:
    assert simulation.save(tmp_path / "out.xlsx").exists()
    with pytest.raises(WorkbookError, match=r"\.xlsx file; got out\.csv"):
        simulation.save(tmp_path / "out.csv")
