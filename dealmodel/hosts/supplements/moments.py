"""Dates and times as number formats show them."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

from dealmodel.hosts.supplements.calendar import Day, day_of, weekday_of
from dealmodel.hosts.supplements.texts import MONTHS

if TYPE_CHECKING:
    from collections.abc import Sequence

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SECONDS = 86400
_BUDDHA = 543


class Token(NamedTuple):
    """A piece of a format: what it is, and its text."""

    kind: str
    text: str


def is_moment(tokens: Sequence[Token]) -> bool:
    """Whether a section of a format shows a date or a time."""
    return any(t.kind in ("date", "elapsed", "half") for t in tokens)


def moment(number: float, tokens: Sequence[Token]) -> str:
    """Return a date or time."""
    decimals = _decimals(tokens)
    shows_seconds = any(t.kind in ("date", "elapsed") and t.text.strip("[]").lower().startswith("s") for t in tokens)
    seconds = number * _SECONDS
    # What is not shown is cut off, but for a fraction of a second, which is rounded.
    ticks = math.floor(seconds * 10**decimals + 0.5) if shows_seconds else math.floor(seconds + 1e-6)
    whole, part = divmod(ticks, 10**decimals) if shows_seconds else (ticks, 0)
    days, clock = divmod(whole, _SECONDS)
    fraction = f"{part:0{decimals}d}" if decimals else ""
    # Of a format with hours that go on beyond a day, all that is of the same unit goes on, and days there are none.
    elapsed = {t.text[1].lower() for t in tokens if t.kind == "elapsed"}
    day = Day(1900, 1, 0) if elapsed else day_of(days)
    pieces = []
    twelve = any(t.kind == "half" for t in tokens)
    skip_digits = False
    for i, token in enumerate(tokens):
        if token.kind == "date" and token.text[0].lower() in elapsed:
            pieces.append(_elapsed(f"[{token.text.lower()}]", whole))
        elif token.kind == "date":
            pieces.append(_part(token.text.lower(), day, days, clock, minutes=_is_minutes(tokens, i), twelve=twelve))
        elif token.kind == "elapsed":
            pieces.append(_elapsed(token.text.lower(), whole))
        elif token.kind == "half":
            noon = clock >= _SECONDS / 2
            letters = ("PM" if noon else "AM")[: 2 if len(token.text) > 3 else 1]  # noqa: PLR2004  AM/PM or A/P
            pieces.append(letters.lower() if token.text == "a/p" else letters)
        elif token.text == "." and token.kind == "other" and i + 1 < len(tokens) and tokens[i + 1].kind == "digit":
            pieces.append("." + fraction)
            skip_digits = True
        elif not (token.kind == "digit" and skip_digits):
            pieces.append(token.text)
    return "".join(pieces)


def _decimals(tokens: Sequence[Token]) -> int:
    """Return the decimals of seconds."""
    text = "".join("0" if t.kind == "digit" else t.text if t.kind == "other" else "x" for t in tokens)
    match = re.search(r"x\.(0+)", text)
    return min(len(match[1]), 3) if match else 0


def _is_minutes(tokens: Sequence[Token], at: int) -> bool:
    """Whether an `m` stands after hours or before seconds."""
    parts = [t.text.strip("[]").lower() if t.kind in ("date", "elapsed") else "" for t in tokens]
    before = next((p for p in reversed(parts[:at]) if p), "")
    after = next((p for p in parts[at + 1 :] if p), "")
    return before.startswith("h") or after.startswith("s") or any(t.kind == "elapsed" for t in tokens)


def _part(code: str, day: Day, days: int, clock: int, *, minutes: bool, twelve: bool) -> str:
    hour = clock // 3600
    if code[0] == "m" and not (minutes and len(code) < 3):  # noqa: PLR2004  names are months
        name = MONTHS[day.month - 1]
        return _named(day.month, name, code) if len(code) != 5 else name[0]  # noqa: PLR2004  its first letter
    if code[0] == "d":
        return _named(day.day, _DAYS[weekday_of(days)], code)
    if code[0] in "hms":
        numbers = {"h": (hour % 12 or 12) if twelve else hour, "m": clock // 60 % 60, "s": clock % 60}
        return _padded(numbers[code[0]], code)
    year = day.year + _BUDDHA * (code[0] == "b")
    short = "" if code[0] == "g" else f"{year % 100:02d}"
    return str(year) if code[0] == "e" or len(code) > 2 else short  # noqa: PLR2004  two digits of four


def _named(number: int, name: str, code: str) -> str:
    if len(code) < 3:  # noqa: PLR2004  numbers
        return _padded(number, code)
    return name[:3] if len(code) == 3 else name  # noqa: PLR2004


def _padded(number: int, code: str) -> str:
    return f"{number:02d}" if len(code) > 1 else str(number)


def _elapsed(code: str, seconds: int) -> str:
    unit = {"h": 3600, "m": 60, "s": 1}[code[1]]
    return f"{seconds // unit:0{len(code) - 2}d}"
