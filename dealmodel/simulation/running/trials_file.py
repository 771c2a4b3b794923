"""Files of all trials, written while they stream through: CSV, and Parquet where pyarrow is installed."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

import numpy as np

from dealmodel.errors import WorkbookError
from dealmodel.workbook.save import check_not_open, naming, replacing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Values = NDArray[np.float64]

_ROWS = 65_536
"""Trials in a group of rows of a Parquet file."""


class TrialsFile(Protocol):
    """A file that takes trials."""

    def add(self, columns: Sequence[Values]) -> None:
        """Write some trials."""

    def close(self) -> None:
        """Close the file."""


class _Nowhere:
    def add(self, columns: Sequence[Values]) -> None:
        """Write nothing."""

    def close(self) -> None:
        """Close nothing."""


class _Named:
    """Says of which file it is that it cannot be written any more."""

    def __init__(self, file: TrialsFile, path: Path) -> None:
        self._file = file
        self._path = path

    def add(self, columns: Sequence[Values]) -> None:
        """Write some trials."""
        with naming(self._path):
            self._file.add(columns)

    def close(self) -> None:
        """Close the file."""
        with naming(self._path):
            self._file.close()


class _Csv:
    def __init__(self, path: Path, names: Sequence[str]) -> None:
        import csv  # noqa: PLC0415

        self._file = path.open("w", newline="", encoding="utf-8")
        csv.writer(self._file).writerow(names)

    def add(self, columns: Sequence[Values]) -> None:
        """Write some trials, every digit of them; an error leaves its field empty."""
        rows = zip(*(column.tolist() for column in columns), strict=True)
        lines = (",".join("" if v != v else repr(v) for v in row) for row in rows)  # noqa: PLR0124  NaN
        self._file.write("".join(f"{line}\r\n" for line in lines))

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class _Parquet:
    def __init__(self, path: Path, names: Sequence[str]) -> None:
        try:
            pa, pq = import_module("pyarrow"), import_module("pyarrow.parquet")
        except ImportError:
            raise WorkbookError(
                'a .parquet file needs pyarrow: pip install "dealmodel[parquet]", or write a .csv file'
            ) from None
        self._arrow = pa
        self._schema = pa.schema([(name, pa.float64()) for name in names])
        self._writer = pq.ParquetWriter(path, self._schema)
        self._waiting = np.empty((len(names), _ROWS))
        self._count = 0

    def add(self, columns: Sequence[Values]) -> None:
        """Write some trials, in groups of rows that do not hang on how many come at once; an error is null."""
        count, taken = len(columns[0]), 0
        while taken < count:
            step = min(count - taken, _ROWS - self._count)
            for row, column in zip(self._waiting, columns, strict=True):
                row[self._count : self._count + step] = column[taken : taken + step]
            self._count += step
            taken += step
            if self._count == _ROWS:
                self._write()

    def _write(self) -> None:
        rows = self._waiting[:, : self._count]
        arrays = [self._arrow.array(row, mask=np.isnan(row)) for row in rows]
        self._writer.write_table(self._arrow.Table.from_arrays(arrays, schema=self._schema))
        self._count = 0

    def close(self) -> None:
        """Write what is left, and close the file."""
        if self._count:
            self._write()
        self._writer.close()


@contextmanager
def open_trials(path: Path | None, names: Sequence[str]) -> Iterator[TrialsFile]:
    """Open a file for trials; None for none. It is in its place, whole, when the run has ended and not before.

    Raises
    ------
    WorkbookError
        If it is neither .csv nor .parquet, or cannot be written.
    """
    if path is None:
        yield _Nowhere()
        return
    kinds: dict[str, Callable[[Path, Sequence[str]], TrialsFile]] = {".csv": _Csv, ".parquet": _Parquet}
    kind = kinds.get(path.suffix.lower())
    if kind is None:
        raise WorkbookError(f"trials are written to a .csv or .parquet file; got {path.name}")
    check_not_open(path)
    with ExitStack() as steps:
        # What the run itself raises meanwhile does not speak of this file.
        with naming(path):
            place = steps.enter_context(replacing(path))
            file = _Named(kind(place, names), path)
        try:
            yield file
        except BaseException:
            with suppress(WorkbookError):
                file.close()
            raise
        file.close()
        with naming(path):
            steps.close()
