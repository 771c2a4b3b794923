"""DM_WHY and DM_VERSION: what users read when a cell shows an error."""

from __future__ import annotations

import itertools
from importlib.metadata import version as installed
from typing import Any

import pytest

import dealmodel
from dealmodel.callpath import call
from dealmodel.catalogue import CATALOGUE
from dealmodel.cells import OMITTED, CellError
from dealmodel.explain import version, why
from tests.support.values import as_rows

NA, VALUE = CellError.NA, CellError.VALUE


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("DM_IMPLIED_VALUATION", 240.0, 0.0), "stake must be above 0 and at most 1; got 0"),
        (("DM_IMPLIED_VALUATION", 240.0, 1.5), "stake must be above 0 and at most 1; got 1.5"),
        (("DM_IMPLIED_VALUATION", 240.0, None), "stake must be above 0 and at most 1; got 0"),
        (("DM_IMPLIED_VALUATION", -1.0, 0.5), "consideration must be at least 0; got -1"),
        (("DM_IMPLIED_VALUATION", [[1.0], [-2.0]], 0.5), "consideration (2) must be at least 0; got -2"),
        (("DM_IMPLIED_VALUATION", [[1.0, 2.0], [3.0, -4.0]], 0.5), "consideration (2, 2) must be at least 0; got -4"),
        (("DM_PRESENT_VALUE", 1.0, 1.0, -1.0), "rate must be above -1; got -1"),
        (("DM_INSTALMENT", 0.5, 10.0, 3.0), "period must be a whole number; got 0.5"),
        (("DM_INSTALMENT", 1.0, 10.0, 0.0), "periods must be a whole number at least 1; got 0"),
        (("DM_GROSS_FOR_NET", 1.0, 1.0, 1.0), "tax_rate must be at least 0 and below 1; got 1"),
        (("DM_STEP_VALUATION", 9.0, 0.5, 0.4), "stake_before must be below stake_after; got 0.5 and 0.4"),
        (("DM_INSTALMENT", 1.0, 10.0, 3.0, 0.0, 11.0), "upfront must be at most principal; got 11 and 10"),
        (("DM_STEP_STAKE", 0.9, 2.0, 10.0), "the stake after the step must be at least 0 and at most 1; got 1.1"),
    ],
)
def test_a_num_error_is_explained(arguments: Any, words: str) -> None:  # noqa: ANN401
    function, *values = arguments
    rows = as_rows(call(CATALOGUE[function], values))
    assert CellError.NUM in itertools.chain.from_iterable(rows)
    assert why(*arguments) == words


def test_several_arguments_outside_are_all_named() -> None:
    assert why("DM_IMPLIED_VALUATION", -1.0, 2.0) == (
        "consideration must be at least 0; got -1. stake must be above 0 and at most 1; got 2"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("DM_IMPLIED_VALUATION", "text", 0.5), "consideration holds a text"),
        (("DM_IMPLIED_VALUATION", [[1.0], ["text"]], 0.5), "consideration holds a text"),
        (("DM_IMPLIED_VALUATION", VALUE, 0.5), "consideration holds #VALUE!"),
        (("DM_IMPLIED_VALUATION", 1.0, NA), "stake holds #N/A"),
        (("DM_IMPLIED_VALUATION", "text", NA), "consideration holds a text. stake holds #N/A"),
        (("DM_IMPLIED_VALUATION", 1.0), "implied_valuation needs stake"),
        (("DM_IMPLIED_VALUATION", 1.0, OMITTED), "implied_valuation needs stake"),
        (("DM_IMPLIED_VALUATION", 1.0, 0.5, 2.0), "implied_valuation takes at most 2 arguments; got 3"),
        (("DM_IMPLIED_VALUATION", [[1.0], [1.0, 2.0]], 0.5), "consideration must be rows of the same length"),
        (("DM_IMPLIED_VALUATION", [], 0.5), "consideration must have at least one cell; got none"),
        (
            ("DM_IMPLIED_VALUATION", [[1.0, 2.0]], [[0.1, 0.2, 0.3]]),
            "the arguments of implied_valuation do not go together: consideration 1x2, stake 1x3",
        ),
        (
            ("DM_PEAK_FUNDING", [[1.0, 2.0, 3.0]], [[1.0, 2.0]]),
            "available must be as long as required: 3 elements; got 2",
        ),
        (
            ("DM_CASH_WATERFALL", [[5.0, 2.0]], [[1.0, 2.0]]),
            "several cases of a series must stand in a column, one series a row",
        ),
        (("QQQ", 1.0), "there is no function QQQ; `dealmodel functions` lists them"),
    ],
)
def test_an_error_of_another_kind_is_explained(arguments: Any, words: str) -> None:  # noqa: ANN401
    assert why(*arguments) == words


def test_a_result_that_is_not_finite_is_explained() -> None:
    words = "the result is not a finite number: a division by zero, or too large"
    assert why("DM_STEP_CONSIDERATION", 1.0, 1.0, 450.0, 1.0) == words
    assert why("DM_RND_BUDGET", [[1.0], [-1.0]], 100.0, -1.0) == words
    assert why("DM_POST_MONEY", 1.7e308, 1.7e308) == words


def test_what_is_well_is_ok() -> None:
    assert why("DM_IMPLIED_VALUATION", 240.0, 0.016) == "ok"
    assert why("implied_valuation", [[240.0], [1.0]], [[0.016, 1.0]]) == "ok"
    assert why("DM_PEAK_FUNDING", [[1.0, 2.0]], [[1.0, 2.0]], OMITTED) == "ok"
    assert why("DM_WHY", "DM_IMPLIED_VALUATION") == "ok"
    assert why("DM_VERSION") == "ok"


@pytest.mark.parametrize("name", [[["DM_IMPLIED_VALUATION"]], [["DM_IMPLIED_VALUATION", "other"]], "implied_valuation"])
def test_the_function_may_stand_in_a_cell(name: Any) -> None:  # noqa: ANN401
    assert why(name, 240.0, 0.016) == "ok"


@pytest.mark.parametrize("name", [None, OMITTED, [], [[]], [[None]]])
def test_a_function_that_is_left_blank_is_not_there(name: Any) -> None:  # noqa: ANN401
    assert why(name) == "there is no function ; `dealmodel functions` lists them"


@pytest.mark.parametrize("name", [3.0, True, NA])
def test_what_is_no_name_is_no_function(name: Any) -> None:  # noqa: ANN401
    assert why(name).startswith(f"there is no function {name}; ")


def test_the_version_is_that_of_the_package() -> None:
    assert version() == installed("dealmodel") == dealmodel.__version__
    assert call(CATALOGUE["DM_VERSION"], []) == version()


def test_the_package_has_nothing_else() -> None:
    with pytest.raises(AttributeError, match=r"^module 'dealmodel' has no attribute 'nothing'$"):
        dealmodel.nothing  # noqa: B018
