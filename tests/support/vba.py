"""Independent readers of VBA: a grammar made of Microsoft's specification, and oletools."""

from __future__ import annotations

import re
import warnings

from antlr4 import CommonTokenStream, InputStream
from antlr4.error.ErrorListener import ErrorListener
from antlr4_vba.vbaLexer import vbaLexer
from antlr4_vba.vbaParser import vbaParser

with warnings.catch_warnings():
    # It calls pyparsing by its old names.
    warnings.simplefilter("ignore", DeprecationWarning)
    from oletools.olevba import VBA_Parser, decompress_stream

_ONLY_STORED = re.compile(r"^Attribute VB_(?:Base|TemplateDerived|Customizable) = .*\r\n", re.MULTILINE)
_CLASS_HEADER = "VERSION 1.0 CLASS\r\nBEGIN\r\n  MultiUse = -1  'True\r\nEND\r\n"


class _Listener(ErrorListener):  # type: ignore[misc]
    def __init__(self) -> None:
        self.errors: list[str] = []

    def syntaxError(  # noqa: N802  antlr4's name
        self, recognizer: object, symbol: object, line: int, column: int, message: str, error: object
    ) -> None:
        del recognizer, symbol, error
        self.errors.append(f"line {line}, column {column}: {message}")


def syntax_errors(source: str) -> list[str]:
    """Return what the grammar of VBA finds wrong in a module's source."""
    if "Attribute VB_Base" in source:
        source = _CLASS_HEADER + _ONLY_STORED.sub("", source)
    listener = _Listener()
    lexer = vbaLexer(InputStream(source))
    parser = vbaParser(CommonTokenStream(lexer))
    for recognizer in (lexer, parser):
        recognizer.removeErrorListeners()
        recognizer.addErrorListener(listener)
    parser.startRule()  # type: ignore[no-untyped-call]
    return listener.errors


def unpacked(data: bytes) -> bytes:
    """Return what olevba unpacks from a compressed container."""
    return bytes(decompress_stream(bytearray(data)))


def sources(data: bytes, name: str) -> dict[str, str]:
    """Return the source of every module that olevba finds in a file, by the name of its stream."""
    parser = VBA_Parser(name, data=data)
    try:
        return {stream: code for _, stream, _, code in parser.extract_macros()}
    finally:
        parser.close()
