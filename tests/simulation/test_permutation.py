"""An order that is computed holds everything once, in random order, whichever part is asked for."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from dealmodel.simulation.sampling import permutation
from dealmodel.simulation.sampling.permutation import Permutation


def order_of(count: int, seed: int = 0) -> Permutation:
    return Permutation(np.random.Generator(np.random.Philox(seed)), count)


@pytest.mark.parametrize("count", [1, 2, 3, 100, 16_384, 16_385, 20_000, 65_536, 65_537, 100_003, 2**17 + 1])
def test_everything_comes_up_once(count: int) -> None:
    whole = order_of(count).part(0, count)
    np.testing.assert_array_equal(np.sort(whole), np.arange(count))


@pytest.mark.parametrize("count", [7, 50_000, 3 * 10**9])
def test_a_part_is_the_same_by_itself(count: int) -> None:
    order = order_of(count)
    stop = min(count, 40_000)
    whole = order.part(0, stop)
    for start in (0, stop // 3, stop - 1):
        np.testing.assert_array_equal(order.part(start, stop), whole[start:])
    assert whole.min() >= 0
    assert whole.max() < count


def test_what_does_not_go_into_32_bits_comes_up_once_and_everywhere() -> None:
    count = 3 * 10**9
    found = order_of(count).part(count - 50_000, count)
    assert np.unique(found).size == 50_000
    assert stats.kstest(found / count, "uniform").pvalue > 0.01


def test_tables_that_are_shorter_than_a_side_still_give_an_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(permutation, "_LONGEST", 50)
    np.testing.assert_array_equal(np.sort(order_of(30_000).part(0, 30_000)), np.arange(30_000))


@pytest.mark.parametrize("count", [17_000, 70_000, 250_000])
def test_neighbours_in_any_direction_have_nothing_to_do_with_each_other(count: int) -> None:
    whole = order_of(count, 5).part(0, count) / count
    side = 1 << -(-(count - 1).bit_length() // 2)
    for lag in (1, 2, side - 1, side, side + 1, 2 * side):
        first, second = whole[:-lag], whole[lag:]
        assert abs(np.corrcoef(first, second)[0, 1]) < 4 / np.sqrt(count), lag
        cells = np.floor(first * 10).astype(int) * 10 + np.floor(second * 10).astype(int)
        assert stats.chisquare(np.bincount(cells, minlength=100)).pvalue > 0.001, lag


def test_orders_of_different_streams_have_nothing_to_do_with_each_other() -> None:
    count = 40_000
    ranks = np.stack([order_of(count, seed).part(0, count) for seed in range(8)])
    # The last digits, too: they are those within a row.
    for columns in (ranks, ranks % 256):
        correlations = np.asarray(np.corrcoef(columns.astype(np.float64)))
        assert np.abs(correlations - np.eye(8)).max() < 4.5 / np.sqrt(count)
