"""Cells without a name are told by what stands beside them; notes and swings say each thing once."""

from __future__ import annotations

import numpy as np
import pytest

from dealmodel.simulation.options import Options
from dealmodel.simulation.program import compile_program
from dealmodel.simulation.results.legend import legend, legend_line
from dealmodel.simulation.simulate import simulate
from dealmodel.simulation.whatif.swings import sensitivity
from dealmodel.workbook.address import CellAt
from tests.support.workbooks import model_of


def test_a_cell_without_a_name_is_told_by_the_texts_beside_and_above() -> None:
    model = model_of(
        {"A1": "Interest", "B1": 0.05, "A3": "Project", "D3": "Peak", "A4": "North", "D4": 9.0, "E4": "=D4", "C9": 1.0}
    )
    names = ["S!B1", "S!D4", "S!D4#2", "S!B1 (drawn)", "price", "S!E4"]
    assert legend(model, names) == {
        "S!B1": "Interest",
        "S!D4": "North, Peak",
        "S!D4#2": "North, Peak",
        "S!B1 (drawn)": "Interest",
        "S!E4": "North",
    }
    assert legend_line(model, ["S!B1", "price", "S!B1"]) == "S!B1: Interest"
    assert legend_line(model, ["S!C3"]) == "S!C3: Project"


def test_a_long_label_is_cut() -> None:
    (label,) = legend(model_of({"A1": "of the " * 20, "B1": 1.0}), ["S!B1"]).values()
    assert (len(label), label[-1]) == (40, "…")


def test_cells_that_the_engine_computes_for_one_reason_make_one_note() -> None:
    cells = {f"B{i}": '=INDIRECT("A"&ROUND(A1,0)+2)' for i in range(1, 9)}
    model = model_of(cells | {"A1": "=DM_UNIFORM(0,1)", "A2": 1.0, "A3": 2.0, "C1": "=SUM(B1:B8)*A1"})
    notes = simulate(model, Options(trials=64, seed=1, outputs=["S!C1"])).notes
    cells_said = "S!B1, S!B2, S!B3, S!B4, S!B5, S!B6 and 2 more were computed by the engine, trial by trial"
    assert notes == (f"{cells_said}: INDIRECT tells only when it is computed to which cells it refers",)


def test_what_moves_an_output_by_rounding_alone_does_not_move_it() -> None:
    cells = {"A1": 3.0, "A2": 7.0, "B1": "=(A1*0.1+A2)-A1*0.1"}
    found = sensitivity(model_of(cells, {"noise": "S!$A$1", "real": "S!$A$2", "out": "S!$B$1"}), "out")
    assert ([s.name for s in found.swings], found.without) == (["real"], ("noise",))


@pytest.mark.parametrize(
    "formula", ["MATCH(TRUE,INDEX(A1:A3>0.5,0),0)", "IFERROR(MATCH(TRUE,INDEX(A1:A3>0.9,0,0),0),99)"]
)
def test_the_first_cell_that_meets_a_condition_compiles(formula: str) -> None:
    cells = {"A1": 0.1, "A2": "=A1*2", "A3": "=A1*3", "B1": f"={formula}"}
    program = compile_program(model_of(cells), (), [CellAt("S", 1, 1)], [CellAt("S", 1, 2)])
    values = {CellAt("S", 1, 1): np.linspace(0.05, 1, 64)}
    assert np.isfinite(program.run({}, values)[CellAt("S", 1, 2)]).any()
    assert program.check({}, values) == 64
    assert program.fallback == ()
