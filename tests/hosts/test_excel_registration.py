"""The functions as xlwings registers them, the VBA that it writes, and what is left of them without Windows."""

from __future__ import annotations

import dataclasses
import inspect
import io
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dealmodel.catalogue import CATALOGUE
from dealmodel.cells import OMITTED
from dealmodel.hosts.excel import (
    FUNCTIONS,
    VBA_WORDS,
    vba_name,
)
from dealmodel.hosts.wizard import LONGEST_HELP, describe, describe_arguments
from tests.support.pywin32_stub import FakeWorkbook

if TYPE_CHECKING:
    from dealmodel.catalogue import Entry
    from tests.support.pywin32_stub import Windows

ROOT = Path(__file__).parents[2]
each_entry = pytest.mark.parametrize("entry", CATALOGUE.values(), ids=CATALOGUE)


@each_entry
def test_every_entry_is_registered_under_its_worksheet_name(excel: Windows, entry: Entry) -> None:
    registered = getattr(excel.functions, entry.name).__xlfunc__
    assert registered["name"] == entry.name
    assert registered["category"] == f"dealmodel: {entry.category}"
    assert registered["call_in_wizard"] is True
    assert registered["volatile"] is False
    assert [a["name"] for a in registered["args"]] == [vba_name(a.name) for a in entry.arguments]


@each_entry
def test_the_pure_function_stays_undecorated(excel: Windows, entry: Entry) -> None:
    assert getattr(excel.functions, entry.name) is not entry.function
    assert not hasattr(entry.function, "__xlfunc__")


@each_entry
def test_the_signature_shows_the_arguments_by_position(entry: Entry) -> None:
    function = FUNCTIONS[entry.name]
    shown = inspect.signature(function).parameters.values()
    assert [p.name for p in shown] == [vba_name(a.name) for a in entry.arguments]
    assert [p.default is OMITTED for p in shown] == [a.default is not a.empty for a in entry.arguments]
    assert all(p.kind in {p.POSITIONAL_OR_KEYWORD, p.VAR_POSITIONAL} for p in shown)
    assert all(p.annotation is p.empty for p in shown)
    assert function.__annotations__ == {}
    assert function.__name__ == entry.name


@each_entry
def test_help_fits_and_names_unit_domain_and_default(excel: Windows, entry: Entry) -> None:
    registered = getattr(excel.functions, entry.name).__xlfunc__
    assert 0 < len(registered["ret"]["doc"]) <= LONGEST_HELP
    parameters = [] if entry.takes_cells else entry.contract.parameters
    for argument, information in zip(entry.arguments, registered["args"], strict=True):
        text = information["doc"]
        assert 0 < len(text) <= LONGEST_HELP
        assert "`" not in text
        assert ("Optional" in text) == (argument.default is not argument.empty)
        for parameter in (p for p in parameters if p.name == argument.name):
            assert parameter.domain.words.lower() in text.lower()
            assert parameter.domain.unit == "1" or parameter.domain.unit.lower() in text.lower()


def test_help_reads_as_a_sentence_and_its_facts(excel: Windows) -> None:
    _, before, _, primary = excel.functions.DM_STEP_VALUATION.__xlfunc__["args"]
    assert before["doc"] == "Stake held before. Fraction, at least 0 and at most 1."
    assert primary["doc"].endswith("at the same price. Fraction, at least 0 and at most 1. Optional, default 0.")


def test_help_that_is_too_long_is_cut_at_a_word_and_keeps_the_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = CATALOGUE["DM_STEP_VALUATION"]
    long = dataclasses.replace(entry.help, summary="word " * 60, arguments={"primary_share": "word " * 60})
    monkeypatch.setitem(vars(entry), "help", long)
    assert len(describe(entry)) <= LONGEST_HELP
    assert describe(entry).endswith(" word ...")
    last = describe_arguments(entry)[-1]
    assert len(last) <= LONGEST_HELP
    assert re.search(r" word \.\.\. Fraction, at least 0 and at most 1\. Optional, default 0\.$", last)


@pytest.fixture(scope="module")
def vba(excel: Windows) -> str:
    out = io.StringIO()
    excel.udfs.generate_vba_wrapper("dealmodel.udfs", excel.functions, out, FakeWorkbook())
    return out.getvalue()


