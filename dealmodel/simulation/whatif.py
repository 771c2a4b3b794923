"""What-if on the compiled program: one-way swings, two-way tables, every root, and the worst decile of the inputs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.errors import InputRefusedError
from dealmodel.simulation.draws import find_draws, outside_draw
from dealmodel.simulation.program import compile_program
from dealmodel.simulation.sampling import streams_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.program import Program
    from dealmodel.workbook.address import CellAt
    from dealmodel.workbook.model import Model

SWING = 0.1
"""Part of its value by which an input is moved where the workbook gives no range."""
DENSE = 4096
"""Steps in which an interval is searched for roots."""
_FINER = 64
"""Steps in which a step that holds a root is searched again."""
_CLOSE = 1e-12
"""Width of a root, relative to the interval, at which the search ends."""
_TOUCH = 1e-9
"""Distance from the target, relative to the outputs' range, at which a turning point touches it."""
MOST_CELLS = 1_000_000
DECILE = 0.1
TRIALS = 16_384


@dataclass(frozen=True, slots=True)
class Swing:
    """What moving one input does to an output.

    Attributes
    ----------
    name
        The input.
    low, high
        The values between which it moves.
    at_low, at_high
        The output there; NaN where it is an error.
    given
        Whether the workbook gives the range.
    """

    name: str
    low: float
    high: float
    at_low: float
    at_high: float
    given: bool

    @property
    def width(self) -> float:
        """How far the output moves."""
        return abs(self.at_high - self.at_low)


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """One-way swings, the widest first.

    Attributes
    ----------
    output, value
        The output and its value as the workbook stands.
    swings
        One for each input that moves it.
    without
        Numeric inputs that do not move it.
    """

    output: str
    value: float
    swings: tuple[Swing, ...]
    without: tuple[str, ...]


def sensitivity(model: Model, output: str, share: float = SWING) -> Sensitivity:
    """Move every numeric input from its low to its high value, one at a time.

    Parameters
    ----------
    model
        The workbook.
    output
        Name or address of what is looked at.
    share
        Part of its value by which an input moves where the workbook gives neither `low` nor `high`.
    """
    at = model.vocabulary.find(output)
    inputs = _numeric_inputs(model)
    ranges = {name: input_range(model, name, share) for name in inputs}
    cells = list(dict.fromkeys(inputs.values()))
    program = compile_program(model, (), cells, [at])
    base = {cell: _number(model, cell) for cell in cells}
    trials = 1 + 2 * len(inputs)
    values = {cell: np.full(trials, value) for cell, value in base.items()}
    for i, (name, cell) in enumerate(inputs.items()):
        values[cell][1 + 2 * i : 3 + 2 * i] = ranges[name][:2]
    out = program.run({}, values)[at]
    program.check({}, values)
    swings = [
        Swing(name, *ranges[name][:2], float(out[1 + 2 * i]), float(out[2 + 2 * i]), ranges[name][2])
        for i, name in enumerate(inputs)
    ]
    moving = [s for s in swings if s.at_low != out[0] or s.at_high != out[0]]
    ordered = sorted(moving, key=lambda s: -s.width if math.isfinite(s.width) else -math.inf)
    without = tuple(s.name for s in swings if s not in moving)
    return Sensitivity(output, float(out[0]), tuple(ordered), without)


def _numeric_inputs(model: Model) -> dict[str, CellAt]:
    """Return the named inputs that hold numbers other than 0, and the cells that are changed for them."""
    found = {}
    for name in model.inputs:
        cell = changed_cell(model, name)
        value = model.value_at(cell)
        if isinstance(value, float) and (value != 0 or input_range(model, name, 0)[2]):
            found[name] = cell
    return found


def changed_cell(model: Model, name: str) -> CellAt:
    """Return the cell that an assignment to a name changes."""
    return model._input_cell(name)  # noqa: SLF001  what `Model.set` asks too


def _number(model: Model, at: CellAt) -> float:
    value = model.value_at(at)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InputRefusedError(f"{at} holds no number; got {value!r}")
    return float(value)


def input_range(model: Model, name: str, share: float) -> tuple[float, float, bool]:
    """Return the low and high value of an input, and whether the workbook gives them."""
    named = model.inputs.get(name)
    low, high = (named.low, named.high) if named else (None, None)
    if isinstance(low, float) and isinstance(high, float) and low < high:
        return low, high, True
    value = _number(model, changed_cell(model, name))
    low, high = sorted((value * (1 - share), value * (1 + share)))
    return low, high, False


