"""Functions that give ranges, and ranges whose size varies, compile and come out as the engine has them."""

from __future__ import annotations

import numpy as np
import pytest
from openpyxl.worksheet.formula import ArrayFormula

from dealmodel.simulation.program import compile_program
from dealmodel.simulation.sampling.draws import find_draws
from dealmodel.workbook.address import CellAt
from dealmodel.workbook.model import Model
from tests.support.workbooks import model_of, one_sheet, saved

OUT = CellAt("S", 9, 26)
CELLS: dict[str, object] = {
    "A1": "=DM_UNIFORM(0,1)",
    "A2": "=DM_NORMAL(5,2)",
    "A3": "=A1*10",
    "A4": 2.0,
    "A5": "=A2-A1+9",
    **{f"B{i}": float(i) for i in range(1, 6)},
    **{f"K{i}": float(i) for i in range(1, 6)},
    **{f"L{i}": float(i * i) for i in range(1, 6)},
    "C1": "=INT(A1*6)-1",
    "D1": "=INT(A1*3)",
    "D2": "=INT(A2/3)",
    "D3": 1.0,
    "E1": 3.0,
    "E2": -2.0,
    "E4": "text",
    "F1": "=A1",
    "F2": -1.0,
    "F3": "=A2",
    "G1": 4.0,
    "G2": "=A1*2",
    "G3": 1.0,
}
COMPILED = [
    *("SUM(SORT(A1:A5))", "INDEX(SORT(A1:A5,1,-1),2)", "INDEX(SORT(A1:B5,2,-1),2,1)", "LARGE(SORT(A1:A5),2)"),
    *("SUM(FILTER(A1:A5,A1:A5>2))", "SUM(FILTER(A1:A5,B1:B5<=C1,-1))", "COUNT(FILTER(A1:A5,(A1:A5>2)*(B1:B5<5)))"),
    *("AVERAGE(FILTER(A1:B5,A1:A5>2))", "MAX(FILTER(A1:A5,A1:A5>9))", "MEDIAN(FILTER(A1:A5,A1:A5>2))"),
    *("COUNT(UNIQUE(D1:D3))", "SUM(UNIQUE(D1:D3))", "COUNTA(UNIQUE(D1:D3))"),
    *("SUM(MMULT(A1:B2,A3:B4))", "INDEX(MMULT(A1:B2,A3:B4),2,1)", "SUM(MINVERSE(F1:G2))"),
    *("SUMPRODUCT(MMULT(A1:B2,A3:B4))",),
    *("INDEX(LINEST(A1:A5,B1:B5),1)", "INDEX(LINEST(A1:A5,B1:B5),2)", "INDEX(LINEST(B1:B5,A1:A5,FALSE),1)"),
    *("INDEX(LINEST(A1:A3,F1:G3),1)", "TREND(A1:A5,B1:B5,6)", "SUM(TREND(A1:A5))", "SUM(TREND(A1:A5,B1:B5,C1))"),
    *("GROWTH(A3:A5,B3:B5,6)", "INDEX(LOGEST(A3:A5,B3:B5),1)"),
    *("SLOPE(A1:A5,B1:B5)", "INTERCEPT(A1:A5,B1:B5)", "FORECAST(6,A1:A5,B1:B5)", "CORREL(A1:A5,B1:B5)"),
    *("RSQ(A1:A5,B1:B5)",),
    *("SUM(FREQUENCY(A1:A5,B1:B3))", "INDEX(FREQUENCY(A1:A5,B1:B3),1)", "INDEX(FREQUENCY(A1:A5,D1:D3),2)"),
    *(f"INDEX(LINEST(A1:A5,B1:B5,TRUE,TRUE),{i},{j})" for i in range(1, 6) for j in (1, 2)),
    *(f"INDEX(LINEST(A1:A5,B1:B5,FALSE,TRUE),{i},1)" for i in range(1, 6)),
    *("IFNA(INDEX(LINEST(A1:A5,B1:B5,FALSE,TRUE),2,2),A1)", "INDEX(LINEST(A1:A5,K1:L5,1,1),2,3)"),
    *("INDEX(LOGEST(A3:A5,B3:B5,,TRUE),2,2)", "INDEX(LOGEST(A3:A5,B3:B5,,TRUE),4,1)"),
    *("IFNA(INDEX(LINEST(A1:A5,K1:L5,1,1),4,3),A1)", "IF(ISNA(INDEX(LINEST(A1:A5,K1:L5,1,1),5,3)),A2,A1)"),
    *("SUM(TAKE(A1:A5,2))", "SUM(TAKE(A1:B5,-2,1))", "SUM(TAKE(A1:B5,,-1))+A1", "SUM(TAKE(A1:B5,9))"),
    *("SUM(DROP(A1:A5,2))", "MAX(DROP(A1:B5,-2,1))+A1", "SUM(DROP(A1:B5,,1),A1)", "SUM(CHOOSECOLS(A1:C5,3,1))"),
    *("SUM(CHOOSEROWS(A1:B5,-1,2,2))", "SUM(CHOOSEROWS(A1:B5,{1,3}))", "IFERROR(CHOOSECOLS(A1:B2,5),A1)"),
    *("INDEX(TOCOL(A1:B5),3)+A2", "SUM(TOROW(A1:A5))"),
    *('CELL("row",A2)+A1', 'CELL("contents",A2)', 'CELL("col",A2)*A1'),
    *("SUM(OFFSET(B1,0,0,C1,1))", "SUM(OFFSET(B1,0,0,C1))", "SUM(OFFSET(A1,0,0,1,D2))", "AVERAGE(OFFSET(A1,0,0,C1,1))"),
    *("SUM(OFFSET(B5,0,0,-C1,1))", "SUM(OFFSET(B1,C1,0,2,1))", "MAX(OFFSET(A1:A5,D1,0,C1))"),
    *("NPV(A1,OFFSET(B1,0,0,C1,1))", "SUM(INDEX(B1:B5,C1):B5)", "SUM(B1:INDEX(B1:B5,C1))", "SUM(B2:INDEX(A1:E1,C1))"),
    *("SUM(INDEX(B1:B5,D1+1):INDEX(B1:B5,C1))", "SUM(SMALL(A1:A5,ROW(B1:B2)))", "NPER(0.1,-20,100,0,A1)"),
    *("PMT(0.1,10,-100,0,A1)", "PV(0.1,10,-1,0,A1)", "FV(0.1,10,-1,0,A1)", "IF(A1*0+0.1+0.2=0.3,A1,-1)"),
    *("IF(A1*3-A1*2-A1<>0,1,A1)", "IF((A1+0.1)-0.1>=A1,A1,-1)", "IF((A1+0.7)-0.7<A1,-1,A1)"),
    *("MAX(OFFSET(A1,C1,1,2,2))", "FORECAST(A1,OFFSET(A1,D1,0,2),OFFSET(B1,D1,0,2))", "COUNT(OFFSET(E1,D1,0,3,1))"),
    *("SUMPRODUCT(OFFSET(A1,D1,0,2,1),OFFSET(F1,0,D1,2,1))", "STDEV(OFFSET(B1,D1+1,0,3,1))"),
    *("SUM(OFFSET(A1,C1-3,0,2,1))", "SUM(OFFSET(E3,D1,0,-2,1))", "AVERAGE(OFFSET(A1,MATCH(A2,B1:B5,1)-1,0,2,2))"),
    *("SUM(A1:INDEX(A1:A5,G1))", "NPV(0.1,A1:INDEX(A1:A5,G1))", "NPV(0.1,B1:INDEX(B1:B5,C1))+A1"),
    *("MAX(A5:INDEX(A1:A5,2))", "SUMPRODUCT(A1:INDEX(A1:A5,G1)*(B1:B4>1))"),
    *("SUMPRODUCT(A1:INDEX(A1:A5,G1),B1:INDEX(B:B,G1))"),
    *("IF(A1>0,NPV(0.1,A5:INDEX(A1:A5,5))/A2)", "AVERAGE(INDEX(A1:B5,2,1):INDEX(A1:B5,G1,2))"),
    *("ROWS(FILTER(A1:A5,A1:A5>2))", "ROWS(FILTER(A1:B5,(A1:A5>2)*(B1:B5<4)))"),
    *("IFERROR(ROWS(FILTER(A1:A5,A1:A5>A2)),0)",),
    *("SUM(FILTER(A1:A2,E1:E2<0,7))", "LCM(B1,D1+1,H9)+A1", "GCD(B4,D1*2,H9)+A1"),
]  # fmt: skip


