"""A real LibreOffice: the functions typed by hand, the wizard, errors, files in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dealmodel.catalogue import CATALOGUE
from dealmodel.certify.certificate import same_rows
from dealmodel.certify.hosts import CalcSheet
from dealmodel.hosts.calc.config import CATEGORIES
from dealmodel.hosts.calc.environment import Environment
from dealmodel.hosts.calc.extension import build
from dealmodel.hosts.calc.interface import spread
from dealmodel.hosts.calc.names import calc_name
from dealmodel.hosts.calc.office import Office, OfficeError, find_program
from dealmodel.workbook.address import CellAt
from dealmodel.workbook.model import Model
from dealmodel.workbook.retarget import retarget
from dealmodel.workbook.stored.package import Package

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.libreoffice

NUM, NA, DIV0, VALUE, NAME, PARAMETER = (503,), (32767,), (532,), (519,), (525,), (504,)
"""Calc's errors, as the driver reads them."""
FINANCIAL, INFORMATION, STATISTICAL = 3, 4, 8
"""Calc's categories."""


@pytest.fixture
def book(office: Office) -> Iterator[int]:
    number = office.ask("new")
    yield number
    office.ask("close", number)


def typed(office: Office, book: int, formula: str) -> Any:  # noqa: ANN401
    """Type a formula into a cell and return what it gives."""
    office.ask("enter", book, "Sheet1", [("Z99", formula)])
    return office.ask("read", book, "Sheet1", "Z99:Z99")[0][0]


# -- typed by hand -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "result"),
    [
        ("=DM_SHORTFALL(294;892)", 598.0),
        ("=dm_shortfall(294;892)+1", 599.0),
        ("=DM_SHORTFALL(DM_SHORTFALL(1;5);10)", 6.0),
        ("=SUM(DM_SHORTFALL({1|2|3};10))", 24.0),
        ("=DM_RECONCILES(1;0;2)", 1.0),
        ('=IF(DM_RECONCILES(1;0;2);"yes";"no")', "yes"),
        ("=NOT(DM_RECONCILES(3;0;2))", 1.0),
        ("=DM_ENTERPRISE_VALUE(10;;3)", 7.0),
        ("=DM_ENTERPRISE_VALUE(10;;3;;)", 7.0),
        ("=DM_STEP_VALUATION(1;0.5;0.2)", NUM),
        ("=IFERROR(DM_STEP_VALUATION(1;0.5;0.2);-1)", -1.0),
        ("=ISERR(DM_STEP_VALUATION(1;0.5;0.2))", 1.0),
        ('=DM_SHORTFALL("n/a";1)', VALUE),
        ("=DM_SHORTFALL(1)", VALUE),
        ("=DM_SHORTFALL(NA();1)", NA),
        ("=DM_SHORTFALL(1;1/0)", DIV0),
        ("=DM_SHORTFALL(DM_STEP_VALUATION(1;0.5;0.2);10)", NUM),
        ("=DM_SHORTFALL(A1;3)", 3.0),
        ('=DM_WHY("shortfall";294;-1)', "fine must be at least 0; got -1"),
        ('=DM_WHY("DM_EXPECTED_VALUE";{1;2};{0.5;0.4})', "probabilities must sum to 1; got 0.5, 0.4"),
        ("=DM_NO_SUCH_FUNCTION(1)", NAME),
    ],
)
def test_a_formula_typed_by_hand(office: Office, book: int, formula: str, result: object) -> None:
    assert typed(office, book, formula) == result


def test_a_column_against_a_row_is_a_grid_and_the_rest_is_not_available(office: Office, book: int) -> None:
    office.ask("put", book, "Sheet1", [("A1", 1), ("A2", 2), ("C1", 5), ("D1", 6)])
    office.ask("enter", book, "Sheet1", [("F1:H3", "=DM_SHORTFALL(A1:A2;C1:D1)")])
    assert office.ask("read", book, "Sheet1", "F1:H3") == [[4.0, 5.0, NA], [3.0, 4.0, NA], [NA, NA, NA]]


def test_a_series_keeps_its_orientation(office: Office, book: int) -> None:
    office.ask("put", book, "Sheet1", [("A1", 100), ("A2", 250), ("C1", 100), ("D1", 250)])
    arrays = [("F1:F2", "=DM_CASH_WATERFALL(294;A1:A2)"), ("H1:I1", "=DM_CASH_WATERFALL(294;C1:D1)")]
    office.ask("enter", book, "Sheet1", arrays)
    assert office.ask("read", book, "Sheet1", "F1:F2") == [[100.0], [194.0]]
    assert office.ask("read", book, "Sheet1", "H1:I1") == [[100.0, 194.0]]


