"""What differs between two worksheet parts beyond the values of their cells, told by a parser and not by patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterator

_VALUES = ("v", "is")
_MAY_CHANGE = ("t", "vm")


def forbidden_changes(before: bytes, after: bytes) -> list[str]:
    """Return what has changed and may not.

    Of a cell its value, its type and the metadata of its value may change, and of a dynamic array its range; cells
    that hold nothing but a value may be new.
    """
    return list(_compare(etree.fromstring(before), etree.fromstring(after)))


def _compare(old: etree._Element, new: etree._Element) -> Iterator[str]:
    if not isinstance(old.tag, str) or not isinstance(new.tag, str):  # a comment, or an instruction
        if etree.tostring(old) != etree.tostring(new):
            yield f"{old!r} has changed"
        return
    where = f"{_name(old)} {old.get('r', '')}".strip()
    if old.tag != new.tag:
        yield f"{where} became {_name(new)}"
        return
    kind = _name(old)
    dynamic = kind == "f" and old.get("t") == "array" and "cm" in old.getparent().attrib
    may_change = _MAY_CHANGE if kind == "c" else ("ref",) if dynamic else ()
    for key in sorted({*old.attrib, *new.attrib}):
        if old.get(key) != new.get(key) and key not in may_change:
            yield f"{where}: {key} was {old.get(key)} and is {new.get(key)}"
    if (old.text or "") != (new.text or ""):
        yield f"{where}: its text has changed"
    if (old.tail or "") != (new.tail or ""):
        yield f"{where}: what follows it has changed"
    yield from _compare_children(old, new, where)


def _compare_children(old: etree._Element, new: etree._Element, where: str) -> Iterator[str]:
    before, after = list(old), list(new)
    if _name(old) == "c":
        before, after = ([c for c in children if _name(c) not in _VALUES] for children in (before, after))
    elif _name(old) in ("row", "sheetData"):
        known = {child.get("r") for child in old}
        after = [child for child in after if child.get("r") in known or not _is_plain(child)]
    if len(before) != len(after):
        yield f"{where}: it had {len(before)} children and has {len(after)}"
        return
    for pair in zip(before, after, strict=True):
        yield from _compare(*pair)


def _is_plain(element: etree._Element) -> bool:
    """Whether a new cell, or a row of such, holds nothing but values."""
    if _name(element) == "row":
        return set(element.attrib) == {"r"} and all(map(_is_plain, element))
    return set(element.attrib) <= {"r", "t"} and all(_name(child) in _VALUES for child in element)


def _name(element: etree._Element) -> str:
    return str(etree.QName(element).localname)
