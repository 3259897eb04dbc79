"""What the router has decided and the journal has not kept yet."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import attrs
import pytest
import trio
from actorkit import World, a_message, a_session, open_world
from gatedjournal import GatedJournal
from journalkit import open_desk
from trio.testing import MockClock, wait_all_tasks_blocked

from fugue_actors.actors import outbox, router
from fugue_actors.actors.inbox import confirm_messages
from fugue_actors.actors.limits import Limits
from fugue_actors.actors.sending import SendResult, Wishes
from fugue_actors.actors.targets import TagTarget
from fugue_actors.errors import FugueError
from fugue_actors.protocol.events import MessageSent, SessionClosed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fugue_actors.protocol.values import Session


THREE = Limits(inbox_messages=3)


@attrs.define(eq=False)
class Slow:
    """A world above a slow journal, and sends that run in tasks of their own."""

    world: World
    journal: GatedJournal
    nursery: trio.Nursery
    outcomes: dict[str, SendResult | FugueError] = attrs.Factory(dict)

    async def begin(
        self, name: str, sender: Session, target: Any, **options: Any
    ) -> None:
        """Send, and let the router do what it can; the outcome goes by this name."""
        self.nursery.start_soon(self.send, name, sender, target, options)
        await wait_all_tasks_blocked()

    async def send(
        self, name: str, sender: Session, target: Any, options: dict[str, Any]
    ) -> None:
        kind = options.pop("type", name)
        try:
            self.outcomes[name] = await self.world.send(sender, target, kind, **options)
        except FugueError as error:
            self.outcomes[name] = error

    def hold(self) -> None:
        """Let the disk keep no message from now on."""
        self.journal.held = (MessageSent,)

    async def release(self) -> None:
        """Let the journal go on, and wait until all is said."""
        self.journal.let_go()
        await wait_all_tasks_blocked()

    def decided(self) -> list[str]:
        """What waits for the disk."""
        return [
            one.envelope.type
            for one in self.journal.waiting
            if isinstance(one, MessageSent)
        ]

    def codes(self) -> dict[str, str]:
        """How each send ended so far."""
        return {
            name: one.code if isinstance(one, FugueError) else "sent"
            for name, one in self.outcomes.items()
        }

    def types(self, session: Session) -> list[str]:
        """What lies in an inbox."""
        return [kind for kind, _, _ in self.world.inbox(session)]


@pytest.fixture
async def slow() -> AsyncIterator[Slow]:
    """Inboxes hold three messages here."""
    async with slow_world() as slow:
        yield slow


@asynccontextmanager
async def slow_world(limits: Limits = THREE) -> AsyncIterator[Slow]:
    """A tree above a journal that can be held."""
    journal = GatedJournal()
    with trio.fail_after(10_000):
        async with (
            open_world(journal=journal, limits=limits) as world,
            trio.open_nursery() as nursery,
        ):
            yield Slow(world, journal, nursery)


async def test_nobody_waits_for_another_ones_commit(
    autojump_clock: MockClock, slow: Slow
) -> None:
    """All go into the next one together, and nobody is answered before his is done."""
    ann, bob = await slow.world.session("ann"), await slow.world.session("bob")
    cyd = await slow.world.session("cyd")
    slow.hold()
    for name, target in (("a", bob), ("b", cyd), ("c", bob), ("d", cyd)):
        await slow.begin(name, ann, target)
    assert slow.decided() == ["a", "b", "c", "d"]
    assert slow.outcomes == {}
    assert slow.types(bob) == []
    await slow.release()
    assert slow.codes() == dict.fromkeys("abcd", "sent")
    assert (slow.types(bob), slow.types(cyd)) == (["a", "c"], ["b", "d"])


async def test_the_bytes_under_way_take_up_room_too(autojump_clock: MockClock) -> None:
    """And are forgotten when they have arrived: then they are in the inbox."""
    async with slow_world(Limits(inbox_megabytes=1)) as slow:
        ann, bob = await slow.world.session("ann"), await slow.world.session("bob")
        slow.hold()
        for name in "abcd":
            await slow.begin(name, ann, bob, text="x" * 400_000)
        assert slow.codes() == {"d": "InboxFull"}
        await slow.release()
        assert slow.types(bob) == ["a", "b", "c"]
        line = await slow.world.connection()
        (first,) = await slow.world.take(bob, line, most=1)
        await confirm_messages(slow.world.actor(bob), (first.id,))
        await slow.begin("e", ann, bob)
        assert slow.codes()["e"] == "sent"


async def test_what_is_under_way_takes_up_room(
    autojump_clock: MockClock, slow: Slow
) -> None:
    """Else an inbox could be overfilled while the disk is slow."""
    ann, bob = await slow.world.session("ann"), await slow.world.session("bob")
    slow.hold()
    for name in "abcd":
        await slow.begin(name, ann, bob)
    assert slow.codes() == {"d": "InboxFull"}
    await slow.release()
    assert slow.types(bob) == ["a", "b", "c"]
    batch = await slow.world.take(bob, await slow.world.connection(), most=1)
    assert [one.type for one in batch] == ["a"]
    await slow.begin("e", ann, bob)
    assert slow.codes()["e"] == "InboxFull"


async def test_at_its_bound_nothing_more_is_decided_and_nothing_is_lost(
    autojump_clock: MockClock, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Messages that nobody has written down yet must not fill the memory."""
    monkeypatch.setattr(outbox, "MOST_UNDER_WAY", 2)
    ann = await slow.world.session("ann")
    others = [await slow.world.session(f"s{number}") for number in range(6)]
    slow.hold()
    for number, other in enumerate(others):
        await slow.begin(str(number), ann, other)
    assert slow.decided() == ["0", "1"]
    await slow.world.journal.record(
        SessionClosed(session_id=others[5].session_id, reason="ended")
    )
    await slow.release()
    codes = slow.codes()
    assert codes.pop("5") == "SessionNotFound"
    assert codes == dict.fromkeys("01234", "sent")


