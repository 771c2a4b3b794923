"""The program with every error, text and blank as a spreadsheet has them: slower, and always right.

Blocks in which the quick program meets an error are run again here, and so are the cells that hold more than numbers.
Every node is evaluated for all trials of a block; values are boxed (see `boxes`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dealmodel.catalogue import CATALOGUE
from dealmodel.cells import OMITTED, OMITTED_TEXT
from dealmodel.contract import contract_of
from dealmodel.domain import Kind as Kinds
from dealmodel.errors import DealModelError
from dealmodel.simulation.compiler import boxes
from dealmodel.simulation.compiler.boxes import NUM, VALUE, Texts
from dealmodel.simulation.compiler.careful.engine_calls import EngineCalls, is_called
from dealmodel.simulation.compiler.careful.functions.native import NATIVE
from dealmodel.simulation.compiler.careful.functions.ranges import WHOLE
from dealmodel.simulation.compiler.careful.functions.single_values import ELEMENTWISE
from dealmodel.simulation.compiler.careful.loops import settled
from dealmodel.simulation.compiler.careful.operands import Criterion, element, single, trial_count
from dealmodel.simulation.compiler.graph import (
    CONST,
    CRITERION,
    EACH,
    ELEMENT,
    GRID,
    LOOP,
    OMITTED_NODE,
    Node,
    NotCompiledError,
)
from dealmodel.simulation.compiler.trace import trace
from dealmodel.simulation.sampling.draws import OUTPUT
from dealmodel.workbook.spelling.arguments import known_as

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from dealmodel.contract import Contract
    from dealmodel.simulation.compiler.boxes import Boxed
    from dealmodel.simulation.compiler.careful.operands import Value
    from dealmodel.simulation.compiler.graph import Graph
    from dealmodel.simulation.compiler.trace import Traced


_SPELLED_OTHERWISE = frozenset({"XLOOKUP", "XMATCH"})
"""Lookups that the engine is given as functions of ours."""


class Careful:
    """Evaluates nodes.

    Parameters
    ----------
    texts
        The texts of the program.
    graph
        Makes the nodes of what our functions compute.
    call
        Calls functions in the engine.
    """

    def __init__(self, texts: Texts, graph: Graph | None = None, call: EngineCalls | None = None) -> None:
        self.texts = texts
        self._graph = graph
        self._call = call
        self._traces: dict[int, Traced | None] = {}

    @property
    def date1904(self) -> bool:
        """Whether the workbook counts days from 1904; so it may where the engine, which knows it, cannot be asked."""
        return self._call is None or self._call.date1904

    def run(self, roots: Sequence[Node], known: dict[int, Any]) -> None:
        """Evaluate nodes and all they need, and add them to the values that are known, by the nodes' ids."""
        with np.errstate(all="ignore"):
            for node in walk_unknown(roots, known):
                known[id(node)] = self.value(node, [known[id(a)] for a in node.args])

    def value(self, node: Node, args: list[Any]) -> Value:  # noqa: PLR0911  one for each kind of node
        """Return a node's value from its arguments' values."""
        op = node.op
        if op == CONST:
            return boxes.box(node.value, self.texts)
        if op == OMITTED_NODE:
            return None
        if op == GRID:
            height, width = node.value
            return [args[i * width : (i + 1) * width] for i in range(height)]
        if op == CRITERION:
            return Criterion(single(args[0]), single(args[1]))
        if op == ELEMENT:
            return element(args[0], *node.value)
        if op == LOOP:
            return settled(self, node.value, args)
        if op.startswith("DM_"):
            return self._as_traced(node, args, self.ours(op, args))
        if op in ELEMENTWISE:
            return self.each(ELEMENTWISE[op], args)
        if op == EACH:
            name, letters = node.value
            return self._for_each(name, letters, args)
        return self._function(op, args)

    def _function(self, name: str, args: Sequence[Value]) -> Value:
        if name in WHOLE:
            try:
                return WHOLE[name](self, args)
            except NotCompiledError:
                if self._call is None or not (is_called(name) or name in _SPELLED_OTHERWISE):
                    raise
            return self.looked_up(name, args)
        return NATIVE[name](self, args) if name in NATIVE else self.called(name, args)

    def looked_up(self, name: str, args: Sequence[Value]) -> Boxed:
        """Return a lookup as the engine is asked for it: in a second way where the first finds nothing.

        Raises
        ------
        NotCompiledError
            If it cannot be called there with these arguments.
        """
        if name in _SPELLED_OTHERWISE:
            # What is left out must be told from 0, which would be a value for what is not found.
            omitted = np.array(self.texts.box(OMITTED_TEXT))
            return self.called(f"DEALMODEL_{name}", [omitted if a is None else a for a in args])
        found = self.called(name, args)
        missing = boxes.is_na(found)
        if name not in ("HLOOKUP", "MATCH", "VLOOKUP") or not missing.any():
            return found
        return np.where(missing, self.called(f"DEALMODEL_{name}", args), found)

    def _for_each(self, name: str, letters: str, args: Sequence[Value]) -> Value:
        """Work out a function for every element of the arguments of which it takes single values."""
        many = [a for a, letter in zip(args, letters, strict=True) if letter == "V" and isinstance(a, list)]
        if not many:
            return self._function(name, args)
        height, width = max(len(g) for g in many), max(len(g[0]) for g in many)

        def case(i: int, j: int) -> Boxed:
            pairs = zip(args, letters, strict=True)
            given = [element(a, i, j) if e == "V" and isinstance(a, list) else a for a, e in pairs]
            return single(self._function(name, given))

        return [[case(i, j) for j in range(width)] for i in range(height)]

    def called(self, name: str, args: Sequence[Value]) -> Boxed:
        """Return what the engine gives for a function.

        Raises
        ------
        NotCompiledError
            If it cannot be called there with these arguments.
        """
        if self._call is None or not is_called(name):
            raise NotCompiledError(f"{known_as(name)} is not compiled")
        return self._call(name, args)

    # -- elementwise -----------------------------------------------------------------------------------------------

    def each(self, function: Callable[..., Boxed], args: Sequence[Value]) -> Value:
        """Work out a function of single values, for every element where an argument is a range."""
        grids = [a for a in args if isinstance(a, list)]
        if not grids:
            return function(self, *args)
        height, width = max(len(g) for g in grids), max(len(g[0]) for g in grids)
        return [
            [function(self, *(element(a, i, j) if isinstance(a, list) else a for a in args)) for j in range(width)]
            for i in range(height)
        ]

    def number(self, value: Value, default: float | None = None) -> Boxed:
        """Return an argument as arithmetic takes it."""
        if value is None:
            return np.array(0.0 if default is None else default)
        if isinstance(value, list):
            raise NotCompiledError("a range stands where one value is expected")
        return boxes.number(value, self.texts)

    def condition(self, value: Value) -> tuple[NDArray[np.bool_], Boxed]:
        """Return where a condition holds, with its errors."""
        return boxes.condition(single(value), self.texts)

    # -- our functions ---------------------------------------------------------------------------------------------

    def ours(self, name: str, args: Sequence[Value]) -> Value:
        """Call one of our functions for all trials at once."""
        if name == OUTPUT:
            return single(args[0])
        entry = CATALOGUE.get(name)
        if entry is None or entry.takes_cells:
            raise NotCompiledError(f"{name} is not compiled")
        contract = contract_of(entry.function)
        if any(p.is_text for p in contract.parameters) or len(args) > len(contract.parameters):
            raise NotCompiledError(f"{name} with these arguments is not compiled")
        arrays: list[Any] = []
        errors: list[Boxed] = []
        upright: bool | None = None
        trials = trial_count(args)
        for parameter, arg in zip(contract.parameters, args, strict=False):
            if arg is None or self.is_omitted(arg):
                arrays.append(OMITTED)
                continue
            rows = arg if isinstance(arg, list) else [[arg]]
            if (len(rows) > 1 and len(rows[0]) > 1) or (not parameter.core and len(rows) * len(rows[0]) > 1):
                raise NotCompiledError(f"{name} over a range of cases is not compiled")
            series = [self._strict(cell) for row in rows for cell in row]
            errors += series
            if not parameter.core:
                arrays.append(series[0])
                continue
            if upright is None:
                upright = len(rows) > 1
            arrays.append(np.stack([np.broadcast_to(s, trials) for s in series], axis=-1))
        try:
            result = contract.evaluate(contract.bind(arrays, {}))
        except DealModelError:
            return np.full(trials, VALUE)
        return self._laid_out(contract, result, errors, trials, upright=bool(upright))

    def _as_traced(self, node: Node, args: Sequence[Value], result: Value) -> Value:
        """Return the result of a function of ours to the last digit as the quick program has it.

        That one computes the function's formula as part of the program, where powers are products.
        """
        if self._graph is None or isinstance(result, list) or result is None or result.ndim == 0:
            return result
        if id(node) not in self._traces:
            self._traces[id(node)] = trace(self._graph, node)
        traced = self._traces[id(node)]
        if traced is None or (~np.isfinite(result)).all():
            return result
        known: dict[int, Any] = {id(a): v for a, v in zip(node.args, args, strict=True)}
        for arg in node.args:
            if arg.op == GRID and len(arg.args) == 1:
                known[id(arg.args[0])] = single(known[id(arg)])
        self.run([traced.root], known)
        found = self.number(known[id(traced.root)])
        return np.where(np.isfinite(result), found, result)

    def _strict(self, cell: Boxed) -> Boxed:
        """Return a value as our functions take it: a text is #VALUE!."""
        return boxes.number(np.where(boxes.is_text(cell), VALUE, cell), self.texts) if np.isnan(cell).any() else cell

    def is_omitted(self, arg: Value) -> bool:
        """Whether an argument is the mark of one that is left out."""
        return (
            not isinstance(arg, list)
            and arg is not None
            and arg.ndim == 0
            and (boxes.unbox(float(arg), self.texts) == OMITTED_TEXT)
        )

    def _laid_out(
        self,
        contract: Contract,
        result: NDArray[np.float64],
        errors: list[Boxed],
        trials: tuple[int, ...],
        *,
        upright: bool,
    ) -> Value:
        def finished(values: NDArray[np.float64]) -> Boxed:
            values = np.array(np.broadcast_to(values, trials))
            if contract.result.domain.kind is Kinds.FLAG:
                bad = ~np.isfinite(values)
                flags = boxes.flags(values != 0)
                return boxes.settle(np.where(bad, NUM, flags), *errors)
            # -0.0 becomes 0.0, as in cells
            return boxes.settle(boxes.finish(values + 0.0), *errors)

        axes = contract.result_axes
        if axes == 0:
            return finished(result)
        if axes == 2:  # noqa: PLR2004  a table
            return [[finished(result[..., i, j]) for j in range(result.shape[-1])] for i in range(result.shape[-2])]
        cells = [finished(result[..., i]) for i in range(result.shape[-1])]
        if upright and not contract.result.core.isdigit():
            return [[cell] for cell in cells]
        return [cells]


def walk_unknown(roots: Sequence[Node], known: Mapping[int, Any]) -> list[Node]:
    """Return the nodes that are still to be evaluated, in order."""
    seen: set[int] = set()
    order: list[Node] = []
    stack = [(root, False) for root in reversed(roots)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif id(node) not in seen and id(node) not in known:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((a, False) for a in reversed(node.args))
    return order
