"""The charts of a simulation as PNG files, by matplotlib."""

from __future__ import annotations

import importlib.util
import io
import re
from typing import TYPE_CHECKING

from dealmodel.errors import DealModelError, WorkbookError
from dealmodel.simulation.results.figures import MARKED, figures, unit_of
from dealmodel.simulation.results.legend import legend
from dealmodel.simulation.results.sixdigits import shown
from dealmodel.workbook.save import write_file

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from dealmodel.simulation.results.figures import Figures
    from dealmodel.simulation.results.outcome import Outcome

_NAVY, _BLUE, _ORANGE, _GREY, _INK = "#1F3555", "#8FB4E3", "#D9822B", "#8A94A6", "#3B4658"
_SIZE = (15.0, 8.6)
"""Inches."""
_NOT_IN_FILES, _LONGEST = re.compile(r"[^-=+ ()\w]"), 100
_DOTS = 110
"""Dots an inch."""
_NAMED = 6
"""Texts that are named where an output is never a number."""


class MissingExtraError(DealModelError, ImportError):
    """A library that only some commands need is not installed."""


def need_matplotlib() -> None:
    """Refuse to go on without matplotlib.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    if importlib.util.find_spec("matplotlib") is None:
        raise MissingExtraError('pictures need matplotlib; install it with: python -m pip install "dealmodel[charts]"')


def draw_pictures(simulation: Outcome, folder: Path) -> list[Path]:
    """Write one picture with all charts for every output.

    Parameters
    ----------
    simulation
        The results.
    folder
        Where; made where there is none.

    Returns
    -------
    The files.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    WorkbookError
        If the folder or a file cannot be written.
    """
    need_matplotlib()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkbookError(f"{folder} cannot be written: {error.strerror or error}") from None
    return [_draw(simulation, name, folder) for name in simulation.statistics]


def _draw(simulation: Outcome, name: str, folder: Path) -> Path:
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  an extra
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=_SIZE, dpi=_DOTS, layout="constrained")
    FigureCanvasAgg(figure)
    if simulation.statistics[name].trials:
        _charts(figure, simulation, name)
    else:
        figure.text(0.5, 0.5, never_a_number(simulation, name), ha="center", va="center", color=_INK, fontsize=14)
    figure.suptitle(f"{simulation.book}: {name}", color=_NAVY, fontweight="bold")
    figure.supxlabel(
        f"{simulation.trials:,} trials, sampler {simulation.sampler}, seed {simulation.seed}", color=_INK, fontsize=8
    )
    target = folder / f"{_NOT_IN_FILES.sub('_', name).strip()[:_LONGEST] or 'output'}.png"
    drawn = io.BytesIO()
    # Without the program's version in it, the same run gives the same file.
    figure.savefig(drawn, format="png", metadata={"Software": None})
    write_file(target, drawn.getvalue())
    return target


def never_a_number(simulation: Outcome, name: str) -> str:
    """Return why there is nothing to draw of an output."""
    statistics = simulation.statistics[name]
    counted = [*statistics.errors.items(), *list(statistics.texts.items())[:_NAMED]]
    kinds = ", ".join(f"{what} {count:,}" for what, count in counted)
    return f"{name} is a number in none of the trials ({kinds}): there is nothing to draw"


def _charts(figure: Figure, simulation: Outcome, name: str) -> None:
    from matplotlib.gridspec import GridSpec  # noqa: PLC0415  an extra

    found = figures(simulation, name)
    rows = GridSpec(2, 1, figure=figure)
    upper, lower = (figure.add_subfigure(rows[i, 0]) for i in (0, 1))
    histogram, cumulative, convergence = upper.subplots(1, 3)
    tornado, scatter = lower.subplots(1, 2)
    unit = unit_of(simulation.model, name)
    label = f"{name}, {unit}" if unit else name
    statistics = simulation.statistics[name]
    marks = [f"{p:.0%} below {shown(statistics.percentiles[p])}" for p in MARKED]
    _histogram(histogram, found, marks, label)
    _titled(cumulative, "probability of at most a value", label)
    cumulative.plot(found.curve[:, 0], found.curve[:, 1], color=_NAVY)
    cumulative.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    _titled(convergence, "how the mean settled", "trials")
    if len(found.convergence):
        trials, mean, low, high = found.convergence.T
        convergence.fill_between(trials, low, high, color=_BLUE, alpha=0.35, linewidth=0, label="95%")
        convergence.plot(trials, mean, color=_NAVY, label="mean")
        convergence.legend(frameon=False, fontsize=8)
        convergence.xaxis.set_major_formatter(lambda trial, _: f"{trial:,.0f}")
    _titled(tornado, "rank correlation with the inputs", "")
    labels = legend(simulation.model, (i for i, _ in found.correlations)) if simulation.model is not None else {}
    names = ["\n".join(filter(None, (i, labels.get(i)))) for i, _ in reversed(found.correlations)]
    tornado.barh(names, [c for _, c in reversed(found.correlations)], color=_NAVY, height=0.65)
    tornado.set_xlim(-1, 1)
    tornado.axvline(0, color=_GREY, linewidth=0.8)
    strongest_unit = unit_of(simulation.model, found.strongest)
    _titled(
        scatter,
        "against its strongest input",
        ", ".join(filter(None, (found.strongest, labels.get(found.strongest), strongest_unit))),
    )
    scatter.plot(*found.dots.T, "o", color=_BLUE, markeredgecolor=_NAVY, markeredgewidth=0.3, markersize=3.5)


def _histogram(axes: Axes, found: Figures, marks: list[str], label: str) -> None:
    _titled(axes, "how often it takes which value", label)
    width = float(found.edges[1] - found.edges[0]) or 1.0
    colours = [_BLUE] * len(found.edges)
    axes.bar(found.edges, found.counts, width=width * 0.94, align="edge", color=colours)
    for place, text, colour in zip(found.marks, marks, (_ORANGE, _NAVY, _ORANGE), strict=False):
        count = int(found.counts[place])
        axes.bar([found.edges[place]], [count], width=width * 0.94, align="edge", color=colour, label=text)
    axes.yaxis.set_major_formatter(lambda count, _: f"{count:,.0f}")
    if found.marks:
        axes.legend(frameon=False, fontsize=8)


def _titled(axes: Axes, title: str, label: str) -> None:
    axes.set_title(title, fontsize=10, color=_NAVY, fontweight="bold")
    axes.set_xlabel(label, fontsize=9, color=_INK)
    axes.tick_params(labelsize=8, colors=_INK)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="y", color="#E1E6ED", linewidth=0.6)
    axes.set_axisbelow(True)
