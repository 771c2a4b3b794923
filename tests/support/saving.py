"""Models saved and read back, by ourselves and by another reader."""

from __future__ import annotations

import io
from datetime import datetime

import openpyxl

from dealmodel.workbook.model import Model

NOW = datetime(2024, 5, 6, 7, 8, 9)  # noqa: DTZ001  spreadsheets know no time zone


def reopened(model: Model) -> Model:
    """Return the model of what a model saves."""
    return Model.from_bytes(model.to_bytes(), "book.xlsx", NOW)


def read_back(data: bytes) -> openpyxl.Workbook:
    """Return a workbook's stored values, as openpyxl reads them."""
    return openpyxl.load_workbook(io.BytesIO(data), data_only=True)
