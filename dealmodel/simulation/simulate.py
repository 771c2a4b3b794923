"""A simulation: trials stream through the program of a workbook, and statistics are taken as they pass."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dealmodel.errors import InputRefusedError
from dealmodel.simulation.running.run import Run
from dealmodel.simulation.running.runner import Runner, Sampling
from dealmodel.simulation.running.wanted import check_kinds
from dealmodel.simulation.sampling.correlation import METHODS, Correlation, read_range

if TYPE_CHECKING:
    from dealmodel.simulation.options import Options
    from dealmodel.simulation.results.result import Simulation
    from dealmodel.simulation.running.protocol import Compile
    from dealmodel.workbook.model import Model

TRIALS = 131_072
MOST_TRIALS = 10_000_000
"""Trials after which a run stops that has not come to its precision."""
MOST = 10_000_000_000
"""Trials of the longest run."""
_LEAST = {"trials": 1, "indices": 0, "check": 0, "processes": 0}


def simulate(model: Model, options: Options, compile_program: Compile | None = None) -> Simulation:
    """Simulate a workbook.

    Parameters
    ----------
    model
        The workbook, with the inputs that were put in.
    options
        How.
    compile_program
        What makes the program; by default the compiler.

    Returns
    -------
    Statistics of the outputs and the influence of the inputs. After an interrupt (Ctrl-C) they are those of the
    trials that were done.

    Raises
    ------
    InputRefusedError
        If nothing is uncertain, or an option does not suit the workbook.
    UnknownNameError
        If there is no such input, output, distribution or sampler.
    WorkbookError
        If the engine does not give what the program gave.
    """
    began = time.perf_counter()
    runner, options = prepare(model, options, compile_program)
    return Run(runner, options, time.perf_counter() - began).go()


def prepare(model: Model, options: Options, compile_program: Compile | None = None) -> tuple[Runner, Options]:
    """Return what runs the trials of a workbook, and the options with nothing left open."""
    check_kinds(options, _LEAST)
    if options.trials is not None and options.trials > MOST:
        raise InputRefusedError(f"a run has {MOST:,} trials at most, which take hours; got {options.trials:,}")
    trials = options.trials if options.trials is not None else MOST_TRIALS if options.until is not None else TRIALS
    if options.until is not None and not 0 < options.until < 1:
        raise InputRefusedError(f"the precision is a share of the mean, such as 0.5%; got {options.until:g}")
    if options.method not in METHODS:
        raise InputRefusedError(f"correlations come from {' or '.join(METHODS)}; got {options.method}")
    if options.correlation is not None and not isinstance(options.correlation, Correlation):
        raise InputRefusedError(f"correlation must be a Correlation, as read_file gives; got {options.correlation!r}")
    correlation = options.correlation if options.correlation is not None else read_range(model)
    seed = secrets.randbits(32) if options.seed is None else options.seed
    sampling = Sampling(options.sampler, seed, trials, correlation, options.method)
    runner = Runner(model, sampling, options.inputs or {}, options.outputs, compile_program or _compiler())
    unknown = [n for n in options.targets or {} if n and n not in runner.outputs]
    if unknown:
        raise InputRefusedError(f"there is a target for {unknown[0]}, but the outputs are {', '.join(runner.outputs)}")
    file = None if options.trials_out is None else Path(options.trials_out)
    return runner, replace(options, trials=trials, seed=seed, trials_out=file)


def _compiler() -> Compile:
    from dealmodel.simulation.program import compile_program  # noqa: PLC0415  the compiler is large

    return compile_program
