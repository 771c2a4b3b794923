from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import inspect
import io
import itertools
import json
import math
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dealmodel import callpath
from dealmodel.catalogue import CATALOGUE
from dealmodel.cells import OMITTED, CellError
from dealmodel.hosts.excel import (
    FUNCTIONS,
    MAX_CELLS,
    VBA_WORDS,
    read_value,
    vba_name,
)
from dealmodel.hosts.wizard import LONGEST_HELP, describe, describe_arguments
from tests.support.pywin32_stub import CVERR, MISSING, FakeRange, FakeWorkbook, PyTime
from tests.support.strategies import CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dealmodel.catalogue import Entry
    from tests.support.pywin32_stub import Windows

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases"
XL_ERR = {
    2000: "#NULL!",
    2007: "#DIV/0!",
    2015: "#VALUE!",
    2023: "#REF!",
    2029: "#NAME?",
    2036: "#NUM!",
    2042: "#N/A",
    2043: "#GETTING_DATA",
    2045: "#SPILL!",
    2046: "#CONNECT!",
    2047: "#BLOCKED!",
    2048: "#UNKNOWN!",
    2049: "#FIELD!",
    2050: "#CALC!",
}
CODES = {text: CVERR + code for code, text in XL_ERR.items()}

NEVER_RAISES = settings().max_examples // 3
"""Odd calls of each function: a few for each come to a thousand."""
each_entry = pytest.mark.parametrize("entry", CATALOGUE.values(), ids=CATALOGUE)


# -- the same values as every other host ---------------------------------------------------------------------


def as_excel_shows(result: object) -> str:
    """Spell a result of the cell path as Excel gets it, exactly."""
    rows = result if isinstance(result, list) else [[result]]
    return repr([[str(cell) if isinstance(cell, CellError) else cell for cell in row] for row in rows])


def as_bare(value: object) -> object:
    """Spell a cell as pywin32 does."""
    if isinstance(value, CellError):
        return CODES[str(value)]
    return value


def as_literal(value: Any) -> object:  # noqa: ANN401
    if isinstance(value, list):
        return tuple(tuple(as_bare(cell) for cell in row) for row in value)
    return MISSING if value is OMITTED else as_bare(value)


def as_range(value: Any) -> object:  # noqa: ANN401
    if value is OMITTED:
        return MISSING
    rows = value if isinstance(value, list) else [[value]]
    return FakeRange([[as_bare(cell) for cell in row] for row in rows])


def as_currency(value: Any) -> object:  # noqa: ANN401
    """Spell amounts of up to four places as VBA's Currency."""

    def spell(cell: object) -> object:
        bare = as_bare(cell)
        exact = isinstance(bare, float) and abs(bare) < 1e10 and bare == round(bare, 4)
        return Decimal(repr(bare)) if exact else bare

    if isinstance(value, list):
        return tuple(tuple(spell(cell) for cell in row) for row in value)
    return MISSING if value is OMITTED else spell(value)


def as_dates(value: Any) -> object:  # noqa: ANN401
    """Spell whole numbers as the dates they are the serial numbers of."""

    def spell(cell: object) -> object:
        bare = as_bare(cell)
        if isinstance(bare, float) and bare.is_integer() and 61 <= bare < 2958466:
            return PyTime(1899, 12, 30, tzinfo=dt.UTC) + dt.timedelta(days=bare)
        return bare

    if isinstance(value, list):
        return tuple(tuple(spell(cell) for cell in row) for row in value)
    return MISSING if value is OMITTED else spell(value)


def as_addin_sends(value: Any) -> object:  # noqa: ANN401
    """Spell an argument as the add-in's wrapper does: the `Value2` of a range, bare where it is one cell."""
    if value is OMITTED:
        return MISSING
    rows = tuple(tuple(as_bare(cell) for cell in row) for row in (value if isinstance(value, list) else [[value]]))
    return rows[0][0] if len(rows) == len(rows[0]) == 1 else rows


