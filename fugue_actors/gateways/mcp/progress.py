"""Progress notifications for a client that asked for them, while a request is under way.

Some clients give up a call after a minute unless they hear of it. What is told is the
seconds that have passed, and what the request is doing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import trio

from fugue_actors.errors import FugueError

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from mcp.server.session import ServerSession

    from fugue_actors.gateways.operations.context import Progress

T = TypeVar("T")

PAUSE: Final = 5.0


async def while_telling(
    session: ServerSession, progress: Progress, work: Coroutine[Any, Any, T]
) -> T:
    """Do some work and tell its client now and then that it goes on.

    Raises:
        FugueError: The work's own.
    """
    results: list[T] = []
    refusal: FugueError | None = None
    async with trio.open_nursery() as nursery:
        nursery.start_soon(tell, session, progress)
        try:
            results.append(await work)
        except FugueError as error:
            refusal = error
        nursery.cancel_scope.cancel("the work is done")
    if refusal is not None:
        raise refusal
    return results[0]


async def tell(session: ServerSession, progress: Progress) -> None:
    """Report every few seconds; nothing is sent if the client did not ask for it."""
    began = trio.current_time()
    while True:
        await trio.sleep(PAUSE)
        elapsed = round(trio.current_time() - began, 1)
        await session.report_progress(elapsed, message=progress.message)
