"""What holds for every function of the catalogue, on arguments drawn from their declared domains."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from dealmodel.callpath import call
from dealmodel.catalogue import CATALOGUE
from dealmodel.cells import CellError
from tests.support.any_cells import NOT_RANGES, ODD_CELLS, any_cells
from tests.support.layout import shape_on_sheet
from tests.support.strategies import cases, frames, loose_cases, outside, stack
from tests.support.values import as_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dealmodel.catalogue import Entry
    from dealmodel.contract import Contract

CONTRACTS = {e.function.__name__: e.contract for e in CATALOGUE.values() if not e.takes_cells}
every_function = pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS.keys())
few = settings(max_examples=settings().max_examples // 3)


def same(found: NDArray[np.float64], expected: NDArray[np.float64], rtol: float = 1e-12) -> bool:
    """Compare case by case, with a tolerance relative to the largest number of each, for a sum that cancels."""
    sizes = np.where(np.isfinite(expected), np.abs(expected), 0.0).reshape(len(expected), -1).max(axis=1)
    atol = (rtol * sizes).reshape(-1, *(1,) * (expected.ndim - 1))
    return bool(np.isclose(found, expected, rtol=rtol, atol=atol, equal_nan=True).all())


def spread(results: list[Any]) -> NDArray[np.float64]:
    """Return one result per case in one array; a table that no case fills is one cell of NaN."""
    arrays = [np.asarray(result, dtype=np.float64) for result in results]
    shape = np.broadcast_shapes(*(array.shape for array in arrays))
    return np.stack([np.broadcast_to(array, shape) for array in arrays])


@every_function
def test_the_draws_reach_finite_results(contract: Contract) -> None:
    def is_finite(case: list[Any]) -> bool:
        return bool(np.isfinite(contract(*case)).all())

    drawn = frames(contract).flatmap(lambda frame: cases(contract, frame))
    assert find(drawn, is_finite, settings=settings(max_examples=500, phases=[Phase.generate]))


@every_function
@few
@given(data=st.data())
def test_an_array_gives_what_its_elements_give_alone(contract: Contract, data: st.DataObject) -> None:
    frame = data.draw(frames(contract))
    several = data.draw(st.lists(loose_cases(frame), min_size=3, max_size=3))
    alone = spread([contract(*case) for case in several])
    assert same(contract(*stack(contract, several)), alone)


@every_function
@few
@given(data=st.data())
def test_an_element_outside_its_domain_is_nan_and_spoils_no_other(contract: Contract, data: st.DataObject) -> None:
    frame = data.draw(frames(contract))
    several = data.draw(st.lists(cases(contract, frame), min_size=3, max_size=3))
    before = np.asarray(contract(*stack(contract, several)))
    at = data.draw(st.sampled_from([i for i, p in enumerate(frame.parameters) if not p.is_text]))
    parameter = contract.parameters[at]
    wrong = data.draw(outside(parameter.domain))
    several[1] = list(several[1])
    several[1][at] = [wrong, *several[1][at][1:]] if parameter.core else wrong
    after = np.asarray(contract(*stack(contract, several)))
    assert np.isnan(after[1]).all()
    assert np.array_equal(after[[0, 2]], before[[0, 2]], equal_nan=True)


IN_CURRENCY = ("currency", "currency per share")

DOES_NOT_SCALE: dict[str, str] = {}
"""Functions whose result does not follow the unit of their amounts, each with its reason."""


def takes_currency(contract: Contract) -> bool:
    return any(parameter.domain.unit in IN_CURRENCY for parameter in contract.parameters)


SCALING = {name: c for name, c in CONTRACTS.items() if takes_currency(c) and name not in DOES_NOT_SCALE}


def test_the_functions_that_do_not_scale_exist() -> None:
    assert DOES_NOT_SCALE.keys() <= CONTRACTS.keys()


@pytest.mark.parametrize("contract", SCALING.values(), ids=SCALING.keys())
@few
@given(data=st.data())
def test_amounts_in_another_unit_give_the_same_in_that_unit(contract: Contract, data: st.DataObject) -> None:
    frame = data.draw(frames(contract))
    case = data.draw(cases(contract, frame))
    # A power of 2 changes no digit, so that no borderline is crossed.
    factor = data.draw(st.sampled_from([2.0**-10, 2.0, 2.0**20]))
    scaled = [
        (np.asarray(given) * factor).tolist() if parameter.domain.unit in IN_CURRENCY else given
        for parameter, given in zip(frame.parameters, case, strict=True)
    ]
    before, after = np.atleast_1d(contract(*case)), np.atleast_1d(contract(*scaled))
    in_currency = contract.result.domain.unit in IN_CURRENCY
    assert same(after[None], before[None] * (factor if in_currency else 1.0), rtol=1e-9)


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.name)
@few
@given(data=st.data())
def test_cells_of_any_kind_give_cells_and_never_raise(entry: Entry, data: st.DataObject) -> None:
    if entry.takes_cells:
        arguments = data.draw(st.lists(ODD_CELLS | NOT_RANGES | st.sampled_from(list(CATALOGUE)), max_size=4))
        assert is_cell(call(entry, arguments))
        return
    contract = entry.contract
    arguments = data.draw(any_cells(contract))
    result = call(entry, arguments)
    rows = as_rows(result)
    assert {len(row) for row in rows} == {len(rows[0])}
    assert all(is_cell(cell) for row in rows for cell in row)
    expected = shape_on_sheet(contract, arguments)
    if expected is None:
        assert result is CellError.VALUE
    elif contract.result.core != "table":
        assert (len(rows), len(rows[0])) == expected
        assert isinstance(result, list) == (expected != (1, 1))


def is_cell(value: object) -> bool:
    """Whether a value can stand in a cell: of Python's own types, and no NaN."""
    return isinstance(value, (bool, str, CellError)) or (type(value) is float and math.isfinite(value))
