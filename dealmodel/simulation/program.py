"""A workbook's formulas as one NumPy program over many trials, verified against the engine."""

from __future__ import annotations

from operator import length_hint
from typing import TYPE_CHECKING, Any

import numpy as np

from dealmodel.cells import CellError
from dealmodel.errors import DealModelError, WorkbookError
from dealmodel.simulation.compiler import boxes
from dealmodel.simulation.compiler.binder import Binder
from dealmodel.simulation.compiler.careful import Careful
from dealmodel.simulation.compiler.graph import CELL, CONST, DRAW, Node, NotCompiledError, walk
from dealmodel.simulation.compiler.quick import FlaggedError
from dealmodel.simulation.compiler.steps import Slow, Steps
from dealmodel.simulation.compiler.trials import Trials
from dealmodel.simulation.variates import sampler
from dealmodel.workbook.calculation import Kept

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from dealmodel.cells import Scalar
    from dealmodel.simulation.draws import Draw
    from dealmodel.workbook.address import CellAt
    from dealmodel.workbook.model import Model

BLOCKS = (8192, 4096, 2048, 1024)
"""Trials of a block: so many that all registers together stay in a core's cache."""
SMALL_BLOCK, MANY_CELLS = BLOCKS[-1], 1000
CACHE = 1_300_000
"""Bytes of a core's cache that the registers may fill."""
VERIFIED = 64
"""How many trials are evaluated again in the engine."""
AGREEMENT = 1e-9
"""Relative difference up to which program and engine agree: they may add up in another order."""
CANCELLED = 1e-12
"""Difference up to which they agree, relative to the numbers that a cell is computed from."""
_VALUE_CODE = 3


class DisagreementError(DealModelError, ArithmeticError):
    """A trial in which the compiled program and the engine give different values."""


