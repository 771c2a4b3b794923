"""What-if on the compiled program: swings, tables, all roots, worst deciles."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import openpyxl
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.datavalidation import DataValidation

from dealmodel.cli import cli
from dealmodel.errors import InputRefusedError
from dealmodel.simulation.whatif.book import source_of
from dealmodel.simulation.whatif.solving import solve
from dealmodel.simulation.whatif.stress import stress
from dealmodel.simulation.whatif.swings import sensitivity
from dealmodel.simulation.whatif.tables import grid, parse_axis
from dealmodel.workbook.model import Model
from tests.support.workbooks import model_of, one_sheet, saved

if TYPE_CHECKING:
    from dealmodel.simulation.whatif.solving import Solution

WORKED_CASE = Path(__file__).parents[2] / "workbooks" / "zte_alibaba_2018.xlsx"
DEAL = {"A1": 4.0, "A2": 3.0, "A3": 5.0, "A4": "text", "B1": "=A1^2-2*A2"}
NAMES = {"price": "S!$A$1", "cost": "S!$A$2", "idle": "S!$A$3", "word": "S!$A$4", "profit": "S!$B$1"}


def deal() -> Model:
    return model_of(DEAL, NAMES)


def test_every_input_swings_and_the_widest_comes_first() -> None:
    found = sensitivity(deal(), "profit", 0.25)
    assert found.value == 10.0
    assert [(s.name, s.range.low, s.range.high, s.at_low, s.at_high) for s in found.swings] == [
        ("price", 3.0, 5.0, 3.0, 19.0),
        ("cost", 2.25, 3.75, 11.5, 8.5),
    ]
    assert found.without == ("idle",)


CHOICES = {
    "A1": 2.0,
    "B1": 1.0,
    "C1": "=CHOOSE(A1,10,20,30)+IF(B1=1,5,0)",
    "A2": 3.0,
    "C2": "=INDEX(D1:D3,A2)*2",
    "D1": 1.0,
    "D2": 4.0,
    "D3": 9.0,
    "A3": 2.0,
    "C3": "=CHOOSE(A3,10,20,30)*A3",
}


@pytest.mark.parametrize(
    ("output", "name", "swing"),
    [
        ("S!C1", "S!A1", (1.0, 3.0, 15.0, 35.0, "whole numbers")),
        ("S!C1", "S!B1", (0.0, 2.0, 20.0, 20.0, "whole numbers")),
        ("S!C2", "S!A2", (2.0, 3.0, 8.0, 18.0, "whole numbers")),
        ("S!C3", "S!A3", (1.8, 2.2, 18.0, 44.0, "its value")),
    ],
)
def test_a_whole_number_by_which_formulas_choose_moves_to_its_neighbours(
    output: str, name: str, swing: tuple[float | str, ...]
) -> None:
    (found,) = sensitivity(model_of(CHOICES), output, names=[name]).swings
    assert (found.range.low, found.range.high, found.at_low, found.at_high) == pytest.approx(swing[:4])
    assert source_of(found) == swing[4]


@pytest.mark.parametrize("share", [math.nan, math.inf, 0.0, -0.1])
def test_an_input_moves_by_a_finite_share(share: float) -> None:
    with pytest.raises(InputRefusedError, match="a share of its value"):
        sensitivity(deal(), "profit", share)


@pytest.mark.parametrize("unit", [1e-200, 1.0, 1e200])
def test_roots_are_found_in_any_unit(unit: float) -> None:
    model = model_of({"A1": 4.0, "A2": unit, "B1": "=(A1-3)*(A1-5)*A2"}, {"x": "S!$A$1", "y": "S!$B$1"})
    assert [r.low for r in solve(model, "y", 0, "x", (0, 7)).roots] == pytest.approx([3.0, 5.0])
    assert not solve(model, "y", 1e308, "x", (0, 7)).roots


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
    model = model_of(cells | {"F2": "=B2*2"}, {"price": "S!$B$2", "out": "S!$F$2"})
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
    model = model_of({"A1": 1.0, "B1": f"={formula}"}, {"x": "S!$A$1", "y": "S!$B$1"})
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
    assert roots("(A1-3)*(A1-3.00000001)", 0, 0, 10) == pytest.approx([3, 3.00000001], abs=1e-10)


def test_a_stretch_of_roots_is_given_by_its_ends() -> None:
    model = model_of({"A1": 1.0, "B1": "=MAX(0,100-A1)"}, {"x": "S!$A$1", "y": "S!$B$1"})
    (root,) = solve(model, "y", 0, "x", (0, 333)).roots
    assert [root.low, root.high] == pytest.approx([100.0, 333.0], abs=1e-9)


def test_a_jump_and_a_pole_are_no_roots() -> None:
    model = model_of({"A1": 1.0, "B1": "=IF(A1<5.1,-1,1)", "C1": "=1/(A1-5.1)"}, {"x": "S!$A$1"})
    for output in ("S!B1", "S!C1"):
        found = solve(model, output, 0, "x", (0, 10))
        assert found.roots == ()
        assert list(found.jumps) == pytest.approx([5.1], abs=1e-9)


@pytest.mark.parametrize("high", [1e9, 1e12, 1e300])
def test_a_root_in_a_vast_interval_is_known_to_its_digits_and_no_jump(high: float) -> None:
    model = model_of({"A1": 4.0, "B1": "=MAX(900-A1*3/7,0)"}, {"x": "S!$A$1", "y": "S!$B$1"})
    found = solve(model, "y", 500, "x", (100, high))
    assert found.jumps == ()
    assert [r.low for r in found.roots] == pytest.approx([400 * 7 / 3], rel=1e-12)


def test_that_there_is_no_root_is_reasoned() -> None:
    found = solve(deal(), "profit", -10, "price", (0, 10))
    assert found.roots == ()
    assert found.proof == "proven"
    assert found.reason.startswith("The output rises throughout, from -6 to 94; nearest to the target is -6, at 0. ")


def test_an_empty_interval_is_refused() -> None:
    with pytest.raises(InputRefusedError, match="from a lower to a higher value; got 2 to 1"):
        solve(deal(), "profit", 0, "price", (2, 1))


def test_stress_confines_inputs_to_their_worst_decile() -> None:
    model = model_of({"A1": "=DM_UNIFORM(0,1)", "A2": "=DM_UNIFORM(0,10)", "B1": "=A1-A2"}, {"net": "S!$B$1"})
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


def curve(formula: str, target: float, low: float, high: float) -> Solution:
    model = model_of({"A1": 1.0, "B1": f"={formula}"}, {"x": "S!$A$1", "y": "S!$B$1"})
    return solve(model, "y", target, "x", (low, high))


def test_a_stretch_that_only_rounding_keeps_from_the_target_is_one() -> None:
    found = curve("IF(AND(A1>=2,A1<=5),0.1+0.2,A1)", 0.3, 1, 9)
    (root,) = found.roots
    assert [root.low, root.high] == pytest.approx([2.0, 5.0], abs=1e-9)


def test_a_root_at_the_edge_of_errors_is_found() -> None:
    assert [r.low for r in curve("SQRT(A1-2.3)", 0, 0, 10).roots] == [2.3]
    assert [r.low for r in curve("SQRT(2.3-A1)", 0, 0, 10).roots] == [2.3]
    found = curve("IF(A1<4.00001,A1-4,NA())", 0, 0, 10)
    assert [r.low for r in found.roots] == pytest.approx([4.0], abs=1e-9)
    assert "it is an error at" in found.reason
    assert found.proof == "proven"


def test_what_lies_across_an_error_is_no_root() -> None:
    found = curve("IF(ABS(A1-5)<1,NA(),A1-5)", 0, 0, 10)
    assert found.roots == ()
    assert curve("IF(A1>0,NA(),1)", 0, 1, 10).proof == "proven"
    assert curve("IF(A1>0,ERF(NA()*A1),1)", 0, 1, 10).proof == "error"


def test_roots_that_touch_beside_an_end_are_found() -> None:
    assert [r.low for r in curve("(A1-0.0003)^2", 0, 0, 10).roots] == pytest.approx([0.0003], abs=1e-6)
    assert [r.low for r in curve("(A1-9.9999)^2", 0, 0, 10).roots] == pytest.approx([9.9999], abs=1e-6)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 99), min_size=1, max_size=4, unique=True))
def test_every_root_of_a_polynomial_is_found_and_no_other(places: list[int]) -> None:
    found = curve("*".join(f"(A1-{p / 10})" for p in places), 0, 0, 10)
    assert [r.low for r in found.roots] == pytest.approx(sorted(p / 10 for p in places), abs=1e-9)
    assert found.jumps == ()


def test_that_an_output_does_not_depend_on_an_input_is_a_proof() -> None:
    found = solve(deal(), "profit", 0, "idle")
    assert (found.roots, found.proof) == ((), "independent")
    (root,) = solve(deal(), "profit", 10, "idle", (0, 8)).roots
    assert (root.low, root.high) == (0, 8)


def validated(kind: Literal["whole", "decimal"], low: float, high: float, value: float, formula: str) -> Model:
    workbook = one_sheet({"A1": value, "B1": f"={formula}"}, {"x": "S!$A$1", "y": "S!$B$1"})
    rule = DataValidation(type=kind, operator="between", formula1=str(low), formula2=str(high))
    rule.add("A1")
    workbook["S"].add_data_validation(rule)
    return Model.from_bytes(saved(workbook), "book.xlsx")


def test_nothing_moves_beyond_what_its_cell_takes() -> None:
    model = validated("decimal", 0, 1, 0.97, "2*A1")
    (swing,) = sensitivity(model, "y").swings
    assert [swing.range.low, swing.range.high] == pytest.approx([0.873, 1.0])
    assert swing.range.cut
    assert model["x"] == 0.97
    found = solve(model, "y", 1, "x", (-5, 5))
    assert (found.low, found.high, [r.low for r in found.roots]) == (0, 1, [0.5])
    with pytest.raises(InputRefusedError, match=r"x \(S!A1\) must be a number at least 0 and at most 1; got 2 to 3"):
        solve(model, "y", 1, "x", (2, 3))
    with pytest.raises(InputRefusedError, match=r"must be a number at least 0 and at most 1; got 1\.5"):
        grid(model, "y", parse_axis("x=0:1.5:4"))


def test_whole_numbers_are_tried_one_by_one() -> None:
    model = validated("whole", 1, 40, 2, "A1^2-5*A1")
    (swing,) = sensitivity(model, "y").swings
    assert (swing.range.low, swing.range.high) == (1, 3)
    found = solve(model, "y", -6, "x")
    assert ([r.low for r in found.roots], found.proof) == ([2, 3], "whole")
    passed = solve(model, "y", 1, "x")
    assert (passed.roots, passed.jumps) == ((), (6.0,))
    with pytest.raises(InputRefusedError, match=r"a whole number .* got 1\.5"):
        grid(model, "y", parse_axis("x=1:4:7"))


def test_an_uncertain_cell_swings_between_its_outer_deciles() -> None:
    model = model_of(
        {"A1": "=DM_UNIFORM(0,10)", "A2": 2.0, "B1": "=A1*A2"}, {"x": "S!$A$1", "k": "S!$A$2", "y": "S!$B$1"}
    )
    first, second = sensitivity(model, "y").swings
    assert (first.name, first.range.source, second.name) == ("x", "distribution", "k")
    assert [first.range.low, first.range.high, first.at_high] == pytest.approx([1, 9, 18])
    assert [r.low for r in solve(model, "y", 3, "x").roots] == pytest.approx([1.5])


def test_what_was_not_moved_is_said() -> None:
    model = model_of({"A1": 0.0, "A2": 1.0, "B1": "=A1+A2"}, {"nil": "S!$A$1", "one": "S!$A$2", "y": "S!$B$1"})
    assert sensitivity(model, "y").zeros == ("nil",)
    assert [s.name for s in sensitivity(model, "y", names=["S!A2"]).swings] == ["S!A2"]


def test_outputs_and_inputs_that_are_no_numbers_are_refused() -> None:
    for output in ("word", "S!Z9"):
        with pytest.raises(InputRefusedError, match="is no number"):
            sensitivity(deal(), output)
    with pytest.raises(InputRefusedError, match=r"profit .* holds the formula"):
        solve(deal(), "profit", 0, "profit")


def test_stress_keeps_what_goes_together() -> None:
    cells = {"A1": "=DM_UNIFORM(0,1)", "A2": "=DM_UNIFORM(0,1)", "B1": "=A1-A2"}
    names = {"a": "S!$A$1", "b": "S!$A$2", "net": "S!$B$1", "dm_correlation": "S!$D$1:$E$3"}
    together = {"D1": "a", "E1": "b", "D2": 1.0, "D3": 0.99, "E3": 1.0}
    loose, tight = (
        stress(model_of(cells | more, names), "net")[0]
        for more in ({"D1": "a", "E1": "b", "D2": 1.0, "E3": 1.0}, together)
    )
    assert tight.p95 - tight.p5 < 0.3 * (loose.p95 - loose.p5)


@pytest.mark.slow
def test_results_of_what_if_go_into_workbooks(tmp_path: Path) -> None:
    run = CliRunner().invoke
    case = tmp_path / "case.xlsx"
    case.write_bytes(WORKED_CASE.read_bytes())
    axes = ["--grid", "price=200:400:5", "--grid", "rnd_growth=0:0.2:3"]
    for arguments in ([], axes):
        done = run(cli, ["sensitivity", str(case), "--output", "peak_funding", *arguments, "--in-place"])
        assert done.exit_code == 0, done.output
    sheet = openpyxl.load_workbook(case, data_only=True)["Sensitivity"]
    rows = {row[0]: row for row in sheet.iter_rows(values_only=True)}
    assert rows["fine_paid_share"][3:5] == (0.9, 1)
    assert rows["price \\ rnd_growth"][1:4] == (0, 0.1, 0.2)
    assert rows[300][2] == pytest.approx(658.0504375)
    assert sheet["B4"].value == "The inputs stand as they were then"
    solved, stressed, table = (tmp_path / name for name in ("solved.xlsx", "stressed.xlsx", "table.csv"))
    common = [str(case), "--output", "net_proceeds"]
    assert run(cli, ["solve", *common, "--target", "200", "--input", "price", "-o", str(solved)]).exit_code == 0
    assert run(cli, ["stress", *common, "--input", "price=UNIFORM(200,300)", "-o", str(stressed)]).exit_code == 0
    assert run(cli, ["sensitivity", *common, *axes, "-o", str(table)]).exit_code == 0
    assert len(table.read_text("utf-8").splitlines()) == 6
    for path, title in ((solved, "Solve"), (stressed, "Stress")):
        assert openpyxl.load_workbook(path).sheetnames == [title]


@pytest.mark.slow
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


def test_a_root_at_zero_is_zero() -> None:
    """Found by halving, it was out by a tenth of a billionth."""
    assert roots("A1/30-0.1*A1^3", 0.0, -1.0 / 3, 0.5) == [0.0]
    assert roots("(A1+2)/15-2/15", 0.0, -2.0, 3.0) == [0.0]
