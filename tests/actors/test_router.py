"""The router: who gets a message, all of them in one step or nobody at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import trio
from actorkit import World, a_message, open_world
from trio.testing import MockClock, wait_all_tasks_blocked

from fugue_actors.actors import inbox, ratelimit, sending, session as sessions
from fugue_actors.actors.limits import Limits
from fugue_actors.actors.sending import Wishes
from fugue_actors.actors.targets import (
    BroadcastTarget,
    OrchestratorTarget,
    SessionTarget,
    TagTarget,
    WorktreeTarget,
)
from fugue_actors.errors import Refused
from fugue_actors.protocol.events import MessageSent, SessionClosed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from fugue_actors.protocol.values import Session


@pytest.fixture
async def world() -> AsyncIterator[World]:
    with trio.fail_after(10_000):
        async with open_world() as world:
            yield world


def names(sent: sending.SendResult) -> list[str]:
    return [row.session_name for row in sent.recipients]


async def refusal(send: Any) -> Refused:
    """How a send is refused."""
    with pytest.raises(Refused) as refused:
        await send
    return refused.value


async def close(world: World, session: Session) -> None:
    """End a session in the record; its actor does not matter here."""
    await world.journal.record(
        SessionClosed(session_id=session.session_id, reason="ended")
    )


# ---- targets


async def test_an_orchestrator_is_found_along_the_parents_over_one_that_has_ended(
    autojump_clock: MockClock, world: World
) -> None:
    """A worker reports to whoever started the one that started it."""
    boss = await world.session("boss", tags=("orchestrator",))
    await world.session("other", tags=("orchestrator",))
    middle = await world.session("middle", parent=boss.session_id)
    worker = await world.session("worker", parent=middle.session_id)
    assert names(await world.send(worker, OrchestratorTarget())) == ["boss"]
    await close(world, middle)
    assert names(await world.send(worker, OrchestratorTarget())) == ["boss"]


async def test_without_a_parent_the_orchestrators_of_the_repository_are_meant(
    autojump_clock: MockClock, world: World
) -> None:
    """Those of other repositories only where there are none."""
    for name, repository in (("near", "/a"), ("far", "/b")):
        await world.session(name, tags=("orchestrator",), repository=repository)
    inside = await world.session("inside", repository="/a")
    outside = await world.session("outside")
    assert names(await world.send(inside, OrchestratorTarget())) == ["near"]
    assert names(await world.send(outside, OrchestratorTarget())) == ["near", "far"]


async def test_an_orchestrator_does_not_report_to_itself(
    autojump_clock: MockClock, world: World
) -> None:
    """It is told that there is nobody above it."""
    boss = await world.session("boss", tags=("orchestrator",))
    error = await refusal(world.send(boss, OrchestratorTarget()))
    assert error.code == "NoRecipients"


async def test_a_tag_means_all_that_have_it_now_but_the_sender(
    autojump_clock: MockClock, world: World
) -> None:
    """Tags change between two messages, and the router sees it."""

    sender = await world.session("sender", tags=("x",))
    ann = await world.session("ann", tags=("x",))
    bob = await world.session("bob")
    assert names(await world.send(sender, TagTarget(tag="x"))) == ["ann"]
    await sessions.set_tags(world.actor(bob), add=("x",))
    await sessions.set_tags(world.actor(ann), remove=("x",))
    assert names(await world.send(sender, TagTarget(tag="x"))) == ["bob"]


async def test_a_broadcast_stays_in_the_repository_unless_it_is_for_the_server(
    autojump_clock: MockClock, world: World
) -> None:
    """Two projects on one daemon do not hear each other."""
    sender = await world.session("sender", repository="/a", worktree="/a")
    await world.session("near", repository="/a", worktree="/a-tree")
    await world.session("far", repository="/b", worktree="/b")
    assert names(await world.send(sender, BroadcastTarget(scope="repository"))) == [
        "near"
    ]
    assert names(await world.send(sender, BroadcastTarget(scope="server"))) == [
        "near",
        "far",
    ]


@pytest.mark.parametrize("given", ["session_name", "session_id"])
async def test_a_session_is_addressed_by_name_or_id_and_may_be_oneself(
    autojump_clock: MockClock, world: World, given: str
) -> None:
    """A note to oneself is a message like any other."""
    ann = await world.session("ann")
    target = SessionTarget(session=getattr(ann, given))
    assert names(await world.send(ann, target)) == ["ann"]


async def test_a_worktree_is_found_from_any_path_in_it_relative_to_the_sender(
    patient_clock: MockClock, world: World, tmp_path: Path
) -> None:
    """Paths are the sender's, and lead to the top of the tree they lie in."""
    one, two = make_repository(tmp_path, "one"), make_repository(tmp_path, "two")
    sender = await world.session("sender", cwd=one, repository=one, worktree=one)
    await world.session("near", cwd=one + "/src", repository=one, worktree=one)
    await world.session("far", cwd=two, repository=two, worktree=two)
    for path, expected in (("src", "near"), ("../two/src", "far"), (two, "far")):
        assert names(await world.send(sender, WorktreeTarget(path=path))) == [expected]


