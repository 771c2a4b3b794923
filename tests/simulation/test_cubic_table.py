"""Tables of cubics give the quantile function, or say that they do not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from dealmodel.simulation.sampling.cubic_table import Table, tabulated

RNG = np.random.default_rng(0)
LOWER = np.concatenate([RNG.random(50_000) / 2, 2.0 ** -RNG.uniform(1, 53, 5000), 2.0 ** -np.arange(2, 54)])
EVERYWHERE = np.concatenate([LOWER, 1 - LOWER, [0.5]])


def pole(uniforms: np.ndarray) -> np.ndarray:
    return (1 - uniforms) ** -0.5 - uniforms**-0.5


@pytest.mark.parametrize(
    "function",
    [special.ndtri, special.logit, np.sqrt, np.square, pole],
    ids=["normal", "logistic", "root", "square", "pole"],
)
def test_a_table_misses_no_more_than_it_says(function: np.ufunc) -> None:
    table = tabulated(function)
    assert isinstance(table, Table)
    low, median, high = function(np.array([0.25, 0.5, 0.75]))
    expected = function(EVERYWHERE)
    most = 1e-12 * (high - low + np.abs(expected - median)) + 4 * 2.0**-52 * np.abs(expected)
    assert np.all(np.abs(table(EVERYWHERE) - expected) <= 1.1 * most)


def test_a_function_with_kinks_in_the_middle_is_not_tabulated() -> None:
    def steps(uniforms: np.ndarray) -> np.ndarray:
        return np.where(np.sin(3000 * uniforms) > 0, uniforms, 2 * uniforms)

    assert tabulated(steps) is None


def test_the_function_itself_answers_beyond_a_kink_near_an_end() -> None:
    asked: list[float] = []

    def kinked(uniforms: np.ndarray) -> np.ndarray:
        asked.extend(uniforms)
        return np.where(uniforms < 2.0**-9, 1e6 * uniforms, np.sqrt(uniforms))

    table = tabulated(kinked)
    assert isinstance(table, Table)
    asked.clear()
    some = np.array([0.3, 2.0**-10, 0.7, 2.0**-12])
    assert table(some) == pytest.approx([0.3**0.5, 1e6 * 2.0**-10, 0.7**0.5, 1e6 * 2.0**-12], rel=1e-12)
    assert asked == [2.0**-10, 2.0**-12]


def test_what_is_no_probability_is_asked_of_the_function() -> None:
    table = tabulated(special.ndtri)
    assert table is not None
    assert np.array_equal(table(np.array([0.0, 1.0, np.nan, 0.5])), [-np.inf, np.inf, np.nan, 0.0], equal_nan=True)


def test_no_trials_give_no_values() -> None:
    table = tabulated(special.ndtri)
    assert table is not None
    assert table(np.empty(0)).shape == (0,)
