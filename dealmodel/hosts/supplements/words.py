"""Texts: number formats, capitals, regular expressions, addresses of the web."""

from __future__ import annotations

import itertools
import re
import urllib.parse
from decimal import Decimal
from typing import TYPE_CHECKING

from dealmodel.cells import OMITTED_TEXT, CellError
from dealmodel.hosts.engine_values import to_engine, to_scalar
from dealmodel.hosts.supplements.codeunits import apart, together
from dealmodel.hosts.supplements.formats import as_displayed, formatted
from dealmodel.hosts.supplements.refusals import NotComputable, refuse
from dealmodel.hosts.supplements.texts import shown, text_of
from dealmodel.hosts.supplements.values import cells_of, each, number, one, rows_of, truth, whole
from dealmodel.hosts.supplements.wildcards import wild_find

if TYPE_CHECKING:
    from collections.abc import Callable

    from dealmodel.cells import Scalar
    from dealmodel.hosts.engine_values import EngineValue
    from dealmodel.hosts.supplements.patterns import Expression

LONGEST = 32767
_DECIMAL = r"[+-]?(?:\d+|(?=\.\d))(?:\.\d*)?(?:[eE][+-]?\d+)?"
"""A number as it may be written, with a point."""
_REPLACED = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<bracketed>\w+)\}|(?P<name>\w+))?")
"""A group in the replacement of a regular expression, and how a dollar sign is written there."""
_UNRESERVED = "-._~!*'()"


@each
def text(value: EngineValue, format_text: EngineValue) -> str:
    """Value in a number format."""
    return formatted(one(value), text_of(format_text))


@each
def displayed(value: EngineValue, format_text: EngineValue) -> EngineValue:
    """Value with no more digits than its cell shows, as a workbook has it that is precise as displayed."""
    cell = one(value)
    is_number = isinstance(cell, (int, float)) and not isinstance(cell, bool)
    return as_displayed(number(value), text_of(format_text)) if is_number else value


@each
def joined(*values: EngineValue) -> str:
    """Values as one text: the operator &."""
    return _of_a_cell("".join(map(text_of, values)))


def concat(*values: EngineValue) -> str:
    """Cells of values and ranges as one text (CONCAT)."""
    return _of_a_cell("".join(text_of(to_engine(cell)) for value in values for cell in cells_of(value)))


def textjoin(delimiter: EngineValue, ignore_empty: EngineValue, *values: EngineValue) -> str:
    """Cells of values and ranges with delimiters, which take turns if they are several, between them (TEXTJOIN)."""
    between = [text_of(to_engine(cell)) for cell in cells_of(delimiter)]
    texts = [text_of(to_engine(cell)) for value in values for cell in cells_of(value)]
    if truth(ignore_empty):
        texts = list(filter(None, texts))
    following = zip(itertools.cycle(between), texts[1:], strict=False)
    return _of_a_cell("".join([*texts[:1], *itertools.chain.from_iterable(following)]))


def _of_a_cell(result: str) -> str:
    """Return a text that is not longer than any cell holds."""
    refuse(len(result) > LONGEST, CellError.VALUE)
    return result


def valuetotext(value: EngineValue, strict: EngineValue = 0.0) -> EngineValue:
    """Value as a text; a strict one is in quotes where it is a text (VALUETOTEXT)."""
    refuse(whole(strict) not in (0, 1), CellError.VALUE)
    is_strict = whole(strict) == 1
    if isinstance(value, list):
        return [[_written(to_scalar(cell), strict=is_strict) for cell in row] for row in value]
    return _written(to_scalar(value), strict=is_strict)


def arraytotext(array: EngineValue, strict: EngineValue = 0.0) -> str:
    """Cells of an array as one text; a strict one is a constant array (ARRAYTOTEXT)."""
    refuse(whole(strict) not in (0, 1), CellError.VALUE)
    if whole(strict) == 0:
        return _of_a_cell(", ".join(_written(cell, strict=False) for cell in cells_of(array)))
    rows = (",".join(_written(to_scalar(cell), strict=True) for cell in row) for row in rows_of(array))
    return _of_a_cell("{" + ";".join(rows) + "}")


def _written(cell: Scalar, *, strict: bool) -> str:
    if isinstance(cell, CellError):
        return cell.value
    text = shown(cell)
    if isinstance(cell, str):
        return '"' + text.replace('"', '""') + '"' if strict else text
    # A small number is written without an exponent here.
    return f"{Decimal(text):f}" if "E-" in text else text


@each
def lower(value: EngineValue) -> str:
    """Text in small letters."""
    return _one_by_one(str.lower, text_of(value))


@each
def upper(value: EngineValue) -> str:
    """Text in capitals."""
    return _one_by_one(str.upper, text_of(value))


def _one_by_one(change: Callable[[str], str], source: str) -> str:
    """Change letters that are one letter in the other case, too: a German sharp s stays as it is in Excel."""
    return "".join(new if len(new := change(character)) == 1 else character for character in source)


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
    return _replaced(text_of(value), whole(start), whole(count), text_of(new))


@each
def replace_units(value: EngineValue, start: EngineValue, count: EngineValue, new: EngineValue) -> str:
    """Text with the same replaced, where an emoji counts for two."""
    return together(_replaced(apart(text_of(value)), whole(start), whole(count), text_of(new)))


