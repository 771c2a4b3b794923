"""A workbook of one sheet, from the contents of its cells."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.workbook.defined_name import DefinedName

from dealmodel.workbook.model import Model

if TYPE_CHECKING:
    from collections.abc import Mapping


def book(cells: Mapping[str, Any], names: Mapping[str, str] | None = None) -> Model:
    """Return a workbook with one sheet, S; names stand for what formulas call them."""
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "S"
    for address, value in cells.items():
        sheet[address] = value
    for name, text in (names or {}).items():
        workbook.defined_names[name] = DefinedName(name, attr_text=text)
    data = io.BytesIO()
    workbook.save(data)
    return Model.from_bytes(data.getvalue(), "book.xlsx")
