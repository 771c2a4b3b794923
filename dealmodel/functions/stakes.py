"""Stakes that a formula gives: within rounding of nothing or of all, they are nothing or all."""

from __future__ import annotations

import numpy as np

from dealmodel.contract import Array, Requirement

ROUNDING = 1e-12
"""How far rounding carries a stake: what a full take-over or sale leaves comes back as 1 or 0, not as an error."""


def snapped(stake: Array) -> Array:
    """Return a stake without what rounding adds to the whole or takes from nothing."""
    stake = np.where(np.abs(stake - 1) <= ROUNDING, 1.0, stake)
    return np.where((stake < 0) & (stake >= -ROUNDING), 0.0, stake)


def result_is_a_stake(event: str) -> Requirement:
    """Require a result to be within 0 and 1."""
    return Requirement(
        ("result",),
        lambda result: (result >= 0) & (result <= 1),
        f"the stake after the {event} must be at least 0 and at most 1",
    )
