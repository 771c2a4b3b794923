"""Help: every function has all of it, and a docstring is read part by part."""

from __future__ import annotations

import doctest

import click
import numpy as np
import pytest

import dealmodel
from dealmodel.catalogue import CATALOGUE, Entry
from dealmodel.cli import COMMANDS, cli
from dealmodel.helptext import Help, read_help

LONGEST = 255
"""Characters of a text that Excel's function wizard shows."""
every_entry = pytest.mark.parametrize("entry", CATALOGUE.values(), ids=CATALOGUE.keys())
EXPLAINING = {entry.python_name for entry in CATALOGUE.values() if entry.category == "Help"}


@every_entry
def test_a_summary_is_one_short_sentence(entry: Entry) -> None:
    summary = entry.help.summary
    assert summary.endswith(".")
    assert "\n" not in summary
    assert 0 < len(summary) <= LONGEST
    assert summary[0] == summary[0].upper()


@every_entry
def test_every_argument_has_its_help_and_no_other_has(entry: Entry) -> None:
    assert list(entry.help.arguments) == [argument.name for argument in entry.arguments]
    for text in entry.help.arguments.values():
        assert 0 < len(text) <= LONGEST
        assert text.endswith(".")


@every_entry
def test_every_function_says_what_it_returns(entry: Entry) -> None:
    assert entry.help.returns


@every_entry
def test_every_function_but_those_that_explain_prints_its_formula(entry: Entry) -> None:
    assert bool(entry.help.formula) != (entry.python_name in EXPLAINING)


@every_entry
def test_every_function_names_its_source(entry: Entry) -> None:
    assert len(entry.help.references) > len("a page")
    assert ".. [" not in entry.help.references


@every_entry
def test_every_function_has_an_example_that_runs(entry: Entry) -> None:
    examples = doctest.DocTestParser().get_examples(entry.function.__doc__ or "")
    assert examples
    assert any(entry.function.__name__ in example.source for example in examples)
    assert any(example.want for example in examples)
    names = {name: getattr(dealmodel, name) for name in dealmodel.__all__} | {"np": np}
    test = doctest.DocTest(examples, names, entry.name, None, None, None)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE, verbose=False)
    assert runner.run(test).failed == 0


@every_entry
def test_help_is_plain_text_without_line_ends(entry: Entry) -> None:
    texts = [entry.help.returns, entry.help.formula, entry.help.references, *entry.help.arguments.values()]
    for text in texts:
        assert text == " ".join(text.split())


DOCSTRING = """Value of a stake
    in a company.

    Some words more.

    Parameters
    ----------
    stake, share
        A fraction,
        at most 1.
    price : float
        What it costs.
    *others
        The rest.

    Returns
    -------
    Value: a number.

    Notes
    -----
    price /
    stake

    References
    ----------
    .. [1] A book, ch. 4.
    .. [2] A page,
       with an address

    Examples
    --------
    >>> 1 + 1
    2
    """


def test_a_docstring_is_read_part_by_part() -> None:
    assert read_help(DOCSTRING) == Help(
        summary="Value of a stake in a company. Some words more.",
        arguments={
            "stake": "A fraction, at most 1.",
            "share": "A fraction, at most 1.",
            "price": "What it costs.",
            "others": "The rest.",
        },
        returns="Value: a number.",
        formula="price / stake",
        references="A book, ch. 4; A page, with an address",
        example=">>> 1 + 1\n2",
    )


@pytest.mark.parametrize("docstring", [None, ""])
def test_without_a_docstring_there_is_no_help(docstring: str | None) -> None:
    assert read_help(docstring) == Help(summary="")


def test_a_title_without_a_line_below_is_text() -> None:
    assert read_help("Sum.\n\nNotes of a kind.").formula == ""


def test_the_lists_of_commands_are_whole_in_a_narrow_terminal() -> None:
    groups = {"dealmodel": cli} | {
        name: command
        for name in COMMANDS
        if isinstance(command := cli.get_command(click.Context(cli), name), click.Group)
    }
    assert set(groups) == {"dealmodel", "calc", "excel"}
    for name, group in groups.items():
        # A group keeps the help option that it makes first, so this is the one of the command line.
        context = click.Context(group, info_name=name, terminal_width=80, **cli.context_settings)
        listing = group.get_help(context).partition("Commands:")[2]
        assert listing
        assert "..." not in listing, name
