"""The painter: an outer terminal shows the canvas, and is told no more than it must be."""

from __future__ import annotations

import re
from typing import Any

import pyte
import pytest
from drawingkit import cursors, draw, rows, scenes, seen, sizes, styles, wanted
from hypothesis import given, settings, strategies as st
from strategies import examples, untimed

from fugue_actors.drawing import PLAIN, Canvas, Cursor, Painter, Style
from fugue_actors.protocol.tiling import Rectangle
from fugue_actors.terminal.emulator import Emulator

KNOWN = re.compile(
    rb"\x1b\[[?0-9;:]*(?:[HGCKXmhl]| q)|\r\n|\r|\x08|(?:[^\x00-\x1f\x7f])+"
)
"""All that a painter may send."""
OPTIONS = st.fixed_dictionaries(
    {"erases_colour": st.booleans(), "is_synchronized": st.booleans()}
)


@examples(100)
@given(sizes, OPTIONS, st.lists(st.tuples(scenes, cursors, st.booleans()), max_size=4))
def test_a_terminal_shows_every_picture_exactly(
    size: tuple[int, int], options: dict[str, bool], pictures: list[Any]
) -> None:
    """Whatever was shown before, and whatever strangers put into texts."""
    canvas, painter = Canvas(*size), Painter(*size, **options)
    outer = Emulator(*size)
    outer.feed(b"rubbish" * 9)
    for scene, cursor, forgets in pictures:
        if forgets:
            painter.forget()
            outer.feed(b"\x1b[31mmore rubbish\x1b[H")
        output = painter.paint(draw(canvas, scene), cursor)
        assert not KNOWN.sub(b"", output)
        outer.feed(output)
        assert seen(outer) == wanted(canvas)
        assert outer.is_cursor_visible == (cursor is not None and cursor.visible)
        if cursor is not None and cursor.visible:
            at = min(cursor.x, size[0] - 1), min(cursor.y, size[1] - 1)
            assert (outer.cursor.x, outer.cursor.y) == at
            assert outer.cursor_shape == cursor.shape
        assert painter.paint(draw(canvas, scene), cursor) == b""


@settings(untimed)
@given(st.lists(st.tuples(sizes, scenes), min_size=1, max_size=4))
def test_a_terminal_shows_it_in_every_size(
    pictures: list[tuple[tuple[int, int], Any]],
) -> None:
    """What a terminal does with its text when it gets another size is its own business."""
    first = pictures[0][0]
    canvas, painter, outer = Canvas(*first), Painter(*first), Emulator(*first)
    for size, scene in pictures:
        canvas.resize(*size)
        painter.resize(*size)
        outer.resize(*size)
        outer.feed(painter.paint(draw(canvas, scene)))
        assert seen(outer) == wanted(canvas)


@settings(untimed)
@given(rows, rows)
def test_terminals_that_join_no_emoji_are_not_led_astray(
    before: Any, after: Any
) -> None:
    """What they think wider runs into what is behind it, and is drawn over again.

    pyte's own screen is such a terminal. All narrow text must stand where it belongs.
    """
    canvas, painter = Canvas(40, 4), Painter(40, 4, has_underlines=False)
    screen = pyte.Screen(40, 4)
    stream = pyte.Stream(screen)
    for picture in (before, after):
        canvas.clear()
        canvas.put_rows(Rectangle(0, 0, 40, 4), picture)
        for y in range(4):
            canvas.text(38, y, "|")
        stream.feed(painter.paint(canvas).decode())
    for y, glyphs in enumerate(canvas.glyphs):
        for x, glyph in enumerate(glyphs):
            if glyph.isascii() and glyph.strip():
                assert screen.buffer[y][x].data == glyph, (x, y, glyphs)


@pytest.mark.parametrize("odd", ["👨\u200d👩\u200d👧\u200d👦", "🇩🇪"])
def test_what_a_wide_emoji_runs_into_is_drawn_after_it(odd: str) -> None:
    """Though it has not changed: it is not there any more on a terminal that joins none."""
    canvas, painter = Canvas(20, 1), Painter(20, 1)
    screen = pyte.Screen(20, 1)
    stream = pyte.Stream(screen)
    canvas.text(2, 0, "abcdefg")
    stream.feed(painter.paint(canvas).decode())
    canvas.text(0, 0, odd)
    stream.feed(painter.paint(canvas).decode())
    assert "".join(screen.buffer[0][x].data for x in range(2, 9)) == "abcdefg"


# ---- how little is sent


HOME = Cursor(0, 0)


class Desk:
    """A canvas of 40 by 5 with words on it, painted once, with the cursor at its top left."""

    def __init__(self, **options: Any) -> None:
        self.canvas, self.painter = Canvas(40, 5), Painter(40, 5, **options)
        for y in range(5):
            self.canvas.text(0, y, f"line {y} of some text")
        self.first = self.painter.paint(self.canvas, Cursor(0, 0))

    def paint(self, cursor: Cursor | None = HOME) -> bytes:
        """What the next picture takes."""
        return self.painter.paint(self.canvas, cursor)


def test_nothing_new_is_nothing_to_send() -> None:
    """Not even the frame around it."""
    assert Desk().paint() == b""


