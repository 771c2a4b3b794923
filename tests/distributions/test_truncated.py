"""The truncated normal distribution against mpmath, near the mean and far out, wide and narrow."""

from __future__ import annotations

from typing import NamedTuple

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealmodel import distributions as of

SHARES = [1e-12, 1e-6, 0.01, 0.3, 0.5, 0.7, 0.99, 1 - 1e-6, 1 - 1e-12]
PLACES = [
    (0.0, 1.0, -2.0, 2.0),
    (0.0, 1.0, 0.0, 1000.0),
    (0.0, 1.0, 5.0, 9.0),
    (0.0, 1.0, 40.0, 50.0),
    (0.0, 1.0, 1e4, 1e4 + 1),
    (0.0, 1.0, 0.5, 0.51),
    (0.0, 1.0, -1e-9, 2e-9),
    (0.0, 1.0, 7.9, 8.05),
    (0.0, 1.0, -30.0, -12.0),
    (0.0, 1.0, -3.0, 0.0),
    (300.0, 100.0, 0.0, 1000.0),
    (300.0, 10.0, 0.0, 0.5),
    (-1000.0, 1.0, 0.0, 1.0),
    (294.0, 1e6, 250.0, 340.0),
]


class Exact(NamedTuple):
    """The distribution in sixty digits."""

    mean: float
    sd: float
    low: float
    high: float

    def deviation(self, x: float) -> mp.mpf:
        return (mp.mpf(x) - mp.mpf(self.mean)) / mp.mpf(self.sd)

    def mass(self, left: float, right: float) -> mp.mpf:
        a, b = self.deviation(left), self.deviation(right)
        sign = 1 if a + b > 0 else -1
        return abs(mp.erfc(sign * a / mp.sqrt(2)) - mp.erfc(sign * b / mp.sqrt(2))) / 2

    def density(self, x: float) -> mp.mpf:
        return mp.npdf(self.deviation(x)) / self.mass(self.low, self.high) / mp.mpf(self.sd)

    def moments(self) -> tuple[mp.mpf, mp.mpf]:
        a, b, sd = self.deviation(self.low), self.deviation(self.high), mp.mpf(self.sd)
        whole = self.mass(self.low, self.high)
        first = (mp.npdf(a) - mp.npdf(b)) / whole
        second = 1 + (a * mp.npdf(a) - b * mp.npdf(b)) / whole - first**2
        return mp.mpf(self.mean) + sd * first, sd**2 * second


@pytest.mark.parametrize("place", PLACES + [(-m, s, -h, -lo) for m, s, lo, h in PLACES[1:]], ids=str)
def test_moments_shares_and_quantiles_are_exact(place: tuple[float, float, float, float]) -> None:
    exact, number = Exact(*place), of.truncated_normal(*place)
    _, _, low, high = place
    with mp.workdps(60):
        mean, variance = exact.moments()
        assert number.mean() == pytest.approx(float(mean), rel=1e-13, abs=1e-15 * number.variance() ** 0.5)
        assert number.variance() == pytest.approx(float(variance), rel=1e-13)
        whole = exact.mass(low, high)
        for share, value in zip(SHARES, number.ppf(SHARES), strict=True):
            below, above = exact.mass(low, value) / whole, exact.mass(value, high) / whole
            missing = abs(below - mp.mpf(share)) if share < 0.5 else abs(above - (1 - mp.mpf(share)))
            assert float(missing / exact.density(value)) <= 1e-14 * max(abs(value), min(value - low, high - value))
            assert number.cdf(value) == pytest.approx(float(below), rel=1e-12)
            assert number.sf(value) == pytest.approx(float(above), rel=1e-12)


@given(
    mean=st.floats(-50, 50),
    sd=st.floats(0.01, 100),
    low=st.floats(-50, 50),
    width=st.floats(1e-6, 1e3),
    share=st.floats(1e-9, 1 - 1e-9),
)
def test_the_mirror_image_is_the_same_from_the_other_side(
    mean: float, sd: float, low: float, width: float, share: float
) -> None:
    number = of.truncated_normal(mean, sd, low, low + width)
    mirror = of.truncated_normal(-mean, sd, -low - width, -low)
    assert mirror.mean() == pytest.approx(-number.mean(), rel=1e-14, abs=1e-14 * number.variance() ** 0.5)
    assert mirror.variance() == pytest.approx(number.variance(), rel=1e-14)
    # Rounded to float64, as the share on the other side is.
    share = 1 - (1 - share)
    value = number.ppf(share)
    assert mirror.sf(-value) == number.cdf(value)
    assert mirror.ppf(1 - share) == pytest.approx(-value, rel=1e-14, abs=1e-14 * width)


def test_near_and_far_together_are_as_each_alone() -> None:
    places = np.array(PLACES)
    together = of.truncated_normal(*places.T)
    shares = np.array(SHARES)[:, None]
    alone = np.column_stack([of.truncated_normal(*place).ppf(SHARES) for place in PLACES])
    assert np.array_equal(together.ppf(shares), alone)


def test_many_means_are_integrated_in_chunks() -> None:
    means = np.linspace(-5, 5, 10_001)
    found = of.truncated_normal(means, 1, -1, 2).mean()
    assert found.shape == means.shape
    assert found[[0, 5000, 10_000]].tolist() == [of.truncated_normal(m, 1, -1, 2).mean() for m in (-5, 0, 5)]
    assert of.truncated_normal([], 1, -1, 2).mean().shape == (0,)


def test_one_sided_truncation_is_a_far_bound() -> None:
    assert of.truncated_normal(0, 1, 0, 1e9).mean() == pytest.approx(np.sqrt(2 / np.pi), rel=1e-14)
    assert of.truncated_normal(0, 1, -1e9, 1e9).variance() == pytest.approx(1, rel=1e-14)
