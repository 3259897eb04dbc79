"""The one way to stop an actor.

1. Ask: it takes no new messages, finishes the one in its hands (or its queue, with
   `drain`), and cleans up.
2. After `shutdown` seconds: cancel its handler; it cleans up.
3. `KILL_GRACE` seconds later: take the shield of its clean-up away.

Infinity means to wait for a whole subtree, whose members have limits of their own.
Code that blocks the loop or waits for a thread cannot be killed; then this waits on.
"""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING

import trio

from fugue_actors.kernel.cell import KILL_GRACE

if TYPE_CHECKING:
    from fugue_actors.kernel.cell import Cell
    from fugue_actors.kernel.exits import Exit

logger = logging.getLogger(__name__)


async def stop(cell: Cell, reason: str, *, coming_back: bool = False) -> Exit:
    """Bring `cell` to its end, rung by rung, and return how it ended.

    Cancelling this leaves the rest of the ladder to whoever takes it up again.
    """
    cell.request_stop(reason, coming_back=coming_back)
    note(logging.DEBUG, "asked to stop", cell, reason)
    if cell.spec.shutdown > 0:
        with trio.move_on_after(cell.spec.shutdown) as rung:
            with cell.kernel.hurrying(rung):
                await cell.finished.wait()
    if not cell.finished.is_set():
        note(logging.WARNING, "cancelled", cell, reason)
        cell.cancel(reason)
        grace = math.inf if math.isinf(cell.spec.shutdown) else KILL_GRACE
        with trio.move_on_after(grace):
            await cell.finished.wait()
    if not cell.finished.is_set():
        note(logging.ERROR, "killed", cell, reason)
        cell.kill(f"did not end in time: {reason}")
    await cell.finished.wait()
    assert cell.exit is not None
    return cell.exit


def note(level: int, what: str, cell: Cell, reason: str) -> None:
    """Log one rung."""
    logger.log(
        level,
        "%s#%d %s: %s",
        cell.ref.path,
        cell.incarnation,
        what,
        reason,
        extra={"fugue_path": cell.ref.path, "fugue_incarnation": cell.incarnation},
    )
