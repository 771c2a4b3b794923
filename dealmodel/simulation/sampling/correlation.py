"""Correlations between uncertain cells: a Gaussian copula, or the reordering of Iman and Conover.

Both take rank correlations, which do not hang on the distributions, and leave every distribution as it is.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.cells import CellError
from dealmodel.errors import InputRefusedError, WorkbookError
from dealmodel.simulation.sampling.streams import LEAST, MOST
from dealmodel.workbook.address import CellAt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from dealmodel.cells import Scalar
    from dealmodel.workbook.model import Model

    Matrix = NDArray[np.float64]

RANGE = "dm_correlation"
"""The defined name of a range of rank correlations, with the names of the cells in its first row."""
METHODS = ("copula", "iman-conover")
_SYMMETRIC = 1e-9
_SMALLEST = 1e-10
"""Smallest eigenvalue of a matrix that can be factored."""
_REPORTED = 1e-4
"""Change of a correlation that a reader is told of."""
_ENOUGH = 1000


@dataclass(frozen=True, slots=True)
class Correlation:
    """Rank correlations between uncertain cells.

    Attributes
    ----------
    names
        The cells.
    matrix
        The correlations, positive definite.
    given
        The correlations as they were given.
    """

    names: tuple[str, ...]
    matrix: Matrix
    given: Matrix

    @property
    def repair(self) -> float:
        """The largest change of a correlation that made the matrix positive semi-definite; 0 where it was."""
        return float(np.abs(self.matrix - self.given).max(initial=0.0))

    @property
    def of_scores(self) -> Matrix:
        """What normal scores must be correlated by, to have these correlations of their ranks: 2 sin(pi r / 6)."""
        scores = 2 * np.sin(np.pi / 6 * self.matrix)
        np.fill_diagonal(scores, 1.0)
        return nearest(scores)

    @property
    def of_ranks(self) -> Matrix:
        """The rank correlations that these scores have."""
        ranks: Matrix = 6 / np.pi * np.arcsin(self.of_scores / 2)
        return ranks

    @property
    def note(self) -> str | None:
        """What a reader must know of the change, or None where there was none.

        Rank correlations may agree with each other while no normal scores have them, as 0.8, -0.5 and 0.1.
        """
        found = self.of_ranks
        changes = np.triu(np.abs(found - self.given)).round(12)
        if changes.max(initial=0.0) <= _REPORTED:
            return None
        i, j = np.unravel_index(changes.argmax(), changes.shape)
        reason = "contradict each other" if self.repair > _SYMMETRIC else "are too far apart for normal scores"
        return (
            f"the correlations {reason} (the matrix is not positive semi-definite) and were replaced by the nearest "
            f"that can be had; the largest change: {self.names[i]} and {self.names[j]} from "
            f"{self.given[i, j]:.4g} to {found[i, j]:.4g}"
        )


def from_matrix(names: Sequence[str], matrix: Matrix) -> Correlation:
    """Return checked correlations; half of a matrix, the other half 0, stands for the whole.

    Raises
    ------
    InputRefusedError
        If the matrix is not one of correlations.
    """
    if matrix.shape != (len(names), len(names)):
        raise InputRefusedError(f"{len(names)} names need as many rows and columns of correlations; got {matrix.shape}")
    if not np.all(np.abs(matrix) <= 1):
        i, j = (int(place[0]) for place in np.nonzero(~(np.abs(matrix) <= 1)))
        raise InputRefusedError(
            f"correlations must be from -1 to 1; that of {names[i]} and {names[j]} is {matrix[i, j]:g}"
        )
    if len({n.casefold() for n in names}) < len(names):
        raise InputRefusedError("the correlations name a cell twice")
    whole = np.where(np.diag(np.ones(len(names), dtype=bool)) & (matrix == 0), 1.0, matrix)
    for name, itself in zip(names, np.diag(whole), strict=True):
        if itself != 1:
            raise InputRefusedError(f"the correlation of a cell with itself must be 1; that of {name} is {itself:g}")
    lower, upper = np.tril(whole, -1), np.triu(whole, 1).T
    if not lower.any() or not upper.any():
        half = lower + upper
        whole = half + half.T + np.eye(len(names))
    elif np.abs(lower - upper).max(initial=0.0) > _SYMMETRIC:
        i, j = np.unravel_index(np.abs(lower - upper).argmax(), lower.shape)
        raise InputRefusedError(f"the correlation of {names[i]} and {names[j]} is {lower[i, j]:g} and {upper[i, j]:g}")
    return Correlation(tuple(names), nearest(whole), whole)


def nearest(matrix: Matrix) -> Matrix:
    """Return the nearest correlation matrix in the Frobenius norm; one that is positive definite as it is.

    References
    ----------
    .. [1] N. J. Higham, "Computing the nearest correlation matrix", IMA Journal of Numerical Analysis 22 (2002)
       329-343, algorithm 3.3.
    """
    if not matrix.size or np.linalg.eigvalsh(matrix)[0] >= _SMALLEST:
        return matrix
    found, step = matrix.copy(), np.zeros_like(matrix)
    for _ in range(_ENOUGH):
        before = found
        shifted = found - step
        projected = _positive(shifted)
        step = projected - shifted
        found = projected.copy()
        np.fill_diagonal(found, 1.0)
        if np.abs(found - before).max() < _SMALLEST / 100:
            break
    # The limit lies on the edge; a step inside makes it factorable.
    inside: Matrix = _positive(found)
    scale = np.sqrt(np.diag(inside))
    inside = inside / np.outer(scale, scale)
    np.fill_diagonal(inside, 1.0)
    return inside


def _positive(matrix: Matrix) -> Matrix:
    values, vectors = np.linalg.eigh(matrix)
    positive: Matrix = (vectors * np.maximum(values, _SMALLEST)) @ vectors.T
    return positive


def read_range(model: Model) -> Correlation | None:
    """Return the correlations in a workbook's range `dm_correlation`, or None where it has none.

    Raises
    ------
    InputRefusedError
        If the range does not hold names and correlations.
    """
    name = next((n for n in model.book.names if n.name.casefold() == RANGE), None)
    if name is None:
        return None
    place = model.book.area_of(name)
    if place is None:
        raise InputRefusedError(f"{RANGE} must be a range of cells; it is {name.text}")
    sheet, area = place
    rows = [
        [model.value_at(CellAt(sheet, row, column)) for column in range(area.left, area.right + 1)]
        for row in range(area.top, area.bottom + 1)
    ]
    return _from_rows(rows, RANGE)


def read_file(path: Path) -> Correlation:
    """Return the correlations in a CSV file: names in the first row, and in the first column or not.

    Raises
    ------
    WorkbookError
        If the file cannot be read.
    InputRefusedError
        If it does not hold names and correlations.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [[_field(text) for text in row] for row in csv.reader(file) if any(t.strip() for t in row)]
    except OSError as error:
        raise WorkbookError(f"{path} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise WorkbookError(f"{path} cannot be read as a CSV file: {error}") from None
    return _from_rows(rows, str(path))


def _field(text: str) -> Scalar:
    try:
        return float(text)
    except ValueError:
        return text.strip() or None


def _from_rows(rows: Sequence[Sequence[Scalar]], label: str) -> Correlation:
    if len(rows) < 2 or len({len(row) for row in rows}) > 1:  # noqa: PLR2004  names and one row
        raise InputRefusedError(f"{label} needs names in its first row and correlations below, in equal rows")
    has_row_names = isinstance(rows[1][0], str)
    first = 1 if has_row_names else 0
    names = [str(v).strip() for v in rows[0][first:]]
    lines = [row[first:] for row in rows[1:]]
    if has_row_names:
        folded = [str(row[0]).strip().casefold() for row in rows[1:]]
        if sorted(folded) != sorted(n.casefold() for n in names):
            raise InputRefusedError(f"{label} has other names in its first column than in its first row")
        lines = [lines[folded.index(n.casefold())] for n in names]
    numbers = [
        [_number(value, f"that of {row} and {column}", label) for column, value in zip(names, line, strict=True)]
        for row, line in zip((*names, *[""] * len(lines)), lines, strict=False)
    ]
    return from_matrix(names, np.array(numbers))


def _number(value: Scalar, whose: str, label: str) -> float:
    if value is None:
        return 0.0
    if isinstance(value, (str, bool, CellError)):
        raise InputRefusedError(f"{label} holds {value} where a correlation is expected, {whose}")
    return float(value)


@dataclass(frozen=True)
class Copula:
    """A Gaussian copula with given rank correlations."""

    correlation: Correlation

    def apply(self, uniforms: Mapping[str, Matrix]) -> dict[str, Matrix]:
        """Return the numbers of the correlated cells, made to go together; the first stays as it is."""
        from scipy.special import ndtr, ndtri  # noqa: PLC0415

        names = self.correlation.names
        independent = [ndtri(uniforms[name]) for name in names]
        found = {names[0]: uniforms[names[0]]}
        for i in range(1, len(names)):
            # Not through BLAS, whose last digits hang on how many trials there are.
            scores = self.factor[i, 0] * independent[0]
            for j in range(1, i + 1):
                if self.factor[i, j]:
                    scores += self.factor[i, j] * independent[j]
            found[names[i]] = np.clip(ndtr(scores, out=scores), LEAST, MOST, out=scores)
        return found

    @cached_property
    def factor(self) -> Matrix:
        """The Cholesky factor of the correlations of the normal scores."""
        return np.asarray(np.linalg.cholesky(self.correlation.of_scores), dtype=np.float64)


def iman_conover(samples: Matrix, target: Matrix, scores: Matrix) -> Matrix:
    """Reorder each column so that its ranks go together as scores of the target correlations do.

    Parameters
    ----------
    samples
        One row a trial, one column a cell.
    target
        The correlations of the scores; those of the ranks come close to them.
    scores
        As many rows and columns, in each column the same scores in an order of its own.

    Returns
    -------
    The same numbers in each column, in another order.

    References
    ----------
    .. [1] R. L. Iman & W. J. Conover, "A distribution-free approach to inducing rank correlation among input
       variables", Communications in Statistics B 11 (1982) 311-334.
    """
    if len(samples) < 2:  # noqa: PLR2004  no order to change
        return samples
    factor = np.linalg.cholesky(nearest(target))
    # Fewer trials than cells do have correlations that contradict each other.
    own = np.linalg.cholesky(nearest(np.atleast_2d(np.corrcoef(scores, rowvar=False))))
    wanted = np.einsum("tj,ij->ti", scores, np.einsum("ij,jk->ik", factor, np.linalg.inv(own)))
    ranks = wanted.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")
    return np.take_along_axis(np.sort(samples, axis=0), ranks, axis=0)


def van_der_waerden(samples: Matrix) -> Matrix:
    """Return the normal score of the rank of each number in its column."""
    from scipy.special import ndtri  # noqa: PLC0415

    count = len(samples)
    levels = ndtri(np.arange(1, count + 1) / (count + 1))
    scores: Matrix = levels[samples.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")]
    return scores
