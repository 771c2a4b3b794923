"""Stands in for pywin32 and for Excel's objects, so that xlwings' own UDF path runs on any system.

Only what xlwings imports from Windows is replaced. Its decorators, the generator of VBA code, `call_udf`, the
conversions and the COM server's class are the real ones.
"""

from __future__ import annotations

import asyncio  # noqa: F401
import atexit
import contextlib
import ctypes
import datetime as dt
import importlib
import sys
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn
from unittest.mock import MagicMock, patch

# Loaded before the platform is disguised: asyncio would look for an event loop of Windows.
import xlwings  # noqa: F401

if TYPE_CHECKING:
    from collections.abc import Iterator

MISSING = -2147352572
"""DISP_E_PARAMNOTFOUND: what VBA sends for an argument that is left out."""
CVERR = -2146828288
"""An error is sent as this plus its xlErr... number."""
_RANGE_IID = "{00020846-0000-0000-C000-000000000046}"


class PyTime(dt.datetime):
    """A date as pywin32 hands it over, always with a time zone."""


class ComError(Exception):
    """Stands in for pywintypes.com_error."""

    hresult = 0


class _NotOurs(Exception):  # noqa: N818
    """An object that the COM server did not wrap itself."""


# -- Excel's objects -----------------------------------------------------------------------------------------

_APPLICATION = SimpleNamespace(Hwnd=1)
_SHEET = SimpleNamespace(Parent=SimpleNamespace(Application=_APPLICATION))
_TYPE_OF_RANGE = SimpleNamespace(
    GetTypeInfo=lambda: SimpleNamespace(GetTypeAttr=lambda: SimpleNamespace(iid=_RANGE_IID))
)


class FakeRange:
    """A range of cells as pywin32 shows it; one cell gives its value bare, more give a tuple of rows."""

    _oleobj_ = _TYPE_OF_RANGE

    def __init__(self, rows: Any, *, areas: int = 1, shape: tuple[int, int] | None = None) -> None:  # noqa: ANN401
        rows = tuple(tuple(row) for row in rows)
        height, width = shape or (len(rows), len(rows[0]))
        self._value = rows[0][0] if (height, width) == (1, 1) else rows
        self.reads = 0
        self.Worksheet = _SHEET
        self.Row = self.Column = 1
        self.Rows = SimpleNamespace(Count=height)
        self.Columns = SimpleNamespace(Count=width)
        self.Areas = SimpleNamespace(Count=areas)

    @property
    def Value2(self) -> Any:  # noqa: ANN401, N802  Excel's name
        self.reads += 1
        return self._value

    @property
    def Value(self) -> NoReturn:  # noqa: N802  Excel's name
        raise AssertionError("Value cuts currency to four places and turns serial numbers into dates")


@dataclass
class FakeWorkbook:
    """A macro-enabled workbook that remembers what is imported into it."""

    Name: str = "Model.xlsm"
    code: str = ""
    options: dict[str, dict[str, Any]] = field(default_factory=dict)
    sheets: tuple[Any, ...] = ()

    @property
    def VBProject(self) -> Any:  # noqa: ANN401, N802  Excel's name
        return SimpleNamespace(VBComponents=_Components(self))

    @property
    def Application(self) -> Any:  # noqa: ANN401, N802  Excel's name
        return SimpleNamespace(Version="16.0", MacroOptions=self._remember_options, Hwnd=1)

    @property
    def Sheets(self) -> tuple[Any, ...]:  # noqa: N802  Excel's name
        return self.sheets

    Worksheets = Sheets

    def _remember_options(self, macro: str, **options: Any) -> None:  # noqa: ANN401
        self.options[macro.rpartition("!")[2]] = options


@dataclass
class _Components:
    workbook: FakeWorkbook

    def __call__(self, name: str) -> NoReturn:
        raise ComError(f"no module {name} yet")

    def Remove(self, component: object) -> NoReturn:  # noqa: N802  Excel's name
        raise ComError(component)

    def Import(self, path: str) -> None:  # noqa: N802  Excel's name
        with open(path, encoding="utf-8") as file:  # noqa: PTH123
            self.workbook.code = file.read()


# -- pywin32 -------------------------------------------------------------------------------------------------


def _module(name: str, **members: object) -> ModuleType:
    module = ModuleType(name)
    module.__dict__.update(members)
    return module


