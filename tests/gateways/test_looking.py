"""Looking at messages in pages, so that a large inbox holds up nobody."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
from actorkit import a_message

from fugue_actors.gateways.operations import OPERATIONS
from fugue_actors.protocol.events import MessagesConsumed

if TYPE_CHECKING:
    from gatewaykit import ControlLine, Gate
    from trio.testing import MockClock

    from fugue_actors.protocol.values import Session

LARGE = {"text": "x" * 400_000}


async def look(
    line: ControlLine, name: str, **arguments: Any
) -> tuple[list[str], bool]:
    """The types of a page, and whether there are more."""
    page = await line.call(name, **arguments)
    jsonschema.validate(page, OPERATIONS[name].gives)
    return [message["type"] for message in page["messages"]], page["more"]


async def large_inbox(gate: Gate) -> tuple[Session, list[str], ControlLine]:
    """Ann, the ids of four large messages for her, and her line."""
    ann = await gate.agent("ann")
    sent = [a_message(name, ann) for name in "abcd"]
    for one in sent:
        one.envelope.payload.update(LARGE)
    await gate.world.journal.record(*sent)
    return ann, [one.envelope.id for one in sent], await gate.control(ann)


async def test_unread_messages_come_in_pages_that_are_not_too_large(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """One message at least; and what is to be read later goes on after the last one."""
    _, ids, line = await large_inbox(gate)
    assert await look(line, "unread") == (["a", "b", "c"], True)
    assert await look(line, "unread", after=ids[2]) == (["d"], False)
    assert await look(line, "unread", after=ids[3]) == ([], False)
    assert await look(line, "unread", types=["b", "d"]) == (["b", "d"], False)


async def test_unread_messages_come_in_pages_of_not_too_many(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """Each is shown once, in the order in which they would be read."""
    ann = await gate.agent("ann")
    names = [f"n{number}" for number in range(1_200)]
    await gate.world.journal.record(
        *(a_message(name, ann) for name in names),
        a_message("first", ann, priority="high"),
        a_message("last", ann, priority="low"),
    )
    line = await gate.control(ann)
    found: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = await line.call("unread", **after)
        assert len(page["messages"]) <= 500
        found += [message["type"] for message in page["messages"]]
        if not page["more"]:
            break
        after = {"after": page["messages"][-1]["id"]}
    assert found == ["first", *names, "last"]


async def test_a_page_goes_on_after_a_message_that_was_read_meanwhile(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """Its place is known; that of one that nobody knows is not."""
    ann, ids, line = await large_inbox(gate)
    await gate.world.journal.record(
        MessagesConsumed(
            session_id=ann.session_id, message_ids=tuple(ids[:3]), evidence="read"
        )
    )
    assert await look(line, "unread", after=ids[2]) == (["d"], False)
    for name, key in (("unread", "after"), ("messages", "before")):
        refusal = await line.call(name, **{key: "never sent"})
        assert refusal["code"] == "MessageNotFound"


async def test_the_newest_messages_come_in_pages_too(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """The newest page first, and within a page the oldest message."""
    _, ids, line = await large_inbox(gate)
    assert await look(line, "messages") == (["b", "c", "d"], True)
    assert await look(line, "messages", before=ids[1]) == (["a"], False)
    assert await look(line, "messages", limit=1) == (["d"], True)
    assert await look(line, "messages", limit=2, before=ids[3]) == (["b", "c"], True)
    assert await look(line, "messages", before=ids[0]) == ([], False)


async def test_the_inbox_as_a_resource_is_not_too_large_either(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """It says that there is more; who wants that takes the first ones."""
    ann, _, _ = await large_inbox(gate)
    async with gate.official(ann) as agent:
        read = await agent.client.read_resource("fugue://inbox")
    (body,) = read.contents
    shape = json.loads(body.text)
    assert [message["type"] for message in shape["messages"]] == ["a", "b", "c"]
    assert shape["more"] is True
