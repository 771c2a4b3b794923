"""Looks at every link between a cell and Python, and says of each that is broken what to do."""

from __future__ import annotations

import json
import locale
import subprocess
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dealmodel.hosts import addin
from dealmodel.hosts.vba.wrappers import UDF_MODULE, VERSION
from dealmodel.hosts.windows.installation import addin_path, config_path, is_ours, registered
from dealmodel.hosts.windows.machine import OFFICE, Machine, bits

if TYPE_CHECKING:
    from collections.abc import Iterator

INSTALL = "run `dealmodel excel install`"
XLWINGS_VERSION = metadata.version("xlwings")
_TIMEOUT = 120
FUNCTION, ARGUMENTS, ANSWER = "DM_SHORTFALL", (294.0, 892.0), 598.0
CALL = f"{FUNCTION}({', '.join(f'{a:g}' for a in ARGUMENTS)})"
_SWITCHES = {"DisableAllAddins": "switches all add-ins off", "RequireAddinSig": "takes only signed add-ins"}
_NAME_IN_LIST = addin.ADDIN_NAME.encode("utf-16-le")
_ASK = f"""
import json, struct, importlib.metadata as m
facts = {{"bits": struct.calcsize("P") * 8, "xlwings": m.version("xlwings"), "dealmodel": m.version("dealmodel")}}
from xlwings.udfs import call_udf
facts["answer"] = call_udf("{UDF_MODULE}", "{FUNCTION}", {ARGUMENTS})[0][0]
print(json.dumps(facts))
"""
"""What the interpreter is asked to run: the same call that Excel makes, without Excel."""
_LOOK = f"""
import json, pywintypes, win32com.client
facts = {{"running": True}}
try:
    excel = win32com.client.GetActiveObject("Excel.Application")
except pywintypes.com_error:
    facts["running"] = False
else:
    try:
        facts["loaded"] = excel.Workbooks("{addin.ADDIN_NAME}").FullName
        facts["answer"] = excel.Run("'{addin.ADDIN_NAME}'!{FUNCTION}", *{ARGUMENTS})
    except pywintypes.com_error as error:
        facts["error"] = str(error)
print(json.dumps(facts))
"""
"""What asks an Excel that runs whether it has the add-in and what a function gives there."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One link of the chain."""

    text: str
    """What was found."""
    remedy: str = ""
    """What to do where it is not well."""

    @property
    def well(self) -> bool:
        """Whether the link holds."""
        return not self.remedy


def examine(machine: Machine) -> Iterator[Finding]:
    """Look at every link, from Excel to the answer of a function."""
    yield _excel(machine)
    yield from _policies(machine)
    yield _file(machine)
    yield from (_registration(machine, version) for version in machine.versions)
    configured = _settings(machine).get("INTERPRETER_WIN")
    if configured is None:
        yield Finding(f"there is no configuration at {config_path(machine)}", INSTALL)
        return
    python = Path(configured)
    if not python.is_file():
        yield Finding(f"the configured Python {python} is gone", f"{INSTALL} with the Python to use")
        return
    yield Finding(f"the configuration {config_path(machine)} names {python}")
    facts, problem = _run(python, _ASK)
    if problem:
        advice = f"install dealmodel there, or {INSTALL} from the environment that has it"
        yield Finding(f"{python} does not answer: {problem}", advice)
        return
    yield from _python(machine, python, facts)
    yield _running(python)


# -- Excel -------------------------------------------------------------------------------------------------------


def _excel(machine: Machine) -> Finding:
    if machine.excel is None:
        return Finding("Windows knows no Excel", "install desktop Excel; Excel on the web takes xlwings Lite")
    size = bits(machine.excel)
    return Finding(f"Excel is {machine.excel}, {f'{size} bits' if size else 'of unknown bitness'}")


def _policies(machine: Machine) -> Iterator[Finding]:
    """Look for settings with which Excel loads no add-in of this kind."""
    for version in machine.versions:
        for root, remedy in (
            (OFFICE, "change it under File > Options > Trust Center > Trust Center Settings > Add-ins"),
            (OFFICE.replace("Software", r"Software\Policies"), "ask the administrator who has set it"),
        ):
            values = machine.registry.values(rf"{root}\{version}\Excel\Security")
            for name, meaning in _SWITCHES.items():
                if values.get(name) == 1:
                    yield Finding(f"Excel {version} {meaning}: {name} in its settings of security", remedy)
        disabled = machine.registry.values(rf"{OFFICE}\{version}\Excel\Resiliency\DisabledItems")
        if any(_NAME_IN_LIST in value.lower() for value in disabled.values() if isinstance(value, bytes)):
            yield Finding(
                f"Excel {version} disabled the add-in after a crash",
                "enable it under File > Options > Add-ins > Manage: Disabled Items > Go",
            )


