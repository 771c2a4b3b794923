"""Who is paid what when a company is sold: preferences, participation, caps, conversion.

Once all preferences are covered, what a class is paid is a continuous function of x, the amount that a
common share is paid, and never falls in it:

    common                      n x
    non-participating           max(L, n x)
    participating               L + n x
    participating, capped at C  max(min(L + n x, C), n x)

so their sum meets the proceeds at one x, and the classes with n x above what they are paid otherwise
convert, in order of preference, or cap, per share. Below the sum of the preferences no class gains by
converting: x is 0, and the preferences are paid by seniority. Seniority therefore never changes who
converts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dealmodel.contract import Array, Requirement, total, worksheet
from dealmodel.domain import Listed, NonNegative, Number, Position, Shares, Truth


@dataclass(frozen=True, slots=True)
class _Classes:
    """Terms of the classes of shares."""

    shares: Array
    preferences: Array
    participating: Array
    caps: Array

    @property
    def is_capped(self) -> Array:
        """Whether participation ends at a cap."""
        return (self.participating != 0) & (self.caps > 0)

    def stops(self) -> Array:
        """Return the amount per common share at which a capped class stops participating; else 0."""
        return self._per_share(self.caps - self.preferences, self.is_capped)

    def converts(self) -> Array:
        """Return the amount per common share at which each class shares as common; 0 if it always does."""
        whole = np.where(self.participating != 0, self.caps, self.preferences)
        return self._per_share(whole, (self.participating == 0) | self.is_capped)

    def _per_share(self, amount: Array, applies: Array) -> Array:
        return np.where(applies & (self.shares > 0), amount / self.shares, 0.0)

    def paid(self, per_share: Array) -> Array:
        """Return what each class is paid at an amount per common share, preferences covered."""
        as_common = self.shares * per_share
        ceiling = np.where(self.is_capped, self.caps, np.inf)
        held = np.where(self.participating != 0, np.minimum(self.preferences + as_common, ceiling), self.preferences)
        return np.maximum(held, as_common)

    def paid_in_all(self, per_share: Array) -> Array:
        """Return what all classes are paid at each of several amounts per common share, along the last axis."""
        each = (self._only(slice(i, i + 1)) for i in range(np.shape(self.shares)[-1]))
        return sum(one.paid(per_share) for one in each)

    def _only(self, part: slice) -> _Classes:
        return _Classes(
            self.shares[..., part],
            self.preferences[..., part],
            self.participating[..., part],
            self.caps[..., part],
        )

    def share_out(self, proceeds: Array) -> Array:
        """Return what each class is paid where the proceeds cover the preferences."""
        stops, converts = self.stops(), self.converts()
        kinks = np.concatenate(np.broadcast_arrays(stops, converts), axis=-1)
        reached = np.max(np.where(self.paid_in_all(kinks) <= proceeds, kinks, 0.0), axis=-1, keepdims=True)
        # From the last kink below, what is left goes to the shares that take part there.
        paid = self.paid(reached)
        taking_part = self.shares * ((reached < stops) | (reached >= converts))
        left = np.maximum(proceeds - total(paid), 0)
        return paid + np.where(taking_part > 0, taking_part / total(taking_part), 0.0) * left


def _ahead(preferences: Array, seniority: Array) -> tuple[Array, Array]:
    """Return the preferences that are senior to each class, and those of its own rank."""
    size = np.shape(seniority)[-1]
    each = [(preferences[..., i : i + 1], seniority[..., i : i + 1]) for i in range(size)]
    senior = sum(np.where(rank > seniority, preference, 0.0) for preference, rank in each)
    equal = sum(np.where(rank == seniority, preference, 0.0) for preference, rank in each)
    return senior, equal


_HAVE_SHARES = Requirement(("shares",), lambda shares: total(shares) > 0, "shares must sum to above 0")
_CAPS = Requirement(
    ("caps", "preferences", "participating"),
    lambda caps, preferences, participating: (participating == 0) | (caps == 0) | (caps >= preferences),
    "caps must be 0 or at least the preference of a participating class",
)


@worksheet(_HAVE_SHARES, _CAPS)
def liquidation(
    proceeds: NonNegative,
    shares: Listed[Shares],
    preferences: Listed[NonNegative],
    participating: Listed[Truth],
    caps: Listed[NonNegative],
    seniority: Listed[Number],
) -> Listed[NonNegative]:
    """Payout of each class of shares when a company is sold or wound up.

    Parameters
    ----------
    proceeds
        Amount for the shareholders, after debt and costs.
    shares
        Shares of each class, as converted to common; 0 for a claim that cannot convert.
    preferences
        Liquidation preference of each class, in all; 0 for common.
    participating
        TRUE where a class takes its preference and then shares with the common.
    caps
        The most a participating class is paid unless it converts, in all, its preference included; 0 where
        there is no cap. Without meaning for other classes.
    seniority
        Rank of the preference: higher is paid first, equal ranks share by preference.

    Returns
    -------
    Payout of each class, in the orientation of `shares`. The payouts sum to the proceeds, none falls as the
    proceeds rise, and no class gains by converting to common, or not converting, while the others keep to
    their choice. There may be several such sets of choices; the payouts are the same in all of them.

    Notes
    -----
    With x the amount per common share at which all is paid out: n x for common, max(L, n x) without
    participation, L + n x with it, max(min(L + n x, C), n x) up to a cap. Below the sum of the preferences,
    these are paid by seniority.

    References
    ----------
    .. [1] Metrick & Yasuda, *Venture Capital and the Finance of Innovation*, 2nd ed., ch. 15 and 16:
       conversion order, participation with caps.
    .. [2] Feld & Mendelson, *Venture Deals*, ch. 4, liquidation preference: 50m for 60%, sold for 100m.

    Examples
    --------
    >>> liquidation([100.0, 60.0], [40.0, 60.0], [0.0, 50.0], [False, True], [0.0, 0.0], [0, 1])
    array([[20., 80.],
           [ 4., 56.]])
    """
    classes = _Classes(shares, preferences, participating, caps)
    senior, equal = _ahead(preferences, seniority)
    covered = np.where(equal > 0, np.clip((proceeds - senior) / equal, 0, 1), 0.0)
    return np.where(proceeds < total(preferences), preferences * covered, classes.share_out(proceeds))


@worksheet(_HAVE_SHARES, _CAPS)
def conversion_proceeds(
    shares: Listed[Shares],
    preferences: Listed[NonNegative],
    participating: Listed[Truth],
    caps: Listed[NonNegative],
) -> Listed[NonNegative]:
    """Proceeds above which each class of shares is better off as common.

    Parameters
    ----------
    shares
        Shares of each class, as converted to common.
    preferences
        Liquidation preference of each class, in all; 0 for common.
    participating
        TRUE where a class takes its preference and then shares with the common.
    caps
        The most a participating class is paid unless it converts, in all; 0 where there is no cap.

    Returns
    -------
    Proceeds, one breakpoint per class; for common the sum of the preferences, above which it is paid. #NUM!
    for a class that never converts: without shares, or participating without a cap.

    Notes
    -----
    Sum of what the classes are paid, as in DM_LIQUIDATION, at x = L / n, or C / n for a capped class.

    References
    ----------
    .. [1] Metrick & Yasuda, *Venture Capital and the Finance of Innovation*, 2nd ed., ch. 15: conversion
       conditions.
    .. [2] venturesouth.vc, "The grey zone": 2m for 25% with a cap of 4x is better off as common above 32m.

    Examples
    --------
    >>> conversion_proceeds([75.0, 25.0], [0.0, 2.0], [False, True], [0.0, 8.0])
    array([ 2., 32.])
    """
    classes = _Classes(shares, preferences, participating, caps)
    never = (shares == 0) | ((participating != 0) & (caps == 0))
    return np.where(never, np.nan, classes.paid_in_all(classes.converts()))


@worksheet(
    _HAVE_SHARES,
    _CAPS,
    Requirement(
        ("position", "shares"),
        lambda position, shares: position <= np.shape(shares)[-1],
        "position must be at most the number of classes",
    ),
    Requirement(
        ("payout", "position", "shares", "preferences"),
        lambda payout, position, shares, preferences: (
            (position > np.shape(shares)[-1]) | (_at(position, shares) > 0) | (payout <= _at(position, preferences))
        ),
        "payout must be at most the preference of a class without shares",
    ),
)
def proceeds_for_payout(
    payout: NonNegative,
    position: Position,
    shares: Listed[Shares],
    preferences: Listed[NonNegative],
    participating: Listed[Truth],
    caps: Listed[NonNegative],
    seniority: Listed[Number],
) -> NonNegative:
    """Proceeds that a class of shares needs to be paid a wanted amount.

    Parameters
    ----------
    payout
        Amount wanted for the class.
    position
        Which class, counted from 1.
    shares
        Shares of each class, as converted to common; 0 for a claim that cannot convert.
    preferences
        Liquidation preference of each class, in all; 0 for common.
    participating
        TRUE where a class takes its preference and then shares with the common.
    caps
        The most a participating class is paid unless it converts, in all; 0 where there is no cap.
    seniority
        Rank of the preference: higher is paid first, equal ranks share by preference.

    Returns
    -------
    The least proceeds at which the class is paid the amount, in the currency of `payout`.

    Notes
    -----
    The inverse of DM_LIQUIDATION: up to the preference, what is senior plus payout / L of the preferences
    of the same rank; above, the sum of what the classes are paid at x = payout / n, or (payout - L) / n up
    to the cap of a participating class.

    References
    ----------
    .. [1] Metrick & Yasuda, *Venture Capital and the Finance of Innovation*, 2nd ed., ch. 16: exit
       equations.

    Examples
    --------
    >>> proceeds_for_payout(8.0, 2, [75.0, 25.0], [0.0, 2.0], [False, True], [0.0, 8.0], [0, 1])
    26.0
    """
    classes = _Classes(shares, preferences, participating, caps)
    senior, equal = (_at(position, a) for a in _ahead(preferences, seniority))
    preference, cap = _at(position, preferences), _at(position, caps)
    takes_both = (_at(position, participating) != 0) & ((cap == 0) | (payout <= cap))
    per_share = (payout - np.where(takes_both, preference, 0.0)) / _at(position, shares)
    beyond = classes.paid_in_all(np.where(payout > preference, per_share, 0.0))
    within = np.where(payout > 0, senior + payout / preference * equal, 0.0)
    return np.where(payout > preference, beyond, within)


def _at(position: Array, values: Array) -> Array:
    """Return the value at a position counted from 1, with its axis."""
    return total(np.where(np.arange(1, np.shape(values)[-1] + 1) == position, values, 0.0))
