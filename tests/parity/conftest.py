from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from dealmodel.certify.hosts import call_book, on_engine, on_libreoffice, on_python
from tests.parity.excel import on_excel
from tests.parity.variants import all_calls
from tests.support.pywin32_stub import windows

if TYPE_CHECKING:
    from dealmodel.certify.calls import Call, Rows
    from dealmodel.certify.hosts import Outcome


@dataclass
class Suite:
    """Every call, what it should give, and what the hosts gave, each asked once for all calls."""

    calls: list[Call] = field(default_factory=all_calls)
    reference: list[Rows] = field(init=False)
    outcomes: dict[str, list[Outcome]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.reference = [call.evaluate() for call in self.calls]

    def on(self, host: str, request: pytest.FixtureRequest) -> list[Outcome]:
        if host not in self.outcomes:
            self.outcomes[host] = self._ask(host, request)
        return self.outcomes[host]

    def _ask(self, host: str, request: pytest.FixtureRequest) -> list[Outcome]:
        if host == "python":
            return on_python(self.calls, self.reference)
        if host == "excel":
            with windows() as excel:
                return on_excel(excel, self.calls)
        book = call_book(self.calls, self.reference)
        if host == "headless":
            return on_engine(book)
        process: Any = request.getfixturevalue("office")
        return on_libreoffice(book, process)


@pytest.fixture(scope="session")
def suite() -> Suite:
    return Suite()
