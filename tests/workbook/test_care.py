"""Formulas whose values stay as they were once what is behind them has changed: they are Excel's then, too.

Without care the engine tells 0.1+0.2 from 0.3; Excel compares by fifteen digits.

References
----------
.. [1] Microsoft, "Floating-point arithmetic may give inaccurate results in Excel".
"""

from __future__ import annotations

import pytest

from dealmodel.workbook.model import Model
from tests.support.workbooks import raw_book

FORMULAS = {
    "C1": ("IF(B1=0.3,1,0)", "0", "1"),
    "D1": ('IF(INDIRECT("B1")=0.3,1,0)', "0", "1"),
    "E1": ("IF(OFFSET(A1,0,1)>=0.3,1,0)", None, "1"),
    "F1": ("SUMPRODUCT((A1:B1=0.3)*1)", "0", "1"),
    "H1": ("IF(B1<0.3,1,0)", "0", "0"),
}
"""Formulas with what is stored and with Excel's values where A1 is 0.1."""


def book(first: float, total: float) -> Model:
    """Return a model with stored values, in which B1 is a tenth and two tenths as soon as A1 is a tenth."""
    cells = f'<c r="A1"><v>{first}</v></c><c r="B1"><f>A1+0.2</f><v>{total}</v></c>'
    for address, (formula, stored, _) in FORMULAS.items():
        text = formula.replace("<", "&lt;").replace(">", "&gt;")
        cells += f'<c r="{address}"><f>{text}</f><v>{stored if stored is not None else 1}</v></c>'
    return Model.from_bytes(raw_book(f'<row r="1">{cells}</row>'), "book.xlsx")


@pytest.mark.parametrize("address", FORMULAS)
def test_a_new_input_is_compared_by_fifteen_digits(address: str) -> None:
    model = book(1.0, 1.2)
    assert model[f"S!{address}"] == float(FORMULAS[address][1] or 1)
    model["S!A1"] = 0.1
    assert model["S!B1"] == 0.1 + 0.2
    assert model[f"S!{address}"] == float(FORMULAS[address][2])


@pytest.mark.parametrize("address", FORMULAS)
def test_what_follows_from_a_stale_value_is_compared_by_fifteen_digits(address: str) -> None:
    assert book(0.1, 1.2)[f"S!{address}"] == float(FORMULAS[address][2])


def test_inputs_after_inputs_are_compared_by_fifteen_digits() -> None:
    model = book(1.0, 1.2)
    for value, expected in ((2.0, 0.0), (0.1, 1.0), (0.11, 0.0), (0.1, 1.0)):
        model["S!A1"] = value
        assert model["S!C1"] == expected


def test_a_data_table_compares_by_fifteen_digits() -> None:
    table = '<f t="dataTable" ref="E2:E3" r1="A1"/>'
    rows = (
        '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f>IF(A1+0.2=0.3,1,0)</f><v>0</v></c>'
        '<c r="E1"><f>B1</f><v>0</v></c></row>'
        f'<row r="2"><c r="D2"><v>0.1</v></c><c r="E2">{table}<v>1</v></c></row>'
        '<row r="3"><c r="D3"><v>0.2</v></c><c r="E3"><v>0</v></c></row>'
    )
    model = Model.from_bytes(raw_book(rows), "book.xlsx")
    assert [model[f"S!{cell}"] for cell in ("B1", "E2", "E3")] == [0.0, 1.0, 0.0]


def test_a_book_of_nothing_but_stored_zeros_was_never_computed() -> None:
    cells = '<c r="A1"><f>IF(0.1+0.2=0.3,5,0)</f><v>0</v></c><c r="B1"><f>1*2</f><v>{}</v></c>'
    zeros, computed = (Model.from_bytes(raw_book(f'<row r="1">{cells.format(b)}</row>'), "book.xlsx") for b in "02")
    assert (zeros["S!A1"], zeros["S!B1"]) == (5.0, 2.0)
    assert (computed["S!A1"], computed["S!B1"]) == (0.0, 2.0)
