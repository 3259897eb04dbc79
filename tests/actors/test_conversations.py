"""Conversations that run away are paused, and nothing else is."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest
import trio
from actorkit import World, open_world
from hypothesis import given, strategies as st
from strategies import untimed
from trio.testing import wait_all_tasks_blocked

from fugue_actors.actors import conversations
from fugue_actors.actors.conversations import Conversations, Verdict
from fugue_actors.actors.limits import Limits
from fugue_actors.actors.ratelimit import RateLimit
from fugue_actors.actors.sending import Wishes
from fugue_actors.actors.targets import BroadcastTarget, SessionTarget, TagTarget
from fugue_actors.errors import Refused
from fugue_actors.protocol.events import MessageSent, SessionClosed
from fugue_actors.protocol.values import DAEMON

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from trio.testing import MockClock

    from fugue_actors.protocol.values import Session


# ---- the pure part


def three_a_minute(pause: float = 30.0) -> Conversations:
    return Conversations(RateLimit(per_minute=3, burst=3), pause)


def held(verdict: Verdict) -> list[str]:
    """Who must not get it."""
    return list(verdict.paused)


def test_a_pair_is_paused_beyond_its_burst_in_either_direction() -> None:
    """Who answers an answer is as much a part of the loop as who began it."""
    talk = three_a_minute()
    for sender, recipient in (("a", "b"), ("b", "a"), ("a", "b")):
        assert talk.judge(sender, [recipient], 0.0) == Verdict(paused={})
    verdict = talk.judge("b", ["a"], 1.0)
    assert held(verdict) == ["a"]
    (begun,) = verdict.begun
    assert sorted(begun.members) == ["a", "b"]
    assert begun.thread is None
    again = talk.judge("a", ["b"], 30.9)
    assert (held(again), again.begun) == (["b"], ())
    assert held(talk.judge("a", ["c"], 1.0)) == []
    assert held(talk.judge("a", ["b"], 31.0)) == []


def test_what_is_refused_uses_nothing_up() -> None:
    """A pause ends when it was said to end, however often somebody tries meanwhile."""
    talk = three_a_minute()
    for _ in range(50):
        talk.judge("a", ["b"], 0.0)
    # Thirty seconds of three a minute are one and a half.
    assert held(talk.judge("a", ["b"], 30.0)) == []
    verdict = talk.judge("a", ["b"], 30.0)
    assert held(verdict) == ["b"]
    assert len(verdict.begun) == 1


def test_of_many_recipients_only_those_of_paused_pairs_are_left_out() -> None:
    """The others have nothing to do with it."""
    talk = three_a_minute()
    for _ in range(4):
        talk.judge("a", ["b"], 0.0)
    verdict = talk.judge("a", ["b", "c"], 1.0)
    assert (held(verdict), verdict.begun) == (["b"], ())


def test_a_thread_is_paused_whoever_takes_part() -> None:
    """Three that answer each other in a ring exceed no pair's rate."""
    talk = three_a_minute()
    ring = [("a", "b"), ("b", "c"), ("c", "a")]
    for sender, recipient in ring * 2:
        assert held(talk.judge(sender, [recipient], 0.0, thread="t")) == []
    verdict = talk.judge("a", ["b"], 0.0, thread="t")
    assert held(verdict) == ["b"]
    (begun,) = verdict.begun
    assert begun.thread == "t"
    assert sorted(begun.members) == ["a", "b", "c"]
    assert held(talk.judge("d", ["b"], 1.0, thread="t")) == ["b"]
    assert held(talk.judge("a", ["b"], 1.0)) == []
    assert held(talk.judge("b", ["c"], 1.0, thread="u")) == []


def test_many_first_answers_to_one_question_are_no_storm() -> None:
    """Whoever asks a hundred sessions gets a hundred answers at once."""
    talk = three_a_minute()
    for number in range(100):
        assert held(talk.judge(f"s{number}", ["asker"], 0.0, thread="t")) == []


def test_a_first_word_is_free_even_in_a_thread_that_is_used_up() -> None:
    """It is what others said that was too much, and only who goes on stops it."""
    talk = three_a_minute()
    for number in range(4):
        talk.judge("a", [f"b{number}"], 0.0, thread="t")
    assert held(talk.judge("c", ["a"], 0.0, thread="t")) == []
    assert held(talk.judge("c", ["a"], 0.0, thread="t")) == ["a"]


def test_what_a_paused_pair_tries_to_say_uses_up_no_thread() -> None:
    """Others may go on in it."""
    talk = three_a_minute()
    for _ in range(4):
        talk.judge("a", ["b"], 0.0)
    for _ in range(9):
        assert held(talk.judge("a", ["b"], 1.0, thread="t")) == ["b"]
    for number in range(4):
        assert held(talk.judge("c", [f"d{number}"], 1.0, thread="t")) == []


