"""The ways to evaluate: as numbers, in pieces, one case at a time; all to the same result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pytest

from dealmodel import (
    contract,
    diluted_stake,
    enterprise_value,
    implied_valuation,
    peak_funding,
    pieces,
    ratchet_price,
    step_valuation,
    student,
)
from dealmodel.cells import OMITTED
from dealmodel.contract import contract_of, worksheet
from dealmodel.domain import (
    Amount,
    Listed,
    NonNegative,
    Pair,
    Table,
)

if TYPE_CHECKING:
    from collections.abc import Callable

NAN = np.nan


def test_numbers_and_arrays_take_different_ways_to_the_same_result() -> None:
    step = contract_of(step_valuation)
    for case in ([100.0, 0.2, 0.4, 0.5], [100.0, 0.4, 0.4, 0.5], [100.0, 0.2, 0.4, OMITTED], [NAN, 0.2, 0.4, 0.5]):
        assert step.takes_scalars(case)
        assert np.array_equal(step.scalar(case), step.evaluate(case), equal_nan=True)
    assert not step.takes_scalars([[100.0], 0.2, 0.4, 0.5])
    assert not step.takes_scalars([100.0, 0.2, "0.4", 0.5])
    assert not contract_of(peak_funding).takes_scalars([1.0, 1.0, 1.0])


def long_arguments(rows: int) -> list[np.ndarray[Any, np.dtype[np.float64]]]:
    rng = np.random.default_rng(1)
    arguments = [rng.uniform(0, 100, rows), rng.uniform(0, 0.6, rows), rng.uniform(0.4, 1.0, rows)]
    for column in arguments:
        column[rng.integers(0, rows, 5)] = [NAN, np.inf, -1.0, 2.0, 0.0]
    return arguments


def cut_short(monkeypatch: pytest.MonkeyPatch, at_once: int, piece: int) -> None:
    """Make short arrays long ones."""
    monkeypatch.setattr(contract, "AT_ONCE", at_once)
    for module in (contract, pieces):
        monkeypatch.setattr(module, "PIECE", piece)


in_both_ways = pytest.mark.parametrize("at_once", [0, contract.AT_ONCE], ids=["all by piece", "only checks by piece"])


@in_both_ways
@pytest.mark.parametrize("rows", [1, 9, 10, 11, 999])
def test_long_arrays_in_pieces_equal_short_ones(rows: int, at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = long_arguments(max(rows, 10))[:3]
    arguments = [column[:rows] for column in arguments]
    whole = step_valuation(*arguments, 0.5)  # type: ignore[call-arg]
    cut_short(monkeypatch, at_once, 10)
    assert np.array_equal(step_valuation(*arguments, 0.5), whole, equal_nan=True)  # type: ignore[call-arg]


@in_both_ways
@pytest.mark.parametrize(
    "shapes",
    [
        [(7, 3), (7, 3)],
        [(7, 1), (3,)],
        [(1, 3), (7, 1)],
        [(5, 7, 3), (7, 1)],
        [(40,), ()],
        [(40,), (1,)],
        [(1, 40), (1, 1)],
        [(1, 40), (40,)],
        [(40, 1), (1, 40)],
    ],
    ids=repr,
)
def test_pieces_fit_every_shape(shapes: list[tuple[int, ...]], at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    new_money = rng.uniform(-100, 100, shapes[0])
    stake = rng.uniform(-0.1, 1.1, shapes[1])
    whole = diluted_stake(stake, 80.0, new_money)
    cut_short(monkeypatch, at_once, 10)
    in_pieces = diluted_stake(stake, 80.0, new_money)
    assert in_pieces.shape == whole.shape
    assert np.array_equal(in_pieces, whole, equal_nan=True)


@in_both_ways
def test_pieces_take_strided_and_transposed_arrays(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    grid = np.arange(1.0, 61.0).reshape(6, 10)
    whole = [implied_valuation(view, 0.5) for view in (grid.T, grid[:, ::3], np.asfortranarray(grid))]
    cut_short(monkeypatch, at_once, 7)
    in_pieces = [implied_valuation(view, 0.5) for view in (grid.T, grid[:, ::3], np.asfortranarray(grid))]
    assert all(map(np.array_equal, whole, in_pieces))


@pytest.mark.parametrize("order", ["C", "F"])
def test_an_element_outside_is_nan_in_arrays_of_any_order(order: Literal["C", "F"]) -> None:
    grid = np.array([[100.0, -1.0, 3.0], [NAN, 100.0, -5.0]], order=order)
    expected = [[200.0, NAN, 6.0], [NAN, 200.0, NAN]]
    assert np.array_equal(implied_valuation(grid, 0.5), expected, equal_nan=True)
    assert np.array_equal(implied_valuation(grid.T, 0.5), np.transpose(expected), equal_nan=True)
    assert np.array_equal(peak_funding(grid, np.zeros_like(grid)), [102.0, NAN], equal_nan=True)


def test_an_argument_that_the_formula_does_not_use_still_counts() -> None:
    found = student([294.0, 300.0], [[1.0], [1.0]], [[0.5], [2.0]])
    assert np.array_equal(found, [[NAN, NAN], [294.0, 300.0]], equal_nan=True)


def test_a_full_column_is_evaluated_in_real_pieces() -> None:
    rows = 2**20
    old = np.linspace(1.0, 2.0, rows)
    new = old[::-1].copy()
    new[[0, 65536, rows - 1]] = [0.0, NAN, -1.0]
    outstanding = enterprise_value(old, new, 1.0, 2.0, 3.0, 4.0)
    assert np.isnan(outstanding[65536])
    assert outstanding[1] == enterprise_value(old[1], new[1], 1.0, 2.0, 3.0, 4.0)
    assert np.isnan(ratchet_price(old, new)).nonzero()[0].tolist() == [0, 65536, rows - 1]


@worksheet()
def _sorted(values: Listed[NonNegative], shift: Amount = 0.0) -> Listed[Amount]:
    return np.sort(values, axis=-1) + shift


@worksheet()
def _largest(values: Listed[NonNegative], shift: Amount = 0.0) -> Amount:
    return np.max(values, axis=-1, keepdims=True) + shift


@worksheet()
def _halved(value: NonNegative) -> Amount:
    return value / 2


@worksheet()
def _spread(value: NonNegative) -> Pair[Amount]:
    return np.stack([-value, value], axis=-1)


@worksheet()
def _square(values: Listed[NonNegative]) -> Table[Amount]:
    return values[..., :, None] * values[..., None, :]


def test_cases_of_numbers_and_lists_each_have_their_result() -> None:
    assert _sorted([3.0, 1.0, 2.0]).tolist() == [1.0, 2.0, 3.0]
    assert _sorted([[3.0, 1.0], [2.0, 1.0]], [0.0, 10.0]).tolist() == [[1.0, 3.0], [11.0, 12.0]]
    assert _largest([[3.0, 1.0], [2.0, 1.0]], [0.0, 10.0]).tolist() == [3.0, 12.0]
    assert _halved([1.0, 2.0]).tolist() == [0.5, 1.0]
    assert _spread([1.0, 2.0]).tolist() == [[-1.0, 1.0], [-2.0, 2.0]]
    assert _square([[1.0, 2.0], [3.0, 4.0]]).shape == (2, 2, 2)


def test_a_case_outside_is_nan_in_every_place_of_its_result() -> None:
    assert np.array_equal(_sorted([[3.0, -1.0], [2.0, 1.0]]), [[NAN, NAN], [1.0, 2.0]], equal_nan=True)
    assert np.array_equal(_square([[1.0], [-1.0]]), [[[1.0]], [[NAN]]], equal_nan=True)


@pytest.mark.parametrize(
    ("function", "bad", "shape"),
    [
        (_sorted, [-1.0, 1.0], (2,)),
        (_sorted, [[-1.0, 1.0, 2.0]], (1, 3)),
        (_largest, [-1.0, 1.0], ()),
        (_largest, [[-1.0, 1.0]], (1,)),
        (_halved, -1.0, ()),
        (_halved, [-1.0, -2.0], (2,)),
        (_spread, -1.0, (2,)),
        (_square, [-1.0, 1.0], (2, 2)),
        (_square, [[-1.0, 1.0], [-1.0, 2.0]], (2, 2, 2)),
    ],
)
def test_where_no_case_is_inside_the_shape_is_kept(
    function: Callable[..., Any], bad: object, shape: tuple[int, ...]
) -> None:
    found = np.asarray(function(bad))
    assert found.shape == shape
    assert np.isnan(found).all()
