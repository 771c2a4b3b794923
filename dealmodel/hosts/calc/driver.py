"""The script that runs inside a LibreOffice process of our own and does there what `office.Office` asks for.

It is put into the process's profile and speaks over a pipe that only the two know: a request is the name of a
function below and its arguments, an answer is what the function returns.
"""

from __future__ import annotations

import os
import sys
import traceback
from multiprocessing.connection import Listener
from typing import Any

DOCUMENTS: list[Any] = []
"""The documents that are open, by number."""
FORMULA_ERRORS, FORMULA_ANY = 4, 7
"""Of `com.sun.star.sheet.FormulaResult`."""


def serve() -> None:
    """Answer requests until the other end closes, then end the process."""
    key = bytes.fromhex(os.environ["DEALMODEL_PIPE_KEY"])
    try:
        with Listener(os.environ["DEALMODEL_PIPE"], authkey=key) as listener:
            connection = listener.accept()
        while True:
            name, arguments = connection.recv()
            try:
                answer = ("done", REQUESTS[name](*arguments))
            except Exception:  # noqa: BLE001  whatever goes wrong here is told there
                answer = ("failed", traceback.format_exc())
            connection.send(answer)
    except EOFError:
        pass
    finally:
        for document in filter(None, DOCUMENTS):
            document.close(True)  # noqa: FBT003  UNO has no keywords
        _desktop().terminate()


def versions() -> dict[str, str]:
    """Return the versions of LibreOffice and of its Python."""
    settings = _property(nodepath="/org.openoffice.Setup/Product")
    provider = _service("com.sun.star.configuration.ConfigurationProvider")
    product = provider.createInstanceWithArguments("com.sun.star.configuration.ConfigurationAccess", settings)
    return {
        "libreoffice": product.getByName("ooSetupVersionAboutBox"),
        "python": "{}.{}.{}".format(*sys.version_info[:3]),
    }


def wizard() -> dict[str, dict[str, Any]]:
    """Return what the function wizard says of our functions."""
    found = {}
    descriptions = _service("com.sun.star.sheet.FunctionDescriptions")
    for i in range(descriptions.getCount()):
        facts = {fact.Name: fact.Value for fact in descriptions.getByIndex(i)}
        if facts["Name"].startswith("DM_"):
            arguments = [(a.Name, a.Description, a.IsOptional) for a in facts["Arguments"] or ()]
            found[facts["Name"]] = {
                "category": facts["Category"],
                "description": facts["Description"],
                "arguments": arguments,
            }
    return found


def new() -> int:
    """Open an empty spreadsheet and return its number."""
    return _load("private:factory/scalc", visible=False)


def load(path: str) -> int:
    """Open a file out of sight and return its number."""
    import uno  # noqa: PLC0415  only LibreOffice's Python has it

    return _load(uno.systemPathToFileUrl(path), visible=False)


def load_in_view(path: str) -> int:
    """Open a file as a user does and return its number."""
    import uno  # noqa: PLC0415

    return _load(uno.systemPathToFileUrl(path), visible=True)


def save(document: int, path: str, kind: str) -> None:
    """Save a document as a file of a kind, which LibreOffice calls a filter."""
    import uno  # noqa: PLC0415

    DOCUMENTS[document].storeToURL(uno.systemPathToFileUrl(path), _property(FilterName=kind))


def close(document: int) -> None:
    """Close a document."""
    DOCUMENTS[document].close(True)  # noqa: FBT003  UNO has no keywords
    DOCUMENTS[document] = None


def put(document: int, sheet: str, cells: list[tuple[str, Any]]) -> None:
    """Put constants into cells; None empties one."""
    target = DOCUMENTS[document].Sheets.getByName(sheet)
    for address, value in cells:
        cell = target.getCellRangeByName(address)
        if isinstance(value, str):
            cell.setString(value)
        elif value is None:
            cell.clearContents(1 | 2 | 4 | 16)
        else:
            cell.setValue(float(value))


def enter(document: int, sheet: str, formulas: list[tuple[str, str]]) -> None:
    """Enter formulas as a user types them; a range gets an array formula."""
    target = DOCUMENTS[document].Sheets.getByName(sheet)
    for address, formula in formulas:
        cells = target.getCellRangeByName(address)
        if ":" in address:
            cells.setArrayFormula(formula)
        else:
            cells.FormulaLocal = formula


