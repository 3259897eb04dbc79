"""Delivery over time: what expires, and what senders are told, whatever crashes when."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import attrs
import pytest
import trio
from actorkit import World, a_message, a_session, open_world, types
from gatedjournal import GatedJournal
from trio.testing import MockClock, wait_all_tasks_blocked

from fugue_actors.actors.delivery import LOOK_SECONDS
from fugue_actors.actors.limits import Limits
from fugue_actors.journal import Journal
from fugue_actors.protocol.events import (
    DeliveryEnded,
    FailuresReported,
    MessageJoined,
    MessageSent,
    MessagesReturned,
    RetentionEnded,
    SessionClosed,
    SessionOpened,
)
from fugue_actors.protocol.values import DAEMON, Scope, Sender, Session, Terms

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fugue_actors.protocol.values import Envelope

START = 4_000_000_000.0
"""The wall clock's time at the loop's time 0: later than any real clock of a test."""
NOWHERE = Scope(parent=None, cwd="/", repository=None)


KEPT = Terms(retain_until="2120-01-01T00:00:00.000Z", scope=NOWHERE)


class Clock:
    """The wall clock of a test: it can be set."""

    def __init__(self) -> None:
        self.offset = START

    def __call__(self) -> float:
        return self.offset + trio.current_time()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def world(autojump_clock: MockClock, clock: Clock) -> AsyncIterator[World]:
    with trio.fail_after(100_000):
        async with open_world(clock=clock) as world:
            yield world


def at(seconds: float) -> str:
    """A time so long after the test's beginning, as text."""
    then = datetime.datetime.fromtimestamp(START + seconds, datetime.UTC)
    return then.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def mail(
    sender: Session,
    *recipients: Session,
    type: str = "note",
    terms: Terms | None = None,
    refused: tuple[Session, ...] = (),
    **fields: Any,
) -> MessageSent:
    """A message from one session to others."""
    event = a_message(type, *(recipients or (sender,)), *refused)
    everyone = event.recipients if recipients else ()
    return attrs.evolve(
        event,
        envelope=attrs.evolve(
            event.envelope,
            sender=Sender(
                session_id=sender.session_id,
                session_name=sender.session_name,
                attested="process",
            ),
            **fields,
        ),
        recipients=everyone[: len(recipients)],
        refused=event.recipients[len(recipients) :] if refused else (),
        terms=terms or Terms(),
    )


async def expiring(
    world: World,
    sender: Session,
    *recipients: Session,
    seconds: float = 60,
    **more: Any,
) -> Envelope:
    """Send a message that expires."""
    event = mail(sender, *recipients, expires_at=at(seconds), **more)
    await world.journal.record(event)
    return event.envelope


async def close(world: World, *sessions: Session) -> None:
    """End sessions, as far as the record goes."""
    for session in sessions:
        await world.journal.record(
            SessionClosed(session_id=session.session_id, reason="ended")
        )


def states(world: World, message: Envelope) -> list[str]:
    """What became of a message for each recipient."""
    record = world.journal.state.ledger.messages[message.id]
    return [row.state for row in record.recipients.values()]


def notices(world: World, session: Session) -> list[Envelope]:
    """What the daemon has told a session."""
    inbox = world.journal.state.ledger.inbox(session.session_id)
    return [one for one in inbox if one.sender == DAEMON]


def told(world: World, session: Session) -> list[tuple[str, list[tuple[str, str]]]]:
    """Of which messages, and for whom in which state."""
    return [
        (
            one.payload["message_id"],
            [(row["session_name"], row["state"]) for row in one.payload["recipients"]],
        )
        for one in notices(world, session)
    ]


async def until(seconds: float) -> None:
    """Wait until a moment of the test's time, and for what happens then."""
    await trio.sleep_until(seconds)
    await wait_all_tasks_blocked()


# ---- expiry


async def test_what_nobody_took_expires_at_its_time_and_its_sender_is_told(
    autojump_clock: MockClock, world: World
) -> None:
    """Late work is worse than none; who asked for it learns that it was not done."""
    ann, bob = await world.session("ann"), await world.session("bob")
    message = await expiring(world, ann, bob)
    await until(59.9)
    assert states(world, message) == ["queued"]
    await until(61)
    assert states(world, message) == ["expired"]
    assert world.journal.state.ledger.unread(bob.session_id) == 0
    (notice,) = notices(world, ann)
    assert (notice.type, notice.in_reply_to) == ("delivery_failed", message.id)
    assert notice.payload == {
        "message_id": message.id,
        "type": "note",
        "recipients": [
            {
                "session_id": bob.session_id,
                "session_name": "bob",
                "state": "expired",
                "reason": f"nobody took it before {at(60)}",
            }
        ],
    }


