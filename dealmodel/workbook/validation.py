"""Data validation of cells, held to without a spreadsheet program."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from dealmodel.cells import CellError, Scalar
from dealmodel.dates import day
from dealmodel.workbook.address import Area, CellAt, parse_region
from dealmodel.workbook.formulas import move

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dealmodel.workbook.stored.sheet import SheetPart

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
_SHOWN = 12
"""Items of a list that fit into one line."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One data validation of a sheet."""

    kind: str
    operator: str
    formulas: tuple[str, str]
    areas: tuple[Area, ...]
    allow_blank: bool
    error: str
    date1904: bool

    @property
    def takes_texts(self) -> bool:
        """Whether a text may be right."""
        return self.kind in ("list", "custom", "textLength")

    def refusal(self, at: CellAt, value: Scalar, capture: Capture) -> str | None:
        """Return what a value should have been, or None where the rule takes it.

        Parameters
        ----------
        at
            The cell; its new value is already in place.
        value
            The value.
        capture
            Evaluates a formula as if it stood in the cell, and returns its value as rows.
        """
        if value is None or value == "":
            return None if self.allow_blank else "filled in"
        here = [self._moved(formula, at) for formula in self.formulas]
        if self.kind == "list":
            return _refuse_list(value, here[0], capture)
        if self.kind == "custom":
            result = capture(here[0])[0][0]
            met = result is True or (isinstance(result, (int, float)) and result != 0)
            return None if met else self.error.rstrip(". ") or f"such that {self.formulas[0]}"
        return self._refuse_outside(value, [_number(formula, capture) for formula in here])

    def _refuse_outside(self, value: Scalar, limits: Sequence[float]) -> str | None:
        measured = _length(value) if self.kind == "textLength" else value
        words, test = _OPERATORS.get(self.operator, _OPERATORS["between"])
        used = limits[: words.count("{}")]
        if any(limit != limit for limit in used):  # noqa: PLR0124  NaN
            return f"within limits that cannot be computed here ({', '.join(filter(None, self.formulas))})"
        shown = f"{_NOUNS.get(self.kind, 'a number')} {words.format(*map(self._shown, used))}"
        if isinstance(measured, bool) or not isinstance(measured, (int, float)):
            return shown
        whole = self.kind != "whole" or float(measured).is_integer()
        return None if whole and test(measured, limits[0], limits[1]) else shown

    def _shown(self, limit: float) -> str:
        return day(limit, date1904=self.date1904) if self.kind == "date" else f"{limit:.15g}"

    def _moved(self, formula: str, at: CellAt) -> str:
        """Return a formula as it reads for a cell: it is written for the first cell of the rule."""
        top, left = min((a.top, a.left) for a in self.areas)
        return move(formula, at.row - top, at.column - left)


def rules_of(part: SheetPart) -> Iterator[Rule]:
    """Return the validations of a sheet that stop a wrong entry; those that only warn do not count.

    A rule holds even where its message is switched off: a spreadsheet then takes a wrong value in silence, which
    someone at the sheet may see and nobody sees here.
    """
    end = max(part.part.rfind(b"sheetData>"), part.part.rfind(b"sheetData/>"), 0)
    for match in _RULES.finditer(part.part, end):
        plain = _ATTRIBUTE_PREFIX.sub(b"", _PREFIX.sub(rb"\1", match[0]))
        try:
            element = ET.fromstring(plain)
        except ET.ParseError:
            continue
        rule = _read_rule(element, date1904=part.date1904)
        if rule is not None:
            yield rule


def _read_rule(element: ET.Element, *, date1904: bool) -> Rule | None:
    kind = element.get("type", "none")
    sqref = element.get("sqref") or element.findtext("sqref") or ""
    areas = tuple(area for text in sqref.split() if (area := parse_region(text)))
    if element.get("errorStyle", "stop") != "stop" or kind == "none" or not areas:
        return None
    return Rule(
        kind,
        element.get("operator", "between"),
        (_formula(element, "formula1"), _formula(element, "formula2")),
        areas,
        element.get("allowBlank") in ("1", "true"),
        " ".join(element.get("error", "").split()),
        date1904,
    )


def _formula(element: ET.Element, tag: str) -> str:
    found = element.find(tag)
    return "" if found is None else "".join(found.itertext()).strip()


def _number(formula: str, capture: Capture) -> float:
    """Return a limit; NaN where it is not a number."""
    if not formula:
        return 0.0
    try:
        return float(formula)
    except ValueError:
        value = capture(formula)[0][0]
        return 0.0 if value is None else float(value) if isinstance(value, (int, float)) else float("nan")


def _length(value: Scalar) -> int:
    """Return the length of a value as a text, as spreadsheets count it."""
    text = f"{value:.15g}" if isinstance(value, float) else str(value)
    return len(text.encode("utf-16-le")) // 2


def _refuse_list(value: Scalar, formula: str, capture: Capture) -> str | None:
    typed = formula.startswith('"') and formula.endswith('"')
    if typed:
        allowed: list[Scalar] = [item.strip() for item in formula[1:-1].replace('""', '"').split(",")]
    else:
        allowed = [item for row in capture(formula) for item in row if item is not None]
    if any(_same(value, item, exact=typed) for item in allowed):
        return None
    shown = [item.value if isinstance(item, CellError) else _text(item) for item in allowed]
    return "one of " + ", ".join(shown[:_SHOWN]) + (", ..." if len(shown) > _SHOWN else "")


def _text(value: Scalar) -> str:
    return (
        str(value).upper() if isinstance(value, bool) else f"{value:.15g}" if isinstance(value, float) else str(value)
    )


def _same(value: Scalar, item: Scalar, *, exact: bool) -> bool:
    """Whether an entry is an item of a list; items that were typed are texts, and their case counts."""
    if isinstance(value, bool) or isinstance(item, bool):
        return str(value).upper() == str(item).upper()
    if isinstance(value, float) and isinstance(item, str):
        try:
            return float(item) == value
        except ValueError:
            return False
    if isinstance(value, str) and isinstance(item, str) and not exact:
        return value.casefold() == item.casefold()
    return value == item
