"""Writing a message: to whom, of which type, and its text. PURE.

Tab completes or goes on, Enter goes on or begins a line, C-d sends. Nothing that was
written is lost by a refusal: it stays until it is sent or given up.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from fugue_actors.drawing import PLAIN, Cursor, Style
from fugue_actors.errors import Refused
from fugue_actors.protocol import addressing
from fugue_actors.protocol.tiling import Rectangle
from fugue_actors.tui import candidates
from fugue_actors.tui.candidates import Candidate
from fugue_actors.tui.completion import Completion, fitting
from fugue_actors.tui.defang import plain
from fugue_actors.tui.editing import Editor, part_in_view
from fugue_actors.tui.events import Key, Paste
from fugue_actors.tui.lists import FOOT, HEAD
from fugue_actors.tui.menu import Menu
from fugue_actors.tui.modes import Close, Mode, Notice, Open, Request
from fugue_actors.tui.prompt import Confirm
from fugue_actors.tui.quiet import Quiet
from fugue_actors.tui.state import State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fugue_actors.drawing import Canvas
    from fugue_actors.errors import FugueError
    from fugue_actors.tui.events import Event
    from fugue_actors.tui.modes import Action

HINT: Final = "C-d sends   Tab goes on   Escape gives it up"
LABEL: Final = Style(dim=True)
HERE: Final = Style(bold=True)
SENDING: Final = ("C-d", "M-Enter", "C-Enter")
LEAVING: Final = ("C-c", "C-g")
ENTERING: Final = ("Enter", "C-j", "C-m")
LABELS: Final = ("to", "type", "text")
LABEL_COLUMNS: Final = 6
TO, TYPE, TEXT = range(3)


@attrs.define(eq=False, kw_only=True)
class Compose(Quiet):
    """A message that is being written.

    Attributes:
        state: Of the client.
        fields: To whom, of which type, what.
        menus: What could stand in the first two.
        field: Which one is written in.
        answers: The id of the message that it answers, if it does.
        title: What stands above it.
        back: What was there before.
        is_sending: Whether the daemon has not answered yet.
        first: The line of the text that is at the top, and its first column.
    """

    state: State
    fields: tuple[Editor, Editor, Editor]
    menus: tuple[Menu, Menu]
    field: int = TO
    answers: str | None = None
    title: str = "a new message"
    back: Mode | None = None
    is_sending: bool = False
    first: tuple[int, int] = (0, 0)

    def __attrs_post_init__(self) -> None:
        self.place, self.table, self.takes_all = "window", "prompt", True

    @classmethod
    def begun(
        cls,
        state: State,
        *,
        to: str = "",
        kind: str = "",
        text: str = "",
        back: Mode | None = None,
    ) -> Compose:
        """A message to whomever, with what is known of it filled in."""
        style = state.settings.status_keys

        def whom(before: str) -> Completion:
            found = fitting(candidates.targets(state.model), before)
            return Completion(start=0, candidates=tuple(found))

        def types(before: str) -> Completion:
            known = (Candidate(text=one) for one in ("message", *addressing.VARIANTS))
            return Completion(start=0, candidates=tuple(fitting(known, before)))

        compose = cls(
            state=state,
            fields=(
                Editor.of(to, style=style),
                Editor.of(kind or addressing.FREE_TYPE, style=style),
                Editor.of(text, style=style, has_lines=True),
            ),
            menus=(
                Menu(complete=whom, is_plain=True),
                Menu(complete=types, is_plain=True),
            ),
            back=back,
        )
        compose.field = TEXT if to else TO
        return compose

    @classmethod
    def answering(
        cls, state: State, message: Any, *, back: Mode | None = None
    ) -> Compose:
        """An answer to a message."""
        sender = message["from"]["session_name"]
        compose = cls.begun(state, to=sender, back=back)
        compose.answers = message["id"]
        said = plain(candidates.said(message), candidates.LONGEST_ABOUT)
        compose.title = f"an answer to {plain(sender)}: {said}"
        return compose

    # ---- keys

    @property
    def editor(self) -> Editor:
        """The field that is written in."""
        return self.fields[self.field]

    @property
    def menu(self) -> Menu | None:
        """What could stand there."""
        return None if self.field == TEXT else self.menus[self.field]

    def key(self, event: Event) -> Iterable[Action]:
        """A key or a paste."""
        if isinstance(event, Paste):
            self.editor.paste(event.text)
            self.look()
        elif isinstance(event, Key) and event.kind != "release":
            return self.pressed(event)
        return ()

    def pressed(self, event: Key) -> Iterable[Action]:
        """A key."""
        name, menu = event.name, self.menu
        if self.editor.is_waiting:
            self.write(event)
        elif name in SENDING:
            return self.send()
        elif name in LEAVING:
            return self.leave()
        elif name == "Escape":
            return self.escape()
        elif name == "Tab":
            self.tab()
        elif name == "S-Tab":
            self.go(self.field - 1)
        elif menu is not None and name in ("Down", "C-n", "Up", "C-p"):
            step = 1 if name in ("Down", "C-n") else -1
            if menu.is_open:
                menu.step(self.editor, step)
            else:
                self.go(self.field + step)
        elif menu is not None and name in ENTERING:
            self.go(self.field + 1)
        elif name == "Up" and self.editor.buffer.is_in_first_line:
            self.go(self.field - 1)
        elif name in ENTERING:
            self.editor.paste("\n")
        else:
            self.write(event)
        return ()

    def escape(self) -> Iterable[Action]:
        """Undo the choice, stop writing (vi), or leave."""
        menu = self.menu
        if menu is not None and menu.is_chosen:
            menu.give_up(self.editor)
            return ()
        if menu is not None:
            menu.close()
        return () if self.editor.key("Escape") else self.leave()

    def write(self, event: Key) -> None:
        """A key that belongs to the text."""
        if not self.editor.key(event.name) and event.text:
            self.editor.paste(event.text)
        self.look()

    def look(self) -> None:
        """See what could stand there now."""
        if self.menu is not None:
            self.menu.look(self.editor)

    def tab(self) -> None:
        """Complete what is written, or go on."""
        menu = self.menu
        if menu is not None:
            before = self.editor.text
            menu.step(self.editor, 1)
            if self.editor.text != before:
                return
        self.go((self.field + 1) % len(self.fields))

    def go(self, field: int) -> None:
        """To another field."""
        for menu in self.menus:
            menu.close()
        self.field = min(max(field, TO), TEXT)

    # ---- sending and leaving

    def send(self) -> Iterable[Action]:
        """Ask the daemon to send it."""
        if self.is_sending:
            return ()
        to, kind, text = (field.text for field in self.fields)
        if not to.strip():
            self.go(TO)
            return (Notice("to whom?", is_error=True),)
        if not text.strip():
            self.go(TEXT)
            return (Notice("there is nothing to send", is_error=True),)
        try:
            args = {
                "target": addressing.target_of(to.strip(), absolute),
                **addressing.content_of(kind.strip() or None, text),
                "in_reply_to": self.answers,
            }
        except Refused as error:
            return (Notice(error.message, is_error=True),)
        self.is_sending = True
        return (Request(name="send_orchestration", args=args),)

    def answered(self, action: Request, result: dict[str, Any]) -> Iterable[Action]:
        """It was sent."""
        if action.name != "send_orchestration":
            return ()
        names = ", ".join(
            f"{plain(one['session_name'])} ({one['state']})"
            for one in result.get("recipients", ())
        )
        return (*self.closing(), Notice(f"sent to {names or 'nobody yet'}"))

    def refused(self, action: Request, error: FugueError) -> Iterable[Action]:
        """It was not: it can be changed and sent again."""
        self.is_sending = False
        return super().refused(action, error)

    def leave(self) -> Iterable[Action]:
        """Give it up, after a question if something was written."""
        if not self.fields[TEXT].text.strip():
            return self.closing()
        question = "give up what you have written? (y/n)"
        return (Open(Confirm(question=question, agreed=self.closing())),)

    def closing(self) -> tuple[Action, ...]:
        """Back to what was there before."""
        return (Close(self),) if self.back is None else (Open(self.back),)

    # ---- the picture

    def draw(self, canvas: Canvas, area: Rectangle) -> Cursor | None:
        """A head, the fields and a foot."""
        canvas.fill(area)
        canvas.fill(Rectangle(area.x, area.y, area.columns, 1), " ", HEAD)
        canvas.text(area.x + 1, area.y, self.title, HEAD, area.columns - 2)
        left = min(LABEL_COLUMNS, max(area.columns - 4, 0))
        cursor: Cursor | None = None
        for number, label in enumerate(LABELS):
            y = area.y + 1 + number
            style = HERE if number == self.field else LABEL
            canvas.text(area.x, y, f"{label:>{LABEL_COLUMNS - 1}}", style, left)
            room = Rectangle(area.x + left, y, area.columns - left, 1)
            if number == TEXT:
                lines = max(area.lines - 3 - (area.lines > 4), 1)
                room = Rectangle(room.x, y, room.columns, lines)
            place = self.draw_field(canvas, room, number)
            cursor = place if number == self.field else cursor
        if area.lines > 4:
            y = area.y + area.lines - 1
            hint = "sending …" if self.is_sending else HINT
            canvas.text(area.x + 1, y, hint, FOOT, area.columns - 2)
        for number, menu in enumerate(self.menus):
            line = Rectangle(area.x, area.y + 1 + number, area.columns, 1)
            menu.draw(canvas, line, area.x + left)
        return cursor

    def draw_field(self, canvas: Canvas, room: Rectangle, number: int) -> Cursor:
        """The part of a field where its cursor is; returns where that is."""
        buffer = self.fields[number].buffer
        lines, (row, column) = buffer.lines, buffer.cursor
        top = self.first[0] if number == TEXT else 0
        top = max(min(top, row), row - room.lines + 1)
        left = max(column - room.columns + 1, 0)
        if number == TEXT:
            self.first = (top, left)
        for y, line in enumerate(lines[top : top + room.lines], start=room.y):
            text = part_in_view(line, left, room.columns)
            canvas.text(room.x, y, text, PLAIN, room.columns)
        shape = "block" if self.fields[number].is_commanding else "bar"
        return Cursor(room.x + column - left, room.y + row - top, shape=shape)


def absolute(path: str) -> str:
    """A path that means the same to the daemon.

    Raises:
        Refused: It begins with the name of a user whom there is not.
    """
    try:
        return str(Path(path).expanduser().absolute())
    except RuntimeError as error:
        raise Refused("InvalidArgument", str(error)) from error
