"""What commands say names the option, the cell and the column that are meant, and what a long run will take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from click.testing import CliRunner

from dealmodel.cli import cli
from dealmodel.errors import InputRefusedError
from dealmodel.simulation.options import Options
from dealmodel.simulation.results.pictures import draw_pictures, never_a_number
from dealmodel.simulation.simulate import simulate
from dealmodel.simulation.whatif.solving import solve
from dealmodel.simulation.whatif.stress import confined
from tests.support.books import book
from tests.support.workbooks import model_of, one_sheet, saved

if TYPE_CHECKING:
    from pathlib import Path

CELLS = {"A1": "=DM_UNIFORM(0,1)", "A2": 3.0, "B1": "=A1*A2"}


@pytest.fixture
def deal(tmp_path: Path) -> str:
    path = tmp_path / "deal.xlsx"
    path.write_bytes(saved(one_sheet(CELLS, {"out": "S!$B$1"})))
    return str(path)


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (["simulate", "--until", "soon"], "--until"),
        (["simulate", "--until", "150%"], "--until"),
        (["simulate", "--until", "0,5"], "--until"),
        (["simulate", "--target", "out=high"], "--target"),
        (["solve", "--output", "out", "--input", "S!A2", "--target", "high"], "--target"),
        (["solve", "--output", "out", "--input", "S!A2", "--target", "1", "--between", "0", "9,5"], "--between"),
    ],
)
def test_a_text_that_is_no_number_is_named_with_its_option(deal: str, arguments: list[str], option: str) -> None:
    done = CliRunner().invoke(cli, [arguments[0], deal, *arguments[1:]])
    assert done.exit_code == 2
    assert f"Invalid value for {option}" in done.output


def test_a_cell_that_has_no_name_is_named_once() -> None:
    model = model_of(CELLS, {"out": "S!$B$1"})
    with pytest.raises(InputRefusedError, match=r"^S!B1 holds the formula"):
        solve(model, "out", 1, "S!b1")
    with pytest.raises(InputRefusedError, match=r"^out \(S!B1\) holds the formula"):
        solve(model, "S!A2", 1, "out")


def test_a_cell_that_is_drawn_and_an_output_has_two_columns() -> None:
    found = simulate(book({"A1": "=DM_UNIFORM(0,1)*2"}, {"twice": "A1"}), Options(trials=64, seed=1, outputs=["twice"]))
    assert found.columns == ("twice (drawn)", "twice")
    np.testing.assert_array_equal(found.column("twice"), 2 * found.column("twice (drawn)"))
    assert [i.input for i in found.influences["twice"]] == ["twice (drawn)"]
    assert list(found.to_trials().columns) == ["twice (drawn)", "twice"]


def test_a_picture_of_what_is_never_a_number_says_so(tmp_path: Path) -> None:
    found = simulate(
        book({"A1": "=DM_UNIFORM(0,1)", "A2": '=DM_OUTPUT(1/(A1-A1),"never")'}), Options(trials=64, seed=1)
    )
    assert never_a_number(found, "never") == (
        "never is a number in none of the trials (#DIV/0! 64): there is nothing to draw"
    )
    (path,) = draw_pictures(found, tmp_path)
    assert path.read_bytes().startswith(b"\x89PNG")


def test_a_run_of_hours_says_so_before_it_begins(tmp_path: Path) -> None:
    said: list[str] = []

    def stop(words: str) -> None:
        said.append(words)
        raise KeyboardInterrupt

    options = Options(
        trials=10**10, seed=1, sampler="random", notice=stop, processes=1, trials_out=tmp_path / "trials.csv"
    )
    found = simulate(book({"A1": "=DM_UNIFORM(0,1)", "A2": '=DM_OUTPUT(A1,"same")'}), options)
    assert found.interrupted
    (words,) = said
    assert words.startswith("10,000,000,000 trials take about ")
    assert words.endswith(", and trials.csv about 380.0 GB; Ctrl-C keeps what is done")


def test_a_short_run_says_nothing_beforehand() -> None:
    said: list[str] = []
    simulate(model_of(CELLS, {"out": "S!$B$1"}), Options(trials=300_000, seed=1, notice=said.append))
    assert said == []


def test_a_probability_under_stress_is_never_one() -> None:
    outermost = np.array([np.nextafter(0.0, 1.0), 2.0**-53, 0.5, 1 - 2.0**-53])
    squeezed = confined(outermost)
    assert (squeezed["low"] < 0.1).all()
    assert (squeezed["high"] >= 0.9).all()
    assert (squeezed["high"] < 1.0).all()
