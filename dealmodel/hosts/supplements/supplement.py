"""A function of Excel as the engine is given it, loaded when a workbook first calls it."""

from __future__ import annotations

import functools
import importlib
from typing import TYPE_CHECKING, NamedTuple

from dealmodel.hosts.supplements.refusals import errors_as_values

if TYPE_CHECKING:
    from dealmodel.hosts.engine_values import EngineValue
    from dealmodel.hosts.supplements.refusals import Function

MISSING = "the engine does not have it"
"""Why most of them are here."""


class Supplement(NamedTuple):
    """A function as the engine is given it."""

    name: str
    place: str
    """Module of this package and name in it; loaded when a workbook first calls the function."""
    least: int
    most: int | None
    reason: str = MISSING
    """What the engine does instead."""

    def call(self, *arguments: EngineValue) -> EngineValue:
        """Work it out."""
        return _loaded(self.place)(*arguments)


@functools.cache
def _loaded(place: str) -> Function:
    return errors_as_values(body(place))


def body(place: str) -> Function:
    """Return the Python function at a place."""
    module, _, name = place.partition(".")
    found: Function = getattr(importlib.import_module(f"{__package__}.{module}"), name)
    return found
