"""The extension in the user's LibreOffice: put in, taken out, found, and tried."""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dealmodel.catalogue import CATALOGUE
from dealmodel.explain import version
from dealmodel.hosts.calc.extension import FILE, PARTS, SETTINGS, build, pack
from dealmodel.hosts.calc.names import EXTENSION
from dealmodel.hosts.calc.office import Office, OfficeError, find_program, program, unopkg

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dealmodel.hosts.calc.environment import Environment

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
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, FILE)
        file.write_bytes(build(environment))
        unopkg("add", "--force", "--suppress-license", *_place(profile), str(file))


def uninstall(profile: Path | None = None) -> None:
    """Take the extension out of the user's LibreOffice.

    Raises
    ------
    OfficeError
        If it is not there, or LibreOffice refuses.
    """
    if find_installed(profile) is None:
        raise OfficeError(f"the add-in is not installed {for_whom()}")
    unopkg("remove", *_place(profile), EXTENSION)


def _place(profile: Path | None) -> list[str]:
    if _is_root():
        if profile is not None:
            raise OfficeError("as root LibreOffice installs an extension for all users only; leave --profile out")
        return ["--shared"]
    return [] if profile is None else [f"-env:UserInstallation={profile.resolve().as_uri()}"]


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def for_whom() -> str:
    """Say whose LibreOffice an installation reaches."""
    return "for all users" if _is_root() else "for this user"


def find_installed(profile: Path | None = None) -> Path | None:
    """Return the folder of the installed extension, or None where it is not installed."""
    for cache in _caches(profile):
        for settings in sorted(cache.glob(f"uno_packages/*/*.oxt/{SETTINGS}")):
            # What is taken out for all users stays in its folder, marked, until LibreOffice next starts.
            taken_out = Path(f"{str(settings.parents[1]).removesuffix('_')}removed").exists()
            if not taken_out and EXTENSION in settings.with_name("description.xml").read_text(encoding="utf-8"):
                return settings.parent
    return None


def _caches(profile: Path | None) -> list[Path]:
    """Return where LibreOffice keeps extensions: a user's, and those of all users."""
    home = program("soffice").resolve().parents[1]
    own = (profile or _own_profile()) / "user"
    return [folder / "uno_packages" / "cache" for folder in (own, home / "share", home / "Resources")]


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
        yield Finding(well=False, text=f"the add-in is not installed {for_whom()}; run `dealmodel calc install`")
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
