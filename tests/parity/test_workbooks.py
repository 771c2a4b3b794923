"""Our workbooks, recalculated without a spreadsheet program and by LibreOffice: every cell the same."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dealmodel.certify.certificate import same_rows
from dealmodel.certify.hosts import CalcSheet, calculated
from dealmodel.errors import InputRefusedError
from dealmodel.workbook.address import CellAt, a1
from dealmodel.workbook.model import Model
from dealmodel.workbook.retarget import retarget
from dealmodel.workbook.stored.package import Package
from dealmodel.workbook.vocabulary import SCENARIO

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dealmodel.cells import Scalar
    from dealmodel.hosts.calc.office import Office

WORKBOOKS = Path(__file__).parents[2] / "workbooks"
SETS, AT_ONCE = 50, 12
"""Sets of inputs, and how many of them the suite takes each time: one takes as long as twenty usual tests."""
TRIES = 100
EVERY = 10
"""Of how many sets one goes into LibreOffice as the regenerated file, too; opening it takes five times as long."""

pytestmark = pytest.mark.libreoffice


def proposals(old: Scalar, rng: random.Random) -> Iterator[Scalar]:
    """Propose values of the kind of an old one, now and then the edges of what it may be and beyond."""
    if isinstance(old, bool):
        yield rng.random() < 0.5
    elif isinstance(old, (int, float)):
        for _ in range(TRIES):
            if rng.random() < 0.15:
                yield rng.choice([0.0, 1.0, -rng.random()])
            elif 0 < old < 1:
                yield rng.random()
            elif rng.random() < 0.5 and old == round(old):
                yield float(round(old) + rng.randint(-4, 4))
            else:
                yield (old or 1.0) * rng.lognormvariate(0.0, 1.0)


def inputs(model: Model) -> Iterator[tuple[str, CellAt]]:
    """Every input cell: that of the live scenario's name, and those of each scenario."""
    yield SCENARIO, model.vocabulary.find(SCENARIO)
    for name, named in model.inputs.items():
        for scenario, at in model.vocabulary.scenarios(named.at).items():
            yield f"{name}[{scenario}]", at


def vary(model: Model, rng: random.Random) -> int:
    """Give every input of the live scenario and of another a random value that its data validation takes."""
    scenarios = rng.sample(list(model.vocabulary.scenario_columns), 2)
    model.choose(scenarios[0])
    changed = 0
    for name, at in inputs(model):
        if name.endswith(tuple(f"[{scenario}]" for scenario in scenarios)):
            for value in proposals(model.book.value(at), rng):
                try:
                    model.set(name, value)
                except InputRefusedError:
                    continue
                changed += 1
                break
    return changed


def differences(model: Model, sheets: Mapping[str, CalcSheet]) -> list[str]:
    """Compare every cell of a workbook with what LibreOffice computes."""
    found = []
    for sheet, cell in model.book.cells():
        at = CellAt(sheet, cell.row, cell.column)
        ours, theirs = as_calc_has_it(model.value_at(at)), sheets[sheet].value(at)
        if not same_rows([[ours]], [[theirs]]):
            found.append(f"{at}: {ours!r} headless, {theirs!r} in LibreOffice, {cell.formula}")
    return found


def as_calc_has_it(value: Scalar) -> Scalar:
    """Return a value as Calc has it, where TRUE is 1 and an empty text is an empty cell."""
    if isinstance(value, bool):
        return float(value)
    return None if value == "" else value


def in_calc(data: bytes, office: Office) -> dict[str, CalcSheet]:
    """Have LibreOffice open a workbook of ours, rewritten for it, and compute it."""
    return calculated(retarget(Package(data, "book.xlsx"), "calc").data, office)


@pytest.fixture(scope="module", params=["deal_template", "zte_alibaba_2018"])
def workbook(request: pytest.FixtureRequest) -> Path:
    return WORKBOOKS / f"{request.param}.xlsx"


@pytest.fixture(scope="module")
def document(workbook: Path, office: Office, tmp_path_factory: pytest.TempPathFactory) -> int:
    """Give the workbook open in LibreOffice."""
    path = tmp_path_factory.mktemp("calc") / workbook.name
    path.write_bytes(retarget(Package.open(workbook), "calc").data)
    return int(office.ask("load", str(path)))


def test_the_workbook_as_it_is(workbook: Path, office: Office) -> None:
    assert differences(Model.open(workbook).recalculate(), in_calc(workbook.read_bytes(), office)) == []


@pytest.mark.parametrize(
    "seed", [*range(AT_ONCE), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(AT_ONCE, SETS))]
)
def test_the_workbook_with_random_inputs(seed: int, workbook: Path, document: int, office: Office) -> None:
    model = Model.open(workbook)
    assert vary(model, random.Random(seed)) > 80  # noqa: S311  no secret
    model.recalculate()
    assert model.kept == ()
    puts: dict[str, list[tuple[str, Scalar]]] = {}
    for _, at in inputs(model):
        puts.setdefault(at.sheet, []).append((a1(at.row, at.column), as_calc_has_it(model.value_at(at))))
    for sheet, cells in puts.items():
        office.ask("put", document, sheet, cells)
    office.ask("calculate", document)
    sheets = {name: CalcSheet(rows) for name, rows in office.ask("read_all", document).items()}
    assert differences(model, sheets) == []
    if seed % EVERY == 0:
        assert differences(model, in_calc(model.to_bytes(), office)) == []
