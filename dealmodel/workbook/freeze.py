"""A copy of a workbook with values instead of formulas, for readers who have not got the functions.

Of a cell only its formula goes; value, format and everything else of the file stay. What must not outlive the
formulas goes, too: the order of calculation, and what-if tables, which would vary inputs that nothing depends on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dealmodel.catalogue import CATALOGUE
from dealmodel.workbook.address import CellAt
from dealmodel.workbook.book import Book
from dealmodel.workbook.formulas import called_functions, canonical, tokens
from dealmodel.workbook.links import remove_link
from dealmodel.workbook.retarget import every_formula
from dealmodel.workbook.stored.formulacells import FormulaCells, array_areas
from dealmodel.workbook.stored.package import Package
from dealmodel.workbook.stored.parts import remove_part
from dealmodel.workbook.stored.xmltext import element_text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from dealmodel.workbook.computing.computedcells import Kept
    from dealmodel.workbook.model import Model
    from dealmodel.workbook.stored.sheet import SheetPart
    from dealmodel.workbook.stored.storedcells import Place

_DYNAMIC = re.compile(rb"""\s+cm\s*=\s*("[^"]*"|'[^']*')""")
_COLUMN = re.compile(rb"<((?:[\w.-]+:)?tableColumn)\b[^>]*(?:/>|>.*?</\1\s*>)", re.DOTALL)
_COLUMN_FORMULA = re.compile(
    rb"<((?:[\w.-]+:)?(?:calculatedColumnFormula|totalsRowFormula))\b[^>]*(?:/>|>(.*?)</\1\s*>)", re.DOTALL
)
_CUSTOM_TOTAL = re.compile(rb"""\s+totalsRowFunction\s*=\s*("custom"|'custom')""")


@dataclass(frozen=True, slots=True)
class Frozen:
    """A frozen workbook."""

    data: bytes
    formulas: int
    """How many formulas became values."""
    kept: tuple[Kept, ...]
    """Those of them that could not be computed: their values are the stored ones."""


def freeze(model: Model, *, every: bool = False) -> Frozen:
    """Put values in the place of formulas.

    Parameters
    ----------
    model
        The workbook; it is recalculated.
    every
        Whether every formula becomes a value, or only those that need our functions.

    Returns
    -------
    The workbook with fresh values.
    """
    package = Package(model.recalculate().to_bytes(), model.book.label)
    book = Book(package)
    is_ours = _needs_us(book)
    frozen = {
        CellAt(sheet, *place)
        for sheet in book.sheets
        for place, text in FormulaCells(book.sheet(sheet)).items()
        if every or is_ours(text)
    }
    if frozen:
        for sheet in book.sheets:
            part = book.sheet(sheet)
            new = _without_formulas(part, {at[1:] for at in frozen if at.sheet == sheet}, every=every)
            if new != part.part:
                package.replace(book.paths[sheet], new)
        _freeze_tables(package, book, is_ours, every=every)
        for kind, name in book.relations.values():
            if kind == "calcChain" and name in package:
                remove_part(package, book.main_part, name)
        remove_link(package, book, every_formula(package))
    return Frozen(package.to_bytes(), len(frozen), tuple(k for k in model.kept if k.at in frozen))


def _needs_us(book: Book) -> Callable[[str], bool]:
    """Return the test whether a formula needs our functions, by itself or through a defined name."""
    names: set[str] = set()

    def is_ours(formula: str) -> bool:
        text = canonical(formula)
        if called_functions(text) & CATALOGUE.keys():
            return True
        return bool(names) and any(kind == "word" and word.casefold() in names for kind, word in tokens(text))

    known = -1
    while len(names) > known:
        known = len(names)
        names |= {name.name.casefold() for name in book.names if is_ours(name.text)}
    return is_ours


def _without_formulas(part: SheetPart, places: Collection[Place], *, every: bool) -> bytes:
    """Return a sheet without the formulas of some cells, and without its what-if tables."""
    arrays = array_areas(part)
    # Excel marks the further cells of some arrays with an empty formula.
    gone = {*places, *(p for anchor, area in arrays.items() if anchor in places for p in area.places())}
    pieces = []
    at = 0
    for place, cell in part.cells.items():
        goes = every or place in gone
        if cell.formula is None or not (goes or cell.formula.kind == "dataTable"):
            continue
        start, end = part.cells.span(place)
        xml = part.part[start:end]
        tag = xml.index(b">") + 1
        body = part.patterns.formula.sub(b"", xml[tag:], count=1)
        pieces += [part.part[at:start], _DYNAMIC.sub(b"", xml[:tag]), body]
        at = end
    return b"".join([*pieces, part.part[at:]])


def _freeze_tables(package: Package, book: Book, is_ours: Callable[[str], bool], *, every: bool) -> None:
    """Take the formulas out with which Excel fills new rows of a table."""

    def without(match: re.Match[bytes]) -> bytes:
        return b"" if every or is_ours(element_text(match[2])) else match[0]

    for sheet in book.sheets:
        for kind, path in book.relations_of(book.paths[sheet]).values():
            if kind == "table" and path in package:
                part = package.read(path)
                new = _COLUMN.sub(lambda m: _COLUMN_FORMULA.sub(without, m[0]), part)
                new = _COLUMN.sub(lambda m: m[0] if b"totalsRowFormula" in m[0] else _CUSTOM_TOTAL.sub(b"", m[0]), new)
                if new != part:
                    package.replace(path, new)
