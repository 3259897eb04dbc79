"""Who a connection is, with real processes in real terminals below real subreapers."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import family
import pytest
import trio

from fugue_actors.errors import Refused
from fugue_actors.gateways.ancestry import started_of
from fugue_actors.gateways.identity import (
    Attestation,
    Peer,
    Program,
    attest,
    has_ended,
    peer_of,
)
from fugue_actors.terminal import processes

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(sys.platform != "linux", reason="orphans need a subreaper"),
]

SECRETS = {"secret of a": ("session-a", "a"), "secret of b": ("session-b", "b")}
CONNECT: dict[str, Any] = {"do": "connect"}


class Door:
    """A socket like the daemon's, and what it makes of whoever connects."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        self.listener.settimeout(60)
        self.connections: list[socket.socket] = []
        self.programs: list[Program] = []

    def open_pane(self, name: str, *plan: dict[str, Any], **environment: str) -> Any:
        """Run a plan as the program of a pane called `a` or `b`."""
        pane = family.Pane(self.path, list(plan), **environment)
        self.programs.append(
            Program(
                pane_id=name,
                session_id=f"session-{name}",
                pid=pane.program,
                started=processes.started(pane.program),
                host_pid=pane.process.pid,
                host_started=processes.started(pane.process.pid),
            )
        )
        return pane

    def accept(self) -> socket.socket:
        connection, _ = self.listener.accept()
        self.connections.append(connection)
        return connection

    def identify(self, peer: Peer, token: str | None = None) -> Attestation:
        return attest(peer, self.programs, token=token, token_owner=SECRETS.get)

    def visitor(self, token: str | None = None) -> Attestation:
        """Who the next one to connect is."""
        return self.identify(peer_of(self.accept()), token)

    def close(self) -> None:
        for connection in self.connections:
            connection.close()
        self.listener.close()


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    door = Door(tmp_path / "mcp.sock")
    yield door
    door.close()


@pytest.fixture
def fugue(tmp_path: Path) -> str:
    """The family's script under the name of the command."""
    path = tmp_path / "fugue"
    path.symlink_to(family.__file__)
    return str(path)


def start(**options: Any) -> dict[str, Any]:
    return {"do": "start", **options}


IS_A = ("process", "session-a", "a", None)


def verdict(found: Attestation) -> tuple[str, str | None, str | None, str | None]:
    return found.attested, found.session_id, found.pane_id, found.hint


def assert_nobody(found: Attestation, why: str) -> None:
    assert verdict(found)[:3] == ("guest", None, None)
    assert why in (found.hint or "")


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param([CONNECT], id="the program itself"),
        pytest.param([start(), CONNECT], id="a child"),
        pytest.param([start(), start(), start(), CONNECT], id="a great-grandchild"),
        pytest.param([start(stdio="pipes"), CONNECT], id="a child with pipes"),
        pytest.param(
            [start(session=True, stdio="pipes"), CONNECT],
            id="a child alone in a session of its own",
        ),
        pytest.param(
            [start(), {"do": "connect", "name": ") R 1 1 1 ("}],
            id="one whose name is made to confuse",
        ),
    ],
)
def test_what_descends_from_a_panes_program_is_that_panes_session(
    door: Door, plan: list[dict[str, Any]]
) -> None:
    """Pins rule 2, also for MCP children that the agent put into their own session."""
    with door.open_pane("a", *plan):
        assert verdict(door.visitor()) == IS_A


@pytest.mark.parametrize("token", ["secret of a", "nonsense"])
def test_claims_of_another_identity_do_not_make_anybody_another(
    door: Door, token: str
) -> None:
    """A worker that claims another session's ids and token still is itself (BUG-073)."""
    claims = {
        "FUGUE_SESSION_ID": "session-a",
        "FUGUE_SESSION_NAME": "a",
        "FUGUE_PANE_ID": "a",
        "FUGUE_TOKEN": "secret of a",
    }
    with (
        door.open_pane("a", {"do": "stay"}),
        door.open_pane("b", start(), CONNECT, **claims),
    ):
        found = door.visitor(token)
    assert verdict(found) == ("process", "session-b", "b", None)


