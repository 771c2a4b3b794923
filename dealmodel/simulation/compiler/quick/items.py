"""What parts of formulas hold while they become the quick program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dealmodel.simulation.compiler.quick.values import Value

Item: TypeAlias = Any
"""What a part of a formula holds: a value, a constant, or one of the classes below."""


class Learned(NamedTuple):
    """What runs have told about cells, by their nodes' ids.

    Attributes
    ----------
    guarded
        Cells in whose formulas errors appear.
    erring
        Cells that are an error in some trials.
    boxed
        Cells that hold texts and other things, and are left to the careful evaluator.
    """

    guarded: frozenset[int] = frozenset()
    erring: frozenset[int] = frozenset()
    boxed: frozenset[int] = frozenset()


class NotQuickError(Exception):
    """A formula that is left to the careful evaluator; never leaves the compiler."""


class Erring:
    """A number or a truth that is an error in some trials, and there has no meaning."""

    __slots__ = ("bad", "value")

    def __init__(self, value: Item, bad: Value | bool) -> None:
        self.value = value
        self.bad = bad


class Choice:
    """One of two things, at least one of which is a text."""

    __slots__ = ("no", "test", "yes")

    def __init__(self, test: Value, yes: Item, no: Item) -> None:
        self.test = test
        self.yes = yes
        self.no = no


class Boxed:
    """A value whose trials may hold anything."""

    __slots__ = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = value


class Cells:
    """A range.

    Attributes
    ----------
    items
        What its cells hold, row by row.
    width
        How many columns it has.
    """

    __slots__ = ("items", "width")

    def __init__(self, items: Sequence[Item], width: int) -> None:
        self.items = items
        self.width = width

    @property
    def height(self) -> int:
        """How many rows it has."""
        return len(self.items) // self.width


class Omitted:
    """An argument that is left out."""


OMITTED = Omitted()


def bads_of(item: Item) -> list[Value | bool]:
    """Return where an item is an error, or its cells are."""
    if isinstance(item, Erring):
        return [item.bad]
    return [c.bad for c in item.items if isinstance(c, Erring)] if isinstance(item, Cells) else []