async def test_one_of_many_deadlines_is_met_whatever_the_order_they_came_in(
    autojump_clock: MockClock, world: World
) -> None:
    """A later message may expire before an earlier one."""
    ann, bob = await world.session("ann"), await world.session("bob")
    seconds = (50, 20, 40, 10, 30)
    messages = [await expiring(world, ann, bob, seconds=at) for at in seconds]
    for now in (15, 25, 35, 45, 55):
        await until(now)
        expected = ["expired" if at < now else "queued" for at in seconds]
        assert [states(world, one)[0] for one in messages] == expected


async def test_what_a_connection_holds_expires_only_if_it_comes_back(
    autojump_clock: MockClock, world: World
) -> None:
    """It may have been read in time; only its return shows that it was not."""
    ann, bob = await world.session("ann"), await world.session("bob")
    held, kept = [await expiring(world, ann, bob) for _ in range(2)]
    first, second = await world.connection(), await world.connection()
    await world.take(bob, first, most=1)
    await world.take(bob, second, most=1)
    await until(100)
    assert (states(world, held), states(world, kept)) == (["offered"], ["offered"])
    await world.hang_up(first)
    await until(101)
    assert (states(world, held), states(world, kept)) == (["expired"], ["offered"])
    assert told(world, ann) == [(held.id, [("bob", "expired")])]


async def test_work_for_one_of_several_expires_for_all_when_its_claimer_ends(
    autojump_clock: MockClock, world: World
) -> None:
    """Those who waited aside must not get in the end what was to be done by then."""
    ann, bob, cid = [await world.session(name) for name in ("ann", "bob", "cid")]
    message = await expiring(world, ann, bob, cid, deliver="one")
    await world.take(bob, await world.connection())
    await until(100)
    assert states(world, message) == ["offered"]
    await close(world, bob)
    await until(101)
    assert states(world, message) == ["expired"]
    assert [row[0] for row in told(world, ann)] == [message.id]


async def test_a_message_that_expired_is_not_handed_out_however_late_that_is_noticed(
    autojump_clock: MockClock, world: World
) -> None:
    """After a long stop the first poll may come before anybody has looked."""
    ann, bob = await world.session("ann"), await world.session("bob")
    old = mail(ann, bob, type="old", expires_at="2020-01-01T00:00:00.000Z")
    world.kernel.crash(world.delivery, RuntimeError("injected"))
    holder = await world.connection()
    await world.journal.record(old, mail(ann, bob, type="new"))
    assert types(await world.take(bob, holder)) == ["new"]


async def test_a_clock_that_is_set_forward_is_noticed_soon(
    autojump_clock: MockClock, world: World, clock: Clock
) -> None:
    """A laptop that slept for an hour does not sleep for another one."""
    ann, bob = await world.session("ann"), await world.session("bob")
    message = await expiring(world, ann, bob, seconds=3600)
    await until(1)
    clock.offset += 3600
    await until(1 + LOOK_SECONDS + 1)
    assert states(world, message) == ["expired"]


async def test_a_clock_that_is_set_back_makes_nothing_expire_too_early_or_never(
    autojump_clock: MockClock, world: World, clock: Clock
) -> None:
    """A deadline is a date, not a number of seconds, also for what was held at it."""
    ann, bob = await world.session("ann"), await world.session("bob")
    waiting, held = [await expiring(world, ann, bob) for _ in range(2)]
    line = await world.connection()
    (first, second) = await world.take(bob, line)
    assert [first.id, second.id] == [waiting.id, held.id]
    await world.journal.record(
        MessagesReturned(session_id=bob.session_id, message_ids=(waiting.id,))
    )
    await until(59)
    clock.offset -= 30
    await until(80)
    assert states(world, waiting) == ["queued"]
    await until(92)
    assert states(world, waiting) == ["expired"]
    clock.offset -= 60
    await world.hang_up(line)
    await until(94)
    assert states(world, held) == ["queued"]
    await until(160)
    assert states(world, held) == ["expired"]


# ---- being told


