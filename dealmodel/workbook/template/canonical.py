"""Canonical XML, for parts of workbooks: the same content is the same bytes, whichever library has written it.

References
----------
.. [1] J. Boyer & G. Marcy, *Canonical XML Version 2.0*, W3C 2013, without comments. `xml.etree` has it, too, and takes
   twice as long or longer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.parsers import expat

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Scope = Mapping[str, str]
    """Namespaces by their prefixes."""

_PLAIN = re.compile(r'[^&<"\t\n\r]*')
_QUOTED = (("&", "&amp;"), ("<", "&lt;"), ('"', "&quot;"), ("\t", "&#x9;"), ("\n", "&#xA;"), ("\r", "&#xD;"))
_XML = "http://www.w3.org/XML/1998/namespace"


def canonical(part: bytes) -> str:
    r"""Return XML in canonical form.

    Parameters
    ----------
    part
        Well-formed XML without entities of its own.

    Examples
    --------
    >>> canonical(b'<?xml version="1.0"?><a  z="1"\tb=\'"\' xmlns:x="u"><x:c/><!-- no --></a>')
    '<a b="&quot;" z="1"><x:c xmlns:x="u"></x:c></a>'
    """
    writer = _Writer()
    parser = expat.ParserCreate()
    parser.ordered_attributes = True
    parser.buffer_text = True
    parser.StartElementHandler = writer.start
    parser.EndElementHandler = writer.end
    parser.CharacterDataHandler = writer.text
    parser.ProcessingInstructionHandler = writer.instruction
    parser.Parse(part, True)  # noqa: FBT003  expat takes no keywords
    return "".join(writer.pieces)


class _Writer:
    """Writes what a parser finds."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self._scope: Scope = {"": "", "xml": _XML}
        """The namespaces of the element at hand."""
        self._written: Scope = dict(self._scope)
        """Those of them that have been written."""
        self._outer: list[tuple[Scope, Scope]] = []
        """The same of the elements around it."""
        self._begun = False
        """Whether the root has begun."""

    def start(self, name: str, attributes: list[str]) -> None:
        """Write the beginning of an element; a namespace is declared where its prefix is first used."""
        self._begun = True
        self._outer.append((self._scope, self._written))
        if not attributes and ":" not in name and self._written[""] == self._scope[""]:
            self.pieces.append(f"<{name}>")
            return
        pairs = list(zip(attributes[::2], attributes[1::2], strict=True))
        if any(key.startswith("xmlns") for key in attributes[::2]):
            pairs = self._declared(pairs)
        used = {name.rpartition(":")[0], *[key.rpartition(":")[0] for key, _ in pairs if ":" in key]}
        new = [prefix for prefix in used if self._written.get(prefix) != self._scope[prefix]]
        if len(pairs) > 1:
            pairs.sort(key=self._place)
        if new:
            spaces = {prefix: self._scope[prefix] for prefix in sorted(new)}
            self._written = {**self._written, **spaces}
            pairs = [*[(f"xmlns:{prefix}" if prefix else "xmlns", space) for prefix, space in spaces.items()], *pairs]
        self.pieces.append("".join([f"<{name}", *[f' {key}="{_quoted(value)}"' for key, value in pairs], ">"]))

    def _declared(self, pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Take in the namespaces among some attributes, and return the others."""
        scope, others = dict(self._scope), []
        for key, value in pairs:
            start, _, prefix = key.partition(":")
            if start == "xmlns":
                scope[prefix] = value
            else:
                others.append((key, value))
        self._scope = scope
        return others

    def _place(self, pair: tuple[str, str]) -> tuple[str, str]:
        """Return where an attribute stands among others: by its namespace, then by its name."""
        prefix, _, name = pair[0].rpartition(":")
        return (self._scope[prefix] if prefix else ""), name

    def end(self, name: str) -> None:
        """Write the end of an element."""
        self.pieces.append(f"</{name}>")
        self._scope, self._written = self._outer.pop()

    def text(self, text: str) -> None:
        """Write a text."""
        for character, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\r", "&#xD;")):
            if character in text:
                text = text.replace(character, written)
        self.pieces.append(text)

    def instruction(self, target: str, data: str) -> None:
        """Write an instruction to programs, on a line of its own outside the root."""
        inside = bool(self._outer)
        before, after = ("\n" if self._begun and not inside else ""), ("" if self._begun else "\n")
        self.pieces.append(f"{before}<?{target}{data and ' '}{data}?>{after}")


def _quoted(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    for character, written in _QUOTED:
        value = value.replace(character, written)
    return value
