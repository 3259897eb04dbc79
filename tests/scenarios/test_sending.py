"""Sending through the real shim and the real command line, to a real daemon."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Any

import pytest
import trio
from clikit import Cli
from daemonkit import running_home
from mcpkit import Agent, ToolError, inside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Team
    from daemonkit import Home

pytestmark = pytest.mark.real

NOTE = {"msg_type": "note", "payload": {"a": 1}}
QUIET = """
[messages]
conversation_per_minute = 1
conversation_burst = 4
pause_seconds = 600
"""


def names(sent: dict[str, Any]) -> list[str]:
    """Who got a message."""
    return [row["session_name"] for row in sent["recipients"]]


async def drain(agent: Agent) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = (await agent.call("poll_messages", max=1000))[
        "messages"
    ]
    return messages


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_an_agent_combines_targets_with_the_official_client(
    home: Home, team: Team, mode: str
) -> None:
    """Over either protocol, as an object and as a string, paths from where it stands."""
    async with inside(team.bob, mode=mode) as bob:
        await bob.call("report_status", status="idle")
    async with inside(team.ann, mode=mode) as ann:
        await ann.call("report_status", status="working")
        for target, expected in (
            ({"all": [{"tag": "worker"}, {"state": "idle"}]}, ["bob"]),
            ({"any": [{"tag": "worker"}, {"orchestrator": True}]}, ["boss", "bob"]),
            ({"all": [{"broadcast": True}, {"not": {"tag": "worker"}}]}, ["boss"]),
            ({"all": [{"broadcast": True}, {"worktree": "../tree"}]}, ["bob"]),
            ({"not": {"worktree": "../tree"}, "deliver": "one"}, ["boss"]),
        ):
            for shape in (target, json.dumps(target)):
                sent = await ann.call("send_orchestration", target=shape, **NOTE)
                assert names(sent) == expected
        for wrong, code in (
            ({"any": [{"session": "bop"}, {"tag": "worker"}]}, "SessionNotFound"),
            ({"all": [{"worktree": "/"}]}, "NoRepository"),
            ({"all": [{"worktree": "nowhere"}]}, "InvalidTarget"),
            ({"all": [{"tag": "worker"}, {"state": "error"}]}, "NoRecipients"),
        ):
            with pytest.raises(ToolError) as refused:
                await ann.call("send_orchestration", target=wrong, **NOTE)
            assert refused.value.code == code


async def test_a_client_that_comes_back_repeats_itself_without_harm(
    home: Home, team: Team
) -> None:
    """It heard nothing of the first call, reconnects, and sends again."""
    async with inside(team.bob) as bob:
        await drain(bob)
    sent = []
    for _ in range(2):
        async with inside(team.ann) as ann:
            sent.append(
                await ann.call(
                    "send_orchestration",
                    target={"session": "bob"},
                    idempotency_key="again",
                    **NOTE,
                )
            )
    assert sent[0]["message_id"] == sent[1]["message_id"]
    assert sent[1]["repeated"]
    async with inside(team.bob) as bob:
        assert [one["id"] for one in await drain(bob)] == [sent[0]["message_id"]]


def test_a_person_sends_with_all_that_the_command_line_offers(
    home: Home, team: Team
) -> None:
    """What was asked for is in the answer, for people and for scripts."""
    cli = Cli(home.root)
    target = json.dumps({"all": [{"tag": "worker"}, {"worktree": "."}]})
    options = ("--as", "ada", "--priority", "high", "--expires", "60", "--key", "k")
    first = cli.json("send", *options, target, "hello", cwd=team.worktree)
    assert names(first) == ["bob"]
    assert first["expires_at"].endswith("Z")
    done = cli("send", *options, target, "hello", cwd=team.worktree)
    assert done.stdout.startswith(f"message {first['message_id']} for bob (")
    assert done.stdout.rstrip().endswith("sent before")
    other = cli("send", *options, target, "hullo", cwd=team.worktree)
    assert other.returncode == 1
    assert "idempotency_key" in other.stderr
    later = cli("send", "--as", "ada", "--retain", "60", "--one", "tag:night", "hello")
    assert "for nobody yet, and for those who come until " in later.stdout
    everybody = cli.json(
        "send", "--as", "ada", "--no-failure-notice", '{"not": {"tag": "x"}}', "hello"
    )
    assert set(names(everybody)) >= {"boss", "ann", "bob"}


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["{tag: x}", "hello"], 2, "not JSON"),
        (["--priority", "urgent", "ann", "hello"], 2, "urgent"),
        (["--expires", "0", "ann", "hello"], 2, "0"),
        (['{"all": []}', "hello"], 1, "one or more targets"),
        (['{"tag": "worker", "deliver": "some"}', "hello"], 1, "deliver"),
        (['{"all": [{"tag": "nobody"}]}', "hello"], 1, "no session is tagged 'nobody'"),
    ],
)
def test_a_slip_on_the_command_line_is_told_in_one_line(
    home: Home, team: Team, arguments: list[str], status: int, said: str
) -> None:
    """With what would have been right."""
    done = Cli(home.root)("send", "--as", "ada", *arguments)
    assert done.returncode == status
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def quiet() -> Iterator[Home]:
    """A daemon under which four messages at once are a storm."""
    with running_home(QUIET) as home:
        yield home


async def test_two_agents_in_a_loop_are_paused_and_both_are_told(quiet: Home) -> None:
    """By a message from the daemon, which no session can send."""
    relays = [quiet.relay(name) for name in ("ann", "bob")]
    quiet.relay("cyd")
    async with inside(relays[0]) as ann, inside(relays[1]) as bob:
        for agent, other in ((ann, "bob"), (bob, "ann")) * 2:
            await agent.call("send_orchestration", target={"session": other}, **NOTE)
        with pytest.raises(ToolError) as refused:
            await ann.call("send_orchestration", target={"session": "bob"}, **NOTE)
        assert refused.value.code == "RateLimited"
        data = refused.value.shape["data"]
        assert 590 < data["retry_after"] <= 600
        assert data["conversation"] == {"with": ["bob"]}
        for agent, other in ((ann, "bob"), (bob, "ann")):
            notice = (await agent.receive(count=3))[-1]
            assert notice["type"] == "conversation_paused"
            assert notice["from"]["attested"] == "daemon"
            assert notice["payload"]["with"] == [other]
            assert notice["payload"]["seconds"] == 600
        await ann.call("send_orchestration", target={"session": "cyd"}, **NOTE)


async def test_a_message_is_sent_once_even_if_the_daemon_is_killed_in_between() -> None:
    """The key stands in the journal with the message, and so does the thread."""
    with running_home() as home:
        relays = [home.relay(name) for name in ("ann", "bob")]
        asked: dict[str, Any] = {
            "target": {"session": "bob"},
            "idempotency_key": "once",
            **NOTE,
        }
        async with inside(relays[0]) as ann:
            first = await ann.call("send_orchestration", **asked)
        assert home.daemon is not None
        home.daemon.send_signal(signal.SIGKILL)
        await trio.to_thread.run_sync(home.daemon.wait, 20)
        await trio.to_thread.run_sync(home.start)
        async with inside(relays[0]) as ann, inside(relays[1]) as bob:
            again = await ann.call("send_orchestration", **asked)
            assert (again["message_id"], again["repeated"]) == (
                first["message_id"],
                True,
            )
            (got,) = await bob.receive()
            assert got["id"] == first["message_id"]
            assert await drain(bob) == []
            await bob.call(
                "send_orchestration",
                target={"session": "ann"},
                in_reply_to=got["id"],
                **NOTE,
            )
            (answer,) = await ann.receive()
            assert answer["thread"] == first["message_id"]


def test_what_memory_has_forgotten_is_repeated_and_answered_all_the_same() -> None:
    """The events tell to whom it went, and which conversation it began."""
    with running_home() as home:
        asked = {"target": {"session": "bob"}, "idempotency_key": "once", **NOTE}
        with home.control() as control:
            made = control("create_session", name="ann", command=["cat"])
            control("create_session", name="bob", command=["cat"])
        token = home.environment_of_pane(made["pane_id"])["FUGUE_TOKEN"]
        with home.control(token=token) as ann:
            first = ann("send_orchestration", **asked)
            ann("kill_session", session="bob")
        for _ in range(3):
            assert home.daemon is not None
            home.daemon.kill()
            home.daemon.wait(60)
            home.start()
        with home.control() as control:
            listed = [one["id"] for one in control("messages")["messages"]]
        assert first["message_id"] not in listed
        with home.control(token=token) as ann:
            again = ann("send_orchestration", **asked)
            assert (again["message_id"], again["repeated"]) == (
                first["message_id"],
                True,
            )
            assert [row["state"] for row in again["recipients"]] == ["dead"]
            asked = {"target": {"session": "ann"}, **NOTE}
            ann("send_orchestration", in_reply_to=first["message_id"], **asked)
            messages = ann("poll_messages")["messages"]
        assert messages[-1]["thread"] == first["message_id"]
