"""The template workbook and the worked case, built from one layout and a file of figures each.

The layout (which inputs there are, which formulas, which checks) is Python, one module a sheet. What the figures
are, and where they come from, is a TOML file in `cases`. Built twice, a workbook is the same byte for byte.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from dealmodel.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping

CASES: Mapping[str, str] = MappingProxyType(
    {
        "deal_template": "round example figures in every input, to be replaced by your own",
        "zte_alibaba_2018": "ZTEsoft and Lazada, from the press and the filings, against ZTE's fines",
    }
)
"""The cases there are, each with what it holds in one line."""


def build(case: str = "deal_template") -> bytes:
    """Build a workbook, its results filled in.

    Parameters
    ----------
    case
        One of `CASES`.

    Returns
    -------
    The .xlsx file.

    Raises
    ------
    UnknownNameError
        If there is no such case.
    """
    if case not in CASES:
        raise UnknownNameError(f"there is no case {case}; there are {', '.join(CASES)}")
    # openpyxl takes 180 ms to import: only building needs it.
    from dealmodel.workbook.model import Model  # noqa: PLC0415
    from dealmodel.workbook.resultsheets.caches import with_caches  # noqa: PLC0415
    from dealmodel.workbook.template.case import read_case  # noqa: PLC0415
    from dealmodel.workbook.template.draw import draw  # noqa: PLC0415
    from dealmodel.workbook.template.pack import pack  # noqa: PLC0415

    model = Model.from_bytes(pack(draw(read_case(case))), name=f"{case}.xlsx")
    model.recalculate()
    return pack(with_caches(model.to_bytes(), f"{case}.xlsx"))
