"""The text parts of the extension: what Calc reads of the functions, and what LibreOffice reads of the extension."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from dealmodel.catalogue import CATALOGUE
from dealmodel.hosts.calc.interface import spread
from dealmodel.hosts.calc.names import EXTENSION, REBIND, SERVICE, argument_name, method_name
from dealmodel.hosts.wizard import describe, describe_arguments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dealmodel.catalogue import Entry

CATEGORIES = {"Uncertainty": "Statistical", "Help": "Information"}
"""Calc's categories for groups of ours; it knows only its own."""
CATEGORY = "Financial"
"""The category of every other group."""
OLDEST_OFFICE = "7.0"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_REGISTRY = 'xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"'
_REPLACE = 'oor:op="replace"'


def calc_add_ins() -> str:
    """Return the configuration that puts the functions into Calc: names, categories, help.

    The compatibility name lets a LibreOffice that looks it up (24.2 and later) bind the canonical names of an .xlsx.
    """
    functions = "".join(_function(entry) for entry in CATALOGUE.values())
    service = f'<node oor:name="{SERVICE}" {_REPLACE}><node oor:name="AddInFunctions">{functions}</node></node>'
    return _component("CalcAddIns", f'<node oor:name="AddInInfo">{service}</node>')


def _function(entry: Entry) -> str:
    category = CATEGORIES.get(entry.category, CATEGORY)
    help_text = f"{describe(entry)} (dealmodel: {entry.category})"
    parameters = "".join(_parameters(entry))
    return (
        f'\n<node oor:name="{method_name(entry.name)}" {_REPLACE}>'
        + _said("DisplayName", entry.name)
        + _said("Description", help_text)
        + f'<prop oor:name="Category"><value>{category}</value></prop>'
        + _said("CompatibilityName", entry.name)
        + f'<node oor:name="Parameters">{parameters}</node></node>'
    )


def _parameters(entry: Entry) -> Iterator[str]:
    texts = dict(zip((a.name for a in entry.arguments), describe_arguments(entry), strict=True))
    for name, argument in spread(entry):
        yield (
            f'<node oor:name="{argument_name(name)}" {_REPLACE}>'
            + _said("DisplayName", name)
            + _said("Description", texts[argument.name])
            + "</node>"
        )


def _said(name: str, text: str) -> str:
    return f'<prop oor:name="{name}"><value xml:lang="en">{escape(text)}</value></prop>'


def jobs() -> str:
    """Return the configuration that runs `rebind` when a document has been opened."""
    job = f'<node oor:name="{REBIND}" {_REPLACE}><prop oor:name="Service"><value>{REBIND}</value></prop></node>'
    opened = f'<node oor:name="JobList"><node oor:name="{REBIND}" {_REPLACE}/></node>'
    return _component(
        "Jobs",
        f'<node oor:name="Jobs">{job}</node>'
        f'<node oor:name="Events"><node oor:name="OnLoad" oor:op="fuse">{opened}</node></node>',
    )


def _component(name: str, content: str) -> str:
    return (
        f'{_DECLARATION}<oor:component-data {_REGISTRY} oor:name="{name}" oor:package="org.openoffice.Office">'
        f"{content}\n</oor:component-data>\n"
    )


def components() -> str:
    """Return which file holds which service."""
    files = "".join(
        f'<component loader="com.sun.star.loader.Python" uri="{file}">'
        f'<implementation name="{service}"><service name="{service}"/></implementation></component>'
        for file, service in (("loader.py", SERVICE), ("rebind.py", REBIND))
    )
    return f'{_DECLARATION}<components xmlns="http://openoffice.org/2010/uno-components">{files}</components>\n'


def manifest(kinds: dict[str, str]) -> str:
    """Return what each part of the extension is."""
    entries = "".join(
        f"<manifest:file-entry manifest:full-path={quoteattr(name)} manifest:media-type={quoteattr(kind)}/>"
        for name, kind in kinds.items()
    )
    space = 'xmlns:manifest="http://openoffice.org/2001/manifest"'
    return f"{_DECLARATION}<manifest:manifest {space}>{entries}</manifest:manifest>\n"


def description(version: str) -> str:
    """Return what the extension manager shows."""
    return (
        f'{_DECLARATION}<description xmlns="http://openoffice.org/extensions/description/2006"'
        ' xmlns:xlink="http://www.w3.org/1999/xlink">'
        f'<identifier value="{EXTENSION}"/><version value={quoteattr(version)}/>'
        '<display-name><name lang="en">dealmodel</name></display-name>'
        '<publisher><name lang="en">dealmodel</name></publisher>'
        '<extension-description><src lang="en" xlink:href="description.txt"/></extension-description>'
        "<dependencies><lo:LibreOffice-minimal-version"
        ' xmlns:lo="http://libreoffice.org/extensions/description/2011"'
        f' value="{OLDEST_OFFICE}" d:name="LibreOffice {OLDEST_OFFICE}"'
        ' xmlns:d="http://openoffice.org/extensions/description/2006"/></dependencies>'
        "</description>\n"
    )
