"""The functions that explain: why a result is an error, and which version computed it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.cells import OMITTED, CellError, Cells
from dealmodel.errors import DealModelError

if TYPE_CHECKING:
    from collections.abc import Iterator


def why(function: Cells, *arguments: Cells) -> str:
    """Say why a function gives an error: which argument is outside which domain.

    Parameters
    ----------
    function
        Name of the function, as text.
    arguments
        The arguments as they are given to the function.

    Returns
    -------
    A text, or "ok".

    References
    ----------
    .. [1] The domains declared in the function's signature.

    Examples
    --------
    >>> why("DM_IMPLIED_VALUATION", 240.0, 0.0)
    'stake must be above 0 and at most 1; got 0'
    """
    # The version is asked for where no function is called; and the catalogue lists this function too.
    from dealmodel.callpath import evaluate, read_values, shown_text  # noqa: PLC0415
    from dealmodel.catalogue import find  # noqa: PLC0415

    try:
        name = next(_flatten(function), None)
        entry = find("" if name is None or name is OMITTED else str(name))
        if entry.takes_cells:
            return "ok"
        contract = entry.contract
        if shown_text(contract, arguments) is not None:
            return "ok"
        values, errors = read_values(contract, arguments)
        found = [
            f"{parameter.name} holds {_spell(error, argument)}"
            for parameter, error, argument in zip(contract.parameters, errors, arguments, strict=False)
            if error is not None
        ]
        complaints = found or contract.complaints(values)
        if not complaints and any(isinstance(cell, CellError) for cell in _flatten(evaluate(entry, arguments))):
            return "the result is not a finite number: a division by zero, or too large"
        return ". ".join(complaints) or "ok"
    except DealModelError as error:
        return str(error)


def version() -> str:
    """Version of dealmodel that computes the sheet.

    Returns
    -------
    Version, as text.

    References
    ----------
    .. [1] The package's own metadata.

    Examples
    --------
    >>> version() == __import__("importlib.metadata").metadata.version("dealmodel")
    True
    """
    from importlib.metadata import version as installed  # noqa: PLC0415  30 ms that few need

    return installed("dealmodel")


def _flatten(cells: Cells) -> Iterator[Cells]:
    """Return the cells of a range, row by row."""
    if isinstance(cells, (list, tuple)):
        for row in cells:
            yield from _flatten(row)
    else:
        yield cells


def _spell(error: CellError, argument: Cells) -> str:
    """Return what stands in the argument: a text reads as #VALUE! too."""
    is_text = error is CellError.VALUE and error not in _flatten(argument)
    return "a text" if is_text else str(error)
