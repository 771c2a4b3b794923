"""Whole simulations of the deal model, from uniform numbers to quantiles, beside NumPy programs written by hand."""

from __future__ import annotations

import time
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


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def beside(trials: int, rounds: int) -> tuple[float, float]:
    """Print how long runs take beside both programs; return the lowest ratios to the one with methods."""
    model, output = deal()
    ours = simulate(model, Options(trials=trials, seed=0, sampler="random", outputs=[output], keep=False))
    theirs = naive(trials, by_methods)
    found = ours.statistics[output]
    errors = list(found.percentile_errors.values())
    assert np.all(np.abs(np.array(list(found.percentiles.values())) - theirs) <= 6 * np.array(errors))

    kinds = {
        "pseudo-random, one process": Options(trials=trials, seed=0, sampler="random", outputs=[output], keep=False),
        "Sobol, one process": Options(trials=trials, seed=0, outputs=[output], keep=False),
        "Sobol, processes as they pay": Options(trials=trials, seed=0, outputs=[output], keep=False, processes=0),
    }
    times: dict[str, list[float]] = {name: [] for name in (*kinds, "methods", "quantiles")}
    for _ in range(rounds):
        for name, options in kinds.items():
            times[name].append(seconds(lambda options=options: simulate(model, options)))  # type: ignore[misc]
        times["methods"].append(seconds(lambda: naive(trials, by_methods)))
    times["quantiles"].append(seconds(lambda: naive(trials, by_quantiles)))
    best = {name: min(taken) for name, taken in times.items()}
    print(f"\n{trials:,} trials; by hand with methods {best['methods'] / trials * 1e9:.0f} ns a trial,", end=" ")
    print(f"with quantile functions (a hundredth of the PERT inverses) {best['quantiles'] / trials * 1e9:.0f}")
    for name in kinds:
        print(
            f"{name}: {best[name] / trials * 1e9:.0f} ns a trial, {best[name] / best['methods']:.2f} of methods,"
            f" {best[name] / best['quantiles']:.2f} of quantile functions"
        )
    return best["pseudo-random, one process"] / best["methods"], min(best[n] for n in kinds) / best["methods"]


def test_a_million_trials_beside_numpy_by_hand() -> None:
    _, ratio = beside(1_000_000, 3)
    assert ratio <= 0.35


def test_ten_million_trials_beside_numpy_by_hand() -> None:
    _, ratio = beside(10_000_000, 1)
    assert ratio <= 0.20


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
