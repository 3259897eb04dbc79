"""A session's layout: how it is changed, and how terminals get the size they are drawn.

The layout stands in the journal; the session's actor is the only one that changes it,
one change at a time. Panes that are to be placed start as drafts, which no layout shows;
when all of them run, one event gives them their places. If one cannot be started the
others are ended again, and an actor that starts ends the drafts it finds.

Whatever changed the layout, terminals follow it: `Arranger.fit` gives each the size it is
drawn with, after every change and when a pane is linked again.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import attrs
import trio

from fugue_actors.actors import pane as panes
from fugue_actors.errors import FugueError, Refused, Unavailable
from fugue_actors.kernel import Ref, Reply, Request
from fugue_actors.protocol import arranging, resizing, tiling
from fugue_actors.protocol.events import (
    Event,
    LayoutChanged,
    PaneClosed,
    PaneLinked,
    PaneOpened,
    PaneRenamed,
    PaneResized,
)
from fugue_actors.protocol.layout import Direction, Layout, Window
from fugue_actors.protocol.values import Pane

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fugue_actors.actors.session import SessionActor

logger = logging.getLogger(__name__)

MAX_PANES = 64
ARRANGE_WITHIN = 35.0
FIT_WITHIN = 5.0
FOLLOWED = PaneOpened | PaneClosed | PaneLinked | PaneResized | LayoutChanged


@attrs.frozen(kw_only=True)
class Arrange(Request[Layout]):
    """Something to be done to a session's layout; answered with the one that follows."""


@attrs.frozen(kw_only=True)
class Beside:
    """To the right of a pane, or below it, which keeps `ratio` of its room."""

    pane_id: str
    direction: Direction
    ratio: float


@attrs.frozen(kw_only=True)
class PlacePanes(Arrange):
    """Start panes and give them their places: all of them or none.

    Attributes:
        panes: The records; their size is that of their place.
        place: Beside another pane, for one; else windows that show just these.
        focus: Whether the first of them gets the focus.
    """

    panes: tuple[Pane, ...] = attrs.field(repr=False)
    place: Beside | tuple[Window, ...]
    focus: bool = False


@attrs.frozen(kw_only=True)
class RenamePane(Arrange):
    """Give a pane a name that no other of its session has."""

    pane_id: str
    name: str


@attrs.frozen(kw_only=True)
class FocusPane(Arrange):
    """Give a pane the focus of its window, and its window that of the session."""

    pane_id: str


@attrs.frozen(kw_only=True)
class SwapPanes(Arrange):
    """Let two panes change places."""

    one: str
    other: str


@attrs.frozen(kw_only=True)
class MovePane(Arrange):
    """Put a pane beside another, or (`beside` None) into a window of its own."""

    pane_id: str
    beside: Beside | None


@attrs.frozen(kw_only=True)
class SizePane(Arrange):
    """Give a pane so many columns, so many lines, or both."""

    pane_id: str
    columns: int | None = None
    lines: int | None = None


@attrs.frozen(kw_only=True)
class SharePane(Arrange):
    """Give a pane another share of its split: just this one, or so much more."""

    pane_id: str
    direction: Direction | None
    ratio: float | None = None
    delta: float = 0.0


@attrs.frozen(kw_only=True)
class SizeWindow(Arrange):
    """Give a window another size."""

    window_id: str
    columns: int
    lines: int


async def arrange(session: Ref, request: Arrange) -> Layout:
    """Have a session's layout changed; returns the one that follows.

    Raises:
        Refused: It cannot be done as a whole, and nothing of it was.
    """
    return await session.ask(request, within=ARRANGE_WITHIN)


def changed(layout: Layout, request: Arrange) -> Layout:
    """The layout that follows, for whatever needs no new pane. Pure.

    Raises:
        Refused: It cannot be done.
    """
    match request:
        case FocusPane(pane_id=pane_id):
            return arranging.focused(layout, pane_id)
        case SwapPanes(one=one, other=other):
            return arranging.swapped(layout, one, other)
        case MovePane(pane_id=pane_id, beside=None):
            return arranging.broken_out(layout, pane_id)
        case MovePane(pane_id=pane_id, beside=Beside() as place):
            return arranging.moved(
                layout, pane_id, place.pane_id, place.direction, place.ratio
            )
        case SizePane(pane_id=pane_id, columns=columns, lines=lines):
            if columns is not None:
                layout = resizing.with_extent(layout, pane_id, "vertical", columns)
            if lines is not None:
                layout = resizing.with_extent(layout, pane_id, "horizontal", lines)
            return layout
        case SharePane(pane_id=pane_id, direction=direction, ratio=ratio):
            more = request.delta
            return resizing.with_share(
                layout,
                pane_id,
                direction,
                lambda share: share + more if ratio is None else ratio,
            )
        case SizeWindow(window_id=window_id, columns=columns, lines=lines):
            return resizing.resized(layout, window_id, columns, lines)
    raise TypeError(request)


def placed(layout: Layout, request: PlacePanes) -> Layout:
    """The layout with new panes in their places. Pure.

    Raises:
        Refused: There is no room, or the pane beside which they were to be is gone.
    """
    place = request.place
    if isinstance(place, Beside):
        (pane,) = request.panes
        layout = arranging.split(
            layout, place.pane_id, pane.pane_id, place.direction, place.ratio
        )
    else:
        for window in place:
            layout = resizing.resized(
                arranging.with_window(layout, window),
                window.window_id,
                window.columns,
                window.lines,
            )
    if request.focus:
        return arranging.focused(layout, request.panes[0].pane_id)
    return layout


class Arranger:
    """The part of a session's actor that keeps its layout."""

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
        await self.end_panes(drafts)
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
                    await self.change(lambda layout: changed(layout, request))
            await self.fit()
        except (Refused, Unavailable) as error:
            reply.fail(error)
        else:
            reply.resolve(self.layout)

    async def change(self, to: Callable[[Layout], Layout]) -> None:
        async with self.changing:
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
                await self.actor.start_pane(
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
                nursery.start_soon(self.actor.undo, pane)

    # ---- sizes

    async def fit(self) -> None:
        """Give each terminal the size it is drawn with."""
        async with self.fitting:
            with trio.move_on_after(FIT_WITHIN):
                async with trio.open_nursery() as nursery:
                    for pane_id, area in drawn(self.layout).items():
                        pane = self.actor.journal.state.panes[pane_id]
                        is_there = pane.hosted is not None and pane.state != "lost"
                        if is_there and (pane.columns, pane.lines) != size_of(area):
                            nursery.start_soon(self.fit_pane, pane, area)

    async def fit_pane(self, pane: Pane, area: tiling.Rectangle) -> None:
        ref = self.actor.pane_ref(pane)
        if ref is None:
            return
        try:
            await panes.resize(ref, columns=area.columns, lines=area.lines)
        except (Refused, Unavailable) as error:
            logger.info("pane %s keeps its size: %s", pane.pane_id, error.message)

    def panes(self) -> tuple[Pane, ...]:
        return self.actor.journal.state.panes_of(self.actor.session_id)


def drawn(layout: Layout) -> dict[str, tiling.Rectangle]:
    """Where each pane of a layout is, within its window."""
    areas: dict[str, tiling.Rectangle] = {}
    for window in layout.windows:
        areas |= tiling.rectangles(window)
    return areas


def size_of(area: tiling.Rectangle) -> tuple[int, int]:
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