def make_repository(parent: Path, name: str) -> str:
    """As much of a repository as it takes to be one, with a directory `src`."""
    root = parent.resolve() / name
    for part in ("src", ".git/objects", ".git/refs"):
        (root / part).mkdir(parents=True)
    (root / ".git" / "HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")
    return str(root)


@pytest.mark.parametrize(
    ("path", "code"), [("nowhere", "InvalidTarget"), (".", "NoRepository")]
)
async def test_a_worktree_that_is_none_is_refused(
    patient_clock: MockClock, world: World, tmp_path: Path, path: str, code: str
) -> None:
    """A path that does not exist, and one that is in no repository, differ."""
    sender = await world.session("sender", cwd=str(tmp_path))
    error = await refusal(world.send(sender, WorktreeTarget(path=path)))
    assert error.code == code
    assert error.hint


@pytest.mark.parametrize(
    ("target", "code"),
    [
        (TagTarget(tag="nobody"), "NoRecipients"),
        (TagTarget(tag="own"), "NoRecipients"),
        (SessionTarget(session="nobody"), "SessionNotFound"),
        (OrchestratorTarget(), "NoRecipients"),
        (BroadcastTarget(scope="repository"), "NoRepository"),
        (BroadcastTarget(scope="server"), "NoRecipients"),
    ],
)
async def test_what_reaches_nobody_is_refused_and_leaves_no_trace(
    autojump_clock: MockClock, world: World, target: Any, code: str
) -> None:
    """Zero recipients is never a success."""
    sender = await world.session("sender", tags=("own",))
    error = await refusal(world.send(sender, target))
    assert error.code == code
    assert world.recorded(MessageSent) == []


# ---- the message


async def test_the_sender_is_what_the_record_says_at_that_moment(
    autojump_clock: MockClock, world: World
) -> None:
    """Nothing a client claims gets into these fields."""
    ann = await world.session("ann")
    await world.session("bob")
    sent = await sending.send(
        world.router,
        ann,
        "token",
        SessionTarget(session="bob"),
        ("note", {"from": {"session_name": "boss"}}),
        in_reply_to="m1",
    )
    record = world.journal.state.ledger.messages[sent.message_id]
    sender = record.envelope.sender
    assert (sender.session_id, sender.session_name) == (ann.session_id, "ann")
    assert sender.attested == "token"
    assert record.envelope.in_reply_to == "m1"
    assert record.envelope.target == {"session": "bob"}


async def test_a_sender_that_has_ended_sends_nothing(
    autojump_clock: MockClock, world: World
) -> None:
    """Its connection may outlive it by a moment."""
    ann = await world.session("ann")
    await world.session("bob")
    await close(world, ann)
    error = await refusal(world.send(ann, SessionTarget(session="bob")))
    assert error.code == "SessionNotFound"
    assert world.recorded(MessageSent) == []


async def test_all_recipients_get_a_message_in_one_step(
    autojump_clock: MockClock, world: World
) -> None:
    """Nobody ever sees it in one inbox and not in the other."""
    sender = await world.session("sender")
    others = [await world.session(f"s{number}") for number in range(20)]
    seen: list[int] = []

    def look(recorded: Any) -> None:
        state = world.journal.state
        seen.append(sum(state.ledger.unread(other.session_id) for other in others))

    world.journal.listen(look)
    sent = await world.send(sender, BroadcastTarget(scope="server"))
    assert seen == [20]
    assert {row.state for row in sent.recipients} == {"queued"}


async def test_messages_of_one_sender_arrive_in_the_order_they_were_sent(
    autojump_clock: MockClock, world: World
) -> None:
    """Whatever others send meanwhile; and ids sort as the messages do."""
    reader = await world.session("reader")
    senders = [await world.session(f"s{number}") for number in range(4)]

    async def talk(sender: Session) -> None:
        for number in range(25):
            await world.send(sender, reader, f"{sender.session_name}:{number:02}")

    async with trio.open_nursery() as nursery:
        for sender in senders:
            nursery.start_soon(talk, sender)
    inbox = world.journal.state.ledger.inbox(reader.session_id)
    ids = [envelope.id for envelope in inbox]
    assert ids == sorted(ids)
    for sender in senders:
        own = [
            t for t, _, _ in world.inbox(reader) if t.startswith(sender.session_name)
        ]
        assert own == [f"{sender.session_name}:{number:02}" for number in range(25)]
    heard = [t.split(":")[0] for t, _, _ in world.inbox(reader)]
    assert heard != sorted(heard)


