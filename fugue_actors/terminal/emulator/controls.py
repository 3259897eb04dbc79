"""What each control and sequence does: tables over a `Screen`. PURE.

Keys of the table of control sequences are prefix, intermediates and final character together, so
`CSI ? 1 h` is "?h". What is not in a table does nothing. Queries are answered into `replies`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyte.modes as mo

from fugue_actors import __version__
from fugue_actors.terminal.emulator.announcements import BELL, Announcements

if TYPE_CHECKING:
    from collections.abc import Callable

    from fugue_actors.terminal.emulator.screen import Screen

Numbers = list[int]

NUMBER_LIMIT = 9999
REPLIES_LIMIT_BYTES = 4096

KEYBOARD_FLAGS = 1
"""What of the kitty protocol is known: unambiguous escape codes."""
KEYBOARD_STACK_LIMIT = 16

CURSOR_SHAPES = (
    "default",
    "blinking-block",
    "block",
    "blinking-underline",
    "underline",
    "blinking-bar",
    "bar",
)

ALTERNATE_MODES = {47, 1047, 1049}
SAVE_CURSOR_MODE = 1048
KEYPAD_MODE = 66
REPORTED_MODES = {1, 5, 6, 7, 9, 12, 25, 66, 1000, 1002, 1003, 1004, 1006, 2004, 2026}
"""Private modes known to DECRQM, besides those of the alternate screen."""

COLOURS = {"10": "ffff/ffff/ffff", "11": "0000/0000/0000", "12": "ffff/ffff/ffff"}
"""Foreground, background and cursor, as told to programs that ask (OSC 10 to 12)."""


class Controls:
    """Receives what `Sequencer` finds and has the screen do it.

    Attributes:
        announcements: What it has said about itself.
        replies: Answers to queries, to be sent to the program.
        cursor_shape: One of `CURSOR_SHAPES`.
    """

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.announcements = Announcements()
        self.replies = bytearray()
        self.reset_own()
        self.text = screen.draw
        self.control_table: dict[str, Callable[[], object]] = {
            "\a": self.ring,
            "\b": screen.backspace,
            "\t": screen.tab,
            "\n": screen.linefeed,
            "\v": screen.linefeed,
            "\f": screen.linefeed,
            "\r": screen.carriage_return,
            "\x0e": screen.shift_out,
            "\x0f": screen.shift_in,
        }
        self.escape_table: dict[str, Callable[[], object]] = {
            "7": screen.save_cursor,
            "8": screen.restore_cursor,
            "D": screen.index,
            "E": self.next_line,
            "H": screen.set_tab_stop,
            "M": screen.reverse_index,
            "Z": self.report_identity,
            "c": self.reset,
            "=": lambda: self.screen.put_mode(KEYPAD_MODE << 5, True),
            ">": lambda: self.screen.put_mode(KEYPAD_MODE << 5, False),
            "#8": screen.alignment_display,
            "(0": lambda: self.screen.define_charset("0", "("),
            "(B": lambda: self.screen.define_charset("B", "("),
            ")0": lambda: self.screen.define_charset("0", ")"),
            ")B": lambda: self.screen.define_charset("B", ")"),
        }
        self.sequence_table: dict[str, Callable[[Numbers], object]] = {
            "@": first(screen.insert_characters),
            "A": first(screen.cursor_up),
            "B": first(screen.cursor_down),
            "C": first(screen.cursor_forward),
            "D": first(screen.cursor_back),
            "E": first(screen.cursor_down1),
            "F": first(screen.cursor_up1),
            "G": first(screen.cursor_to_column),
            "H": first_two(screen.cursor_position),
            "I": self.forward_tabs,
            "J": first(screen.erase_in_display),
            "K": first(screen.erase_in_line),
            "L": first(screen.insert_lines),
            "M": first(screen.delete_lines),
            "P": first(screen.delete_characters),
            "S": lambda numbers: self.screen.scroll_up(numbers[0] or 1),
            "T": self.scroll_down,
            "X": first(screen.erase_characters),
            "Z": self.backward_tabs,
            "`": first(screen.cursor_to_column),
            "a": first(screen.cursor_forward),
            "b": self.repeat,
            "c": self.report_identity,
            "d": first(screen.cursor_to_line),
            "e": first(screen.cursor_down),
            "f": first_two(screen.cursor_position),
            "g": first(screen.clear_tab_stop),
            "h": lambda numbers: self.put_modes(numbers, True),
            "l": lambda numbers: self.put_modes(numbers, False),
            "n": self.report_status,
            "r": first_two(screen.set_margins),
            "s": lambda _: self.screen.save_cursor(),
            "t": self.handle_window,
            "u": lambda _: self.screen.restore_cursor(),
            " q": self.choose_cursor_shape,
            "=u": self.put_keyboard_flags,
            ">u": self.push_keyboard_flags,
            "<u": self.pop_keyboard_flags,
            "?u": lambda _: self.reply(f"\x1b[?{self.keyboard_flags}u"),
            "!p": lambda _: self.screen.reset_softly(),
            "?h": lambda numbers: self.put_private_modes(numbers, True),
            "?l": lambda numbers: self.put_private_modes(numbers, False),
            "?n": self.report_private_status,
            "?$p": self.report_private_mode,
            ">c": self.report_version_number,
            ">q": self.report_version,
        }

    # What the sequencer calls; `text` is the screen's own

    def control(self, control: str) -> None:
        """Carry out a control character."""
        self.screen.last = ""
        if operation := self.control_table.get(control):
            operation()

    def escape(self, intermediates: str, final: str) -> None:
        """Carry out an escape sequence."""
        self.screen.last = ""
        if operation := self.escape_table.get(intermediates + final):
            operation()

    def sequence(
        self, prefix: str, parameters: str, intermediates: str, final: str
    ) -> None:
        """Carry out a control sequence."""
        name = prefix + intermediates + final
        if name == "m":
            self.screen.select_style(parameters)
        elif ":" not in parameters and (operation := self.sequence_table.get(name)):
            operation(
                [min(int(item or 0), NUMBER_LIMIT) for item in parameters.split(";")]
            )
        self.screen.last = ""

    def string(self, kind: str, body: str) -> None:
        """Carry out an operating system command; other strings mean nothing here."""
        if kind != "]":
            return
        command, _, argument = body.partition(";")
        if command in COLOURS:
            if argument == "?":
                self.reply(f"\x1b]{command};rgb:{COLOURS[command]}\x1b\\")
            return
        self.announcements.carry_out(body, self.screen.moment)
        if command == "133":
            self.screen.moment += 1  # what follows is newer than the mark

    def ring(self) -> None:
        """BEL."""
        self.announcements.notify(BELL)

    # Movement that pyte does not know

    def next_line(self) -> None:
        """NEL."""
        self.screen.index()
        self.screen.carriage_return()

    def forward_tabs(self, numbers: Numbers) -> None:
        """CHT."""
        for _ in range(min(numbers[0] or 1, self.screen.columns)):
            self.screen.tab()

    def backward_tabs(self, numbers: Numbers) -> None:
        """CBT."""
        for _ in range(min(numbers[0] or 1, self.screen.columns)):
            self.screen.back_tab()

    def scroll_down(self, numbers: Numbers) -> None:
        """SD; with more parameters it would start mouse tracking of old."""
        if len(numbers) == 1:
            self.screen.scroll_down(numbers[0] or 1)

    def repeat(self, numbers: Numbers) -> None:
        """REP: only directly after the character, and to the end of the row."""
        room = self.screen.columns - self.screen.cursor.x
        if self.screen.last and room > 0:
            self.screen.draw(self.screen.last * min(numbers[0] or 1, room))

    def reset(self) -> None:
        """RIS."""
        self.screen.reset()
        self.announcements.reset()
        self.reset_own()

    def reset_own(self) -> None:
        """What is neither the screen's nor an announcement, as at the start."""
        self.cursor_shape = CURSOR_SHAPES[0]
        self.keyboard_stacks: dict[bool, list[int]] = {False: [0], True: [0]}

    # Modes

    def put_modes(self, numbers: Numbers, on: bool) -> None:
        """SM and RM."""
        for number in numbers:
            if number in (mo.IRM, mo.LNM):
                self.screen.put_mode(number, on)

    def put_private_modes(self, numbers: Numbers, on: bool) -> None:
        """DECSET and DECRST."""
        for number in numbers:
            if number in ALTERNATE_MODES:
                self.switch_screen(on, saves_cursor=number == 1049)
            elif number == SAVE_CURSOR_MODE and on:
                self.screen.save_cursor()
            elif number == SAVE_CURSOR_MODE:
                self.screen.restore_cursor()
            else:
                self.screen.put_mode(number << 5, on)

    def switch_screen(self, on: bool, *, saves_cursor: bool) -> None:
        """Show the alternate or the primary screen."""
        if on == self.screen.is_alternate:
            return
        if on and saves_cursor:
            self.screen.save_cursor()
        self.screen.show_alternate(on)
        if not on and saves_cursor:
            self.screen.restore_cursor()

    def handle_window(self, numbers: Numbers) -> None:
        """XTWINOPS: the size in cells, and the stack of titles."""
        if numbers[0] == 18:
            self.reply(f"\x1b[8;{self.screen.lines};{self.screen.columns}t")
        elif numbers[0] == 22:
            self.announcements.push_title()
        elif numbers[0] == 23:
            self.announcements.pop_title()

    def choose_cursor_shape(self, numbers: Numbers) -> None:
        """DECSCUSR."""
        if numbers[0] < len(CURSOR_SHAPES):
            self.cursor_shape = CURSOR_SHAPES[numbers[0]]

    # How keys are told (kitty protocol); each screen has a stack of its own

    @property
    def keyboard_stack(self) -> list[int]:
        """The flags of the screen that is shown, never empty."""
        return self.keyboard_stacks[self.screen.is_alternate]

    @property
    def keyboard_flags(self) -> int:
        """Those in force."""
        return self.keyboard_stack[-1]

    def put_keyboard_flags(self, numbers: Numbers) -> None:
        """Set exactly these (1), these too (2), or all but these (3)."""
        flags, how = numbers[0] & KEYBOARD_FLAGS, [*numbers, 1][1] or 1
        if how == 1:
            self.keyboard_stack[-1] = flags
        elif how == 2:
            self.keyboard_stack[-1] |= flags
        elif how == 3:
            self.keyboard_stack[-1] &= ~flags

    def push_keyboard_flags(self, numbers: Numbers) -> None:
        """Remember those in force, and set others."""
        stack = self.keyboard_stack
        stack.append(numbers[0] & KEYBOARD_FLAGS)
        del stack[:-KEYBOARD_STACK_LIMIT]

    def pop_keyboard_flags(self, numbers: Numbers) -> None:
        """Go back to those remembered; none if there are no more."""
        stack = self.keyboard_stack
        del stack[-min(numbers[0] or 1, len(stack)) :]
        if not stack:
            stack.append(0)

    # Answers

    def reply(self, text: str) -> None:
        """Answer a query, unless too many answers wait already."""
        if len(self.replies) < REPLIES_LIMIT_BYTES:
            self.replies += text.encode()

    def report_identity(self, numbers: Numbers = [0]) -> None:  # noqa: B006 - not changed
        """DA1: a VT220 with colour."""
        if numbers[0] == 0:
            self.reply("\x1b[?62;22c")

    def report_version_number(self, numbers: Numbers) -> None:
        """DA2."""
        if numbers[0] == 0:
            self.reply("\x1b[>1;10;0c")

    def report_version(self, numbers: Numbers) -> None:
        """XTVERSION."""
        if numbers[0] == 0:
            self.reply(f"\x1bP>|fugue({__version__})\x1b\\")

    def report_status(self, numbers: Numbers) -> None:
        """DSR: 5 asks how the terminal is, 6 where the cursor is."""
        if numbers[0] == 5:
            self.reply("\x1b[0n")
        elif numbers[0] == 6:
            self.reply(f"\x1b[{self.cursor_place()}R")

    def report_private_status(self, numbers: Numbers) -> None:
        """DECXCPR."""
        if numbers[0] == 6:
            self.reply(f"\x1b[?{self.cursor_place()}R")

    def cursor_place(self) -> str:
        """Line and column, counted from 1, in origin mode from the region's top."""
        screen = self.screen
        top = screen.region.top if mo.DECOM in screen.mode else 0
        return f"{screen.cursor.y - top + 1};{screen.column + 1}"

    def report_private_mode(self, numbers: Numbers) -> None:
        """DECRQM: 1 set, 2 reset, 0 unknown."""
        number = numbers[0]
        if number in ALTERNATE_MODES:
            state = 1 if self.screen.is_alternate else 2
        elif number in REPORTED_MODES:
            state = 1 if number << 5 in self.screen.mode else 2
        else:
            state = 0
        self.reply(f"\x1b[?{number};{state}$y")


def first(method: Callable[[int], object]) -> Callable[[Numbers], object]:
    """Call with the first parameter; the method knows what 0 stands for."""
    return lambda numbers: method(numbers[0])


def first_two(method: Callable[[int, int], object]) -> Callable[[Numbers], object]:
    """Call with the first two parameters, missing ones 0."""
    return lambda numbers: method(numbers[0], numbers[1] if len(numbers) > 1 else 0)
