from __future__ import annotations

import io
import itertools
import random
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import olefile
import pytest
import xlwings
from hypothesis import given, settings
from hypothesis import strategies as st

from dealmodel.catalogue import CATALOGUE
from dealmodel.errors import WorkbookError
from dealmodel.hosts.excel import ERROR_NUMBERS, MAX_CELLS, VBA_WORDS, vba_name
from dealmodel.hosts.vba import wrappers
from dealmodel.hosts.vba.compound import CUTOFF, compound_file
from dealmodel.hosts.vba.compression import compress
from dealmodel.hosts.vba.project import Kind, Module, obfuscate, vba_project
from dealmodel.hosts.wizard import describe, describe_arguments
from tests.support.vba import sources, syntax_errors, unpacked

if TYPE_CHECKING:
    from dealmodel.catalogue import Entry

IDENTITY = "{E166F130-7A7D-463D-A36A-DF5CC07216B9}"
"""That of xlwings' own add-in, whose protection state is known."""
each_entry = pytest.mark.parametrize("entry", CATALOGUE.values(), ids=CATALOGUE)


# -- compression ---------------------------------------------------------------------------------------------


@given(st.text(alphabet="ab \r\nDim", max_size=9000))
@settings(max_examples=60, deadline=None)
def test_olevba_unpacks_what_was_packed(text: str) -> None:
    data = text.encode()
    assert unpacked(compress(data)) == data


@pytest.mark.parametrize("length", [1, 2, 3, 8, 9, 16, 17, 4095, 4096, 4097, 8192, 12289])
def test_lengths_around_a_chunk_are_packed(length: int) -> None:
    for data in (b"a" * length, bytes(i * i % 251 for i in range(length)), (b"Function " * length)[:length]):
        assert unpacked(compress(data)) == data


def test_a_chunk_that_does_not_shrink_is_stored_as_it_is() -> None:
    data = random.Random(1).randbytes(4096)  # noqa: S311
    packed = compress(data)
    assert len(packed) == 1 + 2 + 4096
    assert unpacked(packed) == data


def test_source_is_packed_about_as_well_as_by_office() -> None:
    source = wrappers.xlwings_module().encode()
    assert len(compress(source)) < 0.45 * len(source)


# -- compound files ------------------------------------------------------------------------------------------


def read_compound(data: bytes) -> dict[str, bytes]:
    with olefile.OleFileIO(io.BytesIO(data), raise_defects=olefile.DEFECT_INCORRECT) as file:
        assert file.parsing_issues == []
        return {"/".join(path): file.openstream(path).read() for path in file.listdir()}


