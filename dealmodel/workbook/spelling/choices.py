"""IFS and SWITCH within arrays, as the IF that each amounts to: the engine takes single values for both.

References
----------
.. [1] Microsoft, documentation of IFS and SWITCH: the first condition that is met, or the first value that is equal,
   tells the result; #N/A where there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.workbook.spelling.lambdas import let_of, reference_to

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dealmodel.workbook.spelling.syntax import Node

_SWITCHED = "_xlpm.dm_switched"
"""Name of the value that a SWITCH looks at, where it is one that takes working out."""


def as_conditions(function: str, arguments: Sequence[Node]) -> Node | None:
    """Return the call of IFS or SWITCH in other words; None for any other, and for one that lacks arguments.

    Parameters
    ----------
    function
        The function's bare name.
    arguments
        Its arguments.
    """
    if function == "IFS" and arguments and len(arguments) % 2 == 0:
        return _nested(arguments, _call("NA"))
    if function != "SWITCH" or len(arguments) < 3:  # noqa: PLR2004  with one value and its result
        return None
    looked_at, *pairs = arguments
    otherwise = pairs.pop() if len(pairs) % 2 else _call("NA")
    is_named = looked_at["node_type"] not in ("Reference", "Literal")
    value = reference_to(_SWITCHED) if is_named else looked_at
    for place in range(0, len(pairs), 2):
        pairs[place] = {"node_type": "BinaryOp", "operator": "=", "left": value, "right": pairs[place]}
    nested = _nested(pairs, otherwise)
    return let_of([value, looked_at, nested]) if is_named else nested


def _nested(pairs: Sequence[Node], otherwise: Node) -> Node:
    for condition, result in reversed(list(zip(pairs[::2], pairs[1::2], strict=True))):
        otherwise = _call("IF", condition, result, otherwise)
    return otherwise


def _call(name: str, *arguments: Node) -> Node:
    return {"node_type": "Function", "name": name, "args": list(arguments)}