async def test_a_team_that_ends_one_by_one_is_one_piece_of_news(
    autojump_clock: MockClock, world: World
) -> None:
    """Ten dead recipients make one message to their lead, not ten."""
    ann = await world.session("ann")
    team = [await world.session(f"w{number}") for number in range(10)]
    stays = await world.session("stays")
    message = await expiring(world, ann, *team, stays, seconds=9_000)
    for session in team:
        await close(world, session)
        await trio.sleep(0.3)
    assert told(world, ann) == []
    await until(10)
    everybody = [(one.session_name, "dead") for one in team]
    assert told(world, ann) == [(message.id, everybody)]
    await close(world, stays)
    await until(11)
    assert told(world, ann)[1:] == [(message.id, [("stays", "dead")])]


async def test_one_is_not_left_waiting_for_ever_while_others_go_on_failing(
    autojump_clock: MockClock, world: World
) -> None:
    """Gathering has an end: a sender hears of the first failure within seconds."""
    ann = await world.session("ann")
    team = [await world.session(f"w{number}") for number in range(40)]
    await expiring(world, ann, *team, seconds=9_000)
    for session in team[:30]:
        await close(world, session)
        await trio.sleep(0.3)
    first = told(world, ann)[0]
    assert 10 < len(first[1]) < 20
    await until(20)
    assert sum(len(rows) for _, rows in told(world, ann)) == 30


async def test_what_cannot_fail_any_more_is_told_at_once(
    autojump_clock: MockClock, world: World
) -> None:
    """Who waits for one answer from one session need not wait for others to fail."""
    ann, bob = await world.session("ann"), await world.session("bob")
    await expiring(world, ann, bob, seconds=9_000)
    await close(world, bob)
    before = trio.current_time()
    await wait_all_tasks_blocked()
    await until(before + 0.1)
    assert len(notices(world, ann)) == 1


async def test_full_inboxes_are_told_of_like_all_that_went_wrong(
    autojump_clock: MockClock, world: World
) -> None:
    """The answer to a send is read by a program, the notice by whoever it works for."""
    ann, bob, cid = [await world.session(name) for name in ("ann", "bob", "cid")]
    event = mail(ann, bob, refused=(cid,))
    await world.journal.record(event)
    await until(1)
    assert told(world, ann) == [(event.envelope.id, [("cid", "refused")])]


async def test_what_a_recipient_refuses_comes_back_with_its_reason(
    autojump_clock: MockClock, world: World
) -> None:
    """Somebody else records it; the sender is told all the same."""
    ann, bob = await world.session("ann"), await world.session("bob")
    event = mail(ann, bob)
    await world.journal.record(event)
    await until(1)
    await world.journal.record(
        DeliveryEnded(
            message_id=event.envelope.id,
            session_ids=(bob.session_id,),
            state="refused",
            reason="not my job",
        )
    )
    await until(2)
    ((row,),) = [notice.payload["recipients"] for notice in notices(world, ann)]
    assert (row["state"], row["reason"]) == ("refused", "not my job")


async def test_the_conversation_that_a_message_belongs_to_is_kept(
    autojump_clock: MockClock, world: World
) -> None:
    """Whoever follows a thread finds in it also what went wrong."""
    ann, bob = await world.session("ann"), await world.session("bob")
    first = mail(ann, bob)
    later = mail(ann, bob, thread=first.envelope.id, in_reply_to=first.envelope.id)
    await world.journal.record(first, later)
    await close(world, bob)
    await until(1)
    threads = [notice.thread for notice in notices(world, ann)]
    assert threads == [first.envelope.id, first.envelope.id]


@pytest.mark.parametrize("why", ["ended", "full", "unwilling", "withdrawn"])
async def test_nobody_is_told_who_cannot_or_does_not_want_to_know(
    autojump_clock: MockClock, clock: Clock, why: str
) -> None:
    """What cannot be told is settled all the same, and does not come up for ever."""
    limits = Limits(inbox_messages=2)
    async with open_world(clock=clock, limits=limits) as world:
        ann, bob = await world.session("ann"), await world.session("bob")
        terms = Terms(tell_failure=why != "unwilling")
        event = mail(ann, bob, terms=terms)
        await world.journal.record(event)
        match why:
            case "ended":
                await close(world, ann)
            case "full":
                await world.journal.record(mail(bob, ann), mail(bob, ann))
            case "withdrawn":
                await world.journal.record(
                    DeliveryEnded(
                        message_id=event.envelope.id,
                        session_ids=(bob.session_id,),
                        state="expired",
                        reason="withdrawn",
                        withdrawn=True,
                    )
                )
        await close(world, bob)
        await until(10)
        assert not [one for one in world.recorded(MessageSent) if is_notice(one)]
        ledger = world.journal.state.ledger
        assert ledger.to_report == {}
        assert event.envelope.id in ledger.finished
        reports = len(world.recorded(FailuresReported))
        assert reports == (1 if why in ("ended", "full") else 0)


