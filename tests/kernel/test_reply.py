"""The reply cell alone: one writer, one reader, own exceptions."""

from __future__ import annotations

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from fugue_actors.kernel import ActorCrashed, AskTimeout, Refused, Reply


@pytest.mark.req("ask.reply")
async def test_the_first_writer_wins() -> None:
    """A cell is assigned once; whoever comes later is told that nobody was there."""
    reply: Reply[int] = Reply()
    assert reply.resolve(1)
    assert not reply.resolve(2)
    assert not reply.fail(ValueError())
    assert await reply.wait() == 1


@pytest.mark.req("ask.reply")
async def test_a_failure_is_a_first_writer_too() -> None:
    """After a failure, a late result is discarded."""
    reply: Reply[int] = Reply()
    assert reply.fail(ValueError("no"))
    assert not reply.resolve(1)
    with pytest.raises(ValueError, match="no"):
        await reply.wait()


async def test_a_waiting_asker_is_woken() -> None:
    """The usual order: first the wait, then the answer."""
    reply: Reply[str] = Reply()
    async with trio.open_nursery() as nursery:

        async def wait() -> None:
            assert await reply.wait() == "answer"

        nursery.start_soon(wait)
        await wait_all_tasks_blocked()
        assert not reply.asker_gone
        assert reply.resolve("answer")


@pytest.mark.req("ask.reply")
@pytest.mark.req("ask.cancelled")
async def test_an_asker_that_left_is_noticed() -> None:
    """`resolve` says whether anyone was there, and `asker_gone` says it before."""
    reply: Reply[int] = Reply()
    with trio.move_on_after(0):
        await reply.wait()
    assert reply.asker_gone
    assert not reply.resolve(1)


@pytest.mark.parametrize("how", ["answered", "left", "late", "before"])
@pytest.mark.req("ask.deferred")
async def test_who_works_for_an_asker_can_wait_until_nobody_waits_for_it(
    how: str,
) -> None:
    """So that long work ends with its asker, and not at its next step."""
    reply: Reply[int] = Reply()
    if how == "before":
        reply.resolve(1)
    with trio.fail_after(1):
        async with trio.open_nursery() as nursery:
            for _ in range(2):
                nursery.start_soon(reply.wait_closed)
            await wait_all_tasks_blocked()
            assert reply.asker_gone == (how == "before")
            if how == "answered":
                reply.resolve(1)
            elif how == "late":
                reply.ring()
            elif how == "left":
                with trio.move_on_after(0):
                    await reply.wait()


@pytest.mark.req("ask.reply")
async def test_a_late_reply_is_discarded() -> None:
    """After the deadline rang, the asker gets a timeout and the answer goes nowhere."""
    reply: Reply[int] = Reply()
    reply.ring()
    assert not reply.resolve(1)
    with pytest.raises(AskTimeout):
        await reply.wait()


async def test_a_deadline_after_the_answer_changes_nothing() -> None:
    """An alarm that rings too late is ignored."""
    reply: Reply[int] = Reply()
    reply.resolve(1)
    assert not reply.is_live
    assert await reply.wait() == 1


@pytest.mark.req("ask.fresh")
async def test_each_asker_gets_an_exception_of_its_own() -> None:
    """One failure for two askers is two objects with the first as their cause."""
    error = Refused("NotAllowed", "not now", hint="later", data={"n": 1})
    error.add_note("context")
    caught = []
    for _ in range(2):
        reply: Reply[int] = Reply()
        reply.fail(error)
        with pytest.raises(Refused) as info:
            await reply.wait()
        caught.append(info.value)
    one, two = caught
    assert one is not two
    assert one is not error
    assert one.__cause__ is error
    assert (one.code, one.message, one.hint) == ("NotAllowed", "not now", "later")
    one.add_note("mine")
    assert two.__notes__ == ["context"]


async def test_an_exception_with_its_own_constructor_is_copied_all_the_same() -> None:
    """A class that cannot be made from its `args` is copied without its constructor."""

    class ParticularError(Exception):
        def __init__(self, one: int, *, two: int) -> None:
            super().__init__(f"{one} and {two}")
            self.two = two

    reply: Reply[int] = Reply()
    reply.fail(ParticularError(1, two=2))
    with pytest.raises(ParticularError, match="1 and 2") as info:
        await reply.wait()
    assert info.value.two == 2


async def test_an_interrupt_does_not_jump_to_the_asker() -> None:
    """What would end the asker's task or program arrives as a crash of the other."""
    reply: Reply[int] = Reply()
    reply.fail(KeyboardInterrupt())
    with pytest.raises(ActorCrashed):
        await reply.wait()


async def test_a_cell_prints_its_state_and_not_its_content() -> None:
    """Answers are private; a cell in a log shows only whether it is open."""
    reply: Reply[str] = Reply()
    assert repr(reply) == "<Reply open>"
    reply.resolve("secret")
    assert repr(reply) == "<Reply closed>"
