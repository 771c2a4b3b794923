"""A workbook with the functions' VBA inside, to be sent to someone who has dealmodel but not the add-in.

Only what a macro-enabled workbook must have is put in: the VBA project with its relation and type, and the names by
which the project knows the workbook and its sheets, where they have none. Everything else stays byte for byte.
"""

from __future__ import annotations

import itertools
import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dealmodel.errors import WorkbookError
from dealmodel.hosts import addin
from dealmodel.hosts.vba import wrappers
from dealmodel.workbook.book import Book
from dealmodel.workbook.retarget import retarget
from dealmodel.workbook.stored.parts import TYPES, add_part, add_relation
from dealmodel.workbook.stored.xmltext import attributes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dealmodel.hosts.vba.project import Module
    from dealmodel.workbook.stored.package import Package

_MACRO_TYPE = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
_MAIN_TYPES = (
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml",
    "application/vnd.ms-excel.template.macroEnabled.main+xml",
    _MACRO_TYPE,
)
_CLASSES = {"worksheet": "00020820", "chartsheet": "00020821"}
"""Class of the module of each kind of sheet."""
_IDENTIFIER = re.compile(r"[A-Za-z]\w{0,30}", re.ASCII)
_CODE_NAME = re.compile(rb"""\s+codeName\s*=\s*("[^"]*"|'[^']*')""")


def embed(package: Package) -> bytes:
    """Return a workbook as a macro-enabled one that has the functions inside.

    Parameters
    ----------
    package
        An .xlsx without macros, its formulas in any host's spelling.

    Returns
    -------
    The .xlsm.

    Raises
    ------
    WorkbookError
        If it has macros already, or sheets of a kind that no longer exists.
    """
    book = Book(package)
    if any(kind == "vbaProject" for kind, _ in book.relations.values()):
        raise WorkbookError(f"{package.label} has macros already; save it as .xlsx and take that")
    retarget(package, "canonical")
    documents = [_workbook_place(package, book), *(_sheet_place(package, book, sheet) for sheet in book.sheets)]
    names = _names(documents)
    modules = [place.named(package, name) for place, name in zip(documents, names, strict=True)]
    path = posixpath.join(posixpath.dirname(book.main_part), "vbaProject.bin")
    _change_type(package, book)
    add_part(package, path, addin.make_project([*modules, *wrappers.modules()]), addin.VBA_TYPE)
    add_relation(package, book.main_part, addin.VBA_RELATION, posixpath.basename(path))
    return package.to_bytes()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a part says, or may say, by which name the project knows it."""

    part: str
    element: bytes
    start: int
    end: int
    """The element's tag; where it has none, the place at which it belongs."""
    default: str
    base: str
    source: str
    known: str

    def named(self, package: Package, name: str) -> Module:
        """Write a name where it is not there yet; return the module."""
        if name != self.known:
            part = package.read(self.part)
            tag = _CODE_NAME.sub(b"", part[self.start : self.end]) or b"<%b/>" % self.element
            opening = b"<%b" % self.element
            tag = tag.replace(opening, b'%b codeName="%b"' % (opening, name.encode()), 1)
            package.replace(self.part, part[: self.start] + tag + part[self.end :])
        return wrappers.document_module(name, self.source, base=self.base)


def _workbook_place(package: Package, book: Book) -> _Place:
    part = package.read(book.main_part)
    root = re.search(rb"<([\w.-]+:)?workbook\b[^>]*>", part)
    if root is None:
        raise WorkbookError(f"{package.label} is damaged: {book.main_part} holds no workbook")
    prefix = root[1] or b""
    source = wrappers.workbook_source("EmbeddedWorkbook.txt")
    facts = (b"%bworkbookPr" % prefix, "ThisWorkbook", addin.WORKBOOK_CLASS, source)
    earlier = re.compile(rb"(?:\s*<%b(?:fileVersion|fileSharing)\b[^>]*/>)*" % prefix).match(part, root.end())
    return _place(part, book.main_part, earlier.end() if earlier else root.end(), *facts)


def _sheet_place(package: Package, book: Book, sheet: str) -> _Place:
    path = book.paths[sheet]
    part = package.read(path)
    root = re.search(rb"<([\w.-]+:)?(worksheet|chartsheet)\b[^>]*>", part)
    if root is None:
        raise WorkbookError(f"{package.label} holds a dialog or macro sheet of Excel 5, {sheet}; delete it first")
    return _place(part, path, root.end(), b"%bsheetPr" % (root[1] or b""), "Sheet", _CLASSES[root[2].decode()], "")


def _place(part: bytes, name: str, at: int, element: bytes, default: str, base: str, source: str) -> _Place:
    """Return the tag of an element that stands at a place, or the place itself."""
    tag = re.compile(rb"\s*(<%b\b[^>]*>)" % element).match(part, at)
    start, end = tag.span(1) if tag else (at, at)
    known = attributes(tag[1]).get("codeName", "") if tag else ""
    return _Place(name, element, start, end, default, base, source, known)


def _names(places: Sequence[_Place]) -> list[str]:
    """Return a name for each: its own where a module may have it, else the first that is free."""
    taken = {m.name.casefold() for m in wrappers.modules()}
    names = []
    for place in places:
        good = _IDENTIFIER.fullmatch(place.known) is not None and place.known.casefold() not in taken
        names.append(place.known if good else "")
        taken.add(names[-1].casefold())
    for i, place in enumerate(places):
        numbered = (f"{place.default}{n}" for n in itertools.count(1))
        candidates = itertools.chain([place.default] if place.source else [], numbered)
        names[i] = names[i] or next(c for c in candidates if c.casefold() not in taken)
        taken.add(names[i].casefold())
    return names


def _change_type(package: Package, book: Book) -> None:
    """Say that the workbook has macros."""
    part = package.read(TYPES)
    main = re.search(rb"""<[\w.:-]*Override\b[^>]*["']/%b["'][^>]*>""" % re.escape(book.main_part.encode()), part)
    kind = attributes(main[0]).get("ContentType", "") if main else ""
    if main is None or kind not in _MAIN_TYPES:
        raise WorkbookError(f"{package.label} is damaged: {TYPES} does not say that it is a workbook")
    changed = main[0].replace(kind.encode(), _MACRO_TYPE.encode())
    package.replace(TYPES, part[: main.start()] + changed + part[main.end() :])
