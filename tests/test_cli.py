from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import openpyxl
import pytest
from click.testing import CliRunner, Result

from dealmodel import cli as command_line
from tests.support.workbooks import deal_book, one_sheet, raw_book, saved, sheet_xml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Call = Callable[..., "Done"]


class Done:
    """What a command printed and how it left."""

    def __init__(self, code: object, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def dealmodel(capsys: pytest.CaptureFixture[str]) -> Call:
    """Return a way to run the command line in this process, as its entry point does."""

    def call(*arguments: object) -> Done:
        with pytest.raises(SystemExit) as left:
            command_line.main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return Done(left.value.code, printed.out, printed.err)

    return call


# -- regenerate --------------------------------------------------------------------------------------------------------


def test_regenerate_writes_the_same_workbook_with_right_numbers(dealmodel: Call, deal: Path) -> None:
    out = deal.with_name("out.xlsx")
    done = dealmodel("regenerate", deal, "--set", "price=300", "-o", out)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0].split() == ["output", "value", "unit", "change"]
    assert lines[1].split() == ["shortfall", "592.00", "USD", "m", "-6.00"]
    assert lines[2].split() == ["offset", "33.63%", "fraction", "+0.67%"]
    assert lines[-1] == f"wrote {out}: 5 cells recalculated to another value"
    assert openpyxl.load_workbook(out, data_only=True)["Results"]["B2"].value == 592
    assert openpyxl.load_workbook(deal, data_only=True)["Results"]["B2"].value == 598


def test_regenerate_in_place_and_twice(dealmodel: Call, deal: Path) -> None:
    assert dealmodel("regenerate", deal, "--in-place", "--set", "price=300").code == 0
    once = deal.read_bytes()
    done = dealmodel("regenerate", deal, "--in-place")
    assert done.out.endswith(f"wrote {deal}: 0 cells recalculated to another value\n")
    assert deal.read_bytes() == once


def test_regenerate_without_a_target_writes_nothing(dealmodel: Call, deal: Path) -> None:
    before = deal.read_bytes()
    done = dealmodel("regenerate", deal, "--set", "price=300")
    assert (done.code, done.out.splitlines()[-1]) == (0, "nothing written; 5 cells would change")
    assert deal.read_bytes() == before
    assert [path.name for path in deal.parent.iterdir()] == ["deal.xlsx"]


def test_scenario_comes_first_then_the_file_then_the_options(dealmodel: Call, deal: Path) -> None:
    inputs = deal.with_name("inputs.toml")
    inputs.write_text('price = 100\nfine = 900\n[stake]\n"As reported" = 0.25\n')
    done = dealmodel("regenerate", deal, "--set", "price=200", "--scenario", "as filed", "--inputs", inputs, "--json")
    assert done.code == 0
    values = {output["name"]: output for output in json.loads(done.out)["outputs"]}
    assert values["shortfall"] == {
        "name": "shortfall",
        "cell": "Results!B2",
        "label": "shortfall",
        "unit": "USD m",
        "value": 700.0,
        "before": 598.0,
    }
    assert values["value_of_all"]["value"] == pytest.approx(200 / 0.51)


def test_the_last_of_several_settings_counts(dealmodel: Call, deal: Path) -> None:
    done = dealmodel("regenerate", deal, "--set", "price=1", "--set", "Inputs!D5=2", "--set", "price= 300 ", "--json")
    assert json.loads(done.out)["outputs"][0]["value"] == 592.0


def test_check_tells_fresh_from_stale(dealmodel: Call, deal: Path) -> None:
    before = deal.read_bytes()
    assert dealmodel("regenerate", deal, "--check").code == 0
    assert dealmodel("regenerate", deal, "--check", "--set", "price=300").code == 3
    deal.write_bytes(saved(deal_book()))
    assert dealmodel("regenerate", deal, "--check").code == 3, "values that were never computed are stale"
    deal.write_bytes(before)


def test_cells_that_keep_their_values_are_exit_code_4(dealmodel: Call, tmp_path: Path) -> None:
    path = tmp_path / "odd.xlsx"
    path.write_bytes(
        raw_book('<row r="1"><c r="A1"><f>NOSUCH(1)</f><v>5</v></c><c r="B1"><f>A1*2</f><v>10</v></c></row>')
    )
    done = dealmodel("regenerate", path, "--in-place")
    assert done.code == 4
    assert "note: S!A1 keeps its stored value: there is no function NOSUCH here" in done.out
    assert dealmodel("regenerate", path, "--check").code == 4
    path.write_bytes(
        raw_book('<row r="1"><c r="A1"><f>NOSUCH(1)</f><v>5</v></c><c r="B1"><f>1+1</f><v>11</v></c></row>')
    )
    assert dealmodel("regenerate", path, "--check").code == 3, "stale comes before kept"


