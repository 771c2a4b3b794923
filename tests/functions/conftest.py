from __future__ import annotations

from hypothesis import settings

# A busy machine is not a failure, and the first call of a function of SciPy imports it.
settings.register_profile("functions", deadline=None)
settings.load_profile("functions")
