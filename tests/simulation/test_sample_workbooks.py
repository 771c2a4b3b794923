"""Whole workbooks, ours and those that Excel saved: the compiled program and the engine agree on varied inputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dealmodel.simulation.options import Options
from dealmodel.simulation.program import compile_program
from dealmodel.simulation.simulate import simulate
from dealmodel.workbook.address import CellAt
from dealmodel.workbook.model import Model
from tests.support.workbooks import each_excel_file, needs_excel_files

WORKBOOKS = sorted((Path(__file__).parents[2] / "workbooks").glob("*.xlsx"))
VARIED, TRIALS = 25, 3


@needs_excel_files
@each_excel_file
def test_the_program_agrees_with_the_engine_in_every_formula(path: Path) -> None:
    model = Model.open(path)
    places = (CellAt(sheet, cell.row, cell.column) for sheet, cell in model.book.cells())
    numbers = [at for at in places if not model.calculation.computes(at) and isinstance(model.value_at(at), float)]
    rng = np.random.default_rng(2)
    picked = [numbers[i] for i in sorted(rng.choice(len(numbers), min(VARIED, len(numbers)), replace=False))]
    values = {}
    for at in picked:
        value = model.value_at(at)
        assert isinstance(value, float)
        values[at] = value * rng.uniform(0.7, 1.3, TRIALS)
    program = compile_program(model, (), picked, list(model.formulas))
    assert program.check({}, values) in (TRIALS, 1)


@pytest.mark.slow
@pytest.mark.parametrize("path", WORKBOOKS, ids=lambda path: path.stem)
def test_the_workbooks_of_the_package_come_out_as_in_the_engine(path: Path) -> None:
    inputs = {"price": "PERT(150,294,340)", "upfront_share": "BETA(6,4)", "exchange_rate": "LOGNORMAL(0.9,0.1)"}
    # A trial that came out otherwise in the engine would be refused.
    model = Model.open(path)
    outputs = [name for name in model.outputs if isinstance(model[name], float)]
    found = simulate(model, Options(trials=2000, seed=0, inputs=inputs, outputs=outputs, check=64))
    assert found.checked == 64
    assert len(found.statistics) > 10
    assert not [note for note in found.notes if "computed by the engine" in note]
