"""The charts of a workbook follow its cells: what they store of changed cells is brought up to date."""

from __future__ import annotations

import re
from contextlib import nullcontext
from typing import TYPE_CHECKING, TypeAlias

from dealmodel.errors import WorkbookError
from dealmodel.workbook.address import Area, CellAt, parse_region, split_sheet
from dealmodel.workbook.formulas import tokens
from dealmodel.workbook.numberformats import GENERAL
from dealmodel.workbook.spelling.meanings import Meanings
from dealmodel.workbook.stored.chartcaches import Point, Points, Stored, with_values
from dealmodel.workbook.stored.parts import TYPES
from dealmodel.workbook.stored.xmltext import attributes, check_xml, is_xml

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from dealmodel.cells import Scalar
    from dealmodel.workbook.book import Book, DefinedName
    from dealmodel.workbook.stored.package import Package

_KINDS = (
    "application/vnd.openxmlformats-officedocument.drawingml.chart+xml",
    "application/vnd.ms-office.chartex+xml",
)
_OVERRIDE = re.compile(rb"<(?:[\w.-]+:)?Override\b([^>]*)>")
LARGEST = 2**17
"""Cells of a range of which a chart's stored values are kept up to date; no chart shows as many points."""
_SHOWN_DIGITS = 10
"""Digits of a number that a cell of the general format shows."""

Evaluate: TypeAlias = "Callable[[CellAt, str], Sequence[Sequence[Scalar]]]"
"""Gives the values of a formula that stands in a cell."""


def chart_parts(package: Package) -> list[str]:
    """Return the parts that are charts."""
    if TYPES not in package:
        return []
    declared = (attributes(match[1]) for match in _OVERRIDE.finditer(package.read(TYPES)))
    names = (package.find(d.get("PartName", "").lstrip("/")) for d in declared if d.get("ContentType") in _KINDS)
    return [name for name in names if name in package]


def follow_cells(
    package: Package, book: Book, changed: Mapping[CellAt, Scalar], evaluate: Evaluate, *, fill: bool = False
) -> None:
    """Bring what the charts of a package store of changed cells up to date.

    Parameters
    ----------
    package
        The package that is written.
    book
        The stored workbook.
    changed
        The cells whose values are others than the stored ones.
    evaluate
        Works out the names that stand for formulas, as charts over a growing range use them.
    fill
        Whether a chart that stores nothing of its cells yet gets their values, too.
    """
    if not changed:
        return
    parts = {name: package.read(name) for name in chart_parts(package)}
    cells = _ChangedCells(book, changed, evaluate) if parts else None
    for name, part in parts.items():
        if cells is not None and _is_readable(part, f"{book.label}, {name}"):
            package.replace(name, with_values(part, cells.points, fill=fill))


def _is_readable(part: bytes, label: str) -> bool:
    """Whether a part can be read; what is damaged stays as it is, for the cells do not need it."""
    try:
        check_xml(part, label)
    except WorkbookError:
        return False
    return is_xml(part)


