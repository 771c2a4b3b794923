"""Settings of Hypothesis for the whole suite: no deadline on a busy machine, and nothing left in the tree."""

from __future__ import annotations

import os
import tempfile

from hypothesis import HealthCheck, settings
from hypothesis.configuration import set_hypothesis_home_dir

_HOME = tempfile.TemporaryDirectory(prefix="dealmodel-hypothesis-")
set_hypothesis_home_dir(_HOME.name)

settings.register_profile(
    "quick",
    database=None,
    deadline=None,
    max_examples=25,
    # Some functions take many numbers, and a busy machine is not a failure.
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("ci", settings.get_profile("quick"), derandomize=True, print_blob=True)
settings.register_profile("thorough", settings.get_profile("quick"), max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "quick"))
