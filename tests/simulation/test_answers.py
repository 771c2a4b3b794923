"""A process of its own has the engine's answers for the trials that are checked, and is gone when the run has ended."""

from __future__ import annotations

import multiprocessing
import os
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dealmodel.simulation.compiler.runs import Runs
from dealmodel.simulation.compiler.trials import Trials
from dealmodel.simulation.options import Options
from dealmodel.simulation.program import DisagreementError
from dealmodel.simulation.running import answers, workers
from dealmodel.simulation.running.answers import Answers
from dealmodel.simulation.running.batches import BLOCK
from dealmodel.simulation.sampling.correlation import from_matrix
from dealmodel.simulation.simulate import simulate
from tests.support.books import book

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from dealmodel.simulation.running.answers import Rows
    from dealmodel.workbook.model import Model

pytestmark = pytest.mark.skipif(not workers.can_fork(), reason="processes are not forked here")
TRIALS = 2 * BLOCK + 5


def _deal() -> Model:
    cells = {"A1": "=DM_NORMAL(100,10)", "A2": "=DM_PERT(250,294,340)", "A3": '=DM_OUTPUT(SQRT(A2-A1*2),"left")'}
    return book(cells, {"fine": "A1", "price": "A2"})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Have answers come from another process; return the processes that made an engine for trials."""
    monkeypatch.setattr(answers, "_LEAST_FORMULAS", 1)
    made: list[int] = []
    make: Callable[..., None] = Trials.__init__

    def noted(self: Trials, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  whatever it takes
        made.append(os.getpid())
        make(self, *args, **kwargs)

    monkeypatch.setattr(Trials, "__init__", noted)
    return made


@pytest.mark.parametrize("sampler", ["sobol", "random", "latin"])
def test_all_trials_that_are_checked_are_answered_elsewhere(asked: list[int], sampler: str) -> None:
    found = simulate(_deal(), Options(trials=TRIALS, seed=0, sampler=sampler, processes=2, check=40))
    assert found.checked == 40
    assert asked == []
    assert multiprocessing.active_children() == []


CORRELATION = from_matrix(["fine", "price"], np.array([[1.0, 0.5], [0.5, 1.0]]))


def test_what_cannot_be_drawn_by_itself_is_answered_here(asked: list[int]) -> None:
    options = Options(trials=TRIALS, seed=0, processes=2, method="iman-conover", correlation=CORRELATION)
    assert simulate(_deal(), options).checked == 64
    assert asked == [os.getpid()]


def test_one_process_stays_alone(asked: list[int]) -> None:
    assert simulate(_deal(), Options(trials=TRIALS, seed=0, processes=1)).checked == 64
    assert asked == [os.getpid()]


def test_a_program_that_is_wrong_is_found_by_the_answers(asked: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    run = Runs.run

    def wrong(self: Runs, *args: Any) -> Any:  # noqa: ANN401  whatever it takes and gives
        return [(values * 1.01, codes) for values, codes in run(self, *args)]

    monkeypatch.setattr(Runs, "run", wrong)
    with pytest.raises(DisagreementError, match=r"S!A3 comes out as .* in the engine, with .*fine = 1"):
        simulate(_deal(), Options(trials=TRIALS, seed=0, processes=2))
    # Before it is said aloud, an engine that takes care of every digit is asked here.
    assert set(asked) == {os.getpid()}
    assert multiprocessing.active_children() == []


def _fail() -> Rows:
    raise MemoryError


def _none() -> None:
    """Give no answers."""


def _die() -> Rows:
    os._exit(3)


@pytest.mark.parametrize("trouble", [_none, _fail, _die])
def test_where_the_process_comes_to_nothing_there_are_no_answers(trouble: Callable[[], Any]) -> None:
    with Answers([partial(list, [[1.0], [2.0]]), trouble, partial(list, [[3.0]])]) as found:
        assert found.rows(0, 2) == [[1.0], [2.0]]
        assert found.rows(2, 3) is None
        assert found.rows(1, 2) == [[2.0]]
    assert multiprocessing.active_children() == []


def test_a_process_that_is_not_asked_is_ended() -> None:
    with Answers([_forever]):
        assert len(multiprocessing.active_children()) == 1
    assert multiprocessing.active_children() == []


def _forever() -> Rows:
    while True:
        pass


def test_a_process_is_worth_it_for_many_formulas_and_processors_that_are_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "idle_processors", lambda: 2)
    assert answers.worthwhile(100_000, 0)
    assert not answers.worthwhile(10_000, 0)
    assert not answers.worthwhile(100_000, 1)
    monkeypatch.setattr(answers, "idle_processors", lambda: 1)
    assert not answers.worthwhile(100_000, 0)
    assert answers.worthwhile(100_000, 2)
    monkeypatch.setattr(answers, "can_fork", lambda: False)
    assert not answers.worthwhile(100_000, 2)
