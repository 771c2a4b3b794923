"""A workbook's formulas as one NumPy program over many trials, verified against the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dealmodel.cells import ERRORS
from dealmodel.collector import held_back
from dealmodel.errors import WorkbookError
from dealmodel.simulation.compiler import boxes
from dealmodel.simulation.compiler.binding.binder import Binder
from dealmodel.simulation.compiler.bound import Bound
from dealmodel.simulation.compiler.careful.engine_calls import EngineCalls
from dealmodel.simulation.compiler.careful.evaluator import Careful
from dealmodel.simulation.compiler.graph import CELL, DRAW
from dealmodel.simulation.compiler.quick.program import LeftToEngineError
from dealmodel.simulation.compiler.runs import Runs
from dealmodel.simulation.compiler.selectors import selectors
from dealmodel.simulation.compiler.trials import Trials
from dealmodel.simulation.compiler.variants import is_twin, real
from dealmodel.simulation.compiler.verification import VERIFIED, DisagreementError, Verification
from dealmodel.simulation.sampling.draws import chance_draws
from dealmodel.workbook.computing.computedcells import Kept

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from dealmodel.cells import Scalar
    from dealmodel.simulation.sampling.draws import Draw
    from dealmodel.workbook.address import CellAt
    from dealmodel.workbook.model import Model

    Values = NDArray[np.float64]

__all__ = ["VERIFIED", "DisagreementError", "Program", "compile_program", "verify"]


_LEAST_VERIFIED, _MOST_EVALUATIONS = 4, 2000
"""Trials that are verified whatever it takes, and evaluations that the engine makes for data tables at most beyond."""
_MIDDLE = 0.5
"""Where in their distribution random numbers stay that are not sampled."""


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
        known = {(d.at, d.position) for d in draws}
        with held_back():
            chances = (d for d in chance_draws(model) if (d.at, d.position) not in known and d.at not in varied)
            self._still = tuple(chances)
            """Random numbers that are not sampled here: they stay in their middle."""
            self._binder = Binder(model, (*draws, *self._still), varied)
            self._nodes = self._binder.bind(outputs)
        self._careful = Careful(self._binder.texts, self._binder.graph, EngineCalls(model, self._binder.texts))
        self._runs = Runs(self._binder, [*self._nodes.values(), *self._binder.circular.unsettled], self._careful)
        self._errors: dict[CellAt, NDArray[np.int8]] = {}
        self._trials: Trials | None = None
        self._count = 0
        self.unsettled = 0
        """In how many trials of the last run circular references had not settled when the workbook lets them end."""
        self._check_draws()

    def _check_draws(self) -> None:
        """Refuse uncertain numbers whose arguments hang on cells that only the engine can compute."""
        if not self._binder.engine_cells:
            return
        arguments = [a for args in self._binder.draw_arguments.values() for a in args]
        left = [n for n in self._runs.everything(arguments) if n.op == CELL and n.value in self._binder.engine_cells]
        if left:
            reason = self._binder.engine_cells[left[0].value]
            raise WorkbookError(f"an uncertain number depends on {left[0].value}, which does not compile: {reason}")

    @property
    def fallback(self) -> tuple[Kept, ...]:
        """The cells that the engine evaluates trial by trial, with the reason."""
        return tuple(Kept(at, reason) for at, reason in self._binder.engine_cells.items())

    @property
    def cells(self) -> tuple[CellAt, ...]:
        """The cells that are computed for every trial, precedents first."""
        found = (n.value for n in self._runs.everything(list(self._nodes.values())) if n.op == CELL)
        return tuple(dict.fromkeys(map(real, found)))

    def draws_behind(self) -> dict[CellAt, frozenset[Draw]] | None:
        """Return the uncertain numbers behind each output; None where that cannot be told, as the engine is asked."""
        if self._binder.engine_cells:
            return None
        draws = self._binder.draws
        found = self._runs.draws_behind(list(self._nodes.values()))
        return {at: frozenset(draws[i] for i in behind) for at, behind in zip(self._nodes, found, strict=True)}

    def bound(self) -> Bound:
        """Return the formulas between varied cells and outputs; random numbers that are not sampled are fixed."""
        cells = list(self._runs.everything(list(self._nodes.values())))
        graph, roots = self._binder.graph, self._binder.roots
        still = self.variates({}, {at: np.zeros(1) for at in self.varied}, self._still)
        indices = {d: i for i, d in enumerate(self._binder.draws)}
        draws = {id(graph.node(DRAW, (), indices[d])): float(v[0]) for d, v in still.items() if d in self.fixed}
        found = {id(n): root for n in cells if n.op == CELL and (root := roots.get(n.value)) is not None}
        return Bound(cells, found, draws, self._nodes, graph, self._careful)

    def selectors(self, cells: Iterable[CellAt]) -> frozenset[CellAt]:
        """Return the varied cells among some by which formulas only choose, as CHOOSE, INDEX and `=` do."""
        asked = [self._binder.graph.cell(at) for at in cells]
        if not asked:
            return frozenset()
        nodes = list(self._nodes.values())
        roots = [self._binder.roots[n.value] for n in self._runs.everything(nodes) if n.value in self._binder.roots]
        return frozenset(node.value for node in selectors(asked, [*roots, *nodes]))

    def errors(self, cell: CellAt) -> NDArray[np.int8]:
        """Return the error of every trial of the last run by its place in `cells.ERRORS`, from 1; 0 for none.

        A text counts as #VALUE!.
        """
        found = self._errors.get(cell)
        return np.zeros(self._count, dtype=np.int8) if found is None else found

    def texts(self, values: NDArray[np.float64]) -> dict[str, int]:
        """Return how often each text came up among values that `run` gave for outputs."""
        found, counts = np.unique(values[boxes.is_text(values)].view(np.int64), return_counts=True)
        return {str(self._scalar(v, 0)): int(n) for v, n in zip(found.view(np.float64), counts, strict=True)}

    def _scalar(self, value: np.float64, code: int) -> Scalar:
        if boxes.is_text(np.asarray(value)):
            return boxes.unbox(value, self._binder.texts)
        return ERRORS[code - 1] if code else float(value)

    def prepare(self, trials: int) -> Program:
        """Lay out the registers for so many trials; `run` does it otherwise."""
        self._runs.prepare(trials)
        return self

    def run(
        self,
        uniforms: Mapping[Draw, NDArray[np.float64]],
        values: Mapping[CellAt, NDArray[np.float64]] | None = None,
        drawn: dict[Draw, NDArray[np.float64]] | None = None,
    ) -> dict[CellAt, NDArray[np.float64]]:
        """Evaluate all trials.

        Parameters
        ----------
        uniforms
            Numbers between 0 and 1 for every draw.
        values
            The varied cells.
        drawn
            Where to put the uncertain numbers with fixed arguments that come up on the way, all or some.

        Returns
        -------
        The outputs, NaN where a trial gives an error or a text; `errors` and `texts` tell which.
        """
        given = {at: np.asarray(v, dtype=np.float64) for at, v in (values or {}).items()}
        uniforms = self._with_still(uniforms, given)
        lengths = {len(a) for a in (*uniforms.values(), *given.values())}
        if len(lengths) > 1:
            raise WorkbookError(f"all inputs must have the same number of trials; got {sorted(lengths)}")
        self._count = count = lengths.pop() if lengths else 1
        noted: dict[int, NDArray[np.float64]] | None = None if drawn is None else {}
        while True:
            try:
                leaves = self._leaf_values(uniforms, given, count)
                found = self._runs.run(leaves, self._by_index(uniforms), count, noted)
            except LeftToEngineError as left:
                self._leave(left)
            else:
                break
        if drawn is not None and noted is not None:
            drawn.update({self._binder.draws[i]: column for i, column in noted.items()})
        told = [values != 0 for values, _ in found[len(self._nodes) :]]
        self.unsettled = int(np.count_nonzero(np.logical_or.reduce(told))) if told else 0
        self._errors = {at: c for at, (_, c) in zip(self._nodes, found, strict=False) if c is not None}
        return {at: values for at, (values, _) in zip(self._nodes, found, strict=False)}

    def _with_still(
        self, uniforms: Mapping[Draw, NDArray[np.float64]], values: Mapping[CellAt, NDArray[np.float64]]
    ) -> Mapping[Draw, NDArray[np.float64]]:
        """Return the numbers between 0 and 1 with those of the random numbers that are not sampled."""
        if not self._still:
            return uniforms
        count = len(next(iter((*uniforms.values(), *values.values())), [0]))
        return {**{d: np.full(count, _MIDDLE) for d in self._still}, **uniforms}

    def _leave(self, left: LeftToEngineError) -> None:
        if is_twin(left.node.value):
            at = real(left.node.value)
            raise WorkbookError(f"an output depends on a data table, for which {at} does not compile: {left}")
        self._binder.circular.leave(left.node.value, str(left))
        self._trials = None
        self._runs.forget()

    def _by_index(self, uniforms: Mapping[Draw, NDArray[np.float64]]) -> dict[int, NDArray[np.float64]]:
        return {i: np.asarray(uniforms[d], dtype=np.float64) for i, d in enumerate(self._binder.draws) if d in uniforms}

    def _leaf_values(
        self, uniforms: Mapping[Draw, NDArray[np.float64]], values: Mapping[CellAt, NDArray[np.float64]], count: int
    ) -> dict[int, NDArray[np.float64]]:
        """Return the cells that come from outside by their nodes' ids, those of the engine included."""
        graph = self._binder.graph
        leaves = {id(graph.cell(at)): v for at, v in values.items()}
        if self._binder.engine_cells:
            cells = list(self._binder.engine_cells)
            rows = self._engine().run(self.variates(uniforms, values), values, cells)
            table = np.empty((len(cells), count))
            for i, row in enumerate(rows):
                table[:, i] = [boxes.box(v, self._binder.texts)[()] for v in row]
            keys = [id(graph.cell(at)) for at in cells]
            leaves.update(zip(keys, table, strict=True))
            self._runs.box({key for key, column in zip(keys, table, strict=True) if np.isnan(column).any()})
        return leaves

    def _engine(self) -> Trials:
        if self._trials is None:
            self._trials = self._new_trials()
        return self._trials

    def _new_trials(self, *, careful: bool = False) -> Trials:
        binder = self._binder
        return Trials(self._model, binder.draws, binder.tables, binder.circular.begun(), careful=careful)

    @property
    def fixed(self) -> frozenset[Draw]:
        """The uncertain numbers whose arguments are the same in all trials."""
        arguments, draws = self._binder.draw_arguments, self._binder.draws
        return frozenset(draws[i] for i, nodes in arguments.items() if not any(n.varies for n in nodes))

    def variates(
        self,
        uniforms: Mapping[Draw, NDArray[np.float64]],
        values: Mapping[CellAt, NDArray[np.float64]] | None = None,
        draws: Collection[Draw] | None = None,
    ) -> dict[Draw, NDArray[np.float64]]:
        """Return the uncertain numbers themselves, or some, NaN where their arguments are outside their domains."""
        graph = self._binder.graph
        uniforms = self._with_still(uniforms, values or {})
        places = {self._binder.draws[i]: i for i in self._binder.draw_arguments}
        nodes = {d: graph.node(DRAW, (), i) for d, i in places.items() if draws is None or d in draws}
        leaves = {id(graph.cell(at)): np.asarray(v, dtype=np.float64) for at, v in (values or {}).items()}
        known = self._runs.evaluated(list(nodes.values()), self._by_index(uniforms), leaves)
        return {draw: known[id(node)] for draw, node in nodes.items()}

    @property
    def effort(self) -> int:
        """How many formulas the engine evaluates for a trial; 0 where not every trial is evaluated that is checked."""
        return 0 if self._binder.tables else len(self._binder.roots)

    def foresee(self, uniforms: Mapping[Draw, NDArray[np.float64]]) -> Callable[[], list[list[Scalar]] | None]:
        """Return what has the engine give the outputs in each trial, for `check`; the uncertain numbers it has by then.

        It gives None where a run will find that something does not compile.
        """
        try:
            variates = self.variates(self._with_still(uniforms, {}))
        except LeftToEngineError:
            return lambda: None
        return lambda: list(self._engine().run(variates, {}, self.outputs))

    def check(
        self,
        uniforms: Mapping[Draw, NDArray[np.float64]],
        values: Mapping[CellAt, NDArray[np.float64]] | None = None,
        count: int = VERIFIED,
        answers: Sequence[Sequence[Scalar]] | None = None,
    ) -> int:
        """Evaluate a random sample of trials in the engine, and return how many.

        Parameters
        ----------
        uniforms
            Numbers between 0 and 1 for every draw.
        values
            The varied cells.
        count
            How many trials to evaluate.
        answers
            What the engine gives in each trial, where that is known.

        Raises
        ------
        DisagreementError
            If a trial comes out otherwise there.
        """
        given = {at: np.asarray(v, dtype=np.float64) for at, v in (values or {}).items()}
        uniforms = self._with_still(uniforms, given)
        total = len(next(iter((*uniforms.values(), *given.values())), [0]))
        if self._binder.tables:
            # Each cell of a table is an evaluation of the workbook of its own.
            count = min(count, max(_LEAST_VERIFIED, _MOST_EVALUATIONS // len(self._binder.tables)))
        picked = np.sort(np.random.default_rng(0).choice(total, size=min(count, total), replace=False))
        some = {d: np.asarray(u)[picked] for d, u in uniforms.items()}
        values_there = {at: v[picked] for at, v in given.items()}
        state = self._count, self._errors, self.unsettled
        ours = self.run(some, values_there)
        codes = {at: self.errors(at) for at in self.outputs}
        self._count, self._errors, self.unsettled = state

        mine = [[self._scalar(ours[at][i], codes[at][i]) for at in self._nodes] for i in range(len(picked))]

        def compare(engine: Callable[[], Trials], rows: Iterable[Sequence[Scalar]]) -> None:
            theirs = [[dict(zip(self.outputs, row, strict=True))[at] for at in self._nodes] for row in rows]
            # Where nothing varies the engine gives one trial.
            self._verification(some, values_there, engine).compare(mine[: len(theirs)], theirs)

        def evaluated(engine: Trials) -> Iterator[list[Scalar]]:
            return engine.run(self.variates(some, values_there), values_there, self.outputs)

        try:
            compare(self._engine, evaluated(self._engine()) if answers is None else [answers[i] for i in picked])
        except DisagreementError:
            # The engine may be the one that is wrong, as it is about texts of digits, until it is told to take care.
            careful = self._new_trials(careful=True)
            compare(lambda: careful, evaluated(careful))
        return len(picked)

    def _verification(
        self,
        uniforms: Mapping[Draw, NDArray[np.float64]],
        values: Mapping[CellAt, NDArray[np.float64]],
        engine: Callable[[], Trials],
    ) -> Verification:
        def trials(places: list[int]) -> tuple[Mapping[Any, Values], Mapping[Any, Values], Mapping[Any, Values]]:
            there = {at: v[places] for at, v in values.items()}
            some = {draw: v[places] for draw, v in uniforms.items()}
            return self.variates(some, there), self._leaf_values(some, there, len(places)), self._by_index(some)

        return Verification(self._binder, self._careful, self._nodes, trials, self._runs, engine, values)


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
