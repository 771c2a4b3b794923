"""A workbook ready to be simulated: its uncertain numbers with their streams, its outputs, its program."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.cells import CellError
from dealmodel.errors import InputRefusedError, UnknownNameError
from dealmodel.simulation.sampling.correlation import Copula, iman_conover, van_der_waerden
from dealmodel.simulation.sampling.draws import (
    OUTPUT,
    PREFIX,
    Draw,
    calls,
    cell_names,
    check_arguments,
    find_draws,
    is_distribution,
    is_uncertain_number,
    outside_draw,
)
from dealmodel.simulation.sampling.streams import Random, key_of, streams_of
from dealmodel.workbook.address import named_place
from dealmodel.workbook.formulas import canonical
from dealmodel.workbook.resultsheets.fill import listed_outputs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.running.protocol import Codes, Compile, Program, Values
    from dealmodel.simulation.sampling.correlation import Correlation
    from dealmodel.simulation.sampling.streams import Stream
    from dealmodel.workbook.address import CellAt
    from dealmodel.workbook.model import Model


_JOINS = re.compile(r"&|\b(?:TEXT|TEXTJOIN|CONCAT|CONCATENATE|FIXED|DOLLAR|REPT)\(", re.IGNORECASE)
"""What joins or formats texts, of which nearly every trial has another one."""
SLAB = 65_536
"""Trials that Iman and Conover's method reorders at once."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How trials are drawn.

    Attributes
    ----------
    sampler
        `sobol`, `latin` or `random`.
    seed
        The seed.
    trials
        How many trials there are at most.
    correlation
        Rank correlations; None for none.
    method
        `copula` or `iman-conover`.
    """

    sampler: str
    seed: int
    trials: int
    correlation: Correlation | None = None
    method: str = "copula"


@dataclass(frozen=True, slots=True)
class Block:
    """Some trials.

    Attributes
    ----------
    uniforms
        The numbers that the uncertain cells were sampled from.
    outputs, codes
        What the outputs were, and the codes of their errors.
    unsettled
        In how many of them circular references had not settled, as they were run; not told of parts.
    drawn
        What uncertain numbers were, as far as they were noted; not told of parts.
    """

    uniforms: Mapping[Draw, Values]
    outputs: dict[str, Values]
    codes: dict[str, Codes]
    unsettled: int = 0
    drawn: Mapping[Draw, Values] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many trials there are."""
        return len(next(iter(self.outputs.values())))

    def rows(self, places: NDArray[np.int64]) -> Block:
        """Return some of the trials."""
        return Block(
            {draw: values[places] for draw, values in self.uniforms.items()},
            {name: values[places] for name, values in self.outputs.items()},
            {name: codes[places].copy() for name, codes in self.codes.items()},
        )

    @classmethod
    def joined(cls, blocks: Sequence[Block]) -> Block:
        """Return the trials of several blocks as one."""
        first = blocks[0]
        return cls(
            {draw: np.concatenate([b.uniforms[draw] for b in blocks]) for draw in first.uniforms},
            {name: np.concatenate([b.outputs[name] for b in blocks]) for name in first.outputs},
            {name: np.concatenate([b.codes[name] for b in blocks]) for name in first.codes},
        )


