"""The results of a simulation in a workbook: on the sheets that are there for them, or in a workbook of their own."""

from __future__ import annotations

import io
import math
import re
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.errors import WorkbookError
from dealmodel.simulation.results.figures import LABELLED, MARKED, figures, unit_of
from dealmodel.simulation.results.legend import unit_or_label
from dealmodel.simulation.results.sixdigits import shown
from dealmodel.workbook.resultsheets.blocks import (
    BARS,
    DOTS,
    HISTOGRAM_HEADS,
    POINTS,
    SIMULATION,
    STEPS,
    SimulationBlocks,
    Size,
)
from dealmodel.workbook.resultsheets.fill import (
    SIMULATED,
    Results,
    made_by,
    put,
    put_inputs,
    result_sheets,
    the_sheet,
)
from dealmodel.workbook.save import check_not_book, check_not_open, write_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from dealmodel.cells import Scalar
    from dealmodel.simulation.results.figures import Figures
    from dealmodel.simulation.results.outcome import Outcome
    from dealmodel.simulation.statistics.outputs import Statistics
    from dealmodel.workbook.model import Model
    from dealmodel.workbook.resultsheets.fill import ResultSheet

    Rows = Sequence[Sequence[Scalar]]
    Values = NDArray[np.float64]

_ON_THE_SHEET = (0.05, 0.25, 0.5, 0.75, 0.95)
_LONGEST = 31
"""Letters of a sheet's name."""


def write_results(simulation: Outcome, path: Path, command: str = "", *, separate: bool = False) -> Path:
    """Write the results into a workbook.

    Parameters
    ----------
    simulation
        The results.
    path
        The file.
    command
        How to repeat the run.
    separate
        Whether they go to a workbook of their own even where the simulated one has a sheet for them.

    Raises
    ------
    WorkbookError
        If the file is of another kind, is open, or is the simulated workbook without a sheet for results.
    """
    model = simulation.model
    own = not separate and model is not None and bool(result_sheets(model, SIMULATED))
    expected = _suffix(model) if own and model is not None else ".xlsx"
    if path.suffix.lower() != expected:
        raise WorkbookError(f"results are written to an {expected} file; got {path.name}")
    if not own:
        check_not_book(path, None if model is None else model.path)
    check_not_open(path)
    write_file(path, into_book(simulation, command) if own else to_bytes(simulation, command))
    return path


def need_sheet(model: Model) -> None:
    """Refuse a workbook without a sheet for a simulation, before it runs.

    Raises
    ------
    WorkbookError
        If it has none.
    """
    the_sheet(model, SIMULATED, "a simulation")


def _suffix(model: Model) -> str:
    return model.path.suffix.lower() if model.path is not None else ".xlsx"


def into_book(simulation: Outcome, command: str = "") -> bytes:
    """Return the simulated workbook with the results on its sheet, every other byte as it was.

    Raises
    ------
    WorkbookError
        If it has no sheet for them.
    """
    model = simulation.model
    if model is None:
        raise WorkbookError(f"the workbook {simulation.book} is no longer at hand; write a workbook of its own")
    sheet = the_sheet(model, SIMULATED, "a simulation")
    put(model, sheet, _blocks(simulation, sheet, _drawn(simulation)[0], command, {}))
    put_inputs(model, sheet)
    return model.to_bytes()