def test_first_words_are_free_for_so_many_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remembered of a thread is bounded; beyond it every word counts."""
    monkeypatch.setattr(conversations, "MOST_MEMBERS", 2)
    talk = three_a_minute()
    said = [
        held(talk.judge(f"s{number}", ["asker"], 0.0, thread="t"))
        for number in range(6)
    ]
    assert said == [[], [], [], [], [], ["asker"]]


def test_work_for_one_of_several_is_no_talk_between_pairs() -> None:
    """A queue may be filled as fast as one likes, but for the sender's own limit."""
    talk = three_a_minute()
    for _ in range(20):
        assert held(talk.judge("a", ["b", "c"], 0.0, is_for_one=True)) == []


def test_conversations_that_are_quiet_for_longest_are_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ten thousand sessions have fifty million pairs."""
    monkeypatch.setattr(conversations, "KEPT_CONVERSATIONS", 2)
    talk = three_a_minute()
    for other in ("b", "c", "b", "d", "b", "e"):
        talk.judge("a", [other], 0.0)
    assert list(talk.known) == [("a", "b"), ("a", "e")]
    assert held(talk.judge("a", ["b"], 0.0)) == ["b"]


def test_a_rate_of_zero_is_no_limit() -> None:
    """People may switch it off."""
    talk = Conversations(RateLimit(per_minute=0), 30.0)
    for _ in range(100):
        assert talk.judge("a", ["b"], 0.0, thread="t") == Verdict(paused={})


@untimed
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"), st.sets(st.sampled_from("abc")), st.integers(0, 9)
        ),
        max_size=60,
    )
)
def test_pairs_agree_with_counting_in_whole_numbers(
    said: list[tuple[str, set[str], int]],
) -> None:
    """Three at once and one in twenty seconds; a pause of thirty seconds."""
    talk = three_a_minute()
    level: dict[frozenset[str], int] = defaultdict(lambda: 60)
    since: dict[frozenset[str], int] = defaultdict(int)
    until: dict[frozenset[str], int] = defaultdict(int)
    now = 0
    for sender, recipients, wait in said:
        now += wait
        verdict = talk.judge(sender, sorted(recipients), now)
        expected, begun = [], set()
        for recipient in sorted(recipients):
            pair = frozenset((sender, recipient))
            level[pair] = min(60, level[pair] + now - since[pair])
            since[pair] = now
            if now >= until[pair] and level[pair] >= 20:
                level[pair] -= 20
                continue
            if now >= until[pair]:
                until[pair] = now + 30
                begun.add(pair)
            expected.append(recipient)
        assert held(verdict) == expected
        assert {frozenset(one.members) for one in verdict.begun} == begun


# ---- the router


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Five messages at once in a conversation, then one a second; pauses of a minute."""
    limits = Limits(
        conversation_per_minute=60, conversation_burst=5, sends_per_minute=0
    )
    with trio.fail_after(10_000):
        async with open_world(limits=limits) as world:
            yield world


