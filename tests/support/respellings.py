"""The same workbook spelled in another way that the standard allows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.support.workbooks import MAIN, OFFICE

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping

Parts = dict[str, bytes]
_STRICT = {
    MAIN: "http://purl.oclc.org/ooxml/spreadsheetml/main",
    OFFICE: "http://purl.oclc.org/ooxml/officeDocument/relationships",
}
_DECLARATION = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>\s*)?")
_CELLS = re.compile(rb"(<sheetData\b[^>]*>)(.*)(</sheetData>)", re.DOTALL)
_BETWEEN = re.compile(rb"(?<=</c>)(?=<)|(?<=</row>)(?=<)")


def _is_read(name: str) -> bool:
    return name in ("xl/workbook.xml", "xl/sharedStrings.xml") or name.startswith("xl/worksheets/sheet")


def _is_xml(part: bytes) -> bool:
    return part.lstrip(b"\xef\xbb\xbf").startswith(b"<") and b"\0" not in part


def _without_declaration(part: bytes) -> bytes:
    return _DECLARATION.sub(b"", part, count=1)


def utf_16(part: bytes, chance: random.Random) -> bytes:
    """Return a part in UTF-16."""
    codec, mark = chance.choice([("utf-16", ""), ("utf-16-be", "\ufeff"), ("utf-16-le", "")])
    return f'{mark}<?xml version="1.0" encoding="UTF-16"?>{_without_declaration(part).decode()}'.encode(codec)


def marked(part: bytes, chance: random.Random) -> bytes:
    """Return a part with the mark of UTF-8, and perhaps another declaration."""
    declared = chance.choice([b"", b"<?xml version='1.0'?>\r\n", b'<?xml version="1.0" encoding="utf-8"?>'])
    return b"\xef\xbb\xbf" + declared + _without_declaration(part)


def prefixed(part: bytes, chance: random.Random) -> bytes:
    """Return a part whose elements of the main kind have a prefix."""
    if part.count(b"xmlns=") != 1 or b"xmlns:x=" in part or b"<![CDATA[" in part:
        return part
    name = chance.choice([b"x", b"ss", b"a.b-c"])
    return re.sub(rb"<(/?)(\w+)(?=[\s/>])", rb"<\1%b:\2" % name, part).replace(b"xmlns=", b"xmlns:%b=" % name)


def commented(part: bytes, chance: random.Random) -> bytes:
    """Return a worksheet with comments, instructions and blanks between its cells."""
    pieces = [
        b"<!-- <c r='A1'><v>9</v></c> -->",
        b"<!---->",
        b"\r\n\t ",
        b"<?a b?>",
        b"<!-- </row></sheetData> -->",
        b"",
    ]
    return _among_cells(part, lambda cells: _BETWEEN.sub(lambda _: chance.choice(pieces), cells))


def as_cdata(part: bytes, chance: random.Random) -> bytes:
    """Return a worksheet whose formulas and values are CDATA here and there."""
    del chance
    return _among_cells(
        part, lambda cells: re.sub(rb"(<[fv]\b[^>/]*>)([^<&]+)(</[fv]>)", rb"\1<![CDATA[\2]]>\3", cells)
    )


def in_single_quotes(part: bytes, chance: random.Random) -> bytes:
    """Return a part with single quotes and wide spaces around attributes."""
    space = chance.choice([b" ", b"\r\n  ", b"\t"])
    return re.sub(rb' ([\w:]+)="([^"\']*)"(?=[^<>]*>)', rb"%b\1 = '\2'" % space, part)


def without_addresses(part: bytes, chance: random.Random) -> bytes:
    """Return a worksheet without addresses of cells that follow the one before, and without numbers of rows."""
    del chance

    def row(match: re.Match[bytes]) -> bytes:
        column = 0
        pieces = []
        for piece in re.split(rb"(<c r=\"[A-Z]+\d+\")", match[0]):
            letters = re.match(rb"<c r=\"([A-Z]+)", piece)
            number = 0
            for letter in letters[1] if letters else b"":
                number = number * 26 + letter - 64
            pieces.append(b"<c" if letters and number == column + 1 else piece)
            column = number if letters else column
        return b"".join(pieces)

    return _among_cells(part, lambda cells: re.sub(rb"<row\b.*?</row>", row, cells, flags=re.DOTALL))


def out_of_order(part: bytes, chance: random.Random) -> bytes:
    """Return a worksheet whose rows stand in any order."""

    def shuffled(cells: bytes) -> bytes:
        rows = re.findall(rb"<row\b[^>]*/>|<row\b[^>]*[^/]>.*?</row>", cells, re.DOTALL)
        if b"".join(rows) != cells or not all(re.match(rb'<row\b[^>]* r="', row) for row in rows):
            return cells
        chance.shuffle(rows)
        return b"".join(rows)

    return _among_cells(part, shuffled)


def without_dimension(part: bytes, chance: random.Random) -> bytes:
    """Return a worksheet that does not say, or says wrongly, how large it is."""
    instead = chance.choice([b"", b'<dimension ref="A1"/>', b'<dimension ref="A1:XFD1048576"/>'])
    return re.sub(rb"<dimension\b[^>]*/>", instead, part)


def _among_cells(part: bytes, change: Callable[[bytes], bytes]) -> bytes:
    return _CELLS.sub(lambda m: m[1] + change(m[2]) + m[3], part, count=1)


def _strict(parts: Parts, chance: random.Random) -> Parts:
    """Return a workbook in the namespaces of Excel's `Strict Open XML`."""
    del chance
    for usual, other in _STRICT.items():
        parts = {name: part.replace(usual.encode(), other.encode()) for name, part in parts.items()}
    return parts


OF_PARTS: Mapping[str, Callable[[bytes, random.Random], bytes]] = {
    f.__name__: f
    for f in (
        *(without_addresses, out_of_order, without_dimension, commented, as_cdata),
        *(in_single_quotes, prefixed, marked, utf_16),
    )
}
"""Other spellings of a part, in an order in which they do not hinder each other."""


def respelled(parts: Parts, chance: random.Random) -> tuple[Parts, list[str]]:
    """Return a workbook in another spelling, and what was done to it."""
    wanted = [name for name in OF_PARTS if chance.random() < 0.25]
    done = dict(parts)
    if chance.random() < 0.25:
        done, wanted = _strict(done, chance), ["strict", *wanted]
    for name, part in done.items():
        if _is_read(name) and _is_xml(part):
            for way in wanted:
                done[name] = OF_PARTS[way](done[name], chance) if way in OF_PARTS else done[name]
    return done, wanted
