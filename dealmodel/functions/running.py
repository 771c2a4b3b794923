"""Sums that run along a series or list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from dealmodel.contract import Array


def sum_before(values: Array) -> Array:
    """Sum up what comes before each element, untouched by the rounding of what is as large as the element itself."""
    sums = np.cumsum(values, axis=-1)
    return np.concatenate([np.zeros_like(sums[..., :1]), sums[..., :-1]], axis=-1)
