from __future__ import annotations

import pytest

from dealmodel.cells import CellError
from dealmodel.workbook.stored.chartcaches import Points, Stored, with_values
from tests.support.charts import chart, number_reference, points, text_reference, younger_chart

STORED = Stored.VALUE


def followed(part: bytes, *rows: list[object], fill: bool = False) -> bytes:
    return with_values(part, lambda _reference, _as_text: Points(rows), fill=fill)  # type: ignore[arg-type]


def test_changed_numbers_replace_the_points_and_nothing_else() -> None:
    part = chart(number_reference("S!$A$1:$A$3", 1, 2, 3))
    assert followed(part, [1.0], [2.5], [-1e21]) == chart(number_reference("S!$A$1:$A$3", 1, 2.5, "-1E+21"))


def test_same_numbers_in_another_spelling_leave_every_byte() -> None:
    part = chart(number_reference("S!$A$1:$A$2", "1.0", "0.10000000000000001"), text_reference("S!$A$1:$A$2", "a", "b"))
    values = {False: Points([[1.0], [0.1]]), True: Points([["a"], ["b"]])}
    assert with_values(part, lambda _, as_text: values[as_text]) == part


def test_blank_has_no_point_and_one_that_comes_back_stands_in_its_place() -> None:
    part = chart(number_reference("S!$A$1:$C$1", 1, None, 3))
    assert followed(part, [None, 2.0, STORED]) == chart(number_reference("S!$A$1:$C$1", None, 2, 3))


def test_text_among_numbers_is_zero_and_an_error_its_name() -> None:
    part = chart(number_reference("S!$A$1:$A$4", 1, 2, 3, 4))
    expected = chart(number_reference("S!$A$1:$A$4", 0, "#DIV/0!", 1, "#N/A"))
    assert followed(part, ["text"], [CellError.DIV0], [True], [CellError.NA]) == expected


def test_labels_are_escaped() -> None:
    part = chart(text_reference("S!$A$1:$A$3", "a", "b", "c"))
    assert followed(part, ["R&D <x>"], ["b"], [None]) == chart(text_reference("S!$A$1:$A$3", "R&D <x>", "b", None))


@pytest.mark.parametrize(("rows", "stored"), [([[1.0], [2.0], [3.0], [4.0]], 2), ([[1.0]], 3), ([[5.0]], 0)])
def test_number_of_points_is_that_of_the_range(rows: list[list[object]], stored: int) -> None:
    part = chart(number_reference("S!x", *[9] * stored))
    whole = [int(row[0]) for row in rows]  # type: ignore[call-overload]
    assert followed(part, *rows) == chart(number_reference("S!x", *whole))


def test_range_without_an_end_keeps_its_number_of_points() -> None:
    part = chart(number_reference("S!$A:$A", 1, 2, count=1048576))
    new = with_values(part, lambda *_: Points([[1.0], [7.0]], open_ended=True))
    assert new == chart(number_reference("S!$A:$A", 1, 7, count=1048576))


def test_points_of_hidden_rows_are_left_out_where_the_chart_left_them_out() -> None:
    given = Points([[1.0], [7.0], [3.0]], visible=[[1.0], [3.0]])
    without = chart(number_reference("S!$A$1:$A$3", 1, 2))
    assert with_values(without, lambda *_: given) == chart(number_reference("S!$A$1:$A$3", 1, 3))
    with_them = chart(number_reference("S!$A$1:$A$3", 1, 2, 3))
    assert with_values(with_them, lambda *_: given) == chart(number_reference("S!$A$1:$A$3", 1, 7, 3))


def test_points_come_after_a_count_that_is_closed_by_a_tag_of_its_own() -> None:
    spread = '<numRef><f>S!$A$1</f><numCache><ptCount val="1"></ptCount></numCache></numRef>'
    points_there = '<ptCount val="1"></ptCount><pt idx="0"><v>7</v></pt>'
    assert followed(chart(spread), [7.0]) == chart(spread.replace('<ptCount val="1"></ptCount>', points_there))


def test_name_of_a_merged_cell_keeps_its_one_point() -> None:
    part = chart(text_reference("S!$A$17:$D$17", "title"))
    assert followed(part, ["other", STORED, STORED, None]) == chart(text_reference("S!$A$17:$D$17", "other"))


