"""How functions of some cells of a range are enclosed: those that meet conditions, and those of a rank."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dealmodel.cells import OMITTED_TEXT, CellError
from dealmodel.hosts.engine_values import to_engine
from dealmodel.hosts.supplements.conditions import condition_parts, criterion
from dealmodel.simulation.compiler.graph import CRITERION
from dealmodel.simulation.enclosures import arithmetic, intervals
from dealmodel.simulation.enclosures.choices import fixed, number
from dealmodel.simulation.enclosures.enclosure import (
    Choice,
    Enclosure,
    Item,
    NotEnclosedError,
    chosen,
    constant,
    finished,
    flag,
)
from dealmodel.simulation.enclosures.intervals import Interval

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dealmodel.cells import Scalar

    Test = Callable[[Scalar], bool]
    Rule = Callable[[list[Item]], Item]
    Mask = NDArray[np.bool_]


def numbers_of(args: Sequence[Item]) -> list[Enclosure]:
    """Return the numbers among arguments: in ranges texts, truths and blanks do not count."""
    found = []
    for arg in args:
        if not isinstance(arg, list):
            found.append(constant(0.0) if arg == OMITTED_TEXT else number(arg))
            continue
        for cell in (c for row in arg for c in row):
            if isinstance(cell, Choice):
                raise NotEnclosedError("a range that holds a text or a number")
            if isinstance(cell, (str, bool)) or cell is None or (isinstance(cell, Enclosure) and cell.is_flag):
                continue
            found.append(number(cell))
    return found


# -- ranks -------------------------------------------------------------------------------------------------------------


def _of_order(numbers: Sequence[Enclosure], pick: Callable[[intervals.Values], intervals.Values]) -> Enclosure:
    """Return a number picked by rank, or one between two: it rises with each, and is as steep as one of them."""
    ends = [np.stack(np.broadcast_arrays(*(getattr(n.value, end) for n in numbers))) for end in ("low", "high")]
    low, high = (pick(np.sort(end, axis=0)) for end in ends)
    slope = numbers[0].slope
    for one in numbers[1:]:
        slope = intervals.hull(slope, one.slope)
    # What lies between two is worked out from their difference, which has the rounding of the larger.
    size = np.abs(np.stack(ends)).max(axis=(0, 1))
    return finished(intervals.widened(Interval(low, high), 4, size), slope, *numbers)


def _from_end(*, largest: bool) -> Rule:
    def rule(args: list[Item]) -> Item:
        found, place = numbers_of(args[:1]), fixed(args[1], "a rank")
        if place != int(place) or not 1 <= place <= len(found):
            raise NotEnclosedError("a rank that there is not")
        at = len(found) - int(place) if largest else int(place) - 1
        return _of_order(found, lambda ordered: ordered[at])

    return rule


def _median(args: list[Item]) -> Item:
    found = numbers_of(args)
    if not found:
        return CellError.NUM
    middle = len(found) // 2
    lower = middle if len(found) % 2 else middle - 1
    return _of_order(found, lambda ordered: ordered[lower] / 2 + ordered[middle] / 2)


def _percentile(parts: float) -> Rule:
    def rule(args: list[Item]) -> Item:
        found, share = numbers_of(args[:1]), fixed(args[1], "a share") / parts
        if not found or not 0 <= share <= 1 or (parts > 1 and share * parts != int(share * parts)):
            raise NotEnclosedError("a share that there is not")
        place = share * (len(found) - 1)
        below = int(place)
        above, part = min(below + 1, len(found) - 1), place - below
        return _of_order(found, lambda ordered: ordered[below] * (1 - part) + ordered[above] * part)

    return rule


# -- conditions --------------------------------------------------------------------------------------------------------


def _grid(item: Item) -> list[list[Item]]:
    return item if isinstance(item, list) else [[item]]


def _met(cells: Item, condition: Item) -> list[Enclosure | bool]:
    """Return for each cell of a range whether it meets a condition."""
    sign, wanted, test = "=", condition, None
    if isinstance(condition, list) and isinstance(condition[0][0], str) and len(condition[0]) == 2:  # noqa: PLR2004
        sign, wanted = condition[0][0], condition[0][1]
    elif isinstance(condition, (Enclosure, Choice, list)):
        raise NotEnclosedError("a condition that varies")
    else:
        test = criterion(to_engine(0.0 if condition is None else condition))
        sign, wanted = condition_parts(condition) if isinstance(condition, str) else ("=", condition)
    return [_meets(c, sign, wanted, test) for row in _grid(cells) for c in row]


def _meets(cell: Item, sign: str, wanted: Item, test: Test | None) -> Enclosure | bool:
    if isinstance(cell, (Choice, list)) or (isinstance(cell, Enclosure) and cell.is_flag):
        raise NotEnclosedError("a condition on cells that hold other things than numbers")
    if test is not None and not isinstance(cell, Enclosure):
        return bool(test(cell))
    if not isinstance(cell, Enclosure) and (not isinstance(cell, float) or isinstance(cell, bool)):
        if isinstance(cell, str) and sign == "=":
            raise NotEnclosedError("a condition on texts that may be numbers")
        return sign == "<>"
    if not isinstance(wanted, (float, int, Enclosure)) or isinstance(wanted, bool):
        # Whichever number it is, it meets the condition of a text or a truth, or does not.
        return bool(test is not None and test(1.0))
    first, second = number(cell), number(wanted)
    # A text of a number has fifteen digits of it.
    room = intervals.widened(second.value, 64) if isinstance(wanted, Enclosure) else second.value
    below, above = first.value.high < room.low, first.value.low > room.high
    not_above, not_below = first.value.high <= room.low, first.value.low >= room.high
    same = (first.value.low == first.value.high) & (room.low == room.high) & (first.value.low == room.low)
    sides: dict[str, tuple[Mask, Mask]] = {
        "<": (below, not_below),
        "<=": (not_above, above),
        ">": (above, not_above),
        ">=": (not_below, below),
        "=": (same, below | above),
        "": (same, below | above),
        "<>": (below | above, same),
    }
    true, false = sides[sign]
    if ((first.error != 0) | (second.error != 0)).any():
        raise NotEnclosedError("a condition on cells that may be errors")
    return flag(np.asarray(true), np.asarray(false), first, second)


def _all(tests: Sequence[Enclosure | bool]) -> Enclosure | bool:
    """Return whether all of some conditions hold."""
    varying = [t for t in tests if not isinstance(t, bool)]
    if False in tests or not varying:
        return False not in tests
    found = varying[0]
    for one in varying[1:]:
        found = arithmetic.multiply(found, one)
    return found


def _counted(tests: Sequence[Enclosure | bool], values: Sequence[Enclosure | None]) -> list[Enclosure]:
    """Return numbers where conditions hold, and 0 elsewhere."""
    nothing = constant(0.0)
    return [
        (value if test else nothing) if isinstance(test, bool) else chosen(test, value, nothing)
        for test, value in zip(tests, values, strict=True)
        if value is not None
    ]


def _value(cell: Item) -> Enclosure | None:
    """Return a cell that is summed; None for one that does not count."""
    if isinstance(cell, (Choice, list)):
        raise NotEnclosedError("a range that holds a text or a number")
    if isinstance(cell, (str, bool)) or cell is None or (isinstance(cell, Enclosure) and cell.is_flag):
        return None
    return number(cell)


def _selected(args: list[Item], *, beside: bool, counts: bool) -> tuple[list[Enclosure | bool], list[Enclosure | None]]:
    """Return where the conditions of SUMIF, SUMIFS or their like are met, and the values there."""
    given = [a for a in args if not (isinstance(a, str) and a == OMITTED_TEXT)]
    if beside:
        pairs, source = given[:2], given[2] if len(given) > 2 else given[0]  # noqa: PLR2004
    else:
        pairs, source = (given, given[0]) if counts else (given[1:], given[0])
    shapes = {(len(_grid(g)), len(_grid(g)[0])) for g in [source, *pairs[::2]]}
    if len(shapes) > 1 or len(pairs) % 2:
        raise NotEnclosedError("a condition on ranges of different sizes")
    met = [_met(cells, condition) for cells, condition in zip(pairs[::2], pairs[1::2], strict=True)]
    tests = [_all(each) for each in zip(*met, strict=True)]
    if counts:
        return tests, [constant(1.0)] * len(tests)
    return tests, [_value(c) for row in _grid(source) for c in row]


def _conditional(*, beside: bool = False, counts: bool = False, average: bool = False) -> Rule:
    def rule(args: list[Item]) -> Item:
        tests, values = _selected(args, beside=beside, counts=counts)
        total = arithmetic.total(_counted(tests, values))
        if not average:
            return total
        ones = [None if v is None else constant(1.0) for v in values]
        return arithmetic.divide(total, arithmetic.total(_counted(tests, ones)))

    return rule


SELECTIONS: dict[str, Rule] = {
    CRITERION: lambda args: [list(args)],
    "SUMIF": _conditional(beside=True),
    "SUMIFS": _conditional(),
    "COUNTIF": _conditional(counts=True),
    "COUNTIFS": _conditional(counts=True),
    "AVERAGEIF": _conditional(beside=True, average=True),
    "AVERAGEIFS": _conditional(average=True),
    "LARGE": _from_end(largest=True),
    "SMALL": _from_end(largest=False),
    "MEDIAN": _median,
    **dict.fromkeys(("PERCENTILE", "PERCENTILE.INC"), _percentile(1.0)),
    **dict.fromkeys(("QUARTILE", "QUARTILE.INC"), _percentile(4.0)),
}
