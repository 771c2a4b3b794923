"""What every cell is computed from: its formula, read, and the cells to which that refers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from dealmodel.simulation.compiler.binding.operations import DYNAMIC, compiles
from dealmodel.simulation.compiler.binding.shapes import Read, Reader
from dealmodel.simulation.compiler.binding.spilled import anchor_of
from dealmodel.simulation.compiler.binding.trees import tree_nodes
from dealmodel.simulation.compiler.variants import beside, is_twin, real
from dealmodel.simulation.sampling.draws import drawn_formula
from dealmodel.workbook.accuracy import CHANCES
from dealmodel.workbook.address import CellAt

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dealmodel.simulation.compiler.binding.rectangles import Rectangles
    from dealmodel.simulation.compiler.variants import TableCell
    from dealmodel.workbook.address import Area
    from dealmodel.workbook.computing.computedcells import ComputedCells
    from dealmodel.workbook.spelling.translation import Translator


class Precedents:
    """The formulas of a workbook as trees, and the cells to which they refer.

    Parameters
    ----------
    computed
        The cells that are computed.
    translator
        Spells formulas for the engine's parser.
    sheets
        The names of the sheets, by those in lower case.
    ranges
        Tells what references to rectangles mean.
    tables
        The cells of data tables.
    """

    def __init__(
        self,
        computed: ComputedCells,
        translator: Translator,
        sheets: Mapping[str, str],
        ranges: Rectangles,
        tables: Mapping[CellAt, TableCell],
    ) -> None:
        self._computed = computed
        self._reader = Reader(translator, sheets, compiles)
        self._ranges = ranges
        self._tables = tables
        self.by_chance = frozenset(computed.calling(CHANCES))
        """The cells whose formulas draw random numbers."""
        self._reads: dict[CellAt, Read] = {}
        self._named: dict[CellAt, Sequence[CellAt]] = {}

    def read(self, at: CellAt) -> Read:
        """Return the formula of a cell as a tree."""
        found = self._reads.get(at)
        if found is None:
            found = self._reads[at] = self._read_as_twin(at) if is_twin(at) else self._read_own(at)
        return found

    def _read_as_twin(self, at: CellAt) -> Read:
        there = self.read(real(at))
        slots = tuple([s._replace(sheet=beside(s.sheet, at)) for s in there.slots])
        return there._replace(slots=slots)

    def _read_own(self, at: CellAt) -> Read:
        formula = self._computed.formulas[at]
        if at in self.by_chance:
            formula = drawn_formula(formula)
        return self._reader.read(formula, at, array=at in self._computed.arrays)

    def named(self, at: CellAt) -> Sequence[CellAt]:
        """Return the cells to which the formula of a cell refers, and of a data table's cell those that it needs."""
        found = self._named.get(at)
        if found is None:
            table = self._tables.get(at)
            given = self._named_in(self.read(at), at) if table is None else (table.formula, *table.taken.values())
            found = self._named[at] = given
        return found

    def add(self, at: CellAt, cells: Sequence[CellAt]) -> None:
        """Add cells to which a formula refers without naming them, as OFFSET does."""
        self._named[at] = (*self.named(at), *cells)

    def covering(self, at: CellAt) -> CellAt | None:
        """Return the first cell of the array that fills a cell, as a twin where the cell is one."""
        found = self._computed.covered.get(real(at))
        return None if found is None else found._replace(sheet=beside(found.sheet, at))

    def _named_in(self, read: Read, at: CellAt) -> Sequence[CellAt]:
        if read.shape is not None and read.shape.is_plain:
            return cast("tuple[CellAt, ...]", read.slots)
        if read.slots or read.tree is None:
            return [c for s in read.slots for c in ((s,) if isinstance(s, CellAt) else self._ranges.cells_in(*s))]
        return list(self.in_tree(read.tree, at))

    def in_tree(self, tree: Mapping[str, Any], at: CellAt) -> Iterator[CellAt]:
        """Yield the cells to which a syntax tree refers that stands in a cell."""
        for node in tree_nodes(tree):
            if node["node_type"] == "Reference":
                found = self._ranges.area(node["reference"], at)
                if found is not None:
                    yield from self._ranges.cells_in(*found)
            elif (anchor := anchor_of(node)) is not None and anchor["node_type"] == "Reference":
                yield from self._filled(self._ranges.area(anchor["reference"], at))

    def _filled(self, found: tuple[str, Area] | None) -> Iterator[CellAt]:
        """Yield what the array that begins in a cell fills, of which `#` speaks."""
        anchor = None if found is None else CellAt(found[0], *found[1][:2])
        area = None if anchor is None else self._computed.arrays.get(real(anchor))
        if anchor is not None and area is not None:
            yield from self._ranges.cells_in(anchor.sheet, area)

    def are_all_named(self, at: CellAt) -> bool:
        """Whether the formula of a cell refers to nothing but what it names."""
        read = self.read(at)
        if read.tree is None:
            return False
        formula = self._computed.formulas.get(at, "").upper()
        return (read.shape is not None and read.shape.compiles) or not any(name in formula for name in DYNAMIC)
