"""Which cells refer to each other in a circle."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from dealmodel.workbook.address import CellAt


class Circles:
    """Finds the cells that refer to each other in circles.

    Parameters
    ----------
    references
        Gives the cells from which the value of a cell follows at once and that are not bound yet.
    """

    def __init__(self, references: Callable[[CellAt], Sequence[CellAt]]) -> None:
        self._references = references
        self._found: dict[CellAt, frozenset[CellAt]] = {}

    def of(self, at: CellAt) -> frozenset[CellAt] | None:
        """Return the circle of a cell, if one was found."""
        return self._found.get(at)

    def forget(self) -> None:
        """Search anew: a cell turns out to refer to others."""
        self._found.clear()

    def search(self, first: CellAt) -> None:
        """Find the circles among all that a cell depends on.

        References
        ----------
        .. [1] R. Tarjan, Depth-first search and linear graph algorithms, SIAM J. Comput. 1 (1972) 146-160.
        """
        numbers: dict[CellAt, int] = {}
        lowest: dict[CellAt, int] = {}
        waiting: dict[CellAt, None] = {}
        stack: list[tuple[CellAt, list[CellAt]]] = []

        def enter(at: CellAt) -> None:
            numbers[at] = lowest[at] = len(numbers)
            waiting[at] = None
            stack.append((at, list(self._references(at))))

        enter(first)
        while stack:
            at, left = stack[-1]
            if left:
                other = left.pop()
                if other not in numbers:
                    enter(other)
                elif other in waiting:
                    lowest[at] = min(lowest[at], numbers[other])
                continue
            stack.pop()
            if stack:
                before = stack[-1][0]
                lowest[before] = min(lowest[before], lowest[at])
            if lowest[at] == numbers[at]:
                circle = {waiting.popitem()[0]}
                while at not in circle:
                    circle.add(waiting.popitem()[0])
                if len(circle) > 1 or at in self._references(at):
                    self._found.update(dict.fromkeys(circle, frozenset(circle)))


def in_order(edges: Mapping[Any, Iterable[Any]]) -> list[Any] | None:
    """Return the keys of a mapping, each after those that it is mapped to; None where they go in a circle.

    Examples
    --------
    >>> in_order({"a": ["b"], "b": []}), in_order({"a": ["b"], "b": ["a"]})
    (['b', 'a'], None)
    """
    users: dict[Any, list[Any]] = {key: [] for key in edges}
    missing = dict.fromkeys(edges, 0)
    for key, others in edges.items():
        for other in set(others):
            users[other].append(key)
            missing[key] += 1
    ready = deque(key for key, count in missing.items() if not count)
    order = []
    while ready:
        order.append(ready.popleft())
        for user in users[order[-1]]:
            missing[user] -= 1
            if not missing[user]:
                ready.append(user)
    return order if len(order) == len(edges) else None
