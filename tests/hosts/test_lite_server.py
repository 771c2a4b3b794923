"""The functions as the server of xlwings registers and calls them; it asks for a licence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from dealmodel import callpath
from dealmodel.catalogue import CATALOGUE
from dealmodel.cells import OMITTED, CellError
from dealmodel.hosts.lite import main_file
from dealmodel.hosts.wizard import describe, describe_arguments
from tests.hosts.test_lite import default_where_blank
from tests.support.cases import published_calls

if TYPE_CHECKING:
    from pathlib import Path

SERVER = """
import asyncio, json, sys, types
import xlwings.server as server
module = types.ModuleType("main")
exec(compile(open(sys.argv[1], encoding="utf-8").read(), "main.py", "exec"), module.__dict__)
meta = server.custom_functions_meta(module)
results = []
for name, arguments in json.load(sys.stdin):
    data = {"func_name": name, "args": arguments, "version": "", "client": "Office.js", "runtime": "1.4",
            "date_format": None, "culture_info_name": None, "caller_address": None}
    results.append(asyncio.run(server.custom_functions_call(data, module)))
json.dump({"meta": meta, "results": results}, sys.stdout)
"""


def as_office_sends(value: Any) -> Any:  # noqa: ANN401
    """Spell an argument as Office.js does: a matrix, an error as an object, an empty cell as an empty text."""
    if value is OMITTED:
        return None
    rows = value if isinstance(value, list) else [[value]]
    return [[office_cell(cell) for cell in row] for row in rows]


def office_cell(cell: Any) -> Any:  # noqa: ANN401
    if isinstance(cell, CellError):
        return {"type": "Error", "basicValue": str(cell), "basicType": "Error"}
    return "" if cell is None else cell


def office_shows(result: Any) -> list[list[Any]]:  # noqa: ANN401
    rows = result if isinstance(result, list) else [[result]]
    return [[{"type": "Error"} if isinstance(c, CellError) else c for c in row] for row in rows]


@pytest.mark.skipif(
    not os.environ.get("XLWINGS_LICENSE_KEY"), reason="xlwings.server asks for a licence: set XLWINGS_LICENSE_KEY"
)
def test_xlwings_server_registers_and_calls_every_function(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(main_file.main(), encoding="utf-8")
    wanted = published_calls()
    calls = [(entry.name, [as_office_sends(v) for v in arguments]) for entry, arguments in wanted]
    done = subprocess.run(
        [sys.executable, "-c", SERVER, str(tmp_path / "main.py")],
        input=json.dumps(calls),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        cwd=tmp_path,
        env={**os.environ, "XLWINGS_ON_SERVER": "true"},
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    functions = {f["id"]: f for f in answer["meta"]["functions"]}
    assert functions.keys() == CATALOGUE.keys()
    for entry in CATALOGUE.values():
        meta = functions[entry.name]
        assert meta["name"] == entry.name
        assert meta["description"] == describe(entry)
        assert [p["name"] for p in meta["parameters"]] == [a.name for a in entry.arguments]
        assert [p["description"] for p in meta["parameters"]] == describe_arguments(entry)
    for (entry, arguments), found in zip(wanted, answer["results"], strict=True):
        given = default_where_blank(entry, [first_where_single(v) for v in arguments])
        expected = office_shows(callpath.call(entry, given))
        shown = [[{"type": "Error"} if isinstance(c, dict) else c for c in row] for row in found]
        assert shown == expected, entry.name


def first_where_single(value: Any) -> Any:  # noqa: ANN401
    """A range of one blank cell arrives as a blank."""
    return None if value == [[None]] else value
