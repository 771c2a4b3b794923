"""Roots and stress in workbooks of their own, with a chart each."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.errors import WorkbookError
from dealmodel.simulation.results.figures import unit_of
from dealmodel.workbook.resultsheets.fill import made_by
from dealmodel.workbook.save import check_not_book, check_not_open, write_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from openpyxl import Workbook
    from openpyxl.chart import ScatterChart
    from openpyxl.worksheet.worksheet import Worksheet

    from dealmodel.cells import Scalar
    from dealmodel.simulation.whatif.solving import Solution
    from dealmodel.simulation.whatif.stress import Stress
    from dealmodel.workbook.model import Model

_POINTS = 400
"""Points of the curve that a workbook shows."""
_OUTER, _FAR = 0.03, 10.0
"""Share of the values on either side that may be far out, and how many times the range of the others that is."""
_DATA = 12
"""First column of what a chart shows."""


def write_solution(found: Solution, model: Model, path: Path, command: str = "") -> None:
    """Write roots, what is known of others, and the curve.

    Raises
    ------
    WorkbookError
        If the file is no .xlsx, or is open.
    """
    asked = f"{found.output} = {found.target:g} by {found.name}"
    book, sheet = _begun(model, path, "Solve", asked)
    unit = unit_of(model, found.name)
    facts: list[tuple[str, Scalar]] = [
        ("Input", f"{found.name}, {unit}" if unit else found.name),
        ("From", found.low),
        ("To", found.high),
        ("Roots", float(len(found.roots))),
        ("What is known", found.reason),
        ("Made by", made_by(model)),
        ("How to repeat it", command),
    ]
    row = _facts(sheet, facts)
    rows: list[list[Scalar]] = [
        [r.low, r.high, r.output, "root" if r.low == r.high else "every value"] for r in found.roots
    ]
    rows += [[place, place, None, "jump past the target"] for place in found.jumps]
    row = _table(sheet, row, [f"{found.name} from", "to", found.output, "what it is"], rows)
    sheet.add_chart(_curve(sheet, found, asked, str(facts[0][1])), f"A{row + 1}")
    _end(book, sheet, row + 24, path)


def _curve(sheet: Worksheet, found: Solution, asked: str, label: str) -> ScatterChart:
    """Return a chart of the output over the input, with the target and the roots, after what it shows is written."""
    from openpyxl.chart import Reference  # noqa: PLC0415  180 ms
    from openpyxl.chart import ScatterChart as Scatter  # noqa: PLC0415
    from openpyxl.chart.legend import Legend  # noqa: PLC0415
    from openpyxl.chart.marker import Marker  # noqa: PLC0415
    from openpyxl.chart.series_factory import SeriesFactory  # noqa: PLC0415
    from openpyxl.chart.shapes import GraphicalProperties  # noqa: PLC0415
    from openpyxl.drawing.line import LineProperties  # noqa: PLC0415

    from dealmodel.workbook.resultsheets.charts import NUMBERS  # noqa: PLC0415
    from dealmodel.workbook.template import dress  # noqa: PLC0415

    picked = np.unique(np.linspace(0, len(found.places) - 1, _POINTS).astype(int))
    curve = [[p, v if math.isfinite(v) else None, found.target] for p, v in
             zip(found.places[picked].tolist(), found.values[picked].tolist(), strict=True)]  # fmt: skip
    _data(sheet, _DATA, [found.name, found.output, "target"], curve)
    _data(
        sheet, _DATA + 4, ["root", found.output], [[end, found.target] for r in found.roots for end in {r.low, r.high}]
    )
    chart = Scatter()
    chart.style, chart.scatterStyle = None, "lineMarker"
    chart.display_blanks = "gap"
    for column, colour, dashed in ((1, dress.NAVY, False), (2, dress.ORANGE, True)):
        across, up = (Reference(sheet, min_col=_DATA + c, min_row=5, max_row=4 + len(curve)) for c in (0, column))
        series = SeriesFactory(up, across, title=(found.output, "target")[column - 1])
        series.marker = Marker(symbol="none")
        series.graphicalProperties = GraphicalProperties(ln=dress.line(colour, dashed=dashed))
        series.smooth = False
        chart.series.append(series)
    if found.roots:
        last = 4 + sum(len({r.low, r.high}) for r in found.roots)
        across, up = (Reference(sheet, min_col=_DATA + c, min_row=5, max_row=last) for c in (4, 5))
        series = SeriesFactory(up, across, title="roots")
        series.marker = Marker(symbol="circle", size=8)
        series.marker.graphicalProperties = GraphicalProperties(solidFill=dress.ORANGE)
        series.graphicalProperties = GraphicalProperties(ln=LineProperties(noFill=True))
        chart.series.append(series)
    chart.title = dress.title(asked, dress.character(12, dress.TITLE_INK, bold=True))
    dress.dress_axes(chart)
    chart.x_axis.title = dress.title(label, dress.character(9))
    chart.x_axis.number_format = chart.y_axis.number_format = NUMBERS
    chart.x_axis.majorGridlines = None
    chart.x_axis.scaling.min, chart.x_axis.scaling.max = found.low, found.high
    ends = _ends_without_poles(found)
    if ends is not None:
        chart.y_axis.scaling.min, chart.y_axis.scaling.max = ends
        chart.x_axis.crosses = chart.y_axis.crosses = "min"
    chart.legend = Legend()
    chart.legend.position = "b"
    chart.width, chart.height = 26, 11
    return chart


def _ends_without_poles(found: Solution) -> tuple[float, float] | None:
    """Return the ends of an axis that leaves out what lies far beyond nearly all values, or None where nothing does."""
    values = found.values[np.isfinite(found.values)]
    if not values.size:
        return None
    low, high = (float(v) for v in np.quantile(values, (_OUTER, 1 - _OUTER)))
    low, high = min(low, found.target), max(high, found.target)
    if not low < high or float(np.ptp(values)) < _FAR * (high - low):
        return None
    step = 10.0 ** math.floor(math.log10(high - low))
    return float(f"{math.floor(low / step) * step:.12g}"), float(f"{math.ceil(high / step) * step:.12g}")


def write_stress(found: Sequence[Stress], output: str, model: Model, path: Path, command: str = "") -> None:
    """Write what an output is while inputs are confined to their worst decile.

    Raises
    ------
    WorkbookError
        If the file is no .xlsx, or is open.
    """
    from openpyxl.chart import BarChart, Reference  # noqa: PLC0415  180 ms
    from openpyxl.chart.legend import Legend  # noqa: PLC0415
    from openpyxl.chart.series_factory import SeriesFactory  # noqa: PLC0415

    from dealmodel.workbook.resultsheets.charts import NUMBERS  # noqa: PLC0415
    from dealmodel.workbook.template import dress  # noqa: PLC0415

    book, sheet = _begun(model, path, "Stress", f"{output} with inputs in their worst decile")
    unit = unit_of(model, output)
    facts: list[tuple[str, Scalar]] = [
        ("Output", f"{output}, {unit}" if unit else output),
        ("Made by", made_by(model)),
        ("How to repeat it", command),
    ]
    top = _facts(sheet, facts)
    heads = ["Input in its worst decile", "Decile", "Mean", "5% are below", "50% are below", "95% are below", "Errors"]
    rows: list[list[Scalar]] = [[s.name, s.tail, s.mean, s.p5, s.p50, s.p95, s.errors] for s in found]
    last = _table(sheet, top, heads, rows)
    for number in range(top + 1, last):
        sheet.cell(number, len(heads)).number_format = "0.0%"
    chart = BarChart()
    chart.type, chart.gapWidth = "bar", 40
    for column, colour in ((4, dress.BLUE), (3, dress.NAVY), (6, dress.ORANGE)):
        series = SeriesFactory(Reference(sheet, min_col=column, min_row=top + 1, max_row=top + len(found)))
        series.tx = SeriesFactory(Reference(sheet, min_col=column, min_row=top), title=heads[column - 1]).tx
        series.graphicalProperties.solidFill = colour
        chart.series.append(series)
    dress.label_with_texts(chart, Reference(sheet, min_col=1, min_row=top + 1, max_row=top + len(found)))
    chart.title = dress.title(
        f"{output}, each input in its worst decile", dress.character(12, dress.TITLE_INK, bold=True)
    )
    dress.dress_axes(chart)
    chart.x_axis.scaling.orientation, chart.y_axis.crosses = "maxMin", "max"
    chart.y_axis.number_format = NUMBERS
    chart.y_axis.title = dress.title(str(facts[0][1]), dress.character(9))
    chart.legend = Legend()
    chart.legend.position = "b"
    chart.width, chart.height = 26, 5 + 1.2 * len(found)
    sheet.add_chart(chart, f"A{last + 1}")
    _end(book, sheet, last + 12 + 3 * len(found), path)


def _begun(model: Model, path: Path, title: str, asked: str) -> tuple[Workbook, Worksheet]:
    from openpyxl import Workbook  # noqa: PLC0415  180 ms

    from dealmodel.workbook.template import look  # noqa: PLC0415

    if path.suffix.lower() != ".xlsx":
        raise WorkbookError(f"results are written to an .xlsx file; got {path.name}")
    check_not_book(path, model.path)
    check_not_open(path)
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    sheet["A1"], sheet["A1"].font = f"{model.book.label}: {asked}", look.font(16, look.NAVY, bold=True)
    for letter, width in zip("ABCDEFG", (34, 22, 22, 24, 16, 16, 12), strict=True):
        sheet.column_dimensions[letter].width = width
    return book, sheet


def _facts(sheet: Worksheet, facts: Sequence[tuple[str, Scalar]]) -> int:
    """Write what a run is described by; return the row after the next."""
    from dealmodel.workbook.template import look  # noqa: PLC0415

    for row, (label, value) in enumerate(facts, start=3):
        sheet.cell(row, 1, label).font = look.font(10, bold=True)
        sheet.merge_cells(start_row=row, end_row=row, start_column=2, end_column=7)
        cell = sheet.cell(row, 2)
        _set(cell, value)
        cell.font, cell.alignment = look.font(10), look.LEFT
        sheet.cell(row, 1).alignment = look.NEXT_TO
        sheet.row_dimensions[row].height = 13 * look.lines(str(value), 95, 10) + 4
    return 4 + len(facts)


def _table(sheet: Worksheet, top: int, heads: Sequence[str], rows: Sequence[Sequence[Scalar]]) -> int:
    """Write a table; return the row after it."""
    from dealmodel.workbook.resultsheets.drawing import NUMBER  # noqa: PLC0415
    from dealmodel.workbook.template import look  # noqa: PLC0415

    for column, head in enumerate(heads, start=1):
        cell = sheet.cell(top, column)
        _set(cell, head)
        cell.font, cell.fill = look.font(10, look.WHITE, bold=True), look.fill(look.NAVY)
        cell.alignment = look.CENTRED
    sheet.row_dimensions[top].height = 30
    for i, row in enumerate(rows, start=top + 1):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(i, column)
            _set(cell, value)
            cell.font, cell.border, cell.number_format = look.font(10), look.UNDERLINED, NUMBER
            cell.alignment = look.INDENTED if isinstance(value, str) else look.RIGHT
    return top + 1 + len(rows)


def _data(sheet: Worksheet, left: int, heads: Sequence[str], rows: Sequence[Sequence[Scalar]]) -> None:
    for i, row in enumerate([heads, *rows], start=4):
        for column, value in enumerate(row, start=left):
            _set(sheet.cell(i, column), value)


def _set(cell: object, value: Scalar) -> None:
    """Put a value into a cell; a text that begins with = is no formula, and what is not finite stays empty."""
    known = None if isinstance(value, float) and not math.isfinite(value) else value
    cell.value = known  # type: ignore[attr-defined]
    if isinstance(known, str):
        cell.data_type = "s"  # type: ignore[attr-defined]


def _end(book: Workbook, sheet: Worksheet, last: int, path: Path) -> None:
    from dealmodel.workbook.resultsheets.caches import with_caches  # noqa: PLC0415
    from dealmodel.workbook.template.pack import pack  # noqa: PLC0415
    from dealmodel.workbook.template.page import finish_page  # noqa: PLC0415

    finish_page(sheet, sheet["A1"].value or "")
    sheet.print_area = f"A1:J{last}"
    book.properties.creator = book.properties.lastModifiedBy = "dealmodel"
    out = io.BytesIO()
    book.save(out)
    write_file(path, pack(with_caches(out.getvalue(), path.name)))