def _replaced(source: str, start: int, count: int, new: str) -> str:
    refuse(start < 1 or count < 0, CellError.VALUE)
    return source[: start - 1] + new + source[start - 1 + count :]


@each
def search(find_text: EngineValue, within_text: EngineValue, start_num: EngineValue = OMITTED_TEXT) -> float:
    """Place of a text in another one, whatever the case; a tilde makes the next sign a plain one, the last is none."""
    wanted, source = apart(text_of(find_text)), apart(text_of(within_text))
    start = 1 if start_num == OMITTED_TEXT else whole(start_num)
    refuse(start < 1 or start > max(len(source), 1), CellError.VALUE)
    if len(wanted) - len(wanted.rstrip("~")) & 1:
        wanted = wanted[:-1]
    found = wild_find(wanted, source, start - 1)
    refuse(found is None, CellError.VALUE)
    return float((found or 0) + 1)


@each
def numbervalue(value: EngineValue, decimal: EngineValue = ".", group: EngineValue = ",") -> float:
    """Read the number that a text with other separators stands for (NUMBERVALUE)."""
    source, point, comma = text_of(value), text_of(decimal)[:1], text_of(group)[:1]
    refuse(not point, CellError.VALUE)
    digits = "".join(source.split())
    if not digits:
        return 0.0
    written = digits.rstrip("%")
    before, mark, after = written.partition(point)
    refuse(bool(comma) and comma in after, CellError.VALUE)
    plain = (before if comma == point else before.replace(comma, "")) + mark.replace(point, ".") + after
    refuse(re.fullmatch(_DECIMAL, plain) is None, CellError.VALUE)
    return float(plain) / 100.0 ** (len(digits) - len(written))


@each
def encodeurl(value: EngineValue) -> str:
    """Text as it may stand in a web address."""
    return urllib.parse.quote(text_of(value), safe=_UNRESERVED)


@each
def regextest(value: EngineValue, pattern: EngineValue, case_sensitivity: EngineValue = 0.0) -> bool:
    """Whether a text holds a pattern."""
    return _expression(pattern, case_sensitivity).is_in(text_of(value))


def regexextract(
    value: EngineValue,
    pattern: EngineValue,
    return_mode: EngineValue = 0.0,
    case_sensitivity: EngineValue = 0.0,
) -> EngineValue:
    """Parts of a text that match a pattern: the first, all beside each other, or the groups of the first."""
    matches = _expression(pattern, case_sensitivity).found(text_of(value))
    mode = whole(return_mode)
    refuse(mode not in (0, 1, 2), CellError.VALUE)
    refuse(not matches, CellError.NA)
    if mode == 1:
        return [[match[0] for match in matches]]
    return [[group or "" for group in matches[0].groups()] or [matches[0][0]]] if mode else matches[0][0]


def _as_template(found: re.Match[str]) -> str:
    """Return what stands for a group, or for a dollar sign, in a replacement as Python writes it."""
    name = found["name"] or found["bracketed"]
    if found["dollar"]:
        return "$"
    if name is None:
        # Excel's own library takes it for a mistake.
        raise NotComputable
    return f"\\g<{name}>"


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
    new = _REPLACED.sub(_as_template, text_of(replacement).replace("\\", r"\\"))
    matches = _expression(pattern, case_sensitivity).found(source)
    if not which:
        chosen = matches
    else:
        position = which - 1 if which > 0 else which
        chosen = matches[position : position + 1 or None] if -len(matches) <= position < len(matches) else []
    pieces, last, length = [], 0, 0
    for match in chosen:
        pieces += [source[last : match.start()], match.expand(new)]
        length += len(pieces[-1])
        refuse(length > LONGEST, CellError.VALUE)
        last = match.end()
    result = "".join([*pieces, source[last:]])
    refuse(len(result) > LONGEST, CellError.VALUE)
    return result


@each
def substitute(value: EngineValue, old: EngineValue, new: EngineValue, instance: EngineValue = OMITTED_TEXT) -> str:
    """Text with every occurrence of another one replaced, or with one of them."""
    source, wanted, put = text_of(value), text_of(old), text_of(new)
    if instance != OMITTED_TEXT:
        which = whole(instance)
        refuse(which < 1, CellError.VALUE)
        return _with_one_replaced(source, wanted, put, which)
    if not wanted:
        return source
    refuse(len(source) + source.count(wanted) * (len(put) - len(wanted)) > LONGEST, CellError.VALUE)
    return source.replace(wanted, put)


def _with_one_replaced(source: str, wanted: str, put: str, which: int) -> str:
    pieces = source.split(wanted, which) if wanted else []
    if len(pieces) <= which:
        return source
    result = wanted.join(pieces[:which]) + put + pieces[which]
    refuse(len(result) > LONGEST, CellError.VALUE)
    return result


def _expression(argument: EngineValue, case_sensitivity: EngineValue) -> Expression:
    from dealmodel.hosts.supplements.patterns import Expression  # noqa: PLC0415  for few workbooks

    return Expression(text_of(argument), ignores_case=bool(whole(case_sensitivity)))
