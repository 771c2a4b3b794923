"""Functions of the numbers of ranges, for all trials at once: order, spread, rates of return."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dealmodel.simulation.compiler import boxes
from dealmodel.simulation.compiler.careful.natively import Found, UnsureError, natively, numbers, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.compiler.boxes import Boxed
    from dealmodel.simulation.compiler.careful.natively import Function
    from dealmodel.simulation.compiler.careful.operands import Value

    Array = NDArray[np.float64]
    Mask = NDArray[np.bool_]


_NEAR_WHOLE = 1e-9
_NOISE = 1e-20
"""Part of the squares of numbers below which their squares about the mean are noise."""


def stacked(args: Sequence[Value]) -> tuple[Array, Mask]:
    """Return the numbers of ranges along the last axis, and in which trials just those are numbers.

    A constant that is none does not count, as texts and blanks do not. A cell that varies is one of the numbers, in the
    trials in which it is one: whether that is so in other trials too must not matter, or else a trial would come out
    otherwise alone than among them.
    """
    kept: list[Boxed] = []
    sure: Mask = np.array(True)  # noqa: FBT003
    for arg in args:
        if arg is None:
            raise UnsureError
        for cell in (c for row in (arg if isinstance(arg, list) else [[arg]]) for c in row):
            is_number = ~np.isnan(cell)
            if cell.ndim or is_number or not isinstance(arg, list):
                kept.append(cell)
                sure = sure & is_number
            else:
                # No error: texts, truths and blanks are passed over.
                sure = sure & ~boxes.is_error(cell)
    if not kept:
        raise UnsureError
    return np.stack(np.broadcast_arrays(*kept), axis=-1), sure


# -- spread --------------------------------------------------------------------------------------------------------


def _of_numbers(function: Callable[[Array], Array], least: int = 1) -> Callable[[Sequence[Value]], Found]:
    def body(args: Sequence[Value]) -> Found:
        found, sure = stacked(args)
        if found.shape[-1] < least:
            raise UnsureError
        return Found(function(found), sure)

    return body


def _squares(found: Array) -> Array:
    mean = found.mean(axis=-1, keepdims=True)
    result: Array = np.square(found - mean).sum(axis=-1)
    return result


def _variance(found: Array) -> Array:
    return np.asarray(_squares(found) / (found.shape[-1] - 1))


def _whole_variance(found: Array) -> Array:
    return np.asarray(_squares(found) / found.shape[-1])


def _mean_distance(found: Array) -> Array:
    return np.asarray(np.abs(found - found.mean(axis=-1, keepdims=True)).mean(axis=-1))


def _of_positive(function: Callable[[Array], Array]) -> Callable[[Sequence[Value]], Found]:
    """Return a mean that numbers have only if all are positive."""

    def body(args: Sequence[Value]) -> Found:
        found, sure = stacked(args)
        positive = (found > 0).all(axis=-1)
        return refused(Found(function(found), sure & positive), np.asarray(sure & ~positive), boxes.NUM)

    return body


def _geometric(found: Array) -> Array:
    return np.asarray(np.exp(np.log(found).mean(axis=-1)))


def _harmonic(found: Array) -> Array:
    return np.asarray(found.shape[-1] / (1 / found).sum(axis=-1))


def _also_texts(function: Callable[[Array], Array], least: int = 1) -> Callable[[Sequence[Value]], Found]:
    """Return a function to which texts and truths are numbers, too, where there are none."""
    body = _of_numbers(function, least)

    def counting(args: Sequence[Value]) -> Found:
        cells = [c for a in args if isinstance(a, list) for row in a for c in row]
        if any(not c.ndim and np.isnan(c) and not boxes.is_blank(c) for c in cells):
            raise UnsureError
        return body(args)

    return counting


def _among_others(arg: Value) -> tuple[Array, Mask]:
    """Return the numbers of a range along the last axis, NaN for what is none, and where there is no error."""
    if not isinstance(arg, list):
        return stacked([arg])
    cells = [cell for row in arg for cell in row]
    sure: Mask = np.array(True)  # noqa: FBT003
    for cell in cells:
        sure = sure & ~boxes.is_error(cell)
    return np.stack(np.broadcast_arrays(*cells), axis=-1), sure


# -- order ---------------------------------------------------------------------------------------------------------


def _from_end(*, largest: bool) -> Callable[[Sequence[Value]], Found]:
    def body(args: Sequence[Value]) -> Found:
        if len(args) != 2:  # noqa: PLR2004
            raise UnsureError
        found, sure = _among_others(args[0])
        (place,) = numbers(args[1:], None)
        count = (~np.isnan(found)).sum(axis=-1)
        # From the top, a rank that is no whole number is the next one.
        whole = np.ceil(place) if largest else np.floor(place)
        sure = sure & (place >= 1) & (whole <= count)
        which = np.where(sure, whole, 1.0).astype(np.intp)
        ordered = np.sort(found, axis=-1)
        return Found(_taken(ordered, count - which if largest else which - 1), sure)

    return body


def _taken(ordered: Array, places: NDArray[np.intp]) -> Array:
    shape = np.broadcast_shapes(ordered.shape[:-1], places.shape)
    where = np.broadcast_to(places, shape)[..., None]
    found: Array = np.take_along_axis(np.broadcast_to(ordered, (*shape, ordered.shape[-1])), where, axis=-1)[..., 0]
    return found


def _percentile(parts: float) -> Callable[[Sequence[Value]], Found]:
    """Return a percentile by the definition that takes in both ends; a quartile is the same in four parts."""

    def body(args: Sequence[Value]) -> Found:
        if len(args) != 2:  # noqa: PLR2004
            raise UnsureError
        found, sure = stacked(args[:1])
        (share,) = numbers(args[1:], None)
        if parts > 1:
            sure = sure & (share == np.floor(share))
        share = share / parts
        sure = sure & (share >= 0) & (share <= 1)
        place = np.where(sure, share, 0.0) * (found.shape[-1] - 1)
        below = np.floor(place).astype(np.intp)
        above = np.minimum(below + 1, found.shape[-1] - 1)
        ordered = np.sort(found, axis=-1)
        low, high = _taken(ordered, below), _taken(ordered, above)
        return Found(np.asarray(low + (place - below) * (high - low)), sure)

    return body


def _trimmed(args: Sequence[Value]) -> Found:
    if len(args) != 2:  # noqa: PLR2004
        raise UnsureError
    found, sure = stacked(args[:1])
    (share,) = numbers(args[1:], None)
    if share.ndim:
        raise UnsureError
    count = found.shape[-1]
    exact = count * float(share) / 2
    cut = int(exact) if 0 <= exact < count / 2 else 0
    if not 0 <= share < 1 or 0 < abs(exact - round(exact)) < _NEAR_WHOLE:
        # Whether one more is cut off on both sides hangs on the last digit.
        raise UnsureError
    return Found(np.asarray(np.sort(found, axis=-1)[..., cut : count - cut].mean(axis=-1)), sure)


def _rank(args: Sequence[Value]) -> Found:
    if len(args) not in (2, 3):
        raise UnsureError
    found, sure = stacked(args[1:2])
    value, upwards = numbers([args[0], *args[2:]], None, 0.0)
    beside = np.asarray(value)[..., None]
    ahead = np.where(np.asarray(upwards)[..., None] != 0, found < beside, found > beside).sum(axis=-1)
    sure = sure & (found == beside).any(axis=-1) & ~np.isnan(upwards)
    return Found(np.asarray(ahead + 1.0), sure)


# -- pairs ---------------------------------------------------------------------------------------------------------


def _paired(args: Sequence[Value]) -> tuple[Array, Array, Mask]:
    """Return two ranges of numbers side by side, without what is no number among constants."""
    sizes = [(len(a), len(a[0])) if isinstance(a, list) else None for a in args]
    if len(args) != 2 or sizes[0] is None or sizes[0] != sizes[1]:  # noqa: PLR2004
        raise UnsureError
    (first, sure), (second, known) = stacked(args[:1]), stacked(args[1:])
    if not first.shape[-1] == second.shape[-1] == sizes[0][0] * sizes[0][1]:
        raise UnsureError
    return first, second, sure & known


def _sums(args: Sequence[Value]) -> tuple[Array, Array, Array, Array, Array, Mask]:
    """Return means, sums of squares and of products about the means, and where all are numbers that vary."""
    y, x, sure = _paired(args)
    level, middle = y.mean(axis=-1), x.mean(axis=-1)
    beside, along = y - level[..., None], x - middle[..., None]
    squares = [np.square(beside).sum(axis=-1), np.square(along).sum(axis=-1)]
    for of, deviations in zip((y, x), squares, strict=True):
        # What is left of numbers that are all but equal is noise: the engine tells what that is.
        sure = sure & (deviations > _NOISE * np.square(of).sum(axis=-1))
    return level, middle, squares[0], squares[1], np.asarray((beside * along).sum(axis=-1)), sure


def _slope(args: Sequence[Value]) -> Found:
    _, _, _, wide, both, sure = _sums(args)
    return Found(both / wide, sure)


def _intercept(args: Sequence[Value]) -> Found:
    level, middle, _, wide, both, sure = _sums(args)
    return Found(level - both / wide * middle, sure)


def _forecast(args: Sequence[Value]) -> Found:
    (place,) = numbers(args[:1], None)
    level, middle, _, wide, both, sure = _sums(args[1:])
    return Found(level + both / wide * (place - middle), sure & ~np.isnan(place))


def _correlation(power: int) -> Callable[[Sequence[Value]], Found]:
    def body(args: Sequence[Value]) -> Found:
        _, _, high, wide, both, sure = _sums(args)
        return Found((both / np.sqrt(high * wide)) ** power, sure)

    return body


def _of_pairs(function: Callable[[Array, Array], Array]) -> Callable[[Sequence[Value]], Found]:
    def body(args: Sequence[Value]) -> Found:
        first, second, sure = _paired(args)
        return Found(np.asarray(function(first, second).sum(axis=-1)), sure)

    return body


_SAMPLE = _of_numbers(lambda a: np.sqrt(_variance(a)), 2)
_POPULATION = _of_numbers(lambda a: np.sqrt(_whole_variance(a)))
_BODIES: dict[str, Callable[[Sequence[Value]], Found]] = {
    **dict.fromkeys(("STDEV", "STDEV.S"), _SAMPLE),
    **dict.fromkeys(("STDEVP", "STDEV.P"), _POPULATION),
    **dict.fromkeys(("VAR", "VAR.S"), _of_numbers(_variance, 2)),
    **dict.fromkeys(("VARP", "VAR.P"), _of_numbers(_whole_variance)),
    "DEVSQ": _of_numbers(_squares),
    "AVEDEV": _of_numbers(_mean_distance),
    "SUMSQ": _of_numbers(lambda a: np.square(a).sum(axis=-1)),
    "GEOMEAN": _of_positive(_geometric),
    "HARMEAN": _of_positive(_harmonic),
    "TRIMMEAN": _trimmed,
    "AVERAGEA": _also_texts(lambda a: a.mean(axis=-1)),
    "MAXA": _also_texts(lambda a: a.max(axis=-1)),
    "MINA": _also_texts(lambda a: a.min(axis=-1)),
    "STDEVA": _also_texts(lambda a: np.sqrt(_variance(a)), 2),
    "VARA": _also_texts(_variance, 2),
    "SUMXMY2": _of_pairs(lambda x, y: np.square(x - y)),
    "SUMX2MY2": _of_pairs(lambda x, y: np.square(x) - np.square(y)),
    "SUMX2PY2": _of_pairs(lambda x, y: np.square(x) + np.square(y)),
    "MEDIAN": _of_numbers(lambda a: np.median(a, axis=-1)),
    "LARGE": _from_end(largest=True),
    "SMALL": _from_end(largest=False),
    **dict.fromkeys(("PERCENTILE", "PERCENTILE.INC"), _percentile(1.0)),
    **dict.fromkeys(("QUARTILE", "QUARTILE.INC"), _percentile(4.0)),
    **dict.fromkeys(("RANK", "RANK.EQ"), _rank),
    "SLOPE": _slope,
    "INTERCEPT": _intercept,
    **dict.fromkeys(("FORECAST", "FORECAST.LINEAR"), _forecast),
    **dict.fromkeys(("CORREL", "PEARSON"), _correlation(1)),
    "RSQ": _correlation(2),
}
LISTS: dict[str, Function] = {name: natively(name, body) for name, body in _BODIES.items()}
