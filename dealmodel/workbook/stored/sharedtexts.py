"""The texts that the cells of a workbook share, as their part holds them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dealmodel.workbook.stored.xmltext import check_xml, element_text, is_xml, local_name, unescape_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from xml.etree import ElementTree as ET

Text = tuple[str, bool]
"""A text, and whether it is without formatting of its own."""
# Nearly all are written like this; patterns find them in a fraction of the time and the memory that a parser takes.
_PLAIN = re.compile(rb'<si><t(?: xml:space="preserve")?>([^<]*)</t></si>')
_ITEM = re.compile(rb"<si>(.*?)</si>", re.DOTALL)
_ONLY_TEXT = re.compile(rb'(?:<t(?: xml:space="preserve")?>([^<]*)</t>|<t/>)?')
_PHONETIC = re.compile(rb"<rPh\b.*?</rPh>", re.DOTALL)
_RUN = re.compile(rb"<t\b[^<>]*>([^<]*)</t>")


def shared_texts(part: bytes, label: str, parsed: Callable[[], ET.Element]) -> list[Text]:
    """Return the texts in their order.

    Parameters
    ----------
    part
        The XML, in UTF-8.
    label
        What messages call it.
    parsed
        Gives its root, where it is spelled in another way than all programs do.

    Raises
    ------
    WorkbookError
        If it is no XML, or XML that could harm.
    """
    check_xml(part, label)
    begun = part.count(b"<si")
    if begun and begun == part.count(b"</si>") and b"<!" not in part:
        plain = _PLAIN.findall(part)
        if len(plain) == begun:
            return [(unescape_text(element_text(text)), True) for text in plain]
        items = _ITEM.findall(part)
        if len(items) == begun and is_xml(part):
            return [_text(item) for item in items]
    return [_parsed_text(item) for item in parsed() if local_name(item) == "si"]


def _text(item: bytes) -> Text:
    only = _ONLY_TEXT.fullmatch(item)
    if only:
        return unescape_text(element_text(only[1])), True
    shown = _PHONETIC.sub(b"", item) if b"<rPh" in item else item
    return unescape_text("".join(element_text(text) for text in _RUN.findall(shown))), False


def _parsed_text(item: ET.Element) -> Text:
    """Return the text of an item: its own or that of its runs, without phonetic hints."""
    pieces = []
    for child in item:
        if local_name(child) == "t":
            pieces.append(child.text or "")
        elif local_name(child) == "r":
            pieces += [t.text or "" for t in child if local_name(t) == "t"]
    return unescape_text("".join(pieces)), all(local_name(child) == "t" for child in item)
