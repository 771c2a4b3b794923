"""`main.py` and `requirements.txt` of a workbook for xlwings Lite.

Everything that a function needs is in `main.py`, as text that can be read: one function of xlwings for each entry of
the catalogue, then the sources of the package's pure part. It needs NumPy, SciPy and pandas, which Pyodide has.
"""

from __future__ import annotations

import ast
import importlib.util
import inspect
from importlib import metadata
from typing import TYPE_CHECKING

from dealmodel.catalogue import CATALOGUE
from dealmodel.hosts.lite import bundle
from dealmodel.hosts.wizard import describe, describe_arguments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dealmodel.catalogue import Entry

VERSION = metadata.version("dealmodel")
FIRST_LINE = f'"""The worksheet functions of dealmodel {VERSION}, for xlwings Lite.'
_START = "dealmodel.hosts.lite.host"


def requirements() -> str:
    """Return `requirements.txt`: what Pyodide builds itself has no version, as its version is Pyodide's."""
    return (
        "# For xlwings Lite itself.\n"
        f"xlwings=={metadata.version('xlwings')}\n"
        "python-dotenv\n"
        "pyodide-http\n"
        "black\n"
        "\n"
        "# For the functions of dealmodel.\n"
        "numpy\n"
        "pandas\n"
        "scipy\n"
    )


def main() -> str:
    """Return `main.py`."""
    return "".join(f"{block}\n" for block in _blocks())


def _blocks() -> Iterator[str]:
    yield f'{FIRST_LINE}\n\nMade by `dealmodel excel lite`; what is changed here is lost when it is made anew.\n"""\n'
    runtime = inspect.getsource(bundle)
    yield runtime[runtime.index("from __future__") :]
    yield ""
    yield "from xlwings import arg, func\n\n"
    yield "def _call(name, *arguments):"
    yield f"    from {_START} import call\n"
    yield "    return call(name, *arguments)\n"
    for entry in CATALOGUE.values():
        yield ""
        yield "\n".join(_function(entry))
        yield ""
    yield ""
    yield "SOURCES = {"
    for name, source in sources().items():
        yield f"    {name!r}: {_literal(source)},"
    yield "}"
    yield f'Bundle("dealmodel", {VERSION!r}, SOURCES).install()'


def _function(entry: Entry) -> Iterator[str]:
    yield "@func"
    for argument, text in zip(entry.arguments, describe_arguments(entry), strict=True):
        yield f"@arg({argument.name!r}, ndim=2, err_to_str=True, doc={text!r})"
    yield f"def {entry.name}({', '.join(map(_declared, entry.arguments))}):"
    yield f"    {describe(entry)!r}"
    yield f"    return _call({', '.join([repr(entry.name), *map(_passed, entry.arguments)])})"


def _declared(argument: inspect.Parameter) -> str:
    if argument.kind is argument.VAR_POSITIONAL:
        return f"*{argument.name}"
    return argument.name if argument.default is argument.empty else f"{argument.name}=None"


def _passed(argument: inspect.Parameter) -> str:
    return f"*{argument.name}" if argument.kind is argument.VAR_POSITIONAL else argument.name


def _literal(source: str) -> str:
    """Return a source as a literal that reads as the source does."""
    return "r'''" + source + "'''" if _is_raw(source) else repr(source)


def _is_raw(source: str) -> bool:
    return "'''" not in source and not source.endswith(("\\", "'"))


# -- sources -----------------------------------------------------------------------------------------------------


def sources() -> dict[str, str]:
    """Return the source of every module that the functions are in or import, by name."""
    found: dict[str, str] = {}
    wanted = [_START, *(entry.function.__module__ for entry in CATALOGUE.values())]
    while wanted:
        name = wanted.pop()
        if name in found:
            continue
        module = importlib.import_module(name)
        found[name] = inspect.getsource(module) if inspect.getsourcefile(module) else ""
        wanted += sorted(_imported(name, found[name]))
        if "." in name:
            wanted.append(name.rpartition(".")[0])
    return dict(sorted(found.items()))


def _imported(name: str, source: str) -> set[str]:
    """Return the modules of the package that a module imports when it is imported itself."""
    names: set[str] = set()
    for node in _running(ast.parse(source).body):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise ValueError(f"{name} imports relatively, which the bundle does not know")
            base = node.module or ""
            names.add(base)
            names.update(f"{base}.{alias.name}" for alias in node.names)
    return {n for n in names if n.split(".")[0] == "dealmodel" and _is_module(n)}


def _running(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run on import, those for type checkers left out."""
    for node in body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from _running(node.orelse)
        else:
            yield node


def _is_module(name: str) -> bool:
    """Whether a name is that of a module; what is imported from a module may be anything."""
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
