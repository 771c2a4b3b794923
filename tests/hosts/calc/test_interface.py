from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from dealmodel.catalogue import CATALOGUE
from dealmodel.hosts.calc import interface
from dealmodel.hosts.calc.interface import (
    KEPT_TEXT,
    KEPT_TYPES,
    InterfaceError,
    find_tool,
    interface_text,
    kept,
    main,
    make_types,
    spread,
    type_description,
)
from dealmodel.hosts.calc.names import UNO_WORDS, argument_name, calc_name, method_name

if TYPE_CHECKING:
    from pathlib import Path

REMEDY = "the catalogue has changed: run `python -m dealmodel.hosts.calc.interface` where LibreOffice's SDK is"
needs_sdk = pytest.mark.skipif(find_tool("unoidl-write") is None, reason="LibreOffice's SDK is not installed")


def described(types: Path) -> str:
    """Return what a type description says; its bytes also hold the version of what made it."""
    reader = find_tool("unoidl-read")
    assert reader is not None
    program = reader.parents[2] / "program"
    command = [str(reader), str(program / "types.rdb"), str(types)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_kept_interface_is_that_of_the_catalogue() -> None:
    assert kept(KEPT_TEXT).decode() == interface_text(), REMEDY


def test_the_kept_type_description_names_every_function_and_argument() -> None:
    types = kept(KEPT_TYPES)
    for name, entry in CATALOGUE.items():
        for word in (method_name(name), *(argument_name(argument) for argument, _ in spread(entry))):
            assert word.encode() in types, f"{word} is missing; {REMEDY}"


@needs_sdk
def test_the_kept_type_description_is_the_one_the_sdk_makes(tmp_path: Path) -> None:
    writer = find_tool("unoidl-write")
    assert writer is not None
    (tmp_path / "kept.rdb").write_bytes(kept(KEPT_TYPES))
    (tmp_path / "made.rdb").write_bytes(make_types(writer, interface_text()))
    assert described(tmp_path / "kept.rdb") == described(tmp_path / "made.rdb"), REMEDY
    assert described(tmp_path / "made.rdb").count("sequence< sequence< any > >") == len(CATALOGUE)


@needs_sdk
def test_the_sdk_makes_the_type_description_where_it_is() -> None:
    writer = find_tool("unoidl-write")
    assert writer is not None
    assert type_description() == make_types(writer, interface_text())


@needs_sdk
def test_one_command_makes_the_kept_files_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(tmp_path) == 0
    assert (tmp_path / KEPT_TEXT).read_text(encoding="ascii") == interface_text()
    assert (tmp_path / KEPT_TYPES).read_bytes() == type_description()
    assert f"{len(CATALOGUE)} functions" in capsys.readouterr().out


def test_the_command_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(interface, "find_tool", lambda _: None)
    assert main(tmp_path) == 1
    assert "apt-get install libreoffice-dev" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_without_the_sdk_the_kept_type_description_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interface, "find_tool", lambda _: None)
    assert type_description() == kept(KEPT_TYPES)


def test_a_kept_type_description_of_another_catalogue_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interface, "find_tool", lambda _: None)
    monkeypatch.setattr(interface, "interface_text", lambda: "interface XOther {};\n")
    with pytest.raises(InterfaceError, match="older than the catalogue; install LibreOffice's SDK"):
        type_description()


@needs_sdk
def test_what_the_sdk_says_of_a_bad_interface_is_one_line() -> None:
    writer = find_tool("unoidl-write")
    assert writer is not None
    with pytest.raises(InterfaceError, match=r"refuses the interface: .*cannot parse line 1") as refused:
        make_types(writer, "interface {")
    assert "\n" not in str(refused.value)


def test_no_two_functions_share_a_name_in_uno() -> None:
    assert len({calc_name(name) for name in CATALOGUE}) == len(CATALOGUE)


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_name_is_one_that_uno_takes(name: str) -> None:
    arguments = [argument_name(argument) for argument, _ in spread(CATALOGUE[name])]
    assert len({argument.lower() for argument in arguments}) == len(arguments)
    for word in (method_name(name), *arguments):
        assert re.fullmatch(r"[a-z][A-Za-z0-9]*", word)
        assert word.lower() not in UNO_WORDS