# -- tables --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Axis:
    """The values that an input takes in a table."""

    name: str
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Table:
    """An output over one or two inputs.

    Attributes
    ----------
    output
        The output.
    rows, columns
        The inputs; without `columns` there is one column.
    values
        The output, NaN where it is an error.
    """

    output: str
    rows: Axis
    columns: Axis | None
    values: NDArray[np.float64]


def parse_axis(text: str) -> Axis:
    """Read `price=250:340:10`: a name, the first and the last value, how many values.

    Raises
    ------
    InputRefusedError
        If it is something else.

    Examples
    --------
    >>> parse_axis("price=250:340:4").values
    array([250., 280., 310., 340.])
    """
    name, mark, rest = text.partition("=")
    parts = rest.split(":")
    try:
        low, high, count = float(parts[0]), float(parts[1]), int(parts[2])
    except (ValueError, IndexError):
        mark, low, high, count = "", 0.0, 0.0, 0
    if not mark or not name.strip() or len(parts) != 3 or count < 2 or not math.isfinite(low + high):  # noqa: PLR2004
        raise InputRefusedError(f"{text} is not NAME=LOW:HIGH:COUNT, such as price=250:340:10")
    return Axis(name.strip(), np.linspace(low, high, count))


def grid(model: Model, output: str, rows: Axis, columns: Axis | None = None) -> Table:
    """Evaluate an output for all pairs of values of two inputs at once.

    Parameters
    ----------
    model
        The workbook.
    output
        Name or address of what is looked at.
    rows, columns
        The inputs and their values.

    Raises
    ------
    InputRefusedError
        If both are the same cell, or the table has more than a million cells.
    """
    at = model.vocabulary.find(output)
    axes = [rows] if columns is None else [rows, columns]
    cells = [changed_cell(model, axis.name) for axis in axes]
    if len(set(cells)) < len(cells):
        raise InputRefusedError(f"a table needs two different inputs; got {rows.name} twice")
    size = math.prod(len(axis.values) for axis in axes)
    if size > MOST_CELLS:
        raise InputRefusedError(f"a table has at most {MOST_CELLS:,} cells; got {size:,}")
    spread = np.meshgrid(*(axis.values for axis in axes), indexing="ij")
    values = {cell: mesh.ravel() for cell, mesh in zip(cells, spread, strict=True)}
    program = compile_program(model, (), cells, [at])
    out = program.run({}, values)[at]
    program.check({}, values)
    return Table(output, rows, columns, out.reshape(len(rows.values), -1))


# -- roots ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Root:
    """Where an output is at its target.

    Attributes
    ----------
    low, high
        The same number, or the ends of a stretch in which every value will do.
    output
        The output there.
    """

    low: float
    high: float
    output: float


@dataclass(frozen=True, slots=True)
class Solution:
    """All roots in an interval, or why there is none.

    Attributes
    ----------
    output, target, name, low, high
        What was asked.
    roots
        The roots, in ascending order.
    jumps
        Places where the output passes the target without taking it.
    reason
        What was found about the whole interval, in words.
    """

    output: str
    target: float
    name: str
    low: float
    high: float
    roots: tuple[Root, ...]
    jumps: tuple[float, ...]
    reason: str


