"""Bessel functions of the first and second kind with Excel's own error, which is about 1e-9.

Excel works them out by rational approximations and recurrences and so gives other digits than the exact functions
that the engine has.

References
----------
.. [1] Press et al., *Numerical Recipes*, 2nd ed. 1992, 6.5: the approximations (Hart 1968) and the recurrences.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dealmodel.hosts.supplements.refusals import NotComputable, refuse
from dealmodel.hosts.supplements.values import each, plain_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dealmodel.hosts.engine_values import EngineValue

_FAR = 8.0
"""From here on the approximations by phase and amplitude hold."""
_TWO_BY_PI = 0.636619772
_ACCURACY = 40.0
_VANISHES = 800.0
"""Beyond this power of e, the inverse of a number is nothing."""
_HIGHEST = 100_000
"""Order up to which the recurrences are followed."""
_BIG = 1e10
_J0 = (
    (57568490574.0, -13362590354.0, 651619640.7, -11214424.18, 77392.33017, -184.9052456),
    (57568490411.0, 1029532985.0, 9494680.718, 59272.64853, 267.8532712, 1.0),
)
_J1 = (
    (72362614232.0, -7895059235.0, 242396853.1, -2972611.439, 15704.48260, -30.16036606),
    (144725228442.0, 2300535178.0, 18583304.74, 99447.43394, 376.9991397, 1.0),
)
_Y0 = (
    (-2957821389.0, 7062834065.0, -512359803.6, 10879881.29, -86327.92757, 228.4622733),
    (40076544269.0, 745249964.8, 7189466.438, 47447.26470, 226.1030244, 1.0),
)
_Y1 = (
    (-0.4900604943e13, 0.1275274390e13, -0.5153438139e11, 0.7349264551e9, -0.4237922726e7, 0.8511937935e4),
    (0.2499580570e14, 0.4244419664e12, 0.3733650367e10, 0.2245904002e8, 0.1020426050e6, 0.3549632885e3, 1.0),
)
_AMPLITUDES = (
    (
        (1.0, -0.1098628627e-2, 0.2734510407e-4, -0.2073370639e-5, 0.2093887211e-6),
        (-0.1562499995e-1, 0.1430488765e-3, -0.6911147651e-5, 0.7621095161e-6, -0.934935152e-7),
    ),
    (
        (1.0, 0.183105e-2, -0.3516396496e-4, 0.2457520174e-5, -0.240337019e-6),
        (0.04687499995, -0.2002690873e-3, 0.8449199096e-5, -0.88228987e-6, 0.105787412e-6),
    ),
)
_PHASES = (0.785398164, 2.356194491)


@each
def besselj(x: EngineValue, n: EngineValue) -> float:
    """Bessel function of the first kind."""
    at, order = plain_number(x), int(plain_number(n))
    refuse(order < 0)
    if order < 2:  # noqa: PLR2004  those that are approximated
        return _first(order, at)
    size = abs(at)
    if not size or order * math.log(2 * order / (math.e * size)) > _VANISHES:
        return 0.0
    _check(order)
    result = _upwards(order, size, _first(0, size), _first(1, size)) if size > order else _downwards(order, size)
    return -result if at < 0 and order % 2 else result


@each
def bessely(x: EngineValue, n: EngineValue) -> float:
    """Bessel function of the second kind."""
    at, order = plain_number(x), int(plain_number(n))
    refuse(order < 0 or at <= 0)
    _check(order if at > 1 else 0)
    return _upwards(order, at, _second(0, at), _second(1, at))


def _check(order: int) -> None:
    if order > _HIGHEST:
        raise NotComputable


def _polynomial(coefficients: Sequence[float], x: float) -> float:
    total = 0.0
    for coefficient in reversed(coefficients):
        total = coefficient + x * total
    return total


def _far(order: int, x: float) -> tuple[float, float, float]:
    """Return phase, and the two parts of the amplitude."""
    z = _FAR / x
    amplitude, quadrature = (_polynomial(c, z * z) for c in _AMPLITUDES[order])
    return x - _PHASES[order], math.sqrt(_TWO_BY_PI / x) * amplitude, math.sqrt(_TWO_BY_PI / x) * z * quadrature


def _first(order: int, x: float) -> float:
    size = abs(x)
    if size < _FAR:
        above, below = (_polynomial(c, x * x) for c in (_J0, _J1)[order])
        return above / below * (x if order else 1.0)
    phase, amplitude, quadrature = _far(order, size)
    result = math.cos(phase) * amplitude - math.sin(phase) * quadrature
    return -result if order and x < 0 else result


def _second(order: int, x: float) -> float:
    if x >= _FAR:
        phase, amplitude, quadrature = _far(order, x)
        return math.sin(phase) * amplitude + math.cos(phase) * quadrature
    above, below = (_polynomial(c, x * x) for c in (_Y0, _Y1)[order])
    if order:
        return x * above / below + _TWO_BY_PI * (_first(1, x) * math.log(x) - 1 / x)
    return above / below + _TWO_BY_PI * _first(0, x) * math.log(x)


def _upwards(order: int, x: float, zeroth: float, first: float) -> float:
    before, now = zeroth, first
    for k in range(1, order):
        before, now = now, k * 2 / x * now - before
        refuse(not math.isfinite(now))
    return now if order else zeroth


def _downwards(order: int, x: float) -> float:
    """Return the function by Miller's recurrence, where the one upwards is unstable."""
    after, now, total, result = 0.0, 1.0, 0.0, 0.0
    even = False
    for k in range(2 * ((order + int(math.sqrt(_ACCURACY * order))) // 2), 0, -1):
        after, now = now, k * 2 / x * now - after
        if abs(now) > _BIG:
            after, now, total, result = (v / _BIG for v in (after, now, total, result))
        total += now if even else 0.0
        even = not even
        if k == order:
            result = after
    return result / (2 * total - now)
