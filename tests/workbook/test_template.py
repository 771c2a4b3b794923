"""The template and the worked case: what their layout promises."""

from __future__ import annotations

import hashlib
import io
import math
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import openpyxl
import pytest
from openpyxl.formula.translate import Translator

from dealmodel.catalogue import CATALOGUE
from dealmodel.cells import CellError
from dealmodel.domain import Kind
from dealmodel.errors import InputRefusedError, UnknownNameError
from dealmodel.workbook.model import Model
from dealmodel.workbook.template import CASES, build
from dealmodel.workbook.template.case import SCENARIOS, read_case
from dealmodel.workbook.template.draw import LAYOUT, draw
from dealmodel.workbook.template.inputs import INPUTS
from dealmodel.workbook.template.layout import (
    COLUMNS,
    HEADER,
    LIVE,
    SCENARIO_COLUMNS,
    YEARS,
    Input,
    Result,
    Role,
    Section,
    Series,
    Unit,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openpyxl.workbook.workbook import Workbook

    from dealmodel.domain import Domain

RESULT_SHEETS = ["Simulation", "Sensitivity"]
BOOKS = Path(__file__).parents[2] / "workbooks"
RESULTS = LAYOUT.sheets[1:]
ROWS = [row for section in INPUTS.sections for row in section.rows if isinstance(row, Input)]
COMPUTED = [
    (sheet, at, row) for sheet in RESULTS for at, row in LAYOUT.placed(sheet) if not isinstance(row, (Section, Input))
]
VOLATILE = re.compile(r"\b(NOW|TODAY|RAND|RANDBETWEEN|RANDARRAY|OFFSET|INDIRECT|CELL|INFO)\(")


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def built(case: str) -> bytes:
    return build(case)


@pytest.fixture(scope="module")
def book(built: bytes) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(built))


@pytest.fixture(scope="module")
def values(built: bytes) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(built), data_only=True)


def formulas(book: Workbook) -> Iterator[str]:
    for sheet in book:
        for cells in sheet.iter_rows():
            yield from (cell.value for cell in cells if isinstance(cell.value, str) and cell.value.startswith("="))


# -- the file ----------------------------------------------------------------------------------------------------


def test_the_committed_workbook_is_what_building_gives(case: str, built: bytes) -> None:
    assert (BOOKS / f"{case}.xlsx").read_bytes() == built


@pytest.mark.slow
def test_lxml_makes_no_difference(case: str, built: bytes) -> None:
    other = str(not openpyxl.xml.LXML)
    code = (
        "import hashlib, sys, openpyxl.xml; from dealmodel.workbook.template import build; "
        "print(openpyxl.xml.LXML, hashlib.sha256(build(sys.argv[1])).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, case],
        env=os.environ | {"OPENPYXL_LXML": other},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [other, hashlib.sha256(built).hexdigest()]


def test_no_spreadsheet_program_recalculates_on_opening(built: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(built)) as archive:
        workbook = archive.read("xl/workbook.xml").decode()
        application = archive.read("docProps/app.xml").decode()
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    calculation = re.search(r"<calcPr[^>]*>", workbook)
    assert calculation
    assert 'calcId="191029"' in calculation[0]
    assert "fullCalcOnLoad" not in calculation[0]
    assert "<Application>Microsoft Excel</Application>" in application


def test_stored_values_are_those_that_the_formulas_give(built: bytes, case: str) -> None:
    model = Model.from_bytes(built, case)
    model.recalculate()
    assert model.changes() == {}
    assert model.kept == ()
    assert model.to_bytes() == built


def test_a_case_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownNameError, match=r"no case lazada; there are deal_template, zte_alibaba_2018"):
        build("lazada")


# -- layout ------------------------------------------------------------------------------------------------------


def test_sheets_stand_in_order(book: Workbook) -> None:
    assert book.sheetnames == ["About", "Inputs", "Valuation", "Stake", "Offset", "Funding", "Checks", *RESULT_SHEETS]


def test_headers_say_what_a_column_holds(book: Workbook, case: str) -> None:
    header = [cell.value for cell in book["Inputs"][HEADER]]
    tail = ["Rounded to (±)", "As of", "Source", "Low", "High"]
    assert header == ["Item", "Name", "Unit", '="Live: "&scenario', *read_case(case).scenarios, *tail]
    links = [f"=Inputs!{column}{HEADER}" for column in COLUMNS]
    for sheet in RESULTS:
        assert [c.value for c in book[sheet.name][HEADER]] == ["Item", "Name", "Unit", *links, "How it is computed"]


def test_every_name_is_the_live_cells_of_its_row_or_series(book: Workbook) -> None:
    names = {name: definition.attr_text for name, definition in book.defined_names.items()}
    assert names.pop("scenario") == "Inputs!$D$4"
    assert names.pop("scenario_number") == "Inputs!$D$5"
    assert names.pop("certificate").startswith("About!$B$")
    assert names.pop("scenario_names") == f"Inputs!$E${HEADER}:$I${HEADER}"
    for name, place in LAYOUT.places.items():
        area = f"${LIVE}${place.row}" + (f":${LIVE}${place.last}" if place.length > 1 else "")
        assert names.pop(name) == f"{place.sheet}!{area}"
        assert book[place.sheet][f"B{place.row - (place.length > 1)}"].value == name
    assert not names