class _Curve:
    """An output as a function of one input."""

    def __init__(self, model: Model, output: str, name: str, target: float) -> None:
        self.at = model.vocabulary.find(output)
        self.cell = changed_cell(model, name)
        _number(model, self.cell)
        self._target = target
        self.program: Program = compile_program(model, (), [self.cell], [self.at])

    def __call__(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far the output is above the target; NaN where it is an error."""
        return self.program.run({}, {self.cell: values})[self.at] - self._target


def solve(model: Model, output: str, target: float, name: str, between: tuple[float, float] | None = None) -> Solution:
    """Find every value of an input at which an output is at a target.

    Parameters
    ----------
    model
        The workbook.
    output
        Name or address of what is to reach the target.
    target
        The target.
    name
        The input that is changed.
    between
        The interval; by default the workbook's range of the input, else from 0 to four times its value.

    Returns
    -------
    The roots. The interval is evaluated in 4,096 steps; each step in which the output passes the target, and each
    turning point near it, is searched again until the root is known to twelve digits. Two roots within one step between
    which the output does not turn visibly could stay hidden; where the output rises or falls throughout, none can.

    Raises
    ------
    InputRefusedError
        If the interval is empty.
    """
    low, high = between or _default_interval(model, name)
    if not low < high:
        raise InputRefusedError(f"{name} must be searched from a lower to a higher value; got {low:g} to {high:g}")
    curve = _Curve(model, output, name, target)
    places = np.linspace(low, high, DENSE + 1)
    found = curve(places)
    curve.program.check({}, {curve.cell: places})
    roots, jumps = _search(curve, places, found)
    return Solution(output, target, name, low, high, roots, jumps, _reason(places, found, target, roots))


def _default_interval(model: Model, name: str) -> tuple[float, float]:
    low, high, given = input_range(model, name, 0)
    if given:
        return low, high
    return (0.0, 4 * high) if high > 0 else (4 * low, 0.0) if low < 0 else (-1.0, 1.0)


def _search(
    curve: _Curve, places: NDArray[np.float64], found: NDArray[np.float64]
) -> tuple[tuple[Root, ...], tuple[float, ...]]:
    roots: list[Root] = []
    jumps: list[float] = []
    span = float(places[-1] - places[0])
    finite = found[np.isfinite(found)]
    size = float(np.ptp(finite)) if finite.size else 0.0
    on = np.flatnonzero(found == 0)
    for stretch in np.split(on, np.flatnonzero(np.diff(on) > 1) + 1) if on.size else ():
        first, last = int(stretch[0]), int(stretch[-1])
        if first == last:
            roots.append(Root(float(places[first]), float(places[first]), 0.0))
        else:
            ends = _edge(curve, places, first, -1), _edge(curve, places, last, 1)
            roots.append(Root(*ends, 0.0))
    for i in np.flatnonzero(found[:-1] * found[1:] < 0):
        place, left = _bisected(curve, float(places[i]), float(places[i + 1]), span)
        if abs(left) <= 1e-6 * max(abs(found[i]), abs(found[i + 1])):
            roots.append(Root(place, place, left))
        else:
            jumps.append(place)
    inner = np.abs(found[1:-1])
    turning = (inner <= np.abs(found[:-2])) & (inner < np.abs(found[2:]))
    for i in np.flatnonzero(turning & (found[:-2] * found[2:] > 0) & (found[1:-1] * found[2:] > 0)) + 1:
        roots += _touching(curve, float(places[i - 1]), float(places[i + 1]), span, size)
    return tuple(sorted(roots, key=lambda r: r.low)), tuple(sorted(jumps))


def _edge(curve: _Curve, places: NDArray[np.float64], index: int, step: int) -> float:
    """Return where a stretch of roots ends, beyond its outermost place."""
    if not 0 <= index + step < len(places):
        return float(places[index])
    inside, outside = float(places[index]), float(places[index + step])
    for _ in range(12):
        between = np.linspace(inside, outside, _FINER + 1)
        still = int(np.flatnonzero(np.logical_and.accumulate(curve(between) == 0))[-1])
        inside, outside = float(between[still]), float(between[min(still + 1, _FINER)])
    return inside


def _bisected(curve: _Curve, low: float, high: float, span: float) -> tuple[float, float]:
    """Return where the output passes the target between two places, and how far from it it is there."""
    while True:
        between = np.linspace(low, high, _FINER + 1)
        found = curve(between)
        exact = np.flatnonzero(found == 0)
        if exact.size:
            return float(between[exact[0]]), 0.0
        passing = np.flatnonzero(found[:-1] * found[1:] < 0)
        if not passing.size:
            return (low + high) / 2, math.nan
        i = int(passing[0])
        low, high = float(between[i]), float(between[i + 1])
        if high - low <= max(_CLOSE * span / 16, 4 * math.ulp(max(abs(low), abs(high)))):
            best = i if abs(found[i]) <= abs(found[i + 1]) else i + 1
            return float(between[best]), float(found[best])


def _touching(curve: _Curve, low: float, high: float, span: float, size: float) -> list[Root]:
    """Return the roots at a turning point: none, two that lie close together, or one that only touches."""
    while True:
        between = np.linspace(low, high, _FINER + 1)
        found = curve(between)
        passing = np.flatnonzero(found[:-1] * found[1:] < 0)
        if passing.size:
            ends = [_bisected(curve, float(between[i]), float(between[i + 1]), span) for i in passing]
            return [Root(place, place, left) for place, left in ends]
        if not np.isfinite(found).any():
            return []
        best = int(np.nanargmin(np.abs(found)))
        low, high = float(between[max(best - 1, 0)]), float(between[min(best + 1, _FINER)])
        if found[best] == 0 or high - low <= 1e-9 * span:
            touches = abs(float(found[best])) <= _TOUCH * 1e-3 * size
            return [Root(float(between[best]), float(between[best]), float(found[best]))] if touches else []


def _reason(places: NDArray[np.float64], found: NDArray[np.float64], target: float, roots: Sequence[Root]) -> str:
    """Say what the output does over the interval."""
    counts = np.isfinite(found)
    if not counts.any():
        return "the output is an error throughout"
    steps = np.diff(found[counts])
    lowest, highest = float(found[counts].min()) + target, float(found[counts].max()) + target
    within = f"from {lowest:.12g} to {highest:.12g}"
    if not steps.any():
        words = f"the output does not move: it is {lowest:.12g} throughout"
    elif (steps >= 0).all():
        words = f"the output rises throughout, {within}"
    elif (steps <= 0).all():
        words = f"the output falls throughout, from {highest:.12g} to {lowest:.12g}"
    else:
        turns = int(np.count_nonzero(np.diff(np.sign(steps[steps != 0]))))
        words = f"the output turns {turns} time{'' if turns == 1 else 's'} and stays {within}"
    if not counts.all():
        words += f"; it is an error at {int((~counts).sum())} of {len(places):,} places"
    if not roots:
        nearest = int(np.nanargmin(np.abs(found)))
        words += f"; nearest to the target is {float(found[nearest]) + target:.12g}, at {float(places[nearest]):.12g}"
    return words


# -- stress --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stress:
    """An output while an uncertain input is confined to its worst decile.

    Attributes
    ----------
    name
        The input; `all` for all of them together, `none` for none.
    tail
        Which decile is the worse: `low` or `high`; empty where none is.
    mean, p5, p50, p95
        Mean and percentiles of the output; trials in which it is an error do not count.
    """

    name: str
    tail: str
    mean: float
    p5: float
    p50: float
    p95: float


def stress(
    model: Model,
    output: str,
    inputs: Mapping[str, str] | None = None,
    seed: int = 0,
    *,
    worst_is_high: bool = False,
) -> tuple[Stress, ...]:
    """Confine every uncertain input to its worst decile, one at a time and then all together.

    Parameters
    ----------
    model
        The workbook.
    output
        Name or address of what is looked at.
    inputs
        Inputs that are made uncertain: `{"price": "PERT(250,294,340)"}`.
    seed
        The same seed gives the same trials.
    worst_is_high
        Whether a high output is the bad one, as a shortfall's is.

    Returns
    -------
    Without stress, with each input, with all; the inputs in the order of their effect.

    Raises
    ------
    InputRefusedError
        If nothing is uncertain.
    """
    at = model.vocabulary.find(output)
    outside = [outside_draw(model, name, text) for name, text in (inputs or {}).items()]
    draws = (*find_draws(model), *outside)
    if not draws:
        raise InputRefusedError(
            f"{model.book.label} has no uncertain cells; give some, such as --input price=PERT(250,294,340)"
        )
    program = compile_program(model, draws, (), [at])
    streams = streams_of("sobol", [d.name for d in draws], seed, TRIALS)
    uniforms = {d: streams[d.name].uniforms(0, TRIALS) for d in draws}
    base = _described("none", "", program.run(uniforms)[at])
    program.check(uniforms)
    sign = -1.0 if worst_is_high else 1.0
    found = []
    worst = dict(uniforms)
    for draw in draws:
        tails = {"low": uniforms[draw] * DECILE, "high": 1 - (1 - uniforms[draw]) * DECILE}
        runs = {
            tail: _described(draw.name, tail, program.run({**uniforms, draw: confined})[at])
            for tail, confined in tails.items()
        }
        tail = min(runs, key=lambda t: sign * runs[t].mean)
        worst[draw] = tails[tail]
        found.append(runs[tail])
    found.sort(key=lambda s: sign * s.mean)
    together = _described("all", "", program.run(worst)[at])
    return (base, *found, together)


def _described(name: str, tail: str, values: NDArray[np.float64]) -> Stress:
    counted = values[np.isfinite(values)]
    if not counted.size:
        return Stress(name, tail, math.nan, math.nan, math.nan, math.nan)
    low, middle, high = (float(q) for q in np.quantile(counted, (0.05, 0.5, 0.95)))
    return Stress(name, tail, float(counted.mean()), low, middle, high)
