"""The program with every error, text and blank as a spreadsheet has them: slower, and always right.

Blocks in which the quick program meets an error are run again here, and so are the cells that hold more than numbers.
Every node is evaluated for all trials of a block; values are boxed (see `boxes`).
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from dealmodel.catalogue import CATALOGUE
from dealmodel.cells import OMITTED, OMITTED_TEXT
from dealmodel.contract import contract_of
from dealmodel.domain import Kind as Kinds
from dealmodel.errors import DealModelError
from dealmodel.simulation.compiler import boxes
from dealmodel.simulation.compiler.boxes import BLANK, DIV0, NA, NUM, REF, VALUE, Texts
from dealmodel.simulation.compiler.graph import CONST, ELEMENT, GRID, OMITTED_NODE, Node, NotCompiledError
from dealmodel.simulation.compiler.trace import trace
from dealmodel.simulation.compiler.values import HIGHEST_POWER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from dealmodel.contract import Contract
    from dealmodel.simulation.compiler.boxes import Boxed
    from dealmodel.simulation.compiler.graph import Graph
    from dealmodel.simulation.compiler.trace import Traced

Grid: TypeAlias = "list[list[Boxed]]"
Value: TypeAlias = "Boxed | Grid | None"
"""One value per trial, a rectangle of such, or None where an argument is left out."""


class Careful:
    """Evaluates nodes.

    Parameters
    ----------
    texts
        The texts of the program.
    graph
        Makes the nodes of what our functions compute.
    """

    def __init__(self, texts: Texts, graph: Graph | None = None) -> None:
        self.texts = texts
        self._graph = graph
        self._traces: dict[int, Traced | None] = {}

    def run(self, roots: Sequence[Node], known: dict[int, Any]) -> None:
        """Evaluate nodes and all they need, and add them to the values that are known, by the nodes' ids."""
        with np.errstate(all="ignore"):
            for node in walk_unknown(roots, known):
                known[id(node)] = self.value(node, [known[id(a)] for a in node.args])

    def value(self, node: Node, args: list[Any]) -> Value:  # noqa: PLR0911  one for each kind of node
        """Return a node's value from its arguments' values."""
        op = node.op
        if op == CONST:
            return boxes.box(node.value, self.texts)
        if op == OMITTED_NODE:
            return None
        if op == GRID:
            height, width = node.value
            return [args[i * width : (i + 1) * width] for i in range(height)]
        if op == ELEMENT:
            return _element(args[0], *node.value)
        if op.startswith("DM_"):
            return self._as_traced(node, args, self.ours(op, args))
        if op in ELEMENTWISE:
            return self.each(ELEMENTWISE[op], args)
        if op in WHOLE:
            return WHOLE[op](self, args)
        raise NotCompiledError(f"{op} is not compiled")

    # -- elementwise -----------------------------------------------------------------------------------------------

    def each(self, function: Callable[..., Boxed], args: Sequence[Value]) -> Value:
        """Work out a function of single values, for every element where an argument is a range."""
        grids = [a for a in args if isinstance(a, list)]
        if not grids:
            return function(self, *args)
        height, width = max(len(g) for g in grids), max(len(g[0]) for g in grids)
        return [
            [function(self, *(_element(a, i, j) if isinstance(a, list) else a for a in args)) for j in range(width)]
            for i in range(height)
        ]

    def number(self, value: Value, default: float | None = None) -> Boxed:
        """Return an argument as arithmetic takes it."""
        if value is None:
            return np.array(0.0 if default is None else default)
        if isinstance(value, list):
            raise NotCompiledError("a range stands where one value is expected")
        return boxes.number(value, self.texts)

    def condition(self, value: Value) -> tuple[NDArray[np.bool_], Boxed]:
        """Return where a condition holds, with its errors."""
        return boxes.condition(_single(value), self.texts)

    # -- our functions ---------------------------------------------------------------------------------------------

    def ours(self, name: str, args: Sequence[Value]) -> Value:
        """Call one of our functions for all trials at once."""
        if name == "DM_OUTPUT":
            return _single(args[0])
        entry = CATALOGUE.get(name)
        if entry is None or entry.takes_cells:
            raise NotCompiledError(f"{name} is not compiled")
        contract = contract_of(entry.function)
        if any(p.is_text for p in contract.parameters) or len(args) > len(contract.parameters):
            raise NotCompiledError(f"{name} with these arguments is not compiled")
        arrays: list[Any] = []
        errors: list[Boxed] = []
        upright: bool | None = None
        trials = trial_count(args)
        for parameter, arg in zip(contract.parameters, args, strict=False):
            if arg is None or self.is_omitted(arg):
                arrays.append(OMITTED)
                continue
            rows = arg if isinstance(arg, list) else [[arg]]
            if (len(rows) > 1 and len(rows[0]) > 1) or (not parameter.core and len(rows) * len(rows[0]) > 1):
                raise NotCompiledError(f"{name} over a range of cases is not compiled")
            series = [self._strict(cell) for row in rows for cell in row]
            errors += series
            if not parameter.core:
                arrays.append(series[0])
                continue
            if upright is None:
                upright = len(rows) > 1
            arrays.append(np.stack([np.broadcast_to(s, trials) for s in series], axis=-1))
        try:
            result = contract.evaluate(contract.bind(arrays, {}))
        except DealModelError:
            return np.full(trials, VALUE)
        return self._laid_out(contract, result, errors, trials, upright=bool(upright))

    def _as_traced(self, node: Node, args: Sequence[Value], result: Value) -> Value:
        """Return the result of a function of ours to the last digit as the quick program has it.

        That one computes the function's formula as part of the program, where powers are products.
        """
        if self._graph is None or isinstance(result, list) or result is None or result.ndim == 0:
            return result
        if id(node) not in self._traces:
            self._traces[id(node)] = trace(self._graph, node)
        traced = self._traces[id(node)]
        if traced is None or (~np.isfinite(result)).all():
            return result
        known: dict[int, Any] = {id(a): v for a, v in zip(node.args, args, strict=True)}
        for arg in node.args:
            if arg.op == GRID and len(arg.args) == 1:
                known[id(arg.args[0])] = _single(known[id(arg)])
        self.run([traced.root], known)
        found = self.number(known[id(traced.root)])
        return np.where(np.isfinite(result), found, result)

    def _strict(self, cell: Boxed) -> Boxed:
        """Return a value as our functions take it: a text is #VALUE!."""
        return boxes.number(np.where(boxes.is_text(cell), VALUE, cell), self.texts) if np.isnan(cell).any() else cell

    def is_omitted(self, arg: Value) -> bool:
        """Whether an argument is the mark of one that is left out."""
        return (
            not isinstance(arg, list)
            and arg is not None
            and arg.ndim == 0
            and (boxes.unbox(float(arg), self.texts) == OMITTED_TEXT)
        )

    def _laid_out(
        self,
        contract: Contract,
        result: NDArray[np.float64],
        errors: list[Boxed],
        trials: tuple[int, ...],
        *,
        upright: bool,
    ) -> Value:
        def finished(values: NDArray[np.float64]) -> Boxed:
            values = np.array(np.broadcast_to(values, trials))
            if contract.result.domain.kind is Kinds.FLAG:
                bad = ~np.isfinite(values)
                flags = boxes.flags(values != 0)
                return boxes.settle(np.where(bad, NUM, flags), *errors)
            # -0.0 becomes 0.0, as in cells
            return boxes.settle(boxes.finish(values + 0.0), *errors)

        axes = contract.result_axes
        if axes == 0:
            return finished(result)
        if axes == 2:  # noqa: PLR2004  a table
            return [[finished(result[..., i, j]) for j in range(result.shape[-1])] for i in range(result.shape[-2])]
        cells = [finished(result[..., i]) for i in range(result.shape[-1])]
        if upright and not contract.result.core.isdigit():
            return [[cell] for cell in cells]
        return [cells]


