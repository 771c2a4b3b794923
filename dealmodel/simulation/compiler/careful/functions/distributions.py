"""Distributions other than the normal one, for all trials at once: what they have below a value, and their quantiles.

Degrees of freedom are cut to whole numbers, as in the functions that the engine is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dealmodel.simulation.compiler.careful.natively import Found, UnsureError, natively, numbers, truths

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.compiler.boxes import Boxed
    from dealmodel.simulation.compiler.careful.natively import Function
    from dealmodel.simulation.compiler.careful.operands import Value

    Mask = NDArray[np.bool_]
    _Body = Callable[[Sequence[Value]], Found]
    Formula = Callable[..., Boxed]

_MOST = 1e10
"""Degrees of freedom that Excel takes."""
_SMALLEST, _LARGEST, _RARE = 1e-3, 1e4, 1e-7
"""Shapes and probabilities beyond which the engine's own series and SciPy's part before the ninth digit."""


def _moderate(*given: Boxed) -> Mask:
    """Return where shapes and degrees of freedom are such that the engine's own series have their digits."""
    sure = np.array(True)  # noqa: FBT003
    for value in given:
        sure = sure & (value > _SMALLEST) & (value < _LARGEST)
    return np.asarray(sure)


def _common(share: Boxed) -> Mask:
    """Return where a probability is not so small that a quantile there hangs on its last digits."""
    return np.asarray((share > _RARE) & (share < 1 - _RARE))


def _inside(share: Boxed) -> Mask:
    return np.asarray((share > 0) & (share < 1))


def _freedom(number: Boxed) -> tuple[Boxed, Mask]:
    return np.trunc(number), np.asarray((number >= 1) & (number <= _MOST))


def _with_flag(count: int, below: Formula, beside: Formula, domain: Callable[..., Mask]) -> _Body:
    """Return a function whose last argument chooses what lies below a value, or the density there."""

    def body(args: Sequence[Value]) -> Found:
        if len(args) != count + 1:
            raise UnsureError
        *given, flag = numbers(args, *[None] * (count + 1))
        is_sum, is_told = truths(flag)
        result = np.where(is_sum, below(*given), beside(*given))
        return Found(result, np.asarray(domain(*given) & is_told))

    return body


def _of(count: int, formula: Formula, domain: Callable[..., Mask]) -> _Body:
    def body(args: Sequence[Value]) -> Found:
        given = numbers(args, *[None] * count)
        return Found(formula(*given), np.asarray(domain(*given)))

    return body


# -- beta --------------------------------------------------------------------------------------------------------------


def _scaled(args: Sequence[Value]) -> tuple[list[Boxed], Boxed, Boxed, Mask]:
    """Return the value and the shape of a beta distribution, its lower bound and width, and where it has a shape."""
    value, first, second, low, high = numbers(args, None, None, None, 0.0, 1.0)
    sure = (first > 0) & (second > 0) & (low < high)
    return [value, first, second], low, high - low, np.asarray(sure)


def _beta_below(args: Sequence[Value]) -> Found:
    from scipy.special import betainc  # noqa: PLC0415  few workbooks call it

    (value, first, second), low, width, sure = _scaled([*args[:3], *args[4:]])
    is_sum, is_told = truths(*numbers(args[3:4], None))
    share = (value - low) / width
    sure = sure & _moderate(first, second) & _inside(share)
    return Found(betainc(first, second, share), sure & is_sum & is_told)


def _old_beta_below(args: Sequence[Value]) -> Found:
    from scipy.special import betainc  # noqa: PLC0415

    (value, first, second), low, width, sure = _scaled(args)
    share = (value - low) / width
    return Found(betainc(first, second, share), sure & _moderate(first, second) & _inside(share))


def _beta_quantile(args: Sequence[Value]) -> Found:
    from scipy.special import betaincinv  # noqa: PLC0415

    (chance, first, second), low, width, sure = _scaled(args)
    return Found(low + betaincinv(first, second, chance) * width, sure & _inside(chance))


# -- gamma, chi-squared, F, Student ------------------------------------------------------------------------------------


def _gamma_below(value: Boxed, shape: Boxed, scale: Boxed) -> Boxed:
    from scipy.special import gammainc  # noqa: PLC0415

    return np.asarray(gammainc(shape, value / scale))


def _gamma_density(value: Boxed, shape: Boxed, scale: Boxed) -> Boxed:
    from scipy.special import gammaln  # noqa: PLC0415

    return np.asarray(np.exp((shape - 1) * np.log(value) - value / scale - shape * np.log(scale) - gammaln(shape)))


