"""One connection to a daemon: requests, and what is the case as it changes.

A task reads what the daemon says and folds it into the model at once, so a program that is
slow to look costs neither memory nor the daemon's patience: it finds everything that is
different since it looked last. Only the log is kept for it event by event, the newest.
"""

from __future__ import annotations

import itertools
import json
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, Self, cast

import attrs
import trio

from fugue_actors import __version__, places
from fugue_actors.client.model import Change, Model
from fugue_actors.client.wires import gone, lone, open_lines
from fugue_actors.errors import FugueError, RemoteProtocolError
from fugue_actors.protocol.errors import error_from_json

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from contextlib import AbstractAsyncContextManager

    from fugue_actors.client.wires import ClientWire
    from fugue_actors.protocol.monitor import Kind, Subscribed, Welcome

KEEP_EVENTS: Final = 10_000
"""Of the log, for a program that does not look; the oldest are forgotten."""


@attrs.define(eq=False)
class Waiting:
    """A request whose answer has not come."""

    is_over: trio.Event = attrs.Factory(trio.Event)
    result: dict[str, Any] | None = None
    error: FugueError | None = None


class Client:
    """See the module's docstring.

    Args:
        wire: The connection.

    Attributes:
        welcome: What the daemon said when it was greeted.
        model: What is the case, as far as was subscribed to.
        is_over: Set when the daemon has hung up.
    """

    welcome: Welcome

    def __init__(self, wire: ClientWire) -> None:
        self.wire = wire
        self.model = Model()
        self.is_over = trio.Event()
        self.numbers = itertools.count(1)
        self.waiting: dict[int, Waiting] = {}
        self.change = Change()
        self.changed = trio.Event()
        self.subscribing = trio.Lock()

    async def request(self, name: str, /, **args: Any) -> dict[str, Any]:
        """Make a request and wait for its answer. Several may be under way at once.

        Args:
            name: Of an operation, such as `list_sessions`.
            args: Its arguments; those that are None are left out.

        Raises:
            Refused: The daemon said no; its code, message and hint.
            Unavailable: It has hung up; the request may or may not have been done.
        """
        number = next(self.numbers)
        given = {key: value for key, value in args.items() if value is not None}
        frame = {"id": number, "request": name, "args": given}
        waiting = self.waiting[number] = Waiting()
        try:
            if self.is_over.is_set():
                raise gone("it hung up")
            await self.wire.send(json.dumps(frame).encode())
            await waiting.is_over.wait()
        finally:
            del self.waiting[number]
        if waiting.error is not None:
            raise waiting.error
        return waiting.result or {}

    async def subscribe(
        self,
        kinds: Sequence[Kind],
        *,
        sessions: Sequence[str] | None = None,
        tags: Sequence[str] | None = None,
        screens: Sequence[str] | str | None = None,
        rate: int | None = None,
        model: Model | None = None,
    ) -> Subscribed:
        """Say what to be told of; a second time, what to be told of instead.

        Args:
            kinds: What to be told of.
            sessions: Only of these sessions, by id or name; or
            tags: of those with one of these tags.
            screens: Ids of the panes whose screens to watch, or "all".
            rate: How often a second to be told at most.
            model: What another connection with the same subscription has left off with:
                the daemon then tells what has changed since, if it can.

        Raises:
            Refused, Unavailable: As `request`.
        """
        async with self.subscribing:
            since = generation = None
            if model is not None:
                self.model = model
                if model.generation is not None:
                    since, generation = model.seq, model.generation
            answer = await self.request(
                "subscribe",
                kinds=list(kinds),
                sessions=None if sessions is None else list(sessions),
                tags=None if tags is None else list(tags),
                screens=screens if screens is None or screens == "all" else [*screens],
                rate=rate,
                since=since,
                generation=generation,
            )
            return cast("Subscribed", answer)

    def changes(self) -> Changes:
        """What changes, each time that something has, until the daemon hangs up.

        All that happened between two turns is one change. For one reader at a time.
        """
        return Changes(self)

    async def next_change(self) -> Change | None:
        """What has changed since this was called last; None if the daemon has hung up."""
        while not self.change and not self.is_over.is_set():
            await self.changed.wait()
        await trio.lowlevel.checkpoint()
        change, self.change = self.change, Change()
        return change or None

    async def wait_loaded(self) -> Model:
        """Wait until everything that was subscribed to is known; returns it.

        Raises:
            Unavailable: The daemon has hung up before.
        """
        while self.model.generation is None:
            if self.is_over.is_set():
                raise gone("it hung up")
            await self.changed.wait()
        await trio.lowlevel.checkpoint()
        return self.model

    # ---- what the daemon says

    async def read(self) -> None:
        """Take in what the daemon says, until it hangs up."""
        async with aclosing(self.wire.frames()) as frames:
            async for frame in frames:
                self.take(frame)
        self.is_over.set()
        for waiting in self.waiting.values():
            waiting.error = waiting.error or gone("it hung up")
            waiting.is_over.set()
        self.wake()

    def take(self, frame: bytes) -> None:
        """One frame: an answer, or what is the case.

        Raises:
            RemoteProtocolError: It is neither.
        """
        try:
            shape = json.loads(frame)
        except ValueError as error:
            raise RemoteProtocolError("the daemon said what is not JSON") from error
        if "id" in shape:
            self.answered(shape)
        elif "seq" in shape:
            self.model.apply(shape, self.change, self.welcome["generation"])
            del self.change.events[:-KEEP_EVENTS]
            self.wake()

    def answered(self, shape: dict[str, Any]) -> None:
        """An answer came, or a last word that concerns every request."""
        number = shape["id"]
        error = shape.get("error")
        for key, waiting in self.waiting.items():
            if number in (key, None):
                waiting.result = shape.get("result")
                waiting.error = None if error is None else error_from_json(error)
                waiting.is_over.set()

    def wake(self) -> None:
        self.changed.set()
        self.changed = trio.Event()


