"""Financial models of any length: formulas of Excel's own as analysts fill them down, perhaps some of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpyxl import Workbook
from openpyxl.workbook.defined_name import DefinedName

if TYPE_CHECKING:
    from pathlib import Path

INPUTS = {
    "start": "=DATE(2018,1,31)",
    "revenue": 120.0,
    "growth": 0.004,
    "margin": 0.31,
    "tax": 0.21,
    "rate": 0.0075,
    "debt": 900.0,
    "payment": 11.5,
}
BANDS = ((0, 0.02), (50, 0.03), (100, 0.05), (500, 0.08), (5000, 0.1))
"""From which revenue which share of it is invested."""
ROW = (
    "=A{above}+1",
    "=EDATE(start,A{row})",
    "=C{above}*(1+growth)",
    "=ROUND(C{row}*margin,2)",
    "=VLOOKUP(C{row},Inputs!$D$2:$E$6,2)*C{row}",
    "=D{row}-E{row}-H{above}*rate",
    "=IF(F{row}>0,F{row}*tax,0)",
    "=MAX(0,H{above}-MIN(payment,H{above}))",
    "=F{row}-G{row}-(H{above}-H{row})",
    "=I{row}/(1+rate)^A{row}",
    "=SUM(J{above}:J{row})+IFERROR(K{above}*1,0)",
    '=IF(AND(I{row}<0,MOD(A{row},12)=0),"short","ok")',
)
"""The formulas of one month, twelve of them."""
FIRST = (0, None, "=revenue", None, None, None, None, "=debt", None, 0.0, 0.0, None)
OURS = ("=DM_PRE_MONEY(C{row},0.4,10)", "=DM_SHORTFALL(C{row},H{row})")


def write_model(path: Path, months: int, ours: int = 0) -> None:
    """Write a model of `12 * months + 3 + ours` formulas, as openpyxl does: without values."""
    book = Workbook()
    inputs = book.active
    assert inputs is not None
    inputs.title = "Inputs"
    for i, (name, value) in enumerate(INPUTS.items(), start=1):
        inputs.append([name, value])
        book.defined_names[name] = DefinedName(name, attr_text=f"Inputs!$B${i}")
    for i, band in enumerate(BANDS, start=2):
        inputs.cell(i, 4, band[0])
        inputs.cell(i, 5, band[1])
    sheet = book.create_sheet("Model")
    sheet.append(
        ["month", "end", "revenue", "profit", "invested", "taxed", "tax", "debt", "cash", "today", "sum", "state"]
    )
    sheet.append(FIRST)
    for row in range(3, months + 3):
        sheet.append([formula.format(row=row, above=row - 1) for formula in ROW])
    for i in range(ours):
        row = 3 + i // 2 % months
        sheet.cell(row, 14 + i % 2, OURS[i % 2].format(row=row))
    book.save(path)
