"""Results go onto the sheets that are there for them, or into a workbook of their own, with native charts."""

from __future__ import annotations

import io
import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import numpy as np
import openpyxl
import pytest

from dealmodel.errors import WorkbookError
from dealmodel.simulation.options import Options
from dealmodel.simulation.results.book import into_book, to_bytes
from dealmodel.simulation.results.figures import LABELLED, figures, round_bins
from dealmodel.simulation.simulate import simulate
from dealmodel.simulation.statistics.tally import Distribution
from dealmodel.simulation.whatif.book import write_swings, write_table
from dealmodel.simulation.whatif.report import write_solution, write_stress
from dealmodel.simulation.whatif.solving import solve
from dealmodel.simulation.whatif.stress import stress
from dealmodel.simulation.whatif.swings import sensitivity
from dealmodel.simulation.whatif.tables import grid, parse_axis
from dealmodel.workbook.model import Model
from dealmodel.workbook.resultsheets.blocks import BINS, DOTS, POINTS
from dealmodel.workbook.resultsheets.fill import stale_sheets
from tests.support.books import book
from tests.support.workbooks import parts_of, without_caches, without_values

if TYPE_CHECKING:
    from dealmodel.simulation.results.result import Simulation

WORKED_CASE = Path(__file__).parents[2] / "workbooks" / "zte_alibaba_2018.xlsx"
OUTPUTS = ("shortfall_after_tax", "peak_funding")
DAY = datetime(2018, 9, 30)  # noqa: DTZ001  spreadsheets know no time zones
CHARTS = re.compile(r"xl/charts/chart\d+\.xml")


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