class Program:
    """The compiled formulas between uncertain or varied cells and outputs; made by `compile_program`.

    Attributes
    ----------
    draws, varied, outputs
        What it was compiled for.
    """

    def __init__(
        self, model: Model, draws: Sequence[Draw], varied: Sequence[CellAt], outputs: Sequence[CellAt]
    ) -> None:
        self.draws = tuple(draws)
        self.varied = tuple(varied)
        self.outputs = tuple(outputs)
        self._model = model
        self._binder = Binder(model, draws, varied)
        self._nodes = self._binder.bind(outputs)
        self._texts = self._binder.texts
        self._careful = Careful(self._texts)
        self._slow = Slow(frozenset(), frozenset())
        self._steps: Steps | None = None
        self._errors: dict[CellAt, NDArray[np.int8]] = {}
        self._trials: Trials | None = None
        self._drawn: dict[int, NDArray[np.float64]] = {}
        """What the draws with fixed arguments are in the trials of the run."""
        self._count = 0
        self._check_draws()

    def _check_draws(self) -> None:
        """Refuse uncertain numbers whose arguments hang on cells that only the engine can compute."""
        arguments = [a for args in self._binder.draw_arguments.values() for a in args]
        left = [n for n in self._everything(arguments) if n.op == CELL and n.value in self._binder.engine_cells]
        if left:
            reason = self._binder.engine_cells[left[0].value]
            raise WorkbookError(f"an uncertain number depends on {left[0].value}, which does not compile: {reason}")

    def _everything(self, nodes: Sequence[Node]) -> list[Node]:
        """Return the cells and draws among all that nodes are computed from, precedents first."""
        order: list[Node] = []
        seen: set[int] = set()
        stack = [(n, False) for node in nodes for n in _leaves(node)]
        while stack:
            node, done = stack.pop()
            if done:
                order.append(node)
            elif id(node) not in seen:
                seen.add(id(node))
                stack.append((node, True))
                stack.extend((n, False) for part in self._parts(node) for n in _leaves(part) if id(n) not in seen)
        return order

    def _parts(self, node: Node) -> Sequence[Node]:
        if node.op == DRAW:
            return self._binder.draw_arguments[node.value]
        root = self._binder.roots.get(node.value)
        return () if root is None else (root,)

    @property
    def fallback(self) -> tuple[Kept, ...]:
        """The cells that the engine evaluates trial by trial, with the reason."""
        return tuple(Kept(at, reason) for at, reason in self._binder.engine_cells.items())

    @property
    def cells(self) -> tuple[CellAt, ...]:
        """The cells that are computed for every trial, precedents first."""
        found = self._everything(list(self._nodes.values()))
        return tuple(n.value for n in found if n.op == CELL)

    def errors(self, cell: CellAt) -> NDArray[np.int8]:
        """Return the error of every trial of the last run by its place in `cells.ERRORS`, from 1; 0 for none.

        A text counts as #VALUE!.
        """
        found = self._errors.get(cell)
        return np.zeros(self._count, dtype=np.int8) if found is None else found

    def prepare(self, trials: int) -> Program:
        """Lay out the registers for so many trials; `run` does it otherwise."""
        self._block(trials)
        return self

    # -- running ---------------------------------------------------------------------------------------------------

    def run(
        self,
        uniforms: Mapping[Draw, NDArray[np.float64]],
        values: Mapping[CellAt, NDArray[np.float64]] | None = None,
    ) -> dict[CellAt, NDArray[np.float64]]:
        """Evaluate all trials.

        Parameters
        ----------
        uniforms
            Numbers between 0 and 1 for every draw.
        values
            The varied cells.

        Returns
        -------
        The outputs, NaN where a trial gives an error; `errors` tells which.
        """
        given = {at: np.asarray(v, dtype=np.float64) for at, v in (values or {}).items()}
        lengths = {len(a) for a in (*uniforms.values(), *given.values())}
        if len(lengths) > 1:
            raise WorkbookError(f"all inputs must have the same number of trials; got {sorted(lengths)}")
        self._count = count = lengths.pop() if lengths else 1
        while True:
            try:
                return self._run(uniforms, given, count)
            except _LeftToEngineError:
                # One more cell turned out not to compile.
                self._steps = None

    def _run(
        self, uniforms: Mapping[Draw, NDArray[np.float64]], values: Mapping[CellAt, NDArray[np.float64]], count: int
    ) -> dict[CellAt, NDArray[np.float64]]:
        leaves = self._leaf_values(uniforms, values, count)
        results = {at: np.empty(count) for at in self.outputs}
        self._errors = {}
        self._drawn = {}
        block = self._block(count)
        for start in range(0, count, block):
            self._run_block(uniforms, leaves, start, min(start + block, count), results)
        return results

    def _block(self, count: int) -> int:
        if self._steps is not None and self._steps.trials >= min(count, SMALL_BLOCK):
            return self._steps.trials
        size = SMALL_BLOCK
        if len(self._binder.roots) <= MANY_CELLS:
            registers = self._new_steps(1).registers
            size = next(s for s in BLOCKS if s * registers * 8 <= CACHE or s == SMALL_BLOCK)
        self._steps = self._new_steps(min(size, max(count, 1)))
        return self._steps.trials

    def _new_steps(self, trials: int) -> Steps:
        draws = {i: (d.function, self._binder.draw_arguments.get(i, ())) for i, d in enumerate(self.draws)}
        nodes = [self._nodes[at] for at in self.outputs]
        return Steps(self._binder.roots, nodes, self._careful, self._slow, trials, draws, self._binder.graph)

    def _leaf_values(
        self, uniforms: Mapping[Draw, NDArray[np.float64]], values: Mapping[CellAt, NDArray[np.float64]], count: int
    ) -> dict[int, NDArray[np.float64]]:
        """Return the cells that come from outside by their nodes' ids, those of the engine included."""
        graph = self._binder.graph
        leaves = {id(graph.node(CELL, (), at)): v for at, v in values.items()}
        if self._binder.engine_cells:
            cells = list(self._binder.engine_cells)
            rows = self._engine().run(self.variates(uniforms, values), values, cells)
            table = np.empty((len(cells), count))
            for i, row in enumerate(rows):
                table[:, i] = [boxes.box(v, self._texts)[()] for v in row]
            for at, column in zip(cells, table, strict=True):
                node = graph.node(CELL, (), at)
                leaves[id(node)] = column
                if np.isnan(column).any():
                    self._slow = Slow(self._slow.careful, self._slow.boxed | {id(node)})
                    self._steps = None
        return leaves

    def _engine(self) -> Trials:
        if self._trials is None:
            self._trials = Trials(self._model, self.draws)
        return self._trials

    def _run_block(
        self,
        uniforms: Mapping[Draw, NDArray[np.float64]],
        leaves: Mapping[int, NDArray[np.float64]],
        start: int,
        stop: int,
        results: Mapping[CellAt, NDArray[np.float64]],
    ) -> None:
        looked = False
        while True:
            steps = self._steps
            if steps is None:
                raise _LeftToEngineError
            odd = self._load(steps, uniforms, leaves, start, stop)
            failed = _execute(steps) if odd is None else (odd, None)
            if failed is None:
                break
            node, reason = failed
            if reason is not None and node is not None:
                self._binder.engine_cells[node.value] = reason
                self._binder.roots.pop(node.value, None)
                raise _LeftToEngineError
            self._learn(node, uniforms, leaves, slice(start, stop), look=not looked)
            looked = True
            self._steps = self._new_steps(steps.trials)
        for at, place in zip(self.outputs, steps.results, strict=True):
            self._store(at, place, start, stop, results[at])

    def _load(
        self,
        steps: Steps,
        uniforms: Mapping[Draw, NDArray[np.float64]],
        leaves: Mapping[int, NDArray[np.float64]],
        start: int,
        stop: int,
    ) -> Node | None:
        """Fill the registers of the inputs; the last block is filled up with its own last trial.

        Returns
        -------
        A draw that is not a number in some trial, or None.
        """
        size = stop - start
        for index, (sample, register) in steps.sampled.items():
            if index not in self._drawn:
                # All trials of the run at once: a block is too short for the overhead of a table.
                with np.errstate(all="ignore"):
                    self._drawn[index] = sample(uniforms[self.draws[index]])
                if not np.isfinite(self._drawn[index]).all():
                    return self._binder.graph.node(DRAW, (), index)
            register[:size] = self._drawn[index][start:stop]
            register[size:] = register[size - 1]
        for index, register in steps.uniforms.items():
            register[:size] = uniforms[self.draws[index]][start:stop]
            register[size:] = register[size - 1]
        for key, register in steps.inputs.items():
            if key in leaves:
                register[:size] = leaves[key][start:stop]
                register[size:] = register[size - 1]
        return None

    def _learn(
        self,
        node: Node | None,
        uniforms: Mapping[Draw, NDArray[np.float64]],
        leaves: Mapping[int, NDArray[np.float64]],
        part: slice,
        *,
        look: bool,
    ) -> None:
        """Note which cells hold more than numbers in a block in which one did."""
        careful, boxed = set(self._slow.careful), set(self._slow.boxed)
        if node is not None:
            known_slow = id(node) in careful or node.op == DRAW or not self._is_quick(node)
            (boxed if known_slow else careful).add(id(node))
        if look:
            known = self._carefully(
                {d: u[part] for d, u in uniforms.items()}, {key: v[part] for key, v in leaves.items()}
            )
            for key, array in known.items():
                if (np.isnan(array) & ~boxes.is_flag(array)).any():
                    boxed.add(key)
        self._slow = Slow(frozenset(careful | boxed), frozenset(boxed))

    def _is_quick(self, node: Node) -> bool:
        return self._steps is not None and not self._steps.is_careful(node)

    def _store(
        self, at: CellAt, place: NDArray[Any] | Scalar, start: int, stop: int, result: NDArray[np.float64]
    ) -> None:
        if not isinstance(place, np.ndarray):
            place = np.broadcast_to(boxes.box(place, self._texts), stop - start)
        part = np.array(place[: stop - start], dtype=np.float64)
        if place.dtype != np.bool_ and np.isnan(part).any():
            found = boxes.payloads(part)
            flags = boxes.is_flag(part)
            part = np.where(flags, found == boxes.payloads(np.array(boxes.TRUE)), part)
            part = np.where(boxes.is_blank(part), 0.0, part)
            codes = np.where(boxes.is_text(part), _VALUE_CODE, boxes.error_codes(part)).astype(np.int8)
            part = np.where(np.isnan(part), np.nan, part)
            if codes.any():
                self._errors.setdefault(at, np.zeros(self._count, dtype=np.int8))[start:stop] = codes
        result[start:stop] = part

    # -- carefully -------------------------------------------------------------------------------------------------

    def _carefully(
        self, uniforms: Mapping[Draw, NDArray[np.float64]], leaves: Mapping[int, NDArray[np.float64]]
    ) -> dict[int, NDArray[np.float64]]:
        """Return every cell and draw, boxed, by its node's id."""
        return self._evaluated(list(self._nodes.values()), uniforms, leaves)

    def _evaluated(
        self,
        nodes: Sequence[Node],
        uniforms: Mapping[Draw, NDArray[np.float64]],
        leaves: Mapping[int, NDArray[np.float64]],
    ) -> dict[int, NDArray[np.float64]]:
        known: dict[int, Any] = dict(leaves)
        kept = set(leaves)
        for node in self._everything(nodes):
            if id(node) in known:
                continue
            kept.add(id(node))
            if node.op == DRAW:
                known[id(node)] = self._sampled(node, uniforms, known)
                continue
            root = self._binder.roots[node.value]
            self._careful.run([root], known)
            value = known[id(root)]
            known[id(node)] = np.where(boxes.is_blank(value), 0.0, value)
        return {key: value for key, value in known.items() if key in kept}

    def _sampled(
        self, node: Node, uniforms: Mapping[Draw, NDArray[np.float64]], known: dict[int, Any]
    ) -> NDArray[np.float64]:
        from dealmodel.cells import OMITTED  # noqa: PLC0415
        from dealmodel.distributions import DISTRIBUTIONS  # noqa: PLC0415

        index: int = node.value
        arguments = self._binder.draw_arguments[index]
        self._careful.run(arguments, known)
        family = DISTRIBUTIONS[self.draws[index].function]
        given: list[Any] = []
        for parameter, arg in zip(family.contract.parameters, arguments, strict=False):
            value = known[id(arg)]
            if value is None or self._careful.is_omitted(value):
                given.append(OMITTED)
            elif parameter.core:
                cells = [boxes.number(c, self._texts) for row in value for c in row]
                given.append(np.stack(np.broadcast_arrays(*cells), axis=-1))
            else:
                given.append(boxes.number(value[0][0] if isinstance(value, list) else value, self._texts))
        if not any(a.varies for a in arguments):
            # One distribution, sampled as the quick program does, to the last digit.
            single = [
                a if a is OMITTED else np.ravel(a) if p.core else np.ravel(a)[0]
                for p, a in zip(family.contract.parameters, given, strict=False)
            ]
            return sampler(family(*single))(uniforms[self.draws[index]])
        return np.asarray(family(*given).ppf(uniforms[self.draws[index]]), dtype=np.float64)

    def variates(
        self,
        uniforms: Mapping[Draw, NDArray[np.float64]],
        values: Mapping[CellAt, NDArray[np.float64]] | None = None,
    ) -> dict[Draw, NDArray[np.float64]]:
        """Return the uncertain numbers themselves, NaN where their arguments are outside their domains."""
        graph = self._binder.graph
        nodes = {self.draws[i]: graph.node(DRAW, (), i) for i in self._binder.draw_arguments}
        leaves = {id(graph.node(CELL, (), at)): np.asarray(v, dtype=np.float64) for at, v in (values or {}).items()}
        known = self._evaluated(list(nodes.values()), uniforms, leaves)
        return {draw: known[id(node)] for draw, node in nodes.items()}

    def check(
        self,
        uniforms: Mapping[Draw, NDArray[np.float64]],
        values: Mapping[CellAt, NDArray[np.float64]] | None = None,
        count: int = VERIFIED,
    ) -> int:
        """Evaluate a random sample of trials in the engine, and return how many.

        Raises
        ------
        DisagreementError
            If a trial comes out otherwise there.
        """
        given = {at: np.asarray(v, dtype=np.float64) for at, v in (values or {}).items()}
        total = len(next(iter((*uniforms.values(), *given.values())), [0]))
        picked = np.sort(np.random.default_rng(0).choice(total, size=min(count, total), replace=False))
        some = {d: np.asarray(u)[picked] for d, u in uniforms.items()}
        values_there = {at: v[picked] for at, v in given.items()}
        state = self._count, self._errors
        ours = self.run(some, values_there)
        codes = {at: self.errors(at) for at in self.outputs}
        self._count, self._errors = state
        variates = self.variates(some, values_there)
        for i, row in enumerate(self._engine().run(variates, values_there, self.outputs)):
            for at, theirs in zip(self.outputs, row, strict=True):
                mine = _as_scalar(ours[at][i], int(codes[at][i]))
                if not _agree(mine, theirs):
                    self._explain(
                        at,
                        mine,
                        theirs,
                        {d: v[[i]] for d, v in some.items()},
                        {a: v[[i]] for a, v in values_there.items()},
                    )
        return len(picked)

    def _explain(
        self,
        at: CellAt,
        mine: Scalar,
        theirs: Scalar,
        uniforms: Mapping[Draw, NDArray[np.float64]],
        values: Mapping[CellAt, NDArray[np.float64]],
    ) -> None:
        """Raise the disagreement, about the first cell that comes out otherwise from the same values.

        None is raised where the difference is only what the rounding of many cells has added up to.
        """
        variates = self.variates(uniforms, values)
        graph = self._binder.graph
        cells = [c for c in self.cells if c in self._binder.roots]
        row = next(self._engine().run(variates, values, cells))
        known: dict[int, Any] = dict(self._leaf_values(uniforms, values, 1))
        own = self._carefully(uniforms, known)
        known |= {id(graph.node(DRAW, (), i)): variates[d] for i, d in enumerate(self.draws) if d in variates}
        known |= {id(graph.node(CELL, (), c)): boxes.box(v, self._texts)[None] for c, v in zip(cells, row, strict=True)}
        for cell, there in zip(cells, row, strict=True):
            # Every cell by itself, from the engine's values: what rounding has added up to is no disagreement.
            here = dict(known)
            root = self._binder.roots[cell]
            here.pop(id(root), None)
            self._careful.run([root], here)
            value = boxes.unbox(np.where(boxes.is_blank(here[id(root)]), 0.0, here[id(root)]).flat[0], self._texts)
            if not _agree(value, there, _scale(root, known)):
                self._disagree(cell, value, there, variates, values)
        careful = boxes.unbox(own[id(self._nodes[at])].flat[0], self._texts) if id(self._nodes[at]) in own else mine
        if not _agree(mine, careful):
            self._disagree(at, mine, theirs, variates, values)

    @staticmethod
    def _disagree(
        at: CellAt,
        mine: Scalar,
        theirs: Scalar,
        variates: Mapping[Draw, NDArray[np.float64]],
        values: Mapping[CellAt, NDArray[np.float64]],
    ) -> None:
        inputs = [f"{d.name} = {v[0]:.17g}" for d, v in variates.items()]
        inputs += [f"{a} = {v[0]:.17g}" for a, v in values.items()]
        raise DisagreementError(
            f"{at} comes out as {mine} in the compiled program and as {theirs} in the engine, with {', '.join(inputs)}"
        )


