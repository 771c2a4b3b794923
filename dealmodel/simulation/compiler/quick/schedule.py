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
    sizes = [_SIZES[value.kind] for value in values]
    args, users = _links(values)
    missing = list(map(len, args))
    left = [value.uses for value in values]
    is_open = [True] * len(values)
    found: list[Value] = []
    for first in range(len(values)):
        stack = [first] if is_open[first] else []
        while stack:
            number = stack.pop()
            given = args[number]
            if not is_open[number]:
                continue
            if number != first and sum([sizes[a] for a in given if left[a] == 1]) < sizes[number]:
                continue
            is_open[number] = False
            found.append(values[number])
            for user in users[number]:
                missing[user] -= 1
                if not missing[user]:
                    stack.append(user)
            for arg in given:
                left[arg] -= 1
                if left[arg] == 1:
                    # The one use that is left frees its register.
                    stack += [user for user in users[arg] if is_open[user] and not missing[user]]
    return found


def _links(values: Sequence[Value]) -> tuple[list[list[int]], list[list[int]]]:
    """Return what every value is computed from, and what is computed from it, by their places."""
    args: list[list[int]] = []
    users: list[list[int]] = [[] for _ in values]
    for number, value in enumerate(values):
        value.number = number
        given = [a.number for a in value.args if type(a) is Value]
        for arg in given:
            users[arg].append(number)
        args.append(given)
    return args, users
