"""Stored values that are right as they are, and those that are stale."""

from __future__ import annotations

import pytest

from dealmodel.workbook.model import Model
from tests.support.saving import read_back, reopened
from tests.support.workbooks import (
    model_of,
    raw_book,
)


def stored(formula: str, value: str, *others: str) -> Model:
    numbers = "".join(f'<c r="{"ABCDEF"[i]}1"><v>{v}</v></c>' for i, v in enumerate(others))
    return Model.from_bytes(
        raw_book(f'<row r="1">{numbers}<c r="Z1"><f>{formula}</f><v>{value}</v></c></row>'), "book.xlsx"
    )


@pytest.mark.parametrize(
    ("formula", "value", "others"),
    [
        ("SUM(A1:C1)", "0.60000000000000009", ("0.1", "0.2", "0.3")),
        ("A1-B1", "0", ("123456789.12345679", "123456789.12345677")),
        ("IRR(A1:C1)", "0.0639410298", ("-100", "50", "60")),
        ("A1/B1", "0.33333333333", ("1", "3")),
    ],
)
def test_difference_in_the_arithmetic_is_not_stale(formula: str, value: str, others: tuple[str, ...]) -> None:
    model = stored(formula, value, *others)
    assert model.changes() == {}
    assert model.to_bytes() == model.book.package.data


def rest_of_a_loan(left: float) -> Model:
    """Return a balance that is nothing but for what subtraction leaves, handed on from cell to cell."""
    cells = (
        '<row r="1"><c r="A1"><v>123456789.12345679</v></c><c r="B1"><v>123456789.12345677</v></c></row>'
        '<row r="2"><c r="A2"><f>A1-B1</f><v>1.5e-8</v></c><c r="B2"><f>A2</f><v>1.5e-8</v></c>'
        f'<c r="C2"><f>SUM(B2:B2)*2</f><v>{left}</v></c></row>'
    )
    return Model.from_bytes(raw_book(cells, stored=True), "loan.xlsx")


def test_what_subtraction_left_is_not_stale_where_it_is_handed_on() -> None:
    assert not rest_of_a_loan(3e-8).changes()


def test_more_than_subtraction_left_is_stale() -> None:
    assert [str(at) for at in rest_of_a_loan(0.01).changes()] == ["S!C2"]


@pytest.mark.parametrize(
    ("formula", "value", "others"),
    [
        ("A1/B1", "0.3333", ("1", "3")),
        ("A1-B1", "0", ("2", "1.9999")),
        ("A1>B1", "0", ("2", "1")),
        ("A1&B1", "5", ("2", "1")),
        # Found without trial: the square root of 1.2, less 1, is 0.09544511501.
        ("MIRR(A1:C1,0.1,0.2)", "0.09544516", ("-100", "50", "60")),
    ],
)
def test_stale_value_is_changed(formula: str, value: str, others: tuple[str, ...]) -> None:
    assert len(stored(formula, value, *others).changes()) == 1


def test_small_change_of_an_input_reaches_its_dependants_in_full() -> None:
    model = reopened(model_of({"A1": 300, "B1": "=A1*2"}))
    model["S!A1"] = 300.0000000001
    assert model["S!B1"] == 600.0000000002
    assert reopened(model)["S!B1"] == 600.0000000002
    assert read_back(model.to_bytes())["S"]["B1"].value == 600.0000000002
