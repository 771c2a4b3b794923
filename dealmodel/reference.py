"""The catalogue as text: a list, the help of one function, and the reference in Markdown."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from dealmodel.catalogue import CATALOGUE, GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dealmodel.catalogue import Entry

WIDTH = 100
WORTH_A_LINK = 4
"""Arguments that two functions have in common from which one table refers to the other."""


def listing() -> str:
    """Return every function with its summary, by group."""
    lines = []
    for group in GROUPS:
        lines += ["", group]
        for entry in CATALOGUE.values():
            if entry.category == group:
                lines.append(f"  {entry.name:<28}{entry.help.summary}")
    return "\n".join(lines[1:])


def help_text(entry: Entry) -> str:
    """Return the help of a function."""
    parts = [entry.signature, _fill(entry.help.summary), "\n".join(_argument_lines(entry))]
    parts += [_fill(f"Returns: {entry.help.returns}")] if entry.help.returns else []
    parts += [_fill(f"Formula: {entry.help.formula}")] if entry.help.formula else []
    parts += [_fill(f"Source: {entry.help.references}")] if entry.help.references else []
    parts += ["Example in Python:\n" + textwrap.indent(entry.help.example, "  ")]
    return "\n\n".join(part for part in parts if part)


def as_markdown() -> str:
    """Return the reference of the whole catalogue: what there is at a glance, then each function."""
    lines = [
        "# Worksheet functions",
        "",
        "Written by `dealmodel functions --markdown` from the functions themselves.",
        "",
        "Amounts are in one currency and one unit; shares and rates are fractions. Plain arguments take a number or a",
        "range and broadcast: a column against a row gives the grid. (t) marks a series along time, (k) and (j) a",
        "list. An argument in brackets may be left out. Outside its domain an element is `#NUM!`, and `DM_WHY` says",
        "why.",
    ]
    for group in GROUPS:
        lines += ["", f"**{group}**", "", "| function | |", "|---|---|"]
        lines += [f"| {_link(entry)} | {entry.help.summary} |" for entry in _of(group)]
    for group in GROUPS:
        lines += ["", f"## {group}"]
        told: dict[tuple[str, str], Entry] = {}
        for entry in _of(group):
            lines += ["", *_markdown(entry, told)]
    return "\n".join(lines) + "\n"


def _of(group: str) -> list[Entry]:
    return [entry for entry in CATALOGUE.values() if entry.category == group]


def _link(entry: Entry) -> str:
    return f"[{entry.name}](#{entry.name.lower()})"


def _markdown(entry: Entry, told: dict[tuple[str, str], Entry]) -> Iterator[str]:
    yield f"### {entry.name}"
    yield ""
    yield f"`{entry.signature}`"
    yield ""
    yield entry.help.summary
    if entry.help.arguments:
        yield ""
        yield "| argument | what may stand there | |"
        yield "|---|---|---|"
        yield from _rows(entry, told)
    yield ""
    for title, text in (
        ("Returns", entry.help.returns),
        ("Formula", entry.help.formula),
        ("Source", entry.help.references),
    ):
        if text:
            yield f"- **{title}:** {_escaped(text) if title == 'Formula' else text}"
    yield ""
    yield "```python"
    yield from entry.help.example.splitlines()
    yield "```"


def _rows(entry: Entry, told: dict[tuple[str, str], Entry]) -> Iterator[str]:
    """Give a row for each argument; several that an earlier function has in common are told there alone."""
    rows = {
        name: f"{', '.join(fact for fact in _unit_and_domain(entry, name) if fact)} | {text}"
        for name, text in entry.help.arguments.items()
    }
    known = {name: told[name, row] for name, row in rows.items() if (name, row) in told}
    for first in dict.fromkeys(known.values()):
        shared = [name for name, earlier in known.items() if earlier is first]
        if len(shared) >= WORTH_A_LINK:
            yield f"| {', '.join(shared)} | | As in {_link(first)}. |"
            rows = {name: row for name, row in rows.items() if name not in shared}
    for name, row in rows.items():
        told.setdefault((name, row), entry)
        yield f"| {name} | {row} |"


def _escaped(text: str) -> str:
    """Return a formula that Markdown leaves as it is."""
    return text.replace("\\", "\\\\").replace("*", "\\*").replace("<", "&lt;")


def _argument_lines(entry: Entry) -> Iterator[str]:
    for name, text in entry.help.arguments.items():
        unit, domain = _unit_and_domain(entry, name)
        facts = ", ".join(fact for fact in (unit, domain) if fact)
        yield textwrap.fill(
            f"{name}: {text}{f' ({facts})' if facts else ''}", WIDTH, initial_indent="  ", subsequent_indent="    "
        )


def _unit_and_domain(entry: Entry, name: str) -> tuple[str, str]:
    if entry.takes_cells:
        return "", ""
    parameter = next(p for p in entry.contract.parameters if p.name == name)
    core = f" ({parameter.core})" if parameter.core else ""
    if parameter.domain.unit == "1":
        # A plain number has no unit, as the function wizard has it.
        return "", f"{parameter.domain.words}{core}"
    return f"{parameter.domain.unit}{core}", parameter.domain.words


def _fill(text: str) -> str:
    return textwrap.fill(text, WIDTH)
