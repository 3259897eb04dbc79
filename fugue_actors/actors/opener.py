"""What starts and closes a session's panes, within the session's actor.

A pane is recorded before its actor starts, and forgotten when nothing of its program is
left. Nothing starts or gets a place any more once the session is ending, as it is when
its last pane is closed. Which pane is the last is told while no layout can change: so a
pane that was reported as open is never ended along with another.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING

import trio

from fugue_actors.actors import pane as pane_actor, panes
from fugue_actors.errors import (
    ActorGone,
    ActorRestarting,
    FugueError,
    Refused,
    Unavailable,
)
from fugue_actors.kernel import start_child
from fugue_actors.protocol.events import PaneClosed, PaneOpened
from fugue_actors.protocol.windows import known_window

if TYPE_CHECKING:
    from collections.abc import Callable

    from fugue_actors.actors.session import SessionActor
    from fugue_actors.kernel import ChildSpec, Ref, Reply
    from fugue_actors.protocol.hosting import KillReport
    from fugue_actors.protocol.layout import Layout
    from fugue_actors.protocol.values import Pane

logger = logging.getLogger(__name__)


class Opener:
    """See the module's docstring."""

    def __init__(self, actor: SessionActor) -> None:
        self.actor = actor
        self.opening = trio.Lock()
        self.is_ending = False

    async def start_panes(self) -> None:
        """Start an actor for each recorded pane that has none."""
        supervisor_ref = await self.actor.kernel.registry.wait_for(
            self.actor.panes_path
        )
        async with self.opening:
            for pane in self.actor.journal.state.panes_of(self.actor.session_id):
                if self.actor.pane_ref(pane) is None:
                    await start_child(
                        supervisor_ref,
                        self.spec_of(pane),
                    )

    def spec_of(self, pane: Pane) -> ChildSpec:
        """A pane's actor."""
        return pane_actor.spec(self.actor.journal, pane.pane_id, self.actor.control)

    async def open_pane(self, reply: Reply[Pane], pane: Pane) -> None:
        """Record the pane, start its actor, and wait until its program runs."""
        try:
            reply.resolve(await panes.running(await self.start_pane(pane)))
        except (Refused, Unavailable) as error:
            await self.undo(pane)
            reply.fail(error)

    async def undo(self, pane: Pane) -> None:
        """Leave nothing of a pane that could not be opened."""
        try:
            await self.close_one(pane)
        except (Refused, Unavailable) as error:
            logger.warning("pane %s is left over: %s", pane.pane_id, error.message)

    async def start_pane(self, pane: Pane) -> Ref:
        """Record the pane and start its actor, unless the session is ending."""
        supervisor_ref = self.actor.kernel.registry.resolve(self.actor.panes_path)
        async with self.opening:
            self.refuse_when_ending()
            await self.actor.journal.record(PaneOpened(pane=pane))
            try:
                return await start_child(supervisor_ref, self.spec_of(pane))
            except FugueError:
                await self.actor.journal.record(
                    PaneClosed(pane_id=pane.pane_id, session_id=self.actor.session_id)
                )
                raise

    def refuse_when_ending(self) -> None:
        """Raises `Refused` (`SessionNotFound`) once nothing may be added any more."""
        if self.is_ending:
            raise Refused("SessionNotFound", "the session is ending")

    async def close_pane(
        self, reply: Reply[tuple[KillReport, ...]], pane_id: str
    ) -> None:
        """End one pane, which the layout forgets in the same step.

        If it is the last that is shown, all that is hidden or only starting ends too.
        """
        await self.close_some(reply, lambda layout: (pane_id,))

    async def close_window(
        self, reply: Reply[tuple[KillReport, ...]], window_id: str
    ) -> None:
        """End the panes that a window has by now, in the same way."""

        def its_panes(layout: Layout) -> tuple[str, ...]:
            return known_window(layout, window_id).pane_ids

        await self.close_some(reply, its_panes)

    async def close_some(
        self,
        reply: Reply[tuple[KillReport, ...]],
        of: Callable[[Layout], tuple[str, ...]],
    ) -> None:
        """End the panes that are chosen from the layout while that cannot change."""
        try:
            async with self.actor.arranger.changing:
                shown = self.actor.arranger.layout
                chosen = of(shown)
                is_all = bool(shown.pane_ids) and set(shown.pane_ids) <= set(chosen)
                self.is_ending = self.is_ending or is_all
        except Refused as error:
            reply.fail(error)
            return
        if is_all:
            await self.close_all(reply)
            return
        known = self.actor.journal.state.panes
        await self.close(reply, tuple(known[one] for one in chosen if one in known))

    async def close_all(self, reply: Reply[tuple[KillReport, ...]]) -> None:
        """End every program, those included that are only starting."""
        self.is_ending = True
        async with self.opening:
            every = self.actor.journal.state.panes_of(self.actor.session_id)
        if not await self.close(reply, every):
            self.is_ending = False

    async def close(
        self, reply: Reply[tuple[KillReport, ...]], panes: tuple[Pane, ...]
    ) -> bool:
        """End panes side by side and answer; returns whether all of them ended."""
        reports: list[KillReport] = []

        async def close(pane: Pane) -> None:
            reports.extend(await self.close_one(pane))

        try:
            async with trio.open_nursery() as nursery:
                for pane in panes:
                    nursery.start_soon(close, pane)
        except* (Refused, Unavailable) as group:
            reply.fail(group.exceptions[0])
            is_done = False
        else:
            reply.resolve(tuple(reports))
            is_done = True
        return is_done

    async def close_one(self, pane: Pane) -> tuple[KillReport, ...]:
        """End a pane; nothing is left to report if somebody else has.

        Raises:
            ActorRestarting: Its actor is away, so its program goes on.
        """
        ref = self.actor.pane_ref(pane)
        if ref is not None:
            with suppress(ActorGone):
                return (await panes.close(ref),)
        if pane.pane_id in self.actor.journal.state.panes:
            raise ActorRestarting(f"pane {pane.pane_id} is being taken up again")
        return ()
