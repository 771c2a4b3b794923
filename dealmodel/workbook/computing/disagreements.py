"""Where this calculation and the one that a workbook stores give two values for the same formula and inputs.

A stored value that differs is stale, or one of the two programs is wrong. Which it is cannot be told from the file, so
it is said. Cells that merely follow from such a one are not said again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dealmodel.cells import CellError, Scalar
from dealmodel.workbook.accuracy import CHANCES, CLOCKS, same

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dealmodel.workbook.address import CellAt
    from dealmodel.workbook.computing.calculation import Calculation
    from dealmodel.workbook.computing.storedvalues import StoredValues


VOLATILE = CLOCKS | CHANCES


class Disagreement(NamedTuple):
    """A cell whose stored value is not what it computes to, though no input has changed."""

    at: CellAt
    stored: Scalar
    computed: Scalar


def disagreements(stored: StoredValues, changes: Iterable[CellAt] | None = None) -> tuple[Disagreement, ...]:
    """Return the cells in which the stored calculation and this one part.

    Nothing that a clock or chance is behind counts, no cell without a stored value or with a stored #NAME?, which a
    program leaves that lacks a function, and no workbook that asks to be calculated when it is opened.

    Parameters
    ----------
    stored
        The stored values, and the calculation they are held against.
    changes
        The cells whose values are others than the stored ones, where they are known and no input was changed.
    """
    book, calculation = stored.book, stored.calculation
    if book.settings.full_calc_on_load:
        return ()
    found = calculation.first_values
    differing = _differing(stored) if changes is None else list(changes)
    if not differing:
        return ()
    dependence = calculation.dependence
    explained = {at for at in differing if _is_unstored(book.value(at))} | volatile_cells(calculation)
    explained.update(dependence.behind(explained))
    parted: dict[CellAt, CellAt] = {}
    for at in differing:
        if at not in explained:
            parted.setdefault(calculation.anchor(at), at)
    first = (parted[anchor] for anchor in dependence.first_of(parted.keys()))
    return tuple(Disagreement(at, book.value(at), found[at]) for at in first)


def _differing(stored: StoredValues) -> list[CellAt]:
    book, calculation = stored.book, stored.calculation
    kept = {k.at for k in calculation.kept}
    return [
        at
        for at, value in calculation.first_values.news.items()
        if not same(book.value(at), value) and at not in kept and not stored.is_right(at, value)
    ]


def volatile_cells(calculation: Calculation) -> frozenset[CellAt]:
    """Return the cells behind which there is a clock or chance."""
    sources = calculation.cells.calling(VOLATILE)
    return frozenset(sources) | calculation.dependence.behind(sources).keys()


def _is_unstored(value: Scalar) -> bool:
    return value is None or value is CellError.NAME
