"""Every formula of workbooks that Excel saved: the compiled program and the engine agree on varied inputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dealmodel.simulation.program import compile_program
from dealmodel.workbook.address import CellAt
from dealmodel.workbook.model import Model

FOLDER = Path(__file__).parents[3] / "shared" / "workbooks_excel"
FILES = sorted(FOLDER.glob("*.xls[xm]"))
VARIED, TRIALS = 25, 3


@pytest.mark.skipif(not FILES, reason="the workbooks that Excel saved are not beside the tree")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
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
