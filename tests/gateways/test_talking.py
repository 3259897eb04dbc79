"""Asking, replying, acknowledging and looking, over real connections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import trio
from actorkit import a_message
from gatewaykit import Background, Gate, McpLine
from mcpkit import ToolError
from trio.testing import MockClock, wait_all_tasks_blocked

from fugue_actors.actors import fleet
from fugue_actors.gateways.operations import OPERATIONS
from fugue_actors.protocol.events import MessagesConsumed
from fugue_actors.protocol.values import DAEMON

if TYPE_CHECKING:
    from gatedjournal import GatedJournal

    from fugue_actors.protocol.values import Session


async def put(gate: Gate, session: Session, *names: str, **fields: Any) -> list[str]:
    sent = [a_message(name, session, **fields) for name in names]
    await gate.world.journal.record(*sent)
    return [one.envelope.id for one in sent]


def fits(name: str, result: dict[str, Any]) -> dict[str, Any]:
    """A result, checked against its operation's schema."""
    assert "code" not in result, result
    jsonschema.validate(result, OPERATIONS[name].gives)
    return result


def rows(result: dict[str, Any]) -> dict[str, str]:
    return {row["session_name"]: row["state"] for row in result["recipients"]}


async def team(gate: Gate, *names: str) -> list[McpLine]:
    return [await gate.mcp(await gate.agent(name, tags=("w",))) for name in names]


async def receive(line: McpLine) -> dict[str, Any]:
    """The next message, waiting for it."""
    answer = await line.call("poll_messages", wait_seconds=60, max=1)
    (message,) = answer["messages"]
    found: dict[str, Any] = message
    return found


TEAM = {"tag": "w"}


# ---- ask and reply


async def test_an_agent_asks_all_of_a_team_and_gets_an_answer_of_each(
    autojump_clock: MockClock, gate: Gate, nursery: trio.Nursery
) -> None:
    """One call on one side, poll and reply on the other; the answers name the question."""
    line = await gate.mcp(await gate.agent("ann"))
    others = await team(gate, "bob", "cyd")
    asked = Background(
        nursery, line.call("ask", target=TEAM, question="How far are you?")
    )
    for other in others:
        message = await receive(other)
        assert message["type"] == "question"
        assert message["payload"] == {"text": "How far are you?"}
        sent = await other.call("reply", message_id=message["id"], text="done")
        assert fits("reply", sent)["delivered_count"] == 1
    await wait_all_tasks_blocked()
    got = fits("ask", asked.result)
    assert got["complete"] is True
    assert rows(got) == {"bob": "answered", "cyd": "answered"}
    assert [
        (one["from"]["session_name"], one["type"], one["payload"], one["in_reply_to"])
        for one in got["answers"]
    ] == [
        (name, "answer", {"text": "done"}, got["message_id"]) for name in ("bob", "cyd")
    ]


async def test_answers_are_proved_by_the_next_request_like_all_messages(
    autojump_clock: MockClock, gate: Gate, nursery: trio.Nursery
) -> None:
    """And come again if the connection ends before."""
    ann = await gate.agent("ann")
    line = await gate.mcp(ann)
    (bob,) = await team(gate, "bob")
    for proves in (True, False):
        asked = Background(nursery, line.call("ask", target=TEAM, question="?"))
        message = await receive(bob)
        await bob.call("reply", message_id=message["id"], text="!")
        await wait_all_tasks_blocked()
        assert asked.result["complete"] is True
        if proves:
            await line.call("whoami")
            await wait_all_tasks_blocked()
            assert gate.world.inbox(ann) == []
    await line.hang_up()
    assert gate.world.inbox(ann) == [("answer", None, True)]


