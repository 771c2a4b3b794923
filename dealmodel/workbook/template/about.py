"""The first sheet: what the book is for, how to use it, its scenarios, sources and colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.workbook.template import look
from dealmodel.workbook.template.layout import LIVE, Unit

if TYPE_CHECKING:
    from openpyxl.styles import Alignment, Font
    from openpyxl.worksheet.worksheet import Worksheet

    from dealmodel.workbook.template.case import Case
    from dealmodel.workbook.template.layout import Layout

LAYOUT_VERSION = 1
_WIDTHS = {"A": 2.5, "B": 54, "C": 20, "D": 62, "E": 78}
_GLANCE = (
    ("Value of 100% of {target} that the price implies", "implied_value", Unit.MONEY),
    ("Value of {stepped} that the step implies", "step_value", Unit.MONEY),
    ("Rounding explains the reported value", "reported_reconciles", Unit.YES_NO),
    ("Fine the proceeds are measured against", "fine_expected", Unit.MONEY),
    ("Part of it that the price covers, before tax", "offset_ratio_before_tax", Unit.SHARE),
    ("Shortfall before tax", "shortfall_before_tax", Unit.MONEY),
    ("Part of it that the net proceeds cover", "offset_ratio_after_tax", Unit.SHARE),
    ("Money to be raised for the R&D plan in all", "peak_funding", Unit.MONEY),
    ("Runway of the cash at hand", "runway", Unit.YEARS),
    ("All checks pass, in every scenario", "checks_passed", Unit.FLAG),
)
_STEPS = (
    (
        "Pick a scenario on the sheet Inputs (cell D4). The live column of every sheet follows; the five scenarios "
        "stand beside it at all times."
    ),
    "Change a figure in a yellow cell. Each cell says what it takes; a figure outside its range turns amber.",
    (
        "With the dealmodel add-in the results follow at once. Without it the file shows the results stored in it; "
        "run `dealmodel regenerate FILE` to recompute them without a spreadsheet program."
    ),
    (
        "Where an input is uncertain, write a distribution into its cell, such as =DM_PERT(250,294,340), and run "
        "`dealmodel simulate FILE --in-place`: the sheet Simulation shows how likely the results are. "
        "`dealmodel sensitivity FILE --output NAME --in-place` fills the sheet Sensitivity."
    ),
    "Look at the sheet Checks before you quote a figure: every row must be TRUE.",
    (
        "Ask a cell that shows #NUM! why: =DM_WHY with the function's name and the same arguments says which one is "
        "outside its domain."
    ),
)
_NO_CERTIFICATE = (
    "None. `dealmodel certify` runs the published cases of every function on every host of a machine; "
    "`dealmodel regenerate --certificate` writes the date and the hash of its certificate here."
)
_LEGEND = (
    ("1,234.5", "An input: a figure you may change", look.INPUT_BLUE, look.YELLOW),
    ("1,234.5", "A result: a formula, not to be overwritten", "FF000000", look.WHITE),
    ("1,234.5", "A link: a figure taken over from another cell", look.LINK_GREEN, look.WHITE),
    ("1,234.5", "The live scenario", "FF000000", look.LIVE_BLUE),
    ("1,234.5", "An input outside its range, or a finding that is no", look.NAVY, look.AMBER),
    ("TRUE", "A check that passes, or a finding that is yes", look.GOOD_INK, look.GOOD),
    ("FALSE", "A check that fails", look.BAD_INK, look.BAD),
)


def draw_about(worksheet: Worksheet, case: Case, layout: Layout) -> str:
    """Draw the sheet, and return the cell that is for a certificate."""
    return _About(worksheet, case, layout).draw()


class _About:
    def __init__(self, worksheet: Worksheet, case: Case, layout: Layout) -> None:
        self.worksheet = worksheet
        self.case = case
        self.layout = layout
        self.at = 1

    def draw(self) -> str:
        for column, width in _WIDTHS.items():
            self.worksheet.column_dimensions[column].width = width
        self._put("B", self.case.title, look.font(20, look.NAVY, bold=True))
        self.worksheet.row_dimensions[self.at].height = 32
        self.at += 1
        self._put("B", self.case.subtitle, look.font(11, look.SLATE, italic=True))
        self.at += 1
        self._heading('="At a glance: "&scenario')
        for label, name, unit in _GLANCE:
            self._glance(self.case.say(label), name, unit)
        self._heading("What this book is for")
        for text in self.case.about:
            self._paragraph(text)
        self._heading("How to use it")
        for number, text in enumerate(_STEPS, start=1):
            self._paragraph(f"{number}.  {text}")
        self._heading("Scenarios")
        for name, means in self.case.scenarios.items():
            self._line(name, means)
        self._heading("What to know about the figures")
        for text in self.case.notes:
            self._paragraph(text)
        self._heading("Sources")
        for source in self.case.sources:
            self._line(source.name, source.gives, source.address)
        self._heading("Colours")
        for sample, means, ink, paper in _LEGEND:
            self._legend(sample, means, ink, paper)
        self._heading("Certificate")
        certificate = f"$B${self.at}"
        self._paragraph(_NO_CERTIFICATE)
        # A certificate with its hash takes two lines.
        self.worksheet.row_dimensions[self.at - 1].height = 13 * 2 + 5
        self.at += 1
        self._put("B", f"Layout {LAYOUT_VERSION}", look.font(8, look.SLATE))
        self.worksheet.print_area = f"A1:E{self.at}"
        return certificate

    def _put(self, column: str, text: str, font: Font, alignment: Alignment = look.NEXT_TO) -> None:
        cell = self.worksheet[f"{column}{self.at}"]
        cell.value, cell.font, cell.alignment = text, font, alignment

    def _heading(self, text: str) -> None:
        self.at += 1
        self._put("B", text, look.font(11, look.NAVY, bold=True))
        for column in "BCDE":
            self.worksheet[f"{column}{self.at}"].fill = look.fill(look.BAND)
            self.worksheet[f"{column}{self.at}"].border = look.RULED
        self.worksheet.row_dimensions[self.at].height = 20
        self.at += 1

    def _rule(self) -> None:
        for column in "BCDE":
            self.worksheet[f"{column}{self.at}"].border = look.UNDERLINED

    def _glance(self, label: str, name: str, unit: Unit) -> None:
        place = self.layout.places[name]
        self._put("B", label, look.font(10), look.INDENTED)
        formula = f"={place.sheet}!{LIVE}{place.row}"
        self._put("C", formula, look.font(10, look.LINK_GREEN, bold=True), look.RIGHT)
        self.worksheet[f"C{self.at}"].number_format = look.FORMATS[unit]
        shown = self.case.say(unit) if unit in {Unit.MONEY, Unit.YEARS} else ""
        self._put("D", shown, look.font(9, look.SLATE), look.INDENTED)
        self._rule()
        self.worksheet.row_dimensions[self.at].height = 16.5
        self.at += 1

    def _paragraph(self, text: str) -> None:
        self.worksheet.merge_cells(f"B{self.at}:E{self.at}")
        self._put("B", text, look.font(10), look.LEFT)
        self._height(look.lines(text, sum(_WIDTHS[c] for c in "BCDE"), 10))

    def _line(self, name: str, text: str, address: str = "") -> None:
        columns = "CD" if address else "CDE"
        self.worksheet.merge_cells(f"C{self.at}:{columns[-1]}{self.at}")
        self._put("B", name, look.font(10, bold=True), look.INDENTED)
        self._put("C", text, look.font(10), look.LEFT)
        if address:
            self._put("E", address, look.font(9, look.SLATE), look.LEFT)
        self._rule()
        room = sum(_WIDTHS[c] for c in columns)
        self._height(
            max(
                look.lines(name, _WIDTHS["B"] * 0.9, 10),
                look.lines(text, room, 10),
                look.lines(address, _WIDTHS["E"]),
            )
        )

    def _legend(self, sample: str, means: str, ink: str, paper: str) -> None:
        self._put("B", means, look.font(10), look.INDENTED)
        self._put("C", sample, look.font(10, ink), look.CENTRED)
        self.worksheet[f"C{self.at}"].fill = look.fill(paper)
        self._rule()
        self._height(1)

    def _height(self, lines: int) -> None:
        self.worksheet.row_dimensions[self.at].height = 13 * lines + 5
        self.at += 1
