"""Sending, as seen by whoever sends: what can be asked of the router. Enter at `send`."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

import attrs
import trio

from fugue_actors.actors import repository
from fugue_actors.actors.targets import Target, WorktreeTarget, leaves, target_json
from fugue_actors.errors import Refused
from fugue_actors.journal.recalling import remembered
from fugue_actors.kernel import Ref, Request
from fugue_actors.protocol.values import (
    Attested,
    Deliver,
    Priority,
    Recipient,
    Session,
)

if TYPE_CHECKING:
    from fugue_actors.journal import Journal

SEND_WITHIN: Final = 10.0


@attrs.frozen(kw_only=True)
class Wishes:
    """How a message is to be delivered.

    Attributes:
        deliver: To all recipients, or to the first that asks for a message.
        priority: Which of the unread ones comes first.
        expires_seconds: Whoever has not received it by then does not get it.
        retain_seconds: Sessions that come to belong to the target by then get it too.
        idempotency_key: The sender's own name for it: sending it again sends nothing.
        tell_failure: Whether the sender is told if it is not received.
        wants_answers: Whether somebody waits for answers, and is who tells the sender if
            none can come.
    """

    deliver: Deliver = "all"
    priority: Priority = "normal"
    expires_seconds: float | None = None
    retain_seconds: float | None = None
    idempotency_key: str | None = None
    tell_failure: bool = True
    wants_answers: bool = False


AS_USUAL: Final = Wishes()


@attrs.frozen(kw_only=True)
class SendResult:
    """A message that was sent, and to whom.

    `is_repeated` says that it was sent before, under the same idempotency key.
    """

    message_id: str
    recipients: tuple[Recipient, ...]
    expires_at: str | None = None
    retained_until: str | None = None
    is_repeated: bool = False


@attrs.frozen(kw_only=True)
class SendMessage(Request[SendResult]):
    """Send one message; the sender's fields are the connection's, never the client's.

    A target that means fewer than `least` recipients, of whom each can answer, is refused.
    `worktrees` leads from the paths in the target to the tops of their git worktrees,
    and `thread` is the id of the message that began the conversation. `trouble` is what
    is wrong with it, unless it was sent before: paths may be gone by now.
    """

    session_id: str
    attested: Attested
    target: Target
    type: str
    payload: dict[str, Any] = attrs.field(repr=False)
    in_reply_to: str | None = None
    thread: str | None = None
    message_id: str | None = None
    wishes: Wishes = AS_USUAL
    least: int = 1
    worktrees: dict[str, str] = attrs.Factory(dict)
    trouble: Refused | None = None

    def fingerprint(self) -> str:
        """What tells it from another message under the same idempotency key."""
        shape = [
            target_json(self.target),
            self.type,
            self.payload,
            self.in_reply_to,
            attrs.astuple(self.wishes),
        ]
        text = json.dumps(shape, sort_keys=True, separators=(",", ":"))
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


async def send(
    router: Ref,
    sender: Session,
    attested: Attested,
    target: Target,
    content: tuple[str, dict[str, Any]],
    *,
    in_reply_to: str | None = None,
    thread: str | None = None,
    message_id: str | None = None,
    wishes: Wishes = AS_USUAL,
    least: int = 1,
) -> SendResult:
    """Send a message from a session.

    Args:
        router: The router.
        sender: Whose it is.
        attested: How the sender's connection showed who it is.
        target: Whom it is for.
        content: Its type and payload.
        in_reply_to: The id of the message that it answers.
        thread: That of the first of that conversation, see `thread_of`.
        message_id: Its id, if its sender has to know it before it is sent.
        wishes: How it is to be delivered.
        least: How many have to be able to answer it; else it is not sent.

    Raises:
        Refused: `NoRecipients`, `NoRepository`, `SessionNotFound`, `InvalidTarget`,
            `InvalidArgument`, `RateLimited`, `InboxFull`; nothing was sent.
        Unavailable: It could not be kept, and nothing was sent; or the router ended
            while it was sent, and nothing is known.
    """
    worktrees: dict[str, str] = {}
    trouble = None
    try:
        worktrees = await worktree_roots(target, sender.cwd)
    except Refused as error:
        trouble = error
    return await router.ask(
        SendMessage(
            session_id=sender.session_id,
            attested=attested,
            target=target,
            type=content[0],
            payload=content[1],
            in_reply_to=in_reply_to,
            thread=thread,
            message_id=message_id,
            wishes=wishes,
            least=least,
            worktrees=worktrees,
            trouble=trouble,
        ),
        within=SEND_WITHIN,
    )


async def thread_of(journal: Journal, in_reply_to: str | None) -> str | None:
    """The id of the message that began the conversation which an answer goes on.

    None if it answers nothing, or nothing that is known.

    Raises:
        Unavailable: It was so long ago that the journal's file is needed, and that
            cannot be read now.
    """
    if in_reply_to is None:
        return None
    answered = await remembered(journal, in_reply_to)
    if answered is None:
        return None
    return answered.envelope.thread or answered.envelope.id


async def worktree_roots(target: Target, cwd: str) -> dict[str, str]:
    """The tops of the git worktrees that the paths in a target lie in.

    Args:
        target: Where the paths are.
        cwd: Where relative ones start.

    Raises:
        Refused: `InvalidTarget` if there is no such path, `NoRepository` if no
            worktree contains it.
    """
    roots: dict[str, str] = {}
    for leaf in leaves(target):
        if isinstance(leaf, WorktreeTarget) and leaf.path not in roots:
            roots[leaf.path] = await worktree_root(leaf.path, cwd)
    return roots


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
