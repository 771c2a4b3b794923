"""The certificate: the golden cases on every host of this machine, what agreed, and a hash of what each host gave."""

from __future__ import annotations

import hashlib
import json
import math
import platform
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version as installed
from typing import TYPE_CHECKING, Any

from dealmodel.catalogue import CATALOGUE
from dealmodel.cells import CellError, Scalar
from dealmodel.certify.cases import case_file
from dealmodel.certify.hosts import calc_rule, call_book, on_engine, on_libreoffice, on_python
from dealmodel.explain import version
from dealmodel.hosts.calc.environment import Environment
from dealmodel.hosts.calc.extension import build
from dealmodel.hosts.calc.office import Office, find_program

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dealmodel.certify.calls import Rows
    from dealmodel.certify.cases import Case
    from dealmodel.certify.hosts import Outcome

RTOL, ATOL = 1e-12, 1e-15
"""How close the hosts must be to each other."""
ONLY_CELLS = "errors, and texts in place of numbers, are values of cells alone"
NO_EXCEL = "no Excel was driven: its functions are tested against stand-ins for Windows only"
NO_OFFICE = "LibreOffice is not on this machine"


@dataclass(slots=True)
class Report:
    """What one host did."""

    host: str
    present: bool
    version: str = ""
    reason: str = ""
    """Why it is not present."""
    run: int = 0
    """Cases that reached the function."""
    formulas: int = 0
    """In how many ways they were entered, all together."""
    failed: list[dict[str, Any]] = field(default_factory=list)
    not_run: list[dict[str, str]] = field(default_factory=list)
    largest_difference: float = 0.0
    """Relative, from what every host should give."""
    hash: str = ""
    """SHA-256 of the results of the cases that reach the function on every host: equal, or not, to the last bit."""


def certify(cases: Sequence[Case], folder: Path) -> dict[str, Any]:
    """Run golden cases on the hosts of this machine.

    Parameters
    ----------
    cases
        The cases.
    folder
        Where they come from.

    Returns
    -------
    The certificate, as JSON holds it.
    """
    calls = [case.call for case in cases]
    reference = [call.evaluate() for call in calls]
    book = call_book(calls, reference)
    python = Report("python", present=True, version=f"{platform.python_version()}, NumPy {installed('numpy')}")
    headless = Report("headless", present=True, version=f"formualizer {installed('formualizer')}")
    office = Report("libreoffice", present=find_program("soffice") is not None, reason=NO_OFFICE)
    reports = [python, headless, office, Report("excel", present=False, reason=NO_EXCEL)]

    outcomes = {"python": on_python(calls, reference), "headless": on_engine(book)}
    if office.present:
        office.reason = ""
        with Office(build(Environment.of())) as process:
            versions = process.ask("versions")
            office.version = f"{versions['libreoffice']}, Python {versions['python']}"
            outcomes["libreoffice"] = on_libreoffice(book, process)
    reach_all = _reach_all(cases, outcomes["python"])
    for report in reports:
        if report.present:
            _judge(report, cases, reference, outcomes[report.host], reach_all)
        else:
            report.not_run = [{"case": "all", "reason": report.reason}]
    return {
        "dealmodel": version(),
        "made": datetime.now(UTC).strftime("%Y-%m-%d"),
        "system": platform.platform(),
        "cases": _about_cases(cases, folder),
        "hosts": [asdict(report) for report in reports],
        "agreed": not any(report.failed for report in reports),
    }


def _about_cases(cases: Sequence[Case], folder: Path) -> dict[str, Any]:
    files = {name: case_file(entry, folder) for name, entry in CATALOGUE.items()}
    there = [path for path in files.values() if path.is_file()]
    return {
        "count": len(cases),
        "functions": len(there),
        "functions_without_cases": [name for name, path in files.items() if not path.is_file()],
        "hash": _sha256(b"".join(path.read_bytes() for path in there)),
    }


def _reach_all(cases: Sequence[Case], python: Sequence[Outcome]) -> frozenset[int]:
    """Return the cases that reach the function on every host, whether it is present or not."""
    in_python = {outcome.call for outcome in python}
    return frozenset(i for i, case in enumerate(cases) if i in in_python and calc_rule(case.call) is None)


def _judge(
    report: Report,
    cases: Sequence[Case],
    reference: Sequence[Rows],
    outcomes: Sequence[Outcome],
    reach_all: frozenset[int],
) -> None:
    """Compare what a host gave with what every host should give, and with the published figures."""
    results: dict[int, Rows] = {}
    unreached: dict[int, str] = {}
    for outcome in outcomes:
        case, should = cases[outcome.call], reference[outcome.call]
        report.formulas += 1
        agrees = same_rows(outcome.rows, should) and same_rows(outcome.rows, case.expected, case.rtol)
        rule = calc_rule(case.call) if report.host == "libreoffice" and not agrees else None
        if rule is not None and all(cell is rule[1] for row in outcome.rows for cell in row):
            unreached[outcome.call] = rule[0]
            continue
        results.setdefault(outcome.call, outcome.rows)
        report.largest_difference = max(report.largest_difference, _difference(outcome.rows, should))
        if not agrees:
            report.failed.append(
                {
                    "case": case.name,
                    "way": outcome.way,
                    "gave": plain_rows(outcome.rows),
                    "expected": plain_rows(case.expected),
                }
            )
    for number, case in enumerate(cases):
        if number not in results:
            report.not_run.append({"case": case.name, "reason": unreached.get(number, ONLY_CELLS)})
    report.run = len(results)
    kept = [plain_rows(results[i]) for i in sorted(reach_all) if i in results]
    report.hash = _sha256(json.dumps(kept).encode())


def same_rows(found: Rows, expected: Rows, rtol: float = RTOL) -> bool:
    """Whether two results are the same: in shape, in the kind of each cell, and in numbers within a tolerance.

    Examples
    --------
    >>> same_rows([[1.0, CellError.NA]], [[1.0 + 1e-13, CellError.NA]]), same_rows([[1.0]], [[1.0], [1.0]])
    (True, False)
    """
    return [len(row) for row in found] == [len(row) for row in expected] and all(
        _same(a, b, rtol) for xs, ys in zip(found, expected, strict=True) for a, b in zip(xs, ys, strict=True)
    )


def _same(found: Scalar, expected: Scalar, rtol: float) -> bool:
    if _is_number(found) and _is_number(expected):
        return math.isclose(found, expected, rel_tol=rtol, abs_tol=ATOL)  # type: ignore[arg-type]
    return type(found) is type(expected) and found == expected


def _is_number(value: Scalar) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _difference(found: Rows, expected: Rows) -> float:
    """Return the largest relative difference between numbers."""
    pairs = [
        (float(a), float(b))  # type: ignore[arg-type]
        for xs, ys in zip(found, expected, strict=False)
        for a, b in zip(xs, ys, strict=False)
        if _is_number(a) and _is_number(b)
    ]
    return max((abs(a - b) / max(abs(a), abs(b)) for a, b in pairs if a != b), default=0.0)


def plain_rows(rows: Rows) -> list[list[Any]]:
    """Return a result as JSON holds it."""
    return [[cell.value if isinstance(cell, CellError) else cell for cell in row] for row in rows]


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
