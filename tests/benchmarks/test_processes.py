"""Whole processes against their peers, side by side in one run: medians of pairs, reported as ratios."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.benchmark

CASE = Path(__file__).parents[2] / "workbooks" / "zte_alibaba_2018.xlsx"
RUNS = 5


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def median_ratio(ours: list[list[str]], theirs: list[list[str]]) -> float:
    """The median of ours / theirs, the two measured in turn so that both see the same machine."""
    ratios = [seconds(a) / seconds(b) for a, b in zip(ours, theirs, strict=True)]
    return statistics.median(ratios)


def test_regenerating_the_case_takes_a_quarter_of_a_cold_libreoffice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    soffice = shutil.which("soffice")
    if soffice is None:
        pytest.skip("LibreOffice is not installed")
    ours = [
        [sys.executable, "-m", "dealmodel", "regenerate", str(CASE), "-o", str(tmp_path / f"{i}.xlsx")]
        for i in range(RUNS)
    ]
    theirs = [
        [
            soffice,
            f"-env:UserInstallation={(tmp_path / f'profile{i}').as_uri()}",
            "--headless",
            "--convert-to",
            "xlsx",
            "--outdir",
            str(tmp_path / f"out{i}"),
            str(CASE),
        ]
        for i in range(RUNS)
    ]
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
