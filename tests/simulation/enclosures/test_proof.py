"""Roots with a proof: none is missed, none is made up, and what is not proved is said."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from dealmodel.cli import cli
from dealmodel.simulation.whatif.solving import solve
from tests.support.workbooks import model_of, one_sheet, saved

if TYPE_CHECKING:
    from pathlib import Path

    from dealmodel.simulation.whatif.solving import Solution


def solved(formula: str, target: float, low: float, high: float, **cells: Any) -> Solution:  # noqa: ANN401  of a cell
    model = model_of({"A1": 1.0, "B1": f"={formula}", **cells}, {"x": "S!$A$1", "y": "S!$B$1"})
    return solve(model, "y", target, "x", (low, high))


@pytest.mark.parametrize(
    ("formula", "target", "low", "high", "roots"),
    [
        ("A1^2", -4, -3, 3, []),
        ("(A1-1.2345)^2+0.001", 0, 0, 3, []),
        ("IF(A1<3,A1,A1+2)", 4, 0, 9, []),
        ("A1^2", 4, -3, 3, [-2, 2]),
        ("(A1-1)*(A1-1.0001)*(A1-9)", 0, 0, 10, [1, 1.0001, 9]),
        ("(A1-3)^2*(A1-7)^4", 0, 0, 10, [3, 7]),
        ("MOD(A1,3)", 2.5, 0, 10, [2.5, 5.5, 8.5]),
        ("SIN(A1)", 0.5, 0, 7, [math.pi / 6, 5 * math.pi / 6, 13 * math.pi / 6]),
        ("IRR(C1:C4)", 0.1, 1, 300, [100 / 1.1 + 50 / 1.21 + 25 / 1.331]),
        ("NPV(A1,60,60)-100", 0, 0, 1, [0.3 + math.sqrt(0.09 + 0.6) - 1]),
        ("IFERROR(1/(A1-3),0)", 0, 0, 10, [3]),
        ("VLOOKUP(A1,{0,1;5,2;8,-1},2)*A1", 12, 0, 10, [6]),
        ("PMT(A1,10,-100)", 100 * 0.08 / (1 - 1.08**-10), 0.001, 0.4, [0.08]),
        ("DM_STEP_VALUATION(1000,A1,0.83)", 3125, 0.1, 0.8, [0.51]),
        ("SQRT(A1-2.3)", 0, 0, 10, [2.3]),
        ("1/(A1-5.0000000001)^2", 0, 0, 10, []),
    ],
)
def test_the_roots_are_all_there_are(formula: str, target: float, low: float, high: float, roots: list[float]) -> None:
    found = solved(formula, target, low, high, C1="=-A1", C2=100.0, C3=50.0, C4=25.0)
    assert [r.low for r in found.roots] == pytest.approx(roots, abs=1e-7)
    assert (found.proof, "Proof: " in found.reason) == ("proven", True)
    # What is left open lies at a root, or at a place of which the reason speaks, and is narrow.
    assert all(high - low < 1e-6 * 300 for low, high in found.open)


def test_a_root_that_no_place_shows_is_found_by_the_proof() -> None:
    # Between two of the 4,097 places the output dips below the target and comes back.
    found = solved("MAX(0.5-1E6*ABS(A1-PI()),-0.5)+IF(A1>3.5,1E3,0)", 0, 0, 10)
    assert [r.low for r in found.roots] == pytest.approx([math.pi - 5e-7, math.pi + 5e-7], abs=1e-12)
    assert found.proof == "proven"


def test_outputs_that_explode_do_not_hide_how_near_the_target_others_are() -> None:
    # Ten digits of an output of 1E26, and all of one of 1E-9, are nothing beside 1E300.
    found = solved("EXP(1E4*(A1-0.1)*(A1-0.2))-1", 0, 0, 0.3)
    assert [r.low for r in found.roots] == pytest.approx([0.1, 0.2], abs=1e-9)
    assert [r.low for r in solved("EXP(A1)", 1e9, 0, 700).roots] == pytest.approx([math.log(1e9)])
    assert solved("EXP(A1)", 0, 0, 700).roots == ()


def test_a_stretch_that_only_rounding_keeps_from_nothing_is_one() -> None:
    (root,) = solved("IF(A1>4,1E6*A1,(0.1+0.2-0.3))", 0, 0, 9).roots
    assert [root.low, root.high] == pytest.approx([0.0, 4.0], abs=1e-9)


def test_a_steep_crossing_is_a_root_and_a_jump_is_none() -> None:
    steep, jump = solved("TANH(1E9*(A1-3))", 0.5, 0, 10), solved("IF(A1<3,-1,1)", 0.5, 0, 10)
    assert [r.low for r in steep.roots] == pytest.approx([3.0], abs=1e-9)
    assert list(jump.jumps) == pytest.approx([3.0], abs=1e-9)
    assert (steep.jumps, jump.roots) == ((), ())
    assert (steep.proof, jump.proof) == ("proven", "proven")


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("ERF(A1)", "S!B1: ERF has no enclosure"),
        ("IRR(C1:C4)", "a rate of return of flows that may change their sign more than once"),
        ("SUM(OFFSET(C1,0,0,1,INT(A1)))", "S!B1 is computed by the engine"),
    ],
)
def test_without_an_enclosure_there_is_evidence_alone(formula: str, words: str) -> None:
    found = solved(formula, 0.5, 1, 3, C1="=A1", C2=-100.0, C3=50.0, C4="=-A1")
    assert found.proof in ("monotone", "dense", "error")
    assert "Evidence, no proof: " in found.reason
    assert words in found.reason


@settings(max_examples=25, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(
    st.lists(st.tuples(st.integers(1, 99), st.integers(1, 3)), min_size=1, max_size=4, unique_by=lambda p: p[0]),
    st.sampled_from([-1.0, 1e-3, 1.0, 1e6]),
    st.sampled_from(["{}", "IF(A1>5.05,{0},{0})", "-({})", "MAX({0},-1E9)"]),
)
def test_roots_of_any_multiplicity_are_the_ones_put_in(
    places: list[tuple[int, int]], factor: float, around: str
) -> None:
    product = "*".join([f"{factor}", *(f"((A1-{place / 10})/10)^{times}" for place, times in places)])
    found = solved(around.format(product), 0, 0, 10)
    assert [r.low for r in found.roots] == pytest.approx(sorted(place / 10 for place, _ in places), abs=1e-3)
    assert found.proof == "proven"


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(-20, 20), min_size=3, max_size=8), st.integers(-19, 19))
def test_roots_of_what_a_table_gives_are_those_of_its_steps(steps: list[int], target: int) -> None:
    table = ";".join(f"{i},{step}" for i, step in enumerate(steps))
    found = solved(f"VLOOKUP(A1,{{{table}}},2)", target, 0, len(steps))
    expected = [(i, i + 1) for i, step in enumerate(steps) if step == target]
    stretches: list[list[float]] = []
    for low, high in expected:
        if stretches and stretches[-1][1] == low:
            stretches[-1][1] = high
        else:
            stretches.append([low, high])
    assert np.array([[r.low, r.high] for r in found.roots]) == pytest.approx(np.array(stretches), abs=1e-7)
    assert found.proof == "proven"


def test_the_command_says_what_is_proved(tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    book.write_bytes(saved(one_sheet({"A1": 1.0, "B1": "=A1^2"}, {"x": "S!$A$1", "y": "S!$B$1"})))
    asked = ["solve", str(book), "--output", "y", "--input", "x", "--between", "0", "9", "--target"]
    shown = CliRunner().invoke(cli, [*asked, "4"])
    assert "Proof: the formulas, enclosed over 64 pieces by interval arithmetic, leave no room" in shown.output
    told = json.loads(CliRunner().invoke(cli, [*asked, "-4", "--json"]).output)
    assert (told["roots"], told["proof"], told["open"]) == ([], "proven", [])
