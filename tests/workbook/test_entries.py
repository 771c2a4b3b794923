from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from dealmodel.errors import InputRefusedError
from dealmodel.workbook.entries import LONGEST_TEXT, cell_value, parse_assignment, parse_value
from dealmodel.workbook.entryfiles import read_entries

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("300", 300.0),
        (" 300 ", 300.0),
        ("+.5", 0.5),
        ("5.", 5.0),
        ("-1e-3", -0.001),
        ("\N{MINUS SIGN}3.5", -3.5),
        ("1,223.3", 1223.3),
        ("-1,234,567", -1234567.0),
        ("51%", 0.51),
        ("51 %", 0.51),
        ("-0.1%", -0.001),
        ("1e2%", 1.0),
        ("1,000%", 10.0),
        ("5e-324", 5e-324),
        ("1e308", 1e308),
        ("TRUE", True),
        ("false", False),
        ("2018-02-09", datetime(2018, 2, 9)),  # noqa: DTZ001
        ("2018-02-09T12:30", datetime(2018, 2, 9, 12, 30)),  # noqa: DTZ001
        ("2018-02-30", "2018-02-30"),
        ("as filed", "as filed"),
        ('"300"', "300"),
        ('"=A1"', "=A1"),
        ('""', ""),
        ('"', '"'),
        ("nan", "nan"),
        ("inf", "inf"),
        ("0x10", "0x10"),
        ("\u0663", "\u0663"),
        ("$300", "$300"),
        ("9/2/2018", "9/2/2018"),
        ("", None),
        ("  ", None),
    ],
)
def test_text_stands_for_what_people_mean(text: str, value: object) -> None:
    read = parse_value(text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize("text", ["1,5", "0,51", "1.234,56", "12,34%", "1,2345"])
def test_comma_that_is_not_one_of_thousands_is_refused(text: str) -> None:
    with pytest.raises(InputRefusedError, match=re.escape(f"{text} has a comma")):
        parse_value(text)


@pytest.mark.parametrize("text", ["=3", "= A1", "=DM_X()"])
def test_formula_is_refused(text: str) -> None:
    with pytest.raises(InputRefusedError, match="is a formula; an input takes a value"):
        parse_value(text)


def test_assignment_is_split_at_the_first_sign() -> None:
    assert parse_assignment("price= 300 ") == ("price", 300.0)
    assert parse_assignment("price[As filed]=1,000") == ("price[As filed]", 1000.0)
    assert parse_assignment("note=a=b") == ("note", "a=b")
    assert parse_assignment("price=") == ("price", None)


@pytest.mark.parametrize("text", ["price", "=3", " = 3", ""])
def test_what_is_no_assignment_is_refused(text: str) -> None:
    with pytest.raises(InputRefusedError, match="is not NAME=VALUE, such as price=300"):
        parse_assignment(text)


def test_double_sign_is_a_formula() -> None:
    with pytest.raises(InputRefusedError, match="=3 is a formula"):
        parse_assignment("x==3")


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (3, 3.0),
        (True, True),
        (np.float32(0.5), 0.5),
        (np.int64(3), 3.0),
        (np.bool_(1), True),
        (np.str_("text"), "text"),
        (Decimal("0.1"), 0.1),
        (Fraction(1, 4), 0.25),
        (date(2018, 2, 9), 43140.0),
        (datetime(2018, 2, 9, 12, tzinfo=UTC), 43140.5),
        (pd.Timestamp("2018-02-09"), 43140.0),
        (None, None),
        ("x" * LONGEST_TEXT, "x" * LONGEST_TEXT),
    ],
)
def test_values_of_python_become_values_of_cells(value: object, cell: object) -> None:
    read = cell_value("price", value)
    assert read == cell
    assert isinstance(read, type(cell))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (float("nan"), "takes a finite number; got nan"),
        (float("inf"), "takes a finite number; got inf"),
        (b"3", "takes a number, a text, TRUE or FALSE; got b'3'"),
        (10**400, "takes a finite number; got inf"),
        ([1], "takes a number, a text, TRUE or FALSE; got [1]"),
        ({}, "takes a number, a text, TRUE or FALSE"),
        (1j, "takes a number, a text, TRUE or FALSE"),
        (pd.NA, "takes a number, a text, TRUE or FALSE"),
        (pd.NaT, "takes a finite number"),
        (b"300x", "price takes"),
        (date(1900, 2, 28), "takes dates from 1900-03-01 on; got 1900-02-28"),
        ("x" * (LONGEST_TEXT + 1), "takes a text of at most 32767 characters; got 32768"),
        ("\udcff", "takes a text in Unicode"),
    ],
)
def test_what_no_cell_holds_is_refused(value: object, words: str) -> None:
    with pytest.raises(InputRefusedError, match=re.escape(words)):
        cell_value("price", value)


