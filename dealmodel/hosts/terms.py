"""What all workbooks of an engine have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import formualizer

from dealmodel.hosts.escapes import Escapes
from dealmodel.hosts.supplements import registrations

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

CALLS = "DEALMODEL_CALLS"
"""Function of the engine's only: works out a LAMBDA for every row, cell or step of arrays."""
AGAIN = "DEALMODEL_AGAIN"
"""Function of the engine's only: a LAMBDA with a name calls itself."""
SEPARATOR = "?"
"""Stands between references; no name of a sheet holds it."""


class Terms:
    """The clock, the seed, the dates, and Excel's functions.

    Parameters
    ----------
    now
        What NOW() and TODAY() give.
    seed
        What the numbers of RAND() and its kin follow from.
    date1904
        Whether days count from 1904.
    """

    def __init__(self, now: datetime, seed: int, *, date1904: bool) -> None:
        self._now = now
        self._seed = seed
        self._date1904 = date1904
        self.escapes = Escapes()

    def config(self) -> formualizer.EvaluationConfig:
        """Return the settings of a workbook, for more to be set."""
        config = formualizer.EvaluationConfig()
        # One thread: handing a scalar callback between threads costs twenty times the call.
        config.enable_parallel = False
        config.workbook_seed = self._seed
        config.date_system = "1904" if self._date1904 else "1900"
        return config

    def set_clock(self, workbook: formualizer.Workbook) -> None:
        """Give a workbook the clock."""
        workbook.set_temporal_egress("serial")
        workbook.set_deterministic_clock(self._now)

    def supply(self, workbook: formualizer.Workbook, words: Iterable[str]) -> None:
        """Give a workbook Excel's functions among some words."""
        for name, function, least, most in registrations(words, date1904=self._date1904):
            watched = self.escapes.watch(function)
            workbook.register_function(name, watched, min_args=least, max_args=most, allow_override_builtin=True)

    def new_workbook(self, *functions: str) -> formualizer.Workbook:
        """Return an empty workbook that calls some functions."""
        workbook = formualizer.Workbook(config=formualizer.WorkbookConfig(eval_config=self.config()))
        self.set_clock(workbook)
        self.supply(workbook, map(str.upper, functions))
        return workbook
