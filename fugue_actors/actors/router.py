"""The router: who a target means, and one durable entry for each of them.

It resolves targets against the sessions there are, checks limits, and records the
message for all recipients in one step: a message is either sent to everybody named in
the answer, or to nobody. Sessions learn of it from the journal. Enter at `send`.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import attrs
import trio

from fugue_actors.actors import repository
from fugue_actors.actors.ratelimit import Bucket, RateLimit
from fugue_actors.actors.targets import (
    BroadcastTarget,
    Candidate,
    Target,
    WorktreeTarget,
    resolve,
    target_json,
)
from fugue_actors.errors import Refused
from fugue_actors.journal.journal import utc_now
from fugue_actors.kernel import Actor, ChildSpec, MailboxSpec, Overflow, Ref, Request
from fugue_actors.protocol.events import MessageSent
from fugue_actors.protocol.ids import new_message_id
from fugue_actors.protocol.values import (
    Addressee,
    Attested,
    Envelope,
    Recipient,
    Sender,
    Session,
    Terms,
)

if TYPE_CHECKING:
    from fugue_actors.journal import Journal

PATH = "/router"
MAILBOX_BOUND = 1024
KEPT_BUCKETS = 4096


@attrs.frozen(kw_only=True)
class Limits:
    """How much may be said, and left unread."""

    inbox_messages: int = 10_000
    broadcasts_per_minute: int = 60
    broadcast_burst: int = 20


@attrs.frozen(kw_only=True)
class SendResult:
    """A message that was sent, and to whom."""

    message_id: str
    recipients: tuple[Recipient, ...]


@attrs.frozen(kw_only=True)
class SendMessage(Request[SendResult]):
    """Send one message; the sender's fields are the connection's, never the client's."""

    session_id: str
    attested: Attested
    target: Target
    type: str
    payload: dict[str, Any] = attrs.field(repr=False)
    in_reply_to: str | None = None
    worktree_root: str | None = None
    message_id: str | None = None
    wants_answers: bool = False


async def send(
    router: Ref,
    sender: Session,
    attested: Attested,
    target: Target,
    content: tuple[str, dict[str, Any]],
    *,
    in_reply_to: str | None = None,
    message_id: str | None = None,
    wants_answers: bool = False,
) -> SendResult:
    """Send a message from a session.

    Args:
        router: Who sends it.
        sender: The session.
        attested: How far its identity is proven.
        target: Whom it is for.
        content: Type and payload.
        in_reply_to: The message it answers.
        message_id: Its id, if its sender has to know it before it is sent.
        wants_answers: Somebody waits for answers, and is who tells the sender if none
            can come.

    Raises:
        Refused: `NoRecipients`, `NoRepository`, `SessionNotFound`, `InvalidTarget`,
            `RateLimited`, `InboxFull`; nothing was sent.
    """
    root = None
    if isinstance(target, WorktreeTarget):
        root = await worktree_root(target.path, sender.cwd)
    return await router.ask(
        SendMessage(
            session_id=sender.session_id,
            attested=attested,
            target=target,
            type=content[0],
            payload=content[1],
            in_reply_to=in_reply_to,
            worktree_root=root,
            message_id=message_id,
            wants_answers=wants_answers,
        ),
        within=10.0,
    )


async def worktree_root(path: str, cwd: str) -> str:
    """The top of the git worktree a path lies in, relative paths being the sender's.

    Reading the file system can block, so it happens in the asker's task, in a thread.

    Raises:
        Refused: `InvalidTarget` if there is no such path, `NoRepository` if no
            worktree contains it.
    """
    try:
        place = await trio.to_thread.run_sync(
            repository.locate, str(trio.Path(cwd) / path), abandon_on_cancel=True
        )
    except Refused as error:
        raise Refused("InvalidTarget", error.message, hint=error.hint) from error
    if place.worktree is None:
        raise Refused(
            "NoRepository",
            f"{place.cwd} is in no git worktree",
            hint="name a directory inside a git worktree, as `git worktree list` shows",
        )
    return place.worktree