def _file(machine: Machine) -> Finding:
    path = addin_path(machine)
    if not path.exists():
        return Finding(f"there is no add-in at {path}", INSTALL)
    if path.read_bytes() != addin.build_addin():
        return Finding(f"the add-in {path} is not that of dealmodel {VERSION} and xlwings {XLWINGS_VERSION}", INSTALL)
    return Finding(f"the add-in {path} is that of dealmodel {VERSION} and xlwings {XLWINGS_VERSION}")


def _registration(machine: Machine, version: str) -> Finding:
    ours = [value for value in registered(machine, version).values() if is_ours(value)]
    if not ours:
        return Finding(f"Excel {version} does not load the add-in when it starts", INSTALL)
    if ours[0].strip('"') != str(addin_path(machine)):
        return Finding(f"Excel {version} loads another file, {ours[0]}", INSTALL)
    return Finding(f"Excel {version} loads the add-in when it starts")


def _running(python: Path) -> Finding:
    """Ask an Excel that runs; none is started for it."""
    facts, problem = _run(python, _LOOK)
    if problem:
        return Finding(f"Excel cannot be asked: {problem}", f"`{python} -m pip install pywin32`")
    if not facts["running"]:
        return Finding("Excel does not run; while it does, this tries a function in it, too")
    if "loaded" not in facts:
        return Finding("the Excel that runs has not loaded the add-in", f"close it and open it again, or {INSTALL}")
    if facts.get("answer") != ANSWER:
        found = facts.get("error", facts.get("answer"))
        return Finding(f"{CALL} fails in Excel: {found}", "the reason stands in dealmodel.log in the folder %TEMP%")
    return Finding(f"{CALL} gives {ANSWER} in Excel, from {facts['loaded']}")


# -- Python ------------------------------------------------------------------------------------------------------


def _settings(machine: Machine) -> dict[str, str]:
    """Return what xlwings' VBA reads from its configuration."""
    path = config_path(machine)
    if not path.exists():
        return {}
    lines = path.read_text(locale.getencoding(), errors="replace").splitlines()
    pairs = (line.split(",", 1) for line in lines if "," in line)
    return {name.strip().strip('"'): value.strip().strip('"') for name, value in pairs}


def _python(machine: Machine, python: Path, facts: dict[str, Any]) -> Iterator[Finding]:
    """Look at what the interpreter says of itself, and for the DLL that connects it with Excel."""
    yield Finding(f"Python starts, {facts['bits']} bits")
    for package, wanted in (("dealmodel", VERSION), ("xlwings", XLWINGS_VERSION)):
        if facts[package] == wanted:
            yield Finding(f"it has {package} {wanted}")
        else:
            remedy = f"`{python} -m dealmodel excel install`, with Excel closed"
            yield Finding(f"it has {package} {facts[package]}, the add-in is made for {wanted}", remedy)
    size = (bits(machine.excel) if machine.excel else None) or facts["bits"]
    name = f"xlwings{size}-{XLWINGS_VERSION}.dll"
    found = next((f / name for f in (python.parent, python.parent.parent) if (f / name).is_file()), None)
    if found:
        yield Finding(f"{found} has the version of xlwings and the bitness of Excel")
    else:
        remedy = f"`{python} -m pip install --force-reinstall --no-deps xlwings=={XLWINGS_VERSION}`"
        yield Finding(f"there is no {name} beside {python} or one folder up", remedy)
    if facts["answer"] == ANSWER:
        yield Finding(f"{CALL} gives {ANSWER} in Python")
    else:
        yield Finding(f"{CALL} gives {facts['answer']} in Python", "install dealmodel there again")


def _run(python: Path, code: str) -> tuple[dict[str, Any], str]:
    """Run a script in an interpreter; return what it printed, or what went wrong."""
    console = python.with_name(python.name.casefold().replace("pythonw.exe", "python.exe"))
    try:
        done = subprocess.run(  # noqa: S603  the interpreter that the user configured
            [console if console.is_file() else python, "-c", code],
            capture_output=True,
            text=True,
            check=False,
            timeout=_TIMEOUT,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return {}, str(error)
    if done.returncode:
        return {}, (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
    try:
        facts: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return {}, f"it printed {done.stdout[:80]!r}"
    return facts, ""
