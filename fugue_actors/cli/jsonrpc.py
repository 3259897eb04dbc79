"""JSON-RPC lines for the shim: cutting them, making them. PURE, standard library only."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:  # `typing` itself costs half a megabyte in every agent
    from typing import Any

    Json = dict[str, Any]
    RequestId = int | str

INVALID_REQUEST = -32600
PARSE_ERROR = -32700
UNAVAILABLE = -32000


class Oversized:
    """A line that was too long to keep: its beginning and its end."""

    __slots__ = ("head", "tail")

    def __init__(self, head: bytes, tail: bytes) -> None:
        self.head = head
        self.tail = tail


class Lines:
    """Cuts bytes into lines, and keeps no more of one than `limit` bytes."""

    EDGE_BYTES = 1024

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.buffer = bytearray()
        self.scanned = 0
        self.head: bytes | None = None  # of a line that is being thrown away

    @property
    def is_overflowing(self) -> bool:
        """Whether the line that is coming in is too long already."""
        return self.head is not None

    def feed(self, data: bytes) -> None:
        """Append bytes as they came."""
        self.buffer += data

    def pop(self) -> bytes | Oversized | None:
        """The next whole line without its newline, or None until there is one."""
        end = self.buffer.find(b"\n", self.scanned)
        if end < 0:
            self.scanned = len(self.buffer)
            self.shorten()
            return None
        line, self.scanned = bytes(self.buffer[:end]), 0
        del self.buffer[: end + 1]
        head, self.head = self.head, None
        if head is None and end <= self.limit:
            return line
        edge = self.EDGE_BYTES
        return Oversized(line[:edge] if head is None else head, line[-edge:])

    def shorten(self) -> None:
        """Forget the middle of a line that is longer than the limit."""
        if self.head is None and self.scanned > self.limit:
            self.head = bytes(self.buffer[: self.EDGE_BYTES])
        if self.head is not None:
            del self.buffer[: -self.EDGE_BYTES]
            self.scanned = len(self.buffer)


def encode(message: Any) -> bytes:
    """A message as a line, without its newline."""
    return json.dumps(message, separators=(",", ":")).encode("ascii")


def notification(method: str, params: Json | None = None) -> Json:
    """A JSON-RPC notification."""
    message: Json = {"jsonrpc": "2.0", "method": method}
    return message if params is None else {**message, "params": params}


def succeeded(given: RequestId, result: Json) -> Json:
    """A JSON-RPC answer with a result."""
    return {"jsonrpc": "2.0", "id": given, "result": result}


def failed(
    given: RequestId | None, code: int, problem: str, detail: Json | None = None
) -> Json:
    """A JSON-RPC answer with an error; `detail` is the error in fugue's own form."""
    error: Json = {"code": code, "message": problem}
    if detail is not None:
        error["data"] = detail
    return {"jsonrpc": "2.0", "id": given, "error": error}


def named(message: Json, parameter: str) -> Any:
    """A parameter that may serve as a key, or None."""
    params = message.get("params")
    value = params.get(parameter) if isinstance(params, dict) else None
    return value if type(value) in (int, str) else None


def id_at_edge(head: bytes, tail: bytes) -> RequestId | None:
    """The id of a message of which only the beginning and the end are known.

    Clients write it first or last, among members that are plain strings; where it
    stands elsewhere the answer is None.
    """
    import re  # compiled only for the rare message that needs it

    given = rb'"id"\s*:\s*(-?\d{1,18}|"[^"\\]{0,256}")'
    simple = rb'"(?:jsonrpc|method)"\s*:\s*"[^"\\]*"'
    found = re.match(rb"\s*\{(?:\s*" + simple + rb"\s*,)*\s*" + given + rb"\s*,", head)
    if found is None:
        end = rb"\s*(?:,\s*" + simple + rb"\s*)*\}\s*\Z"
        found = re.search(rb",\s*" + given + end, tail)
    return json.loads(found[1]) if found else None
