"""The catalogue: names, signatures and the way to find a function."""

from __future__ import annotations

import ast
import importlib
import keyword
import pkgutil
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import dealmodel
from dealmodel import functions
from dealmodel.catalogue import CATALOGUE, GROUPS, PREFIX, Entry, find
from dealmodel.cells import OMITTED
from dealmodel.domain import Kind
from dealmodel.errors import ArgumentsError, UnknownNameError
from dealmodel.hosts.calc.names import UNO_WORDS, argument_name
from dealmodel.hosts.excel import VBA_WORDS, vba_name

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNATURES = (Path(__file__).parent / "signatures.txt").read_text(encoding="utf-8").splitlines()
every_entry = pytest.mark.parametrize("entry", CATALOGUE.values(), ids=CATALOGUE.keys())

RESPELLED = {
    "function": "DM_WHY(function, ...) is permanent; VBA is told function_",
    "base": "DM_RND_BUDGET(period, base, growth) is permanent; LibreOffice's Basic is told base_",
    "scale": "DM_GAMMA(shape, scale) and its kin are permanent; VBA is told scale_",
}
"""Argument names that a host reserves and therefore spells in another way, each with its reason."""


@every_entry
def test_a_worksheet_name_is_of_upper_case_letters_digits_and_underscores(entry: Entry) -> None:
    assert re.fullmatch(r"DM_[A-Z0-9_]+", entry.name)
    assert entry.name == PREFIX + entry.function.__name__.upper()


@every_entry
def test_a_worksheet_name_is_no_cell_and_short_enough_for_every_host(entry: Entry) -> None:
    assert not re.fullmatch(r"[A-Z]{1,3}[0-9]+", entry.name)
    # VBA takes 255 characters, a name in the wizard of LibreOffice is read on one line.
    assert len(entry.name) <= 40


@pytest.mark.parametrize("signature", SIGNATURES)
def test_a_signature_that_has_shipped_stays(signature: str) -> None:
    assert CATALOGUE[signature.partition("(")[0]].signature == signature


@every_entry
def test_a_function_is_found_in_python_under_its_own_name(entry: Entry) -> None:
    name = entry.function.__name__
    assert getattr(dealmodel, name) is entry.function
    assert name in dealmodel.__all__


def test_editors_and_type_checkers_are_told_of_every_function() -> None:
    tree = ast.parse(Path(dealmodel.__file__).read_text(encoding="utf-8"))
    told = {
        (node.module, alias.name, alias.asname)
        for block in ast.walk(tree)
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname
    }
    assert told == {(e.function.__module__, e.python_name, e.python_name) for e in CATALOGUE.values()}


def test_python_lists_functions_that_are_not_imported_yet() -> None:
    assert {entry.python_name for entry in CATALOGUE.values()} <= set(dir(dealmodel))


def test_there_is_no_other_attribute() -> None:
    with pytest.raises(AttributeError, match=r"^module 'dealmodel' has no attribute 'step_valuaton'$"):
        dealmodel.step_valuaton  # noqa: B018


