"""Data validation of cells, held to without a spreadsheet program."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from dealmodel.cells import CellError, Scalar
from dealmodel.workbook.address import Area, CellAt, parse_area
from dealmodel.workbook.formulas import canonical, move

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dealmodel.workbook.sheet import SheetPart

    Capture = Callable[[str], Sequence[Sequence[Scalar]]]

_RULES = re.compile(rb"<(?:[\w.-]+:)?dataValidation\b(?:[^>]*?/>|.*?</(?:[\w.-]+:)?dataValidation>)", re.DOTALL)
_PREFIX = re.compile(rb"(</?)[\w.-]+:")
_ATTRIBUTE_PREFIX = re.compile(rb"""\s[\w.-]+:[\w.-]+\s*=\s*("[^"]*"|'[^']*')""")
_OPERATORS: dict[str, tuple[str, Callable[[float, float, float], bool]]] = {
    "between": ("at least {} and at most {}", lambda v, a, b: a <= v <= b),
    "notBetween": ("below {} or above {}", lambda v, a, b: not a <= v <= b),
    "equal": ("equal to {}", lambda v, a, _: v == a),
    "notEqual": ("other than {}", lambda v, a, _: v != a),
    "greaterThan": ("above {}", lambda v, a, _: v > a),
    "lessThan": ("below {}", lambda v, a, _: v < a),
    "greaterThanOrEqual": ("at least {}", lambda v, a, _: v >= a),
    "lessThanOrEqual": ("at most {}", lambda v, a, _: v <= a),
}
_NOUNS = {
    "whole": "a whole number",
    "decimal": "a number",
    "date": "a date",
    "time": "a time",
    "textLength": "a text of a length",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One data validation of a sheet."""

    kind: str
    operator: str
    formulas: tuple[str, str]
    areas: tuple[Area, ...]
    allow_blank: bool
    error: str

    def refusal(self, at: CellAt, value: Scalar, capture: Capture) -> str | None:
        """Return what a value should have been, or None where the rule takes it.

        Parameters
        ----------
        at
            The cell; its new value is already in place.
        value
            The value.
        capture
            Evaluates a formula on the cell's sheet and returns its value as rows.
        """
        if value is None or value == "":
            return None if self.allow_blank else "filled in"
        here = [self._moved(formula, at) for formula in self.formulas]
        if self.kind == "list":
            return _refuse_list(value, here[0], capture)
        if self.kind == "custom":
            result = capture(here[0])[0][0]
            met = result is True or (isinstance(result, float) and result != 0)
            return None if met else self.error.rstrip(".") or f"such that {self.formulas[0]}"
        measured = len(str(value)) if self.kind == "textLength" else value
        limits = [_number(formula, capture) for formula in here]
        words, test = _OPERATORS.get(self.operator, _OPERATORS["between"])
        shown = words.format(*(f"{limit:.15g}" for limit in limits))
        noun = _NOUNS.get(self.kind, "a number")
        if isinstance(measured, bool) or not isinstance(measured, (int, float)):
            return f"{noun} {shown}"
        whole = self.kind != "whole" or float(measured).is_integer()
        return None if whole and test(measured, *limits) else f"{noun} {shown}"

    def _moved(self, formula: str, at: CellAt) -> str:
        """Return a formula as it reads for a cell: it is written for the first cell of the rule."""
        top, left = min((a.top, a.left) for a in self.areas)
        return canonical(move(formula, at.row - top, at.column - left))


def rules_of(part: SheetPart) -> Iterator[Rule]:
    """Return the validations of a sheet that stop a wrong entry; those that only warn do not count."""
    end = max(part.part.rfind(b"sheetData>"), part.part.rfind(b"sheetData/>"), 0)
    for match in _RULES.finditer(part.part, end):
        plain = _ATTRIBUTE_PREFIX.sub(b"", _PREFIX.sub(rb"\1", match[0]))
        try:
            element = ET.fromstring(plain)
        except ET.ParseError:
            continue
        rule = _read_rule(element)
        if rule is not None:
            yield rule


def _read_rule(element: ET.Element) -> Rule | None:
    stops = element.get("showErrorMessage") in ("1", "true") and element.get("errorStyle", "stop") == "stop"
    kind = element.get("type", "none")
    sqref = element.get("sqref") or element.findtext("sqref") or ""
    areas = tuple(area for text in sqref.split() if (area := parse_area(text)))
    if not stops or kind == "none" or not areas:
        return None
    return Rule(
        kind,
        element.get("operator", "between"),
        (_formula(element, "formula1"), _formula(element, "formula2")),
        areas,
        element.get("allowBlank") in ("1", "true"),
        element.get("error", ""),
    )


def _formula(element: ET.Element, tag: str) -> str:
    found = element.find(tag)
    return "" if found is None else "".join(found.itertext()).strip()


def _number(formula: str, capture: Capture) -> float:
    if not formula:
        return 0.0
    try:
        return float(formula)
    except ValueError:
        value = capture(formula)[0][0]
        return float(value) if isinstance(value, (int, float)) else float("nan")


def _refuse_list(value: Scalar, formula: str, capture: Capture) -> str | None:
    if formula.startswith('"') and formula.endswith('"'):
        allowed: list[Scalar] = [item.strip() for item in formula[1:-1].replace('""', '"').split(",")]
    else:
        allowed = [item for row in capture(formula) for item in row if item is not None]
    if any(_same(value, item) for item in allowed):
        return None
    shown = [item.value if isinstance(item, CellError) else str(item) for item in allowed]
    return "one of " + ", ".join(shown[:12]) + (", ..." if len(shown) > 12 else "")  # noqa: PLR2004  one line


def _same(value: Scalar, item: Scalar) -> bool:
    """Whether an entry is an item of a list; typed items are texts, so a number matches its digits."""
    if isinstance(value, bool) or isinstance(item, bool):
        return str(value).upper() == str(item).upper()
    if isinstance(value, float) and isinstance(item, str):
        return f"{value:.15g}" == item
    return value == item
