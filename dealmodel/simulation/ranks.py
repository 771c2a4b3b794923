"""How an output goes with the inputs, by ranks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]


def ranks(values: Values) -> Values:
    """Return the rank of each value in its column, from 1; equal ones the mean of theirs.

    Examples
    --------
    >>> ranks(np.array([30.0, 10.0, 30.0, 20.0]))
    array([3.5, 1. , 3.5, 2. ])
    """
    if values.ndim > 1:
        return np.stack([ranks(column) for column in values.T], axis=1)
    # In any order among equals, which share a rank: a stable sort takes eight times as long.
    order = np.argsort(values)
    begins = np.concatenate([[True], np.diff(values[order]) != 0]) if values.size else np.empty(0, dtype=bool)
    found = np.empty(values.size)
    if begins.all():
        found[order] = np.arange(1, values.size + 1)
        return found
    groups = np.cumsum(begins) - 1
    edges = np.concatenate([np.flatnonzero(begins), [values.size]])
    found[order] = ((edges[:-1] + edges[1:] + 1) / 2)[groups]
    return found


class RankedInputs:
    """The inputs by rank, to be compared with one output after the other.

    Parameters
    ----------
    inputs
        One column an input.
    """

    def __init__(self, inputs: Values) -> None:
        self._inputs = inputs
        self._scores = _centred(ranks(inputs))

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
            return np.zeros(self._inputs.shape[1])
        columns = self._scores if known.all() else _centred(ranks(self._inputs[known]))
        wanted = _centred(ranks(output[known]))
        scale = np.sqrt((columns**2).sum(axis=0) * (wanted**2).sum())
        found = (columns * wanted[:, None]).sum(axis=0)
        return np.asarray(np.divide(found, scale, out=np.zeros_like(found), where=scale > 0))


def _centred(columns: Values) -> Values:
    centred: Values = columns - columns.mean(axis=0)
    return centred


def contributions(correlations: Values) -> Values:
    """Return what each input contributes to the variance by its squared rank correlation, together 1.

    References
    ----------
    .. [1] A. Saltelli et al., *Sensitivity Analysis in Practice*, Wiley 2004, ch. 1: what this measure leaves out.
    """
    squares = correlations**2
    total = float(squares.sum())
    return np.divide(squares, total, out=np.zeros_like(squares), where=total > 0)
