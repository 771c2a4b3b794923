from __future__ import annotations

import re
from pathlib import Path

import pytest

from dealmodel import reference
from dealmodel.catalogue import CATALOGUE, GROUPS, Entry
from dealmodel.cli import cli
from dealmodel.console import run

REFERENCE = Path(__file__).parents[1] / "docs" / "functions.md"


def test_reference_in_the_docs_is_that_of_the_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(lambda: cli.main(["functions", "--markdown"]))
    printed = capsys.readouterr().out
    assert printed == reference.as_markdown()
    written = REFERENCE.read_text(encoding="utf-8") if REFERENCE.exists() else ""
    assert written == printed, "run `dealmodel functions --markdown > docs/functions.md`"


def test_listing_names_every_function_under_its_group() -> None:
    listing = reference.listing()
    assert [line for line in listing.splitlines() if line and not line.startswith(" ")] == list(GROUPS)
    names = [line.split()[0] for line in listing.splitlines() if line.startswith("  ")]
    assert names == list(CATALOGUE)


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=CATALOGUE)
def test_help_tells_signature_arguments_and_source(entry: Entry) -> None:
    text = reference.help_text(entry)
    assert text.startswith(entry.signature)
    assert "\n\nExample in Python:\n  >>> " in text
    assert "\n\nReturns: " in text
    assert "\n\nSource: " in text
    for argument in entry.help.arguments:
        assert f"\n  {argument}: " in text
    assert max(map(len, text.splitlines()[1:])) <= 120


def test_a_plain_number_has_no_unit() -> None:
    assert "  p50: Median. (a finite number)\n" in reference.help_text(CATALOGUE["DM_METALOG"])
    assert "| seniority | a finite number (k) |" in section("DM_LIQUIDATION")
    assert "| 1, " not in reference.as_markdown()


def section(name: str) -> str:
    return reference.as_markdown().split(f"\n### {name}\n")[1].split("\n### ")[0]


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=CATALOGUE)
def test_reference_shows_every_argument_with_its_domain_or_where_it_stands(entry: Entry) -> None:
    shown = section(entry.name)
    parameters = {} if entry.takes_cells else {p.name: p for p in entry.contract.parameters}
    for argument, text in entry.help.arguments.items():
        row = next(line for line in shown.splitlines() if re.match(rf"\| (.*, )?{argument}[ ,]", line))
        link = re.search(r"As in \[(\w+)\]\(#(\w+)\)", row)
        if link:
            assert link[1].lower() == link[2]
            row = next(line for line in section(link[1]).splitlines() if line.startswith(f"| {argument} |"))
        assert text in row
        assert argument not in parameters or parameters[argument].domain.words in row


def test_reference_begins_with_every_function_at_a_glance() -> None:
    overview = reference.as_markdown().split("\n## ")[0]
    for entry in CATALOGUE.values():
        assert f"| [{entry.name}](#{entry.name.lower()}) | {entry.help.summary} |" in overview
