"""Bonds that pay coupons in equal periods, for all trials at once; coupons are counted once for equal dates."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dealmodel.hosts.supplements.bonds import Terms
from dealmodel.hosts.supplements.refusals import CellErrorRaised
from dealmodel.simulation.compiler.careful.natively import Found, UnsureError, numbers, of_dates

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.compiler.boxes import Boxed
    from dealmodel.simulation.compiler.careful.natively import Function
    from dealmodel.simulation.compiler.careful.operands import Value

    Mask = NDArray[np.bool_]

_MOST_TERMS = 4000
"""Different settlements, maturities, frequencies and bases, beyond which the engine is asked."""
_MOST_COUPONS = 400
_STEPS = 40
"""Steps of Newton's method, after which a trial is left to the engine; six are the rule."""
_GUESS = 0.05
_LEAST = 1e-6
_SETTLED, _EXACT = 1e-14, 1e-11


class _Coupons(NamedTuple):
    """What there is of coupons in every trial."""

    frequency: Boxed
    payments: Boxed
    left: Boxed
    """Part of the coupon period after settlement."""
    sure: Mask


def _coupons(settlement: Boxed, maturity: Boxed, frequency: Boxed, basis: Boxed) -> _Coupons:
    columns = [np.trunc(c) for c in np.broadcast_arrays(settlement, maturity, frequency, basis)]
    shape = columns[0].shape
    rows = np.stack([c.ravel() for c in columns], axis=-1)
    different, back = np.unique(rows, axis=0, return_inverse=True)
    if len(different) > _MOST_TERMS:
        raise UnsureError
    found = np.array([_of(*row) for row in different.tolist()]).T
    count, left = (part[back.ravel()].reshape(shape) for part in found)
    if np.nanmax(count, initial=0.0) > _MOST_COUPONS:
        raise UnsureError
    return _Coupons(columns[2], np.nan_to_num(count), left, np.asarray(~np.isnan(count)))


def _of(*row: float) -> tuple[float, float]:
    """Return how many coupons follow, and the part of the period before the next; NaN for what the engine refuses."""
    if not all(number >= 0 for number in row):
        return np.nan, np.nan
    try:
        terms = Terms.of(*row)
    except (CellErrorRaised, OverflowError):
        return np.nan, np.nan
    return float(terms.coupons.number), 1 - terms.accrued


def _annuity(coupons: _Coupons, discount: Boxed) -> tuple[Boxed, Boxed]:
    """Return what 1 at the next coupon and all after it is worth then, and the same times their numbers from 0."""
    worth = times = np.zeros(np.broadcast_shapes(coupons.payments.shape, discount.shape))
    for place in reversed(range(int(coupons.payments.max(initial=0.0)))):
        counts = coupons.payments > place
        times = np.where(counts, (times + worth) * discount, 0.0)
        worth = np.where(counts, worth * discount + 1.0, 0.0)
    return worth, times


def _worth(coupons: _Coupons, coupon: Boxed, interest: Boxed, redemption: Boxed) -> tuple[Boxed, Boxed]:
    """Return the price of bonds with several coupons, and its slope along the interest."""
    growth = 1 + interest / coupons.frequency
    worth, times = _annuity(coupons, 1 / growth)
    ahead, last = growth**-coupons.left, growth ** -(coupons.payments - 1 + coupons.left)
    paid = coupon * ahead * worth
    price = redemption * last + paid - coupon * (1 - coupons.left)
    slope = redemption * last * (coupons.payments - 1 + coupons.left) + coupon * ahead * (times + coupons.left * worth)
    return np.asarray(price), np.asarray(-slope / growth / coupons.frequency)


def _price(args: Sequence[Value]) -> Found:
    settlement, maturity, rate, interest, redemption, frequency, basis = numbers(args, *[None] * 6, 0.0)
    coupons = _coupons(settlement, maturity, frequency, basis)
    coupon = 100 * rate / coupons.frequency
    several, _ = _worth(coupons, coupon, interest, redemption)
    only = (redemption + coupon) / (1 + coupons.left * interest / coupons.frequency) - coupon * (1 - coupons.left)
    sure = coupons.sure & (rate >= 0) & (redemption > 0) & _has_powers(interest, coupons)
    return Found(np.where(coupons.payments == 1, only, several), np.asarray(sure))


def _yield(args: Sequence[Value]) -> Found:
    settlement, maturity, rate, paid, redemption, frequency, basis = numbers(args, *[None] * 6, 0.0)
    coupons = _coupons(settlement, maturity, frequency, basis)
    coupon = 100 * rate / coupons.frequency
    sure = coupons.sure & (rate >= 0) & (paid > 0) & (redemption > 0)
    cost = paid + (1 - coupons.left) * coupon
    only = (redemption + coupon - cost) / cost * coupons.frequency / coupons.left
    several, is_root = _root(coupons, coupon, paid, redemption, np.asarray(sure))
    is_only = coupons.payments == 1
    return Found(np.where(is_only, only, several), np.asarray(sure & (is_only | is_root)))


def _root(coupons: _Coupons, coupon: Boxed, paid: Boxed, redemption: Boxed, sure: Mask) -> tuple[Boxed, Mask]:
    """Return the yields at which bonds are worth what is paid: the price falls along the yield, so there is one."""
    shape = np.broadcast_shapes(coupons.payments.shape, coupon.shape, paid.shape, redemption.shape)
    at = np.full(shape, _GUESS)
    moving = np.array(np.broadcast_to(sure, shape))
    for _ in range(_STEPS):
        value, slope = _worth(coupons, coupon, at, redemption)
        better = np.maximum(at - (value - paid) / slope, (at - coupons.frequency) / 2)
        moving &= ~(np.abs(better - at) <= _SETTLED * np.maximum(1.0, np.abs(better)))
        # What has settled stays: no trial depends on how long the others take.
        at = np.where(moving & np.isfinite(better), better, at)
        if not moving.any():
            break
    value, _ = _worth(coupons, coupon, at, redemption)
    exact = np.abs(value - paid) <= _EXACT * np.maximum(np.abs(paid), np.abs(redemption))
    return at, np.asarray(exact & (at > -coupons.frequency + _LEAST))


def _duration(args: Sequence[Value]) -> Found:
    settlement, maturity, coupon, interest, frequency, basis = numbers(args, *[None] * 5, 0.0)
    coupons = _coupons(settlement, maturity, frequency, basis)
    discount = 1 / (1 + interest / coupons.frequency)
    worth, times = _annuity(coupons, discount)
    last = discount ** (coupons.payments - 1)
    rate = coupon / coupons.frequency
    found = coupons.left + (rate * times + (coupons.payments - 1) * last) / (rate * worth + last)
    return Found(found / coupons.frequency, np.asarray(coupons.sure & (coupon >= 0) & _has_powers(interest, coupons)))


def _has_powers(interest: Boxed, coupons: _Coupons) -> Mask:
    """Return where interest on interest can be held by a number to the last coupon."""
    return np.asarray((interest >= 0) & np.isfinite((1 + interest / coupons.frequency) ** (coupons.payments + 1)))


def _modified(args: Sequence[Value]) -> Found:
    found = _duration(args)
    interest, frequency = numbers(args[3:5], None, None)
    return Found(found.result / (1 + interest / np.trunc(frequency)), found.sure)


_BODIES: dict[str, Callable[[Sequence[Value]], Found]] = {
    "PRICE": _price,
    "YIELD": _yield,
    "DURATION": _duration,
    "MDURATION": _modified,
}
SECURITIES: dict[str, Function] = {name: of_dates(name, body) for name, body in _BODIES.items()}
