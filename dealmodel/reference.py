"""The catalogue as text: a list, the help of one function, and the reference in Markdown."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from dealmodel.catalogue import CATALOGUE, GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dealmodel.catalogue import Entry

WIDTH = 100


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
    """Return the reference of the whole catalogue."""
    lines = [
        "# Worksheet functions",
        "",
        "Written by `dealmodel functions --markdown` from the functions themselves.",
        "",
        "Amounts are in one currency and one unit; shares and rates are fractions. Plain arguments take a number or a",
        "range and broadcast: a column against a row gives the grid. (t) marks a series along time, (k) and (j) a",
        "list. Outside its domain an element is `#NUM!`, and `DM_WHY` says why.",
    ]
    for group in GROUPS:
        lines += ["", f"## {group}"]
        for entry in CATALOGUE.values():
            if entry.category == group:
                lines += ["", *_markdown(entry)]
    return "\n".join(lines) + "\n"


def _markdown(entry: Entry) -> Iterator[str]:
    yield f"### {entry.name}"
    yield ""
    yield f"`{entry.signature}`"
    yield ""
    yield entry.help.summary
    if entry.help.arguments:
        yield ""
        yield "| argument | unit | domain | |"
        yield "|---|---|---|---|"
    for name, text in entry.help.arguments.items():
        unit, domain = _unit_and_domain(entry, name)
        yield f"| {name} | {unit} | {domain} | {text} |"
    yield ""
    for title, text in (
        ("Returns", entry.help.returns),
        ("Formula", f"`{entry.help.formula}`" if entry.help.formula else ""),
        ("Source", entry.help.references),
    ):
        if text:
            yield f"- {title}: {text}"
    yield ""
    yield "```python"
    yield from entry.help.example.splitlines()
    yield "```"


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
    return f"{parameter.domain.unit}{core}", parameter.domain.words


def _fill(text: str) -> str:
    return textwrap.fill(text, WIDTH)
