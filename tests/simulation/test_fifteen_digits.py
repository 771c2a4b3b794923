"""Numbers are compared by fifteen digits, in the compiled program as in Excel."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dealmodel.simulation.compiler import boxes
from dealmodel.simulation.compiler.fifteen import rounded, same
from dealmodel.simulation.program import compile_program
from dealmodel.simulation.sampling.draws import find_draws
from dealmodel.workbook.address import CellAt
from tests.support.workbooks import model_of

OUT = CellAt("S", 9, 26)


def by_digits(a: float, b: float) -> bool:
    return float(f"{a:.15g}") == float(f"{b:.15g}")


@given(
    st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**16), 10**16).map(lambda i: i / 1000),
    st.integers(-60, 60),
)
@example(sys.float_info.max, 1)
@example(-sys.float_info.max, -1)
def test_two_numbers_are_the_same_where_their_fifteen_digits_are(number: float, steps: int) -> None:
    other = number
    for _ in range(abs(steps)):
        # NumPy's own warns of an overflow beside the largest number.
        other = math.nextafter(other, math.inf if steps > 0 else -math.inf)
    if math.isfinite(other):
        assert bool(same(np.array([number]), np.array([other]))[0]) == by_digits(number, other)


@given(
    st.lists(
        st.floats(allow_nan=False, allow_infinity=False)
        | st.floats(-1e12, 1e12)
        | st.integers(-(10**16), 10**16).map(lambda i: i / 1000),
        min_size=1,
    )
)
@example([0.0, -0.0, 1e15, 999999999999999.5, 0.1 + 0.2, 5e-324, sys.float_info.max])
def test_numbers_are_rounded_as_texts_of_them_are(numbers: list[float]) -> None:
    assert rounded(np.array(numbers)).tolist() == [float(f"{number:.15g}") for number in numbers]


@pytest.mark.parametrize("near", [1.0, 10.0, 0.1, 9.99999999999999, 1e15, 123456789.123456, 1e-290, 1e290])
def test_neighbours_of_a_number_are_told_apart_by_their_digits(near: float) -> None:
    others = near + np.arange(-40, 41) * np.spacing(near)
    expected = [by_digits(near, other) for other in others.tolist()]
    np.testing.assert_array_equal(same(np.full(81, near), others), expected)
    for operator, call in boxes.FIFTEEN.items():
        out = np.empty(81, dtype=np.bool_)
        call(others, np.full(81, near), out)
        binary = boxes.COMPARISONS[operator](others, np.full(81, near))
        np.testing.assert_array_equal(out, np.where(expected, operator in ("=", "<=", ">="), binary))
        np.testing.assert_array_equal(call(others, near), out)


@pytest.mark.parametrize(
    ("operator", "of_the_same"), [("=", True), ("<>", False), (">", False), ("<", False), (">=", True), ("<=", True)]
)
def test_a_balance_that_is_out_by_rounding_balances(operator: str, of_the_same: bool) -> None:
    cells = {f"A{i}": "=DM_UNIFORM(0,1)" for i in (1, 2, 3)}
    model = model_of(cells | {"B1": "=A1+A2+A3", "B2": "=A3+A2+A1", "Z9": f"=IF(B1{operator}B2,1,0)"})
    outputs = [OUT, CellAt("S", 1, 2), CellAt("S", 2, 2)]
    program = compile_program(model, find_draws(model), (), outputs)
    uniforms = {d: np.random.default_rng(i).random(4096) for i, d in enumerate(program.draws)}
    told, left, right = program.run(uniforms).values()
    alike = np.array([by_digits(a, b) for a, b in zip(left.tolist(), right.tolist(), strict=True)])
    np.testing.assert_array_equal(told, np.where(alike, of_the_same, boxes.COMPARISONS[operator](left, right)))
    # One in six is out by the last binary digit, of which Excel sees next to nothing.
    assert (left == right).mean() < 0.9
    assert alike.mean() > 0.99
    assert program.check(uniforms, count=64) == 64


def test_a_lookup_goes_by_all_digits() -> None:
    cells = {f"A{i}": "=DM_UNIFORM(0,1)" for i in (1, 2, 3)} | {"B1": "=A3+A2+A1"}
    model = model_of(cells | {"Z9": "=IF(ISNUMBER(MATCH(A1+A2+A3,B1:B1,0)),1,0)"})
    program = compile_program(model, find_draws(model), (), [OUT])
    uniforms = {d: np.random.default_rng(i).random(4096) for i, d in enumerate(program.draws)}
    assert 0.5 < program.run(uniforms)[OUT].mean() < 0.9
