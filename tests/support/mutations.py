"""Damaged workbooks: bits flipped, bytes cut, moved and replaced, in the file and in its parts."""

from __future__ import annotations

import contextlib
import os
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
    return flipped(data, chance) if kind < 0.4 else garbled(parts_of(data), chance)


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
