"""Streams are uniform, independent of one another, and hang on the seed and the name alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from dealmodel.errors import UnknownNameError
from dealmodel.simulation.sampling.streams import CHUNK, DIMENSIONS, SAMPLERS, Random, _direction_numbers, streams_of

TRIALS = 20_000


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_numbers_are_uniform_between_0_and_1(sampler: str) -> None:
    found = streams_of(sampler, ["price"], 0, TRIALS)["price"].uniforms(0, TRIALS)
    assert found.min() > 0
    assert found.max() < 1
    assert stats.kstest(found, "uniform").pvalue > 0.01


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_streams_are_independent(sampler: str) -> None:
    names = [f"input {i}" for i in range(12)]
    found = streams_of(sampler, names, 1, TRIALS)
    columns = np.array([found[name].uniforms(0, TRIALS) for name in names])
    correlations = np.corrcoef(columns) - np.eye(len(names))
    assert np.abs(correlations).max() < 5 / np.sqrt(TRIALS)
    pairs = np.floor(columns[:2] * 8).astype(int)
    counts = np.bincount(pairs[0] * 8 + pairs[1], minlength=64)
    assert stats.chisquare(counts).pvalue > 0.001


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_trials_do_not_hang_on_how_many_are_drawn_at_once(sampler: str) -> None:
    stream = streams_of(sampler, ["price"], 7, TRIALS)["price"]
    whole = stream.uniforms(0, TRIALS)
    edges = [0, 1, 3, 777, CHUNK - 1, CHUNK, CHUNK + 5, TRIALS]
    pieces = [stream.uniforms(a, b) for a, b in zip(edges[-2::-1], edges[:0:-1], strict=True)]
    assert np.array_equal(np.concatenate(pieces[::-1]), whole)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_another_stream_changes_nothing(sampler: str) -> None:
    alone = streams_of(sampler, ["price", "fine"], 3, TRIALS)
    among = streams_of(sampler, ["a", "fine", "z", "price", "q"], 3, TRIALS)
    for name in alone:
        assert np.array_equal(alone[name].uniforms(0, 100), among[name].uniforms(0, 100))


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_0_is_a_seed_like_any_other(sampler: str) -> None:
    first, again, other = (streams_of(sampler, ["x"], seed, 100)["x"].uniforms(0, 100) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("trials", [1, 2, 3, 7, 1000, 65_537])
def test_a_latin_hypercube_hits_every_slice_once(trials: int) -> None:
    stream = streams_of("latin", ["x"], 0, trials)["x"]
    first, second = (np.floor(stream.uniforms(a, a + trials) * trials) for a in (0, trials))
    assert sorted(first) == sorted(second) == list(range(trials))


def test_two_latin_columns_are_in_different_orders() -> None:
    found = streams_of("latin", ["x", "y"], 0, 1000)
    x, y = (found[name].uniforms(0, 1000) for name in ("x", "y"))
    assert abs(stats.spearmanr(x, y).statistic) < 0.15


def test_the_order_of_a_latin_column_looks_random() -> None:
    for trials in (1000, 4096, 100_000):
        order = np.floor(streams_of("latin", ["x"], 3, trials)["x"].uniforms(0, trials) * trials)
        for lag in (1, 2, 64):
            assert abs(stats.spearmanr(order[lag:], order[:-lag]).statistic) < 5 / np.sqrt(trials)
        assert stats.kstest(order[: trials // 10] / trials, "uniform").pvalue > 1e-3


def test_a_sobol_sequence_fills_every_slice_of_a_power_of_2_equally() -> None:
    streams = streams_of("sobol", [f"x{i}" for i in range(20)], 5, 0)
    for stream in streams.values():
        counts = np.bincount(np.floor(stream.uniforms(3 * 4096, 4 * 4096) * 4096).astype(int), minlength=4096)
        assert np.array_equal(counts, np.ones(4096))


def test_a_sobol_mean_converges_faster_than_a_random_one() -> None:
    def errors(sampler: str) -> float:
        found = []
        for seed in range(8):
            streams = streams_of(sampler, ["a", "b", "c"], seed, 4096)
            a, b, c = (streams[name].uniforms(0, 4096) for name in ("a", "b", "c"))
            found.append((a * b + c).mean() - 0.75)
        return float(np.sqrt(np.mean(np.square(found))))

    assert errors("sobol") < errors("random") / 20
    assert errors("latin") < errors("random") / 3


def test_more_streams_than_dimensions_are_random() -> None:
    names = [str(i) for i in range(DIMENSIONS + 5)]
    streams = streams_of("sobol", names, 0, 0)
    assert len(streams) == len(names)
    firsts = {float(stream.uniforms(0, 1)[0]) for stream in streams.values()}
    assert len(firsts) == len(names)


def test_an_unknown_sampler_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="there are random, latin, sobol"):
        streams_of("halton", ["x"], 0, 1)


def test_the_direction_numbers_are_those_of_scipy() -> None:
    points = stats.qmc.Sobol(DIMENSIONS, scramble=False, bits=32).random(64).T
    numbers = _direction_numbers()
    for dimension in (0, 1, 2, 77, DIMENSIONS - 1):
        expected = {0.0}
        for bit in range(6):
            expected |= {(int(v * 2**32) ^ int(numbers[dimension][bit])) / 2**32 for v in expected}
        assert set(points[dimension].tolist()) == expected


def test_a_generator_that_comes_to_0_gives_the_least_number_there_is() -> None:
    class Nought:
        def random(self, size: int) -> np.ndarray:
            return np.linspace(0, 0.5, size)

    stream = Random(1)
    stream.__dict__["_generator"] = Nought()
    assert stream.uniforms(0, 3).tolist() == [2.0**-53, 0.25, 0.5]
