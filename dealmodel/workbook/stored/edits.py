"""The bytes of a worksheet part with some values replaced.

The part is never rebuilt. A replaced value changes the text of `<v>` and the type `t` of its cell and nothing
else; a cell that was not there yet is put where its row and column belong.
"""

from __future__ import annotations

import heapq
import math
import re
from typing import TYPE_CHECKING

from dealmodel.cells import CellError, Scalar
from dealmodel.errors import WorkbookError
from dealmodel.workbook.address import Area, a1
from dealmodel.workbook.stored.xmltext import attributes, escape, escape_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dealmodel.workbook.stored.sheet import SheetPart
    from dealmodel.workbook.stored.storedcells import Place

Edit = tuple[int, int, bytes]
"""Begin, end, and what stands there instead."""
_QUOTED = rb"""\s*=\s*("[^"]*"|'[^']*')"""
_TYPE = re.compile(rb"\s+t" + _QUOTED)
_RICH_VALUE = re.compile(rb"\s+vm" + _QUOTED)
_REF = re.compile(rb"(?<=\s)ref" + _QUOTED)
# Nearly every cell with a formula is written like this: four times quicker than piece by piece, with the same result.
_USUAL = re.compile(rb'<c( r="[A-Z0-9]+"(?: s="[0-9]+")?)(?: t="[a-z]+")?>(<f>[^<]*</f>)(?:<v>[^<]*</v>|<v ?/>)?</c>')
_OLDER_ERRORS = {
    CellError.NULL,
    CellError.DIV0,
    CellError.VALUE,
    CellError.REF,
    CellError.NAME,
    CellError.NUM,
    CellError.NA,
    CellError.GETTING_DATA,
}
"""The errors that `<v>` may hold; Excel writes the younger ones as #VALUE! with metadata."""


def with_values(
    sheet: SheetPart,
    values: Mapping[Place, Scalar],
    strings: Mapping[str, int],
    areas: Mapping[Place, Area] | None = None,
) -> bytes:
    """Return a worksheet part with the values of some cells replaced.

    Parameters
    ----------
    sheet
        The part.
    values
        New values; None leaves a cell empty.
    strings
        Texts that the workbook shares, with their index: a constant text is written as one of them where it can.
    areas
        New ranges of array formulas that have grown, by their first cell.
    """
    return _Edits(sheet, strings).apply(values, areas or {})


