"""Wildcards: found in one way through a text, with what trying all ways finds."""

from __future__ import annotations

import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealmodel.hosts.supplements.wildcards import wild_test

LETTERS = st.text("abC*?~.\n", max_size=8)


def by_trying(wanted: str, text: str) -> bool:
    """Whether a text is what a pattern describes, read from the definition: one letter after the other."""

    @functools.cache
    def rest(i: int, j: int) -> bool:
        if i == len(wanted):
            return j == len(text)
        if wanted[i] == "*":
            return any(rest(i + 1, k) for k in range(j, len(text) + 1))
        if wanted[i] == "?":
            return j < len(text) and rest(i + 1, j + 1)
        escaped = wanted[i] == "~" and i + 1 < len(wanted)
        letter = wanted[i + 1] if escaped else wanted[i]
        return j < len(text) and text[j].lower() == letter.lower() and rest(i + 1 + escaped, j + 1)

    return rest(0, 0)


@given(wanted=LETTERS, text=LETTERS)
def test_text_with_wildcards_is_met_by_what_it_describes(wanted: str, text: str) -> None:
    test = wild_test(wanted)
    if test is None:
        assert not {"*", "?"} & set(wanted.replace("~~", "").replace("~*", "").replace("~?", ""))
    else:
        assert test(text) == by_trying(wanted, text)


@pytest.mark.parametrize("value", [None, 7.0, True, "", "plain"])
def test_value_without_wildcards_has_no_test(value: object) -> None:
    assert wild_test(value) is None
