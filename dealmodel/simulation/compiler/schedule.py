"""In which order values are computed, so that few of them are needed at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.simulation.compiler.values import FLAGS, NOTHING, TABLE, WORD, Value
from dealmodel.workbook.address import CellAt

if TYPE_CHECKING:
    from collections.abc import Sequence

_SIZES = {WORD: 8, TABLE: 8, FLAGS: 1, NOTHING: 0}
"""Bytes that a value needs for a trial."""
_COMPARED = 20_000
"""Values up to which more than one order is tried."""


def needed(order: Sequence[Value], kept: Sequence[Value]) -> list[Value]:
    """Return the values from which the kept ones are computed, and those that are checks."""
    for value in order:
        value.uses = 0
    for value in kept:
        value.uses += 1
    found: list[Value] = []
    for value in reversed(order):
        if value.uses or value.kind == NOTHING:
            found.append(value)
            for arg in value.args:
                if type(arg) is Value:
                    arg.uses += 1
    found.reverse()
    return found


def scheduled(order: Sequence[Value], kept: Sequence[Value]) -> list[Value]:
    """Return the values in the order that needs the fewest registers, of those that are tried.

    Models run along a line, mostly one period to a column: what belongs to one column is best computed together. Where
    they do not, it is better to compute what one output needs before the next.
    """
    values = needed(order, kept)
    orders = [_eager(values, kept)]
    if len(values) <= _COMPARED:
        orders += [_eager(_along(values, columns=columns), kept) for columns in (True, False)]
    return min(orders, key=lambda o: _most_at_once(o, kept))


def _along(values: Sequence[Value], *, columns: bool) -> list[Value]:
    """Return values in the order of the last column, or row, of all that they are computed from."""
    last: dict[Value, int] = {}
    keys: dict[Value, tuple[int, int]] = {}
    for value in values:
        at = None if value.cell is None else value.cell.value
        here, across = (0, 0) if not isinstance(at, CellAt) else (at.column, at.row) if columns else (at.row, at.column)
        last[value] = max(here, *(last[a] for a in value.args if type(a) is Value), 0)
        keys[value] = last[value], across
    return sorted(values, key=keys.__getitem__)


def _eager(values: Sequence[Value], kept: Sequence[Value]) -> list[Value]:
    """Return values with what each is computed from before it, and what frees a register as soon as it can be."""
    users: dict[Value, list[Value]] = {value: [] for value in values}
    missing: dict[Value, int] = {}
    for value in values:
        args = {arg for arg in value.args if type(arg) is Value}
        missing[value] = len(args)
        for arg in args:
            users[arg].append(value)
    left = {value: len(users[value]) for value in values}
    for value in kept:
        left[value] += 1
    order: list[Value] = []
    done: set[Value] = set()

    def frees(value: Value) -> bool:
        """Whether fewer registers are needed after a value than before."""
        freed = sum(_SIZES[a.kind] for a in set(value.args) if type(a) is Value and left[a] == 1)
        return freed > _SIZES[value.kind]

    def take(first: Value) -> None:
        stack = [first]
        while stack:
            value = stack.pop()
            if value in done or (value is not first and not frees(value)):
                continue
            done.add(value)
            order.append(value)
            for user in users[value]:
                missing[user] -= 1
            for arg in {a for a in value.args if type(a) is Value}:
                left[arg] -= 1
                if left[arg] == 1:
                    # The one use that is left frees its register.
                    stack.extend(u for u in users[arg] if u not in done and not missing[u])
            stack.extend(u for u in users[value] if not missing[u])

    for value in values:
        stack = [(value, False)]
        while stack:
            current, ready = stack.pop()
            if current in done:
                continue
            if ready or not missing[current]:
                take(current)
                continue
            stack.append((current, True))
            stack.extend((arg, False) for arg in reversed(current.args) if type(arg) is Value and arg not in done)
    return order


def _most_at_once(order: Sequence[Value], kept: Sequence[Value]) -> int:
    """Return how many bytes a trial needs at most at the same time."""
    left = {value: value.uses for value in order}
    now = most = 0
    for value in order:
        size = _SIZES[value.kind]
        freed = 0
        for arg in value.args:
            if type(arg) is Value:
                left[arg] -= 1
                if not left[arg]:
                    freed += _SIZES[arg.kind]
        most = max(most, now + size)
        now += size - freed
    return most
