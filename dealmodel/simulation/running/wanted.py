"""What the options of a simulation must be, checked before anything runs: a wrong one is refused by name."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from typing import Any

from dealmodel.errors import InputRefusedError


def check_kinds(options: Any, least: Mapping[str, int]) -> None:  # noqa: ANN401  the options are above this module
    """Refuse options of a kind that a simulation cannot take.

    Parameters
    ----------
    options
        The options.
    least
        Those that are whole numbers, with the least that each may be; None may stand for any of them.

    Raises
    ------
    InputRefusedError
        If one is of another kind.
    """
    for name, lowest in least.items():
        check_whole(name, getattr(options, name), lowest)
    check_whole("seed", options.seed)
    for name, spelled in _mapping("inputs", options.inputs):
        if not (isinstance(name, str) and isinstance(spelled, str)):
            raise InputRefusedError(
                'inputs takes names with distributions, such as {"price": "PERT(250,294,340)"}; '
                f"got {name!r}: {spelled!r}"
            )
    if isinstance(options.outputs, str):
        raise InputRefusedError(
            f"outputs takes a list of names, such as [{options.outputs!r}]; got {options.outputs!r}"
        )
    for name, target in _mapping("targets", options.targets):
        if not (isinstance(name, str) and is_real(target) and math.isfinite(target)):
            raise InputRefusedError(f"the target of {name} must be a finite number; got {target!r}")
    if options.until is not None and not is_real(options.until):
        raise InputRefusedError(f"the precision is a share of the mean, such as 0.005; got {options.until!r}")


def check_whole(name: str, value: object, lowest: int | None = None) -> None:
    """Refuse what is not a whole number, or too low a one."""
    if value is None:
        return
    try:
        whole = None if isinstance(value, bool) else operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        whole = None
    if whole is None or (lowest is not None and whole < lowest):
        least = "" if lowest is None else f", {lowest} or more"
        raise InputRefusedError(f"{name} must be a whole number{least}; got {value!r}")


def is_real(value: object) -> bool:
    """Whether a value is a number that can be compared; TRUE and FALSE are none."""
    return not isinstance(value, (bool, str)) and hasattr(value, "__float__")


def _mapping(name: str, value: object) -> list[tuple[Any, Any]]:
    if value is None:
        return []
    if not isinstance(value, Mapping):
        raise InputRefusedError(f"{name} takes a mapping from names; got {value!r}")
    return list(value.items())
