"""What copy mode asks for in its last row: a line, or one character. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

from fugue_actors.tui.copying.machine import Asked, State
from fugue_actors.tui.copying.search import Search
from fugue_actors.tui.editing import Editor

LEAVING: Final = ("Escape", "C-c", "C-g")
PLAIN_END: Final = "-text"


@attrs.define(eq=False)
class Prompt:
    """A question that is open.

    Attributes:
        asked: What for.
        count: How often the command is to be done.
        before, search: Where the machine was, and what was searched for.
        editor: What was typed.
        older: What was typed at such prompts before, newest first.
        at: Which of these is shown; -1 for none.
    """

    asked: Asked
    count: int
    before: State
    search: Search | None
    older: Sequence[str] = ()
    at: int = -1
    editor: Editor = attrs.Factory(Editor)

    @property
    def command(self) -> str:
        """The command that is asked for more."""
        return self.asked.command

    def recall(self, step: int) -> bool:
        """Show what was typed before, or after that; whether there is something."""
        at = self.at + step
        if not -1 <= at < len(self.older):
            return False
        self.at = at
        self.editor.fill(self.older[at] if at >= 0 else "")
        return True

    def toggle_plain(self) -> None:
        """Search for a text and no longer for an expression, or the other way round."""
        name = self.command
        is_plain = name.endswith(PLAIN_END)
        name = name.removesuffix(PLAIN_END) if is_plain else name + PLAIN_END
        label = "search" if "forward" in name else "search up"
        label += ":" if is_plain else " (text):"
        self.asked = attrs.evolve(self.asked, command=name, label=label)
