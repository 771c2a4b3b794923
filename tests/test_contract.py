"""The way from an annotated signature to numbers: binding, shapes, masks, one case at a time."""

from __future__ import annotations

from fractions import Fraction as Ratio

import numpy as np
import pytest

from dealmodel import contract as module
from dealmodel import (
    diluted_stake,
    enterprise_value,
    expected_value,
    funding_balance,
    implied_valuation,
    peak_funding,
    post_money,
    safe_round,
    step_valuation,
    valuation_range,
)
from dealmodel.cells import OMITTED
from dealmodel.contract import Requirement, contract_of, sums_to_one, total, worksheet
from dealmodel.domain import (
    Amount,
    Fraction,
    Listed,
    Series,
    Stake,
    StakeAbove0,
    Truth,
)
from dealmodel.errors import ArgumentsError, ShapeError

NAN = np.nan


def test_a_signature_gives_domains_defaults_and_core_dimensions() -> None:
    parameters = contract_of(peak_funding).parameters
    assert [p.name for p in parameters] == ["required", "available", "opening"]
    assert [p.core for p in parameters] == ["t", "t", ""]
    assert [p.optional for p in parameters] == [False, False, True]
    assert parameters[2].default == 0.0
    assert contract_of(funding_balance).result.core == "t"
    assert contract_of(funding_balance).cores == ("t",)
    assert contract_of(valuation_range).result_axes == 1
    assert contract_of(safe_round).result_axes == 2
    assert contract_of(post_money).result_axes == 0


def test_a_flag_comes_back_as_a_number_in_python() -> None:
    @worksheet()
    def is_majority(stake: Stake) -> Truth:
        return stake > Ratio(1, 2)

    assert is_majority(0.51) == 1.0
    assert is_majority([0.51, 0.5]).dtype == np.float64


def test_requirements_read_as_sentences() -> None:
    assert module.below("a", "b").words == "a must be below b"
    assert module.at_most("a", "b").words == "a must be at most b"
    assert sums_to_one("weights").words == "weights must sum to 1"
    assert not module.below("a", "b").on_result
    assert Requirement(("result",), np.isfinite, "the result must be finite").on_result


@pytest.mark.parametrize(
    ("least", "most"), [(0.3, True), (0.3 + 9e-10, True), (0.3 + 2e-9, False), (0.3 - 2e-9, False)]
)
def test_a_list_sums_to_one_within_a_billionth(least: float, *, most: bool) -> None:
    assert bool(sums_to_one("weights").test(np.array([0.7, least]))) is most


def test_a_worksheet_function_keeps_its_name_and_help() -> None:
    assert implied_valuation.__name__ == "implied_valuation"
    assert (implied_valuation.__doc__ or "").startswith("Value of 100% of the equity")


def test_aliases_may_be_used_together() -> None:
    @worksheet(sums_to_one("weights"))
    def mean(values: Listed[Amount], weights: Listed[Fraction], share: StakeAbove0 = 1.0) -> Amount:
        return total(values * weights) * share

    assert mean([1.0, 3.0], [0.5, 0.5], [1.0, 0.5]).tolist() == [2.0, 1.0]


def test_arguments_go_by_position_and_by_name() -> None:
    assert implied_valuation(240.0, stake=0.016) == implied_valuation(stake=0.016, consideration=240.0) == 15000.0


def test_too_many_arguments_are_refused() -> None:
    with pytest.raises(ArgumentsError, match=r"^implied_valuation takes at most 2 arguments; got 3$"):
        implied_valuation(1.0, 1.0, 1.0)  # type: ignore[call-arg]


def test_an_unknown_argument_is_refused() -> None:
    with pytest.raises(ArgumentsError, match=r"^implied_valuation has no argument share; it has consideration, stake$"):
        implied_valuation(1.0, share=1.0)  # type: ignore[call-arg]


def test_an_argument_given_twice_is_refused() -> None:
    with pytest.raises(ArgumentsError, match=r"^implied_valuation got stake twice$"):
        implied_valuation(1.0, 1.0, stake=1.0)  # type: ignore[misc]


def test_a_missing_argument_is_named() -> None:
    with pytest.raises(ArgumentsError, match=r"^implied_valuation needs stake$"):
        implied_valuation(1.0)  # type: ignore[call-arg]


