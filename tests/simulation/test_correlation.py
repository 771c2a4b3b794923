"""Rank correlations are made without changing a distribution, and repaired where they contradict each other."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from dealmodel.errors import InputRefusedError, WorkbookError
from dealmodel.simulation.options import Options
from dealmodel.simulation.sampling.correlation import (
    Copula,
    from_matrix,
    iman_conover,
    nearest,
    read_file,
    read_range,
    van_der_waerden,
)
from dealmodel.simulation.simulate import simulate
from tests.support.workbooks import model_of

TARGET = np.array([[1.0, 0.6, -0.3], [0.6, 1.0, 0.1], [-0.3, 0.1, 1.0]])


def test_the_nearest_matrix_is_the_one_higham_prints() -> None:
    # Higham (2002), section 5: the nearest to tridiag(1, 1, 1) of order 3, distance 0.5278.
    given = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 1.0]])
    found = nearest(given)
    assert found == pytest.approx(np.array([[1, 0.7607, 0.1573], [0.7607, 1, 0.7607], [0.1573, 0.7607, 1]]), abs=5e-5)
    assert np.linalg.norm(found - given) == pytest.approx(0.5278, abs=5e-5)
    assert np.linalg.eigvalsh(found)[0] > 0


def test_a_repair_is_reported_with_the_largest_change() -> None:
    found = from_matrix(["a", "b", "c"], np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 1.0]]))
    assert found.note is not None
    assert "not positive semi-definite" in found.note
    assert f"a and b from 1 to {found.of_ranks[0, 1]:.4g}" in found.note
    assert found.matrix[1, 2] == pytest.approx(0.7607, abs=5e-5)
    assert from_matrix(["a", "b", "c"], TARGET).note is None


def test_a_repair_of_the_scores_alone_is_reported_with_the_correlation_that_comes_out() -> None:
    # Positive definite as it is, determinant 0.02; 2 sin(pi r / 6) of it is not.
    given = np.array([[1.0, 0.8, -0.5], [0.8, 1.0, 0.1], [-0.5, 0.1, 1.0]])
    found = from_matrix(["a", "b", "c"], given)
    assert found.repair == 0
    assert found.note is not None
    assert "too far apart for normal scores" in found.note
    cells = {"A1": "=DM_NORMAL(0,1)", "A2": "=DM_UNIFORM(0,1)", "A3": "=DM_EXPONENTIAL(1)", "A4": "=A1+A2+A3"}
    names = {name: f"S!$A${row}" for row, name in enumerate("abc", start=1)}
    done = simulate(model_of(cells, names), Options(trials=16_384, seed=0, outputs=["S!A4"], correlation=found))
    assert found.note in done.notes
    ranks = stats.spearmanr(np.stack([done.column(n) for n in "abc"]).T).statistic
    assert ranks == pytest.approx(found.of_ranks, abs=2e-3)
    i, j = np.unravel_index(np.abs(ranks - given).argmax(), given.shape)
    assert f"to {found.of_ranks[i, j]:.4g}" in found.note


def test_half_a_matrix_stands_for_the_whole() -> None:
    for half in (np.tril(TARGET), np.triu(TARGET), np.triu(TARGET, 1), TARGET):
        assert from_matrix(["a", "b", "c"], half).matrix == pytest.approx(TARGET)


def test_what_is_no_matrix_of_correlations_is_refused() -> None:
    for matrix, reason in (
        (np.array([[1.0, 0.5], [0.4, 1.0]]), "is 0.4 and 0.5"),
        (np.array([[1.0, 1.5], [1.5, 1.0]]), "from -1 to 1"),
        (np.array([[0.9, 0.5], [0.5, 1.0]]), "with itself"),
        (np.eye(3), "2 names"),
    ):
        with pytest.raises(InputRefusedError, match=reason):
            from_matrix(["a", "b"], matrix)
    with pytest.raises(InputRefusedError, match="twice"):
        from_matrix(["a", "A"], np.eye(2))


def test_a_copula_gives_the_rank_correlations_and_leaves_the_first_input_alone() -> None:
    uniforms = {n: np.random.default_rng(i).random(100_000) for i, n in enumerate("abc")}
    found = Copula(from_matrix(list("abc"), TARGET)).apply(uniforms)
    columns = np.array([found[n] for n in "abc"])
    assert stats.spearmanr(columns.T).statistic == pytest.approx(TARGET, abs=0.01)
    assert np.array_equal(found["a"], uniforms["a"])
    for n in "abc":
        assert stats.kstest(found[n], "uniform").pvalue > 0.001
    assert columns.min() > 0
    assert columns.max() < 1


def test_a_correlation_of_one_makes_the_numbers_equal() -> None:
    uniforms = {n: np.random.default_rng(i).random(1000) for i, n in enumerate("ab")}
    found = Copula(from_matrix(list("ab"), np.ones((2, 2)))).apply(uniforms)
    assert found["b"] == pytest.approx(found["a"], abs=1e-4)


def test_iman_conover_reorders_columns_to_the_target() -> None:
    rng = np.random.default_rng(0)
    samples = np.stack([rng.normal(size=5000), rng.lognormal(size=5000), rng.pareto(1.5, size=5000)], axis=1)
    found = iman_conover(samples, TARGET, van_der_waerden(rng.random(samples.shape)))
    assert np.array_equal(np.sort(found, axis=0), np.sort(samples, axis=0))
    assert stats.spearmanr(found).statistic == pytest.approx(TARGET, abs=0.02)


def test_iman_conover_reorders_the_published_example() -> None:
    # S. J. Mildenhall, "Correlation and aggregate loss distributions with an emphasis on the Iman-Conover method",
    # Casualty Actuarial Society Forum, Winter 2006, "Simple example": the samples, the shuffled scores, the result.
    printed = np.genfromtxt(Path(__file__).with_name("iman_conover.csv"), delimiter=",", skip_header=1)
    samples, scores, expected = printed[:, :4], printed[:, 4:8], printed[:, 8:]
    target = np.array([[1, 0.8, 0.4, 0], [0.8, 1, 0.3, -0.2], [0.4, 0.3, 1, 0.1], [0, -0.2, 0.1, 1]])
    assert np.array_equal(iman_conover(samples, target, scores), expected)
    assert np.corrcoef(expected, rowvar=False)[0] == pytest.approx([1.0, 0.85, 0.26, -0.11], abs=5e-3)


def test_iman_conover_works_step_by_step() -> None:
    # Scores already uncorrelated, K = (1, -1, -1, 1; 1, 1, -1, -1)': with the factor P = (1, 0; r, sqrt(1 - r^2)) the
    # reordering is by the ranks of r k1 + sqrt(1 - r^2) k2: for r = 0.8 of 1.4, -0.2, -1.4, 0.2.
    scores = np.array([[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]])
    samples = np.array([[10.0, 1.0], [20.0, 2.0], [30.0, 3.0], [40.0, 4.0]])
    found = iman_conover(samples, np.array([[1.0, 0.8], [0.8, 1.0]]), scores)
    assert found[:, 1].tolist() == [4.0, 2.0, 1.0, 3.0]
    assert found[:, 0].tolist() == [30.0, 10.0, 20.0, 40.0]


def test_correlations_stand_in_a_range_with_names_in_its_first_row() -> None:
    cells = {"D1": "a", "E1": "b", "C2": "a", "C3": "b", "D2": 1, "E3": 1, "D3": "=0.25*2"}
    with_names = model_of(cells, {"dm_correlation": "S!$C$1:$E$3"})
    without = model_of(cells, {"dm_correlation": "S!$D$1:$E$3"})
    for model in (with_names, without):
        found = read_range(model)
        assert found is not None
        assert found.names == ("a", "b")
        assert found.matrix.tolist() == [[1.0, 0.5], [0.5, 1.0]]
    assert read_range(model_of(cells)) is None
    with pytest.raises(InputRefusedError, match="where a correlation is expected"):
        read_range(model_of({**cells, "D3": "high"}, {"dm_correlation": "S!$D$1:$E$3"}))
    with pytest.raises(InputRefusedError, match="other names"):
        read_range(model_of({**cells, "C3": "c"}, {"dm_correlation": "S!$C$1:$E$3"}))


def test_rows_of_correlations_may_stand_in_another_order_than_columns() -> None:
    cells = {"D1": "a", "E1": "b", "C2": "b", "C3": "A", "D2": 0.5, "E2": 1, "D3": 1, "E3": 0.5}
    found = read_range(model_of(cells, {"dm_correlation": "S!$C$1:$E$3"}))
    assert found is not None
    assert (found.names, found.matrix.tolist()) == (("a", "b"), [[1.0, 0.5], [0.5, 1.0]])


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        ([[1.0, 1.5], [1.5, 1.0]], "from -1 to 1; that of a and b is 1.5"),
        ([[1.0, 0.5], [math.nan, 1.0]], "from -1 to 1; that of b and a is nan"),
        ([[1.0, 0.5], [0.5, 0.9]], "must be 1; that of b is 0.9"),
        ([[1.0, 0.5], [0.2, 1.0]], "of b and a is 0.2 and 0.5"),
    ],
)
def test_what_is_no_correlation_is_named_with_its_cells(matrix: list[list[float]], words: str) -> None:
    with pytest.raises(InputRefusedError, match=words):
        from_matrix(["a", "b"], np.array(matrix))


def test_correlations_stand_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "correlation.csv"
    path.write_text(",price,fine\nprice,1,\nfine,0.5,1\n", encoding="utf-8")
    assert read_file(path).matrix.tolist() == [[1.0, 0.5], [0.5, 1.0]]
    with pytest.raises(WorkbookError, match="cannot be read"):
        read_file(tmp_path / "none.csv")
    path.write_text("price,fine\n", encoding="utf-8")
    with pytest.raises(InputRefusedError, match="in equal rows"):
        read_file(path)
