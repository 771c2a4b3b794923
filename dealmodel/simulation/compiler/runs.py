"""Runs of a compiled program: block after block, learning which cells hold more than numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dealmodel.collector import held_back
from dealmodel.simulation.compiler import boxes
from dealmodel.simulation.compiler.behind import draws_behind
from dealmodel.simulation.compiler.graph import CELL, DRAW, Node, NotCompiledError, leaves_of
from dealmodel.simulation.compiler.quick.blocks import sampled
from dealmodel.simulation.compiler.quick.items import Learned
from dealmodel.simulation.compiler.quick.program import LeftToEngineError, Quick

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.compiler.binding.binder import Binder
    from dealmodel.simulation.compiler.careful.evaluator import Careful

_VALUE_CODE = 3
_MANY_ERRORS = 0.05
"""Share of a block's trials from which an output's errors are computed with all others, and not by themselves."""
_AT_ONCE = 8192
_AHEAD = 3
"""Blocks after one in which a cell raises that are looked through for others: each time it is compiled again."""


class Runs:
    """Evaluates the outputs for many trials.

    Parameters
    ----------
    binder
        Has the formulas and draws, bound.
    nodes
        The outputs.
    careful
        The evaluator that knows errors, texts and blanks.
    """

    def __init__(self, binder: Binder, nodes: Sequence[Node], careful: Careful) -> None:
        self._binder = binder
        self._nodes = list(nodes)
        self._careful = careful
        self._texts = binder.texts
        self._learned = Learned()
        self._quick: Quick | None = None

    # -- what is computed from what --------------------------------------------------------------------------------

    def everything(self, nodes: Sequence[Node]) -> dict[Node, list[Node]]:
        """Return the cells and draws among all that nodes are computed from, precedents first.

        Each with those that it is computed from at once.
        """
        found: dict[Node, list[Node]] = {}
        seen: set[Node] = set()
        stack: list[tuple[Node, list[Node] | None]] = [(n, None) for node in nodes for n in leaves_of(node)]
        while stack:
            node, precedents = stack.pop()
            if precedents is not None:
                found[node] = precedents
            elif node not in seen:
                seen.add(node)
                precedents = [n for part in self._parts(node) for n in leaves_of(part)]
                stack.append((node, precedents))
                stack.extend((n, None) for n in precedents if n not in seen)
        return found

    def draws_behind(self, nodes: Sequence[Node]) -> list[frozenset[int]]:
        """Return the numbers of the draws from which each of some nodes is computed."""
        return draws_behind(nodes, self.everything(nodes))

    def _parts(self, node: Node) -> Sequence[Node]:
        if node.op == DRAW:
            return self._binder.draw_arguments[node.value]
        root = self._binder.roots.get(node.value)
        return () if root is None else (root,)

    # -- running ---------------------------------------------------------------------------------------------------

    def forget(self) -> None:
        """Compile again before the next block: a cell has been left to the engine."""
        self._quick = None

    def box(self, keys: set[int]) -> None:
        """Let cells hold anything, by their nodes' ids."""
        if not keys <= self._learned.boxed:
            self._learned = self._learned._replace(boxed=self._learned.boxed | keys)
            self._quick = None

    def prepare(self, count: int) -> Quick:
        """Return the quick program for so many trials."""
        quick = self._quick
        if quick is not None and quick.is_ready(count):
            return quick
        with held_back():
            quick = self._lowered()
            quick.prepare(count)
        return quick

    def _lowered(self) -> Quick:
        if self._quick is None:
            self._quick = Quick(self._binder, self._nodes, self._careful, self._learned)
            self._learned = self._quick.learned
        return self._quick

    def run(
        self,
        leaves: Mapping[int, NDArray[np.float64]],
        uniforms: Mapping[int, NDArray[np.float64]],
        count: int,
        drawn: dict[int, NDArray[np.float64]] | None = None,
    ) -> list[tuple[NDArray[np.float64], NDArray[np.int8] | None]]:
        """Evaluate all trials.

        Parameters
        ----------
        leaves
            The cells from outside, by their nodes' ids.
        uniforms
            Numbers between 0 and 1 for every draw.
        count
            How many trials there are.
        drawn
            Where to put the draws whose arguments are fixed, as they are sampled on the way, if that is asked for;
            those that are not in every block are left out.

        Returns
        -------
        For every output its values, NaN where it is an error, and the errors by their places in `cells.ERRORS`, from
        1; None where there is none. A text counts as #VALUE!, and its value is its box.

        Raises
        ------
        LeftToEngineError
            If a cell turns out not to compile.
        """
        values = [np.empty(count) for _ in self._nodes]
        codes: list[NDArray[np.int8] | None] = [None] * len(values)
        wrong: list[NDArray[np.intp]] = []
        sampled_so_far: set[int] | None = None
        start = 0
        while start < count:
            if self._quick is None:
                self._try(leaves, uniforms, count, start)
            quick = self.prepare(count - start)
            stop = min(start + quick.trials, count)
            part = slice(start, stop)
            if not self._settles(quick, leaves, uniforms, part, count, drawn):
                continue
            bad = _bad_trials(quick, stop - start)
            if bad is not None and self._is_often_wrong(quick, stop - start):
                continue
            for i, (place, _) in enumerate(quick.results):
                self._store(place, part, values, codes, i)
            if bad is not None:
                wrong.append(np.flatnonzero(bad) + start)
            start = stop
            sampled_so_far = quick.drawn if sampled_so_far is None else sampled_so_far & quick.drawn
        if drawn is not None:
            for index in drawn.keys() - (sampled_so_far or set()):
                del drawn[index]
        if wrong:
            self._correct(np.concatenate(wrong), leaves, uniforms, values, codes)
        return list(zip(values, codes, strict=True))

    def _try(
        self,
        leaves: Mapping[int, NDArray[np.float64]],
        uniforms: Mapping[int, NDArray[np.float64]],
        count: int,
        start: int,
    ) -> None:
        """Learn from few trials before the registers are laid out for many, which takes as long as all else."""
        while True:
            with held_back():
                quick = self._lowered()
                quick.draft()
            if self._settles(quick, leaves, uniforms, slice(start, min(start + quick.trials, count)), count):
                return

    def _settles(
        self,
        quick: Quick,
        leaves: Mapping[int, NDArray[np.float64]],
        uniforms: Mapping[int, NDArray[np.float64]],
        part: slice,
        count: int,
        drawn: dict[int, NDArray[np.float64]] | None = None,
    ) -> bool:
        """Compute a part of the trials; where a cell raises, learn from it and some that follow, and tell so."""
        if quick.run(leaves, uniforms, part, drawn):
            return True
        raising = {id(node): node for node in quick.flagged()}
        fresh = raising.keys() - self._learned.guarded - quick.evaluated
        if fresh:
            for after in range(part.stop, min(count, part.stop + _AHEAD * quick.trials), quick.trials):
                if not quick.run(leaves, uniforms, slice(after, min(after + quick.trials, count))):
                    fresh |= {id(node) for node in quick.flagged()} - quick.evaluated
            self._guard(fresh)
        else:
            self._learn(quick, raising, leaves, uniforms, part)
        return False

    def _guard(self, keys: set[int]) -> None:
        """See to errors within formulas: mostly the same formula does, and what else there is will raise again."""
        self._learned = self._learned._replace(guarded=self._learned.guarded | keys)
        self._quick = None

    def _learn(
        self,
        quick: Quick,
        raising: Mapping[int, Node],
        leaves: Mapping[int, NDArray[np.float64]],
        uniforms: Mapping[int, NDArray[np.float64]],
        part: slice,
    ) -> None:
        """Note which cells hold more than numbers in a block in which some raise."""
        known = self.evaluated(
            self._nodes, {i: u[part] for i, u in uniforms.items()}, {key: v[part] for key, v in leaves.items()}
        )
        learned = self._learned
        erring = {key for key, array in known.items() if np.isnan(array).any() and boxes.is_error(array).any()}
        boxed = raising.keys() & (quick.evaluated | (learned.guarded - (erring - learned.erring)))
        new = Learned(learned.guarded, learned.erring | erring, learned.boxed | boxed)
        if new == learned:
            new = learned._replace(boxed=learned.boxed | raising.keys())
        if new == learned:
            node = next((n for n in raising.values() if n.op == CELL and n.value in self._binder.roots), None)
            if node is None:
                raise RuntimeError(f"the compiled program does not settle: {[n.value for n in raising.values()]}")
            raise LeftToEngineError(node, "it holds what the program has no place for")
        self._learned = new
        self._quick = None

    def _is_often_wrong(self, quick: Quick, size: int) -> bool:
        """Whether an output is an error so often that it is better left to the careful evaluator altogether."""
        often: set[int] = set()
        for node, (_, bad) in zip(self._nodes, quick.results, strict=True):
            if bad is not None and np.count_nonzero(bad[:size]) > _MANY_ERRORS * size and size > _AT_ONCE // 8:
                often.add(id(node))
        if often <= self._learned.boxed:
            return False
        self.box(often)
        return True

    def _correct(
        self,
        trials: NDArray[np.intp],
        leaves: Mapping[int, NDArray[np.float64]],
        uniforms: Mapping[int, NDArray[np.float64]],
        values: list[NDArray[np.float64]],
        codes: list[NDArray[np.int8] | None],
    ) -> None:
        """Evaluate again the trials in which an output is an error."""
        for start in range(0, len(trials), _AT_ONCE):
            some = trials[start : start + _AT_ONCE]
            known = self.evaluated(
                self._nodes, {i: u[some] for i, u in uniforms.items()}, {key: v[some] for key, v in leaves.items()}
            )
            for i, node in enumerate(self._nodes):
                if id(node) in known:
                    self._store(np.broadcast_to(known[id(node)], len(some)), some, values, codes, i)

    def _store(
        self,
        place: Any,  # noqa: ANN401  an array or a constant
        part: slice | NDArray[np.intp],
        values: list[NDArray[np.float64]],
        codes: list[NDArray[np.int8] | None],
        index: int,
    ) -> None:
        result = values[index]
        size = part.stop - part.start if isinstance(part, slice) else len(part)
        if not isinstance(place, np.ndarray):
            place = np.broadcast_to(boxes.box(place, self._texts), size)
        found = place[:size]
        result[part] = found
        if place.dtype == np.bool_ or not np.isnan(np.minimum.reduce(found)):
            return
        found = np.array(found)
        payloads = boxes.payloads(found)
        found = np.where(boxes.is_flag(found), payloads == boxes.payloads(np.array(boxes.TRUE)), found)
        found = np.where(boxes.is_blank(found), 0.0, found)
        texts = boxes.is_text(found)
        errors = np.where(texts, _VALUE_CODE, boxes.error_codes(found)).astype(np.int8)
        result[part] = np.where(np.isnan(found) & ~texts, np.nan, found)
        if errors.any():
            kept = codes[index]
            if kept is None:
                kept = codes[index] = np.zeros(len(result), dtype=np.int8)
            kept[part] = errors

    # -- carefully -------------------------------------------------------------------------------------------------

    def evaluated(
        self,
        nodes: Sequence[Node],
        uniforms: Mapping[int, NDArray[np.float64]],
        leaves: Mapping[int, NDArray[np.float64]],
    ) -> dict[int, NDArray[np.float64]]:
        """Return every cell and draw that nodes are computed from, boxed, by its node's id."""
        known: dict[int, Any] = dict(leaves)
        kept = set(leaves)
        for node in self.everything(nodes):
            if id(node) in known:
                continue
            kept.add(id(node))
            if node.op == DRAW:
                known[id(node)] = self._sampled(node, uniforms, known)
                continue
            root = self._binder.roots[node.value]
            try:
                self._careful.run([root], known)
            except NotCompiledError as reason:
                raise LeftToEngineError(node, str(reason)) from reason
            value = known[id(root)]
            known[id(node)] = np.where(boxes.is_blank(value), 0.0, value)
        return {key: value for key, value in known.items() if key in kept}

    def _sampled(
        self, node: Node, uniforms: Mapping[int, NDArray[np.float64]], known: dict[int, Any]
    ) -> NDArray[np.float64]:
        index: int = node.value
        function = self._binder.draws[index].function
        return sampled(self._careful, function, self._binder.draw_arguments[index], known, uniforms[index])


def _bad_trials(quick: Quick, size: int) -> NDArray[np.bool_] | None:
    """Return the trials in which an output is an error, or None where there is none."""
    found: NDArray[np.bool_] | None = None
    for _, bad in quick.results:
        if bad is not None and bad[:size].any():
            found = bad[:size].copy() if found is None else found | bad[:size]
    return found
