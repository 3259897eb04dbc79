"""What the monitor's port answers to a request's head. Pure.

First who asks whom (`Host` 421, `Origin` 403), then what for (404), then how (405, 413, 400,
426). How often, only the connection can tell (429).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final

import attrs
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection
from wsproto.utilities import RemoteProtocolError

from fugue_actors.gateways.control.http import Request, Response, said
from fugue_actors.gateways.control.origins import is_host_ours, is_origin_ours
from fugue_actors.gateways.control.pages import Page

SOCKET: Final = "/ws"
READING: Final = ("GET", "HEAD")
KEY_BYTES: Final = 16


@attrs.frozen
class Slow:
    """A response that takes a while to make, so that it is made in a thread."""

    make: Callable[[], Response]


Answer = Callable[[Request], Response | Slow]


@attrs.frozen
class Upgrade:
    """A request to speak WebSocket from now on.

    Attributes:
        protocol: Where the conversation stands.
        accepted: What to send to the client first.
    """

    protocol: WSConnection
    accepted: bytes


@attrs.frozen(kw_only=True)
class Site:
    """Everything that can be asked for.

    Attributes:
        pages: The files of the page.
        answers: Other paths, and who answers to them.
        names: Names of this machine that are ours besides those of the loopback.
    """

    pages: Mapping[str, Page]
    answers: Mapping[str, Answer]
    names: frozenset[str] = frozenset()

    def decide(self, request: Request) -> Response | Slow | Upgrade:
        """What becomes of a request."""
        refusal = self.refuse_stranger(request)
        if refusal is not None:
            return refusal
        is_socket = request.path == SOCKET
        page = self.pages.get(request.path)
        answer = self.answers.get(request.path)
        if not (is_socket or page or answer):
            return said(404, "there is nothing here")
        allowed = ("GET",) if is_socket else READING
        if request.method not in allowed:
            return said(405, "this can only be read", ("Allow", ", ".join(allowed)))
        if request.has_body:
            return said(413, "no request here has a body")
        if is_socket:
            return upgrade(request)
        if page is not None:
            return page.answer(request.values("if-none-match"))
        assert answer is not None
        return answer(request)

    def refuse_stranger(self, request: Request) -> Response | None:
        """What is wrong with who asks whom, if anything."""
        hosts, origins = request.values("host"), request.values("origin")
        if len(hosts) != 1 or not is_host_ours(hosts[0], self.names):
            return said(421, "this is not the server of that name")
        if any(not is_origin_ours(origin, hosts[0]) for origin in origins):
            return said(403, "pages of other servers may not ask here")
        return None


def upgrade(request: Request) -> Response | Upgrade:
    """The beginning of a WebSocket conversation, or what is wrong with the request."""
    keys = request.values("sec-websocket-key")
    protocol = WSConnection(ConnectionType.SERVER)
    headers = [
        (name.encode(), value.encode("latin-1")) for name, value in request.headers
    ]
    try:
        protocol.initiate_upgrade_connection(headers, request.path)
    except RemoteProtocolError as error:
        rejection = error.event_hint
        status = getattr(rejection, "status_code", 400)
        if status == HTTPStatus.UPGRADE_REQUIRED:
            return said(status, str(error), ("Sec-WebSocket-Version", "13"))
        return said(status, str(error))
    if len(keys) != 1 or not is_key(keys[0]):
        return said(400, "Sec-WebSocket-Key must be 16 bytes in base64")
    return Upgrade(protocol, protocol.send(AcceptConnection()))


def is_key(text: str) -> bool:
    """Whether it is a handshake's key."""
    try:
        return len(base64.b64decode(text, validate=True)) == KEY_BYTES
    except (binascii.Error, ValueError):
        return False
