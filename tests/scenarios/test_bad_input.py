"""Bad input: each gets its error, and nothing else is disturbed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from typing import TYPE_CHECKING, Any

import pytest
import trio
from daemonkit import ControlError, wait_until
from mcp.shared.exceptions import MCPError
from mcpkit import ToolError, guest, inside, pane_stream

if TYPE_CHECKING:
    from conftest import Team
    from daemonkit import Home

pytestmark = pytest.mark.real

SELF: dict[str, Any] = {"session": "ann"}
NOTE: dict[str, Any] = {"msg_type": "note", "payload": {"text": "x"}}


@pytest.mark.parametrize(
    ("tool", "arguments", "code"),
    [
        ("send_orchestration", {"target": {"who": "x"}, **NOTE}, "InvalidTarget"),
        ("send_orchestration", {"target": {}, **NOTE}, "InvalidTarget"),
        (
            "send_orchestration",
            {"target": {"tag": "a", "session": "b"}, **NOTE},
            "InvalidTarget",
        ),
        ("send_orchestration", {"target": "{not json", **NOTE}, "InvalidTarget"),
        ("send_orchestration", {"target": {"tag": "nobody"}, **NOTE}, "NoRecipients"),
        (
            "send_orchestration",
            {"target": {"session": "nobody"}, **NOTE},
            "SessionNotFound",
        ),
        (
            "send_orchestration",
            {"target": {"worktree": "/nowhere/at/all"}, **NOTE},
            "InvalidTarget",
        ),
        ("send_orchestration", {"target": {"worktree": "/"}, **NOTE}, "NoRepository"),
        ("send_orchestration", {"target": SELF}, "InvalidArgument"),
        (
            "send_orchestration",
            {"target": SELF, "message": {"sync_request": True}, **NOTE},
            "InvalidArgument",
        ),
        (
            "send_orchestration",
            {"target": SELF, "msg_type": "note", "payload": "{not json"},
            "InvalidArgument",
        ),
        (
            "send_orchestration",
            {
                "target": SELF,
                "message": {
                    "task_complete": {"task_id": "7", "success": True, "summary": ""}
                },
            },
            "InvalidArgument",
        ),
        (
            "send_orchestration",
            {"target": SELF, "msg_type": "big", "payload": {"x": "y" * 300_000}},
            "PayloadTooLarge",
        ),
        ("create_session", {"name": "boss"}, "SessionNameExists"),
        ("create_session", {"name": "bad name"}, "InvalidArgument"),
        ("create_session", {"name": "n1", "cwd": "/nowhere"}, "InvalidArgument"),
        ("create_session", {"name": "n2", "command": ["/no/such"]}, "InvalidArgument"),
        ("create_session", {"name": "n3", "command": ["/tmp"]}, "InvalidArgument"),
        ("create_session", {"name": "n4", "command": "echo 'open"}, "InvalidArgument"),
        ("create_session", {"name": "n5", "tags": ["bad tag"]}, "InvalidArgument"),
        ("kill_session", {"session": str(uuid.uuid4())}, "SessionNotFound"),
        ("read_pane", {"pane": "p0"}, "PaneNotFound"),
        ("send_input", {"text": ""}, "InvalidArgument"),
        ("send_input", {"keys": ["Entr"]}, "InvalidArgument"),
        ("attach_session", {"session": "nobody"}, "SessionNotFound"),
    ],
)
async def test_what_is_wrong_is_said_with_its_code(
    home: Home, team: Team, tool: str, arguments: dict[str, Any], code: str
) -> None:
    """Coded, with a message, and the connection and its session go on."""
    async with inside(team.ann) as ann:
        with pytest.raises(ToolError) as refused:
            await ann.call(tool, **arguments)
        assert refused.value.code == code, refused.value.shape
        assert refused.value.shape["message"]
        assert (await ann.call("whoami"))["session_name"] == "ann"
    with home.control() as control:
        names = {s["session_name"] for s in control("list_sessions")["sessions"]}
    assert not names & {"n1", "n2", "n3", "n4", "n5"}


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("poll_messages", {"max": 0}),
        ("poll_messages", {"max": "many"}),
        ("poll_messages", {"wait_seconds": -1}),
        ("get_tags", {"sesion": "ann"}),
        ("report_status", {"status": "fine"}),
        ("request_help", {}),
        ("create_session", {"environment": {}}),
        ("no_such_tool", {}),
    ],
)
async def test_arguments_that_fail_the_schema_are_a_protocol_error(
    home: Home, team: Team, tool: str, arguments: dict[str, Any]
) -> None:
    """-32602, and the message names the argument."""
    async with inside(team.ann) as ann:
        with pytest.raises(MCPError) as refused:
            await ann.call(tool, **arguments)
        assert refused.value.error.code == -32602
        for name in arguments:
            assert name in refused.value.error.message


async def test_a_guest_outside_of_every_repository_cannot_broadcast_to_one(
    home: Home,
) -> None:
    """The scope must be there; the hint says what to do instead."""
    async with guest(home, "--as", "outsider") as client:
        with pytest.raises(ToolError) as refused:
            await client.call("broadcast", message="hi")
    assert refused.value.code == "NoRepository"
    assert refused.value.shape["hint"]


async def test_a_name_that_cannot_be_one_is_told_to_the_client(home: Home) -> None:
    """Not a connection that breaks and comes back for ever."""
    stream = await trio.open_unix_socket(str(home.mcp_socket))
    hello = {"method": "notifications/fugue/hello", "params": {"name": "no good"}}
    ping = {"id": 1, "method": "ping"}
    async with stream:
        for frames in ([hello, ping], [ping]):
            for frame in frames:
                line = json.dumps({"jsonrpc": "2.0", **frame}).encode()
                await stream.send_all(line + b"\n")
            with trio.fail_after(60):
                answer = await read_line(stream)
            assert answer["error"]["data"]["code"] == "InvalidArgument"
            assert "no good" in answer["error"]["message"]


async def test_broken_lines_get_an_error_each_and_the_connection_lives(
    home: Home,
) -> None:
    """Straight on the socket: what the shim would never send."""
    stream = await trio.open_unix_socket(str(home.mcp_socket))
    async with stream:
        for line, code in (
            (b"{nope", -32700),
            (b"[]", -32600),
            (b'{"id": 1}', -32600),
            (b"x" * 5_000_000, -32600),
        ):
            await stream.send_all(line + b"\n")
            with trio.fail_after(60):
                answer = await read_line(stream)
            assert answer["error"]["code"] == code
        await stream.send_all(b'{"jsonrpc":"2.0","id":5,"method":"ping"}\n')
        with trio.fail_after(60):
            assert (await read_line(stream))["id"] == 5


async def read_line(stream: trio.SocketStream) -> dict[str, Any]:
    data = b""
    while not data.endswith(b"\n"):
        data += await stream.receive_some(65_536)
    answer: dict[str, Any] = json.loads(data)
    return answer


async def test_half_a_line_and_then_nothing_disturbs_nobody(
    home: Home, team: Team
) -> None:
    """A client that dies in mid-word."""
    stream = await trio.open_unix_socket(str(home.mcp_socket))
    await stream.send_all(b'{"jsonrpc":"2.0","id":1,"met')
    await stream.aclose()
    async with inside(team.ann) as ann:
        assert (await ann.call("whoami"))["session_name"] == "ann"


async def test_a_client_that_stops_reading_holds_up_nobody_else(
    home: Home, team: Team
) -> None:
    """It asks for megabytes and reads none of them; the others go on."""
    async with pane_stream(team.bob) as deaf:
        with trio.move_on_after(2):
            for number in range(100_000):
                request = {"jsonrpc": "2.0", "id": number, "method": "tools/list"}
                await deaf.send_all(json.dumps(request).encode() + b"\n")
        async with inside(team.ann) as ann:
            with trio.fail_after(60):
                for _ in range(20):
                    await ann.call("whoami")


async def test_a_dead_pane_says_how_it_ended_and_keeps_its_screen(home: Home) -> None:
    """Its last words stay readable; typing into it is refused with the status."""
    with home.control() as control:
        made = control(
            "create_session", name="brief", command=["sh", "-c", "echo bye; exit 7"]
        )

        def ended() -> Any:
            (pane,) = control("list_panes", session="brief")["panes"]
            return pane["exit"]

        assert wait_until(ended) == {"code": 7, "signal": None}
        assert "bye" in control("read_pane", pane=made["pane_id"])["text"]
        with pytest.raises(ControlError) as refused:
            control("send_input", pane=made["pane_id"], text="hello")
        assert refused.value.code == "PaneExited"
        control("kill_session", session="brief")


async def test_a_control_request_that_is_none_is_told_so(home: Home) -> None:
    """The command line's protocol is as strict as the agents'."""
    with home.control() as control:
        with pytest.raises(ControlError) as refused:
            control("no_such_request")
        assert refused.value.code == "InvalidArgument"
        with pytest.raises(ControlError) as refused:
            control("read_pane", history="many")
        assert refused.value.code == "InvalidArgument"


KNOCK = """
import os, socket, sys
os.setgroups([]); os.setgid(65534); os.setuid(65534)
for path in sys.argv[1:]:
    knock = socket.socket(socket.AF_UNIX)
    knock.settimeout(60)
    try:
        knock.connect(path)
        knock.sendall(b'{"jsonrpc":"2.0","id":1,"method":"ping"}\\n')
        print(path, knock.recv(100))
    except ConnectionError as error:
        print(path, b"")
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_program_of_another_user_gets_not_a_byte(home: Home) -> None:
    """Even if somebody opened the directory and the sockets to everybody."""
    doors = [home.mcp_socket, home.control_socket]
    for path in (home.root, home.run):
        path.chmod(0o755)
    try:
        for door in doors:
            door.chmod(0o666)
        knocked = subprocess.run(
            [sys.executable, "-c", KNOCK, *map(str, doors)],
            capture_output=True,
            encoding="utf-8",
            check=True,
            timeout=60,
        )
    finally:
        for path in (home.root, home.run):
            path.chmod(0o700)
    assert knocked.stdout.splitlines() == [f"{door} b''" for door in doors]
    with home.control() as control:
        assert control("status")["condition"] == "ok"
