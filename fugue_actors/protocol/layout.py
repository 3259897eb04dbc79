"""Where a session's panes stand: windows, and in each a tree of splits. Pure.

A layout is a view kept by the daemon: it says how big each terminal is and where a
client draws it, and nothing about what runs there.

`vertical` puts panes side by side, with vertical lines between them; `horizontal` puts
them one above the other. That is the only meaning these words have anywhere in fugue.

The functions that change a layout are in `arranging`, those that measure in `tiling`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

Direction = Literal["vertical", "horizontal"]
Preset = Literal[
    "even-horizontal", "even-vertical", "main-horizontal", "main-vertical", "tiled"
]
"""The arrangements of tmux, by its names. These tell how the *panes* follow each other:
`even-horizontal` puts them side by side, which is a `vertical` split everywhere else."""

UNNUMBERED: Final = -1
"""The number of a window that has no place in a layout yet."""


@attrs.frozen(kw_only=True)
class Leaf:
    """One pane."""

    pane_id: str


@attrs.frozen(kw_only=True)
class Part:
    """What one part of a split shows; `ratio` is its share of the room."""

    ratio: float
    node: Leaf | Split


@attrs.frozen(kw_only=True)
class Split:
    """At least two parts, in reading order, whose ratios add up to 1.

    No part is itself a split in the same direction.
    """

    direction: Direction
    parts: tuple[Part, ...]


Node = Leaf | Split


@attrs.frozen(kw_only=True)
class Window:
    """One screenful: its size in cells, what it shows, and which pane has its focus.

    Attributes:
        number: What people call it by; it keeps that while others come and go.
        zoomed: The pane that is shown in full while the others are hidden. It has the
            focus, and is not the only one.
        preset: The arrangement that it was given last, after which the next one follows.
    """

    window_id: str
    columns: int
    lines: int
    focus: str
    root: Leaf | Split
    name: str | None = None
    number: int = UNNUMBERED
    zoomed: str | None = None
    preset: Preset | None = None

    @property
    def pane_ids(self) -> tuple[str, ...]:
        """Its panes, in reading order."""
        return tuple(leaves(self.root))


@attrs.frozen(kw_only=True)
class Layout:
    """A session's windows, by their numbers; `focus` is the id of the one that has it.

    Only a session without panes has no window, and then no focus.
    """

    windows: tuple[Window, ...] = ()
    focus: str | None = None

    @property
    def pane_ids(self) -> tuple[str, ...]:
        """Every pane, in reading order."""
        return tuple(pane for window in self.windows for pane in window.pane_ids)

    @property
    def focused_pane(self) -> str | None:
        """The pane that has the focus of the window that has the focus."""
        window = self.window(self.focus or "")
        return None if window is None else window.focus

    def window(self, window_id: str) -> Window | None:
        """The window with this id."""
        found = (each for each in self.windows if each.window_id == window_id)
        return next(found, None)

    def window_of(self, pane_id: str) -> Window | None:
        """The window that shows a pane."""
        found = (each for each in self.windows if pane_id in each.pane_ids)
        return next(found, None)


def leaves(node: Leaf | Split) -> Iterator[str]:
    """The panes of a tree, in reading order."""
    if isinstance(node, Leaf):
        yield node.pane_id
        return
    for part in node.parts:
        yield from leaves(part.node)


def window_for(pane_id: str, columns: int, lines: int) -> Window:
    """The window of a pane that nobody gave a place; its id follows from the pane's."""
    return Window(
        window_id="w" + pane_id.removeprefix("p"),
        columns=columns,
        lines=lines,
        focus=pane_id,
        root=Leaf(pane_id=pane_id),
    )
