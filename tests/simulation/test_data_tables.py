"""Outputs behind what-if data tables: the formulas between input and result run once more for every cell of a table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from openpyxl.worksheet.formula import DataTableFormula

from dealmodel.errors import WorkbookError
from dealmodel.simulation.options import Options
from dealmodel.simulation.program import compile_program
from dealmodel.simulation.sampling.draws import find_draws
from dealmodel.simulation.simulate import simulate
from dealmodel.simulation.whatif.swings import sensitivity
from dealmodel.workbook.address import CellAt
from dealmodel.workbook.model import Model
from tests.support.workbooks import one_sheet, saved

A1, A2, F1 = CellAt("S", 1, 1), CellAt("S", 2, 1), CellAt("S", 1, 6)


def table_book(table: DataTableFormula | None = None, **cells: Any) -> Model:  # noqa: ANN401  contents of cells
    """Return a table of C5 for two values of A1, and what hangs on it."""
    table = table or DataTableFormula(ref="C6:C7", r1="A1", t="dataTable")
    plain = {"A1": 10, "A2": 3, "C5": "=A1*A2", "B6": 5, "B7": 6, "C6": table, "C7": 0}
    later = {"F1": "=SUM(C6:C7)", "F2": "=C5+1"}
    return Model.from_bytes(saved(one_sheet(plain | later | cells)), "book.xlsx")


def test_a_table_is_computed_with_the_values_on_its_edge() -> None:
    program = compile_program(table_book(), [], [A2], [F1])
    assert program.run({}, {A2: np.array([1.0, 2.0])})[F1].tolist() == [11.0, 22.0]
    assert program.check({}, {A2: np.array([1.0, 2.0])}) == 2
    assert program.fallback == ()


def test_the_input_of_a_table_moves_nothing_in_it() -> None:
    program = compile_program(table_book(), [], [A1], [F1, CellAt("S", 2, 6)])
    out = program.run({}, {A1: np.array([1.0, 2.0])})
    assert [v.tolist() for v in out.values()] == [[33.0, 33.0], [4.0, 7.0]]
    assert program.check({}, {A1: np.array([1.0, 2.0])}) == 2


def test_what_stands_on_the_edge_may_vary() -> None:
    program = compile_program(table_book(B6="=A2*10"), [], [A2], [F1])
    assert program.run({}, {A2: np.array([1.0, 2.0])})[F1].tolist() == [10.0 + 6.0, 40.0 + 12.0]
    assert program.check({}, {A2: np.array([1.0, 2.0])}) == 2


def test_a_two_way_table_with_lookups_and_distributions_between() -> None:
    table = DataTableFormula(ref="C6:D7", r1="A1", r2="A2", dt2D=True, t="dataTable")
    cells = {
        "A1": 2,
        "A2": 0.1,
        "A3": "=DM_PERT(8,10,13)",
        "A4": "=EDATE(45000,A1)-45000",
        "A5": "=INDEX(G1:G3,A1)*A3",
        "G1": 100,
        "G2": 120,
        "G3": "=A3*15",
        "A6": "=SUM(A4:A5)/(1+A2)^A1",
        "B5": "=A6",
        "C5": 1,
        "D5": 3,
        "B6": 0.05,
        "B7": 0.2,
        "C6": table,
        "C7": 0,
        "D6": 0,
        "D7": 0,
        "F1": '=MAX(C6:D7)-MIN(C6:D7)+COUNTIF(C6:D7,">1100")',
        "F2": "=D7",
    }
    model = table_book(None, **cells)
    found = simulate(model, Options(trials=4096, seed=2, outputs=["S!F1", "S!F2"]))
    draw = found.column("S!A3")
    days = 92.0
    np.testing.assert_allclose(found.column("S!F2"), (days + draw * 15 * draw) / 1.2**3)
    assert found.checked == 64


def test_a_table_of_a_table_follows_it() -> None:
    second = DataTableFormula(ref="C16:C17", r1="A2", t="dataTable")
    model = table_book(
        C15="=A2+F1*0", B16=1, B17=2, C16=second, C17=0, A3="=DM_UNIFORM(0,1)", C5="=A1*A3", F1="=C7+C17"
    )
    program = compile_program(model, find_draws(model), [], [F1])
    (draw,) = program.draws
    assert program.run({draw: np.array([0.5])})[F1].tolist() == [5.0]


def test_a_table_that_nothing_varied_moves_keeps_its_value() -> None:
    program = compile_program(table_book(F1="=SUM(C6:C7)+H1", H1=1), [], [CellAt("S", 1, 8)], [F1])
    assert program.run({}, {CellAt("S", 1, 8): np.array([1.0, 2.0])})[F1].tolist() == [34.0, 35.0]


def test_what_a_table_cannot_be_computed_of_is_named() -> None:
    model = table_book(C5="=SUM(OFFSET(H1,0,0,A2,A2))*A1", H1=1, H2=2)
    with pytest.raises(WorkbookError, match=r"data table, for which S!C5 does not compile: OFFSET tells only"):
        compile_program(model, [], [A2], [F1])


def test_an_output_beside_a_data_table_is_computed() -> None:
    output = CellAt("S", 2, 6)
    program = compile_program(table_book(), [], [A1], [output])
    assert list(program.run({}, {A1: np.array([1.0, 2.0])})[output]) == [4.0, 7.0]


def test_swings_reach_an_output_behind_a_table() -> None:
    found = sensitivity(table_book(), "S!F1", names=["S!A1", "S!A2"])
    assert [s.name for s in found.swings] == ["S!A2"]
    assert found.without == ("S!A1",)
    assert found.value == 33.0


def test_cells_that_refer_to_each_other_beside_the_formula_move_with_the_input() -> None:
    """A formula that adds up a row of a model, each cell of which follows from those before it."""
    model = table_book(D1="=A1*2", D2="=D1*3", D3="=D2+D1", C5="=SUM(D1:D3)*A2")
    program = compile_program(model, [], [A2], [F1])
    assert program.run({}, {A2: np.array([1.0, 2.0])})[F1].tolist() == [80.0 + 96.0, 2 * (80.0 + 96.0)]
    assert program.check({}, {A2: np.array([1.0, 2.0])}) == 2
