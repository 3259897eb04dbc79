"""HTTP/1.1 for small answers: heads of requests in, whole responses out.

A head is bounded in size and time, and no request has a body, so nobody can make the
daemon keep much or wait long. What follows a request to upgrade is kept for whoever
speaks the next protocol.
"""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus
from typing import Final

import attrs
import h11
import trio

LONGEST_HEAD_BYTES: Final = 16 * 1024
HEAD_SECONDS: Final = 5.0
SEND_SECONDS: Final = 30.0
LINGER_SECONDS: Final = 1.0

POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""What a page may load: what this daemon serves, and nothing written into the page."""

ALWAYS: Final = (
    (b"Content-Security-Policy", POLICY.encode()),
    (b"X-Content-Type-Options", b"nosniff"),
    (b"Referrer-Policy", b"no-referrer"),
    (b"Cross-Origin-Opener-Policy", b"same-origin"),
    (b"Cross-Origin-Resource-Policy", b"same-origin"),
)


@attrs.frozen
class Request:
    """A request's head.

    Attributes:
        method: `GET` and so on.
        path: What is asked for, without a query.
        headers: Names in lower case, in order of arrival.
        has_body: Whether something follows that belongs to it.
    """

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    has_body: bool = False

    def values(self, name: str) -> list[str]:
        """Every value of a header; its name is given in lower case."""
        return [value for key, value in self.headers if key == name]


@attrs.frozen
class Response:
    """A whole response.

    Attributes:
        status: The status code.
        body: What follows the head.
        media_type: Of the body.
        headers: Besides those that every response has.
    """

    status: int
    body: bytes = b""
    media_type: str = "text/plain; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()


def said(status: int, why: str, *headers: tuple[str, str]) -> Response:
    """A response for people to read, in one line."""
    fresh = ("Cache-Control", "no-store")
    return Response(status, f"{why}\n".encode(), headers=(fresh, *headers))


class BadRequest(Exception):  # noqa: N818 - what the peer sent, not a failure of ours
    """A head that is none, or comes too slowly.

    Attributes:
        response: What to say before hanging up.
    """

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


class HttpStream:
    """One connection's requests and responses, one after another.

    Args:
        stream: The connection.
    """

    def __init__(self, stream: trio.abc.Stream) -> None:
        self.stream = stream
        self.protocol = h11.Connection(
            h11.SERVER, max_incomplete_event_size=LONGEST_HEAD_BYTES
        )

    async def request(self, within: float = HEAD_SECONDS) -> Request | None:
        """The next request; None if the client leaves before it has begun one.

        Args:
            within: Seconds that its head may take.

        Raises:
            BadRequest: It is none, or not all there in time.
        """
        with trio.move_on_after(within):
            return await self.read_head()
        if not self.protocol.trailing_data[0]:
            return None
        raise BadRequest(said(408, "the request's head takes too long"))

    async def read_head(self) -> Request | None:
        try:
            event = await self.next_event()
            if not isinstance(event, h11.Request):
                return None
            # It is never read, so nobody can be flooded with it.
            has_body = not isinstance(self.protocol.next_event(), h11.EndOfMessage)
        except h11.RemoteProtocolError as error:
            raise BadRequest(said(error.error_status_hint, str(error))) from error
        return Request(
            method=event.method.decode(),
            path=event.target.decode().partition("?")[0],
            headers=tuple(
                (name.decode(), value.decode("latin-1"))
                for name, value in event.headers
            ),
            has_body=has_body,
        )

    async def next_event(self) -> object:
        while True:
            event = self.protocol.next_event()
            if event is not h11.NEED_DATA:
                return event
            # No more than makes a head too long, or one that came at once could be.
            room = LONGEST_HEAD_BYTES + 1 - len(self.rest())
            try:
                data = await self.stream.receive_some(room)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                return h11.ConnectionClosed()
            self.protocol.receive_data(bytes(data))

    async def respond(self, response: Response, *, with_body: bool = True) -> bool:
        """Send a response; returns whether another request may follow.

        Args:
            response: What to send.
            with_body: False after `HEAD`: the length is told all the same.
        """
        data = self.protocol.send(head_of(response)) or b""
        if with_body:
            data += self.protocol.send(h11.Data(data=response.body)) or b""
        data += self.protocol.send(h11.EndOfMessage()) or b""
        is_over = self.protocol.states != {h11.CLIENT: h11.DONE, h11.SERVER: h11.DONE}
        if not await self.send(data) or is_over:
            return False
        self.protocol.start_next_cycle()
        return True

    async def send(self, data: bytes) -> bool:
        """Send bytes as they are; returns whether the client took them in time."""
        with trio.move_on_after(SEND_SECONDS), suppress(trio.BrokenResourceError):
            await self.stream.send_all(data)
            return True
        return False

    def rest(self) -> bytes:
        """What came after the last request; it is not HTTP if that was to upgrade."""
        return bytes(self.protocol.trailing_data[0])


def head_of(response: Response) -> h11.Response:
    about = [
        (b"Content-Type", response.media_type.encode()),
        (b"Content-Length", str(len(response.body)).encode()),
    ]
    return h11.Response(
        status_code=response.status,
        headers=[
            *ALWAYS,
            *(about if response.status != HTTPStatus.NOT_MODIFIED else ()),
            *((name.encode(), value.encode()) for name, value in response.headers),
        ],
        reason=HTTPStatus(response.status).phrase.encode(),
    )


def unasked(response: Response) -> bytes:
    """A whole response for a client whose request is not even read."""
    protocol = h11.Connection(h11.SERVER)
    events = (head_of(response), h11.Data(data=response.body), h11.EndOfMessage())
    return b"".join(protocol.send(event) or b"" for event in events)


async def hang_up(stream: trio.SocketStream) -> None:
    """Let the client read what it was told, which a hard close could take from it."""
    with trio.move_on_after(LINGER_SECONDS), suppress(trio.BrokenResourceError):
        await stream.send_eof()
        while await stream.receive_some(LONGEST_HEAD_BYTES):
            pass
