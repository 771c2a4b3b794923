"""What the nodes of a formula's syntax tree are, where that counts for how they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.workbook.address import parse_area, split_sheet
from dealmodel.workbook.spelling.arguments import SPREAD_BY_ENGINE, Need, bare_name, gives_one_value, need
from dealmodel.workbook.spelling.syntax import parts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dealmodel.workbook.spelling.syntax import Node

UNION = "DEALMODEL_UNION"
"""Function of the engine's only: the cells of several areas as one column."""
OF_ONE_RANGE = frozenset({"FREQUENCY", "IRR", "MIRR", "RANK", "RANK.AVG", "RANK.EQ", "TRIMMEAN"})
"""Functions that take a union for one range, where the engine takes none."""
OF_MANY_RANGES = frozenset(
    """
    AGGREGATE AVEDEV AVERAGE AVERAGEA COUNT COUNTA DEVSQ GEOMEAN HARMEAN KURT MAX MAXA MEDIAN MIN MINA MODE MODE.SNGL
    NPV PRODUCT SKEW SKEW.P STDEV STDEV.P STDEV.S STDEVA STDEVP STDEVPA SUBTOTAL SUM SUMSQ VAR VAR.P VAR.S VARA VARP
    VARPA
    """.split()  # noqa: SIM905  a column of names would be longer than the module
)
"""Functions that take as many ranges as there are; the engine takes no union of single cells."""


def as_reference(node: Node) -> Node:
    """Return an end of a range, which the engine takes from INDEX but not from XLOOKUP."""
    if node["node_type"] != "Function" or bare_name(node["name"]) != "XLOOKUP" or len(node["args"]) < 3:  # noqa: PLR2004
        return node
    arguments: Sequence[Node] = node["args"]
    among: str = arguments[1].get("reference", "")
    place = {"node_type": "Function", "name": "_xlfn.XMATCH", "args": [*arguments[:2], *arguments[4:]]}
    area = parse_area((split_sheet(among) or ("", among))[1])
    whole = {"node_type": "Literal", "value": 0.0}
    across = area is not None and area.height == 1 < area.width
    places = [whole, place] if across else [place, whole]
    return {"node_type": "Function", "name": "INDEX", "args": [arguments[2], *places]}


def without_unions(node: Node, definition: Callable[[str], Node | None]) -> Node:
    """Return a call with the areas of its unions, as in IRR((B1,B5:B9)), in a way that the engine knows.

    Parameters
    ----------
    node
        The call.
    definition
        Gives the tree of a defined name that may stand for several areas.
    """
    function, arguments = bare_name(node["name"]), node["args"]
    if function in OF_MANY_RANGES:
        return {**node, "args": [area for argument in arguments for area in areas_of(argument, definition)]}
    if function not in OF_ONE_RANGE:
        return node
    parts = (areas_of(argument, definition) for argument in arguments)
    united = [
        areas[0] if len(areas) == 1 else {"node_type": "Function", "name": UNION, "args": areas} for areas in parts
    ]
    return {**node, "args": united}


def joined_nodes(node: Node) -> list[Node]:
    """Return all that a chain of & joins."""
    nodes = []
    while node["node_type"] == "BinaryOp" and node["operator"] == "&":
        nodes.append(node["right"])
        node = node["left"]
    return [node, *reversed(nodes)]


def letter_of(function: str, position: int, node: Node, *, array: bool) -> Need:
    """Return what an argument needs, where that depends on what it is, too."""
    if function == "INDEX" and position == 0 and is_worked_out(node):
        # Without being entered as an array, as MATCH(1,INDEX((A1:A9=x)*(B1:B9=y),0),0) shows.
        return "A"
    if function == "NPV" and position and node.get("operator") == ":":
        # As a reference the engine's NPV takes no range whose end is worked out.
        return "A"
    is_number_of_line = function in ("VLOOKUP", "HLOOKUP") and position == 2  # noqa: PLR2004  the third one
    is_value = function in ("N", "T") and (is_worked_out(node) or _chooses_values(node, array=array))
    return "V" if is_number_of_line or is_value else need(function, position)


def _chooses_values(node: Node, *, array: bool) -> bool:
    """Whether IF or CHOOSE gives an array of values, as in INDEX(A1:A9,N(IF(1,{1,3})))."""
    chooses = node["node_type"] == "Function" and bare_name(node["name"]) in ("IF", "CHOOSE")
    return chooses and (array or any(part["node_type"] == "Array" for part in node["args"]))


def is_by_element(node: Node) -> bool:
    """Whether each element of what a part of a formula gives depends on those in its own row and column only."""
    if node["node_type"] == "Function" and not (
        bare_name(node["name"]) in SPREAD_BY_ENGINE or need(node["name"], 0) == "V"
    ):
        return False
    return all(map(is_by_element, parts_of(node)))


def is_worked_out(node: Node) -> bool:
    """Whether a part of a formula is worked out, and no reference."""
    if node["node_type"] == "Function":
        return gives_one_value(node["name"])
    return node["node_type"] in ("BinaryOp", "UnaryOp") and node["operator"] not in (":", ",", " ", "#", "@")


def areas_of(node: Node, definition: Callable[[str], Node | None]) -> list[Node]:
    """Return the areas that a reference consists of.

    Parameters
    ----------
    node
        The reference.
    definition
        Gives the tree of a defined name that may stand for several areas.
    """
    if node["node_type"] == "BinaryOp" and node["operator"] == ",":
        return [*areas_of(node["left"], definition), *areas_of(node["right"], definition)]
    tree = definition(node["reference"]) if node["node_type"] == "Reference" else None
    if tree is not None and tree["node_type"] == "BinaryOp" and tree["operator"] == ",":
        return areas_of(tree, definition)
    return [node]


def of_one_area(nodes: Sequence[Node], definition: Callable[[str], Node | None]) -> Sequence[Node]:
    """Return the arguments of INDEX with the area that it takes of several, of which the engine knows nothing."""
    reference, *rest = nodes
    areas = areas_of(reference, definition)
    if len(areas) == 1:
        return nodes
    places, numbers = rest[:2], rest[2:] or [{"node_type": "Literal", "value": 1.0}]
    return [{"node_type": "Function", "name": "CHOOSE", "args": [*numbers, *areas]}, *places]
