"""Numbers as texts and texts as numbers, as Excel in its American form writes and reads them."""

from __future__ import annotations

import math
import re

from dealmodel.cells import CellError, Scalar
from dealmodel.hosts.engine_values import EngineValue, to_scalar
from dealmodel.hosts.supplements.calendar import Day, month_length, serial_of
from dealmodel.hosts.supplements.refusals import CellErrorRaised, only_cell

DIGITS = 15
"""Digits of a number that Excel shows and reads."""
_SHORT = 10
"""Decimals that a small number may take before it is written with an exponent."""
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
# Most books have none of these texts; `re` keeps a pattern that it has compiled once.
_NUMBER = (
    r"(?i)(?P<sign>[+-]?)\s*(?P<currency>[$€]?)\s*(?P<digits>\d{1,3}(?:,\d{3})+|\d+|(?=\.\d))(?P<rest>(?:\.\d*)?(?:E[+-]?\d+)?)"
    r"\s*(?P<after>[%€]?)"
)
_FRACTION = r"([+-]?)(\d+) +(\d+)/(\d+)"
_MONTH = r"(?P<name>jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"
_DATES = (
    r"(?P<month>\d{1,2})[/-](?P<day>\d{1,2})[/-](?P<year>\d{4}|\d{2})",
    r"(?P<year>\d{4}) ?[/-] ?(?P<month>\d{1,2}) ?[/-] ?(?P<day>\d{1,2})",
    rf"(?i)(?P<day>\d{{1,2}})[ -]?{_MONTH}[ ,-]*(?P<year>\d{{4}}|\d{{2}})",
    rf"(?i){_MONTH}[ -]*(?P<day>\d{{1,2}}),[ ]*(?P<year>\d{{4}}|\d{{2}})",
    rf"(?i){_MONTH}[ ,-]*(?P<year>\d{{4}})",
)
_TIME = (
    r"(?i)(?P<hour>\d{1,4})\s*:\s*(?P<minute>\d{1,2})(?:\s*:\s*(?P<second>\d{1,2}(?:\.\d+)?))?\s*(?P<half>[ap]m?)?"
    r"|(?P<bare>\d{1,2})\s*(?P<bare_half>[ap]m?)"
)
_LONGEST_DAY = 16
"""Characters of a date without a year, and more."""
_CENTURY = 30
"""Years of two digits from here on are of the twentieth century."""
_NOON = 12


def text_of(value: EngineValue) -> str:
    """Return an argument as a text."""
    cell = to_scalar(only_cell(value))
    if isinstance(cell, CellError):
        raise CellErrorRaised(cell)
    return shown(cell)


def shown(cell: Scalar) -> str:
    """Return a value as Excel writes it into a text.

    Examples
    --------
    >>> [shown(v) for v in (1 / 3, 1e20, 0.00001, 12.0, True, None)]
    ['0.333333333333333', '1E+20', '0.00001', '12', 'TRUE', '']
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, (int, float)):
        return general(float(cell))
    return str(cell)


def general(number: float) -> str:
    """Return a number with up to fifteen digits."""
    text = f"{number:.{DIGITS}g}"
    mantissa, mark, exponent = text.partition("e")
    if not mark:
        return "0" if text == "-0" else text
    decimals = len(mantissa.lstrip("-").replace(".", "")) - 1 - int(exponent)
    if 0 < decimals <= _SHORT:
        return f"{number:.{decimals}f}"
    return f"{mantissa}E{exponent}"


def number_in(text: str) -> float | None:
    """Return the number, date or time that a text stands for, or None.

    Examples
    --------
    >>> [number_in(t) for t in ("$1,000", "(5)", "12%", "1/1/2020", "16:48", "1 1/2", "a")]
    [1000.0, -5.0, 0.12, 43831.0, 0.7, 1.5, None]
    """
    stripped = text.strip()
    inner = stripped[1:-1] if stripped.startswith("(") and stripped.endswith(")") else stripped
    match = re.fullmatch(_NUMBER, inner)
    if match is None and "/" in text and (fraction := re.fullmatch(_FRACTION, stripped)) is not None:
        whole, part, of = (int(digits) for digits in fraction.groups()[1:])
        return (-1 if fraction[1] == "-" else 1) * (whole + part / of) if of else None
    if match is None:
        # Blanks before or after make a date a mere text, though DATEVALUE reads it.
        return moment_in(text) if text == stripped else None
    if (inner is not stripped and match["sign"]) or (match["currency"] and match["after"] == "€"):
        return None
    size = float(match["digits"].replace(",", "") + match["rest"]) / (100 if match["after"] == "%" else 1)
    if math.isinf(size):
        return None
    return -size if match["sign"] == "-" or inner is not stripped else size


def is_of_this_year(text: str) -> bool:
    """Whether a text is a date without a year, such as `5-Jul` or `1/2`, which is another one in another year.

    Examples
    --------
    >>> [is_of_this_year(t) for t in ("5-Jul", "Mar-20", "1/2", "1/2/2020", "13/14", "a-1")]
    [True, True, True, False, False, False]
    """
    stripped = text.strip()
    return len(stripped) < _LONGEST_DAY and any(date_in(f"{stripped}{mark}2000") for mark in ("/", "-", ", "))


def moment_in(text: str) -> float | None:
    """Return the date, the time, or both, that a text stands for, or None."""
    stripped = text.strip()
    time = time_in(stripped)
    if time is not None:
        return time
    day, _, clock = stripped.partition(" ")
    while clock or day:
        date = date_in(day)
        time = time_in(clock.strip()) if clock.strip() else 0.0
        if date is not None and time is not None:
            return date + time
        word, _, clock = clock.strip().partition(" ")
        if not word:
            return None
        day = f"{day} {word}"
    return None


def date_in(text: str) -> float | None:
    """Return the date that a text stands for, or None."""
    for pattern in _DATES:
        match = re.fullmatch(pattern, text)
        if match is None:
            continue
        parts = match.groupdict()
        month = int(parts["month"]) if "month" in parts else _month(parts["name"])
        year = int(parts["year"])
        if len(parts["year"]) < 3:  # noqa: PLR2004  years of two digits
            year += 1900 if year >= _CENTURY else 2000
        day = int(parts.get("day") or 1)
        if 1 <= month <= _NOON and year >= 1900 and 1 <= day <= month_length(year, month):  # noqa: PLR2004
            return float(serial_of(Day(year, month, day)))
    return None


def time_in(text: str) -> float | None:
    """Return the part of a day that a time stands for, or None."""
    match = re.fullmatch(_TIME, text)
    if match is None:
        return None
    hour, minute = int(match["hour"] or match["bare"]), int(match["minute"] or 0)
    second, half = float(match["second"] or 0), (match["half"] or match["bare_half"] or "").lower()
    if minute >= 60 or second > 60 or (half and not 0 <= hour <= _NOON):  # noqa: PLR2004  of an hour
        return None
    if half:
        hour = hour % _NOON + _NOON * half.startswith("p")
    return (hour * 3600 + minute * 60 + second) / 86400


def _month(name: str) -> int:
    return next(i for i, month in enumerate(MONTHS, start=1) if month.lower().startswith(name[:3].lower()))