class Changes:
    """What `Client.changes` gives; a loop over it may be left at any time."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Change:
        change = await self.client.next_change()
        if change is None:
            raise StopAsyncIteration
        return change


@asynccontextmanager
async def open_client(
    url: str | None = None,
    *,
    token: str | None = None,
    socket: str | None = None,
    name: str | None = None,
) -> AsyncIterator[Client]:
    """Connect to a daemon for the length of the block.

    Args:
        url: Of a monitor, as `fugue status` tells it; by default the socket of the
            daemon of this home is used.
        token: What `fugue token new` gave, for a monitor.
        socket: Path of another daemon's control socket.
        name: The guest to be, for whoever is not in a pane; by default the user.

    Raises:
        Unavailable: There is no daemon.
        Refused: `NotAllowed`, for instance for a token that has ended.
    """
    opening: AbstractAsyncContextManager[ClientWire]
    if url is None:
        opening = open_lines(socket or places.control_socket())
    else:
        from fugue_actors.client.websockets import open_websocket

        opening = open_websocket(url)
    async with opening as wire, greeted(wire, token=token, name=name) as client:
        yield client


@asynccontextmanager
async def greeted(
    wire: ClientWire, *, token: str | None = None, name: str | None = None
) -> AsyncIterator[Client]:
    """Be a client over a wire that is there already; see `open_client`."""
    try:
        async with trio.open_nursery() as nursery:
            client = Client(wire)
            nursery.start_soon(client.read)
            said = {"token": token, "as": name}
            welcome = await client.request(
                "hello", client="fugue_actors.client", version=__version__, **said
            )
            client.welcome = cast("Welcome", welcome)
            yield client
            nursery.cancel_scope.cancel("the client is done")
    except BaseExceptionGroup as group:
        raise lone(group) from None
