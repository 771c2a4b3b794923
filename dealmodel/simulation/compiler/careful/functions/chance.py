"""Excel's own distribution functions, for all trials at once: a workbook may draw with `NORM.INV(RAND(),m,s)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dealmodel.simulation.compiler import boxes
from dealmodel.simulation.compiler.careful.natively import Found, natively, numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.compiler.boxes import Boxed
    from dealmodel.simulation.compiler.careful.natively import Function
    from dealmodel.simulation.compiler.careful.operands import Value

    Mask = NDArray[np.bool_]


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

    (value, mean, spread), is_sum = _with_truth(args, 3)
    return Found(ndtr((value - mean) / spread), (spread > 0) & is_sum)


def _standard_below(args: Sequence[Value]) -> Found:
    from scipy.special import ndtr  # noqa: PLC0415

    (value,), is_sum = _with_truth(args, 1)
    return Found(ndtr(value), is_sum & ~np.isnan(value))


def _old_standard_below(args: Sequence[Value]) -> Found:
    from scipy.special import ndtr  # noqa: PLC0415

    (value,) = numbers(args, None)
    return Found(ndtr(value), ~np.isnan(value))


def _with_truth(args: Sequence[Value], count: int) -> tuple[list[Boxed], Mask]:
    """Return numbers, and where what follows them says TRUE."""
    found = numbers(args, *[None] * (count + 1))
    flag = found.pop()
    is_true = boxes.payloads(flag) == boxes.payloads(np.array(boxes.TRUE))
    return found, np.asarray(is_true | ((flag != 0) & ~np.isnan(flag)))


_BODIES: dict[str, Callable[[Sequence[Value]], Found]] = {
    **dict.fromkeys(("NORM.INV", "NORMINV"), _normal),
    **dict.fromkeys(("NORM.S.INV", "NORMSINV"), _standard),
    **dict.fromkeys(("LOGNORM.INV", "LOGINV"), _lognormal),
    **dict.fromkeys(("NORM.DIST", "NORMDIST"), _below),
    "NORM.S.DIST": _standard_below,
    "NORMSDIST": _old_standard_below,
}
CHANCES: dict[str, Function] = {name: natively(name, body) for name, body in _BODIES.items()}
