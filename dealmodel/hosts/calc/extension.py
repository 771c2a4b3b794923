"""The extension as a file: the same content is the same bytes."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict
from importlib import resources
from typing import TYPE_CHECKING

from dealmodel.catalogue import CATALOGUE
from dealmodel.explain import version
from dealmodel.hosts.calc import config
from dealmodel.hosts.calc.interface import type_description
from dealmodel.hosts.calc.names import INTERFACE, method_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dealmodel.hosts.calc.environment import Environment

FILE, SETTINGS = "dealmodel.oxt", "settings.json"
PARTS = (
    "META-INF/manifest.xml",
    "description.xml",
    "description.txt",
    "types.rdb",
    "dealmodel.components",
    "CalcAddIns.xcu",
    "Jobs.xcu",
    "loader.py",
    "rebind.py",
    SETTINGS,
)
"""The parts, in their order: LibreOffice reads the manifest first."""
EPOCH = (1980, 1, 1, 0, 0, 0)
_CONFIGURATION = "application/vnd.sun.star.configuration-data"
_KINDS = {
    "types.rdb": "application/vnd.sun.star.uno-typelibrary;type=RDB",
    "dealmodel.components": "application/vnd.sun.star.uno-components",
    "CalcAddIns.xcu": _CONFIGURATION,
    "Jobs.xcu": _CONFIGURATION,
}
_DESCRIPTION = """The worksheet functions of dealmodel: implied valuations, dilution, cash against fines, R&D funding.
They run in the Python environment that installed this extension.
"""


def build(environment: Environment) -> bytes:
    """Build the extension.

    Parameters
    ----------
    environment
        The Python environment that its functions come from.

    Returns
    -------
    The .oxt file.
    """
    source = resources.files("dealmodel.hosts.calc")
    settings = {
        "interface": INTERFACE,
        "version": version(),
        **asdict(environment),
        "functions": {method_name(name).lower(): name for name in CATALOGUE},
    }
    made = {
        "META-INF/manifest.xml": config.manifest(_KINDS).encode(),
        "description.xml": config.description(version()).encode(),
        "description.txt": _DESCRIPTION.encode(),
        "types.rdb": type_description(),
        "dealmodel.components": config.components().encode(),
        "CalcAddIns.xcu": config.calc_add_ins().encode(),
        "Jobs.xcu": config.jobs().encode(),
        "loader.py": source.joinpath("loader.py").read_bytes(),
        "rebind.py": source.joinpath("rebind.py").read_bytes(),
        SETTINGS: json.dumps(settings, indent=1).encode(),
    }
    return pack(made)


def pack(parts: Mapping[str, bytes]) -> bytes:
    """Return parts as an .oxt file, without clock or order of their own."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in PARTS:
            if name in parts:
                member = zipfile.ZipInfo(name, EPOCH)
                member.create_system = 0
                # Stored as it is: what deflate makes of it hangs on the zlib at hand.
                archive.writestr(member, parts[name])
    return out.getvalue()
