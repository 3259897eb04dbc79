"""Layouts for tests, drawn as text: what a window shows, one letter to a pane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fugue_actors.protocol import tiling
from fugue_actors.protocol.layout import Layout, Leaf, Window
from fugue_actors.protocol.presets import tree
from fugue_actors.protocol.windows import with_window

if TYPE_CHECKING:
    from fugue_actors.protocol.layout import Node, Preset


def showing(root: Node, columns: int = 11, lines: int = 5) -> Layout:
    """A layout of one window, `w`, that shows a tree; its first pane has the focus."""
    window = Window(
        window_id="w", columns=columns, lines=lines, focus=first(root), root=root
    )
    return with_window(Layout(), window)


def arranged(preset: Preset, panes: str, columns: int = 11, lines: int = 5) -> Layout:
    """A layout of one window, `w`, with a pane for each letter."""
    return showing(tree(preset, panes), columns, lines)


def first(root: Node) -> str:
    """The pane that is read first."""
    return root.pane_id if isinstance(root, Leaf) else first(root.parts[0].node)


def picture(window: Window) -> list[str]:
    """A window line by line: panes as letters, and dots between them."""
    cells = [["."] * window.columns for _ in range(window.lines)]
    for pane_id, area in tiling.rectangles(window).items():
        for y in range(area.y, area.y + area.lines):
            for x in range(area.x, area.x + area.columns):
                cells[y][x] = pane_id
    return ["".join(line) for line in cells]
