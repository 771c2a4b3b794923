"""Pictures of the charts, where matplotlib is installed."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import pytest

from dealmodel.errors import WorkbookError
from dealmodel.simulation.options import Options
from dealmodel.simulation.results.pictures import MissingExtraError, draw_pictures
from dealmodel.simulation.simulate import simulate
from tests.support.books import book

if TYPE_CHECKING:
    from pathlib import Path

    from dealmodel.simulation.results.result import Simulation


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    cells = {"A1": "=DM_UNIFORM(0,1)", "A2": '=DM_OUTPUT(A1*2,"a/b")', "A3": '=DM_OUTPUT(7,"seven")'}
    return simulate(book(cells), Options(trials=256, seed=0))


def test_every_output_has_a_picture_and_the_same_run_the_same(simulation: Simulation, tmp_path: Path) -> None:
    first, again = (draw_pictures(simulation, tmp_path / name) for name in ("one", "two"))
    assert [path.name for path in first] == ["a_b.png"]
    assert first[0].read_bytes().startswith(b"\x89PNG")
    assert first[0].read_bytes() == again[0].read_bytes()


def test_without_matplotlib_one_line_says_how_to_get_it(
    simulation: Simulation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r'pip install "dealmodel\[charts\]"'):
        draw_pictures(simulation, tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_folder_that_cannot_be_made_is_said(simulation: Simulation, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(WorkbookError, match="cannot be written"):
        draw_pictures(simulation, tmp_path / "file" / "folder")


def test_an_input_without_a_name_is_drawn_with_its_label(tmp_path: Path) -> None:
    cells = {"A1": "Price", "B1": "=DM_UNIFORM(0,1)", "C1": '=DM_OUTPUT(B1*2,"out")'}
    labelled, plain = (
        draw_pictures(simulate(book(given), Options(trials=64, seed=0)), tmp_path / name)[0].read_bytes()
        for name, given in (("with", cells), ("without", {**cells, "A1": None}))
    )
    assert labelled != plain
