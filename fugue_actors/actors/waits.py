"""The waits for something in a pane's terminal, within the pane's actor.

Each has a task of its own, outlives a lost link and ends with whoever asked for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from fugue_actors.errors import FugueError, Refused, Unavailable

if TYPE_CHECKING:
    from fugue_actors.actors.pane import PaneActor
    from fugue_actors.kernel import Reply
    from fugue_actors.protocol.hosting import Waited, WaitFor

PENDING_WAITS = 32


class Waits:
    """See the module's docstring."""

    def __init__(self, actor: PaneActor) -> None:
        self.actor = actor
        self.pending = 0

    def begin(self, wanted: WaitFor) -> None:
        """Wait in a task of its own, or refuse it."""
        if self.pending >= PENDING_WAITS:
            raise Refused(
                "Busy",
                f"{PENDING_WAITS} waits for pane {self.actor.pane_id} are under way "
                "already",
                hint="wait for one thing at a time",
            )
        self.pending += 1
        self.actor.nursery.start_soon(self.wait_while_asked, self.actor.defer(), wanted)

    async def wait_while_asked(self, reply: Reply[Waited], wanted: WaitFor) -> None:
        """Wait until it is the case, or until nobody wants to know any more."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.wait_in_terminal, reply, wanted)
            await reply.wait_closed()
            nursery.cancel_scope.cancel("nobody waits any more")
        self.pending -= 1

    async def wait_in_terminal(self, reply: Reply[Waited], wanted: WaitFor) -> None:
        """Wait through one link after the other."""
        while not reply.asker_gone:
            try:
                link = await self.actor.linker.wait_link()
                reply.resolve(await link.wait_for(wanted))
            except Unavailable:
                await trio.lowlevel.checkpoint()  # the link is lost, not the program
            except FugueError as error:
                reply.fail(error)
