"""LET and LAMBDA without what the engine does not know of them: names of functions, and calls of a LAMBDA."""

from __future__ import annotations

import functools
import itertools
import re
from typing import TYPE_CHECKING, Any

from dealmodel.workbook.address import parse_area, split_sheet
from dealmodel.workbook.spelling.arguments import bare_name
from dealmodel.workbook.spelling.syntax import parts_of, with_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from dealmodel.workbook.book import DefinedName
    from dealmodel.workbook.spelling.syntax import Node

_OPTIONAL, _PARAMETER = re.compile(r"_xlop\.", re.IGNORECASE), "_xlpm."
"""What files put before the names of parameters that may be left out, and of others."""
_CALLED = re.compile(r"([^\W\d][\w.\\?]*)\(")
_OMITTED: Mapping[str, Any] = {"node_type": "Omitted"}
_MOST_NODES = 20_000
"""Parts of a formula in which LAMBDAs are written out where they are called; those that call others double."""
SINGLE = "_xlpm.dm_single_"
"""What the name of a variable begins with that is known to be a single value."""
ETA = "_xleta."
"""What files put before the name of a function that stands for itself, as in BYROW(A1:C9,SUM)."""


def applied(callee: Node, arguments: Sequence[Node]) -> Node | None:
    """Return the call of a LAMBDA as the LET that it amounts to; None for what is no call of one.

    Parameters
    ----------
    callee
        What is called.
    arguments
        Its arguments; those that are optional may be left out, of which ISOMITTED tells.
    """
    if not is_lambda(callee) or not callee["args"]:
        return None
    *parameters, body = callee["args"]
    given: list[Node] = [*arguments, *(_OMITTED for p in parameters[len(arguments) :] if _is_optional(p))]
    if len(given) != len(parameters):
        return None
    pairs: list[Node] = []
    # Names that stand nowhere else: an argument may hold an outer variable that is called like a parameter.
    new, singles = _new_names([body, *given]), _new_names([body, *given], SINGLE)
    for parameter, argument in zip(parameters, given, strict=True):
        is_omitted = argument["node_type"] == "Omitted"
        old, name = variable(parameter), next(singles if is_single(argument) else new)
        body = _changed(body, functools.partial(_told, name=old, is_omitted=is_omitted))
        body = _changed(body, functools.partial(_renamed, old=old, new=name))
        pairs += [reference_to(name), number_node(0) if is_omitted else argument]
    return let_of([*pairs, body]) if pairs else body


def without_named_lambdas(arguments: Sequence[Node]) -> Sequence[Node] | None:
    """Return the arguments of a LET with each LAMBDA in the place of its name; None where none has a name.

    The engine knows names of values only.
    """
    if not any(map(_is_function, arguments[1:-1:2])):
        return None
    let = let_of(arguments)
    # No variable of its own may come between a LAMBDA and those that it takes from around it.
    pairs: list[Node] = _with_names_of_their_own(let, {}, _new_names([let]))["args"]
    left = len(arguments) // 2
    for _ in range(left):
        name, value, *rest = pairs
        if _is_function(value):
            replaced = functools.partial(_called, name=variable(name), function=value)
            pairs = [_changed(node, replaced) for node in rest]
            if sum(map(size_of, pairs)) > _MOST_NODES:
                return None
        else:
            pairs = [*rest[:-1], name, value, rest[-1]]
    return pairs


def _called(node: Node, name: str, function: Node) -> Node:
    """Return a call, or another use, of a name as that of the LAMBDA which it stands for."""
    if node["node_type"] == "Function" and node["name"].casefold() == name:
        return call_of(function, node["args"])
    return function if variable(node) == name else node


def _renamed(node: Node, old: str, new: str) -> Node:
    """Return a variable under a new name."""
    if node["node_type"] == "Function" and node["name"].casefold() == old:
        return {**node, "name": new}
    return reference_to(new) if variable(node) == old else node


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
            name = inner[variable(parameter)] = next(new)
            named.append(reference_to(name.replace(_PARAMETER, "_xlop.") if _is_optional(parameter) else name))
        return {**node, "args": [*named, walk(body, inner)]}
    if function == "LET" and node["args"]:
        arguments = []
        for name_node, value in zip(node["args"][:-1:2], node["args"][1::2], strict=False):
            arguments.append(walk(value, inner))
            name = inner[variable(name_node)] = next(new)
            arguments.insert(-1, reference_to(name))
        return {**node, "args": [*arguments, walk(node["args"][-1], inner)]}
    changed = with_parts(node, lambda part: walk(part, inner))
    if function and node["name"].casefold() in scope:
        return {**changed, "name": scope[node["name"].casefold()]}
    return reference_to(scope[variable(node)]) if variable(node) in scope else changed