def test_a_required_argument_may_not_be_omitted_by_value() -> None:
    with pytest.raises(ArgumentsError, match=r"^implied_valuation needs stake$"):
        implied_valuation(1.0, OMITTED)


def test_an_omitted_argument_takes_its_default_wherever_it_stands() -> None:
    assert enterprise_value(100.0, OMITTED, 20.0) == enterprise_value(100.0, cash=20.0) == 80.0
    assert enterprise_value([100.0, 200.0], OMITTED, 20.0).tolist() == [80.0, 180.0]


def test_a_default_may_lie_outside_the_domain() -> None:
    @worksheet()
    def capped(value: Amount, cap: Amount = np.inf) -> Amount:
        return np.minimum(value, cap)

    assert capped(5.0) == 5.0
    assert capped([5.0, 6.0]).tolist() == [5.0, 6.0]
    assert np.isnan(capped(5.0, np.inf))


def test_numbers_give_a_number_and_arrays_an_array() -> None:
    assert type(post_money(8.0, 2.0)) is float
    assert post_money([8.0], 2.0).shape == (1,)
    assert post_money([[8.0]], [2.0]).shape == (1, 1)
    assert type(post_money(np.array(8.0), 2.0)) is float


def test_a_column_against_a_row_gives_the_grid() -> None:
    found = post_money([[8.0], [9.0], [10.0]], [1.0, 2.0])
    assert found.tolist() == [[9.0, 10.0], [10.0, 11.0], [11.0, 12.0]]


def test_shapes_that_do_not_go_together_are_named() -> None:
    expected = "the arguments of post_money do not go together: pre_money 2, new_money 3"
    with pytest.raises(ShapeError, match=f"^{expected}$"):
        post_money([1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(ShapeError, match=r"do not go together: pre_money 2x2, new_money 3, debt 1$"):
        _three(np.ones((2, 2)), np.ones(3))


@worksheet()
def _three(pre_money: Amount, new_money: Amount, debt: Amount = 0.0) -> Amount:
    return pre_money + new_money + debt


def test_an_empty_array_gives_an_empty_array() -> None:
    assert post_money([], 1.0).tolist() == []
    assert post_money(np.empty((0, 3)), [1.0, 2.0, 3.0]).shape == (0, 3)


def test_a_result_beyond_what_memory_holds_is_refused() -> None:
    column, row = np.ones((8193, 1)), np.ones(4096)
    with pytest.raises(ShapeError, match="post_money would have 33,558,528 elements; at most 33,554,432"):
        post_money(column, row)
    with pytest.raises(ShapeError, match=r"funding_balance would have .* elements; at most"):
        funding_balance(np.ones(4096), np.ones((8193, 4096)))


def test_series_go_along_the_last_axis() -> None:
    assert funding_balance([1.0, 2.0], [2.0, 2.0]).tolist() == [1.0, 1.0]
    assert funding_balance([1.0, 2.0], [2.0, 2.0], [0.0, 10.0]).tolist() == [[1.0, 1.0], [11.0, 11.0]]
    assert peak_funding([[1.0, 2.0], [3.0, 4.0]], [0.0, 0.0]).tolist() == [3.0, 7.0]
    assert peak_funding([[[1.0, 2.0]]], [0.0, 0.0], [[0.0], [1.0]]).tolist() == [[3.0], [2.0]]


def test_a_number_is_a_series_of_one() -> None:
    assert funding_balance(1.0, 3.0).tolist() == [2.0]
    assert peak_funding(3.0, 1.0) == 2.0


def test_series_of_different_lengths_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"^available must be as long as required: 3 elements; got 2$"):
        peak_funding([1.0, 2.0, 3.0], [1.0, 2.0])


def test_a_series_of_one_does_not_stretch() -> None:
    with pytest.raises(ShapeError, match=r"^available must be as long as required: 3 elements; got 1$"):
        peak_funding([1.0, 2.0, 3.0], 1.0)


def test_a_series_of_nothing_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"^required must have at least one element; got none$"):
        peak_funding([], [])


