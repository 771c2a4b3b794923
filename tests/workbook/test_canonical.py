"""Canonical XML is what the standard library makes of it, in any spelling of the same content."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealmodel.workbook.template.canonical import canonical

PARTS = {
    "plain": '<?xml version="1.0"?>\n<a><b/> <c x="1"></c>\t</a>\n',
    "attributes": "<a z='1' b=\"2\" Z='3' xmlns:r='u:r' xmlns:q='u:q' r:a='4' q:z='5' q:b=''><b r:z='1' r:a='2'/></a>",
    "a namespace that is used further in": '<a xmlns="u" xmlns:x="v" xmlns:y="w"><b><x:c/><x:d/></b><x:e y:f="1"/></a>',
    "a prefix with another meaning inside": '<x:a xmlns:x="u"><x:b xmlns:x="v"><x:c/></x:b><x:d/></x:a>',
    "a default namespace that ends": '<a xmlns="u"><b xmlns=""><c/></b><d/></a>',
    "the same declared twice": '<a xmlns="u"><b xmlns="u"><c xmlns:x="v" x:d="1"/></b></a>',
    "space": '<a xml:space="preserve" b=" &#9;&#10;&#13; "> \r\n&#13;<b/></a>',
    "escapes": "<a b='&lt;&gt;&amp;&quot;&apos;'>&lt;&gt;&amp;&quot;&apos;]]&gt;<![CDATA[<&>]]></a>",
    "comments": "<!-- one --><a>b<!-- two -->c</a><!-- three -->",
    "instructions": "<?one?><?two  b ?><a><?three c?></a><?four?>",
    "letters": '<é ü="\u20ac">\U0001f4b6</é>',
}


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS.keys())
def test_it_is_what_the_standard_library_makes(part: str) -> None:
    expected = ET.canonicalize(part)
    assert canonical(part.encode()) == expected
    assert canonical(expected.encode()) == expected


@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,3}", fullmatch=True), st.text("ab<>&\"' \t\n\r\u20ac")),
    st.text("<>&\r\n a"),
)
def test_any_attributes_and_texts_are(attributes: dict[str, str], text: str) -> None:
    element = ET.Element("a", attributes)
    ET.SubElement(element, "b").text = text
    part = ET.tostring(element, encoding="unicode")
    assert canonical(part.encode()) == ET.canonicalize(part)
