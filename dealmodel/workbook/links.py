"""The link from a workbook to the Excel add-in, as Excel writes it where a formula calls one of its functions.

Excel stores such a call as `[1]!DM_X(`, the number that of an external link. The link that is put in here names the
add-in without a folder; the add-in leads links of its name to where it lies when a workbook is opened.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from dealmodel.catalogue import CATALOGUE
from dealmodel.errors import WorkbookError
from dealmodel.workbook.formulas import tokens
from dealmodel.workbook.stored.parts import add_part, add_relation, external_targets, remove_part
from dealmodel.workbook.stored.xmltext import attributes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dealmodel.workbook.book import Book
    from dealmodel.workbook.stored.package import Package

ADDIN = "dealmodel.xlam"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_NO_FOLDER = "http://schemas.microsoft.com/office/2006/relationships/xlExternalLinkPath/xlPathMissing"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.externalLink+xml"
_LIST = re.compile(rb"<((?:[\w.-]+:)?)externalReferences\b[^>]*>(.*?)</\1externalReferences\s*>", re.DOTALL)
_ITEM = re.compile(rb"<(?:[\w.-]+:)?externalReference\b([^>]*?)(?:/>|>\s*</(?:[\w.-]+:)?externalReference\s*>)")
_BEFORE = re.compile(rb"</((?:[\w.-]+:)?)(?:sheets|functionGroups)\s*>|<((?:[\w.-]+:)?)functionGroups\b[^>]*/>")


def link_number(package: Package, book: Book) -> int | None:
    """Return the number under which formulas call the add-in, or None where there is no link to it."""
    for number, part in enumerate(_linked(package, book), start=1):
        targets = external_targets(package, part)
        if any(re.split(r"[\\/]", target)[-1].casefold() == ADDIN for target in targets):
            return number
    return None


def next_number(package: Package, book: Book) -> int:
    """Return the number of the link to the add-in, or that which it would have."""
    return link_number(package, book) or len(_linked(package, book)) + 1


def add_link(package: Package, book: Book) -> None:
    """Link a workbook to the add-in, where it is not linked yet."""
    if link_number(package, book) is not None:
        return
    folder = posixpath.join(posixpath.dirname(book.main_part), "externalLinks")
    path = next(p for i in range(1, len(package.names) + 2) if (p := f"{folder}/externalLink{i}.xml") not in package)
    names = "".join(f'<definedName name="{name}"/>' for name in CATALOGUE)
    part = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<externalLink xmlns="{_MAIN}">'
        f'<externalBook xmlns:r="{_OFFICE}" r:id="rId1"><definedNames>{names}</definedNames></externalBook>'
        "</externalLink>"
    )
    add_part(package, path, part.encode(), _TYPE)
    add_relation(package, path, _NO_FOLDER, ADDIN, external=True)
    target = posixpath.relpath(path, posixpath.dirname(book.main_part))
    identity = add_relation(package, book.main_part, f"{_OFFICE}/externalLink", target)
    package.replace(book.main_part, _with_item(package.read(book.main_part), identity, package.label))


def remove_link(package: Package, book: Book, formulas: Iterable[str]) -> None:
    """Take the link to the add-in out, where no formula needs its number or that of a link behind it."""
    number = link_number(package, book)
    links = _linked(package, book)
    if number is None or number < len(links):
        return
    mark = f"[{number}]"
    if any(mark in text for formula in formulas for kind, text in tokens(formula) if kind in ("bracket", "quoted")):
        return
    path = links[-1]
    part = package.read(book.main_part)
    found = _LIST.search(part)
    if found is None:
        return
    items = list(_ITEM.finditer(found[2]))
    if len(items) > 1:
        start, end = (found.start(2) + place for place in items[-1].span())
    else:
        start, end = found.span()
    package.replace(book.main_part, part[:start] + part[end:])
    remove_part(package, book.main_part, path)


def _linked(package: Package, book: Book) -> list[str]:
    """Return the parts of the external links, in the order of their numbers."""
    found = _LIST.search(package.read(book.main_part))
    relations = book.relations_of(book.main_part)
    paths = []
    for item in _ITEM.finditer(found[2] if found else b""):
        identity = next((value for name, value in attributes(item[1]).items() if name.endswith(":id")), "")
        if identity not in relations:
            raise WorkbookError(f"{package.label} is damaged: a link to another workbook leads nowhere")
        paths.append(relations[identity][1])
    return paths


def _with_item(part: bytes, identity: str, label: str) -> bytes:
    """Return the workbook's part with one link more."""
    found = _LIST.search(part)
    if found:
        at, prefix, around = found.end(2), found[1], (b"", b"")
    else:
        before = [*_BEFORE.finditer(part)]
        if not before:
            raise WorkbookError(f"{label} is damaged: its list of sheets does not end")
        at, prefix = before[-1].end(), before[-1][1] or before[-1][2] or b""
        around = (b"<%bexternalReferences>" % prefix, b"</%bexternalReferences>" % prefix)
    item = b'<%bexternalReference xmlns:r="%b" r:id="%b"/>' % (prefix, _OFFICE.encode(), identity.encode())
    return part[:at] + around[0] + item + around[1] + part[at:]
