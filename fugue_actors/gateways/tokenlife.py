"""When a token that is in use ends: by being revoked, or by its date."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Final

import trio

from fugue_actors.gateways import tokens
from fugue_actors.protocol.events import TokenRevoked

if TYPE_CHECKING:
    from collections.abc import Callable

    from fugue_actors.errors import Refused
    from fugue_actors.journal import Journal
    from fugue_actors.protocol.events import Recorded
    from fugue_actors.protocol.values import Token

LOOK_SECONDS: Final = 30.0
"""An expiry is a date: the wall clock may be set, and the machine may have slept."""


def wall_clock() -> datetime.datetime:
    """What time it is."""
    return datetime.datetime.now(datetime.UTC)


async def wait_ended(
    journal: Journal,
    token: Token,
    now: Callable[[], datetime.datetime] = wall_clock,
) -> Refused:
    """Wait until a token is good no more; it may be so already.

    Args:
        journal: Where tokens are revoked.
        token: The one that a connection was opened with.
        now: Tells the time.

    Returns:
        Why it is good no more, to be told to who uses it.
    """
    revoked = trio.Event()

    def notice(recorded: Recorded) -> None:
        event = recorded.event
        if isinstance(event, TokenRevoked) and event.token_id == token.token_id:
            revoked.set()

    stop = journal.listen(notice)
    try:
        while True:
            present = journal.state.tokens.get(token.token_id)
            if present is None:  # forgotten, which only those are that have ended
                return tokens.refusal("the token has ended", "unknown")
            ended = tokens.why_ended(present, now())
            if ended is not None:
                return ended
            left = tokens.seconds_left(present, now())
            with trio.move_on_after(min(left, LOOK_SECONDS)):
                await revoked.wait()
    finally:
        stop()
