"""Loops done by the quick program: a pass through a circle is straight-line NumPy, repeated until trials settle.

Where anything else than a number or a truth turns up, the careful evaluator does the trials instead, from the start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dealmodel.simulation.compiler import boxes
from dealmodel.simulation.compiler.careful.loops import is_near, settled, straighten
from dealmodel.simulation.compiler.graph import NotCompiledError
from dealmodel.simulation.compiler.quick.blocks import FlaggedError
from dealmodel.simulation.compiler.quick.items import NotQuickError
from dealmodel.simulation.compiler.quick.kinds import loose_kind
from dealmodel.simulation.compiler.quick.registers import Layout
from dealmodel.simulation.compiler.quick.values import FLAGS, WORD, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.compiler.careful.evaluator import Careful
    from dealmodel.simulation.compiler.careful.loops import Loop
    from dealmodel.simulation.compiler.graph import Node
    from dealmodel.simulation.compiler.quick.lowering import Lowering
    from dealmodel.simulation.compiler.quick.registers import Code

    Array = NDArray[Any]

_LEAST = 64
"""Trials of the shortest block."""
_FEWER = 0.7
"""Share of the trials that are still moving below which the others are left out of the registers."""


class Outside(NamedTuple):
    """A cell or draw outside of a circle.

    Attributes
    ----------
    node
        It.
    kind
        What the quick program keeps it in.
    is_boxed
        Whether it may hold anything.
    constant
        What it holds where that is the same in all trials, boxed; else None.
    """

    node: Node
    kind: str
    is_boxed: bool
    constant: NDArray[np.float64] | None


class Sweep:
    """One pass through the cells of a circle.

    Parameters
    ----------
    loop
        The circle.
    outside
        What it is computed from.
    lowering
        Makes what compiles the pass.

    Raises
    ------
    NotQuickError
        If a cell holds something else than numbers or truths.
    """

    def __init__(self, loop: Loop, outside: Sequence[Outside], lowering: Callable[[], Lowering]) -> None:
        self._loop = loop
        low = lowering()
        self.blocks = low.blocks
        self.kinds = [FLAGS if loose_kind(root) == FLAGS else WORD for root in loop.roots]
        texts = low.careful.texts
        for one in outside:
            plain = None if one.constant is None else boxes.unbox(float(one.constant), texts)
            if plain is not None and not isinstance(plain, (float, bool)):
                raise NotQuickError
            low.hold(one.node, low.values.make(low.blocks.load(id(one.node)), (), one.kind) if plain is None else plain)
        for start, kind in zip(loop.starts, self.kinds, strict=True):
            if not isinstance(start, bool if kind == FLAGS else float):
                raise NotQuickError
        for cell, kind in zip(loop.cells, self.kinds, strict=True):
            low.hold(cell, low.values.make(low.blocks.load(id(cell)), (), kind))
        self._found: list[Value | float | bool] = []
        for cell, root, kind in zip(loop.cells, loop.roots, self.kinds, strict=True):
            found = low.computed_anew(cell, root)
            is_flag = isinstance(found, bool) or (isinstance(found, Value) and found.kind == FLAGS)
            if not isinstance(found, (Value, float, bool)) or is_flag != (kind == FLAGS):
                raise NotQuickError
            low.hold(cell, found)
            self._found.append(found)
        self._layout = Layout(low.values.order, [f for f in self._found if isinstance(f, Value)])
        self._codes: dict[int, tuple[Code, Code]] = {}

    @property
    def block(self) -> int:
        """How many trials are best computed at once."""
        return self._layout.block

    def start(self, trials: int) -> list[Array]:
        """Return what the cells hold before the first pass."""
        return [np.full(trials, s) for s in self._loop.starts]

    def go(self, turn: int, outside: Mapping[int, Array], cells: Sequence[Array], trials: int) -> list[Array]:
        """Compute every cell once.

        Parameters
        ----------
        turn
            Which pass it is: what one gives stays until the next but one.
        outside
            What the cells and draws outside hold, by their nodes' ids.
        cells
            What the cells of the circle hold.
        trials
            How many trials there are.

        Raises
        ------
        FlaggedError, FloatingPointError
            If there is something else than a number somewhere.
        """
        size = max(_LEAST, 1 << (trials - 1).bit_length())
        if size not in self._codes:
            self._codes[size] = self._layout.laid_out(size), self._layout.laid_out(size)
        code = self._codes[size][turn % 2]
        held = dict(outside)
        held.update(zip(map(id, self._loop.cells), cells, strict=True))
        self.blocks.set(held, {}, slice(0, trials))
        with np.errstate(divide="raise", invalid="raise", over="raise", under="ignore"):
            for call, args in code.calls:
                call(*args)
        return [code.results[f][:trials] if isinstance(f, Value) else np.full(trials, f) for f in self._found]


class Quickly:
    """Does a loop for blocks of trials.

    Parameters
    ----------
    loop
        The circle.
    outside
        What it is computed from.
    careful
        Does what the quick program does not.
    lowering
        Makes what compiles a pass.
    """

    def __init__(
        self, loop: Loop, outside: Sequence[Outside], careful: Careful, lowering: Callable[[], Lowering]
    ) -> None:
        self._loop = loop
        self._outside = outside
        self._careful = careful
        try:
            self._sweep: Sweep | None = Sweep(loop, outside, lowering)
        except NotQuickError:
            self._sweep = None

    def __call__(self, *places: Any) -> None:  # noqa: ANN401  registers, that of the table last
        """Do the loop for a block of trials: the table has a row for each cell, and one for what has not settled."""
        *values, out = places
        left = iter(values)
        held = [next(left) if one.constant is None else one.constant for one in self._outside]
        trials = len(values[0])
        sweep = self._sweep
        if sweep is None:
            out[0] = self._carefully(held)
            return
        step = sweep.block
        parts = []
        for start in range(0, trials, step):
            some = [a[start : start + step] if a.ndim else a for a in held]
            found = None if self._holds_more(some) else self._quickly(sweep, some)
            parts.append(self._carefully(some) if found is None else found)
        out[0] = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    def _holds_more(self, held: Sequence[Array]) -> bool:
        """Whether anything else than a number or a truth comes from outside."""
        return any(o.is_boxed and np.isnan(np.add.reduce(a)) for o, a in zip(self._outside, held, strict=True))

    def _carefully(self, held: Sequence[Array]) -> Array:
        with np.errstate(all="ignore"):
            return np.stack([row[0] for row in settled(self._careful, self._loop, [_boxed(a) for a in held])])

    def _quickly(self, sweep: Sweep, held: Sequence[Array]) -> Array | None:
        """Return what the cells come to, or None where the quick program was not made for what turned up."""
        outside = {id(o.node): a for o, a in zip(self._outside, held, strict=True) if a.ndim}
        trials = len(next(iter(outside.values())))
        cells = sweep.start(trials)
        result = np.empty((len(cells) + 1, trials))
        result[-1] = boxes.FALSE
        try:
            self._iterate(sweep, outside, cells, result)
        except (FloatingPointError, FlaggedError, NotCompiledError):
            return None
        straighten(self._careful, self._loop, [_boxed(a) for a in held], result)
        return result

    def _iterate(self, sweep: Sweep, outside: Mapping[int, Array], cells: list[Array], result: Array) -> None:
        terms = self._loop.terms
        places = np.arange(result.shape[1])
        moving = np.ones(len(places), dtype=np.bool_)
        slowest = 0
        for turn in range(terms.passes):
            before, cells = cells, sweep.go(turn, outside, cells, len(places))
            is_last = turn == terms.passes - 1
            moved, slowest = _moved(before, cells, terms.change, moving, slowest) if turn else (moving, slowest)
            if is_last and turn:
                near, _ = _moved(before, cells, terms.near, moving, slowest)
                result[-1, places[moving & moved & near]] = boxes.TRUE
            done = np.flatnonzero(moving if is_last else moving & ~moved)
            if not len(done):
                continue
            for row, cell in zip(result, cells, strict=False):
                row[places[done]] = _boxed(cell[done])
            moving = moving & moved
            left = np.flatnonzero(moving)
            if is_last or not len(left):
                return
            if len(left) < _FEWER * len(places):
                outside = {key: a[left] for key, a in outside.items()}
                cells = [c[left] for c in cells]
                places, moving = places[left], moving[left]


def _moved(
    before: Sequence[Array], cells: Sequence[Array], change: float, moving: Array, slowest: int
) -> tuple[Array, int]:
    """Return the trials in which a cell has changed by so much, and the cell that was last seen to change.

    Parameters
    ----------
    before, cells
        What the cells held, and what they hold.
    change
        By how much.
    moving
        The trials that count.
    slowest
        The cell that is looked at first: if it changes in all trials that count, nothing else needs to be looked at.
    """
    found = ~moving
    for i in (slowest, *(i for i in range(len(cells)) if i != slowest)):
        old, new = before[i], cells[i]
        same = old == new if new.dtype == np.bool_ else is_near(old, new, change)
        found = found | ~same
        if found.all():
            return found, i
    return found, slowest


def _boxed(array: Array) -> Array:
    return boxes.flags(array) if array.dtype == np.bool_ else array


def member(row: int, kind: str, *, strict: bool) -> Callable[[list[Any], Array], None]:
    """Return a call that takes what a cell comes to out of the table of a loop.

    Parameters
    ----------
    row
        Its row.
    kind
        What it is to hold.
    strict
        Whether it must not hold anything else.
    """

    def call(table: list[Any], out: Array) -> None:
        value = table[0][row]
        if kind == FLAGS:
            if not boxes.is_flag(value).all():
                raise FlaggedError
            np.equal(boxes.payloads(value), boxes.payloads(np.array(boxes.TRUE)), out)
            return
        if strict and np.isnan(np.add.reduce(value)):
            raise FlaggedError
        np.copyto(out, value)

    return call
