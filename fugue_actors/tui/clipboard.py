"""What programs copy, on its way to the outer terminal's clipboard, where that is wanted.

Only the program that has this person's keyboard may: what another one sets meanwhile, or
has set before, stays in its pane. That something was set is told with the screen; the text
is asked for, and thrown away if the person has gone elsewhere by then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import trio

from fugue_actors.errors import FugueError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fugue_actors.client.model import Screen
    from fugue_actors.tui.state import State

MOST_BYTES: Final = 100 * 1024
"""Of a text that a program copies."""


class Clipboard:
    """See the module's docstring.

    Args:
        state: Of the client.
        request: Makes a request, of a name with arguments.
        on_copied: Called with each text.

    Attributes:
        screen: That of the pane which had the keyboard when that was looked at last.
        count: How often its program had copied something by then.
        wanted: The pane whose text is to be asked for.
    """

    def __init__(
        self,
        state: State,
        request: Callable[..., Awaitable[dict[str, Any]]],
        on_copied: Callable[[str], None],
    ) -> None:
        self.state = state
        self.request = request
        self.on_copied = on_copied
        self.screen: Screen | None = None
        self.count = 0
        self.wanted: str | None = None
        self.is_wanted = trio.Event()

    def look(self) -> None:
        """See whether the program that has the keyboard has copied something."""
        state = self.state
        if state.settings.set_clipboard != "on" or state.settings.is_read_only:
            return
        screen = state.model.screens.get(state.pane_id or "")
        count = 0 if screen is None else screen.head.get("copies", 0)
        # One that comes whole is another: it may bring what was copied while nobody looked.
        is_same, before = screen is self.screen, self.count
        self.screen, self.count = screen, count
        if is_same and count > before:
            self.wanted = state.pane_id
            self.is_wanted.set()

    async def run(self) -> None:
        """Fetch what was copied, one text after the other, until cancelled."""
        while True:
            await self.is_wanted.wait()
            self.is_wanted = trio.Event()
            wanted = self.wanted
            try:
                answer = await self.request("read_pane", pane=wanted, clipboard=True)
            except FugueError:
                continue  # the pane or the daemon is gone, and the text with it
            text = answer.get("clipboard") or ""
            is_short = len(text.encode("utf-8", "replace")) <= MOST_BYTES
            if text and is_short and wanted == self.state.pane_id:
                self.on_copied(text)