def test_names_are_the_fields_terms_and_no_cell_references(book: Workbook) -> None:
    for name in book.defined_names:
        assert re.fullmatch(r"[a-z][a-z]+(_[a-z0-9]+)*", name)
        assert not re.fullmatch(r"[a-z]{1,3}\d+|r\d*c\d*", name)


def test_no_name_stands_twice() -> None:
    names = [row.name for row in ROWS]
    for _, _, row in COMPUTED:
        names += [row.name] if isinstance(row, Result) else [row.name, *(name for name, _ in row.labels)]
    assert sorted(names) == sorted(LAYOUT.places)


def test_the_scenario_is_picked_from_a_list(book: Workbook, case: str) -> None:
    sheet = book["Inputs"]
    assert sheet["D4"].value in read_case(case).scenarios
    assert sheet["D5"].value == "=MATCH(scenario,scenario_names,0)"
    rule = next(rule for rule in sheet.data_validations.dataValidation if "D4" in str(rule.sqref).split())
    assert (rule.type, rule.formula1) == ("list", f"$E${HEADER}:$I${HEADER}")


def test_an_input_row_holds_constants_and_a_live_cell(book: Workbook, case: str) -> None:
    figures = read_case(case).figures
    for row in ROWS:
        at = LAYOUT.places[row.name].row
        cells = book["Inputs"]
        assert cells[f"{LIVE}{at}"].value == f"=INDEX(E{at}:I{at},scenario_number)"
        assert tuple(cells[f"{column}{at}"].value for column in SCENARIO_COLUMNS) == figures[row.name].values


def test_one_formula_a_row_serves_every_scenario(book: Workbook) -> None:
    for sheet, at, row in COMPUTED:
        rows = [at] if isinstance(row, Result) else range(at + 1, at + 1 + row.length)
        for number in rows:
            live = book[sheet.name][f"{LIVE}{number}"].value
            assert live.startswith("=")
            for column in SCENARIO_COLUMNS:
                moved = Translator(live, origin=f"{LIVE}{number}").translate_formula(f"{column}{number}")
                assert book[sheet.name][f"{column}{number}"].value == moved


def test_every_result_uses_a_worksheet_function_or_is_marked(book: Workbook) -> None:
    for sheet, at, row in COMPUTED:
        how = book[sheet.name][f"J{at}"].value
        assert how == row.explanation
        assert row.plain == ("DM_" not in row.formula), row.name
        if row.plain and (isinstance(row, Series) or row.role is Role.RESULT):
            assert "(arithmetic)" in how


def test_every_function_called_is_in_the_catalogue(book: Workbook) -> None:
    called = {name for formula in formulas(book) for name in re.findall(r"\bDM_\w+", formula)}
    assert called <= set(CATALOGUE)
    assert len(called) >= 25


def test_there_is_nothing_volatile_and_no_empty_argument(book: Workbook) -> None:
    for formula in formulas(book):
        assert not VOLATILE.search(formula)
        assert ",," not in formula
        assert "(," not in formula
        assert ",)" not in formula


def test_time_runs_down(values: Workbook) -> None:
    place = LAYOUT.places["calendar_year"]
    years = [values["Funding"][f"D{place.row + i}"].value for i in range(YEARS)]
    assert years == list(range(years[0], years[0] + YEARS))
    for row in (row for _, _, row in COMPUTED if isinstance(row, Series) and not row.labels):
        at = LAYOUT.places[row.name].row
        assert [values["Funding"][f"A{at + i}"].value for i in range(YEARS)] == [str(year) for year in years]


def test_panes_are_frozen_and_pages_set_up(book: Workbook) -> None:
    for sheet in LAYOUT.sheets:
        drawn = book[sheet.name]
        assert drawn.freeze_panes == f"{LIVE}{HEADER + 1}"
        assert drawn.print_title_rows == f"${HEADER}:${HEADER}"
        assert drawn.page_setup.orientation == "landscape"
        assert not drawn.sheet_view.showGridLines


def test_two_charts_are_drawn(built: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(built)) as archive:
        charts = [archive.read(f"xl/charts/chart{i}.xml").decode() for i in (1, 2)]
    assert ["<barChart>" in charts[0], "<lineChart>" in charts[1]] == [True, True]
    assert [len(re.findall(r"<ser>", chart)) for chart in charts] == [3, SCENARIOS]


# -- inputs ------------------------------------------------------------------------------------------------------


def test_a_case_gives_every_input_and_no_other(case: str) -> None:
    assert list(read_case(case).figures) == [row.name for row in ROWS]
    assert len(read_case(case).scenarios) == SCENARIOS


