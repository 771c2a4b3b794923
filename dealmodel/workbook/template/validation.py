"""Data validation of input cells, from the declared domains."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from openpyxl.worksheet.datavalidation import DataValidation

from dealmodel.domain import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dealmodel.domain import Domain

_TITLE = 32
"""Letters that Excel shows of a prompt's title."""


def validation(domain: Domain, cells: str, label: str, choices: Sequence[str] = ()) -> DataValidation:
    """Return the rule for input cells.

    Parameters
    ----------
    domain
        What the cells take.
    cells
        The cells, as `E12:I12`.
    label
        What the input is called.
    choices
        The texts to choose from, where the domain is of texts.

    Returns
    -------
    A list for texts and flags; bounds where both belong to the domain; else a formula, because a spreadsheet's own
    bounds cannot leave one out.
    """
    rule = _list(("TRUE", "FALSE") if domain.kind is Kind.FLAG else choices)
    if domain.kind is Kind.NUMBER:
        rule = _number(domain, cells.split(":", maxsplit=1)[0])
    words = f"one of {', '.join(choices)}" if choices else domain.words
    rule.sqref = cells
    rule.allow_blank = False
    rule.showErrorMessage = rule.showInputMessage = True
    rule.promptTitle = label if len(label) <= _TITLE else f"{label[: _TITLE - 3].rstrip()}..."
    rule.errorTitle, rule.error = "The value must be", words
    hint = " Fractions, never per cent: 51% is 0.51." if "fraction" in domain.unit else ""
    rule.prompt = f"Must be {words}.{hint}"
    return rule


def _list(choices: Sequence[str]) -> DataValidation:
    return DataValidation(type="list", formula1=f'"{",".join(choices)}"')


def _number(domain: Domain, cell: str) -> DataValidation:
    low, high = domain.low, domain.high
    kind: Literal["whole", "decimal"] = "whole" if domain.whole else "decimal"
    closed = not domain.low_open and not domain.high_open
    if closed and math.isfinite(low) and math.isfinite(high):
        return DataValidation(type=kind, operator="between", formula1=f"{low:g}", formula2=f"{high:g}")
    if closed and math.isfinite(low):
        return DataValidation(type=kind, operator="greaterThanOrEqual", formula1=f"{low:g}")
    parts = [f"ISNUMBER({cell})"]
    if math.isfinite(low):
        parts.append(f"{cell}{'>' if domain.low_open else '>='}{low:g}")
    if math.isfinite(high):
        parts.append(f"{cell}{'<' if domain.high_open else '<='}{high:g}")
    if domain.whole:
        parts.append(f"{cell}=INT({cell})")
    formula = f"AND({','.join(parts)})" if len(parts) > 1 else parts[0]
    return DataValidation(type="custom", formula1=formula)