def multi(*levels: str, count: int = 2) -> str:
    inner = "".join(f"<c:lvl>{level}</c:lvl>" for level in levels)
    return (
        f'<c:multiLvlStrRef><c:f>S!$A$1:$B$2</c:f><c:multiLvlStrCache><c:ptCount val="{count}"/>{inner}'
        "</c:multiLvlStrCache></c:multiLvlStrRef>"
    )


def test_levels_of_labels_begin_with_the_innermost() -> None:
    part = chart(multi(points("Q1", "Q2"), points("2024", None)))
    new = followed(part, ["2025", "Q3"], [None, "Q4"])
    assert new == chart(multi(points("Q3", "Q4"), points("2025", None)))


def test_levels_in_rows_are_followed_too() -> None:
    part = chart(multi(points("a", "b", "c"), points("x", None, None), count=3))
    new = followed(part, ["y", None, None], ["a", "B", "c"])
    assert new == chart(multi(points("a", "B", "c"), points("y", None, None), count=3))


def test_levels_that_the_range_does_not_have_stay_as_they_are() -> None:
    part = chart(multi(points("Q1", "Q2"), points("2024", None)))
    assert followed(part, ["a", "b", "c"], ["d", "e", "f"], ["g", "h", "i"]) == part


def test_labels_of_points_from_cells_are_followed() -> None:
    before = (
        '<c15:datalabelsRange xmlns:c15="x"><c15:f>S!$A$1</c15:f><c15:dlblRangeCache><c:ptCount val="1"/>'
        f"{points('old')}</c15:dlblRangeCache></c15:datalabelsRange>"
    )
    assert followed(chart(before), ["new"]) == chart(before.replace("old", "new"))


def test_younger_charts_are_followed() -> None:
    data = (
        '<cx:data id="0"><cx:strDim type="cat"><cx:f>S!$A$1:$A$2</cx:f><cx:lvl ptCount="2"><cx:pt idx="0">a</cx:pt>'
        '<cx:pt idx="1">b</cx:pt></cx:lvl></cx:strDim><cx:numDim type="val"><cx:f dir="row">S!$B$1:$B$2</cx:f>'
        '<cx:lvl ptCount="2" formatCode="General"><cx:pt idx="0">1</cx:pt><cx:pt idx="1">2</cx:pt></cx:lvl>'
        "</cx:numDim></cx:data><cx:tx><cx:txData><cx:f>S!$C$1</cx:f><cx:v>title</cx:v></cx:txData></cx:tx>"
    )
    values = {
        "S!$A$1:$A$2": Points([["a"], ["B&C"]]),
        "S!$B$1:$B$2": Points([[7.5], [2.0], [3.0]]),
        "S!$C$1": Points([["new title"]]),
    }
    new = with_values(younger_chart(data), lambda reference, _: values[reference])
    expected = data.replace(">b<", ">B&amp;C<").replace(">1<", ">7.5<").replace("title", "new title")
    expected = expected.replace('ptCount="2" formatCode', 'ptCount="3" formatCode')
    expected = expected.replace(
        "2</cx:pt></cx:lvl></cx:numDim>", '2</cx:pt><cx:pt idx="2">3</cx:pt></cx:lvl></cx:numDim>'
    )
    assert new == younger_chart(expected)


def test_names_without_a_prefix_are_followed() -> None:
    part = chart(number_reference("S!$A$1", 1)).replace(b"c:", b"").replace(b"xmlns:c", b"xmlns")
    assert followed(part, [2.0]) == part.replace(b"<v>1</v>", b"<v>2</v>")


def test_missing_cache_is_put_in_on_request_only() -> None:
    part = chart("<c:numRef><c:f>S!$A$1:$A$2</c:f></c:numRef>", "<c:strRef><c:f>S!$B$1:$B$2</c:f></c:strRef>")
    values = {False: Points([[1.0], [2.0]]), True: Points([["a"], ["b"]])}
    assert with_values(part, lambda _, as_text: values[as_text]) == part
    filled = with_values(part, lambda _, as_text: values[as_text], fill=True)
    assert filled == chart(number_reference("S!$A$1:$A$2", 1, 2), text_reference("S!$B$1:$B$2", "a", "b"))


def test_reference_of_which_nothing_is_known_stays() -> None:
    part = chart(number_reference("[1]S!$A$1", 1), number_reference("", 1), "<c:numRef/>")
    assert with_values(part, lambda *_: None) == part
