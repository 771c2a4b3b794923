"""How the functions of ours over series of periods are enclosed, which have no formula of single values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.simulation.enclosures import arithmetic
from dealmodel.simulation.enclosures.choices import number, optional
from dealmodel.simulation.enclosures.enclosure import Choice, Enclosure, Item, NotEnclosedError, constant

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Rule = Callable[[list[Item]], Item]


def _series(item: Item) -> list[Enclosure]:
    """Return the amounts of a row or a column, all of which must be numbers."""
    rows = item if isinstance(item, list) else [[item]]
    if len(rows) > 1 and len(rows[0]) > 1:
        raise NotEnclosedError("a table of several rows and columns")
    cells = [cell for row in rows for cell in row]
    if any(cell is None or isinstance(cell, (str, bool, Choice)) or _is_truth(cell) for cell in cells):
        raise NotEnclosedError("a series that holds a blank, a text or a truth")
    return [number(cell) for cell in cells]


def _is_truth(cell: Item) -> bool:
    return isinstance(cell, Enclosure) and cell.is_flag


def _changes(args: Sequence[Item]) -> list[Enclosure]:
    """Return by how much the balance changes in each period."""
    required, available = _series(args[0]), _series(args[1])
    if len(required) != len(available):
        raise NotEnclosedError("series of different lengths")
    return [arithmetic.subtract(there, needed) for there, needed in zip(available, required, strict=True)]


def _balances(args: Sequence[Item]) -> list[Enclosure]:
    moves = [optional(args, 2, 0.0), *_changes(args)]
    return [arithmetic.total(moves[: i + 1]) for i in range(1, len(moves))]


def _laid_out(like: Item, cells: Sequence[Enclosure]) -> Item:
    """Return the values of periods in the orientation of an argument."""
    return [[cell] for cell in cells] if isinstance(like, list) and len(like) > 1 else [list(cells)]


def _balance(args: list[Item]) -> Item:
    return _laid_out(args[0], _balances(args))


def _peak(args: list[Item]) -> Item:
    deepest = constant(0.0)
    for balance in _balances(args):
        deepest = arithmetic.extreme(deepest, arithmetic.negative(balance), largest=True)
    return deepest


def _carried(args: list[Item]) -> Item:
    nothing = constant(0.0)
    gaps, carried = [], optional(args, 2, 0.0)
    for change in _changes(args):
        balance = arithmetic.add(carried, change)
        gaps.append(arithmetic.extreme(arithmetic.negative(balance), nothing, largest=True))
        carried = arithmetic.extreme(balance, nothing, largest=True)
    return _laid_out(args[0], gaps)


SERIES: dict[str, Rule] = {
    "DM_FUNDING_BALANCE": _balance,
    "DM_PEAK_FUNDING": _peak,
    "DM_CARRIED_GAP": _carried,
}
