"""The fold: inboxes, the ledger and sessions, without any actor."""

from __future__ import annotations

import itertools

import attrs
import pytest

from fugue_actors.journal.ledger import KEEP_FINISHED
from fugue_actors.journal.views import State
from fugue_actors.protocol import events as happened
from fugue_actors.protocol.values import Addressee, Envelope, Sender, Session


def opened(name: str, parent: str | None = None) -> happened.SessionOpened:
    return happened.SessionOpened(
        session=Session(
            session_id=f"id-{name}",
            session_name=name,
            kind="pane",
            cwd="/",
            repository=None,
            worktree=None,
            parent=None if parent is None else f"id-{parent}",
        )
    )


def envelope(number: int) -> Envelope:
    return Envelope(
        id=f"m{number:06}",
        sender=Sender(session_id="id-a", session_name="a", attested="process"),
        target={"session": "b"},
        type="note",
        payload={"number": number},
        sent_at="2026-01-01T00:00:00Z",
    )


def folded(*events: happened.Event) -> State:
    state = State()
    for seq, event in enumerate(events, 1):
        state.apply(happened.Recorded(seq=seq, at=f"t{seq}", event=event))
    return state


def addressee(name: str) -> Addressee:
    return Addressee(session_id=f"id-{name}", session_name=name)


def sent(
    number: int, *names: str, refused: tuple[str, ...] = ()
) -> happened.MessageSent:
    return happened.MessageSent(
        envelope=envelope(number),
        recipients=tuple(addressee(name) for name in names),
        refused=tuple(addressee(name) for name in refused),
    )


def ids(number: int) -> tuple[str, ...]:
    return (f"m{number:06}",)


def offered(number: int) -> happened.MessagesOffered:
    return happened.MessagesOffered(
        session_id="id-b", message_ids=ids(number), holder="/c"
    )


def consumed(number: int) -> happened.MessagesConsumed:
    return happened.MessagesConsumed(
        session_id="id-b", message_ids=ids(number), evidence="it went on"
    )


def returned(number: int, *, seen: bool = True) -> happened.MessagesReturned:
    return happened.MessagesReturned(
        session_id="id-b", message_ids=ids(number), seen=seen
    )


def state_of(state: State, number: int, name: str) -> str:
    return state.ledger.messages[f"m{number:06}"].recipients[f"id-{name}"].state


def test_a_message_is_queued_then_offered_then_consumed() -> None:
    """Each step of a message's life is visible to its sender, and leaves the inbox last."""
    steps = [opened("a"), opened("b"), sent(1, "b"), offered(1), consumed(1)]
    seen = []
    for count in (3, 4, 5):
        state = folded(*steps[:count])
        seen.append((state_of(state, 1, "b"), state.ledger.unread("id-b")))
    assert seen == [("queued", 1), ("offered", 1), ("consumed", 0)]


def test_an_offered_message_is_not_handed_out_twice() -> None:
    """What one connection holds is no longer queued for another."""
    state = folded(opened("a"), opened("b"), sent(1, "b"), sent(2, "b"), offered(1))
    assert [entry.id for entry in state.ledger.queued("id-b")] == list(ids(2))


def test_a_returned_message_comes_again_in_its_old_place_and_says_so() -> None:
    """At-least-once in order: a redelivery is marked, and does not lose its place."""
    state = folded(
        opened("a"), opened("b"), sent(1, "b"), sent(2, "b"), offered(1), returned(1)
    )
    first, second = state.ledger.queued("id-b")
    assert (first.id, first.redelivered) == (*ids(1), True)
    assert (second.id, second.redelivered) == (*ids(2), False)


def test_a_message_that_never_left_the_daemon_is_not_called_redelivered() -> None:
    """`redelivered` warns of a possible duplicate; where there was none it must not."""
    state = folded(
        opened("a"), opened("b"), sent(1, "b"), offered(1), returned(1, seen=False)
    )
    (entry,) = state.ledger.queued("id-b")
    assert not entry.redelivered


def test_a_full_inbox_refuses_without_costing_the_others_anything() -> None:
    """One recipient that refuses is told apart, and is not waited for."""
    state = folded(
        opened("a"), opened("b"), opened("c"), sent(1, "b", refused=("c",)), offered(1)
    )
    assert state_of(state, 1, "c") == "refused"
    assert state.ledger.unread("id-c") == 0
    assert state.ledger.messages["m000001"].open == 1


