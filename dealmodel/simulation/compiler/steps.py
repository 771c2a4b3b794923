"""The quick program as a list of steps: calls of NumPy on registers that are used again as soon as they are free."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dealmodel.catalogue import CATALOGUE
from dealmodel.cells import OMITTED, OMITTED_TEXT
from dealmodel.contract import contract_of
from dealmodel.distributions import DISTRIBUTIONS
from dealmodel.simulation.compiler import boxes
from dealmodel.simulation.compiler.graph import CELL, CONST, DRAW, ELEMENT, GRID, OMITTED_NODE, Node, walk
from dealmodel.simulation.compiler.quick import (
    ARITHMETIC,
    BRIDGED,
    COMPARE,
    ERROR_TESTS,
    FLAG,
    FOLD,
    NUMBER,
    OTHER,
    UNARY,
    FlaggedError,
    finite,
    guards_division,
    kind_of,
    loose_kind,
    needed,
    select,
)
from dealmodel.simulation.compiler.trace import trace
from dealmodel.simulation.quantile_table import quantiles
from dealmodel.simulation.variates import sampler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from dealmodel.domain import Domain
    from dealmodel.simulation.compiler.careful import Careful
    from dealmodel.simulation.compiler.graph import Graph
    from dealmodel.simulation.compiler.trace import Traced
    from dealmodel.simulation.variates import Quantiles
    from dealmodel.workbook.address import CellAt


class Step(NamedTuple):
    """One call, with the cell it works for."""

    call: Callable[..., Any]
    args: tuple[Any, ...]
    cell: Node | None


class Slow(NamedTuple):
    """Which cells are not left to the quick program.

    Attributes
    ----------
    careful
        Cells in whose formulas an error appears.
    boxed
        Cells that give something else than numbers.
    """

    careful: frozenset[int]
    boxed: frozenset[int]


class Steps:
    """The quick program for blocks of a fixed number of trials.

    Parameters
    ----------
    roots
        What each cell is computed from.
    outputs
        The nodes wanted.
    evaluator
        Evaluates the cells that are not left to the quick program.
    slow
        Which those are.
    trials
        Trials of a block.
    draws
        Function and arguments of every draw.
    graph
        Makes the nodes.
    """

    def __init__(
        self,
        roots: Mapping[CellAt, Node],
        outputs: Sequence[Node],
        evaluator: Careful,
        slow: Slow,
        trials: int,
        draws: Mapping[int, tuple[str, tuple[Node, ...]]],
        graph: Graph,
    ) -> None:
        self._graph = graph
        self._traces: dict[int, Traced | None] = {}
        self._checked: set[tuple[int, Domain]] = set()
        self._roots = roots
        self._draws = draws
        self._draw_arguments = {i: args for i, (_, args) in draws.items()}
        self.uniforms: dict[int, NDArray[np.float64]] = {}
        """The registers that are filled with numbers between 0 and 1 before a block, by the draws."""
        self.sampled: dict[int, tuple[Quantiles, NDArray[np.float64]]] = {}
        """What samples the draws whose arguments are the same in all trials, and the registers of their values."""
        self._evaluator = evaluator
        self._slow = slow
        self.trials = trials
        self.steps: list[Step] = []
        self.calls: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []
        self.registers = 0
        """How many arrays of numbers the steps use, those of the inputs included."""
        self.inputs: dict[int, NDArray[np.float64]] = {}
        """The registers that are filled before a block, by the ids of draws and of cells from outside."""
        self._kinds: dict[int, str] = {}
        self._aliases: dict[int, Node] = {}
        self._careful_cells: set[int] = set()
        self._at: dict[int, Any] = {}
        """Where each node's values are: an array, or a number where it is constant."""
        self._free: dict[str, list[NDArray[Any]]] = {NUMBER: [], FLAG: []}
        self._mask, self._spare = np.empty((2, trials), dtype=np.int64)
        self._zero, self._divisor = np.empty(trials, dtype=np.bool_), np.empty(trials)
        self._cell: Node | None = None
        self._build(outputs)
        self.results = [self._at[id(self._resolve(n))] for n in outputs]

    def is_careful(self, node: Node) -> bool:
        """Whether a cell is left to the careful evaluator."""
        return id(node) in self._careful_cells

    # -- order -----------------------------------------------------------------------------------------------------

    def _build(self, outputs: Sequence[Node]) -> None:
        order = self._order(outputs)
        self._uses: dict[int, int] = {}
        for node, _ in order:
            for arg in self._arguments(node):
                used = self._resolve(arg)
                self._uses[id(used)] = self._uses.get(id(used), 0) + 1
        for node in outputs:
            used = self._resolve(node)
            self._uses[id(used)] = self._uses.get(id(used), 0) + 1
        for node, cell in order:
            self._cell = cell
            first = self._writes_last(node)
            if first:
                self._release_all(node)
            if self._resolve(node) is node:
                self._emit(node)
            elif self._traces.get(id(node)) is not None:
                self._emit_checks(node)
            if not first:
                self._release_all(node)
        self.calls = [(step.call, step.args) for step in self.steps]

    def _writes_last(self, node: Node) -> bool:
        """Whether a node's register may be one of its arguments': it is written when all of them have been read."""
        if self._resolve(node) is not node:
            return False
        if node.op in FOLD:
            return len(_flat(node.args)) <= 2  # noqa: PLR2004  more are added one after the other
        return node.op in ARITHMETIC or node.op in UNARY or node.op in ("IF", "%", "NOT") or guards_division(node)

    def _release_all(self, node: Node) -> None:
        for arg in self._arguments(node):
            self._release(self._resolve(arg))

    def _order(self, outputs: Sequence[Node]) -> list[tuple[Node, Node | None]]:
        """Return all nodes to evaluate, arguments first, each with the cell it was first needed for."""
        order: list[tuple[Node, Node | None]] = []
        seen: set[int] = set()
        for node in self._topological(outputs):
            if id(node) not in seen:
                seen.add(id(node))
                order.append((node, self._owner[id(node)]))
        return order

    def _topological(self, outputs: Sequence[Node]) -> list[Node]:
        # First all nodes in order with what they hold, then from the outputs back only those that are needed.
        self._owner: dict[int, Node | None] = {}
        everything = self._visit(outputs, self._all_arguments)
        for node in everything:
            self._classify(node)
        return self._visit(outputs, self._arguments)

    def _visit(self, outputs: Sequence[Node], arguments: Callable[[Node], Iterable[Node]]) -> list[Node]:
        order: list[Node] = []
        seen: set[int] = set()
        stack: list[tuple[Node, bool, Node | None]] = [(n, False, None) for n in reversed(outputs)]
        while stack:
            node, done, owner = stack.pop()
            if done:
                order.append(node)
            elif id(node) not in seen:
                seen.add(id(node))
                if node.op == CELL:
                    owner = node
                self._owner[id(node)] = owner
                stack.append((node, True, owner))
                stack.extend((a, False, owner) for a in arguments(node) if id(a) not in seen)
        return order

    def _all_arguments(self, node: Node) -> Sequence[Node]:
        root = self._roots.get(node.value) if node.op == CELL else None
        if node.op == DRAW:
            return self._draw_arguments[node.value]
        if node.op.startswith("DM_"):
            traced = self._trace(node)
            return node.args if traced is None else (*node.args, *traced.conditions, traced.root)
        return node.args if root is None else (root,)

    def _trace(self, node: Node) -> Traced | None:
        """Return what a call of ours computes, where it is known."""
        if id(node) not in self._traces:
            self._traces[id(node)] = trace(self._graph, node)
        return self._traces[id(node)]

    def _arguments(self, node: Node) -> Sequence[Node]:
        """Return what is evaluated before a node."""
        if node.op == DRAW:
            return _flat(self._draw_arguments[node.value])
        traced = self._traces.get(id(node))
        if traced is not None and id(node) in self._aliases:
            return (*(n for n, _ in traced.checks), *traced.conditions, traced.root)
        if node.op != CELL:
            return _flat(needed(node))
        root = self._roots.get(node.value)
        if root is None:
            return ()
        return self._leaves(root) if id(node) in self._careful_cells else (root,)

    @staticmethod
    def _leaves(root: Node) -> list[Node]:
        return [n for n in walk([root]) if n.op in (CELL, DRAW)]

    def _resolve(self, node: Node) -> Node:
        """Return the node that holds a node's values."""
        while id(node) in self._aliases:
            node = self._aliases[id(node)]
        return node

    def _classify(self, node: Node) -> None:
        if node.op == DRAW:
            self._kinds[id(node)] = OTHER if id(node) in self._slow.boxed else NUMBER
            return
        if node.op != CELL:
            kind = self._kinds[id(node)] = kind_of(node, self._kinds)
            traced = self._traces.get(id(node))
            if (node.op in ("IFERROR", "IFNA", "pos") and not guards_division(node)) and kind in (NUMBER, FLAG):
                self._aliases[id(node)] = node.args[0]
            elif traced is not None and kind in (NUMBER, FLAG) and self._kinds[id(traced.root)] == kind:
                self._aliases[id(node)] = traced.root
            return
        root = self._roots.get(node.value)
        boxed = id(node) in self._slow.boxed
        if root is None:
            self._kinds[id(node)] = OTHER if boxed else NUMBER
            return
        kind = self._kinds[id(root)]
        if id(node) in self._slow.careful or boxed or kind not in (NUMBER, FLAG):
            self._careful_cells.add(id(node))
            self._kinds[id(node)] = OTHER if boxed else loose_kind(root)
        else:
            self._kinds[id(node)] = kind
            self._aliases[id(node)] = root

    # -- registers -------------------------------------------------------------------------------------------------

    def _register(self, kind: str) -> NDArray[Any]:
        free = self._free[kind]
        if free:
            return free.pop()
        self.registers += kind == NUMBER
        return np.empty(self.trials, dtype=np.float64 if kind == NUMBER else np.bool_)

    def _release(self, node: Node) -> None:
        self._uses[id(node)] -= 1
        place = self._at.get(id(node))
        if self._uses[id(node)] == 0 and isinstance(place, np.ndarray) and id(node) not in self.inputs:
            kind = self._kinds[id(node)]
            if kind in self._free and node.op not in (GRID, CONST) and id(node) not in self._careful_cells:
                self._free[kind].append(place)

    def _do(self, call: Callable[..., Any], *args: object) -> None:
        self.steps.append(Step(call, args, self._cell))

    # -- nodes -----------------------------------------------------------------------------------------------------

    def _emit(self, node: Node) -> None:  # noqa: C901, PLR0912  one for each kind of node
        op = node.op
        if op in (DRAW, CELL):
            self._emit_leaf(node)
        elif op == CONST:
            value = node.value
            self._at[id(node)] = 0.0 if value is None else value
        elif op in (GRID, OMITTED_NODE):
            pass
        elif op in COMPARE:
            self._call(node, getattr(np, COMPARE[op]))
        elif op in ARITHMETIC:
            self._arithmetic(node)
        elif op in UNARY:
            self._call(node, getattr(np, UNARY[op]))
        elif op == "%":
            out = self._out(node)
            self._do(np.divide, self._place(node.args[0]), 100.0, out)
        elif op == "IF":
            self._if(node)
        elif op in FOLD:
            self._fold(node)
        elif op in ("AND", "OR"):
            self._logical(node)
        elif op == "NOT":
            self._call(node, np.logical_not)
        elif op in ERROR_TESTS:
            out = self._out(node)
            self._do(out.fill, False)  # noqa: FBT003
        elif op.startswith("DM_"):
            self._ours(node)
        elif op == ELEMENT:
            self._element(node)
        elif op in BRIDGED:
            self._bridge(node)
        elif guards_division(node):
            self._guarded_division(node)

    def _emit_checks(self, node: Node) -> None:
        """Check that the arguments of a call of ours are inside their domains, each once."""
        traced = self._traces[id(node)]
        for arg, domain in traced.checks if traced else ():
            place = self._place(arg)
            bounded = domain.whole or math.isfinite(domain.low) or math.isfinite(domain.high)
            key = (id(self._resolve(arg)), domain)
            if bounded and key not in self._checked:
                self._checked.add(key)
                self._do(_check_domain, domain, place)
        for condition in traced.conditions if traced else ():
            self._do(_check_condition, self._place(condition))

    def _guarded_division(self, node: Node) -> None:
        """Divide where the divisor is not 0, and put the other value where it is."""
        division, otherwise = node.args
        dividend, divisor, other = (self._place(n) for n in (*division.args, otherwise))
        out = self._out(node)
        self._do(np.equal, divisor, 0.0, self._zero)
        self._do(np.add, divisor, self._zero, self._divisor)
        self._do(np.divide, dividend, self._divisor, self._divisor)
        if isinstance(other, float) and other == 0.0:
            self._do(np.logical_not, self._zero, self._zero)
            self._do(np.multiply, self._divisor, self._zero, out)
        else:
            bits = other.view(np.int64) if isinstance(other, np.ndarray) else np.float64(other).view(np.int64)
            places = (self._divisor.view(np.int64), out.view(np.int64))
            self._do(select, self._zero, bits, *places, self._mask, self._spare)

    def _place(self, node: Node) -> Any:  # noqa: ANN401  an array or a number
        return self._at[id(self._resolve(node))]

    def _kind(self, node: Node) -> str:
        return self._kinds[id(self._resolve(node))]

    def _out(self, node: Node) -> NDArray[Any]:
        place = self._at[id(node)] = self._register(self._kinds[id(node)])
        return place

    def _emit_leaf(self, node: Node) -> None:
        if id(node) in self._careful_cells:
            self._emit_careful(node)
            return
        register = np.empty(self.trials)
        self.inputs[id(node)] = register
        self.registers += 1
        self._at[id(node)] = register
        if node.op == DRAW:
            self._emit_draw(node, register)

    def _emit_draw(self, node: Node, out: NDArray[np.float64]) -> None:
        index: int = node.value
        function, arguments = self._draws[index]
        self._cell = node
        family = DISTRIBUTIONS[function]
        boxed = self._kinds[id(node)] == OTHER
        places: list[Any] = []
        for parameter, arg in zip(family.contract.parameters, arguments, strict=False):
            if arg.op == OMITTED_NODE or (arg.op == CONST and arg.value == OMITTED_TEXT):
                places.append(OMITTED)
            elif parameter.core:
                places.append([self._place(c) for c in _flat([arg])])
            else:
                places.append(self._place(_flat([arg])[0]))
        fixed = None if any(a.varies for a in arguments) else sampler(family(*_stacked(places)))
        if fixed is not None and not boxed:
            self.sampled[index] = fixed, out
            return
        uniforms = self.uniforms[index] = np.empty(self.trials)

        def sample() -> None:
            variates = quantiles(family(*_stacked(places)), uniforms) if fixed is None else fixed(uniforms)
            np.copyto(out, variates if boxed else finite(np.asarray(variates)))

        self._do(sample)

    def _emit_careful(self, node: Node) -> None:
        root = self._roots[node.value]
        leaves = self._leaves(root)
        places = [(id(leaf), self._place(leaf)) for leaf in leaves]
        kind = self._kinds[id(node)]
        out: NDArray[Any] = np.empty(self.trials, dtype=np.bool_ if kind == FLAG else np.float64)
        self._at[id(node)] = out
        evaluator = self._evaluator

        def evaluate() -> None:
            known = {key: boxes.flags(v) if v.dtype == np.bool_ else v for key, v in places}
            evaluator.run([root], known)
            value = known[id(root)]
            if kind == FLAG:
                if (~boxes.is_flag(value)).any():
                    raise FlaggedError
                np.equal(boxes.payloads(value), boxes.payloads(np.array(boxes.TRUE)), out)
                return
            blank = boxes.is_blank(value)
            value = np.where(blank, 0.0, value) if blank.any() else value
            if kind == NUMBER and np.isnan(value).any():
                raise FlaggedError
            np.copyto(out, value)

        self._do(evaluate)

    def _call(self, node: Node, function: Callable[..., Any]) -> None:
        places = [self._place(a) for a in node.args]
        out = self._out(node)
        if self._kinds[id(node)] == NUMBER and all(self._kind(a) == FLAG for a in node.args):
            self._do(_as_numbers, function, places, out)
        else:
            self._do(function, *places, out)

    def _arithmetic(self, node: Node) -> None:
        first, second = node.args
        if ARITHMETIC[node.op] == "power" and second.op == CONST and second.value == 2.0:  # noqa: PLR2004
            out = self._out(node)
            self._do(np.square, self._place(first), out)
            return
        self._call(node, getattr(np, ARITHMETIC[node.op]))

    def _if(self, node: Node) -> None:
        test, then, otherwise = node.args
        holds = self._place(test)
        if self._kind(test) == NUMBER:
            numbers, holds = holds, np.empty(self.trials, dtype=np.bool_)
            self._do(np.not_equal, numbers, 0.0, holds)
        yes, no = self._place(then), self._place(otherwise)
        out = self._out(node)
        if self._kinds[id(node)] == FLAG:
            self._do(_select_flags, holds, yes, no, out)
            return
        bits = [v.view(np.int64) if isinstance(v, np.ndarray) else np.float64(v).view(np.int64) for v in (yes, no)]
        self._do(select, holds, *bits, out.view(np.int64), self._mask, self._spare)

    def _fold(self, node: Node) -> None:
        function = _FOLDS[node.op]
        cells = [c for a in node.args for c in (a.args if a.op == GRID else (a,)) if self._counts(a, c)]
        start = 1.0 if node.op == "PRODUCT" else 0.0
        out = self._out(node)
        if not cells:
            self._do(out.fill, 0.0)
            return
        places = [self._place(c) for c in cells]
        if len(places) == 1:
            places = [places[0], places[0]] if node.op in ("MAX", "MIN") else [places[0], start]
        if self._all_flags(cells):
            self._do(_as_numbers, function, places[:2], out)
        else:
            self._do(function, *places[:2], out)
        for place in places[2:]:
            self._do(function, out, place, out)

    def _all_flags(self, cells: Sequence[Node]) -> bool:
        return all(self._kind(c) == FLAG for c in cells[:2])

    def _counts(self, argument: Node, cell: Node) -> bool:
        return argument.op != GRID or self._kind(cell) == NUMBER

    def _logical(self, node: Node) -> None:
        function = np.logical_and if node.op == "AND" else np.logical_or
        cells = [c for a in node.args for c in (a.args if a.op == GRID else (a,))]
        places = [self._place(c) for c in cells]
        out = self._out(node)
        self._do(function, places[0], places[1] if len(places) > 1 else places[0], out)
        for place in places[2:]:
            self._do(function, out, place, out)

    def _ours(self, node: Node) -> None:
        contract = contract_of(CATALOGUE[node.op].function)
        if len(node.args) > len(contract.parameters):
            raise FlaggedError
        arguments: list[Any] = []
        for parameter, arg in zip(contract.parameters, node.args, strict=False):
            if arg.op == OMITTED_NODE or (arg.op == CONST and isinstance(arg.value, str)):
                arguments.append(OMITTED)
            elif parameter.core:
                cells = arg.args if arg.op == GRID else (arg,)
                places = [self._place(c) for c in cells]
                constant = not any(isinstance(p, np.ndarray) for p in places)
                arguments.append(np.array(places, dtype=np.float64) if constant else places)
            else:
                cell = arg.args[0] if arg.op == GRID else arg
                arguments.append(self._place(cell))
        values = contract.bind(arguments, {})
        many = contract.result_axes
        kind = self._kinds[id(node)]
        out = None if many else self._out(node)
        table: list[Any] = [None]
        if many:
            self._at[id(node)] = table
        flag = kind == FLAG

        def evaluate() -> None:
            result = finite(contract.evaluate(_stacked(values)))
            if out is None:
                table[0] = result
            elif flag:
                np.not_equal(result, 0.0, out)
            else:
                np.add(result, 0.0, out)

        self._do(evaluate)

    def _element(self, node: Node) -> None:
        call = node.args[0]
        table = self._place(call)
        axes = contract_of(CATALOGUE[call.op].function).result_axes
        core = contract_of(CATALOGUE[call.op].function).result.core
        upright = self._is_upright(call) and not core.isdigit()
        i, j = node.value
        out = self._out(node)
        place: tuple[int, ...] = (j,)
        if axes == 2:  # noqa: PLR2004  a table
            place = (i, 0 if j is None else j)
        elif j is None or upright:
            place = (i,)

        def pick() -> None:
            result = table[0]
            lengths = result.shape[result.ndim - axes :]
            if any(p >= length for p, length in zip(place, lengths, strict=True)):
                raise FlaggedError
            np.add(result[(..., *place)], 0.0, out)

        self._do(pick)

    @staticmethod
    def _is_upright(call: Node) -> bool:
        parameters = contract_of(CATALOGUE[call.op].function).parameters
        series = [a for p, a in zip(parameters, call.args, strict=False) if p.core and a.op != OMITTED_NODE]
        return bool(series) and series[0].op == GRID and series[0].value[0] > 1

    def _bridge(self, node: Node) -> None:
        """Let the careful evaluator work out a function of numbers."""
        leaves = {id(self._resolve(n)): (id(n), self._resolve(n)) for a in node.args for n in self._grid_cells(a)}
        places = [(key, self._at[id(n)]) for key, n in ((k, n) for k, n in leaves.values())]
        aliases = [(id(n), id(self._resolve(n))) for a in node.args for n in self._grid_cells(a)]
        out = self._out(node)
        evaluator = self._evaluator
        by_node = {id(n): place for (_, place), (_, n) in zip(places, leaves.values(), strict=True)}

        def evaluate() -> None:
            known: dict[int, Any] = {}
            for key, resolved in aliases:
                value = by_node[resolved]
                if isinstance(value, np.ndarray):
                    known[key] = boxes.flags(value) if value.dtype == np.bool_ else value
            evaluator.run([node], known)
            np.copyto(out, finite(np.broadcast_to(known[id(node)], out.shape)))

        self._do(evaluate)

    @staticmethod
    def _grid_cells(node: Node) -> Sequence[Node]:
        return node.args if node.op == GRID else () if node.op == OMITTED_NODE else (node,)


