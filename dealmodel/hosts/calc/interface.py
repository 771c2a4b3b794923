"""The add-in's interface: its text from the catalogue, and the type description that LibreOffice reads.

The type description is a binary file. The tools of LibreOffice's SDK make it when they are there; otherwise the one
that is kept beside this module is taken. After a change of the catalogue, on a machine with the SDK (on Debian
`apt-get install libreoffice-dev`):

    python -m dealmodel.hosts.calc.interface
"""

from __future__ import annotations

import glob
import subprocess
import sys
import tempfile
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from dealmodel.catalogue import CATALOGUE
from dealmodel.errors import DealModelError
from dealmodel.hosts.calc.names import INTERFACE, argument_name, method_name

if TYPE_CHECKING:
    import inspect

    from dealmodel.catalogue import Entry

KEPT_TYPES, KEPT_TEXT = "types.rdb", "types.idl"
"""The kept type description, and the text that it was made from."""
SDK_PLACES = ("/usr/lib/libreoffice", "/usr/lib64/libreoffice", "/opt/libreoffice*", "C:/Program Files/LibreOffice")
"""Where a LibreOffice with its SDK in it may be."""


class InterfaceError(DealModelError, RuntimeError):
    """A type description that does not describe the catalogue."""


def interface_text() -> str:
    """Return the interface as UNO's interface language has it.

    Every argument is `any`, so that it takes a number, a text, a range or nothing; every result is rows of cells,
    since `any` would lose the rows on the way out of LibreOffice's Python. Where a function takes any number of
    arguments, there are as many as any function has: of UNO's own any number, Calc would hand over a range cell by
    cell within an array formula.
    """
    *modules, name = INTERFACE.split(".")
    lines = [
        "".join(f"module {module} {{ " for module in modules).rstrip(),
        f"interface {name} {{",
        *(f"  sequence< sequence<any> > {method_name(e.name)}({_arguments(e)});" for e in CATALOGUE.values()),
        "};",
        "}; " * (len(modules) - 1) + "};",
    ]
    return "\n".join(lines) + "\n"


def _arguments(entry: Entry) -> str:
    return ", ".join(f"[in] any {argument_name(name)}" for name, _ in spread(entry))


def spread(entry: Entry) -> list[tuple[str, inspect.Parameter]]:
    """Return the arguments that Calc sees with those of the function that they are.

    Examples
    --------
    >>> [name for name, _ in spread(CATALOGUE["DM_WHY"])][:3]
    ['function', 'arguments_1', 'arguments_2']
    """
    most = max(len(e.arguments) for e in CATALOGUE.values())
    found = []
    for argument in entry.arguments:
        if argument.kind is argument.VAR_POSITIONAL:
            found += [(f"{argument.name}_{i}", argument) for i in range(1, most + 1)]
        else:
            found.append((argument.name, argument))
    return found


def type_description() -> bytes:
    """Return the type description: made by the SDK where it is installed, otherwise the kept one.

    Raises
    ------
    InterfaceError
        If there is no SDK and the catalogue has changed since the kept one was made.
    """
    writer = find_tool("unoidl-write")
    if writer is not None:
        return make_types(writer, interface_text())
    if kept(KEPT_TEXT).decode() != interface_text():
        raise InterfaceError(
            "the kept type description is older than the catalogue; "
            "install LibreOffice's SDK (on Debian: apt-get install libreoffice-dev)"
        )
    return kept(KEPT_TYPES)


def kept(name: str) -> bytes:
    """Return a kept file."""
    return resources.files("dealmodel.hosts.calc").joinpath(name).read_bytes()


def find_tool(name: str) -> Path | None:
    """Return a tool of LibreOffice's SDK, or None where it is not installed."""
    found = (tool for place in SDK_PLACES for tool in glob.glob(f"{place}/sdk/bin/{name}*"))  # noqa: PTH207
    return next((Path(tool) for tool in found if Path(tool).stem == name), None)


def make_types(writer: Path, text: str) -> bytes:
    """Return the type description of an interface.

    Raises
    ------
    InterfaceError
        If the SDK refuses the interface.
    """
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "types.idl"), Path(folder, "types.rdb")
        source.write_text(text, encoding="ascii")
        done = subprocess.run(  # noqa: S603  a tool of the installed SDK
            [writer, writer.parents[2] / "program" / "types.rdb", source, target],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise InterfaceError(f"{writer} refuses the interface: {' '.join(done.stderr.split())}")
        return target.read_bytes()


def main(folder: Path = Path(__file__).parent) -> int:
    """Make the kept files anew."""
    writer = find_tool("unoidl-write")
    if writer is None:
        sys.stderr.write("unoidl-write is not installed; on Debian: apt-get install libreoffice-dev\n")
        return 1
    (folder / KEPT_TEXT).write_text(interface_text(), encoding="ascii", newline="\n")
    (folder / KEPT_TYPES).write_bytes(make_types(writer, interface_text()))
    sys.stdout.write(f"{KEPT_TEXT} and {KEPT_TYPES} describe {len(CATALOGUE)} functions\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