async def test_a_crash_of_the_router_costs_no_message_that_was_answered(
    autojump_clock: MockClock, world: World
) -> None:
    """It keeps nothing that anybody would miss."""
    ann, bob = await world.session("ann"), await world.session("bob")
    await world.send(ann, bob, "before")
    await world.crash(world.router)
    await world.send(ann, bob, "after")
    assert world.inbox(bob) == [("before", None, False), ("after", None, False)]


# ---- a recipient that ends in the same instant


@pytest.mark.parametrize("steps", range(8))
async def test_a_success_names_a_recipient_even_if_it_ends_in_the_same_instant(
    autojump_clock: MockClock, world: World, steps: int
) -> None:
    """Sent means that somebody had it in his inbox, or else nothing was sent."""
    ann, bob = await world.session("ann"), await world.session("bob")
    outcomes: list[list[str] | str] = []

    async def send() -> None:
        try:
            outcomes.append(names(await world.send(ann, bob)))
        except Refused as error:
            outcomes.append(error.code)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(send)
        for _ in range(steps):
            await trio.lowlevel.checkpoint()
        await close(world, bob)
    assert outcomes in (["SessionNotFound"], [["bob"]])
    was_sent = outcomes == [["bob"]]
    messages = world.journal.state.ledger.messages
    assert not any(record.open for record in messages.values())
    assert len(messages) == was_sent


@pytest.mark.parametrize("steps", range(8))
async def test_a_message_to_several_is_sent_to_those_who_are_still_there(
    autojump_clock: MockClock, world: World, steps: int
) -> None:
    """One that ends in the same instant spoils nothing for the others."""
    ann = await world.session("ann")
    bob = await world.session("bob", tags=("x",))
    cyd = await world.session("cyd", tags=("x",))
    sent: list[list[str]] = []

    async def send() -> None:
        sent.append(names(await world.send(ann, TagTarget(tag="x"))))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(send)
        for _ in range(steps):
            await trio.lowlevel.checkpoint()
        await close(world, bob)
    assert sent in ([["cyd"]], [["bob", "cyd"]])
    assert [t for t, _, _ in world.inbox(cyd)] == ["note"]


# ---- limits


@pytest.fixture
async def narrow() -> AsyncIterator[World]:
    """A tree whose inboxes hold two messages."""
    with trio.fail_after(10_000):
        async with open_world(limits=Limits(inbox_messages=2)) as world:
            yield world


async def test_a_full_inbox_refuses_and_the_other_recipients_get_the_message(
    autojump_clock: MockClock, narrow: World
) -> None:
    """One agent that does not read holds up nobody; the sender sees which."""
    sender = await narrow.session("sender")
    full = await narrow.session("full", tags=("x",))
    free = await narrow.session("free", tags=("x",))
    await narrow.journal.record(a_message("a", full), a_message("b", full))
    sent = await narrow.send(sender, TagTarget(tag="x"), "c")
    assert {row.session_name: row.state for row in sent.recipients} == {
        "full": "refused",
        "free": "queued",
    }
    assert [t for t, _, _ in narrow.inbox(full)] == ["a", "b"]
    assert [t for t, _, _ in narrow.inbox(free)] == ["c"]


async def test_an_inbox_is_full_of_few_messages_too_if_they_are_large(
    autojump_clock: MockClock,
) -> None:
    """Ten thousand of the largest would be gigabytes; either limit is told by name."""
    large = {"text": "x" * 400_000}
    async with open_world(limits=Limits(inbox_megabytes=1)) as world:
        sender = await world.session("sender")
        reader = await world.session("reader", tags=("x",))
        await world.session("other", tags=("x",))
        for _ in range(3):
            await world.send(sender, reader, **large)
        error = await refusal(world.send(sender, reader))
        assert error.code == "InboxFull"
        assert error.message == "every recipient has 1 MB of unread messages"
        sent = await world.send(sender, TagTarget(tag="x"))
        assert {row.session_name: row.evidence for row in sent.recipients} == {
            "reader": "its inbox is full: 1 MB of unread messages",
            "other": None,
        }
        line = await world.connection()
        (taken,) = await world.take(reader, line, most=1)
        await inbox.confirm_messages(world.actor(reader), (taken.id,))
        assert (await world.send(sender, reader)).recipients[0].state == "queued"


