"""Lookups of the careful evaluator: where each trial finds what it looks for."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.simulation.compiler import boxes
from dealmodel.simulation.compiler.boxes import NA, REF, VALUE
from dealmodel.simulation.compiler.careful.operands import single
from dealmodel.simulation.compiler.graph import NotCompiledError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.compiler.boxes import Boxed
    from dealmodel.simulation.compiler.careful.operands import Evaluator, Value

_TOGETHER = 1 << 16
"""Comparisons of a lookup that are made at once."""


def index(careful: Evaluator, args: Sequence[Value]) -> Boxed:
    """Return INDEX: the part of a range at a place."""
    grid = args[0] if isinstance(args[0], list) else [[single(args[0])]]
    places = [careful.number(a) for a in args[1:3]]
    if len(places) == 1 and len(grid) == 1:
        places = [np.array(1.0), places[0]]
    row = np.trunc(places[0])
    column = np.trunc(places[1]) if len(places) > 1 else np.array(1.0)
    if (np.asarray(row) == 0).any() or (np.asarray(column) == 0).any():
        raise NotCompiledError("INDEX of a whole row or column is not compiled")
    masks, values = [], []
    for i, cells in enumerate(grid, start=1):
        for j, cell in enumerate(cells, start=1):
            masks.append((row == i) & (column == j))
            values.append(cell)
    inside = (row >= 1) & (column >= 1)
    return boxes.settle(boxes.choose(masks, values, np.where(inside, REF, VALUE)), *places)


def place_in(careful: Evaluator, wanted: Boxed, cells: Sequence[Boxed], kind: int) -> Boxed:
    """Return at which place of a list a value stands, from 1, or #N/A.

    Parameters
    ----------
    careful
        The evaluator.
    wanted
        The value.
    cells
        The list.
    kind
        0 for an equal value, 1 for the last of an ascending list that is not above it.
    """
    if kind == 0:
        if boxes.is_text(wanted).any() and any(
            mark in careful.texts.text(int(p))
            for p in np.unique(boxes.payloads(wanted)[boxes.is_text(wanted)])
            for mark in "*?~"
        ):
            raise NotCompiledError("a lookup with wildcards is not compiled")
        return boxes.settle(_first_equal(careful, wanted, cells), wanted)
    if any(cell.ndim for cell in cells) or np.isnan([float(c) for c in cells]).any():
        raise NotCompiledError("a lookup of the nearest in a list that is not of constant numbers is not compiled")
    steps = np.array([float(c) for c in cells])
    if (np.diff(steps) < 0).any() or np.isnan(wanted).any():
        raise NotCompiledError("a lookup of the nearest in a list that does not ascend is not compiled")
    count = functools.reduce(np.add, (np.asarray(wanted >= step, dtype=np.float64) for step in steps))
    return np.where(count == 0, NA, count)


def _first_equal(careful: Evaluator, wanted: Boxed, cells: Sequence[Boxed]) -> Boxed:
    """Return the first place of equal values, from 1, or #N/A: as many places at once as stay in the cache."""
    trials = np.broadcast_shapes(wanted.shape, *{cell.shape for cell in cells})
    together = max(1, _TOGETHER // max(1, math.prod(trials)))
    found: Boxed = np.full(trials, NA)
    for start in reversed(range(0, len(cells), together)):
        some = cells[start : start + together]
        shape = np.broadcast_shapes(*{cell.shape for cell in some}) or (1,) * len(trials)
        same = _equal(careful, wanted, np.stack([np.broadcast_to(cell, shape) for cell in some]))
        found = np.where(same.any(axis=0), start + 1.0 + same.argmax(axis=0), found)
    return found


def _equal(careful: Evaluator, wanted: Boxed, cell: Boxed) -> NDArray[np.bool_]:
    either = boxes.is_error(cell) | (boxes.is_blank(cell))
    same = boxes.payloads(boxes.compare(f"={boxes.ALL_DIGITS}", wanted, cell, careful.texts)) == boxes.payloads(
        np.array(boxes.TRUE)
    )
    return np.asarray(same & ~either)


def _line(value: Value) -> list[Boxed]:
    rows = value if isinstance(value, list) else [[single(value)]]
    if len(rows) > 1 and len(rows[0]) > 1:
        raise NotCompiledError("a lookup in a list of several rows and columns is not compiled")
    return [c for row in rows for c in row]


def _constant(careful: Evaluator, value: Value, default: float) -> int:
    number = careful.number(value) if value is not None else np.array(default)
    if number.ndim or not np.isfinite(number):
        raise NotCompiledError("a lookup whose kind varies is not compiled")
    return int(number)


def match(careful: Evaluator, args: Sequence[Value]) -> Boxed:
    """Return MATCH: at which place of a list a value stands."""
    kind = _constant(careful, args[2], 0.0) if len(args) > 2 else 1  # noqa: PLR2004
    if kind < 0:
        raise NotCompiledError("MATCH in a descending list is not compiled")
    return place_in(careful, single(args[0]), _line(args[1]), min(kind, 1))


def looked_up(careful: Evaluator, args: Sequence[Value], *, down: bool) -> Boxed:
    """Return VLOOKUP, or HLOOKUP if the table does not go down."""
    rows = args[1] if isinstance(args[1], list) else [[single(args[1])]]
    rows = rows if down else [list(column) for column in zip(*rows, strict=True)]
    which = _constant(careful, args[2], 0.0)
    if which < 1:
        return np.array(VALUE)
    if which > len(rows[0]):
        return np.array(REF)
    exact = len(args) > 3 and (args[3] is None or not careful.condition(args[3])[0].any())  # noqa: PLR2004
    place = place_in(careful, single(args[0]), [row[0] for row in rows], 0 if exact else 1)
    masks = [place == i for i in range(1, len(rows) + 1)]
    return boxes.choose(masks, [_as_result(row[which - 1]) for row in rows], place)


def look_up(careful: Evaluator, args: Sequence[Value]) -> Boxed:
    """Return XLOOKUP of an equal value."""
    if len(args) > 4 and any(a is not None and _constant(careful, a, 0.0) not in (0, 1) for a in args[4:]):  # noqa: PLR2004
        raise NotCompiledError("XLOOKUP of the nearest is not compiled")
    place = place_in(careful, single(args[0]), _line(args[1]), 0)
    values = _line(args[2])
    masks = [place == i for i in range(1, len(values) + 1)]
    missing = place if len(args) < 4 or args[3] is None else np.where(boxes.is_na(place), single(args[3]), place)  # noqa: PLR2004
    return boxes.choose(masks, [_as_result(v) for v in values], missing)


def look_up_nearest(careful: Evaluator, args: Sequence[Value]) -> Boxed:
    """Return LOOKUP: what stands beside the last of an ascending list that is not above a value."""
    if len(args) not in (2, 3) or any(a is None for a in args):
        return careful.called("LOOKUP", args)
    rows = args[1] if isinstance(args[1], list) else [[single(args[1])]]
    if len(args) == 3:  # noqa: PLR2004
        keys, values = _cells(rows), _cells(args[2] if isinstance(args[2], list) else [[single(args[2])]])
    elif len(rows[0]) > len(rows):
        keys, values = rows[0], rows[-1]
    else:
        keys, values = [row[0] for row in rows], [row[-1] for row in rows]
    try:
        place = place_in(careful, single(args[0]), keys, 1)
    except NotCompiledError:
        return careful.called("LOOKUP", args)
    masks = [place == i for i in range(1, min(len(keys), len(values)) + 1)]
    beyond = np.where(boxes.is_error(place), place, NA)
    return boxes.choose(masks, [_as_result(v) for v in values[: len(masks)]], beyond)


def _cells(rows: Sequence[Sequence[Boxed]]) -> list[Boxed]:
    return [cell for row in rows for cell in row]


def _as_result(cell: Boxed) -> Boxed:
    return np.where(boxes.is_blank(cell), 0.0, cell) if np.isnan(cell).any() else cell
