"""The extension in the user's LibreOffice: put in, taken out, found, and tried."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dealmodel.catalogue import CATALOGUE
from dealmodel.explain import version
from dealmodel.hosts.calc.extension import FILE, PARTS, build, pack
from dealmodel.hosts.calc.names import EXTENSION
from dealmodel.hosts.calc.office import Office, OfficeError, find_program, program, unopkg

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dealmodel.hosts.calc.environment import Environment

_CACHE = Path("uno_packages", "cache")
_LINES = re.MULTILINE | re.DOTALL
TRIAL = "=DM_STEP_VALUATION(1000;0.51;0.83)"
TRIAL_RESULT = 3125.0


def install(environment: Environment, profile: Path | None = None) -> None:
    """Put the extension into the user's LibreOffice, in place of an older one.

    Parameters
    ----------
    environment
        The Python environment that its functions come from.
    profile
        Another profile than the user's own.

    Raises
    ------
    OfficeError
        If LibreOffice refuses; it must not be running.
    """
    place = places(profile)[0]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, FILE)
        file.write_bytes(build(environment))
        unopkg("add", "--force", "--suppress-license", *place.options, str(file))


def uninstall(profile: Path | None = None) -> None:
    """Take the extension out of the user's LibreOffice.

    Raises
    ------
    OfficeError
        If it is not there, or LibreOffice refuses.
    """
    place = places(profile)[0]
    if place.find() is None:
        raise OfficeError(f"the add-in is not installed {place.whom}")
    unopkg("remove", *place.options, EXTENSION)


@dataclass(frozen=True, slots=True)
class Place:
    """Where LibreOffice keeps extensions."""

    whom: str
    options: tuple[str, ...]
    """What tells `unopkg` of it."""
    cache: Path

    def find(self) -> Path | None:
        """Return the folder of our extension, or None where it is not installed.

        LibreOffice is asked: a folder stays for a while after its extension has been taken out.
        """
        listed = unopkg("list", *self.options)
        found = re.search(rf"^Identifier: {re.escape(EXTENSION)}$.*?^  URL: \S+?/(uno_packages/\S+)$", listed, _LINES)
        return self.cache / found[1] if found else None


def places(profile: Path | None = None) -> tuple[Place, ...]:
    """Return where the extension is installed, and where else it may be found.

    Raises
    ------
    OfficeError
        If LibreOffice is not there, or has no such place.
    """
    home = program("soffice").resolve().parents[1]
    shares = (home / "share", home / "Resources")
    share = next((folder for folder in shares if (folder / _CACHE).is_dir()), shares[0])
    everyone = Place("for all users", ("--shared",), share / _CACHE)
    if _is_root():
        if profile is not None:
            raise OfficeError("as root LibreOffice installs an extension for all users only; leave --profile out")
        return (everyone,)
    options = () if profile is None else (f"-env:UserInstallation={profile.resolve().as_uri()}",)
    return Place("for this user", options, (profile or _own_profile()) / "user" / _CACHE), everyone


def find_installed(profile: Path | None = None) -> Path | None:
    """Return the folder of the installed extension, or None where it is not installed."""
    found = (place.find() for place in places(profile))
    return next((folder for folder in found if folder is not None), None)


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _own_profile() -> Path:
    """Return the user's own profile, where LibreOffice keeps it."""
    if sys.platform == "win32":
        return Path(os.environ["APPDATA"], "LibreOffice", "4")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "LibreOffice" / "4"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config", "libreoffice", "4")


# -- doctor --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    well: bool
    text: str


def examine(environment: Environment, profile: Path | None = None) -> Iterator[Finding]:
    """Look at everything that the add-in needs, and try it in a LibreOffice process of its own.

    Parameters
    ----------
    environment
        The Python environment to try where the extension is not installed.
    profile
        Another profile than the user's own.

    Yields
    ------
    What was found, each in one line with the way out.
    """
    soffice = find_program("soffice")
    if soffice is None:
        yield Finding(well=False, text="LibreOffice is not on this machine; install it from libreoffice.org")
        return
    folder = find_installed(profile)
    if folder is None:
        yield Finding(well=False, text="the add-in is not installed; run `dealmodel calc install`")
        extension = build(environment)
    else:
        extension = _packed(folder)
        stale = extension != build(environment)
        how = "but not as this environment would build it now; run `dealmodel calc install` again" if stale else ""
        yield Finding(well=not stale, text=f"the add-in is installed in {folder} {how}".rstrip())
    try:
        with Office(extension) as office:
            yield from _try(office, soffice)
    except OfficeError as error:
        yield Finding(well=False, text=str(error))


def _packed(folder: Path) -> bytes:
    """Return an installed extension as the file it came from, as `build` packs it."""
    return pack({name: (folder / name).read_bytes() for name in PARTS if (folder / name).is_file()})


def _try(office: Office, soffice: Path) -> Iterator[Finding]:
    versions = office.ask("versions")
    yield Finding(
        well=True, text=f"LibreOffice {versions['libreoffice']} with Python {versions['python']} at {soffice}"
    )
    known = set(office.ask("wizard"))
    unknown = sorted(CATALOGUE.keys() - known)
    text = f"LibreOffice knows {len(known)} functions"
    yield Finding(well=not unknown, text=f"{text}, but not {', '.join(unknown[:3])}" if unknown else text)
    book = office.ask("new")
    office.ask("enter", book, "Sheet1", [("A1", "=DM_VERSION()"), ("A2", TRIAL)])
    (answer,), (result,) = office.ask("read", book, "Sheet1", "A1:A2")
    if answer == version():
        yield Finding(well=True, text=f"the functions are those of dealmodel {answer}")
    else:
        yield Finding(well=False, text=_said(answer))
    # LibreOffice adds nothing and rounds nothing; the last digit hangs on the machine's NumPy.
    works = isinstance(result, float) and abs(result / TRIAL_RESULT - 1) < 1e-12  # noqa: PLR2004  twelve digits
    yield Finding(well=works, text=f"{TRIAL} gives {result if works else _said(result)}")


def _said(value: Any) -> str:  # noqa: ANN401  what a cell holds
    return f"error {value[0]}" if isinstance(value, tuple) else str(value)
