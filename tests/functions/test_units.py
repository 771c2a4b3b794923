"""What holds for every function of deals, obligations and R&D, from its declared domains alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dealmodel.catalogue import CATALOGUE
from tests.functions.draws import arguments, close

if TYPE_CHECKING:
    from dealmodel.catalogue import Entry

ENTRIES = [e for e in CATALOGUE.values() if e.category in {"Valuation", "Obligations", "R&D funding"}]
every_function = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)

# A power of two, so that only an underflow or overflow could round.
UNIT = 1024.0


@every_function
@settings(max_examples=15)
@given(data=st.data())
def test_another_unit_of_currency_changes_the_unit_of_the_result_only(entry: Entry, data: st.DataObject) -> None:
    case = data.draw(arguments(entry))
    scaled = [
        np.multiply(value, UNIT) if parameter.domain.unit == "currency" else value
        for parameter, value in zip(entry.contract.parameters, case, strict=True)
    ]
    factor = UNIT if entry.contract.result.domain.unit == "currency" else 1.0
    assert close(entry.function(*scaled), np.multiply(entry.function(*case), factor))


@every_function
@settings(max_examples=6)
@given(data=st.data())
def test_cases_together_are_the_cases_one_by_one(entry: Entry, data: st.DataObject) -> None:
    cases = [data.draw(arguments(entry)) for _ in range(3)]
    together = entry.function(*(np.array(column) for column in zip(*cases, strict=True)))
    assert close(together, [entry.function(*case) for case in cases])


@every_function
@settings(max_examples=6)
@given(data=st.data())
def test_a_number_that_is_none_spoils_its_own_case_only(entry: Entry, data: st.DataObject) -> None:
    cases = [data.draw(arguments(entry)) for _ in range(2)]
    columns = [np.array(column) for column in zip(*cases, strict=True)]
    columns[data.draw(st.integers(0, len(columns) - 1))][0, ...] = np.nan
    result = entry.function(*columns)
    assert np.isnan(result[0]).all()
    assert close(result[1], entry.function(*cases[1]))