def worksheet_functions() -> Iterator[tuple[str, str]]:
    """Give module and name of every public worksheet function of the package."""
    for module in pkgutil.iter_modules(functions.__path__, f"{functions.__name__}."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if hasattr(value, "__contract__") and not name.startswith("_") and value.__module__ == module.name:
                yield module.name, name


def test_every_worksheet_function_is_in_the_catalogue() -> None:
    listed = {(entry.function.__module__, entry.function.__name__) for entry in CATALOGUE.values()}
    assert set(worksheet_functions()) <= listed


def test_every_function_stands_in_one_group() -> None:
    names = [place for group in GROUPS.values() for place in group]
    assert len(names) == len(set(names)) == len(CATALOGUE)
    assert {entry.category for entry in CATALOGUE.values()} == GROUPS.keys()


@every_entry
def test_argument_names_are_lower_case_words(entry: Entry) -> None:
    for argument in entry.arguments:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", argument.name)
        assert not keyword.iskeyword(argument.name)
        assert not argument.name.endswith("_") or keyword.iskeyword(argument.name.rstrip("_"))


@every_entry
def test_no_host_reserves_the_name_of_an_argument(entry: Entry) -> None:
    for argument in entry.arguments:
        if argument.name not in RESPELLED:
            assert argument.name not in VBA_WORDS | UNO_WORDS


@every_entry
def test_hosts_respell_the_names_they_reserve(entry: Entry) -> None:
    for argument in entry.arguments:
        assert vba_name(argument.name).lower() not in VBA_WORDS
        assert argument_name(argument.name).lower() not in UNO_WORDS


def test_every_respelled_name_is_in_use() -> None:
    used = {argument.name for entry in CATALOGUE.values() for argument in entry.arguments}
    assert used >= RESPELLED.keys()
    assert RESPELLED.keys() <= VBA_WORDS | UNO_WORDS


@every_entry
def test_arguments_that_may_be_left_out_stand_last(entry: Entry) -> None:
    optional = [argument.default is not argument.empty for argument in entry.arguments]
    assert optional == sorted(optional)
    assert entry.min_arguments <= len(entry.arguments)
    assert entry.max_arguments is None or entry.max_arguments == len(entry.arguments)


@every_entry
def test_every_argument_declares_its_domain(entry: Entry) -> None:
    if entry.takes_cells:
        return
    for parameter in entry.contract.parameters:
        assert parameter.is_text == (parameter.domain.kind is Kind.TEXT)
        # A text is what an argument without an annotation would become.
        assert not parameter.is_text or parameter.name == "name"
    assert entry.contract.result.domain.kind is not Kind.TEXT


def test_arguments_are_counted() -> None:
    entry = CATALOGUE["DM_STEP_VALUATION"]
    assert (entry.min_arguments, entry.max_arguments) == (3, 4)
    assert (CATALOGUE["DM_WHY"].min_arguments, CATALOGUE["DM_WHY"].max_arguments) == (1, None)
    assert (CATALOGUE["DM_VERSION"].min_arguments, CATALOGUE["DM_VERSION"].max_arguments) == (0, 0)


def test_a_function_of_cells_refuses_a_wrong_number_of_arguments() -> None:
    with pytest.raises(ArgumentsError, match=r"^why takes at least 1 argument; got 0$"):
        CATALOGUE["DM_WHY"].call_cells([])
    with pytest.raises(ArgumentsError, match=r"^version takes 0 arguments; got 2$"):
        CATALOGUE["DM_VERSION"].call_cells([1.0, OMITTED])


# -- finding -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["DM_STEP_VALUATION", "dm_step_valuation", "step_valuation", "STEP_VALUATION", " Step_Valuation "]
)
def test_a_function_is_found_in_any_spelling(name: str) -> None:
    assert find(name) is CATALOGUE["DM_STEP_VALUATION"]


@pytest.mark.parametrize("name", ["DM_STEP_VALUATON", "step_valution", "stepvaluation"])
def test_a_misspelt_name_is_answered_with_the_nearest(name: str) -> None:
    with pytest.raises(UnknownNameError, match=rf"^there is no function {name}; did you mean DM_STEP_VALUATION.*\?$"):
        find(name)


def test_each_of_the_nearest_is_named_once() -> None:
    with pytest.raises(UnknownNameError) as refusal:
        find("DM_STEP_VALUATON")
    named = re.findall(r"DM_\w+", str(refusal.value).partition(";")[2])
    assert len(named) == len(set(named)) <= 3
    assert set(named) <= CATALOGUE.keys()


@pytest.mark.parametrize("name", ["QQQ", "", "  "])
def test_a_name_that_is_near_no_other_is_answered_with_the_list(name: str) -> None:
    with pytest.raises(UnknownNameError, match=rf"^there is no function {name}; `dealmodel functions` lists them$"):
        find(name)
