"""A line in which a person writes: for `:`, names, searches, and yes or no. PURE.

The line has all keys while it is there. Tab shows what could stand at the cursor, with
what it would mean; the arrows go through what was written here before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

import attrs

from fugue_actors.drawing import PLAIN, Cursor, Style, columns_of
from fugue_actors.tui.completion import Completion
from fugue_actors.tui.editing import Editor, part_in_view
from fugue_actors.tui.events import Key, Paste
from fugue_actors.tui.history import History
from fugue_actors.tui.menu import Menu
from fugue_actors.tui.modes import Action, Close, Remember, Typed
from fugue_actors.tui.quiet import Quiet

if TYPE_CHECKING:
    from fugue_actors.drawing import Canvas
    from fugue_actors.protocol.tiling import Rectangle
    from fugue_actors.tui.events import Event

LEAVING: Final = ("C-c", "C-g")
ENTERING: Final = ("Enter", "C-m", "C-j")
OLDER: Final = ("Up", "C-p")
NEWER: Final = ("Down", "C-n")
LEAST_COLUMNS: Final = 8
"""What of a narrow line the label leaves to the text."""


def nothing(_: str) -> tuple[Action, ...]:
    """What a text does that is written where nobody reads along."""
    return ()


@attrs.define(eq=False, kw_only=True)
class Prompt(Quiet):
    """A question with a line for the answer.

    Attributes:
        label: What stands before the text.
        editor: The text.
        entered: What is done with it.
        typed: What is done whenever it has changed, as for a search that goes along.
        left: What is done if there is no answer.
        kind: Which history it has.
        history: What was written before.
        complete: What could stand at the end of a text.
        style: How the line looks.
        takes_empty: Whether no text is an answer too.
    """

    label: str
    entered: Callable[[str], Iterable[Action]]
    editor: Editor = attrs.Factory(Editor.of)
    typed: Callable[[str], Iterable[Action]] = nothing
    left: Callable[[], Iterable[Action]] = tuple
    kind: Typed | None = None
    history: History | None = None
    complete: Callable[[str], Completion] | None = None
    style: Style = PLAIN
    takes_empty: bool = False
    menu: Menu = attrs.field(init=False)
    older: list[str] = attrs.Factory(list)
    draft: str = ""
    place_in_older: int = -1
    first_column: int = 0

    def __attrs_post_init__(self) -> None:
        self.place, self.table, self.takes_all = "line", "prompt", True
        self.menu = Menu(complete=self.complete)

    # ---- keys

    def key(self, event: Event) -> Iterable[Action]:
        """A key or a paste."""
        before = self.editor.text
        if isinstance(event, Paste):
            self.editor.paste(event.text)
            self.edited()
        elif isinstance(event, Key) and event.kind != "release":
            done = self.pressed(event)
            if done is not None:
                return done
        if self.editor.text != before:
            return self.typed(self.editor.text)
        return ()

    def pressed(self, event: Key) -> Iterable[Action] | None:
        """A key; None if it only changed the line."""
        name = event.name
        if self.editor.is_waiting:
            self.write(event)
        elif name in ENTERING:
            return self.enter()
        elif name in LEAVING or (name == "q" and self.editor.is_commanding):
            return [*self.left(), Close()]
        elif name == "Escape":
            return self.escape()
        elif name in ("Tab", "S-Tab"):
            self.menu.step(self.editor, 1 if name == "Tab" else -1)
        elif name == "C-r" and self.history is not None:
            self.menu.show_older(self.editor, self.history, self.kind)
        elif name in OLDER or (name == "k" and self.editor.is_commanding):
            self.go_back(1)
        elif name in NEWER or (name == "j" and self.editor.is_commanding):
            self.go_back(-1)
        else:
            self.write(event)
        return None

    def write(self, event: Key) -> None:
        """A key that belongs to the text."""
        before = self.editor.text
        if not self.editor.key(event.name) and event.text:
            self.editor.paste(event.text)  # of an input method, no key
        if self.editor.text != before:
            self.edited()
        else:
            self.menu.close()

    def edited(self) -> None:
        """The text is another, by the person's own hand."""
        self.place_in_older = -1
        self.menu.look(self.editor)

    def enter(self) -> Iterable[Action]:
        """The text is the answer."""
        text = self.editor.text
        if not text and not self.takes_empty:
            return [*self.left(), Close()]
        done: list[Action] = [Close()]
        if self.kind is not None:
            done.append(Remember(kind=self.kind, text=text))
        return [*done, *self.entered(text)]

    def escape(self) -> Iterable[Action] | None:
        """Undo the choice, stop writing (vi), or leave."""
        if self.menu.is_chosen:
            self.menu.give_up(self.editor)
            return None
        self.menu.close()
        if self.editor.key("Escape"):
            return None
        return [*self.left(), Close()]

    def go_back(self, step: int) -> None:
        """Show what was written before, that began as this does."""
        if self.menu.is_chosen:
            self.menu.step(self.editor, -step)
            return
        if self.history is None or self.kind is None:
            return
        if self.place_in_older < 0:
            self.draft = self.editor.text
            self.older = [
                one
                for one in self.history.matching(self.kind, self.draft)
                if one != self.draft
            ]
        place = min(self.place_in_older + step, len(self.older) - 1)
        self.place_in_older = max(place, -1)
        shown = self.draft if place < 0 else self.older[place]
        if shown != self.editor.text:
            self.editor.fill(shown)
            self.menu.close()

    # ---- the picture

    def draw(self, canvas: Canvas, area: Rectangle) -> Cursor | None:
        """The line, and the menu above it, or below if it is at the top."""
        self.menu.catch_up(self.editor)
        canvas.fill(area, " ", self.style)
        room = max(min(columns_of(self.label), area.columns - LEAST_COLUMNS), 0)
        label = self.style._replace(bold=True)
        left = area.x + canvas.text(area.x, area.y, self.label, label, room)
        columns = area.x + area.columns - left
        before = columns_of(self.editor.buffer.before)
        after = columns_of(self.editor.buffer.after)
        self.scroll(before, after, columns)
        text = part_in_view(self.editor.buffer.characters, self.first_column, columns)
        canvas.text(left, area.y, text, self.style, columns)
        x = left + before - self.first_column
        self.menu.draw(canvas, area, left - self.first_column)
        shape = "block" if self.editor.is_commanding else "bar"
        return Cursor(min(x, area.x + area.columns - 1), area.y, shape=shape)

    def scroll(self, before: int, after: int, columns: int) -> None:
        """Keep the cursor in view, and no room unused."""
        total = before + after + 1
        first = min(self.first_column, max(total - columns, 0))
        if before - first >= columns:
            first = before - columns + 1
        self.first_column = max(min(first, before), 0)


@attrs.define(eq=False, kw_only=True)
class Confirm(Quiet):
    """A question that one key answers.

    Attributes:
        question: What is asked.
        agreed: What is done if the answer is yes.
        style: How the line looks.
    """

    question: str
    agreed: Iterable[Action]
    style: Style = PLAIN

    def __attrs_post_init__(self) -> None:
        self.place, self.table, self.takes_all = "line", "prompt", True

    def key(self, event: Event) -> Iterable[Action]:
        """`y` or `Y` is yes, and any other key no; a paste is no answer."""
        if not isinstance(event, Key) or event.kind == "release":
            return ()
        return [Close(), *(self.agreed if event.name in ("y", "Y") else ())]

    def draw(self, canvas: Canvas, area: Rectangle) -> Any:
        """The question."""
        canvas.fill(area, " ", self.style)
        taken = canvas.text(
            area.x, area.y, f"{self.question} ", self.style, area.columns
        )
        return Cursor(min(area.x + taken, area.x + area.columns - 1), area.y)
