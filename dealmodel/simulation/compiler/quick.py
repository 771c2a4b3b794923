"""The program for numbers alone: straight-line NumPy over reused registers.

It is right wherever no error, text or blank appears. Floating-point exceptions and checks of what our functions give
tell where one does; such a cell is then evaluated carefully, and so are those that use what it gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dealmodel.catalogue import CATALOGUE
from dealmodel.cells import OMITTED_TEXT, CellError
from dealmodel.contract import contract_of
from dealmodel.domain import Kind as Kinds
from dealmodel.simulation.compiler.graph import CONST, ELEMENT, GRID, OMITTED_NODE, Node

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

NUMBER, FLAG, GRID_OF, OTHER = "number", "flag", "grid", "other"
ARITHMETIC = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "^": "power", "POWER": "power"}
UNARY = {
    "neg": "negative",
    "ABS": "absolute",
    "SQRT": "sqrt",
    "EXP": "exp",
    "LN": "log",
    "LOG10": "log10",
    "INT": "floor",
    "SIGN": "sign",
}
COMPARE = {"=": "equal", "<>": "not_equal", "<": "less", ">": "greater", "<=": "less_equal", ">=": "greater_equal"}
FOLD = frozenset({"SUM", "MAX", "MIN", "PRODUCT"})
ERROR_TESTS = {"ISERROR", "ISERR", "ISNA"}
BRIDGED = frozenset(
    [
        "MATCH",
        "VLOOKUP",
        "HLOOKUP",
        "XLOOKUP",
        "NPV",
        "PMT",
        "PV",
        "FV",
        "MEDIAN",
        "AVERAGE",
        "COUNT",
        "SUMPRODUCT",
        "INDEX",
        "CHOOSE",
        "LOG",
        "MOD",
        "ROUND",
        "ROUNDUP",
        "ROUNDDOWN",
        "TRUNC",
        "SIN",
        "COS",
        "TAN",
        "ATAN",
        "TANH",
    ]
)


class FlaggedError(Exception):
    """A block in which something else than a number appeared."""


def finite(result: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a result all of whose elements are finite.

    Raises
    ------
    FlaggedError
        If one is not.
    """
    if not np.isfinite(np.add.reduce(result, axis=None)):
        raise FlaggedError
    return result


def select(
    holds: NDArray[np.bool_],
    then: NDArray[np.int64],
    otherwise: NDArray[np.int64],
    out: NDArray[np.int64],
    mask: NDArray[np.int64],
    spare: NDArray[np.int64],
) -> None:
    """Put `then` where a condition holds and `otherwise` elsewhere.

    Bit by bit: with a random condition, `np.where` mispredicts every other branch.
    """
    np.copyto(mask, holds)
    np.negative(mask, mask)
    np.bitwise_xor(then, otherwise, spare)
    np.bitwise_and(spare, mask, spare)
    np.bitwise_xor(spare, otherwise, out)


def kind_of(node: Node, kinds: Mapping[int, str]) -> str:  # noqa: C901, PLR0911, PLR0912  one line per kind of node
    """Return what a node holds as long as no error appears, from what its arguments hold."""
    op = node.op
    args = [kinds[id(a)] for a in node.args]
    if op == CONST:
        if isinstance(node.value, bool):
            return FLAG
        return NUMBER if isinstance(node.value, float) else OTHER
    if op == GRID:
        return GRID_OF
    if op == OMITTED_NODE:
        return OTHER
    if op.startswith("DM_"):
        return _kind_of_ours(node) if all(_given(a, kinds) for a in node.args) else OTHER
    if op == ELEMENT:
        return NUMBER if args[0] == GRID_OF else OTHER
    if op in ARITHMETIC or op in UNARY or op == "%":
        return NUMBER if all(_is_value(a, k) for a, k in zip(node.args, args, strict=True)) else OTHER
    if op in COMPARE:
        plain = set(args) <= {NUMBER} or set(args) <= {FLAG}
        return FLAG if plain or _beside_blank(node, args) else OTHER
    if op == "pos":
        return args[0]
    if op == "IF":
        if args[0] not in (NUMBER, FLAG) or len(args) < 3:  # noqa: PLR2004
            return OTHER
        return args[1] if args[1] == args[2] and args[1] in (NUMBER, FLAG) else OTHER
    if guards_division(node):
        return NUMBER if args == [NUMBER, NUMBER] and {kinds[id(a)] for a in node.args[0].args} == {NUMBER} else OTHER
    if op in ("IFERROR", "IFNA"):
        return args[0] if args[0] in (NUMBER, FLAG) else OTHER
    if op in ERROR_TESTS:
        return FLAG if args[0] in (NUMBER, FLAG) else OTHER
    if op in ("AND", "OR"):
        return FLAG if all(_all_values(a, kinds) for a in node.args) else OTHER
    if op == "NOT":
        return FLAG if args[0] in (NUMBER, FLAG) else OTHER
    if op in FOLD:
        return NUMBER if all(_countable(a, kinds) for a in node.args) else OTHER
    if op in BRIDGED:
        return NUMBER if all(_bridged(a, kinds) for a in node.args) else OTHER
    return OTHER


