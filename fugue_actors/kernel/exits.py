"""How an incarnation ended, and how the kernel decides which end it was.

1. Exceptions decide first: a real one among the leaves makes the exit `Crashed`.
2. Then the kill flag, then the stop request, then the actor's own wish.
3. What is left was cancelled from outside, which counts as a stop.

Pure: no clock, no task. Enter at `leaves` and `classify`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import attrs
import trio

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PASSING = (KeyboardInterrupt, SystemExit, trio.TrioInternalError)
"""Exceptions that end the whole program; the kernel records them and lets them pass."""


@attrs.frozen
class Normal:
    """The actor ended itself."""

    reason: str = ""

    def __str__(self) -> str:
        return f"normal ({self.reason})" if self.reason else "normal"


@attrs.frozen
class Stopped:
    """It was asked to stop, or was cancelled."""

    reason: str = ""

    def __str__(self) -> str:
        return f"stopped ({self.reason})" if self.reason else "stopped"


@attrs.frozen(eq=False)
class Crashed:
    """A bug: the exception that ended it, or a group when there were several."""

    error: BaseException

    def __str__(self) -> str:
        return f"crashed ({type(self.error).__name__}: {self.error})"


@attrs.frozen
class Killed:
    """It did not end its clean-up in time and needed the last rung."""

    reason: str = ""

    def __str__(self) -> str:
        return f"killed ({self.reason})" if self.reason else "killed"


Exit: TypeAlias = Normal | Stopped | Crashed | Killed


def leaves(error: BaseException) -> list[BaseException]:
    """The exceptions inside nested groups, outermost first; a plain one is its own."""
    if isinstance(error, BaseExceptionGroup):
        return [leaf for inner in error.exceptions for leaf in leaves(inner)]
    return [error]


def causes(errors: Iterable[BaseException]) -> list[BaseException]:
    """The real exceptions among `errors`: distinct leaves that are not cancellation."""
    found: list[BaseException] = []
    for error in errors:
        for leaf in leaves(error):
            if not isinstance(leaf, trio.Cancelled) and leaf not in found:
                found.append(leaf)
    return found


def lone(errors: Sequence[BaseException]) -> BaseException:
    """One exception that stands for `errors`, which holds at least one."""
    if len(errors) == 1:
        return errors[0]
    return BaseExceptionGroup("several failures in one actor", errors)


def classify(
    errors: Iterable[BaseException],
    *,
    killed: str | None,
    stop_reason: str | None,
    wish: Normal | Stopped | None,
) -> Exit:
    """The exit of an incarnation, by the numbered rules at the head of this file."""
    if real := causes(errors):
        return Crashed(lone(real))
    if killed is not None:
        return Killed(killed)
    if stop_reason is not None:
        return Stopped(stop_reason)
    if wish is not None:
        return wish
    return Stopped("cancelled")
