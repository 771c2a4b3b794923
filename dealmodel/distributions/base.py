"""A distribution: the domains and the mean of its worksheet function, and the formulas of its law."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from dealmodel.cells import OMITTED
from dealmodel.contract import Array, Parameter, contract_of
from dealmodel.domain import NUMBER, PROBABILITY
from dealmodel.errors import ShapeError
from dealmodel.functions.uncertainty import MeanRequirement

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from dealmodel.contract import Contract

_VALUE = Parameter("x", NUMBER, "", OMITTED)
_QUANTILE = Parameter("q", PROBABILITY, "", OMITTED)


class Law(Protocol):
    """The formulas of a distribution, for arguments inside their domains and everything broadcast.

    They need to hold only where `x` is inside the support and `q` between 0 and 1; `Distribution` sees to the rest.
    """

    def support(self) -> tuple[Array, Array]:
        """Return the lowest and the highest value."""

    def variance(self) -> Array:
        """Return the variance."""

    def cdf(self, x: Array) -> Array:
        """Return the probability of at most `x`."""

    def sf(self, x: Array) -> Array:
        """Return the probability of more than `x`, accurate where it is small."""

    def ppf(self, q: Array) -> Array:
        """Return the lowest value whose `cdf` is at least `q`, accurate at both ends."""


@dataclass(frozen=True)
class Family:
    """The distributions of one worksheet function; called with its arguments, it gives one of them.

    Attributes
    ----------
    function
        The worksheet function, which declares the arguments and their domains and gives the mean.
    law
        Takes the arguments as arrays.
    """

    function: Callable[..., Any]
    law: Callable[..., Law]

    @property
    def name(self) -> str:
        """The name in Python, which is the worksheet name in lower case without its prefix."""
        return self.contract.name

    @property
    def contract(self) -> Contract:
        """The arguments and their domains."""
        return contract_of(self.function)

    def __call__(self, *args: object, **kwargs: object) -> Distribution:
        """Return the distribution with these arguments: numbers, or arrays that broadcast against each other.

        Raises
        ------
        ArgumentsError
            If there are too few or too many, or one is unknown.
        NotANumberError
            If one is not made of numbers.
        ShapeError
            If their shapes do not go together.
        """
        values = self.contract.bind(args, kwargs)
        arrays = [
            parameter.coerce(parameter.default if value is OMITTED else value)
            for parameter, value in zip(self.contract.parameters, values, strict=True)
        ]
        given = tuple(value is not OMITTED for value in values)
        return Distribution(self, tuple(np.atleast_1d(a) if self.contract.cores else a for a in arrays), given)


@dataclass(frozen=True, eq=False, repr=False)
class Distribution:
    """A distribution, or an array of them.

    Everything is NaN where an argument is outside its domain, and broadcasts over the arguments. Numbers give a
    number, arrays an array.

    Attributes
    ----------
    family
        What the arguments belong to.
    arguments
        Its arguments in order, as arrays; lists along the last axis.
    given
        Which of them were given and not left out; a default may be outside the domain of what can be given.
    """

    family: Family
    arguments: tuple[NDArray[np.float64], ...]
    given: tuple[bool, ...]

    def __post_init__(self) -> None:
        """Refuse shapes that do not go together."""
        shapes = [a.shape for a in self.arguments]
        try:
            np.broadcast_shapes(*shapes)
        except ValueError:
            self._refuse(shapes)
        if self.family.contract.cores and (len({s[-1] for s in shapes}) > 1 or 0 in shapes[0]):
            self._refuse(shapes)

    def _refuse(self, shapes: list[tuple[int, ...]]) -> None:
        named = ", ".join(
            f"{p.name} {'x'.join(map(str, s)) or '1'}"
            for p, s in zip(self.family.contract.parameters, shapes, strict=True)
        )
        raise ShapeError(f"the arguments of {self.family.name} do not go together: {named}")

    def __repr__(self) -> str:
        """Return the call that gives the distribution."""
        shown = [
            f"{parameter.name}={np.array2string(array, separator=', ', threshold=6)}"
            for parameter, array, given in zip(self.family.contract.parameters, self.arguments, self.given, strict=True)
            if given
        ]
        return f"{self.family.name}({', '.join(shown)})"

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array of distributions; empty for one."""
        shape = np.broadcast_shapes(*(a.shape for a in self.arguments))
        return shape[:-1] if self.family.contract.cores else shape

    @cached_property
    def proper(self) -> NDArray[np.bool_]:
        """Where the arguments make a distribution."""
        contract = self.family.contract
        picked = dict(zip((p.name for p in contract.parameters), self.arguments, strict=True))
        with np.errstate(all="ignore"):
            met: list[NDArray[np.bool_]] = [
                p.domain.contains(a)
                for p, a, given in zip(contract.parameters, self.arguments, self.given, strict=True)
                if given
            ]
            met += [
                np.asarray(requirement.test(*(picked[name] for name in requirement.arguments)))
                for requirement in contract.requirements
                if not isinstance(requirement, MeanRequirement)
            ]
        if contract.cores:
            met = [np.asarray(m.all(axis=-1)) for m in met]
        return np.asarray(np.logical_and.reduce(np.broadcast_arrays(*met)))

    @cached_property
    def _law(self) -> Law:
        with np.errstate(all="ignore"):
            return self.family.law(*self.arguments)

    @cached_property
    def support(self) -> tuple[Array, Array]:
        """The lowest and the highest value; infinite where there is none."""
        with np.errstate(all="ignore"):
            low, high = (np.where(self.proper, bound, np.nan) for bound in self._law.support())
        return self._number(low, self.shape), self._number(high, self.shape)

    def mean(self) -> Array:
        """Return the mean, as the worksheet function does: NaN where there is none."""
        values = [a if given else OMITTED for a, given in zip(self.arguments, self.given, strict=True)]
        return self.family.function(*values)

    def variance(self) -> Array:
        """Return the variance: infinite where a mean exists but no variance, NaN where not even a mean does."""
        with np.errstate(all="ignore"):
            return self._number(np.where(self.proper, self._law.variance(), np.nan), self.shape)

    def cdf(self, x: ArrayLike) -> Array:
        """Return the probability of at most `x`."""
        return self._probability(x, self._law.cdf, below=0.0)

    def sf(self, x: ArrayLike) -> Array:
        """Return the probability of more than `x`, accurate where it is small."""
        return self._probability(x, self._law.sf, below=1.0)

    def ppf(self, q: ArrayLike) -> Array:
        """Return the quantile at `q`: the lowest value whose `cdf` is at least `q`; at 0 the lowest there is.

        NaN where `q` is not between 0 and 1.
        """
        quantiles = _QUANTILE.coerce(q)
        low, high = self.support
        with np.errstate(all="ignore"):
            values = self._law.ppf(quantiles)
            if np.isfinite(low).any() or np.isfinite(high).any():
                values = np.minimum(np.maximum(values, low), high)
            lowest, highest = (quantiles.min(), quantiles.max()) if quantiles.size else (0.5, 0.5)
            if not (lowest > 0 and highest < 1):
                values = np.where(quantiles == 0, low, np.where(quantiles == 1, high, values))
            if not (lowest >= 0 and highest <= 1 and self.proper.all()):
                values = np.where(self.proper & (quantiles >= 0) & (quantiles <= 1), values, np.nan)
        return self._number(values, np.broadcast_shapes(quantiles.shape, self.shape))

    def _probability(self, x: ArrayLike, inside: Callable[[Array], Array], below: float) -> Array:
        values = _VALUE.coerce(x)
        low, high = self.support
        with np.errstate(all="ignore"):
            found = np.where(values >= high, 1 - below, inside(values))
            found = np.where((values < low) | (values == -np.inf), below, found)
            found = np.where(self.proper & ~np.isnan(values), found, np.nan)
        return self._number(found, np.broadcast_shapes(values.shape, self.shape))

    @staticmethod
    def _number(values: Array, shape: tuple[int, ...]) -> Array:
        """Return an array of its own in the full shape, or a number."""
        if shape == ():
            return float(values)
        return values if values.shape == shape and values.base is None else np.array(np.broadcast_to(values, shape))
