"""From an annotated signature to a worksheet function: coercion, broadcasting, domains, NaN masks.

`@worksheet` reads the signature once and keeps it as a `Contract`. A call then goes the same way for every host:
coerce to float64, broadcast, evaluate the body once for all elements, and put NaN where an argument is outside
its domain. In a function with a core dimension every argument carries that dimension as its last axis, plain ones
with length 1, and reductions keep it; so the body still reads as the formula is printed.
"""

from __future__ import annotations

import functools
import inspect
import typing
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np

from dealmodel.domain import OMITTED, TEXT, Core, Domain, Kind, Omitted
from dealmodel.errors import ArgumentsError, NotANumberError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

Array = typing.Annotated[Any, "a float64 array, or a float64 number where every argument is one"]
F = TypeVar("F", bound="Callable[..., Any]")

BLOCK = 16384
"""Elements evaluated at once: a handful of float64 arrays of this length fit into a core's own cache."""
_SCALARS = (float, int, np.floating, np.integer, np.bool_)
MAX_RESULT = 2**25
"""Elements a result may have; a column against a row asks for more than a machine holds before it is noticed."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """A condition between arguments, in words that follow the first argument's name.

    Attributes
    ----------
    arguments
        Names of the arguments that `test` takes, in its order; `result` stands for the result.
    test
        Elementwise condition.
    words
        The condition in words, complete: "stake_before must be below stake_after".
    """

    arguments: tuple[str, ...]
    test: Callable[..., Any]
    words: str

    @property
    def on_result(self) -> bool:
        """Whether the condition can only be tested when the result is there."""
        return "result" in self.arguments


def below(lesser: str, greater: str) -> Requirement:
    """Require one argument to be below another."""
    return Requirement((lesser, greater), np.less, f"{lesser} must be below {greater}")


def at_most(lesser: str, greater: str) -> Requirement:
    """Require one argument to be at most another."""
    return Requirement((lesser, greater), np.less_equal, f"{lesser} must be at most {greater}")


def sums_to_one(name: str) -> Requirement:
    """Require a list to sum to 1 within 1e-9."""
    return Requirement(
        (name,),
        lambda values: abs(np.sum(values, axis=-1, keepdims=True) - 1) <= 1e-9,  # noqa: PLR2004  the contract's tolerance
        f"{name} must sum to 1",
    )


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of a worksheet function."""

    name: str
    domain: Domain
    core: str
    default: float | str | Omitted

    @property
    def optional(self) -> bool:
        """Whether the argument may be left out."""
        return not isinstance(self.default, Omitted)

    @property
    def is_text(self) -> bool:
        """Whether the argument is a text, which is handed through as it is."""
        return self.domain.kind is Kind.TEXT

    def coerce(self, value: object) -> NDArray[np.float64]:
        """Return the value as float64; a masked element becomes NaN."""
        if isinstance(value, np.ma.MaskedArray):
            value = np.ma.filled(value.astype(np.float64), np.nan)
        try:
            array = np.asarray(value)
        except ValueError:
            raise ShapeError(f"{self.name} must be rectangular; got rows of different lengths") from None
        if array.dtype.kind in "biuf":
            return array.astype(np.float64, copy=False)
        if array.dtype.kind == "O":
            try:
                return np.array([float(item) for item in array.flat], dtype=np.float64).reshape(array.shape)
            except (TypeError, ValueError, OverflowError):
                pass
        shown = repr(value)
        shown = shown if len(shown) <= 40 else shown[:37] + "..."  # noqa: PLR2004  one line on a terminal
        raise NotANumberError(f"{self.name} must be a number or an array of numbers; got {shown}")


@dataclass(frozen=True, slots=True)
class Result:
    """What a worksheet function returns."""

    domain: Domain
    core: str


