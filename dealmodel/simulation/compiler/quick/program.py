"""The quick program: straight-line NumPy over registers, right wherever it does not say otherwise.

Floating-point exceptions and checks of what functions give tell where an error, a text or a blank appears that the
program was not made for. What was learned so goes into the next program.
"""

from __future__ import annotations

from functools import cached_property
from operator import length_hint
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from dealmodel.simulation.compiler.graph import NotCompiledError
from dealmodel.simulation.compiler.quick.blocks import FlaggedError
from dealmodel.simulation.compiler.quick.lowering import Lowering
from dealmodel.simulation.compiler.quick.registers import Code, Layout
from dealmodel.simulation.compiler.quick.schedule import needed, scheduled
from dealmodel.simulation.compiler.quick.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.compiler.binding.binder import Binder
    from dealmodel.simulation.compiler.careful.evaluator import Careful
    from dealmodel.simulation.compiler.graph import Node
    from dealmodel.simulation.compiler.quick.items import Learned


_LEAST = 64
"""Trials of the shortest block."""
_DRAFT, _DRAFT_MEMORY = 4096, 2**21
"""Trials of a draft's block at the most, and numbers that its registers may hold: they are not few in any order."""
_WASTE = 2
"""How many times as long as it has to be a block may be."""


class LeftToEngineError(Exception):
    """A cell that turns out not to compile; never leaves the compiler.

    Attributes
    ----------
    node
        The cell.
    """

    def __init__(self, node: Node, reason: str) -> None:
        super().__init__(reason)
        self.node = node


class Quick:
    """The quick program for blocks of trials.

    Parameters
    ----------
    binder
        Has the formulas and draws, bound.
    outputs
        The nodes wanted.
    careful
        Evaluates the cells that are not left to the quick program.
    learned
        What runs have told about cells.
    """

    def __init__(
        self,
        binder: Binder,
        outputs: Sequence[Node],
        careful: Careful,
        learned: Learned,
    ) -> None:
        self.learned = learned
        while True:
            lowering = Lowering(binder, careful, self.learned)
            results = [lowering.result(node) for node in outputs]
            if lowering.boxing <= self.learned.boxed:
                break
            self.learned = self.learned._replace(boxed=self.learned.boxed | lowering.boxing)
        self._blocks = lowering.blocks
        self._order = lowering.values.order
        self._kept = [v for pair in results for v in pair if isinstance(v, Value)]
        self._codes: dict[int, Code] = {}
        self._raised = 0
        """Which call of the block that was run last raised first."""
        self._code: Code | None = None
        self.evaluated = lowering.evaluated
        """The cells that the careful evaluator computes, by their nodes' ids."""
        self._wanted = results
        self.results: list[tuple[Any, NDArray[np.bool_] | None]] = []
        """For every output its register, or its constant, and where it is an error."""

    @cached_property
    def _layout(self) -> Layout:
        return Layout(scheduled(self._order, self._kept), self._kept)

    @property
    def trials(self) -> int:
        """Trials of a block."""
        return 0 if self._code is None else self._code.trials

    def _size(self, count: int) -> int:
        """Return how many trials a block has of so many in all: a power of two, so that few layouts are needed."""
        return min(self._layout.block, max(_LEAST, 1 << max(count - 1, 0).bit_length()))

    def is_ready(self, count: int) -> bool:
        """Whether the registers are laid out for so many trials, or up to twice as many."""
        size = self._size(count)
        return size <= self.trials <= _WASTE * size

    def prepare(self, count: int) -> None:
        """Lay out the registers for so many trials in all, or take those that have been."""
        size = self._size(count)
        if size not in self._codes:
            self._codes[size] = self._layout.laid_out(size)
        self._take(self._codes[size])

    def draft(self) -> None:
        """Lay out the registers for few trials, in any order: to see what appears before the best order is sought."""
        size = _DRAFT
        while size > _LEAST and size * len(self._order) > _DRAFT_MEMORY:
            size //= 2
        self._take(Layout(needed(self._order, self._kept), self._kept).laid_out(size))

    def _take(self, code: Code) -> None:
        self._code = code
        self.results = []
        for value, bad in self._wanted:
            where = code.results[bad] if isinstance(bad, Value) else None
            self.results.append((code.results[value] if isinstance(value, Value) else value, where))

    def run(
        self,
        leaves: Mapping[int, NDArray[np.float64]],
        uniforms: Mapping[int, NDArray[np.float64]],
        part: slice,
        drawn: dict[int, NDArray[np.float64]] | None = None,
    ) -> bool:
        """Compute a part of the trials; tell whether the program was made for all that appeared.

        Raises
        ------
        LeftToEngineError
            If a cell turns out not to compile.
        """
        self._blocks.set(leaves, uniforms, part, drawn)
        calls = self._code.calls if self._code is not None else []
        left = iter(calls)
        with np.errstate(divide="raise", invalid="raise", over="raise", under="ignore"):
            try:
                for call, args in left:
                    call(*args)
            except (FloatingPointError, FlaggedError):
                self._raised = len(calls) - 1 - length_hint(left)
                return False
            except NotCompiledError as reason:
                self._leave(len(calls) - 1 - length_hint(left), reason)
        return True

    def _leave(self, number: int, reason: NotCompiledError) -> NoReturn:
        """Tell that a call does not compile, with its cell where it has one."""
        cell = None if self._code is None else self._code.cells[number]
        if cell is None:
            raise reason
        raise LeftToEngineError(cell, str(reason)) from reason

    @property
    def drawn(self) -> set[int]:
        """The draws that were put where `run` was told to put them, by their places among all."""
        return self._blocks.noted

    def flagged(self) -> list[Node]:
        """Return the cells in which the block that was run last, and that raised, does so, in order.

        Raises
        ------
        LeftToEngineError
            If a cell turns out not to compile.
        """
        code = self._code
        if code is None:
            return []
        # What comes before it has been called, and has not raised; it may have put its result over what it was given.
        first = code.cells[self._raised]
        found = {} if first is None else {id(first): first}
        with np.errstate(divide="raise", invalid="raise", over="raise", under="ignore"):
            for number in range(self._raised + 1, len(code.calls)):
                cell = code.cells[number]
                call, args = code.calls[number]
                try:
                    call(*args)
                except (FloatingPointError, FlaggedError):
                    if cell is not None:
                        found.setdefault(id(cell), cell)
                except IndexError:
                    # A call that raised leaves its register as it was, and what hangs on it reads texts that are none.
                    if cell is not None:
                        found.setdefault(id(cell), cell)
                except NotCompiledError as reason:
                    self._leave(number, reason)
        return list(found.values())
