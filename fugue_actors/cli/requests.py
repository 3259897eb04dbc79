"""A client's requests that have no answer yet, for the shim. PURE."""

from __future__ import annotations

import json

from fugue_actors.cli.jsonrpc import UNAVAILABLE, failed, succeeded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fugue_actors.cli.jsonrpc import Json, RequestId

LOOK_FIRST = "it may or may not have been done: look before you repeat it"
RUN_ENDS = "what it left running is ended by the next daemon: look before you repeat it"
AFTERWARDS = {
    "fugue_poll_messages": "no message is lost: poll again",
    "fugue_ack": "say it again: what was done is not done twice",
    "fugue_ask": "the next daemon withdraws the question from those who had not read it, "
    "and answers to it come as messages: look at those, then ask again",
    "fugue_wait_for": "nothing was changed: ask again, with the same since",
    "fugue_run": RUN_ENDS,
    "fugue_run_parallel": RUN_ENDS,
    "fugue_run_pipeline": RUN_ENDS,
}
"""What to do about a call whose daemon went away, by the tool that was called."""
MODERN_ENVELOPE = "io.modelcontextprotocol/protocolVersion"


class Batch:
    """The answers to an array of messages, until the last one is there."""

    __slots__ = ("answers", "missing")

    def __init__(self) -> None:
        self.answers: list[Json] = []
        self.missing = 0


class Request:
    """A request of the client that has no answer yet."""

    __slots__ = ("batch", "deadline", "id", "line", "method", "modern", "tool", "uri")

    def __init__(self, message: Json, line: bytes, batch: Batch | None) -> None:
        params = message.get("params")
        params = params if isinstance(params, dict) else {}
        meta = params.get("_meta")
        uri, name = params.get("uri"), params.get("name")
        self.id: RequestId = message["id"]
        self.method: str = message["method"]
        self.modern = isinstance(meta, dict) and MODERN_ENVELOPE in meta
        self.tool = name if isinstance(name, str) else ""
        self.uri = uri if isinstance(uri, str) else None
        self.line = line
        self.batch = batch
        self.deadline: float | None = None


def unavailable(request: Request, trouble: str, may_have_run: bool) -> Json:
    """The answer to a request that no daemon answers.

    A tool call gets a result that its model can read, other requests get an error.
    Both carry the same error in fugue's own form; `may_have_run` tells whether a
    daemon had taken the request.
    """
    if may_have_run:
        message = f"the fugue daemon went away before it answered ({trouble})"
        hint = AFTERWARDS.get(request.tool, LOOK_FIRST)
    else:
        message = f"the fugue daemon is not reachable ({trouble})"
        hint = "nothing was done; try again in a few seconds"
    detail = {
        "code": "Unavailable",
        "message": message,
        "hint": hint,
        "data": {"may_have_run": may_have_run},
    }
    if request.method != "tools/call":
        return failed(request.id, UNAVAILABLE, message, detail)
    result: Json = {
        "content": [{"type": "text", "text": json.dumps(detail)}],
        "structuredContent": detail,
        "isError": True,
    }
    if request.modern:
        result["resultType"] = "complete"
    return succeeded(request.id, result)
