"""The keeper of a session's layout, within the session's actor.

Changes are made one at a time. Panes that are to be placed start as drafts, which no
layout shows; when all of them run, one event gives them their places. If one cannot be
started the others are ended again, and an actor that starts ends the drafts it finds.

Whatever changed the layout, terminals follow it: `fit` gives each the size it is drawn
with, after every change and when a pane is linked again.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import attrs
import trio

from fugue_actors.actors import panes, windows
from fugue_actors.actors.layouts import (
    Arrange,
    PlacePanes,
    RenamePane,
    changed,
    drawn,
    placed,
)
from fugue_actors.errors import FugueError, Refused, Unavailable
from fugue_actors.protocol.events import (
    Event,
    LayoutChanged,
    PaneClosed,
    PaneLinked,
    PaneOpened,
    PaneRenamed,
    PaneResized,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fugue_actors.actors.session import SessionActor
    from fugue_actors.kernel import Ref, Reply
    from fugue_actors.protocol.layout import Layout
    from fugue_actors.protocol.tiling import Rectangle
    from fugue_actors.protocol.values import Pane

logger = logging.getLogger(__name__)

MAX_PANES = 64
FIT_WITHIN = 5.0
FOLLOWED = PaneOpened | PaneClosed | PaneLinked | PaneResized | LayoutChanged


class Arranger:
    """See the module's docstring."""

    def __init__(self, actor: SessionActor) -> None:
        self.actor = actor
        self.changing = trio.Lock()
        self.fitting = trio.Lock()
        self.news = trio.Event()

    @property
    def layout(self) -> Layout:
        """As it is now."""
        return self.actor.journal.state.layout_of(self.actor.session_id)

    def notice(self, event: Event) -> None:
        """Called by the journal with all that happens to the session."""
        if isinstance(event, FOLLOWED):
            self.news.set()

    async def run(self, drafts: tuple[Pane, ...]) -> None:
        """End what an earlier incarnation left half done, then follow the layout."""
        self.news.set()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.end_panes, drafts)
            while True:
                await self.news.wait()
                self.news = trio.Event()
                await self.fit()

    async def carry_out(self, reply: Reply[Layout], request: Arrange) -> None:
        """Do what was asked, and answer when terminals have the size they are drawn."""
        try:
            match request:
                case PlacePanes():
                    await self.place(request)
                case RenamePane():
                    await self.rename(request)
                case _:
                    await self.change(lambda layout: following(layout, request))
            await self.fit()
        except (Refused, Unavailable) as error:
            reply.fail(error)
        else:
            reply.resolve(self.layout)

    async def change(self, to: Callable[[Layout], Layout]) -> None:
        """Record the layout that follows, unless the session is ending.

        What is shown in a session that ends would be gone as soon as it was reported.
        """
        async with self.changing:
            self.actor.opener.refuse_when_ending()
            layout = to(self.layout)
            if layout != self.layout:
                await self.actor.journal.record(
                    LayoutChanged(session_id=self.actor.session_id, layout=layout)
                )

    async def rename(self, request: RenamePane) -> None:
        async with self.changing:
            if request.pane_id not in {pane.pane_id for pane in self.panes()}:
                raise panes.closed(request.pane_id)
            others = (p for p in self.panes() if p.pane_id != request.pane_id)
            check_free([request.name], others)
            await self.actor.journal.record(
                PaneRenamed(
                    pane_id=request.pane_id,
                    session_id=self.actor.session_id,
                    name=request.name,
                )
            )

    # ---- new panes

    async def place(self, request: PlacePanes) -> None:
        """Start the panes, and show them when all of them run."""
        failure: FugueError | None = None
        try:
            async with trio.open_nursery() as nursery:
                for ref in await self.start_drafts(request):
                    nursery.start_soon(panes.running, ref)
            await self.change(lambda layout: placed(layout, request))
        except* (Refused, Unavailable) as group:
            failure = first_of(group)
        if failure is not None:
            ours = {pane.pane_id for pane in request.panes}
            await self.end_panes(p for p in self.panes() if p.pane_id in ours)
            raise panes.fresh(failure)

    async def start_drafts(self, request: PlacePanes) -> list[Ref]:
        """Record panes with the size of their places, and start their actors."""
        async with self.changing:
            if len(self.panes()) + len(request.panes) > MAX_PANES:
                raise Refused("Busy", f"a session has at most {MAX_PANES} panes")
            sizes = drawn(placed(self.layout, request))
            check_free([p.name for p in request.panes if p.name], self.panes())
            return [
                await self.actor.opener.start_pane(
                    attrs.evolve(
                        pane,
                        columns=sizes[pane.pane_id].columns,
                        lines=sizes[pane.pane_id].lines,
                        draft=True,
                    )
                )
                for pane in request.panes
            ]

    async def end_panes(self, ended: Iterable[Pane]) -> None:
        async with trio.open_nursery() as nursery:
            for pane in tuple(ended):
                nursery.start_soon(self.actor.opener.undo, pane)

    # ---- sizes

    async def fit(self) -> None:
        """Give each terminal the size it is drawn with."""
        async with self.fitting:
            with trio.move_on_after(FIT_WITHIN):
                async with trio.open_nursery() as nursery:
                    for pane_id, area in drawn(self.layout).items():
                        pane = self.actor.journal.state.panes[pane_id]
                        has_host = pane.state in ("running", "exited")
                        if has_host and (pane.columns, pane.lines) != size_of(area):
                            nursery.start_soon(self.fit_pane, pane, area)

    async def fit_pane(self, pane: Pane, area: Rectangle) -> None:
        ref = self.actor.pane_ref(pane)
        if ref is None:
            return
        try:
            await panes.resize(ref, columns=area.columns, lines=area.lines)
        except (Refused, Unavailable) as error:
            logger.info("pane %s keeps its size: %s", pane.pane_id, error.message)

    def panes(self) -> tuple[Pane, ...]:
        return self.actor.journal.state.panes_of(self.actor.session_id)


def following(layout: Layout, request: Arrange) -> Layout:
    """The layout after a change for which no pane is started or named."""
    if isinstance(request, windows.OfWindow):
        return windows.changed(layout, request)
    return changed(layout, request)


def size_of(area: Rectangle) -> tuple[int, int]:
    return area.columns, area.lines


def check_free(names: Iterable[str], taken_by: Iterable[Pane]) -> None:
    """Refuse a name that another pane has, or that is given twice.

    Raises:
        Refused: `InvalidArgument`.
    """
    taken = {pane.name for pane in taken_by}
    for name in names:
        if name in taken:
            raise Refused(
                "InvalidArgument",
                f"another pane of the session is named {name!r}",
                hint="choose another name, or rename that pane first",
            )
        taken.add(name)


def first_of(group: BaseExceptionGroup[Refused | Unavailable]) -> FugueError:
    """The first of the errors in a group."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, FugueError)
    return error
