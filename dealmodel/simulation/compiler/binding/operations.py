"""What is known of operations before a formula that holds them is bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.simulation.compiler.careful.functions.single_values import ELEMENTWISE
from dealmodel.simulation.compiler.careful.functions.tables import TABLES
from dealmodel.simulation.compiler.graph import EACH, GRID
from dealmodel.simulation.sampling.draws import DISTRIBUTIONS, OUTPUT

if TYPE_CHECKING:
    from dealmodel.simulation.compiler.graph import Node

DYNAMIC = frozenset({"OFFSET", "INDIRECT"})
"""Functions that tell only when they are computed to which cells they refer."""
_PLAIN = frozenset(
    [*ELEMENTWISE, "SUM", "PRODUCT", "MIN", "MAX", "AVERAGE", "AND", "OR", "SUMPRODUCT", "NPV", "-", "+"]
)
"""Operations that compile whatever they are given."""


def compiles(operation: str) -> bool:
    """Whether an operation compiles whatever it is given."""
    ours = operation.startswith("DM_") and operation not in DISTRIBUTIONS and operation != OUTPUT
    return operation in _PLAIN or ours


def gives_many(node: Node) -> bool:
    """Whether a node may give a range."""
    if node.op.startswith("DM_"):
        from dealmodel.catalogue import CATALOGUE  # noqa: PLC0415

        entry = CATALOGUE.get(node.op)
        return entry is not None and not entry.takes_cells and bool(entry.contract.result.core)
    if node.op == GRID or node.op in TABLES:
        return True
    if node.op == EACH:
        return any(gives_many(a) for a, letter in zip(node.args, node.value[1], strict=True) if letter == "V")
    return node.op in ELEMENTWISE and any(gives_many(a) for a in node.args)