def spelled(argument: inspect.Parameter) -> str:
    if argument.kind is argument.VAR_POSITIONAL:
        return f"ParamArray {vba_name(argument.name)}()"
    optional = "" if argument.default is argument.empty else "Optional "
    return optional + vba_name(argument.name)


@each_entry
def test_vba_declares_the_arguments_and_hands_them_over_in_order(vba: str, entry: Entry) -> None:
    arguments = ", ".join(map(spelled, entry.arguments))
    found = re.search(
        rf"^Function {entry.name}\({re.escape(arguments)}\)$(.*?)^End Function$",
        vba,
        re.MULTILINE | re.DOTALL,
    )
    assert found is not None
    names = ", ".join(vba_name(a.name) for a in entry.arguments if a.kind is not a.VAR_POSITIONAL)
    assert f"Array({names})" in found[1]
    assert f'XLPy.CallUDF("dealmodel.udfs", "{entry.name}", ' in found[1]


def test_vba_has_one_function_per_entry_and_each_is_closed(vba: str) -> None:
    declared = re.findall(r"^Function (\w+)\(", vba, re.MULTILINE)
    assert declared == sorted(CATALOGUE)
    assert len(re.findall(r"^End Function$", vba, re.MULTILINE)) == len(declared)


def test_vba_lines_are_short_enough_and_not_continued_too_often(vba: str) -> None:
    # VBA takes 1,023 characters a line and 24 continuations.
    assert max(map(len, vba.splitlines())) <= 1023
    assert re.search(r"(?:.* _\n){25}", vba) is None


@each_entry
def test_no_argument_breaks_the_vba_module(entry: Entry) -> None:
    names = [vba_name(a.name) for a in entry.arguments]
    assert len({name.lower() for name in names}) == len(names)
    for name in names:
        assert re.fullmatch(r"[A-Za-z]\w{0,254}", name, re.ASCII)
        assert name.lower() not in VBA_WORDS
        assert name.lower() != entry.name.lower()


@pytest.mark.parametrize("word", ["end", "Function", "scale", "date", "currency", "next", "base", "caller", "k"])
def test_a_reserved_word_is_spelled_with_an_underscore(word: str) -> None:
    assert vba_name(word) == f"{word}_"


def test_import_functions_writes_the_module_and_registers_all_help(excel: Windows, vba: str) -> None:
    workbook = FakeWorkbook()
    excel.udfs.import_udfs("dealmodel.udfs", workbook)
    assert workbook.code.startswith('Attribute VB_Name = "xlwings_udfs"')
    assert workbook.code.endswith(vba)
    assert set(workbook.options) == set(CATALOGUE)
    for name, options in workbook.options.items():
        assert options["Category"] == f"dealmodel: {CATALOGUE[name].category}"
        assert len(options["ArgumentDescriptions"] or []) == len(CATALOGUE[name].arguments)


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_dealmodel_does_not_import_xlwings() -> None:
    assert run("import sys, dealmodel; print('xlwings' in sys.modules)") == "False"


@pytest.mark.skipif(sys.platform == "win32", reason="pywin32 may be there")
def test_without_pywin32_the_udfs_are_plain_functions() -> None:
    code = """
from dealmodel import CATALOGUE, udfs
print([name for name in CATALOGUE if not callable(getattr(udfs, name))])
print(udfs.DM_SHORTFALL(294.0, [[892.0], [-1.0], ["n/a"]]))
print(udfs.DM_WHY("shortfall", 294.0, -1.0), hasattr(udfs.DM_WHY, "__xlfunc__"))
"""
    assert run(code).splitlines() == [
        "[]",
        "[[598.0], ['#NUM!'], ['#VALUE!']]",
        "fine must be at least 0; got -1 False",
    ]


def test_the_disguise_leaves_the_interpreter_as_it_was() -> None:
    code = """
import sys, xlwings, dealmodel.udfs
from tests.support.pywin32_stub import windows
def state():
    roots = ("dealmodel", "xlwings", "win32", "pythoncom", "pywintypes")
    ours = {n: m for n, m in sys.modules.items() if n.startswith(roots)}
    return ours, dealmodel.udfs, dealmodel.hosts.excel, xlwings.conversion, sys.platform
before = state()
for _ in range(2):
    with windows() as found:
        assert found.functions is sys.modules["dealmodel.udfs"] is not before[1]
        assert found.call("DM_SHORTFALL", 294.0, 892.0) == [[598.0]]
    print(state() == before)
"""
    assert run(code).splitlines() == ["True", "True"]
