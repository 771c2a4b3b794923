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
from dataclasses import dataclass, field
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


_PIECE = 2**16
"""Elements of which a core's cache still holds the first when a second pass begins."""


def _as_bits(number: float) -> int:
    return int(np.float64(number).view(np.uint64))


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

    lowest: float = field(init=False, repr=False, compare=False)
    """The least float64 that belongs, so that every bound is tested as a closed one."""
    highest: float = field(init=False, repr=False, compare=False)
    """The greatest float64 that belongs."""
    _lowest_bits: int = field(init=False, repr=False, compare=False)
    _highest_bits: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Find the outermost numbers that belong."""
        lowest = math.nextafter(self.low, math.inf) if self.low_open or math.isinf(self.low) else self.low
        highest = math.nextafter(self.high, -math.inf) if self.high_open or math.isinf(self.high) else self.high
        object.__setattr__(self, "lowest", lowest)
        object.__setattr__(self, "highest", highest)
        # A bound of 0 stands for both zeros, of which -0.0 is the lower.
        object.__setattr__(self, "_lowest_bits", _as_bits(lowest if lowest > 0 else math.copysign(lowest, -1.0)))
        object.__setattr__(self, "_highest_bits", _as_bits(highest))

    def contains(self, values: ArrayLike) -> NDArray[np.bool_]:
        """Return which of the values belong, elementwise. NaN and infinities never do."""
        array = np.asarray(values, dtype=np.float64)
        inside = (array >= self.lowest) & (array <= self.highest)
        return inside & (array == np.floor(array)) if self.whole else inside

    def holds(self, value: float) -> bool:
        """Return whether one number belongs; the same as `contains`, without the cost of an array."""
        return bool(self.lowest <= value <= self.highest) and (not self.whole or float(value).is_integer())

    def contains_all(self, values: ArrayLike) -> bool:
        """Return whether every value belongs, in one or two passes over the memory and without a mask."""
        flat = np.asarray(values, dtype=np.float64).reshape(-1)
        pieces = (flat[start : start + _PIECE] for start in range(0, flat.size, _PIECE))
        return all(map(self._spans, pieces))

    def _spans(self, piece: NDArray[np.float64]) -> bool:
        # Read as whole numbers without a sign, floats from 0 on keep their order, and infinity and NaN come next;
        # then those below 0 from the greatest to the least, and after them minus infinity and other NaN.
        bits = piece.view(np.uint64)
        last = int(np.maximum.reduce(bits))
        if self.lowest > 0:
            spans = last <= self._highest_bits and int(np.minimum.reduce(bits)) >= self._lowest_bits
        elif self.highest >= 0:
            # Read with a sign, those below 0 come before the others.
            spans = last <= self._highest_bits or (
                last <= self._lowest_bits and int(np.maximum.reduce(piece.view(np.int64))) <= self._highest_bits
            )
        else:
            return bool(self.contains(piece).all())
        return spans and (not self.whole or bool((np.floor(piece) == piece).all()))

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
POSITIVE_NUMBER = Domain("number", "1", low=0, low_open=True)
NON_NEGATIVE_NUMBER = Domain("number", "1", low=0)
COUNT = Domain("count", "1", low=0, whole=True)
MULTIPLE = Domain("multiple", "times")
YEARS = Domain("time", "years")
CONTINUOUS_RATE = Domain("rate", "fraction per year, continuously compounded")
PREMIUM = Domain("premium", "fraction", low=-1, low_open=True)
VOLATILITY = Domain("volatility", "fraction per square root of a year", low=0)
PROBABILITY_ABOVE_0 = Domain("probability", "fraction", low=0, high=1, low_open=True)
SPAN = Domain("time", "years", low=0)
LIFE = Domain("life", "years", low=1, whole=True)
DAYS = Domain("time", "days", low=0)
DAY_COUNT = Domain("days in a year", "days", low=0, low_open=True)
LEVERAGE = Domain("leverage", "times", low=0)
LEVERAGE_ABOVE_0 = Domain("leverage", "times", low=0, low_open=True)
EXCHANGE_RATIO = Domain("exchange ratio", "shares per share", low=0)
GROWTH = Domain("growth rate", "fraction per period", low=-1)
WHOLE_NUMBER = Domain("period", "periods", whole=True)
PERIODS = Domain("number of periods", "periods", low=1, whole=True)
DURATION = Domain("number of periods", "periods", low=0)
SHARES = Domain("number of shares", "shares", low=0)
SHARES_ABOVE_0 = Domain("number of shares", "shares", low=0, low_open=True)
SHARE_CHANGE = Domain("change in the number of shares", "shares")
PRICE = Domain("price", "currency per share", low=0, low_open=True)
PRICE_OR_0 = Domain("price", "currency per share", low=0)
INTEREST_RATE = Domain("interest rate", "fraction per year", low=0)
TERM = Domain("time", "years", low=0)
COMPOUNDING = Domain("compounding", "periods per year", low=0, whole=True)
PROTECTION = Domain("protection", "0, 1 or 2", low=0, high=2, whole=True)
POSITION = Domain("position", "place in the list", low=1, whole=True)
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
PositiveNumber = Annotated[Any, POSITIVE_NUMBER]
NonNegativeNumber = Annotated[Any, NON_NEGATIVE_NUMBER]
Count = Annotated[Any, COUNT]
Multiple = Annotated[Any, MULTIPLE]
Years = Annotated[Any, YEARS]
ContinuousRate = Annotated[Any, CONTINUOUS_RATE]
Premium = Annotated[Any, PREMIUM]
Volatility = Annotated[Any, VOLATILITY]
ProbabilityAbove0 = Annotated[Any, PROBABILITY_ABOVE_0]
Span = Annotated[Any, SPAN]
Life = Annotated[Any, LIFE]
Days = Annotated[Any, DAYS]
DayCount = Annotated[Any, DAY_COUNT]
Leverage = Annotated[Any, LEVERAGE]
LeverageAbove0 = Annotated[Any, LEVERAGE_ABOVE_0]
ExchangeRatio = Annotated[Any, EXCHANGE_RATIO]
Growth = Annotated[Any, GROWTH]
WholeNumber = Annotated[Any, WHOLE_NUMBER]
Periods = Annotated[Any, PERIODS]
Duration = Annotated[Any, DURATION]
Shares = Annotated[Any, SHARES]
SharesAbove0 = Annotated[Any, SHARES_ABOVE_0]
ShareChange = Annotated[Any, SHARE_CHANGE]
Price = Annotated[Any, PRICE]
PriceOr0 = Annotated[Any, PRICE_OR_0]
InterestRate = Annotated[Any, INTEREST_RATE]
Term = Annotated[Any, TERM]
Compounding = Annotated[Any, COMPOUNDING]
Protection = Annotated[Any, PROTECTION]
Position = Annotated[Any, POSITION]
Truth = Annotated[Any, TRUTH]
Text = Annotated[Any, TEXT]

T = TypeVar("T")
Series = Annotated[T, Core("t")]
"""A series along time."""
Listed = Annotated[T, Core("k")]
"""A list, such as holders, claims or outcomes."""
Instruments = Annotated[T, Core("j")]
"""A list beside another, such as the SAFEs beside the holders."""
Table = Annotated[T, Core("table")]
"""A table of rows and columns per case."""
Pair = Annotated[T, Core("2")]
"""A row of two, lowest and highest."""
