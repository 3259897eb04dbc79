"""How a message is to be delivered: repetitions, expiry, priority, threads, newcomers."""

from __future__ import annotations

import datetime
import shutil
from typing import TYPE_CHECKING, Any

import pytest
import trio
from actorkit import World, a_message, open_world

from fugue_actors.actors.limits import Limits
from fugue_actors.actors.sending import SendMessage, Wishes
from fugue_actors.actors.targets import SessionTarget, TagTarget, WorktreeTarget
from fugue_actors.errors import Refused, Unavailable
from fugue_actors.journal import ledger
from fugue_actors.protocol.events import MessagesConsumed, MessageSent, SessionClosed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from trio.testing import MockClock

    from fugue_actors.journal import MessageRecord


@pytest.fixture
async def world() -> AsyncIterator[World]:
    with trio.fail_after(10_000):
        async with open_world(
            limits=Limits(inbox_messages=2, retained_messages=2)
        ) as world:
            yield world


def moment(text: str | None) -> datetime.datetime:
    assert text is not None
    return datetime.datetime.fromisoformat(text)


def record_of(world: World, message_id: str) -> MessageRecord:
    return world.journal.state.ledger.messages[message_id]


async def refusal(send: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        await send
    return refused.value


def make_repository(root: Path) -> str:
    """As much of a repository as it takes to be one; its real path."""
    for part in (".git/objects", ".git/refs"):
        (root / part).mkdir(parents=True)
    (root / ".git/HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")
    return str(root.resolve())


# ---- the same message again


async def test_a_message_sent_again_under_its_key_is_the_first_one(
    autojump_clock: MockClock, world: World
) -> None:
    """Even if the target would mean somebody else, or nobody, by now."""
    ann, bob = await world.session("ann"), await world.session("bob", tags=("x",))
    wishes = Wishes(idempotency_key="k")
    first = await world.send(ann, TagTarget(tag="x"), wishes=wishes, text="hi")
    await world.session("cyd", tags=("x",))
    second = await world.send(ann, TagTarget(tag="x"), wishes=wishes, text="hi")
    assert not first.is_repeated
    assert second.is_repeated
    assert second.message_id == first.message_id
    assert [row.session_name for row in second.recipients] == ["bob"]
    await world.journal.record(SessionClosed(session_id=bob.session_id, reason="ended"))
    third = await world.send(ann, TagTarget(tag="x"), wishes=wishes, text="hi")
    assert third.message_id == first.message_id
    assert [row.state for row in third.recipients] == ["dead"]
    assert len(world.recorded(MessageSent)) == 1


async def test_a_key_that_was_used_for_another_message_is_refused(
    autojump_clock: MockClock, world: World
) -> None:
    """Whoever makes keys badly is told, and nothing is taken for sent that was not."""
    ann, bob = await world.session("ann"), await world.session("bob")
    wishes = Wishes(idempotency_key="k")
    await world.send(ann, bob, wishes=wishes, text="hi")
    for sending in (
        world.send(ann, bob, wishes=wishes, text="ho"),
        world.send(ann, bob, "other", wishes=wishes, text="hi"),
        world.send(ann, ann, wishes=wishes, text="hi"),
        world.send(ann, bob, wishes=wishes, text="hi", in_reply_to="m"),
        world.send(
            ann, bob, wishes=Wishes(idempotency_key="k", deliver="one"), text="hi"
        ),
    ):
        error = await refusal(sending)
        assert error.code == "InvalidArgument"
        assert "idempotency_key 'k'" in error.message
    assert len(world.recorded(MessageSent)) == 1


async def test_keys_are_each_senders_own(
    autojump_clock: MockClock, world: World
) -> None:
    """Two agents number their messages from one."""
    ann, bob = await world.session("ann"), await world.session("bob")
    cyd = await world.session("cyd")
    wishes = Wishes(idempotency_key="1")
    sent = [
        await world.send(one, cyd, one.session_name, wishes=wishes)
        for one in (ann, bob)
    ]
    assert len({one.message_id for one in sent}) == 2


async def test_a_key_outlives_the_router(
    autojump_clock: MockClock, world: World
) -> None:
    """It is kept with the message, not in an actor."""
    ann, bob = await world.session("ann"), await world.session("bob")
    wishes = Wishes(idempotency_key="k")
    first = await world.send(ann, bob, wishes=wishes)
    await world.crash(world.router)
    assert (await world.send(ann, bob, wishes=wishes)).message_id == first.message_id


async def test_a_key_outlives_what_is_known_of_its_message(
    autojump_clock: MockClock, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That it was sent is certain; what became of it is another question."""
    monkeypatch.setattr(ledger, "KEEP_FINISHED", 0)
    ann, bob = await world.session("ann"), await world.session("bob")
    wishes = Wishes(idempotency_key="k")
    first = await world.send(ann, bob, wishes=wishes)
    await world.journal.record(
        MessagesConsumed(
            session_id=bob.session_id,
            message_ids=(first.message_id,),
            evidence="it went on",
        )
    )
    assert first.message_id not in world.journal.state.ledger.messages
    again = await world.send(ann, bob, wishes=wishes)
    assert (again.message_id, again.is_repeated) == (first.message_id, True)


async def test_a_repetition_that_cannot_be_looked_up_now_is_told_so(
    patient_clock: MockClock,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """It is not sent a second time, and nobody else suffers."""
    monkeypatch.setattr(ledger, "KEEP_FINISHED", 0)
    ann, bob = await world.session("ann"), await world.session("bob")
    wishes = Wishes(idempotency_key="k")
    first = await world.send(ann, bob, wishes=wishes)
    await world.journal.record(
        MessagesConsumed(
            session_id=bob.session_id,
            message_ids=(first.message_id,),
            evidence="it went on",
        )
    )
    with monkeypatch.context() as patched:
        patched.setattr(world.journal, "path", tmp_path / "no such file")
        with pytest.raises(Unavailable):
            await world.send(ann, bob, wishes=wishes)
    assert len(world.recorded(MessageSent)) == 1
    await world.send(ann, bob)
    assert world.router.incarnation == 1


async def test_what_fails_uses_no_key_up(
    autojump_clock: MockClock, world: World
) -> None:
    """The same key may be tried until it works."""
    ann = await world.session("ann")
    wishes = Wishes(idempotency_key="k")
    assert (await refusal(world.send(ann, TagTarget(tag="x"), wishes=wishes))).code == (
        "NoRecipients"
    )
    await world.session("bob", tags=("x",))
    sent = await world.send(ann, TagTarget(tag="x"), wishes=wishes)
    assert not sent.is_repeated


async def test_a_key_outlives_the_worktree_that_its_message_was_for(
    patient_clock: MockClock, world: World, tmp_path: Path
) -> None:
    """Whether it was sent does not depend on what the path leads to by now."""
    cwd = make_repository(tmp_path / "tree")
    ann = await world.session("ann", cwd=str(tmp_path))
    await world.session("bob", worktree=cwd)
    wishes = Wishes(idempotency_key="k")
    first = await world.send(ann, WorktreeTarget(path="tree"), wishes=wishes)
    shutil.rmtree(tmp_path / "tree")
    again = await world.send(ann, WorktreeTarget(path="tree"), wishes=wishes)
    assert (again.message_id, again.is_repeated) == (first.message_id, True)
    error = await refusal(world.send(ann, WorktreeTarget(path="tree")))
    assert error.code == "InvalidTarget"


def test_a_fingerprint_is_of_what_was_sent_and_not_of_its_spelling() -> None:
    """The order of keys in a JSON object means nothing."""

    def message(payload: dict[str, Any]) -> SendMessage:
        return SendMessage(
            session_id="a",
            attested="process",
            target=SessionTarget(session="b"),
            type="t",
            payload=payload,
        )

    one = message({"a": 1, "b": {"c": 2, "d": 3}}).fingerprint()
    assert message({"b": {"d": 3, "c": 2}, "a": 1}).fingerprint() == one
    assert message({"b": {"d": 3, "c": 2}, "a": 2}).fingerprint() != one


# ---- what is written down


async def test_expiry_priority_and_whom_to_tell_are_kept_with_the_message(
    autojump_clock: MockClock, world: World
) -> None:
    """Others act on them later, after a restart too."""
    ann, bob = await world.session("ann"), await world.session("bob")
    wishes = Wishes(
        deliver="one", priority="high", expires_seconds=90, tell_failure=False
    )
    sent = await world.send(ann, bob, wishes=wishes)
    record = record_of(world, sent.message_id)
    envelope = record.envelope
    assert (envelope.deliver, envelope.priority) == ("one", "high")
    lasts = moment(envelope.expires_at) - moment(envelope.sent_at)
    assert 89 < lasts.total_seconds() < 95
    assert sent.expires_at == envelope.expires_at
    assert sent.retained_until is None
    assert not record.terms.tell_failure
    usual = record_of(world, (await world.send(ann, bob)).message_id)
    assert (usual.envelope.deliver, usual.envelope.priority) == ("all", "normal")
    assert usual.envelope.expires_at is None
    assert usual.terms.tell_failure


async def test_answers_carry_the_id_of_the_message_that_began_it_all(
    autojump_clock: MockClock, world: World
) -> None:
    """A conversation is found as a whole, however long it gets."""
    ann, bob = await world.session("ann"), await world.session("bob")
    first = await world.send(ann, bob)
    second = await world.send(bob, ann, in_reply_to=first.message_id)
    third = await world.send(ann, bob, in_reply_to=second.message_id)
    threads = [
        record_of(world, one.message_id).envelope.thread
        for one in (first, second, third)
    ]
    assert threads == [None, first.message_id, first.message_id]
    lost = await world.send(bob, ann, in_reply_to="nobody-knows")
    envelope = record_of(world, lost.message_id).envelope
    assert (envelope.in_reply_to, envelope.thread) == ("nobody-knows", None)


# ---- those who come later


async def test_a_message_for_newcomers_needs_nobody_now(
    patient_clock: MockClock, world: World, tmp_path: Path
) -> None:
    """What the target means later depends on where the sender stood."""
    cwd = make_repository(tmp_path)
    ann = await world.session("ann", cwd=cwd, repository="/r", parent="p")
    wishes = Wishes(retain_seconds=60)
    sent = await world.send(ann, WorktreeTarget(path="."), wishes=wishes)
    assert sent.recipients == ()
    record = record_of(world, sent.message_id)
    assert record.retained
    assert sent.retained_until == record.terms.retain_until
    lasts = moment(sent.retained_until) - moment(record.envelope.sent_at)
    assert 59 < lasts.total_seconds() < 65
    scope = record.terms.scope
    assert scope is not None
    assert (scope.cwd, scope.repository, scope.parent) == (cwd, "/r", "p")
    assert scope.worktrees == {".": cwd}


async def test_only_so_many_messages_of_a_sender_are_kept_for_newcomers(
    patient_clock: MockClock, world: World
) -> None:
    """Each lies in memory until its time is up, so a loop must not fill it."""
    ann, bob = await world.session("ann"), await world.session("bob")
    wishes = Wishes(retain_seconds=60)
    for _ in range(2):
        await world.send(ann, TagTarget(tag="x"), wishes=wishes)
    refused = await refusal(world.send(ann, TagTarget(tag="x"), wishes=wishes))
    assert refused.code == "RateLimited"
    assert refused.data is not None
    assert 0 < refused.data["retry_after"] <= 60
    await world.send(ann, SessionTarget(session="bob"))
    await world.send(bob, TagTarget(tag="x"), wishes=wishes)


async def test_nobody_comes_after_a_message_has_expired(
    autojump_clock: MockClock, world: World
) -> None:
    """It is kept for newcomers no longer than for anybody."""
    ann = await world.session("ann")
    wishes = Wishes(retain_seconds=600, expires_seconds=60)
    sent = await world.send(ann, TagTarget(tag="x"), wishes=wishes)
    late = moment(sent.retained_until) - moment(sent.expires_at)
    assert abs(late.total_seconds()) < 1


async def test_a_full_inbox_refuses_what_newcomers_will_get(
    autojump_clock: MockClock, world: World
) -> None:
    """The answer says so for each; without newcomers it would be `InboxFull`."""
    ann = await world.session("ann")
    full = await world.session("full", tags=("x",))
    await world.journal.record(a_message("a", full), a_message("b", full))
    wishes = Wishes(retain_seconds=60)
    sent = await world.send(ann, TagTarget(tag="x"), wishes=wishes)
    assert [(row.session_name, row.state) for row in sent.recipients] == [
        ("full", "refused")
    ]
    assert record_of(world, sent.message_id).retained


async def test_a_session_that_does_not_exist_is_no_newcomer(
    autojump_clock: MockClock, world: World
) -> None:
    """A name that nobody has is a slip of the pen more often than a wish."""
    ann = await world.session("ann")
    wishes = Wishes(retain_seconds=60)
    error = await refusal(
        world.send(ann, SessionTarget(session="later"), wishes=wishes)
    )
    assert error.code == "SessionNotFound"
