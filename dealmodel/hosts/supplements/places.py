"""Addresses of rows and columns, such as `R1C1` and `R[-1]C:R[2]C`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dealmodel.cells import CellError
from dealmodel.hosts.supplements.refusals import only_cell, refuse
from dealmodel.hosts.supplements.texts import text_of
from dealmodel.hosts.supplements.values import each, place_of, truth, whole

if TYPE_CHECKING:
    from dealmodel.hosts.engine_values import EngineValue

_ROWS, _COLUMNS = 1_048_576, 16_384
_AWAY = r"\[[+-]?\d*\]|\d+"
_PLACE = rf"R(?:{_AWAY})?C(?:{_AWAY})?|[RC](?:{_AWAY})?"
_ADDRESS = re.compile(
    rf"(?:(?P<sheet>.*!) *)?(?P<first>{_PLACE})(?: *: *(?P<last>{_PLACE}))? *", re.IGNORECASE | re.DOTALL
)
_PARTS = re.compile(rf"(?P<row>R(?P<down>{_AWAY})?)?(?P<column>C(?P<right>{_AWAY})?)?", re.IGNORECASE)


def a1_of(text: EngineValue, row: EngineValue, column: EngineValue) -> str:
    """Spell an address of rows and columns as letters and digits, seen from a cell."""
    match = _ADDRESS.fullmatch(text_of(text))
    if match is None:
        refuse(when=True, error=CellError.REF)
        return ""
    ends = [_corner(end, whole(row), whole(column)) for end in (match["first"], match["last"] or match["first"])]
    (top, left), (bottom, right) = ends
    # An address is of cells, of whole rows or of whole columns; its first corner comes first.
    refuse((not top) != (not bottom) or (not left) != (not right), CellError.REF)
    corners = [_a1(min(top, bottom), min(left, right)), _a1(max(top, bottom), max(left, right))]
    alone = corners[0] == corners[1] and top and left
    return (match["sheet"] or "") + (corners[0] if alone else ":".join(corners))


@each
def address(
    row: EngineValue,
    column: EngineValue,
    kind: EngineValue = 1.0,
    a1: EngineValue = True,
    sheet: EngineValue = None,
) -> str:
    """Address of a cell as a text (ADDRESS)."""
    down, right, fixed = map(place_of, (row, column, kind))
    refuse(not (1 <= down <= _ROWS and 1 <= right <= _COLUMNS and 1 <= fixed <= 4), CellError.VALUE)  # noqa: PLR2004
    fixed_row, fixed_column = fixed in (1, 2), fixed in (1, 3)
    if truth(a1):
        text = f"{'$' * fixed_column}{_letters(right)}{'$' * fixed_row}{down}"
    else:
        text = f"R{down if fixed_row else f'[{down}]'}C{right if fixed_column else f'[{right}]'}"
    if only_cell(sheet) is None:
        return text
    name = text_of(sheet)
    plain = re.fullmatch(r"(?:\[[^\[\]\s']*\])?[^\W\d][\w.]*", name) is not None or not name
    quoted = name if plain else "'" + name.replace("'", "''") + "'"
    return f"{quoted}!{text}"


def _corner(place: str, row: int, column: int) -> tuple[int, int]:
    """Return the row and the column that a part of an address names, 0 for one that it does not name."""
    match = _PARTS.fullmatch(place)
    parts = match.groupdict() if match else {}
    down = _moved(parts["down"], row, _ROWS) if parts.get("row") else 0
    return down, _moved(parts["right"], column, _COLUMNS) if parts.get("column") else 0


def _a1(row: int, column: int) -> str:
    return (f"${_letters(column)}" if column else "") + (f"${row}" if row else "")


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _moved(part: str | None, at: int, size: int) -> int:
    """Return a row or column given by number, or by how far it is away; over the edge it goes on at the other."""
    if not part:
        return at
    if not part.startswith("["):
        refuse(not 1 <= int(part) <= size, CellError.REF)
        return int(part)
    away = int(part[1:-1] or 0)
    refuse(abs(away) >= size, CellError.REF)
    return (at + away - 1) % size + 1
