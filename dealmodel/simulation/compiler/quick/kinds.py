"""What cells hold in most trials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.simulation.compiler.boxes import ALL_DIGITS, COMPARISONS
from dealmodel.simulation.compiler.graph import CONST, ELEMENT
from dealmodel.simulation.compiler.quick.values import FLAGS, WORD

if TYPE_CHECKING:
    from dealmodel.simulation.compiler.graph import Node

_FLAG_OPS = frozenset(
    [
        *COMPARISONS,
        *(operator + ALL_DIGITS for operator in COMPARISONS),
        *("AND", "OR", "XOR", "NOT", "DM_RECONCILES"),
        *("ISERROR", "ISERR", "ISNA", "ISNUMBER", "ISTEXT", "ISNONTEXT", "ISBLANK", "ISLOGICAL"),
    ]
)


def loose_kind(root: Node) -> str:
    """Return what a cell holds in most trials, whatever else it may hold."""
    op = root.op
    if op in _FLAG_OPS:
        return FLAGS
    if op == CONST:
        return FLAGS if isinstance(root.value, bool) else WORD if isinstance(root.value, float) else "other"
    if op in ("IF", "IFERROR", "IFNA"):
        branches = root.args[1:] if op == "IF" else root.args
        found = {loose_kind(b) for b in branches} - {"other"}
        return found.pop() if len(found) == 1 else "other"
    if op in (ELEMENT, "&"):
        return WORD if op == ELEMENT else "other"
    return WORD
