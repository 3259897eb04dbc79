"""One control connection: requests of a person or a program, answered as they are done.

JSON, whatever carries it: `{"id", "request", "args"}` in, `{"id", "result"}` or
`{"id", "error"}` out. Requests run concurrently, but for subscribing; answers carry the
id. `give_up` names one that is under way by its id: a run ends then, with the answer that
there is by now. `subscribe` begins what `monitor` tells: frames with a `seq` and without
an id.
"""

from __future__ import annotations

import functools
import json
import os
from typing import TYPE_CHECKING, Any, Final

import attrs
import trio

from fugue_actors.errors import FugueError, Refused
from fugue_actors.gateways import authority
from fugue_actors.gateways.access import of_command
from fugue_actors.gateways.caller import person
from fugue_actors.gateways.connection import MOST_IN_FLIGHT, Connection
from fugue_actors.gateways.greeting import greet
from fugue_actors.gateways.monitor import Subscriber, choice_of
from fugue_actors.gateways.operations import OPERATIONS, carry_out, views
from fugue_actors.gateways.wire import WireClosed
from fugue_actors.protocol.errors import error_json
from fugue_actors.protocol.frames import Overlong
from fugue_actors.protocol.monitor import PROTOCOL

if TYPE_CHECKING:
    from collections.abc import Callable

    from fugue_actors.gateways.caller import Caller
    from fugue_actors.gateways.identity import Peer
    from fugue_actors.gateways.monitor import Feed
    from fugue_actors.gateways.operations.context import DaemonInfo
    from fugue_actors.gateways.wire import OnSent
    from fugue_actors.journal import Journal, State

HELLO: Final = "hello"
ACKNOWLEDGE: Final = "acknowledge"
GIVE_UP: Final = "give_up"
SUBSCRIBE: Final = "subscribe"
UNSUBSCRIBE: Final = "unsubscribe"
IN_ORDER: Final = (SUBSCRIBE, UNSUBSCRIBE)
"""Requests that are carried out before the next is looked at: the last one counts."""


