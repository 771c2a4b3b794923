"""Circular references in workbooks that iterate: interest on an average balance, as leveraged models have it."""

from __future__ import annotations

import pytest

from dealmodel.cells import CellError
from dealmodel.simulation.options import Options
from dealmodel.simulation.simulate import simulate
from dealmodel.workbook.computing.dependence import Dependence
from dealmodel.workbook.model import Model
from tests.support.workbooks import raw_book

ITERATES = '<calcPr iterate="1" iterateCount="100" iterateDelta="0.001"/>'
DEBT, RATE, CASH = 1000.0, 0.08, 150.0
CLOSING = (DEBT * (1 + RATE / 2) - CASH) / (1 - RATE / 2)
"""The closing balance x that solves x = debt + rate (debt + x) / 2 - cash."""


def loan(closing: float, interest: float, other: float = 7.0) -> Model:
    cells = (
        f'<row r="1"><c r="A1"><v>{DEBT}</v></c><c r="B1"><v>{RATE}</v></c><c r="C1"><v>{CASH}</v></c></row>'
        f'<row r="2"><c r="A2"><f>A1+B2-C1</f><v>{closing!r}</v></c><c r="B2"><f>B1*AVERAGE(A1,A2)</f>'
        f'<v>{interest!r}</v></c><c r="C2"><f>A2*2</f><v>{2 * closing!r}</v></c><c r="D2"><f>C1/20</f>'
        f"<v>{other!r}</v></c></row>"
    )
    return Model.from_bytes(raw_book(cells, calculation=ITERATES, stored=True), "loan.xlsx")


def test_circle_settles_beyond_where_the_workbook_would_stop() -> None:
    model = loan(0.0, 0.0)
    assert model["S!A2"] == pytest.approx(CLOSING, rel=1e-11)
    assert model["S!B2"] == pytest.approx(RATE * (DEBT + CLOSING) / 2, rel=1e-11)


def test_values_that_had_settled_by_the_workbooks_own_measure_are_left() -> None:
    closing = CLOSING + 4e-4
    model = loan(closing, RATE * (DEBT + closing) / 2, other=7.5)
    assert not model.changes()


def test_cells_outside_the_circle_are_not_taken_for_settled() -> None:
    model = loan(CLOSING, RATE * (DEBT + CLOSING) / 2, other=7.5004)
    assert [str(at) for at in model.changes()] == ["S!D2"]


def test_circle_is_worked_out_anew_where_an_input_has_changed() -> None:
    model = loan(CLOSING + 4e-4, RATE * (DEBT + CLOSING) / 2, other=7.5)
    model["S!C1"] = 150.0002
    assert model["S!A2"] == pytest.approx(CLOSING - 0.0002 / (1 - RATE / 2), rel=1e-12)
    assert "S!A2" in [str(at) for at in model.changes()]


EARNED = (200.0, 210.0, 220.0, 150.0, 240.0)
OPENING_DEBT, OPENING_CASH, LEAST_CASH = 900.0, 60.0, 50.0


def buyout() -> Model:
    """Return five years of a leveraged model: interest on average debt and cash, tax, and a sweep of spare cash."""
    rows: dict[int, list[str]] = {}
    for i, (column, before) in enumerate(zip("BCDEF", "ABCDE", strict=True)):
        formulas = (
            f"{EARNED[i]}",
            f"{before}8" if i else f"{OPENING_DEBT}",
            f"{before}9" if i else f"{OPENING_CASH}",
            f"0.09*AVERAGE({column}2,{column}8)",
            f"0.02*AVERAGE({column}3,{column}9)",
            f"{column}1-{column}4+{column}5-MAX(0,({column}1-60-{column}4+{column}5)*0.25)-45",
            f"MAX(MIN({column}3+{column}6-{LEAST_CASH},{column}2),-100)",
            f"{column}2-{column}7",
            f"{column}3+{column}6-{column}7",
        )
        for row, formula in enumerate(formulas, start=1):
            rows.setdefault(row, []).append(f'<c r="{column}{row}"><f>{formula}</f><v>0</v></c>')
    cells = "".join(f'<row r="{row}">{"".join(found)}</row>' for row, found in rows.items())
    return Model.from_bytes(raw_book(cells, calculation=ITERATES), "buyout.xlsx")


def test_buyout_with_a_cash_sweep_settles_in_every_year() -> None:
    model = buyout()
    debt, cash = OPENING_DEBT, OPENING_CASH
    for column, earned in zip("BCDEF", EARNED, strict=True):
        closing, left = debt, cash
        for _ in range(500):
            interest, income = 0.09 * (debt + closing) / 2, 0.02 * (cash + left) / 2
            flow = earned - interest + income - max(0.0, (earned - 60 - interest + income) * 0.25) - 45
            repaid = max(min(cash + flow - LEAST_CASH, debt), -100.0)
            closing, left = debt - repaid, cash + flow - repaid
        debt, cash = closing, left
        assert (model[f"S!{column}8"], model[f"S!{column}9"]) == pytest.approx((debt, cash), rel=1e-11)
    assert model.kept == ()


