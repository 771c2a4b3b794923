"""LAMBDAs that are values: given by other LAMBDAs, chosen, handed on, and calling themselves through others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from dealmodel.cells import CellError
from dealmodel.workbook.model import Model
from tests.support.workbooks import raw_book

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = {
    "addn": "LAMBDA(n,LAMBDA(x,x+n))",
    "twice": "LAMBDA(x,x*2)",
    "pick": "LAMBDA(i,CHOOSE(i,twice,addn(100)))",
    "comp": "LAMBDA(f,g,LAMBDA(x,f(g(x))))",
    "is_even": "LAMBDA(n,IF(n=0,TRUE,is_odd(n-1)))",
    "is_odd": "LAMBDA(n,IF(n=0,FALSE,is_even(n-1)))",
    "ones": "LAMBDA(n,IF(n<1,0,1+tens(n-1)))",
    "tens": "LAMBDA(n,IF(n<1,0,10+hundreds(n-1)))",
    "hundreds": "LAMBDA(n,IF(n<1,0,100+ones(n-1)))",
    "no_end": "LAMBDA(n,no_end_either(n+1))",
    "no_end_either": "LAMBDA(n,no_end(n+1))",
}
VARIABLES = re.compile(r"(?<![\w.])([a-z]|me|mk|add5?|fib|compose|two)(?!\w)")
"""What the formulas below call their variables."""


def spelled(formula: str) -> str:
    """Return a formula as files hold it."""
    functions = re.sub(r"\b(LAMBDA|LET|MAP|REDUCE|BYROW|ISOMITTED)\(", r"_xlfn.\1(", formula)
    return VARIABLES.sub(r"_xlpm.\1", functions)


def value_of(formula: str) -> tuple[object, list[str]]:
    """Return what a formula gives, and why it is kept."""
    names = "".join(f'<definedName name="{n}">{escaped(spelled(text))}</definedName>' for n, text in NAMES.items())
    cells = "".join(f'<c r="{column}1"><v>{value}</v></c>' for column, value in zip("ABC", (1, 2, 3), strict=True))
    row = f'{cells}<c r="D1" cm="1"><f t="array" ref="D1">{escaped(spelled(formula))}</f></c>'
    model = Model.from_bytes(
        raw_book(f'<row r="1">{row}</row>', names=f"<definedNames>{names}</definedNames>"), "b.xlsx"
    )
    return model["S!D1"], [kept.reason for kept in model.kept]


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


CASES: Mapping[str, object] = {
    "LAMBDA(a,LAMBDA(b,a+b))(1)(2)": 3.0,
    "addn(3)(4)": 7.0,
    "SUM(MAP({1,2,3},addn(10)))": 36.0,
    "SUM(MAP(A1:C1,addn(A1)))": 9.0,
    "LET(add,LAMBDA(a,LAMBDA(b,a+b)),add5,add(5),add5(1)+add5(2))": 13.0,
    "LET(compose,LAMBDA(f,g,LAMBDA(x,f(g(x)))),compose(LAMBDA(x,x+1),LAMBDA(x,x*2))(5))": 11.0,
    "comp(twice,addn(1))(10)": 22.0,
    "comp(_xleta.SUM,addn(1))(10)": 11.0,
    "IF(A1>5,LAMBDA(x,x+1),LAMBDA(x,x*9))(3)": 27.0,
    "CHOOSE(2,twice,LAMBDA(x,x*3))(3)": 9.0,
    "pick(1)(5)+pick(2)(5)": 115.0,
    "LET(k,2,h,pick(k),SUM(MAP(A1:C1,h)))": 306.0,
    "LET(x,1,f,LAMBDA(y,x+y),k,10,g,IF(k>5,f,twice),g(7))": 8.0,
    "LET(x,1,mk,LAMBDA(x,LAMBDA(y,x*100+y)),g,mk(x+1),x+g(3))": 204.0,
    'LET(mk,LAMBDA(a,LAMBDA(b,LAMBDA(c,a&b&c))),mk("X")("Y")("Z"))': "XYZ",
    "REDUCE(0,{1,2,3},LET(w,10,LAMBDA(a,b,a+b*w)))": 60.0,
    "LET(two,LAMBDA(f,LAMBDA(x,f(f(x)))),two(two(LAMBDA(x,x+1)))(0))": 4.0,
    "BYROW(A1:C1,LAMBDA(v,addn(SUM(v))(1)))": 7.0,
    "SUM(MAP({1,2},LAMBDA(v,LET(f,addn(v),f(v)))))": 6.0,
    "LAMBDA(x,LAMBDA(x,x+1)(x*10))(2)": 21.0,
    "LET(f,LAMBDA(f,f(f)),f(LAMBDA(s,5)))": 5.0,
    # one that is handed itself
    "LET(fib,LAMBDA(f,n,IF(n<2,n,f(f,n-1)+f(f,n-2))),fib(fib,10))": 55.0,
    "LET(k,3,p,LAMBDA(me,n,IF(n=0,1,k*me(me,n-1))),p(p,4))": 81.0,
    "SUM(MAP({1,2,3},LAMBDA(v,LET(p,LAMBDA(me,n,IF(n=0,1,v*me(me,n-1))),p(p,2)))))": 14.0,
    'LET(g,LAMBDA(me,t,IF(LEN(t)<2,t,me(me,MID(t,2,99))&LEFT(t))),g(g,"abcd"))': "dcba",
    # names that call each other
    "is_even(10)": True,
    "is_even(7)": False,
    "is_odd(7)": True,
    "ones(7)": 223.0,
    "addn(1)": CellError.CALC,
    "SUM(MAP({1,2,3},LAMBDA(v,IF(is_even(v),1,10))))": 21.0,
}
"""Formulas with what they give, worked out by hand."""


@pytest.mark.parametrize("formula", CASES)
def test_a_lambda_is_a_value_as_others_are(formula: str) -> None:
    assert value_of(formula) == (CASES[formula], [])


@pytest.mark.parametrize(
    "formula",
    [
        "LET(f,LAMBDA(me,n,me(me,n+1)),f(f,1))",
        "LET(f,LAMBDA(x,x(x)),f(f))",
        "LET(f,LAMBDA(x,LAMBDA(y,x(x)(y))),f(f)(1))",
        "no_end(1)",
        "REDUCE(twice,{1,2},LAMBDA(f,n,LAMBDA(x,f(x)+n)))(10)",
    ],
)
def test_a_lambda_without_an_end_or_a_value_is_not_computed(formula: str) -> None:
    value, reasons = value_of(formula)
    assert value is None
    assert reasons
