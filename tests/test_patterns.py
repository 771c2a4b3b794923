"""Regular expressions mean the same in every Python that the package runs on.

References
----------
.. [1] CPython, gh-100061: until 3.11.5 a group that is repeated possessively loses what a failed try has taken.
"""

from __future__ import annotations

import re
from pathlib import Path

import dealmodel

_POSSESSIVE_GROUP = re.compile(r"\)(?:[?*+]|\{[\d,]+\})\+")


def test_no_group_of_a_pattern_is_repeated_possessively() -> None:
    assert _POSSESSIVE_GROUP.search('(?: s="1")?+')
    for file in Path(dealmodel.__file__).parent.rglob("*.py"):
        found = _POSSESSIVE_GROUP.search(file.read_text(encoding="utf-8"))
        assert found is None, (file, found)
