"""Cells that hold one distribution: shown as uncertain, and given another one for a run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from click.testing import CliRunner
from openpyxl.worksheet.datavalidation import DataValidation

from dealmodel.commands.sensitivity import sensitivity
from dealmodel.commands.show import show
from dealmodel.commands.solve import solve
from dealmodel.errors import InputRefusedError, WorkbookError
from dealmodel.simulation.options import Options
from dealmodel.simulation.simulate import simulate
from dealmodel.simulation.whatif.levers import Lever
from dealmodel.simulation.whatif.tables import grid, parse_axis
from dealmodel.workbook.model import Model
from tests.support.workbooks import model_of, one_sheet, saved

if TYPE_CHECKING:
    from pathlib import Path

CELLS = {
    "A1": "=DM_PERT(250,294,340)",
    "A2": 100,
    "A3": 3,
    "A4": "=A1*2+1",
    "B1": "=A1*A2",
    "B2": "=1/(A2-100)",
    "B3": "=DM_NORMAL(0,1)",
}
NAMES = {"price": "S!$A$1", "volume": "S!$A$2", "pick": "S!$A$3", "profit": "S!$B$1", "bad": "S!$B$2"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    book = one_sheet(CELLS, NAMES)
    sheet = book.worksheets[0]
    above = DataValidation(type="decimal", operator="greaterThan", formula1="0")
    listed = DataValidation(type="list", formula1='"1,3,5"')
    for rule, cell in ((above, "A2"), (listed, "A3")):
        sheet.add_data_validation(rule)
        rule.add(cell)
    file = tmp_path / "deal.xlsx"
    file.write_bytes(saved(book))
    return file


@pytest.mark.parametrize("distribution", ["UNIFORM(100,200)", "PERT(100,150,200)"])
def test_a_run_may_draw_from_another_distribution_than_the_cell_holds(path: Path, distribution: str) -> None:
    model = Model.open(path)
    found = simulate(model, Options(trials=1024, seed=1, inputs={"price": distribution}, outputs=["profit"]))
    price = found.column("price")
    assert 100 <= price.min() < price.max() <= 200
    np.testing.assert_allclose(found.column("profit"), price * 100)
    assert f"price is {distribution} in this run, not PERT(250,294,340) as its cell has it" in found.notes
    assert found.checked == 64


def test_a_cell_that_holds_more_than_a_distribution_takes_no_other() -> None:
    model = model_of({"A1": "=DM_NORMAL(0,1)*2", "B1": "=A1"}, {})
    with pytest.raises(InputRefusedError, match=r"holds the formula =DM_NORMAL\(0,1\)\*2; change what"):
        simulate(model, Options(trials=64, inputs={"S!A1": "UNIFORM(0,1)"}, outputs=["S!B1"]))


def test_what_sets_a_distribution_says_that_its_arguments_are_to_be_changed(path: Path) -> None:
    with pytest.raises(InputRefusedError, match=r"holds the formula =DM_PERT\(250,294,340\); change its arguments"):
        Model.open(path)["price"] = 300


def test_show_lists_uncertain_cells_with_their_distributions(path: Path) -> None:
    shown = CliRunner().invoke(show, [str(path)]).output
    _, uncertain, outputs = shown.split("\n\n")[:3]
    assert uncertain.split() == [
        *("uncertain", "value", "unit", "what", "it", "is", "distribution", "price", "294.33", "DM_PERT(250,294,340)"),
    ]
    assert "price" not in outputs
    names = json.loads(CliRunner().invoke(show, [str(path), "--json"]).output)["names"]
    assert [(n["kind"], n["distribution"]) for n in names if n["name"] == "price"] == [
        ("uncertain", "DM_PERT(250,294,340)")
    ]


def test_swings_of_an_error_are_shown_and_end_with_exit_code_1(path: Path) -> None:
    result = CliRunner().invoke(sensitivity, [str(path), "--output", "bad"])
    assert "bad is error" in result.output
    assert isinstance(result.exception, InputRefusedError)


def test_the_end_of_an_interval_that_the_cell_does_not_take_is_said(path: Path) -> None:
    result = CliRunner().invoke(solve, [str(path), "--output", "profit", "--target", "30000", "--input", "volume"])
    assert "for volume from above 0 to 400: 1 root" in result.output


def test_every_value_of_a_table_is_one_that_the_cell_takes(path: Path) -> None:
    model = Model.open(path)
    Lever(model, "pick").check(np.array([1.0, 3.0, 5.0]))
    with pytest.raises(InputRefusedError, match=r"pick .* must be .*; got 2"):
        grid(model, "profit", parse_axis("pick=1:5:5"))


def test_a_workbook_is_saved_to_a_file_of_its_kind_alone(path: Path) -> None:
    model = Model.open(path)
    with pytest.raises(WorkbookError, match=r"saved to a file \.xlsx; got x\.txt"):
        model.save(path.with_name("x.txt"))
    assert not path.with_name("x.txt").exists()
