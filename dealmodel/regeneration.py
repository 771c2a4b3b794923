"""What `dealmodel regenerate` does, however it was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dealmodel.console import EXIT_DONE, EXIT_KEPT, EXIT_STALE, print_json, say
from dealmodel.guard import allowance, limit_time
from dealmodel.hosts.engine import SEED
from dealmodel.report import Regeneration
from dealmodel.workbook.model import Model
from dealmodel.workbook.save import check_not_open
from dealmodel.workbook.vocabulary import CERTIFICATE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from dealmodel.workbook.entries import Entry


class Request(NamedTuple):
    """What is to be regenerated, and how."""

    book: Path
    target: Path | None
    """Where the workbook is written; None for nowhere."""
    now: datetime | None = None
    seed: int = SEED
    scenario: str | None = None
    """The scenario that is made the live one first."""
    inputs: Path | None = None
    """A file of changes."""
    assignments: Sequence[str] = ()
    """Changes as NAME=VALUE, after those of the file."""
    certificate: Path | None = None
    check: bool = False
    """Whether stale values are an exit code of their own."""
    strict: bool = False
    """Whether nothing is written where a cell cannot be computed."""
    timeout: float | None = None
    """Seconds of computing; by default as many as the file's size gives it."""
    as_json: bool = False


def regenerate(request: Request) -> int:
    """Recalculate a workbook, write it and say what has changed.

    Returns
    -------
    The exit code: 0 done, 3 stale where that was asked, 4 some cells could not be computed.

    Raises
    ------
    DealModelError
        If the workbook cannot be read, changed as asked, computed or written.
    """
    limit_time(request.timeout or allowance(request.book))
    check_not_open(request.book)
    model = Model.open(request.book, request.now, seed=request.seed)
    _change(model, request)
    if request.certificate is not None:
        from dealmodel.certify.stamp import stamp  # noqa: PLC0415

        model.set(CERTIFICATE, stamp(request.certificate))
    done = Regeneration.of(model)
    refused = request.strict and bool(done.kept)
    written = model.save(request.target) if request.target is not None and not refused else None
    if request.as_json:
        print_json(done.as_json(written))
    else:
        done.print(written)
    if refused:
        say("dealmodel: --strict writes nothing while a cell cannot be computed", to_errors=True)
    if request.check and done.stale:
        return EXIT_STALE
    return EXIT_KEPT if done.kept else EXIT_DONE


def _change(model: Model, request: Request) -> None:
    """Change the inputs: first by the scenario, then by the file, then one by one."""
    if request.scenario is not None:
        model.choose(request.scenario)
    changes: list[tuple[str, Entry]] = []
    if request.inputs is not None:
        from dealmodel.workbook.entryfiles import read_entries  # noqa: PLC0415

        changes += read_entries(request.inputs)
    if request.assignments:
        from dealmodel.workbook.entries import parse_assignment  # noqa: PLC0415

        changes += [parse_assignment(text) for text in request.assignments]
    for name, value in changes:
        model.set(name, value)
