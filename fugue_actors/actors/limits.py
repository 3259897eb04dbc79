"""How much may be said, and left unread. Pure.

A `Gate` is asked before a message is sent: it knows every sender's allowances and the
conversations that run away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from fugue_actors.actors.conversations import Conversation, Conversations, Verdict
from fugue_actors.actors.ratelimit import Allowances, RateLimit, rounded_up
from fugue_actors.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@attrs.frozen(kw_only=True)
class Limits:
    """How much may be said, and left unread; a rate of 0 is no limit.

    Attributes:
        inbox_messages: Unread messages of one session.
        inbox_megabytes: Of them all together; the last one may go beyond it.
        retained_messages: Those of one sender that are kept for newcomers.
        broadcasts_per_minute: Of one sender, in the long run.
        broadcast_burst: How many of them at once.
        sends_per_minute: Messages of any kind of one sender.
        send_burst: How many of them at once.
        conversation_per_minute: Messages between two sessions, or in one thread.
        conversation_burst: How many of them at once.
        pause_seconds: How long a conversation is paused that goes beyond that.
    """

    inbox_messages: int = 10_000
    inbox_megabytes: int = 64
    retained_messages: int = 100
    broadcasts_per_minute: int = 60
    broadcast_burst: int = 20
    sends_per_minute: int = 12_000
    send_burst: int = 6_000
    conversation_per_minute: int = 600
    conversation_burst: int = 1_000
    pause_seconds: float = 60.0


class Gate:
    """See the module's docstring."""

    def __init__(self, limits: Limits) -> None:
        self.sends = Allowances(
            RateLimit(
                per_minute=limits.sends_per_minute,
                burst=limits.send_burst,
                what="messages",
            )
        )
        self.broadcasts = Allowances(
            RateLimit(
                per_minute=limits.broadcasts_per_minute,
                burst=limits.broadcast_burst,
                what="broadcasts",
            )
        )
        self.conversations = Conversations(
            RateLimit(
                per_minute=limits.conversation_per_minute,
                burst=limits.conversation_burst,
                what="messages",
            ),
            limits.pause_seconds,
        )

    def check(self, sender: str, now: float, *, is_broad: bool) -> None:
        """See that a sender may send.

        Raises:
            Refused: `RateLimited`; nothing was counted.
        """
        self.sends.check(sender, now)
        if is_broad:
            self.broadcasts.check(sender, now)

    def judge(
        self,
        sender: str,
        recipients: Sequence[str],
        now: float,
        *,
        is_broad: bool,
        is_for_one: bool,
        thread: str | None,
    ) -> Verdict:
        """Count a message that is about to be sent, but for where it must not go.

        What means everybody counts as a broadcast, and as no word to each.
        """
        verdict = self.conversations.judge(
            sender, recipients, now, thread=thread, is_for_one=is_broad or is_for_one
        )
        if not recipients or len(verdict.paused) < len(recipients):
            self.sends.use(sender, now)
            if is_broad:
                self.broadcasts.use(sender, now)
        return verdict


def pause_refusal(
    conversation: Conversation,
    sender: str,
    now: float,
    name_of: Callable[[str], str],
) -> Refused:
    """What to say to whoever goes on in a paused conversation.

    Args:
        conversation: Which.
        sender: The id of the session that goes on.
        now: Seconds of the clock of its pause.
        name_of: What a session is called.
    """
    retry_after = rounded_up(conversation.paused_until - now)
    partners = [name_of(one) for one in partners_of(conversation, sender)]
    shown = ", ".join(partners[:5])
    what = f"your conversation with {shown}"
    if conversation.thread is not None:
        what = f"the thread {conversation.thread}"
    return Refused(
        "RateLimited",
        f"{what} is paused: {conversation.bucket.limit}",
        hint=f"do other work; go on in {retry_after:g} s, and only if it is needed",
        data={
            "retry_after": retry_after,
            "conversation": about(conversation, partners),
        },
    )


def partners_of(conversation: Conversation, session_id: str) -> list[str]:
    """Whom a session talks to in a conversation; itself if it talks to itself."""
    others = [one for one in conversation.members if one != session_id]
    return others or [session_id]


def about(conversation: Conversation, partners: Sequence[str]) -> dict[str, object]:
    """A conversation as JSON: with whom, and on which thread if it is one."""
    shape: dict[str, object] = {"with": list(partners)}
    if conversation.thread is not None:
        shape["thread"] = conversation.thread
    return shape
