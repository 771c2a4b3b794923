"""A worksheet part: its cells with their place in the bytes, and the bytes with some values replaced.

The part is never rebuilt. A replaced value changes the text of `<v>` and the type `t` of its cell and nothing
else; a cell that was not there yet is put where its row and column belong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from html import unescape
from typing import TYPE_CHECKING

from dealmodel.cells import CellError, Scalar
from dealmodel.dates import serial
from dealmodel.errors import WorkbookError
from dealmodel.workbook.address import MAX_COLUMN, MAX_ROW, Area, a1, parse_area, parse_cell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Place = tuple[int, int]
_ATTRIBUTE = re.compile(rb"""([\w:]+)\s*=\s*("[^"]*"|'[^']*')""")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_MUST_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)|[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_TEXTS = ("str", "inlineStr")
_ERRORS = {error.value: error for error in CellError}


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as the part holds it."""

    text: str
    kind: str
    """`normal`, `shared`, `array` or `dataTable`."""
    area: Area | None
    """The range of an array, of a data table, or of a shared formula's anchor."""
    group: str
    """Index of a shared formula."""


@dataclass(frozen=True, slots=True)
class StoredCell:
    """A cell as the part holds it."""

    row: int
    column: int
    start: int
    end: int
    kind: str
    """The type `t`: `n`, `s`, `str`, `inlineStr`, `b`, `e` or `d`."""
    text: str | None
    """The text of `<v>`, or of the inline string."""
    formula: Formula | None
    dynamic: bool
    """Whether the cell carries metadata `cm`, as the anchor of a dynamic array does."""


class SheetPart:
    """The cells of one worksheet part.

    Parameters
    ----------
    part
        The XML, in UTF-8.
    label
        What messages call it.
    """

    def __init__(self, part: bytes, label: str) -> None:
        self.part = part
        self.label = label
        check_xml(part, label)
        root = re.search(rb"<([\w.-]+:)?(worksheet|chartsheet|dialogsheet|macrosheet)\b", part)
        if root is None:
            raise WorkbookError(f"{label} is damaged: it is not a worksheet")
        self._prefix = root[1] or b""
        # Cells never nest, and none of their attributes holds a bracket: a pattern finds them ten times quicker
        # than a parser, and with their place in the bytes.
        p = self._prefix
        self._row = re.compile(rb"<%brow\b([^>]*?)(/?)>" % p)
        self._item = re.compile(rb"<%brow\b([^>]*)>|<%bc\b([^>]*?)(?:/>|>(.*?)</%bc>)" % (p, p, p), re.DOTALL)
        self._f = re.compile(rb"<%bf\b([^>]*?)(?:/>|>(.*?)</%bf>)" % (p, p), re.DOTALL)
        self._v = re.compile(rb"<%bv\b[^>]*?(?:/>|>(.*?)</%bv>)" % (p, p), re.DOTALL)
        self._is = re.compile(rb"<%bis\b[^>]*?(?:/>|>(.*?)</%bis>)" % (p, p), re.DOTALL)
        self._t = re.compile(rb"<%bt\b[^>]*?(?:/>|>(.*?)</%bt>)" % (p, p), re.DOTALL)
        opening = re.search(rb"<%bsheetData\b[^>]*?(/?)>" % p, part)
        closing = part.find(b"</%bsheetData>" % p)
        if opening is None or opening[1]:
            self._data = (0, 0)
        elif closing < 0:
            raise WorkbookError(f"{label} is damaged: its cells do not end")
        else:
            self._data = (opening.end(), closing)
            if b"<!" in part[opening.end() : closing]:
                raise WorkbookError(f"{label} holds comments or CDATA among its cells; save it anew with Excel")

    @cached_property
    def cells(self) -> dict[Place, StoredCell]:
        """Every cell by row and column."""
        cells: dict[Place, StoredCell] = {}
        row, column = 0, 0
        for match in self._item.finditer(self.part, *self._data):
            if match[1] is not None:
                number = _attributes(match[1]).get("r")
                row, column = (_whole(number, self.label) if number else row + 1), 0
                continue
            attributes = _attributes(match[2])
            place = parse_cell(attributes["r"]) if "r" in attributes else (row, column + 1)
            if place is None or place[1] > MAX_COLUMN or not 0 < place[0] <= MAX_ROW:
                raise WorkbookError(f"{self.label} is damaged: there is no cell {attributes.get('r')}")
            column = place[1]
            if place in cells:
                raise WorkbookError(f"{self.label} is damaged: it holds {a1(*place)} twice")
            cells[place] = self._read_cell(place, match, attributes)
        return cells

    def _read_cell(self, place: Place, match: re.Match[bytes], attributes: Mapping[str, str]) -> StoredCell:
        kind = attributes.get("t", "n")
        body = match[3] or b""
        formula = self._f.search(body)
        text: str | None = None
        if kind == "inlineStr":
            inline = self._is.search(body)
            text = "".join(_text(t[1]) for t in self._t.finditer(inline[1] or b"")) if inline else ""
        else:
            value = self._v.search(body)
            text = _text(value[1]) if value else None
        return StoredCell(
            *place,
            match.start(),
            match.end(),
            kind,
            text,
            None if formula is None else _read_formula(formula),
            "cm" in attributes,
        )

    def value(self, cell: StoredCell, strings: Sequence[str]) -> Scalar:
        """Return the stored value of a cell."""
        text = cell.text
        if text is None or (text == "" and cell.kind not in _TEXTS):
            return None
        if cell.kind in _TEXTS:
            return unescape_text(text)
        try:
            return self._other_value(cell.kind, text, strings)
        except (ValueError, IndexError):
            raise WorkbookError(f"{self.label} is damaged: {a1(cell.row, cell.column)} holds {text!r}") from None

    def _other_value(self, kind: str, text: str, strings: Sequence[str]) -> Scalar:
        if kind == "s":
            return strings[_whole(text, self.label)]
        if kind == "b":
            return text.strip() in ("1", "true")
        if kind == "e":
            return _ERRORS.get(text.strip(), CellError.VALUE)
        return serial(datetime.fromisoformat(text)) if kind == "d" else float(text)

    def with_values(self, values: Mapping[Place, Scalar], strings: Mapping[str, int]) -> bytes:
        """Return the part with the values of some cells replaced.

        Parameters
        ----------
        values
            New values; None leaves a cell empty.
        strings
            Texts that the workbook shares, with their index: a constant text is written as one of them where it can.
        """
        edits = []
        missing: dict[int, list[tuple[int, Scalar]]] = {}
        for place, value in values.items():
            cell = self.cells.get(place)
            if cell is not None:
                edits.append((cell.start, cell.end, self._written(cell, value, strings)))
            elif value is not None:
                missing.setdefault(place[0], []).append((place[1], value))
        edits += self._insertions(missing, strings)
        edits.sort(key=lambda edit: edit[:2])
        pieces = []
        at = 0
        for start, end, new in edits:
            pieces += [self.part[at:start], new]
            at = end
        return b"".join([*pieces, self.part[at:]])

    def _written(self, cell: StoredCell, value: Scalar, strings: Mapping[str, int]) -> bytes:
        """Return a cell's XML with another value, everything else as it was."""
        old = self.part[cell.start : cell.end]
        start, _, rest = old.partition(b">")
        closed = start.endswith(b"/")
        head = start.removesuffix(b"/").rstrip().removeprefix(b"<%bc" % self._prefix)
        body = b"" if closed else rest[: rest.rindex(b"</")]
        kind, content = self._content(value, strings, constant=cell.formula is None)
        attributes = re.sub(rb"""\s+t\s*=\s*("[^"]*"|'[^']*')""", b"", head)
        if kind != "n":
            attributes += b' t="%b"' % kind.encode()
        body = self._is.sub(b"", body)
        found = self._v.search(body)
        if found:
            body = body[: found.start()] + content + body[found.end() :]
        else:
            formula = self._f.search(body)
            at = formula.end() if formula else 0
            body = body[:at] + content + body[at:]
        p = self._prefix
        return b"<%bc%b>%b</%bc>" % (p, attributes, body, p) if body else b"<%bc%b/>" % (p, attributes)

    def _content(self, value: Scalar, strings: Mapping[str, int], *, constant: bool) -> tuple[str, bytes]:
        """Return type and value element of a value."""
        p = self._prefix
        if value is None:
            return "n", b""
        kind, text = written_value(value)
        if kind == "str" and constant and isinstance(value, str):
            if value in strings:
                kind, text = "s", str(strings[value])
            else:
                space = b' xml:space="preserve"' if value != value.strip() else b""
                return "inlineStr", b"<%bis><%bt%b>%b</%bt></%bis>" % (p, p, space, text.encode(), p, p)
        return kind, b"<%bv>%b</%bv>" % (p, text.encode(), p)

    def _insertions(
        self, missing: Mapping[int, Sequence[tuple[int, Scalar]]], strings: Mapping[str, int]
    ) -> list[tuple[int, int, bytes]]:
        """Return the edits that put cells where there were none."""
        if not missing:
            return []
        if self._data == (0, 0):
            raise WorkbookError(f"{self.label} has no cells; open it in Excel and fill in the inputs there")
        p = self._prefix
        rows: dict[int, re.Match[bytes]] = {}
        number = 0
        for match in self._row.finditer(self.part, *self._data):
            declared = _attributes(match[1]).get("r")
            number = int(declared) if declared else number + 1
            rows[number] = match
        edits: list[tuple[int, int, bytes]] = []
        for row, new in sorted(missing.items()):
            xml = {}
            for column, value in sorted(new, key=lambda pair: pair[0]):
                kind, content = self._content(value, strings, constant=True)
                t = b"" if kind == "n" else b' t="%b"' % kind.encode()
                xml[column] = b'<%bc r="%b"%b>%b</%bc>' % (p, a1(row, column).encode(), t, content, p)
            opening = rows.get(row)
            if opening is None:
                after = min((r for r in rows if r > row), default=None)
                at = rows[after].start() if after else self._data[1]
                edits.append((at, at, b'<%brow r="%d">%b</%brow>' % (p, row, b"".join(xml.values()), p)))
            elif opening[2]:
                opened = opening[0][:-2].rstrip() + b">"
                edits.append((*opening.span(), opened + b"".join(xml.values()) + b"</%brow>" % p))
            else:
                edits += self._into_row(row, opening, xml)
        return edits

    def _into_row(self, row: int, match: re.Match[bytes], xml: Mapping[int, bytes]) -> list[tuple[int, int, bytes]]:
        end = self.part.index(b"</%brow>" % self._prefix, match.end())
        present = sorted((c, cell.start) for (r, c), cell in self.cells.items() if r == row)
        placed: dict[int, bytes] = {}
        for column, new in xml.items():
            at = next((start for c, start in present if c > column), end)
            placed[at] = placed.get(at, b"") + new
        return [(at, at, new) for at, new in placed.items()]


def written_value(value: Scalar) -> tuple[str, str]:
    """Return the type and the text of `<v>` for a value, as a formula's result is stored.

    Examples
    --------
    >>> written_value(598.0), written_value(CellError.NUM), written_value(True)
    (('n', '598'), ('e', '#NUM!'), ('b', '1'))
    """
    if isinstance(value, bool):
        return "b", "1" if value else "0"
    if isinstance(value, CellError):
        return "e", value.value
    if isinstance(value, str):
        return "str", escape(escape_text(value))
    number = float(0.0 if value is None else value)
    if number != number or number in (float("inf"), float("-inf")):  # noqa: PLR0124  NaN would break the file
        return "e", CellError.NUM.value
    text = repr(number)
    return "n", text[:-2] if text.endswith(".0") else text.replace("e+", "E+").replace("e-", "E-")


def escape(text: str) -> str:
    """Return text as XML holds it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def escape_text(text: str) -> str:
    """Return text with the characters that XML cannot hold written as `_xHHHH_`."""
    return _MUST_ESCAPE.sub(lambda m: f"_x{ord(m[0]):04X}_", text)


def unescape_text(text: str) -> str:
    """Return text with `_xHHHH_` resolved."""
    return _ESCAPED.sub(lambda m: chr(int(m[1], 16)), text) if "_x" in text else text


def check_xml(part: bytes, label: str) -> None:
    """Refuse a part in another encoding than UTF-8 or with a document type, which no spreadsheet program writes.

    Raises
    ------
    WorkbookError
        If it is either.
    """
    head = part[:200].lower()
    declared = re.search(rb"""encoding\s*=\s*["']([\w-]+)""", head)
    if part[:2] in (b"\xff\xfe", b"\xfe\xff") or (declared and declared[1] not in (b"utf-8", b"us-ascii", b"ascii")):
        raise WorkbookError(f"{label} is not in UTF-8; save it anew with Excel or LibreOffice")
    if b"<!DOCTYPE" in part or b"<!ENTITY" in part:
        raise WorkbookError(f"{label} declares a document type; it is refused")


def _attributes(raw: bytes) -> dict[str, str]:
    if b"=" not in raw:
        return {}
    return {m[1].decode(): unescape(m[2][1:-1].decode()) for m in _ATTRIBUTE.finditer(raw)}


def _text(raw: bytes | None) -> str:
    if not raw:
        return ""
    text = raw.decode("utf-8", "replace")
    return unescape(text) if "&" in text else text


def _read_formula(match: re.Match[bytes]) -> Formula:
    attributes = _attributes(match[1])
    return Formula(
        unescape_text(_text(match[2])),
        attributes.get("t", "normal"),
        parse_area(attributes["ref"]) if "ref" in attributes else None,
        attributes.get("si", ""),
    )


def _whole(text: str, label: str) -> int:
    if not text.strip().isdigit():
        raise WorkbookError(f"{label} is damaged: {text!r} is not a number")
    return int(text)