def test_a_typed_character_is_itself() -> None:
    """What is drawn where the cursor is, and moves it, needs no more."""
    desk = Desk()
    assert desk.paint(Cursor(5, 2)) == b"\x1b[3;6H"
    desk.canvas.text(5, 2, "x")
    assert desk.paint(Cursor(6, 2)) == b"x"


def test_a_row_that_did_not_change_costs_nothing() -> None:
    """Only what is other is sent, in each row that has something."""
    desk = Desk(is_synchronized=False)
    desk.canvas.text(5, 1, "!")
    desk.canvas.text(30, 1, "new", Style(bold=True))
    assert desk.paint(None) == b"\x1b[?25l\x1b[2;6H!\x1b[31G\x1b[1mnew"


def test_pieces_that_belong_together_are_one_frame() -> None:
    """A terminal that knows frames shows no half of them, and one that does not no cursor."""
    desk = Desk()
    desk.canvas.text(0, 1, "L")
    desk.canvas.text(0, 3, "L")
    assert desk.paint() == (
        b"\x1b[?2026h\x1b[?25l\r\nL\x1b[4HL\x1b[H\x1b[?25h\x1b[?2026l"
    )


def test_a_row_of_blanks_is_erased() -> None:
    """In its background, if the terminal can."""
    blue = Style(bg="blue")
    for erases_colour, expected in (
        (True, b"\x1b[3H\x1b[44m\x1b[K"),
        (False, b"\x1b[3H\x1b[44m" + b" " * 40),
    ):
        desk = Desk(erases_colour=erases_colour)
        desk.canvas.field(0, 2, 40, "", blue)
        assert desk.paint(None) == expected + b"\x1b[?25l"


def test_long_gaps_in_a_row_are_stepped_over() -> None:
    """Erased first, if there was something."""
    desk = Desk()
    desk.painter.forget()
    desk.canvas.clear()
    desk.canvas.text(1, 0, "a")
    desk.canvas.text(30, 0, "b")
    assert b" a\x1b[28X\x1b[31Gb\x1b[K\r\n" in desk.paint()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ab", "ab"),
        ("äß", "äß"),
        ("──", "──"),
        ("漢字", "漢字\x1b[7G"),
        ("漢、字。", "漢、字。\x1b[11G"),
        ("e\u0301", "e\u0301\x1b[4G"),
        ("\ue0b0", "\ue0b0\x1b[4G"),
        ("👍", "\x1b[2X👍\x1b[5G"),
    ],
)
def test_after_what_terminals_disagree_about_the_column_is_said(
    text: str, expected: str
) -> None:
    """A row is not shifted by what stands in it."""
    canvas, painter = Canvas(20, 1), Painter(20, 1)
    painter.paint(canvas, Cursor(2, 0))
    canvas.text(2, 0, text + "z")
    assert painter.paint(canvas, Cursor(19, 0)).decode().startswith(expected + "z")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [("漢", "字", "字\x1b[6G"), ("👍", "👎", "\x1b[2X👎\x1b[6G")],
)
def test_a_wide_character_takes_the_place_of_another(
    before: str, after: str, expected: str
) -> None:
    """Both of its columns are drawn, though the second one is as it was."""
    canvas, painter = Canvas(20, 1), Painter(20, 1)
    canvas.text(2, 0, f"{before}z")
    painter.paint(canvas, Cursor(2, 0))
    canvas.text(2, 0, f"{after}z")
    assert painter.paint(canvas, Cursor(5, 0)).decode() == expected


@given(styles, styles)
def test_colours_of_blanks_are_not_told(one: Style, other: Style) -> None:
    """Of a blank its background is seen, and lines through it."""
    canvas, painter = Canvas(12, 1), Painter(12, 1)
    one = one._replace(reverse=False, underline=False, overline=False, strike=False)
    canvas.spans(
        0, 0, [("a", one), (" ", one._replace(fg="red", bold=True)), ("b", one)]
    )
    output = painter.paint(canvas)
    assert b"a b" in output


# ---- beginning and end


def test_after_forgetting_everything_is_painted() -> None:
    """As it is when somebody else has drawn on the terminal."""
    desk = Desk()
    desk.painter.forget()
    again = desk.paint()
    assert again == desk.first


def test_a_terminal_is_given_back_as_it_was() -> None:
    """Plain, with automatic margins, and its own cursor."""
    outer = Emulator(4, 2)
    canvas, painter = Canvas(4, 2), Painter(4, 2)
    canvas.text(0, 0, "abcd", Style(bold=True))
    outer.feed(painter.paint(canvas, Cursor(0, 1, shape="bar")))
    assert outer.cursor_shape == "bar"
    outer.feed(painter.finish() + b"\x1b[2Habcde")
    assert [row.text for row in outer.rows] == ["abcd", "e"]
    assert {cell.style for cell in outer.rows[1].cells()} == {PLAIN}
    assert outer.is_cursor_visible
    assert outer.cursor_shape == "default"


def test_a_picture_of_another_size_is_a_mistake() -> None:
    """It would be painted in the wrong places."""
    with pytest.raises(ValueError, match="different sizes"):
        Painter(4, 2).paint(Canvas(2, 4))
