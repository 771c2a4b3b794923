"""In which order values are computed, so that few of them are needed at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.simulation.compiler.quick.values import FLAGS, NOTHING, TABLE, WORD, Value
from dealmodel.workbook.address import CellAt

if TYPE_CHECKING:
    from collections.abc import Sequence

_SIZES = {WORD: 8, TABLE: 8, FLAGS: 1, NOTHING: 0}
"""Bytes that a value needs for a trial."""
_BY_COLUMN, _BY_ROW = 8_000, 3_000
"""Values up to which an order by columns, or by rows, is tried, too: in large books it takes longer than it saves."""

_TOO_MANY = 60_000
"""Values from which they stay in the order in which formulas are read: blocks are short then anyway."""


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
    if len(values) > _TOO_MANY:
        return values
    orders = [_eager(values, kept)]
    if len(values) <= _BY_COLUMN:
        orders.append(_eager(_along(values, columns=True), kept))
    if len(values) <= _BY_ROW:
        orders.append(_eager(_along(values, columns=False), kept))
    return min(orders, key=_most_at_once)


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
    order = _Order(values, kept)
    for value in values:
        order.demand(value)
    return order.done


class _Order:
    """An order as it grows."""

    def __init__(self, values: Sequence[Value], kept: Sequence[Value]) -> None:
        self.done: list[Value] = []
        self._is_done: set[Value] = set()
        self._users: dict[Value, list[Value]] = {value: [] for value in values}
        self._args = {value: {a for a in value.args if type(a) is Value} for value in values}
        self._missing = {value: len(args) for value, args in self._args.items()}
        for value, args in self._args.items():
            for arg in args:
                self._users[arg].append(value)
        self._left = {value: len(users) for value, users in self._users.items()}
        for value in kept:
            self._left[value] += 1

    def demand(self, value: Value) -> None:
        """Take a value after all that it is computed from."""
        stack = [(value, False)]
        while stack:
            current, ready = stack.pop()
            if current in self._is_done:
                continue
            if ready or not self._missing[current]:
                self._take(current)
                continue
            stack.append((current, True))
            stack.extend((a, False) for a in reversed(current.args) if type(a) is Value and a not in self._is_done)

    def _take(self, first: Value) -> None:
        stack = [first]
        while stack:
            value = stack.pop()
            if value in self._is_done or (value is not first and not self._frees(value)):
                continue
            self._is_done.add(value)
            self.done.append(value)
            for user in self._users[value]:
                self._missing[user] -= 1
            for arg in self._args[value]:
                self._left[arg] -= 1
                if self._left[arg] == 1:
                    # The one use that is left frees its register.
                    stack.extend(u for u in self._users[arg] if u not in self._is_done and not self._missing[u])
            stack.extend(u for u in self._users[value] if not self._missing[u])

    def _frees(self, value: Value) -> bool:
        """Whether fewer registers are needed after a value than before."""
        freed = sum(_SIZES[a.kind] for a in self._args[value] if self._left[a] == 1)
        return freed > _SIZES[value.kind]


def _most_at_once(order: Sequence[Value]) -> int:
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
