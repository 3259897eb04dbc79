"""What a client and a daemon agreed on, to be told to the daemon's successor. PURE.

Only the older protocol has such a state: a handshake and subscriptions. All of it is
replayed at once, ahead of anything else; the daemon takes lines in order.
"""

from __future__ import annotations

import json

from fugue_actors.cli.jsonrpc import encode, notification

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from fugue_actors.cli.jsonrpc import Json, RequestId

HANDSHAKE = "fugue:replay:handshake"
SUBSCRIPTION = "fugue:replay:subscription:"


class Conversation:
    """The handshake and the subscriptions that stand."""

    def __init__(self) -> None:
        self.subscriptions: dict[str, bytes] = {}
        self.is_initialized = False
        self.replayed: set[RequestId | None] = set()
        self.handshake: bytes | None = None
        self.protocol: object = None

    def opened(self, handshake: bytes, protocol: object) -> None:
        """The daemon answered `initialize`, and chose this protocol."""
        self.handshake = handshake
        self.protocol = protocol
        self.subscriptions.clear()

    def replay(self) -> Iterator[bytes]:
        """The lines that bring a new daemon to where its predecessor was."""
        self.replayed.clear()
        if self.handshake is None:
            return
        message = json.loads(self.handshake)
        agreed = {**message["params"], "protocolVersion": self.protocol}
        self.replayed.add(HANDSHAKE)
        yield encode({**message, "id": HANDSHAKE, "params": agreed})
        if self.is_initialized:
            yield encode(notification("notifications/initialized"))
        for uri, line in self.subscriptions.items():
            own = SUBSCRIPTION + uri
            self.replayed.add(own)
            yield encode({**json.loads(line), "id": own})

    def refusal(self, own: RequestId | None, answer: Json) -> str | None:
        """Why the new daemon cannot go on with this conversation, or None."""
        if own != HANDSHAKE:
            return None
        result = answer.get("result")
        if not isinstance(result, dict):
            return "it refused to take up the conversation"
        if result.get("protocolVersion") != self.protocol:
            return f"it does not speak the agreed protocol {self.protocol}"
        return None

    def changed(self, own: RequestId | None, answer: Json) -> Iterator[bytes]:
        """What to tell the client after a replayed request was answered.

        A subscription's news come after its answer, so that nothing that happens
        between the client's look and the new subscription can be missed.
        """
        if own == HANDSHAKE and self.is_initialized:
            yield encode(notification("notifications/tools/list_changed"))
        elif isinstance(own, str) and own.startswith(SUBSCRIPTION):
            uri = own.removeprefix(SUBSCRIPTION)
            if "error" in answer:
                self.subscriptions.pop(uri, None)
            yield encode(notification("notifications/resources/updated", {"uri": uri}))
