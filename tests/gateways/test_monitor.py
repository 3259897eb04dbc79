"""What a subscriber is told over a connection, and when."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import trio
from actorkit import a_pane, a_session
from gatewaykit import ControlLine, plug, stream_pair
from monitorkit import Viewer, truth
from trio.testing import wait_all_tasks_blocked

from fugue_actors.gateways.control import ControlConnection
from fugue_actors.gateways.monitor import watcher
from fugue_actors.gateways.monitor.bounds import Bounds
from fugue_actors.gateways.monitor.subscriber import SLICE_BYTES, TAKEN_WITHIN
from fugue_actors.kernel import start_child
from fugue_actors.protocol.events import (
    Event,
    PaneOpened,
    SessionClosed,
    SessionOpened,
    SessionRenamed,
    StatusReported,
    TagsChanged,
)
from fugue_actors.protocol.values import ReportedStatus

if TYPE_CHECKING:
    from gatewaykit import Gate
    from trio.testing import MockClock

    from fugue_actors.protocol.values import Session

STATE_KINDS = ("tree", "states", "messages")


async def viewer(gate: Gate, session: Session | None = None) -> Viewer:
    """A client in a pane of a session, or a person's."""
    return Viewer(await gate.control(session))


def tagged(session: Session, *tags: str) -> Event:
    return TagsChanged(session_id=session.session_id, tags=tags)


async def keep_reading(client: Viewer) -> None:
    """Read like a client that has nothing else to do."""
    while True:
        await client.hear_frame()


# ---- everything, and what changes


