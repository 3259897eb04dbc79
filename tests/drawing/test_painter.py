"""The painter: an outer terminal shows the canvas, and is told no more than it must be."""

from __future__ import annotations

import re

from drawingkit import cursors, draw, scenes, seen, sizes, wanted
from hypothesis import given, settings, strategies as st
from strategies import untimed

from fugue_actors.drawing import Canvas, Painter
from fugue_actors.terminal.emulator import Emulator

CONTROLS = re.compile(
    rb"\x1b(?:\[[?0-9;:]*[ ]?[A-Za-z])|\r\n|\r|\x08|[^\x00-\x1f\x7f]+"
)


@settings(untimed, max_examples=300)
@given(
    sizes, st.lists(st.tuples(scenes, cursors, st.booleans()), max_size=4), st.data()
)
def test_a_terminal_shows_every_picture_exactly(size, pictures, data) -> None:
    """Whatever was shown before, and whatever strangers put into texts."""
    options = data.draw(
        st.fixed_dictionaries(
            {"erases_colour": st.booleans(), "is_synchronized": st.booleans()}
        )
    )
    canvas, painter = Canvas(*size), Painter(*size, **options)
    outer = Emulator(*size)
    outer.feed(b"rubbish" * 9)
    for scene, cursor, forgets in pictures:
        if forgets:
            painter.forget()
        output = painter.paint(draw(canvas, scene), cursor)
        assert not CONTROLS.sub(b"", output)
        outer.feed(output)
        assert seen(outer) == wanted(canvas)
        assert outer.is_cursor_visible == (cursor is not None and cursor.visible)
        if cursor is not None and cursor.visible:
            at = min(cursor.x, size[0] - 1), min(cursor.y, size[1] - 1)
            assert (outer.cursor.x, outer.cursor.y) == at
            assert outer.cursor_shape == cursor.shape
        assert painter.paint(draw(canvas, scene), cursor) == b""
