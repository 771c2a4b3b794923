"""A user's Windows in a folder, with a registry and programs that stand in for it."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from dealmodel.hosts.vba.wrappers import VERSION
from dealmodel.hosts.windows import doctor, installation
from dealmodel.hosts.windows.machine import OFFICE, Machine
from tests.support.winreg_stub import FakeRegistry

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.winreg_stub import FakeRegistry

APP_PATH = r"SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe"
EXCEL_KEY = rf"{OFFICE}\16.0\Excel"
GOOD = {"bits": 64, "xlwings": doctor.XLWINGS_VERSION, "dealmodel": VERSION, "answer": 598.0}


def program(machine: int) -> bytes:
    return b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x80) + bytes(0x40) + b"PE\0\0" + struct.pack("<H", machine)


@dataclass
class Windows:
    """A user's Windows in a folder."""

    folder: Path
    registry: FakeRegistry
    running: bool = False
    answers: Any = None
    """What the interpreter prints for the call and for the look at Excel."""

    @property
    def addin(self) -> Path:
        return self.folder / "AppData" / "Microsoft" / "AddIns" / "dealmodel.xlam"

    @property
    def config(self) -> Path:
        return self.folder / ".dealmodel" / "dealmodel.conf"

    @property
    def python(self) -> Path:
        return self.folder / "env" / "Scripts" / "python.exe"

    @property
    def dll(self) -> Path:
        return self.folder / "env" / f"xlwings64-{doctor.XLWINGS_VERSION}.dll"

    @property
    def opened(self) -> dict[str, Any]:
        return self.registry.keys[self.registry.HKEY_CURRENT_USER, rf"{EXCEL_KEY}\options".casefold()]

    def install(self) -> list[str]:
        return list(installation.install(Machine(), self.python))

    def examine(self) -> list[doctor.Finding]:
        return list(doctor.examine(Machine()))

    def broken(self) -> list[str]:
        return [f.text for f in self.examine() if not f.well]

    def run(self, command: list[Any], **_: object) -> SimpleNamespace:
        if "tasklist" in str(command[0]):
            return SimpleNamespace(stdout=b'"EXCEL.EXE","4711"' if self.running else b"INFO: No tasks are running")
        assert command[0] == self.python
        answer = self.answers[0 if "call_udf" in command[2] else 1]
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, str):
            return SimpleNamespace(returncode=1, stdout="", stderr=f"Traceback ...\n{answer}\n")
        return SimpleNamespace(
            returncode=0, stdout=answer.decode() if isinstance(answer, bytes) else json.dumps(answer), stderr=""
        )
