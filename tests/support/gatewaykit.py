"""Connections of either protocol in one process, above the tree of `actorkit`.

A `Line` is the other end of a connection: it speaks lines of JSON and nothing else, so
that a test can say what no proper client would. `official` is the proper one.
"""

from __future__ import annotations

import itertools
import json
import math
import os
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import attrs
import trio
from actorkit import World
from mcp import Client
from mcpkit import Agent, transport
from trio.testing import wait_all_tasks_blocked

from fugue_actors.gateways.control import ControlConnection
from fugue_actors.gateways.identity import Peer
from fugue_actors.gateways.mcp import McpConnection, Sdk
from fugue_actors.gateways.mcp.server import serve
from fugue_actors.gateways.monitor import Feed, Mirrors, Screens, mirrors
from fugue_actors.gateways.operations.context import DaemonInfo
from fugue_actors.kernel import ChildSpec, Ref, Restart, start_child

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fugue_actors.protocol.values import Session

LEGACY = "2025-06-18"
CLIENT = {"name": "tool", "version": "1"}


def stream_pair() -> tuple[trio.SocketStream, trio.SocketStream]:
    """A client's end and the daemon's."""
    ours, theirs = trio.socket.socketpair()
    return trio.SocketStream(ours), trio.SocketStream(theirs)


def plug(stream: trio.SocketStream) -> int:
    """Fill the way to the peer, so that nothing more leaves before it has read.

    Returns:
        How many blanks the peer will get first.
    """
    count = 0
    descriptor = stream.socket.fileno()
    with suppress(BlockingIOError):
        while True:
            count += os.write(descriptor, b" " * 4096)
    with suppress(BlockingIOError):
        while True:
            count += os.write(descriptor, b" ")
    return count


@attrs.define(eq=False)
class Line:
    """The client's end of a connection.

    Attributes:
        stream: The wire.
        actor: The connection's actor, at the daemon's end.
    """

    stream: trio.abc.Stream
    actor: Ref
    number: int = 0
    buffer: bytes = b""
    got: list[dict[str, Any]] = attrs.field(factory=list)

    async def say(self, line: bytes | dict[str, Any]) -> None:
        """Send one line."""
        data = line if isinstance(line, bytes) else json.dumps(line).encode()
        await self.stream.send_all(data + b"\n")

    async def hear(self) -> dict[str, Any]:
        """The next line from the daemon."""
        while b"\n" not in self.buffer:
            data = await self.stream.receive_some()
            if not data:
                raise EOFError
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        frame: dict[str, Any] = json.loads(line)
        return frame

    async def wait_ended(self) -> None:
        """Wait until the daemon has hung up, whatever it says before."""
        while await self.stream.receive_some():
            continue

    async def hang_up(self) -> None:
        """End the connection, and let the daemon notice."""
        await self.stream.aclose()
        await wait_all_tasks_blocked()