@given(
    st.dictionaries(
        st.sampled_from([f"{folder}{name}" for folder in ("", "VBA/") for name in map(str, range(40))]),
        st.sampled_from([0, 1, 63, 64, 65, CUTOFF - 1, CUTOFF, CUTOFF + 1, 70000]).map(
            lambda n: bytes(range(1, 251)) * (n // 250) + b"x" * (n % 250)
        ),
        max_size=20,
    )
)
@settings(max_examples=60, deadline=None)
def test_olefile_reads_the_streams_back(streams: dict[str, bytes]) -> None:
    assert read_compound(compound_file(streams)) == streams


def test_the_directory_is_a_red_black_tree_sorted_by_length_and_capitals() -> None:
    streams = {f"VBA/{name}": b"x" for name in ("b", "A", "aa", "Z", "module", "_VBA_PROJECT", "dir", "c", "Sheet10")}
    data = compound_file(streams)
    with olefile.OleFileIO(io.BytesIO(data)) as file:
        entries = file.direntries
        storage = next(e for e in entries if e is not None and e.name == "VBA")
        names: list[str] = []

        def walk(sid: int, *, under_red: bool) -> int:
            """Collect the names in order; return the number of black entries down to each leaf."""
            if sid == olefile.NOSTREAM:
                return 1
            entry = entries[sid]
            red = entry.color == 0
            assert not (red and under_red)
            left = walk(entry.sid_left, under_red=red)
            names.append(entry.name)
            right = walk(entry.sid_right, under_red=red)
            assert left == right
            return left + (not red)

        walk(storage.sid_child, under_red=False)
    assert names == sorted(names, key=lambda n: (len(n), n.upper()))
    assert len(names) == len(streams)


def test_what_does_not_fit_a_compound_file_is_refused() -> None:
    with pytest.raises(ValueError, match="the name of a stream has at most 31 characters; got x"):
        compound_file({"x" * 32: b""})
    with pytest.raises(ValueError, match="needs a longer allocation table"):
        compound_file({"x": bytes(512 * 127 * 110)})


# -- projects ------------------------------------------------------------------------------------------------


def reveal(text: str) -> bytes:
    """Undo the obfuscation as [MS-OVBA] 2.4.3.3 has it."""
    coded = bytes.fromhex(text)
    plain = [coded[0] ^ coded[2]]
    for i in range(3, len(coded)):
        plain.append(coded[i] ^ (coded[i - 2] + plain[-1]) & 0xFF)
    ignored = (coded[0] & 6) // 2
    return bytes(plain[1 + ignored + 4 :])


def test_the_protection_state_reads_as_that_of_a_file_that_excel_wrote() -> None:
    written = {"CMG": "1C1EFBF0B83CBC3CBC3CBC3CBC", "DPB": "1C1EFBF0B839B939B939", "GC": "1C1EFBF0B839B939B9C6"}
    ours = {"CMG": bytes(4), "DPB": bytes(1), "GC": b"\xff"}
    for name, text in written.items():
        assert reveal(text) == reveal(obfuscate(ours[name], IDENTITY)) == ours[name]
        assert obfuscate(ours[name], IDENTITY)[:6] == text[:6]


MODULES = [
    Module("ThisWorkbook", wrappers.document_module("ThisWorkbook").source, Kind.DOCUMENT),
    Module("Main", 'Attribute VB_Name = "Main"\r\nSub Go()\r\nEnd Sub\r\n'),
    Module("Thing", 'Attribute VB_Name = "Thing"\r\n', Kind.CLASS),
]


def test_a_project_says_of_each_module_what_it_is() -> None:
    streams = read_compound(vba_project("Ours", IDENTITY, (1, 2), MODULES))
    lines = streams["PROJECT"].decode().split("\r\n")
    assert lines[:5] == [
        f'ID="{IDENTITY}"',
        "Document=ThisWorkbook/&H00000000",
        "Module=Main",
        "Class=Thing",
        'Name="Ours"',
    ]
    assert streams["PROJECTwm"].startswith(b"ThisWorkbook\0T\0h\0i\0s\0")
    assert streams["PROJECTwm"].endswith(b"Thing\0T\0h\0i\0n\0g\0\0\0\0\0")
    assert streams["VBA/_VBA_PROJECT"].hex() == "cc61ffff000000"


def test_olevba_reads_the_same_modules() -> None:
    found = sources(vba_project("Ours", IDENTITY, (1, 2), MODULES), "vbaProject.bin")
    assert found == {f"VBA/{m.name}": m.source for m in MODULES}


def test_the_records_of_a_project_are_in_the_order_of_the_specification() -> None:
    packed = read_compound(vba_project("Ours", IDENTITY, (1, 2), MODULES))["VBA/dir"]
    stream = unpacked(packed)
    at, records = 0, []
    while at < len(stream):
        identity = int.from_bytes(stream[at : at + 2], "little")
        size = int.from_bytes(stream[at + 2 : at + 6], "little")
        # The version's record says 4 and has 6.
        size += 2 if identity == 9 else 0
        records.append((identity, stream[at + 6 : at + 6 + size]))
        at += 6 + size
    assert at == len(stream)
    project = [0x01, 0x02, 0x14, 0x03, 0x04, 0x05, 0x40, 0x06, 0x3D, 0x07, 0x08, 0x09, 0x0C, 0x3C]
    references = [0x16, 0x3E, 0x0D] * 2
    module = [0x19, 0x47, 0x1A, 0x32, 0x1C, 0x48, 0x31, 0x1E, 0x2C]
    kinds = [0x22, 0x21, 0x22]
    expected = [*project, *references, 0x0F, 0x13]
    expected += itertools.chain.from_iterable([*module, kind, 0x2B] for kind in kinds)
    assert [identity for identity, _ in records] == [*expected, 0x10]
    assert dict(records)[0x03] == (1252).to_bytes(2, "little")


# -- the modules ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def modules() -> dict[str, str]:
    workbooks = {
        name: wrappers.document_module("ThisWorkbook", wrappers.workbook_source(f"{name}Workbook.txt")).source
        for name in ("Addin", "Embedded")
    }
    ours = {m.name: m.source for m in [*wrappers.modules(), wrappers.addin_module()]}
    return {**ours, **workbooks}


GRAMMAR = ["DealModel", "DealModelAddin", "DealModelFacts", "DealModelFunctions", "DealModelHelp", "Addin", "Embedded"]


@pytest.mark.slow
@pytest.mark.parametrize("name", GRAMMAR)
def test_the_source_parses_under_a_grammar_of_vba(modules: dict[str, str], name: str) -> None:
    assert syntax_errors(modules[name]) == []


@pytest.mark.parametrize(
    "source", ["Sub x(end)\r\nEnd Sub\r\n", "Function f(\r\nEnd Function\r\n", "Sub s()\r\nIf x Then\r\nEnd Sub\r\n"]
)
def test_the_grammar_sees_what_is_wrong(source: str) -> None:
    assert syntax_errors(f'Attribute VB_Name = "Wrong"\r\n{source}') != []


def test_every_module_is_ascii_in_lines_of_windows_that_vba_takes(modules: dict[str, str]) -> None:
    for source in modules.values():
        assert source.isascii()
        assert source.endswith("\r\n")
        lines = source.split("\r\n")
        assert not any("\n" in line or "\r" in line for line in lines)
        assert max(map(len, lines)) <= 1023
        assert re.search(r"(?:.* _\r\n){25}", source) is None


def procedures(source: str) -> dict[str, str]:
    pattern = re.compile(
        r"^(?:Public |Private )?(?:Function|Sub) (\w+)\(.*?^End (?:Function|Sub)\r$", re.MULTILINE | re.DOTALL
    )
    return {match[1]: match[0] for match in pattern.finditer(source)}


def test_no_two_procedures_have_one_name_and_none_is_too_long(modules: dict[str, str]) -> None:
    names = [name.lower() for key, source in modules.items() if key != "Embedded" for name in procedures(source)]
    assert len(set(names)) == len(names)
    # A procedure may compile to 64 kB; its source is longer than that in any case.
    assert max(len(code) for source in modules.values() for code in procedures(source).values()) < 2**15


@each_entry
def test_every_function_is_declared_with_its_arguments_and_hands_them_over(
    modules: dict[str, str], entry: Entry
) -> None:
    code = procedures(modules["DealModelFunctions"])[entry.name]
    names = [vba_name(a.name) for a in entry.arguments]
    declared = re.match(r"Public Function \w+\((.*)\) As Variant\r", code)
    assert declared is not None
    assert [re.sub(r"\(\)", "", a).split()[-3] for a in declared[1].split(", ") if a] == names
    optional = ["Optional " in a for a in declared[1].split(", ") if a]
    assert optional == [a.default is not a.empty for a in entry.arguments]
    if entry.max_arguments is None:
        assert "ParamArray" in declared[1]
        assert f'{entry.name} = DmCall("{entry.name}", given)' in code
    else:
        assert f'{entry.name} = DmCall("{entry.name}", Array({", ".join(names)}))' in code


@each_entry
def test_every_function_carries_its_description_and_a_category(modules: dict[str, str], entry: Entry) -> None:
    code = procedures(modules["DealModelFunctions"])[entry.name]
    found = re.search(rf'^Attribute {entry.name}\.VB_Description = "(.*)"\r$', code, re.MULTILINE)
    assert found is not None
    assert found[1].replace('""', '"') == describe(entry)
    assert f'Attribute {entry.name}.VB_ProcData.VB_Invoke_Func = " \\n1"\r\n' in code


@each_entry
def test_every_function_registers_category_and_argument_help(modules: dict[str, str], entry: Entry) -> None:
    code = procedures(modules["DealModelHelp"])[f"Register_{entry.name}"]
    texts = re.findall(r'^    help\((\d+)\) = "(.*)"\r$', code, re.MULTILINE)
    assert [text.replace('""', '"') for _, text in texts] == describe_arguments(entry)
    assert [int(i) for i, _ in texts] == list(range(len(texts)))
    assert (f"Dim help({len(texts) - 1}) As String" in code) == bool(texts)
    assert f'Category:="dealmodel: {entry.category}"' in code
    assert f'Macro:=DmMacro("{entry.name}")' in code
    assert f"    Register_{entry.name}\r\n" in modules["DealModelHelp"]


def test_vba_knows_the_limits_and_errors_of_the_python_side(modules: dict[str, str]) -> None:
    facts = modules["DealModelFacts"]
    cases = re.findall(r'Case "(.*)": DmErrorNumber = (\d+)', facts)
    assert cases == [(error.value, str(number)) for number, error in ERROR_NUMBERS.items()]
    assert f"MOST_CELLS As Double = {MAX_CELLS}\r" in facts
    assert f'UDF_MODULE As String = "{wrappers.UDF_MODULE}"\r' in facts


_DECLARED = re.compile(
    r"""
    \b(?:Dim|Const|Static|WithEvents)[ ]+(\w+)
    | (?:Function|Sub)[ ]+(\w+)
    | (?:ByVal|ByRef|Optional|ParamArray)[ ]+(\w+)
    """,
    re.VERBOSE,
)


@pytest.mark.parametrize("name", GRAMMAR)
def test_no_identifier_is_a_word_of_vba(modules: dict[str, str], name: str) -> None:
    code = "\n".join(line for line in modules[name].splitlines() if not line.lstrip().startswith("'"))
    code = re.sub(r'"(?:[^"]|"")*"', '""', code)
    names = {next(filter(None, groups)).lower() for groups in _DECLARED.findall(code)}
    assert names
    # `k` and the others are names in the bodies that xlwings generates, not words of VBA.
    assert names & (VBA_WORDS - {"application", "app", "k", "err"}) == set()
    assert all(re.fullmatch(r"[a-z]\w{0,254}", n) for n in names)


# -- xlwings' own module -------------------------------------------------------------------------------------


def test_the_module_of_xlwings_is_the_installed_one_but_for_its_configuration() -> None:
    installed = Path(xlwings.__file__).with_name("xlwings.bas").read_text("ascii").splitlines()
    ours = wrappers.xlwings_module().split("\r\n")[:-1]
    assert ours[:2] == ['Attribute VB_Name = "xlwings"', "Option Private Module"]
    changed = [(a, b) for a, b in zip(installed[1:], ours[2:], strict=True) if a != b]
    assert changed == [
        ('Public Const PROJECT_NAME As String = "xlwings"', 'Public Const PROJECT_NAME As String = "dealmodel"')
    ]
    assert any(xlwings.__version__ in line for line in ours)
    assert any("BSD 3-clause" in line for line in ours)


def test_the_module_of_xlwings_is_not_in_the_package() -> None:
    folder = Path(wrappers.__file__).parent
    assert not any("Zoomer" in path.read_text("utf-8") for path in folder.iterdir() if path.is_file())


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "has no VBA module xlwings.bas"), (b"\xff", "has no VBA module"), (b"Attribute\r\n", "is not the one")],
)
def test_another_module_of_xlwings_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, message: str
) -> None:
    if content is not None:
        (tmp_path / "xlwings.bas").write_bytes(content)
    monkeypatch.setattr(xlwings, "__file__", str(tmp_path / "__init__.py"))
    with pytest.raises(WorkbookError, match=message):
        wrappers.xlwings_module()


def test_building_needs_no_windows() -> None:
    code = "import sys; from dealmodel.hosts.vba import wrappers; wrappers.modules(); print('win32com' in sys.modules)"
    done: Any = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert done.stdout == "False\n", done.stderr
