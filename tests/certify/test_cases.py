from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dealmodel.catalogue import CATALOGUE
from dealmodel.cells import OMITTED, CellError
from dealmodel.certify.cases import FOLDER, CasesError, case_file, read_cases
from tests.support.cases import load_cases

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "cash,fine,expected,rtol,source\n"


def write(folder: Path, *lines: str) -> Path:
    (folder / "shortfall.csv").write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_the_golden_cases_are_those_of_the_tests() -> None:
    cases = read_cases()
    for name in ("step_valuation", "liquidation", "why"):
        own = [case for case in cases if case.call.entry.function.__name__ == name]
        assert [case.call.arguments for case in own] == [case.given for case in load_cases(name)]
        assert [case.rtol for case in own] == [case.rtol for case in load_cases(name)]


def test_what_a_field_may_hold(tmp_path: Path) -> None:
    folder = write(tmp_path, '"[[1], [null], [""#N/A""]]",,#VALUE!,1e-3,here')
    (case,) = read_cases(folder)
    assert case.call.arguments == ([[1.0], [None], [CellError.NA]],)
    assert (case.expected, case.rtol, case.name) == ([[CellError.VALUE]], 1e-3, "DM_SHORTFALL:2")


def test_an_argument_left_out_before_another_is_kept(tmp_path: Path) -> None:
    (case,) = read_cases(write(tmp_path, ",892,#VALUE!,,here"))
    assert case.call.arguments == (OMITTED, 892.0)


@pytest.mark.parametrize("line", ["1,2,nonsense,,here", "1,2,3,close,here", "1,2", "1,2,3,4,5,6"])
def test_a_line_that_is_no_case_is_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(CasesError, match=r"shortfall.csv, line 2 is not a case"):
        read_cases(write(tmp_path, line))


def test_no_cases_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CasesError, match=r"there are no cases in .*; give their folder with --cases"):
        read_cases(tmp_path)


def test_the_golden_cases_lie_within_the_package() -> None:
    entry = CATALOGUE["DM_SHORTFALL"]
    assert case_file(entry) == FOLDER / "shortfall.csv"
    assert case_file(entry).is_file()
