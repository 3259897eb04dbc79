"""Facts, in the past tense: the one stream everything else is folded from.

Whoever changes something records an event; views, inboxes, subscriptions and monitors
follow from it. Nobody notifies anybody by hand.
"""

from __future__ import annotations

from typing import Literal

import attrs

from fugue_actors.protocol.hosting import HostInfo, ProgramExit
from fugue_actors.protocol.layout import Layout
from fugue_actors.protocol.values import (
    Addressee,
    Control,
    Envelope,
    Pane,
    Recording,
    ReleasedBy,
    ReportedStatus,
    Session,
    TakenBy,
    Terms,
    Token,
)


@attrs.frozen(kw_only=True)
class SessionOpened:
    """A session exists and can be addressed."""

    session: Session


@attrs.frozen(kw_only=True)
class SessionClosed:
    """A session is gone; what it had not read is dead."""

    session_id: str
    reason: str


@attrs.frozen(kw_only=True)
class SessionRenamed:
    """A session has this name now, and the one that it had is free."""

    session_id: str
    name: str


@attrs.frozen(kw_only=True)
class GuestHeld:
    """A connection took up a guest session, or let go of it (`holder` None)."""

    session_id: str
    holder: str | None


@attrs.frozen(kw_only=True)
class TagsChanged:
    """A session's tags are now these, sorted."""

    session_id: str
    tags: tuple[str, ...]


@attrs.frozen(kw_only=True)
class StatusReported:
    """An agent said how it is doing."""

    session_id: str
    status: ReportedStatus


@attrs.frozen(kw_only=True)
class PaneOpened:
    """A pane was asked for; its program is starting."""

    pane: Pane


@attrs.frozen(kw_only=True)
class PaneStarted:
    """A pane's program runs in a host."""

    pane_id: str
    session_id: str
    hosted: HostInfo


@attrs.frozen(kw_only=True)
class PaneLinked:
    """A pane actor reached the host under a new generation."""

    pane_id: str
    session_id: str
    generation: int


@attrs.frozen(kw_only=True)
class PaneTitled:
    """The program set a title."""

    pane_id: str
    session_id: str
    title: str


@attrs.frozen(kw_only=True)
class PaneRang:
    """The program rang the bell; several times shortly after each other are one."""

    pane_id: str
    session_id: str


@attrs.frozen(kw_only=True)
class PaneResized:
    """The pane's terminal has a new size."""

    pane_id: str
    session_id: str
    columns: int
    lines: int


@attrs.frozen(kw_only=True)
class PaneExited:
    """The pane's program ended; its screen stays."""

    pane_id: str
    session_id: str
    exit: ProgramExit


@attrs.frozen(kw_only=True)
class PaneLost:
    """The pane's host is gone; nothing is known of its program.

    Without a word; or `orphaned`: it ended since no daemon had come for as long as it was told to
    wait.
    """

    pane_id: str
    session_id: str
    orphaned: bool = False


@attrs.frozen(kw_only=True)
class PaneRestarting:
    """The pane's program is to be started again, for the `streak`th time in a row."""

    pane_id: str
    session_id: str
    streak: int


@attrs.frozen(kw_only=True)
class PaneGaveUp:
    """The pane's program is not started again although it should be, and why."""

    pane_id: str
    session_id: str
    trouble: str


@attrs.frozen(kw_only=True)
class PaneRenamed:
    """The pane has this name now; no other pane of its session has it."""

    pane_id: str
    session_id: str
    name: str


@attrs.frozen(kw_only=True)
class ControlTaken:
    """A person controls the pane from now on; `previous` did until now, if somebody did."""

    pane_id: str
    session_id: str
    control: Control
    why: TakenBy
    previous: str | None = None


@attrs.frozen(kw_only=True)
class ControlReleased:
    """Nobody controls the pane any more."""

    pane_id: str
    session_id: str
    operator: str
    operator_id: str
    why: ReleasedBy


@attrs.frozen(kw_only=True)
class PaneClosed:
    """The pane is no more, and its place in the layout neither."""

    pane_id: str
    session_id: str


@attrs.frozen(kw_only=True)
class LayoutChanged:
    """A session's panes stand like this now; those that were drafts are none any more.

    What opening and closing a pane changes goes without such an event: see
    `arranging.with_pane` and `without_pane`.
    """

    session_id: str
    layout: Layout


@attrs.frozen(kw_only=True)
class MessageSent:
    """A message was accepted: these sessions have it queued, those refused it."""

    envelope: Envelope
    recipients: tuple[Addressee, ...]
    refused: tuple[Addressee, ...] = ()
    terms: Terms = attrs.Factory(Terms)