def as_vba_gets(result: Any) -> object:  # noqa: ANN401
    """Spell a result as VBA gets it and the wrapper leaves it: errors by their text, one row as a row."""
    rows = result if isinstance(result, list) else [[result]]
    shown = [["" if c is None else str(c) if isinstance(c, CellError) else c for c in row] for row in rows]
    return shown if len(shown) > 1 else shown[0] if len(shown[0]) > 1 else shown[0][0]


def read_field(field: str) -> object:
    if field == "":
        return OMITTED
    if field.startswith("#"):
        return CellError(field)
    value = json.loads(field, parse_int=float)
    if not isinstance(value, list):
        return read_cell(value)
    rows = value if value and isinstance(value[0], list) else [value]
    return [[read_cell(cell) for cell in row] for row in rows]


def read_cell(value: object) -> object:
    return CellError(value) if isinstance(value, str) and value in XL_ERR.values() else value


def cases() -> Iterator[Any]:
    for name, entry in CATALOGUE.items():
        path = CASES / f"{entry.function.__name__}.csv"
        if not path.exists() or entry.max_arguments is None:
            continue
        with path.open(encoding="utf-8", newline="") as file:
            for number, row in enumerate(csv.DictReader(file), start=2):
                arguments = [read_field(row[a.name]) for a in entry.arguments]
                yield pytest.param(entry, arguments, id=f"{name}-{number}")


SPELLINGS: tuple[Callable[[Any], object], ...] = (as_literal, as_range, as_currency, as_dates)
SAMPLES: dict[str, Callable[[int], object]] = {
    "numbers": lambda i: 0.2 * (i + 1),
    "whole numbers": lambda i: i + 1.0,
    "columns": lambda i: [[0.1 * (i + 1)], [0.2], [0.5 * (i + 1)]],
    "rows": lambda i: [[0.1 * (i + 1), None, True, 0.3, -1.0]],
    "errors": lambda i: [[0.1 * (i + 1), CellError.NA, "text", CellError.DIV0]],
    "blanks": lambda _: None,
    "nothing": lambda _: OMITTED,
    "truths": lambda _: True,
    "texts": lambda _: "text",
    "dates": lambda i: 43160.75 + i,
}
"""What the cells of an argument can hold, by its position."""


@pytest.mark.parametrize(("entry", "arguments"), [*cases()])
def test_a_published_case_gives_in_excel_what_the_cell_path_gives(
    excel: Windows, entry: Entry, arguments: list[Any]
) -> None:
    expected = as_excel_shows(callpath.call(entry, arguments))
    for spell in SPELLINGS:
        assert repr(excel.call(entry.name, *map(spell, arguments))) == expected, spell.__name__


@pytest.mark.parametrize(("entry", "arguments"), [*cases()])
def test_a_published_case_comes_back_to_the_addin_as_the_same_value(
    excel: Windows, entry: Entry, arguments: list[Any]
) -> None:
    expected = as_vba_gets(callpath.call(entry, as_single_cells(arguments)))
    found = excel.call_as_the_addin(entry.name, *map(as_addin_sends, arguments))
    assert repr(found) == repr(expected)


def as_single_cells(arguments: list[Any]) -> list[Any]:
    """A range of one cell and its value are the same to Excel."""
    return [a[0][0] if isinstance(a, list) and len(a) == len(a[0]) == 1 else a for a in arguments]


@each_entry
def test_whatever_cells_hold_gives_in_excel_what_the_cell_path_gives(excel: Windows, entry: Entry) -> None:
    for (kind, value), spell in itertools.product(SAMPLES.items(), SPELLINGS):
        arguments: list[Any] = [value(i) for i in range(len(entry.arguments))]
        expected = as_excel_shows(callpath.call(entry, arguments))
        assert repr(excel.call(entry.name, *map(spell, arguments))) == expected, (kind, spell.__name__)


