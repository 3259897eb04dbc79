"""Conversations that run away, and how they are stopped for a while. Pure.

1. A conversation is what two sessions say to each other, in either direction, or a
   thread of answers, whoever takes part.
2. Beyond a rate it is paused: until the pause ends nobody says anything more in it.
   Each pause is reported once, to all who take part.
3. The first word of each session in a thread is free: many answers to one question are
   no storm.
4. Those that were silent for longest are forgotten.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.actors.ratelimit import Bucket, RateLimit

if TYPE_CHECKING:
    from collections.abc import Sequence

Key = tuple[str, ...]  # two ids of sessions, sorted, or the id of a thread

PAIR: Final = 2
KEPT_CONVERSATIONS: Final = 16_384
MOST_MEMBERS: Final = 256


@attrs.define(eq=False)
class Conversation:
    """One of them, and who takes part."""

    key: Key
    bucket: Bucket
    members: dict[str, None]
    paused_until: float = -math.inf

    @property
    def thread(self) -> str | None:
        """The id of the thread that it is, if it is one."""
        return None if len(self.key) == PAIR else self.key[0]

    def is_news_from(self, session_id: str) -> bool:
        """Whether it is a thread in which this session has not said anything yet."""
        return session_id not in self.members and len(self.members) < MOST_MEMBERS


@attrs.frozen(kw_only=True)
class Verdict:
    """What may be said now.

    Attributes:
        paused: By recipient: the conversation that keeps it from getting the message.
        begun: Those conversations that are paused from now on.
    """

    paused: dict[str, Conversation]
    begun: tuple[Conversation, ...] = ()


FREE: Final = Verdict(paused={})


class Conversations:
    """See the module's docstring.

    Args:
        limit: How much may be said in each.
        pause: For how many seconds one is paused.
    """

    def __init__(self, limit: RateLimit, pause: float) -> None:
        self.limit = limit
        self.pause = pause
        self.known: OrderedDict[Key, Conversation] = OrderedDict()

    def judge(
        self,
        sender: str,
        recipients: Sequence[str],
        now: float,
        *,
        thread: str | None = None,
        is_for_one: bool = False,
    ) -> Verdict:
        """Whether a message may be sent, and count it where it may.

        Args:
            sender: Whose it is.
            recipients: Whose inboxes it is for.
            now: Seconds of a clock that never goes back.
            thread: The thread that it goes on, if it does.
            is_for_one: It is work for one of the recipients, and no word to each.
        """
        if self.limit.is_off:
            return FREE
        begun: list[Conversation] = []
        whole = None if thread is None else self.conversation((thread,))
        if whole is not None and not self.is_open(whole, sender, now, begun):
            return Verdict(paused=dict.fromkeys(recipients, whole), begun=tuple(begun))
        paused: dict[str, Conversation] = {}
        for recipient in () if is_for_one else recipients:
            pair = self.conversation((min(sender, recipient), max(sender, recipient)))
            if self.is_open(pair, sender, now, begun):
                pair.bucket.use(now)
            else:
                paused[recipient] = pair
        if whole is not None and len(paused) < len(recipients):
            if whole.is_news_from(sender):
                whole.members[sender] = None
            else:
                whole.bucket.use(now)
        return Verdict(paused=paused, begun=tuple(begun))

    def conversation(self, key: Key) -> Conversation:
        """The conversation with this key, which is the youngest one now."""
        found = self.known.pop(key, None)
        if found is None:
            members = dict.fromkeys(key if len(key) == PAIR else ())
            found = Conversation(key, Bucket(self.limit), members)
        self.known[key] = found
        if len(self.known) > KEPT_CONVERSATIONS:
            self.known.popitem(last=False)
        return found

    def is_open(
        self,
        conversation: Conversation,
        sender: str,
        now: float,
        begun: list[Conversation],
    ) -> bool:
        """Whether one more may be said in it; else it is paused, maybe just now."""
        if now < conversation.paused_until:
            return False
        if conversation.is_news_from(sender) or not conversation.bucket.wait(now):
            return True
        conversation.paused_until = now + self.pause
        begun.append(conversation)
        return False
