"""Cell values in, cell values out: what a blank, a text, an error, a row and a column mean."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dealmodel.callpath import call, evaluate, read_values
from dealmodel.catalogue import CATALOGUE, Entry
from dealmodel.cells import OMITTED, CellError
from dealmodel.contract import worksheet
from dealmodel.domain import Amount, Pair, Series, Table, Text
from dealmodel.errors import ArgumentsError, NotANumberError, ShapeError
from tests.support.values import assert_cells_equal

if TYPE_CHECKING:
    from collections.abc import Callable

NUM, VALUE, NA, REF, DIV0 = CellError.NUM, CellError.VALUE, CellError.NA, CellError.REF, CellError.DIV0


def of(name: str, *arguments: Any) -> Any:  # noqa: ANN401
    """Call a function of the catalogue as a cell does."""
    return call(CATALOGUE[name], arguments)


def entry_of(function: Callable[..., Any]) -> Entry:
    return Entry("DM_TEST", "Test", lambda: function)


# -- single cells --------------------------------------------------------------------------------------------------


def test_numbers_give_a_number() -> None:
    found = of("DM_STAKE_SOLD", 2, 8)
    assert found == 0.2
    assert type(found) is float


def test_data_outside_a_domain_is_a_num_error() -> None:
    assert of("DM_STAKE_SOLD", -1.0, 8.0) is NUM
    assert of("DM_STAKE_SOLD", math.nan, 8.0) is NUM
    assert of("DM_STAKE_SOLD", 10**400, 8.0) is NUM
    assert of("DM_STAKE_SOLD", [[10**400], [2.0]], 8.0) == [[NUM], [0.2]]


def test_a_result_that_is_not_finite_is_a_num_error() -> None:
    assert of("DM_STEP_CONSIDERATION", 1.0, 1.0, 450.0, 1.0) is NUM
    assert of("DM_RND_BUDGET", -1.0, 100.0, -1.0) is NUM
    assert of("DM_RND_BUDGET", [[-1.0], [1.0]], 100.0, -1.0) == [[NUM], [0.0]]


def test_a_text_is_a_value_error() -> None:
    assert of("DM_STAKE_SOLD", "2", 8.0) is VALUE
    assert of("DM_STAKE_SOLD", "", 8.0) is VALUE
    assert of("DM_STAKE_SOLD", [["2"], [2.0]], 8.0) == [[VALUE], [0.2]]


def test_a_very_long_text_in_a_column_costs_no_more_than_a_short_one() -> None:
    column = [["x" * 32_767], *[[2.0]] * 10_000]
    found = of("DM_STAKE_SOLD", column, 8.0)
    assert found[:2] == [[VALUE], [0.2]]


def test_a_blank_cell_is_zero() -> None:
    assert of("DM_STAKE_SOLD", None, 8.0) == 0.0
    assert of("DM_STAKE_SOLD", 2.0, None) is NUM
    assert of("DM_STAKE_SOLD", [[None], [2.0]], 8.0) == [[0.0], [0.2]]


def test_a_blank_cell_is_zero_where_an_omitted_argument_takes_its_default() -> None:
    name = "DM_LOCKED_BOX_INTEREST"
    day_count = CATALOGUE[name].contract.parameters[-1]
    assert day_count.default != 0
    assert of(name, 100.0, 0.1, 30.0) == of(name, 100.0, 0.1, 30.0, OMITTED) == of(name, 100.0, 0.1, 30.0, 365.0)
    assert of(name, 100.0, 0.1, 30.0, None) is NUM


def test_true_and_false_are_one_and_zero() -> None:
    assert call(CATALOGUE["DM_POST_MONEY"], [True, False]) == 1.0
    assert call(CATALOGUE["DM_POST_MONEY"], [[[True, 2.0]], True]) == [[2.0, 3.0]]


def test_a_flag_is_true_or_false() -> None:
    assert of("DM_RECONCILES", 5.0, 4.0, 6.0) is True
    assert of("DM_RECONCILES", 7.0, 4.0, 6.0) is False
    found = of("DM_RECONCILES", [[5.0, 7.0, "x", NA]], 4.0, 6.0)
    assert found == [[True, False, VALUE, NA]]
    assert found[0][0] is True


def test_minus_zero_is_zero() -> None:
    assert math.copysign(1.0, of("DM_MULTIPLE", -0.0, 1.0)) == 1.0
    assert math.copysign(1.0, of("DM_MULTIPLE", [[-0.0, 1.0]], 1.0)[0][0]) == 1.0


# -- errors --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", CellError, ids=str)
def test_an_error_comes_back_as_it_is(error: CellError) -> None:
    assert of("DM_STAKE_SOLD", error, 8.0) is error
    assert of("DM_STAKE_SOLD", 2.0, error) is error
    assert of("DM_STAKE_SOLD", -1.0, error) is error
    assert of("DM_STAKE_SOLD", [[2.0, error]], 8.0) == [[0.2, error]]
    assert of("DM_PEAK_FUNDING", [[1.0, error]], [[1.0, 2.0]]) is error
    assert of("DM_CASH_WATERFALL", error, [[1.0, 2.0]]) == [[error, error]]
    assert str(error) == error.value


def test_the_leftmost_argument_with_an_error_wins() -> None:
    assert of("DM_STAKE_SOLD", NA, REF) is NA
    assert of("DM_STAKE_SOLD", REF, NA) is REF
    assert of("DM_STAKE_SOLD", "text", NA) is VALUE
    assert of("DM_STAKE_SOLD", [[NA], [2.0], [REF]], [[8.0], [REF], [NA]]) == [[NA], [REF], [REF]]


def test_the_first_error_of_a_series_wins() -> None:
    assert of("DM_PEAK_FUNDING", [[1.0, REF, NA]], [[1.0, 2.0, 3.0]]) is REF
    assert of("DM_PEAK_FUNDING", [[1.0], [NA]], [[REF], [2.0]]) is NA


def test_an_error_spoils_its_own_cells_alone() -> None:
    assert of("DM_POST_MONEY", [[1.0], [NA]], [[1.0, REF]]) == [[2.0, REF], [NA, NA]]
    found = of("DM_FUNDING_BALANCE", [[1.0, NA], [1.0, 2.0]], [[2.0, 2.0]])
    assert found == [[NA, NA], [1.0, 1.0]]


def test_a_wrong_shape_is_a_value_error_even_beside_an_error() -> None:
    assert of("DM_PEAK_FUNDING", [[NA, 1.0, 2.0]], [[1.0, 2.0]]) is VALUE


# -- shapes --------------------------------------------------------------------------------------------------------


def test_one_cell_gives_one_cell() -> None:
    assert of("DM_STAKE_SOLD", [[2.0]], [[8.0]]) == 0.2


def test_a_column_against_a_row_gives_the_grid() -> None:
    found = of("DM_POST_MONEY", [[8.0], [9.0], [10.0]], [[1.0, 2.0]])
    assert found == [[9.0, 10.0], [10.0, 11.0], [11.0, 12.0]]


def test_a_column_gives_a_column_and_a_row_a_row() -> None:
    assert of("DM_POST_MONEY", [[8.0], [9.0]], 1.0) == [[9.0], [10.0]]
    assert of("DM_POST_MONEY", 1.0, ((8.0, 9.0),)) == [[9.0, 10.0]]


def test_shapes_that_do_not_go_together_are_a_value_error() -> None:
    assert of("DM_POST_MONEY", [[1.0, 2.0]], [[1.0, 2.0, 3.0]]) is VALUE


@pytest.mark.parametrize("odd", [[], [[]], [[], []], [[1.0], [1.0, 2.0]], [1.0, 2.0], [[1.0], 2.0], ["ab"]], ids=repr)
def test_what_is_no_range_is_a_value_error(odd: Any) -> None:  # noqa: ANN401
    assert of("DM_POST_MONEY", odd, 1.0) is VALUE
    assert of("DM_PEAK_FUNDING", odd, [[1.0]]) is VALUE


def test_a_range_within_a_cell_is_a_value_error() -> None:
    assert of("DM_POST_MONEY", [[[1.0], 2.0]], 1.0) == [[VALUE, 3.0]]


def test_too_few_or_too_many_arguments_are_a_value_error() -> None:
    assert of("DM_POST_MONEY", 1.0) is VALUE
    assert of("DM_POST_MONEY") is VALUE
    assert of("DM_POST_MONEY", 1.0, 2.0, 3.0) is VALUE
    assert of("DM_VERSION", 1.0) is VALUE
    assert of("DM_WHY") is VALUE


def test_a_result_beyond_what_memory_holds_is_a_value_error() -> None:
    assert of("DM_POST_MONEY", [[1.0]] * 8193, [[1.0] * 4096]) is VALUE


def test_a_full_column_is_one_call() -> None:
    found = of("DM_STAKE_SOLD", [[2.0]] * 2**20, 8.0)
    assert len(found) == 2**20
    assert found[0] == found[-1] == [0.2]


# -- series --------------------------------------------------------------------------------------------------------


def test_a_series_in_a_row_gives_a_row() -> None:
    assert of("DM_FUNDING_BALANCE", [[1.0, 2.0]], [[2.0, 2.0]]) == [[1.0, 1.0]]


def test_a_series_in_a_column_gives_a_column() -> None:
    assert of("DM_FUNDING_BALANCE", [[1.0], [2.0]], [[2.0], [2.0]]) == [[1.0], [1.0]]


def test_the_first_series_says_which_way_the_result_stands() -> None:
    assert of("DM_FUNDING_BALANCE", [[1.0], [2.0]], [[2.0, 2.0]]) == [[1.0], [1.0]]
    assert of("DM_FUNDING_BALANCE", [[1.0, 2.0]], [[2.0], [2.0]]) == [[1.0, 1.0]]


def test_one_series_a_row_gives_one_row_each() -> None:
    assert of("DM_FUNDING_BALANCE", [[1.0, 2.0], [3.0, 4.0]], [[5.0, 5.0]]) == [[4.0, 7.0], [2.0, 3.0]]
    assert of("DM_PEAK_FUNDING", [[1.0, 2.0], [3.0, 4.0]], [[0.0, 0.0]]) == [[3.0], [7.0]]


def test_plain_arguments_in_a_column_go_with_one_series_a_row() -> None:
    assert of("DM_PEAK_FUNDING", [[1.0, 2.0], [3.0, 4.0]], [[0.0, 0.0]], [[0.0], [5.0]]) == [[3.0], [2.0]]


def test_plain_arguments_in_a_grid_go_with_one_series() -> None:
    found = of("DM_PEAK_FUNDING", [[1.0, 2.0]], [[0.0, 0.0]], [[0.0, 1.0], [2.0, 3.0]])
    assert found == [[3.0, 2.0], [1.0, 0.0]]


def test_a_column_of_cases_gives_one_row_each() -> None:
    assert of("DM_CASH_WATERFALL", [[5.0], [2.0]], [[1.0, 2.0, 3.0]]) == [[1.0, 2.0, 2.0], [1.0, 1.0, 0.0]]
    assert of("DM_CASH_WATERFALL", [[5.0], [2.0]], [[1.0], [2.0], [3.0]]) == [[1.0, 2.0, 2.0], [1.0, 1.0, 0.0]]


def test_a_row_of_cases_gives_one_column_each_where_the_series_stands_in_a_column() -> None:
    assert of("DM_CASH_WATERFALL", [[5.0, 2.0]], [[1.0], [2.0], [3.0]]) == [[1.0, 1.0], [2.0, 1.0], [2.0, 0.0]]
    assert of("DM_CASH_WATERFALL", [[NA, 2.0]], [[1.0], [2.0], [3.0]]) == [[NA, 1.0], [NA, 1.0], [NA, 0.0]]


def test_series_that_have_no_place_on_a_sheet_are_a_value_error() -> None:
    assert of("DM_CASH_WATERFALL", [[5.0, 2.0]], [[1.0, 2.0, 3.0]]) is VALUE
    assert of("DM_CASH_WATERFALL", [[5.0, 2.0], [3.0, 4.0]], [[1.0], [2.0]]) is VALUE


def test_series_of_different_lengths_are_a_value_error() -> None:
    assert of("DM_PEAK_FUNDING", [[1.0, 2.0, 3.0]], [[1.0, 2.0]]) is VALUE
    assert of("DM_PEAK_FUNDING", [[1.0, 2.0, 3.0]], 1.0) is VALUE


def test_a_series_of_one_cell_is_a_series() -> None:
    assert of("DM_FUNDING_BALANCE", 1.0, 3.0) == 2.0
    assert of("DM_FUNDING_BALANCE", 1.0, 3.0, [[0.0], [1.0]]) == [[2.0], [3.0]]


def test_blanks_in_a_series_are_zero_and_texts_are_errors() -> None:
    assert of("DM_FUNDING_BALANCE", [[None, 1.0]], [[2.0, None]]) == [[2.0, 1.0]]
    assert of("DM_FUNDING_BALANCE", [["", 1.0]], [[2.0, 2.0]]) == [[VALUE, VALUE]]


def test_a_pair_stands_in_a_row_whatever_else_stands_in_a_column() -> None:
    assert of("DM_VALUATION_RANGE", 100.0, 0.0, 0.5, 0.0, 0.0, 0.0) == [[200.0, 200.0]]
    found = of("DM_VALUATION_RANGE", [[100.0], [200.0]], 0.0, 0.5, 0.0, 0.0, 0.0)
    assert found == [[200.0, 200.0], [400.0, 400.0]]
    assert of("DM_VALUATION_RANGE", [[100.0, 200.0]], 0.0, 0.5, 0.0, 0.0, 0.0) is VALUE


@worksheet()
def _ends(values: Series[Amount]) -> Pair[Amount]:
    """Return the first and the last value of a series."""
    return values[..., [0, -1]]


def test_a_pair_of_a_series_in_a_column_stands_in_a_row() -> None:
    assert call(entry_of(_ends), [[[1.0], [2.0], [3.0]]]) == [[1.0, 3.0]]


@worksheet()
def _table(values: Series[Amount]) -> Table[Amount]:
    """Return two rows for each value."""
    return np.stack([values, 2 * values], axis=-1)


def test_a_table_stands_as_it_is() -> None:
    assert call(entry_of(_table), [[[1.0], [2.0], [3.0]]]) == [[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]]
    assert call(entry_of(_table), [[[1.0, NA]]]) == [[NA, NA], [NA, NA]]
    assert call(entry_of(_table), [[[1.0, math.nan]]]) == [[NUM, NUM], [NUM, NUM]]


def test_several_tables_have_no_place_on_a_sheet() -> None:
    assert call(entry_of(_table), [[[1.0, 2.0], [3.0, 4.0]]]) is VALUE


# -- texts ---------------------------------------------------------------------------------------------------------


@worksheet()
def _spelled(value: Amount, name: Text = "none") -> Amount:
    """Return the value, times the length of the name."""
    return value * len(name)


@pytest.mark.parametrize(
    ("name", "spelling"),
    [
        ("abc", "abc"),
        (OMITTED, "none"),
        (None, ""),
        (2018.0, "2018"),
        (12, "12"),
        (0.1 + 0.2, "0.3"),
        (True, "TRUE"),
        ([["abc", "x"], ["y", "z"]], "abc"),
        ([], ""),
        (10**400, "1" + "0" * 400),
    ],
)
def test_a_text_argument_reads_any_cell(name: Any, spelling: str) -> None:  # noqa: ANN401
    assert call(entry_of(_spelled), [1.0, name]) == len(spelling)
    assert call(entry_of(_spelled), [[[1.0], [2.0]], name]) == [[len(spelling)], [2.0 * len(spelling)]]


def test_an_error_in_a_text_argument_comes_back_as_it_is() -> None:
    assert call(entry_of(_spelled), [1.0, NA]) is NA
    assert call(entry_of(_spelled), [[[1.0], [REF]], [[NA]]]) == [[NA], [REF]]


# -- below the surface ---------------------------------------------------------------------------------------------


def test_what_a_cell_shows_as_a_value_error_says_why_in_python() -> None:
    with pytest.raises(ArgumentsError, match=r"^post_money needs new_money$"):
        evaluate(CATALOGUE["DM_POST_MONEY"], [1.0])
    with pytest.raises(ArgumentsError, match=r"^version takes 0 arguments; got 1$"):
        evaluate(CATALOGUE["DM_VERSION"], [1.0])
    with pytest.raises(ArgumentsError, match=r"^why takes at least 1 argument; got 0$"):
        evaluate(CATALOGUE["DM_WHY"], [])
    with pytest.raises(ShapeError, match=r"^pre_money must be rows of the same length$"):
        evaluate(CATALOGUE["DM_POST_MONEY"], [[[1.0], [1.0, 2.0]], 1.0])
    with pytest.raises(ShapeError, match=r"^pre_money must have at least one cell; got none$"):
        evaluate(CATALOGUE["DM_POST_MONEY"], [[[]], 1.0])
    with pytest.raises(ShapeError, match=r"^several cases of a series must stand in a column, one series a row$"):
        evaluate(CATALOGUE["DM_CASH_WATERFALL"], [[[5.0, 2.0]], [[1.0, 2.0]]])


def test_arguments_are_read_with_the_first_error_of_each() -> None:
    contract = CATALOGUE["DM_FUNDING_BALANCE"].contract
    values, errors = read_values(contract, [[[1.0], [REF], [NA]], [[1.0, 2.0, 3.0]]])
    assert errors == [REF, None, None]
    assert values[2] is OMITTED
    assert_cells_equal([values[1].tolist()], [[1.0, 2.0, 3.0]])  # type: ignore[attr-defined]


def test_python_refuses_what_cells_take_as_a_value() -> None:
    with pytest.raises(NotANumberError, match="must be a number"):
        CATALOGUE["DM_POST_MONEY"].function("1", 1.0)
