from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.pywin32_stub import windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.pywin32_stub import Windows


@pytest.fixture(scope="module")
def excel() -> Iterator[Windows]:
    """Give xlwings and the UDF module as they are on Windows."""
    with windows() as found:
        yield found
