"""Who holds what once SAFEs and notes convert in a priced round."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dealmodel.contract import Array, Requirement, at_most, total, worksheet
from dealmodel.domain import (
    FractionBelow1,
    Instruments,
    Listed,
    NonNegative,
    Positive,
    Price,
    Shares,
    Stake,
    Table,
    Truth,
)
from dealmodel.functions.capitalisation import Conversion, ConvertibleTerms
from dealmodel.functions.rounds import ROOM_FOR_HOLDERS

if TYPE_CHECKING:
    from collections.abc import Sequence


def _table(shares: Array, solved: Conversion, pre_money: Array, new_money: Array) -> Array:
    """Return shares and stakes of the holders, the instruments, the new investors and the pool increase."""
    new_shares = solved.before * new_money / pre_money
    counts = _stack([shares, solved.converted, new_shares, solved.top_up])
    return np.stack([counts, counts / (solved.before + new_shares)], axis=-1)


def _terms(amounts: Array, caps: Array, discounts: Array, *of_round: Array) -> ConvertibleTerms:
    """Return the terms of post-money SAFEs."""
    return ConvertibleTerms(amounts, caps, discounts, np.ones(1), *of_round)


def _stack(parts: Sequence[Array]) -> Array:
    cases = np.broadcast_shapes(*(part.shape[:-1] for part in parts))
    return np.concatenate([np.broadcast_to(part, (*cases, part.shape[-1])) for part in parts], axis=-1)


_HOLDERS = Requirement(("shares",), lambda shares: total(shares) > 0, "shares must sum to above 0")
_POOL = Requirement(
    ("pool_existing", "shares"),
    lambda existing, shares: existing <= total(shares),
    "pool_existing must be at most the sum of shares",
)
_SAFES = Requirement(
    ("safe_amounts", "safe_caps", "safe_discounts", "pre_money", "new_money", "pool_target"),
    lambda amounts, caps, discounts, *of_round: _terms(amounts, caps, discounts, *of_round).are_solvable(),
    "safe_amounts over the lower of safe_caps and the discounted pre_money less the pool must sum to below 1",
)
_CONVERTIBLES = Requirement(
    ("amounts", "caps", "discounts", "post_money_caps", "pre_money", "new_money", "pool_target"),
    lambda *terms: ConvertibleTerms(*terms).are_solvable(),
    "amounts over the lower of caps and the discounted pre_money less the pool must sum to below 1",
)


@worksheet(at_most("amount", "post_money_cap"))
def safe_stake(amount: NonNegative, post_money_cap: Positive) -> Stake:
    """Stake of a post-money SAFE before the priced round, where its cap binds.

    Parameters
    ----------
    amount
        Amount of the SAFE.
    post_money_cap
        Its post-money valuation cap.

    Returns
    -------
    Stake once all SAFEs have converted, before new money and a larger option pool.

    Notes
    -----
    amount / cap

    References
    ----------
    .. [1] YC, Post-Money Safe User Guide, Quick Start Guide: 500,000 at a cap of 5.5m is ~9%, at 8.3m ~6%.

    Examples
    --------
    >>> safe_stake(500_000.0, [5.5e6, 8.3e6]).round(4)
    array([0.0909, 0.0602])
    """
    return amount / post_money_cap


@worksheet(_HOLDERS, _POOL, ROOM_FOR_HOLDERS, _SAFES)
def safe_round(
    shares: Listed[Shares],
    safe_amounts: Instruments[NonNegative],
    safe_caps: Instruments[NonNegative],
    safe_discounts: Instruments[FractionBelow1],
    pre_money: Positive,
    new_money: NonNegative,
    pool_target: FractionBelow1 = 0.0,
    pool_existing: Shares = 0.0,
) -> Table[Shares]:
    """Cap table after a priced round in which post-money SAFEs convert.

    Parameters
    ----------
    shares
        Fully diluted shares of each holder before, options and the pool among them.
    safe_amounts
        Amount of each SAFE.
    safe_caps
        Post-money valuation cap of each SAFE; 0 where it has none.
    safe_discounts
        Discount of each SAFE on the price of the round.
    pre_money
        Value of the company before the round, converted SAFEs and the topped-up pool included.
    new_money
        Money the company raises.
    pool_target
        Part of the fully diluted shares after the round that the pool is to be.
    pool_existing
        Shares of the pool that are not granted yet; they are among `shares`.

    Returns
    -------
    A table of two columns, shares and stake, with one row per holder, per SAFE, one for the new investors
    and one for the shares added to the pool. Shares are not rounded.

    Notes
    -----
    Each SAFE converts at the lower of cap / Company Capitalization and price (1 - d). Company
    Capitalization counts the holders' shares, the existing pool and promised options among them, and all
    SAFEs, but not the pool increase of the round. price = pre_money / (Company Capitalization + pool
    increase). This is the percentage-ownership method; for the dollars-invested method add the amounts of
    the SAFEs to pre_money.

    References
    ----------
    .. [1] YC, Post-Money Safe User Guide, version 1.2, Appendix II, Example 1.
    .. [2] Cooley GO, "Calculating share price with outstanding convertible notes or Safes".

    Examples
    --------
    >>> safe_round([9_250_000.0, 650_000.0, 100_000.0], [200_000.0, 800_000.0], [4e6, 8e6], [0.0, 0.0],
    ...            15e6, 5e6, 0.10, 100_000.0)[3:].round(4)
    array([[5.88235294e+05, 3.28000000e-02],
           [1.17647059e+06, 6.56000000e-02],
           [4.48642534e+06, 2.50000000e-01],
           [1.69457014e+06, 9.44000000e-02]])
    """
    terms = _terms(safe_amounts, safe_caps, safe_discounts, pre_money, new_money, pool_target)
    return _table(shares, terms.convert(shares, pool_existing), pre_money, new_money)


@worksheet(_HOLDERS, _POOL, ROOM_FOR_HOLDERS, _SAFES)
def safe_round_price(
    shares: Listed[Shares],
    safe_amounts: Instruments[NonNegative],
    safe_caps: Instruments[NonNegative],
    safe_discounts: Instruments[FractionBelow1],
    pre_money: Positive,
    new_money: NonNegative,
    pool_target: FractionBelow1 = 0.0,
    pool_existing: Shares = 0.0,
) -> Price:
    """Price per share of a priced round in which post-money SAFEs convert.

    Parameters
    ----------
    shares
        Fully diluted shares of each holder before, options and the pool among them.
    safe_amounts
        Amount of each SAFE.
    safe_caps
        Post-money valuation cap of each SAFE; 0 where it has none.
    safe_discounts
        Discount of each SAFE on the price of the round.
    pre_money
        Value of the company before the round, converted SAFEs and the topped-up pool included.
    new_money
        Money the company raises.
    pool_target
        Part of the fully diluted shares after the round that the pool is to be.
    pool_existing
        Shares of the pool that are not granted yet; they are among `shares`.

    Returns
    -------
    Price that the new investors pay for a share, in the currency of `pre_money`.

    Notes
    -----
    pre_money / (Company Capitalization + pool increase), as in DM_SAFE_ROUND.

    References
    ----------
    .. [1] YC, Post-Money Safe User Guide, version 1.2, Appendix II, Example 1, question 5: 0.6577 per share.

    Examples
    --------
    >>> round(safe_round_price([1e6], [1e6], [0.0], [0.30], 8e6, 2e6), 4)
    6.5714
    """
    terms = _terms(safe_amounts, safe_caps, safe_discounts, pre_money, new_money, pool_target)
    return pre_money / terms.convert(shares, pool_existing).before


@worksheet(_HOLDERS, _POOL, ROOM_FOR_HOLDERS, _CONVERTIBLES)
def convertible_round(
    shares: Listed[Shares],
    amounts: Instruments[NonNegative],
    caps: Instruments[NonNegative],
    discounts: Instruments[FractionBelow1],
    post_money_caps: Instruments[Truth],
    pre_money: Positive,
    new_money: NonNegative,
    pool_target: FractionBelow1 = 0.0,
    pool_existing: Shares = 0.0,
) -> Table[Shares]:
    """Cap table after a priced round in which SAFEs and notes of both kinds convert.

    Parameters
    ----------
    shares
        Fully diluted shares of each holder before, options and the pool among them.
    amounts
        Amount of each SAFE, or balance of each note.
    caps
        Valuation cap of each; 0 where it has none.
    discounts
        Discount of each on the price of the round.
    post_money_caps
        TRUE for a post-money SAFE, FALSE for a note or a SAFE of the original, pre-money form.
    pre_money
        Value of the company before the round, what converts and the topped-up pool included.
    new_money
        Money the company raises.
    pool_target
        Part of the fully diluted shares after the round that the pool is to be.
    pool_existing
        Shares of the pool that are not granted yet; they are among `shares`.

    Returns
    -------
    A table of two columns, shares and stake, with one row per holder, per instrument, one for the new
    investors and one for the shares added to the pool. Shares are not rounded.

    Notes
    -----
    Each instrument converts at the lower of cap / capitalisation and price (1 - d). The capitalisation of a
    post-money cap counts all instruments, but not the pool increase of the round; that of a pre-money cap
    counts the pool increase, but no instrument. price = pre_money / (shares + instruments + pool increase).

    References
    ----------
    .. [1] YC, Post-Money Safe User Guide, version 1.2, Appendix II, Example 2: one SAFE of each kind.
    .. [2] Carta, "Safe & Convertible Note Calculator", calculation definitions.

    Examples
    --------
    >>> convertible_round([8e6], [1e6, 1e6], [10e6, 8e6], [0.0, 0.0], [True, False], 12e6, 3e6).round(6)
    array([[8.0e+06, 6.4e-01],
           [1.0e+06, 8.0e-02],
           [1.0e+06, 8.0e-02],
           [2.5e+06, 2.0e-01],
           [0.0e+00, 0.0e+00]])
    """
    terms = ConvertibleTerms(amounts, caps, discounts, post_money_caps, pre_money, new_money, pool_target)
    return _table(shares, terms.convert(shares, pool_existing), pre_money, new_money)
