"""The daemon ends, by request or by force: programs stay, clients come back."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, Any

import psutil
import pytest
import trio
from daemonkit import ControlError, Home, running_home, wait_until
from mcpkit import Agent, ToolError, guest, inside

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real


@pytest.fixture
def home() -> Iterator[Home]:
    """A daemon of this test's own."""
    with running_home() as home:
        yield home


def pids(home: Home) -> dict[str, int]:
    """The program of each session."""
    with home.control() as control:
        sessions = control("list_sessions")["sessions"]
    return {s["session_name"]: p["pid"] for s in sessions for p in s["panes"]}


def end_daemon(home: Home, how: str) -> None:
    assert home.daemon is not None
    if how == "stop":
        with home.control() as control:
            assert control("stop")["left_running"] == 2
    else:
        home.daemon.send_signal(getattr(signal, how))
    home.daemon.wait(60)


async def eventually(agent: Agent, tool: str, **arguments: Any) -> dict[str, Any]:
    with trio.fail_after(60):
        while True:
            try:
                return await agent.call(tool, **arguments)
            except ToolError as error:
                if error.code != "Unavailable":
                    raise
            await trio.sleep(0.05)


@pytest.mark.parametrize("how", ["stop", "SIGTERM", "SIGKILL"])
async def test_agents_outlive_the_daemon_and_are_themselves_to_the_next(
    home: Home, how: str
) -> None:
    """Same pids, names, tags and screens; calls meanwhile say `Unavailable`."""
    ann, _bob = home.relay("ann", tags=["worker"]), home.relay("bob")
    before = pids(home)
    async with inside(ann) as agent:
        me = await agent.call("whoami")
        await trio.to_thread.run_sync(end_daemon, home, how)
        with pytest.raises(ToolError) as refused:
            await agent.call("whoami")
        assert refused.value.code == "Unavailable"
        await trio.to_thread.run_sync(home.start)
        assert (await eventually(agent, "whoami")) == me
        assert "relay ready" in (await agent.call("read_pane"))["text"]
        await agent.call("set_tags", add=["again"])
    assert pids(home) == before
    with home.control() as control:
        assert control("get_tags", session="ann")["tags"] == ["again", "worker"]


async def test_a_program_that_ended_without_a_daemon_is_reported_by_the_next(
    home: Home,
) -> None:
    """Its exit status and last screen waited in its host."""
    with home.control() as control:
        go = home.root / "go"
        control(
            "create_session",
            name="brief",
            command=[
                "sh",
                "-c",
                f"while [ ! -e {go} ]; do sleep 0.05; done; echo over; exit 3",
            ],
        )
        program = psutil.Process(pids(home)["brief"])
        control("stop")
    assert home.daemon is not None
    home.daemon.wait(60)
    go.touch()
    wait_until(lambda: not program.is_running())
    home.start()

    def ended() -> Any:
        with home.control() as control:
            return control("list_panes", session="brief")["panes"][0]["exit"]

    assert wait_until(ended) == {"code": 3, "signal": None}
    with home.control() as control:
        assert "over" in control("read_pane", session="brief")["text"]


def test_stop_with_kill_leaves_no_process(home: Home) -> None:
    """Programs that ignore signals and detach themselves included."""
    script = "trap '' HUP TERM; (setsid sleep 1000 &); (trap '' HUP; sleep 1000) & cat"
    with home.control() as control:
        for name in ("one", "two", "three"):
            control("create_session", name=name, command=["sh", "-c", script])
        answer = control("stop", kill=True)
    assert (answer["left_running"], answer["killed"]) == (0, 3)
    assert {one["command"] for one in answer["forced"]} >= {"sleep"}
    assert answer["survivors"] == []
    assert home.daemon is not None
    home.daemon.wait(60)
    wait_until(lambda: not home.processes())
    assert not list((home.run / "panes").iterdir())


async def test_a_guest_that_reconnects_is_the_same_guest(home: Home) -> None:
    """By name, and without one by its process: its inbox is still its own."""
    async with guest(home, "--as", "carol") as carol:
        first = await carol.call("whoami")
    async with guest(home, "--as", "carol") as carol:
        assert (await carol.call("whoami"))["session_id"] == first["session_id"]
        async with guest(home, "--as", "carol") as other:
            assert (await other.call("whoami"))["session_name"] == "carol-2"


async def test_a_guest_cannot_take_the_name_of_a_pane(home: Home) -> None:
    """A pane's session belongs to what runs in it."""
    ann = home.relay("ann")
    async with guest(home, "--as", "ann") as impostor:
        me = await impostor.call("whoami")
    assert (me["session_name"], me["attested"]) == ("ann-2", "guest")
    assert me["session_id"] != ann.session_id


def test_a_second_daemon_in_the_same_home_is_refused(home: Home) -> None:
    """It says who runs already, and disturbs nothing."""
    import subprocess

    second = subprocess.run(
        [sys.executable, "-m", "fugue_actors", "serve", "--foreground"],
        env=home.environment,
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )
    assert second.returncode == 1
    assert home.daemon is not None
    assert str(home.daemon.pid) in second.stderr
    assert "Traceback" not in second.stderr
    with home.control() as control:
        assert control("status")["pid"] == home.daemon.pid


def test_the_token_of_an_ended_pane_is_worth_nothing(home: Home) -> None:
    """From below no pane a token is believed, while its pane lives."""
    ann = home.relay("ann")
    token = home.environment_of_pane(ann.pane_id)["FUGUE_TOKEN"]
    with home.control(token=token) as control:
        assert control("whoami")["attested"] == "token"
        assert control("whoami")["session_name"] == "ann"
        with pytest.raises(ControlError) as refused:
            control("attach_session", session=control("whoami")["session_id"][:-1])
        assert refused.value.code == "SessionNotFound"
    with home.control() as control:
        control("kill_session", session="ann")
    with home.control(token=token) as control:
        assert control("whoami")["attested"] == "guest"