def spec(journal: Journal, limits: Limits) -> ChildSpec:
    """The router, as a child of the root."""
    return ChildSpec(
        id="router",
        factory=lambda: RouterActor(journal, limits),
        mailbox=MailboxSpec(bound=MAILBOX_BOUND, overflow=Overflow.REJECT),
    )


class RouterActor(Actor):
    """See the module's docstring."""

    def __init__(self, journal: Journal, limits: Limits) -> None:
        self.journal = journal
        self.limits = limits
        self.candidates: dict[str, tuple[Session, Candidate]] = {}
        self.buckets: OrderedDict[str, Bucket] = OrderedDict()

    async def handle(self, message: SendMessage) -> SendResult:
        """Resolve, check, record."""
        state = self.journal.state
        session = state.sessions.get(message.session_id)
        if session is None:
            raise Refused("SessionNotFound", "the sender's session has ended")
        everyone = self.everyone()
        recipients = resolve(
            message.target,
            everyone[session.session_id],
            everyone,
            worktree_root=message.worktree_root,
            parents=state.parents,
        )
        if isinstance(message.target, BroadcastTarget):
            self.bucket(session.session_id).take(trio.current_time())
        room = [
            sid
            for sid in recipients
            if state.ledger.unread(sid) < self.limits.inbox_messages
        ]
        if not room:
            raise Refused(
                "InboxFull",
                f"every recipient has {self.limits.inbox_messages} unread messages",
                hint="nothing was sent; let them read, or end sessions nobody serves",
                data={"recipients": list(recipients)},
            )
        envelope = Envelope(
            id=message.message_id or new_message_id(),
            sender=Sender(
                session_id=session.session_id,
                session_name=session.session_name,
                attested=message.attested,
            ),
            target=target_json(message.target),
            type=message.type,
            payload=message.payload,
            sent_at=utc_now(),
            in_reply_to=message.in_reply_to,
        )
        has_room = set(room)
        full = [sid for sid in recipients if sid not in has_room]
        await self.journal.record(
            MessageSent(
                envelope=envelope,
                recipients=self.addressees(room),
                refused=self.addressees(full),
                terms=Terms(
                    wants_answers=message.wants_answers,
                    tell_failure=not message.wants_answers,
                ),
            )
        )
        sent = state.ledger.messages.get(envelope.id)
        if sent is None:
            # Whoever had room ended while it was recorded: nobody got it.
            return await self.handle(message)
        rows = tuple(sent.recipients.values())
        return SendResult(message_id=envelope.id, recipients=rows)

    def addressees(self, session_ids: list[str]) -> tuple[Addressee, ...]:
        """These sessions, as they are called now."""
        sessions = self.journal.state.sessions
        return tuple(
            Addressee(session_id=sid, session_name=sessions[sid].session_name)
            for sid in session_ids
        )

    def everyone(self) -> dict[str, Candidate]:
        """All sessions as candidates; a record that did not change is not read again."""
        known = self.candidates
        self.candidates = {}
        for session_id, session in self.journal.state.sessions.items():
            entry = known.get(session_id)
            if entry is None or entry[0] is not session:
                entry = (session, candidate(session))
            self.candidates[session_id] = entry
        return {sid: entry[1] for sid, entry in self.candidates.items()}

    def bucket(self, session_id: str) -> Bucket:
        """A sender's broadcast allowance; those unused for longest are forgotten."""
        bucket = self.buckets.pop(session_id, None) or Bucket(
            RateLimit(
                per_minute=self.limits.broadcasts_per_minute,
                burst=self.limits.broadcast_burst,
            )
        )
        self.buckets[session_id] = bucket
        if len(self.buckets) > KEPT_BUCKETS:
            self.buckets.popitem(last=False)
        return bucket


def candidate(session: Session) -> Candidate:
    return Candidate(
        session_id=session.session_id,
        session_name=session.session_name,
        tags=frozenset(session.tags),
        parent=session.parent,
        cwd=session.cwd,
        repository=session.repository,
        worktree=session.worktree,
    )
