"""Lookups of the careful evaluator: where each trial finds what it looks for."""

from __future__ import annotations

import functools
import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.simulation.compiler import boxes
from dealmodel.simulation.compiler.boxes import NA, REF, VALUE
from dealmodel.simulation.compiler.careful.natively import Found, in_doubt
from dealmodel.simulation.compiler.careful.operands import single
from dealmodel.simulation.compiler.graph import NotCompiledError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.compiler.boxes import Boxed
    from dealmodel.simulation.compiler.careful.operands import Evaluator, Value

PICK = "DEALMODEL_PICK"
"""INDEX of a place in a table, of which a blank stays one."""
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


def equal_place(careful: Evaluator, wanted: Boxed, cells: Sequence[Boxed]) -> Boxed:
    """Return the first place of a list at which an equal value stands, from 1, or #N/A."""
    if boxes.is_text(wanted).any() and any(
        mark in careful.texts.text(int(p))
        for p in np.unique(boxes.payloads(wanted)[boxes.is_text(wanted)])
        for mark in "*?~"
    ):
        raise NotCompiledError("a lookup with wildcards is not compiled")
    return boxes.settle(_first_equal(careful, wanted, cells), wanted)


def nearest_place(wanted: Boxed, cells: Sequence[Boxed], *, falling: bool = False) -> Found:
    """Return at which place of a sorted list of numbers the last one not beyond a number stands, or #N/A.

    Parameters
    ----------
    wanted
        The number.
    cells
        The list; in trials in which it is not sorted, or holds other things than numbers, that is not sure.
    falling
        Whether the list falls, and the last one that is not below is wanted: of equal ones the first.
    """
    sure = _is_sorted(cells, falling=falling) & ~np.isnan(wanted)
    if falling:
        above = functools.reduce(np.add, (np.asarray(cell > wanted, dtype=np.float64) for cell in cells))
        same = functools.reduce(np.logical_or, (cell == wanted for cell in cells))
        count = above + same
    else:
        count = functools.reduce(np.add, (np.asarray(wanted >= cell, dtype=np.float64) for cell in cells))
    return Found(np.where(count == 0, NA, count), np.asarray(sure))


def _is_sorted(cells: Sequence[Boxed], *, falling: bool) -> NDArray[np.bool_]:
    """Return in which trials a list holds numbers alone that rise, or fall."""
    sure: NDArray[np.bool_] = ~np.isnan(cells[0])
    for cell, following in itertools.pairwise(cells):
        sure = sure & (cell >= following if falling else cell <= following)
    return sure


def _nearest_beside(wanted: Boxed, cells: Sequence[Boxed], *, above: bool) -> Found:
    """Return the first place of the largest number that is not above a number, or the smallest that is not below it.

    The list need not be sorted; blanks do not count.
    """
    worst = np.inf if above else -np.inf
    kept = [cell for cell in cells if cell.ndim or not boxes.is_blank(cell)]
    sure = ~np.isnan(wanted)
    for cell in kept:
        sure = sure & ~np.isnan(cell)
    best, place = np.array(worst), np.array(NA)
    for i, cell in enumerate(cells, start=1):
        better = (cell >= wanted) & (cell < best) if above else (cell <= wanted) & (cell > best)
        best, place = np.where(better, cell, best), np.where(better, float(i), place)
    return Found(place, np.asarray(sure))


def _settled(careful: Evaluator, name: str, args: Sequence[Value], found: Found) -> Boxed:
    """Return a lookup with what the engine finds where it is not sure."""
    if not found.sure.any():
        raise NotCompiledError("a lookup of the nearest in a list that is not of sorted numbers is not compiled")
    return in_doubt(careful, name, args, found.result, found.sure, careful.looked_up)


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
    given = value is not None and not careful.is_omitted(value)
    number = careful.number(value) if given else np.array(default)
    if number.ndim or not np.isfinite(number):
        raise NotCompiledError("a lookup whose kind varies is not compiled")
    return int(number)


def match(careful: Evaluator, args: Sequence[Value]) -> Boxed:
    """Return MATCH: at which place of a list a value stands."""
    kind = _constant(careful, args[2], 0.0) if len(args) > 2 else 1  # noqa: PLR2004
    wanted, cells = single(args[0]), _line(args[1])
    if kind == 0:
        return equal_place(careful, wanted, cells)
    return _settled(careful, "MATCH", args, nearest_place(wanted, cells, falling=kind < 0))


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
    wanted, keys, values = single(args[0]), [row[0] for row in rows], [row[which - 1] for row in rows]
    if exact:
        return _beside(equal_place(careful, wanted, keys), values)
    found = nearest_place(wanted, keys)
    name = "VLOOKUP" if down else "HLOOKUP"
    return _settled(careful, name, args, Found(_beside(found.result, values), found.sure))


def _beside(place: Boxed, values: Sequence[Boxed], missing: Boxed | None = None) -> Boxed:
    """Return the values at places, and what stands for those that are not found: their own error by default."""
    masks = [place == i for i in range(1, len(values) + 1)]
    return boxes.choose(masks, [_as_result(v) for v in values], place if missing is None else missing)


def _found(careful: Evaluator, args: Sequence[Value], first: int) -> Found:
    """Return the place that XLOOKUP or XMATCH finds: of an equal value, or of the next smaller or larger.

    Parameters
    ----------
    careful
        The evaluator.
    args
        The arguments.
    first
        At which of them the kind of the search stands.
    """
    mode = _constant(careful, args[first], 0.0) if len(args) > first else 0
    search = _constant(careful, args[first + 1], 1.0) if len(args) > first + 1 else 1
    if mode not in (-1, 0, 1) or search != 1:
        raise NotCompiledError("a lookup of that kind is not compiled")
    wanted, cells = single(args[0]), _line(args[1])
    if mode:
        return _nearest_beside(wanted, cells, above=mode > 0)
    return Found(equal_place(careful, wanted, cells), np.array(True))  # noqa: FBT003


def match_any(careful: Evaluator, args: Sequence[Value]) -> Boxed:
    """Return XMATCH: at which place of a list a value stands, or the nearest to it."""
    return _settled(careful, "XMATCH", args, _found(careful, args, 2))


def look_up(careful: Evaluator, args: Sequence[Value]) -> Boxed:
    """Return XLOOKUP of an equal value, or of the next smaller or larger."""
    if any(careful.is_omitted(a) for a in args[5:]):
        raise NotCompiledError("XLOOKUP with an empty order of search is not compiled")
    place, sure, _ = _found(careful, args, 4)
    values = _line(args[2])
    otherwise = args[3] if len(args) > 3 and not careful.is_omitted(args[3]) else None  # noqa: PLR2004
    missing = place if otherwise is None else np.where(boxes.is_na(place), single(otherwise), place)
    return _settled(careful, "XLOOKUP", args, Found(_beside(place, values, missing), sure))


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
    place, sure, _ = nearest_place(single(args[0]), keys)
    beyond = np.where(boxes.is_error(place), place, NA)
    found = _beside(place, values[: min(len(keys), len(values))], beyond)
    return in_doubt(careful, "LOOKUP", args, found, sure)


def _cells(rows: Sequence[Sequence[Boxed]]) -> list[Boxed]:
    return [cell for row in rows for cell in row]


def _as_result(cell: Boxed) -> Boxed:
    return np.where(boxes.is_blank(cell), 0.0, cell) if np.isnan(cell).any() else cell
