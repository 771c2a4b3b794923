"""Writing files so that nothing is ever lost: aside, whole, then in one step into place."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from dealmodel.errors import LockedError, WorkbookError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

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

    Raises
    ------
    WorkbookError
        If it cannot be written; nothing has changed then.
    """
    with naming(path), replacing(path) as temporary:
        temporary.write_bytes(data)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give an empty file to be written beside a place, and move it there in the end if nothing was raised.

    A link stays a link: the file that it leads to is written. The old file's permissions and owner stay. A reader
    sees the old file or the new one, whole; of two writers the last one's file stays, whole.

    Raises
    ------
    WorkbookError
        If there is something in that place that no file may replace.
    OSError
        If a file cannot be made or moved there; `naming` says it in words.
    """
    target, old = _replaceable(path)
    temporary = _begun(target, old)
    try:
        yield temporary
        _flush(temporary, os.O_RDWR)
        if old is not None:
            _hand_over(target, temporary, old)
        _move(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    _settle(target.parent)


def check_place(path: Path) -> None:
    """Refuse a place where no file can be written, before the work is done whose results it is to hold.

    Raises
    ------
    LockedError
        If a program has a file open there.
    WorkbookError
        If none can be written.
    """
    check_not_open(path)
    with naming(path):
        _begun(*_replaceable(path)).unlink()


def check_not_book(path: Path, book: Path | None) -> None:
    """Refuse to put results in the place of the workbook that they are of.

    Raises
    ------
    WorkbookError
        If that is its file, or a link to it.
    """
    if book is not None and os.path.realpath(path) == os.path.realpath(book):
        raise WorkbookError(f"{path.name} is the workbook itself, which would be replaced; give another file")


def _replaceable(path: Path) -> tuple[Path, os.stat_result | None]:
    """Return the file that a path leads to, and what is known of one that is there."""
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise OSError(errno.ELOOP, "it is a link that leads back to itself")
    old = target.stat() if target.exists() else None
    if old is not None and not target.is_file():
        raise WorkbookError(f"{path} is not a file; give the name of a file to write")
    if old is not None and not old.st_mode & _ANY_WRITE:
        raise WorkbookError(f"{path} is write-protected; give another name, or take off the protection")
    return target, old


def _begun(target: Path, old: os.stat_result | None) -> Path:
    """Return an empty file beside another one, with a name of its own length: that one's may be as long as names go."""
    temporary = target.parent / f"{_BEGIN}{os.urandom(8).hex()}{_END}"
    # Nobody else reads what a file holds that only its owner may read.
    mode = 0o666 if old is None else 0o600
    os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
    return temporary


@contextlib.contextmanager
def naming(path: Path) -> Iterator[None]:
    """Say of which file it is that the system does not let it be written.

    Raises
    ------
    WorkbookError
        If it does not.
    """
    try:
        yield
    except OSError as error:
        raise WorkbookError(f"{path} cannot be written: {error.strerror or error}") from None
    except ValueError as error:
        if isinstance(error, WorkbookError):
            raise
        raise WorkbookError(f"{str(path)!r} is not the name of a file") from None


def _flush(path: Path, access: int) -> None:
    """Let what was written to a file, or moved in a folder, outlast a power cut."""
    handle = os.open(path, access)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _hand_over(target: Path, temporary: Path, old: os.stat_result) -> None:
    """Give a file the owner, permissions and attributes of the one that it will replace, as far as this user may."""
    if sys.platform != "win32":
        new = temporary.stat()
        if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
            with contextlib.suppress(PermissionError):
                os.chown(temporary, old.st_uid, old.st_gid)
    temporary.chmod(old.st_mode & 0o7777)
    if sys.platform == "linux":
        # Access lists are among them; what this user, or the disk, does not allow is left.
        with contextlib.suppress(OSError):
            for name in os.listxattr(target):
                with contextlib.suppress(OSError):
                    os.setxattr(temporary, name, os.getxattr(target, name))


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
            _flush(folder, os.O_RDONLY)
        long_ago = time.time() - LEFT_FOR
        for left in folder.glob(f"{_BEGIN}*{_END}"):
            if left.stat().st_mtime < long_ago:
                left.unlink(missing_ok=True)
