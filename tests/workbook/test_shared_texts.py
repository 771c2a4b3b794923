"""Shared texts: found by patterns where they are spelled as usual, and by a parser anywhere else, with one result."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealmodel.errors import WorkbookError
from dealmodel.workbook.stored.sharedtexts import shared_texts
from tests.support.workbooks import MAIN

LETTERS = st.text("aé日 &amp;\n_x000D_<>'\"", max_size=9)
TEXTS = LETTERS.map(lambda text: text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
PLAIN = TEXTS.map(lambda text: f'<t xml:space="preserve">{text}</t>') | TEXTS.map(lambda text: f"<t>{text}</t>")
RUNS = st.lists(PLAIN.map(lambda text: f"<r><rPr><b/><sz val='9'/></rPr>{text}</r>"), max_size=3).map("".join)
PHONETIC = TEXTS.map(lambda text: f'<rPh sb="0" eb="1"><t>{text}</t></rPh><phoneticPr fontId="1"/>')
ITEMS = PLAIN | RUNS | st.just("") | st.just("<t/>") | st.tuples(PLAIN | RUNS, PHONETIC).map("".join)


def never() -> ET.Element:
    raise AssertionError("a parser was asked")


def spelled(items: list[str], prefix: str = "") -> bytes:
    return f'<sst xmlns="{MAIN}">{"".join(f"<si>{item}</si>" for item in items)}{prefix}</sst>'.encode()


@given(items=st.lists(ITEMS, min_size=1, max_size=5))
def test_patterns_find_what_a_parser_finds(items: list[str]) -> None:
    part = spelled(items)
    # A comment makes it a part that only a parser reads.
    parsed = shared_texts(spelled(items, "<!-- -->"), "texts", lambda: ET.fromstring(part))
    assert shared_texts(part, "texts", never) == parsed


@pytest.mark.parametrize("item", ["<t>a</t", "<r><t>a</t>", "<t>a&b</t>x<r>", "<t>a</t></r>"])
def test_damaged_texts_are_left_to_the_parser(item: str) -> None:
    with pytest.raises(AssertionError, match="a parser was asked"):
        shared_texts(spelled([item, "<t>b</t>"]), "texts", never)


def test_texts_that_could_harm_are_refused() -> None:
    with pytest.raises(WorkbookError, match="declares a document type"):
        shared_texts(b"<!DOCTYPE a>" + spelled(["<t>a</t>"]), "texts", never)


def test_no_texts_are_none() -> None:
    assert shared_texts(spelled([]), "texts", lambda: ET.fromstring(spelled([]))) == []