def walk_unknown(roots: Sequence[Node], known: Mapping[int, Any]) -> list[Node]:
    """Return the nodes that are still to be evaluated, in order."""
    seen: set[int] = set()
    order: list[Node] = []
    stack = [(root, False) for root in reversed(roots)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif id(node) not in seen and id(node) not in known:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((a, False) for a in reversed(node.args))
    return order


def trial_count(args: Sequence[Value]) -> tuple[int, ...]:
    """Return the shape of the trials: empty where all arguments are constants."""
    cells = (c for a in args if a is not None for row in (a if isinstance(a, list) else [[a]]) for c in row)
    return np.broadcast_shapes(*(c.shape for c in cells))


def _element(value: Value, i: int, j: int | None) -> Boxed:
    """Return an element of a range; without a column, of a range that is a single row or column."""
    if not isinstance(value, list):
        return _single(value)
    if j is None:
        i, j = (0, i) if len(value) == 1 else (i, 0)
    i, j = 0 if len(value) == 1 else i, 0 if len(value[0]) == 1 else j
    if i >= len(value) or j >= len(value[0]):
        return np.array(NA)
    return value[i][j]


def _single(value: Value) -> Boxed:
    if isinstance(value, list):
        if len(value) == len(value[0]) == 1:
            return value[0][0]
        raise NotCompiledError("a range stands where one value is expected")
    return np.array(BLANK) if value is None else value


# -- functions of single values ------------------------------------------------------------------------------------


def _arithmetic(function: Callable[..., Any], error: np.float64 = NUM) -> Callable[..., Boxed]:
    def evaluate(careful: Careful, *args: Value) -> Boxed:
        numbers = [careful.number(a) for a in args]
        return boxes.finish(np.asarray(function(*numbers)), *numbers, error=error)

    return evaluate


def _power(careful: Careful, a: Value, b: Value) -> Boxed:
    first, second = careful.number(a), careful.number(b)
    return boxes.finish(_raised(first, second), first, second)


def _raised(base: Boxed, exponent: Boxed) -> Boxed:
    """Return a power, to the last digit as the quick program has it."""
    if base.ndim and not exponent.ndim:
        if exponent == 0.5:  # noqa: PLR2004
            return np.asarray(np.sqrt(base))
        if float(exponent).is_integer() and 1 <= abs(exponent) <= HIGHEST_POWER:
            whole = _product_of(base, int(abs(exponent)))
            return whole if exponent > 0 else np.asarray(1.0 / whole)
    return np.asarray(np.power(base, exponent))


def _product_of(base: Boxed, count: int) -> Boxed:
    if count == 1:
        return base
    return np.asarray(_product_of(base, count - count // 2) * _product_of(base, count // 2))


def _divide(careful: Careful, a: Value, b: Value) -> Boxed:
    first, second = careful.number(a), careful.number(b)
    result = np.where(second == 0, DIV0, boxes.finish(first / second))
    return boxes.settle(result, first, second)


def _modulo(careful: Careful, a: Value, b: Value) -> Boxed:
    first, second = careful.number(a), careful.number(b)
    result = np.where(second == 0, DIV0, boxes.finish(first - second * np.floor(first / second)))
    return boxes.settle(result, first, second)


def _compare(operator: str) -> Callable[..., Boxed]:
    return lambda careful, a, b: boxes.compare(operator, _single(a), _single(b), careful.texts)


def _if(careful: Careful, test: Value, then: Value = None, *rest: Value) -> Boxed:
    holds, errors = careful.condition(test)
    otherwise = rest[0] if rest else None
    no = np.array(boxes.FALSE) if not rest else np.array(0.0) if otherwise is None else _single(otherwise)
    yes = np.array(0.0) if then is None else _single(then)
    return boxes.settle(np.where(holds, yes, no), errors)


def _if_error(test: Callable[[Boxed], NDArray[np.bool_]]) -> Callable[..., Boxed]:
    def evaluate(_careful: Careful, value: Value, otherwise: Value) -> Boxed:
        array = _single(value)
        return np.where(test(array), np.array(0.0) if otherwise is None else _single(otherwise), array)

    return evaluate


def _is(test: Callable[[Boxed], NDArray[np.bool_]]) -> Callable[..., Boxed]:
    return lambda _careful, value: boxes.flags(test(_single(value)))


def _not(careful: Careful, value: Value) -> Boxed:
    holds, errors = careful.condition(value)
    return boxes.settle(boxes.flags(~holds), errors)


def _if_choose(careful: Careful, index: Value, *values: Value) -> Boxed:
    place = careful.number(index)
    whole = np.trunc(place)
    masks = [whole == i for i in range(1, len(values) + 1)]
    chosen = boxes.choose(masks, [np.array(0.0) if v is None else _single(v) for v in values], np.array(VALUE))
    return boxes.settle(chosen, place)


def _logarithm(careful: Careful, value: Value, base: Value = None) -> Boxed:
    numbers = careful.number(value), careful.number(base, 10.0)
    return boxes.finish(np.log(numbers[0]) / np.log(numbers[1]), *numbers)


def _scaled(step: Callable[[Boxed], Boxed]) -> Callable[..., Boxed]:
    def evaluate(careful: Careful, value: Value, digits: Value = None) -> Boxed:
        number, places = careful.number(value), careful.number(digits)
        factor = np.power(10.0, np.trunc(places))
        scaled = np.abs(number * factor)
        return boxes.finish(np.copysign(step(scaled), number) / factor + 0.0, number, places)

    return evaluate


def half_up(scaled: Boxed) -> Boxed:
    """Round half up a number of which fifteen digits count: 100.49999999999999 is 100.5."""
    whole = np.floor(scaled)
    magnitude = np.floor(np.log10(np.where(scaled > 0, scaled, 1.0)))
    return np.asarray(whole + (scaled - whole - 0.5 >= -0.5 * np.power(10.0, magnitude - 14)))


ELEMENTWISE: dict[str, Callable[..., Boxed]] = {
    "+": _arithmetic(np.add),
    "-": _arithmetic(np.subtract),
    "*": _arithmetic(np.multiply),
    "/": _divide,
    "^": _power,
    "POWER": _power,
    "neg": _arithmetic(np.negative),
    "pos": lambda _careful, a: _single(a),
    "%": _arithmetic(lambda a: a / 100),
    **{operator: _compare(operator) for operator in ("=", "<>", "<", ">", "<=", ">=")},
    "IF": _if,
    "IFERROR": _if_error(boxes.is_error),
    "IFNA": _if_error(boxes.is_na),
    "ISERROR": _is(boxes.is_error),
    "ISERR": _is(lambda a: boxes.is_error(a) & ~boxes.is_na(a)),
    "ISNA": _is(boxes.is_na),
    "ISNUMBER": _is(lambda a: ~np.isnan(a)),
    "ISTEXT": _is(boxes.is_text),
    "ISNONTEXT": _is(lambda a: ~boxes.is_text(a)),
    "ISLOGICAL": _is(boxes.is_flag),
    "ISBLANK": _is(boxes.is_blank),
    "NOT": _not,
    "CHOOSE": _if_choose,
    "ABS": _arithmetic(np.abs),
    "SIGN": _arithmetic(np.sign),
    "SQRT": _arithmetic(np.sqrt),
    "EXP": _arithmetic(np.exp),
    "LN": _arithmetic(np.log),
    "LOG10": _arithmetic(np.log10),
    "LOG": _logarithm,
    "INT": _arithmetic(np.floor),
    "TRUNC": _scaled(np.floor),
    "ROUND": _scaled(half_up),
    "ROUNDUP": _scaled(np.ceil),
    "ROUNDDOWN": _scaled(np.floor),
    "SIN": _arithmetic(np.sin),
    "COS": _arithmetic(np.cos),
    "TAN": _arithmetic(np.tan),
    "ATAN": _arithmetic(np.arctan),
    "TANH": _arithmetic(np.tanh),
    "MOD": _modulo,
}


# -- functions of ranges -------------------------------------------------------------------------------------------


def _numbers_of(careful: Careful, args: Sequence[Value]) -> tuple[list[Boxed], list[NDArray[np.bool_]], list[Boxed]]:
    """Return the numbers among the arguments, where they count, and all that may hold errors.

    Within a range only numbers count; a value that is written as an argument counts as what it spells.
    """
    numbers: list[Boxed] = []
    counted: list[NDArray[np.bool_]] = []
    carriers: list[Boxed] = []
    for arg in args:
        if arg is None:
            numbers.append(np.array(0.0))
            counted.append(np.array(True))  # noqa: FBT003
        elif isinstance(arg, list):
            for cell in (c for row in arg for c in row):
                numbers.append(cell)
                counted.append(~np.isnan(cell))
                carriers.append(cell)
        else:
            value = careful.number(arg)
            numbers.append(value)
            counted.append(~np.isnan(value))
            carriers.append(value)
    return numbers, counted, carriers


def _total(careful: Careful, args: Sequence[Value]) -> Boxed:
    numbers, counted, carriers = _numbers_of(careful, args)
    total: Any = np.array(0.0)
    for number, mask in zip(numbers, counted, strict=True):
        total = total + (number if mask.all() else np.where(mask, number, 0.0))
    return boxes.finish(np.asarray(total), *carriers)


def _product(careful: Careful, args: Sequence[Value]) -> Boxed:
    numbers, counted, carriers = _numbers_of(careful, args)
    result: Any = np.array(1.0)
    for number, mask in zip(numbers, counted, strict=True):
        result = result * np.where(mask, number, 1.0)
    some = functools.reduce(np.logical_or, counted, np.array(False))  # noqa: FBT003
    return boxes.finish(np.where(some, result, 0.0), *carriers)


def _extreme(function: Callable[[Any, Any], Any], worst: float) -> Callable[[Careful, Sequence[Value]], Boxed]:
    def evaluate(careful: Careful, args: Sequence[Value]) -> Boxed:
        numbers, counted, carriers = _numbers_of(careful, args)
        result: Any = np.array(worst)
        for number, mask in zip(numbers, counted, strict=True):
            result = function(result, number if mask.all() else np.where(mask, number, worst))
        some = functools.reduce(np.logical_or, counted, np.array(False))  # noqa: FBT003
        return boxes.finish(np.where(some, result, 0.0), *carriers)

    return evaluate


def _average(careful: Careful, args: Sequence[Value]) -> Boxed:
    numbers, counted, carriers = _numbers_of(careful, args)
    total: Any = np.array(0.0)
    count: Any = np.array(0.0)
    for number, mask in zip(numbers, counted, strict=True):
        total = total + np.where(mask, number, 0.0)
        count = count + mask
    return boxes.settle(np.where(count == 0, DIV0, boxes.finish(total / count)), *carriers)


def _count(_careful: Careful, args: Sequence[Value]) -> Boxed:
    total: Any = np.array(0.0)
    for arg in args:
        if not isinstance(arg, list):
            raise NotCompiledError("COUNT of single values is not compiled")
        for cell in (c for row in arg for c in row):
            total = total + ~np.isnan(cell)
    return np.asarray(total)


def _count_all(_careful: Careful, args: Sequence[Value]) -> Boxed:
    total: Any = np.array(0.0)
    for arg in args:
        for cell in (c for row in (arg if isinstance(arg, list) else [[_single(arg)]]) for c in row):
            total = total + ~boxes.is_blank(cell)
    return np.asarray(total)


def _sum_of_products(_careful: Careful, args: Sequence[Value]) -> Boxed:
    grids = [a if isinstance(a, list) else [[_single(a)]] for a in args]
    if len({(len(g), len(g[0])) for g in grids}) > 1:
        return np.array(VALUE)
    total: Any = np.array(0.0)
    carriers: list[Boxed] = []
    for cells in zip(*([c for row in g for c in row] for g in grids), strict=True):
        product: Any = np.array(1.0)
        for cell in cells:
            product = product * np.where(np.isnan(cell), 0.0, cell)
            carriers.append(cell)
        total = total + product
    return boxes.finish(np.asarray(total), *carriers)


def _logical(function: Callable[[Any, Any], Any], start: bool) -> Callable[[Careful, Sequence[Value]], Boxed]:
    def evaluate(careful: Careful, args: Sequence[Value]) -> Boxed:
        result: Any = np.array(start)
        some: Any = np.array(False)  # noqa: FBT003
        carriers: list[Boxed] = []
        for arg in args:
            within = isinstance(arg, list)
            for cell in (c for row in (arg if isinstance(arg, list) else [[_single(arg)]]) for c in row):
                skipped = (boxes.is_text(cell) | boxes.is_blank(cell)) if within else np.zeros(cell.shape, np.bool_)
                holds, errors = careful.condition(np.where(skipped, 0.0, cell))
                result = np.where(skipped, result, function(result, holds))
                some = some | ~skipped
                carriers.append(errors)
        return boxes.settle(np.where(some, boxes.flags(result), VALUE), *carriers)

    return evaluate


def _net_present_value(careful: Careful, args: Sequence[Value]) -> Boxed:
    rate = careful.number(args[0])
    numbers, counted, carriers = _numbers_of(careful, args[1:])
    total: Any = np.array(0.0)
    discount = 1 / (1 + rate)
    for number, mask in zip(reversed(numbers), reversed(counted), strict=True):
        total = np.where(mask, (total + number) * discount, total)
    return boxes.finish(np.asarray(total), rate, *carriers)


def _payment(careful: Careful, args: Sequence[Value]) -> Boxed:
    rate, periods, present = (careful.number(a) for a in args[:3])
    future = careful.number(args[3]) if len(args) > 3 else np.array(0.0)  # noqa: PLR2004
    begin = careful.number(args[4]) if len(args) > 4 else np.array(0.0)  # noqa: PLR2004
    growth = np.power(1 + rate, periods)
    due = np.where(begin != 0, 1 + rate, 1.0)
    level = -(present * growth + future) * rate / (due * (growth - 1))
    flat = -(present + future) / periods
    return boxes.finish(np.where(rate == 0, flat, level), rate, periods, present, future, begin)


def _present(careful: Careful, args: Sequence[Value]) -> Boxed:
    rate, periods, payment, future, begin = _annuity(careful, args)
    growth = np.power(1 + rate, periods)
    due = np.where(begin != 0, 1 + rate, 1.0)
    level = -(future + payment * due * (growth - 1) / rate) / growth
    return boxes.finish(np.where(rate == 0, -(future + payment * periods), level), rate, periods, payment, future)


def _future(careful: Careful, args: Sequence[Value]) -> Boxed:
    rate, periods, payment, present, begin = _annuity(careful, args)
    growth = np.power(1 + rate, periods)
    due = np.where(begin != 0, 1 + rate, 1.0)
    level = -(present * growth + payment * due * (growth - 1) / rate)
    return boxes.finish(np.where(rate == 0, -(present + payment * periods), level), rate, periods, payment, present)


def _annuity(careful: Careful, args: Sequence[Value]) -> list[Boxed]:
    return [careful.number(a) for a in [*args, *[None] * (5 - len(args))]]


def _index(careful: Careful, args: Sequence[Value]) -> Boxed:
    grid = args[0] if isinstance(args[0], list) else [[_single(args[0])]]
    places = [careful.number(a) for a in args[1:3]]
    if len(places) == 1 and len(grid) == 1:
        places = [np.array(1.0), places[0]]
    row = np.trunc(places[0])
    column = np.trunc(places[1]) if len(places) > 1 else np.array(1.0)
    if (np.asarray(row) == 0).any() or (np.asarray(column) == 0).any():
        raise NotCompiledError("INDEX of a whole row or column is not compiled")
    masks, values = [], []
    for i, cells in enumerate(grid, start=1):
        for j, cell in enumerate(cells, start=1):
            masks.append((row == i) & (column == j))
            values.append(cell)
    inside = (row >= 1) & (column >= 1)
    return boxes.settle(boxes.choose(masks, values, np.where(inside, REF, VALUE)), *places)


def place_in(careful: Careful, wanted: Boxed, cells: Sequence[Boxed], kind: int) -> Boxed:
    """Return at which place of a list a value stands, from 1, or #N/A.

    Parameters
    ----------
    careful
        The evaluator.
    wanted
        The value.
    cells
        The list.
    kind
        0 for an equal value, 1 for the last of an ascending list that is not above it.
    """
    if kind == 0:
        if boxes.is_text(wanted).any() and any(
            mark in careful.texts.text(int(p))
            for p in np.unique(boxes.payloads(wanted)[boxes.is_text(wanted)])
            for mark in "*?~"
        ):
            raise NotCompiledError("a lookup with wildcards is not compiled")
        masks = [_equal(careful, wanted, cell) for cell in cells]
        return boxes.settle(
            boxes.choose(masks, [np.array(float(i)) for i in range(1, len(cells) + 1)], np.array(NA)), wanted
        )
    if any(cell.ndim for cell in cells) or np.isnan([float(c) for c in cells]).any():
        raise NotCompiledError("a lookup of the nearest in a list that is not of constant numbers is not compiled")
    steps = np.array([float(c) for c in cells])
    if (np.diff(steps) < 0).any() or np.isnan(wanted).any():
        raise NotCompiledError("a lookup of the nearest in a list that does not ascend is not compiled")
    count = functools.reduce(np.add, (np.asarray(wanted >= step, dtype=np.float64) for step in steps))
    return np.where(count == 0, NA, count)


def _equal(careful: Careful, wanted: Boxed, cell: Boxed) -> NDArray[np.bool_]:
    either = boxes.is_error(cell) | (boxes.is_blank(cell))
    same = boxes.payloads(boxes.compare("=", wanted, cell, careful.texts)) == boxes.payloads(np.array(boxes.TRUE))
    return np.asarray(same & ~either)


def _line(value: Value) -> list[Boxed]:
    rows = value if isinstance(value, list) else [[_single(value)]]
    if len(rows) > 1 and len(rows[0]) > 1:
        raise NotCompiledError("a lookup in a list of several rows and columns is not compiled")
    return [c for row in rows for c in row]


def _constant(careful: Careful, value: Value, default: float) -> int:
    number = careful.number(value) if value is not None else np.array(default)
    if number.ndim or not np.isfinite(number):
        raise NotCompiledError("a lookup whose kind varies is not compiled")
    return int(number)


def _match(careful: Careful, args: Sequence[Value]) -> Boxed:
    kind = _constant(careful, args[2], 0.0) if len(args) > 2 else 1  # noqa: PLR2004
    if kind < 0:
        raise NotCompiledError("MATCH in a descending list is not compiled")
    return place_in(careful, _single(args[0]), _line(args[1]), min(kind, 1))


def _looked_up(careful: Careful, args: Sequence[Value], *, down: bool) -> Boxed:
    rows = args[1] if isinstance(args[1], list) else [[_single(args[1])]]
    rows = rows if down else [list(column) for column in zip(*rows, strict=True)]
    which = _constant(careful, args[2], 0.0)
    if which < 1:
        return np.array(VALUE)
    if which > len(rows[0]):
        return np.array(REF)
    exact = len(args) > 3 and (args[3] is None or not careful.condition(args[3])[0].any())  # noqa: PLR2004
    place = place_in(careful, _single(args[0]), [row[0] for row in rows], 0 if exact else 1)
    masks = [place == i for i in range(1, len(rows) + 1)]
    return boxes.choose(masks, [_as_result(row[which - 1]) for row in rows], place)


def _look_up(careful: Careful, args: Sequence[Value]) -> Boxed:
    if len(args) > 4 and any(a is not None and _constant(careful, a, 0.0) not in (0, 1) for a in args[4:]):  # noqa: PLR2004
        raise NotCompiledError("XLOOKUP of the nearest is not compiled")
    place = place_in(careful, _single(args[0]), _line(args[1]), 0)
    values = _line(args[2])
    masks = [place == i for i in range(1, len(values) + 1)]
    missing = place if len(args) < 4 or args[3] is None else np.where(boxes.is_na(place), _single(args[3]), place)  # noqa: PLR2004
    return boxes.choose(masks, [_as_result(v) for v in values], missing)


def _as_result(cell: Boxed) -> Boxed:
    return np.where(boxes.is_blank(cell), 0.0, cell) if np.isnan(cell).any() else cell


def _ranked(function: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Callable[..., Boxed]:
    """Return a function of numbers that needs them all at once, such as the median."""

    def evaluate(careful: Careful, args: Sequence[Value]) -> Boxed:
        numbers, counted, carriers = _numbers_of(careful, args)
        if not numbers or any(m.any() != m.all() for m in counted):
            raise NotCompiledError("a statistic of a list that is not always of numbers is not compiled")
        kept = [n for n, m in zip(numbers, counted, strict=True) if m.all()]
        if not kept:
            return boxes.settle(np.array(NUM), *carriers)
        stacked = np.stack(np.broadcast_arrays(*kept), axis=-1)
        return boxes.finish(np.asarray(function(stacked)), *carriers)

    return evaluate


WHOLE: dict[str, Callable[[Careful, Sequence[Value]], Value]] = {
    "SUM": _total,
    "PRODUCT": _product,
    "MIN": _extreme(np.minimum, np.inf),
    "MAX": _extreme(np.maximum, -np.inf),
    "AVERAGE": _average,
    "COUNT": _count,
    "COUNTA": _count_all,
    "SUMPRODUCT": _sum_of_products,
    "AND": _logical(np.logical_and, start=True),
    "OR": _logical(np.logical_or, start=False),
    "NPV": _net_present_value,
    "PMT": _payment,
    "PV": _present,
    "FV": _future,
    "INDEX": _index,
    "MATCH": _match,
    "VLOOKUP": lambda careful, args: _looked_up(careful, args, down=True),
    "HLOOKUP": lambda careful, args: _looked_up(careful, args, down=False),
    "XLOOKUP": _look_up,
    "MEDIAN": _ranked(lambda a: np.median(a, axis=-1)),
    "ROWS": lambda _careful, args: np.array(float(len(args[0])) if isinstance(args[0], list) else 1.0),
    "COLUMNS": lambda _careful, args: np.array(float(len(args[0][0])) if isinstance(args[0], list) else 1.0),
    "PI": lambda _careful, _args: np.array(np.pi),
    "NA": lambda _careful, _args: np.array(NA),
    "TRUE": lambda _careful, _args: np.array(boxes.TRUE),
    "FALSE": lambda _careful, _args: np.array(boxes.FALSE),
}
