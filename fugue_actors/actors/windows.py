"""What can be asked of a session's windows as wholes. Pure.

These are changes of the layout like those in `layouts`, and asked for in the same way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import attrs

from fugue_actors.actors.layouts import Arrange
from fugue_actors.protocol import presets, resizing, windows
from fugue_actors.protocol.layout import Preset
from fugue_actors.protocol.presets import MAIN, Turn

if TYPE_CHECKING:
    from fugue_actors.protocol.layout import Layout


@attrs.frozen(kw_only=True)
class SizeWindow(Arrange):
    """Give a window another size."""

    window_id: str
    columns: int
    lines: int


@attrs.frozen(kw_only=True)
class ArrangeWindow(Arrange):
    """Arrange a window's panes in a usual way; `main` is the share of the main pane."""

    window_id: str
    preset: Preset | Turn
    main: float = MAIN


@attrs.frozen(kw_only=True)
class FocusWindow(Arrange):
    """Give a window the focus of the session."""

    window_id: str


@attrs.frozen(kw_only=True)
class RenameWindow(Arrange):
    """Give a window a name, or (None) take it away."""

    window_id: str
    name: str | None


@attrs.frozen(kw_only=True)
class MoveWindow(Arrange):
    """Give a window another number; see `windows.at_number`."""

    window_id: str
    number: int | None
    insert: bool = False


@attrs.frozen(kw_only=True)
class SwapWindows(Arrange):
    """Let two windows change their numbers."""

    one: str
    other: str


@attrs.frozen(kw_only=True)
class RotateWindow(Arrange):
    """Let each pane of a window take the place of the one before it, or after it."""

    window_id: str
    back: bool = False


OfWindow = (
    SizeWindow
    | ArrangeWindow
    | FocusWindow
    | RenameWindow
    | MoveWindow
    | SwapWindows
    | RotateWindow
)


def changed(layout: Layout, request: OfWindow) -> Layout:
    """The layout that follows.

    Raises:
        Refused: It cannot be done.
    """
    match request:
        case SizeWindow(window_id=window_id, columns=columns, lines=lines):
            return resizing.resized(layout, window_id, columns, lines)
        case ArrangeWindow(window_id=window_id, preset=preset, main=main):
            return presets.arranged(layout, window_id, preset, main)
        case FocusWindow(window_id=window_id):
            return windows.focused_window(layout, window_id)
        case RenameWindow(window_id=window_id, name=name):
            return windows.named(layout, window_id, name)
        case MoveWindow(window_id=window_id, number=number, insert=insert):
            return windows.at_number(layout, window_id, number, insert=insert)
        case SwapWindows(one=one, other=other):
            return windows.swapped_windows(layout, one, other)
        case RotateWindow(window_id=window_id, back=back):
            return windows.rotated(layout, window_id, back=back)
        case _:
            assert_never(request)
