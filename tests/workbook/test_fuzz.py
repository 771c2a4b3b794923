"""Damaged copies of workbooks that Excel saved: each is refused in words or gives a result, and none does harm."""

from __future__ import annotations

import random
import zlib
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.support.mutations import in_a_child, mutated, refuse_or_use
from tests.support.workbooks import EXCEL_FILES, deal_book, needs_excel_files, saved

if TYPE_CHECKING:
    from pathlib import Path

SMALL = [path for path in EXCEL_FILES if path.stat().st_size < 25_000]
FEW, MANY, SECONDS = 8, 500, 60


def chance_of(path: Path, number: int) -> random.Random:
    return random.Random(zlib.crc32(path.name.encode()) + number)  # noqa: S311  not for secrets


@needs_excel_files
@pytest.mark.parametrize("path", SMALL, ids=lambda path: path.stem)
def test_damaged_copies_are_refused_or_used(path: Path) -> None:
    data = path.read_bytes()
    for number in range(FEW):
        refuse_or_use(mutated(data, chance_of(path, number)), seconds=8)


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
@pytest.mark.parametrize("seed", range(2000))
def test_many_damaged_deals_are_refused_or_used(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  not for secrets
    assert in_a_child(partial(refuse_or_use, mutated(saved(deal_book()), chance), SECONDS), 2 * SECONDS) == "done"
