"""The sheets Simulation and Sensitivity before there are results: headings, formats, charts, and where results go."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openpyxl.formatting.rule import ColorScaleRule, Rule
from openpyxl.styles import Alignment, Border, Font
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import quote_sheetname
from openpyxl.workbook.defined_name import DefinedName

from dealmodel.workbook.address import column_letters
from dealmodel.workbook.resultsheets import charts
from dealmodel.workbook.resultsheets.blocks import (
    CHART_ROWS,
    CHOSEN,
    COLUMNS,
    DEVIATION_HEADS,
    HISTOGRAM_HEADS,
    RUN_LABELS,
    RUN_TOP,
    SWING_LABELS,
    TABLE_LABELS,
    WIDTHS,
    SensitivityBlocks,
    SimulationBlocks,
    absolute,
)
from dealmodel.workbook.resultsheets.fill import NOW
from dealmodel.workbook.template import look

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openpyxl.worksheet.worksheet import Worksheet

    from dealmodel.workbook.address import Area
    from dealmodel.workbook.template.dress import Chart

NUMBER = "#,##0.00##"
"""Format of a result that may be millions or a fraction."""
_NUMERIC = Alignment(horizontal="right", vertical="center", shrink_to_fit=True)
"""A number that is too long for its cell is shown small, and not as ####."""
_PERCENT = "0.0%"
_COUNT = "#,##0"
NOT_SIMULATED, NOT_WORKED_OUT = "Not simulated", "Not worked out"
STANDING, STALE = "The inputs stand as they were then", "STALE: inputs have changed since then"
_UNIT, _UNIT_OR_LABEL = "Unit", "Unit, or label"
_STATISTICS = (
    "Output", _UNIT, "Mean", "± (standard error)", "Standard deviation", "Lowest", "5% are below", "25% are below",
    "50% are below", "75% are below", "95% are below", "Highest", "Below 0", "Target", "Above the target",
    "Mean of the lowest 5%", "Mean of the highest 5%", "Trials that are errors",
)  # fmt: skip
_INPUTS = (
    "Uncertain input", _UNIT, "Mean", "5% are below", "95% are below", "Rank correlation", "Share of variance",
)  # fmt: skip
_WORDS = "Range from"
"""The one column of words beside numbers: set off from them."""
_SWINGS = (
    "Input", _UNIT, "As it is", "Low", "High", "Output at low", "Output at high", "Output moves by", _WORDS,
)  # fmt: skip
_CHARTED = (
    "Histogram", "Cumulative curve", "Convergence of the mean", "Rank correlation with the inputs",
    "The strongest input", "value", "value of the input", "",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Watched:
    """The live inputs, whose values tell whether results are stale."""

    sheet: str
    area: Area

    @property
    def text(self) -> str:
        """The cells as a formula refers to them."""
        return f"{quote_sheetname(self.sheet)}!{absolute(self.area)}"


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above a sheet: its title, what it answers, and its state where nothing changes it."""

    title: str
    question: str
    state: str = ""


def draw_simulation(
    sheet: Worksheet,
    blocks: SimulationBlocks,
    heading: Heading,
    watched: Watched | None,
    outputs: Sequence[str],
    ranges: Sequence[tuple[float, float]] = (),
) -> None:
    """Draw the sheet of a simulation.

    Parameters
    ----------
    sheet
        An empty sheet.
    blocks
        Where results go.
    heading
        Its title and question.
    watched
        The live inputs; None where the sheet stands in a workbook of its own.
    outputs
        Names of the outputs that are simulated unless others are asked for; empty where they cannot be chosen here.
    ranges
        Ends of the axes of the strongest input and of the output, where they are known.
    """
    pen = _Pen(sheet)
    areas = blocks.areas()
    pen.head(heading)
    then = areas.get("inputs_then")
    made = f"$B${RUN_TOP + RUN_LABELS.index('Made by')}"
    how = f"{NOT_SIMULATED}: run  dealmodel simulate FILE --in-place"
    pen.state(heading.state or _state(made, watched, then, how))
    pen.run(RUN_LABELS, areas["run"], wide="M" if watched is None else "L")
    if watched is not None:
        pen.choices(areas["outputs"], outputs)
    pen.section(blocks.table_top - 1, "Results")
    pen.table(
        blocks.table_top,
        _told(_STATISTICS, watched),
        areas["statistics"],
        (NUMBER,) * 10 + (_PERCENT, NUMBER, _PERCENT, NUMBER, NUMBER, _COUNT),
    )
    pen.section(blocks.charts_top, "Charts of the first output")
    upper: list[Chart] = [
        charts.histogram(sheet, areas["histogram"], areas["titles"], _CHARTED),
        charts.cumulative(sheet, areas["cumulative"], areas["titles"], _CHARTED),
        charts.convergence(sheet, areas["convergence"], areas["titles"], _CHARTED),
    ]
    for number, chart in enumerate(upper):
        charts.place(sheet, chart, blocks.charts_top + 1, number, 3)
    lower: list[Chart] = [
        charts.tornado(sheet, areas["tornado"], areas["titles"], _CHARTED),
        charts.scatter(sheet, areas["scatter"], areas["titles"], _CHARTED),
    ]
    for axis, (low, high) in zip((lower[1].x_axis, lower[1].y_axis), ranges, strict=False):
        axis.scaling.min, axis.scaling.max = low, high
    for number, chart in enumerate(lower):
        charts.place(sheet, chart, blocks.charts_top + 2 + CHART_ROWS, number, 2)
    pen.section(blocks.inputs_top - 1, "Uncertain inputs, and what they do to the first output")
    pen.table(blocks.inputs_top, _told(_INPUTS, watched), areas["inputs"], (NUMBER, NUMBER, NUMBER, "0.000", _PERCENT))
    pen.data(areas["titles"], _CHARTED)
    pen.data_heads(areas["histogram"]._replace(top=areas["histogram"].top + 1), HISTOGRAM_HEADS)
    pen.data_heads(areas["convergence"], ("Trials", "Mean", "95% from", "95% to"))
    pen.define(areas, watched)
    pen.finish(blocks.last_row, freeze=RUN_TOP - 1)


def draw_sensitivity(sheet: Worksheet, blocks: SensitivityBlocks, heading: Heading, watched: Watched | None) -> None:
    """Draw the sheet of what-if results; see `draw_simulation`."""
    pen = _Pen(sheet)
    pen.head(heading)
    if blocks.has_swings:
        _draw_swings(pen, blocks, heading, watched)
    if blocks.has_table:
        _draw_table(pen, blocks, heading, watched)
    pen.define(blocks.areas(), watched)
    pen.finish(blocks.last_row, freeze=RUN_TOP - 1)


def _draw_swings(pen: _Pen, blocks: SensitivityBlocks, heading: Heading, watched: Watched | None) -> None:
    areas = blocks.areas()
    made = f"$B${RUN_TOP + SWING_LABELS.index('Made by')}"
    how = f"{NOT_WORKED_OUT}: run  dealmodel sensitivity FILE --output NAME --in-place"
    pen.state(heading.state or _state(made, watched, areas.get("inputs_then"), how))
    pen.run(SWING_LABELS, areas["swing_run"])
    pen.section(blocks.swings_top - 1, "Every input moved alone, from its low to its high value")
    pen.table(blocks.swings_top, _told(_SWINGS, watched), areas["swings"], (NUMBER,) * 6)
    titles = ("What moves the output", "change")
    chart = charts.deviations(pen.sheet, areas["deviations"], areas["titles"], titles)
    charts.place_beside(pen.sheet, chart, blocks.swings_top, len(_SWINGS) + 1)
    pen.data(areas["titles"], titles)
    pen.data_heads(areas["deviations"]._replace(top=areas["deviations"].top + 1), DEVIATION_HEADS)


def _draw_table(pen: _Pen, blocks: SensitivityBlocks, heading: Heading, watched: Watched | None) -> None:
    areas = blocks.areas()
    pen.section(blocks.table_top - 2, "Two inputs moved together")
    made = f"$B${blocks.table_top + TABLE_LABELS.index('Made by')}"
    how = f"{NOT_WORKED_OUT}: run  dealmodel sensitivity FILE --output NAME --grid A=LOW:HIGH:N --in-place"
    pen.state(heading.state or _state(made, watched, areas.get("table_inputs_then"), how), blocks.table_top - 1)
    pen.run(TABLE_LABELS, areas["table_run"])
    pen.grid(areas["grid"])


def _told(heads: Sequence[str], watched: Watched | None) -> Sequence[str]:
    """Return the heads of a table; in a workbook of results alone, cells without a name are told by their label."""
    return heads if watched is not None else [_UNIT_OR_LABEL if head == _UNIT else head for head in heads]


def _state(made: str, watched: Watched | None, then: Area | None, how: str) -> str:
    """Return the formula that says whether there are results, and whether inputs have changed since."""
    if watched is None or then is None:
        return ""
    # Rows that a user puts in make the two of different length, which is an error.
    same = f"IFERROR(SUMPRODUCT(--({watched.text}<>{absolute(then)}))=0,FALSE)"
    return f'=IF({made}="","{how}",IF({same},"{STANDING}","{STALE}"))'


class _Pen:
    """Draws on one sheet."""

    def __init__(self, sheet: Worksheet) -> None:
        self.sheet = sheet
        self._last = column_letters(COLUMNS)
        for number, width in enumerate(WIDTHS, start=1):
            sheet.column_dimensions[column_letters(number)].width = width
        sheet.column_dimensions[column_letters(COLUMNS + 1)].width = 4

    def text(self, address: str, text: object, font: Font, alignment: Alignment = look.NEXT_TO) -> None:
        cell = self.sheet[address]
        cell.value, cell.font, cell.alignment = text, font, alignment

    def head(self, heading: Heading) -> None:
        self.text("A1", heading.title, look.font(16, look.NAVY, bold=True))
        self.text("A2", heading.question, look.font(10, look.SLATE, italic=True))
        self.sheet.row_dimensions[1].height = 24

    def state(self, state: str, row: int = RUN_TOP - 1) -> None:
        """Write whether there are results, green where they are of these inputs and red where they are not."""
        self.text(f"A{row}", "State", look.font(10, bold=True))
        self.sheet.merge_cells(f"B{row}:L{row}")
        self.text(f"B{row}", state, look.font(10, look.SLATE, bold=True))
        for word, ink, paper in ((STANDING, look.GOOD_INK, look.GOOD), (STALE, look.BAD_INK, look.BAD)):
            style = DifferentialStyle(font=Font(color=ink, bold=True), fill=look.fill(paper))
            rule = Rule(type="expression", formula=[f'$B${row}="{word}"'], dxf=style)
            self.sheet.conditional_formatting.add(f"B{row}:L{row}", rule)

    def labels(self, top: int, labels: Sequence[str]) -> None:
        for i, label in enumerate(labels):
            self.text(f"A{top + i}", label, look.font(10))

    def value(self, row: int, last: str) -> None:
        """Make room for a value that may be long."""
        self.sheet.merge_cells(f"B{row}:{last}{row}")
        cell = self.sheet[f"B{row}"]
        cell.font, cell.alignment, cell.number_format = look.font(10), look.NEXT_TO, NUMBER

    def run(self, labels: Sequence[str], area: Area, wide: str = "L") -> None:
        """Write what a run is described by; notes and the command may take two lines."""
        self.labels(area.top, labels)
        for row, label in zip(range(area.top, area.bottom + 1), labels, strict=True):
            self.value(row, wide)
            cell = self.sheet[f"B{row}"]
            if label in ("Trials", "Seed", "Checked against the engine"):
                cell.number_format = "0" if label == "Seed" else _COUNT
            if label in ("Notes", "How to repeat it"):
                cell.alignment = Alignment(horizontal="left", vertical="top", wrap_text=True)
                self.sheet[f"A{row}"].alignment = Alignment(horizontal="left", vertical="top")
                self.sheet.row_dimensions[row].height = 28 if label != "Notes" else 41

    def choices(self, area: Area, outputs: Sequence[str]) -> None:
        """Write the outputs to simulate, which a user may change."""
        column, top = column_letters(area.left), area.top
        last = column_letters(area.left + 2)
        self.text(f"{column}{top - 1}", "Outputs to simulate, by name", look.font(10, bold=True))
        for i in range(CHOSEN):
            self.sheet.merge_cells(f"{column}{top + i}:{last}{top + i}")
            self.text(f"{column}{top + i}", outputs[i] if i < len(outputs) else None, look.font(10, look.INPUT_BLUE))
            for letter in range(area.left, area.left + 3):
                cell = self.sheet[f"{column_letters(letter)}{top + i}"]
                cell.fill, cell.border = look.fill(look.YELLOW), look.UNDERLINED

    def section(self, row: int, text: str) -> None:
        self.text(f"A{row}", text, look.font(10.5, look.NAVY, bold=True))
        for number in range(1, COLUMNS + 1):
            cell = self.sheet.cell(row, number)
            cell.fill, cell.border = look.fill(look.BAND), look.RULED
        self.sheet.row_dimensions[row].height = 19

    def table(self, row: int, heads: Sequence[str], area: Area, formats: Sequence[str]) -> None:
        """Draw a table: its header, and the formats of the columns after name and unit."""
        for i, head in enumerate(heads, start=1):
            cell = self.sheet.cell(row, i, head)
            cell.font, cell.fill = look.font(10, look.WHITE, bold=True), look.fill(look.NAVY)
            cell.alignment = look.INDENTED if i == 1 else look.CENTRED
        self.sheet.row_dimensions[row].height = 48
        self._rule_rows(area, len(heads))
        for column in range(1, len(heads) + 1):
            first, *others = (cell for (cell,) in self.sheet.iter_rows(area.top, area.bottom, column, column))
            is_unit = column == 2  # noqa: PLR2004
            first.font = look.font(9, look.SLATE) if is_unit else look.font(10)
            is_words = heads[column - 1] == _WORDS
            first.alignment = look.INDENTED if is_words else look.NEXT_TO if column == 1 or is_unit else _NUMERIC
            if column - 3 >= 0:
                first.number_format = formats[column - 3] if column - 3 < len(formats) else NUMBER
            for other in others:
                # As openpyxl copies a cell's look itself: found again by its parts, it would take thirty times as long.
                other._style = copy(first._style)  # type: ignore[union-attr]  # noqa: SLF001

    def _rule_rows(self, area: Area, columns: int) -> None:
        """Draw a line under the rows that hold something."""
        first = f"${column_letters(area.left)}{area.top}"
        cells = f"{column_letters(area.left)}{area.top}:{column_letters(area.left + columns - 1)}{area.bottom}"
        style = DifferentialStyle(border=Border(bottom=look.THIN))
        self.sheet.conditional_formatting.add(cells, Rule(type="expression", formula=[f'{first}<>""'], dxf=style))

    def grid(self, area: Area) -> None:
        """Draw a table of two inputs: bold edges, and colours from low to high."""
        for number in range(area.top, area.bottom + 1):
            for column in range(area.left, area.right + 1):
                cell = self.sheet.cell(number, column)
                cell.number_format, cell.alignment = NUMBER, _NUMERIC
                edge = number == area.top or column == area.left
                cell.font = look.font(10, look.NAVY if edge else "FF000000", bold=edge)
        inside = f"{column_letters(area.left + 1)}{area.top + 1}:{column_letters(area.right)}{area.bottom}"
        scale = ColorScaleRule(  # type: ignore[no-untyped-call]
            start_type="min", start_color="FFF8E3CF", mid_type="percentile", mid_value=50, mid_color="FFFFFFFF",
            end_type="max", end_color="FFBFD4F0",
        )  # fmt: skip
        self.sheet.conditional_formatting.add(inside, scale)

    def data(self, area: Area, texts: Sequence[str]) -> None:
        """Write the titles of the charts where these read them."""
        column = column_letters(area.left)
        self.text(f"{column}{area.top - 2}", "What the charts show", look.font(10, look.SLATE, bold=True))
        for i, text in enumerate(texts):
            if text:
                self.sheet[f"{column}{area.top + i}"] = text

    def data_heads(self, area: Area, heads: Sequence[str]) -> None:
        for i, head in enumerate(heads):
            self.sheet.cell(area.top - 1, area.left + i, head)

    def define(self, areas: Mapping[str, Area], watched: Watched | None) -> None:
        """Give the blocks their names, which belong to the sheet."""
        place = quote_sheetname(self.sheet.title)
        names = {name: f"{place}!{absolute(area)}" for name, area in areas.items()}
        if watched is not None:
            names[NOW] = watched.text
        for name, text in sorted(names.items()):
            self.sheet.defined_names[name] = DefinedName(name, attr_text=text)

    def finish(self, last: int, freeze: int) -> None:
        self.sheet.freeze_panes = f"A{freeze}"
        self.sheet.print_area = f"A1:{self._last}{last}"
        self.sheet.sheet_view.showGridLines = False
