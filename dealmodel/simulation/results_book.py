"""The results of a simulation as a workbook of their own, with native charts."""

from __future__ import annotations

import io
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference, ScatterChart
from openpyxl.chart.legend import Legend
from openpyxl.chart.marker import Marker
from openpyxl.chart.series_factory import SeriesFactory
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from dealmodel.errors import WorkbookError
from dealmodel.simulation.statistics import PERCENTILES
from dealmodel.workbook.save import check_not_open, write_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from openpyxl.chart.series import Series
    from openpyxl.worksheet.worksheet import Worksheet

    from dealmodel.simulation.result import Simulation
    from dealmodel.simulation.statistics import Statistics

_DARK, _LIGHT, _MARK, _GREY = "1F3555", "8FB4E3", "D9822B", "8A94A6"
_HEAD = PatternFill("solid", fgColor=_DARK)
_MARKED = (0.05, 0.5, 0.95)
"""The percentiles that the histogram marks."""
_BARS, _POINTS, _INPUTS = 50, 1000, 15
_WIDTH, _HEIGHT = 17, 8.5
_ROWS_OF_CHART = 18
_SHARES = (9, 11)
"""Columns of the summary that hold probabilities."""
_DATA = 30
"""First column of what the charts of a sheet show."""
_CONFIDENCE = 1.959963984540054


def write_results(simulation: Simulation, path: str | Path) -> Path:
    """Write a workbook with the statistics, and for each output a sheet with its charts.

    Raises
    ------
    WorkbookError
        If the file is not an .xlsx, or is open.
    """
    target = Path(path)
    if target.suffix.lower() != ".xlsx":
        raise WorkbookError(f"results are written to an .xlsx file; got {target.name}")
    check_not_open(target)
    write_file(target, to_bytes(simulation))
    return target


def to_bytes(simulation: Simulation) -> bytes:
    """Return the workbook."""
    book = Workbook()
    first = book.active
    if first is not None:
        book.remove(first)
    _summary(book.create_sheet("Simulation"), simulation)
    _sensitivities(book.create_sheet("Sensitivity"), simulation)
    taken = {"simulation", "sensitivity"}
    for statistics in simulation.statistics.values():
        name = _sheet_name(statistics.name, taken)
        taken.add(name.casefold())
        _output(book.create_sheet(name), simulation, statistics)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _sheet_name(name: str, taken: Iterable[str]) -> str:
    """Return a name that a sheet may have, and that no other has."""
    plain = re.sub(r"[\[\]:*?/\\']", " ", name).strip()[:28] or "output"
    found, number = plain, 2
    while found.casefold() in taken:
        found, number = f"{plain} {number}", number + 1
    return found


def _write(sheet: Worksheet, row: int, column: int, rows: Sequence[Sequence[Any]]) -> None:
    """Write a table with its header, from a cell on; what is not a number stays empty."""
    if column == 1:
        sheet.row_dimensions[row].height = 30
    for i, values in enumerate(rows):
        for j, value in enumerate(values):
            known = None if isinstance(value, float) and not math.isfinite(value) else value
            cell = sheet.cell(row + i, column + j, known)
            if isinstance(known, str) and known.startswith("="):
                cell.data_type = "s"
            if i == 0:
                cell.font, cell.fill = Font(bold=True, color="FFFFFF"), _HEAD
                cell.alignment = Alignment(horizontal="left" if j == 0 else "right", wrap_text=True)


def _summary(sheet: Worksheet, simulation: Simulation) -> None:
    sheet["A1"] = f"Simulation of {simulation.book}"
    sheet["A1"].font = Font(bold=True, size=14, color=_DARK)
    sheet["A2"] = (
        f"{simulation.trials:,} trials, sampler {simulation.sampler}, seed {simulation.seed}; "
        f"{simulation.checked} of them computed again by the engine, with the same result"
    )
    for number, note in enumerate(simulation.notes):
        sheet.cell(3 + number, 1, f"Note: {note}").font = Font(italic=True, color=_MARK)
    row = 4 + len(simulation.notes)
    heads = ["Output", "Mean", "± (standard error)", "Standard deviation", "Skewness", "Kurtosis", "Lowest", "Highest"]
    heads += ["P(< 0)", "Target", "P(> target)", "Mean of the lowest 5%", "Trials", "Errors"]
    rows: list[list[Any]] = [heads]
    for s in simulation.statistics.values():
        shape = [s.name, s.mean, s.mean_error, s.sd, s.skew, s.kurtosis, s.lowest, s.highest]
        rows.append([*shape, s.negative, s.target, s.above, s.shortfall, s.trials, sum(s.errors.values())])
    _write(sheet, row, 1, rows)
    for number in range(row + 1, row + len(rows)):
        for column in range(2, len(heads) + 1):
            sheet.cell(number, column).number_format = "0.00%" if column in _SHARES else "#,##0.####"
    row += len(rows) + 1
    rows = [["Percentile", *(f"{p:.0%}" for p in PERCENTILES)]]
    for s in simulation.statistics.values():
        rows += [[s.name, *s.percentiles.values()], ["± (standard error)", *s.percentile_errors.values()]]
    _write(sheet, row, 1, rows)
    for number in range(row + 1, row + len(rows)):
        for column in range(2, len(PERCENTILES) + 2):
            sheet.cell(number, column).number_format = "#,##0.####"
    _widths(sheet, 26, len(heads))
    _on_one_page(sheet)


