from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from dealmodel.catalogue import CATALOGUE
from dealmodel.cells import CellError
from dealmodel.certify import certificate
from dealmodel.certify.calls import Call, CallBook
from dealmodel.certify.cases import read_cases
from dealmodel.certify.certificate import certify, same_rows
from dealmodel.certify.hosts import calc_rule, on_engine
from dealmodel.cli import cli
from dealmodel.hosts.calc.office import find_program

if TYPE_CHECKING:
    from pathlib import Path

SHORTFALL = CATALOGUE["DM_SHORTFALL"]
CASES = """cash,fine,expected,rtol,source
294,892,598,,arithmetic: 892 - 294
"[[294], [null], [""n/a""]]",892,"[[598], [892], [""#VALUE!""]]",,arithmetic: 892 - 294
294,-1,#NUM!,,domain: a fine is at least 0
#N/A,#DIV/0!,#N/A,,the first error
"[294, ""#N/A""]",892,"[598, ""#N/A""]",,an error spoils no neighbour
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "cases"
    path.mkdir()
    (path / "shortfall.csv").write_text(CASES, encoding="utf-8")
    return path


@pytest.fixture
def without_libreoffice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificate, "find_program", lambda _: None)


def host(made: dict[str, Any], name: str) -> dict[str, Any]:
    return next(h for h in made["hosts"] if h["host"] == name)


# -- the certificate -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("without_libreoffice")
def test_it_says_what_was_run_and_what_was_not(folder: Path) -> None:
    made = certify(read_cases(folder), folder)
    assert made["agreed"]
    assert made["cases"]["count"] == 5
    assert "DM_STEP_VALUATION" in made["cases"]["functions_without_cases"]
    python, headless = host(made, "python"), host(made, "headless")
    assert (python["run"], headless["run"]) == (2, 5)
    assert [case["case"] for case in python["not_run"]] == ["DM_SHORTFALL:3", "DM_SHORTFALL:5", "DM_SHORTFALL:6"]
    assert headless["formulas"] == 4 + 1 + 4 + 4 + 1
    assert python["largest_difference"] == headless["largest_difference"] == 0.0
    assert python["version"].startswith("3.")
    assert headless["version"].startswith("formualizer ")


@pytest.mark.usefixtures("without_libreoffice")
def test_hosts_that_agree_to_the_last_bit_have_the_same_hash(folder: Path) -> None:
    made = certify(read_cases(folder), folder)
    assert host(made, "python")["hash"] == host(made, "headless")["hash"]
    assert len(host(made, "python")["hash"]) == 64
    assert certify(read_cases(folder), folder) == made


@pytest.mark.usefixtures("without_libreoffice")
def test_a_host_that_is_absent_has_run_nothing_and_says_why(folder: Path) -> None:
    made = certify(read_cases(folder), folder)
    for name, reason in (("libreoffice", certificate.NO_OFFICE), ("excel", certificate.NO_EXCEL)):
        absent = host(made, name)
        assert (absent["present"], absent["run"], absent["hash"]) == (False, 0, "")
        assert absent["not_run"] == [{"case": "all", "reason": reason}]


@pytest.mark.usefixtures("without_libreoffice")
def test_a_wrong_figure_is_a_failure_on_every_host(folder: Path) -> None:
    path = folder / "shortfall.csv"
    path.write_text(CASES.replace("892,598", "892,599"), encoding="utf-8")
    made = certify(read_cases(folder), folder)
    assert not made["agreed"]
    assert host(made, "python")["failed"] == [
        {"case": "DM_SHORTFALL:2", "way": "python", "gave": [[598.0]], "expected": [[599.0]]}
    ]
    assert len(host(made, "headless")["failed"]) == 4


@pytest.mark.libreoffice
def test_libreoffice_agrees_and_its_own_rules_are_said(folder: Path) -> None:
    if find_program("soffice") is None:
        pytest.skip("LibreOffice is not installed")
    made = certify(read_cases(folder), folder)
    calc = host(made, "libreoffice")
    assert made["agreed"]
    assert (calc["run"], calc["hash"]) == (3, host(made, "python")["hash"])
    assert calc["not_run"] == [
        {"case": "DM_SHORTFALL:5", "reason": "Calc answers a call with errors among its arguments by the last one"},
        {"case": "DM_SHORTFALL:6", "reason": "Calc answers a range that holds an error with Err:504 itself"},
    ]


@pytest.mark.usefixtures("without_libreoffice")
def test_the_command_writes_it_and_fails_where_hosts_differ(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "certificate.json"
    arguments = ["certify", "--cases", str(folder), "-o", str(target)]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    assert "headless     5 cases agree in 14 formulas" in result.output
    assert "libreoffice  not run: LibreOffice is not on this machine" in result.output
    assert json.loads(target.read_text(encoding="utf-8"))["agreed"]
    (folder / "shortfall.csv").write_text(CASES.replace("892,598", "892,599"), encoding="utf-8")
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 1
    assert "headless     4 of 14 formulas differ" in result.output


# -- comparing -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "expected", "same"),
    [
        ([[1.0]], [[1.0 + 1e-13]], True),
        ([[1.0]], [[1.0 + 1e-11]], False),
        ([[0.0]], [[1e-16]], True),
        ([[1.0]], [[True]], False),
        ([[1.0]], [["1"]], False),
        ([[CellError.NUM]], [[CellError.VALUE]], False),
        ([[1.0, 2.0]], [[1.0], [2.0]], False),
        ([[None]], [[0.0]], False),
    ],
)
def test_results_are_compared_in_shape_kind_and_figure(found: Any, expected: Any, same: bool) -> None:  # noqa: ANN401
    assert same_rows(found, expected) is same


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 1), (1, 3), (3, 3), (2, 4)])
def test_a_result_of_another_shape_shows(height: int, width: int) -> None:
    call = Call(SHORTFALL, ([[1.0], [2.0]], [[5.0, 6.0, 7.0]]))
    book = CallBook([(call, height, width)])
    assert not all(same_rows(outcome.rows, [[4.0] * width] * height) for outcome in on_engine(book))


def test_a_result_of_the_right_shape_is_found() -> None:
    call = Call(SHORTFALL, ([[1.0], [2.0]], [[5.0, 6.0, 7.0]]))
    for outcome in on_engine(CallBook([(call, 2, 3)])):
        assert outcome.rows == [[4.0, 5.0, 6.0], [3.0, 4.0, 5.0]]


def test_the_rule_of_calc_is_for_errors_alone() -> None:
    assert calc_rule(Call(SHORTFALL, (1.0, [[2.0, None]]))) is None
    assert calc_rule(Call(SHORTFALL, (CellError.NA, CellError.DIV0)))[1] is CellError.DIV0  # type: ignore[index]
    assert calc_rule(Call(SHORTFALL, (1.0, [[2.0, CellError.NA]])))[1] is CellError.VALUE  # type: ignore[index]
