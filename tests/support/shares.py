"""Cases of which some run always, and all where the slow tests do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable


def one_in(share: int, cases: Iterable[Any]) -> list[Any]:
    """Return cases as parameters, all but one of so many marked as slow: each takes long for what it tells."""
    return [pytest.param(case, marks=[pytest.mark.slow] if i % share else []) for i, case in enumerate(cases)]
