"""LAMBDA, LET and the functions that call one for every row, column or cell."""

from __future__ import annotations

import re

import pytest

from tests.support.workbooks import computed, model_of

NUMBERS = {f"A{i}": 11.0 * i for i in range(1, 6)} | {f"B{i}": 22.0 * i for i in range(1, 6)}
CELLS = {**{f"A{i}": i for i in range(1, 5)}, "D2": 1, "E2": 2, "F2": 3, "D3": 4, "E3": 5, "F3": 6}
R, C = range(1, 41), range(1, 51)


def called(formula: str) -> str:
    """Return a formula with its younger functions, and the parameters of one letter, as a workbook stores them."""
    stored = re.sub(r"\b(MAP|REDUCE|SCAN|MAKEARRAY|BYROW|LAMBDA|LET|VSTACK)\(", r"_xlfn.\1(", formula)
    return re.sub(r"\b([a-z])\b", r"_xlpm.\1", stored)


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("SUM(_xlfn.BYROW(A1:B3,_xlfn.LAMBDA(_xlpm.x,MAX(_xlpm.x))))", 22.0 + 44 + 66),
        ("INDEX(_xlfn.BYCOL(A1:B3,_xlfn.LAMBDA(_xlpm.x,SUM(_xlpm.x)*2)),1,2)", 264.0),
        ("_xlfn.BYROW(A1:B1,_xlfn.LAMBDA(_xlpm.x,SUM(_xlpm.x)))", 33.0),
    ],
)
def test_lambda_is_worked_out_for_every_row_or_column(formula: str, value: object) -> None:
    assert computed(formula, **NUMBERS) == value


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("SUM(MAP(D2:F2,D3:F3,LAMBDA(x,y,x*y)))", 4 + 10 + 18),
        ("LET(k,2,SUM(MAP(A1:A4,LAMBDA(x,IF(x>2,x*k,0)))))", 14),
        ("REDUCE(1,A1:A4,LAMBDA(s,x,s*(1+x)))", 120),
        ("ROWS(REDUCE(A1,A2:A4,LAMBDA(s,x,VSTACK(s,x))))", 4),
        ("SUM(SCAN(0,D2:E3,LAMBDA(s,x,s+x)))", 1 + 3 + 7 + 12),
        ("INDEX(SCAN(0,D2:E3,LAMBDA(s,x,s+x)),2,1)", 7),
        ("SUM(MAKEARRAY(3,2,LAMBDA(r,c,10*r+c)))", 129),
        ("SUM(MAP(A1:A2,LAMBDA(x,REDUCE(0,D2:E2,LAMBDA(s,y,s+x*y)))))", 9),
        ("REDUCE(0,A1:A2,LAMBDA(s,x,s+REDUCE(x,D2:E2,LAMBDA(t,y,t*y))))", 6),
        # Arrays that are worked out, or larger than can be written out.
        ("SUM(MAP(A1:A4*2,LAMBDA(x,x+1)))", 24),
        ("SUM(MAP(_xlfn._xlws.FILTER(A1:A4,A1:A4>2),LAMBDA(x,x^2)))", 25),
        ("SUM(MAP(A1:A9000,LAMBDA(x,IF(x>2,x*10,1))))", 30 + 40 + 8998),
        ("SUM(MAP(_xlfn.SEQUENCE(3000),LAMBDA(x,MOD(x,2))))", 1500),
        ("SUM(MAP(A1:A4,LAMBDA(x,SUMIF(A1:A4,x)+COUNTIF(A1:A4,x))))", 14),
        ("SUM(MAP(A1:A900,LAMBDA(x,1)))", 900),
        ("SUM(MAKEARRAY(60,50,LAMBDA(r,c,r*c)))", 1830 * 1275),
        ("SUM(MAKEARRAY(A4,A3,LAMBDA(r,c,r+c)))", 3 * 10 + 4 * 6),
        ("SUM(MAKEARRAY(2,2,LAMBDA(r,c,IF(r=c,5,c))))", 13),
        ("SUM(SCAN(0,_xlfn.SEQUENCE(10),LAMBDA(s,x,s+x)))", 220),
        ("REDUCE(0,A1:A4*2-1,LAMBDA(s,x,s+x))", 16),
        ("SUM(BYROW(D2:F3,_xleta.MAX))", 3 + 6),
        # Arrays that are worked out, and more calls than a formula can hold.
        ("SUM(BYROW(D2:F3*2,LAMBDA(r,MAX(r))))", 6 + 12),
        ("SUM(BYROW(_xlfn._xlws.FILTER(D2:F3,D2:D3>1),_xleta.SUM))", 15),
        ("INDEX(_xlfn.BYCOL(D2:F3*1,LAMBDA(c,SUM(c))),1,3)", 9),
        ("SUM(MAP(A1:A9000,LAMBDA(x,1)))", 9000),
        ("SUM(MAP(A1:A9000,LAMBDA(x,SUM(x,A1:A4))))", 10 + 9000 * 10),
        ("REDUCE(0,_xlfn.SEQUENCE(3000),LAMBDA(s,x,s+x))", 4501500),
        ("INDEX(SCAN(0,_xlfn.SEQUENCE(3000),LAMBDA(s,x,s+x)),2999)", 4501500 - 3000),
        ("SUM(MAKEARRAY(70,60,LAMBDA(r,c,SUM(r,c))))", 60 * 2485 + 70 * 1830),
        ("LET(k,A2,SUM(BYROW(D2:F3*k,LAMBDA(r,SUM(r)*k))))", 84),
        ("SUM(MAP(A1:A4*1,LAMBDA(x,SUM(MAP(_xlfn.SEQUENCE(x)*1,LAMBDA(y,SUM(x,y)))))))", 2 + 7 + 15 + 26),
        ("SUM(MAP(_xlfn.UNIQUE(A1:A4),LAMBDA(x,SUMIFS(A:A,A:A,x))))", 10),
        # Without a beginning they begin with the first element.
        ("REDUCE(,A1:A4,LAMBDA(s,x,s*x))", 24),
        ("REDUCE(,_xlfn.SEQUENCE(3000),LAMBDA(s,x,s+x))", 4501500),
        ("SUM(SCAN(,A1:A4,LAMBDA(s,x,s*x)))", 1 + 2 + 6 + 24),
        # Arrays that grow on the way.
        ('ROWS(REDUCE("",A1:A4,LAMBDA(s,x,VSTACK(s,_xlfn.SEQUENCE(x)))))', 1 + 1 + 2 + 3 + 4),
        ("LET(f,_xleta.SUM,f(A1:A4))", 10),
        # What is known to be a single value, and what only has its name.
        ("SUM(MAKEARRAY(40,50,LAMBDA(r,c,INDEX(A1:A4,MOD(r*c,4)+1))))", sum(r * c % 4 + 1 for r in R for c in C)),
        ("SUM(MAP({1,2},LAMBDA(x,LET(x,{5,6},SUM(ROUND(x,0))))))", 22),
        ("SUM(MAP({1,2},LAMBDA(x,SUM(MAP({10,20},LAMBDA(x,ROUND(x,0)))))))", 60),
        ("SUM(MAP({1,2},LAMBDA(x,SUM(MAP({10,20},LAMBDA(y,ROUND(x*y,0)))))))", 90),
        ("SUM(REDUCE({1,2},{1,2},LAMBDA(s,x,ROUND(s*x,0))))", 6),
        ("LET(x,{1,2,3},SUM(LEN(MAP(ROUND(x,0),LAMBDA(x,REPT(1,x))))))", 6),
        ("SUM(MAP(A1:A4,_xleta.SQRT))", pytest.approx(1 + 2**0.5 + 3**0.5 + 2)),
    ],
)
def test_lambda_is_called_for_every_cell(formula: str, expected: float) -> None:
    assert computed(called(formula), **CELLS) == expected


