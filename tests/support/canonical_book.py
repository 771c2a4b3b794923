"""A workbook with functions of ours wherever a formula can stand, under their canonical names."""

from __future__ import annotations

import io

from openpyxl import Workbook
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import PatternFill
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.table import Table, TableColumn, TableFormula

FORMULAS = 8
"""Formulas that call one of our functions."""


def canonical_book() -> bytes:
    """Return the workbook: a sheet S, and a protected sheet P."""
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "S"
    sheet["A1"], sheet["A2"] = 294, 100
    sheet["B1"] = "=DM_SHORTFALL(A1,892)"
    sheet["B2"] = '=IF(DM_RECONCILES(1,0,2),"DM_SHORTFALL(","no")'
    sheet["C1"] = ArrayFormula("C1:D2", "=DM_SHORTFALL(A1:A2,{892,1000})")
    sheet["E1"] = "=gap+1"
    workbook.defined_names["gap"] = DefinedName("gap", attr_text="DM_SHORTFALL(S!$A$1,892)")
    validation = DataValidation("decimal", "DM_SHORTFALL(1,A1)", operator="lessThan")
    validation.add("A5")
    sheet.add_data_validation(validation)
    fill = PatternFill("solid", bgColor="FF0000")
    rule = FormulaRule(["DM_SHORTFALL(A1,1000)>1"], fill=fill)  # type: ignore[no-untyped-call]
    sheet.conditional_formatting.add("A1:A3", rule)
    sheet["A10"], sheet["B10"], sheet["A11"], sheet["B11"] = "cash", "gap_left", 294, 598
    table = Table(displayName="Plan", ref="A10:B11")
    computed = TableFormula(attr_text="DM_SHORTFALL(Plan[cash],892)")
    table.tableColumns = [
        TableColumn(1, name="cash"),
        TableColumn(2, name="gap_left", calculatedColumnFormula=computed),
    ]
    sheet.add_table(table)
    protected = workbook.create_sheet("P")
    protected["A1"] = "=DM_SHORTFALL(1,2)"
    protected.protection.enable()
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()
