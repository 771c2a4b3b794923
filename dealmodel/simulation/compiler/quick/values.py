"""Values of the quick program: what each is computed by, each once, with what a block of trials costs in mind.

A value stands for an array of one element a trial. Asking for one that is there already gives that one, whichever
cell it was first needed for, and powers of one number are built from each other.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from dealmodel.simulation.compiler.careful.functions.single_values import HIGHEST_POWER

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.compiler.graph import Node

WORD, FLAGS, TABLE, NOTHING = "word", "flags", "table", "nothing"
"""What a value is kept in: numbers of 64 bits, truths, whatever a function gives, or no place at all."""


class Value:
    """One value of the quick program.

    Attributes
    ----------
    call
        What computes it, the register for the result last.
    args
        Values and constants.
    kind
        What it is kept in.
    cell
        The cell or draw that it was first needed for.
    uses
        How many values are computed from it.
    left
        How many of these have not been given a place yet.
    number
        Its register, among those of its kind.
    """

    __slots__ = ("args", "call", "cell", "kind", "left", "number", "uses")

    def __init__(self, call: Callable[..., Any], args: tuple[Any, ...], kind: str, cell: Node | None) -> None:
        self.call = call
        self.args = args
        self.kind = kind
        self.cell = cell
        self.uses = self.left = self.number = 0


_ONE = np.array(1, dtype=np.int8)

Number: TypeAlias = "Value | float"
Flag: TypeAlias = "Value | bool"


def spread(flags: NDArray[np.bool_], out: NDArray[np.int64]) -> None:
    """Put all bits where a flag holds and none elsewhere."""
    # As numbers of one byte, all bits of which become those of the word: in two steps, each of which is quick.
    out[...] = np.negative(flags.view(np.int8))


def spread_other(flags: NDArray[np.bool_], out: NDArray[np.int64]) -> None:
    """Put no bits where a flag holds and all elsewhere."""
    out[...] = np.subtract(flags.view(np.int8), _ONE)


def seen(*_numbers: NDArray[Any]) -> None:
    """Do nothing: a value whose error counts is computed, even where its number does not matter."""


def as_number(flags: NDArray[np.bool_], out: NDArray[np.float64]) -> None:
    """Put 1 where a flag holds and 0 elsewhere."""
    np.copyto(out, flags)


BITWISE = frozenset({np.bitwise_and, np.bitwise_or, np.bitwise_xor, spread, spread_other})
"""What works on the bits of numbers."""
_SIGN = np.int64(-(2**63))
_COMMUTE = frozenset({np.add, np.multiply, np.bitwise_and, np.bitwise_xor, np.maximum, np.minimum})


def bits(number: Number) -> Any:  # noqa: ANN401  a value, or the bits of a constant
    """Return a number as bits."""
    return np.float64(number).view(np.int64) if isinstance(number, float) else number


class Values:
    """Makes values, each once, in an order in which they can be computed."""

    def __init__(self) -> None:
        self.order: list[Value] = []
        self.cell: Node | None = None
        """The cell or draw that is being compiled."""
        self._found: dict[tuple[object, ...], Value] = {}

    def make(self, call: Callable[..., Any], args: tuple[Any, ...], kind: str = WORD) -> Value:
        """Return a value, a new one only where there is none like it."""
        key = (call, *args)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = Value(call, args, kind, self.cell)
            self.order.append(found)
        return found

    def make_all(self, steps: Sequence[tuple[Callable[..., Any], Sequence[int], str]], made: list[Any]) -> None:
        """Make values one after the other and add them to those at hand.

        Parameters
        ----------
        steps
            For each what computes it, the places of its arguments among those at hand, and its kind.
        made
            What is at hand.
        """
        known, order, cell = self._found, self.order, self.cell
        for call, places, kind in steps:
            args = tuple([made[i] for i in places])
            key = (call, *args)
            found = known.get(key)
            if found is None:
                found = known[key] = Value(call, args, kind, cell)
                order.append(found)
            made.append(found)

    def effect(self, call: Callable[..., Any], *args: object) -> None:
        """Let something be checked, each once."""
        self.make(call, args, NOTHING)

    def keep(self, *values: Number | Flag) -> None:
        """Have values computed even if nothing is computed from them: they may turn out to be errors."""
        for value in values:
            if isinstance(value, Value):
                self.effect(seen, value)

    # -- numbers ---------------------------------------------------------------------------------------------------

    def add(self, a: Number, b: Number) -> Number:
        """Return a sum."""
        if isinstance(a, float) and a == 0.0:
            return b
        return a if isinstance(b, float) and b == 0.0 else self._two(np.add, a, b)

    def subtract(self, a: Number, b: Number) -> Number:
        """Return a difference."""
        return a if isinstance(b, float) and b == 0.0 else self._two(np.subtract, a, b)

    def multiply(self, a: Number, b: Number) -> Number:
        """Return a product."""
        if isinstance(a, float) and a == 1.0:
            return b
        if isinstance(b, float) and b == 1.0:
            return a
        return self.make(np.square, (a,)) if a is b else self._two(np.multiply, a, b)

    def divide(self, a: Number, b: Number) -> Number:
        """Return a quotient; a division by a power of two is a product, which is as exact."""
        if isinstance(b, float) and math.frexp(b)[0] in (0.5, -0.5) and 2.0**-500 < abs(b) < 2.0**500:
            return self.multiply(a, 1.0 / b)
        return self._two(np.divide, a, b)

    def _two(self, call: Callable[..., Any], a: Number, b: Number) -> Number:
        if isinstance(a, float):
            if isinstance(b, float):
                return float(call(a, b))
            if call in _COMMUTE:
                a, b = b, a
        return self.make(call, (a, b))

    def negative(self, a: Number) -> Number:
        """Return a number with the other sign."""
        if isinstance(a, float):
            return -a
        return a.args[0] if a.call is np.negative else self.make(np.negative, (a,))

    def one(self, call: Callable[..., Any], a: Number) -> Number:
        """Return a function of one number."""
        return float(call(a)) if isinstance(a, float) else self.make(call, (a,))

    def extreme(self, call: Callable[..., Any], a: Number, b: Number) -> Number:
        """Return the larger or the smaller of two numbers."""
        return a if a is b else self._two(call, a, b)

    def power(self, a: Number, b: Number) -> Number:
        """Return a power; a whole exponent makes a product, half makes a root."""
        if isinstance(a, float) and isinstance(b, float):
            return float(np.power(a, b))
        if isinstance(b, float) and isinstance(a, Value):
            if b.is_integer() and 1.0 <= abs(b) <= HIGHEST_POWER:
                whole = self._whole_power(a, int(abs(b)))
                return whole if b > 0 else self.divide(1.0, whole)
            if b == 0.5:  # noqa: PLR2004
                return self.make(np.sqrt, (a,))
        return self.make(np.power, (a, b))

    def _whole_power(self, a: Number, exponent: int) -> Number:
        if exponent == 1:
            return a
        half = exponent // 2
        # Always the same product, whichever powers are there: results must not depend on what else is computed.
        return self.multiply(self._whole_power(a, exponent - half), self._whole_power(a, half))

    # -- flags -----------------------------------------------------------------------------------------------------

    def compare(self, call: Callable[..., Any], a: Number | Flag, b: Number | Flag) -> Flag:
        """Return a comparison of two numbers, or of two flags."""
        if not isinstance(a, Value) and not isinstance(b, Value):
            return bool(call(a, b))
        return self.make(call, (a, b), FLAGS)

    def both(self, a: Flag, b: Flag) -> Flag:
        """Return where both hold."""
        if isinstance(a, bool) or isinstance(b, bool):
            known, open_ = (a, b) if isinstance(a, bool) else (b, a)
            if known:
                return open_
            self.keep(open_)
            return False
        return a if a is b else self.make(np.logical_and, (a, b), FLAGS)

    def either(self, a: Flag, b: Flag) -> Flag:
        """Return where one holds."""
        if isinstance(a, bool) or isinstance(b, bool):
            known, open_ = (a, b) if isinstance(a, bool) else (b, a)
            if not known:
                return open_
            self.keep(open_)
            return True
        return a if a is b else self.make(np.logical_or, (a, b), FLAGS)

    def other(self, a: Flag) -> Flag:
        """Return where a flag does not hold."""
        if isinstance(a, bool):
            return not a
        return a.args[0] if a.call is np.logical_not else self.make(np.logical_not, (a,), FLAGS)

    def number(self, a: Flag) -> Number:
        """Return 1 for TRUE and 0 for FALSE."""
        return float(a) if isinstance(a, bool) else self.make(as_number, (a,))

    # -- choices ---------------------------------------------------------------------------------------------------

    def choose_flag(self, test: Flag, yes: Flag, no: Flag) -> Flag:
        """Return one of two flags."""
        if isinstance(test, bool):
            return yes if test else no
        if yes is no:
            self.keep(test)
            return yes
        return self.either(self.both(test, yes), self.both(self.other(test), no))

    def choose(self, test: Flag, yes: Number, no: Number) -> Number:  # noqa: PLR0911  one for each way that is short
        """Return one of two numbers.

        Bit by bit: with a random condition, `np.where` mispredicts every other branch.
        """
        if isinstance(test, bool):
            return yes if test else no
        if yes is no or (isinstance(yes, float) and isinstance(no, float) and bits(yes) == bits(no)):
            self.keep(test)
            return yes
        if isinstance(no, float) and bits(no) == 0:
            return self.make(np.bitwise_and, (self._mask(test), bits(yes)))
        if isinstance(yes, float) and bits(yes) == 0:
            return self.make(np.bitwise_and, (self._mask_of_other(test), bits(no)))
        if isinstance(no, Value) and no.call is np.negative and no.args[0] is yes:
            return self._signed(self._mask_of_other(test), yes)
        if isinstance(yes, Value) and yes.call is np.negative and yes.args[0] is no:
            return self._signed(self._mask(test), no)
        if isinstance(yes, float) and isinstance(no, float):
            return self.make(
                np.bitwise_xor, (self.make(np.bitwise_and, (self._mask(test), bits(yes) ^ bits(no))), bits(no))
            )
        factor = self._factor(test, yes, no)
        if factor is not None:
            return self.multiply(factor[0], factor[1])
        difference = self.make(np.bitwise_xor, (bits(yes), bits(no)))
        return self.make(np.bitwise_xor, (self.make(np.bitwise_and, (difference, self._mask(test))), bits(no)))

    def _factor(self, test: Value, yes: Number, no: Number) -> tuple[Number, Number] | None:
        """Return one of two numbers as a product, where one is the other times a constant."""
        if isinstance(yes, Value) and yes.call is np.multiply and yes.args[0] is no and isinstance(yes.args[1], float):
            return no, self.choose(test, yes.args[1], 1.0)
        if isinstance(no, Value) and no.call is np.multiply and no.args[0] is yes and isinstance(no.args[1], float):
            return yes, self.choose(test, 1.0, no.args[1])
        return None

    def _signed(self, mask: Value, number: Number) -> Value:
        """Return a number with the other sign where a mask has bits."""
        return self.make(np.bitwise_xor, (self.make(np.bitwise_and, (mask, _SIGN)), number))

    def _mask(self, test: Value) -> Value:
        if test.call is np.logical_not:
            return self.make(spread_other, test.args)
        return self.make(spread, (test,))

    def _mask_of_other(self, test: Value) -> Value:
        if test.call is np.logical_not:
            return self.make(spread, test.args)
        return self.make(spread_other, (test,))
