"""`fugue attach` while it runs: one loop between a terminal and a daemon.

    bytes of the outer terminal --outer, inputs--> events --keyboard, mouse--> actions
    what the daemon tells --feed--> the model --> actions of the modes that look at it
    actions --doing--> requests, typing, changes of the state
    the state --view--> a canvas --picture, drawing--> the bytes that the terminal lacks

Everything that decides is pure and stands in a module of its own; what waits is here, in
`feed`, `doing`, `picture` and `outer`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import trio

from fugue_actors.client.wires import lone
from fugue_actors.tui import bells, keyboard, mouse, sizing, tables
from fugue_actors.tui.bindings import Bindings
from fugue_actors.tui.clipboard import Clipboard
from fugue_actors.tui.doing import Doing
from fugue_actors.tui.events import Focus, Key, Mouse, Paste
from fugue_actors.tui.feed import Feed
from fugue_actors.tui.handover import Handover
from fugue_actors.tui.modes import Copy
from fugue_actors.tui.outer import Leave, Repaint, Resized
from fugue_actors.tui.picture import Picture
from fugue_actors.tui.presence import Presence
from fugue_actors.tui.state import Outage, State
from fugue_actors.tui.vocabulary import Verbs

if TYPE_CHECKING:
    from fugue_actors.client import Change
    from fugue_actors.tui.outer import Outer, OuterEvent
    from fugue_actors.tui.settings import Settings

NOTHING_LEFT: Final = "no session is left"


class App:
    """One client.

    Args:
        settings: What the user has configured.
        outer: The terminal.
        session: Where to begin: a session's id, or None for wherever.
        socket: Of the daemon; by default that of this home.
        verbs: What the command line knows, for the `:` prompt.
        greeting: Something to be said first.

    Attributes:
        left: Why it is over; None while it is not.
    """

    def __init__(
        self,
        settings: Settings,
        outer: Outer,
        *,
        session: str | None = None,
        socket: str | None = None,
        verbs: Verbs | None = None,
        greeting: str | None = None,
    ) -> None:
        self.outer = outer
        self.bells = bells.Bells()
        self.handover = Handover()
        self.feed = Feed(
            on_change=self.changed,
            on_lost=self.lost,
            on_found=self.found,
            socket=socket,
        )
        columns, lines = outer.size.columns, outer.size.lines
        self.state = State(
            self.feed.model,
            settings,
            bindings=Bindings(settings, tables.TABLES),
            columns=columns,
            lines=lines,
            verbs=verbs or Verbs(),
        )
        self.picture = Picture(self.state, outer, self.look)
        self.doing = Doing(
            self.state,
            outer,
            self.feed,
            self.picture,
            on_answer=self.answered,
            on_leave=self.leave,
        )
        self.clipboard = Clipboard(self.state, self.feed.request, self.copied)
        self.presence = Presence(self.state, outer, self.feed, self.doing)
        self.clicks = mouse.Clicks()
        self.begin = session
        self.greeting = greeting
        self.left: str | None = None
        self.is_over = trio.Event()

    async def run(self) -> str:
        """Be there until somebody leaves; returns why.

        Raises:
            Refused: The daemon does not let this client in.
        """
        try:
            async with trio.open_nursery() as nursery:
                for task in (
                    self.feed,
                    self.doing,
                    self.picture,
                    self.outer,
                    self.clipboard,
                ):
                    nursery.start_soon(task.run)
                nursery.start_soon(self.listen)
                await self.is_over.wait()
                nursery.cancel_scope.cancel("somebody left")
        except BaseExceptionGroup as group:
            raise lone(group) from None
        return self.left or ""

    def leave(self, reason: str) -> None:
        """Come to an end."""
        self.left = self.left or reason
        self.is_over.set()

    # ---- the terminal

    async def listen(self) -> None:
        """Take what comes from the terminal."""
        while True:
            is_used = False
            for event in await self.outer.events():
                await self.presence.wait_until_there()
                if self.left is None:
                    self.take(event)
                is_used |= sizing.is_use(event) or isinstance(event, Resized)
            if is_used:
                self.presence.use()
            else:
                self.presence.tell()

    def take(self, event: OuterEvent) -> None:
        """One event."""
        state, mode = self.state, self.state.mode
        before = mode, state.table, state.shown, state.pane_id
        if keyboard.is_deaf(state, event, trio.current_time()):
            return
        if isinstance(event, Key):
            if event.kind == "release":
                return
            state.shown = None
            self.doing.perform(keyboard.press(state, event, trio.current_time()), mode)
        elif isinstance(event, Paste):
            self.doing.perform(keyboard.paste(state, event), mode)
        elif isinstance(event, Mouse):
            counted = self.clicks.counted(event, trio.current_time())
            self.doing.perform(mouse.handle(state, counted), mode)
        elif isinstance(event, Focus):
            state.is_focused = event.is_in
        elif isinstance(event, Resized):
            self.picture.resize(event.columns, event.lines)
        elif isinstance(event, Repaint):
            self.picture.forget()
        elif isinstance(event, Leave):
            self.leave(event.reason)
        after = state.mode, state.table, state.shown, state.pane_id
        if mode is not None or before != after:
            self.picture.mark()

    def look(self) -> None:
        """Have the screens that are shown: a mode may have come to show others."""
        self.feed.watch(self.state.visible)
        bells.look(self.state)
        self.clipboard.look()

    # ---- the daemon

    def answered(self, goes_on: bool) -> None:
        """A request was answered, and may have led somewhere."""
        if goes_on:
            self.presence.use()
        else:
            self.presence.tell()

    def changed(self, change: Change) -> None:
        """The model has changed."""
        state = self.state
        state.settle()
        panes = change.documents.get("panes", ())
        if self.bells.hear(state, panes, trio.current_time()):
            self.outer.ring()
        if (ended := self.presence.ended()) is not None and state.session is not None:
            here = state.session["session_name"]
            self.picture.say(f"now in {here}: {ended} has ended", is_error=True)
            keyboard.deafen(state, trio.current_time())
        if (passed := self.handover.look(state)) is not None:
            self.doing.perform([passed])
        for mode in [*state.modes()]:
            self.doing.perform(mode.changed(change), mode)
        if state.session_id is None:
            self.leave(NOTHING_LEFT)
        self.presence.tell()
        self.picture.mark()

    def copied(self, text: str) -> None:
        """The program that has the keyboard has copied something."""
        self.doing.perform([Copy(text)])

    def found(self) -> None:
        """The daemon can be reached."""
        state = self.state
        if state.outage is not None:
            state.outage = state.shown = None
            if keyboard.resume(state, trio.current_time()):
                self.picture.say("the daemon is back: pause before you type on")
        self.handover.forget()
        state.asked_sizes.clear()  # what was asked of another daemon never happened
        client = self.feed.client
        if client is not None:
            state.operator_id = client.welcome.get("operator_id")
            state.name = client.welcome["name"]
        state.settle()
        if self.begin is not None:
            state.go_to_session(self.begin)
            self.begin = None
        if self.greeting is not None:
            self.picture.say(self.greeting)
            self.greeting = None
        self.presence.use()
        self.picture.mark()

    def lost(self, why: str) -> None:
        """The daemon cannot be reached."""
        outage = self.state.outage = self.state.outage or Outage(why)
        outage.attempts += 1
        self.presence.give_up()
        self.picture.mark()
