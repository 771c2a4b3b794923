"""What the quick program calls for a block of trials, beside NumPy: inputs, draws, our functions, lookups."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from dealmodel.cells import OMITTED
from dealmodel.distributions import DISTRIBUTIONS
from dealmodel.simulation.compiler import boxes
from dealmodel.simulation.compiler.quick.values import FLAGS
from dealmodel.simulation.sampling.quantile_table import quantiles
from dealmodel.simulation.sampling.streams import LEAST, MOST
from dealmodel.simulation.sampling.variates import fixed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from dealmodel.distributions import Family
    from dealmodel.simulation.compiler.careful.evaluator import Careful
    from dealmodel.simulation.compiler.graph import Node
    from dealmodel.simulation.sampling.cubic_table import Quantiles

    Array = NDArray[Any]
    Call = Callable[..., None]


class FlaggedError(Exception):
    """A block in which something else than a number appeared."""


def finite(result: Array) -> Array:
    """Return a result all of whose elements are finite.

    Raises
    ------
    FlaggedError
        If one is not.
    """
    if not np.isfinite(np.add.reduce(result, axis=None)):
        raise FlaggedError
    return result


@functools.cache
def quietly(call: Callable[..., Any]) -> Call:
    """Return a function of NumPy that lets infinities and NaN pass."""

    def quiet(*args: Any) -> None:  # noqa: ANN401
        with np.errstate(all="ignore"):
            call(*args)

    return quiet


class Blocks:
    """Makes the calls, which take the trials of the block that is set.

    Parameters
    ----------
    careful
        The evaluator for what is not written here.
    """

    def __init__(self, careful: Careful) -> None:
        self._careful = careful
        self._leaves: Mapping[int, Array] = {}
        self._uniforms: Mapping[int, Array] = {}
        self._part = slice(0, 0)
        self._drawn: dict[int, Array] | None = None
        self.noted: set[int] = set()
        """The draws that were noted in the block."""

    def set(
        self,
        leaves: Mapping[int, Array],
        uniforms: Mapping[int, Array],
        part: slice,
        drawn: dict[int, Array] | None = None,
    ) -> None:
        """Let the calls take a part of the trials.

        Parameters
        ----------
        leaves
            Cells from outside by their nodes' ids.
        uniforms
            Numbers between 0 and 1 by the draws.
        part
            Which trials.
        drawn
            Where to note the draws whose arguments are fixed, all trials of each; None for not at all.
        """
        self._leaves, self._uniforms, self._part, self._drawn = leaves, uniforms, part, drawn
        self.noted = set()

    def _note(self, index: int, values: Array) -> None:
        """Note a draw, where that is asked for."""
        if self._drawn is None:
            return
        if index not in self._drawn:
            self._drawn[index] = np.empty(len(self._uniforms[index]))
        self._drawn[index][self._part] = values
        self.noted.add(index)

    def _fill(self, source: Array, out: Array) -> None:
        """Put a part of the trials into a register; the last block is filled up with its own last trial."""
        size = self._part.stop - self._part.start
        out[:size] = source[self._part]
        if size < len(out):
            out[size:] = out[size - 1]

    def load(self, key: int) -> Call:
        """Return a call that takes a cell from outside."""

        def call(out: Array) -> None:
            self._fill(self._leaves[key], out)

        return call

    def sample(self, index: int, function: str, sizes: Sequence[int | None], *, strict: bool) -> Call:
        """Return a call that takes an uncertain number.

        Parameters
        ----------
        index
            Which draw.
        function
            Its distribution.
        sizes
            How many numbers each argument has; None for one that is left out.
        strict
            Whether its arguments must be within their domains in every trial.
        """
        family = DISTRIBUTIONS[function]
        made: dict[tuple[float, ...], tuple[Quantiles, bool]] = {}

        def take_fixed(parts: Sequence[Any], out: Array) -> None:
            key = tuple(map(float, parts))
            if key not in made:
                made.clear()
                made[key] = fixed(family, *map(_hashable, _arguments(family, sizes, parts)))
            values, never_fails = made[key]
            size = self._part.stop - self._part.start
            with np.errstate(all="ignore"):
                values(self._uniforms[index][self._part], out[:size])
            self._note(index, out[:size])
            out[size:] = out[size - 1]
            if strict and not never_fails:
                finite(out)

        def call(*places: Any) -> None:  # noqa: ANN401
            *parts, out = places
            if not any(isinstance(p, np.ndarray) and p.ndim for p in parts):
                take_fixed(parts, out)
                return
            uniforms = np.empty_like(out)
            self._fill(self._uniforms[index], uniforms)
            variates = np.asarray(quantiles(family(*_arguments(family, sizes, parts)), uniforms))
            np.copyto(out, finite(variates) if strict else variates)

        return call

    def sample_carefully(
        self,
        index: int,
        function: str,
        arguments: Sequence[Node],
        known: Sequence[tuple[int, bool]],
        constants: Mapping[int, Array],
    ) -> Call:
        """Return a call that takes an uncertain number whose arguments are evaluated carefully."""

        def call(*places: Array) -> None:
            *values, out = places
            at_hand: dict[int, Any] = dict(constants)
            for (key, is_flags), value in zip(known, values, strict=True):
                at_hand[key] = boxes.flags(value) if is_flags else value
            uniforms = np.empty_like(out)
            self._fill(self._uniforms[index], uniforms)
            np.copyto(out, sampled(self._careful, function, arguments, at_hand, uniforms))

        return call

    def evaluate(
        self,
        root: Node,
        known: Sequence[tuple[int, bool]],
        constants: Mapping[int, Array],
        kind: str,
        *,
        strict: bool,
    ) -> Call:
        """Return a call that has a cell evaluated carefully.

        Parameters
        ----------
        root
            Its formula.
        known
            The ids of the nodes whose values the call is given, each with whether it is of truths.
        constants
            Those that are the same in every trial, boxed.
        kind
            What the cell is to hold.
        strict
            Whether it must not hold anything else.
        """

        def call(*places: Array) -> None:
            *values, out = places
            at_hand: dict[int, Any] = dict(constants)
            for (key, is_flags), value in zip(known, values, strict=True):
                at_hand[key] = boxes.flags(value) if is_flags else value
            self._careful.run([root], at_hand)
            value = at_hand[id(root)]
            if kind == FLAGS:
                if not boxes.is_flag(value).all():
                    raise FlaggedError
                np.equal(boxes.payloads(value), boxes.payloads(np.array(boxes.TRUE)), out)
                return
            blank = boxes.is_blank(value)
            value = np.where(blank, 0.0, value) if blank.any() else value
            if strict and np.isnan(value).any():
                raise FlaggedError
            np.copyto(out, value)

        return call

    def bridge(self, node: Node, layout: Sequence[Any], *, strict: bool) -> Call:
        """Return a call that has a function of numbers worked out by the careful evaluator.

        Parameters
        ----------
        node
            The function.
        layout
            Its arguments: None for one left out, otherwise rows of constants, and of None where a value is given.
        strict
            Whether errors are refused.
        """

        def call(*places: Array) -> None:
            *values, out = places
            left = iter(values)
            args: list[Any] = []
            for rows in layout:
                if rows is None:
                    args.append(None)
                    continue
                grid = [[_boxed(next(left)) if cell is None else cell for cell in row] for row in rows[1]]
                args.append(grid if rows[0] else grid[0][0])
            with np.errstate(all="ignore"):
                result: Any = self._careful.value(node, args)
            np.copyto(out, finite(np.asarray(result)) if strict else result)

        return call


def _arguments(family: Family, sizes: Sequence[int | None], cells: Sequence[Any]) -> list[Any]:
    """Return the arguments of a distribution of some cells, by how many each has."""
    left = iter(cells)
    given: list[Any] = []
    for parameter, size in zip(family.contract.parameters, sizes, strict=False):
        some = [next(left) for _ in range(size or 0)]
        if size is None:
            given.append(OMITTED)
        else:
            given.append(np.stack(np.broadcast_arrays(*some), axis=-1) if parameter.core else some[0])
    return given


def ends(function: str, sizes: Sequence[int | None], numbers: Sequence[float]) -> tuple[float, float] | None:
    """Return between which numbers a distribution stays that is the same in all trials; None where it may fail.

    Parameters
    ----------
    function
        The distribution.
    sizes
        How many numbers each argument has; None for one that is left out.
    numbers
        These numbers.
    """
    family = DISTRIBUTIONS[function]
    values, never_fails = fixed(family, *map(_hashable, _arguments(family, sizes, numbers)))
    low, high = values(np.array([LEAST, MOST]))
    return (float(low), float(high)) if never_fails else None


def sampled(
    careful: Careful, function: str, arguments: Sequence[Node], known: dict[int, Any], uniforms: Array
) -> Array:
    """Return an uncertain number, NaN where its arguments are outside their domains.

    Parameters
    ----------
    careful
        Evaluates the arguments.
    function
        The distribution.
    arguments
        Its arguments.
    known
        The values that they are computed from, by their nodes' ids.
    uniforms
        Numbers between 0 and 1.
    """
    careful.run(arguments, known)
    family = DISTRIBUTIONS[function]
    given: list[Any] = []
    for parameter, arg in zip(family.contract.parameters, arguments, strict=False):
        value = known[id(arg)]
        if value is None or careful.is_omitted(value):
            given.append(OMITTED)
        elif parameter.core:
            cells = [boxes.number(c, careful.texts) for row in value for c in row]
            given.append(np.stack(np.broadcast_arrays(*cells), axis=-1))
        else:
            given.append(boxes.number(value[0][0] if isinstance(value, list) else value, careful.texts))
    if not any(a.varies for a in arguments):
        # One distribution, sampled as the quick program does, to the last digit.
        single = (
            a if a is OMITTED else np.ravel(a) if p.core else np.ravel(a)[0]
            for p, a in zip(family.contract.parameters, given, strict=False)
        )
        values, _ = fixed(family, *map(_hashable, single))
        return values(uniforms)
    return np.asarray(family(*given).ppf(uniforms), dtype=np.float64)


def _hashable(argument: Any) -> Any:  # noqa: ANN401  a number, an array, or nothing
    return argument if argument is OMITTED else tuple(argument.tolist()) if np.ndim(argument) else float(argument)


def _boxed(value: Array) -> Array:
    return boxes.flags(value) if value.dtype == np.bool_ else value
