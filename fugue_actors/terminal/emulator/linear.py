"""Linear output: lines that need not be drawn until somebody looks. PURE.

1. Linear is text with SGR, tabs, erasing to the end of the row, and CR LF at each end of a line.
   Each line begins in the first column, so it means the same wherever it scrolls.
2. Most output is linear, and most of it is never looked at on the screen. It is recognised at the
   speed of C and kept as it came.
3. What it draws is defined by drawing it: on a screen of one line (`Raw.rows`).
"""

from __future__ import annotations

import codecs
import re
import sys

from fugue_actors.terminal.emulator.history import History
from fugue_actors.terminal.emulator.machine import Machine
from fugue_actors.terminal.emulator.packed import Line
from fugue_actors.terminal.emulator.pens import PLAIN_PEN, Pen
from fugue_actors.terminal.emulator.rows import Row

TEXT = bytes([9, 27, *range(32, 127), *range(128, 256)])
"""Printable, tab and ESC."""
OTHER_SEQUENCE = re.compile(rb"\x1b(?!\[(?:[0-9;:]{0,48}m|0?K))")
LONE_RETURN = re.compile(rb"\r[^\n]")
C1 = re.compile(rb"\xc2[\x80-\x9f]")
STYLE = re.compile(rb"\x1b\[[0-9;:]*m")
BEGUN_SEQUENCE = re.compile(rb"\x1b(?:\[[0-9;:]{0,48})?")

PLAIN = bytes([10, 13, *range(32, 127)])


def line_ends(output: bytes) -> int | None:
    """How many lines end in linear output, its last maybe not finished; else None."""
    ends = output.translate(None, TEXT)
    count = ends.count(b"\r\n")
    if (
        2 * count != len(ends)
        or LONE_RETURN.search(output)
        or (b"\x1b" in output and OTHER_SEQUENCE.search(output))
        or (not output.isascii() and C1.search(output))
    ):
        return None
    return count


def draw(machine: Machine, output: bytes, count: int) -> None:
    """Have linear output drawn, as if it were drawn from its start.

    Args:
        count: How many lines end in it.
    """
    if count <= 3 * machine.screen.lines and not machine.is_void:
        machine.feed(output)
        return
    end = fold(machine, output, count)
    # The rows above the last are gone by the time that the end is drawn.
    screen = machine.screen
    history, screen.history = screen.history, History(sys.maxsize, screen.columns)
    machine.feed(end)
    for line in screen.history.lines[screen.lines - 1 :]:
        history.append_line(line, screen.moment)
    screen.history = history
    machine.is_void = False


def fold(machine: Machine, output: bytes, count: int) -> bytes:
    """Have all but the end of much linear output put into history.

    Only the beginning is drawn, down to the last row of the screen. The screen is void then:
    nothing but the end may be drawn on it, by `draw`.

    Args:
        count: How many lines end in it, at least two screens of them; if the screen is void
            already, at least one.

    Returns:
        The end, in which as many lines end as the screen has.
    """
    screen, history = machine.screen, machine.screen.history
    lines = screen.lines
    start, end = 0, len(output)
    for _ in range(lines + 1):
        end = output.rfind(b"\n", 0, end)
    if not machine.is_void:
        for _ in range(lines - screen.cursor.y):
            start = output.find(b"\n", start) + 1
            count -= 1
        machine.feed(output[:start])
        for row in screen.buffer[:-1]:
            history.append(row, screen.moment)
        machine.is_void = True
    if count > lines:
        between = Raw(
            output[start : end + 1],
            count - lines,
            pen=screen.pen,
            columns=screen.columns,
            moment=screen.moment,
        )
        history.append_block(between)
        screen.pen = pen_after(screen.pen, between.output)
    screen.buffer = [Row() for _ in range(lines - 1)] + [screen.new_row()]
    return output[end + 1 :]


def begun(output: bytes) -> int:
    """Bytes at the end that begin what only the next piece of output completes.

    That is a CR, part of a sequence, or part of a character.
    """
    last = output[-1]
    if last == 13:
        return 1
    if last >= 128:
        return begun_character(output)
    start = output.rfind(b"\x1b", -52)
    if start >= 0 and BEGUN_SEQUENCE.fullmatch(output, start):
        return len(output) - start
    return 0


