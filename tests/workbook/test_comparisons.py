"""What is compared in an array is compared as it is in a cell: by fifteen digits, and texts without their case."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import pytest

from tests.support.workbooks import model_of

if TYPE_CHECKING:
    from dealmodel.cells import Scalar

CELLS: tuple[Scalar, ...] = (
    *("a", "A", "abc", "3", "TRUE", " ", "é", "É", "2024-01-01", "~", None, True, False),
    *(0.0, 1.0, 2.0, 3.0, -5.0, 0.3, 45000.0, 1e15, 1e-12, 0.1 + 0.2),
    *(math.nextafter(number, math.inf) for number in (2.0, 3.0, 0.3)),
)
FAR_APART: tuple[Scalar, ...] = (*CELLS[:13], 0.0, 1.0, 2.0, 3.0, -5.0, 45000.5, 1e15)
VALUES: tuple[Scalar, ...] = ("a", "ABC", "é", "3", "", 0.0, 2.0, 3.0, 0.3, -5.0, 45000.0, 1e-12, True, None)
SIGNS = ("=", "<>", "<", ">", "<=", ">=")


def number(value: object) -> float:
    assert isinstance(value, float)
    return value


@pytest.mark.parametrize("cells", [CELLS, FAR_APART], ids=["nearly the same", "far apart"])
@pytest.mark.parametrize("sign", SIGNS)
def test_an_array_is_compared_as_single_cells_are(sign: str, cells: tuple[Scalar, ...]) -> None:
    size = len(cells)
    sheet: dict[str, Scalar] = {f"A{row}": value for row, value in enumerate(cells, 1)}
    for row, value in enumerate(VALUES, 1):
        sheet[f"C{row}"] = value
        sheet[f"D{row}"] = f"=SUMPRODUCT((A1:A{size}{sign}C{row})*ROW(A1:A{size}))"
        sheet[f"E{row}"] = f"=SUMPRODUCT((C{row}{sign}A1:A{size})*ROW(A1:A{size}))"
    sheet |= {
        f"{column}{100 * row + i}": f"=({text})*{i}"
        for row, i in itertools.product(range(1, len(VALUES) + 1), range(1, size + 1))
        for column, text in (("F", f"A{i}{sign}C{row}"), ("G", f"C{row}{sign}A{i}"))
    }
    model = model_of(sheet)
    for row, (array, single) in itertools.product(range(1, len(VALUES) + 1), (("D", "F"), ("E", "G"))):
        by_cell = sum(number(model[f"S!{single}{100 * row + i}"]) for i in range(1, size + 1))
        assert model[f"S!{array}{row}"] == by_cell, (VALUES[row - 1], array)


@pytest.mark.parametrize("value", ['"é"', '"North"', "2", "0.3"])
@pytest.mark.parametrize("sign", SIGNS)
def test_an_array_is_compared_with_what_a_formula_holds(sign: str, value: str) -> None:
    size = len(CELLS)
    sheet: dict[str, Scalar] = {f"A{row}": cell for row, cell in enumerate((*CELLS, "north"), 1)}
    sheet["C1"] = f"=SUMPRODUCT((A1:A{size + 1}{sign}{value})*ROW(A1:A{size + 1}))"
    sheet |= {f"D{i}": f"=(A{i}{sign}{value})*{i}" for i in range(1, size + 2)}
    model = model_of(sheet)
    assert model["S!C1"] == sum(number(model[f"S!D{i}"]) for i in range(1, size + 2))


@pytest.mark.parametrize(("cell", "total"), [(2.0, 14.0), ("2", 14.0), ("$2", 14.0), (None, 10.0), (True, 12.0)])
def test_texts_among_numbers_are_numbers_to_arithmetic(cell: Scalar, total: float) -> None:
    assert model_of({"A1": 1.0, "A2": cell, "A3": 3.0, "B1": "=SUMPRODUCT(A1:A3*ROW(A1:A3))"})["S!B1"] == total
