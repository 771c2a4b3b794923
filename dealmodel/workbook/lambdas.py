"""Functions that call a LAMBDA for every cell or line of a range, spelled out as these calls."""

from __future__ import annotations

import functools
import itertools
import math
import re
from typing import TYPE_CHECKING, Any

from dealmodel.workbook.address import Area, parse_area, split_sheet
from dealmodel.workbook.arguments import bare_name
from dealmodel.workbook.meanings import cells_text
from dealmodel.workbook.syntax import parts_of, with_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from dealmodel.workbook.syntax import Node

_OPTIONAL, _PARAMETER = re.compile(r"_xlop\.", re.IGNORECASE), "_xlpm."
"""What files put before the names of parameters that may be left out, and of others."""
_OMITTED: Mapping[str, Any] = {"node_type": "Omitted"}
_MOST_NODES = 20_000
"""Parts of a formula in which LAMBDAs are written out where they are called; those that call others double."""
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


def applied(callee: Node, arguments: Sequence[Node]) -> Node | None:
    """Return the call of a LAMBDA as the LET that it amounts to; None for what is no call of one.

    Parameters
    ----------
    callee
        What is called.
    arguments
        Its arguments; those that are optional may be left out, of which ISOMITTED tells.
    """
    if not _is_lambda(callee) or not callee["args"]:
        return None
    *parameters, body = callee["args"]
    given: list[Node] = [*arguments, *(_OMITTED for p in parameters[len(arguments) :] if _is_optional(p))]
    if len(given) != len(parameters):
        return None
    pairs: list[Node] = []
    # Names that stand nowhere else: an argument may hold an outer variable that is called like a parameter.
    new = _new_names([body, *given])
    for parameter, argument in zip(parameters, given, strict=True):
        is_omitted = argument["node_type"] == "Omitted"
        old, name = _variable(parameter), next(new)
        body = _changed(body, functools.partial(_told, name=old, is_omitted=is_omitted))
        body = _changed(body, functools.partial(_renamed, old=old, new=name))
        pairs += [_reference(name), _number(0) if is_omitted else argument]
    return _let([*pairs, body]) if pairs else body


def without_named_lambdas(arguments: Sequence[Node]) -> Sequence[Node] | None:
    """Return the arguments of a LET with each LAMBDA in the place of its name; None where none has a name.

    The engine knows names of values only.
    """
    if not any(map(_is_lambda, arguments[1:-1:2])):
        return None
    let = _let(arguments)
    # No variable of its own may come between a LAMBDA and those that it takes from around it.
    pairs: list[Node] = _with_names_of_their_own(let, {}, _new_names([let]))["args"]
    left = len(arguments) // 2
    for _ in range(left):
        name, value, *rest = pairs
        if _is_lambda(value):
            replaced = functools.partial(_called, name=_variable(name), function=value)
            pairs = [_changed(node, replaced) for node in rest]
            if sum(map(_size, pairs)) > _MOST_NODES:
                return None
        else:
            pairs = [*rest[:-1], name, value, rest[-1]]
    return pairs


def _called(node: Node, name: str, function: Node) -> Node:
    """Return a call, or another use, of a name as that of the LAMBDA which it stands for."""
    if node["node_type"] == "Function" and node["name"].casefold() == name:
        return _call(function, node["args"])
    return function if _variable(node) == name else node


def _renamed(node: Node, old: str, new: str) -> Node:
    """Return a variable under a new name."""
    if node["node_type"] == "Function" and node["name"].casefold() == old:
        return {**node, "name": new}
    return _reference(new) if _variable(node) == old else node


def _with_names_of_their_own(node: Node, scope: Mapping[str, str], new: Iterator[str]) -> Node:
    """Return a part of a formula in which no two variables have one name.

    Parameters
    ----------
    node
        The part.
    scope
        The new names of the variables that it may hold.
    new
        Names that stand nowhere in the formula.
    """
    function = bare_name(node["name"]) if node["node_type"] == "Function" else ""
    inner = dict(scope)
    walk = functools.partial(_with_names_of_their_own, new=new)
    if function == "LAMBDA" and node["args"]:
        *parameters, body = node["args"]
        named = []
        for parameter in parameters:
            name = inner[_variable(parameter)] = next(new)
            named.append(_reference(name.replace(_PARAMETER, "_xlop.") if _is_optional(parameter) else name))
        return {**node, "args": [*named, walk(body, inner)]}
    if function == "LET" and node["args"]:
        arguments = []
        for name_node, value in zip(node["args"][:-1:2], node["args"][1::2], strict=False):
            arguments.append(walk(value, inner))
            name = inner[_variable(name_node)] = next(new)
            arguments.insert(-1, _reference(name))
        return {**node, "args": [*arguments, walk(node["args"][-1], inner)]}
    changed = with_parts(node, lambda part: walk(part, inner))
    if function and node["name"].casefold() in scope:
        return {**changed, "name": scope[node["name"].casefold()]}
    return _reference(scope[_variable(node)]) if _variable(node) in scope else changed


def _new_names(nodes: Sequence[Node]) -> Iterator[str]:
    """Yield names of variables that stand nowhere in some parts of a formula."""
    known: set[str] = set()
    left = list(nodes)
    while left:
        node = left.pop()
        known.add(_variable(node))
        left += parts_of(node)
    return (name for i in itertools.count() if (name := f"{_PARAMETER}dm_{i}") not in known)


def _variable(node: Node) -> str:
    """Return the name of a variable as it is known by, or no name."""
    return _OPTIONAL.sub(_PARAMETER, node["reference"].casefold()) if node["node_type"] == "Reference" else ""


def _told(node: Node, name: str, *, is_omitted: bool) -> Node:
    """Return whether a parameter is left out, where a part of a formula asks."""
    asks = node["node_type"] == "Function" and bare_name(node["name"]) == "ISOMITTED" and len(node["args"]) == 1
    if asks and _variable(node["args"][0]) == name:
        return {"node_type": "Literal", "value": is_omitted}
    return node


def _changed(node: Node, change: Callable[[Node], Node]) -> Node:
    """Return a part of a formula with each of its own parts changed, the inner ones first."""
    return change(with_parts(node, lambda part: _changed(part, change)))


def _size(node: Node) -> int:
    return 1 + sum(map(_size, parts_of(node)))


def _is_lambda(node: Node) -> bool:
    return node["node_type"] == "Function" and bare_name(node["name"]) == "LAMBDA"


def _is_optional(parameter: Node) -> bool:
    return _OPTIONAL.match(parameter.get("reference", "")) is not None


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
