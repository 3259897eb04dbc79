"""Millions of random bytes for the emulator: `nox -s fuzz`, or

    python tests/support/terminalfuzz.py [--bytes N] [--seed N]

Four kinds of them, each in random pieces, with new sizes and readers in between. It must
not raise, keep its screen in shape, and stay within bounds of time and memory. Fails if
it does not; the seed that is printed gives the same bytes again.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from contextlib import contextmanager
from random import Random
from typing import TYPE_CHECKING

import attrs
import psutil
import terminalgrammar
from terminalcases import CASES

from fugue_actors.terminal import snapshot
from fugue_actors.terminal.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PIECE_BYTES = 4096
"""About what one read of a terminal gives; pieces are at most so long."""
SECONDS_LIMIT = 5.0
"""Nothing takes so much processor time, whatever the bytes."""
MEMORY_LIMIT_BYTES = 96 * 1024 * 1024
"""The emulator never takes so much: history is bounded to 16 MiB, the screen to its size."""
SIZES = ((200, 50), (80, 24), (20, 6), (1000, 1000), (2, 1), (132, 43))
LOOK_BYTES = 64 * 1024
"""Somebody reads the screen about so often."""

PARAMETERS = (
    "",
    "0",
    "1",
    "2",
    "7",
    "25",
    "1049",
    "999",
    "99999999999",
    "4:3",
    ";;",
    "?",
    ">",
    "<",
    "=",
)
FINALS = [chr(code) for code in range(0x40, 0x7F)]
PIECES = (
    "\x1b",
    "\x1b[",
    "\x1b]0;",
    "\x1bP",
    "\x1b_",
    "\x07",
    "\x1b\\",
    "\x9b",
    "\x18",
    "\r\n",
    "\t",
    "\x0e",
)


def noise(random: Random) -> bytes:
    """Any bytes."""
    return random.randbytes(512)


def sequences(random: Random) -> bytes:
    """Sequences, whole and broken, with text in between."""
    kind = random.random()
    if kind < 0.5:
        parameters = ";".join(random.choices(PARAMETERS, k=random.randint(0, 4)))
        return f"\x1b[{parameters}{random.choice(FINALS)}".encode()
    if kind < 0.7:
        return random.choice(PIECES).encode()
    if kind < 0.8:
        return chr(
            random.choice((random.randrange(0x20, 0xD800), 0x200D, 0x301, 0x1F468))
        ).encode()
    return terminalgrammar.word(random).encode()


def mutated(random: Random) -> bytes:
    """What programs write, with bytes lost, doubled and changed."""
    grammar = terminalgrammar.Grammar(random, 80, 24)
    make = random.choice((grammar.screens, grammar.logs))
    data = bytearray(make(40).encode())
    for _ in range(random.randint(0, 6)):
        place = random.randrange(len(data))
        change = random.randrange(3)
        if change == 0:
            del data[place : place + random.randint(1, 5)]
        elif change == 1:
            data[place:place] = data[place : place + random.randint(1, 40)]
        else:
            data[place] = random.randrange(256)
    return bytes(data)


def hostile(random: Random) -> bytes:
    """What would cost much if it were carried out to the letter."""
    return random.choice(HOSTILE)


def steps() -> Iterator[bytes]:
    """All streams of the table of cases."""
    for streams in CASES.values():
        for stream in streams.values():
            for step in stream if isinstance(stream, tuple) else (stream,):
                if not isinstance(step, tuple):
                    yield step if isinstance(step, bytes) else step.encode()


HOSTILE = [
    b"x\x1b[99999b",
    b"\x1b[9999999@" * 30,
    b"\x1b[9999999L" * 30,
    b"\x1b[9999999S" * 30,
    b"\x1b[99999I\x1b[99999Z" * 30,
    b"a" + "\u0301".encode() * 1000,
    "👨\u200d".encode() * 500,
    b"\x1b[?1049h\x1b[?1049l" * 100,
    b"\x1b[" + b"1;" * 2000 + b"m",
    b"\x1b]2;" + b"t" * 4000,
    b"\x1bP" + b"q" * 4000,
    b"\x1b[22t" * 500,
    b"\x1b]9;x\x07" * 300,
    b"\x1b[6n\x1b[c" * 300,
    b"\x1b[38;2;1;2;3m\x1b[48;5;4mx" * 100,
    b"\x1b#8\x1b[2J" * 100,
    b"\n" * 4000,
    *steps(),
]

KINDS: dict[str, Callable[[Random], bytes]] = {
    "noise": noise,
    "sequences": sequences,
    "mutated": mutated,
    "hostile": hostile,
}


class Watch:
    """Processor time by what it went for: the sum, and the most that one piece took."""

    def __init__(self) -> None:
        self.total: dict[str, float] = {}
        self.most: dict[str, float] = {}

    @contextmanager
    def on(self, what: str) -> Iterator[None]:
        """Count what happens in the block.

        Raises:
            AssertionError: It took too long.
        """
        began = time.process_time()
        yield
        taken = time.process_time() - began
        self.total[what] = self.total.get(what, 0.0) + taken
        self.most[what] = max(self.most.get(what, 0.0), taken)
        assert taken < SECONDS_LIMIT, f"{what} took {taken:.1f} s"


@attrs.frozen(kw_only=True)
class Report:
    """How it went with one kind of bytes.

    Attributes:
        size: Bytes that were fed.
        memory: Bytes by which the process grew.
    """

    kind: str
    size: int
    watch: Watch
    memory: int

    def __str__(self) -> str:
        rate = self.size / 1e6 / self.watch.total["feed"]
        slowest = ", ".join(
            f"{what} {seconds * 1e3:.0f}" for what, seconds in self.watch.most.items()
        )
        return (
            f"{self.kind:10} {self.size:>11,} bytes  {rate:5.2f} MB/s  "
            f"slowest, in ms: {slowest}  memory {self.memory / 1e6:+.1f} MB"
        )


def fuzz(kind: str, size: int, seed: int) -> Report:
    """Feed an emulator with at least so many bytes of one kind.

    Raises:
        AssertionError: The screen is out of shape, or a bound does not hold.
    """
    random = Random(f"{kind} {seed}")
    make = KINDS[kind]
    gc.collect()
    before = psutil.Process().memory_info().rss
    emulator, watch = Emulator(80, 24), Watch()
    fed, look_at, resize_at = 0, 0, 0
    waiting = b""
    while fed < size:
        while len(waiting) < PIECE_BYTES:
            waiting += make(random)
        length = random.choice((1, 7, 100, 1000, PIECE_BYTES))
        piece, waiting = waiting[:length], waiting[length:]
        with watch.on("feed"):
            emulator.feed(piece)
            emulator.take_replies()
        fed += len(piece)
        if fed >= resize_at:
            with watch.on("resize"):
                emulator.resize(*random.choice(SIZES))
            resize_at = fed + random.randint(1, 8 * LOOK_BYTES)
        if fed >= look_at:
            with watch.on("look"):
                look(emulator, random)
            look_at = fed + random.randint(1, 2 * LOOK_BYTES)
    gc.collect()
    memory = psutil.Process().memory_info().rss - before
    assert memory < MEMORY_LIMIT_BYTES, f"{memory} bytes more"
    return Report(kind=kind, size=fed, watch=watch, memory=memory)


def look(emulator: Emulator, random: Random) -> None:
    """Read the screen, and check that it is one."""
    since = random.choice((None, emulator.output // 2))
    shot = snapshot.take(emulator, history=100, since=since, styled=True)
    assert shot.rows is not None
    assert len(shot.text) == len(shot.rows) == shot.lines == emulator.lines
    assert 0 <= shot.cursor.x < shot.columns
    assert 0 <= shot.cursor.y < shot.lines


def main() -> None:
    """All kinds, and a line about each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bytes", type=int, default=10_000_000, help="of each kind")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    print(f"seed {options.seed}, Python {sys.version.split()[0]}")
    for kind in KINDS:
        print(fuzz(kind, options.bytes, options.seed), flush=True)


if __name__ == "__main__":
    main()
