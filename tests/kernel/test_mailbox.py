"""The mailbox alone: order, bound, policies, control, close."""

from __future__ import annotations

from typing import Any, cast

import pytest
import trio
import trio.testing
from trio.testing import wait_all_tasks_blocked

from fugue_actors.errors import ActorGone
from fugue_actors.kernel import (
    Envelope,
    Mailbox,
    MailboxFull,
    MailboxSpec,
    Overflow,
    Ref,
    Reply,
)


def box(bound: int = 3, overflow: Overflow = Overflow.BLOCK, **more: Any) -> Mailbox:
    return Mailbox(MailboxSpec(bound=bound, overflow=overflow, **more))


def tell(message: object) -> Envelope:
    return Envelope(message)


def ask(message: object) -> Envelope:
    return Envelope(message, Reply())


def drain(mailbox: Mailbox) -> list[object]:
    """Everything that can be taken now."""
    taken = []
    while (envelope := mailbox.take_nowait()) is not None:
        taken.append(envelope.message)
    return taken


def gone() -> ActorGone:
    return ActorGone("gone")


@pytest.mark.req("box.fifo")
async def test_messages_come_out_in_the_order_they_went_in() -> None:
    """Order is the first promise of a mailbox."""
    mailbox = box(bound=5)
    for number in range(5):
        mailbox.put_nowait(tell(number))
    assert drain(mailbox) == [0, 1, 2, 3, 4]


@pytest.mark.req("box.bound")
async def test_the_bound_is_exact() -> None:
    """As many as the bound fit, the next one does not, and a taken one makes room."""
    mailbox = box(bound=2)
    mailbox.put_nowait(tell(1))
    mailbox.put_nowait(tell(2))
    with pytest.raises(trio.WouldBlock):
        mailbox.put_nowait(tell(3))
    assert mailbox.statistics().depth == 2
    mailbox.take_nowait()
    mailbox.put_nowait(tell(3))
    assert drain(mailbox) == [2, 3]
    assert mailbox.statistics().peak == 2


