"""The ways to evaluate: as numbers, in blocks, one case at a time; all to the same result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dealmodel import contract as module
from dealmodel import (
    diluted_stake,
    enterprise_value,
    implied_valuation,
    peak_funding,
    ratchet_price,
    step_valuation,
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
    contract = contract_of(step_valuation)
    for case in ([100.0, 0.2, 0.4, 0.5], [100.0, 0.4, 0.4, 0.5], [100.0, 0.2, 0.4, OMITTED], [NAN, 0.2, 0.4, 0.5]):
        assert contract.takes_scalars(case)
        assert np.array_equal(contract.scalar(case), contract.evaluate(case), equal_nan=True)
    assert not contract.takes_scalars([[100.0], 0.2, 0.4, 0.5])
    assert not contract.takes_scalars([100.0, 0.2, "0.4", 0.5])
    assert not contract_of(peak_funding).takes_scalars([1.0, 1.0, 1.0])


def long_arguments(rows: int) -> list[np.ndarray[Any, np.dtype[np.float64]]]:
    rng = np.random.default_rng(1)
    arguments = [rng.uniform(0, 100, rows), rng.uniform(0, 0.6, rows), rng.uniform(0.4, 1.0, rows)]
    for column in arguments:
        column[rng.integers(0, rows, 5)] = [NAN, np.inf, -1.0, 2.0, 0.0]
    return arguments


@pytest.mark.parametrize("rows", [1, 9, 10, 11, 999])
def test_long_arrays_in_blocks_equal_short_ones(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = long_arguments(max(rows, 10))[:3]
    arguments = [column[:rows] for column in arguments]
    whole = step_valuation(*arguments, 0.5)  # type: ignore[call-arg]
    monkeypatch.setattr(module, "AT_ONCE", 0)
    monkeypatch.setattr(module, "BLOCK", 10)
    assert np.array_equal(step_valuation(*arguments, 0.5), whole, equal_nan=True)  # type: ignore[call-arg]


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
def test_blocks_fit_every_shape(shapes: list[tuple[int, ...]], monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    new_money = rng.uniform(-100, 100, shapes[0])
    stake = rng.uniform(-0.1, 1.1, shapes[1])
    whole = diluted_stake(stake, 80.0, new_money)
    monkeypatch.setattr(module, "AT_ONCE", 0)
    monkeypatch.setattr(module, "BLOCK", 10)
    blocked = diluted_stake(stake, 80.0, new_money)
    assert blocked.shape == whole.shape
    assert np.array_equal(blocked, whole, equal_nan=True)


def test_blocks_take_strided_and_transposed_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = np.arange(1.0, 61.0).reshape(6, 10)
    whole = [implied_valuation(view, 0.5) for view in (grid.T, grid[:, ::3], np.asfortranarray(grid))]
    monkeypatch.setattr(module, "AT_ONCE", 0)
    monkeypatch.setattr(module, "BLOCK", 7)
    blocked = [implied_valuation(view, 0.5) for view in (grid.T, grid[:, ::3], np.asfortranarray(grid))]
    assert all(map(np.array_equal, whole, blocked))


def test_a_full_column_is_evaluated_in_real_blocks() -> None:
    rows = 2**20
    old = np.linspace(1.0, 2.0, rows)
    new = old[::-1].copy()
    new[[0, 65536, rows - 1]] = [0.0, NAN, -1.0]
    outstanding = enterprise_value(old, new, 1.0, 2.0, 3.0, 4.0)
    assert np.isnan(outstanding[65536])
    assert outstanding[1] == enterprise_value(old[1], new[1], 1.0, 2.0, 3.0, 4.0)
    assert np.isnan(ratchet_price(old, new)).nonzero()[0].tolist() == [0, 65536, rows - 1]


@worksheet(per_case=True)
def _sorted(values: Listed[NonNegative], shift: Amount = 0.0) -> Listed[Amount]:
    assert values.ndim == 1
    assert np.ndim(shift) == 0
    return np.sort(values) + shift


@worksheet(per_case=True)
def _largest(values: Listed[NonNegative], shift: Amount = 0.0) -> Amount:
    return max(values) + shift


@worksheet(per_case=True)
def _halved(value: NonNegative) -> Amount:
    return value / 2


@worksheet(per_case=True)
def _spread(value: NonNegative) -> Pair[Amount]:
    return np.array([-value, value])


@worksheet(per_case=True)
def _square(values: Listed[NonNegative]) -> Table[Amount]:
    return np.outer(values, values)


def test_a_function_per_case_sees_numbers_and_single_lists() -> None:
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
        (_square, [-1.0, 1.0], (1, 1)),
        (_square, [[-1.0, 1.0], [-1.0, 2.0]], (2, 1, 1)),
    ],
)
def test_where_no_case_is_inside_the_shape_is_kept(
    function: Callable[..., Any], bad: object, shape: tuple[int, ...]
) -> None:
    found = np.asarray(function(bad))
    assert found.shape == shape
    assert np.isnan(found).all()
