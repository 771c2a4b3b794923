"""The worksheet functions of uncertain numbers: which are defined, where, and why not elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dealmodel
from dealmodel import CATALOGUE, output, why
from dealmodel.callpath import call
from dealmodel.catalogue import find
from dealmodel.cells import OMITTED, CellError
from dealmodel.errors import NotANumberError

UNCERTAIN = [entry for entry in CATALOGUE.values() if entry.category == "Uncertainty"]


def test_the_catalogue_has_twenty_of_them() -> None:
    assert len(UNCERTAIN) == 20
    assert all(getattr(dealmodel, entry.function.__name__) is entry.function for entry in UNCERTAIN)


@pytest.mark.parametrize(
    ("call_", "expected"),
    [
        (("DM_UNIFORM", 5, 5), "low must be below high; got 5 and 5"),
        (("DM_NORMAL", 1, 0), "sd must be above 0; got 0"),
        (("DM_LOGNORMAL", 0, 1), "mean must be above 0; got 0"),
        (("DM_TRIANGULAR", 1, 0, 3), "low must be at most mode; got 1 and 0"),
        (("DM_TRIANGULAR", 2, 2, 2), "low must be below high; got 2 and 2"),
        (("DM_PERT", 1, 4, 3), "mode must be at most high; got 4 and 3"),
        (("DM_PERT", 1, 2, 3, -1), "lambda_ must be at least 0; got -1"),
        (("DM_BETA", 1, 0), "beta must be above 0; got 0"),
        (("DM_BETA", 1, 1, 1), "low must be below high; got 1 and 1"),
        (("DM_STUDENT", 0, 1, 1), "df must be above 1 for a mean to exist; got 1"),
        (("DM_STUDENT", 0, 1, 0), "df must be above 0; got 0"),
        (("DM_PARETO", 1, 1), "alpha must be above 1 for a mean to exist; got 1"),
        (("DM_TRUNCATED_NORMAL", 0, 1, 2, 1), "low must be below high; got 2 and 1"),
        (("DM_BERNOULLI", 1.5), "probability must be at least 0 and at most 1; got 1.5"),
        (("DM_BINOMIAL", 2.5, 0.5), "trials must be a whole number at least 0; got 2.5"),
        (("DM_POISSON", -1), "rate must be at least 0; got -1"),
        (("DM_EVENT", -0.1, 300), "probability must be at least 0 and at most 1; got -0.1"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_the_reason_is_said(call_: tuple[Any, ...], expected: str) -> None:
    assert why(*call_) == expected
    assert call(CATALOGUE[call_[0]], call_[1:]) is CellError.NUM
    assert np.isnan(CATALOGUE[call_[0]].function(*call_[1:]))


@pytest.mark.parametrize(
    "call_",
    [
        ("DM_TRIANGULAR", 1, 1, 3),
        ("DM_TRIANGULAR", 1, 3, 3),
        ("DM_PERT", 1, 1, 3),
        ("DM_PERT", 1, 3, 3, 0),
        ("DM_STUDENT", 0, 1, np.nextafter(1, 2)),
        ("DM_PARETO", 1, np.nextafter(1, 2)),
        ("DM_BINOMIAL", 0, 0),
        ("DM_POISSON", 0),
        ("DM_EVENT", 1, -300),
        ("DM_BERNOULLI", 0),
        ("DM_UNIFORM", 5, np.nextafter(5, 6)),
    ],
    ids=lambda value: value[0],
)
def test_a_bound_that_makes_a_distribution_belongs(call_: tuple[Any, ...]) -> None:
    assert why(*call_) == "ok"
    assert np.isfinite(CATALOGUE[call_[0]].function(*call_[1:]))


def test_signatures_show_no_infinite_default() -> None:
    assert find("METALOG").signature == "DM_METALOG(p10, p50, p90, [low], [high])"
    assert find("BETA").signature == "DM_BETA(alpha, beta, [low=0], [high=1])"
    assert find("OUTPUT").signature == "DM_OUTPUT(value, [name])"


def test_bounds_of_a_metalog_are_left_out_and_not_infinite() -> None:
    entry = CATALOGUE["DM_METALOG"]
    assert call(entry, [250.0, 294.0, 340.0, OMITTED, OMITTED]) == pytest.approx(294.5689, abs=1e-4)
    assert call(entry, [250.0, 294.0, 340.0, OMITTED, 350.0]) == dealmodel.metalog(250, 294, 340, high=350)
    # A blank cell is 0, and so a bound; an argument left out is none.
    assert call(entry, [250.0, 294.0, 340.0, None]) == dealmodel.metalog(250, 294, 340, 0)
    assert np.isnan(dealmodel.metalog(250, 294, 340, -np.inf))


@pytest.mark.parametrize("name", ["price", "", OMITTED, None, 7.0, [["price", "other"]]])
def test_an_output_is_its_value_whatever_its_name(name: Any) -> None:  # noqa: ANN401
    entry = CATALOGUE["DM_OUTPUT"]
    assert call(entry, [294.0, name]) == 294.0
    assert call(entry, [[[1.0, 2.0], [CellError.NA, None]], name]) == [[1.0, 2.0], [CellError.NA, 0.0]]


def test_an_output_in_python() -> None:
    assert output(294) == output(294, "price") == output(294, name="price") == 294.0
    assert output([1.0, np.nan, np.inf], "grid").tolist()[:1] == [1.0]
    assert np.isnan(output([1.0, np.nan, np.inf], "grid")[1:]).all()
    with pytest.raises(NotANumberError, match="value must be a number"):
        output("price")
    assert call(CATALOGUE["DM_OUTPUT"], [294.0, CellError.NA]) is CellError.NA


def test_a_cell_whose_text_is_an_output_shows_the_text() -> None:
    entry = CATALOGUE["DM_OUTPUT"]
    assert call(entry, ["Covenant broken", "covenant"]) == call(entry, [[["Covenant broken"]]]) == "Covenant broken"
    assert call(entry, [CellError.NA, "covenant"]) is CellError.NA
    assert call(entry, ["one", "name", "too many"]) is CellError.VALUE
    assert dealmodel.why("DM_OUTPUT", "Covenant broken", "covenant") == "ok"


def test_a_column_against_a_row_gives_the_grid() -> None:
    means = dealmodel.pert([[240.0], [250.0]], 294.0, [340.0, 344.0, 100.0])
    assert means.shape == (2, 3)
    assert means[1, 1] == 295
    assert np.isnan(means[:, 2]).all()
