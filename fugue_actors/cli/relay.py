"""The rules of `fugue mcp`: what passes between an agent and the daemon. PURE.

1. While the daemon is there, lines pass unchanged and in order. Only a batch is taken
   apart, and its answers are put together again.
2. When the daemon goes away, each request that it took and did not answer is answered
   `Unavailable`. It is never sent again: it may have run.
3. While the daemon is away a request is answered `Unavailable` at once (a `ping` is
   answered here) and a notification is dropped.
4. Opening requests (`initialize`, `server/discover`) change nothing and so wait for the
   daemon, `PATIENCE_SECONDS` at most; before it was first reached, all requests do.
5. On every new connection the client's handshake and subscriptions are replayed under
   ids of our own, whose answers end here; then the client is told to look again.
   Clients of the 2026 revision have neither: their requests carry all that is needed,
   and a `subscriptions/listen` that ends by rule 2 makes them listen again.
6. Requests of the daemon get ids that name the connection, so that an answer to a
   daemon that is gone never reaches its successor.

No I/O and no clock here: the shim hands in lines and the time, and writes out what
stands in `to_client` and `to_daemon`.
"""

from __future__ import annotations

import json

from fugue_actors.cli.conversation import Conversation
from fugue_actors.cli.jsonrpc import (
    INVALID_REQUEST,
    PARSE_ERROR,
    encode,
    failed,
    id_at_edge,
    named,
    notification,
    succeeded,
)
from fugue_actors.cli.requests import Batch, Request, unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:  # `typing` itself costs half a megabyte in every agent
    from typing import Any

    from fugue_actors.cli.jsonrpc import Json, RequestId

PATIENCE_SECONDS = 10.0
HELD_LIMIT_BYTES = 1024 * 1024
OPENING = frozenset({"initialize", "server/discover"})
KEPT = OPENING | {"resources/subscribe"}  # what a later connection may need again


