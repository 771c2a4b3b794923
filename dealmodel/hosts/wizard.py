"""What a function wizard says of a function and its arguments, from the catalogue, within Excel's limits."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from dealmodel.domain import Kind

if TYPE_CHECKING:
    import inspect

    from dealmodel.catalogue import Entry
    from dealmodel.contract import Parameter

LONGEST_HELP = 255
"""Characters that Excel's `Application.MacroOptions` takes for a description; a longer one fails the import."""


def describe(entry: Entry) -> str:
    """Return what a function does, as the function wizard shows it."""
    return _shorten(f"{entry.help.summary} {entry.help.returns}", LONGEST_HELP)


def describe_arguments(entry: Entry) -> list[str]:
    """Return what each argument is: its meaning, unit, domain and default."""
    parameters = {} if entry.takes_cells else {p.name: p for p in entry.contract.parameters}
    return [_describe_argument(entry, a, parameters.get(a.name)) for a in entry.arguments]


def _shorten(text: str, width: int) -> str:
    """Cut at a word; the marks of code in a docstring mean nothing to a spreadsheet's user."""
    text = text.replace("`", "")
    return textwrap.shorten(text, width, placeholder=" ...")


def _describe_argument(entry: Entry, argument: inspect.Parameter, parameter: Parameter | None) -> str:
    facts = [] if parameter is None else [_describe_domain(parameter)]
    if argument.default is not argument.empty:
        facts.append(_describe_default(argument.default))
    tail = "".join(f" {fact}" for fact in facts)
    return _shorten(entry.help.arguments.get(argument.name, ""), LONGEST_HELP - len(tail)) + tail


def _describe_domain(parameter: Parameter) -> str:
    domain = parameter.domain
    words = domain.words
    if domain.kind is Kind.NUMBER and domain.unit != "1":
        words = f"{domain.unit}, {words}"
    series = "; one row or one column" if parameter.core else ""
    return f"{words[0].upper()}{words[1:]}{series}."


def _describe_default(default: object) -> str:
    if isinstance(default, bool):
        return f"Optional, default {str(default).upper()}."
    if isinstance(default, (int, float)):
        return f"Optional, default {default:g}."
    return "Optional."
