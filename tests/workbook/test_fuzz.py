"""Damaged copies of workbooks that Excel saved: each is refused in words or gives a result, and none does harm."""

from __future__ import annotations

import os
import random
import zlib
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import pytest

from dealmodel.workbook.model import Model
from tests.support.mutations import in_a_child, mutated, refuse_or_use
from tests.support.respellings import respelled
from tests.support.workbooks import EXCEL_FILES, deal_book, needs_excel_files, parts_of, saved, zipped

if TYPE_CHECKING:
    from pathlib import Path

SMALL = [path for path in EXCEL_FILES if path.stat().st_size < 25_000]
TIMES = int(os.environ.get("DEALMODEL_FUZZ", "1"))
"""How many times as long as usual to go on; one time takes about half an hour of a processor."""
FEW, MANY, DEALS, SECONDS = 8, 100 * TIMES, 400 * TIMES, 60
MOMENT = datetime(2026, 1, 1)  # noqa: DTZ001  cells have no time zone


def chance_of(path: Path, number: int) -> random.Random:
    return random.Random(zlib.crc32(path.name.encode()) + number)  # noqa: S311  not for secrets


@needs_excel_files
@pytest.mark.parametrize("path", SMALL, ids=lambda path: path.stem)
def test_damaged_copies_are_refused_or_used(path: Path) -> None:
    data = path.read_bytes()
    for number in range(FEW):
        refuse_or_use(mutated(data, chance_of(path, number)), seconds=8)


def differs_when_respelled(path: Path, number: int) -> str:
    """Say in what a workbook differs once it is spelled in another way, or has been written in that; nothing if not."""
    parts, ways = respelled(parts_of(path.read_bytes()), chance_of(path, number))
    usual = Model.open(path, MOMENT).calculation.values()
    model = Model.from_bytes(zipped(parts), path.name, MOMENT)
    if dict(model.calculation.values()) != dict(usual):
        return f"read: {ways}"
    again = Model.from_bytes(model.to_bytes(), path.name, MOMENT)
    return "" if dict(again.calculation.values()) == dict(usual) else f"written: {ways}"


@needs_excel_files
@pytest.mark.parametrize("path", SMALL, ids=lambda path: path.stem)
def test_other_spellings_give_the_same_values(path: Path) -> None:
    assert [found for number in range(FEW // 4) if (found := differs_when_respelled(path, number))] == []


@pytest.mark.fuzz
@needs_excel_files
@pytest.mark.parametrize("path", EXCEL_FILES, ids=lambda path: path.stem)
def test_many_other_spellings_give_the_same_values(path: Path) -> None:
    assert [found for number in range(MANY // 10) if (found := differs_when_respelled(path, number))] == []


@pytest.mark.fuzz
@needs_excel_files
@pytest.mark.parametrize("path", EXCEL_FILES, ids=lambda path: path.stem)
def test_many_damaged_copies_are_refused_or_used(path: Path) -> None:
    data = path.read_bytes()
    bad = {}
    for number in range(MANY):
        damaged = mutated(data, chance_of(path, number))
        ended = in_a_child(partial(refuse_or_use, damaged, SECONDS), 2 * SECONDS)
        if ended != "done":
            bad[number] = ended
    assert bad == {}, "numbers of the damaged copies, and how the process ended"


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", range(DEALS))
def test_many_damaged_deals_are_refused_or_used(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  not for secrets
    assert in_a_child(partial(refuse_or_use, mutated(saved(deal_book()), chance), SECONDS), 2 * SECONDS) == "done"
