"""Files are written whole or not at all, whatever happens meanwhile."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from typing import TYPE_CHECKING

import pytest

from dealmodel.errors import LockedError, WorkbookError
from dealmodel.workbook import save
from dealmodel.workbook.save import check_not_open, write_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.suffix == ".tmp"]


def test_file_is_written_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    write_file(path, b"one")
    write_file(path, b"two")
    assert path.read_bytes() == b"two"
    assert leftovers(tmp_path) == []


def test_new_file_follows_the_mask_and_an_old_one_keeps_its_mode(tmp_path: Path) -> None:
    new, old = tmp_path / "new.xlsx", tmp_path / "old.xlsx"
    old.write_bytes(b"")
    old.chmod(0o604)
    mask = os.umask(0o027)
    try:
        write_file(new, b"1")
        write_file(old, b"1")
    finally:
        os.umask(mask)
    assert (new.stat().st_mode & 0o777, old.stat().st_mode & 0o777) == (0o640, 0o604)


def test_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    target, link = tmp_path / "real" / "book.xlsx", tmp_path / "link.xlsx"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_file(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    dangling = tmp_path / "dangling.xlsx"
    dangling.symlink_to(tmp_path / "real" / "later.xlsx")
    write_file(dangling, b"new")
    assert (tmp_path / "real" / "later.xlsx").read_bytes() == b"new"


def test_links_that_lead_to_each_other_are_refused_and_stay(tmp_path: Path) -> None:
    first, second = tmp_path / "first.xlsx", tmp_path / "second.xlsx"
    first.symlink_to(second)
    second.symlink_to(first)
    with pytest.raises(WorkbookError, match=r"first\.xlsx cannot be written: it is a link that leads back to itself"):
        write_file(first, b"new")
    assert first.is_symlink()
    assert second.is_symlink()
    assert len(list(tmp_path.iterdir())) == 2


def test_name_as_long_as_names_can_be_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 250 + ".xlsx")
    write_file(path, b"1")
    assert path.read_bytes() == b"1"


@pytest.mark.parametrize("lock", ["~$book.xlsx", ".~lock.book.xlsx#"])
def test_file_that_a_program_has_open_is_refused(tmp_path: Path, lock: str) -> None:
    path = tmp_path / "book.xlsx"
    check_not_open(path)
    (tmp_path / lock).write_bytes(b"")
    with pytest.raises(LockedError, match=r"book\.xlsx is open in (Excel|LibreOffice); save and close it there"):
        check_not_open(path)
    link = tmp_path / "link.xlsx"
    link.symlink_to(path)
    with pytest.raises(LockedError, match=r"link\.xlsx is open"):
        check_not_open(link)


def test_protected_file_folder_and_device_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"old")
    path.chmod(0o444)
    with pytest.raises(WorkbookError, match="is write-protected"):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"
    with pytest.raises(WorkbookError, match="is not a file"):
        write_file(tmp_path, b"new")
    with pytest.raises(WorkbookError, match="cannot be written: No such file or directory"):
        write_file(tmp_path / "none" / "book.xlsx", b"new")
    with pytest.raises(WorkbookError, match="cannot be written: File name too long"):
        write_file(tmp_path / ("x" * 300), b"new")


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_folder_without_permission_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(WorkbookError, match="cannot be written: Permission denied"):
            write_file(tmp_path / "book.xlsx", b"new")
    finally:
        tmp_path.chmod(0o755)


@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
def test_failure_at_any_step_leaves_the_old_file_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    target = {"write": "pathlib.Path.write_bytes", "fsync": "os.fsync", "replace": "pathlib.Path.replace"}[step]
    monkeypatch.setattr(target, full)
    with pytest.raises(WorkbookError, match="cannot be written: No space left on device"):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert leftovers(tmp_path) == []


def run_python(script: str, *arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **options)  # type: ignore[call-overload,no-any-return]


def test_file_size_limit_leaves_the_old_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"old")
    script = """
        import sys
        from pathlib import Path
        from dealmodel.errors import WorkbookError
        from dealmodel.workbook.save import write_file
        try:
            write_file(Path(sys.argv[1]), b"new" * 10_000)
        except WorkbookError as error:
            print(error)
    """
    done = run_python(script, path, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)))
    assert "cannot be written: File too large" in done.stdout
    assert path.read_bytes() == b"old"
    assert leftovers(tmp_path) == []


def test_killed_process_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"0" * 2**22)
    script = """
        import itertools, sys
        from pathlib import Path
        from dealmodel.workbook.save import write_file
        print("ready", flush=True)
        for i in itertools.cycle("123456789"):
            write_file(Path(sys.argv[1]), i.encode() * 2**22)
    """
    for pause in (0.0, 0.01, 0.03, 0.05):
        command = [sys.executable, "-c", textwrap.dedent(script), str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(pause)
            process.send_signal(signal.SIGKILL)
        data = path.read_bytes()
        assert data == data[:1] * 2**22, "a file is never half of one and half of another"


def test_two_processes_leave_one_of_their_files_whole(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    script = """
        import sys
        from pathlib import Path
        from dealmodel.workbook.save import write_file
        for _ in range(20):
            write_file(Path(sys.argv[1]), sys.argv[2].encode() * 2**18)
    """
    commands = [[sys.executable, "-c", textwrap.dedent(script), str(path), letter] for letter in "ab"]
    processes = [subprocess.Popen(command) for command in commands]
    assert [process.wait(60) for process in processes] == [0, 0]
    data = path.read_bytes()
    assert data in (b"a" * 2**18, b"b" * 2**18)
    assert leftovers(tmp_path) == []


def test_reader_sees_the_old_file_or_the_new_one_whole(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    write_file(path, b"0" * 2**20)
    script = """
        import itertools, sys
        from pathlib import Path
        from dealmodel.workbook.save import write_file
        print("ready", flush=True)
        for i in itertools.cycle("123456789"):
            write_file(Path(sys.argv[1]), i.encode() * 2**20)
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(script), str(path)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        seen = [path.read_bytes() for _ in range(200)]
        writer.kill()
    assert all(data == data[:1] * 2**20 for data in seen)


