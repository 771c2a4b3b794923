"""Stands in for `winreg`: a registry in memory, its keys in any case, as in Windows."""

from __future__ import annotations

import contextlib
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

USER, MACHINE = "HKEY_CURRENT_USER", "HKEY_LOCAL_MACHINE"


class FakeRegistry(ModuleType):
    """The functions of `winreg` that are used, and what they have written."""

    HKEY_CURRENT_USER, HKEY_LOCAL_MACHINE = USER, MACHINE
    KEY_READ, KEY_SET_VALUE, KEY_WOW64_64KEY, KEY_WOW64_32KEY = 0x20019, 0x2, 0x100, 0x200
    REG_SZ = 1

    def __init__(self) -> None:
        super().__init__("winreg")
        self.keys: dict[tuple[str, str], dict[str, Any]] = {}

    def put(self, key: str, *, root: str = USER, **values: object) -> None:
        """Put values under a key, with the keys above it."""
        parts = key.split("\\")
        for i in range(1, len(parts) + 1):
            self.keys.setdefault((root, "\\".join(parts[:i]).casefold()), {})
        self.keys[root, key.casefold()].update(values)

    @contextlib.contextmanager
    def OpenKey(self, root: str, key: str, reserved: int = 0, access: int = 0) -> Iterator[tuple[str, str]]:  # noqa: N802
        del reserved, access
        if (root, key.casefold()) not in self.keys:
            raise FileNotFoundError(2, "The system cannot find the file specified")
        yield root, key.casefold()

    @contextlib.contextmanager
    def CreateKey(self, root: str, key: str) -> Iterator[tuple[str, str]]:  # noqa: N802
        self.put(key, root=root)
        yield root, key.casefold()

    def _below(self, key: tuple[str, str]) -> list[str]:
        start = f"{key[1]}\\"
        return [
            name[len(start) :]
            for root, name in self.keys
            if root == key[0] and name.startswith(start) and "\\" not in name[len(start) :]
        ]

    def QueryInfoKey(self, key: tuple[str, str]) -> tuple[int, int, int]:  # noqa: N802
        return len(self._below(key)), len(self.keys[key]), 0

    def EnumKey(self, key: tuple[str, str], index: int) -> str:  # noqa: N802
        return self._below(key)[index].capitalize()

    def EnumValue(self, key: tuple[str, str], index: int) -> tuple[str, Any, int]:  # noqa: N802
        name, value = list(self.keys[key].items())[index]
        return name, value, self.REG_SZ

    def SetValueEx(self, key: tuple[str, str], name: str, reserved: int, kind: int, value: object) -> None:  # noqa: N802
        del reserved, kind
        self.keys[key][name] = value

    def DeleteValue(self, key: tuple[str, str], name: str) -> None:  # noqa: N802
        del self.keys[key][name]
