"""What changes in workbooks that Excel saved when an input does."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

import openpyxl

from dealmodel.errors import InputRefusedError
from dealmodel.workbook.address import CellAt
from dealmodel.workbook.computing import evaluation
from dealmodel.workbook.model import Model
from tests.support.saving import NOW
from tests.support.workbooks import (
    each_excel_file,
    needs_excel_files,
    packed_members,
    parts_of,
    raw_book,
    without_values,
)

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


@needs_excel_files
@each_excel_file
def test_excel_file_regenerates_surgically(path: Path) -> None:
    data = path.read_bytes()
    model = Model.open(path, NOW)
    new = model.to_bytes()
    assert new == Model.open(path, NOW).to_bytes(), "two runs give the same bytes"
    assert Model.from_bytes(new, path.name, NOW).to_bytes() == new, "a second regeneration changes nothing"
    before, after = dict(packed_members(data)), dict(packed_members(new))
    assert list(before) == list(after)
    sheets = {part for name, part in model.book.paths.items() if model.book.sheet(name).opening is not None}
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= sheets
    old_parts, new_parts = parts_of(data), parts_of(new)
    for name in changed:
        assert without_values(old_parts[name]) == without_values(new_parts[name]), name
    opens_as_before(data, new)


def opens_as_before(data: bytes, new: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            openpyxl.load_workbook(io.BytesIO(data))
        except (TypeError, ValueError, KeyError, AttributeError):
            return  # openpyxl cannot open the original either
        openpyxl.load_workbook(io.BytesIO(new))


@needs_excel_files
@each_excel_file
def test_constant_of_an_excel_file_changes_only_what_depends_on_it(path: Path) -> None:
    base = Model.open(path, NOW)
    fresh = Model.from_bytes(base.to_bytes(), path.name, NOW)
    tried = 0
    for sheet, cell in fresh.book.cells():
        at = CellAt(sheet, cell.row, cell.column)
        value = fresh.book.value(at)
        if cell.formula or isinstance(value, bool) or not isinstance(value, float) or tried == 2:
            continue
        model = Model.from_bytes(fresh.book.package.data, path.name, NOW)
        try:
            model.set(str(at), value + 1)
        except InputRefusedError:
            continue
        tried += 1
        allowed = dependants(model, at)
        assert {str(a) for a in model.changes()} <= allowed
        assert Model.from_bytes(model.to_bytes(), path.name, NOW).value_at(at) == value + 1


def dependants(model: Model, at: CellAt) -> set[str]:
    """Return what depends on a cell by the engine's own graph, and what is volatile or reaches by address."""
    engine = model.calculation.evaluation.engine
    reached: set[str] = set()
    waiting = [str(at)]
    loose = ("INDIRECT", "OFFSET", "RAND", "NOW", "TODAY", "CELL", "INFO")
    waiting += [str(a) for a, formula in model.formulas.items() if any(f"{name}(" in formula for name in loose)]
    reached.update(waiting[1:])
    arrays = {str(c): str(a) for c, a in model.calculation.cells.covered.items()}
    members: dict[str, list[str]] = {}
    for member, anchor in arrays.items():
        members.setdefault(anchor, []).append(member)
    while waiting:
        current = waiting.pop()
        for found in [*engine.dependants(current), *members.get(current, [])]:
            if found not in reached:
                reached.add(found)
                waiting.append(found)
    return reached


def test_a_workbook_that_is_loaded_anew_for_its_stale_cells_keeps_what_was_put_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cells = (
        '<c r="A1"><v>1</v></c><c r="B1"><f>A1*2</f><v>2</v></c><c r="C1"><f>FOREIGN(D1)</f><v>5</v></c>'
        '<c r="D1"><f>IF(A1=10,B1-1,0)</f><v>0</v></c><c r="E1"><f>C1+D1</f><v>5</v></c>'
    )
    found = []
    for most in (1, 0):
        monkeypatch.setattr(evaluation, "PUT_BY_THEMSELVES", most)
        model = Model.from_bytes(raw_book(f'<row r="1">{cells}</row>'), "book.xlsx")
        model["S!A1"] = 10
        found.append([model[f"S!{a}"] for a in ("A1", "B1", "C1", "D1")])
    assert found == [[10, 20, 5, 19]] * 2