class _ChangedCells:
    """What the references of charts give after some cells have changed."""

    def __init__(self, book: Book, changed: Mapping[CellAt, Scalar], evaluate: Evaluate) -> None:
        self._book = book
        self._meanings = Meanings(book)
        self._changed = changed
        self._evaluate = evaluate
        self._places: dict[str, set[tuple[int, int]]] = {}
        for at in changed:
            self._places.setdefault(at.sheet, set()).add(at[1:])

    def points(self, reference: str, as_text: bool) -> Points | None:
        """Return the values of a reference, or None where none of its cells has changed."""
        areas = self._areas(reference)
        if areas is None:
            name = self._name(reference)
            return None if name is None else self._computed(name, as_text=as_text)
        if not any(self._has_changed(sheet, area) for sheet, area in areas):
            return None
        clipped = [(sheet, self._used(sheet, area)) for sheet, area in areas]
        if not clipped or sum(area.height * area.width for _, area in clipped) > LARGEST:
            return None
        everything: list[Sequence[Point]] = [
            row for sheet, area in clipped for row in self._rows(sheet, area, (), as_text=as_text)
        ]
        visible = [
            row
            for sheet, area in clipped
            for row in self._rows(sheet, area, self._book.sheet(sheet).hidden_rows, as_text=as_text)
        ]
        if len(clipped) > 1:
            everything, visible = _in_one_column(everything), _in_one_column(visible)
        open_ended = any(area != whole for (_, area), (_, whole) in zip(clipped, areas, strict=True))
        return Points(everything, visible if len(visible) < len(everything) else None, open_ended)

    def _areas(self, reference: str) -> list[tuple[str, Area]] | None:
        """Return the ranges of a reference, which may be several in brackets, or None where it is something else."""
        areas = []
        for piece in _pieces(reference):
            split = split_sheet(piece)
            sheet = self._book.find_sheet(split[0]) if split else None
            area = parse_region(split[1]) if split else None
            if sheet is None or area is None:
                name = self._name(piece)
                found = self._book.area_of(name) if name is not None else None
                if found is None:
                    return None
                sheet, area = found
            areas.append((sheet, area))
        return areas

    def _name(self, reference: str) -> DefinedName | None:
        """Return the defined name that a reference means: of its sheet, or of the workbook."""
        split = split_sheet(reference)
        sheet = self._book.find_sheet(split[0]) if split else None
        name = (split[1] if split else reference).casefold()
        names = self._meanings.names
        return names.get((sheet, name)) or names.get((None, name))

    def _computed(self, name: DefinedName, *, as_text: bool) -> Points | None:
        """Return the values of a name that stands for a formula."""
        sheet = name.sheet or next((s for s in self._book.sheets if self._book.sheet(s).opening is not None), None)
        if sheet is None:
            return None
        rows = self._evaluate(CellAt(sheet, 1, 1), name.text)
        if sum(map(len, rows)) > LARGEST or (
            len(rows) == len(rows[0]) == 1 and not isinstance(rows[0][0], (int, float))
        ):
            return None

        def shown(value: Scalar) -> Point:
            # How the cells behind a formula show their numbers is not known.
            return Stored.VALUE if as_text and isinstance(value, (int, float)) else value

        return Points([[shown(value) for value in row] for row in rows])

    def _has_changed(self, sheet: str, area: Area) -> bool:
        places = self._places.get(sheet, set())
        if len(places) < area.height * area.width:
            return any(area.holds(*place) for place in places)
        return any(place in places for place in area.places())

    def _used(self, sheet: str, area: Area) -> Area:
        """Return what a sheet uses of an area that may be whole columns."""
        if area.height * area.width <= LARGEST:
            return area
        places = [*self._book.sheet(sheet).cells, *self._places.get(sheet, ())]
        bottom, right = (max(numbers) for numbers in zip(*places, strict=True))
        return area._replace(
            bottom=max(area.top, min(area.bottom, bottom)), right=max(area.left, min(area.right, right))
        )

    def _rows(self, sheet: str, area: Area, hidden: Collection[int], *, as_text: bool) -> Iterator[Sequence[Point]]:
        for row in range(area.top, area.bottom + 1):
            if row not in hidden:
                cells = (CellAt(sheet, row, column) for column in range(area.left, area.right + 1))
                yield [self._point(at, as_text=as_text) for at in cells]

    def _point(self, at: CellAt, *, as_text: bool) -> Point:
        if at not in self._changed:
            return Stored.VALUE
        value = self._changed[at]
        return self._shown(at, value) if as_text else value

    def _shown(self, at: CellAt, value: Scalar) -> Scalar:
        """Return a value as its cell shows it."""
        from dealmodel.hosts.supplements.calendar import counting_from_1904  # noqa: PLC0415  labels are rarely numbers
        from dealmodel.hosts.supplements.formats import formatted  # noqa: PLC0415
        from dealmodel.hosts.supplements.refusals import CellErrorRaised  # noqa: PLC0415
        from dealmodel.hosts.supplements.texts import shown  # noqa: PLC0415

        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return None if value is None else shown(value)
        code = self._book.number_formats.of(at)
        if code in (GENERAL, "@"):
            return shown(float(f"{value:.{_SHOWN_DIGITS}g}"))
        try:
            with counting_from_1904() if self._book.settings.date1904 else nullcontext():
                return formatted(value, code)
        except CellErrorRaised:
            return shown(value)


def _in_one_column(rows: Sequence[Sequence[Point]]) -> list[Sequence[Point]]:
    """Return one list of points, whatever the shapes of its ranges."""
    return [[value] for row in rows for value in row]


def _pieces(reference: str) -> list[str]:
    """Return the references that stand, parted by commas, in brackets."""
    if not (reference.startswith("(") and reference.endswith(")")):
        return [reference]
    pieces = [""]
    for _, text in tokens(reference[1:-1]):
        if text == ",":
            pieces.append("")
        else:
            pieces[-1] += text
    return [piece.strip() for piece in pieces]
