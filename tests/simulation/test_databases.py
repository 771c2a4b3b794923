"""Functions of databases compile, and every trial is the engine's."""

from __future__ import annotations

import numpy as np
import pytest

from dealmodel.simulation.program import compile_program
from dealmodel.simulation.sampling.draws import find_draws
from dealmodel.workbook.address import CellAt
from tests.support.workbooks import model_of

OUT = CellAt("S", 9, 26)
CELLS: dict[str, object] = {
    **dict(zip(("A1", "B1", "C1"), ("Region", "Quantity", "Sales"), strict=True)),
    **{f"A{row}": ["North", "South", "Northwest", "East", "North"][row - 2] for row in range(2, 7)},
    **{f"B{row}": float(row) for row in range(2, 7)},
    **{f"C{row}": f"=B{row}*Z1" for row in range(2, 6)},
    "C6": "=IF(Z1>2,Z1,-Z1)",
    "Z1": "=DM_UNIFORM(1,3)",
    "E1": "region",
    "E2": "North",
    "F1": "Sales",
    "F2": ">6",
    "G1": "Sales",
    "G2": "<9",
    "E3": "East",
    "F3": ">=10",
    "H1": "Quantity",
    "H2": ">3",
    "I1": "Region",
    "I2": "=North",
}
NAMES = ("DSUM", "DAVERAGE", "DCOUNT", "DCOUNTA", "DMAX", "DMIN", "DPRODUCT", "DVAR", "DVARP", "DSTDEV", "DSTDEVP")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("criteria", ["E1:E2", "F1:F2", "E1:F2", "E1:F3", "E1:E4", "F1:G2", "H1:I2"])
def test_it_compiles_and_every_trial_is_the_engines(name: str, criteria: str) -> None:
    model = model_of(CELLS | {"Z9": f'=IFERROR({name}(A1:C6,"sales",{criteria}),-1)*Z1+{name}(A1:C6,3,E1:E3)'})
    program = compile_program(model, find_draws(model), (), [OUT])
    uniforms = {d: np.random.default_rng(i).random(64) for i, d in enumerate(program.draws)}
    assert program.check(uniforms, count=64) == 64
    assert program.fallback == ()
    assert np.isfinite(program.run(uniforms)[OUT]).all()


@pytest.mark.parametrize(
    "formula",
    ['DSUM(A1:C6,"none",E1:E2)', "DSUM(A1:C6,Z1,E1:E2)", 'DSUM(A1:C6,"Sales",J1:J2)', 'DGET(A1:C6,"Sales",I1:H2)'],
)
def test_what_cannot_be_told_by_numbers_is_the_engines(formula: str) -> None:
    model = model_of(CELLS | {"J1": "Sales", "J2": "<>9", "Z9": f"=IFERROR({formula},0)+Z1"})
    program = compile_program(model, find_draws(model), (), [OUT])
    uniforms = {d: np.random.default_rng(i).random(16) for i, d in enumerate(program.draws)}
    assert program.check(uniforms, count=16) == 16
