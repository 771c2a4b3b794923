"""The job that gives canonical names their functions when a spreadsheet is opened.

Calc binds a function of ours in a file only under its programmatic name; a workbook made for Excel or for headless
runs calls it `DM_STEP_VALUATION`, which Calc keeps as an unknown name in small letters. Entering such a formula again
binds it. This runs in LibreOffice's own Python, from the extension, and needs nothing of the environment.
"""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_LITERAL = re.compile(r"\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*'")
_UNKNOWN = re.compile(r"(?<![\w.])(?:org\.dealmodel\.calcaddin\.(dm[a-z0-9]+)|(?:_xldudf_)?(dm_\w+))(?=\s*\()")
"""A function of ours that Calc did not bind: it writes known functions in capitals, unknown ones in small letters."""
SPELLING = "dm_"
"""How such a name begins in a cell; Calc binds the programmatic names there itself."""
_CONDITION = 0
"""Of `com.sun.star.sheet.ConditionEntryType`."""


def getComponentFactory(implementation: str, _manager: object, _key: object) -> Any:  # noqa: ANN401, N802  UNO's name
    """Return what makes the job, as LibreOffice's loader of Python components asks for it."""
    import unohelper  # noqa: PLC0415  only LibreOffice's Python has it

    return unohelper.createSingleServiceFactory(create, implementation, (implementation,))


def create(_context: object) -> Any:  # noqa: ANN401  a job
    """Return the job."""
    import uno  # noqa: PLC0415  only LibreOffice's Python has it
    import unohelper  # noqa: PLC0415

    return type("Rebind", (unohelper.Base, uno.getClass("com.sun.star.task.XJob")), {"execute": _execute})()


def _execute(_self: object, arguments: tuple[Any, ...]) -> None:
    environment = next((a.Value for a in arguments if a.Name == "Environment"), ())
    document = next((fact.Value for fact in environment if fact.Name == "Model"), None)
    if document is not None and is_visible_spreadsheet(document):
        was_modified = document.isModified()
        if rebind(document) and not was_modified:
            _count_as_unmodified(document)


def is_visible_spreadsheet(document: Any) -> bool:  # noqa: ANN401  UNO's objects
    """Whether a document is a spreadsheet that a user sees."""
    if not document.supportsService("com.sun.star.sheet.SpreadsheetDocument"):
        return False
    return not any(fact.Name == "Hidden" and fact.Value for fact in document.getArgs())


def rebind(document: Any) -> int:  # noqa: ANN401
    """Bind every function of ours that is not bound, and return in how many formulas there were some."""
    undo = document.getUndoManager()
    undo.lock()
    document.addActionLock()
    try:
        names = sum(_rebind_names(owner.NamedRanges) for owner in (document, *document.Sheets))
        cells = sum(len(list(_unknown_cells(sheet))) for sheet in document.Sheets)
        if cells:
            _compile_again(document)
        others = sum(_rebind_sheet(sheet) for sheet in document.Sheets if not sheet.isProtected())
    finally:
        document.removeActionLock()
        undo.unlock()
    if names:
        # Cells that use a name do not hear that it has got its meaning.
        document.calculateAll()
    return names + cells + others


def _count_as_unmodified(document: Any) -> None:  # noqa: ANN401
    """Have a document count as unmodified, since what it says has not changed; its charts count with it."""
    document.getUndoManager().clear()
    for sheet in document.Sheets:
        for name in sheet.Charts.getElementNames():
            sheet.Charts.getByName(name).EmbeddedObject.setModified(False)
    document.setModified(False)


def _compile_again(document: Any) -> None:  # noqa: ANN401
    """Have Calc compile the formulas with unknown names again, as it does when a name is defined.

    This reaches arrays and protected cells too.
    """
    import uno  # noqa: PLC0415  only LibreOffice's Python has it

    names = document.NamedRanges
    name = next(
        f"dealmodel_{i}" for i in range(len(names.getElementNames()) + 1) if not names.hasByName(f"dealmodel_{i}")
    )
    names.addNewByName(name, "0", uno.createUnoStruct("com.sun.star.table.CellAddress"), 0)
    names.removeByName(name)