def to_bytes(simulation: Outcome, command: str = "") -> bytes:
    """Return a workbook of the results alone: a sheet for each output, with its charts."""
    from openpyxl import Workbook  # noqa: PLC0415  180 ms

    from dealmodel.workbook.resultsheets.caches import with_caches  # noqa: PLC0415
    from dealmodel.workbook.resultsheets.drawing import Heading, draw_simulation  # noqa: PLC0415
    from dealmodel.workbook.template.pack import pack  # noqa: PLC0415
    from dealmodel.workbook.template.page import finish_page  # noqa: PLC0415

    book = Workbook()
    book.remove(book.worksheets[0])
    inputs = max(len(simulation.inputs), 1)
    blocks = SimulationBlocks(Size(max(len(simulation.statistics), 1), inputs, min(inputs, BARS)))
    taken: dict[str, str] = {}
    drawn_outputs = _drawn(simulation)
    for name in drawn_outputs:
        sheet = _sheet_name(name if len(drawn_outputs) > 1 else SIMULATION, taken.values())
        taken[name] = sheet
        state = f"Results of {simulation.book}; they do not follow that workbook"
        heading = Heading(f"{simulation.book}: {name or SIMULATION}", "How likely are the results?", state)
        drawn = book.create_sheet(sheet)
        draw_simulation(drawn, blocks, heading, None, (), _ranges(simulation, name))
        finish_page(drawn, simulation.book)
    book.properties.creator = book.properties.lastModifiedBy = "dealmodel"
    out = io.BytesIO()
    book.save(out)
    results = Results(out.getvalue(), f"results of {simulation.book}")
    sheets = {sheet.name: sheet for sheet in result_sheets(results, SIMULATED)}
    spreads: dict[str, list[Scalar]] = {}
    for name, sheet in taken.items():
        put(results, sheets[sheet], _blocks(simulation, sheets[sheet], name, command, spreads))
    return pack(with_caches(results.to_bytes(), results.book.label))


def _drawn(simulation: Outcome) -> Sequence[str]:
    """Return the outputs of which there is something to draw, or the first one where there is nothing."""
    found = [s.name for s in simulation.statistics.values() if s.trials]
    return found or [*simulation.statistics, ""][:1]


def _ranges(simulation: Outcome, name: str) -> Sequence[tuple[float, float]]:
    """Return round ends for the axes of the dots, which belong to a workbook that holds these results alone."""
    dots = figures(simulation, name).dots if name else np.empty((0, 2))
    if len(dots) < 2:  # noqa: PLR2004  no range in one
        return ()
    ends = []
    for values in dots.T:
        low, high = float(values.min()), float(values.max())
        step = 10.0 ** math.floor(math.log10((high - low) or abs(high) or 1.0))
        ends.append((float(f"{math.floor(low / step) * step:.12g}"), float(f"{math.ceil(high / step) * step:.12g}")))
    return ends if all(low < high for low, high in ends) else ()


def _sheet_name(name: str, taken: Iterable[str]) -> str:
    """Return a name that a sheet may have, and that no other has."""
    plain = re.sub(r"[\[\]:*?/\\']", " ", name).strip()[: _LONGEST - 4] or "output"
    known = {t.casefold() for t in taken} | {"history"}
    found, number = plain, 2
    while found.casefold() in known:
        found, number = f"{plain} {number}", number + 1
    return found


# -- what stands where ---------------------------------------------------------------------------------------------


def _blocks(
    simulation: Outcome, sheet: ResultSheet, name: str, command: str, spreads: dict[str, list[Scalar]]
) -> Mapping[str, Rows]:
    """Return the blocks of a sheet whose charts show one output; `spreads` keeps those of inputs for the next."""
    listed = list(simulation.statistics.values())[: sheet.areas[SIMULATED].height]
    inputs = _inputs(simulation, name, spreads)
    notes = list(simulation.notes)
    left = len(simulation.statistics) - len(listed)
    if left:
        notes.append(f"{left} more outputs have no row here; name those you want with --output")
    if len(inputs) > sheet.areas["inputs"].height:
        notes.append(f"of {len(inputs)} uncertain inputs the strongest {sheet.areas['inputs'].height} have a row")
    found: dict[str, Rows] = {
        "run": [[value] for value in _run(simulation, name, command, "; ".join(notes))],
        SIMULATED: [_row(simulation, s) for s in listed],
        "inputs": inputs,
    }
    return found | _charts(simulation, figures(simulation, name)) if name else found


