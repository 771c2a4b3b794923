"""What holds for every function of ownership and dilution, from its declared domains alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dealmodel.catalogue import CATALOGUE
from tests.functions.draws import arguments, close

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dealmodel.catalogue import Entry

ENTRIES = [e for e in CATALOGUE.values() if e.category == "Ownership and dilution"]
every_function = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)

# Powers of two, so that only an underflow or overflow could round.
RATE, SPLIT = 1024.0, 4.0
FACTORS = {"currency": RATE, "shares": SPLIT, "currency per share": RATE / SPLIT}


@every_function
@settings(max_examples=40)
@given(data=st.data())
def test_another_currency_and_a_share_split_change_the_units_of_the_result_only(
    entry: Entry, data: st.DataObject
) -> None:
    case = data.draw(arguments(entry, length=data.draw(st.integers(1, 4))))
    scaled = [
        np.multiply(value, FACTORS.get(parameter.domain.unit, 1.0))
        for parameter, value in zip(entry.contract.parameters, case, strict=True)
    ]
    factor = FACTORS.get(entry.contract.result.domain.unit, 1.0)
    if entry.contract.result.core == "table":
        # The second column is a stake.
        assert close(entry.function(*scaled), entry.function(*case) * [factor, 1.0])
    else:
        assert close(entry.function(*scaled), np.multiply(entry.function(*case), factor))


@every_function
@settings(max_examples=10)
@given(data=st.data())
def test_cases_together_are_the_cases_one_by_one(entry: Entry, data: st.DataObject) -> None:
    cases = [data.draw(arguments(entry, length=2)) for _ in range(3)]
    together = entry.function(*columns(cases))
    assert close(together, [entry.function(*case) for case in cases])


@every_function
@settings(max_examples=10)
@given(data=st.data())
def test_a_number_that_is_none_spoils_its_own_case_only(entry: Entry, data: st.DataObject) -> None:
    cases = [data.draw(arguments(entry, length=2)) for _ in range(2)]
    spoilt = columns(cases)
    spoilt[data.draw(st.integers(0, len(spoilt) - 1))][0, ...] = np.nan
    result = entry.function(*spoilt)
    assert np.isnan(result[0]).all()
    assert close(result[1], entry.function(*cases[1]))


def columns(cases: list[list[float]]) -> list[NDArray[np.float64]]:
    return [np.array(column) for column in zip(*cases, strict=True)]