def test_strict_writes_nothing_while_a_cell_cannot_be_computed(dealmodel: Call, tmp_path: Path) -> None:
    path, out = tmp_path / "odd.xlsx", tmp_path / "out.xlsx"
    path.write_bytes(raw_book('<row r="1"><c r="A1"><f>NOSUCH(1)</f><v>5</v></c><c r="B1"><f>1+1</f></c></row>'))
    before = path.read_bytes()
    done = dealmodel("regenerate", path, "--strict", "-o", out)
    assert (done.code, out.exists()) == (4, False)
    assert done.err == "dealmodel: --strict writes nothing while a cell cannot be computed\n"
    assert "note: S!A1 keeps its stored value" in done.out
    assert dealmodel("regenerate", path, "--strict", "--in-place").code == 4
    assert path.read_bytes() == before
    assert json.loads(dealmodel("regenerate", path, "--strict", "-o", out, "--json").out)["written"] is None
    path.write_bytes(raw_book('<row r="1"><c r="B1"><f>1+1</f></c></row>'))
    assert dealmodel("regenerate", path, "--strict", "-o", out).code == 0
    assert out.exists()


def test_seed_is_told_and_gives_its_numbers(dealmodel: Call, tmp_path: Path) -> None:
    path = tmp_path / "chance.xlsx"
    path.write_bytes(saved(one_sheet({"A1": "=RAND()", "B1": "=RANDBETWEEN(1,1E9)"})))

    def drawn(*options: str) -> tuple[object, ...]:
        out = tmp_path / "out.xlsx"
        told = json.loads(dealmodel("regenerate", path, "-o", out, "--json", *options).out)
        return told["seed"], sheet_xml(out.read_bytes())

    assert drawn() == drawn("--seed", "0")
    assert drawn("--seed", "7") == drawn("--seed", "7")
    assert drawn("--seed", "7")[0] == 7
    assert drawn("--seed", "7")[1] != drawn("--seed", "8")[1]
    assert dealmodel("regenerate", path, "--seed", "-1").code == 2


def test_what_was_stored_as_something_else_is_told_with_both_values(dealmodel: Call, tmp_path: Path) -> None:
    path = tmp_path / "stale.xlsx"
    path.write_bytes(raw_book('<row r="1"><c r="A1"><v>3</v></c><c r="B1"><f>A1*2</f><v>7</v></c></row>'))
    done = dealmodel("regenerate", path)
    assert "note: S!B1 is 6 but was stored as 7, though nothing behind it has changed" in done.out
    assert done.code == 0
    told = json.loads(dealmodel("regenerate", path, "--set", "S!A1=4", "--json").out)
    assert told["disagreements"] == [{"cell": "S!B1", "value": 6.0, "stored": 7.0}]


def test_many_notes_are_cut_on_the_console_and_whole_in_json(dealmodel: Call, tmp_path: Path) -> None:
    path = tmp_path / "odd.xlsx"
    path.write_bytes(saved(one_sheet({f"A{i}": "=NOSUCH(1)" for i in range(1, 31)})))
    assert "note: and 10 more; --json has them all" in dealmodel("regenerate", path).out
    assert len(json.loads(dealmodel("regenerate", path, "--json").out)["notes"]) == 30