class ControlConnection(Connection):
    """See the module's docstring."""

    def __init__(
        self,
        stream: trio.SocketStream,
        peer: Peer,
        *,
        journal: Journal,
        daemon: DaemonInfo,
        feed: Feed,
    ) -> None:
        super().__init__(stream, peer, journal=journal, daemon=daemon)
        self.feed = feed
        self.caller: Caller | None = None
        self.usual_name = person()
        self.under_way: set[Request] = set()

    async def serve(self) -> None:
        """One client, from its first line to its last."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.lines.write)
            self.subscriber = Subscriber(self.lines, self.feed, hang_up=self.stop)
            nursery.start_soon(self.subscriber.run)
            limit = trio.CapacityLimiter(MOST_IN_FLIGHT)
            async for line in self.lines.lines():
                request = parsed(line)
                if isinstance(request, FugueError):
                    await self.answer(None, {"error": error_json(request)})
                    self.turned_away(request)
                    continue
                try:
                    if self.caller is None:
                        self.caller = await self.greeted(request)
                    self.admit(request)
                except Refused as error:
                    await self.answer(request.id, {"error": error_json(error)})
                    self.turned_away(error)
                    continue
                await self.prove()
                try:
                    limit.acquire_on_behalf_of_nowait(request)
                except trio.WouldBlock:
                    await limit.acquire_on_behalf_of(request)
                if request.name in IN_ORDER:
                    await self.carry_out(request, limit)
                else:
                    nursery.start_soon(self.carry_out, request, limit)
            nursery.cancel_scope.cancel("the client left")

    async def greeted(self, request: Request) -> Caller:
        """Decide who calls; only a first `hello` has a say in it."""
        said = request.args if request.name == HELLO else {}
        token, name = said.get("token"), said.get("as")
        return await greet(
            self.peer,
            kernel=self.kernel,
            journal=self.journal,
            holder=None,
            token=token if isinstance(token, str) else None,
            name=name if isinstance(name, str) else None,
            access_of=of_command,
            usual=free_name(self.journal.state, self.usual_name),
        )

    def admit(self, request: Request) -> None:
        """Whether a request is carried out at all.

        Raises:
            Refused: It is not, as on wires that strangers reach.
        """

    def turned_away(self, error: FugueError) -> None:
        """What the client sent was answered with why it is not even looked at."""

    async def carry_out(self, request: Request, limit: trio.CapacityLimiter) -> None:
        """One request, until its answer is with the client or nobody wants it."""
        self.under_way.add(request)
        begin: Callable[[], None] | None = None
        try:
            try:
                if request.name == SUBSCRIBE:
                    result, begin = self.subscribe(request.args)
                    body = {"result": result}
                else:
                    body = {"result": await self.result(request)}
            except FugueError as error:
                body = {"error": error_json(error)}
            self.claims.written(request)
            await self.answer(
                request.id, body, functools.partial(self.claims.handed_over, request)
            )
            if begin is not None:
                begin()
        finally:
            self.under_way.remove(request)
            limit.release_on_behalf_of(request)

    async def result(self, request: Request) -> dict[str, Any]:
        assert self.caller is not None
        if request.name == HELLO:
            return await self.hello(request.args)
        if request.name == ACKNOWLEDGE:
            return {}
        if request.name == UNSUBSCRIBE:
            self.subscriber.end()
            return {}
        if request.name == GIVE_UP:
            for other in self.under_way:
                if other.id == request.args.get("request"):
                    other.given_up.set()
            return {}
        operation = OPERATIONS.get(request.name)
        if operation is None:
            raise Refused(
                "InvalidArgument",
                f"unknown request {request.name!r}",
                hint="one of: " + ", ".join(sorted(OPERATIONS)),
            )

        context = attrs.evolve(
            self.context(self.caller, request),
            given_up=request.given_up,
            expect=self.subscriber.expect,
        )
        return await carry_out(context, operation, request.args, as_tool=False)

    def subscribe(
        self, args: dict[str, Any]
    ) -> tuple[dict[str, Any], Callable[[], None]]:
        """What a subscriber is answered, and what to do when it has the answer."""
        assert self.caller is not None
        sight = authority.sight(self.caller)
        choice = choice_of(args, sight, self.journal.generation)
        new = self.subscriber.prepare(sight, choice)
        answer = {
            "seq": self.journal.seq,
            "resumed": new is not None and new.is_resumed,
        }
        return answer, functools.partial(self.subscriber.begin, choice)

    async def hello(self, said: dict[str, Any]) -> dict[str, Any]:
        """Tell a client whom it reached and who it is."""
        assert self.caller is not None
        answer: dict[str, Any] = {
            "version": self.daemon.version,
            "pid": os.getpid(),
            "protocol": PROTOCOL,
            "generation": self.journal.generation,
            "role": self.caller.access.role,
            "operator_id": self.ref.id,
        }
        # A person becomes a session when they say something, not by looking around.
        if self.caller.session_id is None:
            refuse_name(self.journal.state, said.get("as"))
            answer["name"] = self.caller.name
            if said.get("as") is None and self.caller.name != self.usual_name:
                names = {"from": self.usual_name, "to": self.caller.name}
                answer["renamed"] = names
            return answer
        session = await self.caller.session()
        if said.get("as") not in (None, session.session_name):
            raise Refused(
                "IdentityFixed",
                f"inside a pane you are its session, {session.session_name!r}, and "
                f"cannot be {said['as']!r}",
                hint="leave out --as, or run the command outside of fugue's panes",
            )
        state = self.journal.state
        answer["name"] = session.session_name
        answer["session"] = views.identity(state, session, self.caller.attestation)
        return answer

    async def answer(
        self,
        request_id: Any,
        body: dict[str, Any],
        on_sent: OnSent | None = None,
    ) -> None:
        line = json.dumps({"id": request_id, **body})
        try:
            await self.lines.send(line.encode(), on_sent)
        except WireClosed:
            return


class Request:
    """One request: hashable by identity, since clients may reuse an id."""

    __slots__ = ("args", "given_up", "id", "name")

    def __init__(self, request_id: Any, name: str, args: dict[str, Any]) -> None:
        self.id = request_id
        self.name = name
        self.args = args
        self.given_up = trio.Event()


def parsed(line: bytes | Overlong) -> Request | Refused:
    """The request a line holds, or what is wrong with it."""
    if isinstance(line, Overlong):
        return Refused(
            "PayloadTooLarge", f"a request may have at most {line.limit_bytes} bytes"
        )
    try:
        shape = json.loads(line)
    except (ValueError, RecursionError):
        return Refused("InvalidArgument", "this line is not JSON")
    match shape:
        case {"id": request_id, "request": str(name)}:
            args = shape.get("args", {})
            if isinstance(args, dict):
                return Request(request_id, name, args)
    return Refused(
        "InvalidArgument",
        "a request has the form {'id': …, 'request': 'name', 'args': {…}}",
    )


def has_pane(state: State, name: str) -> bool:
    """Whether a session of this name runs programs, so that no guest can be it."""
    session_id = state.names.get(name)
    return session_id is not None and state.sessions[session_id].kind == "pane"


def refuse_name(state: State, name: object) -> None:
    """Refuse to be a guest under the name of a session that runs programs."""
    if isinstance(name, str) and has_pane(state, name):
        raise Refused(
            "IdentityFixed",
            f"{name!r} is a session with a pane, and only what runs in its pane is it",
            hint="give --as another name",
        )


def free_name(state: State, name: str) -> str:
    """A name, numbered as long as it is that of a session that runs programs.

    It is the same one each time, so that the guest of that name is taken up again.
    """
    found, number = name, 2
    while has_pane(state, found):
        found, number = f"{name}-{number}", number + 1
    return found


def refusal(error: FugueError) -> bytes:
    """What a client is told that is turned away: an error that answers no request."""
    return json.dumps({"id": None, "error": error_json(error)}).encode() + b"\n"
