"""Syntax trees: their nodes in reading order, and their text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dealmodel.simulation.compiler.binding.shapes import SLOT, Target
from dealmodel.workbook.address import Area, CellAt
from dealmodel.workbook.spelling.meanings import cells_text
from dealmodel.workbook.spelling.pieces import literal
from dealmodel.workbook.spelling.syntax import parts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def tree_nodes(tree: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every node of a syntax tree, in reading order."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if not node:
            continue
        yield node
        stack.extend(reversed(parts_of(node)))


def text_of(tree: Mapping[str, Any], slots: Sequence[CellAt | Target]) -> str:  # noqa: PLR0911  one for each kind of node
    """Return a syntax tree as a formula, every operation in brackets."""
    kind = tree["node_type"]
    if kind == "Literal":
        return literal(tree["value"])
    if kind == SLOT:
        return _spelled(slots[tree["slot"]])
    if kind == "Reference":
        return str(tree["reference"])
    if kind == "Function":
        return f"{tree['name']}({','.join(text_of(n, slots) for n in tree['args'])})"
    if kind == "BinaryOp":
        return f"({text_of(tree['left'], slots)}{tree['operator']}{text_of(tree['right'], slots)})"
    if kind == "UnaryOp":
        operand = text_of(tree["operand"], slots)
        return f"({operand}%)" if tree["operator"] == "%" else f"({tree['operator']}{operand})"
    if kind == "Array":
        return "{" + ";".join(",".join(text_of(n, slots) for n in row) for row in tree["rows"]) + "}"
    return ""


def _spelled(slot: CellAt | Target) -> str:
    area = Area(*slot[1:], *slot[1:]) if isinstance(slot, CellAt) else slot.area
    return cells_text(slot.sheet, area)
