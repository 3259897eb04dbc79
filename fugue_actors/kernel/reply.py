"""The reply cell: one assignment between the one who answers and the one who waits.

1. A cell is open until it is resolved, failed, or its asker has left.
2. The first of these wins; everything later is discarded and says so (`False`).
3. Each asker raises an exception object of its own, `from` the original.

A cell never sends anything; `Ref.ask` makes it and an actor's handler answers it.
"""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import outcome
import trio

from fugue_actors.errors import ActorCrashed, AskTimeout

if TYPE_CHECKING:
    from collections.abc import Callable

R = TypeVar("R")


class Request(Generic[R]):
    """Marker base of messages that are asked; `R` is the type of the reply."""

    __slots__ = ()


def fresh(error: BaseException) -> BaseException:
    """A new exception equal to `error`, without its traceback.

    What would end the program or a task (an interrupt, a cancellation) must not jump
    from one actor to another, so it becomes `ActorCrashed`.
    """
    if not isinstance(error, Exception):
        return ActorCrashed(f"the actor was interrupted by {type(error).__name__}")
    try:
        twin = copy.copy(error)
    except Exception:
        # Its constructor wants other arguments than it stores; do without calling it.
        twin = type(error).__new__(type(error), *error.args)
        twin.__dict__.update(error.__dict__)
    if notes := getattr(error, "__notes__", None):
        twin.__notes__ = list(notes)
    return twin


class Reply(Generic[R]):
    """Where the answer to one ask goes.

    Attributes:
        deadline: Absolute trio time after which nobody waits any more.
        is_late: The deadline came first.
    """

    __slots__ = (
        "closed",
        "deadline",
        "error",
        "is_late",
        "is_open",
        "is_private",
        "owner",
        "task",
        "value",
    )

    def __init__(self, deadline: float = math.inf) -> None:
        self.deadline = deadline
        self.closed: trio.Event | None = None
        self.is_open = True
        self.is_late = False
        self.is_private = False
        self.owner: set[Reply[Any]] | None = None
        self.task: trio.lowlevel.Task | None = None
        self.value: R | None = None
        self.error: BaseException | None = None

    def __repr__(self) -> str:
        return f"<Reply {'open' if self.is_open else 'closed'}>"

    @property
    def asker_gone(self) -> bool:
        """Whether an answer would reach nobody: the asker left, or has one."""
        return not self.is_open

    async def wait_closed(self) -> None:
        """Wait until an answer would reach nobody: work for the asker may end then."""
        if not self.is_open:
            await trio.lowlevel.checkpoint()
            return
        if self.closed is None:
            self.closed = trio.Event()
        await self.closed.wait()

    def resolve(self, value: R) -> bool:
        """Answer; false when nobody is there any more or it is answered already."""
        if not self.is_open:
            return False
        self.value = value
        self.close()
        return True

    def fail(self, error: BaseException) -> bool:
        """Answer with an exception, of which the asker gets its own copy."""
        if not self.is_open:
            return False
        self.error = error
        self.close()
        return True

    def break_off(self, error: BaseException) -> None:
        """Fail with an exception that was made for this asker alone."""
        self.is_private = True
        self.fail(error)

    @property
    def is_live(self) -> bool:
        """Whether the alarm on the deadline still matters."""
        return self.is_open

    def ring(self) -> None:
        """The deadline has come (called by the kernel's alarms)."""
        self.is_late = True
        self.close()

    async def wait(self) -> R:
        """The answer, or the asker's own copy of the failure.

        Cancelling this frees the asker and closes the cell.
        """
        if self.is_open:
            self.task = trio.lowlevel.current_task()
            await trio.lowlevel.wait_task_rescheduled(self.leave)
        else:
            await trio.lowlevel.checkpoint()
        if self.is_late:
            raise AskTimeout("no answer in time")
        if self.error is not None:
            if self.is_private:
                raise self.error
            raise fresh(self.error) from self.error
        value, self.value = self.value, None
        return value  # type: ignore[return-value]  # closed without error: it is an R

    def leave(self, raise_cancel: Callable[[], Any]) -> trio.lowlevel.Abort:
        """The asker was cancelled: nobody waits here any more."""
        self.task = None
        self.close()
        return trio.lowlevel.Abort.SUCCEEDED

    def close(self) -> None:
        """End the one life of this cell and wake whoever waits."""
        self.is_open = False
        if self.owner is not None:
            self.owner.discard(self)
        if self.closed is not None:
            self.closed.set()
        if self.task is not None:
            trio.lowlevel.reschedule(self.task, outcome.Value(None))
            self.task = None