@pytest.mark.parametrize(("code", "text"), XL_ERR.items())
def test_an_error_in_an_argument_comes_back_as_its_text(excel: Windows, code: int, text: str) -> None:
    assert excel.call("DM_STAKE_SOLD", 2.0, FakeRange([[CVERR + code]])) == [[text]]
    assert excel.call("DM_STAKE_SOLD", 2.0, FakeRange([[8.0], [CVERR + code]])) == [[0.2], [text]]


def test_an_error_that_is_not_known_yet_is_still_an_error(excel: Windows) -> None:
    busy = CVERR + 2051
    assert excel.call("DM_STAKE_SOLD", 2.0, busy) == [["#UNKNOWN!"]]


def test_a_currency_amount_that_looks_like_an_error_is_a_number() -> None:
    assert read_value(Decimal(CVERR + 2042)) == CVERR + 2042


# -- what arrives --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.51, 0.51),
        (True, True),
        ("text", "text"),
        (None, [[None]]),
        (7, 7.0),
        (Decimal("0.3125"), 0.3125),
        (10**400, CellError.NUM),
        (Decimal("sNaN"), CellError.NUM),
        (PyTime(2018, 3, 1, tzinfo=dt.UTC), 43160.0),
        (PyTime(2018, 3, 1, 18, 30, 15, tzinfo=dt.UTC), 43160 + (18 * 3600 + 30 * 60 + 15) / 86400),
        (dt.datetime(1900, 3, 1), 61.0),  # noqa: DTZ001
        (1 + 2j, CellError.VALUE),
        (object, CellError.VALUE),
        (b"bytes", CellError.VALUE),
        (((1.0, 2.0), (3.0, None)), [[1.0, 2.0], [3.0, None]]),
        ((1.0, "a", CVERR + 2042), [[1.0, "a", CellError.NA]]),
        (((1.0,), 2.0), [[1.0], [CellError.VALUE]]),
        ((((1.0,),),), [[CellError.VALUE]]),
        ((), [[]]),
    ],
)
def test_what_pywin32_hands_over_is_read_as_cells(value: object, expected: object) -> None:
    assert repr(read_value(value)) == repr(expected)


def test_an_argument_left_out_takes_its_default(excel: Windows) -> None:
    assert excel.call("DM_STEP_VALUATION", 1000.0, 0.0, 0.5, MISSING) == [[2000.0]]


def test_a_required_argument_left_out_is_an_error(excel: Windows) -> None:
    assert excel.call("DM_STEP_VALUATION", 1000.0, MISSING, 0.5, MISSING) == [["#VALUE!"]]


@pytest.mark.parametrize("blank", [None, FakeRange([[None]])])
def test_a_blank_cell_is_zero_and_not_an_argument_left_out(excel: Windows, blank: object) -> None:
    assert excel.call("DM_STEP_VALUATION", 1000.0, blank, 0.5, blank) == [[2000.0]]


def test_a_cell_formatted_as_currency_keeps_its_digits(excel: Windows) -> None:
    assert excel.call("DM_POST_MONEY", FakeRange([[0.123456789]]), 0.0) == [[0.123456789]]


def test_several_areas_are_an_error_and_not_their_first_area(excel: Windows) -> None:
    assert excel.call("DM_SHORTFALL", 294.0, FakeRange([[892.0]], areas=2)) == [["#VALUE!"]]


def test_a_whole_sheet_is_refused_before_it_is_read(excel: Windows) -> None:
    sheet = FakeRange([[1.0]], shape=(1048576, 16384))
    assert excel.call("DM_SHORTFALL", 294.0, sheet) == [["#VALUE!"]]
    assert sheet.reads == 0


@pytest.mark.slow
def test_a_whole_column_is_read(excel: Windows) -> None:
    column = FakeRange([[1.0]] * 1048576)
    assert excel.call("DM_PEAK_FUNDING", column, column, 0.0) == [[0.0]]
    assert MAX_CELLS >= 1048576