def test_what_an_ended_session_had_not_read_is_dead() -> None:
    """Senders must be able to see that nobody will ever read it."""
    state = folded(
        opened("a"),
        opened("b"),
        sent(1, "b"),
        happened.SessionClosed(session_id="id-b", reason="ended"),
    )
    assert state_of(state, 1, "b") == "dead"
    assert "b" not in state.names


def test_a_name_is_free_again_once_its_session_has_ended() -> None:
    """The same name means the new session, never the old one."""
    again = opened("b")
    again = attrs.evolve(again, session=attrs.evolve(again.session, session_id="id-b2"))
    state = folded(
        opened("b"), happened.SessionClosed(session_id="id-b", reason="x"), again
    )
    found = state.session_named("b")
    assert found is not None
    assert found.session_id == "id-b2"


def test_a_renamed_session_has_its_new_name_and_leaves_the_old_one_free() -> None:
    """Panes and windows are shown with it too; what it was first called is remembered."""
    renamed = happened.SessionRenamed(session_id="id-b", name="c")
    state = folded(opened("b"), renamed)
    assert state.names == {"c": "id-b"}
    assert state.sessions["id-b"].session_name == "c"
    assert ("layout", "id-b") in state.changed
    again = happened.SessionRenamed(session_id="id-b", name="d")
    state = folded(opened("b"), renamed, again, opened("c"))
    assert state.names == {"c": "id-c", "d": "id-b"}
    assert state.sessions["id-b"].asked_name == "b"
    gone = happened.SessionClosed(session_id="id-b", reason="x")
    state = folded(opened("b"), gone, renamed)
    assert (state.names, state.sessions) == ({}, {})


def test_the_ledger_forgets_finished_messages_and_never_unfinished_ones() -> None:
    """Memory is bounded by what is finished; what somebody still waits for stays."""
    state = folded(opened("a"), opened("b"), opened("c"), sent(0, "c"))
    seq = 10
    for number in range(1, KEEP_FINISHED + 3):
        for event in (sent(number, "b"), offered(number), consumed(number)):
            seq += 1
            state.apply(happened.Recorded(seq=seq, at="t", event=event))
    assert "m000000" in state.ledger.messages
    assert "m000001" not in state.ledger.messages
    assert len(state.ledger.messages) == KEEP_FINISHED + 1


def test_ids_that_are_not_in_the_inbox_change_nothing() -> None:
    """A late confirmation of something already consumed is harmless."""
    state = folded(
        opened("a"), opened("b"), sent(1, "b"), offered(1), consumed(1), consumed(1)
    )
    assert state.ledger.messages["m000001"].open == 0
    assert list(state.ledger.finished) == ["m000001"]


def closed(name: str) -> happened.SessionClosed:
    return happened.SessionClosed(session_id=f"id-{name}", reason="ended")


@pytest.mark.parametrize("order", list(itertools.permutations("xyz")))
def test_the_way_up_leads_past_sessions_that_ended_in_any_order(
    order: tuple[str, ...],
) -> None:
    """The orchestrator above is found however many between it and a worker are gone."""
    line = [opened("lead"), opened("x", "lead"), opened("y", "x"), opened("z", "y")]
    ends = [closed(name) for name in order]
    state = folded(*line, opened("worker", "z"), *ends)
    assert state.parents == {"id-z": "id-lead"}
    state.apply(happened.Recorded(seq=9, at="t9", event=closed("lead")))
    assert state.parents == {"id-z": None}


def test_of_ended_sessions_only_parents_of_present_ones_are_remembered() -> None:
    """Each started by the one before, which then ends: a day of that costs nothing."""
    state = folded(opened("0"))
    for number in range(1, 100):
        after, before = str(number), str(number - 1)
        for event in (opened(after, before), closed(before)):
            state.apply(happened.Recorded(seq=number, at="t", event=event))
        assert len(state.parents) <= len(state.sessions)
    state.apply(happened.Recorded(seq=100, at="t", event=closed("99")))
    assert state.parents == {}
