"""The syntax tree of a formula, as the engine's parser gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import formualizer

from dealmodel.cells import CellError
from dealmodel.workbook.formulas import tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    Node = Mapping[str, Any]
    """A node of the engine's syntax tree."""

ERROR_TEXTS = frozenset(error.value for error in CellError)


def parse(formula: str) -> Node | None:
    """Return the syntax tree of a formula, or None where the engine cannot read it."""
    # The tree does not tell the text "#N/A" from the error; two pieces of text are no error.
    pieces = (
        f'("#"&"{text[2:]})' if kind == "string" and text[1:-1] in ERROR_TEXTS else text
        for kind, text in tokens(formula)
    )
    try:
        tree: Node = formualizer.parse("=" + "".join(pieces)).to_dict()
    except (formualizer.ParserError, formualizer.TokenizerError, ValueError):
        return None
    return tree


def parts_of(node: Node) -> list[Node]:
    """Return the operands or the arguments of a node, and the function that a call calls."""
    sides = ("left", "right", "operand", "callee")
    return [*node.get("args", ()), *(node[side] for side in sides if side in node)]
