"""How calls of our own functions are done by the quick program: as their formulas, or else as calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dealmodel.catalogue import CATALOGUE
from dealmodel.cells import OMITTED_TEXT
from dealmodel.contract import contract_of
from dealmodel.domain import Kind
from dealmodel.simulation.compiler.graph import GRID, OMITTED_NODE, Node
from dealmodel.simulation.compiler.quick import calls
from dealmodel.simulation.compiler.quick.checks import all_hold, are_within, outside
from dealmodel.simulation.compiler.quick.items import OMITTED, Cells, Erring, Item, NotQuickError
from dealmodel.simulation.compiler.quick.values import FLAGS, TABLE, WORD, Number, Value

if TYPE_CHECKING:
    from dealmodel.domain import Domain
    from dealmodel.simulation.compiler.quick.lowering import Lowering
    from dealmodel.simulation.compiler.trace import Traced

_ROOM = 1e-9
"""How far from a bound a distribution has to stay, relative to its numbers: tables give its quantiles to 1e-12."""


def ours(low: Lowering, node: Node, args: list[Item]) -> Item:
    """Return a function of ours: its formula where that is known, otherwise a call of it."""
    entry = CATALOGUE.get(node.op)
    if entry is None or entry.takes_cells:
        raise NotQuickError
    contract = contract_of(entry.function)
    for cell in (c for a in args for c in (a.items if isinstance(a, Cells) else (a,))):
        if not (isinstance(cell, (Value, float, bool)) or cell is None or cell is OMITTED or cell == OMITTED_TEXT):
            raise NotQuickError
    traced = low.traced(node)
    if traced is not None:
        return _followed(low, traced)
    if len(args) > len(contract.parameters):
        raise NotQuickError
    layout: list[int | None] = []
    places: list[Item] = []
    for parameter, arg in zip(contract.parameters, args, strict=False):
        if arg is OMITTED or isinstance(arg, str):
            layout.append(None)
            continue
        cells = arg.items if isinstance(arg, Cells) else [arg]
        if (len(cells) > 1 and not parameter.core) or (isinstance(arg, Cells) and 1 not in (arg.width, arg.height)):
            raise NotQuickError
        layout.append(len(cells) if parameter.core else 0)
        places += [low.number(c) for c in cells]
    kind = FLAGS if contract.result.domain.kind is Kind.FLAG else WORD
    kind = TABLE if contract.result_axes else kind
    guarding = low.guarding and kind == WORD
    call = calls.call_of_ours(contract, layout, kind, strict=not guarding)
    raw = low.values.make(call, tuple(places), kind)
    return Erring(raw, low.values.make(np.isnan, (raw,), FLAGS)) if guarding else raw


def _followed(low: Lowering, traced: Traced) -> Item:
    """Return what a call of ours computes, checked or with its errors."""
    bad: Value | bool = False
    for arg, domain in traced.checks:
        found = low.tree(arg)
        number = low.number(low.cleaned(found))
        bad = low.values.either(bad, _outside(low, number, domain))
    for condition in traced.conditions:
        found = low.tree(condition)
        if isinstance(found, Erring):
            bad = low.values.either(bad, found.bad)
            found = found.value
        holds = low.flag(found)
        if low.guarding:
            bad = low.values.either(bad, low.values.other(holds))
        elif holds is False:
            raise NotQuickError
        elif isinstance(holds, Value):
            low.values.effect(all_hold, holds)
    return low.erring(low.tree(traced.root), bad)


def _outside(low: Lowering, number: Number, domain: Domain) -> Value | bool:
    """Return where a number is outside a domain; or have it checked that it never is."""
    if not isinstance(number, Value):
        return not domain.holds(number)
    if not domain.whole and domain.low == -np.inf and domain.high == np.inf:
        # Arithmetic has seen to it that it is finite.
        return False
    if number in low.ends and _stays_within(domain, *low.ends[number]):
        return False
    if not low.guarding:
        low.values.effect(are_within, domain, number)
        return False
    return low.values.make(outside, (domain, number), FLAGS)


def _stays_within(domain: Domain, least: float, most: float) -> bool:
    """Whether numbers between two are within a domain, and not next to its bounds."""
    room = _ROOM * max(abs(least), abs(most))
    return not domain.whole and domain.lowest < least - room and most + room < domain.highest


def element(low: Lowering, node: Node, args: list[Item]) -> Item:
    """Return an element of what a function of ours gives."""
    table = args[0]
    if not isinstance(table, Value) or table.kind != TABLE:
        raise NotQuickError
    call = node.args[0]
    contract = contract_of(CATALOGUE[call.op].function)
    i, j = node.value
    place: tuple[int, ...] = (j,)
    if contract.result_axes == 2:  # noqa: PLR2004  a table
        place = (i, 0 if j is None else j)
    elif j is None or (_is_upright(call) and not contract.result.core.isdigit()):
        place = (i,)
    return low.values.make(calls.pick(contract.result_axes, place), (table,))


def _is_upright(call: Node) -> bool:
    parameters = contract_of(CATALOGUE[call.op].function).parameters
    series = [a for p, a in zip(parameters, call.args, strict=False) if p.core and a.op != OMITTED_NODE]
    return bool(series) and series[0].op == GRID and series[0].value[0] > 1