def _gamma_quantile(chance: Boxed, shape: Boxed, scale: Boxed) -> Boxed:
    from scipy.special import gammaincinv  # noqa: PLC0415

    return np.asarray(scale * gammaincinv(shape, chance))


def _chi_squared(args: Sequence[Value], formula: Formula, inside: Callable[[Boxed], Mask]) -> Found:
    value, freedom = numbers(args, None, None)
    whole, is_freedom = _freedom(freedom)
    return Found(formula(whole, value), np.asarray(inside(value) & is_freedom))


def _chi_below(args: Sequence[Value]) -> Found:
    from scipy.special import chdtr  # noqa: PLC0415

    value, freedom, flag = numbers(args, None, None, None)
    whole, is_freedom = _freedom(freedom)
    is_sum, is_told = truths(flag)
    return Found(chdtr(whole, value), (value >= 0) & is_freedom & is_sum & is_told)


def _chi_above(args: Sequence[Value]) -> Found:
    from scipy.special import chdtrc  # noqa: PLC0415

    return _chi_squared(args, chdtrc, lambda value: value >= 0)


def _chi_quantile(args: Sequence[Value]) -> Found:
    from scipy.special import gammaincinv  # noqa: PLC0415

    return _chi_squared(args, lambda n, p: 2 * gammaincinv(n / 2, p), _inside)


def _chi_upper_quantile(args: Sequence[Value]) -> Found:
    from scipy.special import gammainccinv  # noqa: PLC0415

    return _chi_squared(args, lambda n, p: 2 * gammainccinv(n / 2, p), _inside)


def _fisher(args: Sequence[Value], formula: Formula, inside: Callable[[Boxed], Mask]) -> Found:
    value, first, second = numbers(args, None, None, None)
    (above, is_above), (below, is_below) = _freedom(first), _freedom(second)
    return Found(formula(above, below, value), np.asarray(inside(value) & is_above & is_below))


def _f_below(args: Sequence[Value]) -> Found:
    from scipy.special import fdtr  # noqa: PLC0415

    is_sum, is_told = truths(*numbers(args[3:], None))
    found = _fisher(args[:3], fdtr, lambda value: value >= 0)
    return Found(found.result, found.sure & is_sum & is_told)


def _f_above(args: Sequence[Value]) -> Found:
    from scipy.special import fdtrc  # noqa: PLC0415

    return _fisher(args, fdtrc, lambda value: value >= 0)


def _f_quantile(args: Sequence[Value]) -> Found:
    from scipy.special import fdtri  # noqa: PLC0415

    return _fisher(args, fdtri, _inside)


def _f_upper_quantile(args: Sequence[Value]) -> Found:
    from scipy.special import fdtri  # noqa: PLC0415

    # The quantile of the mirrored distribution, so that a small tail keeps its digits.
    return _fisher(args, lambda first, second, p: 1 / fdtri(second, first, p), _inside)


def _student(args: Sequence[Value], formula: Callable[[Boxed, Boxed], Boxed], inside: Callable[[Boxed], Mask]) -> Found:
    value, freedom = numbers(args, None, None)
    whole, is_freedom = _freedom(freedom)
    return Found(formula(whole, value), np.asarray(inside(value) & is_freedom))


def _t_below(args: Sequence[Value]) -> Found:
    from scipy.special import stdtr  # noqa: PLC0415

    is_sum, is_told = truths(*numbers(args[2:], None))
    found = _student(args[:2], stdtr, np.isfinite)
    return Found(found.result, found.sure & is_sum & is_told)


def _t_above(args: Sequence[Value]) -> Found:
    from scipy.special import stdtr  # noqa: PLC0415

    return _student(args, lambda n, x: stdtr(n, -x), np.isfinite)


def _t_tails(args: Sequence[Value]) -> Found:
    from scipy.special import stdtr  # noqa: PLC0415

    return _student(args, lambda n, x: 2 * stdtr(n, -x), lambda x: x >= 0)


def _t_quantile(args: Sequence[Value]) -> Found:
    from scipy.special import stdtrit  # noqa: PLC0415

    return _student(args, stdtrit, _inside)


def _t_quantile_of_tails(args: Sequence[Value]) -> Found:
    from scipy.special import stdtrit  # noqa: PLC0415

    return _student(args, lambda n, p: -stdtrit(n, p / 2), _inside)


# -- others ------------------------------------------------------------------------------------------------------------


