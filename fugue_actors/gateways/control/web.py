"""One connection to the monitor's port: pages first, then perhaps a conversation.

Browsers ask for several files over one connection. A request for `/ws` makes it a
WebSocket; from then on it is a control connection like any other, except that its first
request has to be `hello` with a token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import trio

from fugue_actors.actors.ratelimit import Bucket, RateLimit
from fugue_actors.errors import FugueError, Refused
from fugue_actors.gateways import tokenlife, tokens
from fugue_actors.gateways.access import of_token
from fugue_actors.gateways.caller import Caller
from fugue_actors.gateways.connection import LONGEST_LINE_BYTES
from fugue_actors.gateways.control import health, scraping
from fugue_actors.gateways.control.connection import (
    HELLO,
    ControlConnection,
    free_name,
)
from fugue_actors.gateways.control.http import (
    BadRequest,
    HttpStream,
    hang_up,
    said,
    unasked,
)
from fugue_actors.gateways.control.site import Site, Slow, Upgrade
from fugue_actors.gateways.control.websocket import WebSocketStream
from fugue_actors.gateways.greeting import called, directory_of
from fugue_actors.gateways.holders import attest_socket
from fugue_actors.gateways.identity import Peer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fugue_actors.gateways.control.connection import Request
    from fugue_actors.gateways.control.pages import Page
    from fugue_actors.gateways.control.settings import MonitorSettings
    from fugue_actors.gateways.metrics import Tally
    from fugue_actors.gateways.monitor import Feed
    from fugue_actors.gateways.operations.context import DaemonInfo
    from fugue_actors.gateways.tcp_peer import TcpPeer
    from fugue_actors.journal import Journal
    from fugue_actors.protocol.values import Token

IDLE_SECONDS: Final = 5.0
HELLO_SECONDS: Final = 5.0
LONGEST_HELLO_BYTES: Final = 16 * 1024
REQUESTS: Final = RateLimit(per_minute=60 * 200, burst=400, what="requests")
REFUSALS: Final = RateLimit(per_minute=60 * 50, burst=400, what="refusals")

HINT: Final = "make one with `fugue monitor` or `fugue token new`"

NO_TOKEN: Final = 4401
NO_HELLO: Final = 4408
POLICY: Final = 1008


class WebConnection(ControlConnection):
    """See the module's docstring."""

    wire: WebSocketStream

    def __init__(
        self,
        stream: trio.SocketStream,
        peer: TcpPeer,
        *,
        journal: Journal,
        daemon: DaemonInfo,
        feed: Feed,
        settings: MonitorSettings,
        pages: Mapping[str, Page],
        tally: Tally,
    ) -> None:
        unknown = Peer(pid=0, uid=peer.uid, started=None)
        super().__init__(stream, unknown, journal=journal, daemon=daemon, feed=feed)
        self.socket = peer
        self.settings = settings
        self.pages = pages
        self.tally = tally
        self.requests = Bucket(REQUESTS)
        self.refusals = Bucket(REFUSALS)
        self.is_greeting = False
        self.token: Token | None = None
        self.handed_out: str | None = None

    async def serve(self) -> None:
        """One client, from its first request to its last."""
        http = HttpStream(self.stream)
        upgrade = await self.serve_pages(http)
        if upgrade is None or not await http.send(upgrade.accepted):
            await hang_up(self.stream)
            return
        self.lines = self.wire = WebSocketStream(
            self.stream,
            upgrade.protocol,
            limit_bytes=LONGEST_HELLO_BYTES,
            received=http.rest(),
        )
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.expect_hello)
            nursery.start_soon(self.end_with_wire, nursery)
            await super().serve()
            nursery.cancel_scope.cancel("the client left")

    async def serve_pages(self, http: HttpStream) -> Upgrade | None:
        """Answer until the client leaves, or wants a WebSocket."""
        site = Site(
            pages=self.pages,
            answers={
                health.PATH: health.health(self.kernel, self.journal),
                scraping.PATH: scraping.Scrape(
                    kernel=self.kernel,
                    journal=self.journal,
                    daemon=self.daemon,
                    tally=self.tally,
                ),
            },
            names=self.settings.names,
        )
        visits = Bucket(REQUESTS)
        try:
            while (request := await http.request(IDLE_SECONDS)) is not None:
                now = trio.current_time()
                if visits.wait(now):
                    await http.respond(said(429, str(REQUESTS), ("Retry-After", "1")))
                    return None
                visits.use(now)
                answer = site.decide(request)
                if isinstance(answer, Upgrade):
                    return answer
                if isinstance(answer, Slow):
                    answer = await trio.to_thread.run_sync(answer.make)
                if not await http.respond(answer, with_body=request.method != "HEAD"):
                    return None
        except BadRequest as error:
            await http.respond(error.response)
        return None

    async def expect_hello(self) -> None:
        """End a conversation that does not begin."""
        await trio.sleep(HELLO_SECONDS)
        if not self.is_greeting:
            self.wire.close(NO_HELLO, "no hello came in time")

    async def end_with_wire(self, serving: trio.Nursery) -> None:
        """Leave nothing under way for a client that hears of it no more."""
        await self.wire.is_over.wait()
        serving.cancel_scope.cancel("the conversation is over")

    async def end_with_token(self, token: Token) -> None:
        """End the conversation when what allowed it ends."""
        ended = await tokenlife.wait_ended(self.journal, token)
        self.wire.close(NO_TOKEN, ended.message)

    async def greeted(self, request: Request) -> Caller:
        """Let in whoever has a token.

        Raises:
            Refused: `NotAllowed`; the conversation is about to end.
        """
        presented = request.args.get("token")
        if request.name != HELLO or not isinstance(presented, str):
            raise Refused(
                "NotAllowed",
                "the first request has to be hello, with a token",
                hint=HINT,
            )
        self.is_greeting = True
        token = tokens.check(
            self.journal.state.tokens, presented, tokenlife.wall_clock()
        )
        attestation = await attest_socket(self.socket, self.journal)
        if token.exchange_seconds is not None and attestation.session_id is None:
            token, self.handed_out = await self.exchanged(token)
        self.token = token
        self.usual_name = token.label
        self.wire.limit_bytes = LONGEST_LINE_BYTES
        self.nursery.start_soon(self.end_with_token, token)
        return Caller(
            attestation,
            kernel=self.kernel,
            journal=self.journal,
            holder=None,
            name=called(attestation, None, free_name(self.journal.state, token.label)),
            cwd=directory_of(attestation.peer),
            access=of_token(token, attestation),
        )

    async def exchanged(self, token: Token) -> tuple[Token, str]:
        """A token of a link with its second secret, and the text to hand out.

        Raises:
            Refused: `NotAllowed`; somebody else came first with the same link.
            Unavailable: It cannot be kept now; the link is as good as before.
        """
        event, text = tokens.exchange(token, tokenlife.wall_clock())
        await self.journal.record(event)
        now = self.journal.state.tokens.get(token.token_id)
        if now is None or now.digest != event.digest:
            raise tokens.refusal(tokens.NOT_TAKEN, "unknown")
        return now, text

    async def hello(self, said: dict[str, Any]) -> dict[str, Any]:
        """Tell a client who it is, and for how long."""
        assert self.caller is not None
        assert self.token is not None
        answer = await super().hello({})
        if said.get("as") not in (None, answer["name"]):
            raise Refused("IdentityFixed", "your token says who you are")
        reach = self.token.reach if self.caller.access.is_person else None
        answer["expires_at"] = self.token.expires_at
        if self.handed_out is not None:
            answer["token"] = self.handed_out
        answer["scope"] = reach and {
            "sessions": list(reach.sessions),
            "tags": list(reach.tags),
        }
        return answer

    def admit(self, request: Request) -> None:
        """Let a client ask often, but not without end.

        Raises:
            Refused: `RateLimited`.
        """
        self.requests.take(trio.current_time())

    def turned_away(self, error: FugueError) -> None:
        """Hang up on who has no business here, or does not listen."""
        if self.caller is None:
            self.wire.close(NO_TOKEN, error.message)
            return
        try:
            self.refusals.take(trio.current_time())
        except Refused:
            self.wire.close(POLICY, error.message)


def refusal(error: FugueError) -> bytes:
    """What a client is told that is turned away at the door, whatever it wants."""
    return unasked(said(503, error.message, ("Retry-After", "5")))
