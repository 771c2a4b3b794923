"""Enclosures of whole formulas hold what the compiled program gives anywhere within."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dealmodel.simulation.enclosures.enclosing import Enclosing
from dealmodel.simulation.enclosures.enclosure import NEVER, SURELY
from dealmodel.simulation.program import compile_program
from dealmodel.workbook.address import CellAt
from tests.support.workbooks import model_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from dealmodel.simulation.enclosures.enclosure import Enclosure

    Values = NDArray[np.float64]

X, OUT = CellAt("S", 1, 1), CellAt("S", 9, 1)
POINTS = 33
"""Places at which each piece is sampled, its ends among them."""


def compiled(cells: dict[str, Any]) -> tuple[Callable[[Values], Values], Enclosing]:
    """Return the program and the enclosures of A9 as functions of A1."""
    program = compile_program(model_of({"A1": 1.0, **cells}), (), [X], [OUT])
    bound = program.bound()
    enclosing = Enclosing(bound, bound.graph.cell(X), bound.outputs[OUT])
    return lambda places: program.run({}, {X: places})[OUT], enclosing


def check(cells: dict[str, Any], low: float, high: float, pieces: int = 8) -> Enclosure:
    """See that the enclosures of some pieces hold the values, the slopes and the errors at places within them."""
    call, enclosing = compiled(cells)
    edges = np.linspace(low, high, pieces + 1)
    found = enclosing(edges[:-1], edges[1:])
    for i, (left, right) in enumerate(itertools.pairwise(edges)):
        places = np.linspace(left, right, POINTS)
        values = call(places)
        known = np.isfinite(values)
        bottom, top = found.value.low[i], found.value.high[i]
        assert ((bottom <= values[known]) & (values[known] <= top)).all(), (cells, left, right, bottom, top, values)
        if found.error[i] == NEVER:
            assert known.all(), (cells, left, right)
        if found.error[i] == NEVER and (np.diff(places) > 0).all():
            steps = np.diff(values) / np.diff(places)
            room = 1e-9 * (np.abs(values).max() / (right - left) + np.abs(steps).max()) + 1e-12
            slope = found.slope.low[i], found.slope.high[i]
            assert ((slope[0] - room <= steps) & (steps <= slope[1] + room)).all(), (cells, left, right, slope, steps)
        if found.error[i] == SURELY:
            assert not known.any(), (cells, left, right)
    return found


FORMULAS = [
    "A1^3-2*A1", "A1^-2", "A1^0.5", "A1^-0.5", "2^A1", "A1^0", "(A1+3)^A1", "-A1%", "ABS(A1-1)", "SIGN(A1)", "SQRT(A1)",
    "EXP(A1)", "LN(A1)", "LOG10(A1+3)", "LOG(A1,2)", "INT(A1*3)", "TRUNC(A1,1)", "ROUND(A1,1)", "ROUNDUP(A1,0)",
    "ROUNDDOWN(A1,1)", "MOD(A1,0.7)", "SIN(3*A1)", "COS(A1)", "ATAN(A1)", "TANH(A1)", "1/A1", "1/(A1-0.3)", "A1/(A1+9)",
    "MAX(A1,1-A1,0)", "MIN(A1^2,1)", "AVERAGE(A1,2,A1^2)", "SUM(A1:A3)", "PRODUCT(A1,A1,-2)", "SUMPRODUCT(A1:A2,A1:A2)",
    "SUMPRODUCT((A1:A3>0.5)*(A1:A3))", "NPV(A1/20,1,2,A1)", "IF(A1>0.5,A1^2,-A1)", "IF(AND(A1>0,A1<1),1,A1)",
    "IF(OR(A1<0,A1>1),1/A1,A1)", "IF(NOT(A1=0),A1,5)", "IFERROR(SQRT(A1),-1)", "IFERROR(1/A1,A1)", "IFNA(SQRT(A1),7)",
    "IF(ISERROR(LN(A1)),0,A1)", "IF(ISNUMBER(A1),A1,0)", "CHOOSE(INT(ABS(A1))+1,A1,5,A1^2,7)",
    "INDEX({1;5;2;9},INT(ABS(A1))+1)", "VLOOKUP(A1,{-9,1;0,4;1,2},2)", "MATCH(A1,{-9,-1,0.3,2})",
    "VLOOKUP(INT(A1),{0,1;1,5;2,7},2,FALSE)", "HLOOKUP(A1,{-9,0,1;3,2,1},2)", "IRR(C1:C4)", "XIRR(C1:C4,D1:D4)",
    "PMT(ABS(A1)/9+0.01,5,-100)", "PV(ABS(A1)/9+0.01,A1+4,-1,5)", "FV(0.1,A1+4,-1,-5,1)", "PMT(0,A1+4,-100)",
    "NORM.S.DIST(A1,TRUE)", "NORM.DIST(A1,1,2,TRUE)", "NORMSDIST(-A1)", "DM_STEP_VALUATION(1000,ABS(A1)/4,0.8)",
    "DM_SHORTFALL(A1,1)", 'IF(IF(A1>1,"high","low")="high",A1,-A1)', 'IF(A2="x",A1,0)', "A1*B1+COUNT(A1:B3)",
    'MATCH(IF(A1>1,"b","a"),{"a","b"},0)*A1', "IF(A1>B9,A1,B9)", "SUM(A1,TRUE,2)", "IF(A1,2,3)", "A1<>1",
    "A1^(1/3)", "(A1-1)^(1/5)*A1",
    "SUM(OFFSET(C1,0,0,INT(A1)+4,1))", "SUM(C2:INDEX(C1:C4,INT(ABS(A1))+1))", "SUM(FILTER(C1:C4,C1:C4>A1,0))",
    "DM_PEAK_FUNDING(A1:A3,C1:C3)", "DM_PEAK_FUNDING(C1:C3,A1:A3,A1)", "DM_PEAK_FUNDING(C4,A1)",
    "INDEX(DM_CARRIED_GAP(A1:A3,C1:C3,A1),2)", "SUM(DM_CARRIED_GAP(C1:C3,A1:A3))",
    "XLOOKUP(INT(A1),{0,1,2},{5,1,7})", "XLOOKUP(INT(A1),{0,1,2},{5,1,7},A1)", "XLOOKUP(A1,{-9,0,1},{5,1,7},0,-1)",
    "XLOOKUP(A1,{-1,0,2},{5,1,7},A1^2,1)", "XMATCH(A1,{-3,0,2},-1)", "XMATCH(A1,{-1,0,9},1)",
    "XMATCH(ROUND(A1,0),{1,0})",
    "LOOKUP(A1,{-9,0,1},{5,1,7})", "LARGE(C1:C4,2)*A1", "SMALL(A1:A3,1)", "MEDIAN(C1:C4)", "MEDIAN(C1:C3)",
    "PERCENTILE(C1:C4,0.3)", "QUARTILE(A1:A3,3)", 'SUMIF(C1:C4,">1")', 'SUMIF(D1:D4,">45500",C1:C4)',
    'SUMIF(C1:C4,">"&A1)', 'SUMIFS(C1:C4,D1:D4,">="&(45300+A1*300),C1:C4,"<>1")', 'COUNTIF(C1:C4,">="&A1)',
    'COUNTIFS(C1:C4,"<3",D1:D4,">45500")', 'AVERAGEIF(D1:D4,">45500",C1:C4)', 'AVERAGEIFS(C1:C4,C1:C4,">"&A1)',
    'COUNTIF(C1:C4,3)+COUNTIF(A1:A3,"x")', "SUMIF(A1:A3,2,C1:C3)", "EDATE(45000,A1*9)", "EDATE(45000+A1*50,1)",
    "EOMONTH(45351+A1*40,A1)", "YEAR(45000+A1*300)", "DATE(2024,A1*5,31)", "DATE(2020+A1,2,29+A1)",
    "DAYS(45000+A1*50,44900)", "YEARFRAC(44000,45000+A1*90)", "YEARFRAC(44985+A1*9,45500,0)",
    "YEARFRAC(44000,45000+A1*90,1)", "YEARFRAC(45000+A1*90,44000,2)", "YEARFRAC(44000+A1,45000+A1*90,4)",
    "YEARFRAC(43885+A1*9,45350+A1*9)", "(1+A1/10)^-YEARFRAC(44000,45000+A1*90,3)",
    "INDEX(DM_FUNDING_BALANCE(A1:A3,C1:C3,1),3,1)", "MAX(DM_FUNDING_BALANCE(A1:A3,C1:C3))",
]  # fmt: skip
CELLS = {"A2": 2.0, "A3": "=A1*2", "C1": "=-3-A1", "C2": 1.0, "C3": "=2+A1", "C4": 3.0} | {
    f"D{i}": 45000.0 + 300 * i for i in range(1, 5)
}


@pytest.mark.parametrize("formula", FORMULAS)
def test_what_the_program_gives_lies_within(formula: str) -> None:
    found = check(CELLS | {"A9": f"={formula}"}, -2.9, 3.1)
    # Something is told about each: an enclosure of all numbers would always hold.
    assert (np.isfinite(found.value.low) | (found.error == SURELY)).any()


@pytest.mark.parametrize("places", [(3, 0.5), (-2, 1e-9), (1, 1e-15), (0.3, 1e-12), (0, 1e-300)])
def test_narrow_pieces_hold_what_the_program_gives(places: tuple[float, float]) -> None:
    middle, half = places
    for formula in FORMULAS[:20]:
        check(CELLS | {"A9": f"={formula}"}, middle - half, middle + half, 1)


LEAVES = st.sampled_from(["A1", "A2", "A3", "0.5", "2", "-1", "100"])


TWO = [
    *("({0}+{1})", "({0}-{1})", "({0}*{1})", "({0}/{1})", "MAX({0},{1})", "MIN({0},{1})", "IF({0}>{1},{1},{0})"),
    *("IFERROR({0},{1})", "IF({0}<={1},1,{0})", "SUM({0},{1},A1)", "MOD({0},{1})", "AVERAGE({0},{1})"),
]
ONE = [
    *("ABS({0})", "({0})^2", "-({0})", "INT({0})", "SQRT({0})", "LN({0})", "EXP({0}/50)", "ROUND({0},1)", "({0})^-1"),
    *("IF(ISERROR({0}),1,{0})", "({0})^3", "({0})^0.5", "SIN({0})", "SIGN({0})"),
]


def combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return formulas made of others."""
    two, one = st.sampled_from(TWO), st.sampled_from(ONE)
    return st.builds(str.format, two, inner, inner) | st.builds(str.format, one, inner)


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(LEAVES, combined, max_leaves=8),
    st.floats(-5, 5),
    st.sampled_from([1e-9, 0.01, 1.0, 7.0]),
)
def test_whatever_the_formula_its_values_and_slopes_lie_within(formula: str, low: float, width: float) -> None:
    check({"A2": 2.5, "A3": "=(A1-1)*(A1-3)", "A9": f"={formula}"}, low, low + width, 4)


