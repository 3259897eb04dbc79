"""The editor of lines and small texts: keys and pastes in, a text and a cursor out. PURE.

Which keys it knows is a matter of taste: `emacs`, as shells have them, or `vi`. What
it does not know it leaves to whoever asked: Enter, Tab, Escape, the history.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

from fugue_actors.tui.editing import emacs
from fugue_actors.tui.editing.buffer import Buffer
from fugue_actors.tui.editing.vi import Vi

if TYPE_CHECKING:
    from typing import Self

Style = Literal["emacs", "vi"]

WHILE_WRITING = (
    *("Left", "Right", "Home", "End", "Up", "Down", "Backspace", "Delete", "C-h"),
    *("C-u", "C-w", "C-Left", "C-Right"),
)
"""What of the emacs keys vi knows while it writes."""


@attrs.define(eq=False)
class Editor:
    """A text that a person writes.

    Attributes:
        buffer: The text.
        style: Whose keys it knows.
        vi: The state of vi's keys.
    """

    buffer: Buffer = attrs.Factory(Buffer)
    style: Style = "emacs"
    vi: Vi = attrs.Factory(Vi)

    @classmethod
    def of(
        cls, text: str = "", *, style: Style = "emacs", has_lines: bool = False
    ) -> Self:
        """An editor with a text in it and the cursor at its end."""
        editor = cls(buffer=Buffer(has_lines=has_lines), style=style)
        editor.buffer.fill(text)
        editor.buffer.undone.clear()
        return editor

    @property
    def text(self) -> str:
        """What is written."""
        return self.buffer.text

    @property
    def is_commanding(self) -> bool:
        """Whether keys are vi's commands now."""
        return self.style == "vi" and self.vi.is_commanding

    @property
    def is_waiting(self) -> bool:
        """Whether the next key belongs to a command of vi."""
        return self.is_commanding and self.vi.is_unfinished

    def key(self, name: str) -> bool:
        """Take a key by its name; False if it means nothing here."""
        if self.is_commanding:
            if name == "Escape":
                was_unfinished = self.vi.is_unfinished
                self.vi.forget()
                return was_unfinished
            return self.vi.key(self.buffer, name)
        if name == "Escape" and self.style == "vi":
            self.vi.leave_insertion(self.buffer)
            return True
        is_known = self.style == "emacs" or name in WHILE_WRITING
        if is_known and (known := emacs.KEYS.get(name)) is not None:
            known(self.buffer)
            return True
        if name == "Space" or len(name) == 1:
            self.buffer.insert(" " if name == "Space" else name)
            return True
        return False

    def paste(self, text: str) -> None:
        """Write a text at the cursor, whatever mode the keys are in."""
        self.buffer.insert(text)

    def fill(self, text: str, *, at: int | None = None) -> None:
        """Replace the text, with the cursor after `at` code points of it, or at the end."""
        self.vi.forget()
        self.buffer.fill(text, at=at)
