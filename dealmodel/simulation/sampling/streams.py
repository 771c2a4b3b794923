"""Random numbers of uncertain cells: each has a stream of its own, and any trials of it can be had at any time.

A stream hangs on the seed and on what the cell is called, and on nothing else: not on what other cells there are, nor
on how many trials are drawn at once, in which order, or by how many processes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from dealmodel.errors import UnknownNameError
from dealmodel.simulation.sampling.permutation import Permutation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    Uniforms = NDArray[np.float64]

CHUNK = 8192
"""Trials that are drawn at once at the least; a power of 2."""
_BITS = 52
"""Binary digits of a quasi-random number, so that 1/2 can be added in the last place and neither 0 nor 1 comes up."""
_ONE = np.uint64(0x3FF << _BITS)
"""The bits of 1.0."""
_PERIOD = 2**128
"""Numbers after which a generator begins anew."""
LEAST, MOST = 2.0**-53, 1 - 2.0**-53
"""Between which all numbers of streams are."""
_SOBOL_BITS = 32
DIMENSIONS = 1024
"""Dimensions of the Sobol sequence that streams are spread over; those further out go badly together in pairs."""


def key_of(seed: int, name: str) -> int:
    """Return a number of 128 bits for a seed and a name."""
    return int.from_bytes(hashlib.blake2b(f"{seed}|{name}".encode(), digest_size=16).digest(), "little")


class Stream(Protocol):
    """The uniform numbers of one uncertain cell."""

    def uniforms(self, start: int, stop: int) -> Uniforms:
        """Return those of the trials from `start` up to `stop`, between 0 and 1, both excluded."""


@dataclass
class Random:
    """Pseudo-random numbers of a generator that can be set to any trial."""

    key: int
    _at: int = 0

    @cached_property
    def _bits(self) -> np.random.PCG64DXSM:
        return np.random.PCG64DXSM(self.key)

    @cached_property
    def _generator(self) -> np.random.Generator:
        return np.random.Generator(self._bits)

    def uniforms(self, start: int, stop: int) -> Uniforms:
        """Return those of some trials."""
        if start != self._at:
            # Setting it takes a tenth of the time of making another; backwards is forwards round the whole period.
            self._bits.advance((start - self._at) % _PERIOD)
        # A multiple of 2^-53 each, from one number of the generator's.
        found = self._generator.random(stop - start)
        self._at = stop
        return np.maximum(found, LEAST, out=found)


@dataclass
class Latin:
    """A Latin hypercube: each of as many equal slices as there are trials is hit once, in random order.

    A trial beyond the last begins another hypercube.

    Attributes
    ----------
    key
        The key of the stream.
    trials
        How many slices there are.
    """

    key: int
    trials: int
    _held: tuple[int, Permutation] | None = None
    """The cube that was asked for last, and the order of its slices."""

    def uniforms(self, start: int, stop: int) -> Uniforms:
        """Return those of some trials."""
        found = self._within.uniforms(start, stop)
        for cube in range(start // self.trials, -(-stop // self.trials)):
            begin = cube * self.trials
            first, last = max(start, begin), min(stop, begin + self.trials)
            found[first - start : last - start] += self._order(cube).part(first - begin, last - begin)
        found /= self.trials
        # Next to 1 the sum may round up to it.
        return np.minimum(found, MOST, out=found)

    @cached_property
    def _within(self) -> Random:
        return Random(self.key)

    def _order(self, cube: int) -> Permutation:
        if self._held is None or self._held[0] != cube:
            generator = np.random.Generator(np.random.Philox(key=key_of(self.key, str(cube))))
            self._held = cube, Permutation(generator, self.trials)
        return self._held[1]


@dataclass(frozen=True)
class Sobol:
    """One dimension of a Sobol sequence, scrambled by a random matrix and a random shift of its own.

    References
    ----------
    .. [1] S. Joe & F. Y. Kuo, "Constructing Sobol sequences with better two-dimensional projections", SIAM Journal on
       Scientific Computing 30 (2008) 2635-2654: the direction numbers.
    .. [2] J. Matousek, "On the L2-discrepancy for anchored boxes", Journal of Complexity 14 (1998) 527-556: the
       scrambling.
    """

    key: int
    dimension: int

    @cached_property
    def _scrambled(self) -> tuple[list[int], int]:
        """The direction numbers after scrambling, and the shift."""
        generator = np.random.Generator(np.random.Philox(key=self.key))
        shift = generator.integers(0, 1 << _BITS, dtype=np.uint64)
        below = generator.integers(0, 1 << _BITS, size=_BITS, dtype=np.uint64)
        ones = [1 << (_BITS - 1 - row) for row in range(_BITS)]
        columns = [one | (int(low) & (one - 1)) for one, low in zip(ones, below, strict=True)]
        directions = []
        for number in _direction_numbers()[self.dimension]:
            scrambled = 0
            for row in range(_SOBOL_BITS):
                if int(number) >> (_SOBOL_BITS - 1 - row) & 1:
                    scrambled ^= columns[row]
            directions.append(scrambled)
        return directions, int(shift)

    @cached_property
    def _first(self) -> NDArray[np.uint64]:
        """The first chunk, from which all others differ by one pattern; with the bits of 1.0."""
        directions, shift = self._scrambled
        points = np.array([np.uint64(shift) | _ONE], dtype=np.uint64)
        for direction in directions[: CHUNK.bit_length() - 1]:
            points = np.concatenate([points, points ^ np.uint64(direction)])
        return points

    def uniforms(self, start: int, stop: int) -> Uniforms:
        """Return those of some trials."""
        found = np.empty(stop - start, dtype=np.uint64)
        for number in range(start // CHUNK, -(-stop // CHUNK)):
            begin = number * CHUNK
            low, high = max(start, begin), min(stop, begin + CHUNK)
            np.bitwise_xor(
                self._first[low - begin : high - begin], self._pattern(number), out=found[low - start : high - start]
            )
        return _less_one(found)

    def _pattern(self, number: int) -> np.uint64:
        """Return by what a chunk differs from the first."""
        directions, _ = self._scrambled
        pattern = 0
        bit = CHUNK.bit_length() - 1
        while number:
            if number & 1:
                pattern ^= directions[bit]
            number >>= 1
            bit += 1
        return np.uint64(pattern)


@lru_cache(maxsize=1)
def _direction_numbers() -> NDArray[np.uint64]:
    """Return the direction numbers of every dimension, a row each."""
    # SciPy's file of them is read as it is: its sampler would take 600 ms and 45 MB for the whole of scipy.stats.
    import scipy  # noqa: PLC0415

    with np.load(Path(scipy.__file__).with_name("stats") / "_sobol_direction_numbers.npz") as file:
        polynomials, initial = file["poly"][:DIMENSIONS], file["vinit"][:DIMENSIONS]
    numbers = np.ones((DIMENSIONS, _SOBOL_BITS), dtype=np.uint64)
    for dimension in range(1, DIMENSIONS):
        polynomial, row = int(polynomials[dimension]), initial[dimension].tolist()
        degree = polynomial.bit_length() - 1
        taps = [k for k in range(1, degree + 1) if polynomial >> (degree - k) & 1]
        del row[degree:]
        for bit in range(degree, _SOBOL_BITS):
            number = row[bit - degree]
            for k in taps:
                number ^= row[bit - k] << k
            row.append(number)
        numbers[dimension] = row
    numbers <<= np.arange(_SOBOL_BITS - 1, -1, -1, dtype=np.uint64)
    return numbers


def _less_one(whole: NDArray[np.uint64]) -> Uniforms:
    """Turn whole numbers of 52 bits with the bits of 1.0, in place, into numbers between 0 and 1: (n + 1/2) / 2^52.

    As the digits of numbers from 1 to 2, which is twice as fast as converting them.
    """
    found = whole.view(np.float64)
    found -= 1 - 2.0 ** -(_BITS + 1)
    return found


def _random(streams: Iterable[str], seed: int, trials: int) -> dict[str, Stream]:  # noqa: ARG001
    return {name: Random(key_of(seed, name)) for name in streams}


def _latin(streams: Iterable[str], seed: int, trials: int) -> dict[str, Stream]:
    return {name: Latin(key_of(seed, name), trials) for name in streams}


def _sobol(streams: Iterable[str], seed: int, trials: int) -> dict[str, Stream]:  # noqa: ARG001
    """Give each stream the dimension that its name falls on, or the next free one.

    The dimension does not hang on the other streams unless two fall on the same one, which happens to one of 50 streams
    that are added to 20.
    """
    taken: dict[int, str] = {}
    for name in sorted(set(streams), key=lambda name: key_of(0, name)):
        dimension = key_of(0, name) % DIMENSIONS
        while dimension in taken and len(taken) < DIMENSIONS:
            dimension = (dimension + 1) % DIMENSIONS
        taken[dimension if dimension not in taken else DIMENSIONS + len(taken)] = name
    return {
        name: Sobol(key_of(seed, name), at) if at < DIMENSIONS else Random(key_of(seed, name))
        for at, name in taken.items()
    }


_SAMPLERS: Mapping[str, Callable[[Iterable[str], int, int], dict[str, Stream]]] = {
    "random": _random,
    "latin": _latin,
    "sobol": _sobol,
}
SAMPLERS = tuple(_SAMPLERS)


def streams_of(sampler: str, names: Iterable[str], seed: int, trials: int) -> dict[str, Stream]:
    """Return the stream of every name.

    Parameters
    ----------
    sampler
        One of `SAMPLERS`.
    names
        What the streams are called.
    seed
        The seed; 0 is one like any other.
    trials
        Slices of a Latin hypercube.

    Raises
    ------
    UnknownNameError
        If there is no such sampler.
    """
    if sampler not in _SAMPLERS:
        raise UnknownNameError(f"there is no sampler {sampler}; there are {', '.join(SAMPLERS)}")
    return _SAMPLERS[sampler](names, seed, trials)
