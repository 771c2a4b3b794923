"""Charts for tests: a part with its caches, and a workbook that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from tests.support.workbooks import OFFICE, parts_of, raw_book, worksheet, zipped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_CX = "http://schemas.microsoft.com/office/drawing/2014/chartex"
_DRAWING = "application/vnd.openxmlformats-officedocument.drawing+xml"
CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
CHARTEX_TYPE = "application/vnd.ms-office.chartex+xml"


def points(*values: object, at: Sequence[int] | None = None) -> str:
    """Return the points of a list; None is a gap."""
    numbers = at or range(len(values))
    return "".join(
        f'<c:pt idx="{i}"><c:v>{escape(str(v))}</c:v></c:pt>'
        for i, v in zip(numbers, values, strict=True)
        if v is not None
    )


def number_reference(reference: str, *values: object, count: int | None = None) -> str:
    """Return a reference to numbers with its cache."""
    total = len(values) if count is None else count
    return (
        f"<c:numRef><c:f>{escape(reference)}</c:f><c:numCache><c:formatCode>General</c:formatCode>"
        f'<c:ptCount val="{total}"/>{points(*values)}</c:numCache></c:numRef>'
    )


def text_reference(reference: str, *values: object) -> str:
    """Return a reference to texts with its cache."""
    return (
        f'<c:strRef><c:f>{escape(reference)}</c:f><c:strCache><c:ptCount val="{len(values)}"/>'
        f"{points(*values)}</c:strCache></c:strRef>"
    )


def chart(*references: str) -> bytes:
    """Return a chart whose series hold such references."""
    series = "".join(f"<c:ser><c:val>{r}</c:val></c:ser>" for r in references)
    return (
        f'<c:chartSpace xmlns:c="{_C}"><c:chart><c:plotArea><c:lineChart>{series}</c:lineChart></c:plotArea>'
        '<c:plotVisOnly val="1"/></c:chart></c:chartSpace>'
    ).encode()


def younger_chart(data: str) -> bytes:
    """Return a chart of the kind `cx:` around its data."""
    return f'<cx:chartSpace xmlns:cx="{_CX}"><cx:chartData>{data}</cx:chartData></cx:chartSpace>'.encode()


def book_with_charts(
    rows: str,
    *charts: bytes,
    kind: str = CHART_TYPE,
    parts: Mapping[str, bytes] | None = None,
    **more: Any,  # noqa: ANN401  as raw_book
) -> bytes:
    """Return a workbook with one sheet `S` of some rows, a drawing on it, and charts in that."""
    numbers = range(1, len(charts) + 1)
    drawn_parts: Mapping[str, bytes] = {
        "xl/worksheets/_rels/sheet1.xml.rels": _relations("drawing", ["../drawings/drawing1.xml"]),
        "xl/drawings/drawing1.xml": b'<xdr:wsDr xmlns:xdr="d"/>',
        "xl/drawings/_rels/drawing1.xml.rels": _relations("chart", [f"../charts/chart{i}.xml" for i in numbers]),
        **{f"xl/charts/chart{i}.xml": part for i, part in zip(numbers, charts, strict=True)},
    }
    drawn = worksheet(rows, f'<drawing xmlns:r="{OFFICE}" r:id="rId1"/>')
    found = parts_of(raw_book(drawn, parts={**drawn_parts, **(parts or {})}, **more))
    overrides = f'<Override PartName="/xl/drawings/drawing1.xml" ContentType="{_DRAWING}"/>' + "".join(
        f'<Override PartName="/xl/charts/chart{i}.xml" ContentType="{kind}"/>' for i in numbers
    )
    found["[Content_Types].xml"] = found["[Content_Types].xml"].replace(b"</Types>", overrides.encode() + b"</Types>")
    return zipped(found)


def _relations(kind: str, targets: Sequence[str]) -> bytes:
    items = "".join(
        f'<Relationship Id="rId{i}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for i, target in enumerate(targets, start=1)
    )
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{items}</Relationships>'
    ).encode()
