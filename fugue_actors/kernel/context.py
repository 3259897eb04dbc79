"""Which incarnation the running code belongs to.

The variable reaches helper tasks too, since a task inherits the context of whoever
starts it. Whether the code *is* the actor, and not a helper of it, is a question about
the task: `handler()` answers it.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from fugue_actors.kernel.cell import Cell

current_cell: ContextVar[Cell | None] = ContextVar("fugue_cell", default=None)


def handler() -> Cell | None:
    """The incarnation whose own task is running; `None` in helpers and elsewhere."""
    cell = current_cell.get()
    if cell is None or cell.task is not trio.lowlevel.current_task():
        return None
    return cell
