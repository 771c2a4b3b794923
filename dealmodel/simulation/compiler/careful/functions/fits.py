"""Lines and exponential curves through points: LINEST, LOGEST, TREND and GROWTH, for all trials at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dealmodel.simulation.compiler.boxes import NA
from dealmodel.simulation.compiler.careful.functions.tableparts import fixed, is_given, laid_out, stacked
from dealmodel.simulation.compiler.careful.operands import trial_count
from dealmodel.simulation.compiler.graph import NotCompiledError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.compiler.careful.operands import Evaluator, Value

    Array = NDArray[np.float64]

_TINY = 1e-13
"""Part of a column's size below which what is left of it beside its mean is noise."""
_EXACT = 1e-18
"""Ratio of sums of squares below which the smaller one is noise, of which no two ways of computing agree."""


def _points(careful: Evaluator, name: str, args: Sequence[Value]) -> tuple[Array, Array, bool]:
    """Return y, the columns of x, and whether they stand in rows."""
    count = trial_count(args)
    y = stacked(name, args[0], count)
    height, width = y.shape[-2:]
    if is_given(careful, args, 1):
        x = stacked(name, args[1], count)
    else:
        x = np.broadcast_to(np.arange(1.0, height * width + 1).reshape(height, width), y.shape)
    across = height == 1 < width
    if x.shape[-2:] == (height, width):
        return y.reshape(*count, -1), x.reshape(*count, -1, 1), across
    if across and x.shape[-1] == width:
        return y[..., 0, :], np.swapaxes(x, -1, -2), across
    if width != 1 or x.shape[-2] != height:
        raise NotCompiledError(f"{name} of ranges that do not fit is not compiled")
    return y[..., 0], x, across


class _Fit(NamedTuple):
    """A line through points.

    Attributes
    ----------
    slopes
        One for each column of x.
    constant
        The constant.
    triangle
        Of the QR decomposition of the columns less their means.
    middle
        Those means; 0 where the line goes through the origin.
    """

    slopes: Array
    constant: Array
    triangle: Array
    middle: Array


def _fitted(careful: Evaluator, name: str, args: Sequence[Value], y: Array, x: Array, const: int) -> _Fit:
    """Return the line through points, of centred columns, whose sums keep digits."""
    constant = fixed(careful, name, args, const, 1.0) != 0
    middle = x.mean(axis=-2) if constant else np.zeros((*x.shape[:-2], x.shape[-1]))
    level = y.mean(axis=-1) if constant else np.zeros(y.shape[:-1])
    orthogonal, triangle = np.linalg.qr(x - middle[..., None, :])
    sizes = np.abs(np.diagonal(triangle, axis1=-2, axis2=-1))
    least = _TINY * np.abs(x).max(axis=(-1, -2))[..., None]
    if x.shape[-2] < x.shape[-1] + constant or not (sizes > least).all():
        raise NotCompiledError(f"{name} of columns that depend on each other is not compiled")
    along = np.matmul(np.swapaxes(orthogonal, -1, -2), (y - level[..., None])[..., None])
    slopes = np.linalg.solve(triangle, along)[..., 0]
    return _Fit(slopes, level - (middle * slopes).sum(axis=-1), triangle, middle)


def _line(name: str) -> Callable[[Evaluator, Sequence[Value]], Value]:
    """Return LINEST or LOGEST: the coefficients from the last column to the first, with statistics if asked for."""

    def found(careful: Evaluator, args: Sequence[Value]) -> Value:
        y, x, _ = _points(careful, name, args)
        y = _logarithms(name, y)
        fit = _fitted(careful, name, args, y, x, 2)
        row = np.concatenate([fit.slopes[..., ::-1], fit.constant[..., None]], axis=-1)
        table = (np.exp(row) if name == "LOGEST" else row)[..., None, :]
        if fixed(careful, name, args, 3, 0.0):
            constant = fixed(careful, name, args, 2, 1.0) != 0
            table = np.concatenate([table, _statistics(name, fit, y, x, constant=constant)], axis=-2)
        return laid_out(table)

    return found


def _statistics(name: str, fit: _Fit, y: Array, x: Array, *, constant: bool) -> Array:
    """Return the four rows below the coefficients of LINEST.

    Standard errors; R squared and the standard error of y; F and the degrees of freedom; the sums of squares that the
    line explains and that it leaves. What does not fill a row is #N/A.

    References
    ----------
    .. [1] N. R. Draper and H. Smith, *Applied Regression Analysis*, 3rd ed., Wiley 1998, ch. 5.
    """
    rows, columns = x.shape[-2:]
    free = rows - columns - constant
    values = np.matmul(x, fit.slopes[..., None])[..., 0] + fit.constant[..., None]
    left = ((y - values) ** 2).sum(axis=-1)
    level = y.mean(axis=-1, keepdims=True) if constant else 0.0
    explained = ((values - level) ** 2).sum(axis=-1)
    if free < 1 or not (left > _EXACT * explained).all() or not (explained > _EXACT * left).all():
        raise NotCompiledError(f"{name} with statistics of a line that fits exactly, or not at all, is not compiled")
    deviation = np.sqrt(left / free)
    inverse = np.linalg.inv(fit.triangle)
    covariance = np.matmul(inverse, np.swapaxes(inverse, -1, -2))
    errors = np.sqrt(np.diagonal(covariance, axis1=-2, axis2=-1))[..., ::-1] * deviation[..., None]
    offset = np.einsum("...i,...ij,...j->...", fit.middle, covariance, fit.middle)
    of_constant = deviation * np.sqrt(1 / rows + offset) if constant else np.full_like(deviation, NA)
    missing = [np.full_like(deviation, NA)] * (columns - 1)
    lines = [
        [*np.moveaxis(errors, -1, 0), of_constant],
        [explained / (explained + left), deviation, *missing],
        [explained / columns / (left / free), np.full_like(deviation, free), *missing],
        [explained, left, *missing],
    ]
    return np.stack([np.stack(line, axis=-1) for line in lines], axis=-2)


def _along(name: str) -> Callable[[Evaluator, Sequence[Value]], Value]:
    """Return TREND or GROWTH: values on the line, or on the exponential curve, through points."""

    def found(careful: Evaluator, args: Sequence[Value]) -> Value:
        y, x, across = _points(careful, name, args)
        slopes, constant, *_ = _fitted(careful, name, args, _logarithms(name, y), x, 3)
        if is_given(careful, args, 2):
            new = stacked(name, args[2], trial_count(args))
            if x.shape[-1] == 1:
                table = new * slopes[..., :, None] + constant[..., None, None]
                return laid_out(np.exp(table) if name == "GROWTH" else table)
            new = np.swapaxes(new, -1, -2) if across else new
            if new.shape[-1] != x.shape[-1]:
                raise NotCompiledError(f"{name} at points that do not fit is not compiled")
        else:
            new = x
        values = np.matmul(new, slopes[..., None])[..., 0] + constant[..., None]
        values = np.exp(values) if name == "GROWTH" else values
        return laid_out(values[..., None, :] if across else values[..., None])

    return found


def _logarithms(name: str, y: Array) -> Array:
    if name not in ("GROWTH", "LOGEST"):
        return y
    if (y <= 0).any():
        raise NotCompiledError(f"{name} of numbers that are not positive is not compiled")
    return np.log(y)


FITS: Mapping[str, Callable[[Evaluator, Sequence[Value]], Value]] = {
    "LINEST": _line("LINEST"),
    "LOGEST": _line("LOGEST"),
    "TREND": _along("TREND"),
    "GROWTH": _along("GROWTH"),
}
