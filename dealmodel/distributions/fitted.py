"""The law of Keelin's metalog distribution through three quantiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.functions.metalog import Terms, terms, variance

if TYPE_CHECKING:
    from dealmodel.contract import Array


@dataclass(frozen=True, slots=True)
class Metalog:
    """Metalog of three terms."""

    terms: Terms

    def support(self) -> tuple[Array, Array]:
        """Return the bounds."""
        return self.terms.low, self.terms.high

    def variance(self) -> Array:
        """Return the variance, by quadrature where there is a bound."""
        return variance(self.terms)

    def cdf(self, x: Array) -> Array:
        """Return the probability whose log-odds give `x`."""
        return 1 / (1 + np.exp(-self._log_odds(x)))

    def sf(self, x: Array) -> Array:
        """Return the probability whose log-odds, with the sign turned, give `x`."""
        return 1 / (1 + np.exp(self._log_odds(x)))

    def _log_odds(self, x: Array) -> Array:
        return self.terms.log_odds(self.terms.steps_at(x))

    def ppf(self, q: Array) -> Array:
        """Return the value N = (a2 + a3 (q - 1/2)) ln(q / (1 - q)) from the median."""
        steps = (self.terms.a2 + self.terms.a3 * (q - 0.5)) * np.log(q / (1 - q))
        return self.terms.value(steps)


def metalog(p10: Array, p50: Array, p90: Array, low: Array, high: Array) -> Metalog:
    """Return the metalog with these quantiles."""
    return Metalog(terms(p10, p50, p90, low, high))