async def test_a_subscriber_gets_everything_and_then_what_changes(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """A client needs no event to know what is the case: documents, put and dropped."""
    ann, bob = await gate.agent("ann"), await gate.agent("bob")
    client = await viewer(gate)
    seq = gate.world.journal.seq
    answer = await client.subscribe(*STATE_KINDS)
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


async def test_whoever_watches_a_name_sees_who_has_it(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """Who watches an id sees the same session under its new name, with all that is its."""
    ann = await gate.agent("ann")
    by_name, by_id = await viewer(gate), await viewer(gate)
    await by_name.subscribe("tree", sessions=["ann"])
    await by_id.subscribe("tree", sessions=[ann.session_id])
    for client in (by_name, by_id):
        await client.hear_frame()
    renamed = SessionRenamed(session_id=ann.session_id, name="anna")
    await gate.world.journal.record(renamed)
    for client in (by_name, by_id):
        await client.hear_until(gate.world.journal.seq)
    assert by_name.fold.collections == {"sessions": {}, "panes": {}, "layouts": {}}
    state = gate.world.journal.state
    assert by_id.fold.collections == truth(state, "sessions", "panes", "layouts")
    shown = by_id.fold.collections
    for documents in shown.values():
        assert [one["session_name"] for one in documents.values()] == ["anna"]
    bob = await gate.agent("bob")
    await gate.world.journal.record(
        SessionRenamed(session_id=bob.session_id, name="ann")
    )
    await by_name.hear_until(gate.world.journal.seq)
    assert list(by_name.fold.collections["sessions"]) == [bob.session_id]


async def test_a_window_says_what_it_shows_and_where_all_stand(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """Whoever draws `panes` draws a zoomed window right, and needs no word for it."""
    ann = await gate.agent("ann")
    line, client = await gate.control(ann), await viewer(gate)
    await client.subscribe("tree")
    await client.hear_frame()
    await line.call("split_pane", name="right", command="sh")
    zoomed = await line.call("zoom_pane", pane="right")
    await client.hear_until(gate.world.journal.seq)
    (layout,) = client.fold.collections["layouts"].values()
    (window,) = layout["windows"]
    assert (window["number"], window["zoomed"]) == (0, zoomed["pane_id"])
    (shown,) = window["panes"]
    assert (shown["x"], shown["columns"]) == (0, window["columns"])
    assert [tile["x"] == 0 for tile in window["tiles"]] == [True, False]
    await line.call("zoom_pane", pane="right")
    await client.hear_until(gate.world.journal.seq)
    (layout,) = client.fold.collections["layouts"].values()
    assert layout["windows"][0]["panes"] == window["tiles"]
    assert "tiles" not in layout["windows"][0]


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


async def test_the_first_change_goes_at_once_and_later_ones_together(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """A quiet daemon answers a keystroke at once; a busy one drowns nobody in frames."""
    ann = await gate.agent("ann")
    client = await viewer(gate)
    await client.subscribe("tree", rate=2)
    await client.hear_frame()
    await trio.sleep(10)
    began = trio.current_time()
    for tag in "abc":
        await gate.world.journal.record(tagged(ann, tag))
        await wait_all_tasks_blocked()
    for tag, after in (("a", 0), ("c", 0.5)):
        frame = await client.hear_frame()
        assert frame["put"]["sessions"][ann.session_id]["tags"] == [tag]
        assert trio.current_time() - began == pytest.approx(after)


async def test_what_changes_twice_before_it_is_told_is_told_once(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """And what came and went meanwhile is told not at all."""
    client = await viewer(gate)
    await client.subscribe("tree", rate=1)
    await client.hear_frame()
    ghost = a_session("ghost")
    await gate.world.journal.record(SessionOpened(session=a_session("ann")))
    await gate.world.journal.record(
        SessionOpened(session=ghost),
        SessionClosed(session_id=ghost.session_id, reason="over"),
    )
    frame = await client.hear_frame()
    assert "drop" not in frame
    names = [one["session_name"] for one in frame["put"]["sessions"].values()]
    assert names == ["ann"]


# ---- changing one's mind


async def test_another_subscribe_tells_only_the_difference(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """The page narrows its view without loading everything anew."""
    ann, bob = await gate.agent("ann", tags=("x",)), await gate.agent("bob")
    client = await viewer(gate)
    await client.subscribe("states")
    await client.hear_frame()
    assert await client.subscribe("states", "tree", sessions=["ann"]) == {
        "seq": gate.world.journal.seq,
        "resumed": False,
    }
    frame = await client.hear_frame()
    assert frame["drop"] == {"states": [bob.session_id]}
    assert list(frame["put"]) == ["sessions", "panes", "layouts"]
    assert list(frame["put"]["sessions"]) == [ann.session_id]
    await client.subscribe("states", tags=["x"])
    frame = await client.hear_frame()
    assert set(frame["drop"]) == {"sessions", "panes", "layouts"}
    await gate.world.journal.record(tagged(bob, "x"))
    assert list((await client.hear_frame())["put"]["states"]) == [bob.session_id]
    await gate.world.journal.record(tagged(ann))
    assert (await client.hear_frame())["drop"] == {"states": [ann.session_id]}


async def test_of_several_wishes_in_one_breath_the_last_counts(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """A client need not wait for one answer before it changes its mind again."""
    await gate.agent("ann")
    for _ in range(20):  # the order of tasks is a matter of luck
        client = await viewer(gate)
        wishes = [("tree",), ("messages",), ("states",)]
        lines = [
            {"id": number, "request": "subscribe", "args": {"kinds": kinds}}
            for number, kinds in enumerate(wishes, 1)
        ]
        await client.say(b"\n".join(json.dumps(one).encode() for one in lines))
        await wait_all_tasks_blocked()
        [subscription] = gate.feed.subscriptions
        assert subscription.choice.kinds == {"states"}
        await client.hang_up()
        await wait_all_tasks_blocked()


async def test_after_unsubscribe_nothing_more_is_told(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """And the daemon does not go on keeping documents for nobody."""
    ann = await gate.agent("ann")
    client = await viewer(gate)
    await client.subscribe("tree")
    await client.hear_frame()
    assert await client.call("unsubscribe") == {}
    await gate.world.journal.record(tagged(ann, "x"))
    await client.call("list_sessions")
    assert client.got == []
    assert not gate.feed.subscriptions
    assert not any(gate.feed.texts["people"].values())


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({}, "kinds"),
        ({"kinds": []}, "kinds"),
        ({"kinds": "tree"}, "kinds"),
        ({"kinds": ["tree", "weather"]}, "kinds"),
        ({"kinds": ["tree"], "sessions": "ann"}, "sessions"),
        ({"kinds": ["tree"], "tags": [1]}, "tags"),
        ({"kinds": ["tree"], "sessions": ["x"] * 1001}, "sessions"),
        ({"kinds": ["screens"], "screens": {"a": 1}}, "screens"),
        ({"kinds": ["tree"], "rate": 0}, "rate"),
        ({"kinds": ["tree"], "rate": 31}, "rate"),
        ({"kinds": ["tree"], "rate": True}, "rate"),
        ({"kinds": ["tree"], "since": "now"}, "since"),
        ({"kinds": ["tree"], "speed": 3}, "speed"),
    ],
)
async def test_what_cannot_be_meant_is_refused(
    autojump_clock: MockClock, gate: Gate, args: dict[str, Any], said: str
) -> None:
    """A subscription that says nothing would look like a daemon in which nothing is."""
    client = await viewer(gate)
    refusal = await client.call("subscribe", **args)
    assert refusal["code"] == "InvalidArgument"
    assert said in refusal["message"]


# ---- going on where one was


async def test_who_comes_back_soon_is_told_what_it_missed(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """A page that reconnects keeps what it shows."""
    ann, bob = await gate.agent("ann"), await gate.agent("bob")
    client = await viewer(gate)
    await client.subscribe(*STATE_KINDS)
    await client.hear_frame()
    await client.hang_up()
    await gate.world.send(bob, ann, text="hi")
    await gate.world.journal.record(
        SessionClosed(session_id=bob.session_id, reason="ended")
    )
    again = await viewer(gate)
    again.fold = client.fold
    place = {"since": client.fold.seq, "generation": gate.world.journal.generation}
    assert (await again.subscribe(*STATE_KINDS, **place))["resumed"]
    frame = await again.hear_frame()
    assert "snapshot" not in frame
    assert again.fold.collections == truth(gate.world.journal.state)


@pytest.mark.parametrize(
    "place",
    [{"since": 10**9}, {"generation": 7}, {"since": -1}, {"since": None}],
    ids=["to come", "another life", "never", "no place"],
)
async def test_who_cannot_go_on_gets_everything(
    autojump_clock: MockClock, gate: Gate, place: dict[str, Any]
) -> None:
    """Numbers of another daemon's life mean nothing here."""
    await gate.agent("ann")
    journal = gate.world.journal
    client = await viewer(gate)
    place = {"since": journal.seq, "generation": journal.generation} | place
    given = {name: value for name, value in place.items() if value is not None}
    assert not (await client.subscribe("tree", **given))["resumed"]
    assert "snapshot" in await client.hear_frame()


# ---- readers that are slow, or stop


async def test_who_stops_reading_is_hung_up_on_and_costs_nobody_else(
    autojump_clock: MockClock, gate: Gate, nursery: trio.Nursery
) -> None:
    """It is not waited for, nothing is kept for it but what there is, and it ends."""
    ann = await gate.agent("ann")
    other = await viewer(gate)
    await other.subscribe("tree")
    ours, theirs = stream_pair()
    line = ControlLine(*await gate.connect(ControlConnection, (ours, theirs)))
    stuck = Viewer(line)
    await stuck.call("hello")
    await stuck.subscribe("tree", "log")
    await wait_all_tasks_blocked()
    plug(theirs)
    with trio.fail_after(TAKEN_WITHIN / 2):
        for number in range(20):
            await gate.world.journal.record(tagged(ann, f"t{number}"))
            await other.hear_until(gate.world.journal.seq)
    assert other.fold.collections == truth(
        gate.world.journal.state, "sessions", "panes", "layouts"
    )
    with trio.fail_after(TAKEN_WITHIN * 2):
        await gate.world.kernel.wait_gone(stuck.actor)
    assert len(gate.feed.subscriptions) == 1


async def test_who_falls_behind_is_told_so_and_starts_over(
    autojump_clock: MockClock, gate: Gate, nursery: trio.Nursery
) -> None:
    """What waits for a client is bounded; the daemon never waits for it."""
    ann = await gate.agent("ann")
    ours, theirs = stream_pair()
    line = ControlLine(*await gate.connect(ControlConnection, (ours, theirs)))
    client = Viewer(line)
    await client.call("hello")
    await client.subscribe("states", "log")
    await client.hear_frame()
    blanks = plug(theirs)
    most = Bounds().events
    for number in range(most + 100):
        status = ReportedStatus(status="working", message=str(number), since="now")
        await gate.world.journal.record(
            StatusReported(session_id=ann.session_id, status=status)
        )
        await trio.lowlevel.checkpoint()
    assert blanks
    with trio.fail_after(TAKEN_WITHIN):
        await client.hear_until(gate.world.journal.seq)
    assert client.fold.lagged
    assert client.fold.snapshots == 2
    assert client.fold.collections == truth(gate.world.journal.state, "states")
    assert len(client.fold.events) < most


# ---- many documents


async def test_others_have_their_turn_while_a_large_snapshot_is_made(
    autojump_clock: MockClock, gate: Gate, nursery: trio.Nursery
) -> None:
    """A thousand sessions are some hundred thousand characters: no agent waits so long."""
    for number in range(300):
        session = a_session(f"s{number}")
        await gate.world.journal.record(
            SessionOpened(session=session),
            PaneOpened(pane=a_pane(session, f"p{number}")),
        )
    turns = 0

    async def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await trio.lowlevel.checkpoint()

    client = await viewer(gate)
    await client.call("subscribe", kinds=["tree"])
    nursery.start_soon(take_turns)
    frame = await client.hear_frame()
    assert frame["snapshot"] == truth(
        gate.world.journal.state, "sessions", "panes", "layouts"
    )
    assert turns >= len(str(frame)) / SLICE_BYTES / 2


async def test_a_document_is_made_once_for_all_who_see_it(
    autojump_clock: MockClock, gate: Gate, nursery: trio.Nursery
) -> None:
    """Fifty viewers cost little more than one."""
    ann = await gate.agent("ann")
    clients = [await viewer(gate) for _ in range(5)]
    for client in clients:
        await client.subscribe(*STATE_KINDS)
        await client.hear_frame()
    assert gate.feed.rendered == 4
    await gate.world.journal.record(tagged(ann, "x"))
    for client in clients:
        await client.hear_until(gate.world.journal.seq)
    assert gate.feed.rendered == 6  # the session and its state


# ---- who may see what


async def test_a_program_in_a_pane_sees_its_own_messages_and_no_log(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """It has its session's identity and no more; the tree is no secret among agents."""
    ann, bob = await gate.agent("ann"), await gate.agent("bob")
    cid = await gate.agent("cid")
    sent = [
        await gate.world.send(ann, bob, text="from ann"),
        await gate.world.send(bob, ann, text="to ann"),
        await gate.world.send(bob, cid, text="none of ann's business"),
    ]
    client = await viewer(gate, ann)
    refusal = await client.call("subscribe", kinds=["tree", "log"])
    assert refusal["code"] == "NotAllowed"
    await client.subscribe("tree", "messages")
    frame = await client.hear_frame()
    assert set(frame["snapshot"]["messages"]) == {one.message_id for one in sent[:2]}
    assert len(frame["snapshot"]["sessions"]) == 3


async def test_who_asked_for_help_is_no_secret_among_agents_but_what_for_is(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """People read it with the badge; to an agent it is somebody else's message."""
    ann, bob = await gate.agent("ann"), await gate.agent("bob")
    await gate.world.send(bob, ann, "help_request", context="where is the key?")
    for client, text in (
        (await viewer(gate), "where is the key?"),
        (await viewer(gate, ann), "it asked for help"),
        (await viewer(gate), "where is the key?"),
    ):
        await client.subscribe("states")
        await client.hear_frame()
        [reason] = client.fold.collections["states"][bob.session_id]["attention"]
        assert (reason["reason"], reason["text"]) == ("help", text)


async def test_a_greeting_says_what_the_client_is_and_which_life_this_is(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """A client must know whether it can go on, and what it may offer its user."""
    ann = await gate.agent("ann")
    inside, outside = await gate.control(ann), await gate.control(name="grace")
    told = await inside.call("hello")
    assert (told["role"], told["name"]) == ("agent", "ann")
    assert told["session"]["session_id"] == ann.session_id
    told = await outside.call("hello")
    assert (told["role"], told["name"]) == ("operator", "grace")
    assert (told["protocol"], told["generation"]) == (1, 1)


# ---- the log


async def test_the_log_tells_every_event_without_its_secrets(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """As `fugue events` does; which session it is about decides who is told."""
    client, narrow = await viewer(gate), await viewer(gate)
    await client.subscribe("log")
    await narrow.subscribe("log", sessions=["bob"])
    for name in ("ann", "bob"):
        session = a_session(name)
        pane = a_pane(session, f"p-{name}", environment={"SECRET": "s3cret"})
        await gate.world.journal.record(
            SessionOpened(session=session), PaneOpened(pane=pane)
        )
    while len(client.fold.events) < 4:
        await client.hear_frame()
    while len(narrow.fold.events) < 2:
        await narrow.hear_frame()
    seqs = [one["seq"] for one in client.fold.events]
    assert seqs == sorted(seqs)
    assert [one["event"] for one in client.fold.events][:2] == [
        "SessionOpened",
        "PaneOpened",
    ]
    assert client.fold.events[1]["pane"]["environment"] == {"SECRET": "***"}
    assert client.fold.events[1]["pane"]["token"] == "***"
    assert narrow.fold.events == client.fold.events[2:]


async def test_the_log_of_some_sessions_tells_how_they_end(
    autojump_clock: MockClock, gate: Gate
) -> None:
    """When it is told the session is gone, and with it its name and tags."""
    ann, bob = await gate.agent("ann"), await gate.agent("bob")
    await gate.world.journal.record(tagged(ann, "ours"))
    ways: list[dict[str, Any]] = [
        {"sessions": ["ann"]},
        {"sessions": [ann.session_id]},
        {"tags": ["ours"]},
    ]
    clients = []
    for way in ways:
        client = await viewer(gate)
        await client.subscribe("log", **way)
        clients.append(client)
    for session in (bob, ann):
        await gate.world.journal.record(
            SessionClosed(session_id=session.session_id, reason="done")
        )
    for client in clients:
        with trio.fail_after(60):
            while not client.fold.events:
                await client.hear_frame()
        [told] = client.fold.events
        assert (told["event"], told["session_id"]) == ("SessionClosed", ann.session_id)


# ---- the supervision tree


async def test_actors_are_looked_at_while_somebody_wants_to_see_them(
    autojump_clock: MockClock, gate: Gate, nursery: trio.Nursery
) -> None:
    """No event tells of them; who has not subscribed to them costs no look."""
    ann = await gate.agent("ann")
    connections = gate.world.kernel.registry.resolve("/connections")
    await start_child(connections, watcher.spec(gate.feed))
    await trio.sleep(10)
    assert gate.feed.live["actors"] == {}
    client = await viewer(gate)
    await client.subscribe("actors")
    while "/router" not in client.fold.collections.get("actors", {}):
        await client.hear_frame()
    router = client.fold.collections["actors"]["/router"]
    assert (router["status"], router["restarts"]) == ("running", 0)
    of_ann = f"/sessions/{ann.session_id}"
    assert client.fold.collections["actors"][of_ann]["session_id"] == ann.session_id
    await gate.world.crash(gate.world.router)
    while client.fold.collections["actors"]["/router"]["restarts"] == 0:
        await client.hear_frame()
    narrow = await viewer(gate)
    await narrow.subscribe("actors", sessions=["ann"])
    await narrow.hear_frame()
    paths = narrow.fold.collections["actors"]
    assert of_ann in paths
    assert all(path.startswith(of_ann) for path in paths)
    await client.call("unsubscribe")
    await narrow.call("unsubscribe")
    await trio.sleep(10)
    assert gate.feed.live["actors"] == {}  # nobody is shown it when it is old
