"""LAMBDAs that give LAMBDAs, as in `add(1)(2)`: each is put where it is called, so that only values have names.

References
----------
.. [1] Microsoft, documentation of LAMBDA: a LAMBDA is a value as others are; it may be an argument, have a name in a
   LET, and be what another one gives.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from dealmodel.workbook.spelling.arguments import bare_name, is_known
from dealmodel.workbook.spelling.closures import CALLING
from dealmodel.workbook.spelling.lambdas import (
    applied,
    eta_of,
    is_lambda,
    let_of,
    variable,
    with_new_names,
)
from dealmodel.workbook.spelling.syntax import parts_of, with_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dealmodel.workbook.spelling.syntax import Node

_MOST_STEPS = 50_000
"""Parts of a formula that are looked at while LAMBDAs are put in place: one that calls itself has no end."""
_CHOOSING = {"IF": 1, "CHOOSE": 1}
"""Functions that give one of several LAMBDAs, with the place of the first of these."""


def with_functions_in_place(tree: Node, definition: Callable[[str], Node | None]) -> Node:
    """Return a formula in which every LAMBDA that another one gives stands where it is called.

    Parameters
    ----------
    tree
        The formula; it comes back as it is where it has none, or where there would be no end of it.
    definition
        Gives the tree of the defined name of a LAMBDA that does not call itself; None for any other.
    """
    if not _gives_functions(tree):
        return tree
    try:
        return _Reduction(definition).reduced(tree, {})
    except (_EndlessError, RecursionError):
        return tree


def _gives_functions(node: Node) -> bool:
    """Whether a part of a formula calls, or hands on, what is a LAMBDA only once it has been worked out."""
    function = bare_name(node["name"]) if node["node_type"] == "Function" else ""
    if node["node_type"] == "Call" and not is_lambda(node["callee"]):
        return True
    if function in CALLING and node["args"] and _is_worked_out(node["args"][-1]):
        return True
    if function and node["args"] and variable(node["args"][0]) == node["name"].casefold():
        # It is handed itself, to call itself.
        return True
    if function == "LET":
        pairs = zip(node["args"][:-1:2], node["args"][1::2], strict=False)
        worked_out = {variable(name) for name, value in pairs if _is_worked_out(value)}
        if worked_out and any(_calls(part, worked_out) for part in node["args"]):
            return True
    return any(map(_gives_functions, parts_of(node)))


def _is_worked_out(node: Node) -> bool:
    return node["node_type"] in ("Function", "Call") and not is_lambda(node)


def _calls(node: Node, names: set[str]) -> bool:
    """Whether a part of a formula calls one of some variables, or hands one to a function that calls it."""
    if node["node_type"] == "Function":
        if node["name"].casefold() in names:
            return True
        if bare_name(node["name"]) in CALLING and node["args"] and variable(node["args"][-1]) in names:
            return True
    return any(_calls(part, names) for part in parts_of(node))


class _Reduction:
    """Puts LAMBDAs in place in one formula."""

    def __init__(self, definition: Callable[[str], Node | None]) -> None:
        self._definition = definition
        self._left = _MOST_STEPS
        self._new = (f"_xlpm.dm_v{i}" for i in itertools.count())

    def reduced(self, node: Node, functions: Mapping[str, Node]) -> Node:
        """Return a part of a formula without calls of what is not a LAMBDA yet.

        Parameters
        ----------
        node
            The part.
        functions
            The variables that are LAMBDAs.
        """
        self._left -= 1
        if self._left < 0:
            raise _EndlessError
        kind = node["node_type"]
        if kind == "Reference":
            return functions.get(variable(node)) or self._definition(node["reference"]) or node
        if is_lambda(node) and node["args"]:
            renamed = with_new_names(node, self._new)
            *parameters, body = renamed["args"]
            return {**renamed, "args": [*parameters, self.reduced(body, functions)]}
        if kind == "Function":
            return self._function(node, functions)
        changed = with_parts(node, lambda part: self.reduced(part, functions))
        return self._called(changed["callee"], changed["args"], functions) if kind == "Call" else changed

    def _function(self, node: Node, functions: Mapping[str, Node]) -> Node:
        function = bare_name(node["name"])
        if function == "LET" and len(node["args"]) % 2:
            return self._let(node["args"], functions)
        arguments = [self.reduced(argument, functions) for argument in node["args"]]
        own = None if is_known(node["name"]) else self._definition(node["name"])
        known = functions.get(node["name"].casefold()) or own
        if known is not None:
            return self._called(known, arguments, functions)
        if function in CALLING and arguments:
            *values, last = arguments
            return _within(last, lambda called: {**node, "args": [*values, called]})
        return {**node, "args": arguments}

    def _let(self, arguments: Sequence[Node], functions: Mapping[str, Node]) -> Node:
        """Return a LET whose names are those of values, and stand nowhere else."""
        name, value, *rest = arguments
        found = self.reduced(value, functions)
        if _is_function(found):
            inner = {**functions, variable(name): found}
            return self.reduced(rest[0], inner) if len(rest) == 1 else self._let(rest, inner)
        renamed = with_new_names(let_of([name, value, let_of(rest) if len(rest) > 1 else rest[0]]), self._new)
        new, _, body = renamed["args"]
        return let_of([new, found, self.reduced(body, functions)])

    def _called(self, callee: Node, arguments: Sequence[Node], functions: Mapping[str, Node]) -> Node:
        """Return the call of a LAMBDA, or of one that a LET or a choice gives."""
        return _within(callee, lambda called: self._applied(called, arguments, functions))

    def _applied(self, callee: Node, arguments: Sequence[Node], functions: Mapping[str, Node]) -> Node:
        name = eta_of(callee)
        if name is not None:
            return {"node_type": "Function", "name": name, "args": list(arguments)}
        if not is_lambda(callee):
            return {"node_type": "Call", "callee": callee, "args": list(arguments)}
        if arguments and arguments[0] is callee and _passes_itself(callee):
            return _recursion(callee, arguments[1:], next(self._new))
        found = applied(with_new_names(callee, self._new), arguments)
        if found is None:
            return {"node_type": "Call", "callee": callee, "args": list(arguments)}
        # The variables of what it was given have new names already, which those within it cannot take.
        return self.reduced(found, functions)


def _passes_itself(function: Node) -> bool:
    """Whether a LAMBDA calls itself as its first parameter, which it hands on to itself and does nothing else with."""
    first, *_, body = function["args"]
    name = variable(first)
    return len(function["args"]) > 2 and _calls(body, {name}) and _is_called_with_itself(body, name)  # noqa: PLR2004


def _is_called_with_itself(node: Node, name: str) -> bool:
    if node["node_type"] == "Reference":
        return variable(node) != name
    parts = parts_of(node)
    if node["node_type"] == "Function" and node["name"].casefold() == name:
        if not parts or variable(parts[0]) != name:
            return False
        parts = parts[1:]
    return all(_is_called_with_itself(part, name) for part in parts)


def _recursion(function: Node, arguments: Sequence[Node], name: str) -> Node:
    """Return the call of a LAMBDA that is handed itself, as that of one that calls itself by a name."""
    first, *parameters, body = function["args"]

    def called_by_name(node: Node) -> Node:
        changed = with_parts(node, called_by_name)
        if node["node_type"] != "Function" or node["name"].casefold() != variable(first):
            return changed
        return {"node_type": "Recursion", "name": name, "args": changed["args"][1:]}

    callee = {**function, "args": [*parameters, called_by_name(body)]}
    return {"node_type": "Recursion", "name": name, "callee": callee, "args": list(arguments)}


class _EndlessError(Exception):
    """LAMBDAs put in place lead to others without an end; never leaves this module."""


def _is_function(node: Node) -> bool:
    """Whether a part of a formula is a LAMBDA, or gives one."""
    if is_lambda(node) or eta_of(node) is not None:
        return True
    if node["node_type"] != "Function":
        return False
    function = bare_name(node["name"])
    if function == "LET":
        return _is_function(node["args"][-1])
    choices = node["args"][_CHOOSING[function] :] if function in _CHOOSING else []
    return bool(choices) and all(map(_is_function, choices))


def _within(function: Node, use: Callable[[Node], Node]) -> Node:
    """Return a use of a LAMBDA, within the LET or the choice that gives it."""
    if function["node_type"] == "Function" and not is_lambda(function) and _is_function(function):
        first = _CHOOSING.get(bare_name(function["name"]), len(function["args"]) - 1)
        arguments = [*function["args"][:first], *(_within(part, use) for part in function["args"][first:])]
        return {**function, "args": arguments}
    return use(function)
