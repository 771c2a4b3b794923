"""Functions of Excel that the engine lacks, or computes in another way than Excel.

The engine calls them: cell values come in and go out. What the engine does right is left to it.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, NamedTuple

from dealmodel.hosts.supplements import chances, depreciation, discounts, loans, matrices, returns
from dealmodel.hosts.supplements.values import errors_as_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dealmodel.hosts.supplements.values import Function


class Supplement(NamedTuple):
    """A function as the engine is given it."""

    name: str
    function: Function
    least: int
    most: int


def _supplement(name: str, body: Function) -> Supplement:
    arguments = inspect.signature(body).parameters.values()
    least = sum(a.default is a.empty for a in arguments)
    return Supplement(name, errors_as_values(body), least, len(arguments))


_BODIES: Mapping[str, Function] = {
    "CUMIPMT": loans.cumipmt,
    "CUMPRINC": loans.cumprinc,
    "DISC": discounts.disc,
    "FVSCHEDULE": returns.fvschedule,
    "INTRATE": discounts.intrate,
    "IPMT": loans.ipmt,
    "IRR": returns.irr,
    "MDETERM": matrices.mdeterm,
    "MINVERSE": matrices.minverse,
    "MIRR": returns.mirr,
    "MMULT": matrices.mmult,
    "PPMT": loans.ppmt,
    "PRICEDISC": discounts.pricedisc,
    "PROB": chances.prob,
    "RECEIVED": discounts.received,
    "VDB": depreciation.vdb,
    "XIRR": returns.xirr,
    "XNPV": returns.xnpv,
    "YIELDDISC": discounts.intrate,
}
SUPPLEMENTS = tuple(_supplement(name, body) for name, body in _BODIES.items())
