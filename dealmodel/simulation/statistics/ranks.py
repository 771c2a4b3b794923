"""How an output goes with the inputs, by ranks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]


_PLACE_BITS = 16
"""Binary digits that hold the place of a value among so many."""
_PLACES = np.int64((1 << _PLACE_BITS) - 1)
_NOT_SIGN = np.int64(2**63 - 1)


def ranks(values: Values) -> Values:
    """Return the rank of each value, from 1; equal ones the mean of theirs.

    Examples
    --------
    >>> ranks(np.array([30.0, 10.0, 30.0, 20.0]))
    array([3.5, 1. , 3.5, 2. ])
    """
    order = _order_of_different(values)
    found = np.empty(values.size)
    if order is not None:
        found[order] = np.arange(1, values.size + 1)
        return found
    # In any order among equals, which share a rank: a stable sort takes eight times as long.
    order = np.argsort(values)
    begins = np.concatenate([[True], np.diff(values[order]) != 0])
    edges = np.concatenate([np.flatnonzero(begins), [values.size]])
    found[order] = ((edges[:-1] + edges[1:] + 1) / 2)[np.cumsum(begins) - 1]
    return found


def _order_of_different(values: Values) -> NDArray[np.int64] | None:
    """Return the order of values that differ in their first 48 binary digits; None where some do not.

    With the places in the last digits, one sort of whole numbers gives it, in half the time that NumPy takes.
    """
    if values.size > _PLACES + 1:
        return None
    digits = (values + 0.0).view(np.int64)  # 0 and -0 are equal
    flipped = digits >> np.int64(63)  # as whole numbers, negative ones would go backwards
    flipped &= _NOT_SIGN
    digits ^= flipped
    digits &= ~_PLACES
    digits |= np.arange(values.size)
    digits.sort()
    order = np.bitwise_and(digits, _PLACES, out=flipped)
    digits >>= np.int64(_PLACE_BITS)
    return order if np.all(digits[1:] != digits[:-1]) else None


class RankedInputs:
    """The inputs by rank, to be compared with one output after the other.

    Parameters
    ----------
    inputs
        One row an input.
    """

    def __init__(self, inputs: Values) -> None:
        self._inputs = inputs
        self._scores = [_scores(row) for row in inputs]

    def correlations(self, output: Values) -> Values:
        """Return the rank correlation of each input with an output; 0 where one of them does not vary.

        Trials in which the output is no number are left out.

        References
        ----------
        .. [1] C. Spearman, "The proof and measurement of association between two things", American Journal of
           Psychology 15 (1904) 72-101.
        """
        known = np.isfinite(output)
        if not known.any():
            return np.zeros(len(self._inputs))
        rows = self._scores if known.all() else [_scores(row[known]) for row in self._inputs]
        wanted = _scores(output[known])
        found = np.array([(row * wanted).sum() for row in rows])
        scale = np.sqrt(np.array([(row * row).sum() for row in rows]) * (wanted * wanted).sum())
        return np.asarray(np.divide(found, scale, out=np.zeros_like(found), where=scale > 0))


def _scores(values: Values) -> Values:
    """Return the ranks of values, less their mean."""
    found = ranks(values)
    found -= (values.size + 1) / 2
    return found


def contributions(correlations: Values) -> Values:
    """Return what each input contributes to the variance by its squared rank correlation, together 1.

    References
    ----------
    .. [1] A. Saltelli et al., *Sensitivity Analysis in Practice*, Wiley 2004, ch. 1: what this measure leaves out.
    """
    squares = correlations**2
    total = float(squares.sum())
    return np.divide(squares, total, out=np.zeros_like(squares), where=total > 0)
