"""The VBA of the worksheet functions: one wrapper an entry of the catalogue, with the help that Excel shows."""

from __future__ import annotations

import re
from importlib import metadata, resources
from pathlib import Path
from typing import TYPE_CHECKING

from dealmodel.catalogue import CATALOGUE
from dealmodel.errors import WorkbookError
from dealmodel.hosts.excel import ERROR_NUMBERS, MAX_CELLS, vba_name
from dealmodel.hosts.vba.project import Kind, Module
from dealmodel.hosts.wizard import describe, describe_arguments

if TYPE_CHECKING:
    import inspect
    from collections.abc import Iterator, Sequence

    from dealmodel.catalogue import Entry

VERSION = metadata.version("dealmodel")
UDF_MODULE = "dealmodel.udfs"
CONFIG_NAME = "dealmodel"
"""Under what name xlwings' module looks for its configuration: `dealmodel.conf`, apart from xlwings' own."""
_FINANCIAL = 1
"""Number of Excel's category "Financial", where the functions stand until their own categories are registered."""


def modules() -> list[Module]:
    """Return the modules that a workbook needs to call the functions, apart from those of its sheets."""
    return [
        Module("DealModel", _packaged("DealModel.bas")),
        Module("DealModelFacts", "\r\n".join(_facts()) + "\r\n"),
        Module("DealModelFunctions", "\r\n".join(_functions(list(CATALOGUE.values()))) + "\r\n"),
        Module("DealModelHelp", "\r\n".join(_registrations(list(CATALOGUE.values()))) + "\r\n"),
        Module("xlwings", xlwings_module()),
    ]


def addin_module() -> Module:
    """Return the module that only the add-in has."""
    return Module("DealModelAddin", _packaged("DealModelAddin.bas"))


def document_module(name: str, source: str = "", *, base: str = "00020820") -> Module:
    """Return the module of a workbook (base 00020819) or of a sheet, which the project must have."""
    attributes = [
        f'Attribute VB_Name = "{name}"',
        f'Attribute VB_Base = "0{{{base}-0000-0000-C000-000000000046}}"',
        "Attribute VB_GlobalNameSpace = False",
        "Attribute VB_Creatable = False",
        "Attribute VB_PredeclaredId = True",
        "Attribute VB_Exposed = True",
        "Attribute VB_TemplateDerived = False",
        "Attribute VB_Customizable = True",
    ]
    return Module(name, "".join(f"{line}\r\n" for line in attributes) + source, Kind.DOCUMENT)


def workbook_source(name: str) -> str:
    """Return the code of a workbook's own module: `EmbeddedWorkbook.txt` or `AddinWorkbook.txt`."""
    return _packaged(name)


def xlwings_module() -> str:
    """Return the VBA module of the installed xlwings, its functions hidden, its configuration that of this package.

    Raises
    ------
    WorkbookError
        If the installed xlwings has none.
    """
    import xlwings  # noqa: PLC0415  670 ms that only a build needs

    path = Path(xlwings.__file__).with_name("xlwings.bas")
    try:
        source = path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise WorkbookError(f"the installed xlwings has no VBA module {path.name}; install xlwings again") from error
    name, rest = source.split("\n", 1)
    rest, count = re.subn(r'(Const PROJECT_NAME As String = )"\w+"', rf'\1"{CONFIG_NAME}"', rest)
    if count != 1:
        raise WorkbookError(f"the VBA module of xlwings {xlwings.__version__} is not the one this version knows")
    return _crlf(f"{name}\nOption Private Module\n{rest}")


def _packaged(name: str) -> str:
    return _crlf(resources.files(__package__).joinpath(name).read_text("ascii"))


def _crlf(text: str) -> str:
    return "\r\n".join(text.splitlines()) + "\r\n"


# -- generated modules -----------------------------------------------------------------------------------------


def _facts() -> Iterator[str]:
    """Yield what the VBA has to know of the Python side."""
    yield 'Attribute VB_Name = "DealModelFacts"'
    yield "Option Explicit"
    yield "Option Private Module"
    yield ""
    yield f'Public Const DEALMODEL_VERSION As String = "{VERSION}"'
    yield f'Public Const UDF_MODULE As String = "{UDF_MODULE}"'
    yield f"Public Const MOST_CELLS As Double = {MAX_CELLS}"
    yield ""
    yield "Public Function DmErrorNumber(ByVal text As String) As Long"
    yield "    ' Return the number of the error that a text spells, or 0."
    yield "    Select Case text"
    for number, error in ERROR_NUMBERS.items():
        yield f"        Case {_quoted(error.value)}: DmErrorNumber = {number}"
    yield "    End Select"
    yield "End Function"