def is_notice(event: MessageSent) -> bool:
    return event.envelope.sender == DAEMON


async def test_notices_fill_an_inbox_to_its_limit_and_no_further(
    autojump_clock: MockClock, clock: Clock
) -> None:
    """Also those that are recorded in one step."""
    limits = Limits(inbox_messages=5)
    async with open_world(clock=clock, limits=limits) as world:
        ann, bob = await world.session("ann"), await world.session("bob")
        await world.journal.record(*(mail(ann, bob) for _ in range(20)))
        await close(world, bob)
        await until(10)
        assert len(notices(world, ann)) == 5
        assert world.journal.state.ledger.to_report == {}


async def test_many_failures_are_told_once_each_while_there_is_room(
    autojump_clock: MockClock, clock: Clock
) -> None:
    """More than are recorded at once, and those before do not count twice."""
    async with open_world(clock=clock, limits=Limits(inbox_messages=170)) as world:
        ann, bob = await world.session("ann"), await world.session("bob")
        sent = [mail(ann, bob) for _ in range(150)]
        await world.journal.record(*sent)
        await close(world, bob)
        await until(10)
        notified = [one for one in world.recorded(MessageSent) if is_notice(one)]
        about = [one.envelope.in_reply_to for one in notified]
        assert about == [one.envelope.id for one in sent]
        assert len(notices(world, ann)) == 150


async def test_no_notice_is_about_a_notice(
    autojump_clock: MockClock, world: World
) -> None:
    """Two sessions that end with unread notices do not keep the daemon busy."""
    ann, bob = await world.session("ann"), await world.session("bob")
    await world.journal.record(mail(ann, bob))
    await close(world, bob)
    await until(1)
    assert len(notices(world, ann)) == 1
    await close(world, ann)
    await until(20)
    assert len(world.recorded(FailuresReported)) == 1
    assert len([one for one in world.recorded(MessageSent) if is_notice(one)]) == 1


async def test_a_notice_of_thousands_comes_in_parts_that_an_agent_can_read(
    autojump_clock: MockClock, world: World
) -> None:
    """A broadcast to everybody that expires does not make one enormous message."""
    ann = await world.session("ann")
    everybody = [a_session(f"s{number}") for number in range(1_200)]
    await world.journal.record(*(SessionOpened(session=one) for one in everybody))
    message = await expiring(world, ann, *everybody)
    await until(70)
    parts = [len(rows) for about, rows in told(world, ann) if about == message.id]
    assert parts == [500, 500, 200]


async def test_a_message_that_is_kept_for_newcomers_and_gets_none_is_told_of(
    autojump_clock: MockClock, world: World
) -> None:
    """Sent to whoever comes; if nobody came, that is what went wrong."""
    ann = await world.session("ann")
    terms = Terms(retain_until=at(60), scope=NOWHERE)
    event = mail(ann, terms=terms, target={"tag": "none"})
    await world.journal.record(event)
    await until(59)
    assert notices(world, ann) == []
    await until(61)
    assert len(world.recorded(RetentionEnded)) == 1
    (notice,) = notices(world, ann)
    assert notice.payload == {
        "message_id": event.envelope.id,
        "type": "note",
        "recipients": [],
        "reason": f"nobody came whom it was for, and it was kept until {at(60)}",
    }


# ---- crashes and outages


@pytest.mark.parametrize("steps", range(12))
async def test_whenever_it_crashes_everything_happens_once(
    autojump_clock: MockClock, world: World, steps: int
) -> None:
    """What was recorded is done, and what was not is done by the next incarnation."""
    ann, bob, cid = [await world.session(name) for name in ("ann", "bob", "cid")]
    first = await expiring(world, ann, bob, cid, seconds=60)
    second = await expiring(world, ann, cid, seconds=1_000)
    await until(59)
    autojump_clock.autojump_threshold = float("inf")
    autojump_clock.jump(1.5)
    for _ in range(steps):
        await trio.lowlevel.checkpoint()
    world.kernel.crash(world.delivery, RuntimeError("injected"))
    autojump_clock.autojump_threshold = 0
    await close(world, cid)
    await until(80)
    by_bob, by_cid = states(world, first)
    assert by_bob == "expired"
    assert by_cid in ("expired", "dead")
    assert states(world, second) == ["dead"]
    expected = [
        (first.id, [("bob", "expired"), ("cid", by_cid)]),
        (second.id, [("cid", "dead")]),
    ]
    news = sorted((about, sorted(rows)) for about, rows in told(world, ann))
    assert news == expected
    assert len(world.recorded(DeliveryEnded)) == 1


