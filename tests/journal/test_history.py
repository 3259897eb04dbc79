"""What the events tell of a message is what the ledger said of it."""

from __future__ import annotations

from typing import Any

from hypothesis import given, strategies as st
from strategies import untimed

from fugue_actors.journal.history import recall, sessions_in
from fugue_actors.journal.views import State
from fugue_actors.protocol import events as happened
from fugue_actors.protocol.values import Addressee, Envelope, Sender, Session, Terms

NAMES = ("ann", "bob", "cid", "dan")
picks = st.integers(0, 30)
steps = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "open",
                "close",
                "send",
                "send",
                "keep",
                "answer",
                "offer",
                "offer",
                "consume",
                "return",
                "end",
                "end",
                "withdraw",
                "join",
                "unkeep",
                "report",
            ]
        ),
        picks,
        st.lists(st.sampled_from(NAMES), unique=True, max_size=3),
    ),
    max_size=40,
)


class Writer:
    """Makes events of what is drawn: such as a daemon could record."""

    def __init__(self) -> None:
        self.state = State()
        self.past: list[happened.Recorded] = []
        self.known: dict[str, Addressee] = {}
        self.sent: list[str] = []
        self.lives = 0
        for name in NAMES:
            self.open(name)

    def record(self, event: happened.Event) -> None:
        seq = len(self.past) + 1
        self.past.append(happened.Recorded(seq=seq, at=f"t{seq:03}", event=event))
        self.state.apply(self.past[-1])

    def open(self, name: str) -> None:
        if name in self.state.names:
            return
        self.lives += 1
        session = Session(
            session_id=f"{name}-{self.lives}",
            session_name=name,
            kind="pane",
            cwd="/",
            repository=None,
            worktree=None,
            parent=None,
        )
        self.record(happened.SessionOpened(session=session))
        # Whom the router means may have ended when the message is recorded.
        self.known[name] = Addressee(session_id=session.session_id, session_name=name)

    def send(self, pick: int, names: list[str], **fields: Any) -> None:
        terms = fields.pop("terms", Terms())
        sender = self.known[NAMES[pick % 4]]
        envelope = Envelope(
            id=f"m{len(self.sent)}",
            sender=Sender(
                session_id=sender.session_id,
                session_name=sender.session_name,
                attested="process",
            ),
            target={"tag": "x"},
            type="note",
            payload={},
            sent_at="t",
            priority=("high", "normal")[pick % 2],
            deliver=("all", "one")[pick // 2 % 2],
            **fields,
        )
        self.sent.append(envelope.id)
        chosen = [self.known[name] for name in names]
        full = pick % 5 == 0
        self.record(
            happened.MessageSent(
                envelope=envelope,
                recipients=tuple(chosen[full:]),
                refused=tuple(chosen[:full]),
                terms=terms,
            )
        )

    def do(self, what: str, pick: int, names: list[str]) -> None:
        match what:
            case "open":
                self.open(NAMES[pick % 4])
                return
            case "close":
                session_id = self.known[NAMES[pick % 4]].session_id
                self.record(
                    happened.SessionClosed(session_id=session_id, reason="ended")
                )
                return
            case "send":
                self.send(pick, names)
                return
            case "keep":
                self.send(pick, names, terms=Terms(retain_until="later"))
                return
        if not self.sent:
            return
        message_id = self.sent[pick % len(self.sent)]
        several = tuple(dict.fromkeys((message_id, self.sent[-1])))
        session_ids = tuple(self.known[name].session_id for name in names)
        one = self.known[NAMES[pick // 3 % 4]].session_id
        match what:
            case "answer":
                self.send(pick // 3, names, in_reply_to=message_id)
            case "offer":
                self.record(
                    happened.MessagesOffered(
                        session_id=one, message_ids=several, holder="/c"
                    )
                )
            case "consume":
                self.record(
                    happened.MessagesConsumed(
                        session_id=one, message_ids=several, evidence="it is"
                    )
                )
            case "return":
                self.record(
                    happened.MessagesReturned(
                        session_id=one, message_ids=several, seen=pick % 2 == 0
                    )
                )
            case "end" | "withdraw":
                self.record(
                    happened.DeliveryEnded(
                        message_id=message_id,
                        session_ids=session_ids,
                        state=("expired", "refused")[pick % 2],
                        reason="so",
                        withdrawn=what == "withdraw",
                    )
                )
            case "join":
                self.record(
                    happened.MessageJoined(
                        message_id=message_id,
                        recipients=tuple(self.known[name] for name in names),
                    )
                )
            case "unkeep":
                self.record(
                    happened.RetentionEnded(session_id=one, message_id=message_id)
                )
            case "report":
                self.record(
                    happened.FailuresReported(
                        session_id=one, message_id=message_id, recipients=session_ids
                    )
                )

    def about(self, message_id: str) -> list[happened.Recorded]:
        """What a store that is asked for a message finds."""
        own = [
            recorded
            for recorded in self.past
            if message_id in happened.messages_of(recorded.event)
        ]
        sessions = sessions_in(recorded.event for recorded in own)
        return [
            recorded
            for recorded in self.past
            if recorded in own
            or (
                isinstance(
                    recorded.event, happened.SessionOpened | happened.SessionClosed
                )
                and sessions.intersection(happened.concerns(recorded.event))
            )
        ]


@untimed
@given(steps)
def test_history_says_of_every_message_what_the_ledger_says(
    drawn: list[tuple[str, int, list[str]]],
) -> None:
    """A sender that looks late learns the same as one that looked in time."""
    writer = Writer()
    for what, pick, names in drawn:
        writer.do(what, pick, names)
    for message_id in writer.sent:
        live = writer.state.ledger.messages.get(message_id)
        assert recall(message_id, writer.about(message_id)) == live


def test_of_a_message_that_nobody_sent_there_is_no_history() -> None:
    """The caller can tell an unknown id from a message without recipients."""
    writer = Writer()
    writer.send(1, ["bob"])
    assert recall("m7", writer.about("m0")) is None
    assert recall("m0", []) is None
