from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from dealmodel.certify.hosts import call_book, on_engine, on_libreoffice, on_python
from tests.parity.excel import on_excel
from tests.parity.variants import all_calls, some_calls
from tests.support.pywin32_stub import windows

if TYPE_CHECKING:
    from dealmodel.certify.calls import Call, Rows
    from dealmodel.certify.hosts import Outcome


@dataclass
class Suite:
    """Calls, what they should give, and what the hosts gave, each asked once for all calls."""

    calls: list[Call]
    reference: list[Rows] = field(init=False)
    outcomes: dict[str, dict[str, list[Outcome]]] = field(default_factory=dict)
    """What the hosts gave, by host and function."""

    def __post_init__(self) -> None:
        self.reference = [call.evaluate() for call in self.calls]

    def on(self, host: str, name: str, request: pytest.FixtureRequest) -> list[Outcome]:
        """Return what a host gave for the calls of a function."""
        if host not in self.outcomes:
            # A host that is not there skips the test here, each time that it is asked.
            outcomes = self._ask(host, request)
            given = self.outcomes[host] = defaultdict(list)
            for outcome in outcomes:
                given[self.calls[outcome.call].entry.name].append(outcome)
        return self.outcomes[host][name]

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


@pytest.fixture(scope="session", params=["some", pytest.param("all", marks=pytest.mark.slow)])
def suite(request: pytest.FixtureRequest) -> Suite:
    return Suite(all_calls() if request.param == "all" else some_calls())
