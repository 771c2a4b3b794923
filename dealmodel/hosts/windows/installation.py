"""Puts the add-in into the user's Excel and takes it out again."""

from __future__ import annotations

import locale
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from dealmodel.hosts import addin
from dealmodel.hosts.vba.wrappers import CONFIG_NAME, UDF_MODULE
from dealmodel.hosts.windows.machine import OFFICE, ExcelError, Machine
from dealmodel.workbook.save import write_file

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPEN = re.compile(r"OPEN\d*")
"""Values under which Excel lists what it opens when it starts: OPEN, OPEN1, OPEN2 and so on, without a gap."""


def addin_path(machine: Machine) -> Path:
    """Return where the add-in lies."""
    return machine.addins / addin.ADDIN_NAME


def config_path(machine: Machine) -> Path:
    """Return the file in which xlwings' VBA finds its configuration."""
    return machine.home / f".{CONFIG_NAME}" / f"{CONFIG_NAME}.conf"


def options_key(version: str) -> str:
    """Return the key of Excel's options, of one version."""
    return rf"{OFFICE}\{version}\Excel\Options"


def manager_key(version: str) -> str:
    """Return the key in which Excel lists the add-ins that it knows and does not load."""
    return rf"{OFFICE}\{version}\Excel\Add-in Manager"


def install(machine: Machine, interpreter: Path | None = None) -> Iterator[str]:
    """Put the add-in into the user's Excel, in place of an older one.

    Parameters
    ----------
    machine
        The user's Windows.
    interpreter
        The Python that is to compute; by default the one that runs this.

    Yields
    ------
    What was done, a line each.

    Raises
    ------
    ExcelError
        If Excel runs, or if there is no Python at that place.
    """
    _refuse_running(machine)
    python = _windowless(interpreter or Path(sys.executable))
    path, config = addin_path(machine), config_path(machine)
    content = _configuration(python)
    for file in (path, config):
        file.parent.mkdir(parents=True, exist_ok=True)
    write_file(path, addin.build_addin())
    yield f"wrote {path}"
    write_file(config, content)
    yield f"wrote {config}: Python is {python}"
    for version in machine.versions:
        _register(machine, version, path)
        yield f"registered the add-in with Excel {version}"


def uninstall(machine: Machine) -> Iterator[str]:
    """Take the add-in out of the user's Excel.

    Yields
    ------
    What was done, a line each.

    Raises
    ------
    ExcelError
        If Excel runs.
    """
    _refuse_running(machine)
    for version in machine.versions:
        if _unregister(machine, version):
            yield f"took the add-in out of Excel {version}"
    for file in (addin_path(machine), config_path(machine)):
        if file.exists():
            file.unlink()
            yield f"deleted {file}"
    folder = config_path(machine).parent
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def registered(machine: Machine, version: str) -> dict[str, str]:
    """Return what Excel opens when it starts, by the value's name, in its order."""
    values = machine.registry.values(options_key(version))
    opened = {name: str(value) for name, value in values.items() if _OPEN.fullmatch(name)}
    return dict(sorted(opened.items(), key=lambda pair: int(pair[0].removeprefix("OPEN") or 0)))


def is_ours(opened: str) -> bool:
    r"""Whether a value that Excel opens is this add-in.

    Examples
    --------
    >>> is_ours('"C:\\AddIns\\dealmodel.xlam"'), is_ours('/R "C:\\AddIns\\other.xll"')
    (True, False)
    """
    return re.split(r"[\\/]", opened.strip().strip('"'))[-1].casefold() == addin.ADDIN_NAME


def _refuse_running(machine: Machine) -> None:
    if machine.excel_is_running():
        raise ExcelError("Excel is running and would undo the change at its end; close every workbook first")


def _windowless(python: Path) -> Path:
    """Return the interpreter that opens no console window, where there is one."""
    quiet = python.with_name(python.name.casefold().replace("python.exe", "pythonw.exe"))
    found = quiet if quiet.is_file() else python
    if not found.is_file():
        raise ExcelError(f"there is no Python at {python}")
    return found


def _configuration(python: Path) -> bytes:
    """Return the configuration as VBA reads it: in the code page of Windows, a quoted name and value a line."""
    lines = {
        "INTERPRETER_WIN": str(python),
        "UDF MODULES": UDF_MODULE,
        # Python files beside a workbook are not to be found instead of the packages.
        "ADD_WORKBOOK_TO_PYTHONPATH": "false",
        "SHOW CONSOLE": "False",
    }
    text = "".join(f'"{name}","{value}"\r\n' for name, value in lines.items())
    try:
        return text.encode(locale.getencoding())
    except UnicodeEncodeError:
        raise ExcelError(
            f"{python} has characters that Excel's VBA cannot read; make the environment in another folder"
        ) from None


def _register(machine: Machine, version: str, path: Path) -> None:
    opened = registered(machine, version)
    name = next((n for n, value in opened.items() if is_ours(value)), None) or _place(len(opened))
    machine.registry.write(options_key(version), {name: f'"{path}"'})


def _unregister(machine: Machine, version: str) -> bool:
    """Take the add-in out of both lists, and close the gap in the first; return whether it was there."""
    opened = registered(machine, version)
    kept = [value for value in opened.values() if not is_ours(value)]
    there = len(kept) < len(opened)
    if there:
        key = options_key(version)
        for name in opened:
            machine.registry.delete(key, name)
        machine.registry.write(key, {_place(i): value for i, value in enumerate(kept)})
    for name in machine.registry.values(manager_key(version)):
        if is_ours(name):
            machine.registry.delete(manager_key(version), name)
            there = True
    return there


def _place(i: int) -> str:
    return f"OPEN{i or ''}"
