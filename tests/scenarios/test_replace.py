"""`fugue serve --replace`: another daemon in the place of one that runs."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
import trio
from daemonkit import ControlError, Home, running_home, wait_until
from mcpkit import Agent, ToolError, guest, inside

from fugue_actors import handover, home as homes
from fugue_actors.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.real


@pytest.fixture
def home() -> Iterator[Home]:
    """A daemon of this test's own."""
    with running_home() as home:
        yield home


def replace(home: Home) -> None:
    """Put a new daemon into the place of the one that runs; that one is over then."""
    old = home.daemon
    assert old is not None
    home.start("--replace")
    assert old.wait(60) == 0


def pids(home: Home) -> dict[str, int]:
    """The program of each session."""
    with home.control() as control:
        panes = control("list_panes")["panes"]
    return {pane["session_name"]: pane["pid"] for pane in panes}


def serve_replace(home: Home) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fugue_actors", "serve", "--replace", "--json"],
        env=home.environment,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


async def eventually(agent: Agent, tool: str, **arguments: Any) -> dict[str, Any]:
    with trio.fail_after(60):
        while True:
            try:
                return await agent.call(tool, **arguments)
            except ToolError as error:
                if error.code not in ("Unavailable", "Restarting"):
                    raise
            await trio.sleep(0.05)


async def test_agents_and_their_connections_go_on_with_the_new_daemon(
    home: Home,
) -> None:
    """Twice in a row: same programs, same shims, same identity, screens as they were."""
    ann = home.relay("ann", tags=["worker"])
    before = pids(home)
    async with inside(ann) as agent, guest(home, "--as", "carol") as carol:
        me, her = await agent.call("whoami"), await carol.call("whoami")
        for _ in range(2):
            old = home.daemon
            await trio.to_thread.run_sync(replace, home)
            assert old is not home.daemon
            assert await eventually(agent, "whoami") == me
            assert (await eventually(carol, "whoami")) == her
            assert "relay ready" in (await eventually(agent, "read_pane"))["text"]
            sent = await eventually(
                carol, "send_orchestration", target={"tag": "worker"}, msg_type="hi"
            )
            assert sent["delivered_count"] == 1
            got = await eventually(agent, "poll_messages", wait_seconds=10)
            assert [m["type"] for m in got["messages"]] == ["hi"]
            # Without a further request the next daemon would offer it again.
            with trio.fail_after(60):
                while await agent.call("whoami") != me:
                    await trio.sleep(0.02)
    assert pids(home) == before


def test_the_command_says_which_daemon_took_over_from_which(home: Home) -> None:
    """And `fugue status` asks the new one."""
    assert home.daemon is not None
    done = serve_replace(home)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["replaced"] == home.daemon.pid
    assert home.daemon.wait(60) == 0
    with home.control() as control:
        assert control("status")["pid"] == answer["pid"] != home.daemon.pid
        control("stop", kill=True)
    wait_until(lambda: not home.processes())


def test_replacing_nobody_is_a_start(home: Home) -> None:
    """So a service manager can always use the same command."""
    with home.control() as control:
        control("stop")
    assert home.daemon is not None
    home.daemon.wait(60)
    home.start("--replace")
    with home.control() as control:
        assert control("status")["pid"] == home.daemon.pid


def test_a_daemon_that_cannot_start_disturbs_nothing(home: Home) -> None:
    """What is wrong is found out before anybody lets go of anything."""
    with home.control() as control:
        control("create_session", name="ann", command=["cat"])
        before = pids(home)
        (home.root / "config.toml").write_text("nonsense = 1\n", encoding="utf-8")
        done = serve_replace(home)
        assert done.returncode == 1
        error = json.loads(done.stderr)
        assert "nonsense is not a setting" in error["message"]
        assert home.daemon is not None
        assert f"process {home.daemon.pid}, goes on" in error["hint"]
        # The very same connection: it was never let go of.
        assert control("status")["pid"] == home.daemon.pid
    assert pids(home) == before


@pytest.mark.parametrize("says", [b"", b"nonsense\n"], ids=["dies", "raves"])
def test_a_daemon_takes_up_again_what_its_successor_could_not(
    home: Home, says: bytes
) -> None:
    """The successor had the lock already, and ended before it was ready."""
    path = home.run / "successor.sock"
    with home.control() as control:
        control("create_session", name="ann", tags=["x"], command=["cat"])
        before = pids(home)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            listener.listen()
            listener.settimeout(60)
            control("hand_over", to=str(path))
            connection, _ = listener.accept()
        with connection:
            data, (descriptor,), _, _ = socket.recv_fds(connection, 16, 1)
            assert data == b"lock\n"
            assert not home.control_socket.exists()
            with pytest.raises(Refused, match="runs already"):
                homes.Lock.take(home.run)
            if says:
                connection.sendall(says)
        os.close(descriptor)
    assert home.daemon is not None
    wait_until(lambda: home.log.read_text("utf-8").count("ready: pid") == 2)
    with home.control() as control:
        assert control("status")["pid"] == home.daemon.pid
        assert control("get_tags", session="ann")["tags"] == ["x"]
        control("send_input", session="ann", text="typed")
    assert pids(home) == before
    assert home.daemon.poll() is None


