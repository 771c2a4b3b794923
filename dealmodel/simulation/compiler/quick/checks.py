"""Checks of a block of trials, which is refused where one fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dealmodel.simulation.compiler import boxes
from dealmodel.simulation.compiler.quick.blocks import FlaggedError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dealmodel.domain import Domain


def none_holds(flags: NDArray[np.bool_]) -> None:
    """See that no flag holds."""
    if flags.any():
        raise FlaggedError


def all_hold(flags: NDArray[np.bool_]) -> None:
    """See that all flags hold."""
    if not flags.all():
        raise FlaggedError


def are_errors(boxed: NDArray[np.float64], out: NDArray[np.bool_]) -> None:
    """Put where values are errors, and see that all others are numbers: IFERROR lets a text or a truth pass."""
    np.isnan(boxed, out)
    if out.any() and not boxes.is_error(boxed[out]).all():
        raise FlaggedError


def are_within(domain: Domain, numbers: NDArray[np.float64]) -> None:
    """See that all numbers are within a domain; they are known to be finite, or NaN."""
    low, high = domain.lowest, domain.highest
    if low == 0.0 and high < np.inf:
        # Read as whole numbers, the floats from 0 on keep their order, and all others come after them.
        holds = np.maximum.reduce(numbers.view(np.uint64)) <= np.float64(high).view(np.uint64)
    else:
        holds = (domain.low == -np.inf or np.minimum.reduce(numbers) >= low) and (
            domain.high == np.inf or np.maximum.reduce(numbers) <= high
        )
    if not holds or (domain.whole and not (np.floor(numbers) == numbers).all()):
        raise FlaggedError


def outside(domain: Domain, numbers: NDArray[np.float64], out: NDArray[np.bool_]) -> None:
    """Put where numbers are outside a domain."""
    np.logical_not(domain.contains(numbers), out)
