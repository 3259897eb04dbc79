"""A recording as one HTML file that needs nothing else: no network, no other file. Pure.

The page's own policy forbids everything but the one script and the one style that stand in
it, by their hashes. The pictures are data: rows by number, each once, and for each moment the
rows that are others than before; deflated, since most rows resemble each other.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import attrs

from fugue_actors.drawing.cells import spell
from fugue_actors.recording.looks import (
    DARK,
    LIGHT,
    is_drawing,
    lines_of,
    look,
)
from fugue_actors.terminal.characters import NARROW
from fugue_actors.terminal.styles import Style

if TYPE_CHECKING:
    from fugue_actors.recording.reel import Frame, Reel
    from fugue_actors.recording.rows import Runs

PAGE: Final = "page"


@attrs.frozen
class Template:
    """The parts of the page: its text with places for the others, script and style."""

    text: str
    script: str
    style: str

    @classmethod
    def load(cls) -> Template:
        """The parts that come with this package."""
        found = files(__package__) / PAGE
        return cls(
            *(
                (found / f"player.{suffix}").read_text("utf-8")
                for suffix in ("html", "js", "css")
            )
        )


def page(reel: Reel, template: Template) -> str:
    """The page of a recording, whose secrets have been masked before.

    Args:
        reel: The recording.
        template: The page's parts.
    """
    styles = Styles()
    data = base64.b64encode(zlib.compress(encoded(reel, styles), 9)).decode()
    style = template.style + styles.sheet()
    title = reel.header.title or "A recording"
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src '{digest(template.script)}'",
            f"style-src '{digest(style)}'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    parts = {
        "policy": escape(policy, quote=True),
        "title": escape(title),
        "style": style,
        "script": template.script,
        "data": data,
    }
    pieces = template.text.split("{{")
    text = pieces[0]
    for piece in pieces[1:]:
        name, _, rest = piece.partition("}}")
        text += parts[name] + rest
    return text


def digest(text: str) -> str:
    """How a policy names a script or a style."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def encoded(reel: Reel, styles: Styles) -> bytes:
    """All that the page shows, as JSON.

    Args:
        reel: The recording.
        styles: Gets the styles that it uses.
    """
    columns, lines = reel.size
    began = reel.header.timestamp
    shape: dict[str, Any] = {
        "title": reel.header.title,
        "began": None if began is None else int(began * 1000),
        "columns": columns,
        "lines": lines,
        "end": milliseconds(reel.end),
        "rows": [row(reel.rows[number], styles) for number in range(len(reel.rows))],
        "frames": frames(reel.frames),
        "notes": [
            {"at": milliseconds(at), "kind": note.kind, "label": note.label}
            for at, note in reel.notes
        ],
        "markers": [
            {"at": milliseconds(at), "label": label} for at, label in reel.markers
        ],
    }
    return json.dumps(shape, ensure_ascii=False, separators=(",", ":")).encode(
        errors="replace"
    )


def frames(all_frames: list[Frame]) -> list[list[Any]]:
    """Each moment: when, the cursor's column and line, the size, and what is new of rows.

    The cursor is -1, -1 if it is hidden; the size is 0, 0 if it is that of before. Rows are
    pairs of a line and the row that stands there now; after a change of size all others are
    blank.
    """
    found = []
    size, before = (0, 0), tuple[int, ...]()
    for frame in all_frames:
        is_resized = (frame.columns, frame.lines) != size
        if is_resized:
            size, before = (frame.columns, frame.lines), (0,) * frame.lines
        cursor = frame.cursor or (-1, -1)
        shape: list[Any] = [
            milliseconds(frame.at),
            *cursor,
            *(size if is_resized else (0, 0)),
        ]
        for y, number in enumerate(frame.rows):
            if number != before[y]:
                shape += [y, number]
        before = frame.rows
        found.append(shape)
    return found


def row(runs: Runs, styles: Styles) -> list[Any]:
    """A row as pairs of a style and a text; as three if it is as wide as a number says.

    What is not surely as wide as it has characters stands alone, so that the page can give
    it its width whatever the font says.
    """
    found: list[Any] = []
    for text, style in runs:
        if NARROW.fullmatch(text):
            found.append([styles.number(style, text), text])
            continue
        cells = spell(text)
        plain = ""
        for x, cell in enumerate([*cells, ""]):
            if x < len(cells) and NARROW.fullmatch(cell):
                plain += cell
                continue
            if plain:
                found.append([styles.number(style, plain), plain])
                plain = ""
            if cell:
                is_wide = x + 1 < len(cells) and not cells[x + 1]
                found.append([styles.number(style, cell), cell, 2 if is_wide else 1])
    return found


def milliseconds(seconds: float) -> int:
    """A moment as the page counts."""
    return round(seconds * 1000)


@attrs.define(eq=False)
class Styles:
    """The styles that a page uses, by number."""

    numbers: dict[tuple[Style, bool], int] = attrs.Factory(dict)

    def number(self, style: Style, text: str) -> int:
        """The number of a style, as far as a text needs it."""
        key = style, is_drawing(text)
        return self.numbers.setdefault(key, len(self.numbers))

    def sheet(self) -> str:
        """Their rules in CSS."""
        return "".join(
            f".s{number}{{{declarations(style, is_drawn=is_drawn)}}}\n"
            for (style, is_drawn), number in self.numbers.items()
        )


def declarations(style: Style, *, is_drawn: bool) -> str:
    """A style in CSS, for both themes."""
    light = look(style, LIGHT, is_drawing=is_drawn)
    dark = look(style, DARK, is_drawing=is_drawn)
    found = [f"color:light-dark({light.colour},{dark.colour})"]
    if light.background or dark.background:
        behind = (
            light.background or f"#{LIGHT.background}",
            dark.background or f"#{DARK.background}",
        )
        found.append(f"background:light-dark({behind[0]},{behind[1]})")
    if style.bold:
        found.append("font-weight:700")
    if style.italic:
        found.append("font-style:italic")
    lines = lines_of(style)
    if lines:
        found.append(f"text-decoration:{lines}")
    return ";".join(found)
