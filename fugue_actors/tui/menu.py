"""The menu of what could stand at the cursor, above the line that is written. PURE."""

from __future__ import annotations

from collections.abc import Callable
from itertools import takewhile
from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.drawing import Style, columns_of
from fugue_actors.protocol.tiling import Rectangle
from fugue_actors.tui.candidates import Candidate
from fugue_actors.tui.completion import Completion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fugue_actors.drawing import Canvas
    from fugue_actors.tui.editing import Editor
    from fugue_actors.tui.history import History
    from fugue_actors.tui.modes import Typed

MOST_LINES: Final = 10
MENU: Final = Style(fg="white", bg="303030")
ABOUT: Final = Style(fg="a8a8a8", bg="303030")
CHOSEN: Final = Style(fg="black", bg="cyan")
GAP: Final = 2


@attrs.define(eq=False, kw_only=True)
class Menu:
    """Candidates, and which of them is in the line.

    Attributes:
        complete: Says what could stand at the end of a text.
        completion: What it said; None if the menu is closed.
        written: What stood before the cursor, and what after, before one was chosen.
        chosen: Which one is in the line; None if none is.
        is_whole: Whether candidates are whole lines.
        due: A step that was asked for before there was anything to choose from.
        is_plain: Whether the text is a word by itself and no command line.
    """

    complete: Callable[[str], Completion] | None = None
    completion: Completion | None = None
    written: tuple[str, str] = ("", "")
    chosen: int | None = None
    is_whole: bool = False
    is_plain: bool = False
    due: int = 0

    @property
    def is_open(self) -> bool:
        """Whether there is something to choose from."""
        return self.completion is not None and bool(self.completion.candidates)

    @property
    def is_chosen(self) -> bool:
        """Whether one of them is in the line."""
        return self.is_open and self.chosen is not None

    def close(self) -> None:
        """Offer nothing; the line stays as it is."""
        self.completion, self.chosen, self.is_whole, self.due = None, None, False, 0

    def look(self, editor: Editor) -> None:
        """The text has changed: see what could stand there now."""
        was_whole = self.is_whole
        self.close()
        if self.complete is None or was_whole or not editor.text:
            return
        self.written = (editor.buffer.before, editor.buffer.after)
        self.completion = self.complete(editor.buffer.before)

    def show_older(self, editor: Editor, history: History, kind: Typed | None) -> None:
        """Offer what was written before that has this text somewhere."""
        if kind is None:
            return
        if self.is_whole:
            self.step(editor, 1)
            return
        self.written = (editor.text, "")
        found = history.containing(kind, editor.text)
        self.completion = Completion(
            start=0, candidates=tuple(Candidate(text=one) for one in found)
        )
        self.is_whole, self.chosen = True, None
        self.step(editor, 1)

    def step(self, editor: Editor, step: int) -> None:
        """Put the next candidate into the line, or first all that they have in common."""
        if self.completion is None:
            self.written = (editor.buffer.before, editor.buffer.after)
            if self.complete is not None:
                self.completion = self.complete(editor.buffer.before)
        if self.completion is None or not self.completion.candidates:
            self.due = step
            return
        if self.chosen is None and self.extend(editor):
            return
        count = len(self.completion.candidates)
        if self.chosen is None:
            self.chosen = 0 if step > 0 else count - 1
        else:
            self.chosen = (self.chosen + step) % count
        self.put(editor, self.completion.candidates[self.chosen])
        if count == 1 and not self.is_whole:
            self.look(editor)

    def extend(self, editor: Editor) -> bool:
        """Write what all candidates begin with; False if that is there already."""
        if self.completion is None or len(self.completion.candidates) < 2:
            return False
        if self.is_whole:
            return False
        common = beginning([one.text for one in self.completion.candidates])
        if self.is_plain:
            line = common
        else:
            part = Candidate(text=common, is_open=True)
            line = self.completion.line(self.written[0], part)
        if len(line) <= len(self.written[0]) or not line.startswith(self.written[0]):
            return False
        editor.fill(line + self.written[1], at=len(line))
        self.look(editor)
        return True

    def put(self, editor: Editor, candidate: Candidate) -> None:
        """Write a candidate in the place of the word at the cursor."""
        if self.completion is None:
            return
        before, after = self.written
        if self.is_whole or self.is_plain:
            editor.fill(candidate.text)
            return
        line = self.completion.line(before, candidate)
        if after.startswith(" ") and line.endswith(" "):
            line = line[:-1]
        editor.fill(line + after, at=len(line))

    def give_up(self, editor: Editor) -> None:
        """Back to what was written before one was chosen."""
        if self.chosen is not None:
            before, after = self.written
            editor.fill(before + after, at=len(before))
        self.close()

    def catch_up(self, editor: Editor) -> None:
        """Do what was asked for before enough was known; called for each picture."""
        if self.completion is not None and not self.is_open:
            due = self.due
            self.look(editor)
            if due:
                self.step(editor, due)

    # ---- the picture

    def draw(self, canvas: Canvas, line: Rectangle, left: int) -> None:
        """Draw the candidates beside the line: above it, or below if there is more room.

        Args:
            canvas: The picture.
            line: Where the line is.
            left: The column at which its text begins; it may be out of view.
        """
        if self.completion is None or not self.completion.candidates:
            return
        above, below = line.y, canvas.lines - line.y - line.lines
        count = min(len(self.completion.candidates), MOST_LINES, max(above, below))
        if count <= 0:
            return
        shown = self.window(count)
        word = 1 + max(columns_of(one.text) for one in shown)
        about = max(columns_of(one.about) for one in shown)
        columns = min(word + (GAP + about if about else 0) + 1, line.columns)
        start = columns_of(self.written[0][: self.completion.start])
        x = min(left + start - 1, line.x + line.columns - columns)
        top = line.y - count if above >= below else line.y + line.lines
        area = Rectangle(max(x, line.x), top, columns, count)
        canvas.fill(area, " ", MENU)
        chosen = (
            None if self.chosen is None else self.completion.candidates[self.chosen]
        )
        for number, one in enumerate(shown):
            y = top + number
            is_chosen = one is chosen
            style = CHOSEN if is_chosen else MENU
            if is_chosen:
                canvas.fill(Rectangle(area.x, y, columns, 1), " ", style)
            canvas.text(area.x + 1, y, one.text, style, columns - 2)
            free = columns - word - GAP - 1
            if one.about and free > 3:
                style = CHOSEN if is_chosen else ABOUT
                canvas.text(area.x + word + GAP, y, one.about, style, free)

    def window(self, count: int) -> tuple[Candidate, ...]:
        """As many candidates as there is room for, the chosen one among them."""
        candidates = () if self.completion is None else self.completion.candidates
        chosen = self.chosen or 0
        first = max(min(chosen - count // 2, len(candidates) - count), 0)
        return candidates[first : first + count]


def beginning(texts: Sequence[str]) -> str:
    """What all texts begin with."""
    first, last = min(texts), max(texts)
    same = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return "".join(one for one, _ in same)
