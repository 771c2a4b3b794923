"""The charts of the sheets Simulation and Sensitivity, over fixed cells: only what the cells hold changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpyxl.chart import BarChart, Reference, ScatterChart
from openpyxl.chart.data_source import StrRef
from openpyxl.chart.legend import Legend
from openpyxl.chart.marker import Marker
from openpyxl.chart.series import SeriesLabel
from openpyxl.chart.series_factory import SeriesFactory
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, OneCellAnchor
from openpyxl.drawing.xdr import XDRPositiveSize2D
from openpyxl.utils import quote_sheetname

from dealmodel.workbook.address import column_letters
from dealmodel.workbook.resultsheets.blocks import WIDTHS
from dealmodel.workbook.template import dress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpyxl.chart.series import Series
    from openpyxl.worksheet.worksheet import Worksheet

    from dealmodel.workbook.address import Area
    from dealmodel.workbook.template.dress import Chart

# With conditions in it, a format loses the sign of some numbers in LibreOffice.
NUMBERS = "General"
"""Format of an axis whose numbers may be millions or fractions."""
_LABELLED = 5
"""Every so many bars of a histogram have a label; the cells of the others are empty."""
_MARKS = (dress.ORANGE, dress.NAVY, dress.ORANGE)
_PIXEL, _HEIGHT = 9525, 3_456_000
"""A pixel, and the height of a chart, in the units of drawings: 9.6 cm."""
_GAP = 10
"""Pixels between charts."""


def _pixels(width: int) -> int:
    """Return how wide a column is on a screen."""
    return width * 7 + 5


# A page ends where the last column does, and programs differ by some pixels in where that is.
SHEET_PIXELS = sum(map(_pixels, WIDTHS)) - 16


def place(sheet: Worksheet, chart: Chart, row: int, number: int, of: int) -> None:
    """Put a chart on a sheet, the one of so many that share a row."""
    width = (SHEET_PIXELS - (of - 1) * _GAP) // of
    left = number * (width + _GAP)
    column = 0
    while left >= _pixels(WIDTHS[column]):
        left, column = left - _pixels(WIDTHS[column]), column + 1
    marker = AnchorMarker(col=column, colOff=left * _PIXEL, row=row - 1, rowOff=0)
    size = XDRPositiveSize2D(width * _PIXEL, _HEIGHT)
    chart.anchor = OneCellAnchor(_from=marker, ext=size)  # type: ignore[assignment]  # stubs know a cell alone
    sheet.add_chart(chart)


def place_beside(sheet: Worksheet, chart: Chart, row: int, column: int) -> None:
    """Put a chart beside a table, from a column on to the last."""
    marker = AnchorMarker(col=column - 1, colOff=_GAP * _PIXEL, row=row - 1, rowOff=0)
    width = sum(map(_pixels, WIDTHS[column - 1 :])) - 16 - _GAP
    size = XDRPositiveSize2D(width * _PIXEL, _HEIGHT)
    chart.anchor = OneCellAnchor(_from=marker, ext=size)  # type: ignore[assignment]  # stubs know a cell alone
    sheet.add_chart(chart)


def _reference(sheet: Worksheet, area: Area, column: int, skip: int = 0) -> Reference:
    return Reference(sheet, min_col=area.left + column, min_row=area.top + skip, max_row=area.bottom)


def _named(sheet: Worksheet, series: Series, row: int, column: int) -> Series:
    """Give a series the name that a cell holds."""
    series.tx = SeriesLabel(strRef=StrRef(f"{quote_sheetname(sheet.title)}!${column_letters(column)}${row}"))
    return series


def _titled(sheet: Worksheet, chart: Chart, titles: Area, number: int, shown: str) -> None:
    reference = f"{quote_sheetname(sheet.title)}!${column_letters(titles.left)}${titles.top + number}"
    chart.title = dress.cell_title(reference, shown, dress.character(11, dress.TITLE_INK, bold=True))
    dress.dress_axes(chart)


def _x_title(sheet: Worksheet, chart: Chart, titles: Area, number: int, shown: str) -> None:
    reference = f"{quote_sheetname(sheet.title)}!${column_letters(titles.left)}${titles.top + number}"
    chart.x_axis.title = dress.cell_title(reference, shown, dress.character(9))


def _legend(chart: Chart) -> None:
    chart.legend = Legend()
    chart.legend.position = "b"
    chart.legend.txPr = dress.letters(9)


def _plain_numbers(chart: ScatterChart) -> None:
    chart.style = None
    chart.scatterStyle = "lineMarker"
    chart.x_axis.number_format = chart.y_axis.number_format = NUMBERS
    chart.x_axis.majorGridlines = None
    chart.x_axis.majorTickMark = "out"


def histogram(sheet: Worksheet, area: Area, titles: Area, shown: Sequence[str]) -> BarChart:
    """Return how often the output takes which value, with the bars that hold the 5th, 50th and 95th percentile."""
    chart = BarChart()
    chart.type, chart.grouping, chart.overlap, chart.gapWidth = "col", "stacked", 100, 6
    for column, colour in enumerate((dress.BLUE, *_MARKS), start=2):
        series = SeriesFactory(_reference(sheet, area, column, 1))
        chart.series.append(_named(sheet, _filled(series, colour), area.top, area.left + column))
    chart.set_categories(_reference(sheet, area, 0, 1))
    _titled(sheet, chart, titles, 0, shown[0])
    _x_title(sheet, chart, titles, 5, shown[5])
    _legend(chart)
    chart.x_axis.tickLblSkip, chart.x_axis.tickMarkSkip = 1, _LABELLED
    chart.x_axis.number_format, chart.y_axis.number_format = NUMBERS, "#,##0"
    chart.x_axis.majorTickMark = "out"
    return chart


def cumulative(sheet: Worksheet, area: Area, titles: Area, shown: Sequence[str]) -> ScatterChart:
    """Return the probability of at most a value."""
    chart = ScatterChart()
    chart.series.append(_line(sheet, area, 1, dress.NAVY))
    _titled(sheet, chart, titles, 1, shown[1])
    _x_title(sheet, chart, titles, 5, shown[5])
    _plain_numbers(chart)
    chart.legend = None
    chart.y_axis.scaling.min, chart.y_axis.scaling.max, chart.y_axis.majorUnit = 0, 1, 0.25
    chart.y_axis.number_format = "0%"
    return chart


def convergence(sheet: Worksheet, area: Area, titles: Area, shown: Sequence[str]) -> ScatterChart:
    """Return the mean as the trials went on, within the band that holds it with 95%."""
    chart = ScatterChart()
    for column, colour in ((1, dress.NAVY), (2, dress.GREY), (3, dress.GREY)):
        series = _line(sheet, area, column, colour, dashed=column > 1)
        chart.series.append(_named(sheet, series, area.top - 1, area.left + column))
    _titled(sheet, chart, titles, 2, shown[2])
    chart.x_axis.title = dress.title("trials", dress.character(9))
    _plain_numbers(chart)
    chart.x_axis.number_format = "#,##0"
    chart.x_axis.scaling.min = 0
    _legend(chart)
    return chart


def tornado(sheet: Worksheet, area: Area, titles: Area, shown: Sequence[str]) -> BarChart:
    """Return the rank correlations of the strongest inputs, the strongest on top."""
    chart = _bars(sheet, area, (1,), (dress.NAVY,), skip=0)
    _titled(sheet, chart, titles, 3, shown[3])
    chart.legend = None
    chart.y_axis.number_format = "0.0"
    chart.y_axis.scaling.min, chart.y_axis.scaling.max, chart.y_axis.majorUnit = -1, 1, 0.5
    return chart


def deviations(sheet: Worksheet, area: Area, titles: Area, shown: Sequence[str]) -> BarChart:
    """Return by how much each input moves the output at its low and at its high value."""
    chart = _bars(sheet, area, (1, 2), (dress.ORANGE, dress.NAVY), skip=1)
    for column, series in enumerate(chart.series, start=1):
        _named(sheet, series, area.top, area.left + column)
    _titled(sheet, chart, titles, 0, shown[0])
    reference = f"{quote_sheetname(sheet.title)}!${column_letters(titles.left)}${titles.top + 1}"
    chart.y_axis.title = dress.cell_title(reference, shown[1], dress.character(9))
    chart.y_axis.number_format = NUMBERS
    _legend(chart)
    return chart


def _bars(
    sheet: Worksheet, area: Area, columns: Sequence[int], colours: Sequence[str], *, skip: int
) -> BarChart:  # fmt: skip
    chart = BarChart()
    chart.type, chart.grouping, chart.overlap, chart.gapWidth = "bar", "clustered", 100, 35
    for column, colour in zip(columns, colours, strict=True):
        chart.series.append(_filled(SeriesFactory(_reference(sheet, area, column, skip)), colour))
    dress.label_with_texts(chart, _reference(sheet, area, 0, skip))
    # The first row stands on top, and the numbers still below.
    chart.x_axis.scaling.orientation = "maxMin"
    chart.y_axis.crosses = "max"
    return chart


def scatter(sheet: Worksheet, area: Area, titles: Area, shown: Sequence[str]) -> ScatterChart:
    """Return the output against its strongest input."""
    chart = ScatterChart()
    series = SeriesFactory(_reference(sheet, area, 1), _reference(sheet, area, 0))
    series.marker = Marker(symbol="circle", size=4)
    series.marker.graphicalProperties = GraphicalProperties(solidFill=dress.BLUE)
    series.marker.graphicalProperties.line.solidFill = dress.NAVY
    series.marker.graphicalProperties.line.width = 3175
    series.graphicalProperties = GraphicalProperties(ln=LineProperties(noFill=True))
    chart.series.append(series)
    _titled(sheet, chart, titles, 4, shown[4])
    _x_title(sheet, chart, titles, 6, shown[6])
    _plain_numbers(chart)
    chart.legend = None
    return chart


def _filled(series: Series, colour: str) -> Series:
    series.graphicalProperties.solidFill = colour
    series.graphicalProperties.line.noFill = True
    series.invertIfNegative = False
    return series


def _line(sheet: Worksheet, area: Area, column: int, colour: str, *, dashed: bool = False) -> Series:
    series: Series = SeriesFactory(_reference(sheet, area, column), _reference(sheet, area, 0))
    series.marker = Marker(symbol="none")
    series.graphicalProperties = GraphicalProperties(ln=dress.line(colour, dashed=dashed))
    series.smooth = False
    return series
