"""References to what a dynamic array fills, as `A6#`, compile and come out as the engine has them."""

from __future__ import annotations

import numpy as np
import pytest

from dealmodel.simulation.program import compile_program
from dealmodel.simulation.sampling.draws import find_draws
from dealmodel.workbook.address import CellAt
from dealmodel.workbook.model import Model
from tests.support.workbooks import raw_book

OUT = CellAt("S", 9, 1)
ANCHORARRAY = "_xlfn.ANCHORARRAY"


def spilling(formula: str, array: str = f"A1*1.1^{ANCHORARRAY}(C1)", size: str = "3", stored: str = "A2:C2") -> Model:
    """Return a book whose second row is an array of a draw, of as many cells as C1# has; A9 has a formula of it."""
    rows = [
        '<row r="1"><c r="A1"><f>DM_UNIFORM(1,2)</f></c><c r="B1"><v>3</v></c>',
        f'<c r="C1" cm="1"><f t="array" ref="C1:E1">_xlfn.SEQUENCE(1,{size})</f></c></row>',
        f'<row r="2"><c r="A2" cm="1"><f t="array" ref="{stored}">{array}</f></c></row>',
        f'<row r="9"><c r="A9" cm="1"><f t="array" ref="A9">{formula}</f></c></row>',
    ]
    return Model.from_bytes(raw_book("".join(rows)), "book.xlsx")


def checked(model: Model) -> tuple[str, ...]:
    """Return why cells are left to the engine, once the trials are known to be the engine's."""
    program = compile_program(model, find_draws(model), (), [OUT])
    uniforms = {d: np.random.default_rng(i).random(16) for i, d in enumerate(program.draws)}
    found = program.run(uniforms)[OUT]
    assert program.check(uniforms, count=16) == 16
    assert np.isfinite(found).all()
    assert np.unique(found).size == 16
    return tuple(kept.reason for kept in program.fallback)


@pytest.mark.parametrize(
    "formula",
    [
        "SUM(S#)",
        "SUM(S#*2)",
        "SUM(S#/(1+B1)^T#)",
        "INDEX(S#,2)+COLUMNS(S#)",
        "MAX(S#)-MIN(S#)",
        "_xlfn.LET(x,S#,SUM(x)+B1)",
        "NPV(0.1,S#)",
        "SUM(_xlfn.TAKE(S#,,2))",
        "SUM(_xlfn._xlws.FILTER(S#,S#&gt;A1,0))+A1",
        "SUM(_xlfn._xlws.SORT(S#,,-1,TRUE))",
    ],
)
def test_what_an_array_fills_is_a_range(formula: str) -> None:
    spelled = formula.replace("S#", f"{ANCHORARRAY}(A2)").replace("T#", f"{ANCHORARRAY}(C1)")
    assert checked(spilling(spelled)) == ()


def test_an_array_whose_first_cell_does_not_vary_varies_in_the_others() -> None:
    model = spilling(f"SUM({ANCHORARRAY}(A2))", array="IF(C1:E1=1,7,A1)")
    assert checked(model) == ()


def test_an_array_of_a_size_that_varies_is_left_to_the_engine() -> None:
    model = spilling(f"SUM({ANCHORARRAY}(C1))+A1", size="ROUND(A1,0)+1")
    assert checked(model)[-1] == "the size of S!C1# may vary"


def test_an_array_that_fills_other_cells_than_are_stored_is_left_to_the_engine() -> None:
    model = spilling(f"SUM({ANCHORARRAY}(A2))", stored="A2:B2")
    assert checked(model) == ("S!A2# fills other cells than the workbook has stored, and is not compiled",)