def test_a_second_successor_is_turned_away(home: Home) -> None:
    """One at a time takes over, and the daemon comes back if that one fails."""
    path = home.run / "successor.sock"
    with socket.socket(socket.AF_UNIX) as listener, home.control() as control:
        listener.bind(str(path))
        listener.listen()
        control("hand_over", to=str(path))
        with pytest.raises((ControlError, ConnectionError)) as refused:
            control("hand_over", to=str(path))
    if isinstance(refused.value, ControlError):
        assert refused.value.code in ("Busy", "Restarting", "Unavailable")
    assert home.daemon is not None
    wait_until(lambda: home.log.read_text("utf-8").count("ready: pid") == 2)
    with home.control() as control:
        assert control("status")["pid"] == home.daemon.pid


@pytest.mark.parametrize("name", ["nobody.sock", "x" * 5000, "a\0b"])
def test_a_daemon_does_not_let_go_for_nobody(home: Home, name: str) -> None:
    """The one that asked may have given up since, or never have been able to listen."""
    with home.control() as control:
        with pytest.raises(ControlError, match="no daemon waits") as refused:
            control("hand_over", to=str(home.run / name))
        assert refused.value.code == "InvalidArgument"
        assert control("status")["condition"] == "ok"


def test_a_daemon_that_does_not_answer_is_named(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what to do about it; nothing is done to it unasked."""
    monkeypatch.setattr(handover, "ANSWER_SECONDS", 0.2)
    assert home.daemon is not None
    home.daemon.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(Refused, match=f"pid {home.daemon.pid}") as refused:
            handover.take_over(home.run, home.control_socket)
    finally:
        home.daemon.send_signal(signal.SIGCONT)
    assert refused.value.hint is not None
    assert f"kill -9 {home.daemon.pid}" in refused.value.hint
    assert not list(home.run.glob("handover-*"))


HANGS = """
import sys, threading
from pathlib import Path
from fugue_actors import handover
handover.ADOPT_SECONDS = 0.3
handover.take_over(Path(sys.argv[1]), Path(sys.argv[2]))
print("has the lock", flush=True)
threading.Event().wait()
"""


def test_a_successor_that_hangs_is_ended_and_the_daemon_before_it_is_back(
    home: Home,
) -> None:
    """It has the lock and says nothing; the kernel ends it, so there never are two."""
    assert home.daemon is not None
    with home.control() as control:
        control("create_session", name="ann", command=["cat"])
    before = pids(home)
    with subprocess.Popen(
        [sys.executable, "-c", HANGS, str(home.run), str(home.control_socket)],
        env=home.environment,
        stdout=subprocess.PIPE,
    ) as successor:
        try:
            assert successor.stdout is not None
            assert successor.stdout.readline() == b"has the lock\n"
            assert successor.wait(60) == -signal.SIGALRM
        finally:
            successor.kill()
    wait_until(lambda: home.log.read_text("utf-8").count("ready: pid") == 2)
    with home.control() as control:
        assert control("status")["pid"] == home.daemon.pid
    assert pids(home) == before


def test_a_predecessor_waits_longer_than_a_silent_successor_can_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is stopped is ended only when it goes on, so it may never hang up."""
    monkeypatch.setattr(handover, "ALL_SECONDS", 0.1)
    monkeypatch.setattr(handover, "MARGIN_SECONDS", 0.1)
    path = tmp_path / "silent.sock"
    lock = homes.Lock.take(tmp_path)
    took_over: list[bool] = []
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(path))
        silent.listen()
        waiting = threading.Thread(
            target=lambda: took_over.append(handover.give_up(lock, str(path))),
            daemon=True,
        )
        waiting.start()
        waiting.join(20)
    lock.close()
    assert took_over == [False]


def test_a_successor_that_is_ready_may_live_on() -> None:
    """The timer it set itself is called off, once the predecessor knows."""
    ours, theirs = socket.socketpair()
    handler = signal.getsignal(signal.SIGALRM)
    try:
        handover.end_after(1000)
        handover.Predecessor(ours).release()
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
        assert theirs.recv(16) == handover.READY
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        theirs.close()


@pytest.mark.parametrize("other", [None, 4711], ids=["ending", "replaced"])
def test_nobody_is_told_to_kill_a_daemon_that_let_go_already(
    tmp_path: Path, other: int | None
) -> None:
    """Of two successors at once one is late, and the pid it knew is history."""
    lock = homes.Lock.take(tmp_path)
    lock.sign()
    with socket.socket(socket.AF_UNIX) as gate:
        gate.bind(str(tmp_path / "control.sock"))
        gate.listen()

        def hang_up() -> None:
            connection, _ = gate.accept()
            if other is not None:
                os.ftruncate(lock.descriptor, 0)
                os.pwrite(lock.descriptor, f"{other}\n".encode(), 0)
            connection.close()

        hanging_up = threading.Thread(target=hang_up)
        hanging_up.start()
        try:
            with pytest.raises(Refused) as refused:
                handover.take_over(tmp_path, tmp_path / "control.sock")
        finally:
            hanging_up.join(20)
            lock.close()
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert f"pid {other or os.getpid()}" in refused.value.message
    assert "kill" not in (refused.value.hint or "")


def test_a_predecessor_without_a_successor_keeps_everything(tmp_path: Path) -> None:
    """Nobody listens where it was told to hand over to."""
    lock = homes.Lock.take(tmp_path)
    try:
        assert handover.give_up(lock, str(tmp_path / "nobody.sock")) is False
        assert lock.still_counts()
    finally:
        lock.close()
