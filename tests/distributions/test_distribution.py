from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pytest

from dealmodel import CATALOGUE
from dealmodel import distributions as of
from dealmodel.cells import OMITTED
from dealmodel.errors import ArgumentsError, NotANumberError, ShapeError


def test_every_uncertain_number_of_the_catalogue_has_its_distribution() -> None:
    uncertain = {name for name, entry in CATALOGUE.items() if entry.category == "Uncertainty"}
    assert of.DISTRIBUTIONS.keys() == uncertain - {"DM_OUTPUT"}
    for name, family in of.DISTRIBUTIONS.items():
        assert family is getattr(of, name.removeprefix("DM_").lower())
        assert family.contract is CATALOGUE[name].contract
        assert family.name in of.__all__


def test_numbers_give_a_number_and_arrays_an_array() -> None:
    price = of.pert(250, 294, 344)
    for found in (price.ppf(0.5), price.cdf(300), price.sf(300), price.mean(), price.variance(), *price.support):
        assert type(found) is float
    assert price.ppf([0.1, 0.9]).shape == (2,)
    assert price.ppf(np.full((2, 3), 0.5)).shape == (2, 3)
    assert price.ppf([]).shape == price.cdf([]).shape == (0,)


def test_shares_broadcast_against_arguments() -> None:
    grid = of.normal([[0.0], [10.0]], 1.0)
    assert grid.shape == (2, 1)
    assert grid.ppf([0.5, 0.5, 0.5]).tolist() == [[0, 0, 0], [10, 10, 10]]
    assert grid.cdf([0.0, 10.0]).shape == (2, 2)
    rows = of.discrete([[1, 2], [3, 4]], [0.5, 0.5])
    assert rows.shape == (2,)
    assert rows.ppf([[0.5], [0.6]]).tolist() == [[1, 3], [2, 4]]
    assert rows.cdf([1, 3.5]).tolist() == [0.5, 0.5]


def test_results_are_arrays_of_their_own() -> None:
    shares = np.array([0.25, 0.5])
    found = of.uniform(0, 1).ppf(shares)
    found += 1
    assert shares.tolist() == [0.25, 0.5]
    assert of.uniform(0, [1, 1]).support[0].flags.writeable


@pytest.mark.parametrize("name", of.DISTRIBUTIONS)
def test_shares_that_are_none_give_nan(name: str) -> None:
    case = {"DM_DISCRETE": ([1, 2], [0.5, 0.5]), "DM_EMPIRICAL": ([1, 2],)}.get(name)
    number = of.DISTRIBUTIONS[name](*(case or [0.25, 0.5, 0.75, 0.9][: CATALOGUE[name].min_arguments]))
    if name == "DM_BINOMIAL":
        number = of.binomial(3, 0.5)
    if name == "DM_TRUNCATED_NORMAL":
        number = of.truncated_normal(0, 1, 2, 3)
    found = number.ppf([-1e-300, 0.5, 1 + 1e-15, np.nan, np.inf])
    assert np.isnan(found).tolist() == [True, False, True, True, True]
    assert np.isnan(number.cdf([np.nan, 0.5])).tolist() == [True, False]
    assert number.cdf([-np.inf, np.inf]).tolist() == [0, 1]
    assert number.sf([-np.inf, np.inf]).tolist() == [1, 0]


def test_one_family_has_the_defaults_of_its_function() -> None:
    assert of.pert(0, 1, 10).mean() == of.pert(0, 1, 10, 4).mean() == of.pert(0, 1, 10, lambda_=4).mean()
    assert of.metalog(1, 2, 3, OMITTED, 10).support == (-np.inf, 10)
    assert of.metalog(1, 2, 3, high=10).support == (-np.inf, 10)
    assert np.isnan(of.metalog(1, 2, 3, -np.inf, 10).ppf(0.5))


def test_wrong_calls_are_exceptions() -> None:
    with pytest.raises(ArgumentsError, match="normal needs sd"):
        of.normal(1)
    with pytest.raises(ArgumentsError, match="at most 2"):
        of.normal(1, 2, 3)
    with pytest.raises(NotANumberError, match="sd must be a number"):
        of.normal(1, "two")
    with pytest.raises(NotANumberError, match="q must be a number"):
        of.normal(1, 2).ppf("half")
    with pytest.raises(ShapeError, match="arguments of normal do not go together: mean 2, sd 3"):
        of.normal([1, 2], [1, 2, 3])
    with pytest.raises(ShapeError, match="values 3, probabilities 1"):
        of.discrete([1, 2, 3], [1])
    with pytest.raises(ShapeError, match="data 0"):
        of.empirical([])


def test_a_distribution_says_what_it_is_and_travels_between_processes() -> None:
    price = of.pert(250, 294, 344)
    assert repr(price) == "pert(low=250., mode=294., high=344.)"
    assert repr(of.metalog(1, 2, 3, high=5)) == "metalog(p10=1., p50=2., p90=3., high=5.)"
    there = pickle.loads(pickle.dumps(price))  # noqa: S301  our own
    assert there.ppf(0.3) == price.ppf(0.3)
    assert there.mean() == 295


def test_importing_the_distributions_loads_no_scipy() -> None:
    code = "import sys, dealmodel.distributions; print([name for name in sys.modules if name.startswith('scipy')])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