def test_a_blank_is_0_and_a_bad_cell_spoils_no_neighbour(office: Office, book: int) -> None:
    office.ask("put", book, "Sheet1", [("A2", 294), ("A3", "n/a"), ("B2", -1)])
    office.ask("enter", book, "Sheet1", [("F1:F3", "=DM_SHORTFALL(A1:A3;892)"), ("G1:G2", "=DM_SHORTFALL(1;B1:B2)")])
    assert office.ask("read", book, "Sheet1", "F1:F3") == [[892.0], [598.0], [VALUE]]
    assert office.ask("read", book, "Sheet1", "G1:G2") == [[0.0], [NUM]]


def test_calc_itself_refuses_a_range_that_holds_an_error(office: Office, book: int) -> None:
    """Where this fails, Calc has learnt to hand such ranges over, and `calc_rule` and the documentation can go."""
    office.ask("enter", book, "Sheet1", [("A1", "=NA()")])
    assert typed(office, book, "=DM_CASH_LEFT(294;A1:A2)") == PARAMETER


# -- the wizard ----------------------------------------------------------------------------------------------------


def test_the_wizard_shows_every_function_with_its_arguments(office: Office) -> None:
    wizard = office.ask("wizard")
    assert wizard.keys() == CATALOGUE.keys()
    numbers = {"Statistical": STATISTICAL, "Information": INFORMATION}
    for name, entry in CATALOGUE.items():
        said = wizard[name]
        assert said["category"] == numbers.get(CATEGORIES.get(entry.category, ""), FINANCIAL)
        assert f"(dealmodel: {entry.category})" in said["description"]
        assert [argument for argument, _, _ in said["arguments"]] == [shown for shown, _ in spread(entry)]
        assert all(text and optional for _, text, optional in said["arguments"])


# -- files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("suffix", "kind"), [(".xlsx", "Calc MS Excel 2007 XML"), (".ods", "calc8")])
def test_what_calc_saves_it_opens_again(office: Office, book: int, tmp_path: Path, suffix: str, kind: str) -> None:
    office.ask("put", book, "Sheet1", [("A1", 294)])
    office.ask("enter", book, "Sheet1", [("B1", "=DM_SHORTFALL(A1;892)"), ("B2:B3", "=DM_SHORTFALL(A1:A2;1000)")])
    path = tmp_path / f"typed{suffix}"
    office.ask("save", book, str(path), kind)
    again = office.ask("load", str(path))
    office.ask("calculate", again)
    assert office.ask("read", again, "Sheet1", "B1:B3") == [[598.0], [706.0], [1000.0]]
    assert office.ask("formulas", again, "Sheet1", "B1:B1") == [[f"={calc_name('DM_SHORTFALL')}(A1;892)"]]
    office.ask("close", again)


def test_what_calc_saves_is_regenerated_headless(office: Office, book: int, tmp_path: Path) -> None:
    office.ask("put", book, "Sheet1", [("A1", 294)])
    office.ask("enter", book, "Sheet1", [("B1", "=DM_ENTERPRISE_VALUE(A1;;100)"), ("B2", "=DM_SHORTFALL(A1;-1)")])
    path = tmp_path / "typed.xlsx"
    office.ask("save", book, str(path), "Calc MS Excel 2007 XML")
    model = Model.open(path)
    model["Sheet1!A1"] = 300.0
    assert model["Sheet1!B1"] == 200.0
    path.write_bytes(retarget(Package(model.to_bytes(), path.name), "calc").data)
    again = office.ask("load", str(path))
    sheet = CalcSheet(office.ask("read_all", again)["Sheet1"])
    for row in (1, 2):
        at = CellAt("Sheet1", row, 2)
        assert same_rows([[sheet.value(at)]], [[model.value_at(at)]])
    office.ask("close", again)


# -- when it does not work -----------------------------------------------------------------------------------------


def test_a_request_that_fails_says_why(office: Office) -> None:
    with pytest.raises(OfficeError, match="LibreOffice fails at load"):
        office.ask("load", "/no/such/file.ods")


@pytest.mark.skipif(find_program("soffice") is None, reason="LibreOffice is not installed")
def test_without_the_packages_one_line_says_what_is_missing() -> None:
    own = Environment.of()
    with Office(build(Environment(own.executable, own.python, ("/no/such/folder",)))) as office:
        book = office.ask("new")
        said = typed(office, book, "=DM_VERSION()")
        assert said.startswith("dealmodel cannot run: LibreOffice's Python ")
        assert "cannot import NumPy" in said
        assert "\n" not in said
        assert typed(office, book, '=DM_WHY("shortfall";1;2)') == said
        assert typed(office, book, "=DM_SHORTFALL(1;2)") == NAME