def _functions(entries: Sequence[Entry]) -> Iterator[str]:
    """Yield the module of the functions: nothing else in the project shows in Excel's lists."""
    yield 'Attribute VB_Name = "DealModelFunctions"'
    yield "Option Explicit"
    yield ""
    yield "' Made from the catalogue of dealmodel: one function each, and two macros to be called by name."
    yield ""
    yield "Public Sub DealModelStatus()"
    yield '    MsgBox DmState(), vbInformation, "dealmodel"'
    yield "End Sub"
    yield ""
    yield "Public Sub DealModelReconnect()"
    yield "    DmReconnect"
    yield "    Application.CalculateFull"
    yield "End Sub"
    for entry in entries:
        yield ""
        yield from _function(entry)


def _function(entry: Entry) -> Iterator[str]:
    name = entry.name
    yield f"Public Function {name}({', '.join(map(_declared, entry.arguments))}) As Variant"
    yield f"Attribute {name}.VB_Description = {_quoted(describe(entry))}"
    yield f'Attribute {name}.VB_ProcData.VB_Invoke_Func = " \\n{_FINANCIAL}"'
    if entry.max_arguments is None:
        yield from _gather(entry)
        given = "given"
    else:
        given = f"Array({', '.join(vba_name(a.name) for a in entry.arguments)})"
    yield f'    {name} = DmCall("{name}", {given})'
    yield "End Function"


def _declared(argument: inspect.Parameter) -> str:
    name = vba_name(argument.name)
    if argument.kind is argument.VAR_POSITIONAL:
        return f"ParamArray {name}() As Variant"
    return f"{'' if argument.default is argument.empty else 'Optional '}{name} As Variant"


def _gather(entry: Entry) -> Iterator[str]:
    """Yield the lines that put all arguments into one array; `Set` keeps a range a range."""
    *first, rest = (vba_name(a.name) for a in entry.arguments)
    yield "    Dim given() As Variant"
    yield "    Dim i As Long"
    yield ""
    yield f"    ReDim given(0 To UBound({rest}) + {len(first)})"
    for i, name in enumerate(first):
        yield f"    If IsObject({name}) Then Set given({i}) = {name} Else given({i}) = {name}"
    place = f"given(i + {len(first)})"
    yield f"    For i = 0 To UBound({rest})"
    yield f"        If IsObject({rest}(i)) Then Set {place} = {rest}(i) Else {place} = {rest}(i)"
    yield "    Next i"


def _registrations(entries: Sequence[Entry]) -> Iterator[str]:
    """Yield the module that gives Excel categories and argument help; one procedure each, as VBA limits their size."""
    yield 'Attribute VB_Name = "DealModelHelp"'
    yield "Option Explicit"
    yield "Option Private Module"
    yield ""
    yield "Private registered As Boolean"
    yield ""
    yield "Public Sub DmRegisterHelp()"
    yield "    ' Register once what the function wizard shows. Excel refuses while no workbook is shown: the first"
    yield "    ' refusal ends the attempt, and the next workbook brings another."
    yield "    Dim unchanged As Boolean"
    yield ""
    yield "    If registered Or ActiveWorkbook Is Nothing Then Exit Sub"
    yield "    unchanged = ThisWorkbook.Saved"
    yield "    On Error GoTo Failed"
    for entry in entries:
        yield f"    Register_{entry.name}"
    yield "    registered = True"
    yield "Failed:"
    yield "    ThisWorkbook.Saved = unchanged"
    yield "End Sub"
    yield ""
    yield "Private Function DmMacro(ByVal functionName As String) As String"
    yield """    DmMacro = "'" & Replace(ThisWorkbook.Name, "'", "''") & "'!" & functionName"""
    yield "End Function"
    for entry in entries:
        yield ""
        yield f"Private Sub Register_{entry.name}()"
        yield from _registration(entry)
        yield "End Sub"


def _registration(entry: Entry) -> Iterator[str]:
    texts = describe_arguments(entry)
    if texts:
        yield f"    Dim help({len(texts) - 1}) As String"
        yield ""
    for i, text in enumerate(texts):
        yield f"    help({i}) = {_quoted(text)}"
    yield f'    Application.MacroOptions Macro:=DmMacro("{entry.name}"), _'
    yield f"        Description:={_quoted(describe(entry))}, _"
    argument_help = ", ArgumentDescriptions:=help" if texts else ""
    yield f"        Category:={_quoted(f'dealmodel: {entry.category}')}{argument_help}"


def _quoted(text: str) -> str:
    """Return a text as VBA writes it."""
    return '"' + text.replace('"', '""') + '"'
