"""Deal scenario models in spreadsheets: implied valuations, dilution, cash against fines, R&D funding gaps.

Every worksheet function is here under its lower-case name, without `DM_`; `open` gives a workbook as a model.

Examples
--------
>>> import dealmodel
>>> round(dealmodel.step_valuation(1000.0, stake_before=0.51, stake_after=0.83), 6)
3125.0
>>> dealmodel.shortfall(294.0, 892.0)
598.0
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dealmodel.catalogue import CATALOGUE
from dealmodel.errors import DealModelError

if TYPE_CHECKING:
    from pathlib import Path

    from dealmodel.workbook.model import Model

globals().update({entry.function.__name__: entry.function for entry in CATALOGUE.values()})

__all__ = ["CATALOGUE", "DealModelError", "open"]
__all__ += [entry.function.__name__ for entry in CATALOGUE.values()]


def open(path: str | Path) -> Model:  # noqa: A001  as in `dealmodel.open`, never imported bare
    """Open a workbook as a model with named inputs and outputs.

    Parameters
    ----------
    path
        An Excel workbook.

    Returns
    -------
    The model, a mapping from names to values.

    Raises
    ------
    WorkbookError
        If the file is not a workbook that can be read.
    """
    from dealmodel.workbook.model import Model  # noqa: PLC0415  the functions alone need no workbook

    return Model.open(path)


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name == "__version__":
        from dealmodel.explain import version  # noqa: PLC0415

        return version()
    raise AttributeError(f"module 'dealmodel' has no attribute {name!r}")
