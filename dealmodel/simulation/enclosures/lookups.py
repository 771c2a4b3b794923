"""How lookups are enclosed: at which places of a list a value may stand, and what stands beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dealmodel.cells import OMITTED_TEXT
from dealmodel.simulation.enclosures import intervals
from dealmodel.simulation.enclosures.choices import fixed, number, optional, picked
from dealmodel.simulation.enclosures.enclosure import (
    Enclosure,
    Item,
    NotEnclosedError,
    constant,
    finished,
    in_part,
    without_error,
)
from dealmodel.simulation.enclosures.intervals import ALL, ZERO

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Rule = Callable[[list[Item]], Item]


def _index(args: list[Item]) -> Item:
    grid = args[0] if isinstance(args[0], list) else [[args[0]]]
    row, column = number(args[1]), optional(args, 2, 1.0)
    if len(args) == 2 and len(grid) == 1:  # noqa: PLR2004
        row, column = constant(1.0), row
    for place in (row, column):
        if (np.trunc(place.value.low) <= 0).any() and (np.trunc(place.value.high) >= 0).any():
            raise NotEnclosedError("INDEX of a whole row or column")
    lines = [picked(column, [number(c) for c in cells]) for cells in grid]
    return picked(row, lines)


def _place(wanted: Item, cells: Sequence[Item], *, exact: bool) -> Enclosure:
    """Return at which place of a list of constant numbers a number stands."""
    value = number(wanted)
    if not all(isinstance(c, float) for c in cells):
        raise NotEnclosedError("a lookup among other than constant numbers")
    steps = np.array(cells, dtype=np.float64)
    if exact:
        return _place_of_equal(value, steps)
    if (np.diff(steps) < 0).any():
        raise NotEnclosedError("a lookup in a list that does not ascend")
    low, high = (
        np.searchsorted(steps, end, side="right").astype(np.float64) for end in intervals.widened(value.value, 64)
    )
    found = intervals.Interval(low, high)
    return finished(found, intervals.where(low == high, ZERO, ALL), value, own=in_part(low < 1, high < 1))


def _place_of_equal(wanted: Enclosure, steps: intervals.Values) -> Enclosure:
    low, high = wanted.value
    # Two numbers are equal by fifteen digits.
    room = 1e-14 * np.abs(steps)
    may = (low[..., None] <= steps + room) & (steps - room <= high[..., None])
    none = np.asarray(~may.any(axis=-1))
    only = np.asarray((may.sum(axis=-1) == 1) & (low == high) & (low[..., None] == steps).any(axis=-1))
    first, last = may.argmax(axis=-1) + 1.0, len(steps) - may[..., ::-1].argmax(axis=-1) + 0.0
    found = intervals.Interval(np.where(none, 1.0, first), np.where(none, 1.0, last))
    return finished(found, intervals.where(only, ZERO, ALL), wanted, own=in_part(~only, none))


def _cells(item: Item) -> list[Item]:
    return [c for row in (item if isinstance(item, list) else [[item]]) for c in row]


def _match(args: list[Item]) -> Item:
    kind = fixed(args[2], "the kind of a lookup") if len(args) > 2 and args[2] != OMITTED_TEXT else 1.0  # noqa: PLR2004
    if kind < 0:
        raise NotEnclosedError("MATCH in a descending list")
    return _place(args[0], _cells(args[1]), exact=kind == 0)


def _looked_up(*, down: bool) -> Rule:
    def rule(args: list[Item]) -> Item:
        rows = args[1] if isinstance(args[1], list) else [[args[1]]]
        rows = rows if down else [list(column) for column in zip(*rows, strict=True)]
        which = int(fixed(args[2], "the column of a lookup"))
        exact = len(args) > 3 and not fixed(args[3], "the kind of a lookup")  # noqa: PLR2004
        if not 1 <= which <= len(rows[0]):
            raise NotEnclosedError("a lookup beside its table")
        place = _place(args[0], [row[0] for row in rows], exact=exact)
        return picked(place, [number(row[which - 1]) for row in rows])

    return rule


def _lines(item: Item) -> list[Item]:
    """Return the cells of one row or column."""
    rows = item if isinstance(item, list) else [[item]]
    if len(rows) > 1 and len(rows[0]) > 1:
        raise NotEnclosedError("a lookup in a list of several rows and columns")
    return _cells(item)


def _sought(args: Sequence[Item], first: int) -> Enclosure:
    """Return the place that XLOOKUP or XMATCH finds, whose kind stands at some argument."""
    kind, order = (
        fixed(args[i], "the kind of a lookup") if i < len(args) and args[i] != OMITTED_TEXT else default
        for i, default in ((first, 0.0), (first + 1, 1.0))
    )
    if kind not in (-1, 0, 1) or order != 1:
        raise NotEnclosedError("a lookup of that kind")
    if not kind:
        return _place(args[0], _lines(args[1]), exact=True)
    return _nearest(number(args[0]), _lines(args[1]), above=kind > 0)


def _nearest(value: Enclosure, cells: Sequence[Item], *, above: bool) -> Enclosure:
    """Return the first place of the next number that is not above a value, or not below it."""
    if not all(isinstance(c, float) for c in cells):
        raise NotEnclosedError("a lookup among other than constant numbers")
    steps, firsts = np.unique(np.array(cells, dtype=np.float64), return_index=True)
    if (np.diff(firsts) < 0).any():
        raise NotEnclosedError("a lookup of the nearest in a list that does not ascend")
    reach = intervals.widened(value.value, 64)
    ends = [
        np.searchsorted(steps, end, side="left") if above else np.searchsorted(steps, end, side="right") - 1
        for end in (reach.low, reach.high)
    ]
    beyond = [(end < 0) | (end >= len(steps)) for end in ends]
    low, high = (firsts[np.clip(end, 0, len(steps) - 1)].astype(np.float64) + 1 for end in ends)
    found = intervals.Interval(low, high)
    none = np.asarray(beyond[0] & beyond[1])
    return finished(found, intervals.where(low == high, ZERO, ALL), value, own=in_part(beyond[0] | beyond[1], none))


def _beside(args: list[Item]) -> Item:
    """Return XLOOKUP."""
    values = _lines(args[2])
    place = _sought(args, 4)
    found = picked(place, [number(v) for v in values])
    if len(args) < 4 or args[3] == OMITTED_TEXT or (place.error == 0).all():  # noqa: PLR2004
        return found
    if any(number(v).error.any() for v in [args[0], *values]):
        raise NotEnclosedError("a lookup of errors, or that finds errors, or nothing")
    return without_error(found, number(args[3]))


def _last_below(args: list[Item]) -> Item:
    """Return LOOKUP in a list with another beside it."""
    if len(args) != 3:  # noqa: PLR2004
        raise NotEnclosedError("LOOKUP in a table")
    keys, values = _lines(args[1]), _lines(args[2])
    if len(keys) != len(values):
        raise NotEnclosedError("LOOKUP in lists of different lengths")
    return picked(_place(args[0], keys, exact=False), [number(v) for v in values])


LOOKUPS: dict[str, Rule] = {
    "INDEX": _index,
    "MATCH": _match,
    "XMATCH": lambda args: _sought(args, 2),
    "LOOKUP": _last_below,
    "XLOOKUP": _beside,
    "VLOOKUP": _looked_up(down=True),
    "HLOOKUP": _looked_up(down=False),
}
