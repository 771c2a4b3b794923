"""Writing files so that nothing is ever lost: aside, whole, then in one step into place."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from dealmodel.errors import LockedError, WorkbookError

if TYPE_CHECKING:
    from collections.abc import Collection

PAUSES: tuple[float, ...] = (0.02, 0.05, 0.1, 0.2, 0.5) if sys.platform == "win32" else ()
"""Seconds after which a move is tried again."""
LEFT_FOR = 3600
"""Seconds after which a file that a killed writer left is cleared away."""
_BEGIN, _END = ".dealmodel-", ".tmp"
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


def check_unchanged(path: Path, contents: Collection[bytes]) -> None:
    """Refuse a file that holds none of some contents: another program has written it since it was read.

    Raises
    ------
    WorkbookError
        If it does. A file that is gone, or cannot be read, is no one's work that could be lost here.
    """
    try:
        found = path.read_bytes()
    except OSError:
        return
    if found not in contents:
        raise WorkbookError(f"{path} was changed by another program since it was read; run it again")


def write_file(path: Path, data: bytes) -> None:
    """Write a file beside its place and move it there, so that a crash leaves the old one whole.

    A link stays a link: the file that it leads to is written. The old file's permissions and owner stay. A reader
    sees the old file or the new one, whole; of two writers the last one's file stays, whole.

    Raises
    ------
    WorkbookError
        If it cannot be written; nothing has changed then.
    """
    target = Path(os.path.realpath(path))
    try:
        old = target.stat() if target.exists() else None
        if old is not None and not target.is_file():
            raise WorkbookError(f"{path} is not a file; give the name of a file to write")
        if old is not None and not old.st_mode & _ANY_WRITE:
            raise WorkbookError(f"{path} is write-protected; give another name, or take off the protection")
        _replace(target, data, old)
    except OSError as error:
        raise WorkbookError(f"{path} cannot be written: {error.strerror or error}") from None


def _replace(target: Path, data: bytes, old: os.stat_result | None) -> None:
    # A name of its own length, since that of the target may be as long as names can be.
    temporary = target.parent / f"{_BEGIN}{os.urandom(8).hex()}{_END}"
    # Nobody else reads what a file holds that only its owner may read.
    mode = 0o666 if old is None else 0o600
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if old is not None:
            _hand_over(temporary, old)
        _move(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    _settle(target.parent)


def _hand_over(temporary: Path, old: os.stat_result) -> None:
    """Give a file the owner and the permissions of the one that it will replace, as far as this user may."""
    if sys.platform != "win32":
        new = temporary.stat()
        if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
            with contextlib.suppress(PermissionError):
                os.chown(temporary, old.st_uid, old.st_gid)
    temporary.chmod(old.st_mode & 0o7777)


def _move(temporary: Path, target: Path) -> None:
    """Move a file into its place; where a program that reads the old one bars the way, as on Windows, try again."""
    for pause in PAUSES:
        try:
            temporary.replace(target)
        except PermissionError:
            time.sleep(pause)
        else:
            return
    temporary.replace(target)


def _settle(folder: Path) -> None:
    """Let a move outlast a power cut, and clear away what writers left that were killed long ago."""
    with contextlib.suppress(OSError):
        if sys.platform != "win32":
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        long_ago = time.time() - LEFT_FOR
        for left in folder.glob(f"{_BEGIN}*{_END}"):
            if left.stat().st_mtime < long_ago:
                left.unlink(missing_ok=True)