class _LeftToEngineError(Exception):
    """One more cell has been left to the engine; never leaves this module."""


def _leaves(node: Node) -> list[Node]:
    return [n for n in walk([node]) if n.op in (CELL, DRAW)]


def _execute(steps: Steps) -> tuple[Node | None, str | None] | None:
    """Run the steps; return the cell in which something else than a number appeared, or None."""
    left = iter(steps.calls)
    with np.errstate(divide="raise", invalid="raise", over="raise", under="ignore"):
        try:
            for call, args in left:
                call(*args)
        except (FloatingPointError, FlaggedError):
            return _current(steps, left), None
        except NotCompiledError as reason:
            return _current(steps, left), str(reason)
    return None


def _current(steps: Steps, left: Iterator[object]) -> Node | None:
    """Return the cell of the step that was taken last."""
    return steps.steps[len(steps.steps) - length_hint(left) - 1].cell


def _as_scalar(number: float, code: int) -> Scalar:
    return float(number) if not code else tuple(CellError)[code - 1]


def _scale(root: Node, known: Mapping[int, Any]) -> float:
    """Return the largest number among those that a cell is computed from."""
    numbers = [abs(n.value) for n in walk([root]) if n.op == CONST and isinstance(n.value, float)]
    for node in _leaves(root):
        array = np.abs(np.asarray(known.get(id(node), 0.0)))
        numbers.append(float(np.max(np.where(np.isfinite(array), array, 0.0))))
    return max(numbers, default=0.0)