@pytest.mark.req("box.policy")
@pytest.mark.req("box.no_barging")
async def test_a_waiting_sender_is_overtaken_by_nobody() -> None:
    """Room that is made belongs to the oldest waiting sender before anyone can ask."""
    mailbox = box(bound=1)
    mailbox.put_nowait(tell("first"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(mailbox.put, tell("second"))
        await wait_all_tasks_blocked()
        nursery.start_soon(mailbox.put, tell("third"))
        await wait_all_tasks_blocked()
        assert mailbox.statistics().waiting == 2
        first = mailbox.take_nowait()
        assert first is not None
        assert first.message == "first"
        with pytest.raises(trio.WouldBlock):
            mailbox.put_nowait(tell("barging"))
        assert drain(mailbox) == ["second", "third"]


async def test_a_cancelled_sender_leaves_no_message_and_gives_its_place_on() -> None:
    """The place of a sender that gave up goes to the next one, its message nowhere."""
    mailbox = box(bound=1)
    mailbox.put_nowait(tell("first"))
    async with trio.open_nursery() as nursery:
        with trio.move_on_after(60) as scope:

            async def give_up() -> None:
                await wait_all_tasks_blocked()
                nursery.start_soon(mailbox.put, tell("third"))
                await wait_all_tasks_blocked()
                scope.cancel()

            nursery.start_soon(give_up)
            await mailbox.put(tell("second"))
        assert scope.cancelled_caught
        assert drain(mailbox) == ["first", "third"]


async def test_a_sender_with_room_does_not_wait() -> None:
    """`put` is a checkpoint, and then it is done."""
    mailbox = box(bound=1)
    with trio.testing.assert_checkpoints():
        await mailbox.put(tell("at once"))
    assert drain(mailbox) == ["at once"]


async def test_a_cancelled_sender_with_room_sends_nothing() -> None:
    """`put` in a cancelled scope has no effect, as in all of trio."""
    mailbox = box()
    with trio.CancelScope() as scope:
        scope.cancel()
        await mailbox.put(tell("never"))
    assert drain(mailbox) == []


async def test_a_sender_that_gave_up_on_an_ask_is_not_admitted() -> None:
    """A parked ask whose asker has left takes no room."""
    mailbox = box(bound=1)
    mailbox.put_nowait(tell("first"))
    abandoned = ask("abandoned")
    assert not mailbox.offer(abandoned)
    mailbox.park(abandoned)
    late = tell("late")
    assert not mailbox.offer(late)
    assert abandoned.reply is not None
    abandoned.reply.close()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(mailbox.wait_for_room, late)
        await wait_all_tasks_blocked()
        assert drain(mailbox) == ["first", "late"]


async def test_a_queued_ask_that_nobody_waits_for_is_skipped() -> None:
    """What its asker abandoned is never handed to the reader."""
    mailbox = box()
    abandoned = ask("abandoned")
    mailbox.put_nowait(abandoned)
    mailbox.put_nowait(tell("wanted"))
    assert abandoned.reply is not None
    abandoned.reply.close()
    assert drain(mailbox) == ["wanted"]


@pytest.mark.req("box.policy")
async def test_reject_refuses_at_the_bound() -> None:
    """REJECT answers at once, and what is queued stays."""
    mailbox = box(bound=1, overflow=Overflow.REJECT)
    mailbox.put_nowait(tell(1))
    with pytest.raises(MailboxFull) as caught:
        await mailbox.put(tell(2))
    assert caught.value.code == "Busy"
    assert drain(mailbox) == [1]


@pytest.mark.req("box.policy")
async def test_drop_oldest_drops_the_oldest_tell_and_counts_it() -> None:
    """DROP_OLDEST keeps the newest."""
    mailbox = box(bound=2, overflow=Overflow.DROP_OLDEST)
    for number in range(4):
        mailbox.put_nowait(tell(number))
    assert mailbox.statistics().dropped == 2
    assert drain(mailbox) == [2, 3]


@pytest.mark.req("box.policy")
async def test_drop_oldest_never_drops_an_ask() -> None:
    """An ask has somebody who waits; it survives, and the tell behind it goes."""
    mailbox = box(bound=2, overflow=Overflow.DROP_OLDEST)
    mailbox.put_nowait(ask("ask"))
    mailbox.put_nowait(tell("old"))
    mailbox.put_nowait(tell("new"))
    assert drain(mailbox) == ["ask", "new"]


@pytest.mark.req("box.policy")
@pytest.mark.parametrize("late", [tell, ask])
async def test_drop_oldest_full_of_asks_rejects(late: Any) -> None:
    """Where nothing may be dropped, the sender is told."""
    mailbox = box(bound=1, overflow=Overflow.DROP_OLDEST)
    mailbox.put_nowait(ask("ask"))
    with pytest.raises(MailboxFull):
        mailbox.put_nowait(late("late"))
    assert drain(mailbox) == ["ask"]


def initial(message: object) -> str | None:
    """The key of a message like `a1`; none for those that begin with a dash."""
    text = str(message)
    return None if text.startswith("-") else text[0]


@pytest.mark.req("box.policy")
async def test_coalesce_replaces_in_place() -> None:
    """The newest of a key stands where the first of that key stood."""
    mailbox = box(overflow=Overflow.COALESCE, key=initial)
    for message in ("a1", "b1", "a2"):
        mailbox.put_nowait(tell(message))
    assert drain(mailbox) == ["a2", "b1"]
    mailbox.put_nowait(tell("a3"))
    assert drain(mailbox) == ["a3"]


async def test_coalesced_messages_are_the_newest_in_every_respect() -> None:
    """Not only the body: it comes from its own sender and has its own trace."""
    mailbox = box(overflow=Overflow.COALESCE, key=initial)
    mailbox.put_nowait(Envelope("a1", trace=1))
    newest = Envelope("a2", trace=2)
    newest.sender = cast("Ref", object())
    mailbox.put_nowait(newest)
    taken = mailbox.take_nowait()
    assert taken is not None
    assert (taken.message, taken.sender, taken.trace) == ("a2", newest.sender, 2)


@pytest.mark.req("box.policy")
async def test_coalesce_rejects_a_new_key_at_the_bound() -> None:
    """At the bound an old key still replaces; a new one, or none, is refused."""
    mailbox = box(bound=1, overflow=Overflow.COALESCE, key=initial)
    mailbox.put_nowait(tell("a1"))
    mailbox.put_nowait(tell("a2"))
    for message in ("b1", "-"):
        with pytest.raises(MailboxFull):
            mailbox.put_nowait(tell(message))
    assert drain(mailbox) == ["a2"]


async def test_coalesce_leaves_messages_without_key_and_asks_alone() -> None:
    """What has no key, or an asker, is never replaced."""
    mailbox = box(bound=6, overflow=Overflow.COALESCE, key=initial)
    for envelope in (tell("-1"), tell("-2"), ask("a1"), ask("a2"), tell("a3")):
        mailbox.put_nowait(envelope)
    assert drain(mailbox) == ["-1", "-2", "a1", "a2", "a3"]


async def test_coalesce_at_the_bound_rejects_an_ask() -> None:
    """An ask cannot replace anything, so it needs room of its own."""
    mailbox = box(bound=1, overflow=Overflow.COALESCE, key=initial)
    mailbox.put_nowait(tell("a1"))
    with pytest.raises(MailboxFull):
        mailbox.put_nowait(ask("a2"))


@pytest.mark.req("box.control")
async def test_control_messages_bypass_the_bound_and_go_first() -> None:
    """They come before every user message, in their own order, however full it is."""
    mailbox = box(bound=1)
    mailbox.put_nowait(tell("user"))
    mailbox.post(tell("control 1"))
    mailbox.post(tell("control 2"))
    assert drain(mailbox) == ["control 1", "control 2", "user"]


@pytest.mark.parametrize("overflow", [Overflow.DROP_OLDEST, Overflow.REJECT])
@pytest.mark.req("box.control")
async def test_control_messages_are_never_dropped(overflow: Overflow) -> None:
    """No policy touches them."""
    mailbox = box(bound=1, overflow=overflow)
    for number in range(10):
        mailbox.post(tell(number))
    mailbox.put_nowait(tell("user"))
    assert drain(mailbox) == [*range(10), "user"]


async def test_an_idle_reader_gets_a_message_at_once() -> None:
    """A message or a control message for a reader that waits is handed over."""
    mailbox = box()
    got: list[object] = []

    async def read() -> None:
        while (envelope := await mailbox.take()) is not None:
            got.append(envelope.message)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(read)
        await wait_all_tasks_blocked()
        mailbox.put_nowait(tell("user"))
        await wait_all_tasks_blocked()
        mailbox.post(tell("control"))
        await wait_all_tasks_blocked()
        assert got == ["user", "control"]
        mailbox.close(gone)


@pytest.mark.req("stop.wake")
async def test_close_wakes_an_idle_reader_without_losing_what_it_was_handed() -> None:
    """What was handed over is the reader's; only then does it learn of the end."""
    mailbox = box()
    got: list[object] = []

    async def read() -> None:
        while (envelope := await mailbox.take()) is not None:
            got.append(envelope.message)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(read)
        await wait_all_tasks_blocked()
        mailbox.put_nowait(tell("handed over"))
        mailbox.put_nowait(tell("queued"))
        rejected = mailbox.close(gone)
    assert got == ["handed over"]
    assert [envelope.message for envelope in rejected] == ["queued"]


async def test_a_cancelled_reader_keeps_what_it_was_handed() -> None:
    """Receiving is atomic: a cancellation in the same instant comes after it."""
    mailbox = box()
    got: list[object] = []
    scope = trio.CancelScope()

    async def read() -> None:
        with scope:
            envelope = await mailbox.take()
            assert envelope is not None
            got.append(envelope.message)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(read)
        await wait_all_tasks_blocked()
        mailbox.put_nowait(tell("handed over"))
        scope.cancel()
    assert got == ["handed over"]


async def test_a_cancelled_reader_leaves_messages_in_the_mailbox() -> None:
    """A reader that left is not handed anything."""
    mailbox = box()
    with trio.move_on_after(0):
        await mailbox.take()
    mailbox.put_nowait(tell("kept"))
    assert drain(mailbox) == ["kept"]


@pytest.mark.req("exit.putters")
async def test_close_wakes_waiting_senders_with_the_error() -> None:
    """Nobody waits for room in a mailbox that has none any more."""
    mailbox = box(bound=1)
    mailbox.put_nowait(tell("queued"))
    async with trio.open_nursery() as nursery:

        async def send(message: str) -> None:
            with pytest.raises(ActorGone):
                await mailbox.put(tell(message))

        nursery.start_soon(send, "one")
        nursery.start_soon(send, "two")
        await wait_all_tasks_blocked()
        waiting = ask("parked")
        assert not mailbox.offer(waiting)
        mailbox.park(waiting)
        rejected = mailbox.close(gone)
    assert [envelope.message for envelope in rejected] == ["queued", "parked"]
    with pytest.raises(ActorGone):
        mailbox.put_nowait(tell("late"))
    assert mailbox.take_nowait() is None


async def test_close_with_drain_leaves_the_queue_to_the_reader() -> None:
    """Draining shuts senders out, and control messages still arrive."""
    mailbox = box()
    mailbox.put_nowait(tell(1))
    mailbox.put_nowait(tell(2))
    assert mailbox.close(gone, drain=True) == []
    with pytest.raises(ActorGone):
        mailbox.put_nowait(tell(3))
    mailbox.post(tell("control"))
    assert not mailbox.is_over
    assert drain(mailbox) == ["control", 1, 2]
    assert mailbox.is_over
    assert await mailbox.take() is None


async def test_a_closed_mailbox_ignores_control_messages() -> None:
    """There is nobody left whom they could control."""
    mailbox = box()
    mailbox.post(tell("before"))
    mailbox.close(gone)
    mailbox.post(tell("after"))
    assert drain(mailbox) == []


async def test_the_age_of_the_oldest_message_is_known(autojump_clock: Any) -> None:
    """Statistics say since when the oldest message waits, on trio's clock."""
    mailbox = box()
    assert mailbox.statistics().oldest is None
    mailbox.put_nowait(tell("old"))
    since = trio.current_time()
    await trio.sleep(5)
    mailbox.put_nowait(tell("new"))
    assert mailbox.statistics().oldest == since
