"""Uncertain numbers are found in formulas, or given from outside."""

from __future__ import annotations

import pytest

from dealmodel.catalogue import CATALOGUE
from dealmodel.distributions import DISTRIBUTIONS as FAMILIES
from dealmodel.errors import InputRefusedError, UnknownNameError
from dealmodel.simulation.sampling.draws import DISTRIBUTIONS, Draw, find_draws, outside_draw
from dealmodel.workbook.address import CellAt
from tests.support.books import book


def test_every_distribution_of_the_catalogue_is_sampled() -> None:
    assert set(FAMILIES) == DISTRIBUTIONS
    assert set(CATALOGUE) >= DISTRIBUTIONS


def test_a_draw_is_called_by_the_name_of_its_cell_or_by_its_address() -> None:
    model = book({"A1": "=DM_NORMAL(10,2)", "A2": "=1+[1]!dm_uniform(0,A1)", "A3": "=A1+A2"}, {"x": "A1"})
    assert find_draws(model) == (
        Draw(CellAt("S", 1, 1), 0, "DM_NORMAL", ("10", "2"), "x"),
        Draw(CellAt("S", 2, 1), 0, "DM_UNIFORM", ("0", "A1"), "S!A2"),
    )


def test_draws_of_one_cell_are_numbered_in_reading_order() -> None:
    model = book({"A1": "=DM_NORMAL(10,2)+DM_PERT(1,DM_UNIFORM(2,3),4)"}, {"x": "A1"})
    found = [(d.name, d.position, d.function) for d in find_draws(model)]
    assert found == [("x", 0, "DM_NORMAL"), ("x#2", 1, "DM_PERT"), ("x#3", 2, "DM_UNIFORM")]


def test_an_input_is_made_uncertain_from_outside() -> None:
    model = book({"A1": 294, "A2": "=A1*2"}, {"price": "A1"})
    expected = Draw(CellAt("S", 1, 1), 0, "DM_PERT", ("250", "294", "340"), "price")
    assert outside_draw(model, "Price", "PERT(250, 294, 340)") == expected
    assert outside_draw(model, "S!A1", "=dm_pert(250,294,340)") == expected


def test_what_is_not_one_distribution_is_refused() -> None:
    model = book({"A1": 294, "A2": "=A1*2"}, {"price": "A1", "net": "A2"})
    with pytest.raises(UnknownNameError, match="did you mean PERT"):
        outside_draw(model, "price", "PERTT(1,2,3)")
    with pytest.raises(InputRefusedError, match=r"such as PERT"):
        outside_draw(model, "price", "294")
    with pytest.raises(InputRefusedError, match="one distribution"):
        outside_draw(model, "price", "NORMAL(1,2)*3")
    with pytest.raises(InputRefusedError, match="one distribution"):
        outside_draw(model, "price", "NORMAL(DM_UNIFORM(1,2),3)")
    with pytest.raises(InputRefusedError, match="holds the formula"):
        outside_draw(model, "net", "NORMAL(1,2)")
    with pytest.raises(UnknownNameError):
        outside_draw(model, "pirce", "NORMAL(1,2)")


def test_a_stream_is_the_same_in_all_scenarios() -> None:
    at = CellAt("S", 1, 1)
    names = ("price[As filed]", "Price[Alternative]", "price")
    assert {Draw(at, 0, "DM_NORMAL", (), name).stream for name in names} == {"price"}
    assert Draw(at, 1, "DM_NORMAL", (), "price[As filed]#2").stream == "price#2"
