"""The only shields.

A shield is safe only if somebody can take it away again. The kernel keeps every shield
of an incarnation with the incarnation, so the last rung of the ladder removes them all.
Outside the kernel, `cleanup(seconds)` is the one way to await during cancellation.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import trio

from fugue_actors.kernel.context import current_cell

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def cleanup(seconds: float) -> Iterator[trio.CancelScope]:
    """Let awaits inside finish although the task is cancelled, for `seconds` at most.

    For `finally`, `__aexit__` and courtesy messages. When the time is up the block is
    left quietly (`scope.cancelled_caught` says so). Inside an actor, the kernel can end
    it earlier.
    """
    cell = current_cell.get()
    with trio.move_on_after(seconds, shield=True) as scope:
        if cell is None:
            yield scope
            return
        with cell.holding(scope):
            yield scope
