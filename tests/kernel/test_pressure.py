"""Backpressure as far as the kernel carries it: bounded queues that never stall others.

What gateways, viewers and pane hosts make of it is pinned with them.
"""

from __future__ import annotations

from typing import Any

import pytest
import trio
from puppets import Do, Latch, hang, puppet, tree
from trio.testing import wait_all_tasks_blocked

from fugue_actors.kernel import (
    MailboxFull,
    MailboxSpec,
    Overflow,
    SpecError,
    open_kernel,
)


@pytest.mark.req("pressure.viewer")
@pytest.mark.parametrize("overflow", [Overflow.DROP_OLDEST, Overflow.REJECT])
async def test_a_slow_viewer_never_slows_a_producer(
    autojump_clock: Any, overflow: Overflow
) -> None:
    """Telemetry into a viewer that hangs costs the producer nothing and is counted."""
    latch = Latch()
    viewer = puppet("viewer", mailbox=MailboxSpec(bound=8, overflow=overflow))
    async with open_kernel(tree(viewer)) as kernel:
        ref = kernel.registry.resolve("/viewer")
        await ref.tell(Do(latch))
        await latch.entered.wait()
        began = trio.current_time()
        for number in range(1000):
            ref.tell_or_drop(number)
        assert trio.current_time() == began
        seen = kernel.snapshot().find("/viewer")
        assert seen is not None
        assert (seen.mailbox_depth, seen.mailbox_dropped) == (8, 992)
        latch.leave.set()
        await wait_all_tasks_blocked()
        kept = await ref.ask(Do(lambda me: me.seen))
        newest = overflow is Overflow.DROP_OLDEST
        assert kept == list(range(992, 1000) if newest else range(8))


@pytest.mark.req("pressure.caller")
async def test_a_call_into_a_full_mailbox_is_refused_and_not_parked(
    autojump_clock: Any,
) -> None:
    """With REJECT, the caller hears `Busy` at once, with all its time left."""
    spec = tree(puppet(mailbox=MailboxSpec(bound=1, overflow=Overflow.REJECT)))
    async with open_kernel(spec) as kernel:
        ref = kernel.registry.resolve("/a")
        await ref.tell(Do(hang))
        await wait_all_tasks_blocked()
        await ref.tell("fills it")
        began = trio.current_time()
        with pytest.raises(MailboxFull) as caught:
            await ref.ask(Do(hang), within=1000)
        assert caught.value.code == "Busy"
        assert caught.value.message == "/a is full: 1 of 1 messages wait"
        assert trio.current_time() == began


@pytest.mark.req("pressure.chain")
async def test_no_queue_in_a_chain_of_actors_is_unbounded(autojump_clock: Any) -> None:
    """A stuck end holds its senders up, one by one, back to the source."""
    with pytest.raises(SpecError):
        MailboxSpec(bound=0)
    narrow = MailboxSpec(bound=2)
    spec = tree(puppet("end", mailbox=narrow), puppet("middle", mailbox=narrow))
    async with open_kernel(spec) as kernel:
        end = kernel.registry.resolve("/end")
        middle = kernel.registry.resolve("/middle")
        await end.tell(Do(hang))
        await wait_all_tasks_blocked()
        sent = 0
        with trio.move_on_after(10) as scope:
            while True:
                await middle.tell(Do(lambda me: end.tell("passed on")))
                sent += 1
        assert scope.cancelled_caught
        # Two rest at the end, one is in the middle's hands, two in its mailbox.
        assert sent == 5