def test_clock_is_told_and_given(dealmodel: Call, tmp_path: Path) -> None:
    path = tmp_path / "clock.xlsx"
    path.write_bytes(saved(one_sheet({"A1": "=TODAY()", "B1": "=RAND()"})))
    done = dealmodel("regenerate", path, "--now", "2018-06-30", "--in-place")
    assert "note: NOW() and TODAY() gave 2018-06-30 00:00:00; --now gives them another time" in done.out
    assert "note: RAND() and its kin gave the numbers of seed 0; --seed gives them others" in done.out
    first = path.read_bytes()
    assert dealmodel("regenerate", path, "--now", "2018-06-30", "--in-place").code == 0
    assert path.read_bytes() == first
    assert dealmodel("regenerate", path, "--now", "2018-06-30T12:00").code == 0
    done = dealmodel("regenerate", path, "--now", "tomorrow")
    assert (done.code, "--now: tomorrow is not a date such as 2018-06-30" in done.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--set", "prise=1"], "deal.xlsx has no name prise; did you mean price?"),
        (
            ["--set", "shortfall=1"],
            "shortfall (Results!B2) holds the formula =DM_SHORTFALL(price,fine); change what it",
        ),
        (["--set", "price=abc"], "price (Inputs!D5) must be a number; got 'abc'"),
        (["--set", "price=nan"], "price (Inputs!D5) must be a number; got 'nan'"),
        (["--set", "price=1e999"], "price takes a finite number; got inf"),
        (["--set", "price"], "price is not NAME=VALUE, such as price=300"),
        (["--set", "=3"], "=3 is not NAME=VALUE, such as price=300"),
        (["--set", "price==3"], "=3 is a formula; an input takes a value"),
        (["--set", "price=1,5"], "1,5 has a comma that is not one of thousands"),
        (["--set", "Inputs!A1:B2=3"], "Inputs!A1:B2 is not one cell; write it as Inputs!A1"),
        (["--set", "Nowhere!A1=3"], "has no sheet Nowhere"),
        (["--scenario", "As fild"], "has no scenario As fild; did you mean As filed?"),
        (["--inputs", "none.csv"], "none.csv cannot be read: No such file or directory"),
        (["-o", "none/out.xlsx"], "none/out.xlsx cannot be written: No such file or directory"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_1(dealmodel: Call, deal: Path, arguments: list[str], words: str) -> None:
    before = deal.read_bytes()
    done = dealmodel("regenerate", deal, *arguments)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("dealmodel: ")
    assert len(done.err.splitlines()) == 1
    assert words in done.err
    assert deal.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("none.xlsx", None, "there is no file"),
        ("folder.xlsx", "folder", "is a folder; a workbook was expected"),
        ("empty.xlsx", b"", "empty.xlsx is empty"),
        ("text.xlsx", b"name,value", "text.xlsx is not an Excel workbook"),
        ("old.xls", bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 99, "old.xls is an old .xls file; save it as .xlsx"),
        ("half.xlsx", "half", "half.xlsx is truncated or damaged; restore it from a copy"),
        ("locked.xlsx", "locked", "locked.xlsx is open in Excel; save and close it there"),
    ],
)
def test_file_that_is_no_workbook_is_one_line(
    dealmodel: Call, deal: Path, name: str, content: bytes | str | None, words: str
) -> None:
    path = deal.with_name(name)
    if content == "folder":
        path.mkdir()
    elif content == "half":
        path.write_bytes(deal.read_bytes()[:2000])
    elif content == "locked":
        shutil.copy(deal, path)
        path.with_name("~$locked.xlsx").write_bytes(b"")
    elif isinstance(content, bytes):
        path.write_bytes(content)
    done = dealmodel("regenerate", path)
    assert (done.code, done.out, len(done.err.splitlines())) == (1, "", 1)
    assert words in done.err


def test_target_that_libreoffice_has_open_is_refused(dealmodel: Call, deal: Path) -> None:
    deal.with_name(".~lock.out.xlsx#").write_bytes(b"")
    done = dealmodel("regenerate", deal, "-o", deal.with_name("out.xlsx"))
    assert (done.code, "out.xlsx is open in LibreOffice" in done.err) == (1, True)
    assert not deal.with_name("out.xlsx").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["regenerate"],
        ["regenerate", "deal.xlsx", "--in-place", "--check"],
        ["regenerate", "deal.xlsx", "-o", "out.xlsx", "--in-place"],
        ["regenerate", "deal.xlsx", "-o", "out.xlsm"],
        ["regenerate", "deal.xlsx", "-o", "out"],
        ["regenerate", "deal.xlsx", "--no-such-option"],
        ["regenerate", "deal.xlsx", "--timeout", "nan"],
        ["regenerate", "deal.xlsx", "--timeout", "inf"],
        ["regenerate", "deal.xlsx", "other.xlsx"],
        ["no-such-command"],
        ["template", "-o", "out.csv"],
        ["functions", "DM_SHORTFALL", "--markdown"],
    ],
)
def test_wrong_usage_is_exit_code_2(dealmodel: Call, arguments: list[str]) -> None:
    done = dealmodel(*arguments)
    assert done.code == 2
    assert "Error: " in done.err


@pytest.mark.parametrize(("word", "words"), [("regnerate", "did you mean regenerate?"), ("help", "there are calc, ")])
def test_command_that_there_is_not_is_named_with_those_like_it(dealmodel: Call, word: str, words: str) -> None:
    assert f"there is no command {word}; {words}" in dealmodel(word, "deal.xlsx").err


@pytest.mark.parametrize("command", [["freeze"], ["retarget", "--host", "calc"], ["regenerate"]])
def test_workbook_that_is_not_there_is_said_where_its_name_tells_no_kind(dealmodel: Call, command: list[str]) -> None:
    done = dealmodel(*command, "none", "-o", "out.xlsx")
    assert (done.code, done.err) == (1, "dealmodel: there is no file none\n")


