"""Functions of finance workbooks compile, and give what the engine gives in every trial, errors and texts included."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dealmodel.simulation.compiler.careful import engine_calls
from dealmodel.simulation.program import compile_program
from dealmodel.workbook.address import CellAt
from tests.support.workbooks import model_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

A1, B1 = CellAt("S", 1, 1), CellAt("S", 1, 2)
CELLS: dict[str, object] = {
    "A1": 0.3,
    "B1": 2.0,
    "C1": 3.0,
    "D1": "t",
    "A2": 1.5,
    "B2": 7.0,
    "C2": 1.0,
    "D2": 4.0,
    "H1": 2.0,
    "I1": 3.0,
    "E1": "x",
    "E2": "y",
    "E3": "x",
    "E4": "xy",
    "F1": -100.0,
    "F2": 30.0,
    "F3": 50.0,
    "F4": 60.0,
    "G1": 45000.0,
    "G2": 45100.0,
    "G3": 45400.0,
    "G4": 45800.0,
    "F5": "=F4*A1",
    # A cell that is now an error, now a text, TRUE or a text of digits, and one that is now blank.
    "K1": '=IF(A1>2,NA(),IF(A1>1,"x",IF(A1<-1,TRUE,IF(A1=0,"3",A1))))',
    "L1": "=IF(A1>0.9,Z99,B1)",
}
GROUPS = {
    "conditions": [
        'SUMIF(A1:D1,">1")',
        'SUMIF(A1:D1,">"&A2,A1:D1)',
        "COUNTIF(A1:D1,A1)",
        'SUMIFS(A1:D1,A1:D1,">1",A1:D1,"<5")',
        'COUNTIF(A1:D1,"<>3")',
        'COUNTIFS(A1:D1,">1",A2:D2,"<5")',
        'AVERAGEIF(A1:D1,">1")',
        'AVERAGEIFS(A1:D1,A1:D1,">50")',
        'MINIFS(A1:D1,A1:D1,">1")',
        'MAXIFS(A1:D1,A2:D2,">1")',
        'SUMIF(E1:E4,"x*",F2:F5)',
        'SUMIF(E1:E4,"x",F2:F5)',
        'SUMIF(K1:N1,">=0.5",K1:N1)',
        'SUMIF(K2:N2,"",K1:N1)',
        'COUNTIF(K:K,"")+COUNTIF(K:K,0.25)',
        'COUNTIFS(K:K,"",L:L,"")+COUNTBLANK(K:L)',
        "ROWS(K:K)*A1+COLUMNS(2:2)",
        'COUNTIF(K1:N1,"x")+COUNTIF(K1:N1,TRUE)+COUNTIF(K1:N1,"<>x")',
        "IFS(A1>1,1,A1>0,B1)",
        "IFS(K1>1,1,TRUE,2)",
        'SWITCH(A1,1,10,2,B1,"else")',
        "SWITCH(A1,1,10,2,20)",
        "XOR(A1>0,B1>0)",
        "LET(x,A1*2,y,x+B1,x*y)",
    ],
    "dates": [
        "EDATE(45000,A1)",
        "EOMONTH(45000+A1,B1)",
        "DATE(2020,A1,B1)",
        "YEAR(45000+A1)+MONTH(45000+A1*100)+DAY(45000+A1)",
        "DAYS(45000+A1,45000)",
        "YEARFRAC(45000,45000+A1*10,1)",
        "NETWORKDAYS(45000,45000+A1)",
        "WORKDAY(45000,A1,G1:G4)",
        'DATEDIF(45000,45000+A1*50,"m")',
        "SUMPRODUCT((MONTH(G1:G4+A1)=6)*F1:F4)",
        "EDATE(K1,L1)",
    ],
    "money": [
        "IRR(F1:F5)",
        "IRR(A1:C1)",
        "IRR(K1:N1,0.2)",
        "XIRR(F1:F4,G1:G4)*A1",
        "XIRR(F1:F4,G1:G4,A1)",
        "XNPV(0.1+A1,F1:F4,G1:G4)",
        "MIRR(F1:F5,0.1,A1)",
        "IPMT(A1,B1,10,100)",
        "PPMT(A1,1,10,100,0,1)",
        "CUMIPMT(A1,10,100,1,3,0)",
        "CUMPRINC(A1,10,100,1,3,0)",
        "RATE(10,A1,100)",
        "NPER(A1,-20,100)",
        "SLN(A1,1,5)+SYD(A1,1,5,1)",
        "DB(A1,1,5,1)",
        "DDB(A1,1,5,1)",
        "VDB(A1,1,5,0,1)",
        "EFFECT(A1,4)",
        "PRICE(45000,48000,A1,0.05,100,2)",
        "IPMT(K1,1,10,100)",
    ],
    "worth over time": [
        "RATE(INT(A1*10),B1,-A2)",
        "RATE(12,B1,-100*A1,D2)",
        "RATE(12,B1,-100*A1,-D2,0,0.2)",
        "RATE(12,B1,-20,D2*A1,1)",
        "DB(100*A1,7,INT(B1*5),3)",
        "DB(100*A1,7,6,INT(B1*4))",
        "DB(100,7,6.5,7,INT(A1))",
        "DDB(100*A1,7,INT(B1*5),2)",
        "DDB(100,7*A1,10,4,1.5)",
        "DDB(100,7*A1,10,A1,1.5)",
        "VDB(100*A1,7,10,0,INT(B1*4))",
        "VDB(100,7*A1,10,2,5,1.5)",
        "VDB(100,7*A1,10,2,5,1.5,TRUE)",
        "VDB(100,7,10,B1,10,A1)",
        "SLN(100,A1,B1)+SYD(100*A1,7,5,B1)",
        "EFFECT(A1,B1*2)",
        "NOMINAL(A1,B1*2)",
    ],
    "multiples": [
        "CEILING(A1,B1)+FLOOR(A1,B1)",
        "CEILING(A1,-B1)",
        "FLOOR(-A1,-B1)",
        "CEILING(ROUND(A1,1),0.1)",
        "FLOOR(ROUND(A1,2),0.05)",
        "CEILING(A1,INT(B1))",
        "FLOOR(A1,INT(B1))",
        "CEILING.MATH(A1,B1)+FLOOR.MATH(A1)",
        "CEILING.MATH(A1,B1,1)+FLOOR.MATH(A1,B1,1)",
        "FLOOR.MATH(A1,B1,IF(A1>1,E1,0))",
        "CEILING.MATH(A1,B1,1/(A1-1))",
        "MROUND(A1,B1)",
        "MROUND(ROUND(A1,2),0.05)",
        "MROUND(A1,INT(B1))",
    ],
    "few of many": [
        "GEOMEAN(A1:C1)+HARMEAN(A1:C1)",
        "GEOMEAN(A1:C1,INT(A1))",
        "SUMIF(K1:N1,Z9)+COUNTIF(A1:C1,Z9)",
        "COUNTIF(A1:D2,IF(A1>1,K1,Z9))",
        "TRIMMEAN(A1:D2,0.5)",
        "TRIMMEAN(A1:D2,0.3)",
        "TRIMMEAN(A1:C2,A1)",
        "AVERAGEA(A1:C1)+MAXA(A1:C2)+MINA(A1:C2)+STDEVA(A1:C2)+VARA(A1:C2)",
        "AVERAGEA(A1:D1)+MAXA(K1,A1)+MINA(A1:D1)",
        "SUMXMY2(A1:C1,A2:C2)+SUMX2MY2(A1:C1,A2:C2)+SUMX2PY2(A1:C1,A2:C2)",
        "SUMXMY2(A1:D1,A2:D2)",
        "LOOKUP(A1,{-1,0.5,2},{10,20,30})",
        'LOOKUP(A1,{-1,0.5},{"low","high"})&"!"',
        "LOOKUP(A1,F2:F4)",
        "LOOKUP(A1*100,F2:F4,G1:G3)",
        "LOOKUP(A1*100,F2:G4)",
        "LOOKUP(K1,F2:F5)",
        'COUNTIF(A1:D1,">"&INT(A1))',
        'COUNTIF(A1:D1,">"&A1)',
        'SUMIFS(A1:D1,A2:D2,"<="&INT(A1))',
        'COUNTIF(E1:E4,IF(A1>1,"x*",IF(A1>0,"y",3)))',
        'SUMIF(K1:N1,IF(A1>1,"x",IF(A1>0.5,TRUE,0.25)),A2:D2)',
    ],
    "conditions that vary": [
        'COUNTIF(K1:N1,">"&A1)+COUNTIF(K1:N1,"<"&A1)',
        'COUNTIFS(K1:N1,"<="&K1,A1:D1,">="&L1)',
        'SUMIFS(A1:D1,A2:D2,"<>"&A1)',
        'COUNTIF(K1:N1,"<>"&A1)',
        'COUNTIF(K1:N1,"="&A1)+COUNTIF(A1:D1,"="&A1)',
        'COUNTIF(A1:D1,">="&A1/3)+COUNTIF(A1:D1,"<="&1/3)',
        'SUMIF(A1:D1,"="&A1,A2:D2)',
        'AVERAGEIF(A1:D1,">"&-A1)',
        'AVERAGEIFS(F1:F4,G1:G4,">="&EDATE(45000,A1),G1:G4,"<"&45800)',
        'MAXIFS(F1:F4,G1:G4,">"&45000+100*A1)+MINIFS(F1:F4,G1:G4,"<"&45100+A1)',
        'COUNTIF(K:K,">"&A1)+COUNTIFS(K:K,"<="&B1)',
        'COUNTIF(A1:D1,">"&Z99)',
        'SUMIF(A1:D1,">"&IF(A1>1,E1,A1))',
    ],
    "the nearest": [
        "MATCH(A1,{9,7,7,3,1,-1},-1)",
        "MATCH(7*A1,{9,7,7,3,3,-1},-1)",
        "MATCH(K1,{9,7,3,1,-1},-1)",
        "MATCH(A1,A1:C1)+MATCH(B1,F2:F4)",
        "MATCH(100*A1,F1:F5)",
        "MATCH(A1,A2:D2,-1)",
        "MATCH(K1,{0,1,2,2,3})",
        "VLOOKUP(A1*50,F2:G5,2)",
        "HLOOKUP(A1,A1:D2,2)",
        "HLOOKUP(A1*3,H1:I2,1,TRUE)",
        "LOOKUP(A1*50,F2:F5,G1:G4)",
        "XLOOKUP(A1*50,F1:F5,G1:G5,-7,-1)",
        'XLOOKUP(A1*50,F1:F5,G1:G5,"none",1)',
        "XLOOKUP(K1,F1:F5,F1:F5,E1,1)",
        "XLOOKUP(A1,K1:N1,K1:N1,,-1)",
        "XMATCH(A1*50,F1:F5,-1)+XMATCH(A1,F1:F5,1)",
        "IFERROR(XMATCH(60*A1,F1:F5),0)+IFERROR(XMATCH(K1,K1:N1,1),0)",
        'XMATCH("x*",E1:E4,2)+A1',
    ],
    "totals": [
        "AGGREGATE(9,6,K1:N1)+AGGREGATE(1,6,A1:D1)",
        "AGGREGATE(2,6,K1:N1)+AGGREGATE(3,6,K1:N1)+AGGREGATE(3,5,K1:N1)",
        "AGGREGATE(4,6,K1:N1,A1)",
        "AGGREGATE(9,4,K1:N1)",
        "AGGREGATE(14,6,K1:N1,1)",
        "AGGREGATE(14,6,F1:F5,1.5)+LARGE(F1:F5,A1+0.5)",
        "AGGREGATE(14,6,A1:D1/(A2:D2>1.6),1)",
        "AGGREGATE(15,6,F1:F5/(F1:F5>A1*30),1.5)",
        "AGGREGATE(15,6,F1:F5/(F1:F5>A1*30),3)",
        "AGGREGATE(12,6,F1:F5)+AGGREGATE(16,6,F1:F5,0.3)+AGGREGATE(17,6,F1:F5,1.7)",
        "AGGREGATE(12,6,K1:N1)",
        "AGGREGATE(19,6,F1:F5,1)+AGGREGATE(7,6,F1:F5)",
        "AGGREGATE(14,6,F1:F5,A1)",
        "AGGREGATE(14,7,F1:F5,9)",
        "AGGREGATE(5,6,1/K1:L1)",
        "AGGREGATE(6,2,A1:C1,AGGREGATE(9,6,A1:B1))",
    ],
    "statistics": [
        "LARGE(A1:D1,1)",
        "SMALL(A1:D1,A1)",
        "RANK(A1,A1:D1)+RANK(B1,A1:D1,1)",
        "RANK(A1,A2:D2)",
        "MEDIAN(A1:D1)",
        "PERCENTILE(A1:D1,A1)",
        "QUARTILE(A1:D1,A1)",
        "STDEV(A1:D1)+VAR(A1:D1)+STDEV.P(A1:D1)+VARP(A1:D1)",
        "AVEDEV(A1:D1)+DEVSQ(A1:D1)",
        "SUMSQ(A1:D1)",
        "STDEV(K1:N1)",
        "MEDIAN(K1:N1)",
        "LARGE(K1:N1,2)",
        "CORREL(A1:C1,A2:C2)",
        "FORECAST(A1,F1:F4,G1:G4)",
        "NORM.INV(A1,10,B1)",
        "NORM.S.INV(A1)+NORMSINV(A1)",
        "NORM.DIST(A1,0,B1,TRUE)",
        "NORM.S.DIST(A1,FALSE)",
        "LOGNORM.INV(A1,0,1)",
        "BETA.INV(A1,2,3,0,10)",
        "BINOM.INV(10,0.5,A1)",
        "NORM.INV(K1,0,1)",
    ],
    "places": [
        "ROW()+A1",
        "ROW(B5)*COLUMN(B5)+A1",
        "SUM(INDEX(A1:D3,0,2),INDEX(A1:D3,1,0))",
        "SUM(CHOOSE(2,A1:B1,A1:C1,A2:D2))",
        "CHOOSE(1,A1,B1)+CHOOSE(2,A1,Z99)",
        "OFFSET(A1,0,1)",
        "SUM(OFFSET(A1,0,0,1,2))",
        "SUM(OFFSET(D1,0,0,1,-3))",
        "OFFSET(A1,B1,0)",
        "OFFSET(A1,0,A1)",
        'INDIRECT("A"&1)+INDIRECT("S!B1")',
        "MATCH(A1,F1:F4,-1)",
        "MATCH(A1,C1:H1,1)",
        'INDEX(F1:F5,MATCH("xy",E1:E4,0)+1)',
        'VLOOKUP("x?",E1:F5,2,FALSE)+A1',
        "HLOOKUP(A1,A1:D3,2)",
        "LOOKUP(A1,F1:F4,G1:G4)",
        "XLOOKUP(A1,F1:F4,G1:G4,0,-1)",
        "SUBTOTAL(9,A1:D1)+SUBTOTAL(101,A1:D1)",
        "AGGREGATE(9,6,K1:N1)",
        "SUM(TRANSPOSE(A1:D1))+SUM(VSTACK(A1,B1),HSTACK(A1,C1))",
    ],
    "numbers": [
        "CEILING(A1,0.5)+FLOOR(A1,0.5)",
        "MROUND(A1,0.5)",
        "SUMPRODUCT(ROUND(A1:C1,1),A2:C2)",
        "SUMPRODUCT(--(A1:D1>1),A2:D2)",
        "ASIN(A1)+ATAN2(A1,B1)",
        "FACT(A1)+COMBIN(10,A1)",
        'VALUE(TEXT(A1,"0.0"))',
        'LEN("a"&A1)',
        "LEN(TRIM(A1/3))",
        'SEARCH("3",A1/3)',
        "N(K1)+T(K1)",
        "ERROR.TYPE(1/A1)",
        "TYPE(K1)",
        "FVSCHEDULE(100,A1:C1)",
    ],
}  # fmt: skip
VALUES = np.array([-2.0, -1.0, -0.5, 0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 7.0, 1e3, *np.linspace(0.01, 0.99, 8)])


@pytest.mark.parametrize("group", GROUPS)
def test_functions_compile_and_give_what_the_engine_gives(group: str) -> None:
    formulas = {f"P{i}": f"={formula}" for i, formula in enumerate(GROUPS[group], start=1)}
    outputs = [CellAt("S", i, 16) for i in range(1, len(formulas) + 1)]
    program = compile_program(model_of(CELLS | formulas), (), [A1, B1], outputs)
    first, second = (a.ravel() for a in np.meshgrid(VALUES, [0.5, 2.0]))
    together = program.run({}, {A1: first, B1: second})
    assert program.fallback == ()
    for i in range(0, len(first), 3):
        alone = program.run({}, {A1: first[[i]], B1: second[[i]]})
        for at, found in together.items():
            np.testing.assert_array_equal(alone[at], found[[i]], err_msg=f"{at} in trial {i}")
    assert program.check({}, {A1: first, B1: second}, 40) == 40


def test_a_function_is_called_once_for_equal_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def counted(*arguments: object) -> float:
        calls.append(arguments)
        return 1.0

    monkeypatch.setattr(engine_calls, "registrations", lambda **_: [("NETWORKDAYS", counted, 2, 3)])
    program = compile_program(model_of({"A1": 1.0, "B1": "=NETWORKDAYS(45000,A1)"}), (), [A1], [B1])
    program.run({}, {A1: np.zeros(1)})
    calls.clear()
    program.run({}, {A1: np.arange(5000.0) % 7})
    assert sorted(calls) == [(45000.0, float(i)) for i in range(7)]


def test_a_range_that_only_the_values_tell_is_left_to_the_engine() -> None:
    program = compile_program(model_of({"A1": 1.0, "B1": "=SUM(OFFSET(A1,0,0,A1,A1))"}), (), [A1], [B1])
    assert re.match("OFFSET tells only", program.fallback[0].reason)
    assert program.run({}, {A1: np.array([1.0])})[B1].tolist() == [1.0]


def test_the_engine_takes_care_before_it_contradicts() -> None:
    """A text of digits is a number to Excel's PMT, and an error to the engine's own."""
    program = compile_program(model_of(CELLS | {"P1": "=PMT(K1/10,10,100)"}), (), [A1], [CellAt("S", 1, 16)])
    assert program.check({}, {A1: np.array([0.0, 0.5])}) == 2


@pytest.mark.parametrize(
    ("formula", "wanted"),
    [
        ('SLN(100,A1&"",8)', lambda a: (100 - a) / 8),
        ('SLN("100",A1&"%",8)', lambda a: (100 - a / 100) / 8),
        ('SYD(100,A1&"",8,1)', lambda a: (100 - a) * 8 / 36),
        ('RRI(A1&"",100,110)', lambda a: 1.1 ** (1 / a) - 1),
        ('NPER(0.1,-20,A1&"")', lambda a: np.log(20 / (20 - a / 10)) / np.log(1.1)),
    ],
)
def test_texts_that_vary_are_the_numbers_that_they_stand_for(
    formula: str, wanted: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> None:
    # The engine that checks the trials has no number for them, either, until it is told to take care.
    places = np.array([5.9, 6.0, 6.125])
    program = compile_program(model_of({"A1": 6.0, "B1": f"={formula}"}), (), [A1], [B1])
    np.testing.assert_allclose(program.run({}, {A1: places})[B1], wanted(places), rtol=1e-12)
    assert program.check({}, {A1: places}, 3) == 3
