"""Formulas that are copies of one another: compiled as the first of them was, over other values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.simulation.compiler.quick.values import Value, Values
from dealmodel.workbook.address import CellAt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dealmodel.simulation.compiler.binding.shapes import Read
    from dealmodel.simulation.compiler.quick.items import Item


class Copy:
    """How a formula was compiled, over the values that its references gave.

    Parameters
    ----------
    order
        The values that were made.
    result
        What it gave.
    given
        What stood for what its references gave; None for constants.
    """

    def __init__(self, order: Sequence[Value], result: Item, given: Sequence[Value | None]) -> None:
        places: dict[Value, int] = {}
        for i, value in enumerate(given):
            if value is not None:
                places.setdefault(value, i)
        constants: list[Item] = [a for v in order for a in v.args if type(a) is not Value]
        self._constants = constants
        first = len(given) + len(constants)
        places |= {value: i for i, value in enumerate(order, start=first)}
        left = iter(range(len(given), first))
        self._steps = [(v.call, [places[a] if type(a) is Value else next(left) for a in v.args], v.kind) for v in order]
        self._result = places[result] if isinstance(result, Value) else None
        self._constant = result

    def repeated(self, values: Values, given: list[Item]) -> Item:
        """Return what the formula gives over other values."""
        made = given + self._constants
        values.make_all(self._steps, made)
        return self._constant if self._result is None else made[self._result]


class Copies:
    """The formulas compiled so far, by their shapes and by what their references gave."""

    def __init__(self) -> None:
        self.found: dict[tuple[object, ...], Copy | None] = {}

    @staticmethod
    def signature(read: Read, given: Sequence[Item]) -> tuple[object, ...] | None:
        """Return what two copies must have in common to be compiled alike; None where a reference gives odd things."""
        first: dict[Value, int] = {}
        key: list[object] = [id(read.shape)]
        for item in given:
            if type(item) is Value:
                key += (first.setdefault(item, len(first)), item.kind)
            elif type(item) is float:
                key.append(item)
            else:
                return None
        if read.shape is None or not read.shape.is_plain:
            for slot in read.slots:
                if not isinstance(slot, CellAt):
                    key += (slot.area.width, slot.area.height)
        return tuple(key)
