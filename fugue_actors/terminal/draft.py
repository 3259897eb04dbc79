"""What a person has begun to type and not finished. PURE.

No screen says for certain whether a line is unfinished, so the keys are counted. It is better to
take an empty line for a draft than the other way round: somebody would be held up for no reason,
and could be told; but what is added to a draft is run as a command when its author presses Enter.

1. A draft begins with a character, a paste, or a key that may bring text (up, Tab, C-r, …).
2. It ends with Enter, C-c, C-u where that kills all of it, C-d where lines are the terminal's, or
   when as much was erased as can have been there; not with Enter after a backslash.
3. It ends when the shell says that it runs a command, and so what was typed at its prompt. Enter
   alone says little to a shell that is known to say so: it may want more lines of the command.
4. What was typed into a program ends with the program: when it leaves the alternate screen on which
   the draft began, or when the shell that ran it says that it is done; unless keys are left that
   nobody has read, which the shell will get.
5. People add to drafts of their own accord. Agents and fugue do not, and what a person has written
   at once is not added to what one types key by key.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs

from fugue_actors.protocol.hosting import Prompts
from fugue_actors.terminal.keys import ALT, CONTROL, SHIFT, parse

if TYPE_CHECKING:
    from fugue_actors.protocol.hosting import TypeInput

LIVE, PERSON = "live", "person"
MACHINES = ("agent", "fugue")

BRINGS_TEXT = {
    (0, "Up"),
    (0, "Down"),
    (0, "Tab"),
    *((CONTROL, letter) for letter in "ipnoyv"),
}
"""Keys that may put text where there was none: history, completion, what was cut."""
BRINGS_CURSOR = {
    (0, "PageUp"),
    (0, "PageDown"),
    *((CONTROL, letter) for letter in "rsx_/7"),
}
"""The same, but the cursor may then be within the text: search, undo."""
ENTERS = {(0, "Enter"), (CONTROL, "m")}
ERASES = {(0, "Backspace"), (SHIFT, "Backspace")}
"""Keys that take one character, if there is one before the cursor."""
SHORTENS = {
    (0, "Delete"),
    (ALT, "Backspace"),
    *((CONTROL, letter) for letter in "hwkl"),
}
"""Keys that make it shorter, if they do anything; the cursor stays at the end."""
MEANT_FOR_TERMINAL = {(CONTROL, letter) for letter in "\\zsqrw"}
"""Where the terminal collects lines, these are no text of one; other keys are, whatever they are."""
INTERRUPT, KILL, END, FEED = ((CONTROL, letter) for letter in "cudj")


@attrs.frozen(kw_only=True)
class Place:
    """Where somebody types.

    Attributes:
        is_canonical: The terminal itself collects lines.
        is_alternate: A full-screen program is shown.
        marks_pastes: The program takes pastes as such.
        prompts: What the shell's marks say.
        cursor: Bytes of output drawn so far.
    """

    is_canonical: bool
    is_alternate: bool
    marks_pastes: bool
    prompts: Prompts
    cursor: int


class Draft:
    """See the module's docstring.

    Attributes:
        by: Whose it is: `live` key by key, `person` at once; empty if there is none.
    """

    def __init__(self) -> None:
        self.drop()

    def drop(self) -> None:
        """There is none any more."""
        self.by = ""
        self.most = 0.0  # characters there can be
        self.is_plain = True  # the cursor is behind all of it, which is one line
        self.is_continued = False  # it ends with a backslash
        self.is_of_program = False  # a program reads it that the shell has started
        self.is_on_alternate = False
        self.typed_at = 0
        self.entered: int | None = (
            None  # prompts when a shell was sent it that says more
        )
        self.is_ahead = False  # something was typed after that

    def refuses(self, by: str) -> bool:
        """Whether somebody's input would be added to what is not theirs."""
        return (
            by in MACHINES
            if self.by == PERSON
            else self.by == LIVE and by not in ("", LIVE)
        )

    # ---- keys

    def typed(self, typed: TypeInput, place: Place) -> None:
        """A program was sent this. What agents write is no draft, and finishes none."""
        if typed.by in MACHINES:
            return
        text = typed.text.decode("utf-8", "replace")
        if typed.paste and place.marks_pastes and text:
            self.put(typed.by, place, text)
            self.is_plain = self.is_plain and "\r" not in text
        elif text:
            self.write(typed.by, place, text)
        for name in typed.keys:
            self.press(typed.by, place, parse(name))
        is_clicked = any(action.kind == "press" for action in typed.mouse)
        if is_clicked and self.by:
            self.most, self.is_plain = math.inf, False  # a click can set the cursor

    def write(self, by: str, place: Place, text: str) -> None:
        """A text comes as if typed; only its last two lines matter."""
        before, line_end, rest = text.rpartition("\r")
        if line_end:
            _, earlier, line = before.rpartition("\r")
            if earlier:
                self.is_continued = False
            if line:
                self.put(by, place, line)
            self.press(by, place, (0, "Enter"))
        if rest:
            self.put(by, place, rest)

    def put(self, by: str, place: Place, text: str) -> None:
        """Characters are put where the cursor is; a tab may be completed."""
        self.add(by, place, math.inf if "\t" in text else len(text))
        self.is_continued = text.endswith("\\")

    def press(self, by: str, place: Place, key_pressed: tuple[int, str]) -> None:
        """A person presses a key, given with its modifiers."""
        modifiers, key = key_pressed
        pressed = modifiers, key.lower() if modifiers & CONTROL else key
        is_enter = pressed in ENTERS or (place.is_canonical and pressed == FEED)
        is_line_end = place.is_canonical and pressed in (END, KILL)
        is_killed = pressed == KILL and self.is_plain
        if is_enter and self.by and is_told(place):
            self.most, self.is_plain, self.is_continued = math.inf, False, False
            self.entered, self.is_ahead = place.prompts.shown, False
        elif is_enter and self.is_continued and self.by:
            self.add(by, place, math.inf)
            self.is_plain = self.is_continued = False
        elif is_enter or pressed == INTERRUPT or is_line_end or is_killed:
            self.finish(place)
        elif pressed in ERASES:
            self.erase(place)
        elif is_character(pressed):
            self.put(by, place, key if len(key) == 1 else " ")
        elif place.is_canonical:
            if pressed not in MEANT_FOR_TERMINAL:
                self.add(by, place, math.inf)
        elif pressed in BRINGS_TEXT:
            self.add(by, place, math.inf)
        elif (
            pressed in BRINGS_CURSOR
            or (modifiers and key in ("Enter", "j"))
            or (modifiers & ALT and len(key) == 1)
        ):
            self.add(by, place, math.inf)
            self.is_plain = False
        elif self.by and pressed not in SHORTENS:
            self.most, self.is_plain = math.inf, False

    def add(self, by: str, place: Place, characters: float) -> None:
        """There is more of it now, or there may be."""
        is_running = place.prompts.is_running and not place.is_canonical
        if not self.by:
            if not by:
                return  # a daemon that does not say who types
            self.drop()
            self.is_on_alternate = place.is_alternate
            self.is_of_program = is_running
        self.by = LIVE if LIVE in (self.by, by) else PERSON
        self.is_of_program = self.is_of_program and is_running
        self.most += characters
        self.typed_at = place.cursor
        self.is_ahead = self.entered is not None

    def erase(self, place: Place) -> None:
        """A character less, at least; those that are known are counted from the end."""
        self.is_continued = False
        if self.by and self.is_plain:
            self.most -= 1
            if self.most <= 0:
                self.finish(place)

    def finish(self, place: Place) -> None:
        """It is sent, or given up; on a screen that hides it nothing happens to it."""
        if self.is_on_alternate or not place.is_alternate:
            self.drop()

    # ---- what the terminal shows

    def look(self, place: Place, *, is_read: bool) -> None:
        """The program has written something.

        Args:
            place: Where somebody would type now.
            is_read: Whether programs have read all keys.
        """
        if not self.by:
            return
        prompts = place.prompts
        is_run = prompts.started_at > self.typed_at and not self.is_of_program
        is_over = self.entered is not None and prompts.shown > self.entered
        if (is_run or is_over) and self.is_ahead:
            self.entered, self.is_ahead, self.typed_at = None, False, place.cursor
        elif is_run or is_over:
            self.finish(place)
        elif self.is_on_alternate and not place.is_alternate:
            self.is_on_alternate = False
            if is_read:
                self.drop()
        elif self.is_of_program and is_read and not prompts.is_running:
            self.finish(place)


def is_told(place: Place) -> bool:
    """Whether a shell is at its prompt that says when it runs a command, as it did before."""
    prompts = place.prompts
    is_at_prompt = not (prompts.is_running or place.is_canonical or place.is_alternate)
    return is_at_prompt and prompts.started_at > 0


def is_character(pressed: tuple[int, str]) -> bool:
    """Whether a key puts one character where the cursor is."""
    modifiers, key = pressed
    return modifiers in (0, SHIFT) and (len(key) == 1 or key == "Space")