def test_an_orphan_is_nobodys_agent_and_its_token_is_not_believed(door: Door) -> None:
    """Pins rule 3: who lost its parents may serve anybody, whatever it inherited."""
    plan = [
        start(),
        start(leave=True, session=True, stdio="null"),
        {"do": "connect", "once": "orphaned"},
    ]
    with door.open_pane("a", *plan, FUGUE_TOKEN="secret of a"):
        assert_nobody(door.visitor("secret of a"), "left behind")


@pytest.mark.parametrize("stdio", ["pipes", "inherit"])
@pytest.mark.parametrize("words", [("mcp",), ("send",)])
def test_what_a_detached_process_starts_is_nobodys_while_its_pane_lives(
    door: Door, fugue: str, words: tuple[str, ...], stdio: str
) -> None:
    """The parents are alive and lead to the pane, and still it may serve two panes."""
    plan = [
        start(session=True, stdio="null"),
        start(script=fugue, words=words, stdio=stdio),
        CONNECT,
    ]
    with door.open_pane("a", *plan):
        found = door.visitor("secret of a")
    assert_nobody(found, "detached")
    assert "python" in (found.hint or "")  # it names who stands in between


def test_an_mcp_child_of_a_daemon_that_two_panes_share_is_neither(
    door: Door, fugue: str, tmp_path: Path
) -> None:
    """A daemon of pane a runs the MCP child of pane b with a's environment, as Codex's
    app server does; it must be taken for neither, before and after a's program ends."""
    orders = str(tmp_path / "orders")
    daemon = [
        start(session=True, stdio="null"),
        {"do": "serve", "at": orders, "script": fugue, "words": ["mcp"]}
        | {"stdio": "pipes"},
        CONNECT,
    ]
    with door.open_pane("a", *daemon, FUGUE_TOKEN="secret of a") as first:
        family.wait_for(Path(orders).is_socket)
        with door.open_pane("b", {"do": "order", "at": orders}):
            assert_nobody(door.visitor("secret of a"), "detached")
        os.kill(first.program, signal.SIGKILL)
        family.wait_for(lambda: not Path(f"/proc/{first.program}").exists())
        with door.open_pane("b", {"do": "order", "at": orders}):
            assert_nobody(door.visitor("secret of a"), "left behind")


def test_a_known_shared_daemon_is_nobody_even_in_the_panes_own_session(
    door: Door, tmp_path: Path
) -> None:
    """`codex app-server` serves every terminal, however it was started."""
    codex = tmp_path / "codex"
    codex.symlink_to(family.__file__)
    plan = [start(script=str(codex), words=["app-server"]), start(), CONNECT]
    with door.open_pane("a", *plan):
        assert_nobody(door.visitor(), "detached")


def test_who_detaches_after_it_has_started_children_is_noticed(door: Door) -> None:
    """A child stays in the old session then, so the leader alone would not tell."""
    plan = [start(), start(stdio="pipes", setsid_late=True)]
    with door.open_pane("a", *plan, {"do": "connect", "once": "told"}):
        assert_nobody(door.visitor(), "detached")


def test_a_wrapper_that_lets_the_mcp_conversation_pass_is_not_in_the_way(
    door: Door, fugue: str
) -> None:
    """`uvx fugue mcp` and the like are the MCP child that an agent sees and detaches."""
    plan = [
        start(session=True, stdio="pipes"),
        start(),
        start(script=fugue, words=["mcp"]),
        CONNECT,
    ]
    with door.open_pane("a", *plan):
        assert verdict(door.visitor()) == IS_A


def test_a_detached_program_that_calls_fugue_is_not_taken_for_a_wrapper(
    door: Door, fugue: str
) -> None:
    """Only MCP proves by its pipes who talks; a command that inherits them proves
    nothing, since the program that detached itself may act for anybody."""
    plan = [
        start(session=True, stdio="pipes"),
        start(script=fugue, words=["send"]),
        CONNECT,
    ]
    with door.open_pane("a", *plan):
        assert_nobody(door.visitor(), "detached")


