"""A call of a function as the translator has it, and how it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dealmodel.cells import OMITTED_TEXT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dealmodel.workbook.address import CellAt
    from dealmodel.workbook.spelling.meanings import Meanings
    from dealmodel.workbook.spelling.syntax import Node
    from dealmodel.workbook.spelling.wholelines import WholeLines

OMITTED = f'"{OMITTED_TEXT}"'
"""What stands for an argument that is left out."""


class Call(NamedTuple):
    """A call as the translator has it."""

    meanings: Meanings
    at: CellAt
    """The cell in which the formula stands."""
    function: str
    """The function's name as the formula spells it."""
    bare: str
    """The same without prefixes, in upper case."""
    nodes: Sequence[Node]
    texts: Sequence[str]
    """The arguments as the engine needs them."""
    spread: bool
    """Whether an argument that is a single value is given as an array."""
    lines: WholeLines


def plain(call: Call, texts: Sequence[str] | None = None, function: str = "") -> str:
    """Return the call as it is, or with other arguments, or of another function."""
    return f"{function or call.function}({','.join(call.texts if texts is None else texts)})"


def given(call: Call) -> list[str]:
    """Return the arguments with those marked that are left out."""
    return [text or OMITTED for text in call.texts]
