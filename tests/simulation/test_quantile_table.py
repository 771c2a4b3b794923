"""Quantiles from a table are those of the distribution."""

from __future__ import annotations

import numpy as np
import pytest

from dealmodel.distributions import Distribution, beta, metalog, pert, uniform
from dealmodel.simulation.sampling.quantile_table import quantiles

RNG = np.random.default_rng(0)
EVERYWHERE = np.clip(
    np.concatenate(
        [RNG.random(1000), 10.0 ** -RNG.uniform(0, 15.9, 500), 1 - 10.0 ** -RNG.uniform(0, 15.9, 500), [0.5]]
    ),
    2.0**-53,
    1 - 2.0**-53,
)


@pytest.mark.parametrize(
    "distribution",
    [
        *(beta(a, b) for a in (0.5, 0.9, 1.0, 3.0, 12.0) for b in (0.5, 1.0, 2.5, 12.0)),
        beta(2.0, 3.0, -10.0, 20.0),
        pert(250.0, 294.0, 340.0),
        pert(250.0, 250.0, 340.0),
        pert(-340.0, -300.0, -250.0, 2.0),
        pert(0.0, 5.0, 10.0, 0.0),
    ],
    ids=repr,
)
def test_a_table_has_every_digit_in_both_tails(distribution: Distribution) -> None:
    expected = np.asarray(distribution.ppf(EVERYWHERE))
    found = quantiles(distribution, EVERYWHERE)
    low, high = distribution.support
    assert np.abs(found - expected).max() <= 2e-14 * max(abs(low), abs(high))
    near_0 = np.abs(expected - low) < (high - low) / 2
    assert found[near_0] - low == pytest.approx(expected[near_0] - low, rel=1e-13, abs=1e-15 * abs(low))
    assert np.all(np.diff(found[np.argsort(EVERYWHERE)]) >= -1e-14 * (abs(low) + abs(high)))


def test_a_quantile_does_not_hang_on_how_many_are_asked_for() -> None:
    distribution = pert(250.0, 294.0, 340.0)
    alone = [quantiles(distribution, EVERYWHERE[i : i + 1])[0] for i in range(50)]
    assert np.array_equal(alone, quantiles(distribution, EVERYWHERE)[:50])


@pytest.mark.parametrize(
    "distribution",
    [beta(0.1, 30.0), pert(0.0, 1.0, 100.0, 40.0), uniform(2.0, 3.0), metalog(1.0, 2.0, 4.0), pert(3.0, 2.0, 1.0)],
    ids=repr,
)
def test_others_are_inverted(distribution: Distribution) -> None:
    assert np.array_equal(quantiles(distribution, EVERYWHERE), np.asarray(distribution.ppf(EVERYWHERE)), equal_nan=True)


def test_arrays_of_distributions_are_inverted() -> None:
    several = pert(np.full(EVERYWHERE.size, 250.0), 294.0, 340.0)
    assert np.array_equal(quantiles(several, EVERYWHERE), np.asarray(several.ppf(EVERYWHERE)))
