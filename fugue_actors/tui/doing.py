"""Carrying out what keys, commands and modes want to happen.

Everything that decides returns actions, see `modes`; here they become requests, typing,
changes of what is shown, and chores. An answer goes to the mode that asked, if it is
still there.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import trio

from fugue_actors.errors import FugueError, Refused, Unavailable
from fugue_actors.tui import history, sizing, status
from fugue_actors.tui.commands import execute
from fugue_actors.tui.handover import typist
from fugue_actors.tui.modes import (
    ONLY_LOOKS,
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
from fugue_actors.tui.requests import Requests
from fugue_actors.tui.typing import Typing
from fugue_actors.tui.vocabulary import learn

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from fugue_actors.tui.feed import Feed
    from fugue_actors.tui.modes import Action, Mode, Typed
    from fugue_actors.tui.outer import Outer
    from fugue_actors.tui.picture import Picture
    from fugue_actors.tui.state import State
    from fugue_actors.tui.typing import Batch

SETTLED_SECONDS: Final = 2.0
"""After which a client has begun, and prepares for what comes later."""
LOOKS: Final = ("get_", "list_", "read_", "message", "events", "whoami", "unread")
"""How the names of operations begin that change nothing."""


class Doing:
    """See the module's docstring.

    Args:
        state: Of the client.
        outer: The terminal.
        feed: Who makes the requests.
        picture: What is shown.
        on_answer: Called after each answer, and told whether somebody waited for it to
            go on with something.
        on_leave: Called when somebody wants to leave, with why.

    Attributes:
        opening: How many requests are under way that open a place to go to.
    """

    def __init__(
        self,
        state: State,
        outer: Outer,
        feed: Feed,
        picture: Picture,
        *,
        on_answer: Callable[[bool], None],
        on_leave: Callable[[str], None],
    ) -> None:
        self.state = state
        self.outer = outer
        self.feed = feed
        self.picture = picture
        self.on_answer = on_answer
        self.on_leave = on_leave
        self.typing = Typing(self.send_typed, self.typing_refused)
        self.requests = Requests(feed.request)
        self.chores: trio.Nursery | None = None
        self.opening = 0

    async def run(self) -> None:
        """Do what there is to do, until cancelled."""
        async with trio.open_nursery() as nursery:
            self.chores = nursery
            nursery.start_soon(self.recall)
            nursery.start_soon(self.typing.run)
            nursery.start_soon(self.requests.run)

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
                    self.picture.mark()
        except Refused as error:
            self.picture.tell(error)

    def do(self, action: Action, mode: Mode | None) -> None:
        """Carry one action out."""
        match action:
            case Request():
                self.ask(action, mode)
            case Run(text):
                self.perform(execute(self.state, text), mode)
            case Type():
                self.type(action)
            case Notice(text, is_error, pane_id):
                self.picture.say(text, is_error=is_error, pane_id=pane_id)
            case Open(opened, pane_id):
                self.picture.open(opened, pane_id)
            case Close(closed):
                if (ended := closed or mode) is not None:
                    self.picture.close(ended)
            case Copy(text, append):
                if append and self.state.buffers:
                    text = self.state.buffers.pop(0) + text
                self.state.keep_buffer(text)
                if not self.outer.copy(text):
                    self.picture.say("too long for the clipboard: only kept here")
            case Redraw():
                self.picture.forget()
            case Suspend():
                self.outer.suspend()
            case Detach():
                self.on_leave(action.reason)
            case Remember(kind=kind, text=text):
                if self.state.history.add(kind, text):
                    self.begin_chore(self.remember, kind, text)
            case Learn():
                self.begin_chore(learn, self.state.verbs)
            case Invoke(line):
                self.invoke(line)

    def ask(self, request: Request, mode: Mode | None = None) -> None:
        """Make a request; its answer goes to who asked."""
        if self.state.settings.is_read_only and not request.name.startswith(LOOKS):
            if not request.is_quiet:
                self.perform([ONLY_LOOKS])
            return
        self.requests.make(request, self.answered(request, mode))

    def answered(
        self, request: Request, mode: Mode | None
    ) -> Callable[[dict[str, Any] | FugueError], None]:
        """What to do with the answer to a request."""

        self.opening += request.then is not None

        def take(answer: dict[str, Any] | FugueError) -> None:
            self.opening -= request.then is not None
            if request.name == sizing.RESIZING:
                sizing.answered(self.state, request)
            asked = request.asker or mode
            asker = asked if asked in [*self.state.modes()] else None
            if isinstance(answer, FugueError):
                if asker is not None:
                    self.perform(asker.refused(request, answer), asker)
                elif not request.is_quiet:
                    self.state.wish = None
                    self.picture.tell(answer)
            else:
                if asker is not None:
                    self.perform(asker.answered(request, answer), asker)
                if request.then is not None:
                    self.perform([Run(filled(request.then, answer))])
            self.on_answer(request.then is not None)
            self.picture.mark()

        return take

    # ---- chores: what takes a while, and is over then

    def begin_chore(self, chore: Callable[..., Awaitable[None]], *given: Any) -> None:
        """Have something done beside all else; it ends with this client."""
        if self.chores is not None:
            self.chores.start_soon(self.carry_out, chore, *given)

    async def carry_out(
        self, chore: Callable[..., Awaitable[None]], *given: Any
    ) -> None:
        """Do a chore; the picture may be another one then."""
        await chore(*given)
        self.picture.mark()

    def invoke(self, line: str) -> None:
        """Run a verb of the command line."""
        from fugue_actors.tui import asking, invoking

        seen = asking.seen(self.state)
        invoke = partial(
            invoking.invoke,
            is_read_only=self.state.settings.is_read_only,
            room=status.room_left(self.state) - 1,
        )
        self.begin_chore(invoke, line, self.state.verbs, seen, self.perform)

    async def recall(self) -> None:
        """Know what was typed at prompts before, and soon what could be."""
        file = history.path()
        self.state.history.fill(await trio.to_thread.run_sync(history.read, file))
        await trio.sleep(SETTLED_SECONDS)
        await learn(self.state.verbs)

    async def remember(self, kind: Typed, text: str) -> None:
        """Keep what was typed at a prompt."""
        try:
            await trio.to_thread.run_sync(history.append, history.path(), kind, text)
        except OSError as error:
            self.picture.say(f"the history cannot be kept: {error}", is_error=True)

    # ---- typing

    def type(self, typed: Type) -> None:
        """Type into a pane."""
        if self.state.settings.is_read_only:
            self.perform([ONLY_LOOKS])
        elif not self.typing.type(typed):
            self.picture.say(
                "the daemon is too busy to take what you type", is_error=True
            )

    async def send_typed(self, arguments: dict[str, Any]) -> None:
        """Give a batch of what was typed to the daemon."""
        await self.feed.request("send_input", **arguments, live=True)

    def typing_refused(self, batch: Batch, error: FugueError) -> None:
        """Something that was typed has not arrived."""
        state = self.state
        if not (batch.text or batch.keys):
            return  # the mouse and focus are of no use to who only watches
        if isinstance(error, Unavailable):
            state.refused_at = trio.current_time()
        if error.code == "HumanControl" and batch.pane_id == state.pane_id:
            who = typist(state, (error.data or {}).get("operator") or "somebody")
            text = f"{who} types here: {state.settings.prefix} T takes over"
            self.picture.say(text, is_error=True, pane_id=batch.pane_id)
        elif state.outage is not None:
            self.picture.say("refused: there is nobody to take it", is_error=True)
        else:
            self.picture.tell(error)


def filled(text: str, answer: dict[str, Any]) -> str:
    """Commands with what the answer says in them."""
    for key, value in answer.items():
        first = value[0] if isinstance(value, list) and value else value
        text = text.replace("{" + key + "}", str(first))
    return text
