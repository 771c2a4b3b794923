"""Whole processes against their peers, side by side in one run: medians of pairs, reported as ratios."""

from __future__ import annotations

import shutil
import statistics
import sys
from pathlib import Path

import pytest

from tests.support.measured import conversion, measured, regeneration

pytestmark = pytest.mark.benchmark

CASE = Path(__file__).parents[2] / "workbooks" / "zte_alibaba_2018.xlsx"
RUNS = 5


def median_ratio(ours: list[list[str]], theirs: list[list[str]]) -> float:
    """The median of ours / theirs, the two measured in turn so that both see the same machine."""
    ratios = [measured(a).seconds / measured(b).seconds for a, b in zip(ours, theirs, strict=True)]
    return statistics.median(ratios)


def test_regenerating_the_case_takes_a_quarter_of_a_cold_libreoffice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    soffice = shutil.which("soffice")
    if soffice is None:
        pytest.skip("LibreOffice is not installed")
    ours = [regeneration(CASE, tmp_path / f"{i}.xlsx") for i in range(RUNS)]
    theirs = [conversion(soffice, CASE, tmp_path / f"profile{i}", tmp_path / f"out{i}") for i in range(RUNS)]
    measured(ours[0])
    ratio = median_ratio(ours, theirs)
    with capsys.disabled():
        print(f"\nregenerate / cold soffice --convert-to: {ratio:.3f} (at most 0.25)")
    assert ratio <= 0.25


def test_importing_dealmodel_takes_at_most_three_times_numpy(capsys: pytest.CaptureFixture[str]) -> None:
    ours = [[sys.executable, "-c", "import dealmodel"]] * (3 * RUNS)
    theirs = [[sys.executable, "-c", "import numpy"]] * (3 * RUNS)
    ratio = median_ratio(ours, theirs)
    with capsys.disabled():
        print(f"\nimport dealmodel / import numpy: {ratio:.2f} (at most 3)")
    assert ratio <= 3
