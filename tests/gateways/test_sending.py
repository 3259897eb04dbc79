"""Sending as clients do it: what they may say, in which forms, and what they are told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from fugue_actors.gateways.operations import OPERATIONS

if TYPE_CHECKING:
    from gatewaykit import Gate
    from trio.testing import MockClock

NOTE = {"msg_type": "note", "payload": {"a": 1}}
WISHES = {
    "priority": "high",
    "expires_seconds": 60,
    "retain_seconds": 30.5,
    "idempotency_key": "k-1 ä",
    "tell_failure": False,
}


def checked(name: str, result: dict[str, Any]) -> dict[str, Any]:
    """A result, once it is what its schema says."""
    assert "code" not in result, result
    jsonschema.validate(result, OPERATIONS[name].gives)
    return result


@pytest.mark.parametrize("tool", ["send_orchestration", "broadcast"])
async def test_an_agent_says_how_its_message_is_to_be_delivered(
    patient_clock: MockClock, gate: Gate, tool: str
) -> None:
    """All of it reaches the record, and the recipient sees what concerns it."""
    ann, bob = await gate.agent("ann"), await gate.agent("bob")
    line, reader = await gate.mcp(ann), await gate.mcp(bob)
    goal = {
        "send_orchestration": {"target": {"session": "bob"}},
        "broadcast": {"scope": "server"},
    }[tool]
    sent = checked(tool, await line.call(tool, **goal, **NOTE, **WISHES))
    assert sent["delivered_count"] == 1
    record = gate.world.journal.state.ledger.messages[sent["message_id"]]
    assert sent["expires_at"] == record.envelope.expires_at
    assert sent["retained_until"] == record.terms.retain_until
    assert record.terms.idempotency_key == "k-1 ä"
    assert not record.terms.tell_failure
    (got,) = (await reader.call("poll_messages"))["messages"]
    assert got["priority"] == "high"
    assert got["expires_at"] == sent["expires_at"]
    again = checked(tool, await line.call(tool, **goal, **NOTE, **WISHES))
    assert again["repeated"] is True
    assert again["message_id"] == sent["message_id"]
    assert again["delivered_count"] == 1
    assert "repeated" not in sent


@pytest.mark.parametrize(
    "given",
    [
        {"target": {"tag": "x", "deliver": "one"}},
        {"target": '{"tag": "x", "deliver": "one"}'},
        {"target": {"tag": "x"}, "deliver": "one"},
        {"target": '{"any": ["{\\"tag\\": \\"x\\"}"]}', "deliver": "one"},
    ],
)
async def test_work_for_one_may_be_asked_for_in_either_place(
    patient_clock: MockClock, gate: Gate, given: dict[str, Any]
) -> None:
    """Whichever of them asks first gets it, and the others never do."""
    ann = await gate.agent("ann")
    team = [await gate.agent(name, tags=("x",)) for name in ("bob", "cyd")]
    line = await gate.mcp(ann)
    sent = checked(
        "send_orchestration", await line.call("send_orchestration", **given, **NOTE)
    )
    assert sent["delivered_count"] == 2
    got = [
        (await (await gate.mcp(one)).call("poll_messages"))["messages"] for one in team
    ]
    assert [len(messages) for messages in got] == [1, 0]
    assert got[0][0]["deliver"] == "one"
    assert "deliver" not in got[0][0]["target"]


async def test_targets_are_combined_in_every_form(
    patient_clock: MockClock, gate: Gate
) -> None:
    """Agents write JSON, JSON in strings, and strings within."""
    ann = await gate.agent("ann", tags=("x",))
    for name, tags in (("bob", ("x",)), ("cyd", ("x", "y")), ("dan", ())):
        agent = await gate.agent(name, tags=tags)
        if name != "bob":
            line = await gate.mcp(agent)
            await line.call("report_status", status="idle")
    line = await gate.mcp(ann)
    goal = {"all": [{"state": "idle"}, {"not": {"any": [{"tag": "y"}]}}]}
    within = {
        "all": json.dumps([{"state": "idle"}, json.dumps({"not": '{"tag": "y"}'})])
    }
    for target in (goal, json.dumps(goal), within, json.dumps(within)):
        sent = await line.call("send_orchestration", target=target, **NOTE)
        assert [row["session_name"] for row in sent["recipients"]] == ["dan"]
    refused = await line.call(
        "send_orchestration", target={"all": [{"tag": "x"}, {"tag": "z"}]}, **NOTE
    )
    assert refused["code"] == "NoRecipients"
    assert "no session is tagged 'z'" in refused["message"]


async def test_a_message_for_newcomers_is_accepted_without_any_recipient(
    patient_clock: MockClock, gate: Gate
) -> None:
    """And the answer does not pretend that somebody has it."""
    line = await gate.mcp(await gate.agent("ann"))
    sent = await line.call(
        "send_orchestration", target={"tag": "x"}, retain_seconds=60, **NOTE
    )
    assert (sent["delivered_count"], sent["recipients"]) == (0, [])
    assert sent["retained_until"].endswith("Z")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"expires_seconds": 0}, "InvalidArgument"),
        ({"expires_seconds": 1e999}, "InvalidArgument"),
        ({"retain_seconds": 3e6}, "InvalidArgument"),
        ({"retain_seconds": "60"}, "InvalidArgument"),
        ({"priority": "urgent"}, "InvalidArgument"),
        ({"idempotency_key": ""}, "InvalidArgument"),
        ({"idempotency_key": "k" * 201}, "InvalidArgument"),
        ({"idempotency_key": "\ud800"}, "InvalidArgument"),
        ({"in_reply_to": "\ud800"}, "InvalidArgument"),
        ({"tell_failure": "no"}, "InvalidArgument"),
        ({"deliver": "some"}, "InvalidArgument"),
        ({"target": {"session": "bob", "deliver": "some"}}, "InvalidTarget"),
        ({"target": {"all": []}}, "InvalidTarget"),
    ],
)
async def test_what_makes_no_sense_is_refused_and_not_sent(
    patient_clock: MockClock, gate: Gate, given: dict[str, Any], code: str
) -> None:
    """A wish that is misunderstood is worse than one that is refused."""
    ann = await gate.agent("ann")
    await gate.agent("bob")
    line = await gate.control(ann)
    asked = {"target": {"session": "bob"}, **NOTE, **given}
    refused = await line.call("send_orchestration", **asked)
    assert refused["code"] == code
    assert gate.world.journal.state.ledger.messages == {}
    refused["message"].encode()


async def test_an_answer_goes_on_with_the_thread(
    patient_clock: MockClock, gate: Gate
) -> None:
    """Recipients see which conversation a message belongs to."""
    lines = [await gate.mcp(await gate.agent(name)) for name in ("ann", "bob")]
    ids: list[str] = []
    threads = []
    for number in range(3):
        speaker, listener = lines[number % 2], lines[1 - number % 2]
        await speaker.call(
            "send_orchestration",
            target={"session": ["bob", "ann"][number % 2]},
            **NOTE,
            **({"in_reply_to": ids[-1]} if ids else {}),
        )
        (got,) = (await listener.call("poll_messages"))["messages"]
        ids.append(got["id"])
        threads.append(got.get("thread"))
    assert threads == [None, ids[0], ids[0]]
