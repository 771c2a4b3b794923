"""LibreOffice on this machine: where it is, its extensions, and processes of our own with a profile of their own."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from importlib import resources
from multiprocessing.connection import Client
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from dealmodel.errors import DealModelError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from types import TracebackType

PLACES = (
    "/usr/lib/libreoffice/program",
    "/usr/lib64/libreoffice/program",
    "/opt/libreoffice*/program",
    "/Applications/LibreOffice.app/Contents/MacOS",
    "C:/Program Files/LibreOffice/program",
)
"""Where the programs are if they are not on the path."""
SECONDS = 120
"""How long LibreOffice may take to start, or to install an extension."""
PATIENCE = 300
"""How many seconds it may take over a request."""
_SCRIPT = "vnd.sun.star.script:driver.py$serve?language=Python&location=user"


class OfficeError(DealModelError, RuntimeError):
    """LibreOffice is not there, or does not do what it is asked for."""


def find_program(name: str) -> Path | None:
    """Return one of LibreOffice's programs, `soffice` or `unopkg`, or None where there is none."""
    for candidate in (name, f"{name}.com"):
        on_path = shutil.which(candidate)
        if on_path:
            return Path(on_path)
    for place in map(Path, PLACES):
        folders = place.parents[1].glob(str(place.relative_to(place.parents[1])))
        for folder in sorted(folders, reverse=True):
            for candidate in (f"{name}.com", name):
                if (folder / candidate).is_file():
                    return folder / candidate
    return None


def program(name: str) -> Path:
    """Return one of LibreOffice's programs.

    Raises
    ------
    OfficeError
        If there is none.
    """
    found = find_program(name)
    if found is None:
        raise OfficeError(f"LibreOffice is not on this machine: there is no {name}; install it from libreoffice.org")
    return found


def own_environment() -> dict[str, str]:
    """Return the environment for LibreOffice: without another Python than the system's in front.

    LibreOffice's Python looks for its library beside the first `python3` of the path. Where that is one of a virtual
    environment or of pyenv it loads modules built for another interpreter, and crashes.
    """
    places = os.environ.get("PATH", os.defpath).split(os.pathsep)
    system = ("/usr/bin", "/bin")
    kept = [place for place in places if place in system or not Path(place, "python3").exists()]
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**plain, "PATH": os.pathsep.join(kept)}


def unopkg(*arguments: str) -> str:
    """Run LibreOffice's extension manager and return what it prints.

    Raises
    ------
    OfficeError
        If it refuses.
    """
    # Its own questions need an answer: the licence is none of ours, and nobody is there to be asked.
    try:
        done = subprocess.run(  # noqa: S603  LibreOffice's own program
            [str(program("unopkg")), *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
            stdin=subprocess.DEVNULL,
            env=own_environment(),
        )
    except subprocess.TimeoutExpired:
        raise OfficeError(
            f"unopkg does not come to an end within {SECONDS} s; close LibreOffice and try again"
        ) from None
    said = " ".join(f"{done.stdout} {done.stderr}".split())
    if done.returncode or "ERROR:" in said:
        raise OfficeError(f"unopkg refuses: {said.removeprefix('ERROR: ') or 'it says nothing'}")
    return done.stdout


class Office:
    """A LibreOffice process of our own, without windows, with an empty profile and no extension but ours.

    It leaves the user's LibreOffice alone: its profile and its extensions are in a folder that goes away with it.

    Parameters
    ----------
    extension
        The .oxt file to install; without one our functions are unknown.

    Examples
    --------
    >>> with Office(build(Environment.of())) as office:  # doctest: +SKIP
    ...     book = office.ask("new")
    ...     office.ask("enter", book, "Sheet1", [("A1", "=DM_SHORTFALL(294;892)")])
    ...     office.ask("read", book, "Sheet1", "A1:A1")
    [[598.0]]
    """

    def __init__(self, extension: bytes | None = None) -> None:
        self._extension = extension

    def __enter__(self) -> Self:
        """Install the extension and start the process."""
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(
                tempfile.TemporaryDirectory(prefix="dealmodel-office-", ignore_cleanup_errors=True)
            )
            self._process = self._start(Path(folder))
            stack.callback(self._stop)
            self._connection = self._connect(Path(folder))
            self._cleanup = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process and remove what it leaves."""
        self._connection.close()
        self._cleanup.close()

    def ask(self, request: str, *arguments: object) -> Any:  # noqa: ANN401  what the request returns
        """Have something done in the process.

        Parameters
        ----------
        request
            Name of a function of `driver`.
        arguments
            Its arguments.

        Raises
        ------
        OfficeError
            If it fails, or the process has died.
        """
        try:
            self._connection.send((request, arguments))
            if not self._connection.poll(PATIENCE):
                raise OfficeError(f"LibreOffice does not answer the request {request} within {PATIENCE} s")
            outcome, answer = self._connection.recv()
        except (EOFError, OSError):
            raise OfficeError(f"LibreOffice has died over the request {request}") from None
        if outcome == "failed":
            raise OfficeError(f"LibreOffice fails at {request}: {answer.strip().splitlines()[-1]}")
        return answer

    def _start(self, folder: Path) -> subprocess.Popen[bytes]:
        profile = folder / "profile"
        places = [
            f"-env:UserInstallation={profile.as_uri()}",
            # As root an extension can only be installed for all users: "all" is this folder.
            f"-env:UNO_SHARED_PACKAGES_CACHE={(folder / 'extensions').as_uri()}",
        ]
        (folder / "extensions").mkdir()
        if self._extension is not None:
            (folder / "dealmodel.oxt").write_bytes(self._extension)
            unopkg("add", "--shared", "--suppress-license", *places, str(folder / "dealmodel.oxt"))
        scripts = profile / "user" / "Scripts" / "python"
        scripts.mkdir(parents=True)
        driver = resources.files("dealmodel.hosts.calc").joinpath("driver.py").read_bytes()
        (scripts / "driver.py").write_bytes(driver)
        self._key = secrets.token_bytes(16)
        self._pipe = str(folder / "pipe")
        if sys.platform == "win32":
            self._pipe = rf"\\.\pipe\{folder.name}"
        pipe = {"DEALMODEL_PIPE": self._pipe, "DEALMODEL_PIPE_KEY": self._key.hex()}
        with (folder / "stderr").open("wb") as said:
            return subprocess.Popen(  # noqa: S603  LibreOffice's own program
                [str(program("soffice")), "--headless", "--norestore", "--nologo", *places, _SCRIPT],
                env={**own_environment(), **pipe},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )

    def _connect(self, folder: Path) -> Connection:
        """Return the connection to the driver, once it listens."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            try:
                return Client(self._pipe, authkey=self._key)
            except (FileNotFoundError, ConnectionRefusedError):
                time.sleep(0.05)
        said = (folder / "stderr").read_text(encoding="utf-8", errors="replace")
        raise OfficeError(
            f"LibreOffice does not start, or has no Python (on Debian: apt-get install "
            f"libreoffice-script-provider-python): {' '.join(said.split()) or 'it says nothing'}"
        )

    def _stop(self) -> None:
        """Wait for the process to end, and end it with its children if it does not."""
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            if sys.platform == "win32":
                self._process.kill()
            else:
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
