"""What a supervisor is told about a child: immutable, printable, checked when built.

Times are seconds. A value that could never work raises `SpecError` at once, so that a
tree which was built is a tree which can start. Nothing here runs.
"""

from __future__ import annotations

import enum
import math
import re
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any

import attrs

from fugue_actors.kernel.exits import Crashed, Killed
from fugue_actors.kernel.faults import SpecError

if TYPE_CHECKING:
    from fugue_actors.kernel.exits import Exit

ID_PATTERN = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class Restart(enum.Enum):
    """Which exits of a child its supervisor answers with a new incarnation."""

    PERMANENT = "permanent"
    TRANSIENT = "transient"
    TEMPORARY = "temporary"

    def wants(self, exit: Exit) -> bool:
        """Whether a child of this kind that ended with `exit` comes back."""
        if self is Restart.TRANSIENT:
            return isinstance(exit, Crashed | Killed)
        return self is Restart.PERMANENT


class Strategy(enum.Enum):
    """Which siblings share the fate of a child that is restarted."""

    ONE_FOR_ONE = "one_for_one"
    REST_FOR_ONE = "rest_for_one"
    ONE_FOR_ALL = "one_for_all"


class AutoShutdown(enum.Enum):
    """Whether a supervisor ends when significant children ended for good."""

    NEVER = "never"
    ANY_SIGNIFICANT = "any_significant"
    ALL_SIGNIFICANT = "all_significant"


class Overflow(enum.Enum):
    """What a mailbox does with a user message that comes when it is at its bound."""

    BLOCK = "block"
    REJECT = "reject"
    DROP_OLDEST = "drop_oldest"
    COALESCE = "coalesce"


def seconds(instance: object, attribute: attrs.Attribute[Any], value: float) -> None:
    """Validate a duration: a number that is neither negative nor NaN."""
    if not value >= 0:
        raise SpecError(f"{attribute.name} must not be negative, got {value!r}")


@attrs.frozen(kw_only=True)
class MailboxSpec:
    """The size of a mailbox and what happens at its bound.

    Args:
        bound: Most user messages that wait at once.
        overflow: The policy at the bound.
        key: For `COALESCE`: messages with equal keys replace each other, `None` never.
        drain: On a stop, handle what is queued before ending.
    """

    bound: int = 256
    overflow: Overflow = Overflow.BLOCK
    key: Callable[[Any], Hashable] | None = None
    drain: bool = False

    def __attrs_post_init__(self) -> None:
        if self.bound < 1:
            raise SpecError(f"a mailbox holds at least one message, got {self.bound!r}")
        if (self.overflow is Overflow.COALESCE) != (self.key is not None):
            raise SpecError("COALESCE needs a key, and nothing else takes one")


@attrs.frozen
class Backoff:
    """How long to wait before the n-th restart.

    Args:
        initial: Delay of the first restart.
        maximum: No delay is longer.
        factor: Each delay is so many times the one before.
        reset_after: A run of this length makes the next delay the first again.
    """

    initial: float = attrs.field(default=0.1, validator=seconds)
    maximum: float = attrs.field(default=30.0, validator=seconds)
    factor: float = 2.0
    reset_after: float = attrs.field(default=60.0, validator=seconds)

    def __attrs_post_init__(self) -> None:
        if self.factor < 1:
            raise SpecError(f"a backoff grows, so factor >= 1, got {self.factor!r}")
        if self.maximum < self.initial:
            raise SpecError("the maximum of a backoff is at least its initial delay")

    @staticmethod
    def none() -> Backoff:
        """Restart at once, always."""
        return NO_BACKOFF

    @property
    def is_none(self) -> bool:
        """Whether restarts are not delayed at all."""
        return self.initial == 0

    def delay(self, failures: int) -> float:
        """Seconds to wait after `failures` earlier failures in a row."""
        try:
            return min(self.initial * self.factor**failures, self.maximum)
        except OverflowError:
            return self.maximum


NO_BACKOFF = Backoff(0.0, 0.0)


@attrs.frozen
class Intensity:
    """How many restarts a supervisor bears in what time before it gives up."""

    max_restarts: int | None = 3
    period: float = attrs.field(default=5.0, validator=seconds)

    def __attrs_post_init__(self) -> None:
        if self.max_restarts is not None and self.max_restarts < 0:
            raise SpecError("max_restarts must not be negative")

    @classmethod
    def none(cls) -> Intensity:
        """Never give up; only where every child has a backoff."""
        return cls(None)

    @property
    def is_none(self) -> bool:
        """Whether the supervisor never gives up."""
        return self.max_restarts is None


@attrs.frozen(kw_only=True)
class ChildSpec:
    """How a child is made, kept and ended.

    Args:
        id: Path segment, unique among siblings.
        factory: Makes a fresh actor object for each incarnation.
        restart: Which exits are answered with a restart.
        shutdown: Seconds from the stop request until it is cancelled; 0 cancels at
            once, infinity waits (for supervisors).
        start_within: Seconds until `on_start` must be over.
        mailbox: Bound and overflow policy.
        backoff: Delays between restarts.
        significant: Its end counts for the supervisor's `auto_shutdown`.
    """

    id: str
    factory: Callable[[], Any]
    restart: Restart = Restart.PERMANENT
    shutdown: float = attrs.field(default=5.0, validator=seconds)
    start_within: float = attrs.field(default=10.0, validator=seconds)
    mailbox: MailboxSpec = MailboxSpec()
    backoff: Backoff = NO_BACKOFF
    significant: bool = False

    def __attrs_post_init__(self) -> None:
        if ID_PATTERN.fullmatch(self.id) is None:
            raise SpecError(f"an id matches {ID_PATTERN.pattern}, got {self.id!r}")
        if self.significant and self.restart is Restart.PERMANENT:
            raise SpecError(f"{self.id}: a permanent child is never significant")

    def summary(self) -> dict[str, str | float | bool]:
        """The spec as plain values, for reports and logs."""
        return {
            "id": self.id,
            "restart": self.restart.value,
            "shutdown": "inf" if math.isinf(self.shutdown) else self.shutdown,
            "overflow": self.mailbox.overflow.value,
            "bound": self.mailbox.bound,
            "backoff": self.backoff.initial,
            "significant": self.significant,
        }
