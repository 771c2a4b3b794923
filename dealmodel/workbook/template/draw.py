"""The workbook before its results are filled in: sheets, styles, names, rules."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from openpyxl import Workbook
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Font
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.workbook.properties import CalcProperties
from openpyxl.worksheet.datavalidation import DataValidation

from dealmodel.workbook.address import parse_area
from dealmodel.workbook.resultsheets.blocks import SENSITIVITY, SIMULATION, SensitivityBlocks, SimulationBlocks, Size
from dealmodel.workbook.resultsheets.drawing import Heading, Watched, draw_sensitivity, draw_simulation
from dealmodel.workbook.template import look
from dealmodel.workbook.template.about import draw_about
from dealmodel.workbook.template.charts import balance_chart, offset_chart
from dealmodel.workbook.template.checks import CHECKS
from dealmodel.workbook.template.funding import FUNDING
from dealmodel.workbook.template.inputs import INPUTS
from dealmodel.workbook.template.layout import (
    AS_OF,
    COLUMNS,
    HEADER,
    HIGH,
    HOW,
    LIVE,
    LOW,
    ROUNDED,
    SCENARIO_COLUMNS,
    SOURCE,
    Input,
    Layout,
    Result,
    Role,
    Section,
    Series,
    Unit,
)
from dealmodel.workbook.template.offset import OFFSET
from dealmodel.workbook.template.page import finish_page
from dealmodel.workbook.template.stake import STAKE
from dealmodel.workbook.template.validation import validation
from dealmodel.workbook.template.valuation import VALUATION
from dealmodel.workbook.vocabulary import CERTIFICATE

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from dealmodel.workbook.template.case import Case, Figure
    from dealmodel.workbook.template.layout import Sheet

LAYOUT = Layout((INPUTS, VALUATION, STAKE, OFFSET, FUNDING, CHECKS))
FIRST, LAST = SCENARIO_COLUMNS[0], SCENARIO_COLUMNS[-1]
SCENARIO_CELL, NUMBER_CELL = f"{LIVE}4", f"{LIVE}5"
NAMES = f"${FIRST}${HEADER}:${LAST}${HEADER}"
_WIDTHS = {"A": 50, "B": 25, "C": 23, **dict.fromkeys(COLUMNS, 14.5)}
_INPUT_WIDTHS = _WIDTHS | {ROUNDED: 12, AS_OF: 12, SOURCE: 88, LOW: 12, HIGH: 12}
_RESULT_WIDTHS = _WIDTHS | {HOW: 112}
SIMULATED = ("shortfall_after_tax", "net_proceeds", "offset_ratio_after_tax", "peak_funding", "implied_value")
"""The outputs that are simulated unless others are asked for; the charts show the first."""
_CHART_ROWS = 25
_PAGES = {"About": 2, "Funding": 2}
"""Pages that a sheet takes when printed; one, where it is not here."""
_HEADER_ALIGNMENTS = {
    **dict.fromkeys(("Item", "Source", "How it is computed"), look.INDENTED),
    **dict.fromkeys(("Name", "Unit"), look.LEFT),
}
_TRUTHS = {Unit.FLAG, Unit.YES_NO}
# Without a recent number, or with a forced recalculation, Excel would recalculate on opening, and a reader without
# the add-in would see #NAME? in the place of the results.
_CALCULATION_ENGINE = 191029


def draw(case: Case) -> bytes:
    """Return the workbook of a case, its formulas without values."""
    book = Workbook()
    about = book.worksheets[0]
    about.title = "About"
    for sheet in LAYOUT.sheets:
        _Drawing(book.create_sheet(sheet.name), sheet, case).draw()
    _draw_results(book, case)
    _define_names(book, certificate=draw_about(about, case, LAYOUT))
    for worksheet in book:
        finish_page(worksheet, case.title, _PAGES.get(worksheet.title, 1))
        worksheet.sheet_view.tabSelected = worksheet is about
    book.active = 0
    book.calculation = CalcProperties(calcId=_CALCULATION_ENGINE, calcMode="auto", fullCalcOnLoad=None)
    book.properties.creator = book.properties.lastModifiedBy = "dealmodel"
    book.properties.title, book.properties.subject = case.title, case.subtitle
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _draw_results(book: Workbook, case: Case) -> None:
    """Draw the sheets on which `dealmodel simulate` and `dealmodel sensitivity` write."""
    area = parse_area(f"{LIVE}{HEADER + 1}:{LIVE}{LAYOUT.last_row(INPUTS.name)}")
    if area is None:
        raise AssertionError
    watched = Watched(INPUTS.name, area)
    asked = "How likely are the results, when the inputs are uncertain?"
    draw_simulation(
        book.create_sheet(SIMULATION),
        SimulationBlocks(Size(), area.height),
        Heading(f"{case.title}: {SIMULATION}", asked),
        watched,
        SIMULATED,
    )
    asked = "What moves a result most, and what is it when two inputs move together?"
    heading = Heading(f"{case.title}: {SENSITIVITY}", asked)
    draw_sensitivity(book.create_sheet(SENSITIVITY), SensitivityBlocks(Size(), area.height), heading, watched)


def _define_names(book: Workbook, certificate: str) -> None:
    names = {
        CERTIFICATE: f"About!{certificate}",
        "scenario": f"Inputs!${LIVE}$4",
        "scenario_number": f"Inputs!${LIVE}$5",
        "scenario_names": f"Inputs!{NAMES}",
    }
    for name, place in LAYOUT.places.items():
        last = f":${LIVE}${place.last}" if place.length > 1 else ""
        names[name] = f"{place.sheet}!${LIVE}${place.row}{last}"
    for name in sorted(names):
        book.defined_names[name] = DefinedName(name, attr_text=names[name])


def _rule(formula: str, style: DifferentialStyle) -> Rule:
    return Rule(type="expression", formula=[formula], dxf=style)


class _Drawing:
    """One sheet of the model.

    Parameters
    ----------
    worksheet
        Where it is drawn.
    sheet
        What it holds.
    case
        What the figures and names are.
    """

    def __init__(self, worksheet: Worksheet, sheet: Sheet, case: Case) -> None:
        self.worksheet = worksheet
        self.sheet = sheet
        self.case = case
        self.is_input = sheet is INPUTS
        self.widths = _INPUT_WIDTHS if self.is_input else _RESULT_WIDTHS
        self.last_column = list(self.widths)[-1]

    def draw(self) -> None:
        """Draw the sheet."""
        for column, width in self.widths.items():
            self.worksheet.column_dimensions[column].width = width
        self._head()
        self._header()
        for at, row in LAYOUT.placed(self.sheet):
            self._ruled(at)
            if isinstance(row, Section):
                self._section(at, row)
            elif isinstance(row, Input):
                self._input(at, row, self.case.figures[row.name])
            elif isinstance(row, Result):
                self._result(at, row)
            else:
                self._series(at, row)
        last = LAYOUT.last_row(self.sheet.name)
        self.worksheet.freeze_panes = f"{LIVE}{HEADER + 1}"
        self.worksheet.print_title_rows = f"{HEADER}:{HEADER}"
        self.worksheet.print_title_cols = "A:C"
        if self.is_input:
            self._colour_ranges(last)
        last += self._charts(last + 2)
        self.worksheet.print_area = f"A1:{self.last_column}{last}"

    # -- head ------------------------------------------------------------------------------------------------------

    def _head(self) -> None:
        self._text("A1", f"{self.case.title}: {self.sheet.title}", look.font(16, look.NAVY, bold=True))
        self._text("A2", self.case.say(self.sheet.question), look.font(10, look.SLATE, italic=True))
        self.worksheet.row_dimensions[1].height = 24
        self._text("A4", "Scenario", look.font(10, bold=True))
        self.worksheet.merge_cells(f"{LIVE}4:F4")
        cell = self.worksheet[SCENARIO_CELL]
        cell.alignment = look.NEXT_TO
        if self.is_input:
            self._text("B4", "scenario", look.font(8, look.SLATE))
            self._text("G4", "Pick a scenario here; every sheet follows.", look.font(9, look.SLATE, italic=True))
            cell.value, cell.font = next(iter(self.case.scenarios)), look.font(10, look.INPUT_BLUE, bold=True)
            for column in (LIVE, "E", "F"):
                self.worksheet[f"{column}4"].fill = look.fill(look.YELLOW)
                self.worksheet[f"{column}4"].border = look.RULED
            rule = DataValidation(type="list", formula1=NAMES, allow_blank=False)
            rule.promptTitle, rule.prompt = "Scenario", "The live column of every sheet follows this choice."
            rule.errorTitle, rule.error = "The value must be", "one of the names in the header"
            rule.showInputMessage = rule.showErrorMessage = True
            rule.add(SCENARIO_CELL)
            self.worksheet.add_data_validation(rule)
            self._text("A5", "Its number", look.font(10))
            self._text("B5", "scenario_number", look.font(8, look.SLATE))
            self._text(NUMBER_CELL, "=MATCH(scenario,scenario_names,0)", look.font(10))
            self.worksheet[NUMBER_CELL].alignment = look.NEXT_TO
            self.worksheet[NUMBER_CELL].number_format = "0"
        else:
            cell.value, cell.font = f"=Inputs!{SCENARIO_CELL}", look.font(10, look.LINK_GREEN, bold=True)
            place = LAYOUT.places["checks_passed"]
            sheet = "" if self.sheet is CHECKS else f"{place.sheet}!"
            self._text("A5", "Checks", look.font(10, bold=True))
            formula = f'=IF({sheet}{LIVE}{place.row},"all passed","see the sheet Checks")'
            self._text(f"{LIVE}5", formula, look.font(10, look.LINK_GREEN))

    def _header(self) -> None:
        tail = ("Rounded to (±)", "As of", "Source", "Low", "High") if self.is_input else ("How it is computed",)
        live = '="Live: "&scenario' if self.is_input else f"=Inputs!{LIVE}{HEADER}"
        names = [*self.case.scenarios] if self.is_input else [f"=Inputs!{c}{HEADER}" for c in SCENARIO_COLUMNS]
        for i, text in enumerate(("Item", "Name", "Unit", live, *names, *tail), start=1):
            cell = self.worksheet.cell(HEADER, i, text)
            cell.font = look.font(10, look.WHITE, bold=True)
            cell.fill = look.fill(look.NAVY)
            cell.alignment = _HEADER_ALIGNMENTS.get(text, look.CENTRED)
        self.worksheet.row_dimensions[HEADER].height = 42

    # -- rows ------------------------------------------------------------------------------------------------------

    def _text(self, address: str, text: str, font: Font) -> None:
        cell = self.worksheet[address]
        cell.value, cell.font = text, font

    def _ruled(self, at: int) -> None:
        for column in self.widths:
            self.worksheet[f"{column}{at}"].border = look.UNDERLINED

    def _section(self, at: int, section: Section) -> None:
        self._text(f"A{at}", self.case.say(section.title), look.font(10.5, look.NAVY, bold=True))
        for column in self.widths:
            self.worksheet[f"{column}{at}"].fill = look.fill(look.BAND)
            self.worksheet[f"{column}{at}"].border = look.RULED
        self.worksheet[f"A{at}"].alignment = look.NEXT_TO
        self.worksheet.row_dimensions[at].height = 19

    def _labels(self, at: int, row: Input | Result) -> None:
        self._label(at, self.case.say(row.label), row.name, row.unit)

    def _label(self, at: int, label: str, name: str, unit: Unit) -> None:
        self._text(f"A{at}", label, look.font(10))
        self._text(f"B{at}", name, look.font(8, look.SLATE))
        self._text(f"C{at}", self.case.say(unit), look.font(9, look.SLATE))
        for column in "ABC":
            self.worksheet[f"{column}{at}"].alignment = look.INDENTED if column == "A" else look.LEFT

    def _number(self, address: str, unit: Unit) -> None:
        cell = self.worksheet[address]
        cell.number_format = look.FORMATS[unit]
        cell.alignment = look.CENTRED if unit in {*_TRUTHS, Unit.TEXT} else look.RIGHT
        if address.startswith(LIVE):
            cell.fill = look.fill(look.LIVE_BLUE)

    def _input(self, at: int, row: Input, figure: Figure) -> None:
        self._labels(at, row)
        live = f"=INDEX({FIRST}{at}:{LAST}{at},scenario_number)"
        self._text(f"{LIVE}{at}", live, look.font(10, bold=True))
        for column, value in zip(SCENARIO_COLUMNS, figure.values, strict=True):
            cell = self.worksheet[f"{column}{at}"]
            cell.value, cell.font, cell.fill = value, look.font(10, look.INPUT_BLUE), look.fill(look.YELLOW)
        for column in COLUMNS:
            self._number(f"{column}{at}", row.unit)
        for column, bound in ((ROUNDED, figure.rounded), (LOW, figure.low), (HIGH, figure.high)):
            cell = self.worksheet[f"{column}{at}"]
            cell.value, cell.font = bound, look.font(9, look.INPUT_BLUE)
            self._number(cell.coordinate, row.unit)
            if column == ROUNDED:
                cell.number_format = look.ROUNDINGS[row.unit]
        self._text(f"{AS_OF}{at}", figure.as_of, look.font(9))
        self._text(f"{SOURCE}{at}", figure.source, look.font(9, italic=figure.is_assumption))
        self.worksheet[f"{AS_OF}{at}"].alignment = look.CENTRED
        self.worksheet[f"{SOURCE}{at}"].alignment = look.INDENTED
        self._height(at, (self.case.say(row.label), "A"), (figure.source, SOURCE))
        choices = self.case.choices.get(row.name, ())
        self.worksheet.add_data_validation(
            validation(row.domain, f"{FIRST}{at}:{LAST}{at}", self.case.say(row.label), choices)
        )

    def _result(self, at: int, row: Result) -> None:
        self._labels(at, row)
        for column in COLUMNS:
            formula = LAYOUT.formula(row.formula, self.sheet.name, column)
            colour = look.LINK_GREEN if row.role is Role.LINK else "FF000000"
            self._text(f"{column}{at}", formula, look.font(10, colour, bold=column == LIVE))
            self._number(f"{column}{at}", row.unit)
        if row.unit in _TRUTHS:
            self._colour_truth(f"{LIVE}{at}", f"{LIVE}{at}:{LAST}{at}")
        self._how(at, row)

    def _series(self, at: int, row: Series) -> None:
        self._text(f"A{at}", self.case.say(row.label), look.font(10, bold=True))
        self._text(f"B{at}", row.name, look.font(8, look.SLATE))
        for column in "AB":
            self.worksheet[f"{column}{at}"].alignment = look.LEFT
        self._how(at, row)
        years = LAYOUT.places["calendar_year"].row
        for i in range(row.length):
            name, label = row.labels[i] if row.labels else ("", f'=${LIVE}${years + i}&""')
            self._ruled(at + 1 + i)
            self._label(at + 1 + i, label, name, row.unit)
            for column in COLUMNS:
                self._number(f"{column}{at + 1 + i}", row.unit)
                self.worksheet[f"{column}{at + 1 + i}"].font = look.font(10, bold=column == LIVE)
                text = row.first if row.first and not i else row.formula
                formula = LAYOUT.formula(text, self.sheet.name, column, i)
                self.worksheet[f"{column}{at + 1 + i}"].value = formula

    def _how(self, at: int, row: Result | Series) -> None:
        self._text(f"{HOW}{at}", row.explanation, look.font(9, look.SLATE))
        self.worksheet[f"{HOW}{at}"].alignment = look.INDENTED
        self._height(at, (self.case.say(row.label), "A"), (row.explanation, HOW))

    def _height(self, at: int, *texts: tuple[str, str]) -> None:
        """Make a row as high as its texts need, each given with its column."""
        most = max(
            look.lines(text, self.widths[column] - 1, 10)
            if column == "A"
            else look.lines(text, self.widths[column] - 1)
            for text, column in texts
        )
        self.worksheet.row_dimensions[at].height = max(16.5, 12.5 * most + 4)

    # -- rules and charts --------------------------------------------------------------------------------------------

    def _colour_ranges(self, last: int) -> None:
        """Colour the inputs that are outside their range."""
        first = f"{FIRST}{HEADER + 1}"
        low, high = f"${LOW}{HEADER + 1}", f"${HIGH}{HEADER + 1}"
        outside = f"AND(ISNUMBER({first}),ISNUMBER({low}),OR({first}<{low},{first}>{high}))"
        rule = _rule(outside, DifferentialStyle(fill=look.fill(look.AMBER)))
        self.worksheet.conditional_formatting.add(f"{first}:{LAST}{last}", rule)

    def _colour_truth(self, first: str, cells: str) -> None:
        """Colour a check green or red, a finding green or amber."""
        false = (look.BAD_INK, look.BAD) if self.sheet is CHECKS else (look.NAVY, look.AMBER)
        for formula, (ink, paper) in ((first, (look.GOOD_INK, look.GOOD)), (f"NOT({first})", false)):
            rule = _rule(formula, DifferentialStyle(font=Font(color=ink), fill=look.fill(paper)))
            self.worksheet.conditional_formatting.add(cells, rule)

    def _charts(self, at: int) -> int:
        """Draw the sheet's chart, if it has one, and return how many rows it takes."""
        chart = {"Offset": offset_chart, "Funding": balance_chart}.get(self.sheet.name)
        if chart is None:
            return 0
        self.worksheet.add_chart(chart(self.worksheet, LAYOUT), f"A{at}")
        return _CHART_ROWS
