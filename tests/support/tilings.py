"""Windows of any arrangement, as the daemon would tell of them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from fugue_actors.protocol.layout import Leaf, Part, Split, Window
from fugue_actors.protocol.tiling import minimum, rectangles


def trees(depth: int, direction: str) -> st.SearchStrategy[Any]:
    """A tree of splits, whose panes have no ids yet."""
    leaf = st.just("leaf")
    if depth == 0:
        return leaf
    other = "horizontal" if direction == "vertical" else "vertical"
    parts = st.lists(trees(depth - 1, other), min_size=2, max_size=3)
    return leaf | parts.map(lambda each: (direction, each))


def grown(shape: Any, ids: Any) -> Leaf | Split:
    """A tree with ids."""
    if shape == "leaf":
        return Leaf(pane_id=f"p{next(ids)}")
    direction, parts = shape
    share = 1 / len(parts)
    grown_parts = tuple(Part(ratio=share, node=grown(each, ids)) for each in parts)
    return Split(direction=direction, parts=grown_parts)


@st.composite
def window_documents(draw: st.DrawFn) -> dict[str, Any]:
    """A window's document: any tree of splits on any size that has room for it."""
    direction = draw(st.sampled_from(["vertical", "horizontal"]))
    root = grown(draw(trees(3, direction)), iter(range(100)))
    least = minimum(root)
    columns = draw(st.integers(least[0], least[0] + 60))
    lines = draw(st.integers(least[1], least[1] + 30))
    window = Window(window_id="w0", columns=columns, lines=lines, focus="p0", root=root)
    return document_of(window)


def document_of(window: Window) -> dict[str, Any]:
    """A window as the monitor protocol tells of it."""
    return {
        "window_id": window.window_id,
        "number": 0,
        "name": window.name,
        "focused": True,
        "columns": window.columns,
        "lines": window.lines,
        "pane_id": window.focus,
        "zoomed": None,
        "layout": {},
        "panes": [
            {
                "pane_id": pane_id,
                "name": None,
                "focused": pane_id == window.focus,
                "x": area.x,
                "y": area.y,
                "columns": area.columns,
                "lines": area.lines,
            }
            for pane_id, area in rectangles(window).items()
        ],
    }
