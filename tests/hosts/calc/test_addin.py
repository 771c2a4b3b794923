from __future__ import annotations

import struct

import pytest

from dealmodel.catalogue import CATALOGUE
from dealmodel.cells import OMITTED, CellError
from dealmodel.hosts.calc.addin import CODES, cell_error, error_number, members, read
from dealmodel.hosts.calc.names import method_name

METHODS = members()


def bits(number: float) -> int:
    whole: int = struct.unpack("<Q", struct.pack("<d", number))[0]
    return whole


def test_every_function_has_its_method() -> None:
    assert list(METHODS) == [method_name(name) for name in CATALOGUE]


def test_a_number_is_one_row_of_one_cell() -> None:
    assert METHODS["dmShortfall"](None, 294.0, 892.0) == ((598.0,),)


def test_a_range_is_rows() -> None:
    (first, second) = METHODS["dmShortfall"](None, ((294.0, ""), ("x", 1000.0)), 892.0)
    assert first == (598.0, 892.0)
    assert isinstance(second[0], float)
    assert (bits(second[0]) & 0xFFFF, second[1]) == (CODES[CellError.VALUE], 0.0)


def test_nothing_is_an_argument_left_out() -> None:
    assert METHODS["dmEnterpriseValue"](None, 10.0, None, 3.0, None, None, None) == ((7.0,),)


def test_a_required_argument_left_out_is_an_error() -> None:
    ((result,),) = METHODS["dmShortfall"](None, 294.0, None)
    assert isinstance(result, float)
    assert bits(result) == 0x7FF8000000000000 | 519


def test_a_truth_is_a_number() -> None:
    assert METHODS["dmReconciles"](None, 1.0, 0.0, 2.0, None) == ((1.0,),)


def test_a_text_is_a_text() -> None:
    values = ("DM_SHORTFALL", 294.0, -1.0, *[None] * 10)
    assert METHODS["dmWhy"](None, *values) == (("fine must be at least 0; got -1",),)


@pytest.mark.parametrize("error", CODES)
def test_an_error_goes_out_and_comes_in_as_its_number(error: CellError) -> None:
    assert bits(error_number(error)) & 0xFFFF == CODES[error]
    assert read(error_number(error)) is error
    assert read(((error_number(error),),)) == [[error]]


@pytest.mark.parametrize("error", sorted(set(CellError) - CODES.keys(), key=str))
def test_an_error_that_calc_does_not_know_is_value(error: CellError) -> None:
    assert bits(error_number(error)) & 0xFFFF == CODES[CellError.VALUE]


@pytest.mark.parametrize(
    ("code", "error"), [(502, CellError.VALUE), (504, CellError.VALUE), (523, CellError.NUM), (525, CellError.NAME)]
)
def test_calcs_own_errors_are_those_it_writes_into_an_xlsx(code: int, error: CellError) -> None:
    assert cell_error(code) is error


def test_what_comes_in() -> None:
    assert read(None) is OMITTED
    assert read("") == ""
    assert read(2) == 2.0
    assert read((("", 1, "a"), (None, True, 2.5))) == [[None, 1.0, "a"], [None, 1.0, 2.5]]
