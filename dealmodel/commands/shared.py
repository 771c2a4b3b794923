"""What several commands take: a workbook with its inputs changed first, and where results go."""

from __future__ import annotations

import math
import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from dealmodel.workbook.model import Model

_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+")
_POWER = re.compile(r"\d+(?:\.\d+)?[eE]\+?\d{1,2}")

BOOK = click.argument("book", type=click.Path(path_type=Path))
OUTPUT = click.option("--output", required=True, metavar="NAME", help="What is looked at: a name or Sheet!A1.")
SET = click.option("--set", "assignments", multiple=True, metavar="NAME=VALUE", help="Change an input first.")
SCENARIO = click.option("--scenario", metavar="NAME", help="Make a scenario the live one.")
NOW = click.option("--now", metavar="DATE", help="The date of the run, as 2018-06-30; by default today.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
RESULTS = click.option(
    "-o", "--results", type=click.Path(path_type=Path), metavar="FILE.xlsx",
    help="Write results with charts: a copy of BOOK where it has sheets for them, else a workbook of their own.",
)  # fmt: skip
IN_PLACE = click.option(
    "--in-place", is_flag=True, help="Write them into BOOK's own sheets Simulation and Sensitivity."
)


def open_model(book: Path, scenario: str | None, assignments: tuple[str, ...], now: str | None = None) -> Model:
    """Open a workbook and change its inputs."""
    from dealmodel.workbook.entries import parse_assignment  # noqa: PLC0415
    from dealmodel.workbook.model import Model  # noqa: PLC0415

    model = Model.open(book, moment(now))
    if scenario is not None:
        model.choose(scenario)
    for text in assignments:
        model.set(*parse_assignment(text))
    return model


def moment(text: str | None) -> datetime | None:
    """Read a date, or a date with a time."""
    if text is None:
        return None
    from dealmodel.workbook.entries import FIRST_DAY  # noqa: PLC0415

    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text} is not a date such as 2018-06-30", param_hint="--now") from None
    if found.tzinfo is not None:
        raise click.BadParameter(f"{text} names a time zone; spreadsheets know none", param_hint="--now")
    if found < FIRST_DAY:
        raise click.BadParameter(f"{text} is before {FIRST_DAY:%Y-%m-%d}, the first date taken", param_hint="--now")
    return found


class FiniteRange(click.FloatRange):
    """A finite number from a bound on; where it is in per cent, with their sign or without."""

    name = "number"

    def __init__(self, low: float, *, min_open: bool = False, percent: bool = False) -> None:
        super().__init__(low, min_open=min_open)
        self._percent = percent

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401
        """Read a number."""
        if isinstance(value, str) and self._percent:
            value = value.strip().removesuffix("%")
        found: float = super().convert(value, param, ctx)
        if not math.isfinite(found):
            self.fail(f"a number was expected; got {found}", param, ctx)
        return found


class CountRange(click.IntRange):
    """A whole number as people write it: 100000, 100,000 or 1e5."""

    name = "whole number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:  # noqa: ANN401
        """Read a whole number."""
        if isinstance(value, str) and (_THOUSANDS.fullmatch(value.strip()) or _POWER.fullmatch(value.strip())):
            written = float(value.strip().replace(",", ""))
            value = int(written) if written.is_integer() else value
        found: int = super().convert(value, param, ctx)
        return found


def check_kind(book: Path, output: Path | None) -> None:
    """Refuse to write a workbook as a file of another kind."""
    if output is None or output.suffix.lower() == book.suffix.lower():
        return
    if not book.suffix:
        from dealmodel.workbook.stored.package import Package  # noqa: PLC0415  where something is wrong anyway

        # A folder, or no file at all, has no kind that could be named.
        Package.open(book)
    expected = f"a {book.suffix} file, as {book.name} is" if book.suffix else f"without an ending, as {book.name} is"
    raise click.UsageError(f"the output must be {expected}; got {output.name}")


def distributions(texts: tuple[str, ...]) -> dict[str, str]:
    """Read the inputs that are made uncertain, each once."""
    found: dict[str, str] = {}
    for name, distribution in map(pair, texts):
        if found.setdefault(name, distribution) != distribution:
            raise click.UsageError(f"{name} is given as {found[name]} and as {distribution}")
    return found


def pair(text: str, expected: str = "NAME=DISTRIBUTION, such as price=PERT(250,294,340)") -> tuple[str, str]:
    """Read a name and what is given for it."""
    name, mark, value = text.partition("=")
    if not mark or not name.strip():
        raise click.UsageError(f"{text} is not {expected}")
    return name.strip(), value.strip()


def number(text: str, option: str, model: Model | None = None) -> float:
    """Read a number as people write it: 300, 1,223.3, 51%, or a date; the option is named where it is none."""
    from dealmodel.errors import InputRefusedError  # noqa: PLC0415
    from dealmodel.workbook.entries import parse_number  # noqa: PLC0415

    try:
        return parse_number(text, option, date1904=model is not None and model.book.settings.date1904)
    except InputRefusedError as error:
        raise click.BadParameter(str(error), param_hint=option) from None


def target_file(book: Path, results: Path | None, *, in_place: bool) -> Path | None:
    """Return the file that results are written to, if any."""
    if results is not None and in_place:
        raise click.UsageError("give one of -o and --in-place")
    target = book if in_place else results
    if target is not None and target.suffix.lower() not in (".xlsx", ".xlsm"):
        raise click.UsageError(f"results are written to an .xlsx file; got {target.name}")
    check_target(target, None if in_place else book)
    return target


def check_target(path: Path | None, book: Path | None = None) -> None:
    """Refuse a place where results cannot be written, or where the book itself is, before they are worked out."""
    if path is not None:
        from dealmodel.workbook.save import check_not_book, check_place  # noqa: PLC0415

        check_not_book(path, book)
        check_place(path)


def how_to_repeat(seed: int | None = None) -> str:
    """Return the command that is running, without where it writes; with its seed where it chose one itself."""
    context = click.get_current_context()
    words = ["dealmodel", context.command.name or ""]
    for parameter in context.command.params:
        value = context.params.get(parameter.name or "")
        if parameter.name == "seed" and value is None:
            value = seed
        if parameter.name in _NOT_REPEATED or value in (None, False, (), parameter.get_default(context)):
            continue
        if parameter.param_type_name == "argument":
            words.append(quoted(str(value)))
            continue
        flag = parameter.opts[-1]
        if value is True:
            words.append(flag)
            continue
        for one in value if parameter.multiple else [value]:
            words += [flag, *(quoted(str(v)) for v in (one if isinstance(one, tuple) else (one,)))]
    return " ".join(words)


_NOT_REPEATED = {"results", "in_place", "pictures", "separate", "trials_out", "processes", "as_json"}
_PLAIN = re.compile(r"[\w@%+=:,./\\-]+")


def quoted(word: str) -> str:
    """Return a word as both shells and the Windows command line take it.

    Examples
    --------
    >>> quoted("price=300"), quoted("price=PERT(250,294,340)")
    ('price=300', '"price=PERT(250,294,340)"')
    """
    return word if _PLAIN.fullmatch(word) else f'"{word}"'
