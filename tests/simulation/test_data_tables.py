"""An output that depends on a what-if data table is refused: neither the program nor the engine would see it vary."""

from __future__ import annotations

import numpy as np
import pytest
from openpyxl.worksheet.formula import DataTableFormula

from dealmodel.errors import WorkbookError
from dealmodel.simulation.program import compile_program
from dealmodel.workbook.address import CellAt
from dealmodel.workbook.model import Model
from tests.support.workbooks import one_sheet, saved


def table_book() -> Model:
    table = DataTableFormula(ref="C6:C7", r1="A1", t="dataTable")
    cells = {"A1": 10, "C5": "=A1*2", "B6": 5, "B7": 6, "C6": table, "C7": 0, "F1": "=SUM(C6:C7)", "F2": "=C5+1"}
    return Model.from_bytes(saved(one_sheet(cells)), "book.xlsx")


def test_an_output_that_depends_on_a_data_table_is_refused() -> None:
    with pytest.raises(WorkbookError, match=r"depends on the data table at S!C[67]"):
        compile_program(table_book(), [], [CellAt("S", 1, 1)], [CellAt("S", 1, 6)])


def test_an_output_beside_a_data_table_is_computed() -> None:
    at, output = CellAt("S", 1, 1), CellAt("S", 2, 6)
    program = compile_program(table_book(), [], [at], [output])
    assert list(program.run({}, {at: np.array([1.0, 2.0])})[output]) == [3.0, 5.0]
