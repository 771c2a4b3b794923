"""What-if on the compiled program: swings, tables, all roots, worst deciles."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from click.testing import CliRunner

from dealmodel.cli import cli
from dealmodel.errors import InputRefusedError
from dealmodel.simulation.whatif.solving import solve
from dealmodel.simulation.whatif.stress import stress
from dealmodel.simulation.whatif.swings import sensitivity
from dealmodel.simulation.whatif.tables import grid, parse_axis
from tests.support.sheet_of_cells import book

if TYPE_CHECKING:
    from dealmodel.workbook.model import Model

WORKED_CASE = Path(__file__).parents[2] / "workbooks" / "zte_alibaba_2018.xlsx"
DEAL = {"A1": 4.0, "A2": 3.0, "A3": 5.0, "A4": "text", "B1": "=A1^2-2*A2"}
NAMES = {"price": "S!$A$1", "cost": "S!$A$2", "idle": "S!$A$3", "word": "S!$A$4", "profit": "S!$B$1"}


def deal() -> Model:
    return book(DEAL, NAMES)


def test_every_input_swings_and_the_widest_comes_first() -> None:
    found = sensitivity(deal(), "profit", 0.25)
    assert found.value == 10.0
    assert [(s.name, s.range.low, s.range.high, s.at_low, s.at_high) for s in found.swings] == [
        ("price", 3.0, 5.0, 3.0, 19.0),
        ("cost", 2.25, 3.75, 11.5, 8.5),
    ]
    assert found.without == ("idle",)


def test_an_input_moves_between_the_low_and_high_of_its_row() -> None:
    cells = {
        "A1": "Item",
        "B1": "Live",
        "E1": "Unit",
        "C1": "Low",
        "D1": "High",
        "A2": "Price",
        "B2": 4.0,
        "C2": 1.0,
        "D2": 6.0,
    }
    model = book(cells | {"F2": "=B2*2"}, {"price": "S!$B$2", "out": "S!$F$2"})
    (swing,) = sensitivity(model, "out").swings
    assert (swing.range.low, swing.range.high, swing.at_low, swing.at_high) == (1.0, 6.0, 2.0, 12.0)
    assert swing.range.source == "workbook"


def test_a_table_holds_every_pair() -> None:
    table = grid(deal(), "profit", parse_axis("price=1:3:3"), parse_axis("cost=0:1:2"))
    np.testing.assert_array_equal(table.values, [[1.0, -1.0], [4.0, 2.0], [9.0, 7.0]])
    assert grid(deal(), "profit", parse_axis("price=1:3:3")).values.shape == (3, 1)


@pytest.mark.parametrize("text", ["price", "price=1:2", "price=1:2:x", "=1:2:3", "price=1:2:1", "price=1:inf:3"])
def test_an_axis_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(InputRefusedError, match="is not NAME=LOW:HIGH:COUNT"):
        parse_axis(text)


def test_a_table_over_one_input_twice_or_too_large_is_refused() -> None:
    with pytest.raises(InputRefusedError, match="two different inputs"):
        grid(deal(), "profit", parse_axis("price=1:3:3"), parse_axis("price=0:1:2"))
    with pytest.raises(InputRefusedError, match="at most 1,000,000 cells"):
        grid(deal(), "profit", parse_axis("price=1:3:2000"), parse_axis("cost=0:1:2000"))


def roots(formula: str, target: float, low: float, high: float) -> list[float]:
    model = book({"A1": 1.0, "B1": f"={formula}"}, {"x": "S!$A$1", "y": "S!$B$1"})
    return [r.low for r in solve(model, "y", target, "x", (low, high)).roots]


def test_all_roots_are_found_not_only_the_nearest() -> None:
    assert roots("(A1-1)*(A1-2)*(A1-7)", 0, 0, 10) == pytest.approx([1, 2, 7], abs=1e-10)
    assert roots("SIN(A1)", 0, 1, 10) == pytest.approx([math.pi, 2 * math.pi, 3 * math.pi], abs=1e-10)


def test_a_root_on_an_end_and_a_root_that_only_touches_are_found() -> None:
    assert roots("A1^2", 4, 2, 3) == [2.0]
    assert roots("(A1-1.2345)^2", 0, 0, 3) == pytest.approx([1.2345], abs=1e-6)
    assert roots("(A1-1.2345)^2+0.001", 0, 0, 3) == []


def test_two_roots_within_one_step_are_told_apart() -> None:
    assert roots("(A1-1)*(A1-1.0001)", 0, 0, 10) == pytest.approx([1, 1.0001], abs=1e-9)


def test_a_stretch_of_roots_is_given_by_its_ends() -> None:
    model = book({"A1": 1.0, "B1": "=MAX(0,100-A1)"}, {"x": "S!$A$1", "y": "S!$B$1"})
    (root,) = solve(model, "y", 0, "x", (0, 333)).roots
    assert [root.low, root.high] == pytest.approx([100.0, 333.0], abs=1e-9)


def test_a_jump_and_a_pole_are_no_roots() -> None:
    model = book({"A1": 1.0, "B1": "=IF(A1<5.1,-1,1)", "C1": "=1/(A1-5.1)"}, {"x": "S!$A$1"})
    for output in ("S!B1", "S!C1"):
        found = solve(model, output, 0, "x", (0, 10))
        assert found.roots == ()
        assert list(found.jumps) == pytest.approx([5.1], abs=1e-9)


def test_that_there_is_no_root_is_reasoned() -> None:
    found = solve(deal(), "profit", -10, "price", (0, 10))
    assert found.roots == ()
    assert found.proof == "monotone"
    assert found.reason.startswith("The output rises throughout, from -6 to 94; nearest to the target is -6, at 0. ")


def test_an_empty_interval_is_refused() -> None:
    with pytest.raises(InputRefusedError, match="from a lower to a higher value; got 2 to 1"):
        solve(deal(), "profit", 0, "price", (2, 1))


def test_stress_confines_inputs_to_their_worst_decile() -> None:
    model = book({"A1": "=DM_UNIFORM(0,1)", "A2": "=DM_UNIFORM(0,10)", "B1": "=A1-A2"}, {"net": "S!$B$1"})
    none, strongest, weakest, together = stress(model, "net")
    assert (strongest.name, strongest.tail, weakest.tail) == ("S!A2", "high", "low")
    # Means of uniforms and of their outer tenths.
    assert [none.mean, strongest.mean, weakest.mean, together.mean] == pytest.approx(
        [0.5 - 5, 0.5 - 9.5, 0.05 - 5, 0.05 - 9.5], abs=2e-3
    )
    assert stress(model, "net", worst_is_high=True)[-1].mean == pytest.approx(0.95 - 0.5, abs=2e-3)


def test_stress_needs_uncertainty() -> None:
    with pytest.raises(InputRefusedError, match="nothing is uncertain"):
        stress(deal(), "profit")
    assert stress(deal(), "profit", {"cost": "UNIFORM(2,4)"})[0].mean == pytest.approx(10.0, abs=1e-3)


def test_the_worked_case_answers_on_the_command_line() -> None:
    run = CliRunner().invoke
    case = str(WORKED_CASE)
    swings = run(cli, ["sensitivity", case, "--output", "shortfall_after_tax"])
    assert swings.exit_code == 0, swings.output
    assert "price" in swings.output
    table = run(cli, ["sensitivity", case, "--output", "offset_after_tax", "--grid", "price=200:400:3", "--json"])
    assert table.exit_code == 0, table.output
    assert '"price"' in table.output
    solved = run(cli, ["solve", case, "--output", "post_money_value", "--target", "1e9", "--input", "price"])
    assert solved.exit_code == 3, solved.output
    assert "no roots" in solved.output
    stressed = run(cli, ["stress", case, "--output", "net_proceeds", "--input", "price=PERT(250,294,340)"])
    assert stressed.exit_code == 0, stressed.output