_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(),
    st.integers(),
    st.integers(CVERR, CVERR + 2100),
    st.text(CHARACTERS, max_size=5),
    st.decimals(),
    st.datetimes(),
    st.complex_numbers(),
    st.binary(max_size=3),
    st.just(MISSING),
    st.just(object()),
    st.just({}),
)
_ANYTHING = st.recursive(_SCALARS, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=8)
_RANGES = st.lists(st.lists(_SCALARS, min_size=2, max_size=2), min_size=1, max_size=3).map(FakeRange)


@each_entry
@given(data=st.data())
@settings(max_examples=NEVER_RAISES, deadline=None)
def test_nothing_makes_a_function_raise(excel: Windows, entry: Entry, data: st.DataObject) -> None:
    most = 3 if entry.max_arguments is None else entry.max_arguments
    arguments = [data.draw(_ANYTHING | _RANGES) for _ in range(most)]
    rows = excel.call(entry.name, *arguments)
    assert {len(row) for row in rows} == {len(rows[0])}
    for cell in (cell for row in rows for cell in row):
        assert type(cell) in {float, bool, str}
        assert not isinstance(cell, float) or math.isfinite(cell)


@each_entry
@given(data=st.data())
@settings(max_examples=NEVER_RAISES, deadline=None)
def test_nothing_that_the_addin_sends_makes_a_function_raise(excel: Windows, entry: Entry, data: st.DataObject) -> None:
    most = 3 if entry.max_arguments is None else entry.max_arguments
    found = excel.call_as_the_addin(entry.name, *(data.draw(_ANYTHING) for _ in range(most)))
    rows = found if isinstance(found, list) else [found]
    for cell in (cell for row in rows for cell in (row if isinstance(row, list) else [row])):
        assert type(cell) in {float, bool, str}
        assert not isinstance(cell, float) or math.isfinite(cell)


# -- what goes back ------------------------------------------------------------------------------------------


def test_a_single_cell_goes_back_bare_a_row_as_a_row_and_a_column_as_rows(excel: Windows) -> None:
    column = FakeRange([[892.0], [100.0]])
    row = FakeRange([[892.0, 100.0]])
    assert excel.call_over_com("DM_SHORTFALL", 294.0, 892.0) == 598.0
    assert excel.call_over_com("DM_SHORTFALL", 294.0, row) == [598.0, 0.0]
    assert excel.call_over_com("DM_SHORTFALL", 294.0, column) == [[598.0], [0.0]]


def test_a_truth_goes_back_as_a_truth(excel: Windows) -> None:
    assert excel.call_over_com("DM_RECONCILES", 3150.0, 2878.8, 3387.1, MISSING) is True


def test_an_explanation_goes_back_as_text(excel: Windows) -> None:
    figures = FakeRange([[240.0]]), FakeRange([[0.0]])
    shown = excel.call_over_com("DM_WHY", "DM_IMPLIED_VALUATION", *figures)
    assert shown == "stake must be above 0 and at most 1; got 0"


def test_an_explanation_reads_what_a_paramarray_makes_of_ranges(excel: Windows) -> None:
    # VBA copies a range in a ParamArray as its Value: currency, dates and errors in their own types.
    assert excel.call_over_com("DM_WHY", "DM_IMPLIED_VALUATION", Decimal("240.0000"), 0.016) == "ok"
    found = excel.call_over_com("DM_WHY", "DM_IMPLIED_VALUATION", CVERR + 2042, 0.016)
    assert found == "consideration holds #N/A"


def test_a_text_longer_than_a_cell_is_cut(excel: Windows) -> None:
    assert len(excel.call_over_com("DM_WHY", "x" * 40000)) == 32767


def test_the_version_is_a_text(excel: Windows) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", excel.call_over_com("DM_VERSION"))


# -- the functions as xlwings registers them -----------------------------------------------------------------


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


# -- the VBA that xlwings writes -----------------------------------------------------------------------------


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


# -- without Windows -----------------------------------------------------------------------------------------


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