def _given(node: Node, kinds: Mapping[int, str]) -> bool:
    """Whether an argument of a function of ours is made of numbers, or left out."""
    if node.op == OMITTED_NODE or (node.op == CONST and node.value == OMITTED_TEXT):
        return True
    return all(_is_value(c, kinds[id(c)]) for c in _cells(node))


def _kind_of_ours(node: Node) -> str:
    entry = CATALOGUE.get(node.op)
    if entry is None or entry.takes_cells:
        return OTHER
    contract = contract_of(entry.function)
    if contract.result_axes:
        return GRID_OF
    return FLAG if contract.result.domain.kind is Kinds.FLAG else NUMBER


def _is_value(node: Node, kind: str) -> bool:
    return kind in (NUMBER, FLAG) or (node.op == CONST and node.value is None)


def _beside_blank(node: Node, args: Sequence[str]) -> bool:
    return all(_is_value(a, k) and k != FLAG for a, k in zip(node.args, args, strict=True))


def _cells(node: Node) -> Sequence[Node]:
    return node.args if node.op == GRID else (node,)


def _all_values(node: Node, kinds: Mapping[int, str]) -> bool:
    return all(kinds[id(c)] in (NUMBER, FLAG) for c in _cells(node))


def _countable(node: Node, kinds: Mapping[int, str]) -> bool:
    """Whether it is known before which cells of an argument count."""
    if node.op == GRID:
        return all(kinds[id(c)] in (NUMBER, FLAG) or (c.op == CONST and not _is_error(c)) for c in node.args)
    return kinds[id(node)] in (NUMBER, FLAG)


def _bridged(node: Node, kinds: Mapping[int, str]) -> bool:
    """Whether the careful evaluator can be given an argument from the registers."""
    return all(c.op in (CONST, OMITTED_NODE) or kinds[id(c)] in (NUMBER, FLAG) for c in _cells(node))


def _is_error(node: Node) -> bool:
    return isinstance(node.value, CellError)


def loose_kind(root: Node) -> str:
    """Return what a cell holds in most trials, whatever else it may hold."""
    op = root.op
    if op in COMPARE or op in ERROR_TESTS or op in ("AND", "OR", "NOT", "ISNUMBER", "ISTEXT", "ISBLANK", "ISLOGICAL"):
        return FLAG
    if op == CONST:
        return FLAG if isinstance(root.value, bool) else NUMBER if isinstance(root.value, float) else OTHER
    if op in ("IF", "IFERROR", "IFNA"):
        branches = root.args[1:] if op == "IF" else root.args
        found = {loose_kind(b) for b in branches} - {OTHER}
        return found.pop() if len(found) == 1 else OTHER
    if op.startswith("DM_"):
        kind = _kind_of_ours(root)
        return kind if kind == FLAG else NUMBER
    return NUMBER


def guards_division(node: Node) -> bool:
    """Whether a node is IFERROR around a quotient: what is divided by 0 is then an ordinary value."""
    return node.op == "IFERROR" and node.args[0].op == "/" and node.args[1].op != OMITTED_NODE


def needed(node: Node) -> tuple[Node, ...]:
    """Return the arguments that the quick program evaluates: without errors, the others are not used."""
    if guards_division(node):
        return (*node.args[0].args, node.args[1])
    return node.args[:1] if node.op in ("IFERROR", "IFNA") else node.args
