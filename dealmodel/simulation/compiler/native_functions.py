"""The functions that are worked out for all trials at once, and are the engine's where that is not sure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.simulation.compiler.chance_functions import CHANCES
from dealmodel.simulation.compiler.conditional_functions import CONDITIONALS
from dealmodel.simulation.compiler.depreciation_functions import DEPRECIATIONS
from dealmodel.simulation.compiler.list_functions import LISTS
from dealmodel.simulation.compiler.lookups import look_up_nearest
from dealmodel.simulation.compiler.return_functions import RETURNS
from dealmodel.simulation.compiler.rounding_functions import ROUNDINGS

if TYPE_CHECKING:
    from dealmodel.simulation.compiler.natively import Function

NATIVE: dict[str, Function] = {
    **LISTS,
    **CONDITIONALS,
    **RETURNS,
    **DEPRECIATIONS,
    **ROUNDINGS,
    **CHANCES,
    "LOOKUP": look_up_nearest,
}
