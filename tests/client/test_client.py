"""The typed client: what programs get that watch, and what when something is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import trio
from gatewaykit import Background, stream_pair
from monitorkit import truth
from trio.testing import wait_all_tasks_blocked

from fugue_actors.client import client as module
from fugue_actors.client.client import greeted
from fugue_actors.client.wires import LineWire
from fugue_actors.errors import Refused, RemoteProtocolError, Unavailable
from fugue_actors.kernel import stop_child
from fugue_actors.protocol.events import TagsChanged
from fugue_actors.protocol.monitor import COLLECTIONS

if TYPE_CHECKING:
    from conftest import Office
    from trio.testing import MockClock


async def test_the_model_is_what_is_the_case_and_changes_say_what_is_new(
    autojump_clock: MockClock, office: Office
) -> None:
    """A program draws what is new and looks up the rest."""
    ann, bob = await office.gate.agent("ann"), await office.gate.agent("bob")
    journal = office.gate.world.journal
    async with office.client() as client:
        assert client.welcome["role"] == "operator"
        assert client.welcome["name"] == "grace"
        await client.subscribe(["tree", "states", "messages"])
        model = await client.wait_loaded()
        first = await client.next_change()
        assert first is not None
        assert first.documents["sessions"] == {ann.session_id, bob.session_id}
        sent = await office.gate.world.send(bob, ann, text="hi")
        while model.seq < journal.seq:
            change = await client.next_change()
            assert change is not None
        assert change.documents["messages"] == {sent.message_id}
        assert change.documents["states"] == {ann.session_id}
        known = {name: dict(model.collection(name)) for name in COLLECTIONS[:5]}
        assert known == truth(journal.state)
        assert model.generation == client.welcome["generation"]


async def test_what_a_slow_program_missed_is_one_change(
    autojump_clock: MockClock, office: Office
) -> None:
    """It costs nobody anything that a program looks once a minute."""
    ann = await office.gate.agent("ann")
    async with office.client() as client:
        await client.subscribe(["tree", "log"], rate=30)
        await client.wait_loaded()
        await client.next_change()
        for number in range(5):
            await office.gate.world.journal.record(
                TagsChanged(session_id=ann.session_id, tags=(f"t{number}",))
            )
            await trio.sleep(1)
        change = await client.next_change()
        assert change is not None
        assert change.documents == {"sessions": {ann.session_id}}
        assert [one["tags"] for one in change.events] == [[f"t{n}"] for n in range(5)]
        assert client.model.sessions[ann.session_id]["tags"] == ["t4"]


async def test_of_the_log_the_newest_events_are_kept(
    autojump_clock: MockClock, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that never looks must not grow."""
    monkeypatch.setattr(module, "KEEP_EVENTS", 2)
    ann = await office.gate.agent("ann")
    async with office.client() as client:
        await client.subscribe(["log"])
        for number in range(5):
            await office.gate.world.journal.record(
                TagsChanged(session_id=ann.session_id, tags=(f"t{number}",))
            )
            await trio.sleep(1)
        change = await client.next_change()
        assert change is not None
        assert [one["tags"] for one in change.events] == [["t3"], ["t4"]]


async def test_requests_run_side_by_side_and_refusals_are_raised(
    autojump_clock: MockClock, office: Office, nursery: trio.Nursery
) -> None:
    """With the daemon's own code, so that a program can tell what to do."""
    ann = await office.gate.agent("ann")
    async with office.client() as client:
        waited = Background(
            nursery, client.request("wait_for", session="ann", text="never")
        )
        listed = await client.request("list_sessions", tag=None)
        assert [one["session_id"] for one in listed["sessions"]] == [ann.session_id]
        with pytest.raises(Refused) as refused:
            await client.request("list_panes", session="nobody")
        assert refused.value.code == "SessionNotFound"
        assert not waited.is_over
        waited.scope.cancel()


async def test_who_waits_is_told_when_the_daemon_hangs_up(
    autojump_clock: MockClock, office: Office, nursery: trio.Nursery
) -> None:
    """Requests, and whoever waits for what changes, too."""
    await office.gate.agent("ann")
    told: list[str] = []
    async with office.client() as client:

        async def ask() -> None:
            with pytest.raises(Unavailable, match="hung up"):
                await client.request("wait_for", session="ann", text="never")
            told.append("the one who asked")

        nursery.start_soon(ask)
        await client.subscribe(["tree"])
        await client.wait_loaded()
        connections = office.gate.world.kernel.registry.resolve("/connections")
        assert office.last is not None
        await stop_child(connections, office.last.id)
        await wait_all_tasks_blocked()
        assert told == ["the one who asked"]
        async for _ in client.changes():  # what was told before it hung up
            pass
        with pytest.raises(Unavailable, match="hung up"):
            await client.request("list_sessions")


async def test_who_waits_for_a_first_snapshot_is_told_that_none_will_come(
    autojump_clock: MockClock, office: Office
) -> None:
    """Else a program that was started a moment too early would wait for ever."""
    async with office.client() as client:
        connections = office.gate.world.kernel.registry.resolve("/connections")
        assert office.last is not None
        await stop_child(connections, office.last.id)
        with pytest.raises(Unavailable):
            await client.wait_loaded()


async def test_a_daemon_that_speaks_something_else_is_an_error(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    """Another program may listen on that socket."""
    ours, theirs = stream_pair()

    async def answer() -> None:
        async with theirs:
            await theirs.receive_some()
            await theirs.send_all(b"220 welcome to mail\n")
            await theirs.receive_some()

    nursery.start_soon(answer)
    async with ours:
        with pytest.raises(RemoteProtocolError):
            async with greeted(LineWire(ours)):
                pass


async def test_a_last_word_of_the_daemon_answers_whatever_was_asked(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    """As when it has as many connections as it serves."""
    ours, theirs = stream_pair()

    async def answer() -> None:
        async with theirs:
            await theirs.receive_some()
            error = {"code": "Busy", "message": "too many connections"}
            word = {"id": None, "error": error}
            await theirs.send_all(json.dumps(word).encode() + b"\n")

    nursery.start_soon(answer)
    async with ours:
        with pytest.raises(Refused) as refused:
            async with greeted(LineWire(ours)):
                pass
    assert refused.value.code == "Busy"
