"""What each control and sequence does: tables over a `Screen`. PURE.

Keys of the table of control sequences are prefix, intermediates and final character together, so
`CSI ? 1 h` is "?h". What is not in a table does nothing.

Programs write the same sequences again and again. What a whole sequence does is worked out
once, and then looked up.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pyte.modes as mo

from fugue_actors.terminal.emulator.announcements import Announcements
from fugue_actors.terminal.emulator.answers import (
    ALTERNATE_MODES,
    COLOURS,
    Answers,
    Numbers,
)
from fugue_actors.terminal.emulator.keyboard import Keyboard
from fugue_actors.terminal.emulator.sequences import BODY_LIMIT, STRINGS, parts_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from fugue_actors.terminal.emulator.pens import Pen
    from fugue_actors.terminal.emulator.screen import Screen

    Action = Callable[[], object]
    Operation = Callable[[Numbers], Action]

NUMBER_LIMIT = 9999
NUMBERS = {str(number): number for number in range(1, 500)}
"""Usual ones: looking up is faster than `int`."""
ACTIONS_LIMIT = 4096
"""Most sequences of which is kept what they do."""
KEPT_LENGTH = 64
"""Longest of them."""
SAVE_CURSOR_MODE = 1048
KEYPAD_MODE = 66
MOUSE_MODES = (9, 1000, 1002, 1003)
MOUSE_ENCODINGS = (1006, 1015, 1005)
"""Of several that are set the first counts."""

CURSOR_SHAPES = (
    "default",
    "blinking-block",
    "block",
    "blinking-underline",
    "underline",
    "blinking-bar",
    "bar",
)


class Controls:
    """Receives what `Sequencer` finds and has the screen do it.

    Attributes:
        announcements: What the program has said about itself.
        answers: To its queries.
        cursor_shape: One of `CURSOR_SHAPES`.
    """

    def __init__(self, screen: Screen, *, has_clipboard: bool = False) -> None:
        self.screen = screen
        self.announcements = Announcements(has_clipboard=has_clipboard)
        self.answers = Answers(screen)
        self.reset_own()
        self.text = screen.draw
        self.actions: dict[str, Action] = {}
        self.control_table: dict[str, Action] = {
            "\a": self.ring,
            "\b": screen.backspace,
            "\t": screen.tab,
            "\n": screen.linefeed,
            "\v": screen.linefeed,
            "\f": screen.linefeed,
            "\r": screen.carriage_return,
            "\r\n": screen.start_line,
            "\x0e": screen.shift_out,
            "\x0f": screen.shift_in,
        }
        self.escape_table: dict[str, Action] = {
            "7": screen.save_cursor,
            "8": screen.restore_cursor,
            "D": screen.index,
            "E": self.next_line,
            "H": screen.set_tab_stop,
            "M": screen.reverse_index,
            "Z": partial(self.answers.identity, [0]),
            "c": self.reset,
            "=": partial(screen.put_mode, KEYPAD_MODE << 5, True),
            ">": partial(screen.put_mode, KEYPAD_MODE << 5, False),
            "#8": screen.alignment_display,
            "(0": partial(screen.define_charset, "0", "("),
            "(B": partial(screen.define_charset, "B", "("),
            ")0": partial(screen.define_charset, "0", ")"),
            ")B": partial(screen.define_charset, "B", ")"),
        }
        self.sequence_table: dict[str, Operation] = {
            "@": first(screen.insert_characters),
            "A": first(screen.cursor_up),
            "B": first(screen.cursor_down),
            "C": first(screen.cursor_forward),
            "D": first(screen.cursor_back),
            "E": first(screen.cursor_down1),
            "F": first(screen.cursor_up1),
            "G": first(screen.cursor_to_column),
            "H": first_two(screen.cursor_position),
            "I": first(self.forward_tabs),
            "J": first(screen.erase_in_display),
            "K": first(screen.erase_in_line),
            "L": first(screen.insert_lines),
            "M": first(screen.delete_lines),
            "P": first(screen.delete_characters),
            "S": first(self.scroll_up),
            "T": every(self.scroll_down),
            "X": first(screen.erase_characters),
            "Z": first(self.backward_tabs),
            "`": first(screen.cursor_to_column),
            "a": first(screen.cursor_forward),
            "b": first(self.repeat),
            "c": every(self.answers.identity),
            "d": first(screen.cursor_to_line),
            "e": first(screen.cursor_down),
            "f": first_two(screen.cursor_position),
            "g": first(screen.clear_tab_stop),
            "h": every(partial(self.put_modes, True)),
            "l": every(partial(self.put_modes, False)),
            "n": every(self.answers.status),
            "r": first_two(screen.set_margins),
            "s": none(screen.save_cursor),
            "t": first(self.handle_window),
            "u": none(screen.restore_cursor),
            " q": first(self.choose_cursor_shape),
            "!p": none(screen.reset_softly),
            "$p": every(self.answers.mode),
            "?$p": every(self.answers.private_mode),
            "?h": every(partial(self.put_private_modes, True)),
            "?l": every(partial(self.put_private_modes, False)),
            "?n": every(self.answers.private_status),
            "?u": none(self.report_keyboard),
            "=u": first_two(self.put_keyboard_flags),
            ">u": first(self.push_keyboard_flags),
            "<u": first(self.pop_keyboard_flags),
            ">c": every(self.answers.version_number),
            ">q": every(self.answers.version),
        }

    def reset_own(self) -> None:
        """What is neither the screen's nor an announcement, as at the start."""
        self.cursor_shape = CURSOR_SHAPES[0]
        self.keyboards = {False: Keyboard(), True: Keyboard()}

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

    def sequence(self, sequence: str) -> None:
        """Carry out a control sequence."""
        screen = self.screen
        if sequence[-1] == "m":
            pen = screen.pen
            screen.pen = pen.after.get(sequence) or self.restyle(pen, sequence)
        else:
            (self.actions.get(sequence) or self.resolve(sequence))()
        screen.last = ""

    def restyle(self, pen: Pen, sequence: str) -> Pen:
        """The pen after SGR that was not met before."""
        match parts_of(sequence):
            case "", parameters, "", _:
                return pen.learn(sequence, parameters)
        return pen.learn(sequence, None)

    def carry_out(self, sequence: str) -> None:
        """Carry out a whole sequence, or a control, that is not among the `actions`."""
        if sequence[-1] == "H":  # there are too many places to keep them all
            line, _, column = sequence[2:-1].partition(";")
            if line in NUMBERS and column in NUMBERS:
                self.screen.cursor_position(NUMBERS[line], NUMBERS[column])
                return
        self.resolve(sequence)()

    def resolve(self, sequence: str) -> Action:
        """What a whole sequence, or a control, does that was not met before."""
        if sequence[1:2] in STRINGS and sequence[0] == "\x1b":
            body = sequence[2:-1] if sequence[-1] == "\a" else sequence[2:-2]
            return partial(self.string, sequence[1], body)
        if sequence[0] != "\x1b":
            action = self.control_table.get(sequence, nothing)
        elif sequence[1] != "[":
            action = self.escape_table.get(sequence[1:], nothing)
        else:
            action = self.resolve_parts(sequence)
        if len(self.actions) >= ACTIONS_LIMIT:
            self.actions.clear()
        if len(sequence) < KEPT_LENGTH:
            self.actions[sequence] = action
        return action

    def resolve_parts(self, sequence: str) -> Action:
        """What a control sequence does."""
        parts = parts_of(sequence)
        if parts is None or ":" in parts[1]:
            return nothing
        prefix, parameters, intermediates, final = parts
        operation = self.sequence_table.get(prefix + intermediates + final)
        if operation is None:
            return nothing
        items = parameters.split(";")
        return operation([min(int(item or 0), NUMBER_LIMIT) for item in items])

    def string(self, kind: str, body: str) -> None:
        """Carry out an operating system command; other strings mean nothing here."""
        self.screen.last = ""
        if kind != "]" or len(body) > BODY_LIMIT:
            return
        command, _, argument = body.partition(";")
        if command in COLOURS:
            if argument == "?":
                self.answers.colour(command)
            return
        self.announcements.carry_out(body, self.screen.moment)
        if command == "133":
            self.screen.moment += 1  # what follows is newer than the mark

    def ring(self) -> None:
        """BEL."""
        self.announcements.notify(self.screen.moment, kind="bell")

    # Movement that pyte does not know

    def next_line(self) -> None:
        """NEL."""
        self.screen.index()
        self.screen.carriage_return()

    def forward_tabs(self, count: int) -> None:
        """CHT."""
        for _ in range(min(count or 1, self.screen.columns)):
            self.screen.tab()

    def backward_tabs(self, count: int) -> None:
        """CBT."""
        for _ in range(min(count or 1, self.screen.columns)):
            self.screen.back_tab()

    def scroll_up(self, count: int) -> None:
        """SU."""
        self.screen.scroll_up(count or 1)

    def scroll_down(self, numbers: Numbers) -> None:
        """SD; with more parameters it would start mouse tracking of old."""
        if len(numbers) == 1:
            self.screen.scroll_down(numbers[0] or 1)

    def repeat(self, count: int) -> None:
        """REP."""
        self.screen.repeat(count or 1)

    def reset(self) -> None:
        """RIS."""
        self.screen.reset()
        self.announcements.reset()
        self.reset_own()

    # Modes

    def put_modes(self, on: bool, numbers: Numbers) -> None:
        """SM and RM."""
        for number in numbers:
            if number in (mo.IRM, mo.LNM):
                self.screen.put_mode(number, on)

    def put_private_modes(self, on: bool, numbers: Numbers) -> None:
        """DECSET and DECRST."""
        for number in numbers:
            if number in ALTERNATE_MODES:
                if on:
                    self.screen.show_alternate(saves_cursor=number == 1049)
                else:
                    self.screen.show_primary(restores_cursor=number == 1049)
            elif number in MOUSE_MODES:
                for mode in MOUSE_MODES:  # each replaces the others, and ends them
                    self.screen.put_mode(mode << 5, on and mode == number)
            elif number == SAVE_CURSOR_MODE and on:
                self.screen.save_cursor()
            elif number == SAVE_CURSOR_MODE:
                self.screen.restore_cursor()
            else:
                self.screen.put_mode(number << 5, on)

    def handle_window(self, number: int) -> None:
        """XTWINOPS: the size in cells, and the stack of titles."""
        if number == 18:
            self.answers.size()
        elif number == 22:
            self.announcements.push_title()
        elif number == 23:
            self.announcements.pop_title()

    def choose_cursor_shape(self, number: int) -> None:
        """DECSCUSR."""
        if number < len(CURSOR_SHAPES):
            self.cursor_shape = CURSOR_SHAPES[number]

    # How keys are told

    @property
    def keyboard(self) -> Keyboard:
        """That of the screen that is shown."""
        return self.keyboards[self.screen.is_alternate]

    def report_keyboard(self) -> None:
        """Answer which flags are in force."""
        self.answers.keyboard(self.keyboard.flags)

    def put_keyboard_flags(self, flags: int, how: int) -> None:
        """Change those in force."""
        self.keyboard.put(flags, how or 1)

    def push_keyboard_flags(self, flags: int) -> None:
        """Remember those in force, and set others."""
        self.keyboard.push(flags)

    def pop_keyboard_flags(self, count: int) -> None:
        """Go back to those remembered."""
        self.keyboard.pop(count or 1)


def nothing() -> None:
    """What sequences do that nobody knows."""


def none(method: Callable[[], object]) -> Operation:
    """Call without parameters."""
    return lambda _: method


def first(method: Callable[[int], object]) -> Operation:
    """Call with the first parameter; the method knows what 0 stands for."""
    return lambda numbers: partial(method, numbers[0])


def first_two(method: Callable[[int, int], object]) -> Operation:
    """Call with the first two parameters, missing ones 0."""
    return lambda numbers: partial(
        method, numbers[0], numbers[1] if len(numbers) > 1 else 0
    )


def every(method: Callable[[Numbers], object]) -> Operation:
    """Call with all parameters."""
    return lambda numbers: partial(method, numbers)
