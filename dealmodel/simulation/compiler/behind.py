"""Which uncertain numbers stand behind which cells, by the formulas alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.simulation.compiler.graph import DRAW, leaves_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dealmodel.simulation.compiler.graph import Node


def draws_behind(
    nodes: Sequence[Node], order: Sequence[Node], parts: Callable[[Node], Sequence[Node]]
) -> list[frozenset[int]]:
    """Return the numbers of the draws from which each of some nodes is computed.

    Parameters
    ----------
    nodes
        The nodes asked about.
    order
        All cells and draws behind them, precedents first as far as there are no circles.
    parts
        What a cell or draw is computed from.
    """
    # One bit a draw: a book has thousands of cells, and each needs no more than one `or` for each of its precedents.
    masks = {id(node): 1 << node.value if node.op == DRAW else 0 for node in order}
    leaves = [(id(node), [id(n) for part in parts(node) for n in leaves_of(part)]) for node in order]
    changed = True
    while changed:
        changed = False
        for key, precedents in leaves:
            mask = masks[key]
            for precedent in precedents:
                mask |= masks[precedent]
            # In a circle a cell may come before one of its precedents.
            changed |= mask != masks[key]
            masks[key] = mask
    found = []
    for node in nodes:
        mask = 0
        for leaf in leaves_of(node):
            mask |= masks[id(leaf)]
        found.append(frozenset(i for i in range(mask.bit_length()) if mask >> i & 1))
    return found
