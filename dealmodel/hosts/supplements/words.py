"""Texts: number formats, capitals, regular expressions, addresses of the web."""

from __future__ import annotations

import re
import urllib.parse
from typing import TYPE_CHECKING

from dealmodel.cells import CellError
from dealmodel.hosts.supplements.formats import formatted
from dealmodel.hosts.supplements.refusals import CellErrorRaised, refuse
from dealmodel.hosts.supplements.texts import text_of
from dealmodel.hosts.supplements.values import each, one, whole

if TYPE_CHECKING:
    from dealmodel.hosts.engine_values import EngineValue

LONGEST = 32767
_UNRESERVED = "-._~!*'()"


@each
def text(value: EngineValue, format_text: EngineValue) -> str:
    """Value in a number format."""
    return formatted(one(value), text_of(format_text))


@each
def joined(*values: EngineValue) -> str:
    """Values as one text: the operator &."""
    result = "".join(map(text_of, values))
    refuse(len(result) > LONGEST, CellError.VALUE)
    return result


@each
def proper(value: EngineValue) -> str:
    """Text with a capital after everything that is no letter."""
    result, after_letter = [], False
    for character in text_of(value):
        result.append(character.lower() if after_letter else character.upper())
        after_letter = character.isalpha()
    return "".join(result)


@each
def replace(value: EngineValue, start: EngineValue, count: EngineValue, new: EngineValue) -> str:
    """Text with the characters from some place on replaced."""
    source, begin, length = text_of(value), whole(start), whole(count)
    refuse(begin < 1 or length < 0, CellError.VALUE)
    return source[: begin - 1] + text_of(new) + source[begin - 1 + length :]


@each
def encodeurl(value: EngineValue) -> str:
    """Text as it may stand in a web address."""
    return urllib.parse.quote(text_of(value), safe=_UNRESERVED)


@each
def regextest(value: EngineValue, pattern: EngineValue, case_sensitivity: EngineValue = 0.0) -> bool:
    """Whether a text holds a pattern."""
    return _pattern(pattern, case_sensitivity).search(text_of(value)) is not None


def regexextract(
    value: EngineValue,
    pattern: EngineValue,
    return_mode: EngineValue = 0.0,
    case_sensitivity: EngineValue = 0.0,
) -> EngineValue:
    """Parts of a text that match a pattern: the first, all, or the groups of the first."""
    matches = list(_pattern(pattern, case_sensitivity).finditer(text_of(value)))
    mode = whole(return_mode)
    refuse(mode not in (0, 1, 2), CellError.VALUE)
    refuse(not matches, CellError.NA)
    if mode == 1:
        return [[match[0]] for match in matches]
    return [[group or "" for group in matches[0].groups()] or [matches[0][0]]] if mode else matches[0][0]


@each
def regexreplace(
    value: EngineValue,
    pattern: EngineValue,
    replacement: EngineValue,
    occurrence: EngineValue = 0.0,
    case_sensitivity: EngineValue = 0.0,
) -> str:
    """Text with what matches a pattern replaced."""
    source, which = text_of(value), whole(occurrence)
    new = re.sub(r"\$(\d+)", r"\\g<\1>", text_of(replacement).replace("\\", r"\\"))
    matches = list(_pattern(pattern, case_sensitivity).finditer(source))
    if not which:
        chosen = matches
    else:
        position = which - 1 if which > 0 else which
        chosen = matches[position : position + 1 or None] if -len(matches) <= position < len(matches) else []
    for match in reversed(chosen):
        source = source[: match.start()] + match.expand(new) + source[match.end() :]
    return source


def _pattern(argument: EngineValue, case_sensitivity: EngineValue) -> re.Pattern[str]:
    try:
        return re.compile(text_of(argument), re.IGNORECASE if whole(case_sensitivity) else 0)
    except re.error:
        raise CellErrorRaised(CellError.VALUE) from None
