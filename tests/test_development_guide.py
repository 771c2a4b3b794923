"""The guide for developers names places that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs" / "development.md").read_text(encoding="utf-8")


def test_every_place_that_the_guide_names_is_there() -> None:
    named = re.findall(r"`((?:dealmodel/|tests/|docs/)?[\w/]+(?:/|\.py|\.md|\.toml))`", GUIDE)
    missing = [place for place in named if not any((folder / place).exists() for folder in (ROOT, ROOT / "dealmodel"))]
    assert len(named) > 15
    assert missing == []
