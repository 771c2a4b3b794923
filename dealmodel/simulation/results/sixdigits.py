"""Numbers of results as tables, charts and notes show them: with six digits."""

from __future__ import annotations

import math


def shown(value: float) -> str:
    """Return a number with six digits, or fewer where they are zeros.

    Examples
    --------
    >>> shown(3125.0), shown(0.000012345678), shown(1234567.0), shown(1e300), shown(float("nan"))
    ('3,125', '1.23457e-05', '1,234,567', '1e+300', '')
    """
    if not math.isfinite(value):
        return ""
    if 1e6 <= abs(value) < 1e15:  # noqa: PLR2004  six digits, up to those that a float64 holds
        return f"{value:,.0f}"
    return f"{value:,.6g}"


def shown_or_error(value: float) -> str:
    """Return a number as tables show it, or the word for one that is none."""
    return shown(value) or "error"
