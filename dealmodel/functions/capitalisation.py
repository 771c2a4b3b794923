"""The shares of a company at a priced round in which SAFEs and notes convert.

The price of the round depends on the shares into which the instruments convert, these on the price and on
each other, and the option pool on all of it. With C, the shares before the pool increase and the new money,
as the only unknown, the pool increase and the shares of each instrument are convex and piecewise linear in
C, and so is the right-hand side of

    C = shares of the holders + shares of the instruments

It starts above C, so its tangents, the first at the holders' shares alone, meet C in a rising sequence that
ends at the solution after at most as many steps as it has pieces. Each step is a closed form; nothing is
iterated to a tolerance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dealmodel.contract import Array, total


@dataclass(frozen=True, slots=True)
class Conversion:
    """Share counts at a round."""

    converted: Array
    """Shares of each instrument."""
    top_up: Array
    """Shares added to the pool."""
    before: Array
    """Fully diluted shares before the new money, all of these included."""


@dataclass(frozen=True, slots=True)
class ConvertibleTerms:
    """Terms of the instruments and of the round in which they convert."""

    amounts: Array
    caps: Array
    discounts: Array
    post_money_caps: Array
    pre_money: Array
    new_money: Array
    pool_target: Array

    @property
    def by_cap(self) -> Array:
        """Shares of each instrument per share of the capitalisation that divides its cap; 0 without a cap."""
        return np.where((self.caps > 0) & (self.amounts > 0), self.amounts / self.caps, 0.0)

    @property
    def by_price(self) -> Array:
        """Shares of each instrument per share before the new money, at the discounted price."""
        return self.amounts / (self.pre_money * (1 - self.discounts))

    @property
    def pool(self) -> Array:
        """The pool after its increase per share before the new money."""
        return self.pool_target * (self.pre_money + self.new_money) / self.pre_money

    def are_solvable(self) -> Array:
        """Tell whether the instruments leave the holders a part of the company.

        A slope of the right-hand side below 1 beyond its last kink is enough, and the solution is then the
        only one. It is also necessary, save where all the holders have is the pool: with S shares of
        holders, E of them the pool, that slope is at most (C - S) / (C - E) if C is a solution.
        """
        pool = self.pool
        by_cap = self.by_cap * np.where(self.post_money_caps != 0, 1.0, pool / (1 - pool))
        return total(np.maximum(by_cap, self.by_price / (1 - pool))) < 1

    def convert(self, shares: Array, pool_existing: Array) -> Conversion:
        """Return the share counts at the round.

        Parameters
        ----------
        shares
            Shares of each holder before.
        pool_existing
            Those of them that are the pool.
        """
        by_cap, by_price, pool = self.by_cap, self.by_price, self.pool
        counts_all = self.post_money_caps != 0
        held = total(shares)
        solution = held
        # Each instrument turns from cap to price and back at most, and the pool increase begins once.
        for _ in range(2 * by_cap.shape[-1] + 2):
            # Near the last solution every quantity is a slope times C plus a constant.
            grows = pool * solution > pool_existing
            slope = np.where(grows, pool / (1 - pool), 0.0)
            constant = np.where(grows, -pool_existing / (1 - pool), 0.0)
            cap_slope = np.where(counts_all, 1.0, slope)
            cap_constant = np.where(counts_all, 0.0, held + constant)
            before = (1 + slope) * solution + constant
            at_cap = by_cap * (cap_slope * solution + cap_constant) >= by_price * before
            instruments_slope = total(np.where(at_cap, by_cap * cap_slope, by_price * (1 + slope)))
            instruments_constant = total(np.where(at_cap, by_cap * cap_constant, by_price * constant))
            previous, solution = solution, (held + instruments_constant) / (1 - instruments_slope)
            if np.array_equal(previous, solution, equal_nan=True):
                break
        top_up = np.maximum((pool * solution - pool_existing) / (1 - pool), 0)
        before = solution + top_up
        capitalisation = np.where(counts_all, solution, held + top_up)
        return Conversion(np.maximum(by_cap * capitalisation, by_price * before), top_up, before)
