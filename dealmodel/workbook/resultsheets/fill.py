"""Puts results into the sheets Simulation and Sensitivity of a workbook: values in fixed cells, and nothing else."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from dealmodel.errors import WorkbookError
from dealmodel.explain import version
from dealmodel.workbook.address import CellAt
from dealmodel.workbook.book import Book
from dealmodel.workbook.rewrite import with_cells
from dealmodel.workbook.stored.package import Package

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dealmodel.cells import Scalar
    from dealmodel.workbook.address import Area
    from dealmodel.workbook.model import Model

SIMULATED, SWUNG, GRID = "statistics", "swings", "grid"
"""Blocks by which a sheet for a simulation, for swings, and for a table is known."""
THEN, TABLE_THEN, NOW = "inputs_then", "table_inputs_then", "inputs_now"
_HASHES = {THEN: "inputs_hash", TABLE_THEN: "table_inputs_hash"}
"""The hash beside the inputs of a sheet's results, and beside those of the table below them."""
_DIGITS = 16
"""Digits of a hash, 64 bits: enough to see a change, and short enough for a cell."""


class ResultSheet(NamedTuple):
    """A sheet for results.

    Attributes
    ----------
    name
        What it is called.
    areas
        Where its blocks stand.
    live
        The live inputs of the workbook, whose values are kept beside the results; None where there are none.
    """

    name: str
    areas: Mapping[str, Area]
    live: tuple[str, Area] | None


class Results:
    """A workbook of results alone: it computes nothing, so that values are put into it without an engine.

    Parameters
    ----------
    data
        The workbook, without formulas.
    label
        What messages call it.
    """

    def __init__(self, data: bytes, label: str) -> None:
        self.book = Book(Package(data, label))
        self._values: dict[CellAt, Scalar] = {}

    def value_at(self, at: CellAt) -> Scalar:
        """Return what a cell holds."""
        return self._values[at] if at in self._values else self.book.value(at)

    def put(self, at: CellAt, value: Scalar) -> None:
        """Put a constant into a cell."""
        self._values[at] = value

    def to_bytes(self) -> bytes:
        """Return the workbook with what was put in; its charts store nothing of it yet."""
        return with_cells(self.book, self._values, {}).to_bytes()


def result_sheets(model: Model | Results, block: str) -> list[ResultSheet]:
    """Return the sheets of a workbook that have a block for results."""
    book = model.book
    names = [n for n in book.names if n.sheet is not None]
    found = []
    for sheet in dict.fromkeys(n.sheet for n in names if n.name == block):
        places = {n.name: place for n in names if n.sheet == sheet and (place := book.area_of(n))}
        live = places.pop(NOW, None)
        areas = {name: area for name, (where, area) in places.items() if where == sheet}
        if sheet is not None and block in areas:
            found.append(ResultSheet(sheet, areas, live))
    return found


def the_sheet(model: Model | Results, block: str, what: str) -> ResultSheet:
    """Return the sheet of a workbook that results go to.

    Raises
    ------
    WorkbookError
        If there is none.
    """
    found = result_sheets(model, block)
    if not found:
        raise WorkbookError(
            f"{model.book.label} has no sheet for {what}, as the books of `dealmodel template` have; "
            "write the results into a workbook of their own with -o FILE.xlsx"
        )
    return found[0]


def listed_outputs(model: Model) -> list[str]:
    """Return the outputs that a workbook's sheet for a simulation lists."""
    found = []
    for sheet in result_sheets(model, SIMULATED)[:1]:
        area = sheet.areas.get("outputs")
        values = (model.value_at(CellAt(sheet.name, *place)) for place in area.places()) if area is not None else ()
        found += [value.strip() for value in values if isinstance(value, str) and value.strip()]
    return found


def put(model: Model | Results, sheet: ResultSheet, blocks: Mapping[str, Sequence[Sequence[Scalar]]]) -> None:
    """Put rows into blocks; what is left of a block is emptied, and what is not a number stays empty."""
    for name, rows in blocks.items():
        area = sheet.areas.get(name)
        if area is None:
            continue
        for i, row in enumerate(range(area.top, area.bottom + 1)):
            for j, column in enumerate(range(area.left, area.right + 1)):
                value = rows[i][j] if i < len(rows) and j < len(rows[i]) else None
                _put(model, CellAt(sheet.name, row, column), value)


def put_inputs(model: Model, sheet: ResultSheet, then: str = THEN) -> None:
    """Keep the inputs as they are now beside the results, so that a later change is seen."""
    area = sheet.areas.get(_HASHES[then])
    if area is not None:
        _put(model, CellAt(sheet.name, area.top, area.left), inputs_hash(model))
    if then in sheet.areas and sheet.live is not None:
        where, live = sheet.live
        values = [[model.value_at(CellAt(where, row, live.left))] for row in range(live.top, live.bottom + 1)]
        put(model, sheet, {then: values})


def _put(model: Model | Results, at: CellAt, value: Scalar) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        value = None
    before = model.value_at(at)
    if before != value or type(before) is not type(value):
        model.put(at, value)


def made_by(model: Model) -> str:
    """Return by what and when results are made."""
    return f"dealmodel {version()} on {model.now:%Y-%m-%d}"


def inputs_hash(model: Model) -> str:
    """Return a hash of all that a workbook's results hang on: its constants and formulas but for result sheets."""
    import hashlib  # noqa: PLC0415  it loads OpenSSL, of which a workbook without results needs nothing

    own = {sheet.name for block in (SIMULATED, SWUNG, GRID) for sheet in result_sheets(model, block)}
    digest = hashlib.sha256()
    for line in _contents(model, own):
        digest.update(line.encode())
    return digest.hexdigest()[:_DIGITS]


def _contents(model: Model, without: Iterable[str]) -> Iterable[str]:
    left_out = set(without)
    formulas, changed = model.formulas, model.calculation.inputs
    for sheet in model.book.sheets:
        if sheet in left_out:
            continue
        places = {*model.book.sheet(sheet).cells, *(at[1:] for at in changed if at.sheet == sheet)}
        for place in sorted(places):
            at = CellAt(sheet, *place)
            if at in formulas:
                yield f"{at}={formulas[at]}\n"
            elif not model.calculation.computes(at) and (value := model.value_at(at)) is not None:
                yield f"{at}:{value!r}\n"


def stale_sheets(model: Model) -> list[str]:
    """Return the sheets whose results, or whose table, are of other inputs than the workbook now has."""
    sheets = {sheet.name: sheet for block in (SIMULATED, SWUNG, GRID) for sheet in result_sheets(model, block)}
    stored = {name: {_stored_hash(model, sheet, h) for h in _HASHES.values()} for name, sheet in sheets.items()}
    then = {name: hashes - {None, ""} for name, hashes in stored.items()}
    if not any(then.values()):
        return []
    now = inputs_hash(model)
    return [name for name, hashes in then.items() if hashes - {now}]


def _stored_hash(model: Model, sheet: ResultSheet, name: str) -> str | None:
    area = sheet.areas.get(name)
    value = model.value_at(CellAt(sheet.name, area.top, area.left)) if area is not None else None
    return value if isinstance(value, str) else None
