"""The two charts: proceeds against the fine, and the balance of the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.chart.axis import ChartLines
from openpyxl.chart.data_source import StrRef
from openpyxl.chart.layout import Layout as ChartLayout
from openpyxl.chart.layout import ManualLayout
from openpyxl.chart.legend import Legend
from openpyxl.chart.series import SeriesLabel
from openpyxl.chart.series_factory import SeriesFactory
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText, Text
from openpyxl.chart.title import Title
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.text import CharacterProperties, Font, Paragraph, ParagraphProperties, RegularTextRun

from dealmodel.workbook.template import look
from dealmodel.workbook.template.layout import HEADER, LIVE, SCENARIO_COLUMNS, YEARS

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from dealmodel.workbook.template.layout import Layout

_WIDTH, _HEIGHT = 36, 12.5
_BARS = (("gross_price", "8FB4E3"), ("net_proceeds", "1F3555"), ("fine_expected", "D9822B"))
_LINES = ("1F3555", "2F8F6B", "8A94A6", "D9822B", "B23A48")
_E, _I = 5, 9


def _character(size: float, colour: str = "3B4658", *, bold: bool = False) -> CharacterProperties:
    """Return how a letter of a chart looks."""
    return CharacterProperties(sz=int(size * 100), b=bold, latin=Font(typeface=look.FAMILY), solidFill=colour)


def _letters(size: float) -> RichText:
    """Return how the letters of an axis or a legend look."""
    return RichText(p=[Paragraph(pPr=ParagraphProperties(defRPr=_character(size)), endParaRPr=_character(size))])


def _title(text: str, letters: CharacterProperties) -> Title:
    run = RegularTextRun(rPr=letters, t=text)
    paragraph = Paragraph(pPr=ParagraphProperties(defRPr=letters), r=[run])
    return Title(tx=Text(rich=RichText(p=[paragraph])), overlay=False)


def _dress(chart: BarChart | LineChart, title: str, unit: str) -> None:
    """Give both charts the same axes, title, legend and size."""
    chart.title = _title(title, _character(12, "1F3555", bold=True))
    chart.width, chart.height = _WIDTH, _HEIGHT
    chart.legend = Legend()
    chart.legend.position = "b"
    chart.legend.txPr = _letters(9)
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.x_axis.txPr = chart.y_axis.txPr = _letters(9)
    chart.x_axis.tickLblPos = "low"
    chart.y_axis.number_format = "#,##0"
    chart.y_axis.title = _title(unit, _character(9))
    grid = GraphicalProperties(ln=LineProperties(solidFill="E1E6ED", w=6350))
    chart.y_axis.majorGridlines = ChartLines(spPr=grid)
    chart.x_axis.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill="9AA5B5", w=9525))
    chart.y_axis.graphicalProperties = GraphicalProperties(ln=LineProperties(noFill=True))
    chart.layout = ChartLayout(manualLayout=ManualLayout(x=0.07, y=0.12, w=0.91, h=0.66))


def offset_chart(worksheet: Worksheet, layout: Layout) -> BarChart:
    """Return columns of price, net proceeds and fine, scenario by scenario."""
    chart = BarChart()
    chart.type, chart.grouping, chart.gapWidth, chart.overlap = "col", "clustered", 70, -5
    names = Reference(worksheet, min_col=_E, max_col=_I, min_row=HEADER)
    for name, colour in _BARS:
        row = layout.places[name].row
        series = SeriesFactory(Reference(worksheet, min_col=_E, max_col=_I, min_row=row))
        series.tx = SeriesLabel(strRef=StrRef(f"{worksheet.title}!$A${row}"))
        series.graphicalProperties.solidFill = colour
        series.graphicalProperties.line.noFill = True
        series.invertIfNegative = False
        chart.series.append(series)
    chart.set_categories(names)
    _dress(chart, "Proceeds of the disposal against the fine, by scenario", worksheet["C" + str(row)].value)
    return chart


def balance_chart(worksheet: Worksheet, layout: Layout) -> LineChart:
    """Return lines of the balance over the years, one a scenario."""
    chart = LineChart()
    place, years = layout.places["balance"], layout.places["calendar_year"].row
    for column, letter, colour in zip(range(_E, _I + 1), SCENARIO_COLUMNS, _LINES, strict=True):
        series = SeriesFactory(Reference(worksheet, min_col=column, min_row=place.row, max_row=place.last))
        series.tx = SeriesLabel(strRef=StrRef(f"{worksheet.title}!${letter}${HEADER}"))
        series.graphicalProperties.line = LineProperties(solidFill=colour, w=28575)
        series.marker.symbol, series.marker.size = "circle", 6
        series.marker.graphicalProperties = GraphicalProperties(solidFill=colour)
        series.marker.graphicalProperties.line.solidFill = colour
        series.smooth = False
        chart.series.append(series)
    first = worksheet[f"{LIVE}{years}"]
    chart.set_categories(Reference(worksheet, min_col=first.column, min_row=years, max_row=years + YEARS - 1))
    _dress(chart, "Balance at the end of the year, with nothing raised", worksheet[f"C{place.row}"].value)
    chart.x_axis.number_format = "0"
    return chart