class Relay:
    """One client's conversation, over as many connections to the daemon as it takes.

    Args:
        hello: The line that opens every connection.
        now: The present time in seconds, of the clock that later calls use.
    """

    def __init__(self, hello: bytes, now: float) -> None:
        self.to_client = bytearray()
        self.to_daemon = bytearray()
        self.trouble = "it has not been reached yet"
        self.is_connected = False
        self.hello = hello
        self.connections = 0
        self.patient_until = now + PATIENCE_SECONDS
        self.sent: dict[RequestId, Request] = {}
        self.held: dict[RequestId, Request] = {}
        self.asked: dict[str, RequestId] = {}
        self.conversation = Conversation()

    @property
    def awaits_answers(self) -> bool:
        """Whether an answer may still come that the client would want to see."""
        requests = (*self.sent.values(), *self.held.values())
        return any(request.method != "subscriptions/listen" for request in requests)

    @property
    def next_deadline(self) -> float | None:
        """When `expire` has something to do next, or None."""
        deadlines = [held.deadline for held in self.held.values() if held.deadline]
        return min(deadlines, default=None)

    # ---- the connection

    def connected(self) -> None:
        """A new connection stands: introduce ourselves, replay, send what waited."""
        self.is_connected = True
        self.connections += 1
        self.tell_daemon(self.hello)
        for line in self.conversation.replay():
            self.tell_daemon(line)
        held, self.held = self.held, {}
        for request in held.values():
            self.send(request)

    def disconnected(self, trouble: str, now: float) -> None:
        """The connection is gone; `trouble` says why, for people."""
        self.is_connected = False
        self.trouble = trouble
        self.to_daemon.clear()
        for asked in self.asked:
            gone = {"requestId": asked, "reason": "the daemon went away"}
            self.tell_client(encode(notification("notifications/cancelled", gone)))
        self.asked.clear()
        sent, self.sent = self.sent, {}
        for request in sent.values():
            if request.method in OPENING:
                self.hold(request, now)
            else:
                self.unavailable(request, may_have_run=True)

    def expire(self, now: float) -> None:
        """Answer the requests that have waited long enough for the daemon."""
        for request in list(self.held.values()):
            if request.deadline is not None and request.deadline <= now:
                del self.held[request.id]
                self.unavailable(request, may_have_run=False)

    # ---- what the client says

    def from_client(self, line: bytes, now: float) -> None:
        """Take one line of the client, without its newline."""
        if not line.strip():
            return
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            self.malformed(line, PARSE_ERROR, "this line is not JSON", None)
            return
        if isinstance(message, list):
            self.batch_from_client(message, now)
        else:
            self.message_from_client(message, line, None, now)

    def batch_from_client(self, messages: list[Any], now: float) -> None:
        """The messages of an array, each on its own; the daemon never sees arrays."""
        if not messages:
            self.refuse(None, INVALID_REQUEST, "this batch is empty", None)
        batch = Batch()
        batch.missing = 1  # holds the array back until all its messages were taken
        for message in messages:
            self.message_from_client(message, encode(message), batch, now)
        self.settle(batch, None)

    def message_from_client(
        self, message: Any, line: bytes, batch: Batch | None, now: float
    ) -> None:
        """One message: a request, a notification or an answer to the daemon."""
        if not isinstance(message, dict):
            self.malformed(line, INVALID_REQUEST, "this is no JSON-RPC message", batch)
            return
        method, is_request = message.get("method"), "id" in message
        if isinstance(method, str) and not is_request:
            self.notification_from_client(message, line)
        elif isinstance(method, str) and type(message["id"]) in (int, str):
            self.request_from_client(Request(message, line, batch), now)
        elif method is None and ("result" in message or "error" in message):
            self.answer_from_client(message)
        else:
            self.malformed(line, INVALID_REQUEST, "this is no JSON-RPC message", batch)

    def request_from_client(self, request: Request, now: float) -> None:
        """Send, hold or answer a request."""
        if request.batch is not None:
            request.batch.missing += 1
        if request.id in self.sent or request.id in self.held:
            problem = f"the request id {request.id!r} is in use"
            failure = failed(request.id, INVALID_REQUEST, problem)
            self.answer(request, failure)
        elif self.is_connected:
            self.send(request)
        elif request.method == "ping":
            self.answer(request, succeeded(request.id, {}))
        elif request.method in OPENING or self.waits_for_first(now):
            self.hold(request, now)
        else:
            self.unavailable(request, may_have_run=False)

    def notification_from_client(self, message: Json, line: bytes) -> None:
        """Note what must be remembered; pass it on if there is a daemon."""
        if message["method"] == "notifications/initialized":
            self.conversation.is_initialized = True
        elif message["method"] == "notifications/cancelled":
            cancelled = named(message, "requestId")
            if cancelled in self.held:
                self.settle(self.held.pop(cancelled).batch, None)
            elif cancelled in self.sent:  # the daemon does not answer it any more
                self.settle(self.sent.pop(cancelled).batch, None)
        if self.is_connected:
            self.tell_daemon(line)

    def answer_from_client(self, message: Json) -> None:
        """The answer to a request of the daemon, if that daemon is still there."""
        given = message.get("id")
        asked = self.asked.pop(given, None) if isinstance(given, str) else None
        if asked is not None:
            self.tell_daemon(encode({**message, "id": asked}))

    def malformed(
        self, line: bytes, code: int, problem: str, batch: Batch | None
    ) -> None:
        """What is no JSON-RPC is for the daemon to refuse, while it is there."""
        if self.is_connected and batch is None:
            self.tell_daemon(line)
        else:
            self.refuse(None, code, problem, batch)

    def too_large(self, head: bytes, tail: bytes, limit: int) -> None:
        """Refuse a line of which only its beginning and its end were kept."""
        given = id_at_edge(head, tail)
        problem = f"this message is larger than {limit} bytes"
        detail = {
            "code": "PayloadTooLarge",
            "message": problem,
            "hint": "send a file's path, or send it in parts",
        }
        self.tell_client(encode(failed(given, INVALID_REQUEST, problem, detail)))

    # ---- what the daemon says

    def from_daemon(self, line: bytes) -> bool:
        """Take one line of the daemon, without its newline.

        Returns:
            False if the connection is of no use; `trouble` then says why.
        """
        if not line.strip():
            return True
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            message = None
        if isinstance(message, dict):
            return self.message_from_daemon(message, line)
        self.trouble = "it does not speak JSON-RPC"
        return False

    def message_from_daemon(self, message: Json, line: bytes) -> bool:
        """One message: a request, a notification or an answer; False as above."""
        given = message.get("id")
        known = given if type(given) in (int, str) else None
        if known is None and is_turned_away(message):
            self.trouble = str(message["error"].get("message"))
            return False
        if "method" in message:
            if known is not None:
                asked = f"fugue:{self.connections}:{json.dumps(known)}"
                self.asked[asked] = known
                line = encode({**message, "id": asked})
            elif message["method"] == "notifications/cancelled":
                line = self.withdrawn(message, line)
            self.tell_client(line)
        elif known in self.conversation.replayed:
            return self.taken_up(known, message)
        elif known in self.sent:
            request = self.sent.pop(known)
            self.remember(request, message)
            self.answer(request, message, line)
        else:  # an error without an id, or the late answer to a cancelled request
            self.tell_client(line)
        return True

    def withdrawn(self, message: Json, line: bytes) -> bytes:
        """The daemon's cancellation of its own request, under the id the client has."""
        cancelled = named(message, "requestId")
        for asked, original in self.asked.items():
            if original == cancelled and cancelled is not None:
                del self.asked[asked]
                params = {**message["params"], "requestId": asked}
                return encode({**message, "params": params})
        return line

    def taken_up(self, own: RequestId | None, answer: Json) -> bool:
        """The new daemon's word on what was replayed; False as above."""
        refusal = self.conversation.refusal(own, answer)
        if refusal is not None:
            self.trouble = refusal
            return False
        for change in self.conversation.changed(own, answer):
            self.tell_client(change)
        return True

    def remember(self, request: Request, answer: Json) -> None:
        """Keep what a later daemon has to be told again."""
        result = answer.get("result")
        if not isinstance(result, dict):
            return
        if request.method == "initialize":
            self.conversation.opened(request.line, result.get("protocolVersion"))
        elif request.method == "resources/subscribe" and request.uri is not None:
            self.conversation.subscriptions[request.uri] = request.line
        elif request.method == "resources/unsubscribe" and request.uri is not None:
            self.conversation.subscriptions.pop(request.uri, None)

    # ---- answers and buffers

    def waits_for_first(self, now: float) -> bool:
        """Whether the daemon may still be starting."""
        return self.connections == 0 and now < self.patient_until

    def send(self, request: Request) -> None:
        """Hand a request to the daemon and expect its answer."""
        self.sent[request.id] = request
        self.tell_daemon(request.line)
        if request.method not in KEPT:
            request.line = b""

    def hold(self, request: Request, now: float) -> None:
        """Let a request wait for the daemon, unless too much waits already."""
        waiting = sum(len(held.line) for held in self.held.values())
        if waiting + len(request.line) > HELD_LIMIT_BYTES:
            self.unavailable(request, may_have_run=False)
            return
        if request.deadline is None:
            request.deadline = now + PATIENCE_SECONDS
        self.held[request.id] = request

    def unavailable(self, request: Request, *, may_have_run: bool) -> None:
        """Answer in the daemon's place that there is none."""
        self.answer(request, unavailable(request, self.trouble, may_have_run))

    def refuse(
        self, given: RequestId | None, code: int, problem: str, batch: Batch | None
    ) -> None:
        """Answer something that is no request, perhaps among others of a batch."""
        failure = failed(given, code, problem)
        if batch is None:
            self.tell_client(encode(failure))
        else:
            batch.answers.append(failure)

    def answer(self, request: Request, message: Json, line: bytes = b"") -> None:
        """Give the client its answer, or the batch it came in."""
        if request.batch is None:
            self.tell_client(line or encode(message))
        else:
            self.settle(request.batch, message)

    def settle(self, batch: Batch | None, message: Json | None) -> None:
        """One message of a batch is dealt with, with an answer or without one."""
        if batch is None:
            return
        if message is not None:
            batch.answers.append(message)
        batch.missing -= 1
        if not batch.missing and batch.answers:
            self.tell_client(encode(batch.answers))

    def tell_client(self, line: bytes) -> None:
        """Append a line to what the client is to read."""
        self.to_client += line
        self.to_client += b"\n"

    def tell_daemon(self, line: bytes) -> None:
        """Append a line to what the daemon is to read."""
        self.to_daemon += line
        self.to_daemon += b"\n"


def is_turned_away(message: Json) -> bool:
    """Whether a daemon says, in answer to nothing, that it has too many connections."""
    error = message.get("error")
    data = error.get("data") if isinstance(error, dict) else None
    return isinstance(data, dict) and data.get("code") == "Busy"