async def test_too_few_answers_in_time_are_an_error_that_has_those_that_came(
    autojump_clock: MockClock, gate: Gate, nursery: trio.Nursery
) -> None:
    """They are received with it: the next request proves them."""
    ann = await gate.agent("ann")
    line = await gate.mcp(ann)
    bob, cyd = await team(gate, "bob", "cyd")
    asked = Background(nursery, line.call("ask", target=TEAM, question="?", timeout=20))
    message = await receive(bob)
    await bob.call("reply", message_id=message["id"], text="!")
    await trio.sleep(21)
    refusal = asked.result
    assert refusal["code"] == "Timeout"
    assert "1 of 2 answers" in refusal["message"]
    data = refusal["data"]
    assert [one["payload"] for one in data["answers"]] == [{"text": "!"}]
    assert rows(data) == {"bob": "answered", "cyd": "expired"}
    assert (await cyd.call("poll_messages"))["messages"] == []
    await line.call("whoami")
    await wait_all_tasks_blocked()
    assert gate.world.inbox(ann) == []


async def test_a_question_that_nobody_can_answer_is_over_at_once(
    autojump_clock: MockClock, gate: Gate, nursery: trio.Nursery
) -> None:
    """By a refusal here; the reason is in the recipients."""
    line = await gate.mcp(await gate.agent("ann"))
    (bob,) = await team(gate, "bob")
    asked = Background(nursery, line.call("ask", target=TEAM, question="?"))
    answer = await bob.call("poll_messages", wait_seconds=60, ack="manual")
    (message,) = answer["messages"]
    await bob.call("ack", message_ids=[message["id"]], refuse="I do not know")
    await wait_all_tasks_blocked()
    refusal = asked.result
    assert refusal["code"] == "NoAnswer"
    (row,) = refusal["data"]["recipients"]
    assert (row["state"], row["evidence"]) == ("refused", "I do not know")


@pytest.mark.parametrize("how", ["cancel", "hang up"])
async def test_a_question_whose_client_cancels_or_leaves_is_withdrawn(
    autojump_clock: MockClock, gate: Gate, how: str
) -> None:
    """Nobody reads, or works for, what nobody waits for."""
    line = await gate.mcp(await gate.agent("ann"))
    (bob,) = await team(gate, "bob")
    number = await line.start_call("ask", target=TEAM, question="?")
    await wait_all_tasks_blocked()
    await gate.mcp(await gate.agent("eve"))
    if how == "cancel":
        await line.tell("notifications/cancelled", requestId=number)
    else:
        await line.hang_up()
    await wait_all_tasks_blocked()
    assert (await bob.call("poll_messages"))["messages"] == []
    (record,) = gate.world.journal.state.ledger.messages.values()
    (row,) = record.recipients.values()
    assert (row.state, row.evidence) == ("expired", "withdrawn: its asker went away")


async def test_a_client_is_told_how_many_have_answered_while_it_waits(
    autojump_clock: MockClock, gate: Gate, nursery: trio.Nursery
) -> None:
    """Clients that give up a silent call after a minute do not."""
    others = await team(gate, "bob", "cyd")
    said: list[str | None] = []

    async def on_progress(
        progress: float, total: float | None, message: str | None
    ) -> None:
        said.append(message)

    async with gate.official(await gate.agent("ann")) as agent:
        arguments = {"target": TEAM, "question": "?", "timeout": 600}
        asked = Background(
            nursery,
            agent.client.call_tool(
                "fugue_ask", arguments, progress_callback=on_progress
            ),
        )
        for other in others:
            await trio.sleep(12)
            message = await receive(other)
            await other.call("reply", message_id=message["id"], text="!")
        await wait_all_tasks_blocked()
        assert not asked.result.is_error
    assert said[0] == "waiting for answers"
    assert said[-1] == "1 of 2 answered"


@pytest.mark.parametrize(("answers", "count"), [("any", 1), (1, 1), (2, 2), ("all", 3)])
async def test_one_may_wait_for_any_for_some_or_for_all(
    autojump_clock: MockClock,
    gate: Gate,
    nursery: trio.Nursery,
    answers: str | int,
    count: int,
) -> None:
    """A quorum is a number."""
    line = await gate.mcp(await gate.agent("ann"))
    others = await team(gate, "bob", "cyd", "dan")
    asked = Background(
        nursery, line.call("ask", target=TEAM, question="?", answers=answers)
    )
    for other in others[:count]:
        await wait_all_tasks_blocked()
        assert not asked.is_over
        message = await receive(other)
        await other.call("reply", message_id=message["id"], text="!")
    await wait_all_tasks_blocked()
    assert asked.result["complete"] is True
    assert len(asked.result["answers"]) == count


