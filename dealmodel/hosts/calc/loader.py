"""The component that LibreOffice's Python runs from the extension.

It knows the environment that installed it from `settings.json` beside it, and takes everything else from there. Where
the functions cannot be loaded, DM_VERSION and DM_WHY say why in one line and every other function is #NAME?.
"""

from __future__ import annotations

import json
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

NAME_ERROR = struct.unpack("<d", struct.pack("<Q", 0x7FF8000000000000 | 525))[0]
ANSWERS = ("dmVersion", "dmWhy")
"""The methods that return a text, and can say what is missing."""


def getComponentFactory(implementation: str, _manager: object, _key: object) -> Any:  # noqa: ANN401, N802  UNO's name
    """Return what makes the add-in, as LibreOffice's loader of Python components asks for it."""
    import unohelper  # noqa: PLC0415  only LibreOffice's Python has it

    return unohelper.createSingleServiceFactory(create, implementation, (implementation,))


def create(_context: object) -> Any:  # noqa: ANN401  an object with the interface's methods
    """Return the add-in."""
    import uno  # noqa: PLC0415  only LibreOffice's Python has it
    import unohelper  # noqa: PLC0415

    settings = json.loads(Path(__file__).with_name("settings.json").read_text(encoding="utf-8"))
    interface = uno.getClass(settings["interface"])
    return type("CalcAddIn", (unohelper.Base, interface), load(settings))()


def load(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the methods of the add-in, or the one that stands for all where they cannot be loaded."""
    # In front of LibreOffice's own packages, whose NumPy may be too old.
    sys.path[:0] = [path for path in settings["paths"] if path not in sys.path]
    for module, called in (("numpy", "NumPy"), ("dealmodel", "dealmodel"), ("dealmodel.hosts.calc.addin", "dealmodel")):
        try:
            __import__(module)
        except (ImportError, SyntaxError) as error:
            message = complaint(called, error, settings)
            if sys.stderr is not None:  # it is where LibreOffice has no console
                sys.stderr.write(f"{message}\n")
            return {"__getattr__": stand_in(message)}
    methods: dict[str, Any] = sys.modules["dealmodel.hosts.calc.addin"].members()
    missing = "this function is newer than the dealmodel that is installed"
    return {"__getattr__": stand_in(missing), **methods}


def complaint(called: str, error: Exception, settings: dict[str, Any]) -> str:
    """Say in one line what is missing and the way out."""
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    theirs = settings["python"]
    if here != theirs:
        why = f"it is installed for Python {theirs}"
        remedy = f"install it for Python {here} and run `dealmodel calc install --python` with that Python"
    else:
        why = " ".join(str(error).split())[:200]
        remedy = f"run `{settings['executable']} -m pip install dealmodel`, then `dealmodel calc install`"
    return f"dealmodel cannot run: LibreOffice's Python {here} cannot import {called} ({why}); {remedy}"


def stand_in(message: str) -> Callable[[object, str], Any]:
    """Return what answers for every method that is not there."""

    def method_of(_self: object, name: str) -> Any:  # noqa: ANN401  a method
        if not name.startswith("dm"):
            raise AttributeError(name)
        return lambda *_: ((message if name in ANSWERS else NAME_ERROR,),)

    return method_of
