"""`fugue attach` while it runs: one loop between a terminal and a daemon.

    bytes of the outer terminal --inputs--> events --keyboard, mouse--> actions
    what the daemon tells --feed--> the model --> actions of the modes that look at it
    actions --here--> requests, typing, changes of the state
    the state --view--> a canvas --drawing--> the bytes that the terminal lacks

Everything that decides is pure and stands in a module of its own; here is what waits. A
picture is drawn when something has happened, once for all that has by then, and the next
one not before the terminal has taken it. When nothing happens nothing runs, but for the
clock once a minute.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import trio

from fugue_actors.client.wires import lone
from fugue_actors.drawing import Canvas, Painter
from fugue_actors.errors import FugueError, Refused
from fugue_actors.tui import (
    abilities,
    history,
    keyboard,
    mouse,
    sizing,
    status,
    tables,
    view,
)
from fugue_actors.tui.bindings import Bindings
from fugue_actors.tui.commands import execute
from fugue_actors.tui.events import Focus, Key, Mouse, Paste
from fugue_actors.tui.feed import Feed
from fugue_actors.tui.modes import (
    Close,
    Copy,
    Detach,
    Invoke,
    Learn,
    Notice,
    Open,
    Redraw,
    Remember,
    Request,
    Run,
    Suspend,
    Type,
)
from fugue_actors.tui.outer import Leave, Repaint, Resized
from fugue_actors.tui.requests import Requests
from fugue_actors.tui.state import Outage, Shown, State
from fugue_actors.tui.typing import Typing
from fugue_actors.tui.vocabulary import Verbs, learn

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from fugue_actors.client import Change
    from fugue_actors.protocol.monitor import SessionDocument
    from fugue_actors.tui.modes import Action, Mode, Typed
    from fugue_actors.tui.outer import Outer, OuterEvent
    from fugue_actors.tui.settings import Settings
    from fugue_actors.tui.typing import Batch

NOTHING_LEFT: Final = "no session is left"
NOTICE_SECONDS: Final = 4.0
ERROR_SECONDS: Final = 8.0
OPENING_SECONDS: Final = 3.0
"""How long keys wait at most for a pane that is being opened."""
MINUTE: Final = 60.0
MOST_SAID: Final = 200


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
        self.nursery: trio.Nursery | None = None
        self.begin = session
        self.greeting = greeting
        self.canvas = Canvas(columns, lines)
        can = abilities.look()
        self.painter = Painter(
            columns,
            lines,
            depth=can.depth,
            has_underlines=can.has_underlines,
            erases_colour=can.erases_colour,
        )
        self.typing = Typing(self.send_typed, self.typing_refused)
        self.requests = Requests(self.feed.request)
        self.left: str | None = None
        self.news = trio.Event()
        self.opening = 0
        self.is_there = trio.Event()
        self.told_pane: str | None = None
        self.shown: SessionDocument | None = None
        self.focused: str | None = None
        self.closing: dict[int, float] = {}
        self.clicks = mouse.Clicks()

    async def run(self) -> str:
        """Be there until somebody leaves; returns why.

        Raises:
            Refused: The daemon does not let this client in.
        """
        try:
            async with trio.open_nursery() as nursery:
                self.nursery = nursery
                nursery.start_soon(self.recall)
                nursery.start_soon(self.feed.run)
                nursery.start_soon(self.typing.run)
                nursery.start_soon(self.requests.run)
                nursery.start_soon(self.outer.run)
                nursery.start_soon(self.listen)
                nursery.start_soon(self.paint)
        except BaseExceptionGroup as group:
            raise lone(group) from None
        return self.left or ""

    # ---- the picture

    async def paint(self) -> None:
        """Draw what has changed, whenever something has, until cancelled."""
        while True:
            self.news = trio.Event()
            self.expire()
            data = self.painter.paint(self.canvas, self.drawn())
            self.outer.paint(data)
            await self.outer.wait_written()
            with trio.move_on_at(self.next_expiry()):
                await self.news.wait()

    def drawn(self) -> Any:
        """Draw the state; returns the cursor."""
        window = self.state.window
        if window is not None:
            self.state.offsets[window["window_id"]] = sizing.pan(self.state)
        cursor = view.draw(self.state, self.canvas)
        self.outer.set_title(status.title(self.state))
        self.feed.watch(self.state.visible)  # a mode may show other screens now
        return cursor

    def mark(self) -> None:
        """Have another picture drawn."""
        self.news.set()

    def expire(self) -> None:
        """End what was only for a while."""
        state, now = self.state, trio.current_time()
        state.clock = time.strftime("%H:%M")
        shown = state.shown
        if shown is not None and shown.until is not None and shown.until <= now:
            state.shown = None
        for mode in [*state.modes()]:
            if self.closing.get(id(mode), now + 1) <= now:
                self.close(mode)

    def next_expiry(self) -> float:
        """When something ends that was only for a while, or the clock goes on."""
        times = [
            trio.current_time() + MINUTE - time.time() % MINUTE,
            *self.closing.values(),
        ]
        shown = self.state.shown
        if shown is not None and shown.until is not None:
            times.append(shown.until)
        return min(times)

    # ---- the terminal

    async def listen(self) -> None:
        """Take what comes from the terminal."""
        while True:
            for event in await self.outer.events():
                await self.wait_until_there()
                self.take(event)
            self.used()

    async def wait_until_there(self) -> None:
        """Wait for the pane that a key has opened: what is typed next is meant for it."""
        with trio.move_on_after(OPENING_SECONDS) as wait:
            while self.opening or self.state.wish is not None:
                await self.is_there.wait()
        if wait.cancelled_caught:
            self.state.wish = None

    def take(self, event: OuterEvent) -> None:
        """One event."""
        state, mode = self.state, self.state.mode
        before = mode, state.table, state.shown, state.pane_id
        if isinstance(event, Key):
            if event.kind == "release":
                return
            state.shown = None
            self.perform(keyboard.press(state, event, trio.current_time()), mode)
        elif isinstance(event, Paste):
            self.perform(keyboard.paste(state, event), mode)
        elif isinstance(event, Mouse):
            counted = self.clicks.counted(event, trio.current_time())
            self.perform(mouse.handle(state, counted), mode)
        elif isinstance(event, Focus):
            state.is_focused = event.is_in
        elif isinstance(event, Resized):
            state.columns, state.lines = event.columns, event.lines
            self.canvas.resize(event.columns, event.lines)
            self.painter.resize(event.columns, event.lines)
            self.mark()
        elif isinstance(event, Repaint):
            self.painter.forget()
            self.mark()
        elif isinstance(event, Leave):
            self.leave(event.reason)
        after = state.mode, state.table, state.shown, state.pane_id
        if mode is not None or before != after:
            self.mark()

    def used(self) -> None:
        """Somebody has done something: the window is this client's now."""
        size = sizing.wanted_size(self.state)
        if size is not None:
            self.ask(size)
        self.follow()

    def leave(self, reason: str) -> None:
        """Come to an end."""
        self.left = self.left or reason
        if self.nursery is not None:
            self.nursery.cancel_scope.cancel(reason)

    def follow(self) -> None:
        """Look at what is shown now, and tell programs and the daemon where that is."""
        state = self.state
        self.is_there.set()
        self.is_there = trio.Event()
        self.feed.watch(state.visible)
        self.outer.use_mouse(state.settings.mouse, moves=mouse.wants_moves(state))
        self.tell_focus()
        if state.pane_id not in (None, self.told_pane):
            self.told_pane = state.pane_id
            if not state.settings.is_read_only:
                args = {"pane": state.pane_id}
                self.ask(
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
            if pane_id is not None and mouse.modes_of(state, pane_id).get(
                "focus_events"
            ):
                self.typing.type(Type(pane_id=pane_id, focus=has_focus))

    # ---- the daemon

    def changed(self, change: Change) -> None:
        """The model has changed."""
        state = self.state
        state.settle()
        self.tell_of_end()
        for mode in [*state.modes()]:
            self.perform(mode.changed(change), mode)
        if not state.model.sessions or state.session_id is None:
            self.leave(NOTHING_LEFT)
        self.follow()
        self.mark()

    def tell_of_end(self) -> None:
        """Say why another session is shown, if the one that was is over."""
        before, session = self.shown, self.state.session
        if before is not None and before["session_id"] not in self.state.model.sessions:
            self.say(f"session {before['session_name']} has ended")
        self.shown = session

    def found(self) -> None:
        """The daemon can be reached."""
        state = self.state
        state.outage = None
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
            self.say(self.greeting)
            self.greeting = None
        self.used()
        self.mark()

    def lost(self, why: str) -> None:
        """The daemon cannot be reached."""
        outage = self.state.outage = self.state.outage or Outage(why)
        outage.attempts += 1
        self.mark()

    # ---- actions

    def perform(self, actions: Iterable[Action], mode: Mode | None = None) -> None:
        """Carry actions out in order.

        Args:
            actions: What is to happen.
            mode: Who wants it, if a mode does.
        """
        try:
            for action in actions:
                self.do(action, mode)
                if not isinstance(action, Type):  # what that changes, the daemon tells
                    self.mark()
        except Refused as error:
            self.tell(error)

    def do(self, action: Action, mode: Mode | None) -> None:
        """Carry one action out."""
        match action:
            case Request():
                self.ask(action, mode)
            case Run(text):
                self.perform(execute(self.state, text), mode)
            case Type():
                self.type(action)
            case Notice(text, is_error):
                self.say(text, is_error=is_error)
            case Open(opened, pane_id):
                self.open(opened, pane_id)
            case Close(closed):
                if (ended := closed or mode) is not None:
                    self.close(ended)
            case Copy(text, append):
                if append and self.state.buffers:
                    text = self.state.buffers.pop(0) + text
                self.state.keep_buffer(text)
                if not self.outer.copy(text):
                    self.say("too long for the clipboard: only kept here")
            case Redraw():
                self.painter.forget()
            case Suspend():
                self.outer.suspend()
            case Detach():
                self.leave(action.reason)
            case Remember(kind=kind, text=text):
                if self.state.history.add(kind, text):
                    self.begin_chore(self.remember, kind, text)
            case Learn():
                self.begin_chore(learn, self.state.verbs)
            case Invoke(line):
                self.invoke(line)

    def open(self, mode: Mode, pane_id: str | None) -> None:
        """Begin a mode."""
        state = self.state
        if mode.place == "line":
            state.line = mode
        elif mode.place in ("window", "over"):
            state.overlay = mode
        elif (where := pane_id or state.pane_id) is not None:
            state.pane_modes[where] = mode
        if mode.expires is not None:
            self.closing[id(mode)] = trio.current_time() + mode.expires

    def close(self, mode: Mode) -> None:
        """End a mode."""
        self.closing.pop(id(mode), None)
        self.state.close(mode)

    def ask(self, request: Request, mode: Mode | None = None) -> None:
        """Make a request; its answer goes to who asked."""
        if self.state.settings.is_read_only and not request.name.startswith(LOOKS):
            if not request.is_quiet:
                self.say("this client only looks", is_error=True)
            return
        self.requests.make(request, self.answered(request, mode))

    def answered(
        self, request: Request, mode: Mode | None
    ) -> Callable[[dict[str, Any] | FugueError], None]:
        """What to do with the answer to a request."""

        self.opening += request.then is not None

        def take(answer: dict[str, Any] | FugueError) -> None:
            self.opening -= request.then is not None
            asked = request.asker or mode
            asker = asked if asked in [*self.state.modes()] else None
            if isinstance(answer, FugueError):
                if asker is not None:
                    self.perform(asker.refused(request, answer), asker)
                elif not request.is_quiet:
                    self.tell(answer)
            else:
                if asker is not None:
                    self.perform(asker.answered(request, answer), asker)
                if request.then is not None:
                    self.perform([Run(filled(request.then, answer))])
                    self.used()
            self.follow()
            self.mark()

        return take

    # ---- chores: what takes a while, and is over then

    def begin_chore(self, chore: Callable[..., Awaitable[None]], *given: Any) -> None:
        """Have something done beside all else; it ends with this client."""
        if self.nursery is not None:
            self.nursery.start_soon(self.carry_out, chore, *given)

    async def carry_out(
        self, chore: Callable[..., Awaitable[None]], *given: Any
    ) -> None:
        """Do a chore; the picture may be another one then."""
        await chore(*given)
        self.mark()

    def invoke(self, line: str) -> None:
        """Run a verb of the command line."""
        from fugue_actors.tui import asking, invoking

        seen = asking.seen(self.state)
        verbs = self.state.verbs
        self.begin_chore(invoking.invoke, line, verbs, seen, self.perform)

    async def recall(self) -> None:
        """Know what was typed at prompts before."""
        file = history.path()
        self.state.history.fill(await trio.to_thread.run_sync(history.read, file))

    async def remember(self, kind: Typed, text: str) -> None:
        """Keep what was typed at a prompt."""
        try:
            await trio.to_thread.run_sync(history.append, history.path(), kind, text)
        except OSError as error:
            self.say(f"the history cannot be kept: {error}", is_error=True)

    # ---- typing

    def type(self, typed: Type) -> None:
        """Type into a pane."""
        if self.state.settings.is_read_only:
            self.say("this client only looks", is_error=True)
        elif not self.typing.type(typed):
            self.say("the daemon is too busy to take what you type", is_error=True)

    async def send_typed(self, arguments: dict[str, Any]) -> None:
        """Give a batch of what was typed to the daemon."""
        await self.feed.request("send_input", **arguments, live=True)

    def typing_refused(self, batch: Batch, error: FugueError) -> None:
        """Something that was typed has not arrived."""
        state = self.state
        if error.code == "HumanControl" and batch.pane_id == state.pane_id:
            who = (error.data or {}).get("operator") or "somebody"
            keys = f"{state.settings.prefix} T"
            self.say(f"{who} types here: {keys} takes over", is_error=True)
        else:
            self.tell(error)

    # ---- words

    def tell(self, error: FugueError) -> None:
        """Say what went wrong, and what to do about it."""
        text = error.message if error.hint is None else f"{error.message}: {error.hint}"
        self.say(text, is_error=True)

    def say(self, text: str, *, is_error: bool = False) -> None:
        """Say something in the status line for a while."""
        seconds = ERROR_SECONDS if is_error else NOTICE_SECONDS
        self.state.shown = Shown(text, is_error, trio.current_time() + seconds)
        self.state.said = [*self.state.said, text][-MOST_SAID:]
        self.mark()


LOOKS: Final = ("get_", "list_", "read_", "message", "events", "whoami", "unread")
"""How the names of operations begin that change nothing."""


def filled(text: str, answer: dict[str, Any]) -> str:
    """Commands with what the answer says in them."""
    for key, value in answer.items():
        first = value[0] if isinstance(value, list) and value else value
        text = text.replace("{" + key + "}", str(first))
    return text
