"""The two charts: proceeds against the fine, and the balance of the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.chart.data_source import StrRef
from openpyxl.chart.legend import Legend
from openpyxl.chart.series import SeriesLabel
from openpyxl.chart.series_factory import SeriesFactory
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.drawing.line import LineProperties

from dealmodel.workbook.template import dress
from dealmodel.workbook.template.layout import HEADER, LIVE, SCENARIO_COLUMNS, YEARS

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from dealmodel.workbook.template.layout import Layout

_WIDTH, _HEIGHT = 36, 12.5
_BARS = (("gross_price", dress.BLUE), ("net_proceeds", dress.NAVY), ("fine_expected", dress.ORANGE))
_LINES = (dress.NAVY, dress.GREEN, dress.GREY, dress.ORANGE, dress.RED)
_E, _I = 5, 9


def _dress(chart: BarChart | LineChart, title: str, unit: str) -> None:
    """Give both charts the same axes, title, legend and size."""
    chart.title = dress.title(title, dress.character(12, dress.TITLE_INK, bold=True))
    chart.width, chart.height = _WIDTH, _HEIGHT
    chart.legend = Legend()
    chart.legend.position = "b"
    chart.legend.txPr = dress.letters(9)
    dress.dress_axes(chart)
    chart.y_axis.number_format = "#,##0"
    chart.y_axis.title = dress.title(unit, dress.character(9))
    chart.layout = dress.plot_area(0.07, 0.12, 0.91, 0.66)


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
    dress.label_with_texts(chart, names)
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