def with_new_names(node: Node, new: Iterator[str]) -> Node:
    """Return a part of a formula whose own variables have the names that an iterator gives."""
    return _with_names_of_their_own(node, {}, new)


def is_single(node: Node) -> bool:
    """Whether a part of a formula is known to be a single value: a constant, a cell, or a variable named so."""
    if node["node_type"] != "Reference":
        return bool(node["node_type"] == "Literal")
    area = parse_area((split_sheet(node["reference"]) or ("", node["reference"]))[1])
    return variable(node).startswith(SINGLE) or (area is not None and area.height == area.width == 1)


def with_single_parameters(function: Node, which: Sequence[int]) -> Node:
    """Return a LAMBDA of whose parameters some are told by their names to be single values."""
    if not which:
        return function
    # No variable within it may be called like such a parameter.
    *parameters, body = with_new_names(function, _new_names([function]))["args"]
    singles = _new_names([function], SINGLE)
    for i in which:
        old, name = variable(parameters[i]), next(singles)
        parameters[i] = reference_to(name)
        body = _changed(body, functools.partial(_renamed, old=old, new=name))
    return {**function, "args": [*parameters, body]}


def _new_names(nodes: Sequence[Node], prefix: str = f"{_PARAMETER}dm_") -> Iterator[str]:
    """Yield names of variables that stand nowhere in some parts of a formula."""
    known: set[str] = set()
    left = list(nodes)
    while left:
        node = left.pop()
        known.add(variable(node))
        left += parts_of(node)
    return (name for i in itertools.count() if (name := f"{prefix}{i}") not in known)


def variable(node: Node) -> str:
    """Return the name of a variable as it is known by, or no name."""
    return _OPTIONAL.sub(_PARAMETER, node["reference"].casefold()) if node["node_type"] == "Reference" else ""


def _told(node: Node, name: str, *, is_omitted: bool) -> Node:
    """Return whether a parameter is left out, where a part of a formula asks."""
    asks = node["node_type"] == "Function" and bare_name(node["name"]) == "ISOMITTED" and len(node["args"]) == 1
    if asks and variable(node["args"][0]) == name:
        return {"node_type": "Literal", "value": is_omitted}
    return node


def _changed(node: Node, change: Callable[[Node], Node]) -> Node:
    """Return a part of a formula with each of its own parts changed, the inner ones first."""
    return change(with_parts(node, lambda part: _changed(part, change)))


def size_of(node: Node) -> int:
    """Return the number of parts of a formula, or of a part of one."""
    return 1 + sum(map(size_of, parts_of(node)))


def is_lambda(node: Node) -> bool:
    """Whether a part of a formula is a LAMBDA."""
    return node["node_type"] == "Function" and bare_name(node["name"]) == "LAMBDA"


def calls_itself(name: DefinedName, tree: Node, others: Mapping[str, str]) -> bool:
    """Whether a defined name is a LAMBDA that calls itself, or another one that leads back to it.

    Parameters
    ----------
    name, tree
        The name and what it stands for.
    others
        The formulas of all names that are LAMBDAs, by name, in lower case.
    """
    if not is_lambda(tree):
        return False
    wanted, ahead, seen = name.name.casefold(), [name.text.casefold()], set[str]()
    while ahead:
        called = set(_CALLED.findall(ahead.pop()))
        if wanted in called:
            return True
        ahead += [others[other] for other in called & others.keys() - seen]
        seen |= called
    return False


def _is_function(node: Node) -> bool:
    """Whether a part of a formula is a LAMBDA, or a function that stands for itself."""
    return is_lambda(node) or eta_of(node) is not None


def _is_optional(parameter: Node) -> bool:
    return _OPTIONAL.match(parameter.get("reference", "")) is not None


def call_of(function: Node, arguments: Sequence[Node]) -> Node:
    """Return the call of a LAMBDA, or of a function that stands for itself."""
    name = eta_of(function)
    if name is not None:
        return {"node_type": "Function", "name": name, "args": list(arguments)}
    return {"node_type": "Call", "callee": function, "args": list(arguments)}


def let_of(arguments: Sequence[Node]) -> Node:
    """Return a LET."""
    return {"node_type": "Function", "name": "_xlfn.LET", "args": list(arguments)}


def reference_to(text: str) -> Node:
    """Return a reference, or a variable."""
    return {"node_type": "Reference", "reference": text}


def number_node(value: float) -> Mapping[str, Any]:
    """Return a constant number."""
    return {"node_type": "Literal", "value": float(value)}


def eta_of(function: Node) -> str | None:
    """Return the name of a function that stands for itself."""
    reference: str = function.get("reference", "") if function["node_type"] == "Reference" else ""
    return reference[len(ETA) :] if reference.casefold().startswith(ETA) else None
