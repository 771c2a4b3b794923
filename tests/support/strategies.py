"""Random arguments of worksheet functions, made from the domains that their signatures declare."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from dealmodel.domain import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from dealmodel.contract import Contract, Parameter, Requirement
    from dealmodel.domain import Domain

    Case = list[Any]
    """One value per argument: a number, a list for a core dimension, or a text."""

FAR = 1e5
"""How far from 0 an unbounded domain is drawn."""
COUNTED = 8
"""How many whole numbers are drawn: about as many as a series is long, so that they meet."""
LONGEST = 4
CHARACTERS = st.characters(exclude_categories=["Cs"])
"""Every character of UTF-8; asked for as a codec, they take seconds to be listed."""
TEXTS = st.text(CHARACTERS, max_size=3)


def ends(domain: Domain) -> list[float]:
    """Return the bounds that belong to a domain; for an open one, a number just inside."""
    low = [] if math.isinf(domain.low) else [domain.low + (1e-9 if domain.low_open else 0.0)]
    high = [] if math.isinf(domain.high) else [domain.high - (1e-9 if domain.high_open else 0.0)]
    return low + high


@cache  # Hypothesis validates each new strategy, which takes longer than to draw from it
def inside(domain: Domain) -> st.SearchStrategy[float]:
    """Draw numbers of a domain, its bounds among them."""
    if domain.kind is Kind.FLAG:
        return st.sampled_from([0.0, 1.0])
    if domain.whole:
        first = max(math.ceil(domain.lowest), -2)
        return st.integers(first, int(min(domain.highest, first + COUNTED))).map(float)
    between = st.floats(max(domain.lowest, -FAR), min(domain.highest, FAR), allow_subnormal=False)
    found = between.map(lambda x: round(x, 9)).filter(domain.holds)
    return found | st.sampled_from(ends(domain)) if ends(domain) else found


def outsiders(domain: Domain) -> list[float]:
    """Return numbers outside a domain: next to each bound, far beyond it, and those no domain holds."""
    found = [math.nan, math.inf, -math.inf]
    if not math.isinf(domain.low):
        found += [math.nextafter(domain.lowest, -math.inf), domain.low - 1]
    if not math.isinf(domain.high):
        found += [math.nextafter(domain.highest, math.inf), domain.high + 1]
    if domain.whole:
        found.append(max(domain.low, 0.0) + 0.5)
    return found


@cache
def outside(domain: Domain) -> st.SearchStrategy[float]:
    """Draw numbers outside a domain."""
    return st.sampled_from(outsiders(domain))


def mostly(usual: st.SearchStrategy[Any], rare: st.SearchStrategy[Any], often: int = 9) -> st.SearchStrategy[Any]:
    """Draw from one strategy, and once in a while from another; `one_of` would draw from both alike."""
    return st.integers(0, often).flatmap(lambda i: rare if i == often else usual)


@cache
def anywhere(domain: Domain) -> st.SearchStrategy[float]:
    """Draw numbers inside a domain or, now and then, outside."""
    return mostly(inside(domain), outside(domain))


@dataclass(frozen=True)
class Frame:
    """What the cases of one call have in common: the length of each core dimension, and how many arguments."""

    sizes: Mapping[str, int]
    parameters: tuple[Parameter, ...]


@cache
def frames(contract: Contract) -> st.SearchStrategy[Frame]:
    """Draw lengths, and a place from which the optional arguments are left out."""
    required = sum(not parameter.optional for parameter in contract.parameters)
    return st.builds(
        lambda sizes, given: Frame(sizes, contract.parameters[:given]),
        st.fixed_dictionaries({core: st.integers(1, LONGEST) for core in contract.cores}),
        st.integers(required, len(contract.parameters)),
    )


@cache
def series(numbers: st.SearchStrategy[float], length: int) -> st.SearchStrategy[list[float]]:
    """Draw lists of one length."""
    return st.lists(numbers, min_size=length, max_size=length)


def value(
    parameter: Parameter, frame: Frame, numbers: Callable[[Domain], st.SearchStrategy[float]]
) -> st.SearchStrategy[Any]:
    """Draw a value for one argument."""
    if parameter.is_text:
        return TEXTS
    drawn = numbers(parameter.domain)
    return series(drawn, frame.sizes[parameter.core]) if parameter.core else drawn


@st.composite
def cases(draw: st.DrawFn, contract: Contract, frame: Frame) -> Case:
    """Draw a case in which every argument is inside its domain, and mostly every condition between them holds."""
    case = [draw(value(parameter, frame, inside)) for parameter in frame.parameters]
    for requirement in contract.requirements * 2:
        case = mend(contract, case, requirement)
    return case


@st.composite
def loose_cases(draw: st.DrawFn, frame: Frame) -> Case:
    """Draw a case in which anything may be outside its domain, and conditions may fail."""
    return [draw(value(parameter, frame, anywhere)) for parameter in frame.parameters]


def holds(contract: Contract, case: Case, requirement: Requirement) -> bool:
    """Whether a condition between the arguments of a case holds."""
    arrays = dict(zip((p.name for p in contract.parameters), contract.prepare(contract.bind(case, {})), strict=True))
    with np.errstate(all="ignore"):
        return bool(np.all(requirement.test(*(arrays[name] for name in requirement.arguments))))


def mend(contract: Contract, case: Case, requirement: Requirement) -> Case:
    """Return a case in which a condition holds, where swapping, sorting or scaling its arguments makes it hold."""
    if holds(contract, case, requirement):
        return case
    positions = [i for i, p in enumerate(contract.parameters[: len(case)]) if p.name in requirement.arguments]
    for changed in _changes([np.asarray(case[i]) for i in positions]):
        mended = list(case)
        for i, array in zip(positions, changed, strict=True):
            mended[i] = array.tolist()
        if _is_inside(contract, mended) and holds(contract, mended, requirement):
            return mended
    return case


def _changes(arrays: Sequence[NDArray[np.float64]]) -> Iterator[list[NDArray[np.float64]]]:
    if len(arrays) > 1 and arrays[0].shape == arrays[1].shape:
        yield [np.minimum(*arrays[:2]), np.maximum(*arrays[:2]), *arrays[2:]]
        yield [np.maximum(*arrays[:2]), np.minimum(*arrays[:2]), *arrays[2:]]
    if len(arrays) == 1 and arrays[0].ndim:
        yield [np.sort(arrays[0])]
        if arrays[0].sum() > 0:
            yield [arrays[0] / arrays[0].sum()]
        yield [np.eye(1, arrays[0].size)[0]]


def _is_inside(contract: Contract, case: Case) -> bool:
    return all(
        parameter.is_text or parameter.domain.contains(given).all()
        for parameter, given in zip(contract.parameters, case, strict=False)
    )


def stack(contract: Contract, several: Sequence[Case]) -> list[Any]:
    """Return the arguments of several cases as arrays, one case along the first axis."""
    return [
        given[0] if parameter.is_text else np.array(given, dtype=np.float64)
        for parameter, given in zip(contract.parameters, zip(*several, strict=True), strict=False)
    ]