def _sensitivities(sheet: Worksheet, simulation: Simulation) -> None:
    heads = ["Output", "Input", "Rank correlation", "Contribution to variance"]
    indices = simulation.indices
    rows: list[list[Any]] = [heads + (["First-order index", "Total-order index"] if indices else [])]
    for name, influences in simulation.influences.items():
        for influence in influences:
            row: list[Any] = [name, influence.input, influence.correlation, influence.contribution]
            if indices is not None:
                place = indices.inputs.index(influence.input)
                row += [float(indices.first[name][place]), float(indices.total[name][place])]
            rows.append(row)
    _write(sheet, 1, 1, rows)
    for number in range(2, len(rows) + 1):
        sheet.cell(number, 3).number_format = "0.000"
        sheet.cell(number, 4).number_format = "0.0%"
    sheet.freeze_panes = "A2"
    _widths(sheet, 26, len(rows[0]))
    _on_one_page(sheet)


def _widths(sheet: Worksheet, first: float, columns: int) -> None:
    for column in range(1, columns + 1):
        sheet.column_dimensions[get_column_letter(column)].width = first if column == 1 else 16


def _output(sheet: Worksheet, simulation: Simulation, statistics: Statistics) -> None:
    """Write the charts of an output, and what they show to the right of them."""
    sheet["A1"] = statistics.name
    sheet["A1"].font = Font(bold=True, size=14, color=_DARK)
    sheet.sheet_view.showGridLines = False
    sheet.print_area = f"A1:T{2 + 3 * _ROWS_OF_CHART}"
    _on_one_page(sheet)
    _histogram(sheet, statistics)
    _cumulative(sheet, statistics)
    _tornado(sheet, simulation, statistics)
    _scatter(sheet, simulation, statistics)
    _convergence(sheet, statistics)


def _on_one_page(sheet: Worksheet) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _place(sheet: Worksheet, chart: BarChart | ScatterChart, title: str, number: int) -> None:
    chart.title = title
    chart.width, chart.height = _WIDTH, _HEIGHT
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.x_axis.tickLblPos = "low"
    left = "A" if number % 2 == 0 else "K"
    sheet.add_chart(chart, f"{left}{3 + number // 2 * _ROWS_OF_CHART}")


def _reference(sheet: Worksheet, column: int, rows: int) -> Reference:
    return Reference(sheet, min_col=column, min_row=2, max_row=rows + 1)


def _histogram(sheet: Worksheet, statistics: Statistics) -> None:
    edges, counts = statistics.distribution.histogram(_BARS)
    marks = [
        int(np.clip(np.searchsorted(edges, statistics.percentiles[p], side="right") - 1, 0, _BARS - 1)) for p in _MARKED
    ]
    rows: list[list[Any]] = [["Middle", "Trials", *(f"P{p:.0%}".rstrip("%") for p in _MARKED)]]
    for i, count in enumerate(counts.tolist()):
        row: list[Any] = [_rounded((edges[i] + edges[i + 1]) / 2, edges[1] - edges[0]), None if i in marks else count]
        rows.append(row + [count if i == mark else None for mark in marks])
    _write(sheet, 1, _DATA, rows)
    chart = BarChart()
    chart.type, chart.grouping, chart.overlap, chart.gapWidth = "col", "stacked", 100, 4
    for column, colour in enumerate((_LIGHT, _MARK, _DARK, _MARK), start=_DATA + 1):
        series = SeriesFactory(_reference(sheet, column, _BARS), title=rows[0][column - _DATA])
        series.graphicalProperties.solidFill = colour
        chart.series.append(series)
    chart.set_categories(_reference(sheet, _DATA, _BARS))
    chart.legend = Legend()
    chart.legend.position = "b"
    chart.x_axis.tickLblSkip = 10
    _place(sheet, chart, "How often it takes which value", 0)