def test_every_input_says_where_it_comes_from(case: str, book: Workbook) -> None:
    for row in ROWS:
        figure = read_case(case).figures[row.name]
        at = LAYOUT.places[row.name].row
        assert re.fullmatch(r"\d{4}(-\d{2}){0,2}", figure.as_of)
        assert figure.source.endswith(".")
        assert book["Inputs"][f"C{at}"].value
        assert book["Inputs"][f"K{at}"].value == figure.as_of
        assert book["Inputs"][f"L{at}"].value == figure.source


def test_an_assumption_has_a_range_that_holds_its_values(case: str) -> None:
    for row in ROWS:
        figure = read_case(case).figures[row.name]
        assert (figure.low is None) == (figure.high is None)
        if figure.is_assumption:
            assert figure.low is not None, row.name
        if figure.low is not None and figure.high is not None:
            assert figure.low < figure.high
            assert all(figure.low <= value <= figure.high for value in figure.values), row.name  # type: ignore[operator]


def test_the_template_holds_examples_alone() -> None:
    for row in ROWS:
        figure = read_case("deal_template").figures[row.name]
        assert figure.is_assumption == (row.unit not in {Unit.TEXT, Unit.FLAG, Unit.DIFFERENCE})
        assert "xample" in figure.source or not figure.is_assumption


def test_values_lie_in_the_declared_domains(case: str) -> None:
    for row in ROWS:
        figure = read_case(case).figures[row.name]
        if row.domain.kind is Kind.NUMBER:
            assert row.domain.contains(figure.values).all()


def around(domain: Domain) -> list[float]:
    """Values on both sides of every bound."""
    bounds = [bound for bound in (domain.low, domain.high) if math.isfinite(bound)]
    return [*(bound + step for bound in bounds for step in (-1, -0.01, 0, 0.01, 1)), -1e9, -0.5, 0, 0.5, 1e9]


@pytest.fixture(scope="module")
def tried() -> Model:
    """Return the worked case for tests that set inputs and read no result."""
    return Model.open(BOOKS / "zte_alibaba_2018.xlsx")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_cell_takes_what_its_domain_holds(row: Input, tried: Model) -> None:
    if row.domain.kind is not Kind.NUMBER:
        with pytest.raises(InputRefusedError):
            tried[row.name] = "neither of them"
        return
    for value in around(row.domain):
        try:
            tried[row.name] = value
            taken = True
        except InputRefusedError as error:
            taken = False
            assert "must be" in str(error)  # noqa: PT017  both outcomes are asserted
        assert taken == row.domain.holds(value), value
    with pytest.raises(InputRefusedError):
        tried[row.name] = "a text"


def test_prompts_fit_into_their_boxes(book: Workbook) -> None:
    rules = book["Inputs"].data_validations.dataValidation
    assert len(rules) == len(ROWS) + 1
    for rule in rules:
        assert rule.showErrorMessage
        assert not rule.allow_blank
        assert len(rule.promptTitle) <= 32
        assert len(rule.prompt) <= 255
        assert len(rule.error) <= 255


# -- results -----------------------------------------------------------------------------------------------------


def test_there_is_no_error_anywhere(values: Workbook) -> None:
    errors = {str(error) for error in CellError}
    for sheet in values:
        for cells in sheet.iter_rows():
            assert not errors & {cell.value for cell in cells if isinstance(cell.value, str)}


def test_every_check_passes_in_every_scenario(values: Workbook) -> None:
    checks = values["Checks"]
    rows = [at for sheet, at, row in COMPUTED if sheet.name == "Checks"]
    assert len(rows) > 20
    for at in rows:
        assert [checks[f"{column}{at}"].value for column in COLUMNS] == [True] * len(COLUMNS)


def test_the_live_column_follows_the_scenario(case: str) -> None:
    model = Model.open(BOOKS / f"{case}.xlsx")
    for scenario in read_case(case).scenarios:
        model.choose(scenario)
        for name, place in LAYOUT.places.items():
            if place.length == 1:
                assert model[name] == model[f"{name}[{scenario}]"]
        assert model["checks_passed"] is True


@pytest.mark.slow
def test_checks_hold_wherever_the_inputs_go() -> None:
    model = Model.open(BOOKS / "deal_template.xlsx")
    figures = read_case("deal_template").figures
    generator = np.random.default_rng(20180209)
    for _ in range(15):
        for row in ROWS:
            low, high = figures[row.name].low, figures[row.name].high
            if low is None or high is None or row.name in {"first_year", "stake_after", "earlier_stake_after"}:
                continue
            drawn = generator.uniform(low, high)
            model[row.name] = round(drawn) if row.domain.whole else drawn
        model["deal_closes"] = bool(generator.random() < 0.8)
        assert {n: model[n] for n in model.outputs if n.startswith("check") and model[n] is not True} == {}


@pytest.mark.slow
def test_drawing_twice_gives_the_same_book() -> None:
    parts = []
    for _ in range(2):
        with zipfile.ZipFile(io.BytesIO(draw(read_case("deal_template")))) as archive:
            parts.append({n: archive.read(n) for n in archive.namelist() if n != "docProps/core.xml"})
    assert parts[0] == parts[1]
