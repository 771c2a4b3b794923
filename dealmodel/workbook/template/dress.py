"""How charts look: letters, titles, axes, lines; the same in every chart of the book."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from openpyxl.chart.axis import ChartLines
from openpyxl.chart.data_source import AxDataSource, StrData, StrRef, StrVal
from openpyxl.chart.layout import Layout as ChartLayout
from openpyxl.chart.layout import ManualLayout
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText, Text
from openpyxl.chart.title import Title
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.text import CharacterProperties, Font, Paragraph, ParagraphProperties, RegularTextRun

from dealmodel.workbook.template import look

if TYPE_CHECKING:
    from openpyxl.chart import BarChart, LineChart, Reference, ScatterChart

    Chart: TypeAlias = BarChart | LineChart | ScatterChart

INK, TITLE_INK, AXIS, GRID = "3B4658", "1F3555", "9AA5B5", "E1E6ED"
NAVY, BLUE, ORANGE, GREEN, GREY, RED = "1F3555", "8FB4E3", "D9822B", "2F8F6B", "8A94A6", "B23A48"


def character(size: float, colour: str = INK, *, bold: bool = False) -> CharacterProperties:
    """Return how a letter of a chart looks."""
    return CharacterProperties(sz=int(size * 100), b=bold, latin=Font(typeface=look.FAMILY), solidFill=colour)


def letters(size: float) -> RichText:
    """Return how the letters of an axis or a legend look."""
    return _properties(character(size))


def _properties(properties: CharacterProperties) -> RichText:
    """Return how letters look that stand elsewhere; without a run, which openpyxl would put in, empty."""
    paragraph = Paragraph(pPr=ParagraphProperties(defRPr=properties), endParaRPr=properties, r=[])
    return RichText(p=[paragraph])


def title(text: str, properties: CharacterProperties) -> Title:
    """Return a title that is a text."""
    run = RegularTextRun(rPr=properties, t=text)
    paragraph = Paragraph(pPr=ParagraphProperties(defRPr=properties), r=[run])
    return Title(tx=Text(rich=RichText(p=[paragraph])), overlay=False)


def cell_title(reference: str, shown: str, properties: CharacterProperties) -> Title:
    """Return a title that a cell holds.

    Parameters
    ----------
    reference
        The cell, as `Simulation!$T$6`.
    shown
        What it holds now; a program that does not read the cell shows this.
    properties
        How its letters look.
    """
    cache = StrData(ptCount=1, pt=[StrVal(idx=0, v=shown)])
    return Title(tx=Text(strRef=StrRef(f=reference, strCache=cache)), txPr=_properties(properties), overlay=False)


def dress_axes(chart: Chart) -> None:
    """Give a chart quiet axes: labels on the low side, hair lines, nothing where a line says nothing."""
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.x_axis.txPr = chart.y_axis.txPr = letters(9)
    chart.x_axis.tickLblPos = "low"
    grid = GraphicalProperties(ln=LineProperties(solidFill=GRID, w=6350))
    chart.y_axis.majorGridlines = ChartLines(spPr=grid)
    chart.x_axis.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill=AXIS, w=9525))
    chart.y_axis.graphicalProperties = GraphicalProperties(ln=LineProperties(noFill=True))


def plot_area(x: float, y: float, width: float, height: float) -> ChartLayout:
    """Return where the plot stands within its chart, in parts of the chart's size."""
    return ChartLayout(manualLayout=ManualLayout(x=x, y=y, w=width, h=height))


def label_with_texts(chart: Chart, cells: Reference) -> None:
    """Take the labels of a chart from cells that hold texts; openpyxl would call them numbers."""
    for series in chart.series:
        series.cat = AxDataSource(strRef=StrRef(f=str(cells)))


def line(colour: str, *, dashed: bool = False) -> LineProperties:
    """Return a line of a chart."""
    return LineProperties(solidFill=colour, w=22225, prstDash="sysDash" if dashed else None)