@pytest.mark.parametrize("basis", range(5))
@pytest.mark.parametrize("moved", ["YEARFRAC(A1,46500,{})", "YEARFRAC(44000,A1,{})", "YEARFRAC(A1,A1+400,{})"])
def test_day_counts_never_turn_back_beyond_their_enclosure(basis: int, moved: str) -> None:
    """Month ends, Februaries and leap years, by every way of counting days, day by day."""
    check({"A9": f"={moved.format(basis)}"}, 44900.0, 45540.0, 64)
    check({"A9": f"={moved.format(basis)}"}, 45340.0, 45360.0, 20)


@pytest.mark.parametrize(
    "formula", ["EDATE(A1,1)", "EDATE(A1,-12)", "EOMONTH(A1,0)", "YEAR(A1)", "DATE(2024,2,A1-45290)"]
)
def test_dates_lie_within_day_by_day(formula: str) -> None:
    check({"A9": f"={formula}"}, 45289.5, 45385.5, 48)


def test_what_cannot_be_enclosed_says_so() -> None:
    _, enclosing = compiled({"A9": "=ERF(A1)+A1"})
    found = enclosing(np.array([0.0]), np.array([1.0]))
    assert (found.value.low[0], found.error[0]) == (-np.inf, 1)
    assert list(enclosing.reasons) == ["S!A9: ERF has no enclosure"]


def test_a_power_of_nothing_among_constants_is_enclosed_without_a_warning() -> None:
    check({"A2": 2.5, "A9": "=A1+(A2-A2)^2"}, 0.0, 1.0, 4)


def test_an_end_at_infinity_is_enclosed_without_a_warning() -> None:
    check({"A9": "=ROUND(SQRT(A1),1)"}, -1.0, 1e-9, 4)
