"""From an annotated signature to a worksheet function: coercion, broadcasting, domains, NaN masks.

`@worksheet` reads the signature once and keeps it as a `Contract`. A call then goes the same way for every
host: coerce to float64, broadcast, evaluate the body once for all elements, and put NaN where an argument is
outside its domain. In a function with a core dimension every argument carries that dimension as its last axis,
plain ones with length 1, and reductions keep it; so the body still reads as the formula is printed.
"""

from __future__ import annotations

import functools
import math
import typing
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np

from dealmodel import wording
from dealmodel.cells import OMITTED
from dealmodel.errors import ArgumentsError, ShapeError
from dealmodel.pieces import PIECE, Pieces, spoil
from dealmodel.signature import (
    Parameter,
    Requirement,
    Result,
    at_most,
    below,
    read_signature,
    sums_to_one,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from dealmodel.domain import Domain

__all__ = [
    "Array",
    "Contract",
    "Parameter",
    "Requirement",
    "Result",
    "at_most",
    "below",
    "contract_of",
    "sums_to_one",
    "total",
    "worksheet",
]

Array = typing.Annotated[Any, "a float64 array, or a float64 number where every argument is one"]
F = TypeVar("F", bound="Callable[..., Any]")

AT_ONCE = 2**21
"""Elements of all arguments together that a body gets in one go: below, cutting into pieces gains it nothing."""
MAX_RESULT = 2**25
"""Elements a result may have: a column against a row soon asks for more memory than there is."""
_SCALARS = (float, int, np.floating, np.integer, np.bool_)
_TABLE = "table"


class Contract:
    """The annotated signature of a worksheet function, and the one way to evaluate it.

    Attributes
    ----------
    shows_texts
        Whether a cell shows a text that is its first argument as it is, where others refuse it.
    """

    def __init__(
        self, body: Callable[..., Any], requirements: tuple[Requirement, ...] = (), *, shows_texts: bool = False
    ) -> None:
        self.body = body
        self.shows_texts = shows_texts
        self.name = body.__name__
        self.requirements = tuple(r for r in requirements if not r.on_result)
        self.result_requirements = tuple(r for r in requirements if r.on_result)

    @cached_property
    def _signature(self) -> tuple[tuple[Parameter, ...], Result]:
        return read_signature(self.body)

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The arguments in order."""
        return self._signature[0]

    @cached_property
    def result(self) -> Result:
        """Domain and core dimension of the result."""
        return self._signature[1]

    @cached_property
    def cores(self) -> tuple[str, ...]:
        """Labels of the core dimensions of the arguments, in order of appearance."""
        return tuple(dict.fromkeys(p.core for p in self.parameters if p.core))

    @property
    def result_axes(self) -> int:
        """How many core dimensions the result has: 2 for a table, 1 for a series, 0 for a number."""
        return 2 if self.result.core == _TABLE else 1 if self.result.core else 0

    @cached_property
    def is_arraywise(self) -> bool:
        """Whether the body needs arrays even where every argument is a number."""
        return bool(self.cores or self.result.core)

    @cached_property
    def plain_numbers(self) -> int | None:
        """How many arguments there are where all are single numbers; None where some are not."""
        only_numbers = not (self.is_arraywise or any(p.is_text for p in self.parameters))
        return len(self.parameters) if only_numbers else None

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {p.name: i for i, p in enumerate(self.parameters)}

    # -- calling ---------------------------------------------------------------------------------------------

    def bind(self, args: Sequence[object], kwargs: Mapping[str, object]) -> list[object]:
        """Return one value per parameter, `OMITTED` standing for "left out" where there is a default."""
        parameters = self.parameters
        if len(args) > len(parameters):
            raise ArgumentsError(f"{self.name} takes at most {len(parameters)} arguments; got {len(args)}")
        values: list[object] = [*args, *[OMITTED] * (len(parameters) - len(args))]
        for name, value in kwargs.items():
            position = self._positions.get(name)
            if position is None:
                known = ", ".join(self._positions)
                raise ArgumentsError(f"{self.name} has no argument {name}; it has {known}")
            if position < len(args):
                raise ArgumentsError(f"{self.name} got {name} twice")
            values[position] = value
        for parameter, value in zip(parameters, values, strict=True):
            if value is OMITTED and not parameter.optional:
                raise ArgumentsError(f"{self.name} needs {parameter.name}")
        return values

    def __call__(self, *args: object, **kwargs: object) -> Any:  # noqa: ANN401  a number or an array
        """Evaluate for numbers, lists or arrays; numbers give a number, arrays an array."""
        values = self.bind(args, kwargs)
        if self.takes_scalars(values):
            return self.scalar(values)
        result = self.evaluate(values)
        return result if result.ndim else float(result)

    def takes_scalars(self, values: Sequence[object]) -> bool:
        """Whether `scalar` can evaluate these: one number each, or a text where a text goes."""
        return not self.is_arraywise and all(
            value is OMITTED or isinstance(value, str if parameter.is_text else _SCALARS)
            for parameter, value in zip(self.parameters, values, strict=True)
        )

    def scalar(self, values: Sequence[object]) -> float:
        """Evaluate for one number per argument; the same as `evaluate`, ten times quicker."""
        numbers: list[Any] = []
        for parameter, value in zip(self.parameters, values, strict=True):
            given = parameter.default if value is OMITTED else cast("float", value)
            if parameter.is_text:
                numbers.append(given)
            elif value is OMITTED or parameter.domain.holds(cast("float", given)):
                numbers.append(np.float64(cast("float", given)))
            else:
                return np.nan
        with np.errstate(all="ignore"):
            for requirement in self.requirements:
                if not requirement.test(*self._pick(requirement, numbers)):
                    return np.nan
            result = self.body(*numbers)
            for requirement in self.result_requirements:
                if not requirement.test(*self._pick(requirement, numbers, result)):
                    return np.nan
        return float(result)

    def evaluate(self, values: Sequence[object]) -> NDArray[np.float64]:
        """Evaluate for arrays that broadcast against each other; the result is always an array of its own."""
        arrays = self.prepare(values)
        shape, lengths = self._shape(arrays)
        checks = [
            (position, parameter.domain)
            for position, parameter in enumerate(self.parameters)
            if not (parameter.is_text or values[position] is OMITTED)
        ]
        with np.errstate(all="ignore"):
            if not self.is_arraywise and max(sum(map(np.size, arrays)), math.prod(shape)) > AT_ONCE:
                return self._evaluate_in_pieces(arrays, shape, checks)
            result, inside = self._evaluate(arrays, shape, checks)
        if self.cores and not self.result.core:
            result = result[..., 0]
        full = shape + self._tail(lengths, result)
        if result.shape != full or any(np.may_share_memory(result, a) for _, a in self._numeric(arrays)):
            result = np.array(np.broadcast_to(result, full))
        if inside is not None:
            spoil(result, np.broadcast_to(inside, shape).reshape(shape + (1,) * self.result_axes))
        return result

    def _evaluate(
        self,
        arrays: Sequence[Any],
        shape: tuple[int, ...],
        checks: Sequence[tuple[int, Domain]],
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_] | None]:
        """Return the body's result, and where it counts: None where everywhere."""
        is_long = not self.is_arraywise and math.prod(shape) > PIECE
        inside = self._inside_in_pieces(arrays, shape, checks) if is_long else self._inside(arrays, checks)
        result = np.asarray(self.body(*arrays), dtype=np.float64)
        for requirement in self.result_requirements:
            met = self._met(requirement, arrays, result)
            if not met.all():
                inside = met if inside is None else inside & met
        return result, inside

    def _evaluate_in_pieces(
        self, arrays: Sequence[Any], shape: tuple[int, ...], checks: Sequence[tuple[int, Domain]]
    ) -> NDArray[np.float64]:
        """Evaluate a function of plain arguments piece by piece, from the check to the formula."""
        out = np.empty(shape)
        pieces = Pieces(arrays, shape)
        rows = pieces.rows(out)
        checks = pieces.unsettled(checks)
        for part, piece in pieces:
            result, inside = self._evaluate(piece, (), checks)
            rows[part] = result
            if inside is not None:
                spoil(rows[part], inside)
        return out

    def _tail(self, lengths: Mapping[str, int], result: NDArray[np.float64]) -> tuple[int, ...]:
        """Return the core shape of the result."""
        core = self.result.core
        if not core:
            return ()
        if core.isdigit():
            return (int(core),)
        return (lengths[core],) if core in lengths else result.shape[-self.result_axes :]

    def prepare(self, values: Sequence[object]) -> list[Any]:
        """Return every argument as an array with its axes in place."""
        arrays: list[Any] = []
        for parameter, value in zip(self.parameters, values, strict=True):
            if parameter.is_text:
                arrays.append(parameter.default if value is OMITTED else value)
                continue
            array = parameter.coerce(parameter.default if value is OMITTED else value)
            if parameter.core:
                array = np.atleast_1d(array)
                if array.shape[-1] == 0:
                    raise ShapeError(f"{parameter.name} must have at least one element; got none")
            elif self.cores:
                array = array[..., None]
            arrays.append(array)
        return arrays

    def _shape(self, arrays: Sequence[Any]) -> tuple[tuple[int, ...], dict[str, int]]:
        """Return the broadcast shape without core dimensions, and the lengths of those."""
        lengths: dict[str, tuple[str, int]] = {}
        shapes: list[tuple[int, ...]] = []
        for parameter, array in self._numeric(arrays):
            if parameter.core:
                first, length = lengths.setdefault(parameter.core, (parameter.name, array.shape[-1]))
                got = array.shape[-1]
                if got != length:
                    raise ShapeError(f"{parameter.name} must be as long as {first}: {length} elements; got {got}")
            shapes.append(array.shape[:-1] if self.cores else array.shape)
        try:
            shape = np.broadcast_shapes(*shapes)
        except ValueError:
            named = ", ".join(
                f"{p.name} {'x'.join(map(str, s)) or '1'}"
                for (p, _), s in zip(self._numeric(arrays), shapes, strict=True)
            )
            raise ShapeError(f"the arguments of {self.name} do not go together: {named}") from None
        size = math.prod(shape) * max((length for _, length in lengths.values()), default=1)
        if size > MAX_RESULT:
            most = f"at most {MAX_RESULT:,} are computed at once"
            raise ShapeError(f"{self.name} would have {size:,} elements; {most}")
        return shape, {label: length for label, (_, length) in lengths.items()}

    def _numeric(self, arrays: Sequence[Any]) -> Iterator[tuple[Parameter, Any]]:
        return ((p, a) for p, a in zip(self.parameters, arrays, strict=True) if not p.is_text)

    def _inside(self, arrays: Sequence[Any], checks: Sequence[tuple[int, Domain]]) -> NDArray[np.bool_] | None:
        """Return where every argument is inside its domain, or None where all are, everywhere."""
        masks: list[NDArray[np.bool_]] = []
        for position, domain in checks:
            array = arrays[position]
            if not domain.contains_all(array):
                mask = domain.contains(array)
                masks.append(np.asarray(mask.all(axis=-1) if self.cores else mask))
        for requirement in self.requirements:
            met = self._met(requirement, arrays)
            if not met.all():
                masks.append(met)
        return functools.reduce(np.logical_and, masks) if masks else None

    def _inside_in_pieces(
        self, arrays: Sequence[Any], shape: tuple[int, ...], checks: Sequence[tuple[int, Domain]]
    ) -> NDArray[np.bool_] | None:
        """Return the same for long columns of plain arguments, all conditions on a piece before the next."""
        whole = None
        pieces = Pieces(arrays, shape)
        checks = pieces.unsettled(checks)
        for part, piece in pieces:
            inside = self._inside(piece, checks)
            if inside is not None:
                whole = np.ones(shape, dtype=np.bool_) if whole is None else whole
                pieces.rows(whole)[part] = inside
        return whole

    def _met(self, requirement: Requirement, arrays: Sequence[Any], result: object = None) -> NDArray[np.bool_]:
        """Return in which cases a requirement holds."""
        met = np.asarray(requirement.test(*self._pick(requirement, arrays, result)), dtype=np.bool_)
        axes = max(1 if self.cores else 0, self.result_axes if requirement.on_result else 0)
        return np.asarray(met.all(axis=tuple(range(-axes, 0)))) if axes else met

    def _pick(self, requirement: Requirement, arrays: Sequence[Any], result: object = None) -> list[Any]:
        positions = self._positions
        return [result if name == "result" else arrays[positions[name]] for name in requirement.arguments]

    # -- explaining ------------------------------------------------------------------------------------------

    def complaints(self, values: Sequence[object]) -> list[str]:
        """Say, argument by argument, which is outside which domain; if none is, which conditions fail."""
        arrays = self.prepare(values)
        shape, _ = self._shape(arrays)
        with np.errstate(all="ignore"):
            outside = [
                f"{p.name}{wording.place(~p.domain.contains(a))} must be {p.domain.words};"
                f" got {wording.number(a[~p.domain.contains(a)][0])}"
                for (p, a), (_, value) in zip(self._numeric(arrays), self._numeric(values), strict=True)
                if value is not OMITTED and not p.domain.contains_all(a)
            ]
            if outside:
                return outside
            failed = [self._failure(r, arrays) for r in self.requirements if not self._met(r, arrays).all()]
            if failed or not self.result_requirements:
                return failed
            result, _ = self._evaluate(arrays, shape, ())
            return [
                self._failure(r, arrays, result)
                for r in self.result_requirements
                if not self._met(r, arrays, result).all()
            ]

    def _failure(self, requirement: Requirement, arrays: Sequence[Any], result: object = None) -> str:
        picked = self._pick(requirement, arrays, result)
        met = np.asarray(requirement.test(*picked))
        shown = " and ".join(wording.element(np.asarray(array), met) for array in picked)
        return f"{requirement.words}; got {shown}"


def worksheet(*requirements: Requirement, shows_texts: bool = False) -> Callable[[F], F]:
    """Make a worksheet function of a formula with an annotated signature.

    Parameters
    ----------
    requirements
        Conditions between the arguments, or on the result.
    shows_texts
        Whether a cell shows a text that is the first argument as it is.
    """

    def decorate(body: F) -> F:
        contract = Contract(body, requirements, shows_texts=shows_texts)

        @functools.wraps(body)
        def function(*args: object, **kwargs: object) -> Any:  # noqa: ANN401
            return contract(*args, **kwargs)

        function.__contract__ = contract  # type: ignore[attr-defined]
        return cast("F", function)

    return decorate


def contract_of(function: Callable[..., Any]) -> Contract:
    """Return the contract of a worksheet function."""
    return cast("Contract", function.__contract__)  # type: ignore[attr-defined]


def total(values: Array) -> Array:
    """Sum along the core dimension and keep it, so that the sum goes on with the other arguments."""
    return np.sum(values, axis=-1, keepdims=True)
