"""From the graph of formulas to values of the quick program.

The quick program knows numbers and truths. A text that a condition chooses is kept as that condition, so that what is
compared with it is a condition again. An error is kept as where it appears: `Erring`. What else a cell may hold is left
to the careful evaluator, a whole cell at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dealmodel.cells import OMITTED_TEXT, CellError
from dealmodel.simulation.compiler import boxes
from dealmodel.simulation.compiler.graph import CELL, CONST, DRAW, ELEMENT, GRID, LOOP, OMITTED_NODE, Node, leaves_of
from dealmodel.simulation.compiler.quick.arguments import Arguments
from dealmodel.simulation.compiler.quick.blocks import Blocks, ends
from dealmodel.simulation.compiler.quick.checks import none_holds
from dealmodel.simulation.compiler.quick.copies import Copies, Copy
from dealmodel.simulation.compiler.quick.items import (
    OMITTED,
    Boxed,
    Cells,
    Choice,
    Erring,
    Item,
    Learned,
    NotQuickError,
    Omitted,
    bads_of,
)
from dealmodel.simulation.compiler.quick.kinds import loose_kind
from dealmodel.simulation.compiler.quick.loop_rules import circular
from dealmodel.simulation.compiler.quick.rules import RULES, SELECTIVE, STRICT
from dealmodel.simulation.compiler.quick.values import FLAGS, TABLE, WORD, Value, Values, seen
from dealmodel.simulation.compiler.trace import trace
from dealmodel.workbook.address import CellAt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.compiler.binding.binder import Binder
    from dealmodel.simulation.compiler.binding.roots import Roots
    from dealmodel.simulation.compiler.binding.shapes import Read, Target
    from dealmodel.simulation.compiler.careful.evaluator import Careful
    from dealmodel.simulation.compiler.trace import Traced


class Lowering(Arguments):
    """Makes the values of all cells.

    Parameters
    ----------
    binder
        Has the formulas and draws, bound.
    careful
        Evaluates the cells that are not left to the quick program.
    learned
        What runs have told about cells.
    roots
        What the cells are computed from that are to be made; by default all.
    """

    def __init__(
        self, binder: Binder, careful: Careful, learned: Learned, roots: Roots | Mapping[CellAt, Node] | None = None
    ) -> None:
        super().__init__(careful)
        self.blocks = Blocks(careful)
        self.graph = graph = binder.graph
        self.learned = learned
        self.guarding = False
        """Whether errors within the formula at hand are kept as where they appear."""
        self.boxing: set[int] = set()
        """Cells found on the way that have to be left to the careful evaluator."""
        self.evaluated: set[int] = set()
        """Cells that the careful evaluator computes."""
        self._binder = binder
        self._roots = binder.roots if roots is None else roots
        self._copies = Copies()
        self._cells: dict[int, Item] = {}
        self._copied: dict[CellAt | Target, Item] = {}
        """What the cells hold that were compiled as copies: what is in `_cells`, found sooner."""
        self._plain: dict[int, Item] = {}
        self._guarded: dict[int, Item] = {}
        self._traces: dict[int, Traced | None] = {}
        self.ends: dict[Value, tuple[float, float]] = {}
        """Between which numbers draws stay whose arguments are fixed."""
        self.loops: dict[int, Value | None] = {}
        """The tables of the loops that were made, by their nodes' ids."""
        self._odd = learned.guarded | learned.erring | learned.boxed
        for at, root in self._roots.items():
            cell = graph.cell(at)
            if isinstance(root, Node):
                if root.op not in (CELL, DRAW):
                    self._lower_cell(cell, root)
            elif not self._lower_copy(cell, root):
                self._lower_cell(cell, self._roots[at])

    # -- cells and draws -------------------------------------------------------------------------------------------

    def cell(self, node: Node) -> Item:
        """Return what a cell or a draw holds."""
        found = self._cells.get(id(node), self)
        if found is self:
            before, guarding = self.values.cell, self.guarding
            self.values.cell = node
            root = self._roots.get(node.value) if node.op == CELL else None
            if root is not None:
                self._lower_cell(node, root)
            else:
                self._cells[id(node)] = self._drawn(node) if node.op == DRAW else self._given(node)
            self.values.cell, self.guarding = before, guarding
            found = self._cells[id(node)]
        return found

    def result(self, node: Node) -> tuple[Item, Value | bool]:
        """Return what an output holds, boxed where it is not a number, and where it is an error."""
        found = self.cell(node) if node.op in (CELL, DRAW) else _constant(node.value)
        bad: Value | bool = False
        if isinstance(found, Erring):
            found, bad = found.value, found.bad
        if isinstance(found, Choice):
            found = self.boxed(found)
        return (found.value if isinstance(found, Boxed) else found), bad

    def _given(self, node: Node) -> Item:
        value = self.values.make(self.blocks.load(id(node)), ())
        return Boxed(value) if id(node) in self.learned.boxed else value

    def _drawn(self, node: Node) -> Item:
        function, arguments = self._binder.draws[node.value].function, self._binder.draw_arguments[node.value]
        boxed, erring = id(node) in self.learned.boxed, id(node) in self.learned.erring
        self.guarding = False
        places: list[Item] = []
        for arg in arguments:
            try:
                given = self.tree(arg)
                cells = given.items if isinstance(given, Cells) else [given]
                is_omitted = given is OMITTED or given == OMITTED_TEXT
                places.append(None if is_omitted else [self.number(c) for c in cells])
            except NotQuickError:
                return self._drawn_carefully(node, function, arguments)
        parts = tuple(p for place in places if place is not None for p in place)
        sizes = [None if place is None else len(place) for place in places]
        call = self.blocks.sample(node.value, function, sizes, strict=not (boxed or erring))
        raw = self.values.make(call, parts)
        if not (boxed or erring) and all(isinstance(p, float) for p in parts):
            found = ends(function, sizes, [p for p in parts if isinstance(p, float)])
            if found is not None:
                self.ends[raw] = found
        if boxed:
            return Boxed(raw)
        return Erring(raw, self.values.make(np.isnan, (raw,), FLAGS)) if erring else raw

    def _drawn_carefully(self, node: Node, function: str, arguments: Sequence[Node]) -> Item:
        for arg in arguments:
            self._demand_boxes(arg)
        known, constants, places = self._leaf_places([leaf for arg in arguments for leaf in leaves_of(arg)])
        call = self.blocks.sample_carefully(node.value, function, arguments, known, constants)
        self.evaluated.add(id(node))
        return Boxed(self.values.make(call, tuple(places)))

    def _lower_cell(self, cell: Node, root: Node) -> None:
        key = id(cell)
        if key in self._cells:
            return
        self.values.cell = cell
        learned = self.learned
        found = circular(self, cell, root) if root.op == ELEMENT and root.args[0].op == LOOP else None
        if found is not None:
            self._cells[key] = found
            return
        if key in learned.boxed:
            self._cells[key] = Boxed(self._carefully(root, WORD))
            return
        self.guarding = key in learned.guarded or key in learned.erring
        try:
            found = self._one(self.tree(root))
        except NotQuickError:
            self._cells[key] = self._by_evaluator(root)
            return
        if isinstance(found, Erring) and key not in learned.erring:
            if isinstance(found.bad, Value):
                self.values.effect(none_holds, found.bad)
            found = found.value
        self._cells[key] = found

    def without_cells(self) -> Lowering:
        """Return what makes values of formulas of the same program, with nothing held by its cells."""
        return Lowering(self._binder, self.careful, Learned(), {})

    def hold(self, node: Node, item: Item) -> None:
        """Let a cell hold something from here on."""
        self._cells[id(node)] = item

    def computed_anew(self, cell: Node, root: Node) -> Item:
        """Return what a formula gives from what cells hold by now.

        Raises
        ------
        NotQuickError
            If that may be more than numbers and truths.
        """
        self.values.cell = cell
        self._plain.clear()
        try:
            return self._one(self.tree(root))
        except NotQuickError:
            return self._by_evaluator(root)

    def _lower_copy(self, cell: Node, read: Read) -> bool:
        """Compile a formula as a copy of it was compiled; tell whether that was possible."""
        key = id(cell)
        if key in self._odd:
            return False
        copied = self._copied
        try:
            given = [copied[slot] for slot in read.slots]
        except KeyError:
            cells: list[CellAt] = []
            for slot in read.slots:
                cells += [slot] if isinstance(slot, CellAt) else (CellAt(slot.sheet, *p) for p in slot.area.places())
            given = [copied[at] if at in copied else self._held(at) for at in cells]
        signature = self._copies.signature(read, given)
        if signature is None:
            return False
        self.values.cell = cell
        if signature not in self._copies.found:
            self._copies.found[signature] = self._recorded(self._roots[cell.value], given)
        copy = self._copies.found[signature]
        if copy is None:
            return False
        self._cells[key] = copied[cell.value] = copy.repeated(self.values, given)
        return True

    def _held(self, at: CellAt) -> Item:
        """Return what a reference to a cell gives."""
        node = self._binder.cell(at)
        if node.op == CELL:
            found = self._cells.get(id(node))
            return self.cell(node) if found is None else found
        return self.cell(node) if node.op == DRAW else _constant(node.value)

    def _recorded(self, root: Node, given: Sequence[Item]) -> Copy | None:
        """Compile a formula by itself, so that its copies can be compiled in the same way; None where they cannot."""
        before = self.values, self._cells, self._plain
        stand_ins = {v: Value(seen, (), v.kind, None) for v in given if isinstance(v, Value)}
        leaves = {id(n): before[1][id(n)] for n in leaves_of(root)}
        self.values = Values()
        self._cells = {key: stand_ins.get(v, v) if isinstance(v, Value) else v for key, v in leaves.items()}
        self._plain = {}
        self.guarding = False
        try:
            result = self.tree(root)
        except NotQuickError:
            result = None
        recorded = self.values.order
        self.values, self._cells, self._plain = before
        if not isinstance(result, (Value, float, bool)) or (isinstance(result, Value) and result.kind == TABLE):
            return None
        return Copy(recorded, result, [stand_ins[v] if isinstance(v, Value) else None for v in given])

    @staticmethod
    def _one(found: Item) -> Item:
        """Return what a formula gives, which has to be one value for each trial."""
        if isinstance(found, (Cells, Boxed, str, CellError, Omitted)) or found is None:
            raise NotQuickError
        if (isinstance(found, Erring) and found.bad is True) or (isinstance(found, Value) and found.kind == TABLE):
            raise NotQuickError
        return found

    def _by_evaluator(self, root: Node) -> Item:
        self._demand_boxes(root)
        kind = loose_kind(root)
        return self._carefully(root, kind) if kind in (WORD, FLAGS) else Boxed(self._carefully(root, WORD))

    def _demand_boxes(self, root: Node) -> None:
        """Have the cells that a formula uses boxed where they hold errors: the evaluator needs to know which."""
        for leaf in leaves_of(root):
            if isinstance(self.cell(leaf), Erring):
                self.boxing.add(id(leaf))

    def _carefully(self, root: Node, kind: str) -> Value:
        if self.values.cell is not None:
            self.evaluated.add(id(self.values.cell))
        known, constants, places = self._leaf_places(leaves_of(root))
        strict = id(self.values.cell) not in self.learned.boxed
        return self.values.make(self.blocks.evaluate(root, known, constants, kind, strict=strict), tuple(places), kind)

    def _leaf_places(
        self, leaves: Sequence[Node]
    ) -> tuple[list[tuple[int, bool]], dict[int, NDArray[np.float64]], list[Value]]:
        """Return what the evaluator needs of cells: ids and whether they are flags, those that are constant, values."""
        constants: dict[int, NDArray[np.float64]] = {}
        known: list[tuple[int, bool]] = []
        places: list[Value] = []
        for leaf in leaves:
            found = self.cell(leaf)
            if isinstance(found, Erring):
                self.boxing.add(id(leaf))
                found = found.value
            if isinstance(found, Choice):
                found = self.boxed(found)
            if isinstance(found, Boxed):
                found = found.value
            if isinstance(found, Value):
                known.append((id(leaf), found.kind == FLAGS))
                places.append(found)
            else:
                constants[id(leaf)] = boxes.box(found, self.careful.texts)
        return known, constants, places

    # -- formulas --------------------------------------------------------------------------------------------------

    def tree(self, root: Node) -> Item:
        """Return what a formula gives."""
        memo = self._guarded if self.guarding else self._plain
        stack = [root]
        while stack:
            node = stack[-1]
            if id(node) not in memo:
                missing = [a for a in node.args if id(a) not in memo]
                if missing:
                    missing.reverse()
                    stack += missing
                    continue
                memo[id(node)] = self._lower(node, memo)
            stack.pop()
        return memo[id(root)]

    def _lower(self, node: Node, memo: Mapping[int, Item]) -> Item:
        op = node.op
        if op in (CELL, DRAW):
            return self.cell(node)
        if op == CONST:
            return _constant(node.value)
        if op == OMITTED_NODE:
            return OMITTED
        args = [memo[id(a)] for a in node.args]
        if op == GRID:
            return Cells(args, node.value[1])
        if op != ELEMENT and any(type(a) is Value and a.kind == TABLE for a in args):
            raise NotQuickError
        return self._operation(node, args)

    def _operation(self, node: Node, args: list[Item]) -> Item:
        op = node.op
        if op in SELECTIVE:
            return SELECTIVE[op](self, node, args)
        ours = op.startswith("DM_")
        rule = RULES.get("DM_" if ours else op)
        if rule is None:
            raise NotQuickError
        bads = [bad for arg in args for bad in bads_of(arg)]
        if not bads:
            return rule(self, node, args)
        if not (ours or op in STRICT):
            raise NotQuickError
        result = rule(self, node, [self.cleaned(arg) for arg in args])
        return self.erring(result, *bads)

    # -- our functions ---------------------------------------------------------------------------------------------

    def traced(self, node: Node) -> Traced | None:
        """Return what a call of ours computes, where it is known."""
        if id(node) not in self._traces:
            self._traces[id(node)] = trace(self.graph, node)
        return self._traces[id(node)]


def _constant(value: Item) -> Item:
    return 0.0 if isinstance(value, float) and value == 0.0 else value
