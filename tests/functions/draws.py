"""Random arguments of worksheet functions, drawn from their declared domains."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from dealmodel.domain import Kind

if TYPE_CHECKING:
    from dealmodel.catalogue import Entry
    from dealmodel.domain import Domain
    from dealmodel.signature import Parameter

FAR = {"currency": 1e4}
"""How far from 0 an unbounded domain is drawn; 30 where not said, so that powers neither overflow nor vanish."""
COUNTED = 12
"""How many whole numbers are drawn: about as many as a list here is long, so that they meet."""


@cache  # Hypothesis validates each new strategy, which takes longer than to draw from it
def decimals(low: float, high: float) -> st.SearchStrategy[float]:
    """Draw numbers to six decimals, as people write them: without the subnormal ones, which have few digits."""
    return st.floats(low, high).map(lambda x: round(x, 6))


@cache
def numbers(domain: Domain) -> st.SearchStrategy[float]:
    """Draw numbers of a domain, bounds included where they belong."""
    if domain.kind is Kind.FLAG:
        return st.sampled_from([0.0, 1.0])
    far = FAR.get(domain.unit, 30.0)
    low, high = max(domain.low, -far), min(domain.high, far)
    if domain.whole:
        first = max(math.ceil(low), -3)
        return st.integers(first, min(math.floor(high), first + COUNTED)).map(float)
    return decimals(low, high).filter(domain.holds)


@cache
def series(domain: Domain, length: int) -> st.SearchStrategy[list[float]]:
    """Draw lists of one length."""
    return st.lists(numbers(domain), min_size=length, max_size=length)


@st.composite
def arguments(draw: st.DrawFn, entry: Entry, length: int = 6) -> list[Any]:
    """Draw one case: a number for each plain argument, a list for each with a core dimension."""

    def one(parameter: Parameter) -> Any:  # noqa: ANN401  a number or a list
        return draw(series(parameter.domain, length) if parameter.core else numbers(parameter.domain))

    return [one(parameter) for parameter in entry.contract.parameters]


def close(left: object, right: object, rtol: float = 1e-12) -> bool:
    """Compare numbers or arrays, NaN with NaN."""
    return bool(np.allclose(left, right, rtol=rtol, atol=0, equal_nan=True))  # type: ignore[arg-type]
