"""Where a result stands on a sheet, as the conventions have it: written a second time, to test the first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dealmodel.cells import OMITTED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dealmodel.contract import Contract, Parameter

    Shape = tuple[int, int]


def shape_on_sheet(contract: Contract, arguments: Sequence[Any]) -> Shape | None:
    """Return the rows and columns of a result, None where it is an error of shape."""
    given = given_shapes(contract, arguments)
    if given is None or any(shape is None for _, shape in given):
        return None
    shapes = [(parameter, shape) for parameter, shape in given if shape is not None]
    singles = [(p, shape) for p, shape in shapes if p.core and min(shape) == 1]
    rows_of_series = [(p, shape) for p, shape in shapes if p.core and min(shape) > 1]
    lengths = {(p.core, max(shape)) for p, shape in singles} | {(p.core, shape[1]) for p, shape in rows_of_series}
    if len(dict(lengths)) < len(lengths):
        return None
    plain = [shape for p, shape in shapes if not p.core] + [(shape[0], 1) for _, shape in rows_of_series]
    try:
        height, width = np.broadcast_shapes((1, 1), *plain)
    except ValueError:
        return None
    upright = bool(singles) and singles[0][1][0] > 1
    return _place(contract.result.core, (height, width), dict(lengths), upright=upright)


def given_shapes(contract: Contract, arguments: Sequence[Any]) -> list[tuple[Parameter, Shape | None]] | None:
    """Return the shape of each numeric argument that is given, None where there are too few or too many."""
    parameters = contract.parameters
    given = [*arguments, *[OMITTED] * (len(parameters) - len(arguments))]
    if len(given) > len(parameters) or any(
        cells is OMITTED and not parameter.optional for parameter, cells in zip(parameters, given, strict=True)
    ):
        return None
    return [
        (parameter, shape_of(cells))
        for parameter, cells in zip(parameters, given, strict=True)
        if cells is not OMITTED and not parameter.is_text
    ]


def shape_of(cells: Any) -> Shape | None:  # noqa: ANN401
    """Return the rows and columns of an argument, None where it is no range."""
    if not isinstance(cells, list):
        return 1, 1
    widths = {len(row) if isinstance(row, list) else 0 for row in cells}
    return (len(cells), widths.pop()) if len(widths) == 1 and widths != {0} else None


def _place(core: str, cases: Shape, lengths: dict[str, int], *, upright: bool) -> Shape | None:
    height, width = cases
    if not core:
        return cases
    if core == "table":
        return cases if cases == (1, 1) else None
    length = int(core) if core.isdigit() else lengths.get(core, 1)
    if width == 1 and (height > 1 or not upright or core.isdigit()):
        return height, length
    return (length, width) if height == 1 and upright and not core.isdigit() else None
