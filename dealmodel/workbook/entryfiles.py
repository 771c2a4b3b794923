"""Files of input values: names and values as CSV, JSON or TOML."""

from __future__ import annotations

import csv
import io
import json
import tomllib
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dealmodel.errors import InputRefusedError
from dealmodel.workbook.entries import cell_value, parse_date, parse_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dealmodel.workbook.entries import Entry


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
        table = (
            tomllib.loads(text) if kind == ".toml" else json.loads(text, object_pairs_hook=lambda p: _unique(path, p))
        )
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
    known: set[str] = set()
    for row in reader:
        place = f"{path}, line {reader.line_num}"
        if None in row or None in row.values():
            raise InputRefusedError(f"{place}: {len(fields)} fields were expected")
        name, scenario = row["name"].strip(), (row.get("scenario") or "").strip()
        if not name:
            raise InputRefusedError(f"{place}: there is no name")
        name = f"{name}[{scenario}]" if scenario else name
        if name in known:
            raise InputRefusedError(f"{place}: the name {name} stands twice")
        known.add(name)
        yield name, parse_value(row["value"])


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
        return parse_date(value) or value
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time())
    if value is None or isinstance(value, (bool, datetime)):
        return value
    if isinstance(value, (int, float)):
        return cell_value(f"{path}: {name}", value)
    raise InputRefusedError(f"{path}: {name} must be a number, a text, true or false; got {value!r}")


def _unique(path: Path, pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InputRefusedError(f"{path}: the name {twice} stands twice")
    return table
