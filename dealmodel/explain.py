"""The functions that explain: why a result is an error, and which version computed it."""

from __future__ import annotations

from dealmodel.cells import Cells, CellError, read_values
from dealmodel.domain import OMITTED
from dealmodel.errors import DealModelError


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
    from dealmodel.catalogue import find  # noqa: PLC0415  the catalogue lists this function too

    try:
        entry = find(function if isinstance(function, str) else str(_first(function)))
        if entry.takes_cells:
            return "ok"
        contract = entry.contract
        values, errors = read_values(contract, arguments)
        found = [
            f"{p.name} holds {'a text' if e is CellError.VALUE else e}"
            for p, e in zip(contract.parameters, errors, strict=True)
            if e is not None
        ]
        return ". ".join(found or contract.complaints(values)) or "ok"
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


def _first(cells: Cells) -> Cells:
    """Return the first cell of a range."""
    while isinstance(cells, (list, tuple)):
        cells = cells[0] if cells else None
    return "" if cells is None or cells is OMITTED else cells