def _agree(mine: Scalar, theirs: Scalar, scale: float = 0.0) -> bool:
    if isinstance(theirs, str):
        return mine is CellError.VALUE or mine == theirs
    if isinstance(theirs, CellError) or isinstance(mine, CellError):
        return mine is theirs
    if mine is None or theirs is None or isinstance(mine, str):
        return mine == theirs
    first, second = float(mine), float(theirs)
    return abs(first - second) <= max(AGREEMENT * max(abs(first), abs(second)), CANCELLED * scale)


def compile_program(
    model: Model, draws: Sequence[Draw], varied: Sequence[CellAt], outputs: Sequence[CellAt]
) -> Program:
    """Compile the formulas between uncertain or varied cells and outputs.

    Parameters
    ----------
    model
        The workbook, with its inputs as they now are.
    draws
        The uncertain numbers.
    varied
        Constant cells that differ from trial to trial.
    outputs
        The cells wanted.
    """
    return Program(model, draws, varied, outputs)


def verify(
    program: Program,
    model: Model,  # noqa: ARG001  the program keeps the model it was compiled for
    uniforms: Mapping[Draw, NDArray[np.float64]],
    count: int = VERIFIED,
    values: Mapping[CellAt, NDArray[np.float64]] | None = None,
) -> int:
    """Evaluate a random sample of trials in the engine; see `Program.check`."""
    return program.check(uniforms, values, count)
