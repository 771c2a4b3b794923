"""Array formulas spread over the range that they were entered in, which the engine does not do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.cells import CellError
from dealmodel.hosts.engine_values import to_engine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dealmodel.hosts.engine_values import EngineValue


def fit(value: EngineValue, height: float, width: float) -> EngineValue:
    """Spread a value over a range as an array formula does: one row or column fills all, the rest is #N/A."""
    rows: Sequence[Sequence[EngineValue]] = value if isinstance(value, list) else [[value]]
    tall, wide = int(height), int(width)
    fitted = [
        [_pick(rows, 0 if len(rows) == 1 else i, 0 if len(rows[0]) == 1 else j) for j in range(wide)]
        for i in range(tall)
    ]
    return fitted[0][0] if tall == wide == 1 else fitted


def _pick(rows: Sequence[Sequence[EngineValue]], i: int, j: int) -> EngineValue:
    if i >= len(rows) or j >= len(rows[0]):
        return to_engine(CellError.NA)
    return 0.0 if rows[i][j] is None else rows[i][j]
