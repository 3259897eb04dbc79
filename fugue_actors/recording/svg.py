"""A recording as an SVG picture that moves by itself, for pages that run no script. Pure.

Each row that is shown at some height is drawn once, and shown when it is its time: one
animation a row, all of the same length, which begin anew together. Where nothing moves, the
last picture is seen. Pauses are shortened, since nobody can skip them.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from html import escape
from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.drawing.cells import spell
from fugue_actors.recording.looks import DARK, LIGHT, Palette, is_drawing, look
from fugue_actors.recording.reel import Reel
from fugue_actors.recording.rows import BLANK
from fugue_actors.recording.strokes import ARMS, CELL, STRAIGHT, number, strokes
from fugue_actors.terminal.characters import NARROW

if TYPE_CHECKING:
    from fugue_actors.recording.reel import Frame
    from fugue_actors.terminal.styles import Style

PAD: Final = 10
BAR: Final = 28
"""Height of the line with the title."""
REST: Final = 2.0
"""Seconds that the last picture stays before it begins anew."""
USUAL_PAUSE: Final = 2.0
FONT: Final = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"

Span = tuple[float, float]


def animated(reel: Reel, *, pause: float = USUAL_PAUSE, palette: Palette = DARK) -> str:
    """The moving picture of a recording, whose secrets have been masked before.

    Args:
        reel: The recording.
        pause: Seconds after which a picture that does not change is left.
        palette: The colours.
    """
    frames, times = shortened(reel.frames, reel.end, pause)
    drawing = Drawing(reel, palette)
    total = times[-1]
    shown: dict[tuple[int, int], list[Span]] = defaultdict(list)
    cursors: dict[tuple[int, int], list[Span]] = defaultdict(list)
    for frame, start, end in zip(frames, times, times[1:], strict=False):
        for y, row in enumerate(frame.rows):
            if row != BLANK:
                extend(shown[y, row], start, end)
        if frame.cursor is not None:
            extend(cursors[frame.cursor], start, end)
    parts = [
        drawing.group(drawing.row(y, row), spans, total)
        for (y, row), spans in shown.items()
    ]
    parts += [
        drawing.group(drawing.cursor(*place), spans, total)
        for place, spans in cursors.items()
    ]
    return drawing.whole("".join(parts))


def still(reel: Reel, at: float, *, palette: Palette = DARK) -> str:
    """The picture of one moment."""
    frame = reel.frames[0]
    for each in reel.frames:
        if each.at <= at:
            frame = each
    drawing = Drawing(reel, palette)
    parts = [drawing.row(y, row) for y, row in enumerate(frame.rows) if row != BLANK]
    if frame.cursor is not None:
        parts.append(drawing.cursor(*frame.cursor))
    return drawing.whole("".join(parts))


def shortened(
    frames: list[Frame], end: float, pause: float
) -> tuple[list[Frame], list[float]]:
    """The pictures, and when each begins if none lasts longer than a pause.

    Returns:
        The pictures; and their times with one more, the end.
    """
    times = [0.0]
    moments = [frame.at for frame in frames] + [max(end, frames[-1].at)]
    for before, after in itertools.pairwise(moments):
        times.append(times[-1] + min(pause, after - before))
    times[-1] += REST
    return frames, times


def extend(spans: list[Span], start: float, end: float) -> None:
    """Add a time, joined with the one before if there is nothing between."""
    if spans and spans[-1][1] == start:
        spans[-1] = spans[-1][0], end
    else:
        spans.append((start, end))


@attrs.define(eq=False)
class Drawing:
    """Draws the parts of one picture."""

    reel: Reel
    palette: Palette
    classes: dict[str, str] = attrs.Factory(dict)

    @property
    def size(self) -> tuple[float, float]:
        """Of all of it, in pixels."""
        columns, lines = self.reel.size
        return columns * CELL[0] + 2 * PAD, lines * CELL[1] + 2 * PAD + BAR

    def row(self, y: int, row: int) -> str:
        """One row, by its number, at its height."""
        found, x = [], 0
        for text, style in self.reel.rows[row]:
            for piece, columns in pieces(text):
                found.append(self.run(x, y, piece, columns, style))
                x += columns
        return "".join(found)

    def run(self, x: int, y: int, text: str, columns: int, style: Style) -> str:
        """Some cells that look the same."""
        seen = look(style, self.palette, is_drawing=is_drawing(text))
        left, width = number(PAD + x * CELL[0]), number(columns * CELL[0])
        top = BAR + PAD + y * CELL[1]
        found = ""
        if seen.background is not None:
            found += (
                f'<rect x="{left}" y="{top}" width="{width}" height="{CELL[1]}" '
                f'fill="{seen.background}"/>'
            )
        if text[0] in ARMS:
            return found + strokes(PAD + x * CELL[0], top, text, seen.colour)
        bare = text.rstrip(" ")
        lead = len(bare) - len(bare.lstrip(" "))
        if not bare.strip():
            return found
        rules = [f"fill:{seen.colour}"]
        if style.bold:
            rules.append("font-weight:700")
        if style.italic:
            rules.append("font-style:italic")
        lines = [
            name
            for name, is_there in (
                ("underline", style.underline),
                ("line-through", style.strike),
            )
            if is_there
        ]
        if lines:
            rules.append(f"text-decoration:{' '.join(lines)}")
        kind = self.classes.setdefault(";".join(rules), f"c{len(self.classes)}")
        left = number(PAD + (x + lead) * CELL[0])
        taken = columns - lead - (len(text) - len(bare))
        # Whatever the font is, a text is as wide as its cells.
        fit = f' textLength="{number(taken * CELL[0])}"' if taken > 1 else ""
        said = escape(cleaned(bare[lead:]), quote=False)
        return (
            f'{found}<text class="{kind}" x="{left}" y="{top + 13}"{fit}>{said}</text>'
        )

    def cursor(self, x: int, y: int) -> str:
        """The cursor."""
        left, top = number(PAD + x * CELL[0]), BAR + PAD + y * CELL[1]
        return (
            f'<rect x="{left}" y="{top}" width="{CELL[0]}" height="{CELL[1]}" '
            f'fill="#{self.palette.cursor}" fill-opacity=".5"/>'
        )

    def group(self, drawn: str, spans: list[Span], total: float) -> str:
        """What is only to be seen at some times."""
        if spans == [(0.0, total)]:
            return drawn
        times, values = ["0"], ["none"]
        for start, end in spans:
            for moment, value in ((start, "inline"), (end, "none")):
                share = f"{min(1.0, moment / total):.5f}".rstrip("0").rstrip(".")
                if share == times[-1]:
                    values[-1] = value
                elif share != "1":
                    times.append(share)
                    values.append(value)
        # Without animation the last picture is seen.
        hidden = "" if spans[-1][1] >= total else ' display="none"'
        return (
            f'<g{hidden}>{drawn}<animate attributeName="display" dur="{total:.2f}s" '
            f'repeatCount="indefinite" calcMode="discrete" keyTimes="{";".join(times)}" '
            f'values="{";".join(values)}"/></g>'
        )

    def whole(self, drawn: str) -> str:
        """The file."""
        width, height = self.size
        title = escape(cleaned(self.reel.header.title or "fugue"), quote=False)
        dots = "".join(
            f'<circle cx="{18 + 16 * place}" cy="16" r="5" fill="#{colour}"/>'
            for place, colour in enumerate(
                self.palette.names[name] for name in ("red", "yellow", "green")
            )
        )
        rules = "".join(f".{name}{{{rule}}}" for rule, name in self.classes.items())
        # Coordinates need no more than a tenth of a pixel.
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {number(width)} '
            f'{number(height)}" width="{number(width)}" height="{number(height)}" '
            f'role="img" aria-label="{escape(title, quote=True)}">'
            f"<title>{title}</title>"
            f"<style>text{{white-space:pre;font:14px {FONT}}}rect{{shape-rendering:crispEdges}}"
            f"{rules}.t{{font-family:sans-serif;fill:#{self.palette.names['brightblack']}}}"
            f"</style>"
            f'<rect width="100%" height="100%" rx="8" fill="#{self.palette.background}"/>'
            f'{dots}<text class="t" x="{number(width / 2)}" y="20" '
            f'text-anchor="middle">{title}</text>{drawn}</svg>\n'
        )


def pieces(text: str) -> list[tuple[str, int]]:
    """A text in parts of known width: what is not surely narrow stands alone."""
    if NARROW.fullmatch(text):
        return [(part, len(part)) for part in STRAIGHT.findall(text)]
    found: list[tuple[str, int]] = []
    plain = ""
    cells = spell(text)
    for x, cell in enumerate([*cells, ""]):
        if NARROW.fullmatch(cell):
            plain += cell
            continue
        found += [(part, len(part)) for part in STRAIGHT.findall(plain)]
        plain = ""
        if cell:
            found.append((cell, 2 if x + 1 < len(cells) and not cells[x + 1] else 1))
    return found


def cleaned(text: str) -> str:
    """A text that XML can hold."""
    return "".join(
        character
        for character in text
        if character >= " " and not "\ud800" <= character <= "\udfff"
        if character not in "\ufffe\uffff\x7f"
    )


THEMES: Final[dict[str, Palette]] = {"dark": DARK, "light": LIGHT}
