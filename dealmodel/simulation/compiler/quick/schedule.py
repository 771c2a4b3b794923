"""In which order values are computed, so that few of them are needed at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.simulation.compiler.quick.values import FLAGS, NOTHING, TABLE, WORD, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

_SIZES = {WORD: 8, TABLE: 8, FLAGS: 1, NOTHING: 0}
"""Bytes that a value needs for a trial."""


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
    """Return the values that are needed, each as soon as it takes no more room than it frees, and else in their order.

    So a sum takes up its terms one by one, as they come, and does not wait until all of them are there.

    Parameters
    ----------
    order
        The values, each after all that it is computed from.
    kept
        Those that are wanted at the end.
    """
    values = needed(order, kept)
    uses = _Uses(values, kept)
    found: list[int] = []
    for first in range(len(values)):
        stack = [first]
        while stack:
            number = stack.pop()
            if uses.is_open[number] and (number == first or uses.frees(number)):
                found.append(number)
                stack += uses.take(number)
    return [values[number] for number in found]


class _Uses:
    """What is computed from what, by the numbers of values, and what of it is left to do.

    Attributes
    ----------
    is_open
        Which values have not been taken.
    """

    def __init__(self, values: Sequence[Value], kept: Sequence[Value]) -> None:
        numbers = {value: number for number, value in enumerate(values)}
        self._args = [[numbers[a] for a in value.args if type(a) is Value] for value in values]
        self._sizes = [_SIZES[value.kind] for value in values]
        self._users: list[list[int]] = [[] for _ in values]
        for number, args in enumerate(self._args):
            for arg in args:
                self._users[arg].append(number)
        self._missing = list(map(len, self._args))
        self._left = list(map(len, self._users))
        for value in kept:
            self._left[numbers[value]] += 1
        self.is_open = [True] * len(values)

    def frees(self, number: int) -> bool:
        """Whether no more room is needed after a value than before."""
        left, sizes = self._left, self._sizes
        return sum([sizes[a] for a in self._args[number] if left[a] == 1]) >= sizes[number]

    def take(self, number: int) -> list[int]:
        """Take a value, and return those that can be taken now and may free room."""
        users, missing, left, is_open = self._users, self._missing, self._left, self.is_open
        is_open[number] = False
        ready = []
        for user in users[number]:
            missing[user] -= 1
        for arg in self._args[number]:
            left[arg] -= 1
            if left[arg] == 1:
                # The one use that is left frees its register.
                ready += [user for user in users[arg] if is_open[user] and not missing[user]]
        ready += [user for user in users[number] if not missing[user]]
        return ready