def begun_character(output: bytes) -> int:
    """Bytes of an unfinished character at the end."""
    for length in range(1, min(3, len(output)) + 1):
        byte = output[-length]
        if byte < 128:
            return 0
        if byte >= 192:
            _, used = codecs.utf_8_decode(output[-length:], "replace", False)
            return length - used
    return 0


def pen_after(pen: Pen, output: bytes) -> Pen:
    """The pen after linear output."""
    if b"\x1b" not in output:
        return pen
    reset = max(output.rfind(b"\x1b[m"), output.rfind(b"\x1b[0m"))
    if reset >= 0:
        pen, output = PLAIN_PEN, output[reset:]
    for match in STYLE.finditer(output):
        sequence = match[0].decode("ascii")
        pen = pen.after.get(sequence) or pen.learn(sequence, sequence[2:-1])
    return pen


class Raw:
    """A block of history: whole lines of linear output.

    Args:
        output: Ends with CR LF.
        count: How many lines it is.
        pen: What it is drawn with at the start.
        columns: How wide the screen was.
        moment: What its rows are stamped with.
    """

    is_open = False

    def __init__(
        self, output: bytes, count: int, *, pen: Pen, columns: int, moment: int
    ) -> None:
        self.output = output
        self.count = count
        self.pen = pen
        self.columns = columns
        self.moment = moment
        self.size = len(output)
        self.dropped = 0

    def rows(self, least: int) -> list[Line]:
        """At least so many of its last rows."""
        self.forget()
        # As many lines as may be enough, with every byte of them drawn.
        lines = 1 + min(least, least * self.columns * self.count // self.size)
        while lines < self.count:
            head = self.output.rsplit(b"\r\n", lines + 1)[0] + b"\r\n"
            rows = self.draw(self.output[len(head) :], pen_after(self.pen, head))
            if len(rows) >= least:
                return rows
            lines *= 4
        return self.draw(self.output, self.pen)

    def between(self, start: int, end: int) -> list[Line]:
        """The rows of some of its lines; no others are drawn."""
        if start >= self.count or start >= end:
            return []
        self.forget()
        lines = self.output.split(b"\r\n", end)
        head = b"".join(line + b"\r\n" for line in lines[:start])
        wanted = lines[start : min(end, self.count)]
        output = b"".join(line + b"\r\n" for line in wanted)
        return self.draw(output, pen_after(self.pen, head))

    def drop(self, lines: int) -> int:
        """Drop lines at the front; their bytes go when somebody looks, or with the last."""
        if lines >= self.count:
            self.output, self.count, self.size, self.dropped = b"", 0, 0, 0
        else:
            self.count -= lines
            self.dropped += lines
        return self.moment

    def forget(self) -> None:
        """Cut off what was dropped."""
        if self.dropped:
            rest = self.output.split(b"\r\n", self.dropped)[-1]
            self.pen = pen_after(self.pen, self.output[: -len(rest)])
            self.output, self.dropped = rest, 0

    def pop(self) -> list[Line]:
        """Take the rows of the last line out."""
        self.forget()
        start = self.output.rfind(b"\n", 0, -1) + 1
        head = self.output[:start]
        rows = self.draw(self.output[start:], pen_after(self.pen, head))
        self.output = head
        self.count -= 1
        self.size = len(self.output)
        return rows

    def draw(self, output: bytes, pen: Pen) -> list[Line]:
        """The rows of some of its lines."""
        if pen is PLAIN_PEN and not output.translate(None, PLAIN):
            lines = output.decode("ascii").split("\r\n")[:-1]
            if max(map(len, lines), default=0) <= self.columns:
                return [Line(line, changed=self.moment) for line in lines]
        machine = Machine(self.columns, 1, history_lines=self.count + 1)
        machine.screen.history.limit_bytes = sys.maxsize
        machine.screen.moment = self.moment
        machine.screen.pen = pen
        machine.screen.buffer[0] = machine.screen.new_row()
        machine.feed(output)
        return machine.screen.history.lines
