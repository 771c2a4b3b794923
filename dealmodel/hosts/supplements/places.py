"""Addresses of rows and columns, such as `R1C1` and `R[-1]C:R[2]C`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dealmodel.cells import CellError
from dealmodel.hosts.supplements.texts import text_of
from dealmodel.hosts.supplements.values import refuse, whole

if TYPE_CHECKING:
    from dealmodel.hosts.engine_values import EngineValue

_ROWS, _COLUMNS = 1_048_576, 16_384
_PLACE = r"R(\[-?\d+\]|\d+)?C(\[-?\d+\]|\d+)?"
_ADDRESS = re.compile(rf"(?P<sheet>.*!)?(?P<first>{_PLACE})(?::(?P<last>{_PLACE}))?", re.IGNORECASE | re.DOTALL)


def a1_of(text: EngineValue, row: EngineValue, column: EngineValue) -> str:
    """Spell an address of rows and columns as letters and digits, seen from a cell."""
    match = _ADDRESS.fullmatch(text_of(text).strip())
    if match is None:
        refuse(when=True, error=CellError.REF)
        return ""
    ends = [end for end in (match["first"], match["last"]) if end]
    return (match["sheet"] or "") + ":".join(_a1(end, whole(row), whole(column)) for end in ends)


def _a1(place: str, row: int, column: int) -> str:
    match = re.fullmatch(_PLACE, place, re.IGNORECASE)
    parts = match.groups() if match else ("", "")
    down, right = (_moved(part, at) for part, at in zip(parts, (row, column), strict=True))
    refuse(not (1 <= down <= _ROWS and 1 <= right <= _COLUMNS), CellError.REF)
    letters = ""
    while right:
        right, rest = divmod(right - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"${letters}${down}"


def _moved(part: str | None, at: int) -> int:
    """Return a row or column that is given by number, or by how far it is away."""
    if not part:
        return at
    return at + int(part[1:-1]) if part.startswith("[") else int(part)
