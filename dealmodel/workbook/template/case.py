"""The figures of a case: read from a TOML file that stands beside this module."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Constant: TypeAlias = float | str | bool

SCENARIOS = 5
"""Scenarios a case has, one a column."""


@dataclass(frozen=True, slots=True)
class Figure:
    """The constants of one input, and where they come from.

    Attributes
    ----------
    values
        One constant a scenario.
    source
        Who says so; an assumption is called one here.
    as_of
        Date of the figure: a day, a month or a year.
    rounded
        Half of the last digit reported.
    low, high
        Range in which an assumption may lie.
    """

    values: tuple[Constant, ...]
    source: str
    as_of: str
    rounded: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def is_assumption(self) -> bool:
        """Whether the source says that at least one of the values is assumed."""
        return "assum" in self.source.casefold()


@dataclass(frozen=True, slots=True)
class Source:
    """A source, what it gives, and where it is found."""

    name: str
    gives: str
    address: str


@dataclass(frozen=True, slots=True)
class Case:
    """What a workbook says, apart from its layout."""

    title: str
    subtitle: str
    scenarios: Mapping[str, str]
    words: Mapping[str, str]
    choices: Mapping[str, tuple[str, ...]]
    about: tuple[str, ...]
    notes: tuple[str, ...]
    sources: tuple[Source, ...]
    figures: Mapping[str, Figure]

    def say(self, text: str) -> str:
        """Return a label with the case's own names in it."""
        return text.format_map(self.words)


def read_case(name: str) -> Case:
    """Read a case by its name."""
    text = resources.files("dealmodel.workbook.template").joinpath("cases", f"{name}.toml").read_text("utf-8")
    data = tomllib.loads(text)
    return Case(
        title=data["title"],
        subtitle=data["subtitle"],
        scenarios={s["name"]: s["means"] for s in data["scenarios"]},
        words=data["words"],
        choices={name: tuple(texts) for name, texts in data["choices"].items()},
        about=tuple(data["about"]),
        notes=tuple(data["notes"]),
        sources=tuple(Source(**source) for source in data["sources"]),
        figures={name: _figure(figure) for name, figure in data["inputs"].items()},
    )


def _figure(figure: dict[str, Any]) -> Figure:
    """Return a figure; `value` stands for the same value in every scenario."""
    values = tuple(figure.pop("values", ())) or (figure.pop("value"),) * SCENARIOS
    return Figure(values=values, **figure)
