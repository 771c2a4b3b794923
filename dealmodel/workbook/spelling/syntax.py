"""The syntax tree of a formula, as the engine's parser gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import formualizer

from dealmodel.cells import CellError
from dealmodel.workbook.formulas import tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Node = Mapping[str, Any]
    """A node of the engine's syntax tree."""

_OF_REFERENCES = ("quoted", "columns", "rows", "word")
"""Kinds of tokens that references are made of, with ! and : between them."""
_SIDES = ("left", "right", "operand", "callee")
"""Where the operands of an operator stand in its node, and the function that a call calls."""
ERROR_TEXTS = frozenset(error.value for error in CellError)


def parse(formula: str) -> Node | None:
    """Return the syntax tree of a formula, or None where the engine cannot read it."""
    text = _without_texts_of_errors(formula) if '"#' in formula else formula
    tree = _tree(text)
    return _tree(_set_apart(text)) if tree is None and " " in text else tree


def _without_texts_of_errors(formula: str) -> str:
    """Return a formula with the text "#N/A" in two pieces, for the tree does not tell it from the error.

    Examples
    --------
    >>> _without_texts_of_errors('IF(A1="#N/A",#N/A,1)')
    'IF(A1=("#"&"N/A"),#N/A,1)'
    """
    pieces = (
        f'("#"&"{text[2:]})' if kind == "string" and text[1:-1] in ERROR_TEXTS else text
        for kind, text in tokens(formula)
    )
    return "".join(pieces)


def _tree(text: str) -> Node | None:
    try:
        tree: Node = formualizer.parse(f"={text}").to_dict()
    except (formualizer.ParserError, formualizer.TokenizerError, ValueError):
        return None
    return tree


def _set_apart(formula: str) -> str:
    """Put brackets around references that cross, without which the engine reads no names and no whole lines there.

    Examples
    --------
    >>> _set_apart("SUM(Sales Data!3:3)*2")
    'SUM((Sales) (Data!3:3))*2'
    """
    runs: list[list[str]] = []
    for kind, text in tokens(formula):
        is_operand = kind in _OF_REFERENCES or text in ("!", ":")
        if is_operand and runs and runs[-1][0] == "reference":
            runs[-1][1] += text
        else:
            runs.append(["reference" if is_operand else kind, text])
    crossing = set()
    for i in range(len(runs) - 2):
        if [kind for kind, _ in runs[i : i + 3]] == ["reference", "space", "reference"]:
            crossing |= {i, i + 2}
    return "".join(f"({text})" if i in crossing else text for i, (_, text) in enumerate(runs))


def parts_of(node: Node) -> list[Node]:
    """Return the operands or the arguments of a node, and the function that a call calls."""
    return [*node.get("args", ()), *(node[side] for side in _SIDES if side in node)]


def with_parts(node: Node, change: Callable[[Node], Node]) -> Node:
    """Return a node with each of its parts changed."""
    new = {**node, **{side: change(node[side]) for side in _SIDES if side in node}}
    if "args" in node:
        new["args"] = [change(part) for part in node["args"]]
    return new
