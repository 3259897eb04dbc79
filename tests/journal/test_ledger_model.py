"""The ledger against a plain reference: whatever happens in whatever order, both agree.

Ids are drawn from those there are, those that are forgotten and those that never were,
and everything is tried in every state: what is recorded can come too late.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from plainledger import Message, PlainLedger
from strategies import untimed

from fugue_actors.journal import ledger as module
from fugue_actors.journal.ledger import Ledger
from fugue_actors.journal.views import State
from fugue_actors.protocol import events as happened
from fugue_actors.protocol.values import (
    DAEMON,
    Addressee,
    Envelope,
    Sender,
    Session,
    Terms,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAMES = ["ann", "bob", "cid"]
KEEP_FINISHED, KEEP_ROWS, KEEP_KEYS = 3, 7, 2

names = st.sampled_from([*NAMES * 4, "stranger"])
groups = st.sampled_from([NAMES, NAMES[:2]]) | st.lists(names, max_size=4)
# By age: mostly the newest, sometimes one that is forgotten, or was never sent.
one = st.sampled_from([0, 0, 0, 0, 1, 1, 2, 3, 5, 9, -1])
picks = st.integers(0, 5)
holders = st.sampled_from(["/c/1", "/c/2"])
some = st.lists(one, min_size=1, max_size=3)


def addressed(sessions: list[str]) -> tuple[Addressee, ...]:
    return tuple(Addressee(session_id=s, session_name=s.upper()) for s in sessions)


class LedgerMachine(RuleBasedStateMachine):
    """See the module's docstring."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(module, "KEEP_FINISHED", KEEP_FINISHED)
        self.patch.setattr(module, "KEEP_FINISHED_ROWS", KEEP_ROWS)
        self.patch.setattr(module, "KEEP_KEYS", KEEP_KEYS)
        self.state = State()
        self.plain = PlainLedger(KEEP_FINISHED, KEEP_ROWS, KEEP_KEYS)
        self.seq = 0
        self.sent: list[str] = []

    def teardown(self) -> None:
        self.patch.undo()

    def happen(self, event: happened.Event) -> str:
        """Fold an event in; its time."""
        self.seq += 1
        at = f"t{self.seq}"
        recorded = happened.Recorded(seq=self.seq, at=at, event=event)
        self.state.apply(recorded)
        return at

    def id(self, pick: int) -> str:
        """One of the newest messages, or none that ever was."""
        if pick < 0 or not self.sent:
            return "none"
        return self.sent[-1 - pick % len(self.sent)]

    def one_with(self, what: Callable[[str], Iterator[object]], pick: int) -> str:
        """A session of which there is something, if there is any such session."""
        found = [name for name in NAMES if any(True for _ in what(name))] or NAMES
        return found[pick % len(found)]

    def ids(self, picks: list[int]) -> list[str]:
        return [self.id(pick) for pick in picks]

    # Sessions

    @initialize()
    def begin(self) -> None:
        for name in NAMES:
            self.open(name)

    @rule(pick=picks)
    def begin_anew(self, pick: int) -> None:
        """Every session is there again, and one is announced a second time."""
        for name in [n for n in NAMES if n not in self.state.sessions]:
            self.open(name)
        self.open(NAMES[pick % len(NAMES)])

    def open(self, name: str) -> None:
        session = Session(
            session_id=name,
            session_name=name.upper(),
            kind="pane",
            cwd="/",
            repository=None,
            worktree=None,
            parent=None,
        )
        self.happen(happened.SessionOpened(session=session))
        self.plain.opened(name)

    def close(self, name: str) -> None:
        at = self.happen(happened.SessionClosed(session_id=name, reason="it left"))
        self.plain.closed(name, at, "it left")

    # Messages

    @rule(
        sender=st.sampled_from([*NAMES, DAEMON.session_id]),
        to=groups,
        refused=st.just([]) | groups,
        deliver=st.sampled_from(["all", "one"]),
        priority=st.sampled_from(["normal", "normal", "high", "low"]),
        retained=st.sampled_from([False, False, True]),
        tells=st.sampled_from([True, True, False]),
        key=st.sampled_from([None, None, "k1", "k2", "k3"]),
        answers=st.none() | one,
        again=st.sampled_from([False] * 9 + [True]),
    )
    def send(
        self,
        sender: str,
        to: list[str],
        refused: list[str],
        deliver: Any,
        priority: Any,
        retained: bool,
        tells: bool,
        key: str | None,
        answers: int | None,
        again: bool,
    ) -> None:
        """A message is sent, or, by `again`, one that is known comes once more."""
        if again and self.id(0) in self.state.ledger.messages:
            id = self.id(0)
        else:
            id = f"m{len(self.sent):03}"
            self.sent.append(id)
        question = None if answers is None else self.id(answers)
        is_daemon = sender == DAEMON.session_id
        envelope = Envelope(
            id=id,
            sender=DAEMON
            if is_daemon
            else Sender(session_id=sender, session_name=sender, attested="process"),
            target={},
            type="note",
            payload={},
            sent_at="now",
            in_reply_to=None if question == id else question,
            priority=priority,
            deliver=deliver,
        )
        at = self.happen(
            happened.MessageSent(
                envelope=envelope,
                recipients=addressed(to),
                refused=addressed(refused),
                terms=Terms(
                    idempotency_key=key,
                    retain_until="later" if retained else None,
                    tell_failure=tells,
                ),
            )
        )
        self.plain.sent(
            Message(
                id=id,
                number=self.seq,
                sender=sender,
                for_one=deliver == "one",
                priority=priority,
                tells_failure=tells and not is_daemon,
                retained=retained,
            ),
            to,
            refused,
            at,
            key=key,
            answers=envelope.in_reply_to,
        )

    @rule(pick=one, sessions=groups)
    def join(self, pick: int, sessions: list[str]) -> None:
        """Newcomers of a message that is kept for such, or is not."""
        id = self.id(pick)
        event = happened.MessageJoined(message_id=id, recipients=addressed(sessions))
        self.plain.joined(id, sessions, self.happen(event))

    @rule(pick=one, session=names)
    def end_retention(self, pick: int, session: str) -> None:
        """A message is kept no longer."""
        id = self.id(pick)
        self.happen(happened.RetentionEnded(session_id=session, message_id=id))
        self.plain.kept_no_longer(id)

    @rule(session=names, picks=some, holder=holders)
    def offer(self, session: str, picks: list[int], holder: str) -> None:
        """A connection takes any messages."""
        ids = self.ids(picks)
        event = happened.MessagesOffered(
            session_id=session, message_ids=tuple(ids), holder=holder
        )
        self.plain.offered(session, ids, holder, self.happen(event))

    @rule(pick=picks, most=st.integers(1, 3), holder=holders)
    def poll(self, pick: int, most: int, holder: str) -> None:
        """A connection takes what is first in an inbox."""
        session = self.one_with(self.ledger.queued, pick)
        ids = [one.id for one in self.ledger.queued(session)][:most]
        event = happened.MessagesOffered(
            session_id=session, message_ids=tuple(ids), holder=holder
        )
        self.plain.offered(session, ids, holder, self.happen(event))

    @rule(pick=picks)
    def prove(self, pick: int) -> None:
        """A connection shows that it has what it got."""
        session = self.one_with(self.ledger.held, pick)
        ids = [id for id, _ in self.ledger.held(session)]
        event = happened.MessagesConsumed(
            session_id=session, message_ids=tuple(ids), evidence="it went on"
        )
        self.plain.consumed(session, ids, self.happen(event), "it went on")

    @rule(pick=picks, seen=st.booleans())
    def leave(self, pick: int, seen: bool) -> None:
        """A connection ends, and what it held is queued again."""
        session = self.one_with(self.ledger.held, pick)
        ids = [id for id, _ in self.ledger.held(session)]
        event = happened.MessagesReturned(
            session_id=session, message_ids=tuple(ids), seen=seen
        )
        self.plain.returned(session, ids, self.happen(event), seen=seen)

    @rule(pick=picks, holds=st.booleans())
    def die(self, pick: int, holds: bool) -> None:
        """A session ends, while it holds something, or any, or has ended before."""
        self.close(
            self.one_with(self.ledger.held, pick)
            if holds
            else [*NAMES, "stranger"][pick % 4]
        )

    @rule(session=names, picks=some, seen=st.booleans())
    def give_back(self, session: str, picks: list[int], seen: bool) -> None:
        """A connection left without proof, or was late to say so."""
        ids = self.ids(picks)
        event = happened.MessagesReturned(
            session_id=session, message_ids=tuple(ids), seen=seen
        )
        self.plain.returned(session, ids, self.happen(event), seen=seen)

    @rule(session=names, picks=some)
    def consume(self, session: str, picks: list[int]) -> None:
        """A session has messages, as it says."""
        ids = self.ids(picks)
        event = happened.MessagesConsumed(
            session_id=session, message_ids=tuple(ids), evidence="it said so"
        )
        self.plain.consumed(session, ids, self.happen(event), "it said so")

    @rule(
        pick=one,
        sessions=groups,
        state=st.sampled_from(["expired", "refused"]),
        withdrawn=st.sampled_from([False, False, True]),
    )
    def end_delivery(
        self, pick: int, sessions: list[str], state: Any, withdrawn: bool
    ) -> None:
        """A message expires, is refused or is withdrawn."""
        id = self.id(pick)
        event = happened.DeliveryEnded(
            message_id=id,
            session_ids=tuple(sessions),
            state=state,
            reason="why",
            withdrawn=withdrawn,
        )
        at = self.happen(event)
        self.plain.over(id, sessions, state, at, "why", withdrawn=withdrawn)

    @rule(pick=one, sessions=groups)
    def report(self, pick: int, sessions: list[str]) -> None:
        """What went wrong is settled for some, whether it had or not."""
        self.report_these(self.id(pick), sessions)

    @rule(pick=picks)
    def report_all(self, pick: int) -> None:
        """A sender is told all that there is to tell of a message."""
        if self.ledger.to_report:
            id = list(self.ledger.to_report)[pick % len(self.ledger.to_report)]
            told = list(self.ledger.to_report[id])
            self.report_these(id, told)

    def report_these(self, id: str, sessions: list[str]) -> None:
        event = happened.FailuresReported(
            session_id="any", message_id=id, recipients=tuple(sessions)
        )
        self.happen(event)
        self.plain.told(id, sessions)

    @rule()
    def restart(self) -> None:
        """The ledger is put together anew from what must not be forgotten."""
        old, new = self.state.ledger, Ledger()
        for session in old.inboxes:
            new.open_inbox(session)
        for record in old.messages.values():
            if record.envelope.id not in old.finished:
                new.take_up(record)
        new.keys |= old.keys
        new.to_report |= old.to_report
        self.state.ledger = new
        for message in self.plain.finished:
            self.plain.messages.remove(message)
        self.plain.finished.clear()

    # What always holds

    @property
    def ledger(self) -> Ledger:
        return self.state.ledger

    @invariant()
    def the_same_messages_are_known_in_the_same_order(self) -> None:
        assert list(self.ledger.messages) == [m.id for m in self.plain.messages]

    @invariant()
    def every_row_has_the_same_history(self) -> None:
        for message in self.plain.messages:
            record = self.ledger.messages[message.id]
            assert {
                row.session_id: (
                    [attrs.astuple(step) for step in row.steps]
                    + [(row.state, row.at, row.evidence)],
                    row.redelivered,
                )
                for row in (*record.recipients.values(), *record.aside.values())
            } == {s: (r.history, r.redelivered) for s, r in message.rows.items()}
            assert record.recipients.keys() == message.visible.keys()
            assert record.aside.keys() == message.rows.keys() - message.visible.keys()

    @invariant()
    def every_inbox_is_the_same_in_order(self) -> None:
        for session in [*NAMES, "stranger"]:
            expected = self.plain.inbox(session)
            rows = {m.id: m.rows[session] for m in expected}
            assert [
                (one.id, one.redelivered) for one in self.ledger.inbox(session)
            ] == [(id, row.redelivered) for id, row in rows.items()]
            assert [one.id for one in self.ledger.queued(session)] == [
                id for id, row in rows.items() if row.state == "queued"
            ]
            assert dict(self.ledger.held(session)) == {
                id: row.history[-1][2]
                for id, row in rows.items()
                if row.state == "offered"
            }
            assert self.ledger.unread(session) == len(expected)
            inbox = self.ledger.inbox(session)
            size = sum(len(json.dumps(envelope.payload)) for envelope in inbox)
            assert self.ledger.unread_size(session) == size

    @invariant()
    def counts_and_notes_agree(self) -> None:
        for message in self.plain.messages:
            record = self.ledger.messages[message.id]
            assert record.open == sum(row.is_open for row in message.rows.values())
            assert record.retained == message.retained
        plain = self.plain
        assert {id: sorted(who) for id, who in self.ledger.to_report.items()} == {
            m.id: sorted(m.untold) for m in plain.messages if m.untold is not None
        }
        assert {k: v.message_id for k, v in self.ledger.keys.items()} == dict(
            plain.keys
        )
        assert list(self.ledger.finished) == [m.id for m in plain.finished]
        assert self.ledger.finished_rows == sum(len(m.rows) for m in plain.finished)
        assert set(self.ledger.retained) == {m.id for m in plain.messages if m.retained}

    @invariant()
    def nobody_shares_what_is_for_one(self) -> None:
        for record in self.ledger.messages.values():
            if record.envelope.deliver == "one":
                states = [row.state for row in record.recipients.values()]
                assert states.count("offered") + states.count("consumed") <= 1
                assert not (record.aside and "offered" not in states)

    @invariant()
    def nothing_is_kept_for_nothing(self) -> None:
        unfinished = [r for r in self.ledger.messages.values() if r.open or r.retained]
        known = len(unfinished) + len(self.ledger.to_report) + len(self.ledger.finished)
        assert len(self.ledger.messages) <= known
        assert len(self.ledger.finished) <= KEEP_FINISHED
        assert len(self.ledger.keys) <= KEEP_KEYS
        assert set(self.ledger.claimed) == {
            id for id, record in self.ledger.messages.items() if record.aside
        }
        assert set(self.ledger.inboxes) == set(self.plain.sessions)


TestLedger = LedgerMachine.TestCase
TestLedger.settings = settings(untimed, max_examples=200, stateful_step_count=50)
