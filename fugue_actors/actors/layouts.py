"""What can be asked of a session's layout. Pure but for `arrange`, the way to ask.

A layout stands in the journal, and the session's actor is the only one that changes it
(`arranger`). The size of a terminal is that of its place, so this is also how one resizes
a pane.
"""

from __future__ import annotations

import attrs

from fugue_actors.kernel import Ref, Request
from fugue_actors.protocol import arranging, resizing, tiling
from fugue_actors.protocol.layout import Direction, Layout, Leaf, Split, Window
from fugue_actors.protocol.values import Pane

ARRANGE_WITHIN = 35.0


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
class InWindow:
    """In the right half of a window, beside all that it shows already."""

    window_id: str
    root: Leaf | Split


@attrs.frozen(kw_only=True)
class PlacePanes(Arrange):
    """Start panes and give them their places: all of them or none.

    Attributes:
        panes: The records; their size is that of their place.
        place: Beside another pane, for one; in a window; or windows that show just these.
        focus: Whether the first of them gets the focus.
    """

    panes: tuple[Pane, ...] = attrs.field(repr=False)
    place: Beside | InWindow | tuple[Window, ...]
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
    elif isinstance(place, InWindow):
        layout = arranging.extended(layout, place.window_id, place.root)
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


def drawn(layout: Layout) -> dict[str, tiling.Rectangle]:
    """Where each pane of a layout is, within its window."""
    areas: dict[str, tiling.Rectangle] = {}
    for window in layout.windows:
        areas |= tiling.rectangles(window)
    return areas