@pytest.mark.parametrize("formula", COMPILED)
def test_it_compiles_and_every_trial_is_the_engines(formula: str) -> None:
    model = model_of(CELLS | {"Z9": f"={formula}"})
    program = compile_program(model, find_draws(model), (), [OUT])
    uniforms = {d: np.random.default_rng(i).random(64) for i, d in enumerate(program.draws)}
    assert program.check(uniforms, count=64) == 64
    assert program.fallback == ()
    assert np.isfinite(program.run(uniforms)[OUT]).any()


@pytest.mark.parametrize(
    "formula",
    [
        *(
            "SUM(OFFSET(S!A1,0,0,S!C1,S!D2))",
            "SUM(OFFSET(S!B2,S!C1,S!D1))",
            "OFFSET(S!A1,S!C1,S!D1)",
            "OFFSET(S!A1,S!C1-1,S!D1-1)",
        ),
        *(
            "AVERAGE(OFFSET(S!G5,0,0,-S!C1,-S!D2))",
            "MAX(OFFSET(S!A1,S!C1,S!D1,2,2))",
            "COUNT(OFFSET(S!E1,S!D1,S!D1,3,2))",
        ),
        *("SUM(OFFSET(S!A1,S!C1,S!D1,2,1),S!A1)", "SUM(OFFSET(S!A1,S!C1*3,S!D1*5,2,2))+S!A1"),
    ],
)
def test_a_reference_that_moves_both_ways_compiles(formula: str) -> None:
    book = one_sheet(CELLS)
    book.create_sheet("T")["A1"] = f"={formula}"
    model = Model.from_bytes(saved(book), "book.xlsx")
    out = CellAt("T", 1, 1)
    program = compile_program(model, find_draws(model), (), [out])
    uniforms = {d: np.random.default_rng(i).random(64) for i, d in enumerate(program.draws)}
    assert program.check(uniforms, count=64) == 64
    assert program.fallback == ()
    assert np.isfinite(program.run(uniforms)[out]).any()


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("SUM(SORT(E1:E4))+A1", None),
        ("INDEX(SORT(F1:G3,A1*2+1),1)", "SORT in a way that varies is not compiled"),
        (
            "ROUND(INDEX(LINEST(2*A1:A2,A1:A2,TRUE,TRUE),3,1),6)+A1",
            "LINEST with statistics of a line that fits exactly, or not at all, is not compiled",
        ),
        ("ROWS(FILTER(A1:A5,A1:A5>2,A1:A3))", "FILTER is not compiled"),
        ("COUNT(OFFSET(E1,0,0,C1,1))", "OFFSET tells only when it is computed to which cells it refers"),
        ("SUM(SEQUENCE(C1+3))", "SEQUENCE is not compiled"),
        ("SUM(FILTER(A1:A2,E1:E2>9,A4:A5))", "FILTER is not compiled"),
        ('XLOOKUP(H9,A:A,B:B,"none")+A1', "XLOOKUP of a blank is not compiled"),
        ("XMATCH(H9,A1:A9)+A1", "XMATCH of a blank is not compiled"),
        ("SUM(OFFSET(Z1,0,0,C1,D2))", "OFFSET tells only when it is computed to which cells it refers"),
    ],
)
def test_what_does_not_compile_runs_in_the_engine_and_says_why(formula: str, reason: str | None) -> None:
    model = model_of(CELLS | {"Z9": f"={formula}"})
    program = compile_program(model, find_draws(model), (), [OUT])
    uniforms = {d: np.random.default_rng(i).random(8) for i, d in enumerate(program.draws)}
    program.run(uniforms)
    assert program.check(uniforms, count=8) == 8
    assert [(kept.at, kept.reason) for kept in program.fallback] == ([(OUT, reason)] if reason else [])


@pytest.mark.parametrize("formula", ["LET(x,A1:A5*2,MAX(x))", "LET(x,B1:B5*A1,SUM(x)+MIN(x))", "MAX(A1:A5*2)"])
def test_an_array_formula_makes_one_value_of_many(formula: str) -> None:
    model = model_of(CELLS | {"Z9": ArrayFormula("Z9", f"={formula}")})
    program = compile_program(model, find_draws(model), (), [OUT])
    uniforms = {d: np.random.default_rng(i).random(64) for i, d in enumerate(program.draws)}
    assert program.run(uniforms)[OUT].shape == (64,)
    assert program.check(uniforms, count=64) == 64
    assert program.fallback == ()


def test_an_array_formula_of_a_table_spills_its_elements() -> None:
    model = model_of(CELLS | {"Z9": "=INDEX(TREND(A1:A5,B1:B5),3)-INDEX(TREND(A1:A5,B1:B5),2)-SLOPE(A1:A5,B1:B5)"})
    program = compile_program(model, find_draws(model), (), [OUT])
    uniforms = {d: np.random.default_rng(i).random(500) for i, d in enumerate(program.draws)}
    np.testing.assert_allclose(program.run(uniforms)[OUT], 0, atol=1e-12)
