"""Sums and counts of the cells that meet conditions, spelled as Excel has them in every case.

The engine's own leave out errors among what is summed, and read odd conditions in other ways. Ours do neither, but are
given every cell of their ranges, which takes a thousand times as long. So a formula asks first, of the conditions and
of how many texts and errors there are, whether the engine's own is right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from dealmodel.workbook.address import parse_region, same_shape, split_sheet
from dealmodel.workbook.spelling.call import plain
from dealmodel.workbook.spelling.pieces import is_tall

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dealmodel.workbook.address import Area
    from dealmodel.workbook.spelling.call import Call

T = TypeVar("T")

CONDITIONAL = ("AVERAGEIF", "AVERAGEIFS", "COUNTIF", "COUNTIFS", "MAXIFS", "MINIFS", "SUMIF", "SUMIFS")
PLAINLY = "DEALMODEL_PLAINLY"
"""Function of the engine's only: whether the engine's own function does with some conditions what Excel's does."""
_INEXACT = ("MAXIFS", "MINIFS")
"""Functions of the engine's that take numbers for equal that are nearly so."""
_MOST_CALLS = 4
"""Calls in the conditions beyond which these are not written three times."""


class _Parts(NamedTuple, Generic[T]):
    """The arguments of a call by what they are for."""

    ranges: Sequence[T]
    conditions: Sequence[T]
    values: Sequence[T]
    """The range that is summed, if any."""


def conditional(call: Call) -> str | None:
    """Return a call that gives the errors that Excel does not leave out, and counts blanks below all that is used."""
    if call.spread:
        return None
    # The engine is quick where whole columns are given as such, and slow where they are cut below what is used.
    guard, texts = _guard(call), [call.lines.cut(text) for text in call.texts]
    if call.bare.startswith("COUNT") and call.nodes[0]["node_type"] == "Reference":
        texts.append(f"ROWS({call.texts[0]})*COLUMNS({call.texts[0]})")
    ours = plain(call, texts, function=f"DEALMODEL_{call.bare}")
    return f"IF({guard},{plain(call)},{ours})" if guard else ours


def _guard(call: Call) -> str | None:
    """Return the question whether the engine's own function is right, or None where that is not worth asking."""
    ranges, conditions, values = _by_use(call.bare, call.texts)
    nodes = _by_use(call.bare, call.nodes)
    if "" in call.texts or len(ranges) != len(conditions) or sum(text.count("(") for text in conditions) > _MOST_CALLS:
        return None
    if any(node["node_type"] != "Reference" for node in (*nodes.ranges, *nodes.values)):
        return None
    looked_at = [*values, *ranges]
    areas = [_area(call, text) for text in looked_at]
    is_quick = all(area and is_tall(text, area) for text, area in zip(looked_at, areas, strict=True))
    if not (is_quick and all(same_shape(area, areas[0]) for area in areas)):
        return None
    sure = "*".join(f"ISNUMBER(SUM({cells}))" for cells in values) or "TRUE"
    of_pairs = [
        f"{condition},{-1 if call.bare in _INEXACT else f'COUNTA({cells})-COUNT({cells})'},INDEX({cells},1,1)"
        for cells, condition in zip(ranges, conditions, strict=True)
    ]
    return f"{PLAINLY}({','.join([sure, *of_pairs])})"


def _by_use(function: str, arguments: Sequence[T]) -> _Parts[T]:
    """Return the arguments of a function by what they are for."""
    if function in ("AVERAGEIF", "SUMIF"):
        return _Parts(arguments[:1], arguments[1:2], arguments[2:] or arguments[:1])
    pairs = arguments if function.startswith("COUNT") else arguments[1:]
    return _Parts(pairs[::2], pairs[1::2], arguments[: len(arguments) - len(pairs)])


def _area(call: Call, text: str) -> Area | None:
    """Return the cells that a reference is to, by its address or its name."""
    name = call.meanings.named(text, call.at)
    address = name.text if name else text
    return parse_region((split_sheet(address) or ("", address))[1])
