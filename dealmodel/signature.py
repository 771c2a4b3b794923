"""What a worksheet function takes and returns, read from its annotated signature."""

from __future__ import annotations

import inspect
import sys
import typing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dealmodel.cells import OMITTED, Omitted
from dealmodel.domain import TEXT, Core, Domain, Kind
from dealmodel.errors import NotANumberError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


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
    tolerance = 1e-9

    def holds(values: Any) -> Any:  # noqa: ANN401  a float64 array
        return abs(np.sum(values, axis=-1, keepdims=True) - 1) <= tolerance

    return Requirement((name,), holds, f"{name} must sum to 1")


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
        """Return the value as float64; a masked element becomes NaN, a number too large for float64 infinite."""
        try:
            array = np.asarray(value)
        except ValueError:
            raise ShapeError(f"{self.name} must be rectangular; got rows of different lengths") from None
        if array.dtype.kind in "biuf":
            numbers = array.astype(np.float64, copy=False)
        elif array.dtype.kind == "O":
            numbers = np.array([self._number(item) for item in array.flat]).reshape(array.shape)
        else:
            raise self._refusal(value)
        # Where nobody has imported masked arrays there is none, and their module takes as long as many a workbook.
        if "numpy.ma" in sys.modules and isinstance(value, np.ma.MaskedArray):
            return np.where(value.mask, np.nan, numbers)
        return numbers

    def _number(self, item: Any) -> float:  # noqa: ANN401  whatever an object array holds
        # float() would read the text "3", which no other way into a worksheet function does.
        if isinstance(item, (str, bytes)):
            raise self._refusal(item)
        try:
            return float(item)
        except OverflowError:
            return np.inf
        except (TypeError, ValueError):
            raise self._refusal(item) from None

    def _refusal(self, value: object) -> NotANumberError:
        shown = repr(value)
        shown = shown if len(shown) <= 40 else shown[:37] + "..."  # noqa: PLR2004  one line on a terminal
        return NotANumberError(f"{self.name} must be a number or an array of numbers; got {shown}")


@dataclass(frozen=True, slots=True)
class Result:
    """What a worksheet function returns."""

    domain: Domain
    core: str


def read_signature(body: Callable[..., Any]) -> tuple[tuple[Parameter, ...], Result]:
    """Return the arguments of an annotated function, in order, and its result."""
    hints = typing.get_type_hints(body, include_extras=True)
    parameters = tuple(
        Parameter(
            p.name,
            *_read_annotation(hints[p.name]),
            default=OMITTED if p.default is p.empty else p.default,
        )
        for p in inspect.signature(body).parameters.values()
    )
    return parameters, Result(*_read_annotation(hints["return"]))


def _read_annotation(annotation: object) -> tuple[Domain, str]:
    domain, core = TEXT, ""
    for item in getattr(annotation, "__metadata__", ()):
        if isinstance(item, Domain):
            domain = item
        elif isinstance(item, Core):
            core = item.label
    return domain, core
