"""Input values as people write them: `NAME=VALUE`, files of names and values, and values of Python."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import tomllib
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from dealmodel.dates import serial
from dealmodel.errors import InputRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
    return _date(plain) or plain or None


def _date(text: str) -> datetime | None:
    if not _DATE.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


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


def read_entries(path: str | Path) -> list[tuple[str, Entry]]:
    """Return names and values from a CSV, JSON or TOML file.

    A CSV file has columns `name` and `value` and may have `scenario`; JSON and TOML hold one object of names and
    values, in which a name may lead to an object of scenarios and values. A text of JSON that is an ISO date is one.

    Raises
    ------
    InputRefusedError
        If the file cannot be read, or does not have this form.
    """
    path = Path(path)
    kind = path.suffix.lower()
    if kind not in (".csv", ".json", ".toml"):
        raise InputRefusedError(f"{path} is neither .csv, .json nor .toml")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputRefusedError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise InputRefusedError(f"{path} is not in UTF-8") from None
    try:
        if kind == ".csv":
            return list(_from_csv(path, text))
        table = tomllib.loads(text) if kind == ".toml" else json.loads(text, object_pairs_hook=_unique)
        return list(_from_table(path, table))
    except InputRefusedError:
        raise
    except (ValueError, csv.Error, RecursionError) as error:
        raise InputRefusedError(f"{path} is not valid {kind[1:].upper()}: {error}") from None


def _from_csv(path: Path, text: str) -> Iterator[tuple[str, Entry]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    fields = [(field or "").strip().lower() for field in reader.fieldnames or []]
    if not {"name", "value"} <= set(fields):
        raise InputRefusedError(f"{path} must have the columns name and value; it has {', '.join(fields) or 'none'}")
    reader.fieldnames = fields
    for row in reader:
        place = f"{path}, line {reader.line_num}"
        if None in row or None in row.values():
            raise InputRefusedError(f"{place}: {len(fields)} fields were expected")
        name, scenario = row["name"].strip(), (row.get("scenario") or "").strip()
        if not name:
            raise InputRefusedError(f"{place}: there is no name")
        yield (f"{name}[{scenario}]" if scenario else name), parse_value(row["value"])


def _from_table(path: Path, table: object) -> Iterator[tuple[str, Entry]]:
    if not isinstance(table, dict):
        raise InputRefusedError(f'{path} must hold names and values, such as {{"price": 300}}')
    for name, value in table.items():
        if isinstance(value, dict):
            for scenario, own in value.items():
                yield f"{name}[{scenario}]", _plain(path, name, own)
        else:
            yield name, _plain(path, name, value)


def _plain(path: Path, name: str, value: Any) -> Entry:  # noqa: ANN401  whatever the file holds
    if isinstance(value, str):
        return _date(value) or value
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time())
    if value is None or isinstance(value, (bool, datetime)):
        return value
    if isinstance(value, (int, float)):
        return cell_value(f"{path}: {name}", value)
    raise InputRefusedError(f"{path}: {name} must be a number, a text, true or false; got {value!r}")


def _unique(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InputRefusedError(f"the name {twice} stands twice")
    return table
