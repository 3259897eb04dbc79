"""The few frames that are read and written without the SDK: a greeting, and refusals."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from fugue_actors.protocol.errors import error_json
from fugue_actors.protocol.frames import Overlong

if TYPE_CHECKING:
    from fugue_actors.errors import FugueError

HELLO: Final = "notifications/fugue/hello"
BUSY: Final = -32000
"""JSON-RPC leaves this one to servers: the daemon cannot serve, whatever was asked."""


def greeting(line: bytes | Overlong) -> dict[str, Any]:
    """What `fugue mcp` says of itself in its first line; empty for any other line."""
    if isinstance(line, Overlong) or HELLO.encode() not in line:
        return {}
    shape = shape_of(line)
    if shape.get("method") != HELLO:
        return {}
    params = shape.get("params") or {}
    if not isinstance(params, dict):
        return {}
    said = {k: v for k, v in params.items() if isinstance(v, str)}
    return {"client": "fugue mcp", **said}


def asked(line: bytes | Overlong) -> str | int | None:
    """The id of the request that a line holds; None if it holds no request."""
    shape = {} if isinstance(line, Overlong) else shape_of(line)
    request = shape.get("id") if "method" in shape else None
    valid = isinstance(request, str | int) and not isinstance(request, bool)
    return request if valid else None


def shape_of(line: bytes) -> dict[str, Any]:
    """The JSON object that a line holds; an empty one if it holds none."""
    try:
        shape = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return shape if isinstance(shape, dict) else {}


def refusal(error: FugueError, request: str | int | None = None) -> bytes:
    """What a client is told that is not served, with its newline.

    Args:
        error: Why it is not.
        request: What this answers; without one the client is turned away at the door.
    """
    shape = {"code": BUSY, "message": error.message, "data": error_json(error)}
    frame = {"jsonrpc": "2.0", "id": request, "error": shape}
    return json.dumps(frame).encode() + b"\n"
