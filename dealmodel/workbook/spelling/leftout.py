"""Arguments that are left out where Excel takes them for a text, a default or a blank, and the engine for a zero.

`SUBSTITUTE(A1,"-",)` puts nothing in the place of a dash, and `IF(A1>0,"not ",)&"done"` nothing before the word.

References
----------
.. [1] fin-model-course 0.1.17, Brinks_Operating_Model, saved by Excel: `REPLACE(B7,1,3,)` takes three characters away.
.. [2] oneiron-dev, formualizer, engine/tests/omitted_arguments.rs and legacy_distribution_probes.rs: what Excel 16
   gave for an IF without one of its values beside an `&`, and for BETADIST without its upper bound.
"""

from __future__ import annotations

import functools
from types import MappingProxyType
from typing import TYPE_CHECKING

from dealmodel.workbook.spelling.arguments import bare_name
from dealmodel.workbook.spelling.syntax import with_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dealmodel.workbook.spelling.syntax import Node

LEFT_OUT = r"\(\s*,|,\s*[,)]"
"""A pattern of an argument that is left out."""
_NOTHING: Node = {"node_type": "Literal", "value": ""}
_COMPARING = ("=", "<>", "<", "<=", ">", ">=")
_TEXTS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        **dict.fromkeys(("CLEAN", "CODE", "LEN", "LENB", "LOWER", "PROPER", "TRIM", "UNICODE", "UPPER"), (0,)),
        **dict.fromkeys(("LEFT", "LEFTB", "MID", "MIDB", "REPT", "RIGHT", "RIGHTB"), (0,)),
        **dict.fromkeys(("EXACT", "FIND", "FINDB", "SEARCH", "SEARCHB"), (0, 1)),
        **dict.fromkeys(("REPLACE", "REPLACEB"), (0, 3)),
        "SUBSTITUTE": (0, 1, 2),
        "TEXT": (1,),
    }
)
"""Functions with the places of their arguments that are texts."""
_ALL_TEXTS = ("CONCAT", "CONCATENATE", "TEXTJOIN")
"""Functions all of whose arguments are texts, but for TEXTJOIN's second."""
_DEFAULTS: Mapping[str, Mapping[int, object]] = MappingProxyType(
    {
        "ACCRINT": {4: 1000.0},
        "ACCRINTM": {3: 1000.0},
        "ADDRESS": {2: 1.0, 3: True},
        "BETA.DIST": {5: 1.0},
        "BETA.INV": {4: 1.0},
        "BETADIST": {4: 1.0},
        "BETAINV": {4: 1.0},
    }
)
"""Functions with arguments that are not zero where they are left out between commas, by place."""
_LAST = MappingProxyType({"ADDRESS": 4})
"""Functions with the place of an argument that is not there at all where it is left out after a comma."""


def with_texts_left_out(node: Node) -> Node:
    """Return a formula's tree with what is left out in it spelled out, where it is no zero.

    Parameters
    ----------
    node
        The tree.
    """
    return _spelled_out(node, as_text=False)


def _spelled_out(node: Node, *, as_text: bool) -> Node:
    """Return a node, in a place where a text is expected or not."""
    kind = node["node_type"]
    if kind == "Omitted":
        return _NOTHING if as_text else node
    if kind == "Function":
        return _call(node, as_text=as_text)
    if kind == "BinaryOp" and (node["operator"] == "&" or node["operator"] in _COMPARING):
        beside = node["operator"] == "&"
        left, right = (beside or isinstance(node[side].get("value"), str) for side in ("right", "left"))
        return {
            **node,
            "left": _spelled_out(node["left"], as_text=left),
            "right": _spelled_out(node["right"], as_text=right),
        }
    return with_parts(node, _AS_VALUE)


_AS_VALUE: Callable[[Node], Node] = functools.partial(_spelled_out, as_text=False)


def _call(node: Node, *, as_text: bool) -> Node:
    """Return the call of a function; an IF is a text where it stands in the place of one."""
    bare, nodes = bare_name(node["name"]), list(node["args"])
    if bare in _LAST and len(nodes) == _LAST[bare] + 1 and nodes[-1]["node_type"] == "Omitted":
        nodes.pop()
    defaults = _DEFAULTS.get(bare, {})
    given: list[Node] = []
    for place, argument in enumerate(nodes):
        if argument["node_type"] == "Omitted" and place in defaults:
            given.append({"node_type": "Literal", "value": defaults[place]})
        elif bare == "IF":
            given.append(_spelled_out(argument, as_text=as_text and place > 0))
        else:
            is_text = place in _TEXTS.get(bare, ()) or (bare in _ALL_TEXTS and (bare, place) != ("TEXTJOIN", 1))
            given.append(_spelled_out(argument, as_text=is_text))
    return {**node, "args": given}
