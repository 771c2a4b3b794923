"""Writing files so that nothing is ever lost: aside, whole, then in one step into place."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from dealmodel.errors import LockedError, WorkbookError

_ANY_WRITE = 0o222


def check_not_open(path: Path) -> None:
    """Refuse a file that Excel or LibreOffice has open.

    Raises
    ------
    LockedError
        If the program's lock file lies beside it, or beside the file that a link leads to.
    """
    for place in dict.fromkeys((path, Path(os.path.realpath(path)))):
        for program, lock in (("Excel", f"~${place.name}"), ("LibreOffice", f".~lock.{place.name}#")):
            if os.path.lexists(place.parent / lock):
                raise LockedError(
                    f"{path.name} is open in {program}; save and close it there (or delete {lock} if it is not open)"
                )


def write_file(path: Path, data: bytes) -> None:
    """Write a file beside its place and move it there, so that a crash leaves the old one whole.

    A link stays a link: the file that it leads to is written. The old file's permissions stay.

    Raises
    ------
    WorkbookError
        If it cannot be written; nothing has changed then.
    """
    target = Path(os.path.realpath(path))
    try:
        mode = target.stat().st_mode if target.exists() else None
        if mode is not None and not target.is_file():
            raise WorkbookError(f"{path} is not a file; give the name of a file to write")
        if mode is not None and not mode & _ANY_WRITE:
            raise WorkbookError(f"{path} is write-protected; give another name, or take off the protection")
        _replace(target, data, mode)
    except OSError as error:
        raise WorkbookError(f"{path} cannot be written: {error.strerror or error}") from None


def _replace(target: Path, data: bytes, mode: int | None) -> None:
    # A name of its own length, since that of the target may be as long as names can be.
    temporary = target.parent / f".dealmodel-{secrets.token_hex(8)}.tmp"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(mode & 0o7777)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
