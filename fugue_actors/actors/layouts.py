"""What can be asked of a session's layout. Pure but for `arrange`, the way to ask.

What is about windows as wholes stands in `windows`.

A layout stands in the journal, and the session's actor is the only one that changes it
(`arranger`). The size of a terminal is that of its place, so this is also how one resizes
a pane.
"""

from __future__ import annotations

import attrs

from fugue_actors.kernel import Ref, Request
from fugue_actors.protocol import arranging, resizing, tiling
from fugue_actors.protocol.layout import Direction, Layout, Leaf, Split, Window
from fugue_actors.protocol.neighbours import Side
from fugue_actors.protocol.values import Pane
from fugue_actors.protocol.windows import with_window

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
    """Put a pane beside another, or (`beside` None) into a window of its own.

    With `focus` it gets that of its new window and of the session.
    """

    pane_id: str
    beside: Beside | None
    focus: bool = False


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
class MoveBorder(Arrange):
    """Move a border of a pane by some cells; see `resizing.with_border_moved`."""

    pane_id: str
    towards: Side
    cells: int


@attrs.frozen(kw_only=True)
class PlaceBorder(Arrange):
    """Have a border of a pane in a column or line of its window."""

    pane_id: str
    edge: Side
    at: int


@attrs.frozen(kw_only=True)
class ZoomPane(Arrange):
    """Show a pane in full, or all of its window again; None for the other of the two."""

    pane_id: str
    on: bool | None = None


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
        case MovePane():
            return moved(layout, request)
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
        case MoveBorder(pane_id=pane_id, towards=towards, cells=cells):
            return resizing.with_border_moved(layout, pane_id, towards, cells)
        case PlaceBorder(pane_id=pane_id, edge=edge, at=at):
            return resizing.with_border_at(layout, pane_id, edge, at)
        case ZoomPane(pane_id=pane_id, on=on):
            return arranging.zoomed(layout, pane_id, on)
    raise TypeError(request)


def moved(layout: Layout, request: MovePane) -> Layout:
    """The layout with a pane elsewhere. Pure.

    Raises:
        Refused: It cannot be there.
    """
    pane_id, place = request.pane_id, request.beside
    if place is None:
        layout = arranging.broken_out(layout, pane_id)
    else:
        layout = arranging.moved(
            layout, pane_id, place.pane_id, place.direction, place.ratio
        )
    return arranging.focused(layout, pane_id) if request.focus else layout


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
                with_window(layout, window),
                window.window_id,
                window.columns,
                window.lines,
            )
    if request.focus:
        return arranging.focused(layout, request.panes[0].pane_id)
    return layout


def drawn(layout: Layout) -> dict[str, tiling.Rectangle]:
    """Where each pane that a layout shows is, within its window.

    A pane that is hidden, since another one of its window is zoomed, keeps its size.
    """
    areas: dict[str, tiling.Rectangle] = {}
    for window in layout.windows:
        areas |= tiling.rectangles(window)
    return areas
