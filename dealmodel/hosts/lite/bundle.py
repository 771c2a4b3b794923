"""Imports a package from sources held in memory; `main.py` of a workbook for xlwings Lite begins with this."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.metadata
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping, Sequence
    from types import ModuleType


class Bundle(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """The modules of a package, by name, before any that is installed."""

    def __init__(self, package: str, version: str, sources: Mapping[str, str]) -> None:
        self.package = package
        self.version = version
        self.sources = sources

    def install(self) -> None:
        """Let `import` find the modules, in place of those of an earlier bundle."""
        sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != "Bundle"]
        for name in [n for n in sys.modules if n == self.package or n.startswith(f"{self.package}.")]:
            del sys.modules[name]
        sys.meta_path.insert(0, self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return the spec of a module of the bundle."""
        del path, target
        if fullname not in self.sources:
            return None
        below = any(name.startswith(f"{fullname}.") for name in self.sources)
        return importlib.machinery.ModuleSpec(fullname, self, is_package=below)

    def exec_module(self, module: ModuleType) -> None:
        """Run a module."""
        source = self.sources[module.__name__]
        exec(compile(source, f"<{module.__name__}>", "exec", dont_inherit=True), module.__dict__)  # noqa: S102

    def find_distributions(self, context: Any) -> Iterator[importlib.metadata.Distribution]:  # noqa: ANN401
        """Tell the package's version to those who ask for it."""
        if context.name in (None, self.package):
            yield _Distribution(self.package, self.version)


class _Distribution(importlib.metadata.Distribution):
    def __init__(self, package: str, version: str) -> None:
        self._metadata = f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n"

    def read_text(self, filename: str) -> str | None:
        return self._metadata if filename == "METADATA" else None

    def locate_file(self, path: str | os.PathLike[str]) -> Any:  # noqa: ANN401
        raise FileNotFoundError(path)
