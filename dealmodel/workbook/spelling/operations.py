"""Operators spelled as Excel has them to the last digit.

The engine compares numbers with all their binary digits, and ours by fifteen decimal ones. Ours are given every cell of
a range one by one, which takes long; so a formula asks first whether any number is so near to the one it is compared
with that the digits tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.workbook.address import same_shape
from dealmodel.workbook.spelling.pieces import LEVELS, Piece, area_of, is_tall, joined, number_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dealmodel.workbook.spelling.syntax import Node

ASCII = "DEALMODEL_ASCII"
"""Function of the engine's only: whether a value is a text of which the engine knows capitals and small letters."""
PRODUCTS = "DEALMODEL_SUMPRODUCT"
"""Function of the engine's only: SUMPRODUCT, to which what is no number is nothing."""
_ARITHMETIC = ("+", "-", "*", "/", "^")
_SAME = ("=", "<>")
_COMPARED: Mapping[str, str] = {
    "=": "DEALMODEL_EQUAL",
    "<>": "DEALMODEL_UNEQUAL",
    "<": "DEALMODEL_LESS",
    "<=": "DEALMODEL_AT_MOST",
    ">": "DEALMODEL_GREATER",
    ">=": "DEALMODEL_AT_LEAST",
}
_AT_END: Mapping[str, str] = {"+": "DEALMODEL_SUM_AT_END", "-": "DEALMODEL_DIFFERENCE"}


def careful_operation(node: Node, first: Piece, second: Piece, *, is_last: bool) -> Piece:
    """Return an operation as Excel has it in every case.

    Parameters
    ----------
    node
        The operation.
    first, second
        Its operands.
    is_last
        Whether it is the last operation of the formula.
    """
    operator, many = node["operator"], first.many or second.many
    as_it_is = by_engine(operator, first, second)
    if operator in _SAME and any(_is_plain_text(node[side]) for side in ("left", "right")):
        return as_it_is
    if operator in _COMPARED:
        ours = f"{_COMPARED[operator]}({first.text},{second.text})"
        sure = _tells(operator, (first, node["left"]), (second, node["right"]))
        return Piece(f"IF({sure},{as_it_is.text},{ours})" if sure else ours, many)
    if operator == "^":
        return Piece(f"DEALMODEL_POWER({first.text},{second.text})", many)
    if is_last and operator in _AT_END:
        return Piece(f"{_AT_END[operator]}({first.text},{second.text})", many)
    return by_engine(operator, number_of(first, node["left"]), number_of(second, node["right"]))


def careful_products(call: str, nodes: Sequence[Node], pieces: Sequence[Piece]) -> str:
    """Return a sum of products as Excel has it in every case.

    Parameters
    ----------
    call
        The sum as the engine has it, which is right where all that it is given are numbers, and of one size.
    nodes, pieces
        Its arguments.
    """
    if len(nodes) == 1 and nodes[0].get("operator") in _ARITHMETIC:
        return call
    ours = f"{PRODUCTS}({joined(pieces)})"
    areas = [area_of(piece) for piece in pieces]
    if not all(same_shape(area, areas[0]) for area in areas):
        return ours
    are_numbers = "*".join(f"(COUNTA({piece.text})=COUNT({piece.text}))" for piece in pieces)
    return f"IF({are_numbers},{call},{ours})"


def by_engine(operator: str, first: Piece, second: Piece) -> Piece:
    """Return an operation as the engine has it."""
    level = LEVELS[operator]
    text = f"{first.within(level)}{operator}{second.within(level + 1)}"
    return Piece(text, first.many or second.many, level)


def _is_plain_text(node: Node) -> bool:
    """Whether an operand is a text that no number is the same as, and no blank."""
    text = node.get("value")
    return isinstance(text, str) and text.isascii() and text != ""


def _tells(operator: str, first: tuple[Piece, Node], second: tuple[Piece, Node]) -> str | None:
    """Return the question whether the engine compares the cells of a range with one value as Excel does."""
    (cells, _), (piece, node) = (first, second) if first[0].many else (second, first)
    area = area_of(cells)
    if area is None or piece.many or not is_tall(cells.text, area):
        return None
    value = piece.text
    margin = f"(1+ABS({value}))/1000000000"
    near = f'COUNTIFS({cells.text},">"&({value}-{margin}),{cells.text},"<"&({value}+{margin}))'
    is_far = f"{near}=COUNTIF({cells.text},{value})"
    if isinstance(node.get("value"), float):
        return is_far
    if node["node_type"] != "Reference":
        return None
    return f"IF(ISNUMBER({value}),{is_far},{f'{ASCII}({value})' if operator in _SAME else 'FALSE'})"
