"""What-if results in a workbook: on the sheet that is there for them, or in a workbook of their own."""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING, Any

from dealmodel.errors import WorkbookError
from dealmodel.simulation.results.figures import unit_of
from dealmodel.simulation.results.legend import unit_or_label
from dealmodel.simulation.whatif.levers import Lever
from dealmodel.simulation.whatif.shown import is_dated, shower
from dealmodel.workbook.resultsheets.blocks import (
    DEVIATION_HEADS,
    SENSITIVITY,
    SWUNG,
    TABLE_LABELS,
    SensitivityBlocks,
    Size,
)
from dealmodel.workbook.resultsheets.fill import (
    GRID,
    TABLE_THEN,
    Results,
    made_by,
    put,
    put_inputs,
    result_sheets,
    the_sheet,
)
from dealmodel.workbook.resultsheets.fill import SWUNG as SWINGS
from dealmodel.workbook.save import check_not_book, check_not_open, write_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from dealmodel.cells import Scalar
    from dealmodel.simulation.whatif.swings import Sensitivity, Swing
    from dealmodel.simulation.whatif.tables import Axis, Table
    from dealmodel.workbook.address import CellAt
    from dealmodel.workbook.model import Model
    from dealmodel.workbook.resultsheets.fill import ResultSheet

    Rows = Sequence[Sequence[Scalar]]

_LISTED = 5
"""Inputs that a note names before it counts the others."""
_SOURCES = {
    "workbook": "workbook",
    "distribution": "deciles",
    "share": "its value",
    "whole": "whole numbers",
    "year": "its date",
}
"""Where a range comes from, in the words of tables."""
MOST_IN_A_BOOK = 100_000
"""Cells of a table that are written into a workbook."""


def need_sheet(model: Model, *, table: bool) -> None:
    """Refuse a workbook without a sheet for such results, before anything is worked out.

    Raises
    ------
    WorkbookError
        If it has none.
    """
    the_sheet(model, GRID if table else SWINGS, "a table" if table else "swings")


def write_swings(found: Sensitivity, model: Model, path: Path, command: str = "") -> None:
    """Write one-way swings into a copy of their workbook, or into a workbook of their own.

    Raises
    ------
    WorkbookError
        If the file is of another kind, or is open.
    """
    own = bool(result_sheets(model, SWINGS))
    _check(path, model, own=own)
    book = model if own else _empty_book(model, Size(swings=max(len(found.swings), 1), rows=0))
    sheet = the_sheet(book, SWINGS, "swings")
    put(book, sheet, _swing_blocks(found, model, sheet, command))
    if own:
        put_inputs(model, sheet)
    _write(book, path, own=own)


def write_table(found: Table, model: Model, path: Path, command: str = "") -> None:
    """Write a table into a copy of its workbook, into a workbook of its own, or into a .csv file.

    Raises
    ------
    WorkbookError
        If the file is of another kind, is open, or does not hold so large a table.
    """
    rows = _table_rows(found, model)
    if path.suffix.lower() == ".csv":
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows(rows)
        write_file(path, text.getvalue().encode())
        return
    sheets = result_sheets(model, GRID)
    own = bool(sheets)
    _check(path, model, own=own)
    height, width = len(rows), len(rows[0])
    if height * width > MOST_IN_A_BOOK:
        raise WorkbookError(f"a table of {height * width:,} cells is too large for a sheet; give -o FILE.csv")
    if own:
        area = sheets[0].areas[GRID]
        if height > area.height or width > area.width:
            raise WorkbookError(
                f"the sheet {sheets[0].name} holds {area.height - 1} by {area.width - 1} values; got {height - 1} by "
                f"{width - 1}; give fewer, or -o FILE.csv"
            )
    book = model if own else _empty_book(model, Size(swings=0, rows=height - 1, columns=width - 1))
    sheet = the_sheet(book, GRID, "a table")
    columns = "" if found.columns is None else found.columns.name
    run: list[Scalar] = [found.output, found.rows.name, columns, made_by(model), command]
    put(book, sheet, {"table_run": [[value] for value in run[: len(TABLE_LABELS)]], GRID: rows})
    if own:
        put_inputs(model, sheet, TABLE_THEN)
    _write(book, path, own=own)


def _check(path: Path, model: Model, *, own: bool) -> None:
    suffix = model.path.suffix.lower() if own and model.path is not None else ".xlsx"
    if path.suffix.lower() != suffix:
        raise WorkbookError(f"results are written to an {suffix} file; got {path.name}")
    if not own:
        check_not_book(path, model.path)
    check_not_open(path)


def _write(book: Model | Results, path: Path, *, own: bool) -> None:
    from dealmodel.workbook.resultsheets.caches import with_caches  # noqa: PLC0415
    from dealmodel.workbook.template.pack import pack  # noqa: PLC0415

    data = book.to_bytes()
    write_file(path, data if own else pack(with_caches(data, path.name)))