@pytest.mark.parametrize(
    "formula",
    [
        "SUM(MAP(A1:A4,D2:F2,LAMBDA(x,y,x)))",
        "MAP(A1:A4*1,LAMBDA(x,FOREIGN(x)))",
        "IFERROR(SUM(MAP(A1:A4*1,LAMBDA(x,SUM(x,FOREIGN(x))))),0)",
        "SUM(MAP(_xlfn.SEQUENCE(60000),LAMBDA(x,SUM(x,1))))",
        "REDUCE(0,A1:A9000,LAMBDA(s,x,s+SUM(OFFSET(x,0,0))))",
    ],
)
def test_calls_of_a_lambda_that_cannot_be_worked_out_keep_their_value(formula: str) -> None:
    model = model_of({"Z9": f"={called(formula)}", **CELLS}).recalculate()
    assert [str(kept.at) for kept in model.kept] == ["S!Z9"]


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("LET(area,LAMBDA(x,y,x*y),area(3,4)+1)", 13.0),
        ("LET(f,LAMBDA(x,x^2),SUM(MAP(A1:A2,f)))", 605.0),
        ("LET(a,2,f,LAMBDA(x,x+a),g,LAMBDA(x,f(f(x))),g(a)*10)", 60.0),
        ("LAMBDA(a,[b],IF(ISOMITTED(b),a/2,a*b))(12)", 6.0),
        ("LAMBDA(a,[b],IF(ISOMITTED(b),a/2,a*b))(12,3)", 36.0),
        ('LAMBDA(x,y,IF(ISOMITTED(y),"none",x+y))(1,)', "none"),
        # A variable of the same name that stands between keeps off.
        ("LET(y,1,f,LAMBDA(x,x+y),g,LAMBDA(y,f(y)*10),g(5))", 60.0),
        ("LET(y,1,f,LAMBDA(x,x+y),LET(y,7,f(y)))", 8.0),
        ("LET(x,1,LAMBDA(x,y,x+y)(10,x))", 11.0),
        ("LAMBDA(x,LAMBDA(x,y,x+y)(10,x))(1)", 11.0),
    ],
)
def test_lambda_is_called_by_the_name_that_let_gives_it(formula: str, expected: object) -> None:
    # As files spell them: variables, those that may be left out, and younger functions have prefixes.
    spelled = re.sub(r"\[([a-z])\]", r"_xlop.\1", formula)
    spelled = re.sub(r"(?<![.\w\"])(?!none)([a-z]+)\b", r"_xlpm.\1", spelled)
    spelled = re.sub(r"\b(LET|LAMBDA|MAP|ISOMITTED)\(", r"_xlfn.\1(", spelled)
    assert computed(spelled, **NUMBERS) == expected