async def test_a_question_without_a_timeout_is_over_before_clients_lose_patience(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """Codex drops a tool call after 60 seconds, and with it the answers that came."""
    line = await gate.mcp(await gate.agent("ann"))
    await team(gate, "bob")
    before = trio.current_time()
    assert (await line.call("ask", target=TEAM, question="?"))["code"] == "Timeout"
    assert trio.current_time() - before <= 55


async def test_question_and_answer_can_be_typed_messages_too(
    autojump_clock: MockClock, gate: Gate, nursery: trio.Nursery
) -> None:
    """Programs talk in their own terms."""
    line = await gate.mcp(await gate.agent("ann"))
    (bob,) = await team(gate, "bob")
    asked = Background(
        nursery, line.call("ask", target=TEAM, message={"sync_request": True})
    )
    message = await receive(bob)
    assert message["type"] == "sync_request"
    await bob.call("reply", message_id=message["id"], msg_type="x", payload={"n": 1})
    await wait_all_tasks_blocked()
    (answer,) = asked.result["answers"]
    assert (answer["type"], answer["payload"]) == ("x", {"n": 1})


@pytest.mark.parametrize("tool", ["ask", "reply"])
@pytest.mark.parametrize("content", [{}, {"message": {"sync_request": True}}])
async def test_who_says_nothing_or_two_things_is_told_what_to_say(
    autojump_clock: MockClock, gate: Gate, tool: str, content: dict[str, Any]
) -> None:
    """Exactly one form of content."""
    ann = await gate.agent("ann")
    line = await gate.mcp(ann)
    (message_id,) = await put(gate, ann, "a")
    words = {"ask": "question", "reply": "text"}[tool]
    to = {"ask": {"target": TEAM}, "reply": {"message_id": message_id}}[tool]
    said = {**content, words: "both"} if content else {}
    refusal = await line.call(tool, **to, **said)
    assert refusal["code"] == "InvalidArgument"
    assert words in refusal["message"] + refusal.get("hint", "")


async def test_a_reply_goes_to_the_sender_and_proves_that_the_message_was_received(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """With its id, so that the sender knows what it answers."""
    ann, bob = await gate.agent("ann"), await gate.agent("bob")
    first, second = await gate.mcp(ann), await gate.mcp(bob)
    sent = await first.call(
        "send_orchestration", target={"session": "bob"}, msg_type="note"
    )
    message_id = sent["message_id"]
    await second.call("reply", message_id=message_id, text="thanks")
    (answer,) = (await first.call("poll_messages"))["messages"]
    assert answer["in_reply_to"] == message_id
    assert answer["payload"] == {"text": "thanks"}
    status = await first.call("message_status", message_id=message_id)
    assert rows(status) == {"bob": "answered"}
    assert status["recipients"][0]["evidence"] == answer["id"]


async def test_only_what_came_to_oneself_can_be_replied_to(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """What others got is theirs to answer; the daemon reads no answers."""
    ann, bob = await gate.agent("ann"), await gate.agent("bob")
    line = await gate.mcp(ann)
    (others,) = await put(gate, bob, "a")
    for wrong in (others, "never sent"):
        refusal = await line.call("reply", message_id=wrong, text="x")
        assert refusal["code"] == "MessageNotFound"
    notice = a_message("delivery_failed", ann)
    notice = type(notice)(
        envelope=type(notice.envelope)(
            **{
                name: getattr(notice.envelope, name)
                for name in ("id", "target", "type", "payload", "sent_at")
            },
            sender=DAEMON,
        ),
        recipients=notice.recipients,
    )
    await gate.world.journal.record(notice)
    refusal = await line.call("reply", message_id=notice.envelope.id, text="x")
    assert refusal["code"] == "NoRecipients"


# ---- poll, acknowledge


async def test_what_is_taken_by_hand_is_offered_until_it_is_acknowledged(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """No number of further requests proves it."""
    ann = await gate.agent("ann")
    line = await gate.mcp(ann)
    (message_id,) = await put(gate, ann, "a")
    await line.call("poll_messages", ack="manual")
    for _ in range(3):
        await line.call("whoami")
    await wait_all_tasks_blocked()
    assert gate.world.inbox(ann) == [("a", line.actor.path, False)]
    got = fits("ack", await line.call("ack", message_ids=[message_id]))
    assert got["messages"] == [{"message_id": message_id, "state": "consumed"}]
    assert gate.world.inbox(ann) == []


async def test_what_is_taken_by_hand_comes_again_when_its_connection_ends(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """And can be acknowledged over the next one, without being taken again."""
    ann = await gate.agent("ann")
    line = await gate.mcp(ann)
    first, _ = await put(gate, ann, "a", "b")
    await line.call("poll_messages", ack="manual")
    await line.call("whoami")
    await line.hang_up()
    assert gate.world.inbox(ann) == [("a", None, True), ("b", None, True)]
    again = await gate.mcp(ann)
    await again.call("ack", message_ids=[first])
    assert [
        (one["type"], one["redelivered"])
        for one in (await again.call("poll_messages"))["messages"]
    ] == [("b", True)]


async def test_a_job_is_given_back_by_hand_and_goes_to_the_other_worker(
    autojump_clock: MockClock, gate: Gate, nursery: trio.Nursery
) -> None:
    """What its own next request would have proved otherwise."""
    bob, cyd = await gate.agent("bob"), await gate.agent("cyd")
    first, second = await gate.mcp(bob), await gate.mcp(cyd)
    job = a_message("job", bob, cyd, deliver="one")
    await gate.world.journal.record(job)
    await first.call("poll_messages", ack="manual")
    waiting = Background(nursery, receive(second))
    await wait_all_tasks_blocked()
    status = await gate.control()
    shape = await status.call("message_status", message_id=job.envelope.id)
    assert fits("message_status", shape)["waiting"] == ["cyd"]
    assert rows(shape) == {"bob": "offered"}
    got = await first.call("ack", message_ids=[job.envelope.id], release=True)
    assert got["messages"][0]["state"] == "queued"
    await wait_all_tasks_blocked()
    assert (waiting.result["type"], waiting.result["deliver"]) == ("job", "one")


@pytest.mark.parametrize("more", [{"release": True}, {"refuse": "no"}])
async def test_what_a_request_has_proved_is_not_given_back_or_refused(
    autojump_clock: MockClock, gate: Gate, more: dict[str, Any]
) -> None:
    """The request itself proves it; the refusal says how to do it instead."""
    ann = await gate.agent("ann")
    line = await gate.mcp(ann)
    (message_id,) = await put(gate, ann, "a")
    await line.call("poll_messages")
    refusal = await line.call("ack", message_ids=[message_id], **more)
    assert refusal["code"] == "NotAllowed"
    assert "manual" in refusal["hint"]


async def test_a_message_is_not_released_and_refused_at_once(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """It would be guessing which was meant."""
    ann = await gate.agent("ann")
    line = await gate.mcp(ann)
    (message_id,) = await put(gate, ann, "a")
    refusal = await line.call(
        "ack", message_ids=[message_id], release=True, refuse="no"
    )
    assert refusal["code"] == "InvalidArgument"


async def test_a_poll_takes_only_what_it_asks_for(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """By type and by sender; the rest is for later."""
    ann, bob = await gate.agent("ann"), await gate.agent("bob")
    line = await gate.mcp(ann)
    await put(gate, ann, "a", "b")
    await put(gate, ann, "a", sender=bob)

    async def taken(**wanted: Any) -> list[str]:
        answer = await line.call("poll_messages", **wanted)
        return [one["type"] for one in answer["messages"]]

    assert await taken(types=["b", "c"]) == ["b"]
    assert await taken(**{"from": "bob"}) == ["a"]
    assert await taken(**{"from": "bob"}) == []
    assert await taken(types='["a"]') == ["a"]


async def test_unread_messages_can_be_looked_at_without_taking_them(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """For people, who look before they read."""
    ann = await gate.agent("ann")
    line = await gate.control(ann)
    await put(gate, ann, "a", "b")
    for _ in range(2):
        shape = fits("unread", await line.call("unread", types=["b"]))
        assert [one["type"] for one in shape["messages"]] == ["b"]
    assert gate.world.inbox(ann) == [("a", None, False), ("b", None, False)]


async def test_a_proof_that_could_not_be_kept_is_kept_with_the_next_request(
    autojump_clock: MockClock, gate: Gate, journal: GatedJournal
) -> None:
    """A full disk leaves nothing claimed for as long as the connection lives."""
    ann = await gate.agent("ann")
    line = await gate.mcp(ann)
    await put(gate, ann, "a")
    await line.call("poll_messages")
    journal.refused = (MessagesConsumed,)
    for _ in range(3):
        await line.call("whoami")
        await wait_all_tasks_blocked()
    assert gate.world.inbox(ann) == [("a", line.actor.path, False)]
    journal.refused = ()
    await line.call("whoami")
    await wait_all_tasks_blocked()
    assert gate.world.inbox(ann) == []


async def test_a_proof_for_a_session_that_has_ended_is_given_up(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """Nobody will ever take it; the connection goes on without it."""
    ann = await gate.agent("ann")
    line = await gate.mcp(ann)
    await put(gate, ann, "a")
    await line.call("poll_messages")
    await fleet.end(gate.world.fleet, ann.session_id)
    for _ in range(2):
        assert (await line.call("whoami"))["code"] == "SessionNotFound"
        await wait_all_tasks_blocked()


# ---- what became of a message


async def test_a_message_s_history_has_every_step_with_its_evidence(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """From queued to answered, in the order in which it happened."""
    ann, bob = await gate.agent("ann"), await gate.agent("bob")
    first, second = await gate.mcp(ann), await gate.mcp(bob)
    sent = await first.call(
        "send_orchestration", target={"session": "bob"}, msg_type="note"
    )
    await receive(second)
    await second.call("reply", message_id=sent["message_id"], text="ok")
    status = await first.call("message_status", message_id=sent["message_id"])
    (row,) = fits("message_status", status)["recipients"]
    assert [step["state"] for step in row["steps"]] == ["queued", "offered", "consumed"]
    assert row["state"] == "answered"
    assert row["steps"][1]["evidence"] == second.actor.path
    assert row["steps"][2]["evidence"] == "its connection went on afterwards"


async def test_a_message_s_history_is_for_those_it_concerns_and_for_people(
    patient_clock: MockClock, gate: Gate
) -> None:
    """Not for other agents, over whichever socket they ask."""
    ann, bob, eve = [await gate.agent(name) for name in ("ann", "bob", "eve")]
    sent = await (await gate.mcp(ann)).call(
        "send_orchestration", target={"session": "bob"}, msg_type="note"
    )
    asks = {"message_id": sent["message_id"]}
    for line in (await gate.mcp(bob), await gate.control(bob), await gate.control()):
        assert rows(await line.call("message_status", **asks)) == {"bob": "queued"}
    for line in (await gate.mcp(eve), await gate.control(eve), await gate.mcp()):
        assert (await line.call("message_status", **asks))["code"] == "NotAllowed"
    unknown = await line.call("message_status", message_id="never sent")
    assert unknown["code"] == "MessageNotFound"


async def test_the_official_client_takes_every_answer_of_a_conversation(
    autojump_clock: MockClock, gate: Gate, nursery: trio.Nursery
) -> None:
    """It checks results against the schemas that it was shown, refusals too."""
    ann, bob = await gate.agent("ann"), await gate.agent("bob")
    async with gate.official(ann) as one, gate.official(bob) as other:
        asked = Background(
            nursery, one.call("ask", target={"session": "bob"}, question="?")
        )
        (message,) = await other.receive()
        await other.call("reply", message_id=message["id"], text="!")
        await wait_all_tasks_blocked()
        got = asked.result
        status = await one.call("message_status", message_id=got["message_id"])
        assert rows(status) == {"bob": "answered"}
        with pytest.raises(ToolError) as refused:
            await one.call("ask", target={"session": "bob"}, question="?", timeout=1)
        assert refused.value.code == "Timeout"
        (late,) = (await other.call("poll_messages", ack="manual"))["messages"] or [{}]
        assert late == {}