@pytest.mark.parametrize(
    ("shell", "stdio"),
    [
        pytest.param("{}; true", "pipes", id="a hook"),
        pytest.param("{} </dev/null; true", "null", id="a shell tool"),
        pytest.param("(timeout 60 {}; true) | cat; true", "null", id="a pipeline"),
        pytest.param("sh -c '{}; true'; true", "null", id="a shell in a shell"),
    ],
)
def test_one_command_line_of_an_agent_is_the_agent(
    door: Door, fugue: str, shell: str, stdio: str
) -> None:
    """Agents run hooks and shell tools in a session of their own without a terminal."""
    plan = [
        start(shell=shell, session=True, stdio=stdio, script=fugue, words=["inbox"]),
        CONNECT,
    ]
    with door.open_pane("a", *plan):
        assert verdict(door.visitor()) == IS_A


@pytest.mark.parametrize("options", [["-e"], ["-eo", "nounset"], ["-e", "+u"]])
def test_a_shell_may_have_options_before_its_command(
    door: Door, fugue: str, options: list[str]
) -> None:
    """`bash -eo pipefail -c` is what careful programs run."""
    plan = [
        start(shell="{}; true", options=options, session=True, script=fugue),
        CONNECT,
    ]
    with door.open_pane("a", *plan):
        assert verdict(door.visitor()) == IS_A


@pytest.mark.parametrize(("name", "is_shell"), [("busybox", True), ("lighttpd", False)])
def test_a_shell_is_known_by_what_it_executes(
    door: Door, fugue: str, tmp_path: Path, name: str, is_shell: bool
) -> None:
    """Whatever calls itself `sh` need not be one; busybox is what it is called by."""
    binary = tmp_path / name
    shutil.copy("/bin/sh", binary)
    plan = [
        start(shell="{}; true", binary=str(binary), session=True, script=fugue),
        CONNECT,
    ]
    with door.open_pane("a", *plan):
        found = door.visitor()
    if is_shell:
        assert verdict(found) == IS_A
    else:
        assert_nobody(found, "detached")


@pytest.mark.parametrize("words", [("mcp",), ("send",)])
def test_a_daemon_started_by_a_detached_shell_is_no_command_line_of_an_agent(
    door: Door, fugue: str, words: tuple[str, ...]
) -> None:
    """The shell leads the session here, and the daemon stands below it."""
    plan = [
        start(shell="{}; true", session=True, stdio="null"),
        start(script=fugue, words=words, stdio="pipes"),
        CONNECT,
    ]
    with door.open_pane("a", *plan):
        assert_nobody(door.visitor(), "detached")


@pytest.mark.parametrize("shell", ["{}", "{} -c", "sh -s <{}"])
def test_a_detached_shell_with_a_script_is_no_command_line_of_an_agent(
    door: Door, fugue: str, tmp_path: Path, shell: str
) -> None:
    """A script that made itself a daemon is a daemon, however the shell reads it."""
    script = tmp_path / "daemon.sh"
    script.write_text(
        f"#!/bin/sh\n{sys.executable} {fugue} send\ntrue\n", encoding="utf-8"
    )
    script.chmod(0o755)
    command = shell.format(script)
    plan = [start(shell=f"exec setsid --wait {command} # {{}}"), CONNECT]
    with door.open_pane("a", *plan):
        assert_nobody(door.visitor(), "detached")


def test_a_session_in_a_terminal_of_its_own_is_not_detached(door: Door) -> None:
    """Agents that run commands in terminals of their own are still in the pane."""
    inner = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]))"
    plan = [start(shell=f"{sys.executable} -c '{inner}' {{}}"), start(), CONNECT]
    with door.open_pane("a", *plan):
        assert verdict(door.visitor()) == IS_A


def outsider(door: Door, code: str = "") -> subprocess.Popen[bytes]:
    """Somebody outside of all panes connects and stays, or runs `code`."""
    connect = (
        f"import socket, os, sys; s = socket.socket(socket.AF_UNIX); {code or 'pass'}\n"
        f"s.connect({str(door.path)!r})\n"
    )
    wait = "sys.stdin.read()"
    return subprocess.Popen(
        [sys.executable, "-c", connect + wait], stdin=subprocess.PIPE
    )


