"""Workbooks of one sheet whose names are written as addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.workbooks import model_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dealmodel.workbook.model import Model

DIGITS, LETTERS = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def book(cells: Mapping[str, Any], names: Mapping[str, str] | None = None) -> Model:
    """Return the model of a workbook with one sheet `S`; each name stands for one of its cells, as A1."""
    return model_of(
        cells,
        {name: f"S!${address.rstrip(DIGITS)}${address.lstrip(LETTERS)}" for name, address in (names or {}).items()},
    )
