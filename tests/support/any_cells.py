"""Random cells for worksheet functions: what belongs, and what users and hosts hand over besides."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from dealmodel.cells import OMITTED, CellError
from tests.support.strategies import TEXTS, frames, inside, mostly, outside

if TYPE_CHECKING:
    from dealmodel.contract import Contract, Parameter

ODD_CELLS: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, False, "", "text", "0.5", 10**400, -(10**400), math.nan, math.inf, *CellError]
)
NOT_RANGES: st.SearchStrategy[Any] = st.sampled_from([[], [[]], [[], []], [[1.0], [1.0, 2.0]], [1.0, 2.0], [[[1.0]]]])


@cache
def one_cell(parameter: Parameter) -> st.SearchStrategy[Any]:
    """Draw a cell that mostly belongs to the domain."""
    if parameter.is_text:
        return mostly(TEXTS, ODD_CELLS)
    return mostly(inside(parameter.domain), outside(parameter.domain) | ODD_CELLS, often=19)


@cache
def ranges(parameter: Parameter, height: int, width: int) -> st.SearchStrategy[Any]:
    row = st.lists(one_cell(parameter), min_size=width, max_size=width)
    return st.lists(row, min_size=height, max_size=height)


@st.composite
def any_cells(draw: st.DrawFn, contract: Contract) -> list[Any]:
    """Draw arguments that mostly go together: cells, ranges, omissions, and now and then nonsense."""
    height, width = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    sizes = draw(frames(contract)).sizes
    surprise = draw(mostly(st.none(), st.sampled_from(["nonsense", "omitted", "shape", "too few", "too many"]), 4))
    at = draw(st.integers(0, len(contract.parameters) - 1))
    arguments = []
    for i, parameter in enumerate(contract.parameters):
        size = sizes.get(parameter.core, 0)
        plain = [(1, 1), (1, 1), (height, 1), (1, width), (height, width)]
        shape = draw(st.sampled_from([(1, size), (size, 1), (height, size)] if parameter.core else plain))
        if surprise == "shape" and i == at:
            shape = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
        if surprise == "nonsense" and i == at:
            arguments.append(draw(NOT_RANGES))
        elif (surprise == "omitted" and i == at) or (parameter.optional and draw(st.booleans())):
            arguments.append(OMITTED)
        elif shape == (1, 1) and draw(st.booleans()):
            arguments.append(draw(one_cell(parameter)))
        else:
            arguments.append(draw(ranges(parameter, *shape)))
    if surprise == "too few":
        return arguments[:at]
    return [*arguments, 1.0] if surprise == "too many" else arguments
