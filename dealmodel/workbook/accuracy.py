"""When two values of a cell are the same, and when a stored one differs only as two programs' arithmetic does."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dealmodel.workbook.stored.edits import written_value

if TYPE_CHECKING:
    from dealmodel.cells import Scalar

SAME = 2e-15
"""Relative difference up to which two numbers are the same: a spreadsheet keeps 15 to 17 digits."""
ARITHMETIC = 1e-9
"""Relative difference that sums in another order, or iterations with another end, may make."""
ITERATED = 1e-7
"""The same for rates that are found by trial; Excel stops within 0.000001 per cent."""
LEFT_BY_ITERATION = 1e-6
"""The same for what hangs on circular references, which Excel leaves as soon as no cell changes by 0.001."""
TRIALS = frozenset({"IRR", "ODDFYIELD", "RATE", "XIRR", "YIELD"})
"""Functions that find a rate by trial."""
CLOCKS = frozenset({"NOW", "TODAY"})
"""Functions whose value is another one at another time, by however little."""
CHANCES = frozenset({"RAND", "RANDBETWEEN", "RANDARRAY", "_XLFN.RANDARRAY"})
"""Functions whose value follows from the seed."""
CANCELLED = 1e-12
"""The same for what is left of a difference, relative to the numbers that were subtracted."""


def same(old: Scalar, new: Scalar) -> bool:
    """Whether two cell values are the same, but for what a spreadsheet does not store of a number or an error."""
    if old is None or new is None or isinstance(old, bool) or isinstance(new, bool):
        return old is new
    if isinstance(old, (int, float)) and isinstance(new, (int, float)):
        return math.isclose(old, new, rel_tol=SAME, abs_tol=0.0)
    return type(old) is type(new) and written_value(old) == written_value(new)


def differ_as_programs_do(old: Scalar, new: Scalar, largest: float, *, by_trial: bool) -> bool:
    """Whether two programs may give these two values of one formula for the same inputs.

    Parameters
    ----------
    old, new
        The values.
    largest
        The largest number that the formula refers to.
    by_trial
        Whether the formula finds a rate by trial.
    """
    if isinstance(old, bool) or isinstance(new, bool):
        return False
    if not (isinstance(old, (int, float)) and isinstance(new, (int, float))):
        return False
    if by_trial and math.isclose(old, new, rel_tol=ITERATED, abs_tol=ITERATED):
        return True
    return math.isclose(old, new, rel_tol=ARITHMETIC, abs_tol=CANCELLED * largest)


def differ_by_noise(old: Scalar, new: Scalar) -> bool:
    """Whether two values are the same, but for the last digits that programs differ in."""
    return same(old, new) or differ_as_programs_do(old, new, 0.0, by_trial=False)