def test_freezing_a_workbook_into_itself_is_refused(dealmodel: Call, deal: Path) -> None:
    before = deal.read_bytes()
    done = dealmodel("freeze", deal, "-o", deal)
    assert (done.code, "is the workbook itself, which would be replaced" in done.err) == (1, True)
    assert deal.read_bytes() == before


def test_help_and_version_work_with_the_runner_of_click() -> None:
    runner = CliRunner()
    for arguments in (["--help"], ["-h"], ["--version"], ["regenerate", "--help"], ["show", "--help"]):
        result: Result = runner.invoke(command_line.cli, arguments)
        assert (result.exit_code, result.exception) == (0, None), (arguments, result.output)
    assert runner.invoke(command_line.cli, ["--version"]).output.startswith("dealmodel ")


# -- show, functions ---------------------------------------------------------------------------------------------------


def test_show_prints_names_with_units_and_sources(dealmodel: Call, deal: Path) -> None:
    done = dealmodel("show", deal)
    assert done.code == 0
    assert re.search(r"^price +294\.00 +USD m +price +filing$", done.out, re.MULTILINE)
    assert re.search(r"^offset +32\.96% +fraction +offset$", done.out, re.MULTILINE)
    assert "scenario: As filed" in done.out


def test_show_gives_json(dealmodel: Call, deal: Path) -> None:
    shown = json.loads(dealmodel("show", deal, "--json").out)
    assert shown["scenarios"] == ["As reported", "As filed"]
    price = next(n for n in shown["names"] if n["name"] == "price")
    assert price["scenarios"] == {"As reported": 294.0, "As filed": 193.3}
    assert (price["kind"], price["value"], price["cell"]) == ("input", 294.0, "Inputs!B5")


def test_show_of_a_book_without_names_says_how_to_go_on(dealmodel: Call, tmp_path: Path) -> None:
    path = tmp_path / "plain.xlsx"
    path.write_bytes(saved(one_sheet({"A1": 1})))
    assert "no cell has a name; give names in Excel, or use addresses such as Sheet1!A1" in dealmodel("show", path).out
    assert dealmodel("regenerate", path).out == "nothing written; 0 cells would change\n"


def test_errors_in_outputs_are_shown_as_cells_show_them(dealmodel: Call, tmp_path: Path) -> None:
    path = tmp_path / "errors.xlsx"
    path.write_bytes(saved(one_sheet({"A1": "=1/0", "B1": '="a"&CHAR(10)&"b"'}, {"ratio": "S!$A$1", "text": "S!$B$1"})))
    done = dealmodel("show", path)
    assert "#DIV/0!" in done.out
    assert re.search(r"^text +a b", done.out, re.MULTILINE), "a text with several lines is one line of the table"
    assert json.loads(dealmodel("regenerate", path, "--json").out)["outputs"][0]["value"] == "#DIV/0!"


def test_functions_are_listed_and_explained(dealmodel: Call) -> None:
    listing = dealmodel("functions").out
    assert "  DM_STEP_VALUATION " in listing
    assert "Valuation" in listing.splitlines()
    for name in ("DM_STEP_VALUATION", "step_valuation", "dm_step_valuation"):
        assert dealmodel("functions", name).out.startswith("DM_STEP_VALUATION(consideration, stake_before, stake_after")
    done = dealmodel("functions", "STEP_VALUTION")
    assert (done.code, "did you mean" in done.err, len(done.err.splitlines())) == (1, True, 1)


def loaded(heavy: tuple[str, ...], *arguments: str) -> str:
    """Return which of some modules a command imports."""
    script = (
        f"import sys\nfrom dealmodel.cli import main\ntry:\n    main({arguments!r})\nexcept SystemExit:\n    pass\n"
        f"print(*[m for m in {heavy!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    return done.stderr.strip()


def test_functions_do_not_load_the_engine() -> None:
    assert loaded(("formualizer", "openpyxl", "pandas", "rich", "xlwings"), "functions") == ""


RARE = ("fractions", "hashlib", "numpy.ma", "scipy", "secrets", "dealmodel.workbook.validation")


def test_regenerating_loads_numpy_for_our_functions_alone_and_never_what_few_books_need(
    deal: Path, tmp_path: Path
) -> None:
    plain = tmp_path / "plain.xlsx"
    plain.write_bytes(saved(one_sheet({"A1": 2, "A2": "=SUM(A1,3)"}, {"total": "S!$A$2"})))
    heavy = ("numpy", *RARE)
    assert loaded(heavy, "regenerate", str(plain), "-o", str(tmp_path / "out.xlsx")) == ""
    assert loaded(heavy, "regenerate", str(deal), "-o", str(tmp_path / "deal.xlsx")) == "numpy"
