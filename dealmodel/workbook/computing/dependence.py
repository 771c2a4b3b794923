"""Which cells depend on which, as the formulas say it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from dealmodel.workbook.address import Area, CellAt, parse_area, split_sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from dealmodel.hosts.engine import Engine
    from dealmodel.workbook.computing.computedcells import ComputedCells
    from dealmodel.workbook.computing.whatif import WhatIf


MOST_LINKS = 200_000
"""Links between cells that depend on each other, beyond which they are not looked at one by one."""


class Dependence:
    """The dependence of a workbook's cells on each other.

    Parameters
    ----------
    engine
        The workbook in the engine, which has read the formulas.
    area_of
        Gives the range that the array which begins in a cell fills, or None.
    cells
        What there is to compute: the data tables, whose cells depend on what is worked out in them, and the formulas
        that refer to a cell by its name, of which the engine does not tell.
    """

    def __init__(self, engine: Engine, area_of: Callable[[CellAt], Area | None], cells: ComputedCells) -> None:
        self._engine = engine
        self._area_of = area_of
        self._cells = cells
        self._filled: dict[CellAt, list[WhatIf]] = {}
        for what_if in cells.what_ifs:
            sources = {at for _, formula, edges in what_if.cells() for at in (formula, *edges.values())}
            for at in sources:
                self._filled.setdefault(at, []).append(what_if)

    def dependants(self, at: CellAt) -> set[CellAt]:
        """Return the cells that refer to a cell, or to any of the array that begins in it."""
        found = set()
        for place in self._places(at):
            source = CellAt(at.sheet, *place)
            for address in self._engine.dependants(str(source)):
                sheet, area = split_area(address)
                if area is not None:
                    found.add(CellAt(sheet, area.top, area.left))
            found |= self._cells.calling_by_its_name.get(source, set())
            for what_if in self._filled.get(source, ()):
                found.update(cell for cell, _, _ in what_if.cells())
        return found

    def _places(self, at: CellAt) -> Iterator[tuple[int, int]]:
        area = self._area_of(at)
        yield from area.places() if area is not None else [at[1:]]

    def precedents(self, at: CellAt) -> list[tuple[str, Area | None]]:
        """Return the ranges that a cell's formula refers to, with the names of their sheets as it spells them."""
        return [split_area(address) for address in self._engine.precedents(str(at))]

    def behind(self, roots: Iterable[CellAt]) -> dict[CellAt, CellAt]:
        """Return every cell that depends on one of some cells, at however many removes, with the first of these.

        Arrays are whole: with their first cell all others are there.
        """
        origins = {root: root for root in roots}
        found: dict[CellAt, CellAt] = {}
        for root in list(origins):
            ahead = [root]
            while ahead:
                for dependant in self.dependants(ahead.pop()):
                    if dependant not in origins:
                        origins[dependant] = found[dependant] = root
                        ahead.append(dependant)
        for at in [at for at in origins if self._area_of(at) is not None]:
            filled = (CellAt(at.sheet, *place) for place in self._places(at))
            found.update((cell, origins[at]) for cell in filled if cell not in origins)
        return found

    def in_or_behind_circles(self, cells: Iterable[CellAt]) -> frozenset[CellAt]:
        """Return the cells among some that lead back to themselves, or depend on such."""
        dependants = {at: self.dependants(at) for at in cells}
        return frozenset(_peeled(_turned(dependants)))

    def first_of(self, cells: Collection[CellAt]) -> Collection[CellAt]:
        """Return the cells that do not merely depend on others among them, or else those that stand in a circle."""
        if len(cells) < 2:  # noqa: PLR2004  nothing to depend on
            return cells
        among = set(cells)
        dependants: dict[CellAt, set[CellAt]] = {}
        depending: set[CellAt] = set()
        links = 0
        for at in cells:
            found = dependants[at] = self.dependants(at) & among
            depending |= found - {at}
            links += len(found)
            if links > MOST_LINKS and len(depending) == len(among):
                # Which of them stand in the circle, and which merely behind it, would take too long to tell.
                return cells
        if len(depending) < len(among):
            return [at for at in cells if at not in depending]
        # Each of them depends on another: what is behind a circle and leads nowhere is all there is to take away.
        return _peeled(dependants)


def _turned(edges: Mapping[CellAt, set[CellAt]]) -> dict[CellAt, set[CellAt]]:
    """Return arrows between some cells the other way round."""
    turned: dict[CellAt, set[CellAt]] = {at: set() for at in edges}
    for at, ends in edges.items():
        for end in ends & edges.keys():
            turned[end].add(at)
    return turned


def _peeled(edges: Mapping[CellAt, set[CellAt]]) -> list[CellAt]:
    """Return the cells from which arrows lead into a circle, as those are that stand in one."""
    into = _turned(edges)
    ahead = {at: len(ends & edges.keys()) for at, ends in edges.items()}
    leaves = [at for at, count in ahead.items() if count == 0]
    while leaves:
        leaf = leaves.pop()
        del ahead[leaf]
        for at in into[leaf]:
            ahead[at] -= 1
            if ahead[at] == 0:
                leaves.append(at)
    return list(ahead)


@lru_cache(maxsize=2**16)
def split_area(address: str) -> tuple[str, Area | None]:
    """Split an address of the engine into sheet and area."""
    sheet, reference = split_sheet(address) or ("", "")
    return sheet, parse_area(reference)
