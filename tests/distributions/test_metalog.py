"""Keelin's metalog: feasible on one side of the bound and not on the other, and its mean by another quadrature."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealmodel import distributions as of
from dealmodel import metalog, why
from dealmodel.functions.metalog import SKEWNESS_LIMIT, STEEPEST
from tests.distributions.draws import is_ascending, quantiles
from tests.support.shares import one_in

INF = float("inf")
SHAPES = [
    (250.0, 294.0, 340.0, -INF, INF),
    (35.0, 50.0, 75.0, 0.0, INF),
    (-75.0, -50.0, -35.0, -INF, 0.0),
    (35.0, 50.0, 75.0, 0.0, 100.0),
    (250.0, 294.0, 340.0, 0.0, INF),
    (250.0, 294.0, 340.0, 200.0, 350.0),
    (1.0, 10.0, 1e4, 0.0, 1e5),
    (1e-4, 0.5, 0.9999, 0.0, 1.0),
    (0.001, 0.002, 0.006, 0.0, 1.0),
    (10.0, 11.0, 12.0, -1e9, INF),
    (10.0, 11.0, 13.0, -1e9, 1e9),
    (0.04, 0.4, 1.0, 0.0, INF),
]
shapes = pytest.mark.parametrize("shape", SHAPES, ids=str)


def distribution(shape: tuple[float, ...]) -> of.Distribution:
    """Return the metalog; a missing bound is left out, and cannot be given as infinite."""
    bounds = {name: value for name, value in zip(("low", "high"), shape[3:], strict=True) if np.isfinite(value)}
    return of.metalog(*shape[:3], **bounds)


class Exact:
    """The metalog in forty digits, as Keelin has it."""

    def __init__(self, shape: tuple[float, ...]) -> None:
        p10, p50, p90, self.low, self.high = map(mp.mpf, shape)
        first, middle, last = map(self.unbounded, (p10, p50, p90))
        self.a1 = middle
        self.a2 = (last - first) / (2 * mp.log(9))
        self.a3 = (last + first - 2 * middle) / (mp.mpf("0.8") * mp.log(9))

    def unbounded(self, x: mp.mpf) -> mp.mpf:
        if mp.isinf(self.low) and mp.isinf(self.high):
            return x
        from_low = mp.mpf(0) if mp.isinf(self.low) else mp.log(x - self.low)
        from_high = mp.mpf(0) if mp.isinf(self.high) else mp.log(self.high - x)
        return from_low - from_high

    def value(self, log_odds: mp.mpf) -> mp.mpf:
        m = self.a1 + (self.a2 + self.a3 / 2 * mp.tanh(log_odds / 2)) * log_odds
        if mp.isinf(self.low):
            return m if mp.isinf(self.high) else self.high - mp.exp(-m)
        if mp.isinf(self.high):
            return self.low + mp.exp(m)
        return self.low + (self.high - self.low) / (1 + mp.exp(-m))

    def moment(self, power: int, centre: Any) -> mp.mpf:  # noqa: ANN401
        def height(log_odds: mp.mpf) -> mp.mpf:
            odds = mp.exp(-abs(log_odds))
            return (self.value(log_odds) - centre) ** power * odds / (1 + odds) ** 2

        return mp.quad(height, [-700, -200, -80, -40, -20, -10, -5, -2, 0, 2, 5, 10, 20, 40, 80, 200, 700])


def test_the_bound_is_where_the_density_touches_zero() -> None:
    with mp.workdps(40):
        steepest = mp.findroot(lambda x: x * mp.tanh(x) - 1, 1.2)
        assert float(steepest) == STEEPEST
        y = 1 / (1 + mp.exp(-2 * steepest))
        bend = y - mp.mpf(1) / 2 + y * (1 - y) * mp.log(y / (1 - y))
        assert mp.almosteq(bend, steepest / 2)
        assert all(
            v - mp.mpf(1) / 2 + v * (1 - v) * mp.log(v / (1 - v)) <= bend
            for v in (mp.mpf(i) / 1000 for i in range(1, 1000))
        )
    assert round(2 / STEEPEST, 5) == 1.66711, "Keelin's factor"


@pytest.mark.parametrize("skewed_up", [True, False])
@pytest.mark.parametrize("bounds", ["none", "low", "high", "both"])
def test_there_is_a_density_on_one_side_of_the_bound_only(bounds: str, skewed_up: bool) -> None:
    def found(skewness: float) -> of.Distribution:
        share = (1 - skewness) / 2 if skewed_up else (1 + skewness) / 2
        z = np.array([-share, 0.0, 1 - share])
        if bounds == "none":
            return of.metalog(*z)
        if bounds == "low":
            return of.metalog(*np.exp(z), 0.0)
        if bounds == "high":
            return of.metalog(*-np.exp(-z), high=0.0)
        return of.metalog(*(1 / (1 + np.exp(-z))), 0.0, 1.0)

    inside, outside = found(SKEWNESS_LIMIT - 1e-9), found(SKEWNESS_LIMIT + 1e-9)
    assert inside.proper
    assert not outside.proper
    assert np.isnan(outside.ppf(0.5))
    assert np.isnan(outside.mean())
    log_odds = np.linspace(-2 * STEEPEST - 1e-3, 2 * STEEPEST + 1e-3, 200_001)
    assert is_ascending(inside.ppf(1 / (1 + np.exp(-log_odds)))[::100])


def test_beyond_the_bound_the_quantiles_would_descend() -> None:
    share = (1 - SKEWNESS_LIMIT - 1e-3) / 2
    a2, a3 = 1 / (2 * np.log(9)), (1 - 2 * share) / (0.8 * np.log(9))
    y = 1 / (1 + np.exp(2 * STEEPEST + np.array([0.01, -0.01])))
    first, then = (a2 + a3 * (y - 0.5)) * np.log(y / (1 - y))
    assert then < first


def test_the_reason_is_said() -> None:
    assert why("DM_METALOG", 0.0, 0.1, 1.0).startswith("the share (p50 - p10) / (p90 - p10), in log-odds of the bounds")
    assert "must be above 0.166577 and below 0.833423" in why("DM_METALOG", 0.0, 0.9, 1.0)
    assert why("DM_METALOG", 1.0, 100.0, 10000.0, 0.0).startswith("the quantiles must lie closer together")
    assert why("DM_METALOG", 5.0, 1.0, 10.0) == "p10 must be below p50; got 5 and 1"
    assert why("DM_METALOG", 1.0, 2.0, 3.0, 1.0) == "low must be below p10; got 1 and 1"
    assert why("DM_METALOG", 1.0, 2.0, 3.0) == "ok"


@shapes
def test_it_goes_through_its_quantiles(shape: tuple[float, ...]) -> None:
    number = distribution(shape)
    assert number.ppf([0.1, 0.5, 0.9]) == pytest.approx(shape[:3], rel=1e-14)
    assert number.cdf(shape[:3]) == pytest.approx([0.1, 0.5, 0.9], rel=1e-13)
    assert number.ppf([0, 1]).tolist() == list(shape[3:])


@shapes
def test_quantiles_are_exact_from_end_to_end(shape: tuple[float, ...]) -> None:
    number, exact = distribution(shape), Exact
    shares = [1e-12, 1e-6, 0.01, 0.3, 0.499, 0.501, 0.7, 0.99, 1 - 1e-6, 1 - 1e-12]
    with mp.workdps(50):
        reference = exact(shape)
        for share, value in zip(shares, number.ppf(shares), strict=True):
            expected = reference.value(mp.log(mp.mpf(share) / (1 - mp.mpf(share))))
            assert value == pytest.approx(float(expected), rel=2e-13)
            assert number.cdf(value) + number.sf(value) == pytest.approx(1, rel=1e-15)
    # Next to a bound the last digits of a value tell no shares apart.
    inner = shares[:-2]
    assert number.cdf(number.ppf(inner)) == pytest.approx(inner, rel=1e-8)


@pytest.mark.parametrize("shape", one_in(3, SHAPES), ids=str)
def test_mean_and_variance_are_the_integrals(shape: tuple[float, ...]) -> None:
    number = distribution(shape)
    with mp.workdps(40):
        exact = Exact(shape)
        mean = exact.moment(1, 0)
        assert number.mean() == pytest.approx(float(mean), rel=1e-12)
        if np.isfinite(number.variance()):
            assert number.variance() == pytest.approx(float(exact.moment(2, mean)), rel=1e-11)


def test_a_heavy_tail_towards_a_missing_bound() -> None:
    def one_sided(tail: float) -> of.Distribution:
        """Return x = e^(tail L), whose mean is pi t / sin(pi t)."""
        step = tail * np.log(9)
        return of.metalog(np.exp(-step), 1.0, np.exp(step), 0.0)

    for tail in (0.01, 0.3, 0.4999, 0.5001, 0.9, 0.999, 1 - 1e-6):
        number = one_sided(tail)
        assert number.mean() == pytest.approx(
            np.pi * tail / np.sin(np.pi * tail), rel=2e-10 if tail > 0.9999 else 1e-12
        )
    for tail in (0.01, 0.2499, 0.2501, 0.4, 0.499):
        mean, second = np.pi * tail / np.sin(np.pi * tail), 2 * np.pi * tail / np.sin(2 * np.pi * tail)
        assert one_sided(tail).variance() == pytest.approx(second - mean**2, rel=1e-9 if tail < 0.02 else 1e-11)
    assert one_sided(0.501).variance() == np.inf
    assert np.isnan(one_sided(1.001).mean())
    assert np.isnan(one_sided(1.001).variance())
    assert one_sided(1.001).ppf(0.5) == 1
    assert of.metalog(1, 100, 10000, 0, 1e5).mean() > 100


def test_the_mirror_image_is_the_same_from_the_other_side() -> None:
    for p10, p50, p90, low, high in SHAPES:
        number, mirror = distribution((p10, p50, p90, low, high)), distribution((-p90, -p50, -p10, -high, -low))
        assert mirror.mean() == pytest.approx(-number.mean(), rel=1e-13)
        assert mirror.variance() == pytest.approx(number.variance(), rel=1e-12)
        assert mirror.ppf([0.02, 0.7]) == pytest.approx(-number.ppf([1 - 0.02, 1 - 0.7]), rel=1e-13)


def test_a_bound_far_away_is_no_bound() -> None:
    free = of.metalog(250, 294, 345)
    for bounds in ({"low": -1e12}, {"high": 1e12}, {"low": -1e12, "high": 1e12}):
        bounded = of.metalog(250, 294, 345, **bounds)
        assert bounded.mean() == pytest.approx(free.mean(), rel=1e-9)
        assert bounded.variance() == pytest.approx(free.variance(), rel=1e-7)
        assert bounded.ppf([1e-6, 0.3]) == pytest.approx(free.ppf([1e-6, 0.3]), rel=1e-8)


def test_without_bounds_the_moments_are_keelins() -> None:
    a2, a3 = 90 / (2 * np.log(9)), 2 / (0.8 * np.log(9))
    number = of.metalog(250, 294, 340)
    assert number.mean() == pytest.approx(294 + a3 / 2, rel=1e-15)
    assert number.variance() == pytest.approx(np.pi**2 / 3 * a2**2 + (1 / 12 + np.pi**2 / 36) * a3**2, rel=1e-14)


@given(case=quantiles(), share=st.floats(1e-12, 1 - 1e-6))
def test_newton_finds_the_share_again(case: list[float], share: float) -> None:
    number = of.metalog(*case[:3], high=case[4]) if case[3:4] == [-1e9] else of.metalog(*case)
    value = number.ppf(share)
    low, high = number.support
    slack = abs(number.ppf(share * (1 + 1e-7)) - number.ppf(share * (1 - 1e-7))) * 1e-5
    assert abs(number.ppf(number.cdf(value)) - value) <= slack + 1e-14 * (abs(value) + min(abs(low), abs(high), 10))


def test_many_means_are_integrated_in_chunks() -> None:
    p50 = np.linspace(260, 330, 3001)
    found = metalog(250, p50, 340, 200, 400)
    picked = [0, 700, 1500, 2000, 3000]
    alone = [metalog(250, p50[i], 340, 200, 400) for i in picked]
    assert np.allclose(found[picked], alone, rtol=1e-15, equal_nan=True)
    assert np.isnan(found[0])
    assert found.shape == p50.shape
