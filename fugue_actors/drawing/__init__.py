"""Pictures of a terminal, and the fewest bytes that put them on a real one. PURE.

    canvas = Canvas(columns, lines)
    painter = Painter(columns, lines)

    canvas.clear()
    canvas.put_rows(area, client.model.screens[pane_id].rows)
    canvas.put_borders(window, borders(areas, columns, lines, active), style, active_style)
    canvas.text(0, lines - 1, name, Style(fg="green"), width=20)
    terminal.write(painter.paint(canvas, Cursor(x, y)))

- A **canvas** is drawn anew for each picture, from the back to the front: screens, borders,
  texts, boxes on top. It cuts off what does not fit and defuses what strangers have put into
  texts. Rows of a client's model are remembered as long as they are the same objects, so a
  picture of which little has changed costs little.
- A **painter** knows what the outer terminal shows and gives the bytes that change it into the
  canvas: nothing for what is the same. After `forget` or `resize` it paints everything. It has
  the terminal not wrap; `finish` undoes that.
- A **style** is a `Style`, with the fields of a run of the monitor protocol.
- `Rectangle`s are those of `protocol.tiling`, in cells.
"""

from __future__ import annotations

from fugue_actors.drawing.boxes import Line, borders
from fugue_actors.drawing.canvas import Canvas
from fugue_actors.drawing.cells import columns_of, style_of
from fugue_actors.drawing.colours import TRUE_COLOUR
from fugue_actors.drawing.painter import Cursor, Painter
from fugue_actors.terminal.styles import PLAIN, Style

__all__ = [
    "PLAIN",
    "TRUE_COLOUR",
    "Canvas",
    "Cursor",
    "Line",
    "Painter",
    "Style",
    "borders",
    "columns_of",
    "style_of",
]
