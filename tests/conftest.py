"""For the whole suite: settings of Hypothesis, with no deadline and nothing left in the tree, and one LibreOffice."""

from __future__ import annotations

import os
import signal
import tempfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.configuration import set_hypothesis_home_dir

from dealmodel.explain import version
from dealmodel.hosts.calc.environment import Environment
from dealmodel.hosts.calc.extension import build
from dealmodel.hosts.calc.office import Office, find_program
from dealmodel.workbook.model import Model
from tests.support.workbooks import deal_book, saved

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A suite started as a background job ignores Ctrl-C, and with it all that it starts; tests send it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Leave the whole suite on all cores; what is named on the command line, or measured, runs in this process."""
    named = config.args_source is pytest.Config.ArgsSource.ARGS
    measured = "benchmark" in config.option.markexpr.replace("not benchmark", "")
    return 0 if named or measured else None


@pytest.fixture(scope="session")
def office() -> Iterator[Office]:
    """Give the one LibreOffice process of the suite, with our functions in it."""
    if find_program("soffice") is None:
        pytest.skip("LibreOffice is not installed")
    with Office(build(Environment.of())) as process:
        book = process.ask("new")
        process.ask("enter", book, "Sheet1", [("A1", "=DM_VERSION()")])
        ((said,),) = process.ask("read", book, "Sheet1", "A1:A1")
        assert said == version(), said
        process.ask("close", book)
        yield process


@pytest.fixture
def deal(tmp_path: Path) -> Path:
    """Return a small deal whose stored values are right."""
    path = tmp_path / "deal.xlsx"
    path.write_bytes(Model.from_bytes(saved(deal_book()), "deal.xlsx").to_bytes())
    return path