def _poisson(args: Sequence[Value]) -> Found:
    from scipy.special import gammaln, pdtr  # noqa: PLC0415

    value, rate, flag = numbers(args, None, None, None)
    count = np.trunc(value)
    is_sum, is_told = truths(flag)
    mass = np.exp(count * np.log(rate) - rate - gammaln(count + 1))
    return Found(np.where(is_sum, pdtr(count, rate), mass), (value >= 0) & (rate > 0) & is_told)


def _exponential(value: Boxed, rate: Boxed) -> Boxed:
    return np.asarray(1 - np.exp(-rate * value))


def _exponential_density(value: Boxed, rate: Boxed) -> Boxed:
    return np.asarray(rate * np.exp(-rate * value))


def _weibull(value: Boxed, shape: Boxed, scale: Boxed) -> Boxed:
    return np.asarray(1 - np.exp(-((value / scale) ** shape)))


def _weibull_density(value: Boxed, shape: Boxed, scale: Boxed) -> Boxed:
    part = value / scale
    return np.asarray(shape / scale * part ** (shape - 1) * np.exp(-(part**shape)))


def _confidence(args: Sequence[Value]) -> Found:
    from scipy.special import ndtri  # noqa: PLC0415

    chance, deviation, size = numbers(args, None, None, None)
    count = np.trunc(size)
    return Found(-ndtri(chance / 2) * deviation / np.sqrt(count), _inside(chance) & (deviation > 0) & (count >= 1))


def _positive(*given: Boxed) -> Mask:
    sure = np.array(True)  # noqa: FBT003
    for value in given:
        sure = sure & (value > 0)
    return np.asarray(sure)


def _has_gamma(value: Boxed, shape: Boxed, scale: Boxed) -> Mask:
    return _moderate(shape) & _positive(value, scale)


def _is_seen(value: Boxed, rate: Boxed) -> Mask:
    return _positive(value, rate) & (value * rate > _RARE)


def _is_broad(value: Boxed, shape: Boxed, scale: Boxed) -> Mask:
    return _positive(value, shape, scale) & ((value / scale) ** shape > _RARE)


def _is_chance(chance: Boxed, shape: Boxed, scale: Boxed) -> Mask:
    return _common(chance) & _moderate(shape) & _positive(scale)


def _own(body: _Body, inside: Callable[[Boxed], Mask] = _positive) -> _Body:
    """Return a function that the engine works out itself, by a series of its own."""

    def moderately(args: Sequence[Value]) -> Found:
        value, *freedoms = numbers(args, *[None] * len(args))
        found = body(args)
        return Found(found.result, np.asarray(found.sure & inside(value) & _moderate(*freedoms)))

    return moderately


_BODIES: dict[str, _Body] = {
    "BETA.DIST": _beta_below,
    "BETADIST": _old_beta_below,
    **dict.fromkeys(("BETA.INV", "BETAINV"), _beta_quantile),
    **dict.fromkeys(("GAMMA.DIST", "GAMMADIST"), _with_flag(3, _gamma_below, _gamma_density, _has_gamma)),
    **dict.fromkeys(("GAMMA.INV", "GAMMAINV"), _of(3, _gamma_quantile, _is_chance)),
    "CHISQ.DIST": _chi_below,
    "CHISQ.DIST.RT": _chi_above,
    "CHIDIST": _own(_chi_above),
    "CHISQ.INV": _chi_quantile,
    "CHISQ.INV.RT": _chi_upper_quantile,
    "CHIINV": _own(_chi_upper_quantile, _common),
    "F.DIST": _f_below,
    "F.DIST.RT": _f_above,
    "FDIST": _own(_f_above),
    "F.INV": _f_quantile,
    "F.INV.RT": _f_upper_quantile,
    "FINV": _own(_f_upper_quantile, _common),
    "T.DIST": _t_below,
    "T.DIST.RT": _t_above,
    "T.DIST.2T": _t_tails,
    "T.INV": _t_quantile,
    "T.INV.2T": _t_quantile_of_tails,
    "TINV": _own(_t_quantile_of_tails, _common),
    **dict.fromkeys(("POISSON.DIST", "POISSON"), _poisson),
    **dict.fromkeys(("EXPON.DIST", "EXPONDIST"), _with_flag(2, _exponential, _exponential_density, _is_seen)),
    **dict.fromkeys(("WEIBULL.DIST", "WEIBULL"), _with_flag(3, _weibull, _weibull_density, _is_broad)),
    **dict.fromkeys(("CONFIDENCE.NORM", "CONFIDENCE"), _confidence),
}
DISTRIBUTION_FUNCTIONS: dict[str, Function] = {name: natively(name, body) for name, body in _BODIES.items()}