async def test_the_bound_counts_recipients_too(
    autojump_clock: MockClock, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One message to a thousand sessions is as much as a thousand messages."""
    monkeypatch.setattr(outbox, "MOST_ROWS_UNDER_WAY", 4)
    ann = await slow.world.session("ann")
    for number in range(3):
        await slow.world.session(f"s{number}", tags=("x",))
    slow.hold()
    for name in ("a", "b", "c", "d"):
        await slow.begin(name, ann, TagTarget(tag="x"))
    assert slow.decided() == ["a", "b"]
    assert slow.codes() == {}
    await slow.release()
    assert slow.codes() == {"a": "sent", "b": "sent", "c": "sent", "d": "InboxFull"}


async def test_what_the_disk_does_not_take_was_not_sent(
    autojump_clock: MockClock, slow: Slow
) -> None:
    """Everybody is told; what comes afterwards goes on."""
    ann, bob = await slow.world.session("ann"), await slow.world.session("bob")
    slow.hold()
    slow.journal.refused = (MessageSent,)
    for name in ("a", "b", "c"):
        await slow.begin(name, ann, bob)
    await slow.release()
    assert slow.codes() == dict.fromkeys("abc", "Unavailable")
    assert slow.types(bob) == []
    slow.journal.refused = ()
    for name in ("d", "e", "f"):  # the room of the others is free again
        await slow.begin(name, ann, bob)
    assert slow.types(bob) == ["d", "e", "f"]


async def test_two_sends_under_one_key_at_once_are_one_message(
    autojump_clock: MockClock, slow: Slow
) -> None:
    """A client that repeats a call of which it has heard nothing yet."""
    ann, bob = await slow.world.session("ann"), await slow.world.session("bob")
    wishes = Wishes(idempotency_key="k")
    slow.hold()
    await slow.begin("first", ann, bob, type="note", wishes=wishes)
    await slow.begin("second", ann, bob, type="note", wishes=wishes)
    await slow.begin("other", ann, bob, type="another", wishes=wishes)
    await slow.begin("theirs", bob, bob, type="note", wishes=wishes)
    assert slow.codes() == {"other": "InvalidArgument"}
    await slow.release()
    first, second = slow.outcomes["first"], slow.outcomes["second"]
    assert isinstance(first, SendResult)
    assert isinstance(second, SendResult)
    assert (first.is_repeated, second.is_repeated) == (False, True)
    assert first.message_id == second.message_id
    assert first.recipients == second.recipients
    assert slow.codes()["theirs"] == "sent"
    assert slow.types(bob) == ["note", "note"]


async def test_a_key_under_which_nothing_was_kept_is_free(
    autojump_clock: MockClock, slow: Slow
) -> None:
    """Repeating it is the very thing to do."""
    ann, bob = await slow.world.session("ann"), await slow.world.session("bob")
    wishes = Wishes(idempotency_key="k")
    slow.hold()
    slow.journal.refused = (MessageSent,)
    for name in ("first", "second"):
        await slow.begin(name, ann, bob, type="note", wishes=wishes)
    await slow.release()
    assert slow.codes() == {"first": "Unavailable", "second": "Unavailable"}
    slow.journal.refused = ()
    await slow.begin("third", ann, bob, type="note", wishes=wishes)
    third = slow.outcomes["third"]
    assert isinstance(third, SendResult)
    assert not third.is_repeated
    assert slow.types(bob) == ["note"]


async def test_a_recipient_that_ends_during_the_commit_is_decided_about_anew(
    autojump_clock: MockClock, slow: Slow
) -> None:
    """The sender, and whoever repeats, hears that nobody is there, and not of a success."""
    ann, bob = await slow.world.session("ann"), await slow.world.session("bob")
    await slow.world.session("cyd", tags=("x",))
    wishes = Wishes(idempotency_key="k")
    slow.hold()
    await slow.begin("first", ann, bob, type="note", wishes=wishes)
    await slow.begin("second", ann, bob, type="note", wishes=wishes)
    await slow.world.journal.record(
        SessionClosed(session_id=bob.session_id, reason="ended")
    )
    await slow.release()
    assert slow.codes() == {"first": "SessionNotFound", "second": "SessionNotFound"}
    again = Wishes(idempotency_key="k")
    await slow.begin("third", ann, TagTarget(tag="x"), type="note", wishes=again)
    assert slow.codes()["third"] == "sent"


async def test_what_is_decided_anew_keeps_its_key_from_whoever_repeats_it(
    autojump_clock: MockClock, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One message under one key, and no crash, if the repetition comes just then."""
    monkeypatch.setattr(outbox, "MOST_UNDER_WAY", 1)
    ann = await slow.world.session("ann")
    bob = await slow.world.session("bob", tags=("x",))
    wishes = Wishes(idempotency_key="k")
    slow.hold()
    await slow.begin("first", ann, TagTarget(tag="x"), type="note", wishes=wishes)
    await slow.begin("between", ann, ann)  # waits for room, ahead of what comes now
    await slow.begin("second", ann, TagTarget(tag="x"), type="note", wishes=wishes)
    await slow.world.journal.record(
        SessionClosed(session_id=bob.session_id, reason="ended")
    )
    cyd = await slow.world.session("cyd", tags=("x",))
    await slow.release()
    first, second = slow.outcomes["first"], slow.outcomes["second"]
    assert isinstance(first, SendResult)
    assert isinstance(second, SendResult)
    assert first.message_id == second.message_id
    assert (first.is_repeated, second.is_repeated) == (False, True)
    assert slow.types(cyd) == ["note"]


async def test_a_crash_of_the_router_tells_those_whose_messages_were_under_way(
    autojump_clock: MockClock, slow: Slow
) -> None:
    """Nobody waits for ever, and the next incarnation works."""
    ann, bob = await slow.world.session("ann"), await slow.world.session("bob")
    cyd = await slow.world.session("cyd", tags=("x",))
    slow.hold()
    await slow.begin("a", ann, bob)
    await slow.begin("b", ann, bob)
    await slow.begin("x", ann, TagTarget(tag="x"))
    await slow.world.crash(slow.world.router)
    assert slow.codes() == {"a": "Internal", "b": "Internal", "x": "Internal"}
    await slow.world.journal.record(
        SessionClosed(session_id=cyd.session_id, reason="ended")
    )
    dan = await slow.world.session("dan", tags=("x",))
    slow.journal.let_go()
    await slow.begin("c", ann, bob)
    assert slow.codes()["c"] == "sent"
    # They were told that nobody knows: these went on their way all the same.
    assert slow.types(bob) == ["a", "b", "c"]
    # But what got to nobody is not decided anew for somebody who does not wait.
    assert slow.types(dan) == []


async def test_a_journal_that_is_busy_takes_nothing_and_says_so(
    autojump_clock: MockClock, slow: Slow
) -> None:
    """Nothing was sent, nothing is counted, and trying again is right."""
    ann, bob = await slow.world.session("ann"), await slow.world.session("bob")
    wishes = Wishes(idempotency_key="k")
    slow.journal.is_busy = True
    for name in "abcd":  # more than an inbox holds
        await slow.begin(name, ann, bob, type="note", wishes=wishes)
    assert slow.codes() == dict.fromkeys("abcd", "Busy")
    slow.journal.is_busy = False
    await slow.begin("e", ann, bob, type="note", wishes=wishes)
    assert slow.codes()["e"] == "sent"
    assert slow.types(bob) == ["note"]


async def test_a_router_too_busy_to_decide_anew_says_so(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sent to a session that ended meanwhile does not wait for ever."""
    monkeypatch.setattr(outbox, "MOST_UNDER_WAY", 1)
    monkeypatch.setattr(router, "MAILBOX_BOUND", 1)
    async with slow_world() as slow:
        ann, bob = await slow.world.session("ann"), await slow.world.session("bob")
        cyd = await slow.world.session("cyd")
        slow.hold()
        await slow.begin("under way", ann, cyd)
        await slow.begin("waits for room", ann, bob)
        await slow.begin("in the mailbox", ann, bob)
        await slow.begin("too many", ann, bob)
        assert slow.codes() == {"too many": "Busy"}
        await slow.world.journal.record(
            SessionClosed(session_id=cyd.session_id, reason="ended")
        )
        await slow.release()
        assert slow.codes() == {
            "too many": "Busy",
            "under way": "Busy",
            "waits for room": "sent",
            "in the mailbox": "sent",
        }


async def test_what_cannot_be_written_down_takes_no_room_for_ever() -> None:
    """A payload can be nested more deeply than anybody can write."""
    ann = a_session("ann", kind="guest")
    bad = a_message("note", ann)
    bad.envelope.payload["bad"] = {1, 2}
    with open_desk() as desk:
        box = outbox.Outbox(desk.begin().journal, kept=lambda departure: None)
        for _ in range(3):
            box.put(outbox.Departure(bad))
            await trio.lowlevel.checkpoint()
        assert (box.count, box.rows, dict(box.coming.messages)) == (0, 0, {})
