"""Functions that call a LAMBDA for every cell or line of a range, spelled out as these calls."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dealmodel.workbook.address import Area, parse_area, split_sheet
from dealmodel.workbook.spelling.arguments import SPREAD_BY_ENGINE, bare_name, gives_one_value, need
from dealmodel.workbook.spelling.lambdas import (
    call_of,
    eta_of,
    is_lambda,
    is_single,
    let_of,
    number_node,
    reference_to,
    size_of,
    variable,
)
from dealmodel.workbook.spelling.meanings import cells_text
from dealmodel.workbook.spelling.nodes import is_by_element
from dealmodel.workbook.spelling.syntax import parts_of, with_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from dealmodel.workbook.spelling.syntax import Node

_MOST_CELLS = 2_000
"""Cells for which a LAMBDA is written out."""
_MANY = 32
"""Calls beyond which a LAMBDA of single values is rather applied to a whole array."""
_MOST_PARTS = 5_000
"""Parts of a formula in which it is written out for each of them; the engine reads some 16,000 marks."""


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
    if not _fits(arguments[1], len(lines)):
        return None
    return _stacked("VSTACK", [call_of(arguments[1], [_cells(sheet, line)]) for line in lines])


def _by_column(arguments: Sequence[Node], sheet: str) -> Node | None:
    found = _range(arguments[0], sheet)
    if len(arguments) != 2 or found is None:  # noqa: PLR2004  a range and a LAMBDA
        return None
    sheet, (top, left, bottom, right) = found
    lines = [Area(top, column, bottom, column) for column in range(left, right + 1)]
    if not _fits(arguments[1], len(lines)):
        return None
    return _stacked("HSTACK", [call_of(arguments[1], [_cells(sheet, line)]) for line in lines])


def _map(arguments: Sequence[Node], sheet: str) -> Node | None:
    *arrays, function = arguments
    found = [_elements(array, sheet) for array in arrays]
    grids = [grid for grid in found if grid is not None]
    sizes = {(len(grid), len(grid[0])) for grid in grids}
    is_eta = eta_of(function) is not None
    if not arrays or not (is_eta or _count(function) == len(arrays)):
        return None
    calls = math.prod(next(iter(sizes))) if sizes else 0
    is_to_be_called = len(grids) < len(arrays) or len(sizes) != 1 or not _fits(function, calls)
    at_once = _mapped_at_once(arrays, function) if len(arrays) == 1 and (is_to_be_called or calls > _MANY) else None
    if is_to_be_called or at_once is not None:
        return at_once
    return _table([[call_of(function, cells) for cells in zip(*row, strict=True)] for row in zip(*grids, strict=True)])


def _make_array(arguments: Sequence[Node], _: str) -> Node | None:
    *sizes, function = arguments
    if len(sizes) != 2 or _count(function) != len(sizes):  # noqa: PLR2004  rows and columns
        return None
    down = {"node_type": "Function", "name": "_xlfn.SEQUENCE", "args": [sizes[0]]}
    across = {"node_type": "Function", "name": "_xlfn.SEQUENCE", "args": [number_node(1), sizes[1]]}
    chooses = any(_calls(function, name) for name in SPREAD_BY_ENGINE)
    at_once = None if chooses else _mapped_at_once([down, across], function)
    numbers = [size.get("value") for size in sizes]
    height, width = (math.floor(n) if isinstance(n, (int, float)) else 0 for n in numbers)
    if at_once is not None or min(height, width) < 1 or not _fits(function, height * width):
        return at_once
    rows = range(1, height + 1)
    return _table([[call_of(function, [number_node(i), number_node(j)]) for j in range(1, width + 1)] for i in rows])


def _reduce(arguments: Sequence[Node], sheet: str) -> Node | None:
    steps = _steps(arguments, sheet)
    return steps and let_of([*steps[0], steps[1][-1][-1]])


def _scan(arguments: Sequence[Node], sheet: str) -> Node | None:
    steps = _steps(arguments, sheet)
    return steps and let_of([*steps[0], _table(steps[1])])


def _steps(arguments: Sequence[Node], sheet: str) -> tuple[list[Node], list[list[Node]]] | None:
    """Return names and calls, each of which goes on from the last one, and the names as they lie in the range."""
    if len(arguments) != 3:  # noqa: PLR2004  a beginning, a range and a LAMBDA
        return None
    begin, array, function = arguments
    found = _elements(array, sheet)
    if found is None or _count(function) != 2:  # noqa: PLR2004  the result so far and a cell
        return None
    if not _fits(function, len(found) * len(found[0])):
        return None
    pairs: list[Node] = []
    names: list[list[Node]] = []
    # Without a beginning they begin with the first element.
    last = None if begin["node_type"] == "Omitted" else begin
    for row in found:
        names.append([])
        for cell in row:
            name = reference_to(f"dm_step_{len(pairs)}")
            pairs += [name, cell if last is None else call_of(function, [last, cell])]
            names[-1].append(name)
            last = name
    return pairs, names


def _count(function: Node) -> int | None:
    """Return the number of a LAMBDA's parameters, None where it is spelled in another place."""
    is_lambda = function["node_type"] == "Function" and bare_name(function["name"]) == "LAMBDA"
    return len(function["args"]) - 1 if is_lambda else None


