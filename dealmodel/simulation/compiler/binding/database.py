"""Functions of databases as functions of the field's cells, each blank where its record does not meet the criteria."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from dealmodel.cells import CellError
from dealmodel.hosts.engine_values import to_engine
from dealmodel.hosts.supplements.conditions import condition_parts, criterion
from dealmodel.hosts.supplements.database import column_of, key_of
from dealmodel.hosts.supplements.refusals import CellErrorRaised
from dealmodel.simulation.compiler.careful.functions.single_values import KEPT
from dealmodel.simulation.compiler.graph import CONST, GRID, rows_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dealmodel.cells import Scalar
    from dealmodel.simulation.compiler.binding.formula import Formula
    from dealmodel.simulation.compiler.graph import Node

    Tree = Mapping[str, Any]
    Criteria = Sequence[tuple[int, Scalar]]
    """Places of fields, with what is wanted there."""

_MOST_RECORDS = 2000
_OF_CELLS = {
    "DSUM": "SUM",
    "DAVERAGE": "AVERAGE",
    "DCOUNT": "COUNT",
    "DCOUNTA": "COUNTA",
    "DMAX": "MAX",
    "DMIN": "MIN",
    "DPRODUCT": "PRODUCT",
    "DSTDEV": "STDEV",
    "DSTDEVP": "STDEVP",
    "DVAR": "VAR",
    "DVARP": "VARP",
}
"""Functions of databases, and those of cells that pass over blanks."""
_ORDERS = ("=", "<", ">", "<=", ">=")


def _found(name: str, formula: Formula, trees: Sequence[Tree]) -> Node | None:
    """Return a function of a database whose headers and criteria do not vary; None for any other."""
    nodes = [formula.node(tree) for tree in trees]
    if len(nodes) != 3 or nodes[0].op != GRID or nodes[2].op != GRID:  # noqa: PLR2004  a database, a field, criteria
        return None
    headers, *records = rows_of(nodes[0])
    names, *wanted = rows_of(nodes[2])
    field = nodes[1]
    fixed = [*headers, *names, *(node for row in wanted for node in row), field]
    if field.value is None or any(node.op != CONST for node in fixed) or not 0 < len(records) <= _MOST_RECORDS:
        return None
    keys = [key_of(node.value) for node in headers]
    alternatives = _alternatives(keys, [node.value for node in names], [[n.value for n in row] for row in wanted])
    try:
        column = column_of(keys, field.value)
    except CellErrorRaised:
        return None
    if alternatives is None:
        return None
    cells = []
    for record in records:
        test = _test(formula, record, alternatives)
        if test is None:
            return None
        cells.append([_kept(formula, test, record[column])])
    return formula.made(_OF_CELLS[name], [formula.graph.grid(cells)])


def _kept(formula: Formula, test: Node, cell: Node) -> Node:
    if test.op == CONST:
        return cell if test.value else formula.graph.const(None)
    return formula.made(KEPT, [test, cell])


def _alternatives(
    keys: Sequence[str], names: Sequence[Scalar], rows: Sequence[Sequence[Scalar]]
) -> list[Criteria] | None:
    """Return the criteria of each row; None where one is worked out for every record."""
    places = [keys.index(key_of(name)) if key_of(name) in keys else -1 for name in names]
    found: list[Criteria] = []
    for row in rows:
        wanted = [(at, value) for at, value in zip(places, row, strict=True) if value is not None]
        if any(isinstance(value, CellError) or (at < 0 and isinstance(value, bool)) for at, value in wanted):
            return None
        if all(at >= 0 for at, _ in wanted):
            found.append(wanted)
    return found


def _test(formula: Formula, record: Sequence[Node], alternatives: Sequence[Criteria]) -> Node | None:
    """Return whether a record meets all criteria of any row; None where that cannot be told by numbers."""
    rows = []
    for criteria in alternatives:
        tests = [_meets(formula, record[at], wanted) for at, wanted in criteria]
        if any(test is None for test in tests):
            return None
        rows.append(_combined(formula, "AND", [test for test in tests if test is not None], empty=True))
    return _combined(formula, "OR", rows, empty=False)


def _combined(formula: Formula, name: str, tests: Sequence[Node], *, empty: bool) -> Node:
    """Return AND or OR; what does not vary settles it, or does not count."""
    for test in tests:
        if test.op == CONST and bool(test.value) is not empty:
            return test
    varying = [test for test in tests if test.op != CONST]
    return formula.made(name, varying) if varying else formula.graph.const(empty)


def _meets(formula: Formula, cell: Node, wanted: Scalar) -> Node | None:
    """Return whether a cell meets a criterion."""
    const = formula.graph.const
    if cell.op == CONST:
        return const(criterion(to_engine(wanted), begins=True)(cell.value))
    sign, value = condition_parts(wanted) if isinstance(wanted, str) else ("=", wanted)
    if type(value) is not float or sign not in _ORDERS:
        return None
    # Of texts and errors none is such a number.
    compared = formula.made(sign, [cell, const(value)])
    return formula.chosen(formula.made("ISNUMBER", [cell]), compared, const(False))  # noqa: FBT003


DATABASES: Mapping[str, Callable[[Formula, Sequence[Tree]], Node | None]] = {
    name: partial(_found, name) for name in _OF_CELLS
}
