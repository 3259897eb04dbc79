"""Where the client is, told to whom it matters.

The feed is told which screens are looked at, the daemon which pane has the person's
attention and how large its window is to be, programs whether they have the keyboard, and
the terminal whether moves of the mouse are wanted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import trio

from fugue_actors.tui import mouse, sizing
from fugue_actors.tui.modes import Request, Type

if TYPE_CHECKING:
    from fugue_actors.protocol.monitor import SessionDocument
    from fugue_actors.tui.doing import Doing
    from fugue_actors.tui.feed import Feed
    from fugue_actors.tui.outer import Outer
    from fugue_actors.tui.state import State

OPENING_SECONDS: Final = 3.0
"""How long keys wait at most for a pane that is being opened."""


class Presence:
    """See the module's docstring.

    Args:
        state: Of the client.
        outer: The terminal.
        feed: What the daemon tells.
        doing: Who carries out what is to be told.
    """

    def __init__(self, state: State, outer: Outer, feed: Feed, doing: Doing) -> None:
        self.state = state
        self.outer = outer
        self.feed = feed
        self.doing = doing
        self.moved = trio.Event()
        self.told_pane: str | None = None
        self.focused: str | None = None
        self.session: SessionDocument | None = None

    def use(self) -> None:
        """Somebody has done something: the window is this client's now."""
        size = sizing.wanted_size(self.state)
        if size is not None:
            self.doing.ask(size)
        self.tell()

    def tell(self) -> None:
        """Tell everybody where the client is, as far as they do not know."""
        state = self.state
        self.moved.set()
        self.moved = trio.Event()
        self.feed.watch(state.visible)
        self.outer.use_mouse(state.settings.mouse, moves=mouse.wants_moves(state))
        self.tell_focus()
        if state.pane_id in (None, self.told_pane):
            return
        self.told_pane = state.pane_id
        if not state.settings.is_read_only:
            args = {"pane": state.pane_id}
            self.doing.ask(
                Request(name="focus_pane", args=args, is_quiet=True, lane="focus")
            )

    def tell_focus(self) -> None:
        """Tell programs that asked for it which of them has the keyboard."""
        state = self.state
        has_keys = state.is_focused and not state.settings.is_read_only
        focused = state.pane_id if has_keys else None
        if focused == self.focused:
            return
        before, self.focused = self.focused, focused
        for pane_id, has_focus in ((before, False), (focused, True)):
            modes = {} if pane_id is None else mouse.modes_of(state, pane_id)
            if pane_id is not None and modes.get("focus_events"):
                self.doing.typing.type(Type(pane_id=pane_id, focus=has_focus))

    def ended(self) -> str | None:
        """The name of the session that was shown and is over, if it is."""
        before, self.session = self.session, self.state.session
        if before is None or before["session_id"] in self.state.model.sessions:
            return None
        return before["session_name"]

    def give_up(self) -> None:
        """The daemon is gone: nothing opens any more for which keys have to wait."""
        self.state.wish = None
        self.moved.set()
        self.moved = trio.Event()

    async def wait_until_there(self) -> None:
        """Wait for the pane that a key has opened: what is typed next is meant for it."""
        with trio.move_on_after(OPENING_SECONDS) as wait:
            while self.doing.opening or self.state.wish is not None:
                await self.moved.wait()
        if wait.cancelled_caught:
            self.state.wish = None
