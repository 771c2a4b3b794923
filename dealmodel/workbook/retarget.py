"""Workbooks rewritten for a host: our functions under the names that it binds, every other byte as it was.

A workbook on disk keeps the canonical names. LibreOffice binds only its own names in a file, and so do Excel with the
add-in and xlwings Lite; see `HOSTS`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from dealmodel.catalogue import CATALOGUE
from dealmodel.errors import UnknownNameError, WorkbookError
from dealmodel.hosts.calc.names import calc_name
from dealmodel.workbook.book import Book
from dealmodel.workbook.formulas import respelled
from dealmodel.workbook.links import add_link, next_number, remove_link
from dealmodel.workbook.stored.xmltext import element_text, escape, quote_attribute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dealmodel.workbook.stored.package import Package

HOSTS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {"canonical": str, "calc": calc_name, "excel": str, "lite": "_xldudf_{}".format}
)
"""How each host spells a function in a file; for Excel with the add-in, the number of a link comes before the name."""

_FORMULA = re.compile(
    rb"(<((?:[\w.-]+:)?(?:f|formula[12]?|definedName|calculatedColumnFormula|totalsRowFormula))\b[^>]*(?<!/)>)([^<]*)(?=</\2>)"
)
"""A formula in a part of an .xlsx: of a cell, a data validation, a conditional format, a name, a table's column."""
_WITHOUT_LINKS = re.compile(rb"xm:f|(?:[\w.-]+:)?formula[12]?")
"""The tags of data validations and conditional formats, in which Excel takes no link to another file."""
_ODF_FORMULA = re.compile(
    rb"""(\s(?:table:formula|table:expression|table:condition|style:condition|calcext:value)\s*=\s*)("[^"]*"|'[^']*')"""
)
"""The same in an .ods."""
_ODF_PARTS = ("content.xml", "styles.xml")


@dataclass(frozen=True, slots=True)
class Retargeted:
    """A rewritten workbook."""

    data: bytes
    formulas: int
    """How many formulas changed."""


def retarget(package: Package, host: str) -> Retargeted:
    """Rewrite a workbook for a host.

    Parameters
    ----------
    package
        An .xlsx, .xlsm or .ods file, in any host's spelling.
    host
        One of `HOSTS`.

    Returns
    -------
    The file with formulas, defined names, data validations and conditional formats respelled.

    Raises
    ------
    UnknownNameError
        If there is no such host.
    WorkbookError
        If the file is not a workbook.
    """
    if host not in HOSTS:
        raise UnknownNameError(f"there is no host {host}; there are {', '.join(HOSTS)}")

    book = None if "mimetype" in package else Book(package)
    if host == "excel" and book is None:
        raise WorkbookError(f"{package.label} is an .ods file; Excel's formulas go into an .xlsx")
    link = f"[{next_number(package, book)}]!" if host == "excel" and book else ""

    def spell(name: str) -> str | None:
        return link + HOSTS[host](name) if name in CATALOGUE else None

    formulas = 0
    for name, pattern, quoted in _parts(package):
        part = package.read(name)
        count, new = _respell(part, pattern, spell, quoted=quoted, linked=bool(link))
        if count:
            formulas += count
            package.replace(name, new)
    if link and book and formulas:
        add_link(package, book)
    elif book and not link:
        remove_link(package, book, every_formula(package))
    return Retargeted(package.to_bytes(), formulas)


def every_formula(package: Package) -> Iterator[str]:
    """Return the formulas of a workbook, wherever they stand."""
    return (element_text(m[3]) for name, pattern, _ in _parts(package) for m in pattern.finditer(package.read(name)))


def _parts(package: Package) -> Iterator[tuple[str, re.Pattern[bytes], bool]]:
    """Return the parts that hold formulas, with the pattern that finds them and whether it finds attributes."""
    if "mimetype" in package:
        kind = package.read("mimetype").strip()
        if kind != b"application/vnd.oasis.opendocument.spreadsheet":
            raise WorkbookError(f"{package.label} is not a spreadsheet but {kind.decode('ascii', 'replace')}")
        yield from ((name, _ODF_FORMULA, True) for name in _ODF_PARTS if name in package)
        return
    book = Book(package)
    tables = [name for name in package.names if re.fullmatch(r"xl/tables/[^/]+\.xml", name)]
    yield from ((name, _FORMULA, False) for name in (book.main_part, *book.paths.values(), *tables))


def _respell(
    part: bytes, pattern: re.Pattern[bytes], spell: Callable[[str], str | None], *, quoted: bool, linked: bool
) -> tuple[int, bytes]:
    count = 0

    def replace(match: re.Match[bytes]) -> bytes:
        nonlocal count
        if linked and _WITHOUT_LINKS.fullmatch(match[2]):
            return match[0]
        raw = match[2][1:-1] if quoted else match[3]
        formula = element_text(raw)
        new = respelled(formula, spell)
        if new == formula:
            return match[0]
        count += 1
        return match[1] + (quote_attribute(new).encode() if quoted else _written_like(raw, new))

    if b"dm" not in part.lower():
        return 0, part
    return (count, new) if (new := pattern.sub(replace, part)) != part else (0, part)


def _written_like(raw: bytes, formula: str) -> bytes:
    """Return a formula as an element holds it, its marks escaped where they were before."""
    text = escape(formula)
    for mark, escaped in (('"', "&quot;"), ("'", "&apos;")):
        if escaped.encode() in raw:
            text = text.replace(mark, escaped)
    if b">" in raw:
        text = text.replace("&gt;", ">")
    return text.encode()
