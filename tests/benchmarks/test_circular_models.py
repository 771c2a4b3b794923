"""A buyout with circular references: its loops in the compiled program beside the engine, trial by trial."""

from __future__ import annotations

import statistics
import time

import numpy as np
import pytest

from dealmodel.simulation.compiler.trials import Trials
from dealmodel.simulation.program import compile_program
from dealmodel.workbook.address import CellAt
from tests.support.circular_books import buyout, model_of

pytestmark = pytest.mark.benchmark

TRIALS, BY_ENGINE, ROUNDS = 65_536, 100, 3
EBITDA, EQUITY = CellAt("Inputs", 2, 2), CellAt("Results", 1, 1)


def test_a_circular_buyout_beside_the_engine() -> None:
    model = model_of(buyout())
    begun = time.process_time()
    program = compile_program(model, (), [EBITDA], [EQUITY])
    values = np.random.default_rng(1).uniform(60.0, 130.0, TRIALS)
    program.run({}, {EBITDA: values})
    first = time.process_time() - begun
    engine = Trials(model, program.draws)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        begun = time.process_time()
        program.run({}, {EBITDA: values})
        ours.append((time.process_time() - begun) / TRIALS)
        begun = time.process_time()
        done = sum(1 for _ in engine.run({}, {EBITDA: values[:BY_ENGINE]}, [EQUITY]))
        theirs.append((time.process_time() - begun) / done)
    ratio = statistics.median(theirs) / statistics.median(ours)
    print(
        f"\ncircular buyout of {len(model.formulas)} formulas: {statistics.median(ours) * 1e6:.2f} us a trial, engine "
        f"{statistics.median(theirs) * 1e6:.0f} us: {ratio:,.0f} times; first run with compiling {first:.2f} s"
    )
    assert ratio > 100
