"""Which uncertain numbers stand behind which cells, by the formulas alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.simulation.compiler.graph import DRAW, leaves_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dealmodel.simulation.compiler.graph import Node


def draws_behind(nodes: Sequence[Node], precedents: Mapping[Node, Sequence[Node]]) -> list[frozenset[int]]:
    """Return the numbers of the draws from which each of some nodes is computed.

    Parameters
    ----------
    nodes
        The nodes asked about.
    precedents
        All cells and draws behind them, precedents first as far as there are no circles; each with those that it is
        computed from at once.
    """
    # One bit a draw: a book has thousands of cells, and each needs no more than one `or` for each of its precedents.
    masks = {node: 1 << node.value if node.op == DRAW else 0 for node in precedents}
    changed = True
    while changed:
        changed = False
        for node, before in precedents.items():
            mask = known = masks[node]
            for precedent in before:
                mask |= masks[precedent]
            if mask != known:
                # In a circle a cell may come before one of its precedents.
                changed = True
                masks[node] = mask
    found = []
    for node in nodes:
        mask = 0
        for leaf in leaves_of(node):
            mask |= masks[leaf]
        found.append(frozenset(i for i in range(mask.bit_length()) if mask >> i & 1))
    return found