def _run(simulation: Outcome, name: str, command: str, notes: str) -> list[Scalar]:
    model = simulation.model
    scenario = model.get("scenario") if model is not None else None
    return [
        name,
        scenario if isinstance(scenario, str) else "",
        float(simulation.trials),
        simulation.sampler,
        float(simulation.seed) if abs(simulation.seed) < 2**53 else str(simulation.seed),
        float(simulation.checked),
        made_by(model) if model is not None else "",
        command or simulation.call,
        notes or "none",
    ]


def _row(simulation: Outcome, s: Statistics) -> list[Scalar]:
    percentiles = [s.percentiles[p] for p in _ON_THE_SHEET]
    shape = [s.mean, s.mean_error, s.sd, s.lowest, *percentiles, s.highest, s.negative, s.target, s.above]
    tails = [s.lower_tail, s.upper_tail]
    return [s.name, unit_or_label(simulation.model, s.name), *shape, *tails, float(sum(s.errors.values()))]


def _inputs(simulation: Outcome, name: str, spreads: dict[str, list[Scalar]]) -> list[list[Scalar]]:
    """Return the rows of the inputs of an output, with the spreads that are known from other outputs."""
    rows: list[list[Scalar]] = []
    for influence in simulation.influences.get(name, ()):
        if influence.input not in spreads:
            spreads[influence.input] = _spread(simulation.column(influence.input))
        unit = unit_or_label(simulation.model, influence.input)
        spread = spreads[influence.input]
        rows.append([influence.input, unit, *spread, influence.correlation, influence.contribution])
    return rows


def _spread(values: Values) -> list[Scalar]:
    """Return the mean of numbers, and below which 5% and 95% of them are."""
    values = values[np.isfinite(values)]
    return [float(values.mean()), *np.quantile(values, (0.05, 0.95)).tolist()] if values.size else [None] * 3


def _charts(simulation: Outcome, found: Figures) -> dict[str, Rows]:
    statistics = simulation.statistics[found.name]
    marks = [f"{p:.0%} below {shown(statistics.percentiles[p])}" for p in MARKED]
    bars: list[list[Scalar]] = [[*HISTOGRAM_HEADS[:3], *marks]]
    for i, (edge, count) in enumerate(zip(found.edges.tolist(), found.counts.tolist(), strict=True)):
        marked = [float(count) if i == mark else None for mark in found.marks]
        label = edge if i % LABELLED == 0 else None
        bars.append([label, edge, None if i in found.marks else float(count), *_first(marked)])
    return {
        "titles": [[text] for text in _titles(simulation, found)],
        "histogram": bars if statistics.trials else [bars[0]],
        "cumulative": _padded(found.curve, POINTS),
        "convergence": _padded(found.convergence, STEPS),
        "tornado": [[name, correlation] for name, correlation in found.correlations[:BARS]],
        "scatter": _padded(found.dots, DOTS),
    }


def _first(marked: Sequence[Scalar]) -> list[Scalar]:
    """Return a bar's counts with one alone, where it holds several percentiles."""
    known = next((i for i, value in enumerate(marked) if value is not None), None)
    return [value if i == known else None for i, value in enumerate(marked)]


def _titles(simulation: Outcome, found: Figures) -> list[str]:
    unit, name = unit_of(simulation.model, found.name), found.name
    strongest_unit = unit_of(simulation.model, found.strongest)
    return [
        f"{name}: how often it takes which value",
        f"{name}: probability of at most a value",
        f"{name}: how the mean settled",
        f"{name}: rank correlation with the inputs",
        f"{name} against its strongest input" if found.strongest else f"{name}: no input moves it",
        f"{name}, {unit}" if unit else name,
        f"{found.strongest}, {strongest_unit}" if strongest_unit else found.strongest or "input",
        "",
    ]


def _padded(points: np.ndarray[tuple[int, int], np.dtype[np.float64]], count: int) -> list[list[float]]:
    """Return so many points, the last one again where there are fewer: a chart over fixed cells shows no gap then."""
    rows: list[list[float]] = points.tolist()
    return rows + rows[-1:] * (count - len(rows))
