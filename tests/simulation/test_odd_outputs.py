"""Outputs and inputs that are not plain numbers in every trial: what is counted, and over what statistics are taken."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import openpyxl
import pytest
from openpyxl.worksheet.formula import ArrayFormula
from scipy import stats

from dealmodel.errors import InputRefusedError
from dealmodel.simulation.compiler.trials import Trials
from dealmodel.simulation.compiler.verification import DisagreementError
from dealmodel.simulation.options import Options
from dealmodel.simulation.simulate import simulate
from dealmodel.simulation.statistics.moments import Moments
from dealmodel.workbook.model import Model
from tests.support.books import book
from tests.support.workbooks import model_of, one_sheet, saved

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dealmodel.simulation.results.result import Simulation

NORMAL = {"A1": "=DM_NORMAL(0,2)"}


def run(formula: str, trials: int = 1024, **cells: str | float) -> Simulation:
    found = simulate(book({**NORMAL, **cells, "B1": formula}), Options(trials=trials, seed=0, outputs=["S!B1"]))
    json.dumps(found.as_json(), allow_nan=False)
    assert len(found.to_frame()) == len(found.sensitivities().groupby("output")) == 1
    return found


def test_one_trial_has_a_mean_and_no_spread() -> None:
    s = run("=A1+10", trials=1).statistics["S!B1"]
    assert s.mean == s.lowest == s.highest == s.percentiles[0.5] == s.lower_tail == s.upper_tail
    assert all(math.isnan(v) for v in (s.sd, s.mean_error, s.skew, s.kurtosis, s.percentile_errors[0.5]))


def test_a_constant_has_no_spread_and_nothing_moves_it() -> None:
    for formula in ("=A1*0+5", "=2+3"):
        found = run(formula)
        s = found.statistics["S!B1"]
        assert (s.mean, s.sd, s.lowest, s.highest, s.percentiles[0.01]) == (5.0, 0.0, 5.0, 5.0, 5.0)
        assert [i.correlation for i in found.influences["S!B1"]] == [0.0]


def test_a_text_that_is_marked_is_counted_as_a_named_one_is() -> None:
    cells = {
        **NORMAL,
        "B1": '=DM_OUTPUT(IF(A1>0,"up "&TEXT(ABS(A1),"0"),"down"),"way")',
        "B2": '=DM_OUTPUT(A1>0,"rises")',
    }
    found = simulate(book(cells), Options(trials=1024, seed=0))
    assert found.statistics["way"].texts["down"] == 512
    assert found.statistics["rises"].mean == 0.5


@pytest.mark.parametrize(
    ("formula", "number", "texts"),
    [
        ("=IFERROR(VLOOKUP(A1,D1:E4,2),-1)", -1.0, {"x": 256}),
        ("=IFERROR(LOOKUP(A1,D1:D4,E1:E4),-1)", -1.0, {"x": 256}),
        ("=IF(ISERROR(VLOOKUP(A1,D1:E4,2,TRUE)),-1,7)", -1.0, {}),
    ],
)
def test_a_text_that_is_looked_up_is_no_error(formula: str, number: float, texts: dict[str, int]) -> None:
    table: dict[str, str | float] = {
        "D1": -99.0,
        "D2": 0.0,
        "D3": 99.0,
        "D4": 100.0,
        "E1": "=NA()",
        "E2": "x",
        "E3": 3.0,
        "E4": 4.0,
    }
    found = run(formula, trials=512, **table).statistics["S!B1"]
    assert (found.lowest, found.texts) == (number, texts)
    assert found.mean == pytest.approx(number if texts else 3.0)


def test_an_output_that_never_is_a_number_has_no_statistics() -> None:
    for formula, error in (
        ("=SQRT(-1-A1^2)", "#NUM!"),
        ('=IF(A1>0,A1+"yes","no"*A1)', "#VALUE!"),
        ("=A1/0", "#DIV/0!"),
    ):
        found = run(formula)
        s = found.statistics["S!B1"]
        assert (s.trials, s.errors, s.texts) == (0, {error: 1024}, {})
        assert math.isnan(s.mean)
        assert math.isnan(s.percentiles[0.5])
        assert "is an error in 100.00% of the trials" in found.notes[0]


def test_an_output_that_is_a_text_tells_how_often_it_is_which() -> None:
    found = run('=IF(A1>0,"go",IF(A1<-4,"stop","wait"))', trials=8192)
    s = found.statistics["S!B1"]
    assert (s.trials, s.errors) == (0, {})
    expected = {"go": 0.5, "wait": stats.norm.cdf(2) - 0.5, "stop": stats.norm.cdf(-2)}
    assert list(s.texts) == list(expected)
    assert [n / 8192 for n in s.texts.values()] == pytest.approx(list(expected.values()), abs=2 / 8192)
    assert found.as_json()["outputs"][0]["texts"] == s.texts
    assert found.notes == ("S!B1 is a text in 100.00% of the trials: go 50.00%, wait 47.73%, stop 2.27%",)


def test_texts_errors_and_numbers_of_an_output_are_counted_apart() -> None:
    formula = '=IF(A1>2,1/0,IF(A1>0,A1,IF(A1>-2,"low "&ROUND(A1,0),"x"+1)))'
    found = run(formula, trials=8192)
    s = found.statistics["S!B1"]
    assert set(s.errors) == {"#DIV/0!", "#VALUE!"}
    assert set(s.texts) == {"low 0", "low -1", "low -2"}
    assert s.trials + sum(s.errors.values()) + sum(s.texts.values()) == 8192
    assert s.texts["low -1"] == pytest.approx(8192 * (stats.norm.cdf(-0.25) - stats.norm.cdf(-0.75)), abs=3)
    assert next(n for n in found.notes if "text" in n).startswith("S!B1 is a text in 34.13% of the trials: low -1 17")


def test_texts_are_the_same_however_many_processes_count_them() -> None:
    model = book({**NORMAL, "B1": '="to "&ROUND(A1,0)'})
    options = Options(trials=3 * 2**19, seed=0, outputs=["S!B1"], keep=False)
    one, two = (simulate(model, replace(options, processes=n)).statistics["S!B1"].texts for n in (1, 2))
    assert one == two
    assert sum(one.values()) == 3 * 2**19


def test_a_text_that_comes_out_otherwise_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    true = Trials.run

    def wrong(self: Trials, *args: object) -> Iterator[list[object]]:
        return (["stay" if value == "stop" else value for value in row] for row in true(self, *args))  # type: ignore[arg-type]

    monkeypatch.setattr(Trials, "run", wrong)
    with pytest.raises(DisagreementError, match=r"S!B1 comes out as stop in the compiled program and as stay"):
        simulate(
            book({**NORMAL, "B1": '=IF(A1>0,"go","stop")'}), Options(trials=64, seed=0, outputs=["S!B1"], processes=1)
        )


def test_statistics_are_those_of_the_trials_that_gave_a_number() -> None:
    found = run("=IF(A1>2,NA(),IF(A1<-3,1/0,A1))", trials=8192)
    data, s = found.column("S!B1"), found.statistics["S!B1"]
    numbers = data[np.isfinite(data)]
    assert s.trials == numbers.size == 8192 - sum(s.errors.values())
    assert set(s.errors) == {"#N/A", "#DIV/0!"}
    assert s.mean == pytest.approx(numbers.mean(), rel=1e-12)
    assert s.percentiles[0.05] == np.quantile(numbers, 0.05)
    inputs = found.column("S!A1")[np.isfinite(data)]
    expected = stats.spearmanr(inputs, numbers).statistic
    assert found.influences["S!B1"][0].correlation == pytest.approx(expected, rel=1e-12)


def test_truths_count_as_one_and_zero_and_blanks_as_zero() -> None:
    s = run("=A1>0").statistics["S!B1"]
    assert (s.mean, s.lowest, s.highest) == (0.5, 0.0, 1.0)
    assert run("=IF(A1>0,C9,A1)").statistics["S!B1"].highest == 0.0


def test_numbers_too_large_for_a_cell_are_errors_and_large_ones_are_not() -> None:
    s = run("=10^(300+A1*10)").statistics["S!B1"]
    assert 0 < s.errors["#NUM!"] < 1024
    assert s.highest > 1e300
    assert s.mean == math.inf
    assert math.isnan(s.skew)
    large = np.array([1e200, 3e200, 2e200])
    moments = Moments.of(large[:1])
    moments.add(Moments.of(large[1:]))
    assert moments.mean == pytest.approx(2e200)


def test_one_distribution_is_drawn_once_a_trial_however_often_it_is_referred_to() -> None:
    s = run("=A1-A1+SUM(A1,A1)-2*A1").statistics["S!B1"]
    assert (s.lowest, s.highest) == (0.0, 0.0)


def test_two_distributions_in_a_cell_are_two_draws() -> None:
    found = run("=A1-DM_NORMAL(0,2)+DM_NORMAL(0,1)", trials=1 << 14)
    assert found.inputs == ("S!A1", "S!B1 (drawn)", "S!B1#2")
    assert found.statistics["S!B1"].sd == pytest.approx(3.0, rel=0.01)


def test_arguments_may_be_uncertain_and_outside_their_domain_in_some_trials() -> None:
    s = run("=DM_NORMAL(5,A1)").statistics["S!B1"]
    assert s.errors == {"#NUM!": 512}
    assert s.mean == pytest.approx(5.0, abs=0.2)


@pytest.mark.parametrize(
    "formula", [ArrayFormula("B1", "=SUM(A1:A2*DM_UNIFORM(1,3))"), "=SUMPRODUCT(A1:A2,A1:A2/A1:A2*DM_UNIFORM(1,3))"]
)
def test_a_distribution_in_an_array_formula_is_one_draw(formula: str | ArrayFormula) -> None:
    model = book({"A1": 1.0, "A2": 2.0, "B1": formula})
    found = simulate(model, Options(trials=4096, seed=0, outputs=["S!B1"]))
    assert found.inputs == ("S!B1 (drawn)",)
    assert found.statistics["S!B1"].mean == pytest.approx(6.0, rel=1e-3)
    assert 8.9 < found.statistics["S!B1"].highest <= 9.0


def test_a_sheet_with_a_quote_in_its_name_is_simulated() -> None:
    workbook = one_sheet({"A1": "=DM_UNIFORM(1,3)", "A2": "='Bob''s'!A1*2"})
    workbook.worksheets[0].title = "Bob's"
    model = Model.from_bytes(saved(workbook), "book.xlsx")
    found = simulate(model, Options(trials=1024, seed=0, outputs=["'Bob''s'!A2"]))
    assert found.inputs == ("'Bob''s'!A1",)
    assert found.statistics["'Bob''s'!A2"].mean == pytest.approx(4.0, rel=1e-2)


def test_counts_that_are_correlated_go_together() -> None:
    cells: dict[str, str | float] = {"A1": "=DM_BERNOULLI(0.5)", "A2": "=DM_POISSON(4)", "B1": "=A1*A2"}
    cells |= {"D1": "S!A1", "E1": "count", "D2": 1, "E2": 0.8, "E3": 1}
    names = {"count": "S!$A$2", "dm_correlation": "S!$D$1:$E$3"}
    for method in ("copula", "iman-conover"):
        found = simulate(model_of(cells, names), Options(trials=1 << 14, seed=0, outputs=["S!B1"], method=method))
        event, count = found.column("S!A1"), found.column("count")
        assert event.mean() == pytest.approx(0.5, abs=0.01)
        assert count.mean() == pytest.approx(4.0, rel=0.01)
        assert set(np.unique(event)) == {0.0, 1.0}
        assert 0.5 < stats.spearmanr(event, count).statistic < 0.8


def test_one_input_takes_one_distribution() -> None:
    model = book({"A1": 3, "B1": "=A1"}, {"x": "A1"})
    with pytest.raises(InputRefusedError, match=r"S!A1\) is given two distributions"):
        simulate(model, Options(trials=8, outputs=["S!B1"], inputs={"x": "UNIFORM(0,1)", "S!A1": "UNIFORM(5,6)"}))


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("=DM_STUDENT(5)", "DM_STUDENT needs scale"),
        ("=2*DM_PERT(1,,3)", "DM_PERT needs mode"),
        ("=DM_NORMAL(5,1,2)", "DM_NORMAL takes at most 2 arguments; got 3"),
    ],
)
def test_a_distribution_with_too_few_or_too_many_arguments_is_named_with_its_cell(formula: str, reason: str) -> None:
    model = book({"A1": formula, "B1": "=A1*2"}, {"growth": "A1"})
    with pytest.raises(InputRefusedError, match=f"^growth \\(S!A1\\) cannot be drawn: {reason}$"):
        simulate(model, Options(trials=8, outputs=["S!B1"]))


@pytest.mark.slow
def test_hundreds_of_outputs_keep_fewer_trials_beside_their_statistics() -> None:
    names = [f"S!B{i}" for i in range(1, 301)]
    model = book({"A1": "=DM_NORMAL(3,2)", **{f"B{i}": f"=A1*{i}" for i in range(1, 301)}})
    found = simulate(model, Options(trials=65_536, seed=0, outputs=names))
    assert found.data.shape == (301, 8_000_000 // 301)
    assert [found.statistics[n].trials for n in names] == [65_536] * 300
    assert found.statistics["S!B300"].mean == pytest.approx(900, rel=1e-4)
    assert [i.correlation for n in names for i in found.influences[n]] == pytest.approx([1.0] * 300)


@pytest.mark.parametrize("name", ["sheet1", "SHEET1"])
def test_a_sheet_that_the_engine_has_in_other_letters_is_simulated(name: str) -> None:
    workbook = one_sheet({"A1": "=DM_UNIFORM(1,2)", "B1": f'=SUMIF(A1:A1,">0")+{name}!A1+INDIRECT("A1")'})
    workbook["S"].title = name
    found = simulate(
        Model.from_bytes(saved(workbook), "book.xlsx"), Options(trials=256, seed=0, outputs=[f"{name}!B1"], check=8)
    )
    assert found.statistics[f"{name}!B1"].mean == pytest.approx(4.5, abs=0.1)


def test_inputs_on_which_no_output_depends_are_told() -> None:
    found = run("=A1", A2="=DM_UNIFORM(0,1)", A3="=DM_UNIFORM(A2,2)", A4="=A1*0+A5", A5="=DM_UNIFORM(0,1)")
    assert [note for note in found.notes if "depends" in note] == ["no output depends on S!A2, S!A3, S!A5"]


def test_inputs_that_only_other_inputs_depend_on_are_not_idle() -> None:
    assert not [n for n in run("=A3", A2="=DM_UNIFORM(0,1E-9)", A3="=DM_NORMAL(A2,1)").notes if "S!A2" in n]


def test_an_input_in_a_branch_that_is_never_taken_is_idle() -> None:
    found = run("=IF(A3>0,A1,A2)", A2="=DM_UNIFORM(0,1)", A3=1.0)
    assert "no output depends on S!A2" in found.notes


def test_named_texts_that_a_formula_chooses_are_told_of_and_joined_ones_are_not(tmp_path: Path) -> None:
    formulas = {
        "verdict": '=IF(A1>0.25,"yes","no")',
        "label": '="at "&A1',
        "written": '=TEXT(A1,"0.00")',
        "same": '=IF(A1>2,"never","always")',
        "failing": "=1/(A1-A1)",
        "double": "=A1*2",
    }
    places = {name: f"B{i}" for i, name in enumerate(formulas, start=1)}
    cells = {places[name]: formula for name, formula in formulas.items()}
    found = simulate(book({"A1": "=DM_UNIFORM(0,1)", **cells}, places), Options(trials=1024, seed=0))
    assert list(found.statistics) == ["verdict", "failing", "double"]
    assert found.notes == (
        "verdict is a text in 100.00% of the trials: yes 75.00%, no 25.00%",
        "failing is an error in 100.00% of the trials (#DIV/0! 1,024); they are left out",
    )
    path = found.save(tmp_path / "results.xlsx", separate=True)
    assert openpyxl.load_workbook(path).sheetnames == ["Simulation"]
