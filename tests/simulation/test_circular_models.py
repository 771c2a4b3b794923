"""Circular references in the compiled program: as the engine has them trial by trial, and as root finding has them."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import numpy as np
import pytest
from openpyxl.worksheet.formula import DataTableFormula

from dealmodel.cells import ERRORS, CellError
from dealmodel.errors import WorkbookError
from dealmodel.simulation.options import Options
from dealmodel.simulation.program import compile_program
from dealmodel.simulation.simulate import simulate
from dealmodel.simulation.whatif.solving import solve
from dealmodel.simulation.whatif.swings import sensitivity
from dealmodel.workbook.address import CellAt
from dealmodel.workbook.model import Model
from tests.support.circular_books import (
    BUYOUT,
    PROJECT,
    buyout,
    buyout_solved,
    iterating,
    model_of,
    project,
    project_solved,
)
from tests.support.workbooks import one_sheet, raw_book

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dealmodel.simulation.program import Program
    from dealmodel.simulation.results.result import Simulation

A1, B1 = CellAt("S", 1, 1), CellAt("S", 1, 2)
OUTPUTS = ["Results!A1", "Results!A2", "Results!A3"]
RISKS = {"ebitda": "=DM_PERT(60,100,130)", "senior_rate": "=DM_NORMAL(0.06,0.01)", "multiple": "=DM_UNIFORM(6,10)"}


def circular(cells: Mapping[str, object], passes: int = 100, change: float = 0.001) -> Model:
    return model_of(iterating(one_sheet(dict(cells)), passes, change))


def number(model: Model, at: str) -> float:
    value = model[at]
    assert isinstance(value, float)
    return value


def checked(model: Model, varied: Mapping[CellAt, list[float]], *outputs: CellAt) -> tuple[Program, list[np.ndarray]]:
    """Return the program and its outputs, after the engine has computed every trial as well."""
    program = compile_program(model, (), list(varied), list(outputs))
    values = {at: np.array(numbers, dtype=np.float64) for at, numbers in varied.items()}
    found = program.run({}, values)
    assert not program.fallback
    program.check({}, values, len(next(iter(values.values()))))
    return program, [found[at] for at in outputs]


def drawn(run: Simulation, cells: Mapping[str, str], trial: int) -> dict[str, float]:
    return {name: float(run.column(at)[trial]) for name, at in cells.items()}


# -- whole models, against root finding ------------------------------------------------------------------------------


@pytest.mark.parametrize("switch", [1.0, 0.0])
def test_a_buyout_comes_to_what_root_finding_gives_in_every_trial(switch: float) -> None:
    run = simulate(model_of(buyout({**RISKS, "switch": switch})), Options(300, outputs=OUTPUTS, keep=True, seed=1))
    assert run.checked == 64
    assert not [n for n in run.notes if "engine" in n or "circular" in n]
    at = {name: f"Inputs!B{i}" for i, name in enumerate(BUYOUT, start=2) if name in RISKS}
    for trial in range(0, 300, 7):
        solved = buyout_solved({**drawn(run, at, trial), "switch": switch})
        assert [run.column(o)[trial] for o in OUTPUTS] == pytest.approx(solved, rel=1e-9)


def test_a_switch_that_is_drawn_opens_the_circle_in_some_trials() -> None:
    run = simulate(
        model_of(buyout({**RISKS, "switch": "=IF(RAND()<0.5,1,0)"})), Options(120, outputs=OUTPUTS, keep=True, seed=3)
    )
    at = {name: f"Inputs!B{i}" for i, name in enumerate(BUYOUT, start=2) if name in RISKS}
    switches = np.where(run.column("Inputs!B18") < 0.5, 1.0, 0.0)
    assert 20 < switches.sum() < 100
    for trial in range(0, 120, 5):
        solved = buyout_solved({**drawn(run, at, trial), "switch": switches[trial]})
        assert [run.column(o)[trial] for o in OUTPUTS] == pytest.approx(solved, rel=1e-9)


def project_model(inputs: Mapping[str, float | str] | None = None) -> Model:
    """Return the project as an analyst gets it going: the breaker on, and then off."""
    model = model_of(project(inputs))
    assert model["P!B13"] == 0.0
    model["P!B7"] = 0
    return model


def test_a_project_whose_debt_pays_its_own_interest_comes_to_what_root_finding_gives() -> None:
    risks = {"cost": "=DM_PERT(350,400,470)", "rate": "=DM_UNIFORM(0.05,0.09)", "flow": "=DM_NORMAL(60,6)"}
    run = simulate(project_model(risks), Options(200, outputs=["P!B10", "P!B13"], keep=True, seed=1))
    at = {name: f"P!B{i}" for i, name in enumerate(PROJECT, start=1) if name in risks}
    for trial in range(0, 200, 9):
        solved = project_solved(drawn(run, at, trial))
        assert (run.column("P!B10")[trial], run.column("P!B13")[trial]) == pytest.approx(solved, rel=1e-9)


def test_an_error_in_the_circle_stays_until_the_breaker_frees_it() -> None:
    model = model_of(project({"breaker": 0.0}))
    assert model["P!B10"] is CellError.DIV0
    run = simulate(model, Options(100, inputs={"P!B1": "UNIFORM(390,410)"}, outputs=["P!B10"], seed=1))
    assert run.statistics["P!B10"].errors == {"#DIV/0!": 100}
    freed = simulate(project_model(), Options(100, inputs={"P!B1": "UNIFORM(390,410)"}, outputs=["P!B10"], seed=1))
    assert not freed.statistics["P!B10"].errors


# -- one trial, whatever is beside it --------------------------------------------------------------------------------


def test_trials_do_not_depend_on_order_or_on_what_is_beside_them() -> None:
    model = model_of(buyout())
    ebitda, output = CellAt("Inputs", 2, 2), CellAt("Results", 1, 1)
    program = compile_program(model, (), [ebitda], [output])
    values = np.random.default_rng(5).uniform(20.0, 160.0, 500)
    together = program.run({}, {ebitda: values})[output]
    backwards = program.run({}, {ebitda: values[::-1].copy()})[output][::-1]
    alone = [program.run({}, {ebitda: values[i : i + 1]})[output][0] for i in range(0, 500, 41)]
    assert (together == backwards).all()
    assert together[::41].tolist() == alone


def test_a_trial_with_an_error_leaves_the_others_as_they_are() -> None:
    model = circular({"A1": 1.0, "A2": "=B2*0.5+1/A1", "B2": "=A2*0.3+2", "C1": "=B2^2/7"})
    program = compile_program(model, (), [A1], [CellAt("S", 1, 3)])
    values = np.linspace(-2.0, 2.0, 201)
    found = program.run({}, {A1: values})[CellAt("S", 1, 3)]
    assert ERRORS[program.errors(CellAt("S", 1, 3))[100] - 1] is CellError.DIV0
    rest = np.delete(values, 100)
    assert (np.delete(found, 100) == program.run({}, {A1: rest})[CellAt("S", 1, 3)]).all()
    program.check({}, {A1: values}, 201)


def test_processes_do_not_matter() -> None:
    runs = [
        simulate(model_of(buyout(RISKS)), Options(150_000, outputs=OUTPUTS[:1], seed=2, check=4, processes=count))
        for count in (1, 2)
    ]
    one, two = (run.statistics[OUTPUTS[0]] for run in runs)
    assert (one.mean, one.percentiles, one.skew) == (two.mean, two.percentiles, two.skew)


def test_a_trial_begins_with_what_the_workbook_holds() -> None:
    model = circular({"A1": 1.0, "A2": "=A2+A1"}, passes=1)
    begun = number(model, "S!A2")
    _, (found,) = checked(model, {A1: [1.0, 5.0, -2.0]}, CellAt("S", 2, 1))
    assert found.tolist() == [begun + 1.0, begun + 5.0, begun - 2.0]


# -- what a circle may do --------------------------------------------------------------------------------------------


def test_trials_that_do_not_settle_are_left_at_the_last_pass_and_told() -> None:
    model = circular({"A1": 0.5, "A2": "=IF(A1>1,3-A2,A1*A2+1)", "B2": "=A2*2"}, passes=11)
    program, (found,) = checked(model, {A1: [0.5, 2.0, 3.0, 0.25]}, CellAt("S", 2, 2))
    begun = number(model, "S!A2")
    assert program.unsettled == 2
    assert found[1:3].tolist() == [2 * (3 - begun)] * 2
    run = simulate(model, Options(1000, inputs={"S!A1": "UNIFORM(0,2)"}, outputs=["S!B2"], seed=1))
    (note,) = [n for n in run.notes if "circular" in n]
    assert note.startswith("circular references still change by 0.001 or more after 11 iterations, the most that")
    assert "of 1,000 trials" in note


def test_errors_that_the_circle_catches_itself_do_no_harm() -> None:
    cells = {"A1": 1.0, "A2": "=IFERROR(1/(B2-A1),4)*0.1+1", "B2": "=IF(A2>1.2,A2*0.5,A1)", "C2": "=A2+B2"}
    checked(circular(cells), {A1: [0.0, 0.25, 0.5, 0.55, 1.0, 1.3, 2.0, -3.0]}, CellAt("S", 2, 3))


def test_texts_and_truths_go_round() -> None:
    cells = {
        "A1": 1.0,
        "A2": '=IF(B2>3,"high","low")',
        "B2": '=IF(A2="high",A1+0.1*B2,A1*2+0.2*B2)',
        "A3": "=B3<A1",
        "B3": "=IF(A3,0.5*B3+1,A1*0.5)",
        "C2": '=IF(A2="low",1,2)*B2+B3',
    }
    checked(circular(cells), {A1: [0.5, 1.0, 1.2, 1.5, 2.0, 2.7, 2.9, 3.1, 9.0]}, CellAt("S", 2, 3), CellAt("S", 3, 2))


@pytest.mark.parametrize(
    "formula",
    [
        "CHOOSE(IF(B2>2,1,2),A1,A1*2)*0.3+0.2*B2",
        "SUM(A2:B3)*0.1+A1",
        "NPV(0.1,A2:B2)*0.2+A1",
        "IFERROR(IRR(A4:C4),0)+A1+0.1*B2",
        "DM_SHORTFALL(MAX(B2,0),A1)*0.5+1",
        "ROUND(B2*0.4+A1,2)",
        "VLOOKUP(MIN(MAX(B2,0),3),A6:B8,2)*0.1+A1",
        "SUMPRODUCT(A2:B2,A3:B3)*0.05+A1",
        "MIN(MAX(B2,A1),7)*0.5+INDEX(A6:A8,2)",
        "PMT(0.05,5,-B2)*0.5+A1",
        'TEXT(B2,"0.0")*0.1+A1',
    ],
)
def test_functions_in_a_circle_give_what_the_engine_gives(formula: str) -> None:
    cells = {"A1": 1.0, "A2": f"={formula}", "B2": "=A2*0.5+B3*0.1", "A3": 2.0, "B3": "=MIN(A2,A1)", "C2": "=A2-B2"}
    more = {"A4": -10.0, "B4": "=6+B2*0.1", "C4": 6.0, "A6": 0.0, "A7": 1.0, "A8": 2.0, "B6": 5.0, "B7": 7.0, "B8": 9.0}
    checked(circular({**cells, **more}), {A1: [-1.0, 0.0, 0.3, 1.0, 1.01, 2.5, 4.0]}, CellAt("S", 2, 3))


def test_a_circle_over_sheets_is_computed_sheet_by_sheet_as_they_stand() -> None:
    book = one_sheet({"A1": 1.0, "A2": "=Last!A1*0.9+A1"})
    book.create_sheet("Last")["A1"] = "=0.9*First!A1"
    book.create_sheet("First")["A1"] = "=0.9*S!A2+0.1*Last!A1"
    model = model_of(iterating(book, passes=7))
    program, _ = checked(model, {A1: [0.5, 1.0, 8.0]}, CellAt("First", 1, 1), CellAt("S", 2, 1))
    assert program.unsettled == 3


def test_one_circle_feeds_another() -> None:
    cells = {"A1": 1.0, "A2": "=0.5*B2+A1", "B2": "=0.5*A2", "A3": "=0.3*B3+B2", "B3": "=A3*0.4-A2", "C3": "=A3*B3"}
    _, (found,) = checked(circular(cells), {A1: [1.0, 2.0, -4.0]}, CellAt("S", 3, 1))
    first = np.array([1.0, 2.0, -4.0]) * 4 / 3
    assert found == pytest.approx((first / 2 - 0.3 * first) / (1 - 0.12), rel=1e-9)


def test_a_circle_that_nothing_moves_is_as_it_is_in_the_workbook() -> None:
    model = circular({"A1": 1.0, "A2": "=3-A2", "B2": "=A2*A1"}, passes=3)
    _, (found,) = checked(model, {A1: [1.0, 2.0]}, CellAt("S", 2, 2))
    assert found.tolist() == [number(model, "S!A2"), 2 * number(model, "S!A2")]


def test_a_number_drawn_in_a_circle_stays_the_same_while_it_goes_round() -> None:
    model = circular({"A2": "=B2*DM_UNIFORM(0.1,0.5)+1", "B2": "=A2*0.5"})
    run = simulate(model, Options(64, outputs=["S!A2"], keep=True, seed=1))
    assert run.column("S!A2") == pytest.approx(1 / (1 - 0.5 * run.column("S!A2 (drawn)")), rel=1e-8)


def test_a_distribution_that_hangs_on_what_it_moves_is_refused() -> None:
    model = circular({"A2": "=DM_NORMAL(B2,1)", "B2": "=A2*0.5"})
    with pytest.raises(WorkbookError, match=r"the uncertain number S!A2.* depends on S!B2, and S!B2 on it"):
        simulate(model, Options(64, outputs=["S!B2"], seed=1))


# -- what is left to the engine --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "left"),
    [
        ({"A2": '=INDIRECT("B"&ROUND(A1,0)*0+2)*0.5+A1', "B2": "=A2*0.4"}, ["S!A2"]),
        ({"A2": "=SUM(OFFSET(B1,ROUND(A1,0)*0+1,0))*0.5+A1", "B2": "=A2*0.4"}, []),
    ],
)
def test_a_circle_whose_references_are_worked_out_begins_every_trial_alike(
    cells: Mapping[str, object], left: list[str]
) -> None:
    model = circular({"A1": 1.0, **cells})
    program = compile_program(model, (), [A1], [CellAt("S", 2, 2)])
    values = np.array([0.5, 30.0, -7.0, 1.0])
    found = program.run({}, {A1: values})[CellAt("S", 2, 2)]
    backwards = program.run({}, {A1: values[::-1].copy()})[CellAt("S", 2, 2)][::-1]
    assert (found == backwards).all()
    assert found == pytest.approx(values * 0.4 / 0.8, rel=1e-8)
    assert [str(kept.at) for kept in program.fallback] == left


# -- questions to a circular model -----------------------------------------------------------------------------------


def test_a_solve_through_a_circle_finds_what_root_finding_finds() -> None:
    model = model_of(buyout())
    target = buyout_solved({"multiple": 8.0, "senior_rate": 0.08})[0]
    answer = solve(model, "Results!A1", target, "Inputs!B7", between=(0.01, 0.2))
    assert [root.low for root in answer.roots] == [pytest.approx(0.08, rel=1e-7)]


def test_a_swing_through_a_circle_is_what_root_finding_gives() -> None:
    swings = sensitivity(model_of(buyout()), "Results!A1", names=["Inputs!B2", "Inputs!B12"])
    found = {swing.name: (swing.at_low, swing.at_high) for swing in swings.swings}
    for at, name in (("Inputs!B2", "ebitda"), ("Inputs!B12", "pik_rate")):
        solved = [buyout_solved({name: BUYOUT[name] * by})[0] for by in (0.9, 1.1)]
        assert sorted(found[at]) == pytest.approx(sorted(solved), rel=1e-9)


def test_a_data_table_of_a_circular_model_settles_in_every_cell_and_trial() -> None:
    loan = {"A1": 1000.0, "B1": 0.08, "A2": "=A1+B2-150", "B2": "=B1*AVERAGE(A1,A2)", "C5": "=A2"}
    table = DataTableFormula(ref="C6:C7", r1="B1", t="dataTable")
    model = circular({**loan, "B6": 0.06, "B7": 0.1, "C6": table, "C7": 0, "F1": "=SUM(C6:C7)"})
    _, (found,) = checked(model, {A1: [900.0, 1000.0, 1500.0]}, CellAt("S", 1, 6))
    solved = [sum((debt * (1 + r / 2) - 150) / (1 - r / 2) for r in (0.06, 0.1)) for debt in (900.0, 1000.0, 1500.0)]
    assert found == pytest.approx(solved, rel=1e-9)


def test_random_circles_come_out_as_in_the_engine() -> None:
    for seed in range(12):
        _run_random(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 400))
def test_many_random_circles_come_out_as_in_the_engine(seed: int) -> None:
    _run_random(seed)


def _run_random(seed: int) -> None:
    """Simulate a random circular workbook, every trial of which the engine computes again."""
    chance = random.Random(seed)  # noqa: S311  no secrets
    inner = [f"{column}{row}" for column in "ABC"[: chance.randint(1, 3)] for row in range(1, chance.randint(2, 4))]
    formulas = {at: _random_formula(chance, inner) for at in inner}
    formulas |= {"E1": "DM_UNIFORM(0,1)", "E2": "DM_NORMAL(1,2)", "E3": "E1*2-E2*0.1"}
    formulas["D1"] = f"SUM({inner[0]}:{inner[-1]})"
    rows: dict[int, str] = {}
    for at, formula in sorted(formulas.items()):
        rows[int(at[1:])] = rows.get(int(at[1:]), "") + f'<c r="{at}"><f>{escape(formula)}</f></c>'
    cells = "".join(f'<row r="{row}">{found}</row>' for row, found in sorted(rows.items()))
    iterate = f'<calcPr iterate="1" iterateCount="{chance.choice([1, 3, 20, 100])}" iterateDelta="0.001"/>'
    model = Model.from_bytes(raw_book(cells, calculation=iterate), f"circle {seed}.xlsx")
    run = simulate(model, Options(40, outputs=[*(f"S!{at}" for at in inner), "S!D1"], check=40, seed=seed))
    assert not [n for n in run.notes if "engine" in n], formulas


def _random_formula(chance: random.Random, inner: list[str], depth: int = 0) -> str:
    def part() -> str:
        return _random_formula(chance, inner, depth + 1)

    if depth > 2 or chance.random() < 0.3:
        return chance.choice([*inner, *inner, "E1", "E2", "E3", "0.1", "0.5", "2"])
    shapes = [
        "({}+{})*0.3",
        "{}-0.2*{}",
        "MIN({},{})",
        "MAX({},{},0)*0.6",
        "IF({}>{},{},{})*0.5",
        "IFERROR({}/{},{})*0.3",
        "IF(E1>0.5,{},0.4)",
        "CHOOSE(1+(E3>0.5),{},{})*0.5",
        "ABS({})*0.5",
        "SUM(A1:A3)*0.1",
        "NPV(0.1,A1:A3)*0.2",
        "DM_SHORTFALL(MAX({},0),1)*0.3",
        'IF({}>1,"x",{}*0.4)',
        "AND({}>0,{}<2)",
    ]
    shape = chance.choice(shapes)
    return shape.format(*(part() for _ in range(shape.count("{}"))))
