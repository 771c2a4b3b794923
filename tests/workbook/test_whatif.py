"""What-if data tables in the company of other tables, arrays, links, chance and circles; values worked out by hand."""

from __future__ import annotations

import pytest

from dealmodel.workbook.model import Model
from tests.support.workbooks import raw_book

OLD = -1
"""What the file stores where a value is to be computed."""
TABLE = '<f t="dataTable" ref="{}" {}/>'
DOWN = 'r1="{}"'
ITERATES = '<calcPr iterate="1" iterateCount="100" iterateDelta="0.001"/>'


def table_book(cells: dict[str, object], calculation: str = "", names: str = "") -> Model:
    """Return the model of cells of one sheet; a text is a formula, or an element that holds one."""
    rows: dict[int, list[str]] = {}
    for address, content in cells.items():
        if isinstance(content, str):
            formula = content if content.startswith("<") else f"<f>{content}</f>"
            xml = f'<c r="{address}">{formula}<v>{OLD}</v></c>'
        else:
            xml = f'<c r="{address}"><v>{content}</v></c>'
        rows.setdefault(int(address[1:]), []).append(xml)
    xml = "".join(f'<row r="{row}">{"".join(sorted(found))}</row>' for row, found in sorted(rows.items()))
    return Model.from_bytes(raw_book(xml, calculation=calculation, names=names), "tables.xlsx")


def column(at: str, source: str, values: tuple[object, ...], edge: str, row: int = 6) -> dict[str, object]:
    """Return the cells of a table down a column, with its values along the edge."""
    area = f"{at}{row}:{at}{row + len(values) - 1}"
    filled = {f"{at}{row + i}": OLD for i in range(1, len(values))}
    edges = {f"{edge}{row + i}": value for i, value in enumerate(values)}
    return {f"{at}{row}": TABLE.format(area, DOWN.format(source)), **filled, **edges}


def values(model: Model, *addresses: str) -> list[object]:
    return [model[f"S!{address}"] for address in addresses]


def test_table_puts_its_values_in_the_place_of_a_formula() -> None:
    model = table_book({"A1": "5+5", "B1": "A1*2", "C5": "B1", "A9": "A1", **column("C", "A1", (5, 6), "B")})
    assert values(model, "C6", "C7", "A1", "A9", "B1") == [10, 12, 10, 10, 20]
    assert model.kept == ()


@pytest.mark.parametrize(("inner", "outer"), ["CF", "HF"], ids=["other table first", "other table last"])
def test_table_may_hang_on_another_table(inner: str, outer: str) -> None:
    edge = chr(ord(inner) - 1)
    model = table_book(
        {"A1": 10, "B1": "A1*2", "A2": 3, f"{inner}5": "B1", f"{outer}5": f"SUM({inner}6:{inner}7)*A2"}
        | column(inner, "A1", (5, 6), edge)
        | column(outer, "A2", (1, 2), "E")
        | {"A9": f"SUM({outer}6:{outer}7)"}
    )
    assert values(model, f"{inner}6", f"{inner}7", f"{outer}5") == [10, 12, 66]
    assert values(model, f"{outer}6", f"{outer}7", "A9") == [22, 44, 66]
    model["S!B6" if inner == "C" else "S!G6"] = 50
    assert values(model, f"{inner}6", f"{outer}7", "A9") == [100, 224, 336]


def test_table_takes_the_values_along_its_edge_from_another_table() -> None:
    first = column("C", "A1", (5, 6), "B")
    second = {"D6": TABLE.format("D6:D7", DOWN.format("C1")), "D7": OLD}
    model = table_book({"A1": 10, "B1": "A1*2", "C1": 7, "C5": "B1", "D5": "C1*100", **first, **second})
    assert values(model, "C6", "C7", "D6", "D7") == [10, 12, 1000, 1200]


def test_table_of_an_array_and_of_what_moves_references() -> None:
    model = table_book(
        {"A1": 2, "A2": 3, "A3": 4, "A4": 5, "B1": '<f t="array" ref="B1:B2">A1*{1;2}</f>', "B2": OLD}
        | {"C5": "B2", "D5": "SUM(OFFSET($A$2,0,0,A1,1))", "E5": 'INDIRECT("A"&amp;A1)'}
        | {**column("C", "A1", (1, 3), "B"), "C6": TABLE.format("C6:E7", DOWN.format("A1"))}
        | {"D6": OLD, "E6": OLD, "D7": OLD, "E7": OLD}
    )
    assert values(model, "C6", "D6", "E6") == [2, 3, 1]
    assert values(model, "C7", "D7", "E7") == [6, 12, 4]


@pytest.mark.parametrize("drawn_by", ["RAND()", "chance*1"], ids=["itself", "a name"])
def test_table_draws_new_random_numbers_for_every_cell(drawn_by: str) -> None:
    names = '<definedNames><definedName name="chance">RAND()</definedName></definedNames>'
    cells = {"B1": drawn_by, "C5": "B1", **column("C", "Z1", (1, 2, 3), "B")}
    drawn = values(table_book(cells, names=names), "C5", "C6", "C7", "C8")
    assert len(set(drawn)) == len(drawn)
    assert drawn == values(table_book(cells, names=names), "C5", "C6", "C7", "C8")


def test_table_of_a_circle_settles_in_every_cell() -> None:
    loan = {"A1": 1000, "B1": 0.08, "C1": 150, "A2": "A1+B2-C1", "B2": "B1*AVERAGE(A1,A2)", "C5": "A2"}
    model = table_book({**loan, **column("C", "B1", (0.06, 0.1), "B")}, ITERATES)
    expected = [(1000 * (1 + rate / 2) - 150) / (1 - rate / 2) for rate in (0.06, 0.1, 0.08)]
    assert values(model, "C6", "C7", "A2") == pytest.approx(expected, rel=1e-11)


def test_table_whose_edge_changes_with_its_input_keeps_its_values() -> None:
    model = table_book({"A1": 10, "C5": "A1*2", **column("C", "A1", ("A1", "A1+1"), "B"), "D7": "C7*2"}).recalculate()
    assert [(str(k.at), k.reason) for k in model.uncomputed] == [
        ("S!C6", "the values along the edge of its data table change with its input cell")
    ]
    assert values(model, "C6", "C7", "D7") == [OLD, OLD, OLD]


def test_edge_that_only_repeats_the_input_is_computed() -> None:
    model = table_book({"A1": 10, "C5": "A1*2", **column("C", "A1", ("A1", 12), "B")})
    assert values(model, "C6", "C7") == [20, 24]
    assert model.kept == ()


@pytest.mark.parametrize("deleted", ["del1", "del2"])
def test_two_way_table_without_one_of_its_inputs_keeps_its_values(deleted: str) -> None:
    table = TABLE.format("C6:D6", f'dt2D="1" dtr="1" r1="A1" r2="A2" {deleted}="1"')
    model = table_book({"A1": 10, "A2": 3, "B5": "A1*A2", "C5": 1, "D5": 2, "B6": 5, "C6": table, "D6": OLD})
    assert values(model, "C6", "D6") == [OLD, OLD]
    assert [k.reason for k in model.uncomputed] == ["its data table has no input cell"]
