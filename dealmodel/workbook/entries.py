"""Input values as people write them: `NAME=VALUE` and files of names and values."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dealmodel.dates import serial
from dealmodel.errors import InputRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dealmodel.cells import Scalar

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")


def parse_value(text: str) -> Scalar:
    """Return the value a text stands for: number, percentage, TRUE or FALSE, ISO date, or the text itself.

    Examples
    --------
    >>> parse_value("1,223.3"), parse_value("51%"), parse_value("2018-02-09"), parse_value("as filed")
    (1223.3, 0.51, 43140.0, 'as filed')
    """
    plain = text.strip()
    if len(plain) > 1 and plain[0] == plain[-1] == '"':
        return plain[1:-1]
    if plain.upper() in ("TRUE", "FALSE"):
        return plain.upper() == "TRUE"
    bare, percent = (plain[:-1].rstrip(), True) if plain.endswith("%") else (plain, False)
    if _THOUSANDS.fullmatch(bare):
        bare = bare.replace(",", "")
    if _NUMBER.fullmatch(bare):
        # Dividing the decimal's digits, so that 51% is the same number as 0.51.
        return float(f"{bare}e-2") if percent and "e" not in bare.lower() else float(bare) / (100 if percent else 1)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}(?:[T ].+)?", plain):
        try:
            return serial(datetime.fromisoformat(plain))
        except ValueError:
            return plain
    return plain or None


def parse_assignment(text: str) -> tuple[str, Scalar]:
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


def read_entries(path: str | Path) -> list[tuple[str, Scalar]]:
    """Return names and values from a CSV, JSON or TOML file.

    A CSV file has columns `name` and `value` and may have `scenario`; JSON and TOML hold one object of names and
    values, in which a name may lead to an object of scenarios and values.

    Raises
    ------
    InputRefusedError
        If the file cannot be read, or does not have this form.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix.lower() == ".csv":
            return list(_from_csv(path, text))
        if path.suffix.lower() == ".json":
            return list(_from_table(path, json.loads(text, object_pairs_hook=_unique)))
        if path.suffix.lower() == ".toml":
            return list(_from_table(path, tomllib.loads(text)))
    except OSError as error:
        raise InputRefusedError(f"{path} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, json.JSONDecodeError, tomllib.TOMLDecodeError, csv.Error, RecursionError) as error:
        raise InputRefusedError(f"{path} is not valid {path.suffix[1:].upper()}: {error}") from None
    raise InputRefusedError(f"{path} is neither .csv, .json nor .toml")


def _from_csv(path: Path, text: str) -> Iterator[tuple[str, Scalar]]:
    reader = csv.DictReader(text.splitlines(), strict=True)
    fields = [(field or "").strip().lower() for field in reader.fieldnames or []]
    if not {"name", "value"} <= set(fields):
        raise InputRefusedError(f"{path} must have the columns name and value; it has {', '.join(fields) or 'none'}")
    reader.fieldnames = fields
    for number, row in enumerate(reader, start=2):
        if None in row or None in row.values():
            raise InputRefusedError(f"{path}, line {number}: {len(fields)} fields were expected")
        name, scenario = row["name"].strip(), (row.get("scenario") or "").strip()
        if not name:
            raise InputRefusedError(f"{path}, line {number}: there is no name")
        yield (f"{name}[{scenario}]" if scenario else name), parse_value(row["value"])


def _from_table(path: Path, table: object) -> Iterator[tuple[str, Scalar]]:
    if not isinstance(table, dict):
        raise InputRefusedError(f"{path} must hold names and values, such as {{'price': 300}}")
    for name, value in table.items():
        if isinstance(value, dict):
            for scenario, own in value.items():
                yield f"{name}[{scenario}]", _plain(path, name, own)
        else:
            yield name, _plain(path, name, value)


def _plain(path: Path, name: str, value: Any) -> Scalar:  # noqa: ANN401  whatever the file holds
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, float)):
        return float(value)
    if isinstance(value, datetime):
        return serial(value)
    if isinstance(value, date):
        return serial(datetime.combine(value, time()))
    raise InputRefusedError(f"{path}: {name} must be a number, a text, true or false; got {value!r}")


def _unique(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    names = [name for name, _ in pairs]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputRefusedError(f"the name {twice} stands twice")
    return dict(pairs)
