"""The order in which the quick program computes its values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealmodel.simulation.compiler.quick.registers import MEMORY, SIZES, Layout
from dealmodel.simulation.compiler.quick.schedule import scheduled
from dealmodel.simulation.compiler.quick.values import FLAGS, NOTHING, WORD, Value


def made(*args: Value, kind: str = WORD) -> Value:
    return Value(np.add, args, kind, None)


@st.composite
def programs(draw: st.DrawFn) -> tuple[list[Value], list[Value]]:
    values: list[Value] = []
    for _ in range(draw(st.integers(1, 40))):
        args = draw(st.lists(st.sampled_from(values), max_size=3)) if values else []
        values.append(made(*args, kind=draw(st.sampled_from([WORD, FLAGS, NOTHING]))))
    return values, draw(st.lists(st.sampled_from(values), min_size=1, unique=True))


def behind(kept: list[Value]) -> set[Value]:
    found: set[Value] = set()
    stack = list(kept)
    while stack:
        value = stack.pop()
        if value not in found:
            found.add(value)
            stack += [a for a in value.args if isinstance(a, Value)]
    return found


@given(programs())
def test_every_value_comes_once_and_after_those_that_it_is_computed_from(
    program: tuple[list[Value], list[Value]],
) -> None:
    values, kept = program
    order = scheduled(values, kept)
    assert len(set(order)) == len(order)
    assert set(order) == behind([*kept, *(v for v in values if v.kind == NOTHING)])
    places = {value: i for i, value in enumerate(order)}
    assert all(places[a] < places[value] for value in order for a in value.args)


@pytest.mark.parametrize("every", [1, 7])
def test_a_sum_takes_up_its_terms_as_they_come(every: int) -> None:
    """Even if some of the terms stand in it twice, and free nothing when they are taken for the first time."""
    source = made()
    terms = [made(source) for _ in range(200)]
    values, total = [source, *terms], terms[0]
    for term in [*terms[1:], *terms[:: every * 20]]:
        total = made(total, term)
        values.append(total)
    order = scheduled(values, [total])
    assert len(order) == len(values)
    assert Layout(order, [total]).bytes_per_trial <= 8 * (3 + len(terms[:: every * 20]))


def test_a_block_is_as_long_as_memory_allows() -> None:
    values = [made() for _ in range(1000)]
    blocks = {n: Layout(scheduled(values[:n], values[:n]), values[:n]).block for n in (10, 1000)}
    assert blocks[10] == SIZES[0]
    assert SIZES[-1] <= blocks[1000] < SIZES[0]
    assert 8 * 1000 * blocks[1000] <= MEMORY < 8 * 1000 * 2 * blocks[1000]