class _Edits:
    """Replaces values of a worksheet part."""

    def __init__(self, sheet: SheetPart, strings: Mapping[str, int]) -> None:
        self._sheet = sheet
        self._strings = strings
        self._prefix = sheet.patterns.prefix

    def apply(self, values: Mapping[Place, Scalar], areas: Mapping[Place, Area]) -> bytes:
        """Return the part with new values in place, and with the new ranges of grown arrays."""
        missing: dict[int, dict[int, bytes]] = {}
        for place, value in values.items():
            if value is not None and place not in self._sheet.cells:
                missing.setdefault(place[0], {})[place[1]] = self._new_cell(place, value)
        insertions = sorted(self._insertions(missing), key=lambda edit: edit[:2])
        whole, at = memoryview(self._sheet.part), 0
        edited = bytearray()
        edits: Iterable[Edit] = self._changes(values, areas)
        if insertions:
            edits = heapq.merge(edits, insertions, key=lambda edit: edit[:2])
        for start, end, new in edits:
            edited += whole[at:start]
            edited += new
            at = end
        edited += whole[at:]
        return bytes(edited)

    def _changes(self, values: Mapping[Place, Scalar], areas: Mapping[Place, Area]) -> Iterator[Edit]:
        """Yield the edits of cells that are there, one after the other: of a large sheet they may be all of them."""
        cells, part = self._sheet.cells, self._sheet.part
        for place in cells if values or areas else ():
            if place in values or place in areas:
                start, end = cells.span(place)
                usual = None if place in areas else _USUAL.fullmatch(part, start, end)
                if usual is not None:
                    yield start, end, self._usual_with_value(usual, values[place])
                    continue
                xml = part[start:end]
                xml = self._with_value(place, xml, values[place]) if place in values else xml
                xml = self._with_area(xml, areas[place]) if place in areas else xml
                yield start, end, xml

    def _usual_with_value(self, usual: re.Match[bytes], value: Scalar) -> bytes:
        """Return the XML of a cell that is written as most are, with another value."""
        head, formula = usual.groups()
        if value.__class__ is float and (number := written_value(value))[0] == "n":
            return b"".join((b"<c", head, b">", formula, b"<v>", number[1].encode(), b"</v></c>"))
        kind, content = self._content(value, constant=False)
        typed = b"" if kind == "n" else b' t="%b"' % kind.encode()
        return b"<c%b%b>%b%b</c>" % (head, typed, formula, content)

    def _with_value(self, place: Place, xml: bytes, value: Scalar) -> bytes:
        """Return a cell's XML with another value, everything else as it was."""
        start, _, rest = xml.partition(b">")
        closed = start.endswith(b"/")
        head = start.removesuffix(b"/").rstrip().removeprefix(b"<%bc" % self._prefix)
        body = b"" if closed else rest[: rest.rindex(b"</")]
        kind, content = self._content(value, constant=self._sheet.cells[place].formula is None)
        # The metadata `vm` says more of the old value, as that it is a #SPILL!; it is not true of the new one.
        head = _RICH_VALUE.sub(b"", _TYPE.sub(b"", head))
        if kind != "n":
            head += b' t="%b"' % kind.encode()
        body = self._sheet.patterns.inline.sub(b"", body)
        found = self._sheet.patterns.value.search(body)
        if found:
            body = body[: found.start()] + content + body[found.end() :]
        else:
            formula = self._sheet.patterns.formula.search(body)
            at = formula.end() if formula else 0
            body = body[:at] + content + body[at:]
        p = self._prefix
        return b"<%bc%b>%b</%bc>" % (p, head, body, p) if body else b"<%bc%b/>" % (p, head)

    def _with_area(self, xml: bytes, area: Area) -> bytes:
        """Return a cell's XML with another range of its array formula."""
        formula = self._sheet.patterns.formula.search(xml)
        if formula is None:
            return xml
        ref = f'ref="{a1(area.top, area.left)}:{a1(area.bottom, area.right)}"'.encode()
        start, end = formula.span(1)
        return xml[:start] + _REF.sub(ref, xml[start:end]) + xml[end:]

    def _new_cell(self, place: Place, value: Scalar) -> bytes:
        kind, content = self._content(value, constant=True)
        p = self._prefix
        t = b"" if kind == "n" else b' t="%b"' % kind.encode()
        return b'<%bc r="%b"%b>%b</%bc>' % (p, a1(*place).encode(), t, content, p)

    def _content(self, value: Scalar, *, constant: bool) -> tuple[str, bytes]:
        """Return type and value element of a value."""
        p = self._prefix
        if value is None:
            return "n", b""
        kind, text = written_value(value)
        space = b' xml:space="preserve"' if isinstance(value, str) and value != value.strip() else b""
        if constant and isinstance(value, str):
            if value not in self._strings:
                return "inlineStr", b"<%bis><%bt%b>%b</%bt></%bis>" % (p, p, space, text.encode(), p, p)
            kind, text, space = "s", str(self._strings[value]), b""
        return kind, b"<%bv%b>%b</%bv>" % (p, space, text.encode(), p)

    # -- cells that were not there ---------------------------------------------------------------------------------

    def _insertions(self, missing: Mapping[int, Mapping[int, bytes]]) -> list[Edit]:
        """Return the edits that put cells, by row and column, where there were none."""
        if not missing:
            return []
        sheet, p = self._sheet, self._prefix
        if sheet.opening is None:
            raise WorkbookError(f"{sheet.label} has no cells")
        if sheet.opening[1]:
            rows = b"".join(self._new_row(row, cells) for row, cells in sorted(missing.items()))
            opened = sheet.opening[0][:-2].rstrip() + b">"
            return [(*sheet.opening.span(), opened + rows + b"</%bsheetData>" % p)]
        openings = self._rows()
        edits: list[Edit] = []
        for row, cells in sorted(missing.items()):
            opening = openings.get(row)
            if opening is None:
                after = min((r for r in openings if r > row), default=None)
                at = openings[after].start() if after else sheet.data[1]
                edits.append((at, at, self._new_row(row, cells)))
            elif opening[2]:
                opened = opening[0][:-2].rstrip() + b">"
                edits.append((*opening.span(), opened + _in_order(cells) + b"</%brow>" % p))
            else:
                edits += self._into_row(row, opening, cells)
        return edits

    def _rows(self) -> dict[int, re.Match[bytes]]:
        """Return the tag of every row."""
        rows: dict[int, re.Match[bytes]] = {}
        number = 0
        for match in self._sheet.patterns.row.finditer(self._sheet.part, *self._sheet.data):
            declared = attributes(match[1]).get("r")
            number = self._sheet.whole(declared) if declared else number + 1
            rows[number] = match
        return rows

    def _new_row(self, row: int, cells: Mapping[int, bytes]) -> bytes:
        return b'<%brow r="%d">%b</%brow>' % (self._prefix, row, _in_order(cells), self._prefix)

    def _into_row(self, row: int, opening: re.Match[bytes], cells: Mapping[int, bytes]) -> Sequence[Edit]:
        ending = self._sheet.patterns.row_end.search(self._sheet.part, opening.end())
        if ending is None:
            raise WorkbookError(f"{self._sheet.label} is damaged: row {row} does not end")
        end = ending.start()
        there = self._sheet.cells
        present = sorted((place[1], there.span(place)[0]) for place in there if place[0] == row)
        placed: dict[int, bytes] = {}
        for column, xml in sorted(cells.items()):
            at = next((start for c, start in present if c > column), end)
            placed[at] = placed.get(at, b"") + xml
        return [(at, at, xml) for at, xml in placed.items()]


def _in_order(cells: Mapping[int, bytes]) -> bytes:
    return b"".join(xml for _, xml in sorted(cells.items()))


def written_value(value: Scalar) -> tuple[str, str]:
    """Return the type and the text of `<v>` for a value, as a formula's result is stored.

    Examples
    --------
    >>> written_value(598.0), written_value(CellError.NUM), written_value(True)
    (('n', '598'), ('e', '#NUM!'), ('b', '1'))
    """
    if value.__class__ is float:
        # Nearly all are.
        return _written_number(value)
    if isinstance(value, bool):
        return "b", "1" if value else "0"
    if isinstance(value, CellError):
        return "e", (value if value in _OLDER_ERRORS else CellError.VALUE).value
    if isinstance(value, str):
        return "str", escape(escape_text(value))
    return _written_number(float(0.0 if value is None else value))


def _written_number(number: float) -> tuple[str, str]:
    if not math.isfinite(number):
        return "e", CellError.NUM.value  # which would break the file
    text = repr(number + 0.0)
    if text.endswith(".0"):
        return "n", text[:-2]
    return "n", text.replace("e", "E") if "e" in text else text