def _empty_book(model: Model, size: Size) -> Results:
    """Return a workbook with the sheet for what-if results, of which it will hold a table or swings."""
    from openpyxl import Workbook  # noqa: PLC0415  180 ms

    from dealmodel.workbook.resultsheets.drawing import Heading, draw_sensitivity  # noqa: PLC0415
    from dealmodel.workbook.template.pack import pack  # noqa: PLC0415
    from dealmodel.workbook.template.page import finish_page  # noqa: PLC0415

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = SENSITIVITY
    state = f"Results of {model.book.label}; they do not follow that workbook"
    blocks = SensitivityBlocks(size)
    question = "What moves the result most?" if blocks.has_swings else "What is the result as its inputs move?"
    draw_sensitivity(sheet, blocks, Heading(f"{model.book.label}: {SENSITIVITY}", question, state), None)
    finish_page(sheet, model.book.label)
    book.properties.creator = book.properties.lastModifiedBy = "dealmodel"
    out = io.BytesIO()
    book.save(out)
    return Results(pack(out.getvalue()), f"results of {model.book.label}")


# -- what stands where ---------------------------------------------------------------------------------------------


def _swing_blocks(found: Sensitivity, model: Model, sheet: ResultSheet, command: str) -> Mapping[str, Rows]:
    unit = unit_of(model, found.output)
    scenario = model.get("scenario")
    run: list[Scalar] = [
        found.output,
        found.value,
        scenario if isinstance(scenario, str) else "",
        made_by(model),
        command,
        "; ".join(_notes(found, sheet.areas[SWINGS].height)) or "none",
    ]
    rows: list[list[Scalar]] = [
        [
            *(s.name, unit_or_label(model, s.name), *map(_place(model, s.cell), (s.value, s.range.low, s.range.high))),
            *(_shown(s.at_low), _shown(s.at_high), s.width, source_of(s)),
        ]
        for s in found.swings
    ]
    bars = [s for s in found.swings if math.isfinite(s.width)][:SWUNG]
    deviations: list[list[Scalar]] = [list(DEVIATION_HEADS)]
    deviations += [[s.name, s.at_low - found.value, s.at_high - found.value] for s in bars]
    titles = [
        f"What moves {found.output} from {found.value:,.6g}",
        f"change of {found.output}, {unit}" if unit else f"change of {found.output}",
    ]
    return {
        "swing_run": [[value] for value in run],
        SWINGS: rows[: sheet.areas[SWINGS].height],
        "titles": [[title] for title in titles],
        "deviations": deviations,
    }


def _place(model: Model, at: CellAt | None) -> Callable[[float], Scalar]:
    """Return how values of an input stand on the sheet, whose cells show numbers: dates as texts."""
    return shower(model, at) if at is not None and is_dated(model, at) else float


def _shown(value: float) -> Scalar:
    return value if math.isfinite(value) else "error"


def source_of(swing: Swing) -> str:
    """Return in words where a range comes from."""
    words = _SOURCES[swing.range.source]
    return f"{words}, cut" if swing.range.cut else words


def range_notes(found: Sensitivity) -> list[str]:
    """Return in words what to know of the ranges that the workbook does not give."""
    sources = [s.range.source for s in found.swings]
    notes = []
    if "share" in sources:
        notes.append(f"{_of_all(sources, 'share')} by a share of the value, having no range in the workbook")
    if "whole" in sources:
        notes.append(f"{_of_all(sources, 'whole')} to whole numbers beside the value, having no range in the workbook")
    if "year" in sources:
        notes.append(f"{_of_all(sources, 'year')} by a year, being a date or a year without a range in the workbook")
    if any(s.range.cut for s in found.swings):
        notes.append("a range that is cut ends where the cell takes no more")
    return notes


def _of_all(sources: Sequence[str], source: str) -> str:
    count = sources.count(source)
    return f"{count} of {len(sources)} {'moves' if count == 1 else 'move'}"


def _notes(found: Sensitivity, most: int) -> list[str]:
    notes = []
    if len(found.swings) > most:
        notes.append(f"{len(found.swings) - most} weaker inputs have no row here")
    notes += range_notes(found)
    if found.without:
        notes.append(f"without effect: {_some(found.without)}")
    if found.zeros:
        notes.append(f"not moved, being 0 or held in place without a range: {_some(found.zeros)}")
    return notes


def _some(names: Sequence[str]) -> str:
    """Return the first of some names, as many as a line holds, and how many others there are."""
    listed = ", ".join(names[:_LISTED])
    return listed if len(names) <= _LISTED else f"{listed} and {len(names) - _LISTED} more"


def _table_rows(found: Table, model: Model) -> list[list[Any]]:
    """Return a table with its edges; what is an error stays empty."""

    def along(axis: Axis) -> list[Scalar]:
        return list(map(_place(model, Lever(model, axis.name).at), axis.values.tolist()))

    corner = found.rows.name if found.columns is None else f"{found.rows.name} \\ {found.columns.name}"
    across: list[Any] = [found.output] if found.columns is None else along(found.columns)
    rows: list[list[Any]] = [[corner, *across]]
    for edge, values in zip(along(found.rows), found.values.tolist(), strict=True):
        rows.append([edge, *(v if math.isfinite(v) else None for v in values)])
    return rows
