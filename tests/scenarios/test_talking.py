"""Conversations of real agents with a real daemon, and what its death does to them."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
import trio
from daemonkit import Control, ControlError, Home, running_home, wait_until
from gatewaykit import Background
from mcpkit import ToolError, guest, inside

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real


@pytest.fixture
def own_home() -> Iterator[Home]:
    """A daemon of this test's own, which it kills."""
    with running_home() as home:
        yield home


def states(control: Control, message_id: str) -> dict[str, tuple[str, str | None]]:
    """What became of a message for each recipient, and why."""
    shape = control("message_status", message_id=message_id)
    return {
        row["session_name"]: (row["state"], row.get("evidence"))
        for row in shape["recipients"]
    }


async def test_agents_in_panes_ask_each_other_and_answer(
    home: Home, nursery: trio.Nursery
) -> None:
    """Through real shims: the question, the answer, and its whole history."""
    ann, bob = home.relay("ann"), home.relay("bob")
    with trio.fail_after(60):
        async with inside(ann) as one, inside(bob) as other:
            asked = Background(
                nursery,
                one.call(
                    "ask", target={"session": "bob"}, question="Done?", timeout=40
                ),
            )
            (message,) = await other.receive()
            await other.call("reply", message_id=message["id"], text="Yes.")
            while not asked.is_over:
                await trio.sleep(0.01)
            (answer,) = asked.result["answers"]
            assert answer["payload"] == {"text": "Yes."}
            assert answer["from"]["attested"] == "process"
            status = await one.call("message_status", message_id=message["id"])
            (row,) = status["recipients"]
            assert (row["state"], row["evidence"]) == ("answered", answer["id"])


async def test_a_job_of_a_worker_that_is_killed_goes_to_another_at_once(
    home: Home, nursery: trio.Nursery
) -> None:
    """The other waits in a poll; nobody has to look again, and nobody does it twice."""
    dan, eve = (home.relay(name, tags=["digger"]) for name in ("dan", "eve"))
    with trio.fail_after(60):
        async with guest(home, "--as", "boss") as boss, inside(eve) as other:
            async with inside(dan) as first:
                await boss.call(
                    "send_orchestration",
                    target={"tag": "digger"},
                    deliver="one",
                    msg_type="job",
                )
                taken = await first.call("poll_messages", ack="manual", wait_seconds=9)
                (job,) = taken["messages"]
                waiting = Background(
                    nursery, other.call("poll_messages", ack="manual", wait_seconds=40)
                )
                await boss.call("kill_session", session="dan")
                while not waiting.is_over:
                    await trio.sleep(0.01)
            (again,) = waiting.result["messages"]
            assert again["id"] == job["id"]
            await other.call("ack", message_ids=[job["id"]])
            status = await boss.call("message_status", message_id=job["id"])
            (row,) = status["recipients"]
            assert (row["session_name"], row["state"]) == ("eve", "consumed")
            assert row["evidence"] == "acknowledged"


def test_a_question_of_a_daemon_that_was_killed_is_withdrawn_by_the_next(
    own_home: Home,
) -> None:
    """Its asker's connection died with it, so nobody waits any more."""
    home = own_home
    with home.control(**{"as": "bob"}) as bob, home.control(**{"as": "ann"}) as ann:
        bob("whoami")
        ann.send("ask", target={"session": "bob"}, question="?", timeout=3600)
        (message,) = wait_until(lambda: bob("unread")["messages"])
        assert home.daemon is not None
        home.daemon.send_signal(signal.SIGKILL)
        home.daemon.wait(60)
    home.start()
    with home.control() as control:
        wait_until(
            lambda: (
                states(control, message["id"])
                == {"bob": ("expired", "withdrawn: its asker went away")}
            )
        )
    with home.control(**{"as": "bob"}) as bob:
        assert bob("unread")["messages"] == []


def test_what_was_taken_by_hand_comes_again_from_the_next_daemon(
    own_home: Home,
) -> None:
    """Nothing was acknowledged, so nothing is received; what was stays so."""
    home = own_home
    with home.control(**{"as": "bob"}) as bob, home.control(**{"as": "ann"}) as ann:
        bob("whoami")
        sent = [
            ann("send_orchestration", target={"session": "bob"}, msg_type=kind)
            for kind in ("a", "b")
        ]
        first, second = (one["message_id"] for one in sent)
        assert len(bob("poll_messages", ack="manual")["messages"]) == 2
        bob("ack", message_ids=[first])
        assert home.daemon is not None
        home.daemon.send_signal(signal.SIGKILL)
        home.daemon.wait(60)
    home.start()
    with home.control(**{"as": "bob"}) as bob:
        (again,) = wait_until(lambda: bob("poll_messages", wait_seconds=5)["messages"])
        assert (again["id"], again["redelivered"]) == (second, True)
        assert states(bob, first) == {"bob": ("consumed", "acknowledged")}
        # The ledger does not follow it any more, but its session may say so again.
        settled = bob("ack", message_ids=[second, first])
        assert [one["state"] for one in settled["messages"]] == ["consumed"] * 2
        with pytest.raises(ControlError) as refused:
            bob("ack", message_ids=[first], release=True)
        assert refused.value.code == "NotAllowed"
        with pytest.raises(ControlError) as refused:
            bob("ack", message_ids=[second, "never sent"])
        assert refused.value.code == "MessageNotFound"


async def test_a_question_to_nobody_waits_for_nobody(home: Home) -> None:
    """It is refused like any message that nobody would get."""
    async with guest(home, "--as", "lonely") as agent:
        with pytest.raises(ToolError) as refused:
            await agent.call("ask", target={"tag": "nobody"}, question="?")
    assert refused.value.code == "NoRecipients"
