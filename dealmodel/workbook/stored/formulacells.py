"""The formulas of a worksheet: of cells with one of their own, of arrays, and of what-if data tables."""

from __future__ import annotations

import functools
import itertools
import operator
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from dealmodel.errors import WorkbookError
from dealmodel.workbook.address import Area
from dealmodel.workbook.formulas import called_functions, move, tokens
from dealmodel.workbook.stored.shapes import Movable, shape, whole_references
from dealmodel.workbook.stored.storedcells import Place, formula_text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from dealmodel.workbook.stored.sheet import SheetPart
    from dealmodel.workbook.stored.storedcells import StoredCell

LARGEST_ARRAY = 2**20
"""Cells that an array formula may fill."""
UNSTORED = 2**15
"""Cells that arrays and data tables may fill beyond those that a sheet stores; Excel stores every one of them."""
LONGEST = 2**15
"""Characters of a formula that is computed; Excel takes 8,192, and files put prefixes before names."""
RUN = "it is a command of a macro sheet, which is run and not calculated"
"""Why the formulas of a sheet of Excel 4 macros are not computed; Excel does not either until they run."""
_VALUE = operator.itemgetter(5)
_PIVOT = "GETPIVOTDATA"
_IN_OTHER_BOOK = re.compile(r"\[.*\].*!", re.DOTALL)
"""What stands in texts of which the address of a cell of another workbook is made; that of a table ends before."""
_MUCH_TEXT, _TIMES_WRITTEN_OUT = 2**23, 50
"""Characters of a sheet's formulas that are not looked at closely, and how many there may be to each byte of it."""


class FormulaCells(Mapping[Place, str]):
    """The formula of every cell of a sheet that has one of its own, by row and column; read when it is asked for.

    The cells of an array beyond its first, and those of a data table, have none.

    Parameters
    ----------
    part
        The sheet.

    Raises
    ------
    WorkbookError
        If formulas are shared that are longer together than those of any real workbook.
    """

    def __init__(self, part: SheetPart) -> None:
        self._cells = cells = part.cells
        self._written_out = dict(_written_out(part))
        """The formulas that do not stand in their cells, and those of cells that are written in an unusual way.

        Of those that are shared by the way they read in every cell."""
        self.are_there: Sequence[object] = cells.written_formulas
        """What is true of the cells that have one, in the order of all cells."""
        blank = frozenset(self._written_where(_is_blank))
        if self._written_out or blank:
            written = zip(cells.places, cells.written_formulas, strict=True)
            self.are_there = [(formula and p not in blank) or p in self._written_out for p, formula in written]
        self.places: list[Place] = list(itertools.compress(cells.places, self.are_there))
        """The cells that have one, in the order of the part."""

    @property
    def without_value(self) -> list[Place]:
        """The cells that have one and no value."""
        values = list(map(_VALUE, itertools.compress(self._cells.raw, self.are_there)))
        if all(values):
            return []
        unusual = self._cells.unusual
        blank = (place for place, value in zip(self.places, values, strict=True) if not value)
        return [place for place in blank if place not in unusual or unusual[place].is_blank]

    @cached_property
    def _held(self) -> dict[Place, bytes | str | Movable]:
        """What stands in the cells, which few workbooks are asked for cell by cell."""
        written = zip(self._cells.places, self._cells.written_formulas, strict=True)
        held: dict[Place, bytes | str | Movable] = dict(itertools.compress(written, self.are_there))
        held.update(self._written_out)
        return held

    def __getitem__(self, place: Place) -> str:
        """Return a formula."""
        held = self._held[place]
        if isinstance(held, Movable):
            return held.at(*place) or ""
        return formula_text(held) if isinstance(held, bytes) else held

    def shared(self, place: Place) -> Movable | None:
        """Return a cell's formula as it reads in all cells that share it; None where it is the cell's own."""
        held = self._held.get(place)
        return held if isinstance(held, Movable) else None

    def __contains__(self, place: object) -> bool:
        """Whether a cell has a formula of its own."""
        return place in self._held

    def __iter__(self) -> Iterator[Place]:
        """Yield the places, in the order of the part."""
        return iter(self.places)

    def __len__(self) -> int:
        """Return the number of formulas."""
        return len(self.places)

    def where(self, is_so: Callable[[str], bool]) -> list[Place]:
        """Return the cells of whose formulas something is so that does not hang on digits, but for those of a name.

        Parameters
        ----------
        is_so
            Asked for one formula of many that are filled down.
        """
        found = set(self._written_where(lambda formula: is_so(formula_text(formula))))
        told: dict[str | Movable, bool] = {}
        for place, held in self._written_out.items():
            if held not in told:
                told[held] = is_so(self[place])
            if told[held]:
                found.add(place)
        return [place for place in self.places if place in found] if found else []

    def none_is(self, is_so: Callable[[str], bool]) -> bool:
        """Whether something is so of no formula that would be so of any text with such a formula in it.

        To find out takes less than to ask for one of every kind; where it is not found out, it is False.
        """
        return not (self._written_out or is_so(formula_text(b"\n".join(self._cells.kinds.some()))))

    def _written_where(self, is_so: Callable[[bytes], bool]) -> Iterator[Place]:
        """Yield the places where something is so of a formula as its cell spells it."""
        return itertools.compress(self._cells.places, self._cells.kinds.told(is_so))