class McpLine(Line):
    """The same for MCP, with its frames."""

    async def ask(self, method: str, **params: Any) -> int:
        """Send a request; returns its id."""
        self.number += 1
        frame = {"jsonrpc": "2.0", "id": self.number, "method": method}
        await self.say({**frame, "params": params} if params else frame)
        return self.number

    async def tell(self, method: str, **params: Any) -> None:
        """Send a notification."""
        await self.say({"jsonrpc": "2.0", "method": method, "params": params})

    async def answer_to(self, number: int) -> dict[str, Any]:
        """The answer to a request; what comes before it is kept in `got`."""
        for kept in self.got:
            if kept.get("id") == number and "method" not in kept:
                self.got.remove(kept)
                return kept
        while True:
            frame = await self.hear()
            if frame.get("id") == number and "method" not in frame:
                return frame
            self.got.append(frame)

    async def greet(self) -> dict[str, Any]:
        """The handshake of the older protocol."""
        number = await self.ask(
            "initialize", protocolVersion=LEGACY, capabilities={}, clientInfo=CLIENT
        )
        answer = await self.answer_to(number)
        await self.tell("notifications/initialized")
        return answer

    async def start_call(self, tool: str, /, **arguments: Any) -> int:
        """Begin a tool call; returns its id."""
        return await self.ask("tools/call", name=f"fugue_{tool}", arguments=arguments)

    async def call(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """Call a tool; its structured content, be it a result or a refusal."""
        answer = await self.answer_to(await self.start_call(tool, **arguments))
        shape: dict[str, Any] = answer["result"]["structuredContent"]
        return shape


class ControlLine(Line):
    """The same for the control protocol."""

    async def ask(self, request: str, /, **args: Any) -> int:
        """Send a request; returns its id."""
        self.number += 1
        await self.say({"id": self.number, "request": request, "args": args})
        return self.number

    async def call(self, request: str, /, **args: Any) -> dict[str, Any]:
        """Send a request and wait for its answer: the result, or the error."""
        number = await self.ask(request, **args)
        while (frame := await self.hear()).get("id") != number:
            self.got.append(frame)
        shape: dict[str, Any] = frame.get("result", frame.get("error"))
        return shape


def loaded() -> Sdk:
    """An SDK that need not be waited for: time that tests move would not wait."""
    sdk = Sdk()
    sdk.serve = serve
    return sdk


@attrs.define(eq=False)
class Gate:
    """Where connections come in.

    Attributes:
        stops: How often the daemon was asked to stop.
        ends: The clients' ends of all connections.
        feed: What subscribers are told from.
        sdk: Gives what serves MCP; here it is there from the beginning.
        mirrors: Where screens come from; nobody feeds them, unless `show_screens` is called.
    """

    world: World
    stops: list[str] = attrs.field(factory=list)
    ends: list[trio.abc.Stream] = attrs.field(factory=list)
    numbers: Any = attrs.field(factory=itertools.count)
    sdk: Sdk = attrs.field(factory=loaded)
    mirrors: Mirrors = attrs.field(factory=Mirrors)
    feed: Feed = attrs.field(
        default=attrs.Factory(lambda gate: gate.new_feed(), takes_self=True)
    )

    def new_feed(self) -> Feed:
        """A feed that tells of screens, too."""
        journal = self.world.journal
        return Feed(journal, [Screens(journal, self.mirrors).source])

    async def show_screens(self) -> Ref:
        """Have screens followed; the actor that does."""
        return await start_child(
            self.world.kernel.registry.resolve("/connections"),
            attrs.evolve(mirrors.spec(self.mirrors), restart=Restart.PERMANENT),
        )

    def info(self) -> DaemonInfo:
        return DaemonInfo(
            version="0.test",
            home="/home",
            started=0.0,
            stop=lambda: self.stops.append("asked"),
            hand_over=self.stops.append,
        )

    def stranger(self) -> Peer:
        """A process that nothing can be found out about, each time another."""
        return Peer(pid=0, uid=os.getuid(), started=float(next(self.numbers)))

    async def agent(self, name: str, **fields: Any) -> Session:
        """A session with a running pane, whose token its connections present."""
        session = await self.world.session(name, **fields)
        await self.world.start_pane(session, pane_id(session))
        return session

    async def connect(
        self, kind: Any, streams: Any = None, peer: Peer | None = None
    ) -> tuple[trio.abc.Stream, Ref]:
        """A new connection; nothing has been said."""
        ours, theirs = streams or stream_pair()
        self.ends.append(ours)
        of_command = issubclass(kind, ControlConnection)
        more = {"feed": self.feed} if of_command else {"sdk": self.sdk}
        actor = await start_child(
            self.world.kernel.registry.resolve("/connections"),
            ChildSpec(
                id=f"c{next(self.world.numbers)}",
                factory=lambda: kind(
                    theirs,
                    peer or self.stranger(),
                    journal=self.world.journal,
                    daemon=self.info(),
                    **more,
                ),
                restart=Restart.TEMPORARY,
                shutdown=2.0,
            ),
        )
        return ours, actor

    async def mcp(
        self,
        session: Session | None = None,
        *,
        name: str | None = None,
        greet: bool = True,
        streams: Any = None,
        peer: Peer | None = None,
    ) -> McpLine:
        """An MCP connection of a pane's agent, or of a guest."""
        line = McpLine(*await self.connect(McpConnection, streams, peer))
        await line.tell("notifications/fugue/hello", **hello(session, name))
        if greet:
            await line.greet()
        return line

    async def control(
        self, session: Session | None = None, *, name: str | None = None
    ) -> ControlLine:
        """A control connection that has said hello."""
        line = ControlLine(*await self.connect(ControlConnection))
        said = hello(session, None) | ({"as": name} if name else {})
        await line.call("hello", **said)
        return line

    @asynccontextmanager
    async def official(
        self, session: Session | None = None, *, mode: str = "legacy", **options: Any
    ) -> AsyncIterator[Agent]:
        """The official client, as a pane's agent or as a guest."""
        stream, actor = await self.connect(McpConnection)
        line = McpLine(stream, actor)
        await line.tell("notifications/fugue/hello", **hello(session, None))
        async with Client(transport(stream), mode=mode, **options) as client:
            yield Agent(client)


def pane_id(session: Session) -> str:
    """The id of an agent's pane."""
    return f"p-{session.session_name}"


def hello(session: Session | None, name: str | None) -> dict[str, str]:
    """What a shim says of itself."""
    said = {} if session is None else {"token": f"token of {pane_id(session)}"}
    return said if name is None else {**said, "name": name}


class Background:
    """A piece of work in a task of its own."""

    def __init__(self, nursery: trio.Nursery, work: Any) -> None:
        self.result: Any = None
        self.is_over = False
        nursery.start_soon(self.run, work)

    async def run(self, work: Any) -> None:
        with trio.move_on_after(math.inf) as self.scope:
            self.result = await work
        self.is_over = True
