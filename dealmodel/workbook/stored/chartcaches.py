"""What a chart stores of the cells that it shows: `c:numCache` and its kin, and the data of the younger `cx:` charts.

A part is never rebuilt: only points whose value is another one are written anew, and the number of points where the
range has another size.

References
----------
.. [1] ECMA-376, part 1, 21.2.2: numRef, strRef, multiLvlStrRef and their caches.
.. [2] MS-ODRAWXML, 2.24.3: the data of `cx:` charts.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from dealmodel.cells import CellError, Scalar
from dealmodel.workbook.accuracy import same
from dealmodel.workbook.stored.edits import written_value
from dealmodel.workbook.stored.xmltext import attributes, element_text, escape, escape_text, unescape_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Stored(Enum):
    """A point of which nothing new is known."""

    VALUE = "stored"


Point: TypeAlias = Scalar | Stored


class Points(NamedTuple):
    """The values of the cells to which a chart refers."""

    rows: Sequence[Sequence[Point]]
    """All of them. Where the chart stores texts, numbers stand as their cells show them."""
    visible: Sequence[Sequence[Point]] | None = None
    """Those whose rows and columns are not hidden, where some are; a chart may leave the others out."""
    open_ended: bool = False
    """Whether the range goes on beyond these, as a whole column does."""


Reader: TypeAlias = "Callable[[str, bool], Points | None]"
"""Gives what a reference means, and whether texts are wanted; None leaves what the chart stores."""

_P = rb"(?:[\w.-]+:)?"
_HOLDER = re.compile(
    rb"<(%b)(numRef|strRef|multiLvlStrRef|datalabelsRange|numDim|strDim|txData)\b[^>]*(?<!/)>(.*?)</\1\2\s*>" % _P,
    re.DOTALL,
)
_FORMULA = re.compile(rb"<(%b)f\b[^>]*>([^<]*)</\1f\s*>" % _P)
_CACHE = re.compile(rb"<(%b)(numCache|strCache|dlblRangeCache)\b[^>]*(?<!/)>(.*?)</\1\2\s*>" % _P, re.DOTALL)
_LEVEL = re.compile(rb"<(%b)lvl\b([^>]*)(?<!/)>(.*?)</\1lvl\s*>" % _P, re.DOTALL)
_POINT = re.compile(rb"<(%b)pt\b([^>]*?)(?:/>|>(.*?)</\1pt\s*>)" % _P, re.DOTALL)
_VALUE = re.compile(rb"<(%b)v\b[^>]*?(?:/>|>([^<]*)</\1v\s*>)" % _P)
_COUNT = re.compile(rb"""<(%b)ptCount\b[^>]*?\bval\s*=\s*["'](\d{1,9})["'][^>]*>(?:</\1ptCount\s*>)?""" % _P)
_COUNT_OF_LEVEL = re.compile(rb"""<(%b)lvl\b[^>]*?\bptCount\s*=\s*["'](\d{1,9})["']""" % _P)
_NUMERIC = (b"numRef", b"numDim")
_CACHES = {b"numRef": b"numCache", b"strRef": b"strCache", b"datalabelsRange": b"dlblRangeCache"}


def with_values(part: bytes, read: Reader, *, fill: bool = False) -> bytes:
    """Return a chart's part with what it stores of its cells brought up to date.

    Parameters
    ----------
    part
        The part, well-formed XML.
    read
        Gives the values of a reference such as `Sheet1!$A$1:$A$4`.
    fill
        Whether a reference of which nothing is stored gets its values, too.

    Examples
    --------
    >>> part = (
    ...     b'<c:numRef><c:f>S!$A$1</c:f><c:numCache><c:ptCount val="1"/><c:pt idx="0"><c:v>1</c:v></c:pt></c:numCache>'
    ...     b"</c:numRef>"
    ... )
    >>> with_values(part, lambda reference, as_text: Points([[2.5]])) == part.replace(b"<c:v>1<", b"<c:v>2.5<")
    True
    """
    return _HOLDER.sub(lambda match: _followed(match, read, fill=fill), part)


def _followed(match: re.Match[bytes], read: Reader, *, fill: bool) -> bytes:
    """Return an element that refers to cells with the values of those."""
    whole, kind, body = match[0], match[2], match[3]
    formula = _FORMULA.search(body)
    if formula is None or (kind in _CACHES and not fill and _CACHE.search(body) is None):
        return whole
    points = read(element_text(formula[2]).strip(), kind not in _NUMERIC)
    if points is None or not points.rows or not points.rows[0]:
        return whole
    if kind == b"txData":
        new = _with_text(body, points.rows[0][0], formula)
    elif kind in _CACHES:
        cached = _with_empty_cache(body, kind, formula) if fill and not _CACHE.search(body) else body
        new = _with_cache(cached, points, numeric=kind in _NUMERIC)
    else:
        new = _with_levels(body, points, numeric=kind in _NUMERIC)
    start, end = (place - match.start() for place in match.span(3))
    return whole[:start] + new + whole[end:]


def _with_text(body: bytes, value: Point, formula: re.Match[bytes]) -> bytes:
    if isinstance(value, Stored):
        return body
    text = _written(value, numeric=False) or b""
    found = _VALUE.search(body)
    if found is None:
        return body[: formula.end()] + b"<%bv>%b</%bv>" % (formula[1], text, formula[1]) + body[formula.end() :]
    return body[: found.start()] + _value(found[1], text) + body[found.end() :]


def _with_empty_cache(body: bytes, kind: bytes, formula: re.Match[bytes]) -> bytes:
    """Return the content of a reference with a list of no points, for those that come."""
    # The list of the labels of a series has a prefix of its own; what stands in it has that of charts.
    outer, name = formula[1], _CACHES[kind]
    p = b"c:" if kind == b"datalabelsRange" else outer
    about = b"<%bformatCode>General</%bformatCode>" % (p, p) if kind in _NUMERIC else b""
    empty = b'<%b%b>%b<%bptCount val="0"/></%b%b>' % (outer, name, about, p, outer, name)
    return body[: formula.end()] + empty + body[formula.end() :]


def _with_cache(body: bytes, points: Points, *, numeric: bool) -> bytes:
    """Return the content of a reference with the one list of points that it stores."""
    found = _CACHE.search(body)
    if found is None:
        return body
    content = found[3]
    declared = _COUNT.search(content)
    count = int(declared[2]) if declared else 0
    values = _fitted([value for row in _rows(points, count) for value in row], count)
    new = _with_points(content, values, numeric=numeric, nested=True)
    new = _counted(new, _COUNT, len(values), open_ended=points.open_ended)
    return body[: found.start(3)] + new + body[found.end(3) :]


def _fitted(values: list[Point], count: int) -> list[Point]:
    """Return values without those behind the last stored one of which nothing is known, as in a merged cell."""
    while len(values) > count > 0 and (values[-1] is None or isinstance(values[-1], Stored)):
        values.pop()
    return values


def _with_levels(body: bytes, points: Points, *, numeric: bool) -> bytes:
    """Return the content of a reference with its levels: of labels, the innermost first."""
    levels = list(_LEVEL.finditer(body))
    nested = _COUNT.search(body) is not None
    if not levels:
        return body
    declared = _COUNT.search(body) or _COUNT_OF_LEVEL.search(levels[0][0])
    count = int(declared[2]) if declared else 0
    lists = _by_level(points, len(levels), count)
    if lists is None:
        return body
    pieces, at = [], 0
    for level, values in zip(levels, lists, strict=True):
        content = _with_points(level[3], values, numeric=numeric, nested=nested)
        opening = body[level.start() : level.start(3)]
        opening = _counted(opening, _COUNT_OF_LEVEL, len(values), open_ended=points.open_ended)
        pieces += [body[at : level.start()], opening, content]
        at = level.end(3)
    new = b"".join([*pieces, body[at:]])
    return _counted(new, _COUNT, len(lists[0]), open_ended=points.open_ended)


def _by_level(points: Points, levels: int, count: int) -> Sequence[Sequence[Point]] | None:
    """Return the values of each level, or None where the range has not as many rows or columns."""
    rows = _rows(points, count)
    if levels == 1:
        return [[value for row in rows for value in row]]
    columns = list(zip(*rows, strict=True))
    fitting = [lines for lines in (columns, rows) if len(lines) == levels]
    if len(fitting) > 1 and len(rows) != count:
        fitting = []
    return list(reversed(fitting[0])) if fitting else None


def _rows(points: Points, count: int) -> Sequence[Sequence[Point]]:
    """Return the rows that a chart with so many points shows."""
    if points.visible is None:
        return points.rows
    size = {len(points.rows), len(points.rows[0]), sum(map(len, points.rows))}
    return points.rows if count in size else points.visible


def _counted(xml: bytes, pattern: re.Pattern[bytes], count: int, *, open_ended: bool) -> bytes:
    """Return XML with another number of points."""
    declared = pattern.search(xml)
    if declared is None or (open_ended and count <= int(declared[2])):
        return xml
    start, end = declared.span(2)
    return xml[:start] + str(count).encode() + xml[end:]


def _with_points(content: bytes, values: Sequence[Point], *, numeric: bool, nested: bool) -> bytes:
    """Return the content of a list of points with their values.

    Parameters
    ----------
    content
        What stands between the tags of the list.
    values
        The values, by the points' numbers.
    numeric
        Whether it is a list of numbers.
    nested
        Whether a value stands in an element `v` of its own.
    """
    found = list(_POINT.finditer(content))
    old: dict[int, re.Match[bytes]] = {}
    for match in found:
        number = attributes(match[2]).get("idx", "")
        if number.isdecimal():
            old[int(number)] = match
    declared = _COUNT.search(content)
    prefix = found[0][1] if found else declared[1] if declared else b"c:" if nested else b"cx:"
    pieces = []
    for i, value in enumerate(values):
        was = old.get(i)
        text = None if isinstance(value, Stored) else _written(value, numeric=numeric)
        if was is not None and (isinstance(value, Stored) or _is_same(_content(was, nested=nested), value, text)):
            pieces.append(was[0])
        elif text is not None:
            start = was[2].rstrip() if was is not None else b' idx="%d"' % i
            inner = _value(prefix, text) if nested else text
            pieces.append(b"<%bpt%b>%b</%bpt>" % (prefix, start, inner, prefix))
    if pieces == [match[0] for match in found]:
        return content
    if found:
        start, end = found[0].start(), found[-1].end()
    else:
        start = end = declared.end() if declared else 0
    return content[:start] + b"".join(pieces) + content[end:]


def _value(prefix: bytes, text: bytes) -> bytes:
    return b"<%bv>%b</%bv>" % (prefix, text, prefix)


def _content(point: re.Match[bytes], *, nested: bool) -> str:
    """Return the text of a stored point."""
    if not nested:
        return element_text(point[3])
    value = _VALUE.search(point[3] or b"")
    return element_text(value[2]) if value else ""


def _is_same(old: str, value: Scalar, text: bytes | None) -> bool:
    if text is None:
        return False
    if unescape_text(old) == unescape_text(element_text(text)):
        return True
    if not isinstance(value, (int, float)):
        return False
    try:
        return same(float(old), float(value))
    except ValueError:
        return False


def _written(value: Scalar, *, numeric: bool) -> bytes | None:
    """Return a value as a point holds it; none for a blank cell. Among numbers a text is zero, as charts draw it."""
    if value is None:
        return None
    if isinstance(value, CellError):
        return value.value.encode()
    if isinstance(value, str):
        return b"0" if numeric else escape(escape_text(value)).encode()
    return written_value(float(value) if numeric else value)[1].encode()
