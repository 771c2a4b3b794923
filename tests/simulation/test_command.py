"""`dealmodel simulate` on the command line."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result

import dealmodel
from dealmodel.commands.simulate import simulate
from dealmodel.errors import DealModelError, WorkbookError
from tests.support.processes import in_the_foreground, wait_until_written
from tests.support.workbooks import deal_book, one_sheet, saved

WORKED_CASE = Path(__file__).parents[2] / "workbooks" / "zte_alibaba_2018.xlsx"
needs_signals = pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent in another way there")


@pytest.fixture
def deal(tmp_path: Path) -> Path:
    cells = {
        "A1": "=DM_PERT(250,294,340)",
        "A2": "=DM_LOGNORMAL(892,100)",
        "A3": 0.1,
        "A6": '=DM_OUTPUT(MAX(A2-A1*(1-A3),0),"shortfall")',
        "D1": "price",
        "E1": "fine",
        "D2": 1,
        "E2": 0.5,
        "E3": 1,
    }
    names = {"price": "S!$A$1", "fine": "S!$A$2", "tax": "S!$A$3", "dm_correlation": "S!$D$1:$E$3"}
    path = tmp_path / "deal.xlsx"
    path.write_bytes(saved(one_sheet(cells, names)))
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(simulate, [str(a) for a in arguments], catch_exceptions=True)


def as_json(*arguments: object) -> Any:  # noqa: ANN401  what JSON holds
    result = run(*arguments, "--json", "--trials", 2048, "--seed", 0)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_statistics_are_printed_as_tables(deal: Path) -> None:
    result = run(deal, "--trials", 2048, "--seed", 0, "--target", "700", "--indices", 0)
    assert result.exit_code == 0, result.output
    assert "2,048 trials, sampler sobol, seed 0; 64 computed again by the engine, with the same result" in result.output
    assert "P(> target)" in result.output
    lines = result.output.splitlines()
    assert any(line.startswith("shortfall") for line in lines)
    heads = next(line for line in lines if line.startswith("output "))
    assert heads.endswith("low 5% mean  high 5% mean")
    assert any("fine" in line and "+0." in line for line in lines)


def test_json_holds_everything_but_the_trials(deal: Path) -> None:
    found = as_json(deal, "--target", "shortfall=700")
    output = found["outputs"][0]
    assert (found["seed"], found["trials"], output["output"]) == (0, 2048, "shortfall")
    assert output["min"] < output["mean_lowest_5%"] < output["percentiles"]["0.05"]
    assert output["percentiles"]["0.95"] < output["mean_highest_5%"] < output["max"]
    assert output["above_target"] == pytest.approx(0.2, abs=0.02)
    assert set(output["percentiles"]) == {"0.01", "0.05", "0.1", "0.25", "0.5", "0.75", "0.9", "0.95", "0.99"}
    assert [i["input"] for i in output["inputs"]] == ["fine", "price"]


def test_inputs_outputs_and_values_are_given_from_outside(deal: Path) -> None:
    found = as_json(deal, "--input", "tax=UNIFORM(0,0.2)", "--output", "S!A6", "--sampler", "latin")
    assert [o["output"] for o in found["outputs"]] == ["S!A6"]
    assert {i["input"] for i in found["outputs"][0]["inputs"]} == {"price", "fine", "tax"}
    low, high = (as_json(deal, "--set", f"tax={tax}")["outputs"][0]["mean"] for tax in (0, 0.2))
    assert low < high


def test_a_file_of_correlations_goes_before_the_range(deal: Path, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("price,fine\n1,-0.9\n-0.9,1\n", encoding="utf-8")
    with_range, with_file = as_json(deal), as_json(deal, "--correlation", path, "--method", "iman-conover")
    assert with_file["outputs"][0]["sd"] > with_range["outputs"][0]["sd"]


def test_results_and_trials_are_written(deal: Path, tmp_path: Path) -> None:
    out, trials = tmp_path / "out.xlsx", tmp_path / "trials.csv"
    result = run(deal, "--trials", 500, "--seed", 0, "-o", out, "--trials-out", trials)
    assert result.exit_code == 0, result.output
    assert f"wrote {out}" in result.output
    assert out.stat().st_size > 10_000
    assert len(trials.read_text(encoding="utf-8").splitlines()) == 501


def test_scenarios_are_compared_under_the_same_numbers(tmp_path: Path) -> None:
    path = tmp_path / "deal.xlsx"
    book = deal_book()
    book["Inputs"]["D5"], book["Inputs"]["E5"] = "=DM_PERT(250,294,340)", "=DM_PERT(150,194,240)"
    path.write_bytes(saved(book))
    result = run(path, "--scenario", "As reported", "--compare", "As filed", "--trials", 512, "--seed", 0)
    assert result.exit_code == 0, result.output
    assert "the same random numbers in price[As reported]" in result.output
    other = run(path, "--compare", path, "--trials", 512, "--seed", 0, "--json")
    assert json.loads(other.stdout)["differences"][0]["max"] == 0.0


def test_a_book_is_compared_with_itself_as_it_is(deal: Path) -> None:
    result = run(deal, "--set", "tax=0.2", "--compare", deal, "--trials", 64, "--seed", 0, "--json")
    found = json.loads(result.stdout)["differences"][0]
    assert 25.0 < found["min"] < found["max"] < 34.0


def test_both_that_are_compared_are_of_the_same_day(tmp_path: Path) -> None:
    path = tmp_path / "dated.xlsx"
    path.write_bytes(saved(one_sheet({"A1": '=DM_OUTPUT(TODAY()+DM_UNIFORM(0,1),"day")'})))
    result = run(path, "--compare", path, "--now", "2018-06-30", "--trials", 64, "--seed", 0, "--json")
    assert json.loads(result.stdout)["differences"][0]["max"] == 0.0


def test_in_json_what_is_no_number_is_null(deal: Path, tmp_path: Path) -> None:
    failing = tmp_path / "failing.xlsx"
    cells = {"A1": "=DM_UNIFORM(1,3)", "A2": '=DM_OUTPUT(SQRT(-A1),"shortfall")'}
    failing.write_bytes(saved(one_sheet(cells)))
    compared = run(failing, "--compare", deal, "--trials", 64, "--seed", 0, "--json")
    assert json.loads(compared.stdout)["differences"][0]["percentiles"]["0.5"] is None
    alone = run(failing, "--trials", 64, "--seed", 0, "--json")
    assert json.loads(alone.stdout)["outputs"][0]["mean"] is None


@pytest.mark.slow
def test_the_worked_case_gets_its_results_onto_its_own_sheets(tmp_path: Path) -> None:
    case, pictures = tmp_path / "zte.xlsx", tmp_path / "pictures"
    case.write_bytes(WORKED_CASE.read_bytes())
    options = ["--input", "price=PERT(250,294,340)", "--trials", 256, "--now", "2018-09-30"]
    result = run(case, *options, "--output", "net_proceeds", "--in-place", "--png", pictures)
    assert result.exit_code == 0, result.output
    assert [path.name for path in pictures.iterdir()] == ["net_proceeds.png"]
    sheet = openpyxl.load_workbook(case, data_only=True)["Simulation"]
    facts = {row[0].value: row[1].value for row in sheet["A4:B13"]}
    assert facts["State"] == "The inputs stand as they were then"
    assert facts["Made by"] == f"dealmodel {dealmodel.__version__} on 2018-09-30"
    # The command that the sheet names, with the seed that was drawn, gives the same file.
    words = shlex.split(str(facts["How to repeat it"]))
    assert words[:2] == ["dealmodel", "simulate"]
    again = tmp_path / "again.xlsx"
    assert run(*words[2:], "-o", again).exit_code == 0
    assert again.read_bytes() == case.read_bytes()


def test_a_book_without_sheets_for_results_is_said_before_the_run(deal: Path) -> None:
    result = run(deal, "--in-place", "--trials", 10**9)
    assert isinstance(result.exception, WorkbookError)
    assert "has no sheet for a simulation" in str(result.exception)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--until", "5"), 2, "precision such as 0.5%"),
        (("-o", "out.csv"), 2, "results are written to an .xlsx file"),
        (("--input", "tax"), 2, "NAME=DISTRIBUTION"),
        (("--until", "0.5"), 2, "0.5 would be 50% of the mean; write it with %"),
        (("--input", "price=PERT(1,2,3)", "--input", "price=UNIFORM(1,2)"), 2, "price is given as PERT(1,2,3) and as"),
        (("--target", "high"), 2, "is not a number"),
        (("--target", "price="), 2, "nothing is not a number"),
        (("--trials", "1,00"), 2, "'1,00' is not a valid whole number"),
        (("--compare", "x", "-o", "out.xlsx"), 2, "--compare goes without"),
        (("--trials", "0"), 2, "not in the range"),
        (("--in-place", "-o", "out.xlsx"), 2, "give one of -o and --in-place"),
        (("--separate",), 2, "--separate says what -o writes"),
        (("--now", "yesterday"), 2, "is not a date such as 2018-06-30"),
        (("--now", "1850-01-01"), 2, "1850-01-01 is before 1900-03-01, the first date taken"),
        (("--now", "2018-06-30T12:00+05:00"), 2, "names a time zone; spreadsheets know none"),
    ],
)
def test_wrong_usage_is_said_in_one_line(deal: Path, arguments: tuple[str, ...], code: int, message: str) -> None:
    result = run(deal, *arguments)
    assert result.exit_code == code
    assert message in result.output


@pytest.mark.parametrize("trials", ["2048", "2,048", "2.048e3", " 2048"])
def test_how_many_trials_is_written_as_people_write_it(deal: Path, trials: str) -> None:
    result = run(deal, "--trials", trials, "--seed", 0)
    assert result.exit_code == 0, result.output
    assert result.output.startswith("2,048 trials, ")


def test_a_file_of_correlations_that_is_not_there_is_said_plainly(deal: Path) -> None:
    result = run(deal, "--correlation", "none.csv")
    assert str(result.exception) == "none.csv cannot be read: No such file or directory"


def test_what_is_refused_is_an_error_of_the_package(deal: Path) -> None:
    for arguments in (("--output", "nothing"), ("--input", "tax=PERTT(1,2,3)"), ("--correlation", "nowhere.csv")):
        assert isinstance(run(deal, *arguments).exception, DealModelError)


@pytest.mark.parametrize(
    ("distribution", "reason"),
    [
        ("PERT(3,2,1)", "low must be at most mode; got 3 and 2"),
        ("PERT(250,294)", "pert needs high"),
        ("NORMAL(0.1,0-A3)", "sd must be above 0; got -0.1"),
        ("PERT(nothing,2,3)", "#NAME?"),
    ],
)
def test_distribution_outside_its_domain_is_refused_before_the_run(deal: Path, distribution: str, reason: str) -> None:
    result = run(deal, "--input", f"S!A3={distribution}")
    assert isinstance(result.exception, DealModelError)
    assert f"S!A3 cannot be {distribution}: {reason}" in str(result.exception)


@needs_signals
def test_ctrl_c_keeps_what_is_done(deal: Path) -> None:
    trials = str(deal.with_name("trials.csv"))
    command = [
        sys.executable,
        "-m",
        "dealmodel",
        "simulate",
        str(deal),
        "--trials",
        "500000000",
        "--trials-out",
        trials,
    ]
    with in_the_foreground(command) as process:
        wait_until_written(deal.parent, "*.tmp")
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "note: stopped after" in out


@pytest.mark.skipif(sys.platform != "linux", reason="the highest use of memory is read where Linux has it")
def test_trials_that_are_not_kept_take_no_memory(deal: Path) -> None:
    # More trials than a batch holds and than are kept: four times as many take no more, and so do ten million.
    script = (
        "import sys; from dealmodel.simulation.options import Options\n"
        "from dealmodel.simulation.simulate import simulate\n"
        "from dealmodel.workbook.model import Model; model = Model.open(sys.argv[1])\n"
        "for trials in (1 << 18, 1 << 20):\n"
        "    simulate(model, Options(trials=trials, seed=0, sampler='random', keep=False, processes=1))\n"
        "    print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    done = subprocess.run([sys.executable, "-c", script, str(deal)], capture_output=True, text=True, check=True)
    first, last = (int(peak) / 1024 for peak in done.stdout.split())
    assert last < 150
    # Less than the trials of a single cell. Several processes hand over as much at once as their turns have it.
    assert last - first < (2**20 - 2**18) * 8 / 2**20
