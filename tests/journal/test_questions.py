"""What the ledger says beside inboxes: open questions, and who has something again."""

from __future__ import annotations

from typing import Any

import pytest
from actorkit import a_message, a_session

from fugue_actors.journal import Journal
from fugue_actors.protocol.events import (
    DeliveryEnded,
    Event,
    MessagesConsumed,
    MessageSent,
    MessagesOffered,
    MessagesReturned,
    SessionClosed,
    SessionOpened,
)
from fugue_actors.protocol.values import Session, Terms

ANN, BOB, CYD = a_session("ann"), a_session("bob"), a_session("cyd")


def question(*recipients: Session, **fields: Any) -> MessageSent:
    sent = a_message("question", *recipients, sender=ANN, **fields)
    return MessageSent(
        envelope=sent.envelope,
        recipients=sent.recipients,
        terms=Terms(wants_answers=True, tell_failure=False),
    )


def claim(sent: MessageSent, by: Session, holder: str = "/c1") -> MessagesOffered:
    return MessagesOffered(
        session_id=by.session_id, message_ids=(sent.envelope.id,), holder=holder
    )


async def opened(*events: Event) -> Journal:
    journal = Journal()
    sessions = (SessionOpened(session=one) for one in (ANN, BOB, CYD))
    await journal.record(*sessions, *events)
    return journal


async def test_a_question_is_open_until_it_is_decided_for_all() -> None:
    """Whoever starts finds the questions that somebody may wait for, and no others."""
    sent = question(BOB, CYD)
    journal = await opened(a_message("note", BOB, sender=ANN), sent)
    questions = journal.state.ledger.questions
    assert list(questions) == [sent.envelope.id]
    ids = (sent.envelope.id,)
    await journal.record(
        MessagesConsumed(session_id=BOB.session_id, message_ids=ids, evidence="x")
    )
    assert list(questions) == [sent.envelope.id]
    await journal.record(
        DeliveryEnded(
            message_id=sent.envelope.id,
            session_ids=(CYD.session_id,),
            state="expired",
            reason="withdrawn",
        )
    )
    assert questions == {}


async def test_a_question_that_is_taken_up_from_disk_is_open_again() -> None:
    """A new daemon has to withdraw what its predecessor's askers wait for no more."""
    sent = question(BOB)
    journal = await opened(sent)
    record = journal.state.ledger.questions[sent.envelope.id]
    later = await opened()
    later.state.ledger.take_up(record)
    assert list(later.state.ledger.questions) == [sent.envelope.id]


@pytest.mark.parametrize("how", ["given back", "refused", "its session ended"])
async def test_those_who_wait_aside_are_told_when_they_can_have_a_message_again(
    how: str,
) -> None:
    """They may wait for one right now, and the event itself is about the claimer."""
    job = a_message("job", BOB, CYD, deliver="one")
    journal = await opened(job, claim(job, BOB))
    heard: list[str] = []
    journal.listen(
        lambda recorded: heard.append(type(recorded.event).__name__),
        session_id=CYD.session_id,
    )
    ids = (job.envelope.id,)
    ends: dict[str, Event] = {
        "given back": MessagesReturned(session_id=BOB.session_id, message_ids=ids),
        "refused": DeliveryEnded(
            message_id=ids[0],
            session_ids=(BOB.session_id,),
            state="refused",
            reason="no",
        ),
        "its session ended": SessionClosed(session_id=BOB.session_id, reason="killed"),
    }
    await journal.record(ends[how])
    assert heard == [type(ends[how]).__name__]
    assert [one.type for one in journal.state.ledger.queued(CYD.session_id)] == ["job"]
    await journal.record(SessionClosed(session_id=ANN.session_id, reason="ended"))
    assert len(heard) == 1


async def test_a_connection_holds_what_the_ledger_says_and_not_what_it_claimed() -> (
    None
):
    """Of two claims to one message the first that is recorded counts."""
    job, note = a_message("job", BOB, CYD, deliver="one"), a_message("note", BOB)
    journal = await opened(job, note, claim(job, CYD, "/c2"))
    ids = (job.envelope.id, note.envelope.id)
    await journal.record(
        MessagesOffered(session_id=BOB.session_id, message_ids=ids, holder="/c1")
    )
    ledger = journal.state.ledger
    got = ledger.held_by("/c1", BOB.session_id, (*ids, "never sent"))
    assert [one.type for one in got] == ["note"]
    assert list(ledger.held_by("/c9", BOB.session_id, ids)) == []