def test_a_pair_stands_along_a_new_axis() -> None:
    assert valuation_range(100.0, 0.0, 0.5, 0.0, 0.0, 0.0).tolist() == [200.0, 200.0]
    assert valuation_range([100.0, 200.0], 0.0, 0.5, 0.0, 0.0, 0.0).shape == (2, 2)
    assert valuation_range([[100.0], [200.0]], 0.0, [0.5, 0.4, 0.2], 0.0, 0.0, 0.0).shape == (2, 3, 2)


def test_a_result_without_all_arguments_fills_the_shape() -> None:
    @worksheet()
    def first(value: Amount, other: Amount) -> Amount:  # noqa: ARG001
        return value

    assert first(1.0, [1.0, 2.0]).tolist() == [1.0, 1.0]
    assert np.array_equal(first(1.0, [1.0, NAN]), [1.0, NAN], equal_nan=True)


def test_a_result_never_shares_memory_with_an_argument() -> None:
    @worksheet()
    def same(value: Amount) -> Amount:
        return value

    @worksheet()
    def same_series(values: Series[Amount]) -> Series[Amount]:
        return values[..., ::-1]

    values = np.array([1.0, 2.0])
    for function in (same, same_series):
        found = function(values)
        found[0] = 7.0
        assert values.tolist() == [1.0, 2.0]


def test_arguments_are_left_as_they_are() -> None:
    values = np.array([1.0, -1.0, 2.0])
    implied_valuation(values, [0.5, 0.5, 0.0])
    assert values.tolist() == [1.0, -1.0, 2.0]
    values.flags.writeable = False
    assert implied_valuation(values, 0.5)[0] == 2.0


def test_an_element_outside_its_domain_is_nan_and_spoils_no_other() -> None:
    found = implied_valuation([100.0, -1.0, 100.0, NAN, np.inf], [0.5, 0.5, 0.0, 0.5, 0.5])
    assert np.array_equal(found, [200.0, NAN, NAN, NAN, NAN], equal_nan=True)


def test_a_number_outside_spoils_all_that_it_meets() -> None:
    assert np.isnan(implied_valuation([100.0, 200.0], 0.0)).all()
    found = implied_valuation([[100.0], [200.0]], [0.5, 0.0])
    assert np.array_equal(found, [[200.0, NAN], [400.0, NAN]], equal_nan=True)


def test_a_case_that_fails_a_requirement_is_nan_and_spoils_no_other() -> None:
    found = step_valuation(100.0, [0.2, 0.4, 0.5], 0.4)
    assert np.array_equal(found, [500.0, NAN, NAN], equal_nan=True)
    assert np.isnan(step_valuation(100.0, 0.4, 0.4))


def test_a_case_whose_result_fails_a_requirement_is_nan_and_spoils_no_other() -> None:
    found = diluted_stake(0.3, 80.0, [-20.0, -60.0, 20.0])
    assert np.array_equal(found, [24 / 60, NAN, 0.24], equal_nan=True)
    assert np.isnan(diluted_stake(0.3, 80.0, -60.0))


def test_a_bad_element_spoils_its_own_series_alone() -> None:
    found = funding_balance([[1.0, NAN], [1.0, 2.0]], [2.0, 2.0])
    assert np.array_equal(found, [[NAN, NAN], [1.0, 1.0]], equal_nan=True)
    weights = [[0.5, 0.5], [0.5, 0.4], [1.5, -0.5]]
    assert np.array_equal(expected_value([1.0, 3.0], weights), [2.0, NAN, NAN], equal_nan=True)


def test_a_requirement_may_compare_a_result_with_plain_arguments_of_a_list() -> None:
    @worksheet(Requirement(("result", "cap"), np.less_equal, "the sum must be at most cap"))
    def capped_sum(values: Listed[Amount], cap: Amount) -> Amount:  # noqa: ARG001
        return total(values)

    assert np.array_equal(capped_sum([1.0, 2.0], [3.0, 2.0]), [3.0, NAN], equal_nan=True)
    assert contract_of(capped_sum).complaints([[1.0, 2.0], 2.0]) == ["the sum must be at most cap; got 3 and 2"]


def test_division_by_zero_inside_a_domain_is_silent() -> None:
    @worksheet()
    def inverse(value: Amount) -> Amount:
        return 1 / value

    assert inverse(0.0) == np.inf
    assert inverse([0.0, 2.0]).tolist() == [np.inf, 0.5]
