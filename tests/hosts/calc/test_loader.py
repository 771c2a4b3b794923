from __future__ import annotations

import json
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import dealmodel
from dealmodel.hosts.calc import loader

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
SOURCE = str(Path(dealmodel.__file__).parents[1])


@pytest.fixture(autouse=True)
def _path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])


def settings(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"python": HERE, "executable": "/opt/python", "paths": [SOURCE], **changes}


def bare(code: str, **changes: Any) -> str:  # noqa: ANN401
    """Run code in an interpreter that has no packages, and return what it prints and complains."""
    start = f"import sys; sys.path.insert(0, {str(Path(loader.__file__).parent)!r}); import loader\n"
    start += f"methods = loader.load({settings(**changes)!r})\n"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", start + code], capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


def test_the_functions_of_the_environment_are_loaded() -> None:
    methods = loader.load(settings())
    assert methods["dmShortfall"](None, 294.0, 892.0) == ((598.0,),)


def test_its_packages_go_before_libreoffices_own(tmp_path: Path) -> None:
    loader.load(settings(paths=[str(tmp_path)]))
    assert sys.path[0] == str(tmp_path)


def test_a_function_that_the_environment_has_not_got_is_name() -> None:
    answer = loader.load(settings())["__getattr__"](None, "dmOfAnotherYear")
    ((number,),) = answer(1.0)
    assert struct.unpack("<Q", struct.pack("<d", number))[0] & 0xFFFF == 525


def test_what_is_no_function_of_ours_has_no_answer() -> None:
    with pytest.raises(AttributeError, match="getTypes"):
        loader.load(settings())["__getattr__"](None, "getTypes")


def test_without_numpy_one_line_says_so() -> None:
    said = bare("print(json.dumps(methods['__getattr__'](None, 'dmVersion')()))".replace("json", "loader.json"))
    line, complaint = said.splitlines()
    ((text,),) = json.loads(line)
    assert text == complaint
    assert text.startswith(f"dealmodel cannot run: LibreOffice's Python {HERE} cannot import NumPy (No module named")
    assert text.endswith("run `/opt/python -m pip install dealmodel`, then `dealmodel calc install`")


def test_of_another_python_it_says_which() -> None:
    (line,) = bare("", python="3.9").splitlines()
    assert line.endswith(
        f"Python {HERE} cannot import NumPy (it is installed for Python 3.9); "
        f"install it for Python {HERE} and run `dealmodel calc install --python` with that Python"
    )


def test_without_dealmodel_it_says_so_too(tmp_path: Path) -> None:
    (tmp_path / "numpy.py").touch()
    assert "cannot import dealmodel (No module named 'dealmodel')" in bare("", paths=[str(tmp_path)])


def test_a_function_that_cannot_run_is_name() -> None:
    said = bare("print(methods['__getattr__'](None, 'dmShortfall')(1.0, 2.0))")
    assert said.splitlines()[0] == "((nan,),)"
