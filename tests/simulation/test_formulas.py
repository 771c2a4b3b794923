"""Formulas as practitioners write them, behind distributions: simulated as the engine has them."""

from __future__ import annotations

import pytest

from dealmodel.simulation.options import Options
from dealmodel.simulation.simulate import simulate
from tests.support.books import book


def test_whole_columns_do_not_hold_the_draws_themselves() -> None:
    cells = {"A1": "=DM_UNIFORM(1,3)*0", "A2": 5.0, "B1": "=SUM(A:A)"}
    run = simulate(book(cells), Options(trials=8, outputs=["S!B1"], seed=1, keep=True, check=8))
    assert set(run.column("S!B1")) == {5.0}


@pytest.mark.parametrize(
    "formula",
    [
        "=ROWS(H$1:H1)*A1",
        "=SUM(B1:INDEX(B:B,ROW()+2))",
        '=SUMPRODUCT((C:C="x")*(B:B))',
        '=VLOOKUP("z",CHOOSE({1,2},C1:C8,B1:B8),2,0)',
        "=SUMPRODUCT(N(OFFSET(B1,{0,2,4},0)))",
        '=SUMPRODUCT(SUMIF(INDIRECT({"B1:B4","B5:B8"}),">2"))',
        "=INDEX((B1:B4,B5:B8),2,1,2)",
        "=MATCH(10,INDEX(B1:B8*2,0),1)",
        '=SUMPRODUCT(SUBTOTAL(9,OFFSET(B1,ROW(B1:B8)-ROW(B1),0))*(C1:C8="y"))',
        "=SUMPRODUCT(LARGE(B1:B8,ROW(1:3)))",
        "=SUMPRODUCT(ROW(B1:B3)*B1:B3)",
        '=LOOKUP(2,1/(C1:C8="y"),B1:B8)',
    ],
)
def test_formulas_of_practitioners_come_out_as_in_the_engine(formula: str) -> None:
    cells: dict[str, str | float] = {"A1": "=DM_UNIFORM(1,3)", "H1": formula}
    cells |= {f"B{row}": f"=A$1*{row}" for row in range(1, 9)} | {f"C{row}": "xyxyzxyx"[row - 1] for row in range(1, 9)}
    run = simulate(book(cells), Options(trials=16, outputs=["S!H1"], seed=1, check=16))
    assert run.checked == 16


def test_a_cell_that_only_speaks_of_subtotals_is_none() -> None:
    cells = {"A1": "=DM_UNIFORM(1,3)", "A2": '=IF("SUBTOTAL(9)"="x",0,A1)', "A3": "=SUBTOTAL(9,A1:A2)"}
    run = simulate(
        book(cells | {"B1": "=SUBTOTAL(9,A1:A3)/A1"}), Options(trials=16, outputs=["S!B1"], seed=1, keep=True)
    )
    assert run.column("S!B1") == pytest.approx(2.0)
