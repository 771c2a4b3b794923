"""Trials are written into files while they are run: whole or not at all."""

from __future__ import annotations

import csv
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from pyarrow import parquet

from dealmodel.errors import WorkbookError
from dealmodel.simulation.options import Options
from dealmodel.simulation.running.batches import BLOCK
from dealmodel.simulation.simulate import simulate
from tests.support.books import book

if TYPE_CHECKING:
    from pathlib import Path

    from dealmodel.workbook.model import Model


def _deal() -> Model:
    cells = {"A1": "=DM_PERT(250,294,340)", "A2": "=DM_LOGNORMAL(892,100)", "A3": "=MAX(A2-A1,0)"}
    return book(cells, {"price": "A1", "shortfall": "A3"})


def test_all_trials_are_written_while_they_pass(tmp_path: Path) -> None:
    path = tmp_path / "trials.csv"
    found = simulate(_deal(), Options(trials=BLOCK + 10, seed=0, keep=True, trials_out=path))
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert tuple(rows[0]) == found.columns
    assert np.array_equal(np.array(rows[1:], dtype=np.float64).T, found.data)
    with pytest.raises(WorkbookError, match=r"\.csv or \.parquet"):
        simulate(_deal(), Options(trials=10, trials_out=tmp_path / "trials.txt"))


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_the_file_of_trials_is_in_its_place_whole_or_not_at_all(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"trials.{kind}"
    path.write_bytes(b"old")
    seen = []

    def stop(*_: object) -> None:
        seen.append((path.read_bytes(), len(list(tmp_path.iterdir()))))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        simulate(_deal(), Options(trials=10 * BLOCK, seed=0, trials_out=path, progress=stop))
    assert seen == [(b"old", 2)]
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [(path.name, b"old")]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_the_file_of_trials_that_finds_no_room_is_named(tmp_path: Path, kind: str) -> None:
    script = (
        "import resource, sys; from dealmodel.errors import WorkbookError\n"
        "import numpy as np; from pathlib import Path\n"
        "from dealmodel.simulation.running.trials_file import open_trials\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, 2**16))\n"
        "try:\n"
        "    with open_trials(Path(sys.argv[1]), ['x']) as file:\n"
        "        for _ in range(9):\n"
        "            file.add([np.random.default_rng(0).random(2**16)])\n"
        "except WorkbookError as error:\n"
        "    print(error)\n"
    )
    path = tmp_path / f"trials.{kind}"
    done = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"{path} cannot be written: ")
    assert done.stdout.endswith("File too large\n")
    assert not list(tmp_path.iterdir())


def test_a_parquet_file_has_errors_as_nulls_and_the_same_rows(tmp_path: Path) -> None:
    model = book({"A1": "=DM_BERNOULLI(0.25)", "A2": "=DM_UNIFORM(1,2)", "A3": "=A2/A1"}, {"x": "A3"})
    path = tmp_path / "trials.parquet"
    found = simulate(model, Options(trials=70_000, seed=0, keep=True, trials_out=path))
    table = parquet.read_table(path)
    assert tuple(table.column_names) == found.columns
    columns = [table.column(name).to_numpy() for name in found.columns]
    assert np.array_equal(np.array(columns), found.data, equal_nan=True)
    assert table.column("x").null_count == found.statistics["x"].errors["#DIV/0!"]


def test_a_parquet_file_without_pyarrow_is_refused_before_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(WorkbookError, match=r"needs pyarrow: pip install .dealmodel\[parquet\]., or write a \.csv"):
        simulate(_deal(), Options(trials=64, trials_out=tmp_path / "trials.parquet"))
    assert not list(tmp_path.iterdir())


def test_the_file_of_trials_may_be_a_text(tmp_path: Path) -> None:
    simulate(_deal(), Options(trials=8, seed=np.int64(0), trials_out=str(tmp_path / "trials.csv")))  # type: ignore[arg-type]
    assert len((tmp_path / "trials.csv").read_text().splitlines()) == 9
