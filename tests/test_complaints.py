"""What is said of arguments that are outside their domain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dealmodel import (
    diluted_stake,
    enterprise_value,
    expected_value,
    implied_valuation,
    peak_funding,
    step_valuation,
)
from dealmodel.contract import Contract, contract_of

if TYPE_CHECKING:
    from collections.abc import Callable

NAN = np.nan


def complaints(function: Callable[..., Any], *values: object) -> list[str]:
    contract: Contract = contract_of(function)
    return contract.complaints(contract.bind(values, {}))


def test_nothing_is_said_of_arguments_that_are_inside() -> None:
    assert complaints(step_valuation, 100.0, 0.2, 0.4) == []
    assert complaints(diluted_stake, 0.3, 80.0, [20.0, -20.0]) == []


def test_each_argument_outside_is_named_with_its_place_and_value() -> None:
    assert complaints(implied_valuation, -1.0, [0.5, 0.25, 0.0]) == [
        "consideration must be at least 0; got -1",
        "stake (3) must be above 0 and at most 1; got 0",
    ]
    assert complaints(implied_valuation, 1.0, [[0.5, 1.0], [0.5, 1.5]]) == [
        "stake (2, 2) must be above 0 and at most 1; got 1.5"
    ]
    assert complaints(peak_funding, [1.0, NAN], [1.0, np.inf]) == [
        "required (2) must be a finite number; got nan",
        "available (2) must be a finite number; got inf",
    ]


def test_a_default_is_never_complained_of() -> None:
    assert complaints(enterprise_value, NAN) == ["equity_value must be a finite number; got nan"]


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (0.5, 0.4, "0.5 and 0.4"),
        (0.5, [0.6, 0.4], "0.5 and 0.4"),
        ([0.3, 0.5], [0.6, 0.4], "0.5 and 0.4"),
        ([[0.3], [0.5]], [0.6, 0.4], "0.5 and 0.4"),
        ([0.5, 0.6], 0.1 + 0.2, "0.5 and 0.3"),
    ],
)
def test_a_condition_that_fails_shows_the_elements_that_fail_it(before: object, after: object, shown: str) -> None:
    assert complaints(step_valuation, 100.0, before, after) == [f"stake_before must be below stake_after; got {shown}"]


def test_a_condition_on_a_whole_list_shows_the_list() -> None:
    assert complaints(expected_value, [1.0, 2.0], [[0.5, 0.5], [0.5, 0.4]]) == [
        "probabilities must sum to 1; got 0.5, 0.4"
    ]
    assert complaints(expected_value, np.ones(8), np.full(8, 0.1)) == [
        "probabilities must sum to 1; got 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, ..."
    ]


def test_a_condition_on_the_result_shows_the_result() -> None:
    assert complaints(diluted_stake, 0.3, 80.0, [20.0, -60.0]) == [
        "the stake after the round must be at least 0 and at most 1; got 1.2"
    ]


def test_conditions_are_not_spoken_of_while_an_argument_is_outside() -> None:
    assert complaints(step_valuation, 100.0, 1.5, 0.4) == ["stake_before must be at least 0 and at most 1; got 1.5"]
