"""The Python environment whose packages the add-in uses."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import dealmodel
from dealmodel.errors import DealModelError

_PROBE = """
import importlib.util, json, os, sys
sys.path = [p for p in sys.path if p]
found = {m: importlib.util.find_spec(m) for m in ("dealmodel", "numpy", "scipy")}
homes = [os.path.dirname(next(iter(s.submodule_search_locations))) for s in found.values() if s]
sites = [p for p in sys.path if os.path.basename(p) in ("site-packages", "dist-packages")]
print(json.dumps({
    "python": "%d.%d" % sys.version_info[:2],
    "missing": [m for m, s in found.items() if not s],
    "paths": [os.path.abspath(p) for p in dict.fromkeys([*homes, *sites])],
}))
"""
SECONDS = 60


class EnvironmentRefusedError(DealModelError, ValueError):
    """A Python that the add-in cannot use."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A Python interpreter and where its packages are.

    Attributes
    ----------
    executable
        The interpreter.
    python
        Its version, as in "3.11": LibreOffice's own must be the same, since NumPy is built for one.
    paths
        The folders that hold dealmodel and what it needs.
    """

    executable: str
    python: str
    paths: tuple[str, ...]

    @classmethod
    def of(cls, executable: str | None = None) -> Environment:
        """Ask an interpreter; by default the one that runs this, with the dealmodel that it runs.

        Raises
        ------
        EnvironmentRefusedError
            If it is none, or lacks a package.
        """
        own = executable is None
        executable = executable or sys.executable
        try:
            done = subprocess.run(  # noqa: S603  the interpreter the user named
                [executable, "-c", _PROBE], capture_output=True, text=True, check=False, timeout=SECONDS
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise EnvironmentRefusedError(f"{executable} cannot be run: {error}") from None
        if done.returncode:
            raise EnvironmentRefusedError(f"{executable} is not a Python that runs: {_last_line(done.stderr)}")
        answer = json.loads(done.stdout)
        home = [str(Path(dealmodel.__file__).parents[1])] if own else []
        missing = [name for name in answer["missing"] if not (own and name == "dealmodel")]
        if missing:
            lacks = ", ".join(missing)
            raise EnvironmentRefusedError(f"{executable} lacks {lacks}; run {executable} -m pip install dealmodel")
        return cls(executable, answer["python"], tuple(dict.fromkeys([*home, *answer["paths"]])))


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "it says nothing"
