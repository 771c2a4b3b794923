from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

from dealmodel import (
    cost_per_success,
    expected_rnd_cost,
    milestone_rnpv,
    present_value,
    reach_probabilities,
    rnpv,
)
from tests.functions.draws import close, decimals

amounts = decimals(0, 1e4)
chances = decimals(0.05, 1)
spans = decimals(0, 5)
rates = st.one_of(decimals(-0.3, 0.5), st.sampled_from([0.0, 1e-12, -1e-12]))
Stages = tuple[list[float], list[float], list[float], list[float]]


def stages(n: int) -> st.SearchStrategy[Stages]:
    """Costs, milestones, success, durations."""
    return st.tuples(*(st.lists(item, min_size=n, max_size=n) for item in (amounts, amounts, chances, spans)))


programmes = st.integers(1, 8).flatmap(stages)


@given(programme=programmes, rate=rates)
def test_rnpv_agrees_with_forty_digits(programme: Stages, rate: float) -> None:
    flows, _, probabilities, _ = programme
    with mp.workdps(50):
        terms = (
            mpf(p) * mpf(cf) / (1 + mpf(rate)) ** i for i, (cf, p) in enumerate(zip(flows, probabilities, strict=True))
        )
        expected = float(mp.fsum(terms))
    assert rnpv(flows, probabilities, rate) == pytest.approx(expected, rel=1e-13)


@given(programme=programmes, rate=rates)
def test_milestones_and_costs_per_success_agree_with_forty_digits(programme: Stages, rate: float) -> None:
    costs, milestones, success, durations = programme
    with mp.workdps(50):
        factor = 1 + mpf(rate)
        cost = gain = started = mpf(0)
        reach = mpf(1)
        for c, m, p, d in zip(costs, milestones, success, durations, strict=True):
            cost += reach * mpf(c) / factor**started
            started += mpf(d)
            reach *= mpf(p)
            gain += reach * mpf(m) / factor**started
        per_success = mpf(0)
        left, to_go = mpf(1), mpf(0)
        for c, p, d in zip(reversed(costs), reversed(success), reversed(durations), strict=True):
            left *= mpf(p)
            per_success += mpf(c) / left * factor ** (to_go + mpf(d) / 2)
            to_go += mpf(d)
    value = milestone_rnpv(costs, milestones, success, durations, rate)
    assert value == pytest.approx(float(gain - cost), rel=1e-13, abs=1e-13 * float(gain + cost))
    assert cost_per_success(costs, success, durations, rate) == pytest.approx(float(per_success), rel=1e-13)


@given(programme=programmes)
def test_reach_falls_from_one_and_its_last_success_is_that_of_the_whole(programme: Stages) -> None:
    _, _, success, _ = programme
    reach = reach_probabilities(success)
    assert reach[0] == 1.0
    assert (np.diff(reach) <= 0).all()
    assert reach[-1] * success[-1] == pytest.approx(np.prod(success), rel=1e-14)


@given(programme=programmes, rate=rates)
def test_stages_of_one_period_are_an_rnpv_of_cash_flows(programme: Stages, rate: float) -> None:
    costs, milestones, success, _ = programme
    reach = np.append(reach_probabilities(success), np.prod(success))
    out = -np.append(costs, 0.0)
    into = np.append(0.0, milestones)
    expected = rnpv(out, reach, rate) + rnpv(into, reach, rate)
    size = rnpv(-out, reach, rate) + rnpv(into, reach, rate)
    value = milestone_rnpv(costs, milestones, success, np.ones(len(costs)), rate)
    assert value == pytest.approx(expected, rel=1e-12, abs=1e-13 * (1 + size))


@given(programme=programmes)
def test_without_milestones_and_interest_the_value_is_the_expected_cost(programme: Stages) -> None:
    costs, _, success, durations = programme
    value = milestone_rnpv(costs, np.zeros(len(costs)), success, durations, 0.0)
    assert close(-value, expected_rnd_cost(costs, success), rtol=1e-14)


@given(programme=programmes)
def test_out_of_pocket_a_success_costs_the_expected_cost_of_its_attempts(programme: Stages) -> None:
    costs, _, success, durations = programme
    attempts = 1 / np.prod(success)
    expected = expected_rnd_cost(costs, success) * attempts
    assert close(cost_per_success(costs, success, durations, 0.0), expected, rtol=1e-13)


@given(programme=programmes, rate=decimals(0.001, 0.5))
def test_capital_costs_a_success_more(programme: Stages, rate: float) -> None:
    costs, _, success, durations = programme
    out_of_pocket = cost_per_success(costs, success, durations, 0.0)
    assert cost_per_success(costs, success, durations, rate) >= out_of_pocket * (1 - 1e-14)


@given(programme=programmes, rate=rates)
def test_a_programme_that_cannot_fail_is_a_present_value(programme: Stages, rate: float) -> None:
    flows, _, _, _ = programme
    sure = np.ones(len(flows))
    assert close(rnpv(flows, sure, rate), present_value(flows, np.arange(len(flows)), rate), rtol=1e-13)
    assert close(reach_probabilities(sure), sure)
