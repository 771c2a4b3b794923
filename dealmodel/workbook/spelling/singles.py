"""Which LAMBDAs give a single value for every call, as BYROW and MAP need it: an array is #CALC! there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.workbook.spelling.arguments import SPREAD_BY_ENGINE, bare_name, gives_one_value, need
from dealmodel.workbook.spelling.lambdas import eta_of, is_lambda, is_single, variable
from dealmodel.workbook.spelling.syntax import parts_of

if TYPE_CHECKING:
    from dealmodel.workbook.spelling.syntax import Node

_BY_LINE = ("BYROW", "BYCOL")
_OF_REFERENCES = (":", ",", " ", "#")


def surely_single(function: str, called: Node) -> bool:
    """Whether it is seen that a LAMBDA gives single values to the function that calls it.

    Parameters
    ----------
    function
        The bare name of that function.
    called
        The LAMBDA, or a function that stands for itself.
    """
    if eta_of(called) is not None:
        name = eta_of(called) or ""
        return gives_one_value(name) and (function not in _BY_LINE or need(name, 0) != "V")
    if not is_lambda(called):
        return False
    *parameters, body = called["args"]
    return _is_single(body, frozenset() if function in _BY_LINE else frozenset(map(variable, parameters)))


def _is_single(node: Node, singles: frozenset[str]) -> bool:
    """Whether a part of a formula gives one value.

    Parameters
    ----------
    node
        The part.
    singles
        The variables that are single values.
    """
    kind = node["node_type"]
    if kind == "Reference":
        return is_single(node) or variable(node) in singles
    if kind in ("BinaryOp", "UnaryOp"):
        return node["operator"] not in _OF_REFERENCES and all(_is_single(part, singles) for part in parts_of(node))
    return _gives_single(node, singles) if kind == "Function" else kind in ("Literal", "Omitted")


def _gives_single(node: Node, singles: frozenset[str]) -> bool:
    function, arguments = bare_name(node["name"]), node["args"]
    if function == "LET" and arguments:
        for name, value in zip(arguments[:-1:2], arguments[1::2], strict=False):
            singles = singles | {variable(name)} if _is_single(value, singles) else singles - {variable(name)}
        return _is_single(arguments[-1], singles)
    if function == "REDUCE" and len(arguments) == 3 and is_lambda(arguments[2]):  # noqa: PLR2004  with a beginning
        *parameters, body = arguments[2]["args"]
        return _is_single(arguments[0], singles) and _is_single(body, singles | set(map(variable, parameters)))
    if function in SPREAD_BY_ENGINE:
        return all(_is_single(argument, singles) for argument in arguments)
    if function == "INDEX":
        return len(arguments) > 1 and all(_is_single(argument, singles) for argument in arguments[1:])
    if not gives_one_value(function):
        return False
    return all(need(function, i) != "V" or _is_single(argument, singles) for i, argument in enumerate(arguments))