class Runner:
    """Runs trials of a workbook.

    Parameters
    ----------
    model
        The workbook.
    sampling
        How trials are drawn.
    inputs
        Inputs made uncertain from outside: distributions by name.
    outputs
        Names or addresses of outputs; by default the cells that call `DM_OUTPUT`, or else the named outputs.
    compile_program
        Makes the program.

    Raises
    ------
    InputRefusedError
        If nothing is uncertain, or the correlations do not suit the uncertain numbers.
    UnknownNameError
        If there is no such input, output, distribution or sampler.
    """

    def __init__(
        self,
        model: Model,
        sampling: Sampling,
        inputs: Mapping[str, str],
        outputs: Sequence[str],
        compile_program: Compile,
    ) -> None:
        self.model = model
        self.sampling = sampling
        self.compile_program = compile_program
        outside = tuple(outside_draw(model, name, text) for name, text in inputs.items())
        twice = next((d for i, d in enumerate(outside) if d.at in {e.at for e in outside[:i]}), None)
        if twice is not None:
            raise InputRefusedError(f"{named_place(twice.name, twice.at)} is given two distributions; give it one")
        given = {d.at: d for d in outside}
        self.replaced = {d.at: (d, given[d.at]) for d in reversed(find_draws(model)) if d.at in given}
        """The distributions in cells for which this run was given others, with these."""
        found = (*(d for d in find_draws(model) if d.at not in given), *outside)
        if not found:
            raise InputRefusedError(
                f"nothing is uncertain in {model.book.label}: write a distribution such as =DM_PERT(250,294,340) into "
                'an input cell, or give one with --input "NAME=PERT(250,294,340)"'
            )
        self.chosen = bool(outputs)
        self.outputs = chosen_outputs(model, outputs) if outputs else default_outputs(model)
        if not self.outputs:
            raise InputRefusedError(
                f"{model.book.label} has no outputs: name a formula cell, mark it with DM_OUTPUT, or give --output NAME"
            )
        self.program = compile_program(model, found, (), tuple(dict.fromkeys(self.outputs.values())))
        self.draws = tuple(d for d in found if d in set(self.program.draws))
        for draw in self.draws:
            check_arguments(draw)
        self.labels = tuple(f"{d.name} (drawn)" if d.name in self.outputs else d.name for d in self.draws)
        """What reports call the uncertain numbers: not as an output, as that of a cell that holds `=DM_X()*2`."""
        self._last_slab: tuple[int, Values] | None = None
        if sampling.correlation is not None:
            self._correlated = self._find_correlated(sampling.correlation)
            self._copula = Copula(sampling.correlation)

    @cached_property
    def streams(self) -> dict[str, Stream]:
        """The stream of every uncertain number, by its name."""
        sampling = self.sampling
        return streams_of(sampling.sampler, [d.stream for d in self.draws], sampling.seed, sampling.trials)

    @property
    def draws_one_by_one(self) -> bool:
        """Whether a trial far out can be drawn without many others."""
        return self.sampling.correlation is None or self.sampling.method == "copula"

    def _find_correlated(self, correlation: Correlation) -> dict[str, str]:
        """Return the streams that the names in the matrix stand for."""
        known = {d.name.casefold(): d.stream for d in self.draws}
        known |= {str(d.at).casefold(): d.stream for d in reversed(self.draws)}
        known |= {d.stream: d.stream for d in self.draws}
        missing = [name for name in correlation.names if name.casefold() not in known]
        if missing:
            listed = ", ".join(d.name for d in self.draws)
            raise UnknownNameError(
                f"the correlations name {missing[0]}, which is not uncertain here; there are {listed}"
            )
        return {name: known[name.casefold()] for name in correlation.names}

    def uniforms(self, start: int, stop: int) -> dict[Draw, Values]:
        """Return the numbers that the uncertain cells are sampled from, made to go together."""
        found = {name: stream.uniforms(start, stop) for name, stream in self.streams.items()}
        correlation = self.sampling.correlation
        if correlation is not None and self.sampling.method == "copula":
            names = self._correlated
            together = self._copula.apply({name: found[stream] for name, stream in names.items()})
            found |= {names[name]: values for name, values in together.items()}
        elif correlation is not None:
            found |= self._reordered(found, start, stop)
        return {d: found[d.stream] for d in self.draws}

    def _reordered(self, found: Mapping[str, Values], start: int, stop: int) -> dict[str, Values]:
        """Return the numbers of the correlated cells in an order that makes them go together."""
        streams = list(self._correlated.values())
        pieces, at = [], start
        while at < stop:
            first, last = self._slab(at)
            end = min(stop, last)
            pieces.append(self._reordered_slab(first, last)[:, at - first : end - first])
            at = end
        whole = np.concatenate(pieces, axis=1) if pieces else np.stack([found[s] for s in streams])
        return dict(zip(streams, whole, strict=True))

    def _slab(self, trial: int) -> tuple[int, int]:
        """Return the slab that a trial is in; the last takes what would be too few for one of their own."""
        trials = self.sampling.trials
        number = min(trial // SLAB, max(trials // SLAB - 1, 0))
        first = number * SLAB
        return first, trials if first + 2 * SLAB > trials else first + SLAB

    def _reordered_slab(self, first: int, last: int) -> Values:
        if self._last_slab is None or self._last_slab[0] != first:
            correlation, sampling = self.sampling.correlation, self.sampling
            streams = list(self._correlated.values())
            samples = np.stack([self.streams[s].uniforms(first, last) for s in streams], axis=1)
            orders = [Random(key_of(sampling.seed, f"{s}|order")).uniforms(first, last) for s in streams]
            orders[0] = samples[:, 0]
            scores = van_der_waerden(np.stack(orders, axis=1))
            matrix = np.eye(len(streams)) if correlation is None else correlation.of_scores
            reordered = iman_conover(samples, matrix, scores)
            self._last_slab = first, np.ascontiguousarray(reordered.T)
        return self._last_slab[1]

    def block(self, start: int, stop: int, *, note: bool = False) -> Block:
        """Run the trials from `start` up to `stop`, and note what their inputs are, which `inputs` asks for."""
        return self.at(self.uniforms(start, stop), note=note)

    def at(self, uniforms: Mapping[Draw, Values], *, note: bool = False) -> Block:
        """Run trials at given numbers between 0 and 1."""
        drawn: dict[Draw, Values] = {}
        found = self.program.run(uniforms, drawn=drawn if note else None)
        return Block(
            uniforms,
            {name: found[at] for name, at in self.outputs.items()},
            {name: self.program.errors(at) for name, at in self.outputs.items()},
            self.program.unsettled,
            drawn,
        )

    def inputs(self, block: Block) -> dict[str, Values]:
        """Return what the uncertain numbers are, one column each; where a cell shows more, what is drawn within it.

        Of what no output needs, within a larger formula, the number between 0 and 1 that it would be drawn from. Apart
        from the outputs: of most trials nobody asks it.
        """
        drawn, shown = self._drawn_and_shown
        found = {d: block.drawn[d] for d in drawn if d in block.drawn}
        if missing := drawn - found.keys():
            found |= self.program.variates(block.uniforms, draws=missing)
        in_cells = self._input_program.run(block.uniforms) if shown else {}
        found |= {d: in_cells[d.at] for d in shown}
        return {d.name: found.get(d, block.uniforms[d]) for d in self.draws}

    @cached_property
    def _drawn_and_shown(self) -> tuple[frozenset[Draw], tuple[Draw, ...]]:
        """The draws that are what is drawn, and those that are what their cells show."""
        whole = {d for d in self.draws if is_whole(self.model, d)}
        # A cell of RANDBETWEEN rounds what is drawn.
        rounded = {d for d in whole if (f := self.model.formulas.get(d.at)) is not None and not is_distribution(f)}
        drawn = frozenset(d for d in self.draws if d not in rounded and (d not in whole or d in self.program.fixed))
        return drawn, tuple(d for d in self.draws if d in whole and d not in drawn)

    @cached_property
    def _input_program(self) -> Program:
        return self.compile_program(self.model, self.draws, (), tuple(d.at for d in self._drawn_and_shown[1]))


def is_whole(model: Model, draw: Draw) -> bool:
    """Whether the cell of a draw shows nothing but its value."""
    formula = model.formulas.get(draw.at)
    return formula is None or (draw.position == 0 and is_uncertain_number(formula))


def chosen_outputs(model: Model, names: Sequence[str]) -> dict[str, CellAt]:
    """Return the cells of outputs by name; a name that `DM_OUTPUT` gives counts, too."""
    marked = {name.casefold(): (name, at) for name, at in marked_outputs(model).items()}
    found = {}
    for name in names:
        known, at = marked.get(name.strip().casefold(), (name.strip(), None))
        found[known] = model.vocabulary.find(name) if at is None else at
    return found


def default_outputs(model: Model) -> dict[str, CellAt]:
    """Return the cells marked with `DM_OUTPUT`, or those listed on the sheet, or else the named outputs.

    Of texts these are the ones that a formula chooses, as `IF(B1>=0,"Accretive","Dilutive")`: of labels that are joined
    nearly every trial has another one.
    """
    marked = marked_outputs(model)
    if marked:
        return marked
    listed = listed_outputs(model)
    if listed:
        return chosen_outputs(model, listed)
    named = {name: named.at for name, named in model.outputs.items()}
    sampled = {d.at for d in find_draws(model)}
    return {name: at for name, at in named.items() if at not in sampled and _is_told_of(model, at)}


def _is_told_of(model: Model, at: CellAt) -> bool:
    value = model.value_at(at)
    if isinstance(value, str) and not isinstance(value, CellError):
        formula = model.formulas.get(at, "")
        return bool(value) and _JOINS.search(formula) is None
    return value is not None and not isinstance(value, bool)


def marked_outputs(model: Model) -> dict[str, CellAt]:
    """Return the cells that call `DM_OUTPUT`, by the name it gives, or else by theirs."""
    names = cell_names(model)
    found: dict[str, CellAt] = {}
    marked = (at for at, formula in model.formulas.items() if OUTPUT.removeprefix(PREFIX) in formula.upper())
    for at in model.book.in_order(marked):
        call = next((c for c in calls(canonical(model.formulas[at])) if c.function == OUTPUT), None)
        if call is not None:
            name = _given_name(model, at, call.arguments) or names.get(at, str(at))
            found[name if name not in found else str(at)] = at
    return found


def _given_name(model: Model, at: CellAt, arguments: Sequence[str]) -> str:
    if len(arguments) < 2:  # noqa: PLR2004  the name is the second
        return ""
    value = model.calculation.capture(at, arguments[1])[0][0]
    return value.strip("\ue000 ") if isinstance(value, str) else ""
