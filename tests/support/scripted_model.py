"""A model that says what a test wrote down, for real agents without network or account.

`ScriptedModel` serves Anthropic's Messages API on loopback, which is what Claude Code
speaks. A script maps a regular expression, searched in the user's last words, to the
replies of that turn: the first model call gets the first reply, the call that brings
its tools' results gets the second, and so on; calls past the end get the last.

    with ScriptedModel({"report": [Reply(tools=(("fugue_whoami", {}),)), Reply("Done.")]}) as model:
        run_agent(ANTHROPIC_BASE_URL=model.url_for("ann"))
    assert [request.step for request in model.requests_of("ann")] == [0, 1]

Tools are named as the MCP server names them; the agent's own prefix is found among the
tools it offers. While the agent still starts its MCP servers the model waits for them,
as a real one does; such calls are no steps. Requests that offer no tools (an agent asks for a title, say) get a
placeholder in the JSON shape that they ask for, and are not recorded.
"""

from __future__ import annotations

import json
import re
import threading
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# What an agent itself puts into user messages.
CONTEXT = re.compile(r"<(system-reminder|local-command-caveat)\b.*?</\1>", re.DOTALL)
PLACEHOLDER = "Scripted title"
WAIT = "WaitForMcpServers"  # offered by Claude Code for as long as they start
NO_RULE = "The scripted model has no reply for this turn."


@dataclass(frozen=True)
class Reply:
    """One answer of the model.

    Attributes:
        text: What it says.
        tools: The tools it calls: name and arguments of each.
    """

    text: str = ""
    tools: tuple[tuple[str, dict[str, Any]], ...] = ()


@dataclass
class Request:
    """What one model call said.

    Attributes:
        agent: Whose call it was, by the URL it used.
        user: The user's last words.
        step: How many model calls this turn had before.
        offered: The tools offered, with the agent's prefix.
        results: Tool and text of each result that came last.
    """

    agent: str
    user: str = ""
    step: int = 0
    offered: list[str] = field(default_factory=list)
    results: list[tuple[str, str]] = field(default_factory=list)


class ScriptedModel:
    """The server; a context manager.

    Attributes:
        requests: The calls so far, oldest first, of all agents.
    """

    def __init__(self, script: Mapping[str, Sequence[Reply]]) -> None:
        self.script = script
        self.requests: list[Request] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.model = self  # type: ignore[attr-defined] # the handler's way here
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def url_for(self, agent: str) -> str:
        """The base URL under which calls are recorded as this agent's."""
        return f"http://127.0.0.1:{self.server.server_port}/@{agent}"

    def requests_of(self, agent: str) -> list[Request]:
        """One agent's calls so far, oldest first."""
        return [request for request in self.requests if request.agent == agent]

    def reply(self, request: Request) -> Reply:
        """What the script says to this call."""
        for pattern, replies in self.script.items():
            if re.search(pattern, request.user):
                return replies[min(request.step, len(replies) - 1)]
        return Reply(NO_RULE)


def understood(agent: str, body: dict[str, Any]) -> Request:
    """A call's conversation, boiled down to its last turn."""
    request = Request(agent, offered=[tool["name"] for tool in body.get("tools") or ()])
    names: dict[str, str] = {}
    for message in body["messages"]:
        parts = message["content"]
        if isinstance(parts, str):
            parts = [{"type": "text", "text": parts}]
        if message["role"] == "assistant":
            called = {p["id"]: p["name"] for p in parts if p["type"] == "tool_use"}
            names |= called
            request.results = []
            request.step += WAIT not in called.values()
            continue
        results = [part for part in parts if part["type"] == "tool_result"]
        said = [CONTEXT.sub("", words(part)).strip() for part in parts]
        if message["role"] == "user" and any(said):
            # Words that got no answer are sent again, ahead of the latest.
            request.user = next(filter(None, reversed(said)))
            request.step, request.results = 0, []
        elif results:
            request.results = [
                (names.get(part["tool_use_id"], "?"), flat(part.get("content")))
                for part in results
            ]
    return request


def words(part: dict[str, Any]) -> str:
    """The text of a part, if it is text."""
    return str(part["text"]) if part["type"] == "text" else ""