@attrs.frozen(kw_only=True)
class MessageJoined:
    """Sessions came to belong to the target of a message that is kept for such."""

    message_id: str
    recipients: tuple[Addressee, ...]


@attrs.frozen(kw_only=True)
class RetentionEnded:
    """A session's message is kept no longer for sessions that are yet to come."""

    session_id: str
    message_id: str


@attrs.frozen(kw_only=True)
class MessagesOffered:
    """Messages were handed to a connection, which has not proved yet that it got them."""

    session_id: str
    message_ids: tuple[str, ...]
    holder: str


@attrs.frozen(kw_only=True)
class MessagesConsumed:
    """The connection that was offered these messages has them, and what shows it."""

    session_id: str
    message_ids: tuple[str, ...]
    evidence: str


@attrs.frozen(kw_only=True)
class MessagesReturned:
    """The connection that was offered these messages left first; they are queued again.

    `seen` is False when it is certain that they never left the daemon.
    """

    session_id: str
    message_ids: tuple[str, ...]
    seen: bool = True


@attrs.frozen(kw_only=True)
class DeliveryEnded:
    """A message will not be received by these sessions, and why.

    Nothing happens to those that have it already. One that holds it at this moment can
    refuse it. If its sender has `withdrawn` it, it is told nothing more of it.
    """

    message_id: str
    session_ids: tuple[str, ...]
    state: Literal["expired", "refused"]
    reason: str
    withdrawn: bool = False


@attrs.frozen(kw_only=True)
class FailuresReported:
    """That a session's message was not received by these is settled with that session.

    `recipients` are of those whom `Ledger.to_report` names, empty if there was nobody.
    """

    session_id: str
    message_id: str
    recipients: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class TokenIssued:
    """Somebody may connect over the network who knows this token's secret."""

    token: Token


@attrs.frozen(kw_only=True)
class TokenExchanged:
    """A token that was good for one connection has another secret now.

    Nothing happens if it was exchanged before, or is good no more.
    """

    token_id: str
    digest: str = attrs.field(repr=False)
    expires_at: str


@attrs.frozen(kw_only=True)
class TokenRevoked:
    """A token is good for nothing any more."""

    token_id: str


@attrs.frozen(kw_only=True)
class RecordingStarted:
    """What a pane or a session shows goes to a file from now on."""

    recording: Recording


@attrs.frozen(kw_only=True)
class RecordingEnded:
    """A recording has ended, and why; its file stays."""

    recording_id: str
    session_id: str
    reason: str


Event = (
    SessionOpened
    | SessionClosed
    | SessionRenamed
    | GuestHeld
    | TagsChanged
    | StatusReported
    | PaneOpened
    | PaneStarted
    | PaneLinked
    | PaneTitled
    | PaneRang
    | PaneResized
    | PaneExited
    | PaneLost
    | PaneRestarting
    | PaneGaveUp
    | PaneRenamed
    | ControlTaken
    | ControlReleased
    | PaneClosed
    | LayoutChanged
    | MessageSent
    | MessageJoined
    | RetentionEnded
    | MessagesOffered
    | MessagesConsumed
    | MessagesReturned
    | DeliveryEnded
    | FailuresReported
    | TokenIssued
    | TokenExchanged
    | TokenRevoked
    | RecordingStarted
    | RecordingEnded
)


@attrs.frozen(kw_only=True)
class Recorded:
    """An event with its place in the stream (`seq` from 1) and its time (RFC 3339, UTC)."""

    seq: int
    at: str
    event: Event


def concerns(event: Event) -> tuple[str, ...]:
    """The ids of the sessions an event is about."""
    match event:
        case MessageSent(recipients=recipients) | MessageJoined(recipients=recipients):
            return tuple(one.session_id for one in recipients)
        case DeliveryEnded(session_ids=session_ids):
            return session_ids
        case SessionOpened(session=session):
            return (session.session_id,)
        case PaneOpened(pane=pane):
            return (pane.session_id,)
        case RecordingStarted(recording=recording):
            return (recording.session_id,)
        case TokenIssued() | TokenExchanged() | TokenRevoked():
            return ()
        case _:
            return (event.session_id,)


def messages_of(event: Event) -> tuple[str, ...]:
    """The ids of the messages an event is about; an answer is about its question too."""
    match event:
        case MessageSent(envelope=envelope):
            answered = envelope.in_reply_to
            return (envelope.id,) if answered is None else (envelope.id, answered)
        case MessagesOffered() | MessagesConsumed() | MessagesReturned():
            return event.message_ids
        case MessageJoined() | RetentionEnded() | DeliveryEnded() | FailuresReported():
            return (event.message_id,)
        case _:
            return ()
