"""What the rest needs of Windows: the user's registry and folders, and the Excel that is installed."""

from __future__ import annotations

import importlib
import os
import re
import struct
import subprocess
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dealmodel.errors import DealModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

OFFICE = r"Software\Microsoft\Office"
_APP_PATH = r"SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe"
_VERSION = re.compile(r"\d+\.0")
_NEWEST = "16.0"
"""Version of every Excel since 2016."""
_BITS = {0x014C: 32, 0x8664: 64, 0xAA64: 64}
"""Bitness by the machine that a program's header names: x86, x64, ARM64."""
_MACHINE_AT = 0x3C


class ExcelError(DealModelError, RuntimeError):
    """Excel is missing, busy, or cannot be set up."""


class Registry:
    """The registry of Windows, as far as a user may write into it."""

    def __init__(self) -> None:
        self._api: Any = importlib.import_module("winreg")

    def values(self, key: str) -> dict[str, Any]:
        """Return the values of a key of the current user by name; none where the key is missing."""
        return self._values(self._api.HKEY_CURRENT_USER, key, 0)

    def machine_values(self, key: str) -> dict[str, Any]:
        """Return the values of a key of the machine, those for 64-bit programs before those for 32-bit ones."""
        views = (self._api.KEY_WOW64_32KEY, self._api.KEY_WOW64_64KEY)
        found: dict[str, Any] = {}
        for view in views:
            found.update(self._values(self._api.HKEY_LOCAL_MACHINE, key, view))
        return found

    def subkeys(self, key: str) -> list[str]:
        """Return the names of the keys below a key of the current user."""
        try:
            with self._api.OpenKey(self._api.HKEY_CURRENT_USER, key) as opened:
                count = self._api.QueryInfoKey(opened)[0]
                return [self._api.EnumKey(opened, i) for i in range(count)]
        except OSError:
            return []

    def write(self, key: str, values: Mapping[str, str]) -> None:
        """Write texts into a key of the current user."""
        with self._api.CreateKey(self._api.HKEY_CURRENT_USER, key) as opened:
            for name, value in values.items():
                self._api.SetValueEx(opened, name, 0, self._api.REG_SZ, value)

    def delete(self, key: str, name: str) -> None:
        """Delete a value of a key of the current user."""
        access = self._api.KEY_SET_VALUE
        with self._api.OpenKey(self._api.HKEY_CURRENT_USER, key, 0, access) as opened:
            self._api.DeleteValue(opened, name)

    def _values(self, root: object, key: str, view: int) -> dict[str, Any]:
        try:
            with self._api.OpenKey(root, key, 0, self._api.KEY_READ | view) as opened:
                count = self._api.QueryInfoKey(opened)[1]
                pairs = (self._api.EnumValue(opened, i) for i in range(count))
                return {name: value for name, value, _ in pairs}
        except OSError:
            return {}


class Machine:
    """A user's Windows.

    Raises
    ------
    ExcelError
        If an environment variable that Windows always sets is missing.
    """

    def __init__(self) -> None:
        self.registry = Registry()

    @cached_property
    def addins(self) -> Path:
        """The folder in which Excel keeps the user's add-ins."""
        return _folder("APPDATA") / "Microsoft" / "AddIns"

    @cached_property
    def home(self) -> Path:
        """The user's own folder."""
        return _folder("USERPROFILE")

    @cached_property
    def excel(self) -> Path | None:
        """The program, or None where there is none."""
        found = {**self.registry.machine_values(_APP_PATH), **self.registry.values(_APP_PATH)}
        path = Path(str(found.get("", "")).strip('"'))
        return path if path.is_file() else None

    @property
    def versions(self) -> list[str]:
        """The versions of Excel that the user has started, or the newest where there is none yet."""
        known = [v for v in self.registry.subkeys(OFFICE) if _VERSION.fullmatch(v)]
        started = [v for v in known if "Excel" in self.registry.subkeys(rf"{OFFICE}\{v}")]
        return started or [_NEWEST]

    def excel_is_running(self) -> bool:
        """Whether an Excel runs; it would overwrite at its end what is changed meanwhile."""
        program = _folder("SystemRoot") / "System32" / "tasklist.exe"
        done = subprocess.run(  # noqa: S603  a program of Windows, without anything of the user's
            [program, "/FI", "IMAGENAME eq EXCEL.EXE", "/NH", "/FO", "CSV"],
            capture_output=True,
            check=False,
            timeout=60,
        )
        return b"EXCEL.EXE" in done.stdout.upper()


def bits(program: Path) -> int | None:
    """Return whether a program is of 32 or 64 bits, or None where its header does not say."""
    with program.open("rb") as file:
        head = file.read(4096)
    if head[:2] != b"MZ" or len(head) < _MACHINE_AT + 4:
        return None
    (at,) = struct.unpack_from("<I", head, _MACHINE_AT)
    if head[at : at + 4] != b"PE\0\0" or len(head) < at + 6:
        return None
    return _BITS.get(struct.unpack_from("<H", head, at + 4)[0])


def _folder(variable: str) -> Path:
    value = os.environ.get(variable)
    if not value:
        raise ExcelError(f"Windows does not say where its folder {variable} is; set that environment variable")
    return Path(value)
