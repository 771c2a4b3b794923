"""Texts before, after and between delimiters.

References
----------
.. [1] Microsoft, documentation of TEXTBEFORE, TEXTAFTER and TEXTSPLIT.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from dealmodel.cells import OMITTED_TEXT, CellError
from dealmodel.hosts.engine_values import EngineValue, to_engine
from dealmodel.hosts.supplements.refusals import only_cell, refuse
from dealmodel.hosts.supplements.texts import text_of
from dealmodel.hosts.supplements.values import each, number, rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_NOT_AVAILABLE = to_engine(CellError.NA)


def textbefore(
    text: EngineValue,
    delimiter: EngineValue,
    instance: EngineValue = OMITTED_TEXT,
    match_mode: EngineValue = OMITTED_TEXT,
    match_end: EngineValue = OMITTED_TEXT,
    if_not_found: EngineValue = OMITTED_TEXT,
) -> EngineValue:
    """Text before a delimiter, or before the one of that number; from the end for a negative one."""
    return _parted(text, delimiter, instance, match_mode, match_end, if_not_found, after=False)


def textafter(
    text: EngineValue,
    delimiter: EngineValue,
    instance: EngineValue = OMITTED_TEXT,
    match_mode: EngineValue = OMITTED_TEXT,
    match_end: EngineValue = OMITTED_TEXT,
    if_not_found: EngineValue = OMITTED_TEXT,
) -> EngineValue:
    """Text after a delimiter, or after the one of that number; from the end for a negative one."""
    return _parted(text, delimiter, instance, match_mode, match_end, if_not_found, after=True)


def textsplit(
    text: EngineValue,
    columns: EngineValue = OMITTED_TEXT,
    rows: EngineValue = OMITTED_TEXT,
    ignore_empty: EngineValue = OMITTED_TEXT,
    match_mode: EngineValue = OMITTED_TEXT,
    pad_with: EngineValue = OMITTED_TEXT,
) -> EngineValue:
    """Text cut into rows and columns."""
    across, down = _delimiters(columns), _delimiters(rows)
    refuse(not across and not down, CellError.VALUE)
    refuse("" in (*across, *down), CellError.VALUE)
    flags = _flags(match_mode)
    drop = bool(_given(ignore_empty, 0.0))
    pad = _NOT_AVAILABLE if pad_with == OMITTED_TEXT else pad_with
    lines = _cut(text_of(text), down, flags, drop=drop)
    table: list[list[EngineValue]] = [list(_cut(line, across, flags, drop=drop)) for line in lines]
    width = max((len(row) for row in table), default=0)
    refuse(not width, CellError.CALC)
    return [[*row, *[pad] * (width - len(row))] for row in table]


def _parted(
    text: EngineValue,
    delimiter: EngineValue,
    instance: EngineValue,
    match_mode: EngineValue,
    match_end: EngineValue,
    if_not_found: EngineValue,
    *,
    after: bool,
) -> EngineValue:
    wanted = _delimiters(delimiter) or [""]
    which, flags, to_end = math.floor(_given(instance, 1.0)), _flags(match_mode), bool(_given(match_end, 0.0))
    refuse(not which, CellError.VALUE)
    refuse(_given(match_end, 0.0) not in (0, 1), CellError.VALUE)
    missing = _NOT_AVAILABLE if if_not_found == OMITTED_TEXT else "" if if_not_found is None else if_not_found

    @each
    def part(cell: EngineValue) -> EngineValue:
        source = text_of(cell)
        most = len(source) + 1 - max(min(map(len, wanted)), 1)
        refuse(bool(source) and instance != OMITTED_TEXT and abs(which) > most, CellError.VALUE)
        if "" in wanted:
            # Nothing is found at once, at the begin or, counted from the end, at the end.
            return source if after == (which > 0) else ""
        found = [match.span() for match in _pattern(wanted, flags).finditer(source)]
        if to_end:
            found = [*found, (len(source), len(source))] if which > 0 else [(0, 0), *found]
        position = which - 1 if which > 0 else len(found) + which
        if not 0 <= position < len(found):
            return missing
        begin, end = found[position]
        return source[end:] if after else source[:begin]

    return part(text)


def _given(argument: EngineValue, default: float) -> float:
    return default if argument == OMITTED_TEXT else number(only_cell(argument))


def _flags(match_mode: EngineValue) -> re.RegexFlag:
    mode = _given(match_mode, 0.0)
    refuse(mode not in (0, 1), CellError.VALUE)
    return re.IGNORECASE if mode else re.RegexFlag(0)


def _delimiters(argument: EngineValue) -> list[str]:
    if isinstance(argument, str) and argument == OMITTED_TEXT:
        return []
    return [text_of(cell) for row in rows_of(argument) for cell in row]


def _pattern(delimiters: Sequence[str], flags: re.RegexFlag) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(delimiters, key=len, reverse=True))), flags)


def _cut(text: str, delimiters: Sequence[str], flags: re.RegexFlag, *, drop: bool) -> list[str]:
    pieces = _pattern(delimiters, flags).split(text) if delimiters else [text]
    return [piece for piece in pieces if piece] if drop else pieces