def test_what_a_killed_writer_left_long_ago_is_cleared_away(tmp_path: Path) -> None:
    old, young, other = (tmp_path / name for name in (".dealmodel-0.tmp", ".dealmodel-1.tmp", ".other.tmp"))
    for left in (old, young, other):
        left.write_bytes(b"half")
    long_ago = time.time() - save.LEFT_FOR - 1
    for left in (old, other):
        os.utime(left, (long_ago, long_ago))
    write_file(tmp_path / "book.xlsx", b"1")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".dealmodel-1.tmp", ".other.tmp", "book.xlsx"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")
def test_owner_of_the_old_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"old")
    os.chown(path, 12345, 23456)
    path.chmod(0o2640)
    write_file(path, b"new")
    found = path.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o7777) == (12345, 23456, 0o2640)


def test_file_that_only_its_owner_reads_is_never_open_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"old")
    path.chmod(0o600)
    modes = []
    sync = os.fsync

    def watched(handle: int) -> None:
        modes.append(os.fstat(handle).st_mode & 0o077)
        sync(handle)

    monkeypatch.setattr(os, "fsync", watched)
    write_file(path, b"new")
    assert modes[0] == 0


@pytest.mark.parametrize(("failures", "pauses"), [(2, (0.0, 0.0, 0.0)), (3, (0.0, 0.0)), (1, ())])
def test_move_that_a_reader_bars_is_tried_again_where_readers_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failures: int, pauses: tuple[float, ...]
) -> None:
    """On Windows no file is replaced while a program that does not share its deletion has it open."""
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"old")
    left = [PermissionError(13, "The process cannot access the file")] * failures
    replace = type(path).replace

    def barred(temporary: Path, target: Path) -> Path:
        if left:
            raise left.pop()
        return replace(temporary, target)

    monkeypatch.setattr(type(path), "replace", barred)
    monkeypatch.setattr(save, "PAUSES", pauses)
    if failures <= len(pauses):
        write_file(path, b"new")
        assert path.read_bytes() == b"new"
    else:
        with pytest.raises(WorkbookError, match="cannot be written: The process cannot access the file"):
            write_file(path, b"new")
        assert path.read_bytes() == b"old"
    assert leftovers(tmp_path) == []


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Give a disk of 64 kB of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    options = ["-t", "tmpfs", "-o", "size=64k", "none", str(folder)]
    if mount is None or subprocess.run([mount, *options], capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_full_disk_leaves_the_old_file_whole(disk: Path) -> None:
    path = disk / "book.xlsx"
    path.write_bytes(b"o" * 40_000)
    with pytest.raises(WorkbookError, match="cannot be written: No space left on device"):
        write_file(path, b"n" * 40_000)
    assert path.read_bytes() == b"o" * 40_000
    assert leftovers(disk) == []


def test_disk_that_cannot_be_written_is_refused(disk: Path) -> None:
    path = disk / "book.xlsx"
    path.write_bytes(b"old")
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    for target in (path, disk / "new.xlsx"):
        with pytest.raises(WorkbookError, match="cannot be written: Read-only file system"):
            write_file(target, b"new")
    assert path.read_bytes() == b"old"