NAMED = {
    "factorial": "LAMBDA(n,IF(n<2,1,n*factorial(n-1)))",
    "fibonacci": "LAMBDA(n,IF(n<2,n,fibonacci(n-1)+fibonacci(n-2)))",
    "without": 'LAMBDA(t,c,IF(c="",t,without(SUBSTITUTE(t,LEFT(c,1),""),MID(c,2,99))))',
    "added": "LAMBDA(n,IF(n<1,0,INDEX(S!$A$1:$A$4,n)+added(n-1)))",
    "countdown": 'LAMBDA(n,IF(n=0,"end",VSTACK(n,countdown(n-1))))',
    "twice": "LAMBDA(n,2*n)",
    "endless": "LAMBDA(n,endless(n+1))",
    "doubling": "LAMBDA(n,IF(n<1,1,VSTACK(doubling(n-1),doubling(n-1))))",
}
"""Names of LAMBDAs."""


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("factorial(5)", 120),
        ("fibonacci(20)", 6765),
        ('without("AB-CD_EF","-_")', "ABCDEF"),
        ("added(3)+added(4)", 16),
        ("ROWS(countdown(3))", 4),
        ("INDEX(countdown(3),4)", "end"),
        ("SUM(MAP(A1:A4,twice))", 20),
        ("SUM(MAP(A1:A4,factorial))", 1 + 2 + 6 + 24),
        ("REDUCE(0,A1:A4*1,LAMBDA(s,x,s+factorial(x)))", 33),
    ],
)
def test_lambda_with_a_name_may_call_itself(formula: str, expected: object) -> None:
    names = {name: called(text) for name, text in NAMED.items()}
    assert model_of({"Z9": f"={called(formula)}", **CELLS}, names)["S!Z9"] == expected


@pytest.mark.parametrize(
    "formula",
    [
        *(
            "endless(1)",
            "IFERROR(endless(1),3)",
            "MAP(A1:A4*1,endless)",
            "ROWS(VSTACK(endless(1),1))",
            "ROWS(doubling(60))",
        ),
        "ROWS(REDUCE(0,_xlfn.SEQUENCE(40),LAMBDA(s,x,VSTACK(s,s))))",
    ],
)
def test_lambda_without_an_end_keeps_the_stored_value(formula: str) -> None:
    names = {name: called(text) for name, text in NAMED.items()}
    model = model_of({"Z9": f"={called(formula)}", **CELLS}, names).recalculate()
    assert [str(kept.at) for kept in model.kept] == ["S!Z9"]


@pytest.mark.parametrize("formula", ["MAP(A1:A2,LAMBDA(x,_xlfn.SEQUENCE(x+1)))", "BYROW(D2:F3,LAMBDA(r,r))"])
def test_lambda_that_gives_an_array_where_a_value_is_needed_is_an_error(formula: str) -> None:
    errors = computed(f"SUMPRODUCT((ERROR.TYPE({called(formula)})=14)*1)", **CELLS)
    assert errors == 2


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("LET(i,2,SUM(INDEX(D2:F3,i,)))", 4 + 5 + 6),
        ("LET(i,2,SUM(INDEX(D2:F3,0,i)))", 2 + 5),
        ("LET(k,D2:F3*1,i,3,SUM(INDEX(k,,i)))", 3 + 6),
        ("SUM(INDEX(D2:F3,{2},0))", 15),
        ("LET(i,2,INDEX(D2:F3,i,3))", 6),
        ("LET(i,3,SUM(A1:INDEX(A1:A4,i)))", 1 + 2 + 3),
        ("LET(i,2,j,3,SUM(INDEX(D2:F3,,i):INDEX(D2:F3,,j)))", 2 + 3 + 5 + 6),
        ("REDUCE(0,A1:A2,LAMBDA(s,x,s+SUM(INDEX(D2:F3,x,))))", 21),
    ],
)
def test_index_takes_lines_and_ends_of_ranges_by_a_variable(formula: str, expected: float) -> None:
    assert computed(called(formula), **CELLS) == expected