def test_a_circle_is_simulated_and_every_trial_settles() -> None:
    cells = (
        f'<row r="1"><c r="A1"><v>{DEBT}</v></c><c r="B1"><v>{RATE}</v></c>'
        '<c r="C1"><f>DM_UNIFORM(100,200)</f></c></row>'
        '<row r="2"><c r="A2"><f>A1+B2-C1</f></c><c r="B2"><f>B1*AVERAGE(A1,A2)</f></c></row>'
    )
    model = Model.from_bytes(raw_book(cells, calculation=ITERATES, stored=True), "loan.xlsx")
    run = simulate(model, Options(trials=64, outputs=["S!A2"], keep=True, check=64))
    settled = (DEBT * (1 + RATE / 2) - run.column("S!C1")) / (1 - RATE / 2)
    assert run.column("S!A2") == pytest.approx(settled, rel=1e-9)
    assert run.checked == 64


def test_circle_that_cannot_begin_with_nothing_goes_on_from_the_stored_values() -> None:
    # The square root of 2 by Heron's method, which divides by its last step.
    cells = (
        '<row r="1"><c r="A1"><f>(A1+2/A1)/2</f><v>1.5</v></c><c r="B1"><f>A1+C1</f><v>1.5</v></c>'
        '<c r="C1"><v>0</v></c></row>'
    )
    model = Model.from_bytes(raw_book(cells, calculation=ITERATES, stored=True), "heron.xlsx")
    assert model["S!A1"] == pytest.approx(2**0.5, rel=1e-12)
    assert model["S!B1"] == pytest.approx(2**0.5, rel=1e-12)
    model["S!C1"] = 1.0
    assert model["S!B1"] == pytest.approx(1 + 2**0.5, rel=1e-12)


def test_circle_without_stored_values_begins_with_zeros() -> None:
    cells = (
        '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f>B1+A1</f></c><c r="C1"><f>AVERAGE(D1,E1)/2+A1</f></c>'
        '<c r="D1"><f>C1</f></c><c r="E1"><f>D1</f></c></row>'
    )
    model = Model.from_bytes(raw_book(cells, calculation=ITERATES), "new.xlsx")
    assert model["S!B1"] == 100.0
    assert model["S!C1"] == pytest.approx(2.0)


def test_circle_that_an_error_has_got_into_stays_in_error() -> None:
    cells = '<row r="1"><c r="A1"><f>IF(B1=1,1,A1/2+1)</f><v>#DIV/0!</v></c><c r="B1"><v>0</v></c></row>'
    cells = cells.replace('"A1">', '"A1" t="e">')
    model = Model.from_bytes(raw_book(cells, calculation=ITERATES, stored=True), "error.xlsx")
    seen = [model["S!A1"]]
    for breaker in (1.0, 0.0):
        model["S!B1"] = breaker
        seen.append(model["S!A1"])
    assert seen == [CellError.DIV0, 1.0, pytest.approx(2.0, rel=1e-8)]


def test_a_workbook_that_may_iterate_and_has_no_circle_is_not_searched_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def searched(*_: object) -> frozenset[object]:
        raise AssertionError

    monkeypatch.setattr(Dependence, "in_or_behind_circles", searched)
    cells = '<row r="1"><c r="A1"><v>2</v></c><c r="B1"><f>A1*3</f><v>5</v></c></row>'
    model = Model.from_bytes(raw_book(cells, calculation=ITERATES, stored=True), "straight.xlsx")
    assert [str(at) for at in model.changes()] == ["S!B1"]
    with pytest.raises(AssertionError):
        _ = loan(0.0, 0.0)["S!A2"]


def test_cells_that_all_refer_to_all_keep_their_values() -> None:
    rows = "".join(f'<row r="{i}"><c r="A{i}"><f>SUM(A1:A500)</f><v>{i}</v></c></row>' for i in range(1, 501))
    model = Model.from_bytes(
        raw_book(rows + '<row r="501"><c r="A501"><f>SUM(B1,2)</f><v>7</v></c></row>'), "book.xlsx"
    )
    assert [model[f"S!A{i}"] for i in (1, 2, 500, 501)] == [1.0, 2.0, 500.0, 2.0]
    assert {kept.reason for kept in model.kept} == {"it refers to itself"}
    assert len(model.kept) == 500