async def refusal(send: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        await send
    return refused.value


async def notices(world: World, session: Session) -> list[dict[str, Any]]:
    """What the daemon told a session of pauses."""
    await wait_all_tasks_blocked()
    found = world.journal.state.ledger.inbox(session.session_id)
    return [one.payload for one in found if one.type == "conversation_paused"]


async def test_two_that_answer_each_other_without_end_are_stopped_and_told(
    autojump_clock: MockClock, world: World
) -> None:
    """Each once, whoever tries and however often; then they may go on."""
    ann, bob = await world.session("ann"), await world.session("bob")
    for _ in range(2):
        await world.send(ann, bob)
        await world.send(bob, ann)
    await world.send(ann, bob)
    error = await refusal(world.send(bob, ann))
    assert error.code == "RateLimited"
    assert "your conversation with ann is paused" in error.message
    assert error.data == {"retry_after": 60.0, "conversation": {"with": ["ann"]}}
    await trio.sleep(12.5)
    error = await refusal(world.send(ann, SessionTarget(session=bob.session_id)))
    assert error.data == {"retry_after": 47.5, "conversation": {"with": ["bob"]}}
    for session, other in ((ann, "bob"), (bob, "ann")):
        (notice,) = await notices(world, session)
        assert notice["with"] == [other]
        assert notice["seconds"] == 60.0
        assert "60 messages a minute" in notice["reason"]
        assert notice["until"].endswith("Z")
    await trio.sleep(47.5)
    for _ in range(5):
        await world.send(bob, ann)
    assert (await refusal(world.send(bob, ann))).code == "RateLimited"
    assert len(await notices(world, ann)) == 2


async def test_the_notice_comes_from_the_daemon_itself(
    autojump_clock: MockClock, world: World
) -> None:
    """Nobody can make believe that somebody is paused."""
    ann, bob = await world.session("ann"), await world.session("bob")
    for _ in range(5):
        await world.send(ann, bob)
    await refusal(world.send(ann, bob))
    await wait_all_tasks_blocked()
    (envelope,) = world.journal.state.ledger.inbox(ann.session_id)
    assert envelope.sender == DAEMON
    assert envelope.target == {"session": "ann"}
    assert envelope.type == "conversation_paused"


async def test_others_are_not_concerned_by_a_pause(
    autojump_clock: MockClock, world: World
) -> None:
    """Both may ask for help, and be told to stop."""
    ann, bob = await world.session("ann"), await world.session("bob", tags=("x",))
    cyd = await world.session("cyd", tags=("x",))
    for _ in range(5):
        await world.send(ann, bob)
    await refusal(world.send(ann, bob))
    await world.send(ann, cyd)
    await world.send(cyd, bob)
    sent = await world.send(ann, TagTarget(tag="x"))
    rows = {row.session_name: (row.state, row.evidence) for row in sent.recipients}
    assert rows == {
        "bob": ("refused", "your conversation with it is paused"),
        "cyd": ("queued", None),
    }


async def test_a_thread_among_three_is_stopped_as_a_whole(
    autojump_clock: MockClock, world: World
) -> None:
    """All who spoke in it are told with whom, and about what."""
    ann, bob, cyd = [await world.session(name) for name in ("ann", "bob", "cyd")]
    first = await world.send(ann, bob)
    last = first
    for sender, recipient in [(bob, cyd), (cyd, ann), (ann, bob)] * 2:
        last = await world.send(sender, recipient, in_reply_to=last.message_id)
    for sender, recipient in [(bob, cyd), (cyd, ann)]:
        last = await world.send(sender, recipient, in_reply_to=last.message_id)
    error = await refusal(world.send(ann, bob, in_reply_to=last.message_id))
    assert error.data == {
        "retry_after": 60.0,
        "conversation": {"with": ["bob", "cyd"], "thread": first.message_id},
    }
    for session, others in ((ann, ["bob", "cyd"]), (bob, ["cyd", "ann"])):
        (notice,) = await notices(world, session)
        assert (notice["with"], notice["thread"]) == (others, first.message_id)
    await world.send(ann, bob)


async def test_those_who_have_ended_are_not_told(
    autojump_clock: MockClock, world: World
) -> None:
    """There is nobody to be told."""
    team = [await world.session(name) for name in ("ann", "bob", "cyd", "dan")]
    ann, bob, cyd, dan = team
    last = await world.send(ann, bob)
    for sender, recipient in [(dan, ann), *[(bob, cyd), (cyd, ann), (ann, bob)] * 3]:
        if sender is bob:
            await world.journal.record(
                SessionClosed(session_id=dan.session_id, reason="ended")
            )
        with contextlib.suppress(Refused):
            last = await world.send(sender, recipient, in_reply_to=last.message_id)
    await wait_all_tasks_blocked()
    told = [
        one.recipients[0].session_name
        for one in world.recorded(MessageSent)
        if one.envelope.type == "conversation_paused"
    ]
    assert sorted(told) == ["ann", "bob", "cyd"]


async def test_broadcasts_and_work_for_one_count_for_no_pair(
    autojump_clock: MockClock, world: World
) -> None:
    """They have limits of their own."""
    ann, bob = await world.session("ann"), await world.session("bob", tags=("x",))
    for _ in range(10):
        await world.send(ann, BroadcastTarget(scope="server"))
        await world.send(ann, TagTarget(tag="x"), wishes=Wishes(deliver="one"))
    await world.send(ann, bob)


async def test_a_sender_may_not_send_more_than_its_share(
    autojump_clock: MockClock,
) -> None:
    """Whatever it sends and to whom; the others are free to go on."""
    limits = Limits(sends_per_minute=60, send_burst=3)
    async with open_world(limits=limits) as world:
        ann, bob, cyd = [await world.session(name) for name in ("ann", "bob", "cyd")]
        for target in (bob, cyd, BroadcastTarget(scope="server")):
            await world.send(ann, target)
        error = await refusal(world.send(ann, bob))
        assert error.code == "RateLimited"
        assert error.data == {"retry_after": 1.0}
        assert "60 messages a minute" in error.message
        await world.send(bob, cyd)
        await trio.sleep(1)
        await world.send(ann, bob)


async def test_limits_can_be_switched_off(autojump_clock: MockClock) -> None:
    """Some fleets are programs, and fast ones."""
    limits = Limits(
        sends_per_minute=0, broadcasts_per_minute=0, conversation_per_minute=0
    )
    async with open_world(limits=limits) as world:
        ann, bob = await world.session("ann"), await world.session("bob")
        for _ in range(100):
            await world.send(ann, BroadcastTarget(scope="server"))
        for _ in range(1_100):
            await world.send(ann, bob)
