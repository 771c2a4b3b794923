"""LAMBDAs that are too long, or have too many calls, to be written out: the engine hands them back to be called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.hosts.engine import in_engine
from dealmodel.hosts.terms import AGAIN, CALLS, SEPARATOR
from dealmodel.workbook.address import parse_region, split_sheet
from dealmodel.workbook.spelling.arguments import bare_name
from dealmodel.workbook.spelling.bookfunctions import FORMULA, PLACE, TABLE_CELLS, TOO_LARGE
from dealmodel.workbook.spelling.call import OMITTED
from dealmodel.workbook.spelling.lambdas import (
    SINGLE,
    call_of,
    eta_of,
    is_lambda,
    reference_to,
    variable,
    with_single_parameters,
)
from dealmodel.workbook.spelling.offsets import OFFSETS
from dealmodel.workbook.spelling.syntax import parse, parts_of
from dealmodel.workbook.spelling.totals import TOTAL

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dealmodel.workbook.spelling.syntax import Node

_COUNTS = {"BYROW": (1, 1), "BYCOL": (1, 1), "MAP": (1, None), "MAKEARRAY": (2, 2), "REDUCE": (2, 2), "SCAN": (2, 2)}
"""How many arguments stand before the LAMBDA, at least and at most; it has as many parameters."""
_SINGLE_FROM = {"MAKEARRAY": 0, "MAP": 0, "REDUCE": 1, "SCAN": 1}
"""Those whose LAMBDA is given single values, with the first parameter that is one."""
CALLING = frozenset(_COUNTS)
"""Functions that call a LAMBDA again and again."""
_OF_PLACES = frozenset({"ROW", "COLUMN"})
_OF_THE_WORKBOOK = frozenset(
    {
        *("AGGREGATE", "CELL", "FORMULATEXT", "INDIRECT", "INFO", "ISFORMULA", "ISREF", "OFFSET", "RAND", "RANDARRAY"),
        *("RANDBETWEEN", "SHEET", "SHEETS", "SUBTOTAL", FORMULA, OFFSETS, PLACE, TABLE_CELLS, TOO_LARGE, TOTAL),
    }
)
"""Functions that ask for more than values, or give other numbers each time."""
_MOST_CELLS = 200_000
"""Cells of a range that is handed over."""


def handed_over(function: str, nodes: Sequence[Node], sheet: str, write: Callable[[Node], str]) -> str | None:
    """Return the call of BYROW and its kin as one in which the engine hands the LAMBDA back; None where it cannot.

    Parameters
    ----------
    function
        The function's bare name.
    nodes
        Its arguments, of which the last is the LAMBDA, or a function that stands for itself.
    sheet
        The sheet on which the formula stands.
    write
        Returns a part of the formula as the engine needs it.
    """
    least, most = _COUNTS.get(function, (0, 0))
    arguments, called = nodes[:-1], nodes[-1] if nodes else {"node_type": "Omitted"}
    if not least or len(arguments) < least or len(arguments) > (most or len(arguments)):
        return None
    taken = _parameters_and_body(function, called, len(arguments))
    if taken is None:
        return None
    values = [OMITTED if node["node_type"] == "Omitted" else write(node) for node in arguments]
    return _handed(function, taken[0], write(taken[1]), values, sheet)


def called_again(name: str, values: Sequence[str]) -> str:
    """Return the call of a defined name within its own LAMBDA."""
    return f"{AGAIN}({','.join((_quoted(name), *values))})"


def recursive(name: str, tree: Node, values: Sequence[str], sheet: str, body: str) -> str:
    """Return the call of a name whose LAMBDA calls itself; as it is, where it cannot be handed back.

    Parameters
    ----------
    name, tree
        The name and its LAMBDA.
    values
        The arguments, as the engine needs them.
    sheet
        The sheet on which the formula stands.
    body
        The LAMBDA's body, as the engine needs it.
    """
    parameters = [variable(parameter) for parameter in tree["args"][:-1]]
    found = _handed(name, parameters, body, values, sheet) if len(values) == len(parameters) else None
    return found or f"{name}({','.join(values)})"


def _handed(kind: str, parameters: Sequence[str], body: str, values: Sequence[str], sheet: str) -> str | None:
    tree = parse(body)
    found = None if tree is None else _Found(tree, parameters)
    if found is None or found.is_more_than_values:
        return None
    places = SEPARATOR.join(_place(reference, sheet) for reference in found.ranges)
    texts = (kind, in_engine(sheet), ",".join(parameters), body, places, ",".join(found.free))
    return f"{CALLS}({','.join((*map(_quoted, texts), *values, *found.ranges, *found.free))})"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _parameters_and_body(function: str, called: Node, count: int) -> tuple[list[str], Node] | None:
    singles = range(_SINGLE_FROM.get(function, count), count)
    if eta_of(called) is not None:
        names = [f"{SINGLE if i in singles else '_xlpm.dm_of_'}{i}" for i in range(count)]
        return names, call_of(called, [reference_to(name) for name in names])
    if not is_lambda(called) or len(called["args"]) != count + 1:
        return None
    *parameters, body = with_single_parameters(called, singles)["args"]
    return [variable(parameter) for parameter in parameters], body


def _place(reference: str, sheet: str) -> str:
    """Return where a range begins, as `hosts.repeated` reads it."""
    named, address = split_sheet(reference) or (sheet, reference)
    region = parse_region(address)
    return "" if region is None else f"{region.top}:{region.left}:{in_engine(named)}"


class _Found:
    """What a LAMBDA's body refers to.

    Parameters
    ----------
    tree
        The body, as the engine needs it.
    parameters
        The names of its parameters.
    """

    def __init__(self, tree: Node, parameters: Sequence[str]) -> None:
        self.ranges: list[str] = []
        self.free: list[str] = []
        self.is_more_than_values = False
        """Whether it asks for more than the values of cells and variables."""
        self._look(tree, frozenset(parameters))

    def _look(self, node: Node, bound: frozenset[str]) -> None:
        kind = node["node_type"]
        name = bare_name(node["name"]) if kind == "Function" else ""
        if kind == "Reference":
            self._refer(node["reference"], variable(node), bound)
        elif kind == "Call" or name.startswith(("_XLPM.", "_XLUDF.")) or name in _OF_THE_WORKBOOK:
            self.is_more_than_values = True
        elif name in _OF_PLACES:
            self._place(node, bound)
        elif name == "LET":
            for variable_node, value in zip(node["args"][:-1:2], node["args"][1::2], strict=False):
                self._look(value, bound)
                bound |= {variable(variable_node)}
            self._look(node["args"][-1], bound)
        elif name == "LAMBDA":
            self._look(node["args"][-1], bound | set(map(variable, node["args"][:-1])))
        else:
            for part in [*parts_of(node), *(cell for row in node.get("rows", ()) for cell in row)]:
                self._look(part, bound)

    def _refer(self, text: str, name: str, bound: frozenset[str]) -> None:
        region = parse_region((split_sheet(text) or ("", text))[1])
        if name in bound:
            return
        if region is None:
            # Another name means something to the workbook only.
            self.is_more_than_values |= not name.startswith("_xlpm.")
            self.free += [name] * (name not in self.free)
        elif text not in self.ranges:
            self.is_more_than_values |= region.height * region.width > _MOST_CELLS and region.width > 1
            self.ranges.append(text)

    def _place(self, node: Node, bound: frozenset[str]) -> None:
        """Take a ROW or COLUMN only of cells, which lie where they do in the workbook."""
        argument = node["args"][0] if len(node["args"]) == 1 else {"node_type": "Omitted"}
        if argument["node_type"] != "Reference" or variable(argument).startswith("_xlpm."):
            self.is_more_than_values = True
        else:
            self._look(argument, bound)
