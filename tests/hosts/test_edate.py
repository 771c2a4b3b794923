"""EDATE of two numbers, which time lines ask for in every month, beside EDATE of anything else."""

from __future__ import annotations

import contextlib
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dealmodel.hosts.supplements import dates
from dealmodel.hosts.supplements.calendar import LAST, counting_from_1904
from dealmodel.hosts.supplements.refusals import errors_as_values

EDATE = errors_as_values(dates.edate)


class LookedAt(float):
    """A number that may be anything to EDATE, until it has been looked at."""


NUMBERS = st.one_of(
    st.floats(-100.0, LAST + 100.0),
    st.sampled_from((0.0, -0.0, 0.5, -0.5, 59.5, 60.0, 61.0, LAST + 0.5, LAST + 1.0, math.inf, math.nan, 1e300)),
)


@pytest.mark.parametrize("is_1904", [False, True])
@given(NUMBERS, st.one_of(st.floats(-40_000.0, 120_000.0), st.sampled_from((0.0, -0.9, math.inf, math.nan, -1e300))))
@example(-0.5, 1.0)
@example(-1000.0, 24.0)
@example(float(LAST), 1.0)
@example(40574.9, 1.9)
def test_two_numbers_give_what_they_give_when_looked_at(is_1904: bool, start: float, months: float) -> None:
    with counting_from_1904() if is_1904 else contextlib.nullcontext():
        assert repr(EDATE(start, months)) == repr(EDATE(LookedAt(start), LookedAt(months)))
