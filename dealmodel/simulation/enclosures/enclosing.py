"""A compiled program over intervals of one of its cells: every formula's enclosure, from those of its precedents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dealmodel.cells import OMITTED_TEXT, CellError
from dealmodel.simulation.compiler import boxes
from dealmodel.simulation.compiler.careful.evaluator import walk_unknown
from dealmodel.simulation.compiler.graph import (
    CELL,
    CONST,
    DRAW,
    ELEMENT,
    GRID,
    OMITTED_NODE,
    Node,
    NotCompiledError,
    walk,
)
from dealmodel.simulation.compiler.trace import trace
from dealmodel.simulation.enclosures import intervals
from dealmodel.simulation.enclosures.choices import number
from dealmodel.simulation.enclosures.dates import DATED
from dealmodel.simulation.enclosures.enclosure import (
    MAYBE,
    NEVER,
    NO_ERROR,
    SURELY,
    UNKNOWN,
    Choice,
    Enclosure,
    Item,
    NotEnclosedError,
    certain,
    constant,
    finished,
    flag,
)
from dealmodel.simulation.enclosures.intervals import ALL, Interval
from dealmodel.simulation.enclosures.rules import RULES, SELECTIVE
from dealmodel.simulation.enclosures.series import SERIES
from dealmodel.workbook.spelling.arguments import known_as

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dealmodel.simulation.compiler.bound import Bound
    from dealmodel.simulation.compiler.trace import Traced
    from dealmodel.simulation.enclosures.intervals import Values

_MOST_ARMS = 8
"""Values among which a text may be chosen before nothing is told about it."""
_KEPT = 6
"""Reasons that are kept."""


class Enclosing:
    """Encloses an output over intervals of an input.

    Parameters
    ----------
    bound
        The formulas, bound to a graph.
    lever
        The input's node.
    output
        The output's node.
    """

    def __init__(self, bound: Bound, lever: Node, output: Node) -> None:
        self._bound = bound
        self._lever = lever
        self._output = output
        self._cells = [(cell, bound.roots.get(id(cell))) for cell in bound.cells]
        self._traces: dict[int, Traced | None] = {}
        self.size = sum(1 for _, root in self._cells if root is not None for n in walk([root]) if n.varies)
        """How many operations there are to enclose."""
        self.reasons: dict[str, None] = {}
        """What could not be enclosed, and why."""

    @np.errstate(all="ignore")  # an end of an interval may lie at infinity, and a piece of it where there is no value
    def __call__(self, low: Values, high: Values) -> Enclosure:
        """Return what the output can be over intervals of the input."""
        lever = Enclosure(Interval(low, high), intervals.ONE, NO_ERROR)
        known: dict[int, Item] = {id(self._lever): lever}
        for cell, root in self._cells:
            if id(cell) in known:
                continue
            known[id(cell)] = self._leaf(cell) if root is None else self._formula(cell, root, known)
        found = known.get(id(self._output))
        item = self._output.value if found is None and self._output.op == CONST else found
        try:
            result = number(item)
        except NotEnclosedError as reason:
            self._note(f"the output: {reason}")
            result = UNKNOWN
        value, slope = (Interval(*np.broadcast_arrays(*pair, low)[:2]) for pair in (result.value, result.slope))
        return Enclosure(value, slope, np.broadcast_to(result.error, low.shape))

    def _note(self, reason: str) -> None:
        if len(self.reasons) < _KEPT:
            self.reasons[reason] = None

    def _leaf(self, cell: Node) -> Item:
        fixed = self._bound.fixed.get(id(cell))
        if fixed is not None:
            return constant(fixed)
        self._note(
            f"{cell.value} is computed by the engine" if cell.op == CELL else "a distribution whose arguments vary"
        )
        return UNKNOWN

    def _formula(self, cell: Node, root: Node, cells: Mapping[int, Item]) -> Item:
        memo: dict[int, Item] = {}
        try:
            for node in walk([root]):
                memo[id(node)] = self._node(node, memo, cells)
        except NotEnclosedError as reason:
            self._note(f"{cell.value}: {reason}")
            return UNKNOWN
        found = memo[id(root)]
        if isinstance(found, list):
            self._note(f"{cell.value}: a range")
            return UNKNOWN
        return 0.0 if found is None else found

    def _node(self, node: Node, memo: Mapping[int, Item], cells: Mapping[int, Item]) -> Item:
        op = node.op
        if op in (CELL, DRAW):
            return cells[id(node)]
        if op == CONST:
            value: Item = node.value
            return value
        if op == OMITTED_NODE:
            return OMITTED_TEXT
        args = [memo[id(a)] for a in node.args]
        if op == GRID:
            height, width = node.value
            return [args[i * width : (i + 1) * width] for i in range(height)]
        if op == ELEMENT:
            return _element(args[0], *node.value)
        return self._applied(node, args)

    # -- operations ------------------------------------------------------------------------------------------------

    def _applied(self, node: Node, args: list[Item]) -> Item:
        if node.op.startswith("DM_"):
            return self._ours(node, args)
        return self._distributed(node, args, 1)

    def _distributed(self, node: Node, args: list[Item], arms: int) -> Item:
        """Apply an operation to both sides of a choice of texts."""
        op = node.op
        if not any(map(_moves, args)):
            return self._constant(node, args)
        if op in SELECTIVE:
            return SELECTIVE[op](args)
        place = next((i for i, a in enumerate(args) if isinstance(a, Choice)), None)
        if place is None:
            # Days that are counted from 1904 are others.
            rule = RULES.get(op) or (None if self._bound.careful.date1904 else DATED.get(op))
            if rule is None:
                raise NotEnclosedError(f"{known_as(op)} has no enclosure")
            return rule(args)
        if arms > _MOST_ARMS:
            raise NotEnclosedError(f"{op} of one of many texts")
        choice = args[place]
        assert isinstance(choice, Choice)  # noqa: S101  for mypy: it was found so
        yes, no = (
            self._distributed(node, [*args[:place], arm, *args[place + 1 :]], 2 * arms)
            for arm in (choice.yes, choice.no)
        )
        return SELECTIVE["IF"]([choice.test, yes, no])

    def _constant(self, node: Node, args: Sequence[Item]) -> Item:
        """Return what constants make, as the compiled program has it."""
        careful, texts = self._bound.careful, self._bound.careful.texts
        try:
            found = careful.value(node, [_boxed(a, texts) for a in args])
        except NotCompiledError as reason:
            raise NotEnclosedError(str(reason)) from reason
        if found is None or isinstance(found, list):
            raise NotEnclosedError(f"{node.op} gives a range")
        return boxes.unbox(float(found), texts)

    def _ours(self, node: Node, args: list[Item]) -> Item:
        """Return a function of ours from its formula, with errors where its arguments are outside their domains."""
        if node.op in SERIES:
            return SERIES[node.op](args)
        if id(node) not in self._traces:
            self._traces[id(node)] = trace(self._bound.graph, node)
        traced = self._traces[id(node)]
        if traced is None:
            raise NotEnclosedError(f"{known_as(node.op)} has no enclosure")
        memo: dict[int, Item] = {}
        for arg, item in zip(node.args, args, strict=True):
            memo[id(arg)] = item
            if arg.op == GRID and len(arg.args) == 1:
                memo[id(arg.args[0])] = item[0][0] if isinstance(item, list) else item
        tests: list[Enclosure] = []
        for argument, domain in traced.checks:
            given = number(memo[id(argument)])
            tests.append(_within(given, domain.lowest, domain.highest, whole=domain.whole))
        for part in walk_unknown([traced.root, *traced.conditions], memo):
            memo[id(part)] = _as_array(part, self._node(part, memo, memo), memo)
        tests += [number(memo[id(condition)]) for condition in traced.conditions]
        result = number(memo[id(traced.root)])
        for test in tests:
            holds, fails = certain(test)
            own = np.where(fails, SURELY, np.where(holds, NEVER, MAYBE)).astype(np.int8)
            result = finished(result.value, result.slope, result, test, own=own)
        return result


def _as_array(node: Node, item: Item, memo: Mapping[int, Item]) -> Item:
    """Return a part of a function of ours as NumPy has it, to which a division by 0 is no error but infinite."""
    if node.op == "^":
        base, exponent = (number(memo[id(a)]).value for a in node.args)
        if (intervals.holds(base, 0.0) & intervals.holds(exponent, 0.0)).any():
            raise NotEnclosedError("0 raised to 0")
    if not isinstance(item, Enclosure):
        return item
    fails = item.error == SURELY
    value = intervals.where(fails, ALL, item.value)
    return item._replace(value=value, error=np.where(fails, MAYBE, item.error).astype(np.int8))


def _within(given: Enclosure, low: float, high: float, *, whole: bool) -> Enclosure:
    value = given.value
    is_whole = (value.low == value.high) & (np.floor(value.low) == value.low) if whole else np.array(True)  # noqa: FBT003
    inside = (value.low >= low) & (value.high <= high) & is_whole
    return flag(np.asarray(inside), np.asarray((value.high < low) | (value.low > high)), given)


def _moves(item: Item) -> bool:
    if isinstance(item, list):
        return any(_moves(c) for row in item for c in row)
    return isinstance(item, (Enclosure, Choice))


def _boxed(item: Item, texts: boxes.Texts) -> Any:  # noqa: ANN401  what the careful evaluator works on
    if isinstance(item, list):
        return [[_boxed(c, texts) for c in row] for row in item]
    if item == OMITTED_TEXT or isinstance(item, (Enclosure, Choice)):
        return None
    return boxes.box(item, texts)


def _element(item: Item, i: int, j: int | None) -> Item:
    if not isinstance(item, list):
        return item
    if j is None:
        i, j = (0, i) if len(item) == 1 else (i, 0)
    i, j = 0 if len(item) == 1 else i, 0 if len(item[0]) == 1 else j
    return item[i][j] if i < len(item) and j < len(item[0]) else CellError.NA
