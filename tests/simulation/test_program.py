"""The compiled program gives what the engine gives, trial by trial."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dealmodel.cells import ERRORS, CellError
from dealmodel.errors import WorkbookError
from dealmodel.simulation.compiler.careful.functions.single_values import ELEMENTWISE
from dealmodel.simulation.program import DisagreementError, compile_program, verify
from dealmodel.simulation.sampling.draws import find_draws
from dealmodel.workbook.address import CellAt
from dealmodel.workbook.model import Model
from tests.support.workbooks import model_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dealmodel.simulation.compiler.careful.evaluator import Careful
    from dealmodel.simulation.compiler.careful.operands import Value
    from dealmodel.simulation.program import Program

WORKED_CASE = Path(__file__).parents[2] / "workbooks" / "zte_alibaba_2018.xlsx"
A1, B1 = CellAt("S", 1, 1), CellAt("S", 1, 2)
# Numbers on both sides of every step that the formulas below make.
TRIALS = np.array([-2.0, -1.0, -0.5, 0.0, 0.25, 0.5, 1.0, 1.005, 1.5, 2.0, 2.5, 3.0, 7.0, 1e3, 1e200])

FORMULAS = [
    "A1+B1*2-3/7",
    "1/A1",
    "A1/B1",
    "A1^B1",
    "A1^2",
    "A1^(B1-2)",
    "IFERROR(A1^(B1-2),5)+POWER(A1,0)",
    "IFERROR(A1^0,7)",
    "0^(A1-1)",
    "IFERROR(A1^(1/3),9)",
    "A1^(-1/3)",
    "-A1%",
    "-2^A1",
    "1E200*A1",
    "SQRT(A1)",
    "LN(A1)+EXP(A1)",
    "LOG(A1,3)",
    "INT(A1)+TRUNC(A1)+SIGN(A1)",
    "ROUND(A1,2)+ROUNDUP(A1,1)+ROUNDDOWN(A1,0)+ROUND(A1*1000,-1)",
    "MOD(A1,B1)",
    "IF(A1>0,A1,B1)",
    "IF(A1,1,2)",
    "IF(A1>1,TRUE,FALSE)",
    "IF(A1=0,0,B1/A1)",
    'IF(A1>1,A1,"none")',
    'IF(A1>1,A1,"none")+1',
    'IF(A1>1,A1,"3")+1',
    'IF(A1>1,"high","low")="HIGH"',
    'IF(A1>1,"b",A1)>"a"',
    "IF(A1>1,C1,5)",
    "IF(A1>1,NA(),5)",
    'IFERROR(1/A1,"n.m.")',
    "IFERROR(B1/A1,-1)*2",
    "IFERROR(IFERROR(1/A1,SQRT(A1-1)),7)",
    "IFNA(MATCH(A1,{0,1,2},0),-1)",
    "ISERROR(1/A1)",
    "ISERR(SQRT(A1))+ISNUMBER(1/A1)",
    "ISNA(MATCH(A1,{0,1,2},0))",
    "AND(A1>0,B1>0)",
    "OR(A1>2,B1>2,1/A1>3)",
    "NOT(A1>1)",
    "SUM(A1:C1,2)",
    "SUM(A1,TRUE,A1>1)",
    "MAX(A1:D1)-MIN(A1:D1)",
    "MAX(0,A1)",
    "AVERAGE(A1:D1)",
    "COUNT(A1:D1)+COUNTA(A1:D1)",
    "PRODUCT(A1:B1)",
    "SUMPRODUCT(A1:B1,A1:B1)",
    "SUMPRODUCT((A1:B1>0)*(A1:B1))",
    "MEDIAN(A1:B1,3)",
    "(A1>1)+(B1>1)",
    "(A1>1)*A1",
    "A1=B1",
    "A1<>1",
    "CHOOSE(A1,10,20,30)",
    "INDEX({10;20;30},MATCH(A1,{0,1,2},1))",
    "MATCH(A1,{0,1,2},1)",
    "VLOOKUP(A1,{0,5;1,6;2,7},2)",
    "VLOOKUP(A1,{0,5;1,6;2,7},2,FALSE)",
    "HLOOKUP(A1,{0,1,2;5,6,7},2,TRUE)",
    '_xlfn.XLOOKUP(A1,{0,1,2},{5,6,7},"none")',
    "NPV(A1,1,2,B1)",
    "PMT(A1/10,5,100)",
    "PV(A1/10,5,100,3)+FV(A1/10,5,100,3)",
    'D1&"x"="abcx"',
    'IF(D1="abc",A1,B1)',
    "A1+D1",
    "A1+C1",
    "C1=A1",
    "DM_STAKE_SOLD(A1,B1)",
    "DM_OFFSET_RATIO(A1,B1)",
    "IFERROR(DM_MULTIPLE(100,A1),0)",
    "IF(DM_RECONCILES(A1,0,2),1,0)",
    "INDEX(DM_CASH_WATERFALL(A1,E1:E3),2)",
    "INDEX(DM_VALUATION_RANGE(A1,0.1,0.5,0,0.01,0.01),1,2)",
    "SUM(DM_CASH_WATERFALL(A1,E1:E3))",
    "DM_PRESENT_VALUE(E1:E3,F1:F3,A1)",
    "DM_CASH_LEFT(A1,E1:E3)",
    "LEN(A1)",
    "IRR({-10,5,6})*A1",
    'TEXT(A1,"0.0")',
    "EDATE(43000,A1)",
    "OFFSET(A1,0,0)*2",
]  # fmt: skip


def model_with(formula: str) -> Model:
    cells = {"A1": 1.5, "B1": 2.0, "D1": "abc", "E1": 1.0, "E2": 4.0, "E3": 10.0, "F1": 0.0, "F2": 1.0, "F3": 2.5}
    return model_of(cells | {"H9": f"={formula}"})


def trials() -> dict[CellAt, NDArray[np.float64]]:
    first, second = np.meshgrid(TRIALS, [0.0, 2.0, -1.5])
    return {A1: first.ravel(), B1: second.ravel()}


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_compiled_formula_gives_what_the_engine_gives(formula: str) -> None:
    program = compile_program(model_with(formula), (), [A1, B1], [CellAt("S", 9, 8)])
    assert program.check({}, trials(), 100) == 45


def test_errors_keep_their_kind() -> None:
    program = compile_program(model_with("IF(A1<0,SQRT(A1),IF(A1>2,NA(),1/A1))"), (), [A1], [CellAt("S", 9, 8)])
    out = program.run({}, {A1: np.array([-1.0, 0.0, 1.0, 5.0])})[CellAt("S", 9, 8)]
    codes = program.errors(CellAt("S", 9, 8))
    assert [ERRORS[c - 1] if c else v for c, v in zip(codes, out, strict=True)] == [
        CellError.NUM,
        CellError.DIV0,
        1.0,
        CellError.NA,
    ]
    assert np.isnan(out[codes > 0]).all()


def test_the_last_block_and_blocks_with_errors_are_whole() -> None:
    program = compile_program(model_with("IF(A1>0,1/(A1-5000),A1)"), (), [A1], [CellAt("S", 9, 8)])
    values = np.arange(20_001.0)
    out = program.run({}, {A1: values})[CellAt("S", 9, 8)]
    with np.errstate(divide="ignore"):
        expected = np.where(values > 0, 1 / (values - 5000), values)
    expected[5000] = np.nan
    np.testing.assert_array_equal(out, expected)
    assert np.flatnonzero(program.errors(CellAt("S", 9, 8))).tolist() == [5000]


def test_what_does_not_compile_is_left_to_the_engine_and_said() -> None:
    program = compile_program(model_with("ROWS(UNIQUE(A1:B1))"), (), [A1], [CellAt("S", 9, 8)])
    assert [(str(k.at), k.reason) for k in program.fallback] == [("S!H9", "UNIQUE is not compiled")]
    assert program.run({}, {A1: np.array([1.0, 2.0])})[CellAt("S", 9, 8)].tolist() == [1.0, 1.0]


def test_a_circle_is_left_to_the_engine() -> None:
    model = model_of({"A1": 1.0, "B1": "=A1+B2", "B2": "=IF(A1>1,B1,0)"})
    program = compile_program(model, (), [A1], [CellAt("S", 1, 2)])
    assert [k.reason for k in program.fallback] == ["it refers to itself"] * 2


def test_a_circle_that_keeps_its_value_feeds_no_trial_unless_nothing_behind_it_varies() -> None:
    cells: dict[str, object] = {"A1": 1.0, "A2": 1.0, "B1": "=A1+B1*0.5", "C1": "=A2+B1", "D1": "=A2*2"}
    model = model_of(cells)
    with pytest.raises(
        WorkbookError, match="depends on S!B1, which cannot be computed for each trial: it refers to it"
    ):
        compile_program(model, (), [A1], [CellAt("S", 1, 3)])
    program = compile_program(model, (), [CellAt("S", 2, 1)], [CellAt("S", 1, 4)])
    assert program.run({}, {CellAt("S", 2, 1): np.array([1.0, 3.0])})[CellAt("S", 1, 4)].tolist() == [2.0, 6.0]


def test_a_long_chain_of_cells_compiles() -> None:
    cells: dict[str, object] = {"A1": 1.0} | {f"A{i}": f"=A{i - 1}+1" for i in range(2, 3001)}
    program = compile_program(model_of(cells), (), [A1], [CellAt("S", 3000, 1)])
    assert program.run({}, {A1: np.array([1.0, 5.0])})[CellAt("S", 3000, 1)].tolist() == [3000.0, 3004.0]


def test_draws_take_their_quantiles_also_with_uncertain_arguments() -> None:
    model = model_of(
        {"A1": "=DM_UNIFORM(0,10)*2", "B1": "=DM_NORMAL(A1,1)+DM_EVENT(0.25,100)", "C1": "=DM_OUTPUT(A1+B1)"}
    )
    draws = find_draws(model)
    program = compile_program(model, draws, (), [A1, B1, CellAt("S", 1, 3)])
    uniforms = {d: np.array([0.5, 0.9]) for d in draws}
    results = program.run(uniforms)
    assert results[A1].tolist() == [10.0, 18.0]
    np.testing.assert_allclose(results[B1], [10.0, 18.0 + 1.2815515655446004 + 100.0])
    rng = np.random.default_rng(1)
    assert verify(program, model, {d: rng.uniform(size=100) for d in draws}) == 64


def test_a_draw_outside_its_domain_is_an_error_in_its_trials_alone() -> None:
    model = model_of({"A1": 1.0, "B1": "=DM_NORMAL(0,A1)", "C1": "=IFERROR(B1,7)"})
    draws = find_draws(model)
    program = compile_program(model, draws, [A1], [CellAt("S", 1, 3)])
    out = program.run({d: np.full(3, 0.5) for d in draws}, {A1: np.array([1.0, -1.0, 2.0])})
    assert out[CellAt("S", 1, 3)].tolist() == [0.0, 7.0, 0.0]


def test_a_disagreement_stops_with_cell_values_and_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(evaluator: Careful, value: Value, digits: Value = None) -> NDArray[np.float64]:
        return evaluator.number(value) + 0 * evaluator.number(digits)

    monkeypatch.setitem(ELEMENTWISE, "TRUNC", wrong)
    program = compile_program(model_of({"A1": 1.0, "B1": "=TRUNC(A1,0)", "C1": "=B1*2"}), (), [A1], [CellAt("S", 1, 3)])
    with pytest.raises(DisagreementError, match=r"S!B1 comes out as 1\.25 in .* and as 1\.0 in .*S!A1 = 1\.25"):
        program.check({}, {A1: np.array([1.25])})


def worked_case() -> tuple[Program, dict[CellAt, NDArray[np.float64]], Model]:
    model = Model.open(WORKED_CASE)
    rng = np.random.default_rng(3)
    names = ("price", "stake_sold", "tax_rate", "rnd_growth", "fine_paid_share")
    varied = {at: model.value_at(at) for name in names for at in (model.input_cell(name),)}
    values = {at: v * rng.uniform(0.8, 1.2, 5000) for at, v in varied.items() if isinstance(v, float) and v}
    program = compile_program(model, (), list(values), list(model.formulas))
    return program, values, model


def test_the_worked_case_agrees_with_the_engine_in_every_formula() -> None:
    program, values, _ = worked_case()
    assert program.fallback == ()
    assert program.check({}, values, 12) == 12


@pytest.mark.slow
def test_results_do_not_depend_on_what_was_run_before() -> None:
    program, values, model = worked_case()
    first = program.run({}, values)
    again = compile_program(model, (), list(values), program.outputs).run({}, {a: v[100:] for a, v in values.items()})
    for at, out in first.items():
        np.testing.assert_array_equal(out[100:], again[at])


def test_a_schedule_that_ends_in_texts_is_counted() -> None:
    cells: dict[str, str | float] = {"A1": 250.0, "B1": 1000.0, "A9": 1.0, "H9": "=B1-A1", "E1": "=COUNT(A9:A13)"}
    for row in range(10, 14):
        cells[f"A{row}"] = f'=IF(H{row - 1}="","",IF(ROUND(H{row - 1},2)<=0,"",A{row - 1}+1))'
        cells[f"C{row}"] = f'=IF(A{row}="","",H{row - 1})'
        cells[f"H{row}"] = f'=IF(A{row}="","",C{row}-A$1)'
    instalment, count = CellAt("S", 1, 1), CellAt("S", 1, 5)
    program = compile_program(model_of(cells), (), [instalment], [count])
    instalments = {instalment: np.array([10.0, 300.0, 3000.0])}
    assert program.check({}, instalments) == 3
    assert program.run({}, instalments)[count].tolist() == [5.0, 4.0, 1.0]
