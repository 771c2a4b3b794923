"""Excel's own distribution functions, for all trials at once: a workbook may draw with `NORM.INV(RAND(),m,s)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dealmodel.simulation.compiler.careful.natively import Found, natively, numbers, truths

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.compiler.boxes import Boxed
    from dealmodel.simulation.compiler.careful.natively import Function
    from dealmodel.simulation.compiler.careful.operands import Value

    Mask = NDArray[np.bool_]

_ROOT = np.sqrt(2 * np.pi)


def _inside(share: Boxed) -> Mask:
    return np.asarray((share > 0) & (share < 1))


def _normal(args: Sequence[Value]) -> Found:
    from scipy.special import ndtri  # noqa: PLC0415  few workbooks call it

    share, mean, spread = numbers(args, None, None, None)
    return Found(mean + spread * ndtri(share), _inside(share) & (spread > 0))


def _standard(args: Sequence[Value]) -> Found:
    from scipy.special import ndtri  # noqa: PLC0415

    (share,) = numbers(args, None)
    return Found(ndtri(share), _inside(share))


def _lognormal(args: Sequence[Value]) -> Found:
    from scipy.special import ndtri  # noqa: PLC0415

    share, mean, spread = numbers(args, None, None, None)
    return Found(np.exp(mean + spread * ndtri(share)), _inside(share) & (spread > 0))


def _below(args: Sequence[Value]) -> Found:
    from scipy.special import ndtr  # noqa: PLC0415

    value, mean, spread, flag = numbers(args, None, None, None, None)
    is_sum, is_told = truths(flag)
    density = np.exp(-0.5 * np.square((value - mean) / spread)) / (spread * _ROOT)
    return Found(np.where(is_sum, ndtr((value - mean) / spread), density), np.asarray((spread > 0) & is_told))


def _standard_below(args: Sequence[Value]) -> Found:
    from scipy.special import ndtr  # noqa: PLC0415

    value, flag = numbers(args, None, None)
    is_sum, is_told = truths(flag)
    density = np.exp(-0.5 * np.square(value)) / _ROOT
    return Found(np.where(is_sum, ndtr(value), density), np.asarray(is_told & ~np.isnan(value)))


def _old_standard_below(args: Sequence[Value]) -> Found:
    from scipy.special import ndtr  # noqa: PLC0415

    (value,) = numbers(args, None)
    return Found(ndtr(value), ~np.isnan(value))


_BODIES: dict[str, Callable[[Sequence[Value]], Found]] = {
    **dict.fromkeys(("NORM.INV", "NORMINV"), _normal),
    **dict.fromkeys(("NORM.S.INV", "NORMSINV"), _standard),
    **dict.fromkeys(("LOGNORM.INV", "LOGINV"), _lognormal),
    **dict.fromkeys(("NORM.DIST", "NORMDIST"), _below),
    "NORM.S.DIST": _standard_below,
    "NORMSDIST": _old_standard_below,
}
CHANCES: dict[str, Function] = {name: natively(name, body) for name, body in _BODIES.items()}
