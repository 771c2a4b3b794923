"""Cells by which formulas choose: numbers of scenarios, switches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.simulation.compiler.boxes import ALL_DIGITS
from dealmodel.simulation.compiler.graph import CONST, LOOP

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dealmodel.simulation.compiler.graph import Node

_CHOOSING = {"CHOOSE": (0,), "INDEX": (1, 2), "MATCH": (0,), "VLOOKUP": (0,), "HLOOKUP": (0,), "XLOOKUP": (0,)}
"""Functions that choose, and the places of the arguments by which they do."""


def selectors(cells: Sequence[Node], roots: Sequence[Node]) -> list[Node]:
    """Return the cells that formulas use, and with which they do nothing but choose by them.

    Parameters
    ----------
    cells
        The cells in question.
    roots
        What all cells are computed from, and the outputs.
    """
    inside = {id(cell) for cell in cells}
    used = {id(root) for root in roots} & inside
    otherwise = set(used)
    for node in _all_nodes(roots):
        for place, arg in enumerate(node.args):
            if id(arg) in inside:
                used.add(id(arg))
                if place not in _CHOOSING.get(node.op, ()) and not _is_told_apart(node, place) and node.op != LOOP:
                    otherwise.add(id(arg))
    return [cell for cell in cells if id(cell) in used - otherwise]


def _all_nodes(roots: Sequence[Node]) -> Iterator[Node]:
    """Yield every node once, those of loops too."""
    stack, seen = list(roots), set[int]()
    while stack:
        node = stack.pop()
        if id(node) not in seen:
            seen.add(id(node))
            yield node
            stack += node.args
            if node.op == LOOP:
                stack += node.value.roots


def _is_told_apart(node: Node, place: int) -> bool:
    """Whether a comparison asks for equality with a whole number."""
    if node.op.removesuffix(ALL_DIGITS) not in ("=", "<>"):
        return False
    other = node.args[1 - place]
    return other.op == CONST and isinstance(other.value, float) and other.value.is_integer()
