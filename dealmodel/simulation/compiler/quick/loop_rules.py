"""How loops are done by the quick program: as one call, whose table has a row for each cell of the circle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.simulation.compiler import boxes
from dealmodel.simulation.compiler.quick import checks
from dealmodel.simulation.compiler.quick.items import Boxed, Choice, Erring, Item
from dealmodel.simulation.compiler.quick.kinds import loose_kind
from dealmodel.simulation.compiler.quick.sweeps import Outside, Quickly, member
from dealmodel.simulation.compiler.quick.values import FLAGS, TABLE, WORD, Value

if TYPE_CHECKING:
    from dealmodel.simulation.compiler.graph import Node
    from dealmodel.simulation.compiler.quick.lowering import Lowering


def circular(low: Lowering, cell: Node, root: Node) -> Item | None:
    """Return what a cell of a circle comes to, or None where nothing outside of the circle varies."""
    node = root.args[0]
    if id(node) not in low.loops:
        low.loops[id(node)] = _loop(low, node)
    table = low.loops[id(node)]
    if table is None:
        return None
    row, learned, roots = root.value[0], low.learned, node.value.roots
    # The row after those of the cells tells what has not settled.
    kind = FLAGS if row == len(roots) or loose_kind(roots[row]) == FLAGS else WORD
    if id(cell) in learned.boxed or (kind == FLAGS and id(cell) in learned.erring):
        return Boxed(low.values.make(member(row, WORD, strict=False), (table,)))
    if id(cell) not in learned.erring:
        return low.values.make(member(row, kind, strict=True), (table,), kind)
    raw = low.values.make(member(row, WORD, strict=False), (table,))
    return Erring(raw, low.values.make(checks.are_errors, (raw,), FLAGS))


def _loop(low: Lowering, node: Node) -> Value | None:
    outside: list[Outside] = []
    places: list[Value] = []
    for leaf in node.value.leaves:
        found = low.cell(leaf)
        if isinstance(found, Erring):
            low.boxing.add(id(leaf))
            found = found.value
        found = low.boxed(found) if isinstance(found, Choice) else found
        held = found.value if isinstance(found, Boxed) else found
        if isinstance(held, Value):
            outside.append(Outside(leaf, held.kind, isinstance(found, Boxed), None))
            places.append(held)
        else:
            outside.append(Outside(leaf, WORD, False, boxes.box(held, low.careful.texts)))  # noqa: FBT003
    if not places:
        return None
    loop = Quickly(node.value, outside, low.careful, low.without_cells)
    return low.values.make(loop, tuple(places), TABLE)
