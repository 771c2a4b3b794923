"""The what-if data tables of a workbook, worked out in the engine beside its formulas."""

from __future__ import annotations

import itertools
from functools import cached_property
from typing import TYPE_CHECKING

from dealmodel.workbook.accuracy import CHANCES, differ_by_noise, same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, MutableMapping

    from dealmodel.cells import Scalar
    from dealmodel.workbook.address import CellAt
    from dealmodel.workbook.computing.evaluation import Evaluation
    from dealmodel.workbook.computing.whatif import WhatIf


class DataTables:
    """The data tables of a workbook.

    Parameters
    ----------
    evaluation
        The workbook in the engine.
    kept
        The cells that keep their stored values, with the reason; tables that cannot be computed are added.
    value
        Gives what a cell holds, for the values that are not the stored ones.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        kept: MutableMapping[CellAt, str],
        value: Callable[[CellAt, Mapping[CellAt, Scalar]], Scalar],
    ) -> None:
        self._evaluation = evaluation
        self._cells = evaluation.cells
        self._kept = kept
        self._value = value

    def settle(self, found: dict[CellAt, Scalar], again: Callable[[], dict[CellAt, Scalar]]) -> dict[CellAt, Scalar]:
        """Return the new values of all cells once the tables hold theirs, and what depends on them is computed.

        Parameters
        ----------
        found
            The new values before that.
        again
            Evaluates the formulas once more.
        """
        tables: dict[CellAt, Scalar] = {}
        for what_if in self._cells.what_ifs:
            if reason := self._hindrance(what_if):
                self._keep_table(what_if, reason)
        computed = [what_if for what_if in self._cells.what_ifs if what_if.first not in self._kept]
        # A table may hang on another one, whose values are new only then.
        for _ in range(len(computed)):
            new = self._what_if_values(computed, found | tables)
            if self._spell_with_care(computed, new):
                found = again()
                new = self._what_if_values(computed, found | tables)
            is_news = any(
                not same(value, self._evaluation.given.get(at, self._evaluation.book.value(at)))
                for at, value in new.items()
            )
            tables = new
            if not is_news:
                break
            for at, value in tables.items():
                self._evaluation.give(at, value)
            found = again()
            if self._independent:
                break
        return found | {at: value for at, value in tables.items() if at not in self._kept}

    def _spell_with_care(self, what_ifs: Iterable[WhatIf], values: Mapping[CellAt, Scalar]) -> bool:
        """Spell what is behind the inputs with care where tables do not hold what is stored; whether there is such."""
        stored = self._evaluation.book.value
        if all(differ_by_noise(stored(at), value) for at, value in values.items()):
            return False
        behind = self._evaluation.dependence.behind(at for what_if in what_ifs for at in what_if.inputs)
        without_care = [at for at in behind if at not in self._kept and self._evaluation.may_need_care(at)]
        self._evaluation.spell_with_care(without_care)
        return bool(without_care)

    @cached_property
    def _independent(self) -> bool:
        """Whether no data table hangs on another one."""
        if len(self._cells.what_ifs) < 2:  # noqa: PLR2004  another one
            return True
        sources = frozenset().union(*(what_if.sources for what_if in self._cells.what_ifs))
        behind = self._evaluation.dependence.behind(self._cells.in_what_ifs)
        return sources.isdisjoint(self._cells.in_what_ifs) and sources.isdisjoint(behind)

    def _hindrance(self, what_if: WhatIf) -> str | None:
        """Return why a data table cannot be computed, or None."""
        if not what_if.is_whole or any(at in self._cells.covered or at in self._cells.arrays for at in what_if.inputs):
            return "its data table has no input cell"
        return None

    def _keep_table(self, what_if: WhatIf, reason: str) -> None:
        for at, _, _ in what_if.cells():
            self._kept[at] = reason
            self._evaluation.give(at, self._evaluation.book.value(at))

    def _what_if_values(self, what_ifs: Iterable[WhatIf], found: Mapping[CellAt, Scalar]) -> dict[CellAt, Scalar]:
        """Return the values of data tables, with everything else as it is."""
        values: dict[CellAt, Scalar] = {}
        for what_if in what_ifs:
            if what_if.first in self._kept:
                continue
            worked_out = self._worked_out(what_if, found)
            for at in what_if.inputs:
                self._restore(at, found)
            if isinstance(worked_out, str):
                self._keep_table(what_if, worked_out)
            else:
                values |= worked_out
        return values

    def _worked_out(self, what_if: WhatIf, found: Mapping[CellAt, Scalar]) -> dict[CellAt, Scalar] | str:
        """Return the values of a data table, or why there are none."""
        by_chance = not self._chances.isdisjoint(what_if.sources)
        # Each cell of a table is a calculation of its own, in which RAND() and its kin draw anew.
        engines = self._evaluation.drawing_anew() if by_chance else itertools.repeat(self._evaluation.engine)
        edges = {at: self._value(at, found) for at in what_if.edges}
        linked = {at for at in edges if self._cells.formula(at) is not None} - self._chances
        return what_if.work_out(engines, edges, linked)

    @cached_property
    def _chances(self) -> frozenset[CellAt]:
        """The cells that hang on random numbers."""
        drawn = self._cells.calling(CHANCES)
        return frozenset(drawn) | frozenset(self._evaluation.dependence.behind(drawn))

    def _restore(self, at: CellAt, found: Mapping[CellAt, Scalar]) -> None:
        """Give an input of a data table its own formula or value again."""
        if self._cells.formula(at) is not None and at not in self._kept:
            self._evaluation.put_formula(at)
        else:
            self._evaluation.give(at, self._value(at, found))
