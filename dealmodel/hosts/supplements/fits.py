"""Least squares: LINEST, LOGEST, TREND and GROWTH.

References
----------
.. [1] Microsoft, documentation of LINEST: coefficients from the last variable to the first, then the constant;
   below them their standard errors, R2 and the error of y, F and the degrees of freedom, and the sums of squares.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dealmodel.cells import OMITTED_TEXT, CellError
from dealmodel.hosts.engine_values import EngineValue, to_engine, to_scalar
from dealmodel.hosts.supplements.refusals import CellErrorRaised, refuse
from dealmodel.hosts.supplements.values import rows_of, truth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]
_TINY = 1e-13
"""Part of a column's size below which what others do not explain of it is noise."""


class _Data(NamedTuple):
    """What is fitted: y as a column, a column of x for each variable."""

    y: Numbers
    x: Numbers
    in_a_row: bool
    """Whether y stands in a row."""


def linest(
    known_y: EngineValue,
    known_x: EngineValue = OMITTED_TEXT,
    const: EngineValue = OMITTED_TEXT,
    stats: EngineValue = OMITTED_TEXT,
) -> EngineValue:
    """Line through points: slopes and constant, with statistics where they are asked for."""
    data = _data(known_y, known_x)
    return _table(data.y, data.x, constant=_flag(const, default=True), statistics=_flag(stats, default=False))


def logest(
    known_y: EngineValue,
    known_x: EngineValue = OMITTED_TEXT,
    const: EngineValue = OMITTED_TEXT,
    stats: EngineValue = OMITTED_TEXT,
) -> EngineValue:
    """Exponential curve through points: bases and factor, with the statistics of the line through the logarithms."""
    data = _data(known_y, known_x)
    table = _table(
        _logarithms(data.y), data.x, constant=_flag(const, default=True), statistics=_flag(stats, default=False)
    )
    return [[math.exp(c) for c in table[0]], *table[1:]]


def trend(
    known_y: EngineValue,
    known_x: EngineValue = OMITTED_TEXT,
    new_x: EngineValue = OMITTED_TEXT,
    const: EngineValue = OMITTED_TEXT,
) -> EngineValue:
    """Values on the line through points."""
    data = _data(known_y, known_x)
    return _values(data.y, data, new_x, constant=_flag(const, default=True)).tolist()


def growth(
    known_y: EngineValue,
    known_x: EngineValue = OMITTED_TEXT,
    new_x: EngineValue = OMITTED_TEXT,
    const: EngineValue = OMITTED_TEXT,
) -> EngineValue:
    """Values on the exponential curve through points."""
    data = _data(known_y, known_x)
    return np.exp(_values(_logarithms(data.y), data, new_x, constant=_flag(const, default=True))).tolist()


def _flag(argument: EngineValue, *, default: bool) -> bool:
    return default if argument == OMITTED_TEXT else truth(argument)


def _matrix(value: EngineValue) -> Numbers:
    """Return an argument as numbers in rows and columns."""
    rows = [[to_scalar(cell) for cell in row] for row in rows_of(value)]
    for row in rows:
        for cell in row:
            if isinstance(cell, CellError):
                raise CellErrorRaised(cell)
            refuse(isinstance(cell, (bool, str)) or cell is None, CellError.VALUE)
    return np.array(rows, dtype=np.float64)


def _data(known_y: EngineValue, known_x: EngineValue) -> _Data:
    y = _matrix(known_y)
    x = np.arange(1.0, y.size + 1).reshape(y.shape) if known_x == OMITTED_TEXT else _matrix(known_x)
    (height, width), (tall, wide) = np.atleast_2d(y).shape[:2], np.atleast_2d(x).shape[:2]
    if (tall, wide) == (height, width):
        return _Data(y.ravel(), x.reshape(-1, 1), in_a_row=height == 1 < width)
    in_a_row = height == 1 and wide == width
    refuse(not in_a_row and (width != 1 or tall != height), CellError.REF)
    return _Data(y.ravel(), x.T if in_a_row else x, in_a_row)


def _logarithms(y: Numbers) -> Numbers:
    refuse(bool((y <= 0).any()))
    return np.log(y)


def _fit(y: Numbers, x: Numbers, *, constant: bool) -> tuple[Numbers, Numbers, Numbers]:
    """Return the coefficients, the last the constant; their standard errors over that of y; and the values fitted.

    The columns are centred, so that sums of squares keep their digits; one that depends on others gets 0.
    """
    middle = x.mean(axis=0) if constant else np.zeros(x.shape[1])
    level = float(y.mean()) if constant else 0.0
    centred = x - middle
    orthogonal, triangle = np.linalg.qr(centred)
    sizes = np.abs(np.diag(triangle))
    used = sizes > _TINY * max(float(np.abs(centred).max(initial=0.0)), 1e-300) * math.sqrt(len(y))
    slopes, spread = np.zeros(x.shape[1]), np.zeros(x.shape[1])
    kept = centred[:, used]
    offset = 0.0
    if kept.shape[1]:
        orthogonal, triangle = np.linalg.qr(kept)
        slopes[used] = np.linalg.solve(triangle, orthogonal.T @ (y - level))
        inverse = np.linalg.inv(triangle)
        covariance = inverse @ inverse.T
        spread[used] = np.sqrt(np.diag(covariance))
        offset = float(middle[used] @ covariance @ middle[used])
    result = np.append(slopes, level - float(middle @ slopes))
    errors = np.append(spread, math.sqrt(1 / len(y) + offset) if constant else math.nan)
    return result, errors, centred @ slopes + level


def _table(y: Numbers, x: Numbers, *, constant: bool, statistics: bool) -> list[list[EngineValue]]:
    coefficients, errors, fitted = _fit(y, x, constant=constant)
    count = x.shape[1]
    first = [*coefficients[count - 1 :: -1].tolist(), float(coefficients[-1])]
    if not statistics:
        return [first]
    free = len(y) - int((errors[:count] > 0).sum()) - constant
    left = float(((y - fitted) ** 2).sum())
    explained = float(((fitted - (y.mean() if constant else 0.0)) ** 2).sum())
    used = len(y) - free - constant
    deviation = math.sqrt(left / free) if free > 0 else 0.0
    missing = to_engine(CellError.NA)
    second = [deviation * float(e) for e in (*errors[count - 1 :: -1], errors[-1])]
    ratio = explained / used / (left / free) if free > 0 and left > 0 and used else to_engine(CellError.NUM)
    pairs = [[explained / (explained + left) if explained + left else 1.0, deviation], [ratio, float(free)]]
    below = [[*pair, *[missing] * (count - 1)] for pair in (*pairs, [explained, left])]
    return [first, [missing if math.isnan(e) else e for e in second], *below]


def _values(y: Numbers, data: _Data, new_x: EngineValue, *, constant: bool) -> Numbers:
    coefficients, _, fitted = _fit(y, data.x, constant=constant)
    if new_x == OMITTED_TEXT:
        return fitted.reshape(1, -1) if data.in_a_row else fitted.reshape(-1, 1)
    given = _matrix(new_x)
    if data.x.shape[1] == 1:
        found: Numbers = given * coefficients[0] + coefficients[-1]
        return found
    points = given.T if data.in_a_row else given
    refuse(points.shape[1] != data.x.shape[1], CellError.REF)
    found = np.asarray(points @ coefficients[:-1] + coefficients[-1])
    return found.reshape(1, -1) if data.in_a_row else found.reshape(-1, 1)
