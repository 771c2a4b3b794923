"""The job of the extension that rebinds canonical names when a spreadsheet is opened."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from dealmodel.hosts.calc import rebind
from dealmodel.hosts.calc.names import calc_name
from tests.support.canonical_book import canonical_book

if TYPE_CHECKING:
    from dealmodel.hosts.calc.office import Office

SHORTFALL = calc_name("DM_SHORTFALL")
NAME = (525,)
in_libreoffice = pytest.mark.libreoffice


@pytest.fixture(autouse=True)
def _functions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebind, "functions", lambda: {"dmshortfall": "DM_SHORTFALL"})


# -- formulas ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "entered"),
    [
        ("=dm_shortfall(A1;2)", "=DM_SHORTFALL(A1;2)"),
        ("=1+dm_shortfall(dm_of_another_year(1);2)", "=1+DM_SHORTFALL(DM_OF_ANOTHER_YEAR(1);2)"),
        ("=_xldudf_dm_shortfall(1;2)", "=DM_SHORTFALL(1;2)"),
        ("org.dealmodel.calcaddin.dmshortfall(1;A1)>1", "DM_SHORTFALL(1;A1)>1"),
        ('=dm_shortfall("dm_shortfall(";2)', '=DM_SHORTFALL("dm_shortfall(";2)'),
        ("='dm_x(1)'.A1+dm_shortfall (1;2)", "='dm_x(1)'.A1+DM_SHORTFALL (1;2)"),
    ],
)
def test_an_unknown_function_of_ours_is_entered_under_its_name(formula: str, entered: str) -> None:
    assert rebind.has_unknown(formula)
    assert rebind.entered(formula) == entered


@pytest.mark.parametrize(
    "formula",
    [f"={SHORTFALL}(1;2)", '="dm_shortfall("', "='dm_x('.A1", "=dm_shortfall", "=adm_shortfall(1)", "=x.dm_y(1)", "=1"],
)
def test_anything_else_is_left_alone(formula: str) -> None:
    assert not rebind.has_unknown(formula)
    assert rebind.entered(formula) == formula


# -- documents -----------------------------------------------------------------------------------------------------


def document(service: str, **arguments: object) -> Any:  # noqa: ANN401
    facts = [SimpleNamespace(Name=name, Value=value) for name, value in arguments.items()]
    return SimpleNamespace(supportsService=lambda name: name == service, getArgs=lambda: facts)


def test_only_spreadsheets_that_a_user_sees_are_touched() -> None:
    calc = "com.sun.star.sheet.SpreadsheetDocument"
    assert rebind.is_visible_spreadsheet(document(calc, Hidden=False, URL="file:///book.xlsx"))
    assert not rebind.is_visible_spreadsheet(document(calc, Hidden=True))
    assert not rebind.is_visible_spreadsheet(document("com.sun.star.text.TextDocument"))


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "canonical.xlsx"
    path.write_bytes(canonical_book())
    return path


@in_libreoffice
def test_a_document_in_view_is_rebound_and_unmodified(office: Office, book: Path) -> None:
    number = office.ask("load_in_view", str(book))
    assert office.ask("read", number, "S", "B1:E2") == [
        [598.0, 598.0, 706.0, 599.0],
        ["DM_SHORTFALL(", 792.0, 900.0, ""],
    ]
    assert office.ask("formulas", number, "S", "B1:B1") == [[f"={SHORTFALL}(A1;892)"]]
    assert office.ask("formulas", number, "S", "D2:D2") == [[f"{{={SHORTFALL}(A1:A2;{{892;1000}})}}"]]
    assert not office.ask("is_modified", number)
    assert office.ask("read", number, "P", "A1:A1") == [[1.0]]
    office.ask("close", number)


@in_libreoffice
def test_names_conditions_and_validations_are_rebound_too(office: Office, book: Path, tmp_path: Path) -> None:
    number = office.ask("load_in_view", str(book))
    office.ask("save", number, str(tmp_path / "rebound.ods"), "calc8")
    office.ask("close", number)
    with zipfile.ZipFile(tmp_path / "rebound.ods") as archive:
        content = archive.read("content.xml").decode()
    for attribute in ("table:expression", "table:condition", "style:condition", "calcext:value"):
        assert re.search(rf'{attribute}="[^"]*{re.escape(SHORTFALL)}\(', content), attribute


@in_libreoffice
def test_a_document_out_of_sight_is_left_as_it_is(office: Office, book: Path) -> None:
    number = office.ask("load", str(book))
    office.ask("calculate", number)
    assert office.ask("read", number, "S", "B1:B1") == [[NAME]]
    assert office.ask("formulas", number, "S", "B1:B1") == [["=dm_shortfall(A1;892)"]]
    office.ask("close", number)


@in_libreoffice
@pytest.mark.parametrize("name", ["deal_template", "zte_alibaba_2018"])
def test_our_workbooks_open_bound_and_unmodified(office: Office, name: str) -> None:
    """They have charts, which count as modified when they hear of new results."""
    number = office.ask("load_in_view", str(Path(__file__).parents[3] / "workbooks" / f"{name}.xlsx"))
    office.ask("process_events")
    assert not office.ask("is_modified", number)
    formulas = office.ask("formulas", number, "Offset", "D1:D60")
    assert any("ORG.DEALMODEL.CALCADDIN." in formula for (formula,) in formulas)
    assert not any("dm_" in formula for (formula,) in formulas)
    office.ask("close", number)
