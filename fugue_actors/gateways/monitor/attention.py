"""Why a session may need a person. Pure.

A plea is a request for help that nobody has answered. It is over with an answer, and when
its sender reports how it is doing, for then it went on without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fugue_actors.gateways.operations import views

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fugue_actors.journal import MessageRecord, State
    from fugue_actors.protocol.values import Pane, Session

WAITING: Final = ("waiting_for_input", "blocked", "error")
"""What agents report of themselves when they cannot go on."""
PLEA: Final = "help_request"
LONGEST_TEXT: Final = 500


class Pleas:
    """The unanswered requests for help, by sender, oldest first.

    Args:
        records: The messages there are.
    """

    def __init__(self, records: Iterable[MessageRecord]) -> None:
        self.by_session: dict[str, dict[str, MessageRecord]] = {}
        self.senders: dict[str, str] = {}
        for record in records:
            if record.envelope.type == PLEA:
                self.note(record.envelope.id, record)

    def note(self, message_id: str, record: MessageRecord | None) -> str | None:
        """Something happened to a message, or it was forgotten.

        Returns:
            The session whose pleas are others now, if so.
        """
        if record is None or record.envelope.type != PLEA:
            sender = self.senders.get(message_id)
        else:
            sender = record.envelope.sender.session_id
        if sender is None:
            return None
        if record is not None and is_unanswered(record):
            self.senders[message_id] = sender
            self.by_session.setdefault(sender, {})[message_id] = record
        elif self.senders.pop(message_id, None) is not None:
            del self.by_session[sender][message_id]
            if not self.by_session[sender]:
                del self.by_session[sender]
        return sender

    def of(self, session: Session) -> list[MessageRecord]:
        """A session's pleas since it last said how it is doing."""
        since = "" if session.status is None else session.status.since
        pleas = self.by_session.get(session.session_id, {}).values()
        return [one for one in pleas if one.envelope.sent_at > since]


def is_unanswered(record: MessageRecord) -> bool:
    """Whether nobody has answered a message."""
    return all(row.state != "answered" for row in record.recipients.values())


def reasons(state: State, session: Session, pleas: Pleas) -> list[dict[str, Any]]:
    """Why somebody should look at a session; empty if nobody needs to."""
    found: list[dict[str, Any]] = []
    status = session.status
    if status is not None and status.status in WAITING:
        found.append(reason(status.status, status.message or "", since=status.since))
    for record in pleas.of(session):
        context = record.envelope.payload.get("context", "")
        found.append(reason("help", str(context), since=record.envelope.sent_at))
    for pane_id in state.layout_of(session.session_id).pane_ids:
        found += of_pane(state.panes[pane_id])
    return found


def discreet(reasons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same for those who may not read what others say to each other."""
    return [
        {**one, "text": "it asked for help"} if one["reason"] == "help" else one
        for one in reasons
    ]


def of_pane(pane: Pane) -> list[dict[str, Any]]:
    """Why somebody should look at a pane."""
    found = []
    if pane.trouble is not None:
        found.append(reason("trouble", pane.trouble, pane_id=pane.pane_id))
    if pane.state == "lost":
        found.append(reason("lost", "its host has died", pane_id=pane.pane_id))
    if pane.state == "exited" and pane.exit is not None:
        if pane.exit.signal is not None:
            text = f"its program was ended by {pane.exit.signal}"
            found.append(reason("failed", text, pane_id=pane.pane_id))
        elif pane.exit.code:
            text = f"its program failed with exit code {pane.exit.code}"
            found.append(reason("failed", text, pane_id=pane.pane_id))
    return found


def reason(
    name: str, text: str, *, since: str | None = None, pane_id: str | None = None
) -> dict[str, Any]:
    """One reason in the form clients get it."""
    text = text[:LONGEST_TEXT]
    return views.without_none(reason=name, text=text, since=since, pane_id=pane_id)
