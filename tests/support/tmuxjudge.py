"""tmux as a terminal to compare with: feed bytes to a pane, look at what it shows.

One server with a socket of its own serves all; each pane is a session of the size that is
wanted. Its program does nothing: the pane's terminal is opened and written to from here.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import shutil
import subprocess
import tempfile
import time
import tty
from pathlib import Path
from typing import TYPE_CHECKING

from terminalview import PLAIN, Cells, Look, View, stripped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

VERSION = "3.3a"
"""The tmux that the lists of differences were made with."""

ANSWERS_WITHIN = 20.0
SYNC = b"\x1b\\\x1b[5n"
"""Ends what was left unfinished, and asks for an answer that comes when all is drawn."""
SYNCED = b"\x1b[0n"

NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
FIELDS = (
    "cursor_x",
    "cursor_y",
    "pane_width",
    "history_size",
    "alternate_on",
    "cursor_flag",
    "keypad_cursor_flag",
    "keypad_flag",
    "mouse_any_flag",
)
SWITCHES = {
    "1": "bold",
    "2": "dim",
    "3": "italic",
    "5": "blink",
    "7": "reverse",
    "8": "invisible",
    "9": "strike",
    "5:3": "overline",  # what 3.3a makes of 53
}


def why_not() -> str | None:
    """Why there is no judge here; None if there is one."""
    program = shutil.which("tmux")
    if program is None:
        return "tmux is not installed"
    answer = subprocess.run([program, "-V"], capture_output=True, check=True)
    version = answer.stdout.decode().split()[-1]
    if version != VERSION:
        return f"the differences are listed for tmux {VERSION}, and this is {version}"
    return None


class Server:
    """A tmux server in control mode.

    Args:
        process: Its client.
        directory: Where panes are told that they may end.
    """

    def __init__(self, process: subprocess.Popen[bytes], directory: Path) -> None:
        self.directory = directory
        self.panes = 0
        assert process.stdin is not None
        assert process.stdout is not None
        self.commands: IO[bytes] = process.stdin
        self.answers: IO[bytes] = process.stdout
        self.block()

    def __call__(self, command: str) -> bytes:
        """Run a command; its answer."""
        self.commands.write(command.encode() + b"\n")
        self.commands.flush()
        return self.block()

    def block(self) -> bytes:
        """The next answer; what tmux tells unasked is skipped."""
        lines: list[bytes] | None = None
        for line in self.answers:
            word = line.split(b" ", 1)[0]
            if word == b"%begin":
                lines = []
            elif word in (b"%end", b"%error") and lines is not None:
                assert word == b"%end", lines
                return b"".join(lines)
            elif lines is not None:
                lines.append(line)
        raise ConnectionError("tmux hung up")

    @contextlib.contextmanager
    def pane(self, columns: int, lines: int) -> Iterator[Pane]:
        """A new, empty pane."""
        self.panes += 1
        end = self.directory / f"end-{self.panes}"
        os.mkfifo(end)
        answer = self(
            f"new-session -d -x {columns} -y {lines} -P "
            f"-F '#{{session_id}} #{{pane_id}} #{{pane_tty}}' cat {end}"
        )
        session, pane, device = answer.decode().split()
        # Blocks until `cat` has it open too: tmux sets the terminal up before it runs.
        waiting = os.open(end, os.O_WRONLY)
        terminal = os.open(device, os.O_RDWR | os.O_NOCTTY)
        try:
            self(f"select-pane -t {pane} -T ''")
            tty.setraw(terminal)
            yield Pane(self, pane, terminal)
        finally:
            self(f"kill-session -t '{session}'")
            os.close(terminal)
            os.close(waiting)


class Pane:
    """One pane, and the other side of its terminal."""

    def __init__(self, server: Server, name: str, terminal: int) -> None:
        self.server = server
        self.name = name
        self.terminal = terminal
        self.awaited = 0
        self.replies = b""

    def feed(self, data: bytes) -> None:
        """Draw output some time soon."""
        self.awaited += data.count(b"\x1b[5n")
        while data:
            data = data[os.write(self.terminal, data) :]

    def settle(self) -> None:
        """Return when all that was fed is drawn.

        Raises:
            TimeoutError: tmux did not answer.
        """
        self.feed(SYNC)
        end = time.monotonic() + ANSWERS_WITHIN
        while self.replies.count(SYNCED) < self.awaited:
            left = max(0, end - time.monotonic())
            if not select.select([self.terminal], [], [], left)[0]:
                raise TimeoutError(f"tmux only answered {self.replies!r}")
            self.replies += os.read(self.terminal, 4096)

    def resize(self, columns: int, lines: int) -> None:
        """Change the size."""
        self.server(f"resize-window -t {self.name} -x {columns} -y {lines}")

    def view(self) -> View:
        """What it shows; spoils the last column."""
        asked = "\t".join(f"#{{{name}}}" for name in FIELDS) + "\t#{pane_title}"
        answer = self.server(f"display-message -p -t {self.name} '{asked}'")
        *numbers, title = answer.decode().rstrip("\n").split("\t")
        field = dict(zip(FIELDS, map(int, numbers), strict=True))
        history: list[str] = []
        if field["history_size"]:
            scrolled_off = parsed(self.capture("-e -N -S - -E -1"))
            history = ["".join(each for each, _ in row) for row in scrolled_off]
        rows, unknown = self.rows(field["pane_width"])
        return View(
            rows=rows,
            unknown=unknown,
            cursor=(min(field["cursor_x"], field["pane_width"] - 1), field["cursor_y"]),
            history=[line.rstrip(" ") for line in history],
            title=title,
            flags={
                "alternate": bool(field["alternate_on"]),
                "cursor visible": bool(field["cursor_flag"]),
                "application cursor": bool(field["keypad_cursor_flag"]),
                "application keypad": bool(field["keypad_flag"]),
                "mouse": bool(field["mouse_any_flag"]),
            },
        )

    def rows(self, columns: int) -> tuple[list[Cells], frozenset[int]]:
        """The rows, and which of them have an unknown last column.

        A capture ends at the last cell that was drawn, and leaves out what was erased in
        colour behind it. So a mark is drawn at the end of each row, and captured once more.
        """
        drawn = parsed(self.capture("-e -N"))
        marks = "".join(f"\x1b[{y};{columns}HX" for y in range(1, len(drawn) + 1))
        self.feed(f"\x1b[?6;7l\x1b[r\x1b[4l\x1b[m\x1b(B\x0f{marks}".encode())
        self.settle()
        longer = parsed(self.capture("-e -N"))
        rows, unknown = [], set()
        for y, (row, marked) in enumerate(zip(drawn, longer, strict=True)):
            is_longer = len(marked) > len(row) and marked[: len(row)] == row
            rows.append(stripped(marked[:-1] if is_longer else row))
            if is_longer:
                unknown.add(y)
        return rows, frozenset(unknown)

    def capture(self, options: str) -> bytes:
        """Rows as tmux writes them."""
        return self.server(f"capture-pane -p {options} -t {self.name}")


@contextlib.contextmanager
def judge() -> Iterator[Server]:
    """A server that ends with the block."""
    with tempfile.TemporaryDirectory(prefix="fg-") as directory:
        server = ["tmux", "-u", "-S", str(Path(directory) / "s"), "-f", "/dev/null"]
        process = subprocess.Popen(
            [*server, "-C", "new-session", "-x", "80", "-y", "24", "cat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={
                "PATH": os.environ["PATH"],
                "TERM": "xterm-256color",
                "LC_ALL": "C.UTF-8",
            },
        )
        try:
            running = Server(process, Path(directory))
            running("set-option -g status off")
            running("set-option -g history-limit 10000")
            yield running
        finally:
            subprocess.run([*server, "kill-server"], check=True)
            process.communicate(timeout=10)


TOKEN = re.compile("\x1b\\[([0-9;:]*)m|\x1b.|[\x0e\x0f]|[^\x1b\x0e\x0f]", re.DOTALL)
LINE_DRAWING = str.maketrans(
    "+,-.0`abcdefghijklmnopqrstuvwxyz{|}~",
    "→←↑↓█◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·",
)


def parsed(capture: bytes) -> list[Cells]:
    """The rows of a capture with styles."""
    rows: list[Cells] = []
    look, is_drawing = PLAIN, False
    for line in capture.decode().split("\n")[:-1]:
        row: Cells = []
        for match in TOKEN.finditer(line):
            token = match[0]
            if match[1] is not None:
                look = restyled(look, match[1].split(";"))
            elif token in "\x0e\x0f":
                is_drawing = token == "\x0e"
            else:
                assert token[0] != "\x1b", line
                row.append(
                    (token.translate(LINE_DRAWING) if is_drawing else token, look)
                )
        rows.append(row)
    return rows


def restyled(look: Look, codes: list[str]) -> Look:
    """The look after SGR as tmux writes it."""
    while codes:
        code = codes.pop(0)
        if code in ("", "0"):
            look = PLAIN
        elif code in SWITCHES:
            look = look._replace(attributes=look.attributes | {SWITCHES[code]})
        elif code == "4" or code.startswith("4:"):
            look = look._replace(underline=int(code[2:] or 1))
        elif code in ("39", "49", "59"):
            name = {"39": "fg", "49": "bg", "59": "line"}[code]
            look = look._replace(**{name: "default"})
        elif code in ("38", "48", "58"):
            count = 2 if codes[0] == "5" else 4
            name = {"38": "fg", "48": "bg", "58": "line"}[code]
            look = look._replace(
                **{name: colour([int(each) for each in codes[:count]])}
            )
            del codes[:count]
        elif code.startswith("58:"):
            numbers = [int(each) for each in code.split(":")[1:] if each]
            look = look._replace(line=colour(numbers))
        else:
            number = int(code)
            name = "fg" if number // 10 in (3, 9) else "bg"
            bright = 8 if number >= 90 else 0
            look = look._replace(**{name: colour([5, number % 10 + bright])})
    return look


def colour(numbers: list[int]) -> str:
    """A colour's name or six digits, as ours are called."""
    if numbers[0] == 2:
        return "".join(f"{each:02x}" for each in numbers[1:])
    index = numbers[1]
    if index < 16:
        return ("" if index < 8 else "bright") + NAMES[index % 8]
    if index >= 232:
        return f"{8 + 10 * (index - 232):02x}" * 3
    steps = (0, 0x5F, 0x87, 0xAF, 0xD7, 0xFF)
    index -= 16
    return "".join(f"{steps[index // 6**place % 6]:02x}" for place in (2, 1, 0))