def _refuse(*_: object) -> NoReturn:
    raise _NotOurs


def _modules() -> dict[str, ModuleType]:
    names = ("CDispatch", "CoClassBaseClass", "DispatchBaseClass")
    classes = {name: type(name, (), {}) for name in names}
    modules = [
        _module("pywintypes", TimeType=PyTime, IID=str, com_error=ComError, error=ComError),
        _module(
            "pythoncom",
            __file__="pythoncom311.dll",
            CoInitialize=lambda: None,
            IID_IDispatch="IDispatch",
            IID_IEnumVARIANT="IEnumVARIANT",
            TypeIIDs={"IDispatch": type("PyIDispatch", (), {})},
            ole_error=ComError,
        ),
        _module("win32com"),
        _module("win32com.client", **classes, Dispatch=lambda o: o, DispatchEx=lambda o: o, gencache=MagicMock()),
        _module("win32com.server"),
        _module("win32com.server.dispatcher"),
        _module("win32com.server.policy"),
        _module("win32com.server.util", unwrap=_refuse),
        _module("win32process", GetWindowThreadProcessId=lambda hwnd: (hwnd, hwnd)),
        *(_module(name) for name in ("win32api", "win32con", "win32event", "win32gui", "win32timezone")),
    ]
    found = {module.__name__: module for module in modules}
    for name, module in found.items():
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(found[parent], child, module)
    return found


_IMPORTED = ("xlwings.udfs", "xlwings.com_server", "dealmodel.udfs")
_ROOTS = ("xlwings", "dealmodel.udfs", "dealmodel.hosts.excel")


def _taken_over(name: str, stubs: dict[str, ModuleType]) -> bool:
    return name in stubs or any(name == root or name.startswith(f"{root}.") for root in _ROOTS)


@dataclass(frozen=True)
class Windows:
    """xlwings and our UDF module as they are on Windows."""

    udfs: ModuleType
    """`xlwings.udfs`"""
    com_server: ModuleType
    """`xlwings.com_server`"""
    functions: ModuleType
    """`dealmodel.udfs`"""

    def call(self, name: str, *arguments: object, module: str = "dealmodel.udfs") -> Any:  # noqa: ANN401
        """Call a UDF as the COM server does for VBA."""
        return self.udfs.call_udf(module, name, arguments, caller=FakeRange([[None]]))

    def call_over_com(self, name: str, *arguments: object) -> Any:  # noqa: ANN401
        """Call a UDF through the class that VBA talks to, which hands a single cell back bare."""
        caller = FakeRange([[None]])
        return self.com_server.XLPython().CallUDF("dealmodel.udfs", name, arguments, None, caller)

    def call_as_the_addin(self, name: str, *arguments: object) -> Any:  # noqa: ANN401
        """Call a UDF as the wrappers of our add-in do: values only, without workbook and caller."""
        return self.com_server.XLPython().CallUDF("dealmodel.udfs", name, arguments)


@contextlib.contextmanager
def windows() -> Iterator[Windows]:
    """Import xlwings and the UDF module anew as on Windows, and leave the interpreter as it was.

    The modules imported before come back at the end, as attributes of their parents too, so that a test that
    runs later sees the xlwings of its own system.
    """
    stubs = _modules()
    before = {name: module for name, module in sys.modules.items() if _taken_over(name, stubs)}
    _forget(before)
    sys.modules.update(stubs)
    fakes = {name: MagicMock() for name in ("oledll", "windll", "PyDLL")}
    try:
        with patch.object(sys, "platform", "win32"), patch.multiple(ctypes, create=True, **fakes):
            found = Windows(*map(importlib.import_module, _IMPORTED))
        try:
            yield found
        finally:
            found.com_server.loop.close()
            # What xlwings does at exit is to end every Excel without a window.
            atexit.unregister(sys.modules["xlwings._xlwindows"].cleanup)
    finally:
        _forget({name: module for name, module in sys.modules.items() if _taken_over(name, stubs)})
        sys.modules.update(before)
        for name, module in before.items():
            parent, _, child = name.rpartition(".")
            if parent in sys.modules:
                setattr(sys.modules[parent], child, module)


def _forget(modules: dict[str, ModuleType]) -> None:
    for name in modules:
        del sys.modules[name]
        parent, _, child = name.rpartition(".")
        if parent in sys.modules:
            sys.modules[parent].__dict__.pop(child, None)
