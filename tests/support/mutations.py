"""Damaged workbooks: bits flipped, bytes cut, moved and replaced, in the file and in its parts."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sys
import time
from typing import TYPE_CHECKING

from dealmodel.errors import DealModelError
from dealmodel.workbook.model import Model
from tests.support.workbooks import parts_of, zipped

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

PIECES = (
    *(b"<", b">", b'"', b"&", b"&#0;", b"\0", b"=", b"'", b"\xff\xfe", b"<!--", b"]]>", b"_xD800_", b"1e999", b"-1"),
    *(b"9" * 20, b'<c r="A1"/>', b"A1:XFD1048576", b'r="ZZZ9"', b't="s"', b"<f>A1</f>", b"<f>INDIRECT(A1)</f>"),
    *(b"<f>", b"</f>", b"</c>", b"</row>", b"(" * 70, b"SUM(", b"{1,2;3}", b"#REF!", b't="array" ref="A1:C9"', b"$"),
    *(b'<f t="shared" si="0"/>', b"1:1048576", b"A:XFD", b"S!A1", b'ref="A1:A3"', b"<v/>", b"\xed\xa0\x80", b"^", b"%"),
)


_NUMBERS = (b"-1", b"0", b"4294967296", b"99999999999999999999", b"1e999", b"nan", b"0x7", b"", b" 1 ", b"\xc2\xb2")
_REFERENCES = (b"A0", b"XFE1", b"A1048577", b"A1:", b":A1", b"B2:A1", b"A1:XFD1048576", b"R1C1", b"$A$1", b"#REF!", b"")
_KINDS = (b"s", b"str", b"inlineStr", b"b", b"e", b"d", b"n", b"z", b"array", b"shared", b"dataTable", b"normal")
_VALUE = re.compile(rb"""(?<==)("[^"]*"|'[^']*')""")
_ELEMENT = re.compile(rb"<([\w:]+)\b[^<>]*?(?:/>|>[^<>]*</\1>)")


def _altered(part: bytes, chance: random.Random) -> bytes:
    """Return a part with the value of an attribute replaced by one that is likely to hurt."""
    found = list(_VALUE.finditer(part))
    if not found:
        return part
    at = chance.choice(found)
    new = chance.choice([*_NUMBERS, *_REFERENCES, *_KINDS, chance.choice(found)[0][1:-1]])
    return part[: at.start()] + b'"' + new + b'"' + part[at.end() :]


def _moved(part: bytes, chance: random.Random) -> bytes:
    """Return a part with an element taken out, doubled, or put behind another one."""
    found = list(_ELEMENT.finditer(part))
    if not found:
        return part
    one, other = chance.choice(found), chance.choice(found)
    kind = chance.randrange(3)
    if kind == 0:
        return part[: one.start()] + part[one.end() :]
    place = one.end() if kind == 1 else other.end()
    return part[:place] + one[0] + part[place:]


def _encoded(part: bytes, chance: random.Random) -> bytes:
    """Return a part in another encoding, which its declaration may not tell."""
    text = part.decode("utf-8", "replace")
    codec = chance.choice(["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "cp037", "utf-8-sig", "latin-1"])
    if chance.random() < 0.5:
        text = f'<?xml version="1.0" encoding="{codec}"?>{text.partition("?>")[2] or text}'
    return text.encode(codec, "replace")[: chance.choice([None, None, -1, -3])]


def rearranged(parts: dict[str, bytes], chance: random.Random) -> bytes:
    """Return a file whose parts are whole XML for the most part, and mean something else."""
    names = [name for name in parts if parts[name]]
    read = [name for name in names if name.endswith((".xml", ".rels"))]
    done = dict(parts)
    for _ in range(chance.choice([1, 1, 2, 5])):
        one, other = chance.choice(read), chance.choice(names)
        kind = chance.randrange(10)
        if kind < 5:
            done[one] = _altered(done[one], chance)
        elif kind < 7:
            done[one] = _moved(done[one], chance)
        elif kind == 7:
            done[one] = _encoded(done[one], chance)
        elif kind == 8:
            done[one], done[other] = done[other], done[one]
        else:
            new = chance.choice([one.upper(), one.replace("/", "\\"), "../" + one, one + "\0", "x" * 300])
            done = {new if name == one else name: part for name, part in done.items()}
            return zipped(done)
    return zipped(done)


def flipped(data: bytes, chance: random.Random) -> bytes:
    """Return a file with some bits flipped."""
    damaged = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 5, 20])):
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def garbled(parts: dict[str, bytes], chance: random.Random) -> bytes:
    """Return a file with a part in which bytes are missing, doubled, or replaced by what is likely to hurt."""
    name = chance.choice([name for name in parts if parts[name]])
    part = bytearray(parts[name])
    for _ in range(chance.choice([1, 1, 3, 10])):
        at = chance.randrange(len(part) + 1)
        if chance.random() < 0.3:
            del part[at : at + chance.randrange(30)]
        elif chance.random() < 0.5:
            copied = chance.randrange(len(part) + 1)
            part[at:at] = part[copied : copied + chance.randrange(60)]
        else:
            part[at:at] = chance.choice(PIECES)
    return zipped({**parts, name: bytes(part)})


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return a file damaged in one of these ways, or cut short."""
    kind = chance.random()
    if kind < 0.1:
        return data[: chance.randrange(len(data))]
    if kind < 0.3:
        return flipped(data, chance)
    return (garbled if kind < 0.6 else rearranged)(parts_of(data), chance)


def use(data: bytes) -> None:
    """Do with a file what the command line may do with it."""
    model = Model.from_bytes(data, "book.xlsx")
    model.to_bytes()
    model.to_frame()
    for name in model.inputs:
        model.set(name, 7)
    Model.from_bytes(model.to_bytes(), "book.xlsx").recalculate()


def refuse_or_use(data: bytes, seconds: float = 1.5) -> None:
    """Require a refusal in words or a result, within some seconds of computing."""
    begin = time.process_time()
    with contextlib.suppress(DealModelError):
        use(data)
    assert time.process_time() - begin < seconds


def in_a_child(work: Callable[[], None], seconds: int) -> str:
    """Return how a piece of work ends in a process of its own: `done`, the name of a signal, or `raised`."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if not child:
        code = 1
        try:
            signal.alarm(seconds)
            work()
            code = 0
        finally:
            os._exit(code)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return {0: "done", 1: "raised"}[ended] if ended >= 0 else signal.Signals(-ended).name
