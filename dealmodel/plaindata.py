"""Data as JSON holds it."""

from __future__ import annotations

import math
from typing import Any


def plain(data: Any) -> Any:  # noqa: ANN401  what JSON holds
    """Return data for programs: what is no finite number is null.

    Examples
    --------
    >>> plain({"mean": 0.5, "range": (float("-inf"), 1.0), "skew": float("nan")})
    {'mean': 0.5, 'range': [None, 1.0], 'skew': None}
    """
    if isinstance(data, dict):
        return {key: plain(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [plain(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data
