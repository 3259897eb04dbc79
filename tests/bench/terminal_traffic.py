"""Files of terminal output, of the shapes that matter: text, coloured logs, redraws.

The redraws are those of full-screen programs on 200 by 50 cells: a table that is painted
anew as `htop` does it, an editor that scrolls within margins as `vim` does, an agent's
box that erases its lines and draws them again, and small updates all over the screen.
From fixed seeds, so every run and machine gets the same bytes.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

COLUMNS, LINES = 200, 50
SIZE = 20_000_000

WORDS = (
    *("server", "request", "connection", "accepted", "closed", "timeout", "retry"),
    *("worker", "queue", "message", "delivered", "pending", "failed", "checksum"),
    *("index", "partition", "offset", "commit", "snapshot", "cache", "miss", "hit"),
    *("GET", "POST", "/api/v1/items", "/healthz", "200", "404", "503", "12ms", "3.4s"),
    *("def", "return", "import", "class", "self", "None", "yield", "await", "async"),
)
LEVELS = (("32", "INFO"), ("33", "WARN"), ("31;1", "ERROR"), ("36", "DEBUG"))
SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


def sentence(random: Random, width: int) -> str:
    """Words up to a width."""
    return " ".join(random.choices(WORDS, k=width // 7))[:width]


def plain(random: Random) -> Iterator[str]:
    """Text, some lines longer than the screen is wide."""
    number = 0
    while True:
        number += 1
        yield f"{number:8} {sentence(random, random.choice((20, 60, 90, 120, 260)))}\n"


def coloured(random: Random) -> Iterator[str]:
    """A log with coloured times, levels and names."""
    number = 0
    while True:
        number += 1
        colour, level = random.choice(LEVELS)
        clock = f"{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}"
        yield (
            f"\x1b[90m{clock}\x1b[0m \x1b[{colour}m{level:5}\x1b[0m "
            f"\x1b[38;5;{random.randrange(17, 231)}m{random.choice(WORDS)}\x1b[39m "
            f"{sentence(random, random.choice((30, 60, 90)))} "
            f"\x1b[2mid=\x1b[22m\x1b[38;2;120;{number % 256};200m{number:x}\x1b[0m\n"
        )


def table(random: Random) -> Iterator[str]:
    """Frames of a table: every row is addressed, in several colours, to its end."""
    while True:
        rows = ["\x1b[?25l"]
        for y in range(1, LINES):
            cells = (
                f"\x1b[{random.choice((32, 36, 39, 90))}m{random.randrange(10**6):>8} "
                f"\x1b[39m{random.choice(WORDS):<12}"
                for _ in range(random.randint(3, 8))
            )
            rows.append(f"\x1b[{y};1H{''.join(cells)}\x1b[K")
        bar = "|" * random.randint(1, 60)
        yield (
            "".join(rows) + f"\x1b[{LINES};1H\x1b[30;46m{bar:<80}\x1b[m\x1b[K\x1b[?25h"
        )


def editor(random: Random) -> Iterator[str]:
    """An editor that scrolls: margins, a new line in colours, the status line."""
    number = 0
    while True:
        number += 1
        words = (
            f"\x1b[{random.choice((33, 34, 35, 36, 39))}m{random.choice(WORDS)}\x1b[m "
            for _ in range(random.randint(1, 12))
        )
        yield (
            f"\x1b[?25l\x1b[1;{LINES - 2}r\x1b[{LINES - 2};1H\n\x1b[1;{LINES}r"
            f"\x1b[{LINES - 2};1H\x1b[38;5;130m{number:4} \x1b[m{''.join(words)}"
            f"\x1b[{LINES};{COLUMNS - 20}H\x1b[K{number},1\x1b[{LINES - 2};6H\x1b[?25h"
        )


def agent(random: Random) -> Iterator[str]:
    """A box at the cursor whose lines are erased and drawn again, with a spinner."""
    number, height = 0, 0
    while True:
        number += 1
        erased = "\x1b[2K\x1b[1A" * height + "\x1b[2K\x1b[G"
        log = ""
        if number % 10 == 0:
            log = f"\x1b[38;2;153;153;153m⏺ {sentence(random, 150)}\x1b[39m\r\n"
        body = "".join(
            f"\x1b[38;5;244m│\x1b[39m {sentence(random, 80):<100}\x1b[38;5;244m│\x1b[39m\r\n"
            for _ in range(random.randint(2, 5))
        )
        height = body.count("\n") + 3
        spinner = SPINNER[number % len(SPINNER)]
        yield (
            f"\x1b[?2026h{erased}{log}\x1b[38;2;215;119;87m{spinner} Working… "
            f"\x1b[38;5;246m({number}s · esc to interrupt)\x1b[39m\r\n"
            f"\x1b[38;5;244m╭{'─' * 101}╮\x1b[39m\r\n{body}"
            f"\x1b[38;5;244m╰{'─' * 101}╯\x1b[39m\r\n\x1b[?2026l"
        )


def updates(random: Random) -> Iterator[str]:
    """Short words anywhere, as counters and clocks are drawn."""
    while True:
        yield (
            f"\x1b[{random.randint(1, LINES)};{random.randint(1, COLUMNS - 20)}H"
            f"\x1b[{random.choice((1, 7, 31, 32, 44, 0))}m{random.choice(WORDS)}\x1b[m"
        )


def redraws(random: Random) -> Iterator[str]:
    """Some hundred frames of one program, then of the next."""
    programs = [make(random) for make in (table, editor, agent, updates)]
    counts = (10, 300, 100, 1500)  # about as many bytes of each
    while True:
        for program, count in zip(programs, counts, strict=True):
            yield "\x1b[m\x1b[H\x1b[2J"
            yield from (next(program) for _ in range(count))


KINDS: dict[str, Callable[[Random], Iterator[str]]] = {
    "plain": plain,
    "coloured": coloured,
    "redraws": redraws,
}


def write(kind: str, path: Path, size: int = SIZE) -> None:
    """A file of one kind, at least as large as asked for; ends on a fresh line."""
    pieces = KINDS[kind](Random(kind))
    written = 0
    with path.open("wb") as file:
        while written < size:
            written += file.write(next(pieces).encode())
        file.write(b"\x1b[m\r\n")
