"""Runs under a Python that has UNO: opens a workbook in LibreOffice and calls procedures of its VBA project.

UNO is imported where it is used, since the tests' own Python may not have it. Reads from standard input, as JSON:
the workbook, a folder for LibreOffice's profile, the project's name and the calls, each a module, a procedure and
its arguments. Writes the modules that LibreOffice sees and what came back.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import Any

# ruff: noqa: ANN401, FBT003, PLC0415  UNO has no types, no keywords, and is not everywhere

FILTER = "Calc MS Excel 2007 VBA XML"
WITHOUT_ASKING = 4
"""`com.sun.star.document.MacroExecMode.ALWAYS_EXECUTE_NO_WARN`"""


def main() -> None:
    import uno

    task = json.load(sys.stdin)
    pipe = f"dealmodel-{os.getpid()}"
    office = subprocess.Popen(
        [
            "soffice",
            "--headless",
            "--norestore",
            "--nologo",
            f"-env:UserInstallation={uno.systemPathToFileUrl(task['profile'])}",
            f"--accept=pipe,name={pipe};urp;",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    desktop = connect(pipe)
    try:
        document = desktop.loadComponentFromURL(
            uno.systemPathToFileUrl(task["book"]),
            "_blank",
            0,
            (value("Hidden", True), value("MacroExecutionMode", WITHOUT_ASKING), value("FilterName", FILTER)),
        )
        library = document.BasicLibraries.getByName(task["project"])
        modules = {name: library.getByName(name) for name in library.ElementNames}
        results = [call(document, task["project"], *parts) for parts in task["calls"]]
        document.close(True)
    finally:
        desktop.terminate()
        office.wait(60)
    json.dump({"modules": modules, "results": results}, sys.stdout)


def connect(pipe: str) -> Any:
    import uno
    from com.sun.star.connection import NoConnectException

    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(240):
        try:
            remote = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            time.sleep(0.25)
        else:
            return remote.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", remote)
    raise TimeoutError("LibreOffice does not answer")


def value(name: str, content: object) -> Any:
    from com.sun.star.beans import PropertyValue

    property_value = PropertyValue()
    property_value.Name, property_value.Value = name, content
    return property_value


def call(document: Any, project: str, module: str, procedure: str, arguments: list[Any]) -> Any:
    from com.sun.star.script.provider import ScriptFrameworkErrorException
    from com.sun.star.uno import Exception as UnoException

    url = f"vnd.sun.star.script:{project}.{module}.{procedure}?language=Basic&location=document"
    try:
        return document.getScriptProvider().getScript(url).invoke(tuple(arguments), (), ())[0]
    except (ScriptFrameworkErrorException, UnoException) as error:
        return f"failed: {error.Message}"


if __name__ == "__main__":
    main()