def end(process: subprocess.Popen[bytes], *, is_reaped: bool) -> None:
    """Let an outsider end, and be a zombie until its status is collected."""
    assert process.stdin is not None
    process.stdin.close()
    flags = os.WEXITED if is_reaped else os.WEXITED | os.WNOWAIT
    os.waitid(os.P_PID, process.pid, flags)


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        (None, ("guest", None, None)),
        ("secret of b", ("token", "session-b", "b")),
        ("nonsense", ("guest", None, None)),
    ],
)
def test_outside_of_all_panes_only_a_panes_secret_tells_who_one_is(
    door: Door, token: str | None, expected: tuple[str, ...]
) -> None:
    """Pins rules 4 and 5: containers have a token, outside clients have nothing."""
    with door.open_pane("a", {"do": "stay"}), outsider(door) as process:
        found = door.visitor(token)
        process.communicate()
    assert verdict(found)[:3] == expected
    assert ("belongs to no pane" in (found.hint or "")) == (token == "nonsense")


@pytest.mark.parametrize("is_reaped", [True, False])
def test_who_connected_and_ended_is_nobody_even_with_a_secret(
    door: Door, is_reaped: bool
) -> None:
    """Its pid may be somebody else's by now, so nothing can be said about it."""
    with outsider(door) as process:
        connection = door.accept()
        assert not has_ended(connection)
        end(process, is_reaped=is_reaped)
        assert has_ended(connection)
        assert started_of(process.pid) is None
        peer = peer_of(connection)
        found = door.identify(peer, "secret of b")
    assert (peer.pid, peer.started) == (process.pid, None)
    assert_nobody(found, "has ended")


def test_a_reused_pid_is_not_the_program_it_once_was(door: Door) -> None:
    """A program is its pid and its start time; so is a peer."""
    with door.open_pane("a", CONNECT):
        peer = peer_of(door.accept())
        assert peer.started is not None
        later = attrs.evolve(peer, started=peer.started + 1)
        assert_nobody(door.identify(later, "secret of a"), "has ended")
        [program] = door.programs
        door.programs = [attrs.evolve(program, started=program.started - 1)]
        assert_nobody(door.identify(peer, "secret of a"), "left behind")
        door.programs = [
            attrs.evolve(
                program,
                started=program.started - 1,
                host_started=program.host_started - 1,
            )
        ]
        assert verdict(door.identify(peer)) == ("guest", None, None, None)


@pytest.mark.parametrize("is_reaped", [True, False])
def test_a_line_of_parents_that_cannot_be_read_makes_a_guest(
    door: Door, is_reaped: bool
) -> None:
    """It could lead below a pane's host, so a token must not be believed."""
    with outsider(door) as process:
        peer = peer_of(door.accept())
        end(process, is_reaped=is_reaped)
        found = door.identify(peer, "secret of b")
    assert_nobody(found, "cannot be traced")


def test_a_peer_outside_of_our_pid_namespace_is_below_no_host(door: Door) -> None:
    """The kernel shows it as pid 0; hosts and what is below them are inside."""
    peer = Peer(pid=0, uid=os.geteuid(), started=None)
    assert verdict(door.identify(peer, "secret of b"))[:2] == ("token", "session-b")
    assert verdict(door.identify(peer)) == ("guest", None, None, None)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_is_refused() -> None:
    """Pins rule 1, for whoever gets past the modes of the socket and its directory."""
    with tempfile.TemporaryDirectory() as directory:
        door = Door(Path(directory) / "mcp.sock")
        Path(directory).chmod(0o711)
        door.path.chmod(0o777)
        with outsider(door, "os.setuid(65534)") as process:
            connection = door.accept()
            with pytest.raises(Refused) as refusal:
                peer_of(connection)
            process.communicate()
        door.close()
    assert refusal.value.code == "NotAllowed"


async def test_the_peer_of_a_trio_socket_is_known_too(door: Door) -> None:
    """The daemon accepts with trio; the same options are read from its sockets."""
    with outsider(door) as process:
        connection = trio.socket.from_stdlib_socket(door.accept())
        peer = peer_of(connection)
        process.communicate()
    assert (peer.pid, peer.uid) == (process.pid, os.geteuid())