def _range(node: Node, sheet: str) -> tuple[str, Area] | None:
    if node["node_type"] != "Reference":
        return None
    named, address = split_sheet(node["reference"]) or (sheet, node["reference"])
    area = parse_area(address)
    return None if area is None else (named, area)


def _fits(function: Node, calls: int) -> bool:
    """Whether so many calls of a LAMBDA can be written out in one formula."""
    return calls * (size_of(function) + 1) <= _MOST_PARTS


def _elements(node: Node, sheet: str) -> list[list[Node]] | None:
    """Return the elements of an array, as far as its size is seen from the formula; None for any other."""
    found = _range(node, sheet)
    if found is not None:
        return _grid(*found) if found[1].height * found[1].width <= _MOST_CELLS else None
    if node["node_type"] == "Function" and bare_name(node["name"]) == "SEQUENCE":
        return _numbers(node["args"])
    if node["node_type"] not in ("BinaryOp", "UnaryOp") or not is_by_element(node):
        return None
    grids = [_elements(part, sheet) for part in parts_of(node) if part["node_type"] != "Literal"]
    sizes = {(len(grid), len(grid[0])) for grid in grids if grid is not None}
    if None in grids or len(sizes) != 1:
        return None
    height, width = sizes.pop()
    places = [[(i, j) for j in range(width)] for i in range(height)]
    return [[_at_place(node, grids, place) for place in row] for row in places]


def _at_place(node: Node, grids: Sequence[list[list[Node]] | None], place: tuple[int, int]) -> Node:
    """Return an operation on one element of each of its operands that are arrays."""
    left = iter([grid[place[0]][place[1]] for grid in grids if grid is not None])
    return with_parts(node, lambda part: part if part["node_type"] == "Literal" else next(left))


def _numbers(arguments: Sequence[Node]) -> list[list[Node]] | None:
    """Return the numbers of a SEQUENCE whose size is given as it is."""
    values = [value for argument in arguments if isinstance(value := argument.get("value"), float)]
    if not 1 <= len(values) <= 4 or len(values) < len(arguments):  # noqa: PLR2004  the arguments of SEQUENCE
        return None
    height, width, first, step = (*values, *(1.0,) * (4 - len(values)))
    rows, columns = int(height), int(width)
    if min(rows, columns) < 1 or rows * columns > _MOST_CELLS:
        return None
    return [[number_node(first + step * (i * columns + j)) for j in range(columns)] for i in range(rows)]


def _mapped_at_once(arrays: Sequence[Node], function: Node) -> Node | None:
    """Return a LAMBDA of single values as applied to whole arrays; None where it does more than work with values."""
    if not is_lambda(function):
        return None
    *parameters, body = function["args"]
    names = set(map(variable, parameters))
    # An array that is not made use of would not count for the size of the result.
    uses_all = len(names) == len(arrays) and all(_mentions(body, {name}) for name in names)
    return call_of(function, arrays) if uses_all and _is_of_values(body, names) else None


def _is_of_values(node: Node, parameters: Collection[str]) -> bool:
    """Whether a part of a formula gives a value for values of the parameters, and an array of them for arrays."""
    if node["node_type"] == "Reference":
        return is_single(node) or variable(node) in parameters
    if node["node_type"] == "Function":
        function = bare_name(node["name"])
        if function in SPREAD_BY_ENGINE and not _mentions(node["args"][0], parameters):
            # What is chosen once for all would be one of the values.
            return not _mentions(node, parameters) and all(_is_of_values(n, ()) for n in node["args"])
        if not (gives_one_value(function) or function in SPREAD_BY_ENGINE):
            return False
        return all(
            _is_of_values(part, parameters)
            if need(function, i) == "V" or function in SPREAD_BY_ENGINE
            else not _mentions(part, parameters)
            for i, part in enumerate(node["args"])
        )
    if node["node_type"] not in ("BinaryOp", "UnaryOp"):
        return bool(node["node_type"] == "Literal")
    works_on_values = node["operator"] not in (":", ",", " ", "#")
    return works_on_values and all(_is_of_values(part, parameters) for part in parts_of(node))


def _calls(node: Node, function: str) -> bool:
    is_call = node["node_type"] == "Function" and bare_name(node["name"]) == function
    return is_call or any(_calls(part, function) for part in parts_of(node))


def _mentions(node: Node, parameters: Collection[str]) -> bool:
    return variable(node) in parameters or any(_mentions(part, parameters) for part in parts_of(node))


def _grid(sheet: str, area: Area) -> list[list[Node]]:
    return [
        [_cells(sheet, Area(row, column, row, column)) for column in range(area.left, area.right + 1)]
        for row in range(area.top, area.bottom + 1)
    ]


def _table(rows: Sequence[Sequence[Node]]) -> Node:
    return _stacked("VSTACK", [_stacked("HSTACK", row) for row in rows])


def _stacked(function: str, parts: Sequence[Node]) -> Node:
    return parts[0] if len(parts) == 1 else {"node_type": "Function", "name": function, "args": list(parts)}


def _cells(sheet: str, area: Area) -> Node:
    return reference_to(cells_text(sheet, area))


_SPELLINGS: Mapping[str, Callable[[Sequence[Node], str], Node | None]] = {
    "BYCOL": _by_column,
    "BYROW": _by_row,
    "MAKEARRAY": _make_array,
    "MAP": _map,
    "REDUCE": _reduce,
    "SCAN": _scan,
}
