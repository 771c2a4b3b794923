"""Cells that OFFSET or INDIRECT lead to others that cannot be computed, of which no formula tells beforehand."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from dealmodel.cells import CellError
from dealmodel.hosts.engine_values import Uncomputed
from dealmodel.workbook.accuracy import differ_by_noise
from dealmodel.workbook.address import CellAt

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from dealmodel.cells import Scalar
    from dealmodel.workbook.computing.evaluation import Evaluation

PLACING = frozenset({"INDIRECT", "OFFSET"})
"""Functions that refer to cells of which the formula does not tell."""


def reaching(evaluation: Evaluation, uncomputed: Collection[CellAt], candidates: Iterable[CellAt]) -> list[CellAt]:
    """Return the cells among some that have other values while others are errors; these are given back what they had.

    Parameters
    ----------
    evaluation
        The workbook in the engine, evaluated.
    uncomputed
        The cells that cannot be computed; those without a stored value are errors already.
    candidates
        The cells that may reach them; of an array the first.
    """
    asked = {at: list(_filled(evaluation, at)) for at in candidates}
    given = {at: evaluation.given[at] for at in uncomputed if at in evaluation.given}
    if not (asked and given):
        return []
    before = {at: _values(evaluation, cells) for at, cells in asked.items()}
    _give(evaluation, {at: _other_error(value) for at, value in given.items()})
    after = {at: _values(evaluation, cells) for at, cells in asked.items()}
    _give(evaluation, given)
    return [at for at in asked if not all(map(_alike, before[at], after[at]))]


def _filled(evaluation: Evaluation, at: CellAt) -> Iterable[CellAt]:
    area = evaluation.filled_from(at)
    return [at] if area is None else [CellAt(at.sheet, *place) for place in area.places()]


def _values(evaluation: Evaluation, cells: Iterable[CellAt]) -> list[Scalar | Uncomputed]:
    return list(itertools.chain.from_iterable(evaluation.engine.values(at.sheet, [at[1:]]) for at in cells))


def _give(evaluation: Evaluation, values: dict[CellAt, Scalar]) -> None:
    evaluation.engine.set_values(values.items())
    evaluation.engine.evaluate()


def _other_error(value: Scalar) -> CellError:
    return CellError.NUM if value is CellError.NULL else CellError.NULL


def _alike(before: Scalar | Uncomputed, after: Scalar | Uncomputed) -> bool:
    if isinstance(before, Uncomputed) or isinstance(after, Uncomputed):
        return isinstance(before, Uncomputed) and isinstance(after, Uncomputed)
    return differ_by_noise(before, after)