def calculate(document: int) -> None:
    """Calculate every formula anew, as Ctrl+Shift+F9 does."""
    DOCUMENTS[document].calculateAll()


def time_calculation(document: int) -> float:
    """Return the seconds that a calculation of every formula takes."""
    import time  # noqa: PLC0415

    start = time.perf_counter()
    DOCUMENTS[document].calculateAll()
    return time.perf_counter() - start


def read(document: int, sheet: str, address: str) -> list[list[Any]]:
    """Return the values of a range; an error is a tuple of its number."""
    return _read(DOCUMENTS[document].Sheets.getByName(sheet).getCellRangeByName(address))


def read_all(document: int) -> dict[str, list[list[Any]]]:
    """Return the values of every sheet from A1 to the last cell that holds anything."""
    values = {}
    for sheet in DOCUMENTS[document].Sheets:
        cursor = sheet.createCursor()
        cursor.gotoEndOfUsedArea(False)  # noqa: FBT003
        end = cursor.RangeAddress
        values[sheet.Name] = _read(sheet.getCellRangeByPosition(0, 0, end.EndColumn, end.EndRow))
    return values


def formulas(document: int, sheet: str, address: str) -> list[list[str]]:
    """Return the formulas of a range, our functions under the name that Calc binds."""
    cells = DOCUMENTS[document].Sheets.getByName(sheet).getCellRangeByName(address)
    return [list(row) for row in cells.getFormulaArray()]


def shown(document: int, sheet: str, address: str) -> str:
    """Return what a cell shows."""
    text: str = DOCUMENTS[document].Sheets.getByName(sheet).getCellRangeByName(address).getString()
    return text


def process_events() -> None:
    """Let LibreOffice do what it does while it waits for its user."""
    _service("com.sun.star.awt.Toolkit").processEventsToIdle()


def is_modified(document: int) -> bool:
    """Whether LibreOffice would ask to save a document before closing it."""
    return bool(DOCUMENTS[document].isModified())


REQUESTS = {
    f.__name__: f
    for f in (
        versions,
        wizard,
        new,
        load,
        load_in_view,
        save,
        close,
        put,
        enter,
        calculate,
        time_calculation,
        read,
        read_all,
        formulas,
        shown,
        is_modified,
        process_events,
    )
}


def _read(cells: Any) -> list[list[Any]]:  # noqa: ANN401  a range of UNO's
    rows = [list(row) for row in cells.getDataArray()]
    top, left = cells.RangeAddress.StartRow, cells.RangeAddress.StartColumn
    sheet = cells.Spreadsheet
    for area in cells.queryFormulaCells(FORMULA_ERRORS).RangeAddresses:
        for row in range(area.StartRow, area.EndRow + 1):
            for column in range(area.StartColumn, area.EndColumn + 1):
                rows[row - top][column - left] = (sheet.getCellByPosition(column, row).getError(),)
    return rows


def _load(url: str, *, visible: bool) -> int:
    document = _desktop().loadComponentFromURL(url, "_blank", 0, _property(Hidden=not visible))
    if document is None:
        raise ValueError(f"LibreOffice cannot open {url}")
    if visible:
        # What waits for a document to be shown, such as the extension's job, waits for the event loop.
        process_events()
    DOCUMENTS.append(document)
    return len(DOCUMENTS) - 1


def _desktop() -> Any:  # noqa: ANN401
    return _service("com.sun.star.frame.Desktop")


def _service(name: str) -> Any:  # noqa: ANN401
    import uno  # noqa: PLC0415

    context = uno.getComponentContext()
    return context.ServiceManager.createInstanceWithContext(name, context)


def _property(**values: object) -> tuple[Any, ...]:
    import uno  # noqa: PLC0415

    found = []
    for name, value in values.items():
        item = uno.createUnoStruct("com.sun.star.beans.PropertyValue")
        item.Name, item.Value = name, value
        found.append(item)
    return tuple(found)


g_exportedScripts = (serve,)  # noqa: N816  the name LibreOffice looks for
