"""What feeds the mirror of a pane, within the pane's actor, for as long as somebody asks.

It goes through one link after the other, over restarts of the program, too. A host that is
older than `ReadChanges` is read as a whole whenever it wrote something.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from fugue_actors.errors import Refused, Unavailable
from fugue_actors.protocol import hosting
from fugue_actors.protocol.hostwire import to_json
from fugue_actors.terminal import rowtext

if TYPE_CHECKING:
    from fugue_actors.actors.mirror import Mirror
    from fugue_actors.actors.pane import PaneActor
    from fugue_actors.kernel import Reply
    from fugue_actors.terminal.link import PaneLink

LOOK_AGAIN = 1.0
"""Seconds between looks at an old host that writes nothing: its size may have changed."""


class Mirroring:
    """See the module's docstring."""

    def __init__(self, actor: PaneActor) -> None:
        self.actor = actor

    def begin(self, mirror: Mirror) -> None:
        """Feed a mirror until its asker is gone."""
        self.actor.nursery.start_soon(self.feed_while_asked, self.actor.defer(), mirror)

    async def feed_while_asked(self, reply: Reply[None], mirror: Mirror) -> None:
        """Feed it in a task of its own, until nobody wants that any more."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.feed, mirror)
            await reply.wait_closed()
            nursery.cancel_scope.cancel("nobody watches any more")

    async def feed(self, mirror: Mirror) -> None:
        """Through one link after the other."""
        while True:
            link = await self.actor.linker.wait_next_link()
            try:
                await follow(link, mirror)
            except Unavailable:
                await trio.lowlevel.checkpoint()  # the link is lost, not the program


async def follow(link: PaneLink, mirror: Mirror) -> None:
    """Feed a mirror until the link is lost.

    Raises:
        Unavailable: It is.
    """
    known = 0
    while True:
        await mirror.wait_due()
        try:
            change = await link.changes(known)
        except Refused as error:
            if error.code != "Busy":
                break
            # Whoever was asked before us has asked again; its asker is leaving.
            await trio.sleep(LOOK_AGAIN)
            known = 0
            continue
        known = change.version
        mirror.put(change.head, change.rows, next=change.next, is_full=change.is_full)
    await follow_old(link, mirror)


async def follow_old(link: PaneLink, mirror: Mirror) -> None:
    """Feed a mirror from a host that cannot tell what changed.

    Raises:
        Unavailable: The link is lost.
    """
    while True:
        screen = await link.screen(styled=True)
        mirror.put(head_of(screen), rows_of(screen), next=screen.next, is_full=True)
        await mirror.wait_due()
        with trio.move_on_after(LOOK_AGAIN):
            # No silence at all after the first output that follows: that output.
            wanted = hosting.WaitFor(quiet=0.0, since=screen.next)
            waited = await link.wait_for(wanted)
            if waited.in_vain:
                await trio.sleep(LOOK_AGAIN)


def head_of(screen: hosting.ScreenSnapshot) -> dict[str, str]:
    """The properties of a screen that was read as a whole."""
    return rowtext.head(
        columns=screen.columns,
        lines=screen.lines,
        cursor=screen.cursor,
        cursor_visible=screen.cursor_visible,
        cursor_shape=screen.cursor_shape,
        alternate=screen.alternate,
        modes=screen.modes,
    )


def rows_of(screen: hosting.ScreenSnapshot) -> dict[str, str]:
    """Its rows, which were asked for."""
    return {
        str(y): rowtext.compact([to_json(run) for run in row])
        for y, row in enumerate(screen.rows or ())
    }