class Contract:
    """The annotated signature of a worksheet function, and the one way to evaluate it."""

    def __init__(
        self, body: Callable[..., Any], requirements: tuple[Requirement, ...] = (), *, per_case: bool = False
    ) -> None:
        self.body = body
        self.name = body.__name__
        self.requirements = tuple(r for r in requirements if not r.on_result)
        self.result_requirements = tuple(r for r in requirements if r.on_result)
        self.per_case = per_case

    @cached_property
    def _signature(self) -> tuple[tuple[Parameter, ...], Result]:
        hints = typing.get_type_hints(self.body, include_extras=True)
        parameters = tuple(
            Parameter(
                p.name,
                *_read_annotation(hints[p.name]),
                default=OMITTED if p.default is p.empty else p.default,
            )
            for p in inspect.signature(self.body).parameters.values()
        )
        return parameters, Result(*_read_annotation(hints["return"]))

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The arguments in order."""
        return self._signature[0]

    @property
    def result(self) -> Result:
        """Domain and core dimension of the result."""
        return self._signature[1]

    @cached_property
    def cores(self) -> tuple[str, ...]:
        """Labels of the core dimensions of the arguments, in order of appearance."""
        return tuple(dict.fromkeys(p.core for p in self.parameters if p.core))

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {p.name: i for i, p in enumerate(self.parameters)}

    # -- calling -----------------------------------------------------------------------------------------------

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
        if self._are_scalars(values):
            return self.scalar(values)
        result = self.evaluate(values)
        return result if result.ndim else float(result)

    @cached_property
    def is_arraywise(self) -> bool:
        """Whether the body needs arrays even where every argument is a number."""
        return bool(self.cores or self.result.core or self.per_case)

    def _are_scalars(self, values: Sequence[object]) -> bool:
        if self.is_arraywise:
            return False
        return all(isinstance(v, _SCALARS) or v is OMITTED or isinstance(v, str) for v in values) and not any(
            isinstance(v, str) and not p.is_text for p, v in zip(self.parameters, values, strict=True)
        )

    def scalar(self, values: Sequence[object]) -> float:
        """Evaluate for one number per argument; the same as `evaluate`, ten times quicker."""
        numbers: list[Any] = []
        for parameter, value in zip(self.parameters, values, strict=True):
            if value is OMITTED:
                numbers.append(parameter.default if parameter.is_text else np.float64(cast("float", parameter.default)))
            elif parameter.is_text:
                numbers.append(value)
            else:
                number = np.float64(cast("float", value))
                if not parameter.domain.holds(number):
                    return np.nan
                numbers.append(number)
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
        """Evaluate for arrays that broadcast against each other; the result is always an array."""
        arrays, given = self.prepare(values)
        shape, lengths = self._shape(arrays)
        with np.errstate(all="ignore"):
            if not self.is_arraywise and _is_long(arrays, shape):
                return self._evaluate_in_blocks(arrays, given, shape)
            return self._evaluate(arrays, given, shape, lengths)

    def _evaluate_in_blocks(
        self, arrays: Sequence[Any], given: Sequence[bool], shape: tuple[int, ...]
    ) -> NDArray[np.float64]:
        """Evaluate element by element in blocks that stay in the cache, which makes the domain checks cheap."""
        flat = [a.reshape(-1) if np.ndim(a) else a for a in arrays]
        out = np.empty(int(np.prod(shape)))
        for start in range(0, out.size, BLOCK):
            part = slice(start, start + BLOCK)
            block = [a[part] if np.ndim(a) else a for a in flat]
            out[part] = self._evaluate(block, given, out[part].shape, {})
        return out.reshape(shape)

    def _evaluate(
        self, arrays: Sequence[Any], given: Sequence[bool], shape: tuple[int, ...], lengths: Mapping[str, int]
    ) -> NDArray[np.float64]:
        inside = self._inside(arrays, given)
        if self.per_case:
            result = self._each(arrays, shape, inside)
        else:
            result = np.asarray(self.body(*arrays), dtype=np.float64)
            if self.cores and not self.result.core:
                result = result[..., 0]
        for requirement in self.result_requirements:
            met = self._met(requirement, arrays, result)
            inside = met if inside is None else inside & met
        full = (*shape, *self._tail(lengths, result))
        if result.shape != full:
            result = np.broadcast_to(result, full).copy()
        if inside is None:
            return result
        inside = np.broadcast_to(inside, shape)
        return np.where(inside.reshape(shape + (1,) * (len(full) - len(shape))), result, np.nan)

    def _tail(self, lengths: Mapping[str, int], result: NDArray[np.float64]) -> tuple[int, ...]:
        """Return the core shape of the result."""
        core = self.result.core
        if not core:
            return ()
        if core == "table":
            return result.shape[-2:]
        return (int(core) if core.isdigit() else lengths.get(core, result.shape[-1]),)

    def prepare(self, values: Sequence[object]) -> tuple[list[Any], list[bool]]:
        """Return every argument as an array with its axes in place, and whether it was given."""
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
        return arrays, [value is not OMITTED for value in values]

    def _shape(self, arrays: Sequence[Any]) -> tuple[tuple[int, ...], dict[str, int]]:
        """Return the broadcast shape without core dimensions, and the lengths of those."""
        lengths: dict[str, tuple[str, int]] = {}
        shapes: list[tuple[int, ...]] = []
        for parameter, array in self._numeric(arrays):
            if parameter.core:
                first, length = lengths.setdefault(parameter.core, (parameter.name, array.shape[-1]))
                if array.shape[-1] != length:
                    raise ShapeError(
                        f"{parameter.name} must be as long as {first}: {length} elements; got {array.shape[-1]}"
                    )
            shapes.append(array.shape[:-1] if self.cores else array.shape)
        try:
            shape = np.broadcast_shapes(*shapes)
        except ValueError:
            named = ", ".join(
                f"{p.name} {'x'.join(map(str, s)) or '1'}"
                for (p, _), s in zip(self._numeric(arrays), shapes, strict=True)
            )
            raise ShapeError(f"the arguments of {self.name} do not go together: {named}") from None
        size = int(np.prod(shape, dtype=object)) * max((length for _, length in lengths.values()), default=1)
        if size > MAX_RESULT:
            raise ShapeError(f"{self.name} would have {size:,} elements; at most {MAX_RESULT:,} are computed at once")
        return shape, {label: length for label, (_, length) in lengths.items()}

    def _numeric(self, arrays: Sequence[Any]) -> Iterator[tuple[Parameter, NDArray[np.float64]]]:
        return ((p, a) for p, a in zip(self.parameters, arrays, strict=True) if not p.is_text)

    def _inside(self, arrays: Sequence[Any], given: Sequence[bool]) -> NDArray[np.bool_] | None:
        """Return where every argument is inside its domain, or None where all are, everywhere."""
        masks: list[NDArray[np.bool_]] = []
        for parameter, array, was_given in zip(self.parameters, arrays, given, strict=True):
            if was_given and not parameter.is_text and not parameter.domain.contains_all(array):
                mask = parameter.domain.contains(array)
                masks.append(mask.all(axis=-1) if self.cores else mask)
        for requirement in self.requirements:
            met = self._met(requirement, arrays)
            if not met.all():
                masks.append(met)
        return functools.reduce(np.logical_and, masks) if masks else None

    def _met(self, requirement: Requirement, arrays: Sequence[Any], result: object = None) -> NDArray[np.bool_]:
        """Return in which cases a requirement holds."""
        met = np.asarray(requirement.test(*self._pick(requirement, arrays, result)), dtype=np.bool_)
        along_core = self.result.core if requirement.on_result else self.cores
        return met.all(axis=-1) if along_core else met

    def _pick(self, requirement: Requirement, arrays: Sequence[Any], result: object = None) -> list[Any]:
        return [result if name == "result" else arrays[self._positions[name]] for name in requirement.arguments]

    def _each(
        self, arrays: Sequence[Any], shape: tuple[int, ...], inside: NDArray[np.bool_] | None
    ) -> NDArray[np.float64]:
        """Call the body once per case, for the functions that solve or sort."""
        spread = [
            np.broadcast_to(a, (*shape, a.shape[-1])) if p.core else np.broadcast_to(a[..., 0] if self.cores else a, shape)
            for p, a in self._numeric(arrays)
        ]
        wanted = np.ones(shape, dtype=np.bool_) if inside is None else np.broadcast_to(inside, shape)
        results = {
            index: np.asarray(self.body(*(a[index] for a in spread)), dtype=np.float64)
            for index in map(tuple, np.argwhere(wanted))
        }
        if not results:
            return np.full((1, 1), np.nan) if self.result.core == "table" else np.full((), np.nan)
        first = next(iter(results.values()))
        out = np.full((*shape, *first.shape), np.nan)
        for index, value in results.items():
            out[index] = value
        return out

    # -- explaining --------------------------------------------------------------------------------------------

    def complaints(self, values: Sequence[object]) -> list[str]:
        """Say, argument by argument, which is outside which domain; if none is, which conditions fail."""
        arrays, given = self.prepare(values)
        self._shape(arrays)
        outside = [
            f"{p.name}{_place(~p.domain.contains(a))} must be {p.domain.words}; got {_offender(a, p.domain)}"
            for p, a, was_given in zip(self.parameters, arrays, given, strict=True)
            if was_given and not p.is_text and not p.domain.contains_all(a)
        ]
        if outside:
            return outside
        with np.errstate(all="ignore"):
            failed = [self._failure(r, arrays) for r in self.requirements if not self._met(r, arrays).all()]
            if failed or not self.result_requirements:
                return failed
            result = Contract(self.body, self.requirements, per_case=self.per_case).evaluate(values)
            return [
                self._failure(r, arrays, result)
                for r in self.result_requirements
                if not self._met(r, arrays, result).all()
            ]

    def _failure(self, requirement: Requirement, arrays: Sequence[Any], result: object = None) -> str:
        picked = self._pick(requirement, arrays, result)
        met = np.asarray(requirement.test(*picked))
        index = tuple(np.argwhere(~met)[0])
        shown = [_shown(np.asarray(array), met.shape, index) for array in picked]
        return f"{requirement.words}; got {' and '.join(shown)}"


def _is_long(arrays: Sequence[Any], shape: tuple[int, ...]) -> bool:
    """Whether cutting into blocks pays, and is possible: every argument a number or an array of the full shape."""
    return int(np.prod(shape)) > BLOCK and all(
        np.ndim(a) == 0 or (a.shape == shape and a.flags.c_contiguous) for a in arrays
    )


def _place(outside: NDArray[np.bool_]) -> str:
    """Return where the first offending element stands, counted from 1 as spreadsheets do."""
    first = np.argwhere(outside)[0]
    where = ", ".join(str(i + 1) for i, n in zip(first, outside.shape, strict=True) if n > 1)
    return f" ({where})" if where else ""


def _offender(array: NDArray[np.float64], domain: Domain) -> str:
    return f"{array[~domain.contains(array)][0]:.15g}"


def _shown(array: NDArray[np.float64], shape: tuple[int, ...], index: tuple[int, ...]) -> str:
    """Return the element at which a condition failed, or the row where the condition is on a whole row."""
    spread = np.broadcast_to(array, np.broadcast_shapes(array.shape, shape))
    if spread.shape == shape and array.shape[-1:] == shape[-1:]:
        return f"{spread[index]:.15g}"
    row = np.atleast_1d(spread[index[:-1]])
    shown = ", ".join(f"{value:.15g}" for value in row[:6])
    return f"{shown}, ..." if row.size > 6 else shown  # noqa: PLR2004  one line on a terminal


def _read_annotation(annotation: object) -> tuple[Domain, str]:
    domain, core = TEXT, ""
    for item in getattr(annotation, "__metadata__", ()):
        if isinstance(item, Domain):
            domain = item
        elif isinstance(item, Core):
            core = item.label
    return domain, core


def worksheet(*requirements: Requirement, per_case: bool = False) -> Callable[[F], F]:
    """Make a worksheet function of a formula with an annotated signature.

    Parameters
    ----------
    requirements
        Conditions between the arguments, or on the result.
    per_case
        Call the body once per case with plain numbers and one-dimensional arrays, for algorithms that have no
        array form.
    """

    def decorate(body: F) -> F:
        contract = Contract(body, requirements, per_case=per_case)

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