def test_a_workbook_of_results_needs_no_engine(simulation: Simulation, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = to_bytes(simulation)

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("it computes nothing")

    monkeypatch.setattr("dealmodel.hosts.engine.Engine.__init__", refused)
    assert to_bytes(simulation) == expected


def simulated_case(price: float | None = None) -> Simulation:
    model = Model.open(WORKED_CASE, DAY)
    if price is not None:
        model["tax_basis"] = price
    inputs = {"price": "PERT(250,294,340)", "tax_rate": "UNIFORM(0.1,0.3)"}
    return simulate(model, Options(trials=2048, seed=0, inputs=inputs, outputs=OUTPUTS))


@pytest.fixture(scope="module")
def case() -> Simulation:
    return simulated_case()


@pytest.fixture(scope="module")
def written(case: Simulation) -> bytes:
    return into_book(case, "dealmodel simulate zte.xlsx --seed 0")


def column(data: bytes, sheet: str, block: str, number: int = 0) -> list[object]:
    """Return the values of a column of a block."""
    found = openpyxl.load_workbook(io.BytesIO(data), data_only=True)[sheet]
    area = found.defined_names[block].attr_text.partition("!")[2]
    cells = found[area.replace("$", "")]
    rows = cells if isinstance(cells, tuple) else ((cells,),)
    return [row[number].value for row in rows]


# -- on the sheet of the simulated workbook ----------------------------------------------------------------------


def test_statistics_stand_on_the_sheet_of_the_workbook(case: Simulation, written: bytes) -> None:
    names, means = (column(written, "Simulation", "statistics", n) for n in (0, 2))
    assert names[:3] == [*OUTPUTS, None]
    assert means[0] == pytest.approx(case.statistics["shortfall_after_tax"].mean, rel=1e-14)
    run = column(written, "Simulation", "run")
    assert run[0] == "shortfall_after_tax"
    assert run[2:6] == [2048, "sobol", 0, 64]
    assert str(run[6]).endswith("on 2018-09-30")
    assert run[7] == "dealmodel simulate zte.xlsx --seed 0"


def test_only_values_and_what_charts_store_of_them_change(written: bytes) -> None:
    before, after = parts_of(WORKED_CASE.read_bytes()), parts_of(written)
    assert list(before) == list(after)
    changed = [name for name in before if before[name] != after[name]]
    sheets = [name for name in changed if not CHARTS.fullmatch(name)]
    assert len(sheets) == 1
    cells = re.compile(rb'<c r="[A-Z]+\d+"(?: s="\d+")?\s*/?>(?:</c>)?|<row r="\d+"[^>]*/?>|</row>')
    # Cells that were not there have been put in; all else is as it was.
    assert cells.sub(b"", without_values(before[sheets[0]])) == cells.sub(b"", without_values(after[sheets[0]]))
    for name in set(changed) - set(sheets):
        assert without_caches(before[name]) == without_caches(after[name])


def test_charts_store_what_their_cells_hold(written: bytes) -> None:
    charts = [part.decode() for name, part in parts_of(written).items() if CHARTS.fullmatch(name)]
    dots = next(chart for chart in charts if "against its strongest input" in chart)
    stored = [float(v) for v in re.findall(r"<v>([^<]*)</v>", re.split("</?yVal>", dots)[1])]
    assert stored == pytest.approx(column(written, "Simulation", "scatter", 1))
    assert len(stored) == DOTS


def test_points_stand_in_their_lists_and_nowhere_else(written: bytes) -> None:
    for name, part in parts_of(written).items():
        if CHARTS.fullmatch(name):
            for element in ET.fromstring(part).iter():
                if element.tag.endswith("}ptCount"):
                    assert not list(element)
                if any(child.tag.endswith("}pt") for child in element):
                    assert element.tag.endswith("Cache")


def test_the_same_run_gives_the_same_bytes(written: bytes) -> None:
    assert into_book(simulated_case(), "dealmodel simulate zte.xlsx --seed 0") == written


def test_a_sheet_without_results_says_so() -> None:
    model = Model.open(WORKED_CASE)
    assert str(model["Simulation!B4"]).startswith("Not simulated")
    assert stale_sheets(model) == []


def test_results_are_stale_once_an_input_changes(written: bytes) -> None:
    model = Model.from_bytes(written, "zte.xlsx")
    assert model["Simulation!B4"] == "The inputs stand as they were then"
    assert stale_sheets(model) == []
    model["fine_unsplit"] = 900
    assert model["Simulation!B4"] == "STALE: inputs have changed since then"
    assert stale_sheets(model) == ["Simulation"]
    model["fine_unsplit"] = 892
    assert stale_sheets(model) == []
    model["scenario"] = "As filed"
    assert model["Simulation!B4"] == "STALE: inputs have changed since then"


def test_a_table_is_stale_once_an_input_changes_and_apart_from_swings(tmp_path: Path) -> None:
    model = Model.open(WORKED_CASE, DAY)
    path = tmp_path / "zte.xlsx"
    write_table(grid(model, "peak_funding", parse_axis("price=200:400:3")), model, path)
    model = Model.open(path, DAY)
    assert stale_sheets(model) == []
    model["fine_unsplit"] = 900
    assert stale_sheets(model) == ["Sensitivity"]
    write_swings(sensitivity(model, "peak_funding", names=["price"]), model, path)
    assert stale_sheets(Model.open(path, DAY)) == ["Sensitivity"], "the table is still of the old inputs"
    write_table(grid(model, "peak_funding", parse_axis("price=200:400:3")), model, path)
    assert stale_sheets(Model.open(path, DAY)) == []


def test_results_never_take_the_place_of_the_workbook_that_they_are_of(tmp_path: Path) -> None:
    path, link = tmp_path / "mine.xlsx", tmp_path / "link.xlsx"
    before = book({"A1": "=DM_NORMAL(1,2)", "A2": 3, "A3": "=A1+A2"}, {"x": "A2", "y": "A3"}).save(path).read_bytes()
    link.symlink_to(path)
    model = Model.open(path)
    done = simulate(model, Options(trials=8, outputs=["y"]))
    for place in (path, link, tmp_path / "." / "mine.xlsx"):
        for write in (
            done.save,
            lambda to: write_swings(sensitivity(model, "y", names=["x"]), model, to),
            lambda to: write_table(grid(model, "y", parse_axis("x=0:1:2")), model, to),
            lambda to: write_solution(solve(model, "y", 3, "x"), model, to),
            lambda to: write_stress(stress(model, "y"), "y", model, to),
        ):
            with pytest.raises(WorkbookError, match="is the workbook itself, which would be replaced"):
                write(place)
    assert path.read_bytes() == before


def test_results_of_another_run_leave_nothing_of_the_one_before(written: bytes) -> None:
    model = Model.from_bytes(written, "zte.xlsx", DAY)
    done = simulate(model, Options(trials=64, seed=1, inputs={"price": "UNIFORM(1,2)"}, outputs=["net_proceeds"]))
    again = into_book(done)
    assert column(again, "Simulation", "statistics")[:2] == ["net_proceeds", None]
    assert column(again, "Simulation", "tornado")[:2] == ["price", None]


def test_outputs_that_the_sheet_lists_are_simulated() -> None:
    model = Model.open(WORKED_CASE)
    done = simulate(model, Options(trials=64, seed=0, inputs={"price": "UNIFORM(200,300)"}))
    assert list(done.statistics) == [
        "shortfall_after_tax",
        "net_proceeds",
        "offset_ratio_after_tax",
        "peak_funding",
        "implied_value",
    ]


# -- in a workbook of their own ----------------------------------------------------------------------------------


def test_every_output_has_a_sheet_with_five_charts(simulation: Simulation) -> None:
    data = to_bytes(simulation)
    found = openpyxl.load_workbook(io.BytesIO(data))
    assert found.sheetnames == ["net   price  2", "=simulation", "Sensitivity"]
    charts = [part.decode() for name, part in parts_of(data).items() if CHARTS.fullmatch(name)]
    assert len(charts) == 15
    assert sum("<barChart>" in text for text in charts) == 6
    assert sum("<scatterChart>" in text for text in charts) == 9
    assert to_bytes(simulation) == data


def test_the_numbers_are_those_of_the_simulation(simulation: Simulation) -> None:
    data = to_bytes(simulation)
    statistics = simulation.statistics
    assert column(data, "=simulation", "statistics") == list(statistics)
    assert column(data, "Sensitivity", "statistics", 2) == pytest.approx([s.mean for s in statistics.values()])
    for place, tail in ((15, "lower_tail"), (16, "upper_tail")):
        expected = [getattr(s, tail) for s in statistics.values()]
        assert column(data, "=simulation", "statistics", place) == pytest.approx(expected, rel=1e-14)
    errors = column(data, "=simulation", "statistics", 17)
    assert errors == [sum(s.errors.values()) for s in statistics.values()]
    assert errors[1] > 0  # type: ignore[operator]


def test_the_histogram_marks_three_percentiles_and_holds_all_trials(simulation: Simulation) -> None:
    data = to_bytes(simulation)
    columns = [column(data, "net   price  2", "histogram", n)[1:] for n in (2, 3, 4, 5)]
    assert sum(v for values in columns for v in values if v is not None) == 4096  # type: ignore[misc]
    assert [sum(v is not None for v in values) for values in columns[1:]] == [1, 1, 1]


@pytest.mark.slow
def test_results_go_to_a_file_of_the_right_kind(simulation: Simulation, case: Simulation, tmp_path: Path) -> None:
    assert simulation.save(tmp_path / "out.xlsx").exists()
    with pytest.raises(WorkbookError, match=r"\.xlsx file; got out\.csv"):
        simulation.save(tmp_path / "out.csv")
    separate = case.save(tmp_path / "separate.xlsx", separate=True)
    assert openpyxl.load_workbook(separate).sheetnames == list(OUTPUTS)


# -- what charts show --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1e-7, 0.013, 1.0, 271.0, 8.9e8])
@pytest.mark.parametrize("shift", [-3.0, 0.0, 1.7])
def test_bars_are_round_and_hold_every_trial(scale: float, shift: float) -> None:
    values = (np.linspace(0, 1, 5001) ** 2 + shift) * scale
    edges, counts = round_bins(Distribution.of(values))
    width = edges[1] - edges[0]
    assert counts.sum() == 5001
    assert len(edges) == BINS
    assert np.count_nonzero(counts) >= BINS * 0.6
    assert np.diff(edges) == pytest.approx(width, rel=1e-6)
    assert float(f"{width:.2g}") == pytest.approx(width, rel=1e-6)
    labels = edges[::LABELLED] / (LABELLED * width)
    assert labels == pytest.approx(np.round(labels), abs=1e-4)


def test_bars_of_one_value_and_of_none() -> None:
    edges, counts = round_bins(Distribution.of(np.full(100, 5.0)))
    assert counts.sum() == 100
    assert edges[0] < 5.0 < edges[-1]
    assert round_bins(Distribution.of(np.empty(0)))[1].sum() == 0


def test_the_curve_rises_to_one_and_the_mean_settles_where_it_is(simulation: Simulation) -> None:
    name = "net: [price]/2"
    found = figures(simulation, name)
    assert len(found.curve) == POINTS
    assert (np.diff(found.curve, axis=0) >= 0).all()
    assert found.convergence[-1, :2] == pytest.approx([4096, simulation.statistics[name].mean])
    low, high = found.convergence[-1, 2:]
    assert (high - low) / 2 == pytest.approx(1.959964 * simulation.statistics[name].mean_error, rel=1e-3)
    assert found.strongest == "S!A2"