def _rounded(value: float, step: float) -> float:
    """Return a number with the digits that a step leaves to it."""
    return round(float(value), max(0, 2 - math.floor(math.log10(step)))) if step > 0 else float(value)


def _line(sheet: Worksheet, columns: tuple[int, int], rows: int, title: str, colour: str) -> Series:
    x, y = (_reference(sheet, column, rows) for column in columns)
    series: Series = SeriesFactory(y, x, title=title)
    series.marker = Marker(symbol="none")
    series.graphicalProperties.line.solidFill = colour
    series.graphicalProperties.line.width = 19050
    series.smooth = False
    return series


def _cumulative(sheet: Worksheet, statistics: Statistics) -> None:
    shares = [0.001, *(i / 100 for i in range(1, 100)), 0.999]
    rows: list[list[Any]] = [["Value", "Probability of at most"]]
    rows += [[statistics.distribution.quantile(share), share] for share in shares]
    _write(sheet, 1, _DATA + 6, rows)
    chart = ScatterChart()
    chart.style, chart.legend = 13, None
    chart.series.append(_line(sheet, (_DATA + 6, _DATA + 7), len(shares), "at most", _DARK))
    chart.y_axis.scaling.min, chart.y_axis.scaling.max = 0, 1
    chart.y_axis.number_format = "0%"
    _place(sheet, chart, "Probability of at most this value", 1)


def _tornado(sheet: Worksheet, simulation: Simulation, statistics: Statistics) -> None:
    influences = simulation.influences[statistics.name][:_INPUTS]
    rows: list[list[Any]] = [["Input", "Rank correlation"], *([i.input, i.correlation] for i in reversed(influences))]
    _write(sheet, 1, _DATA + 9, rows)
    chart = BarChart()
    chart.type, chart.gapWidth, chart.legend = "bar", 30, None
    series = SeriesFactory(_reference(sheet, _DATA + 10, len(influences)), title="Rank correlation")
    series.graphicalProperties.solidFill = _DARK
    chart.series.append(series)
    chart.set_categories(_reference(sheet, _DATA + 9, len(influences)))
    _place(sheet, chart, "What moves it: rank correlation with each input", 2)


def _scatter(sheet: Worksheet, simulation: Simulation, statistics: Statistics) -> None:
    strongest = simulation.influences[statistics.name][0].input
    x, y = simulation.column(strongest)[:_POINTS], simulation.column(statistics.name)[:_POINTS]
    known = np.isfinite(x) & np.isfinite(y)
    rows: list[list[Any]] = [[strongest, statistics.name]]
    rows += np.stack([x[known], y[known]], axis=1).tolist()
    _write(sheet, 1, _DATA + 12, rows)
    chart = ScatterChart()
    chart.style, chart.legend = 13, None
    across, up = (_reference(sheet, column, len(rows) - 1) for column in (_DATA + 12, _DATA + 13))
    series = SeriesFactory(up, across, title=statistics.name)
    series.marker = Marker(symbol="circle", size=3)
    series.marker.graphicalProperties.solidFill = _LIGHT
    series.marker.graphicalProperties.line.solidFill = _LIGHT
    series.graphicalProperties.line.noFill = True
    chart.series.append(series)
    chart.x_axis.title = strongest
    _place(sheet, chart, f"Against the strongest input, {strongest}", 3)


def _convergence(sheet: Worksheet, statistics: Statistics) -> None:
    points = [(n, mean, error) for n, mean, error in statistics.convergence if math.isfinite(error)]
    rows: list[list[Any]] = [["Trials", "Mean", "Lower end of 95%", "Upper end of 95%"]]
    rows += [[n, mean, mean - _CONFIDENCE * error, mean + _CONFIDENCE * error] for n, mean, error in points]
    _write(sheet, 1, _DATA + 15, rows)
    chart = ScatterChart()
    chart.style = 13
    for column, colour in enumerate((_DARK, _GREY, _GREY), start=1):
        columns = (_DATA + 15, _DATA + 15 + column)
        chart.series.append(_line(sheet, columns, len(points), rows[0][column], colour))
    chart.legend = Legend()
    chart.legend.position = "b"
    _place(sheet, chart, "How the mean settled", 4)
