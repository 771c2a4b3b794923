"""The commands that put the add-in into LibreOffice, take it out and look at it."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from dealmodel.catalogue import CATALOGUE
from dealmodel.cli import cli
from dealmodel.errors import DealModelError
from dealmodel.hosts.calc import installation, office
from dealmodel.hosts.calc.environment import Environment
from dealmodel.hosts.calc.extension import build
from dealmodel.hosts.calc.installation import find_installed
from dealmodel.hosts.calc.office import OfficeError, find_program, program

if TYPE_CHECKING:
    from pathlib import Path

in_libreoffice = pytest.mark.libreoffice


def run(*arguments: str) -> tuple[int, list[str]]:
    result = CliRunner().invoke(cli, ["calc", *arguments])
    if isinstance(result.exception, DealModelError):
        return 1, [str(result.exception)]
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output.splitlines()


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty profile, and keep "for all users" within it."""
    if find_program("soffice") is None:
        pytest.skip("LibreOffice is not installed")
    own = tmp_path / "profile"
    cache = own / "user" / "uno_packages" / "cache"
    cache.mkdir(parents=True)
    options = (f"-env:UserInstallation={own.as_uri()}", f"-env:UNO_SHARED_PACKAGES_CACHE={cache.as_uri()}")
    place = installation.Place("for a test", ("--shared", *options), cache)
    monkeypatch.setattr(installation, "places", lambda _: (place,))
    return own


# -- building ------------------------------------------------------------------------------------------------------


def test_build_writes_the_extension(tmp_path: Path) -> None:
    target = tmp_path / "dealmodel.oxt"
    assert run("build", "-o", str(target)) == (0, [f"wrote {target}"])
    assert target.read_bytes() == build(Environment.of())


def test_build_takes_the_packages_of_another_python(tmp_path: Path) -> None:
    code, said = run("build", "--python", str(tmp_path / "python"), "-o", str(tmp_path / "dealmodel.oxt"))
    assert (code, len(said)) == (1, 1)
    assert "cannot be run" in said[0]
    assert run("build", "--python", sys.executable, "-o", str(tmp_path / "dealmodel.oxt"))[0] == 0


def test_build_makes_an_extension_and_nothing_else(tmp_path: Path) -> None:
    code, said = run("build", "-o", str(tmp_path / "dealmodel.zip"))
    assert code == 2
    assert "the output must be an .oxt file; got dealmodel.zip" in said[-1]


# -- installing ----------------------------------------------------------------------------------------------------


@in_libreoffice
def test_install_then_doctor_then_uninstall(profile: Path) -> None:
    option = ("--profile", str(profile))
    code, said = run("install", *option)
    assert code == 0
    assert said == [
        f"installed the add-in for a test; it uses the packages of {sys.executable}",
        "`dealmodel calc doctor` tries it",
    ]
    assert find_installed(profile) is not None

    code, said = run("doctor", *option)
    assert code == 0, said
    assert [line.split()[0] for line in said] == ["ok"] * 5
    assert f"LibreOffice knows {len(CATALOGUE)} functions" in said[2]
    assert "=DM_STEP_VALUATION(1000;0.51;0.83) gives 3125" in said[4]

    # Once more, in place of the first.
    assert run("install", *option)[0] == 0
    assert run("uninstall", *option)[0] == 0
    assert find_installed(profile) is None


@in_libreoffice
def test_doctor_tells_an_installation_of_another_environment(profile: Path) -> None:
    own = Environment.of()
    installation.install(Environment(own.executable, own.python, (*own.paths, "/opt/more")), profile)
    code, said = run("doctor", "--profile", str(profile))
    assert code == 1
    assert said[0].startswith("MISSING  the add-in is installed in ")
    assert said[0].endswith("but not as this environment would build it now; run `dealmodel calc install` again")
    assert [line.split()[0] for line in said[1:]] == ["ok"] * 4


@in_libreoffice
def test_doctor_says_in_one_line_what_is_missing(profile: Path) -> None:
    own = Environment.of()
    installation.install(Environment(own.executable, own.python, ("/no/such/folder",)), profile)
    code, said = run("doctor", "--profile", str(profile))
    assert code == 1
    (line,) = [line for line in said if "cannot import NumPy" in line]
    assert line.startswith("MISSING  dealmodel cannot run: LibreOffice's Python ")


@in_libreoffice
def test_doctor_without_the_add_in_says_how_to_install_it(profile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "find_installed", lambda _: None)
    code, said = run("doctor", "--profile", str(profile))
    assert code == 1
    assert "the add-in is not installed" in said[0]
    assert "run `dealmodel calc install`" in said[0]
    assert [line.split()[0] for line in said[1:]] == ["ok"] * 4


@in_libreoffice
@pytest.mark.usefixtures("profile")
def test_uninstalling_what_is_not_there_is_refused() -> None:
    assert run("uninstall") == (1, ["the add-in is not installed for a test"])


@in_libreoffice
def test_a_user_installs_for_himself_and_finds_what_is_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if find_program("soffice") is None:
        pytest.skip("LibreOffice is not installed")
    monkeypatch.setattr(installation, "_is_root", lambda: False)
    own, everyone = installation.places(tmp_path)
    assert own.options == (f"-env:UserInstallation={tmp_path.as_uri()}",)
    assert own.cache == tmp_path / "user" / "uno_packages" / "cache"
    assert everyone.options == ("--shared",)


@in_libreoffice
def test_as_root_another_profile_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "_is_root", lambda: True)
    if find_program("soffice") is None:
        pytest.skip("LibreOffice is not installed")
    code, (said,) = run("install", "--profile", str(tmp_path))
    assert (code, said) == (
        1,
        "as root LibreOffice installs an extension for all users only; leave --profile out",
    )


# -- without LibreOffice -------------------------------------------------------------------------------------------


@pytest.fixture
def no_office(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(office, "PLACES", ())


@pytest.mark.usefixtures("no_office")
def test_without_libreoffice_one_line_says_so() -> None:
    assert find_program("soffice") is None
    with pytest.raises(OfficeError, match="LibreOffice is not on this machine: there is no soffice"):
        program("soffice")
    code, said = run("doctor")
    assert (code, said) == (1, ["MISSING  LibreOffice is not on this machine; install it from libreoffice.org"])
    code, said = run("install")
    assert code == 1
    assert said[0].startswith("LibreOffice is not on this machine: there is no soffice")


def test_a_program_is_found_where_libreoffice_puts_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(office, "PLACES", (str(tmp_path / "libreoffice*" / "program"),))
    for version in ("libreoffice7.4", "libreoffice24.2"):
        folder = tmp_path / version / "program"
        folder.mkdir(parents=True)
        (folder / "soffice").touch()
    found = find_program("soffice")
    assert found is not None
    assert found.parents[1].name in ("libreoffice7.4", "libreoffice24.2")


@in_libreoffice
def test_an_extension_that_unopkg_refuses_is_one_line() -> None:
    if find_program("unopkg") is None:
        pytest.skip("LibreOffice is not installed")
    with pytest.raises(OfficeError, match="unopkg refuses: ") as refused, office.Office(b"not an extension"):
        pass
    assert "\n" not in str(refused.value)
