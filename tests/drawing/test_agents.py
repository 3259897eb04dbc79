"""What real agents have drawn in their panes is drawn on the outer terminal as it is there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from drawingkit import seen, wanted

from fugue_actors.drawing import Canvas, Cursor, Painter
from fugue_actors.protocol.tiling import Rectangle
from fugue_actors.terminal.emulator import Emulator
from fugue_actors.terminal.rowtext import row_text

GOLDEN = Path(__file__).parents[1] / "terminal" / "golden"
RECORDINGS = sorted(GOLDEN.glob("*.bin"))
PIECE_BYTES = 700


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.stem)
def test_a_recording_goes_through_to_the_outer_terminal(recording: Path) -> None:
    """From the program's bytes to the rows of the protocol, and on to bytes again."""
    size = json.loads(recording.with_suffix(".json").read_text(encoding="utf-8"))
    columns, lines = size["columns"], size["lines"]
    pane, outer = Emulator(columns, lines), Emulator(columns, lines)
    canvas, painter = Canvas(columns, lines), Painter(columns, lines)
    output = recording.read_bytes()
    texts: list[str] = [""] * lines
    rows: list[Any] = [[]] * lines
    for start in range(0, len(output), PIECE_BYTES):
        pane.feed(output[start : start + PIECE_BYTES])
        for y, row in enumerate(pane.rows):
            if (text := row_text(row)) != texts[y]:
                texts[y], rows[y] = text, json.loads(text)
        canvas.clear()
        canvas.put_rows(Rectangle(0, 0, columns, lines), rows)
        cursor = Cursor(pane.cursor.x, pane.cursor.y, pane.is_cursor_visible)
        outer.feed(painter.paint(canvas, cursor))
        assert seen(outer) == wanted(canvas)
        assert seen(outer) == seen(pane)
        assert outer.is_cursor_visible == pane.is_cursor_visible
        if pane.is_cursor_visible:
            assert outer.cursor == pane.cursor
