from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from dealmodel.catalogue import CATALOGUE, GROUPS
from dealmodel.errors import DealModelError
from dealmodel.hosts.calc import config
from dealmodel.hosts.calc.environment import Environment
from dealmodel.hosts.calc.extension import PARTS, build
from dealmodel.hosts.calc.interface import spread
from dealmodel.hosts.calc.names import EXTENSION, argument_name, method_name

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENT = Environment("/opt/python", "3.11", ("/opt/packages",))
OOR = "{http://openoffice.org/2001/registry}"
CALC_CATEGORIES = {
    "Add-In",
    "Database",
    "Date&Time",
    "Financial",
    "Information",
    "Logical",
    "Mathematical",
    "Matrix",
    "Spreadsheet",
    "Statistical",
    "Text",
}


@pytest.fixture(scope="module")
def parts() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(build(ENVIRONMENT))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def texts(node: ET.Element) -> dict[str, str]:
    """Return the properties of a configuration node."""
    return {prop.get(f"{OOR}name", ""): prop.findtext("value") or "" for prop in node.findall("prop")}


def functions(parts: dict[str, bytes]) -> dict[str, ET.Element]:
    root = ET.fromstring(parts["CalcAddIns.xcu"])
    (group,) = root.iterfind(f".//node[@{OOR}name='AddInFunctions']")
    return {node.get(f"{OOR}name", ""): node for node in group.findall("node")}


def test_the_same_environment_gives_the_same_bytes() -> None:
    assert build(ENVIRONMENT) == build(ENVIRONMENT)


def test_the_parts_stand_in_their_order_and_tell_no_time(parts: dict[str, bytes]) -> None:
    assert tuple(parts) == PARTS
    with zipfile.ZipFile(io.BytesIO(build(ENVIRONMENT))) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_every_part_that_is_text_is_well_formed(parts: dict[str, bytes]) -> None:
    for name, part in parts.items():
        if name.endswith((".xml", ".xcu", ".components")):
            ET.fromstring(part)
        elif name.endswith(".py"):
            compile(part, name, "exec")


def test_the_manifest_names_what_libreoffice_is_to_read(parts: dict[str, bytes]) -> None:
    manifest = parts["META-INF/manifest.xml"].decode()
    for name in ("types.rdb", "dealmodel.components", "CalcAddIns.xcu", "Jobs.xcu"):
        assert f'full-path="{name}"' in manifest


def test_the_settings_are_those_of_the_environment(parts: dict[str, bytes]) -> None:
    settings = json.loads(parts["settings.json"])
    assert settings["paths"] == ["/opt/packages"]
    assert settings["python"] == "3.11"
    assert settings["functions"]["dmstepvaluation"] == "DM_STEP_VALUATION"


def test_the_description_names_extension_and_version(parts: dict[str, bytes]) -> None:
    assert f'identifier value="{EXTENSION}"' in parts["description.xml"].decode()


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_wizard_is_told_of_every_function(parts: dict[str, bytes], name: str) -> None:
    entry = CATALOGUE[name]
    node = functions(parts)[method_name(name)]
    said = texts(node)
    assert said["DisplayName"] == said["CompatibilityName"] == name
    assert entry.help.summary.replace("`", "")[:60] in said["Description"]
    assert said["Description"].endswith(f"(dealmodel: {entry.category})")
    assert said["Category"] in CALC_CATEGORIES
    arguments = node.findall("node/node")
    assert [a.get(f"{OOR}name") for a in arguments] == [argument_name(n) for n, _ in spread(entry)]
    for argument, (shown, _) in zip(arguments, spread(entry), strict=True):
        assert texts(argument)["DisplayName"] == shown
        assert texts(argument)["Description"]


def test_every_group_with_a_category_of_its_own_exists() -> None:
    assert set(config.CATEGORIES) <= set(GROUPS)


def test_importing_the_host_needs_no_uno() -> None:
    code = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name in ("uno", "unohelper", "pyuno"):
            raise AssertionError(name)
sys.meta_path.insert(0, Refuse())
from dealmodel.hosts.calc import addin, config, driver, environment, extension, installation, interface, loader
from dealmodel.hosts.calc import names, office, rebind
"""
    subprocess.run([sys.executable, "-c", code], check=True)


# -- the environment -----------------------------------------------------------------------------------------------


def test_the_environment_is_by_default_the_one_that_runs_dealmodel() -> None:
    environment = Environment.of()
    assert environment.executable == sys.executable
    code = f"import sys; sys.path[:0] = {list(environment.paths)!r}; import dealmodel.hosts.calc.addin, numpy, scipy"
    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True)


def test_another_python_can_be_named() -> None:
    assert Environment.of(sys.executable).python == Environment.of().python


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("exit 3", "is not a Python that runs: it says nothing"),
        ("echo broken >&2; exit 1", "is not a Python that runs: broken"),
        ("""echo '{"python": "3.9", "missing": ["numpy", "dealmodel"], "paths": []}'""", "lacks numpy, dealmodel; run"),
    ],
)
def test_a_python_that_does_not_do_is_refused_in_one_line(tmp_path: Path, script: str, message: str) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    with pytest.raises(DealModelError, match=message) as refused:
        Environment.of(str(python))
    assert "\n" not in str(refused.value)


def test_a_python_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DealModelError, match="cannot be run"):
        Environment.of(str(tmp_path / "python"))