def has_unknown(formula: str) -> bool:
    """Whether a formula calls a function of ours that is not bound.

    Examples
    --------
    >>> has_unknown("=dm_shortfall(A1;2)"), has_unknown('=ORG.DEALMODEL.CALCADDIN.DMSHORTFALL(1;2)&"dm_x("')
    (True, False)
    """
    return bool(_UNKNOWN.search(_LITERAL.sub('""', formula)))


def entered(formula: str) -> str:
    """Return a formula as a user types it: with our functions under names that Calc knows."""
    pieces = []
    at = 0
    for literal in [*_LITERAL.finditer(formula), None]:
        plain = formula[at : literal.start() if literal else len(formula)]
        pieces.append(_UNKNOWN.sub(_capital, plain))
        if literal:
            pieces.append(literal[0])
            at = literal.end()
    return "".join(pieces)


def _capital(match: re.Match[str]) -> str:
    return (match[2] or functions().get(match[1], match[0])).upper()


@functools.cache
def functions() -> dict[str, str]:
    """Return the worksheet functions by method in small letters: in conditions Calc knows no other name."""
    settings = json.loads(Path(__file__).with_name("settings.json").read_text(encoding="utf-8"))
    methods: dict[str, str] = settings["functions"]
    return methods


def _rebind_names(names: Any) -> int:  # noqa: ANN401
    count = 0
    for name in names.getElementNames():
        named = names.getByName(name)
        content = named.getContent()
        if has_unknown(content):
            named.setContent(entered(content))
            count += 1
    return count


def _rebind_sheet(sheet: Any) -> int:  # noqa: ANN401
    for cell in list(_unknown_cells(sheet)):
        _enter(sheet, cell)
    return _rebind_conditions(sheet) + _rebind_validations(sheet)


def _unknown_cells(sheet: Any) -> Iterator[Any]:  # noqa: ANN401
    """Return the cells in whose formula a function of ours is not bound."""
    search = sheet.createSearchDescriptor()
    search.SearchString = SPELLING
    search.SearchCaseSensitive = True
    search.SearchType = 0
    found = sheet.findAll(search)
    for area in found.getRangeAddresses() if found is not None else ():
        for row in range(area.StartRow, area.EndRow + 1):
            for column in range(area.StartColumn, area.EndColumn + 1):
                cell = sheet.getCellByPosition(column, row)
                formula = cell.getFormula()
                if formula.startswith(("=", "{=")) and has_unknown(formula):
                    yield cell


def _enter(sheet: Any, cell: Any) -> None:  # noqa: ANN401
    """Enter the formula of a cell anew, that of an array over its whole range."""
    formula = cell.getFormula()
    if not formula.startswith("{"):
        cell.setFormula(entered(formula))
    elif has_unknown(formula):
        array = sheet.createCursorByRange(cell)
        array.collapseToCurrentArray()
        array.setArrayFormula(entered(formula[1:-1]))


def _rebind_conditions(sheet: Any) -> int:  # noqa: ANN401
    """Enter the formulas of the conditional formats anew."""
    count = 0
    for conditional in sheet.ConditionalFormats.getConditionalFormats():
        for i in range(conditional.getCount()):
            entry = conditional.getByIndex(i)
            if entry.getType() != _CONDITION:
                continue
            for which in ("Formula1", "Formula2"):
                formula = entry.getPropertyValue(which)
                if has_unknown(formula):
                    entry.setPropertyValue(which, entered(formula))
                    count += 1
    return count


def _rebind_validations(sheet: Any) -> int:  # noqa: ANN401
    """Enter the formulas of the data validations anew."""
    count = 0
    for cells in sheet.getCellFormatRanges():
        validation = cells.Validation
        one, two = validation.getFormula1(), validation.getFormula2()
        if has_unknown(one) or has_unknown(two):
            validation.setFormula1(entered(one))
            validation.setFormula2(entered(two))
            cells.Validation = validation
            count += 1
    return count
