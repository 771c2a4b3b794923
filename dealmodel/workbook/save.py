"""Writing files so that nothing is ever lost: aside, whole, then in one step into place."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from dealmodel.errors import LockedError, WorkbookError


def check_not_open(path: Path) -> None:
    """Refuse a file that Excel or LibreOffice has open.

    Raises
    ------
    LockedError
        If the program's lock file lies beside it.
    """
    for program, lock in (("Excel", f"~${path.name}"), ("LibreOffice", f".~lock.{path.name}#")):
        if (path.parent / lock).exists():
            raise LockedError(
                f"{path.name} is open in {program}; save and close it there (or delete {lock} if it is not open)"
            )


def write_file(path: Path, data: bytes) -> None:
    """Write a file beside its place and move it there, so that a crash leaves the old one whole.

    Raises
    ------
    WorkbookError
        If it cannot be written; nothing has changed then.
    """
    path = path.resolve()
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    except OSError as error:
        raise WorkbookError(f"{path} cannot be written: {error.strerror}") from None
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(path.stat().st_mode & 0o7777 if path.exists() else _default_mode())
        temporary.replace(path)
    except OSError as error:
        raise WorkbookError(f"{path} cannot be written: {error.strerror}") from None
    finally:
        temporary.unlink(missing_ok=True)


def _default_mode() -> int:
    """Return the mode a new file has by the user's mask; `mkstemp` gives a stricter one."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
