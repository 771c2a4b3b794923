"""What counts as a number, and what is refused."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction as Ratio

import numpy as np
import pandas as pd
import pytest

from dealmodel import (
    implied_valuation,
)
from dealmodel.contract import worksheet
from dealmodel.domain import (
    Amount,
    Text,
)
from dealmodel.errors import NotANumberError, ShapeError

NAN = np.nan


@pytest.mark.parametrize(
    "stake",
    [
        0.5,
        np.float64(0.5),
        np.float32(0.5),
        np.longdouble(0.5),
        np.array(0.5),
        Decimal("0.5"),
        Ratio(1, 2),
        np.ma.array(0.5),
        np.array(0.5, dtype=object),
    ],
    ids=repr,
)
def test_a_number_of_any_kind_is_a_number(stake: object) -> None:
    found = implied_valuation(240.0, stake)
    assert type(found) is float
    assert found == 480.0


@pytest.mark.parametrize("one", [1, True, np.True_, np.int8(1), np.uint64(1)], ids=repr)
def test_whole_numbers_and_truths_are_numbers(one: object) -> None:
    assert implied_valuation(240.0, one) == 240.0
    assert implied_valuation([240.0], one).tolist() == [240.0]


@pytest.mark.parametrize(
    "stakes",
    [
        [0.5, 0.25],
        (0.5, 0.25),
        np.array([0.5, 0.25], dtype=np.float32),
        np.array([0.5, 0.25], dtype=">f8"),
        [Decimal("0.5"), 0.25],
        np.array([Ratio(1, 2), 0.25], dtype=object),
        pd.Series([0.5, 0.25], index=[7, 8]),
        pd.Series([0.5, 0.25], dtype="Float64"),
        pd.Index([0.5, 0.25]),
    ],
    ids=lambda stakes: type(stakes).__name__,
)
def test_a_list_of_any_kind_is_an_array(stakes: object) -> None:
    found = implied_valuation(240.0, stakes)
    assert type(found) is np.ndarray
    assert found.dtype == np.float64
    assert found.tolist() == [480.0, 960.0]


def test_a_masked_element_is_nan_and_spoils_no_other() -> None:
    found = implied_valuation(240.0, np.ma.array([0.5, 0.5, 0.25], mask=[False, True, False]))
    assert not isinstance(found, np.ma.MaskedArray)
    assert np.array_equal(found, [480.0, NAN, 960.0], equal_nan=True)
    assert np.isnan(implied_valuation(240.0, np.ma.masked))


@pytest.mark.parametrize("missing", [pd.Series([0.5, None]), pd.Series([0.5, None], dtype="Float64")], ids=str)
def test_a_missing_element_of_pandas_is_nan(missing: pd.Series[float]) -> None:
    assert np.array_equal(implied_valuation(240.0, missing), [480.0, NAN], equal_nan=True)


def test_a_number_too_large_for_a_float_is_outside_every_domain() -> None:
    assert np.isnan(implied_valuation(10**400, 0.5))
    assert np.isnan(implied_valuation(-(10**400), 0.5))
    assert np.array_equal(implied_valuation([10**400, 1], 0.5), [NAN, 2.0], equal_nan=True)
    assert np.isnan(implied_valuation(Decimal("1e400"), 0.5))


def test_a_whole_number_that_a_float_holds_is_taken() -> None:
    assert implied_valuation(2**70, 0.5) == 2.0**71
    assert implied_valuation([2**70], 0.5).tolist() == [2.0**71]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("0.5", "'0.5'"),
        (["0.5"], "['0.5']"),
        ([Decimal("0.5"), "0.5"], "'0.5'"),
        (b"0.5", "b'0.5'"),
        (None, "None"),
        ([0.5, None], "None"),
        (1j, "1j"),
        ([1j], "[1j]"),
        (np.datetime64("2018-02-09"), "np.datetime64('2018-02-09')"),
        ({"stake": 0.5}, "{'stake': 0.5}"),
        (Decimal("sNaN"), "Decimal('sNaN')"),
        ("x" * 100, "'" + "x" * 36 + "..."),
    ],
)
def test_what_is_no_number_is_refused(value: object, shown: str) -> None:
    expected = f"stake must be a number or an array of numbers; got {shown}"
    with pytest.raises(NotANumberError, match=f"^{re.escape(expected)}$"):
        implied_valuation(240.0, value)


@pytest.mark.parametrize("ragged", [[[0.5], [0.5, 0.25]], [0.5, [0.25]]], ids=repr)
def test_rows_of_different_lengths_are_refused(ragged: object) -> None:
    with pytest.raises(ShapeError, match=r"^stake must be rectangular; got rows of different lengths$"):
        implied_valuation(240.0, ragged)


def test_a_text_argument_is_handed_through() -> None:
    @worksheet()
    def named(value: Amount, name: Text = "total") -> Amount:
        return value if name == "total" else -value

    assert named(1.0) == 1.0
    assert named(1.0, "other") == -1.0
    assert named([1.0, 2.0], "other").tolist() == [-1.0, -2.0]
    with pytest.raises(NotANumberError, match=r"^value must be a number"):
        named("total", "total")