def flat(content: Any) -> str:
    """The text of a tool's result: a string or a list of parts."""
    if isinstance(content, str):
        return content
    return "\n".join(words(part) for part in content or ())


def offered_name(name: str, offered: Sequence[str]) -> str:
    """The agent's own name of an MCP tool.

    Raises:
        LookupError: It is not offered.
    """
    for tool in offered:
        if tool == name or tool.endswith(f"__{name}"):
            return tool
    raise LookupError(f"the tool {name} is not among {list(offered)}")


def shaped(schema: dict[str, Any] | None) -> str:
    """A placeholder, as JSON of the given flat shape where there is one."""
    if not schema:
        return PLACEHOLDER
    return json.dumps(dict.fromkeys(schema.get("properties", ()), PLACEHOLDER))


def rendered(model: str, text: str, calls: list[tuple[str, Any]]) -> dict[str, Any]:
    """An answer as the Messages API words it."""
    content: list[dict[str, Any]] = []
    if text or not calls:
        content.append({"type": "text", "text": text})
    for name, arguments in calls:
        ident = f"toolu_{uuid.uuid4().hex[:20]}"
        call = {"type": "tool_use", "id": ident, "name": name, "input": arguments}
        content.append(call)
    return {
        "id": f"msg_{uuid.uuid4().hex[:20]}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": "tool_use" if calls else "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 100, "output_tokens": 10},
    }


def streamed(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The same answer as the events of a stream."""
    start = {**message, "content": [], "stop_reason": None}
    yield {"type": "message_start", "message": start}
    for index, block in enumerate(message["content"]):
        if block["type"] == "text":
            empty = {**block, "text": ""}
            delta = {"type": "text_delta", "text": block["text"]}
        else:
            empty = {**block, "input": {}}
            arguments = json.dumps(block["input"])
            delta = {"type": "input_json_delta", "partial_json": arguments}
        where = {"index": index}
        yield {"type": "content_block_start", **where, "content_block": empty}
        yield {"type": "content_block_delta", **where, "delta": delta}
        yield {"type": "content_block_stop", **where}
    ended = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield {"type": "message_delta", "delta": ended, "usage": message["usage"]}
    yield {"type": "message_stop"}


class Handler(BaseHTTPRequestHandler):
    """One HTTP connection of an agent."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """A model call, or a count of tokens ahead of one."""
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        path = unquote(urlsplit(self.path).path)
        if path.endswith("/count_tokens"):
            self.send_json({"input_tokens": 100})
            return
        found = re.match(r"/@([^/]+)/v1/messages$", path)
        if found is None:
            self.send_json({"error": {"message": f"no {path}"}}, status=404)
            return
        message = self.answer(found[1], body)
        if body.get("stream"):
            self.send_stream(streamed(message))
        else:
            self.send_json(message)

    def answer(self, agent: str, body: dict[str, Any]) -> dict[str, Any]:
        """Look up the reply and record the call."""
        if not body.get("tools"):
            wanted = (body.get("output_config") or {}).get("format") or {}
            return rendered(body["model"], shaped(wanted.get("schema")), [])
        scripted: ScriptedModel = self.server.model  # type: ignore[attr-defined] # set above
        request = understood(agent, body)
        scripted.requests.append(request)
        reply = scripted.reply(request)
        try:
            calls = [
                (offered_name(name, request.offered), arguments)
                for name, arguments in reply.tools
            ]
        except LookupError as error:
            wait = [(WAIT, {})] if WAIT in request.offered else []
            return rendered(body["model"], str(error), wait)
        return rendered(body["model"], reply.text, calls)

    def send_json(self, data: Any, status: int = 200) -> None:
        """A whole answer."""
        payload = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def send_stream(self, events: Iterator[dict[str, Any]]) -> None:
        """An answer as server-sent events; it ends with the connection."""
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        for event in events:
            line = f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"
            self.wfile.write(line.encode())
        self.close_connection = True

    def do_HEAD(self) -> None:
        """Agents look whether anybody is there."""
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    do_GET = do_HEAD  # noqa: N815 - the name that http.server calls

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the tests look at `requests`."""
