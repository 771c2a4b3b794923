"""Cells of which the stored values are right as long as nothing changes to which they refer.

What another workbook or a pivot table holds does not change while a workbook is computed. So the value that Excel
stored of a formula on them stays, and others go on with it; but not where an input behind that formula has changed.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from dealmodel.workbook.address import CellAt, parse_region, split_sheet
from dealmodel.workbook.computing.reached import PLACING
from dealmodel.workbook.formulas import canonical, move
from dealmodel.workbook.spelling.arguments import bare_name
from dealmodel.workbook.spelling.syntax import parse, parts_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from dealmodel.workbook.address import Area
    from dealmodel.workbook.computing.dependence import Dependence
    from dealmodel.workbook.spelling.meanings import Meanings


class HeldCells:
    """Cells that keep their stored values, and to what they refer.

    Parameters
    ----------
    meanings
        What the workbook's names mean.
    formulas
        The formulas of the cells.
    """

    def __init__(self, meanings: Meanings, formulas: Mapping[CellAt, str]) -> None:
        self._meanings = meanings
        self._formulas = formulas

    def moved(self, inputs: Collection[CellAt], dependence: Dependence) -> set[CellAt]:
        """Return the cells of which the stored values are not right any more.

        Parameters
        ----------
        inputs
            The cells that were changed.
        dependence
            Which of the other cells depend on which.
        """
        moved: set[CellAt] = set()
        new = set(inputs)
        changed: dict[str, set[tuple[int, int]]] = {}
        while new:
            for at in (*new, *dependence.behind(new)):
                changed.setdefault(at.sheet, set()).add(at[1:])
            new = {at for at, areas in self._areas.items() if at not in moved and _reaches(areas, changed)}
            moved |= new
        return moved

    @cached_property
    def _areas(self) -> Mapping[CellAt, Sequence[tuple[str, Area]] | None]:
        """The ranges to which the cells refer; None where a formula does not tell."""
        return {at: self._referred(formula, at) for at, formula in self._formulas.items()}

    def _referred(self, formula: str, at: CellAt) -> Sequence[tuple[str, Area]] | None:
        try:
            return list(self._references(formula, at, set()))
        except _UntoldError:
            return None

    def _references(self, formula: str, at: CellAt, seen: set[str]) -> Iterator[tuple[str, Area]]:
        text = self._meanings.resolved(canonical(formula))
        tree = parse(self._meanings.without_tables(text, at))
        if tree is None:
            raise _UntoldError
        ahead = [tree]
        while ahead:
            node = ahead.pop()
            ahead += parts_of(node)
            if node["node_type"] == "Function" and bare_name(node["name"]) in PLACING:
                raise _UntoldError
            if node["node_type"] == "Reference":
                yield from self._reference(node["reference"], at, seen)

    def _reference(self, reference: str, at: CellAt, seen: set[str]) -> Iterator[tuple[str, Area]]:
        for one in self._meanings.through_sheets(reference) or [reference]:
            sheet, address = split_sheet(one) or (at.sheet, one)
            area = parse_region(address)
            if area is not None:
                # Of another workbook no cell changes.
                found = self._meanings.book.find_sheet(sheet)
                if found is not None:
                    yield found, area
                continue
            name = self._meanings.named(one, at)
            if name is not None and name.name not in seen:
                seen.add(name.name)
                yield from self._references(move(name.text, at.row - 1, at.column - 1), at, seen)


class _UntoldError(Exception):
    """A formula does not tell to what it refers; never leaves this module."""


def _reaches(areas: Iterable[tuple[str, Area]] | None, changed: Mapping[str, Collection[tuple[int, int]]]) -> bool:
    """Whether any cell of some ranges has changed; it may have where the ranges are not known."""
    return areas is None or any(area.holds(*place) for sheet, area in areas for place in changed.get(sheet, ()))
