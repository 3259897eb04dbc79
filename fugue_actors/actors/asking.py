"""Asking others and waiting for their answers: what can be asked of a session's actor.

What it does about it is in `questions`; how many answers there can be is decided here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import attrs

from fugue_actors.actors.targets import Target
from fugue_actors.kernel import Ref, Request
from fugue_actors.protocol.values import (
    Attested,
    Deliver,
    Envelope,
    Priority,
    Recipient,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Container

    from fugue_actors.journal import MessageRecord

# What sending, withdrawing and claiming may take beside the wait itself.
MARGIN_SECONDS: Final = 30.0
CAN_ANSWER: Final = frozenset({"queued", "offered", "consumed"})

Ending = Literal["complete", "hopeless", "late", "unwanted"]


@attrs.frozen(kw_only=True)
class Outcome:
    """What became of a question.

    Attributes:
        answers: Messages, one of each that answered; claimed for who asked.
        recipients: What became of it for each of those asked.
        needed: How many answers were wanted.
        ending: Why it is over.
    """

    answers: tuple[Envelope, ...]
    recipients: tuple[Recipient, ...]
    needed: int
    ending: Ending


@attrs.frozen(kw_only=True)
class AskSessions(Request[Outcome]):
    """Send a question and wait for answers.

    Attributes:
        holder: The connection that asks; it claims the answers.
        message_id: The question's id, from `new_message_id`.
        attested: How far the asker's identity is proven.
        target: Who is asked.
        content: Type and payload of the question.
        within: Seconds to wait for answers.
        wanted: How many; None for one of each that is asked.
        deliver: Whether all are asked, or whoever takes the question first.
        priority: Which of their unread messages they get first.
    """

    holder: Ref
    message_id: str
    attested: Attested
    target: Target
    content: tuple[str, dict[str, Any]] = attrs.field(repr=False)
    within: float
    wanted: int | None = None
    deliver: Deliver = "all"
    priority: Priority = "normal"


async def ask_sessions(session: Ref, request: AskSessions) -> Outcome:
    """Ask, as a session; withdrawn when this is cancelled.

    Raises:
        Refused: It could not be sent, as with `router.send`.
    """
    return await session.ask(request, within=request.within + MARGIN_SECONDS)


# ---- pure


def asked(record: MessageRecord) -> int:
    """How many answers there can be at most."""
    if record.envelope.deliver == "one":
        return 1
    return len(record.recipients)


def possible(
    record: MessageRecord, answered: Collection[str], present: Container[str]
) -> int:
    """How many answers there can still be in all.

    Args:
        record: The question.
        answered: The sessions that have answered.
        present: The sessions there are.
    """
    others = sum(
        session_id not in answered and session_id in present and row.state in CAN_ANSWER
        for session_id, row in record.recipients.items()
    )
    return min(asked(record), len(answered) + others)
