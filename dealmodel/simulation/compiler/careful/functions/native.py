"""The functions that are worked out for all trials at once, and are the engine's where that is not sure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.simulation.compiler.careful.functions.annuities import ANNUITIES
from dealmodel.simulation.compiler.careful.functions.chance import CHANCES
from dealmodel.simulation.compiler.careful.functions.conditional import CONDITIONALS
from dealmodel.simulation.compiler.careful.functions.dates import DATES
from dealmodel.simulation.compiler.careful.functions.depreciation import DEPRECIATIONS
from dealmodel.simulation.compiler.careful.functions.distributions import DISTRIBUTION_FUNCTIONS
from dealmodel.simulation.compiler.careful.functions.lists import LISTS
from dealmodel.simulation.compiler.careful.functions.lookups import look_up_nearest
from dealmodel.simulation.compiler.careful.functions.returns import RETURNS
from dealmodel.simulation.compiler.careful.functions.rounding import ROUNDINGS
from dealmodel.simulation.compiler.careful.functions.securities import SECURITIES
from dealmodel.simulation.compiler.careful.functions.singles import SINGLES

if TYPE_CHECKING:
    from dealmodel.simulation.compiler.careful.natively import Function

NATIVE: dict[str, Function] = {
    **LISTS,
    **CONDITIONALS,
    **RETURNS,
    **DEPRECIATIONS,
    **ROUNDINGS,
    **ANNUITIES,
    **CHANCES,
    **DISTRIBUTION_FUNCTIONS,
    **DATES,
    **SECURITIES,
    **SINGLES,
    "LOOKUP": look_up_nearest,
}
