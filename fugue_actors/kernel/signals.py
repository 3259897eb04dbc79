"""Signals of the process, as the root of a tree understands them.

The first SIGINT or SIGTERM asks for an orderly stop, the second cancels handlers, and
SIGUSR1 writes the tree and every await stack to the log. While this listens, no
`KeyboardInterrupt` lands inside an actor.
"""

from __future__ import annotations

import logging
import signal
from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from fugue_actors.kernel.tree import Kernel

logger = logging.getLogger(__name__)


async def obey_signals(
    kernel: Kernel, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """Listen until cancelled; start it with `nursery.start`, in the main thread."""
    was_asked = False
    with trio.open_signal_receiver(
        signal.SIGINT, signal.SIGTERM, signal.SIGUSR1
    ) as signals:
        task_status.started()
        async for number in signals:
            name = signal.Signals(number).name
            if number == signal.SIGUSR1:
                logger.warning("dump on %s\n%s", name, kernel.dump())
            elif was_asked:
                kernel.cancel(f"{name} came again")
            else:
                was_asked = True
                kernel.request_stop(f"{name} came")
