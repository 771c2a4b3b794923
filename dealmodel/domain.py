"""What an argument may be: unit, bounds and core dimension, declared once as an annotated type.

A worksheet function is annotated with the aliases below, and everything else is derived from them: the mask that
turns data outside a domain into NaN, the words of `DM_WHY`, argument help, the data validation of input cells
and the random inputs of the property tests.

Examples
--------
>>> STAKE_ABOVE_0.words
'above 0 and at most 1'
>>> STAKE_ABOVE_0.contains([0.0, 0.51, 1.0])
array([False,  True,  True])
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class Kind(StrEnum):
    """What a value is made of."""

    NUMBER = "number"
    FLAG = "TRUE or FALSE"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Domain:
    """A set of numbers with a unit: an interval, perhaps of whole numbers only.

    Attributes
    ----------
    noun
        What the values are, as the field calls it.
    unit
        In what they are counted.
    low, high
        Bounds; an infinite one is never reached, so that every domain is of finite numbers.
    low_open, high_open
        Whether the bound itself is outside.
    whole
        Whether only whole numbers belong.
    kind
        Number, flag or text.
    """

    noun: str
    unit: str
    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False
    whole: bool = False
    kind: Kind = Kind.NUMBER

    def contains(self, values: ArrayLike) -> NDArray[np.bool_]:
        """Return which of the values belong, elementwise. NaN and infinities never do."""
        array = np.asarray(values, dtype=np.float64)
        inside = np.isfinite(array)
        if self.low > -math.inf:
            inside &= array > self.low if self.low_open else array >= self.low
        if self.high < math.inf:
            inside &= array < self.high if self.high_open else array <= self.high
        if self.whole:
            inside &= array == np.floor(array)
        return inside

    def holds(self, value: float) -> bool:
        """Return whether one number belongs; the same as `contains`, without the cost of an array."""
        if not (self.low < value < self.high):
            at_low = value == self.low and not self.low_open
            at_high = value == self.high and not self.high_open
            if not (at_low or at_high) or math.isinf(value):
                return False
        return not self.whole or value == math.floor(value)

    def contains_all(self, array: NDArray[np.float64]) -> bool:
        """Return whether every value belongs, in two passes over the memory and without a mask."""
        if self.whole:
            return bool(self.contains(array).all())
        if array.size == 0:
            return True
        flat = array.reshape(-1)
        # A NaN makes both extremes NaN, and no comparison with NaN holds.
        return self.holds(np.minimum.reduce(flat)) and self.holds(np.maximum.reduce(flat))

    @property
    def words(self) -> str:
        """The domain in words, as they follow "must be"."""
        if self.kind is not Kind.NUMBER:
            return str(self.kind)
        parts = []
        if self.low > -math.inf:
            parts.append(f"{'above' if self.low_open else 'at least'} {self.low:g}")
        if self.high < math.inf:
            parts.append(f"{'below' if self.high_open else 'at most'} {self.high:g}")
        bounds = " and ".join(parts)
        if self.whole:
            return f"a whole number {bounds}".strip()
        return bounds or "a finite number"


@dataclass(frozen=True, slots=True)
class Core:
    """The core dimension of an argument or a result, in the sense of NumPy's generalised ufuncs.

    Arguments with the same label have the same length along their last axis. A label of digits is a fixed length.
    """

    label: str


class Omitted:
    """The value of an argument that is left out, and the default of one that may not be."""

    def __repr__(self) -> str:
        """Return a word for signatures."""
        return "omitted"


OMITTED = Omitted()

AMOUNT = Domain("amount", "currency")
NON_NEGATIVE = Domain("amount", "currency", low=0)
POSITIVE = Domain("amount", "currency", low=0, low_open=True)
STAKE = Domain("stake", "fraction", low=0, high=1)
STAKE_ABOVE_0 = Domain("stake", "fraction", low=0, high=1, low_open=True)
FRACTION = Domain("fraction", "fraction", low=0, high=1)
FRACTION_BELOW_1 = Domain("fraction", "fraction", low=0, high=1, high_open=True)
PROBABILITY = Domain("probability", "fraction", low=0, high=1)
RATE = Domain("rate", "fraction per period", low=-1, low_open=True)
NUMBER = Domain("number", "1")
MULTIPLE = Domain("multiple", "times")
YEARS = Domain("time", "years")
GROWTH = Domain("growth rate", "fraction per period", low=-1)
WHOLE_NUMBER = Domain("period", "periods", whole=True)
PERIODS = Domain("number of periods", "periods", low=1, whole=True)
DURATION = Domain("number of periods", "periods", low=0)
TRUTH = Domain("truth", "TRUE or FALSE", kind=Kind.FLAG)
TEXT = Domain("text", "text", kind=Kind.TEXT)

# `Any`, because a caller may pass a number, a list or an array, while the body receives a float64 array of each.
Amount = Annotated[Any, AMOUNT]
NonNegative = Annotated[Any, NON_NEGATIVE]
Positive = Annotated[Any, POSITIVE]
Stake = Annotated[Any, STAKE]
StakeAbove0 = Annotated[Any, STAKE_ABOVE_0]
Fraction = Annotated[Any, FRACTION]
FractionBelow1 = Annotated[Any, FRACTION_BELOW_1]
Probability = Annotated[Any, PROBABILITY]
Rate = Annotated[Any, RATE]
Number = Annotated[Any, NUMBER]
Multiple = Annotated[Any, MULTIPLE]
Years = Annotated[Any, YEARS]
Growth = Annotated[Any, GROWTH]
WholeNumber = Annotated[Any, WHOLE_NUMBER]
Periods = Annotated[Any, PERIODS]
Duration = Annotated[Any, DURATION]
Truth = Annotated[Any, TRUTH]
Text = Annotated[Any, TEXT]

T = TypeVar("T")
Series = Annotated[T, Core("t")]
"""A series along time."""
Listed = Annotated[T, Core("k")]
"""A list, such as holders, claims or outcomes."""
Pair = Annotated[T, Core("2")]
"""A row of two, lowest and highest."""
