"""Number formats, as TEXT and cells use them: `#,##0.00;(#,##0.00)`, `d mmm yyyy`, `0.00E+00`, `# ?/?`.

References
----------
.. [1] ECMA-376, part 1, 18.8.31: the codes of number formats.
"""

from __future__ import annotations

import functools
import math
import operator
import re
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from dealmodel.cells import CellError, Scalar
from dealmodel.hosts.supplements.calendar import LAST
from dealmodel.hosts.supplements.digits import after_point, before_point, exact, rounded
from dealmodel.hosts.supplements.moments import Token, is_moment, moment
from dealmodel.hosts.supplements.refusals import NotComputable, refuse
from dealmodel.hosts.supplements.texts import number_in, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

_TOKEN = re.compile(
    r"""
      "(?P<quoted>[^"]*)"?
    | \\(?P<escaped>.?)
    | _(?P<space>.?)
    | \*(?P<fill>.?)
    | \[\$(?P<currency>[^\]-]*)(?:-(?P<locale>[^\]]*))?\]
    | \[(?P<test><=|>=|<>|<|>|=)\s*(?P<bound>[+-]?[\d.]+)\]
    | (?P<elapsed>\[(?:h+|m+|s+)\])
    | \[(?P<colour>[^\]]*)\]
    | (?P<general>General)
    | (?P<half>AM/PM|A/P)
    | (?P<exponent>E[+-](?=[^;]*[0#?]))
    | (?P<date>y+|m+|d+|h+|s+|e+|b+|g+)
    | (?P<digit>[0#?])
    | (?P<other>.)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_TESTS = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
}
_DAY = 86_400
"""Seconds of a day."""
_WIDTH, _LONG, _SMALLEST = 11, -4, -9
"""Characters of a number in the format General, and the exponents from which it has decimals in any case, or at all."""
_LANGUAGE, _ENGLISH = 0x3FF, 0x09
"""The part of a locale's number that tells the language, and what it is for English."""
_SYSTEM = {"F800": "dddd, mmmm d, yyyy", "F400": "h:mm:ss AM/PM"}
"""Formats of the system's long date and time, by the locale that stands for them."""


_POINT, _COMMA, _SLASH, _PERCENT, _TEXT = (Token("other", mark) for mark in ".,/%@")


class Section(NamedTuple):
    """One of up to four parts of a format."""

    tokens: tuple[Token, ...]
    test: tuple[str, float] | None
    foreign: bool = False
    """Whether the names of its months and days are those of another language than English."""

    def has(self, kind: str) -> bool:
        """Whether it holds such a piece."""
        return any(t.kind == kind for t in self.tokens)


_GENERAL = Section((Token("general", "General"),), None)


def formatted(value: Scalar, code: str) -> str:
    """Return a value as a number format shows it.

    Examples
    --------
    >>> formatted(1234.5, "#,##0.00"), formatted(-3.0, "0;(0)"), formatted(43831.0, "d mmm yyyy")
    ('1,234.50', '(3)', '1 Jan 2020')
    """
    sections = _sections(code)
    number = number_in(value) if isinstance(value, str) else value
    if isinstance(value, str) and number is None:
        return _as_text(value, sections)
    if isinstance(number, bool) or not isinstance(number, (int, float, type(None))):
        return _as_text(shown(value), sections)
    amount = float(number or 0.0)
    section, signed = _chosen(sections, amount)
    if section is None:
        return "#" * 8
    if not section.tokens:
        return "-" if signed and amount < 0 and section.test is None else ""
    if is_moment(section.tokens):
        dates = (token.text for token in section.tokens if token.kind == "date")
        if section.foreign and any(re.match("mmm|ddd", date, re.IGNORECASE) for date in dates):
            raise NotComputable
        elapsed = section.has("elapsed")
        refuse(amount < 0 and not elapsed, CellError.VALUE)
        refuse(amount >= LAST + 1 and not elapsed, CellError.VALUE)
        refuse(not math.isfinite(amount * _DAY), CellError.VALUE)
        refuse(any(t.kind == "digit" and t.text != "0" for t in section.tokens), CellError.VALUE)
        return ("-" if amount < 0 else "") + moment(abs(amount), section.tokens)
    text = _number(abs(amount), section)
    # What rounds to nothing has no sign.
    return f"-{text}" if signed and amount < 0 and text != _number(0.0, section) else text


def as_displayed(number: float, code: str) -> float:
    """Return a number rounded to what a number format shows of it; a date, a fraction and General show all of it.

    Examples
    --------
    >>> as_displayed(1.2345, "0.00"), as_displayed(0.12345, "0.0%"), as_displayed(1234567.0, "#,##0,")
    (1.23, 0.123, 1235000.0)
    """
    section, _ = _chosen(_sections(code), number)
    if section is None or is_moment(section.tokens) or section.has("general") or _TEXT in section.tokens:
        return number
    tokens = section.tokens
    digits = [i for i, t in enumerate(tokens) if t.kind == "digit"]
    if not digits or _SLASH in tokens:
        return number
    point = next((i for i, t in enumerate(tokens) if t == _POINT), len(tokens))
    if section.has("exponent"):
        end = next(i for i, t in enumerate(tokens) if t.kind == "exponent")
        return float(f"{number:.{sum(point < i < end for i in digits)}e}")
    last_whole = max((i for i in digits if i < point), default=digits[0])
    scale = sum(t == _COMMA and (i > digits[-1] or last_whole < i < point) for i, t in enumerate(tokens))
    decimals = sum(i > point for i in digits) + 2 * sum(t == _PERCENT for t in tokens) - 3 * scale
    return float(rounded(exact(number), decimals))


def is_date(code: str) -> bool:
    """Whether a number format shows numbers as dates or times.

    Examples
    --------
    >>> is_date("d mmm yyyy"), is_date('#,##0.0_);(#,##0.0)'), is_date("General")
    (True, False, False)
    """
    return is_moment(_sections(code)[0].tokens)


@functools.lru_cache(maxsize=512)
def _sections(code: str) -> tuple[Section, ...]:
    parts: list[list[Token]] = [[]]
    tests: list[tuple[str, float] | None] = [None]
    foreign = [False]
    is_systems = False
    for match in _TOKEN.finditer(code):
        kind = match.lastgroup or ""
        if match[0] == ";":
            parts.append([])
            tests.append(None)
            foreign.append(False)
            is_systems = False
        elif is_systems:
            # What follows is for programs that do not know the system's own format.
            continue
        elif match["test"]:
            tests[-1] = (match["test"], float(match["bound"]))
        elif match["locale"] is not None and match["locale"].upper() in _SYSTEM:
            parts[-1] = list(_sections(_SYSTEM[match["locale"].upper()])[0].tokens)
            is_systems = True
        elif match["currency"] is not None:
            foreign[-1] = foreign[-1] or _is_foreign(match["locale"] or "")
            parts[-1].append(Token("literal", match["currency"]))
        elif kind == "space":
            parts[-1].append(Token("literal", " "))
        elif kind in ("quoted", "escaped"):
            parts[-1].append(Token("literal", match[kind]))
        elif kind not in ("colour", "fill"):
            parts[-1].append(Token(kind, match[0]))
    refuse(len(parts) > 4, CellError.VALUE)  # noqa: PLR2004  positive, negative, zero, text
    return tuple(Section(tuple(part), test, other) for part, test, other in zip(parts, tests, foreign, strict=True))


def _is_foreign(locale: str) -> bool:
    """Whether a locale, such as `407`, is one of another language than English."""
    language = int(locale, 16) & _LANGUAGE if re.fullmatch("[0-9A-Fa-f]+", locale) else _ENGLISH
    return language not in (0, _ENGLISH)


def _as_text(value: str, sections: Sequence[Section]) -> str:
    section = sections[-1] if len(sections) == 4 or _TEXT in sections[-1].tokens else None  # noqa: PLR2004
    if section is None:
        return value
    return "".join(value if t == _TEXT else t.text for t in section.tokens)


def _chosen(sections: Sequence[Section], number: float) -> tuple[Section | None, bool]:
    """Return the section that is for a number, and whether it needs a minus sign."""
    numeric = sections[:3]
    if any(s.test for s in numeric):
        for i, section in enumerate(numeric):
            if section.test is None:
                fits = i == len(numeric) - 1 or (number < 0 if i else number > 0)
            else:
                fits = _TESTS[section.test[0]](number, section.test[1])
            if fits:
                return section, section.test is None or section.test[0] not in ("<", "<=") or section.test[1] > 0
        return (_GENERAL, True) if len(numeric) == 1 else (None, False)
    if len(numeric) == 1 or number > 0:
        return numeric[0], len(numeric) == 1
    if number < 0:
        return numeric[1], False
    return numeric[-1] if len(numeric) == 3 else numeric[0], False  # noqa: PLR2004


def _number(number: float, section: Section) -> str:
    if _TEXT in section.tokens:
        return "".join(shown(number) if t == _TEXT else t.text for t in section.tokens)
    if section.has("general"):
        return "".join(_as_wide_as_a_cell(number) if t.kind == "general" else t.text for t in section.tokens)
    if section.has("exponent"):
        return _scientific(number, section.tokens)
    slash = next((i for i, t in enumerate(section.tokens) if t == _SLASH), None)
    if slash is not None and any(t.kind == "digit" for t in section.tokens[:slash]):
        from dealmodel.hosts.supplements.fractions import fraction  # noqa: PLC0415  for the few cells shown as one

        return fraction(number, section.tokens, slash)
    percents = sum(t == _PERCENT for t in section.tokens)
    return _fixed(exact(number).scaleb(2 * percents), section.tokens)


def _as_wide_as_a_cell(number: float) -> str:
    """Return a number in the format General: eleven characters at most, with an exponent where these do not do."""
    exponent = exact(number).adjusted() if number else 0
    if _SMALLEST <= exponent < _WIDTH:
        text = f"{rounded(exact(number), min(_WIDTH - 2, max(_WIDTH - 2 - exponent, 0))):f}"
        if exponent >= _LONG or float(text) == number:
            return text.rstrip("0").rstrip(".") if "." in text else text
    mantissa, _, power = f"{number:.5e}".partition("e")
    return f"{mantissa.rstrip('0').rstrip('.')}E{power}"


def _fixed(number: Decimal, tokens: Sequence[Token]) -> str:
    """Return a number without exponent."""
    digits = [i for i, t in enumerate(tokens) if t.kind == "digit"]
    if not digits:
        return "".join(t.text for t in tokens if t != _COMMA)
    at = next((i for i, t in enumerate(tokens) if t == _POINT), len(tokens))
    commas = [i for i, t in enumerate(tokens) if t == _COMMA]
    last_whole = max((i for i in digits if i < at), default=digits[0])
    grouped = any(digits[0] < i < last_whole for i in commas)
    scale = sum(i > digits[-1] or last_whole < i < at for i in commas)
    decimals = sum(i > at for i in digits)
    whole, _, rest = f"{rounded(number.scaleb(-3 * scale), decimals):f}".partition(".")
    # A comma before all digits is a text as others are.
    marks, before, after = tokens[: digits[0]], tokens[digits[0] : at], tokens[max(at, digits[0]) :]
    before, after = ([t for t in part if t != _COMMA] for part in (before, after))
    before = [*marks, *before] if at > digits[0] else list(tokens[:at])
    return before_point(whole.lstrip("0"), before, grouped=grouped) + after_point(rest, after)


def _scientific(number: float, tokens: Sequence[Token]) -> str:
    """Return a number with an exponent, whose sign stands before its first digit."""
    at = next(i for i, t in enumerate(tokens) if t.kind == "exponent")
    mantissa, power = _without_scale(tokens[:at]), [t for t in tokens[at + 1 :] if t != _COMMA]
    point = next((i for i, t in enumerate(mantissa) if t == _POINT), len(mantissa))
    places = max(sum(t.kind == "digit" for t in mantissa[:point]), 1)
    decimals = sum(t.kind == "digit" for t in mantissa[point:])
    amount = exact(number)
    exponent = amount.adjusted() if amount else 0
    exponent -= exponent % places
    if rounded(amount.scaleb(-exponent), decimals) >= Decimal(10) ** places:
        exponent += places
    if not amount:
        # A zero fills all places before the point.
        mantissa[:point] = [Token(t.kind, "0") if t.kind == "digit" else t for t in mantissa[:point]]
    letter, sign = tokens[at].text[0], tokens[at].text[1:]
    first = next(i for i, t in enumerate(power) if t.kind == "digit")
    sign = "-" if exponent < 0 else sign.replace("-", "")
    between = "".join(t.text for t in power[:first])
    return (
        _fixed(amount.scaleb(-exponent), mantissa)
        + letter
        + between
        + sign
        + before_point(str(abs(exponent)), power[first:])
    )


def _without_scale(tokens: Sequence[Token]) -> list[Token]:
    """Return the places of a number without the commas that do not stand between two of them."""
    digits = [i for i, t in enumerate(tokens) if t.kind == "digit"]
    return [t for i, t in enumerate(tokens) if t != _COMMA or (digits and digits[0] < i < digits[-1])]
