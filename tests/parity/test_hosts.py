"""Every function of the catalogue, every golden case and its variants, on every host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dealmodel.catalogue import CATALOGUE
from dealmodel.cells import OMITTED, CellError
from dealmodel.certify.calls import Call
from dealmodel.certify.certificate import plain_rows, same_rows
from dealmodel.certify.hosts import calc_rule, on_python

if TYPE_CHECKING:
    from tests.parity.conftest import Suite

HOSTS: tuple[Any, ...] = (
    "python",
    "excel",
    "headless",
    pytest.param("libreoffice", marks=pytest.mark.libreoffice),
)
each_host = pytest.mark.parametrize("host", HOSTS)
each_function = pytest.mark.parametrize("name", CATALOGUE)


@each_host
@each_function
def test_a_host_gives_what_every_host_gives(suite: Suite, host: str, name: str, request: pytest.FixtureRequest) -> None:
    compared, differing = 0, []
    for outcome in suite.on(host, name, request):
        call, should = suite.calls[outcome.call], suite.reference[outcome.call]
        compared += 1
        if same_rows(outcome.rows, should):
            continue
        rule = calc_rule(call) if host == "libreoffice" else None
        if rule is None or any(cell is not rule[1] for row in outcome.rows for cell in row):
            differing.append(f"{outcome.way} {call.arguments}: {plain_rows(outcome.rows)}, not {plain_rows(should)}")
    assert compared
    assert not differing, "\n".join(differing[:5])


@each_function
def test_a_nan_in_python_is_what_an_error_is_in_a_cell(suite: Suite, name: str) -> None:
    """A cell holds no NaN; in Python, and in a number that an engine hands over, it does what #NUM! does."""
    for call in [c for c in suite.calls if c.entry.name == name and not c.entry.takes_cells][:1]:
        for position, parameter in enumerate(call.entry.contract.parameters[: len(call.arguments)]):
            if parameter.is_text or call.arguments[position] is OMITTED:
                continue
            with_error, with_nan = (
                Call(call.entry, (*call.arguments[:position], value, *call.arguments[position + 1 :]))
                for value in (CellError.NUM, np.nan)
            )
            should = with_error.evaluate()
            assert same_rows(with_nan.evaluate(), should), parameter.name
            for outcome in on_python([with_nan], [should]):
                assert same_rows(outcome.rows, should), parameter.name
