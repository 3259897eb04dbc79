"""A message on its way, with all that travels with it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from fugue_actors.kernel.ref import Ref
    from fugue_actors.kernel.reply import Reply


class Envelope:
    """A message on its way.

    Attributes:
        message: The body; nobody but the receiving actor looks inside.
        reply: The cell of an ask, `None` for a tell.
        sender: The actor it came from, if it came from one.
        deadline: Absolute trio time after which nobody waits for the answer.
        trace: Number shared by all messages that one outside event has caused.
        gate: For control messages: says at the last moment whether it still counts.
        queued_at: Trio time at which it was queued.
        key: What it is coalesced by while it is pending.
    """

    __slots__ = (
        "deadline",
        "gate",
        "key",
        "message",
        "queued_at",
        "reply",
        "sender",
        "trace",
    )

    def __init__(
        self,
        message: object,
        reply: Reply[Any] | None = None,
        sender: Ref | None = None,
        deadline: float = math.inf,
        trace: int = 0,
        gate: Callable[[], bool] | None = None,
    ) -> None:
        self.message = message
        self.reply = reply
        self.sender = sender
        self.deadline = deadline
        self.trace = trace
        self.gate = gate
        self.queued_at = 0.0
        self.key: Hashable | None = None

    @property
    def is_wanted(self) -> bool:
        """False for an ask whose asker has left."""
        return self.reply is None or self.reply.is_open
