"""What parts of formulas hold, as the operations of the quick program take it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dealmodel.simulation.compiler import boxes
from dealmodel.simulation.compiler.quick.items import Boxed, Cells, Choice, Erring, Item, NotQuickError
from dealmodel.simulation.compiler.quick.values import FLAGS, WORD, Number, Value, Values

if TYPE_CHECKING:
    from dealmodel.simulation.compiler.careful.evaluator import Careful


class Arguments:
    """Makes numbers, conditions and boxes of items.

    Parameters
    ----------
    careful
        Has the texts of the program.
    """

    def __init__(self, careful: Careful) -> None:
        self.values = Values()
        self.careful = careful

    def erring(self, result: Item, *bads: Value | bool) -> Item:
        """Return a result that is an error where flags hold."""
        bad: Value | bool = False
        for one in bads:
            bad = self.values.either(bad, one)
        if isinstance(result, Erring):
            return Erring(result.value, self.values.either(bad, result.bad))
        return result if bad is False else Erring(result, bad)

    def cleaned(self, item: Item) -> Item:
        """Return an item that is a number also where it is an error."""
        if isinstance(item, Cells):
            return Cells([self.cleaned(c) for c in item.items], item.width)
        if not isinstance(item, Erring):
            return item
        value = item.value
        if isinstance(value, Value) and value.kind == FLAGS:
            return value
        if isinstance(value, (Choice, Boxed)):
            raise NotQuickError
        return self.values.choose(item.bad, 1.0, value)

    def number(self, arg: Item) -> Number:
        """Return an argument as arithmetic takes it.

        Raises
        ------
        NotQuickError
            If it may be something else than a number, a truth or nothing.
        """
        if isinstance(arg, Value):
            return arg if arg.kind == WORD else self.values.number(arg)
        if arg is None:
            return 0.0
        if isinstance(arg, (bool, float)):
            return float(arg)
        if isinstance(arg, Cells) and len(arg.items) == 1:
            return self.number(arg.items[0])
        raise NotQuickError

    def flag(self, arg: Item) -> Value | bool:
        """Return an argument as a condition."""
        if isinstance(arg, Value):
            return arg if arg.kind == FLAGS else self.values.compare(np.not_equal, arg, 0.0)
        if arg is None:
            return False
        if isinstance(arg, (bool, float)):
            return bool(arg)
        raise NotQuickError

    def boxed(self, found: Item) -> Boxed:
        """Return anything as what may hold anything."""
        return Boxed(self._bits(found))

    def _bits(self, found: Item) -> Item:
        if isinstance(found, Choice):
            return self.values.choose(found.test, self._bits(found.yes), self._bits(found.no))
        if isinstance(found, Value):
            if found.kind == FLAGS:
                return self.values.choose(found, float(boxes.TRUE), float(boxes.FALSE))
            return found
        return float(boxes.box(found, self.careful.texts))
