"""Help for a worksheet function, read from its docstring: summary, arguments, formula, source, example."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field

_SECTION = re.compile(r"^([A-Z][A-Za-z ]+)\n-{3,}$", re.MULTILINE)
_ENTRY = re.compile(r"^\.\. \[\d+\]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Help:
    """The parts of a docstring in NumPy's form."""

    summary: str
    arguments: dict[str, str] = field(default_factory=dict)
    returns: str = ""
    formula: str = ""
    references: str = ""
    example: str = ""


def read_help(docstring: str | None) -> Help:
    r"""Split a docstring into its parts.

    Examples
    --------
    >>> read_help("Sum of two.\n\nNotes\n-----\na + b").formula
    'a + b'
    """
    text = inspect.cleandoc(docstring or "")
    pieces = _SECTION.split(text)
    sections = {title: body.strip("\n") for title, body in zip(pieces[1::2], pieces[2::2], strict=True)}
    return Help(
        summary=" ".join(pieces[0].split()),
        arguments=_read_arguments(sections.get("Parameters", "")),
        returns=_flow(sections.get("Returns", "")),
        formula=_flow(sections.get("Notes", "")),
        references=_read_references(sections.get("References", "")),
        example=sections.get("Examples", "").strip(),
    )


def _read_arguments(section: str) -> dict[str, str]:
    arguments: dict[str, list[str]] = {}
    current: list[str] = []
    for line in section.splitlines():
        if line and not line.startswith(" "):
            current = []
            arguments.update({name.strip().lstrip("*"): current for name in line.split(":")[0].split(",")})
        else:
            current.append(line)
    return {name: _flow("\n".join(lines)) for name, lines in arguments.items()}


def _read_references(section: str) -> str:
    entries = filter(None, map(_flow, _ENTRY.split(section)))
    return "; ".join(entries).replace(".; ", "; ")


def _flow(text: str) -> str:
    return " ".join(text.split())