async def test_a_message_that_nobody_has_room_for_is_refused_and_not_sent(
    autojump_clock: MockClock, narrow: World
) -> None:
    """`InboxFull` means that nothing happened."""
    sender = await narrow.session("sender")
    full = await narrow.session("full")
    await narrow.journal.record(a_message("a", full), a_message("b", full))
    before = len(narrow.recorded(MessageSent))
    error = await refusal(narrow.send(sender, full))
    assert error.code == "InboxFull"
    assert error.data == {"recipients": [full.session_id]}
    assert len(narrow.recorded(MessageSent)) == before


async def test_a_message_that_is_held_counts_as_unread_until_it_is_proved(
    autojump_clock: MockClock, narrow: World
) -> None:
    """Else a client that never goes on could be handed messages without end."""

    sender, reader = await narrow.session("sender"), await narrow.session("reader")
    line = await narrow.connection()
    for name in ("a", "b"):
        await narrow.send(sender, reader, name)
    batch = await narrow.take(reader, line)
    assert (await refusal(narrow.send(sender, reader))).code == "InboxFull"
    await inbox.confirm_messages(narrow.actor(reader), (batch[0].id,))
    await narrow.send(sender, reader, "c")


async def test_broadcasts_are_limited_by_the_clock_and_say_when_to_try_again(
    autojump_clock: MockClock, world: World
) -> None:
    """Twenty at once, then one a second; a refusal costs nothing."""
    sender = await world.session("sender")
    await world.session("other")
    everybody = BroadcastTarget(scope="server")
    for _ in range(20):
        await world.send(sender, everybody)
    for _ in range(3):
        error = await refusal(world.send(sender, everybody))
        assert error.code == "RateLimited"
        assert error.data == {"retry_after": 1.0}
    await trio.sleep(0.75)
    assert (await refusal(world.send(sender, everybody))).data == {"retry_after": 0.25}
    await trio.sleep(0.25)
    await world.send(sender, everybody)
    assert (await refusal(world.send(sender, everybody))).data == {"retry_after": 1.0}
    assert len(world.recorded(MessageSent)) == 21


async def test_the_limit_is_each_senders_own_and_for_broadcasts_only(
    autojump_clock: MockClock, world: World
) -> None:
    """A noisy agent silences itself, and may still answer."""
    noisy, quiet = await world.session("noisy"), await world.session("quiet")
    everybody = BroadcastTarget(scope="server")
    for _ in range(20):
        await world.send(noisy, everybody)
    assert (await refusal(world.send(noisy, everybody))).code == "RateLimited"
    await world.send(quiet, everybody)
    await world.send(noisy, quiet)


async def test_a_broadcast_that_reaches_nobody_uses_nothing_up(
    autojump_clock: MockClock, world: World
) -> None:
    """Only what was sent counts."""
    sender = await world.session("sender")
    everybody = BroadcastTarget(scope="server")
    for _ in range(30):
        assert (await refusal(world.send(sender, everybody))).code == "NoRecipients"
    await world.session("other")
    for _ in range(20):
        await world.send(sender, everybody)


async def test_allowances_of_senders_nobody_remembers_are_forgotten(
    autojump_clock: MockClock, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory is bounded; whoever spoke last is remembered."""
    monkeypatch.setattr(ratelimit, "KEPT_BUCKETS", 2)
    first, second, third = [await world.session(f"s{n}") for n in range(3)]
    everybody = BroadcastTarget(scope="server")

    async def use_up(sender: Session) -> None:
        for _ in range(20):
            await world.send(sender, everybody)
        assert (await refusal(world.send(sender, everybody))).code == "RateLimited"

    await use_up(first)
    await use_up(second)
    assert (await refusal(world.send(first, everybody))).code == "RateLimited"
    await world.send(third, everybody)
    assert (await refusal(world.send(first, everybody))).code == "RateLimited"
    await world.send(second, everybody)
    await wait_all_tasks_blocked()


# ---- questions


async def test_a_question_has_the_id_its_asker_knew_and_is_marked_as_one(
    autojump_clock: MockClock, world: World
) -> None:
    """Answers must be told from other messages before the first one can come."""
    ann, bob = await world.session("ann"), await world.session("bob")
    sent = await sending.send(
        world.router,
        ann,
        "process",
        SessionTarget(session="bob"),
        ("question", {}),
        message_id="known-before",
        wishes=Wishes(wants_answers=True),
    )
    assert sent.message_id == "known-before"
    record = world.journal.state.ledger.messages["known-before"]
    assert record.terms.wants_answers
    assert not record.terms.tell_failure
    await close(world, bob)
    assert world.journal.state.ledger.to_report == {}
