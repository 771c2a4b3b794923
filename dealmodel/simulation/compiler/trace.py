"""Our functions as nodes: the body of a function, called once with stand-ins for arrays, tells what it computes.

So its formula becomes part of the program, over the same registers, and what cells have in common is computed once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from dealmodel.catalogue import CATALOGUE
from dealmodel.cells import OMITTED_TEXT
from dealmodel.contract import contract_of
from dealmodel.domain import Kind
from dealmodel.simulation.compiler.boxes import ALL_DIGITS, COMPARISONS
from dealmodel.simulation.compiler.graph import CONST, GRID, OMITTED_NODE, Graph, Node

if TYPE_CHECKING:
    from collections.abc import Callable

    from dealmodel.contract import Contract
    from dealmodel.domain import Domain

_UFUNCS: dict[Any, str] = {
    np.add: "+",
    np.subtract: "-",
    np.multiply: "*",
    np.divide: "/",
    np.power: "^",
    np.negative: "neg",
    np.absolute: "ABS",
    np.sqrt: "SQRT",
    np.exp: "EXP",
    np.log: "LN",
    np.floor: "INT",
    np.maximum: "MAX",
    np.minimum: "MIN",
    **{compare: operator + ALL_DIGITS for operator, compare in COMPARISONS.items()},
    np.logical_and: "AND",
    np.bitwise_and: "AND",
    np.logical_or: "OR",
    np.bitwise_or: "OR",
    np.logical_not: "NOT",
    np.invert: "NOT",
}


class _NotTracedError(Exception):
    """A body that does more than arithmetic; never leaves this module."""


class Traced(NamedTuple):
    """What a call of ours computes.

    Attributes
    ----------
    root
        Its value.
    checks
        Arguments with the domains in which they must be.
    conditions
        Flags that must hold.
    """

    root: Node
    checks: tuple[tuple[Node, Domain], ...]
    conditions: tuple[Node, ...]


class _StandIn(np.lib.mixins.NDArrayOperatorsMixin):
    """Stands for an array and notes what is done to it."""

    def __init__(self, graph: Graph, node: Node) -> None:
        self.graph = graph
        self.node = node

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> _StandIn:  # noqa: ANN401
        """Note an operation."""
        if method != "__call__" or options or ufunc not in _UFUNCS:
            raise _NotTracedError
        return _StandIn(self.graph, self.graph.node(_UFUNCS[ufunc], [_node(self.graph, i) for i in inputs]))

    def __array_function__(
        self,
        function: Callable[..., Any],
        _types: object,
        args: tuple[Any, ...],
        options: dict[str, Any],
    ) -> _StandIn:
        """Note a choice; nothing else is known."""
        if function is not np.where or options or len(args) != 3:  # noqa: PLR2004
            raise _NotTracedError
        return _StandIn(self.graph, self.graph.node("IF", [_node(self.graph, a) for a in args]))

    def __bool__(self) -> bool:
        """Refuse to be one value."""
        raise _NotTracedError


def _node(graph: Graph, value: Any) -> Node:  # noqa: ANN401  a stand-in or a number
    if isinstance(value, _StandIn):
        return value.node
    if isinstance(value, (bool, np.bool_)):
        return graph.const(bool(value))
    if np.ndim(value) == 0 and np.isfinite(value):
        return graph.const(float(value))
    raise _NotTracedError


def trace(graph: Graph, call: Node) -> Traced | None:
    """Return what a call of ours computes, or None where only its own code can tell."""
    entry = CATALOGUE.get(call.op)
    if entry is None or entry.takes_cells:
        return None
    contract = contract_of(entry.function)
    if contract.is_arraywise or any(p.is_text for p in contract.parameters):
        return None
    try:
        return _traced(graph, contract, call)
    except (_NotTracedError, TypeError):
        # NumPy and Python raise TypeError where an operation does not know a stand-in.
        return None


def _traced(graph: Graph, contract: Contract, call: Node) -> Traced:
    values: dict[str, Any] = {}
    checks: list[tuple[Node, Domain]] = []
    for i, parameter in enumerate(contract.parameters):
        arg = call.args[i] if i < len(call.args) else None
        if arg is None or arg.op == OMITTED_NODE or (arg.op == CONST and arg.value == OMITTED_TEXT):
            if not parameter.optional:
                raise _NotTracedError
            values[parameter.name] = np.float64(cast("float", parameter.default))
            continue
        node = arg.args[0] if arg.op == GRID and len(arg.args) == 1 else arg
        if node.op == CONST:
            number = 0.0 if node.value is None else node.value
            if not isinstance(number, (bool, float)) or not parameter.domain.holds(number):
                raise _NotTracedError
            values[parameter.name] = np.float64(number)
        else:
            checks.append((node, parameter.domain))
            values[parameter.name] = _StandIn(graph, node)
    with np.errstate(all="ignore"):
        root = contract.body(*values.values())
        values["result"] = root
        tests = [
            r.test(*(values[name] for name in r.arguments))
            for r in (*contract.requirements, *contract.result_requirements)
        ]
    node = _node(graph, root)
    is_flag = node.op.removesuffix(ALL_DIGITS) in (*COMPARISONS, "AND", "OR", "NOT")
    if contract.result.domain.kind is Kind.FLAG and not is_flag:
        raise _NotTracedError
    conditions = [_node(graph, test) for test in tests]
    if any(c.op == CONST and not c.value for c in conditions):
        raise _NotTracedError
    return Traced(node, tuple(checks), tuple(c for c in conditions if c.op != CONST))
