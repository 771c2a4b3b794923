"""Functions that call a LAMBDA for every cell or line of a range, spelled out as these calls."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from dealmodel.workbook.address import Area, parse_area, split_sheet
from dealmodel.workbook.arguments import bare_name
from dealmodel.workbook.meanings import cells_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dealmodel.workbook.syntax import Node

_MOST_CALLS = 400
"""Calls that are written out in one formula."""


def spelled_out(function: str, arguments: Sequence[Node], sheet: str) -> Node | None:
    """Return the call of such a function as the calls of its LAMBDA, or None for any other one.

    Parameters
    ----------
    function
        The bare name of the function.
    arguments
        Its arguments; arrays must be references to cells, for the number of calls has to be known.
    sheet
        The sheet on which the formula stands.
    """
    spell = _SPELLINGS.get(function)
    return spell(arguments, sheet) if spell and arguments else None


def _by_row(arguments: Sequence[Node], sheet: str) -> Node | None:
    found = _range(arguments[0], sheet)
    if len(arguments) != 2 or found is None:  # noqa: PLR2004  a range and a LAMBDA
        return None
    sheet, (top, left, bottom, right) = found
    lines = [Area(row, left, row, right) for row in range(top, bottom + 1)]
    return _stacked("VSTACK", [_call(arguments[1], [_cells(sheet, line)]) for line in lines])


def _by_column(arguments: Sequence[Node], sheet: str) -> Node | None:
    found = _range(arguments[0], sheet)
    if len(arguments) != 2 or found is None:  # noqa: PLR2004  a range and a LAMBDA
        return None
    sheet, (top, left, bottom, right) = found
    lines = [Area(top, column, bottom, column) for column in range(left, right + 1)]
    return _stacked("HSTACK", [_call(arguments[1], [_cells(sheet, line)]) for line in lines])


def _map(arguments: Sequence[Node], sheet: str) -> Node | None:
    *arrays, function = arguments
    found = [_range(array, sheet) for array in arrays]
    sizes = {(area.height, area.width) for _, area in filter(None, found)}
    if None in found or len(sizes) != 1 or _count(function) != len(arrays):
        return None
    grids = [_grid(*place) for place in filter(None, found)]
    return _table([[_call(function, cells) for cells in zip(*row, strict=True)] for row in zip(*grids, strict=True)])


def _make_array(arguments: Sequence[Node], _: str) -> Node | None:
    *sizes, function = arguments
    numbers = [size.get("value") for size in sizes]
    if len(numbers) != 2 or _count(function) != len(numbers):  # noqa: PLR2004  rows and columns
        return None
    height, width = (math.floor(n) if isinstance(n, (int, float)) else 0 for n in numbers)
    if min(height, width) < 1 or height * width > _MOST_CALLS:
        return None
    rows = range(1, height + 1)
    return _table([[_call(function, [_number(i), _number(j)]) for j in range(1, width + 1)] for i in rows])


def _reduce(arguments: Sequence[Node], sheet: str) -> Node | None:
    steps = _steps(arguments, sheet)
    return steps and _let([*steps[0], steps[1][-1][-1]])


def _scan(arguments: Sequence[Node], sheet: str) -> Node | None:
    steps = _steps(arguments, sheet)
    return steps and _let([*steps[0], _table(steps[1])])


def _steps(arguments: Sequence[Node], sheet: str) -> tuple[list[Node], list[list[Node]]] | None:
    """Return names and calls, each of which goes on from the last one, and the names as they lie in the range."""
    if len(arguments) != 3:  # noqa: PLR2004  a beginning, a range and a LAMBDA
        return None
    begin, array, function = arguments
    found = _range(array, sheet)
    if found is None or _count(function) != 2 or not _is_given(begin):  # noqa: PLR2004  the result so far and a cell
        return None
    pairs: list[Node] = []
    names: list[list[Node]] = []
    last = begin
    for row in _grid(*found):
        names.append([])
        for cell in row:
            name = _reference(f"dm_step_{len(pairs)}")
            pairs += [name, _call(function, [last, cell])]
            names[-1].append(name)
            last = name
    return pairs, names


def _is_given(node: Node) -> bool:
    return node["node_type"] != "Literal" or node.get("value") not in (None, "")


def _count(function: Node) -> int | None:
    """Return the number of a LAMBDA's parameters, None where it is spelled in another place."""
    is_lambda = function["node_type"] == "Function" and bare_name(function["name"]) == "LAMBDA"
    return len(function["args"]) - 1 if is_lambda else None


def _range(node: Node, sheet: str) -> tuple[str, Area] | None:
    if node["node_type"] != "Reference":
        return None
    named, address = split_sheet(node["reference"]) or (sheet, node["reference"])
    area = parse_area(address)
    return (named, area) if area is not None and area.height * area.width <= _MOST_CALLS else None


def _grid(sheet: str, area: Area) -> list[list[Node]]:
    return [
        [_cells(sheet, Area(row, column, row, column)) for column in range(area.left, area.right + 1)]
        for row in range(area.top, area.bottom + 1)
    ]


def _table(rows: Sequence[Sequence[Node]]) -> Node:
    return _stacked("VSTACK", [_stacked("HSTACK", row) for row in rows])


def _stacked(function: str, parts: Sequence[Node]) -> Node:
    return parts[0] if len(parts) == 1 else {"node_type": "Function", "name": function, "args": list(parts)}


def _call(function: Node, arguments: Sequence[Node]) -> Node:
    return {"node_type": "Call", "callee": function, "args": list(arguments)}


def _let(arguments: Sequence[Node]) -> Node:
    return {"node_type": "Function", "name": "_xlfn.LET", "args": list(arguments)}


def _cells(sheet: str, area: Area) -> Node:
    return _reference(cells_text(sheet, area))


def _reference(text: str) -> Node:
    return {"node_type": "Reference", "reference": text}


def _number(value: int) -> Mapping[str, Any]:
    return {"node_type": "Literal", "value": float(value)}


_SPELLINGS: Mapping[str, Callable[[Sequence[Node], str], Node | None]] = {
    "BYCOL": _by_column,
    "BYROW": _by_row,
    "MAKEARRAY": _make_array,
    "MAP": _map,
    "REDUCE": _reduce,
    "SCAN": _scan,
}
