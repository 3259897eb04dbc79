"""A ledger to which a story is told, one event after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from fugue_actors.journal.views import State
from fugue_actors.protocol import events as happened
from fugue_actors.protocol.values import Addressee, Envelope, Sender, Session, Terms

if TYPE_CHECKING:
    from fugue_actors.journal.ledger import Ledger

ANN = Sender(session_id="id-ann", session_name="ann", attested="process")


def addressee(name: str) -> Addressee:
    return Addressee(session_id=f"id-{name}", session_name=name)


class Story:
    """A view that events are told to, one after the other."""

    def __init__(self, *names: str) -> None:
        self.state = State()
        self.seq = 0
        for name in names:
            self.open(name)

    def open(self, name: str) -> None:
        session = Session(
            session_id=f"id-{name}",
            session_name=name,
            kind="pane",
            cwd="/",
            repository=None,
            worktree=None,
            parent=None,
        )
        self.tell(happened.SessionOpened(session=session))

    def tell(self, *events: happened.Event) -> None:
        for event in events:
            self.seq += 1
            self.state.apply(
                happened.Recorded(seq=self.seq, at=f"t{self.seq}", event=event)
            )

    def send(
        self,
        message_id: str,
        *names: str,
        refused: tuple[str, ...] = (),
        sender: Sender = ANN,
        terms: Terms | None = None,
        **fields: Any,
    ) -> None:
        envelope = Envelope(
            id=message_id,
            sender=sender,
            target={"tag": "x"},
            type="note",
            payload={},
            sent_at="2026-01-01T00:00:00Z",
            **fields,
        )
        self.tell(
            happened.MessageSent(
                envelope=envelope,
                recipients=tuple(addressee(name) for name in names),
                refused=tuple(addressee(name) for name in refused),
                terms=terms or Terms(),
            )
        )

    def offer(self, message_id: str, name: str) -> None:
        self.tell(
            happened.MessagesOffered(
                session_id=f"id-{name}", message_ids=(message_id,), holder="/c"
            )
        )

    def consume(self, message_id: str, name: str) -> None:
        self.tell(
            happened.MessagesConsumed(
                session_id=f"id-{name}", message_ids=(message_id,), evidence="it is"
            )
        )

    def close(self, name: str) -> None:
        self.tell(happened.SessionClosed(session_id=f"id-{name}", reason="ended"))

    def give_back(self, message_id: str, name: str, *, seen: bool = True) -> None:
        self.tell(
            happened.MessagesReturned(
                session_id=f"id-{name}", message_ids=(message_id,), seen=seen
            )
        )

    def join(self, message_id: str, *names: str) -> None:
        joined = tuple(addressee(name) for name in names)
        self.tell(happened.MessageJoined(message_id=message_id, recipients=joined))

    def end_retention(self, message_id: str) -> None:
        self.tell(happened.RetentionEnded(session_id="id-ann", message_id=message_id))

    def end(
        self,
        message_id: str,
        *names: str,
        state: Literal["expired", "refused"] = "expired",
        withdrawn: bool = False,
    ) -> None:
        self.tell(
            happened.DeliveryEnded(
                message_id=message_id,
                session_ids=tuple(f"id-{name}" for name in names),
                state=state,
                reason="too late",
                withdrawn=withdrawn,
            )
        )

    def report(self, message_id: str, *names: str) -> None:
        self.tell(
            happened.FailuresReported(
                session_id="id-ann",
                message_id=message_id,
                recipients=tuple(f"id-{name}" for name in names),
            )
        )

    # ---- what the ledger says

    @property
    def ledger(self) -> Ledger:
        return self.state.ledger

    def rows(self, message_id: str) -> dict[str, str]:
        """The state of each row of a message that does not wait aside, by name."""
        record = self.ledger.messages[message_id]
        return {row.session_name: row.state for row in record.recipients.values()}

    def inbox(self, name: str) -> list[str]:
        """The ids of what a session can be given or holds, in order."""
        return [one.id for one in self.ledger.inbox(f"id-{name}")]

    @property
    def to_report(self) -> dict[str, list[str]]:
        return self.state.ledger.to_report