async def test_a_new_daemon_does_what_was_due_while_there_was_none(
    autojump_clock: MockClock, clock: Clock
) -> None:
    """Deadlines pass while nobody looks; what was not told before is told then."""
    journal = Journal()
    ann, bob, cid = [a_session(name, kind="guest") for name in ("ann", "bob", "cid")]
    await journal.record(*(SessionOpened(session=one) for one in (ann, bob, cid)))
    expired = mail(ann, bob, expires_at=at(-60))
    dead = mail(ann, cid)
    kept = mail(ann, terms=Terms(retain_until=at(-1), scope=NOWHERE))
    await journal.record(expired, dead, kept)
    await close_in(journal, cid)
    async with open_world(clock=clock, journal=journal) as world:
        await until(5)
        assert sorted(told(world, ann)) == sorted(
            [
                (expired.envelope.id, [("bob", "expired")]),
                (dead.envelope.id, [("cid", "dead")]),
                (kept.envelope.id, []),
            ]
        )


async def close_in(journal: Journal, session: Session) -> None:
    await journal.record(SessionClosed(session_id=session.session_id, reason="ended"))


async def test_who_comes_while_nothing_can_be_kept_gets_it_afterwards(
    autojump_clock: MockClock, clock: Clock
) -> None:
    """Nothing else has to happen than that there is room again."""
    journal = GatedJournal()
    async with open_world(clock=clock, journal=journal) as world:
        ann = await world.session("ann")
        await journal.record(mail(ann, target={"tag": "x"}, terms=KEPT))
        journal.refused = (MessageSent, MessageJoined, DeliveryEnded)
        new = await world.session("new", tags=("x",))
        await until(60)
        assert world.journal.state.ledger.unread(new.session_id) == 0
        journal.refused = ()
        await until(120)
        assert world.journal.state.ledger.unread(new.session_id) == 1


async def test_while_nothing_can_be_kept_it_waits_and_then_misses_nothing(
    autojump_clock: MockClock, clock: Clock
) -> None:
    """A full disk is no bug: nothing crashes, and all is done when there is room."""
    journal = GatedJournal()
    async with open_world(clock=clock, journal=journal) as world:
        ann, bob, cid = [await world.session(name) for name in ("ann", "bob", "cid")]
        expired = await expiring(world, ann, bob, seconds=60)
        dead = await expiring(world, ann, cid, seconds=9_000)
        journal.refused = (MessageSent, MessageJoined, DeliveryEnded)
        await until(70)
        await close(world, cid)
        await until(600)
        assert (states(world, expired), states(world, dead)) == (["queued"], ["dead"])
        assert notices(world, ann) == []
        journal.refused = ()
        await until(640)
        assert told(world, ann) == [
            (dead.id, [("cid", "dead")]),
            (expired.id, [("bob", "expired")]),
        ]
        assert world.reports == []


async def test_what_comes_back_while_its_expiry_is_written_down_expires_as_well(
    autojump_clock: MockClock, clock: Clock
) -> None:
    """A connection may end in the very moment; nobody looks at a clock then."""
    journal = GatedJournal()
    async with open_world(clock=clock, journal=journal) as world:
        ann, bob, cid = [await world.session(name) for name in ("ann", "bob", "cid")]
        message = await expiring(world, ann, bob, cid)
        line = await world.connection()
        await world.take(bob, line)
        journal.held = (DeliveryEnded,)
        await until(61)
        await world.hang_up(line)
        await until(62)
        assert states(world, message) == ["queued", "queued"]
        journal.let_go()
        await until(63)
        assert states(world, message) == ["expired", "expired"]


async def test_what_fails_while_a_notice_is_written_down_makes_another(
    autojump_clock: MockClock, clock: Clock
) -> None:
    """The first one does not say it, and nothing may be left unsaid."""
    journal = GatedJournal()
    async with open_world(clock=clock, journal=journal) as world:
        ann, bob, cid = [await world.session(name) for name in ("ann", "bob", "cid")]
        message = await expiring(world, ann, bob, cid, seconds=9_000)
        journal.held = (FailuresReported,)
        await close(world, bob)
        await until(10)
        await close(world, cid)
        await until(20)
        assert told(world, ann) == []
        journal.let_go()
        await until(30)
        assert told(world, ann) == [
            (message.id, [("bob", "dead")]),
            (message.id, [("cid", "dead")]),
        ]
