"""What the daemon tells, over connections that come and go.

The model outlives them: when the daemon goes away the last picture stays, and when one is
back it tells what has changed since, or everything. Only the screens that are looked at are
subscribed to, and what is looked at may change while a subscription is still under way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import trio

from fugue_actors.client import Model, open_client
from fugue_actors.errors import FugueError, Refused, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fugue_actors.client import Change, Client
    from fugue_actors.protocol.monitor import Kind

KINDS: Final[tuple[Kind, ...]] = ("tree", "states", "messages", "screens")
RATE: Final = 30
FIRST_WAIT_SECONDS: Final = 0.05
LONGEST_WAIT_SECONDS: Final = 2.0


class Feed:
    """See the module's docstring.

    Args:
        on_change: Called with what has changed, after the model has.
        on_lost: Called with why, each time that the daemon cannot be reached.
        on_found: Called each time that it can, once everything is known.
        socket: Of the daemon; by default that of this home.

    Attributes:
        model: What is the case, or was when the daemon went away.
        client: The connection; None while there is none.
    """

    def __init__(
        self,
        *,
        on_change: Callable[[Change], None],
        on_lost: Callable[[str], None],
        on_found: Callable[[], None],
        socket: str | None = None,
    ) -> None:
        self.on_change = on_change
        self.on_lost = on_lost
        self.on_found = on_found
        self.socket = socket
        self.model = Model()
        self.client: Client | None = None
        self.watched: tuple[str, ...] = ()
        self.is_other = trio.Event()

    async def run(self) -> None:
        """Stay connected, until cancelled.

        Raises:
            Refused: The daemon does not let this client in.
        """
        wait = FIRST_WAIT_SECONDS
        while True:
            try:
                async with open_client(socket=self.socket) as client:
                    await self.follow(client)
                why = "it hung up"
                wait = FIRST_WAIT_SECONDS
            except Refused:
                raise
            except FugueError as error:
                why = error.message
            finally:
                self.client = None
            self.on_lost(why)
            await trio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT_SECONDS)

    async def follow(self, client: Client) -> None:
        """Tell what changes, until the daemon hangs up."""
        watched = await self.subscribe(client, self.model)
        await client.wait_loaded()
        self.client = client
        self.on_found()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.keep_subscribed, client, watched)
            async for change in client.changes():
                self.on_change(change)
            nursery.cancel_scope.cancel("the daemon hung up")

    async def keep_subscribed(self, client: Client, watched: Sequence[str]) -> None:
        """Have the subscription follow what is looked at."""
        while True:
            if watched == self.watched:
                await self.is_other.wait()
                continue
            try:
                watched = await self.subscribe(client)
            except Unavailable:
                return  # `follow` sees it too

    async def subscribe(
        self, client: Client, model: Model | None = None
    ) -> tuple[str, ...]:
        """Subscribe to what is looked at now; returns what that was."""
        watched = self.watched
        await client.subscribe(KINDS, screens=watched, rate=RATE, model=model)
        return watched

    def watch(self, panes: tuple[str, ...]) -> None:
        """Say which screens are looked at."""
        if panes != self.watched:
            self.watched = panes
            self.is_other.set()
            self.is_other = trio.Event()

    async def request(self, name: str, /, **args: Any) -> dict[str, Any]:
        """Ask the daemon for something.

        Raises:
            Refused: It said no.
            Unavailable: There is no connection, or it went away before it answered.
        """
        if self.client is None:
            raise Unavailable("the daemon is gone", hint="this client waits for it")
        return await self.client.request(name, **args)
