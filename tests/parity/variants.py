"""Calls made of the golden cases: the same figures as rows, columns and grids, with blanks, errors, texts and gaps."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from dealmodel.catalogue import CATALOGUE
from dealmodel.cells import OMITTED, CellError
from dealmodel.certify.calls import Call, as_rows
from dealmodel.certify.cases import read_cases

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dealmodel.cells import Cells, Scalar

DISTURBANCES: dict[str, Scalar] = {
    "blank": None,
    "error": CellError.NA,
    "another error": CellError.DIV0,
    "text": "n/a",
    "truth": True,
    "huge": 1e300,
    "below": -1.5,
}

PAIRS = 5
"""Pairs of neighbouring cases that are laid out together, a function."""


SHARE = 8
"""Of so many variants, one is among some calls."""


def all_calls() -> list[Call]:
    """Every golden case and its variants, each once."""
    return _each_once(itertools.chain.from_iterable(map(_with_variants, _golden())))


def some_calls() -> list[Call]:
    """Every golden case and a share of its variants, each once."""
    golden = _golden()
    variants = itertools.chain.from_iterable(map(_with_variants, golden))
    return _each_once(itertools.chain(*golden, itertools.islice(variants, 0, None, SHARE)))


def _golden() -> list[list[Call]]:
    """Return the golden cases of each function."""
    golden = [case.call for case in read_cases()]
    return [[call for call in golden if call.entry is entry] or [Call(entry, ())] for entry in CATALOGUE.values()]


def _with_variants(own: list[Call]) -> Iterator[Call]:
    return itertools.chain(own, *map(_turned, own), _paired(own), *map(_disturbed, own[:2]))


def _each_once(calls: Iterable[Call]) -> list[Call]:
    return list({(call.entry.name, repr(call.arguments)): call for call in calls}.values())


def _turned(call: Call) -> Iterator[Call]:
    """Yield the call with its ranges the other way up."""
    if any(isinstance(a, list) for a in call.arguments):
        yield Call(call.entry, tuple(_transposed(a) if isinstance(a, list) else a for a in call.arguments))


def _transposed(rows: list[list[Scalar]]) -> Cells:
    return [list(column) for column in zip(*rows, strict=True)]


def _paired(calls: list[Call]) -> Iterator[Call]:
    """Yield two cases of plain numbers as one column, as one row, and crossed as a grid."""
    plain = [c for c in calls if c.arguments and all(isinstance(a, (float, bool)) for a in c.arguments)]
    for one, two in itertools.pairwise(plain[: PAIRS + 1]):
        if len(one.arguments) != len(two.arguments):
            continue
        pairs = list(zip(one.arguments, two.arguments, strict=True))
        columns: list[Cells] = [[[a], [b]] for a, b in pairs]  # type: ignore[list-item]
        rows: list[Cells] = [[[a, b, a]] for a, b in pairs]  # type: ignore[list-item]
        yield Call(one.entry, tuple(columns))
        yield Call(one.entry, tuple(rows))
        yield Call(one.entry, tuple(rows[i] if i % 2 else columns[i] for i in range(len(pairs))))
        yield Call(one.entry, (columns[0], *one.arguments[1:]))


def _disturbed(call: Call) -> Iterator[Call]:
    """Yield the call with one argument at a time left out, or with something else in a cell of it."""
    for i, argument in enumerate(call.arguments):
        yield _with(call, i, OMITTED)
        if argument is OMITTED or isinstance(argument, str):
            continue
        for value in DISTURBANCES.values():
            if not isinstance(argument, list):
                yield _with(call, i, value)
                yield _with(call, i, [[argument], [value], [argument]])  # type: ignore[list-item]
                continue
            for place in {0, sum(len(row) for row in argument) - 1}:
                yield _with(call, i, _replaced(argument, place, value))


def _with(call: Call, position: int, argument: Cells) -> Call:
    return Call(call.entry, (*call.arguments[:position], argument, *call.arguments[position + 1 :]))


def _replaced(rows: list[list[Scalar]], place: int, value: Scalar) -> Cells:
    width = len(rows[0])
    return [
        [value if i * width + j == place else cell for j, cell in enumerate(row)] for i, row in enumerate(as_rows(rows))
    ]
