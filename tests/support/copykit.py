"""Copy mode above a terminal, without daemon, loop or processes.

The terminal is the emulator of pane hosts, and its lines are read as hosts read them, so
only what lies between is left out.
"""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from fugue_actors.client.model import Change, Model
from fugue_actors.drawing import Canvas
from fugue_actors.errors import Refused
from fugue_actors.protocol.tiling import Rectangle
from fugue_actors.terminal import numbered
from fugue_actors.terminal.emulator import Emulator
from fugue_actors.terminal.rowtext import row_text
from fugue_actors.tui.copying.mode import CopyMode
from fugue_actors.tui.copying.tables import TABLES
from fugue_actors.tui.events import Key, Mouse
from fugue_actors.tui.modes import Close, Copy, Notice, Remember, Request, Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fugue_actors.drawing.painter import Cursor
    from fugue_actors.tui.modes import Action

PANE = "p1"


class Desk:
    """A pane in copy mode, and somebody at the keyboard.

    Attributes:
        asked: Requests that have no answer yet, oldest first.
        pages: How many requests were answered.
        copied, said, remembered: What the mode wanted done.
        is_open: Whether copy mode goes on.
        is_slow: Whether requests are only answered by `answer`.
    """

    def __init__(
        self,
        output: str = "",
        *,
        columns: int = 40,
        lines: int = 10,
        history_lines: int = 10_000,
        is_slow: bool = False,
        **given: Any,
    ) -> None:
        self.emulator = Emulator(columns, lines, history_lines=history_lines)
        self.area = Rectangle(3, 2, columns, lines)
        self.model = Model()
        self.model.panes[PANE] = {"pid": 1}  # type: ignore[typeddict-item]
        self.asked: list[Request] = []
        self.pages = 0
        self.copied: list[Copy] = []
        self.said: list[str] = []
        self.remembered: list[str] = []
        self.is_open = True
        self.is_slow = is_slow
        self.write(output)
        self.mode = CopyMode(
            PANE,
            self.model,
            bound=lambda table, key: TABLES[table].get(key),
            searches=lambda: self.remembered[::-1],
            **given,
        )
        self.draw()
        self.perform(self.mode.opened())
        self.draw()

    def write(self, output: str) -> None:
        """The program writes."""
        self.emulator.feed(output.replace("\n", "\r\n").encode())
        frame = {
            "full": True,
            "columns": self.emulator.columns,
            "lines": self.emulator.lines,
            "rows": {
                str(y): json.loads(row_text(row))
                for y, row in enumerate(self.emulator.rows)
            },
        }
        self.model.apply({"seq": 1, "screens": {PANE: frame}}, Change())

    def resize(self, columns: int, lines: int) -> None:
        """The pane gets another size, and is drawn with it."""
        self.emulator.resize(columns, lines)
        self.area = Rectangle(3, 2, columns, lines)
        self.draw()
        self.perform(self.mode.changed(Change()))

    def start_again(self) -> None:
        """The pane's program is another one."""
        self.model.panes[PANE] = {"pid": 2}  # type: ignore[typeddict-item]
        self.perform(self.mode.changed(Change()))

    # ---- actions

    def perform(self, actions: Iterable[Action]) -> None:
        """Do what the mode wants done, as the loop of attach does."""
        for action in actions:
            match action:
                case Request():
                    self.asked.append(action)
                case Run(text):
                    words = shlex.split(text)
                    assert words[:2] == ["send-keys", "-X"]
                    self.perform(self.mode.command(words[2], words[3:]))
                case Copy():
                    self.copied.append(action)
                case Notice(text):
                    self.said.append(text)
                case Remember(text=text):
                    self.remembered.append(text)
                case Close(closed):
                    assert closed is self.mode
                    self.is_open = False
        while self.asked and not self.is_slow:
            self.answer()

    def answer(self) -> None:
        """The daemon answers what was asked first."""
        request = self.asked.pop(0)
        assert request.asker is self.mode
        assert request.name == "read_lines"
        self.pages += 1
        given = request.args
        read = numbered.read(
            self.emulator,
            first=given["first"],
            count=given["count"],
            styled=given["styled"],
        )
        page: dict[str, Any] = {
            "columns": read.columns,
            "lines": read.lines,
            "oldest": read.oldest,
            "screen": read.screen,
            "end": read.end,
            "first": read.first,
            "cursor": {"line": read.cursor_line, "column": read.cursor_column},
        }
        if given["styled"]:
            page["rows"] = [json.loads(text) for text in read.texts]
        else:
            page["text"] = list(read.texts)
        self.perform(self.mode.answered(request, page))

    def refuse(self) -> None:
        """The daemon refuses what was asked first."""
        request = self.asked.pop(0)
        error = Refused("PaneNotFound", "the pane is closed")
        self.perform(self.mode.refused(request, error))

    # ---- the person

    def press(self, *names: str) -> None:
        """Keys, one after the other, each followed by a picture."""
        for name in names:
            table = TABLES.get(self.mode.table, {})
            if name in table:
                self.perform([Run(table[name])])
            else:
                text = {"Space": " "}.get(name, name)
                key = Key(name, text if len(text) == 1 else "")
                self.perform(self.mode.key(key))
            if self.is_open:
                self.draw()

    def type(self, text: str) -> None:
        """A text, key by key."""
        self.press(*("Space" if each == " " else each for each in text))

    def point(
        self, kind: Any, x: int = 0, y: int = 0, *, button: int = 1, clicks: int = 1
    ) -> None:
        """The mouse, at a cell of the pane."""
        event = Mouse(kind=kind, button=button, x=x, y=y, clicks=clicks)
        self.perform(self.mode.key(event))
        if self.is_open:
            self.draw()

    # ---- the picture

    def draw(self) -> Cursor | None:
        """Draw it."""
        area = self.area
        self.canvas = Canvas(area.x + area.columns + 2, area.y + area.lines + 2)
        self.canvas.clear()
        self.cursor = self.mode.draw(self.canvas, area)
        return self.cursor

    @property
    def shown(self) -> list[str]:
        """The lines of the pane's area, without blanks at their ends."""
        area = self.area
        rows = self.canvas.glyphs[area.y : area.y + area.lines]
        return ["".join(row[area.x : area.x + area.columns]).rstrip() for row in rows]

    @property
    def at(self) -> tuple[int, int]:
        """Where the cursor is drawn, counted from the area's top left."""
        assert self.cursor is not None
        return self.cursor.x - self.area.x, self.cursor.y - self.area.y

    def coloured(self, **style: Any) -> Sequence[str]:
        """The texts that are drawn so, row by row."""
        found = []
        area = self.area
        for y in range(area.y, area.y + area.lines):
            text = "".join(
                glyph
                for glyph, each in zip(
                    self.canvas.glyphs[y], self.canvas.styles[y], strict=True
                )
                if all(getattr(each, name) == value for name, value in style.items())
            )
            if text:
                found.append(text)
        return found
