"""Input values as people write them, `NAME=VALUE`, and values of Python."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time
from typing import TYPE_CHECKING, TypeAlias

from dealmodel.dates import serial
from dealmodel.errors import InputRefusedError

if TYPE_CHECKING:
    from dealmodel.cells import Scalar

    Entry: TypeAlias = Scalar | datetime
    """A value that was read; a date is a number only in the date system of a workbook."""

LONGEST_TEXT = 32_767
"""Characters that a cell holds."""
FIRST_DAY = datetime(1900, 3, 1)  # noqa: DTZ001  cells have no time zone
"""The first day on whose number all spreadsheets agree: Excel counts a 29 February 1900."""
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", re.ASCII)
_COMMA = re.compile(r"[+-]?\d+(?:\.\d{3})*,\d+%?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ].+)?", re.ASCII)
_MINUS = "\N{MINUS SIGN}"


def parse_value(text: str) -> Entry:
    """Return the value a text stands for: number, percentage, TRUE or FALSE, ISO date, or the text itself.

    Raises
    ------
    InputRefusedError
        If it is a number with a comma that may be a decimal or a thousand, or a formula.

    Examples
    --------
    >>> parse_value("1,223.3"), parse_value("51%"), parse_value("true"), parse_value("as filed")
    (1223.3, 0.51, True, 'as filed')
    """
    plain = text.strip()
    if len(plain) > 1 and plain[0] == plain[-1] == '"':
        return plain[1:-1]
    if plain.startswith("="):
        raise InputRefusedError(f"{plain} is a formula; an input takes a value (a text may stand in quotes)")
    if plain.upper() in ("TRUE", "FALSE"):
        return plain.upper() == "TRUE"
    bare = plain.replace(_MINUS, "-")
    bare, percent = (bare[:-1].rstrip(), True) if bare.endswith("%") else (bare, False)
    if _THOUSANDS.fullmatch(bare):
        bare = bare.replace(",", "")
    if _NUMBER.fullmatch(bare):
        # Dividing the decimal's digits, so that 51% is the same number as 0.51.
        return float(f"{bare}e-2") if percent and "e" not in bare.lower() else float(bare) / (100 if percent else 1)
    if _COMMA.fullmatch(bare):
        raise InputRefusedError(f"{plain} has a comma that is not one of thousands; write a decimal point")
    return parse_date(plain) or plain or None


def parse_date(text: str) -> datetime | None:
    """Return an ISO date, or None where the text is none."""
    if not _DATE.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def parse_number(text: str, name: str, *, date1904: bool = False) -> float:
    """Return the number a text stands for, as people write it: 300, 1,223.3, 51%, or a date.

    Parameters
    ----------
    text
        The text.
    name
        What the message calls it.
    date1904
        Whether the workbook counts days from 1904.

    Raises
    ------
    InputRefusedError
        If it is no number.

    Examples
    --------
    >>> parse_number("51%", "tax"), parse_number("2018-06-30", "start")
    (0.51, 43281.0)
    """
    value = cell_value(name, parse_value(text), date1904=date1904)
    if isinstance(value, bool) or not isinstance(value, float):
        raise InputRefusedError(f"{text.strip() or 'nothing'} is not a number")
    return value


def parse_assignment(text: str) -> tuple[str, Entry]:
    """Split `NAME=VALUE`.

    Raises
    ------
    InputRefusedError
        If there is no `=`, or no name before it.
    """
    name, mark, value = text.partition("=")
    if not mark or not name.strip():
        raise InputRefusedError(f"{text} is not NAME=VALUE, such as price=300")
    return name.strip(), parse_value(value)


def cell_value(name: str, value: object, *, date1904: bool = False) -> Scalar:
    """Return a value of Python as a cell holds it.

    Parameters
    ----------
    name
        What the message calls it.
    value
        The value.
    date1904
        Whether the workbook counts days from 1904.

    Raises
    ------
    InputRefusedError
        If no cell can hold it.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _checked_text(name, value)
    if isinstance(value, date):
        moment = value if isinstance(value, datetime) else datetime.combine(value, time())
        if moment.replace(tzinfo=None) < FIRST_DAY:
            raise InputRefusedError(f"{name} takes dates from 1900-03-01 on; got {moment:%Y-%m-%d}")
        value = serial(moment, date1904=date1904)
    if isinstance(value, (bytes, bytearray)):  # of which float() would read the digits
        raise InputRefusedError(f"{name} takes a number, a text, TRUE or FALSE; got {value!r}")
    if type(value).__name__ in ("bool", "bool_"):  # NumPy's, which is no subclass
        return bool(value)
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise InputRefusedError(f"{name} takes a number, a text, TRUE or FALSE; got {value!r}") from None
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise InputRefusedError(f"{name} takes a finite number; got {number}")
    return number


def _checked_text(name: str, text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise InputRefusedError(f"{name} takes a text of at most {LONGEST_TEXT} characters; got {len(text)}")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise InputRefusedError(f"{name} takes a text in Unicode; got {text!r}")
    return text