def test_dates_count_from_1904_where_they_should() -> None:
    assert cell_value("date", date(2018, 2, 9), date1904=True) == 41678.0


def entries_of(folder: Path, name: str, text: str, encoding: str = "utf-8") -> list[tuple[str, object]]:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return list(read_entries(path))


def test_csv_is_read_with_and_without_scenarios(tmp_path: Path) -> None:
    text = 'Name , VALUE,scenario\r\nprice,"1,300",\nprice,300,As filed\nnote,"two\nlines",\nfine,,\n'
    assert entries_of(tmp_path, "inputs.csv", text, "utf-8-sig") == [
        ("price", 1300.0),
        ("price[As filed]", 300.0),
        ("note", "two\nlines"),
        ("fine", None),
    ]


def test_json_and_toml_are_read_alike(tmp_path: Path) -> None:
    json = '{"price": 300, "fine": {"As filed": 892.4}, "on": true, "day": "2018-02-09", "note": "51%", "gone": null}'
    toml = 'price = 300\non = true\nday = 2018-02-09\nnote = "51%"\n[fine]\n"As filed" = 892.4\n'
    day = datetime.combine(date(2018, 2, 9), time())
    expected = {"price": 300.0, "fine[As filed]": 892.4, "on": True, "day": day, "note": "51%"}
    assert dict(entries_of(tmp_path, "inputs.json", json)) == {**expected, "gone": None}
    assert dict(entries_of(tmp_path, "inputs.toml", toml)) == expected


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.csv", "price;300\n", "must have the columns name and value; it has price;300"),
        ("a.csv", "", "must have the columns name and value; it has none"),
        ("a.csv", "name,value\nprice\n", "line 2: 2 fields were expected"),
        ("a.csv", "name,value\nprice,1,2\n", "line 2: 2 fields were expected"),
        ("a.csv", "name,value\n,1\n", "line 2: there is no name"),
        ("a.csv", 'name,value\nprice,"1\n', "is not valid CSV"),
        ("a.csv", "name,value\nprice,1;5=\nfine,=1\n", "=1 is a formula"),
        ("a.csv", "name,value\nprice,1\nfine,1\n price,2\n", "a.csv, line 4: the name price stands twice"),
        ("a.csv", "name,scenario,value\nprice,A,1\nprice,A,2\n", "line 3: the name price[A] stands twice"),
        ("a.json", "[1]", "must hold names and values"),
        ("a.json", '{"price": 300,}', "is not valid JSON"),
        ("a.json", '{"price": 1, "price": 2}', "a.json: the name price stands twice"),
        ("a.json", '{"price": [1]}', "price must be a number, a text, true or false; got [1]"),
        ("a.json", '{"price": NaN}', "price takes a finite number"),
        ("a.json", '{"price": 1e999}', "price takes a finite number"),
        ("a.json", '{"price": ' + "9" * 5000 + "}", "is not valid JSON"),
        ("a.json", '{"price": ' + "9" * 400 + "}", "price takes a finite number"),
        ("a.json", "[" * 100000, "is not valid JSON"),
        ("a.toml", "price = 12:30:00\n", "price must be a number"),
        ("a.toml", "price = \n", "is not valid TOML"),
        ("a.toml", "price = inf\n", "price takes a finite number"),
        ("a.xlsx", "", "is neither .csv, .json nor .toml"),
    ],
)
def test_file_of_another_form_is_refused_in_words(tmp_path: Path, name: str, text: str, words: str) -> None:
    with pytest.raises(InputRefusedError, match=re.escape(words)):
        entries_of(tmp_path, name, text)


def test_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefusedError, match="cannot be read: No such file"):
        read_entries(tmp_path / "none.csv")
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    with pytest.raises(InputRefusedError, match="cannot be read: Is a directory"):
        read_entries(folder)
    with pytest.raises(InputRefusedError, match="is not in UTF-8"):
        entries_of(tmp_path, "excel.csv", "name,value\nprice,3\n", "utf-16")
