"""Texts and attributes as the parts of a workbook spell them, read and written without a parser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.parsers import expat

from dealmodel.errors import WorkbookError

if TYPE_CHECKING:
    from xml.etree import ElementTree as ET

_ATTRIBUTE = re.compile(rb"""([\w:.-]+)\s*=\s*("[^"]*"|'[^']*')""")
_ASIDE = re.compile(rb"<!--(.*?)-->|<!\[CDATA\[(.*?)\]\]>|<(/?)(?:[\w.-]+:)?sheetData[\s/>]", re.DOTALL)
"""A comment, CDATA, or where the cells begin and end."""
_DECLARES = re.compile(rb"<!")
_MAIN_PREFIX = re.compile(
    rb"""xmlns(?::([\w.-]+))?\s*=\s*["']http://(?:schemas\.openxmlformats\.org/spreadsheetml/2006/main"""
    rb"""|purl\.oclc\.org/ooxml/spreadsheetml/main)["']"""
)
_ENTITY = re.compile(r"&(?:#x([0-9A-Fa-f]{1,6})|#(\d{1,7})|(lt|gt|amp|quot|apos));")
_ENTITIES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_MUST_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)|[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def attributes(raw: bytes) -> dict[str, str]:
    """Return the attributes of a tag.

    Examples
    --------
    >>> attributes(b' r="A1" t="s"')
    {'r': 'A1', 't': 's'}
    """
    if b"=" not in raw:
        return {}
    return {m[1].decode("ascii", "replace"): element_text(m[2][1:-1]) for m in _ATTRIBUTE.finditer(raw)}


def element_text(raw: bytes | None) -> str:
    """Return what the bytes between two tags, or two quotes, stand for."""
    if not raw:
        return ""
    text = raw.decode("utf-8", "replace")
    return _ENTITY.sub(_character, text) if "&" in text else text


def _character(match: re.Match[str]) -> str:
    if match[3]:
        return _ENTITIES[match[3]]
    code = int(match[1], 16) if match[1] else int(match[2])
    return chr(code) if code < 0xD800 or 0xDFFF < code < 0x110000 else "\ufffd"  # noqa: PLR2004  what Unicode has


def escape(text: str) -> str:
    """Return text as an element holds it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def quote_attribute(text: str) -> str:
    """Return text as the value of an attribute, quotes included."""
    return '"' + escape(text).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;") + '"'


def escape_text(text: str) -> str:
    """Return text with the characters that XML cannot hold written as `_xHHHH_`."""
    if text.isascii() and text.isprintable() and "_x" not in text:
        return text
    return _MUST_ESCAPE.sub(lambda m: f"_x{ord(m[0]):04X}_", text)


def unescape_text(text: str) -> str:
    r"""Return text with `_xHHHH_` resolved; half a surrogate pair, which no text can hold, becomes U+FFFD.

    Examples
    --------
    >>> unescape_text("a_x000D_b_xD83D__xDE00_")
    'a\rb😀'
    """
    if "_x" not in text:
        return text
    resolved = _ESCAPED.sub(lambda m: chr(int(m[1], 16)), text)
    if not _SURROGATE.search(resolved):
        return resolved
    return resolved.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def local_name(element: ET.Element) -> str:
    """Return the name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def check_xml(part: bytes, label: str) -> bool:
    """Refuse a part in another encoding than UTF-8 or with a document type, which no spreadsheet program writes.

    Returns
    -------
    Whether it may hold comments or CDATA.

    Raises
    ------
    WorkbookError
        If it is either.
    """
    declared = re.match(rb"""\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)""", part.removeprefix(b"\xef\xbb\xbf"))
    known = declared is None or declared[1].lower() in (b"utf-8", b"utf8", b"us-ascii", b"ascii")
    if not known or part[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in part[:4]:
        raise WorkbookError(f"{label} is not in UTF-8; save it anew with Excel or LibreOffice")
    # A pattern looks for two letters twice as quickly as `in` does.
    declares = _DECLARES.search(part) is not None
    if declares and (b"<!DOCTYPE" in part or b"<!ENTITY" in part):
        raise WorkbookError(f"{label} declares a document type; it is refused")
    return declares


def without_comments(part: bytes) -> bytes:
    """Return a worksheet part without comments among its cells, and with what CDATA holds there as other text.

    Patterns that find cells would see those that stand in a comment, too. All that cannot mislead them stays.

    Examples
    --------
    >>> without_comments(b"<!-- a --><sheetData><f><![CDATA[A1&B1]]></f><!-- <f/> --></sheetData><!-- b -->")
    b'<!-- a --><sheetData><f>A1&amp;B1</f></sheetData><!-- b -->'
    """
    pieces, at, inside = [], 0, False
    for found in _ASIDE.finditer(part):
        if found[3] is not None:
            if found[3] or found[0].endswith(b"/"):
                break
            inside = True
        elif inside or b"<" in (found[1] or b""):
            pieces += [part[at : found.start()], escape_bytes(found[2] or b"")]
            at = found.end()
    return b"".join([*pieces, part[at:]])


def escape_bytes(text: bytes) -> bytes:
    """Return bytes of text as an element holds them."""
    return text.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")


def has_other_prefix(part: bytes, prefix: bytes) -> bool:
    """Whether elements of a worksheet have another prefix than its root has, though they are of the same kind.

    Examples
    --------
    >>> main = b'"http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    >>> has_other_prefix(b"<worksheet xmlns=" + main + b" xmlns:x=" + main + b"><x:sheetData/></worksheet>", b"")
    True
    """
    if part.count(b"spreadsheetml/") == 1:
        return False
    others = {b"%b:" % name if name else b"" for name in _MAIN_PREFIX.findall(part)} - {prefix}
    return any(b"<%b" % other in part if other else re.search(rb"<\w+[\s/>]", part) for other in others)


def is_xml(part: bytes) -> bool:
    """Whether a part is well-formed."""
    try:
        expat.ParserCreate().Parse(part, True)  # noqa: FBT003  expat takes nothing by name
    except expat.ExpatError:
        return False
    return True