def _maximum(a: Any, b: Any, out: NDArray[np.float64]) -> None:  # noqa: ANN401  NumPy wants `out` by name here
    np.maximum(a, b, out=out)


def _minimum(a: Any, b: Any, out: NDArray[np.float64]) -> None:  # noqa: ANN401
    np.minimum(a, b, out=out)


_FOLDS: dict[str, Callable[..., Any]] = {"SUM": np.add, "PRODUCT": np.multiply, "MAX": _maximum, "MIN": _minimum}


def _check_domain(domain: Domain, values: NDArray[np.float64]) -> None:
    if not domain.contains_all(np.asarray(values, dtype=np.float64)):
        raise FlaggedError


def _check_condition(holds: NDArray[np.bool_]) -> None:
    if not holds.all():
        raise FlaggedError


def _flat(nodes: Sequence[Node]) -> list[Node]:
    """Return nodes with the cells of grids in their place."""
    return [c for n in nodes for c in (n.args if n.op == GRID else (n,))]


def _stacked(places: Sequence[Any]) -> list[Any]:
    return [np.stack(np.broadcast_arrays(*p), axis=-1) if isinstance(p, list) else p for p in places]


def _as_numbers(function: Callable[..., Any], places: Sequence[Any], out: NDArray[np.float64]) -> None:
    """Work out with TRUE as 1: NumPy would add truths to a truth."""
    function(*(np.asarray(p, dtype=np.float64) for p in places), out)


def _select_flags(holds: NDArray[np.bool_], yes: Any, no: Any, out: NDArray[np.bool_]) -> None:  # noqa: ANN401
    np.copyto(out, np.where(holds, yes, no))