def _is_blank(formula: bytes) -> bool:
    # No letter, digit or bracket begins what stands for spaces.
    return not formula[0:1].isalnum() and not formula_text(formula)


def _written_out(part: SheetPart) -> Iterator[tuple[Place, str | Movable]]:
    """Yield the formulas that cells share, and those of cells that are not written in the usual way."""
    cells = part.cells
    if cells.are_usual and not cells.share_formulas:
        return
    anchors: dict[str, list[StoredCell]] = {}
    for cell in cells.unusual.values():
        if cell.formula and cell.formula.kind == "shared" and cell.formula.text:
            anchors.setdefault(cell.formula.group, []).append(cell)
    movable = functools.cache(_movable)
    most, written = max(_MUCH_TEXT, _TIMES_WRITTEN_OUT * len(part.part)), 0
    for place, (letters, _, _, _, group, *_) in zip(cells.places, cells.raw, strict=True):
        text: str | Movable = ""
        if group:
            text = _shared(place, anchors.get(group.decode(), ()), movable)
        elif not letters and (own := cells.unusual[place].formula) and own.kind != "dataTable":
            is_repeated = not own.text and own.kind == "shared"
            text = _shared(place, anchors.get(own.group, ()), movable) if is_repeated else own.text
        if text:
            yield place, text
        written += text.length if isinstance(text, Movable) else len(text)
        if written > most:
            raise WorkbookError(f"{part.label} shares formulas of more than {most >> 20} MB; it is refused")


def kinds_of_formulas(part: SheetPart) -> list[str]:
    """Return some of a sheet's formulas, from which all others differ in digits only, or are the same elsewhere."""
    others = [cell.formula for cell in part.cells.unusual.values() if cell.formula]
    return [*map(_known_text, part.cells.kinds.some()), *(own.text for own in others if own.kind != "dataTable")]


@functools.lru_cache(maxsize=2**10)
def _known_text(formula: bytes) -> str:
    """Return a formula, which the next workbook mostly has, too."""
    return formula_text(formula)


def may_be_hindered(formula: str) -> bool:
    """Whether there may be a hindrance to a formula by itself, which is quicker to know."""
    return "[" in formula or _PIVOT in formula.upper() or len(formula) > LONGEST


def hindrance(formula: str) -> str | None:
    """Return why a formula is not computed, or None where nothing in its text by itself hinders that."""
    if len(formula) > LONGEST:
        return "it is longer than a formula can be"
    if _PIVOT in formula.upper() and _PIVOT in called_functions(formula):
        return "it asks a pivot table, which Excel alone works out"
    if "[" in formula and "INDIRECT" in called_functions(formula):
        texts = "".join(text for kind, text in tokens(formula) if kind == "string")
        return "INDIRECT needs another workbook to be open" if _IN_OTHER_BOOK.search(texts) else None
    return None


def _shared(
    place: Place, anchors: Sequence[StoredCell], movable: Callable[[str, int, int], Movable | None]
) -> str | Movable:
    """Return a shared formula, or how it reads in a cell; the index may serve several groups, each with its range."""
    anchor = anchors[0] if anchors else None
    if len(anchors) > 1:
        around = (a for a in anchors if a.formula and a.formula.area and a.formula.area.holds(*place))
        anchor = next(around, anchor)
    if anchor is None or anchor.formula is None:
        return ""
    found = movable(anchor.formula.text, anchor.row, anchor.column)
    if found is not None and found.reaches(*place):
        return found
    return move(anchor.formula.text, place[0] - anchor.row, place[1] - anchor.column)


def _movable(formula: str, row: int, column: int) -> Movable | None:
    """Return a formula that is quick to move, or None where it cannot simply be moved."""
    is_simple = shape(formula, row, column) is not None and not whole_references(formula)
    return Movable(formula, row, column) if is_simple else None


def array_areas(part: SheetPart) -> dict[Place, Area]:
    """Return the range of every array formula by its first cell."""
    areas = {
        place: cell.formula.area or Area(*place, *place)
        for place, cell in part.cells.unusual.items()
        if cell.formula and cell.formula.kind == "array" and cell.formula.text
    }
    _check(part, areas.values())
    return areas


def data_tables(part: SheetPart) -> dict[Area, Mapping[str, str]]:
    """Return the attributes of every what-if data table by its range."""
    tables = {
        cell.formula.area: cell.formula.declared
        for cell in part.cells.unusual.values()
        if cell.formula and cell.formula.kind == "dataTable" and cell.formula.area
    }
    _check(part, tables)
    return tables


def _check(part: SheetPart, areas: Collection[Area]) -> None:
    """Refuse arrays that fill more cells than there can be, or far more than there are."""
    filled = sum(area.height * area.width for area in areas)
    if filled > LARGEST_ARRAY:
        raise WorkbookError(f"{part.label} holds arrays of more than {LARGEST_ARRAY} cells; it is refused")
    if filled > UNSTORED + len(part.cells):
        raise WorkbookError(f"{part.label} holds arrays of {filled} cells and stores {len(part.cells)}; it is refused")
