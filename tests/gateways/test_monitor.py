"""What a subscriber is told over a connection, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitorkit import Viewer, truth

from fugue_actors.protocol.events import SessionClosed

if TYPE_CHECKING:
    from gatewaykit import Gate
    from trio.testing import MockClock


async def viewer(gate: Gate, name: str = "person") -> Viewer:
    return Viewer(await gate.control(name=name))


async def test_a_subscriber_gets_everything_and_then_what_changes(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """A client needs no event to know what is the case: documents, put and dropped."""
    ann, bob = await gate.agent("ann"), await gate.agent("bob")
    client = await viewer(gate)
    seq = gate.world.journal.seq
    answer = await client.subscribe("tree", "states", "messages")
    assert answer == {"seq": seq, "resumed": False}
    assert await client.hear_frame() == {
        "seq": seq,
        "snapshot": truth(gate.world.journal.state),
    }
    await gate.world.send(bob, ann, text="hi")
    await client.hear_until(gate.world.journal.seq)
    assert client.fold.collections == truth(gate.world.journal.state)
    assert client.fold.collections["states"][ann.session_id]["unread"] == 1
    await gate.world.journal.record(
        SessionClosed(session_id=ann.session_id, reason="ended")
    )
    await client.hear_until(gate.world.journal.seq)
    assert client.fold.collections == truth(gate.world.journal.state)
    assert ann.session_id not in client.fold.collections["sessions"]
    assert client.fold.snapshots == 1


async def test_only_what_was_asked_for_is_told(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """A client that draws states has no use for every message."""
    ann = await gate.agent("ann")
    client = await viewer(gate)
    await client.subscribe("states")
    await gate.world.send(ann, ann, text="hi")
    await client.hear_until(gate.world.journal.seq)
    assert client.fold.collections == truth(gate.world.journal.state, "states")
