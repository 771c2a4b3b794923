"""Functions of cells that are now a number, now a text, TRUE, an error or nothing: every trial is the engine's."""

from __future__ import annotations

import numpy as np
import pytest

from dealmodel.simulation.program import compile_program
from dealmodel.workbook.address import CellAt
from tests.support.workbooks import model_of

A1, B1 = CellAt("S", 1, 1), CellAt("S", 1, 2)
CELLS: dict[str, object] = {
    "A1": 0.3,
    "B1": 2.0,
    "C1": '=IF(A1>2,NA(),IF(A1>1,"x",IF(A1<-1,TRUE,IF(A1=0,"",A1))))',
    "D1": "=IF(B1>1,Z99,B1)",
    "E1": 45000.0,
    "E2": "=E1+A1*100",
    "E3": "=EDATE(E1,B1*6)",
    **{f"F{i}": float(i * i) for i in range(1, 9)},
    **{f"G{i}": f"=A1*{i}+B1" for i in range(1, 9)},
    "H1": "a",
    "H2": "b",
    "H4": "a",
    "H5": 3.0,
    "H6": True,
    "H7": "b",
    "H8": "ab",
}
FORMULAS = {
    "conditions": [
        'COUNTIFS(H1:H8,"a",G1:G8,">"&A1)',
        'SUMIFS(G1:G8,H1:H8,"<>a",F1:F8,"<"&B1*10)',
        'SUMIFS(F1:F8,G1:G8,">="&C1,G1:G8,"<="&D1)',
        'AVERAGEIFS(G1:G8,H1:H8,"b")',
        'COUNTIF(H1:H8,"*"&"b")+COUNTIF(H1:H8,"")+COUNTIF(H1:H8,"<>"&A1)',
        "SUMIF(H1:H8,3,G1:G8)+SUMIF(H1:H8,TRUE,G1:G8)",
        'MAXIFS(G1:G8,H1:H8,"zz")+MINIFS(G1:G8,G1:G8,"<>"&B1)',
        'IFERROR(AVERAGEIFS(G1:G8,H1:H8,"zz",F1:F8,">"&A1),-1)',
        'COUNTIF(G1:G8,">"&TEXT(A1,"0.0"))',
    ],
    "dates and bonds": [
        "YEARFRAC(E1,E2,1)+YEARFRAC(E3,E1,0)",
        "WEEKDAY(E2,2)*10+DAY(E3)",
        "DATE(YEAR(E2),MONTH(E2)+1,0)",
        "EOMONTH(C1,D1)",
        "DAYS360(E1,E2,C1>0)",
        "PRICE(E1,E1+2000+A1*10,0.05,ABS(A1)/10,100,2)",
        "YIELD(E1,E3+3000,0.05,95+A1,100,4,1)",
        "DURATION(E1,E1+3000,0.05,0.04+C1/100,2)",
    ],
    "loans and rates": [
        "IFERROR(RATE(12,-A1*20,100),RATE(12,-20,100,0,1))",
        "CUMIPMT(0.01+ABS(A1)/100,24,1000,1,B1+2,0)",
        "IPMT(0.1,1,10,100,0,C1)",
        "PPMT(0.1,2,10,100,0,D1)",
        "IRR(G1:G4)",
        "MIRR(C1:G1,0.1,0.1)",
    ],
    "ranks and totals": [
        "LARGE(C1:G1,2)+SMALL(G1:G8,B1)",
        'AGGREGATE(14,6,G1:G8/(H1:H8="a"),1)',
        "AGGREGATE(9,7,C1:D1,G1:G8)",
        "GEOMEAN(G1:G8)",
        "HARMEAN(C1,G1:G8)",
        "N(C1)+N(H4)",
        "COUNTBLANK(C1:D1)+COUNTBLANK(H1:H8)",
    ],
    "lookups and places": [
        "MATCH(A1*10,G1:G8,1)",
        "MATCH(-A1,{5,1,0,-1,-9},-1)",
        'XLOOKUP(A1*9,F1:F8,G1:G8,"n",1)',
        "XMATCH(A1*9,G1:G8,-1)",
        "INDEX(F1:F8,XMATCH(B1,F1:F8,-1))",
        "SUM(OFFSET(F1,INT(ABS(A1)),0,2,1))",
        "AVERAGE(OFFSET(G1,B1,0,3,1))",
        "FORECAST(A1,OFFSET(G1,B1,0,2),OFFSET(F1,B1,0,2))",
        "ROWS(FILTER(F1:F8,G1:G8>A1))",
        'ROWS(FILTER(F1:F8,H1:H8="a"))*A1',
    ],
    "distributions": [
        "BETA.DIST(ABS(A1)/8,2,3,TRUE)",
        "T.DIST(C1,5,TRUE)+CHISQ.INV(0.3,B1+1)",
        "GAMMA.INV(ABS(A1)/9,2,B1)",
        "POISSON.DIST(B1,ABS(C1),FALSE)",
        "ATAN2(A1,B1)+ATAN2(C1,D1)",
        "ISEVEN(A1*3)+ISODD(B1)",
    ],
}
VALUES = np.array([-2.0, -1.5, -1.0, -0.5, -0.01, 0.0, 0.25, 0.5, 0.999999999, 1.0, 1.5, 2.0, 3.0, 7.5])


@pytest.mark.parametrize("group", FORMULAS)
def test_every_trial_is_the_engines(group: str) -> None:
    formulas = FORMULAS[group]
    outputs = [CellAt("S", i, 26) for i in range(1, len(formulas) + 1)]
    cells = {f"Z{i}": f"={formula}" for i, formula in enumerate(formulas, start=1)}
    program = compile_program(model_of(CELLS | cells), (), [A1, B1], outputs)
    first, second = (a.ravel() for a in np.meshgrid(VALUES, [0.5, 1.0, 2.0, 3.0]))
    assert program.fallback == ()
    assert program.check({}, {A1: first, B1: second}, len(first)) == len(first)
    found = program.run({}, {A1: first, B1: second})
    # No group is of errors and texts alone, which would agree whatever they are.
    assert all(np.isfinite(found[at]).any() for at in outputs)
