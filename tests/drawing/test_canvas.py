"""The canvas: what is drawn where, and what of it is to be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fugue_actors.drawing import PLAIN, Canvas, Style
from fugue_actors.drawing.cells import Cells
from fugue_actors.protocol.tiling import Rectangle

if TYPE_CHECKING:
    from collections.abc import Callable

RED = Style(fg="red")


def drawn(columns: int, lines: int, *steps: Callable[[Canvas], Any]) -> list[str]:
    """What a canvas shows after some steps."""
    canvas = Canvas(columns, lines)
    for step in steps:
        step(canvas)
    return canvas.shown


@pytest.mark.parametrize(
    ("x", "text", "expected"),
    [
        (0, "a", "a 字    "),
        (1, "a", " a字    "),
        (2, "a", "漢a     "),
        (3, "a", "漢 a    "),
        (1, "語", " 語     "),
        (0, "語", "語字    "),
        (-1, "語", "  字    "),
        (7, "語", "漢字   "),
        (6, "語", "漢字  語"),
    ],
)
def test_a_wide_character_is_whole_or_a_blank(x: int, text: str, expected: str) -> None:
    """Half of one would shift all that stands behind it."""
    canvas = Canvas(8, 1)
    canvas.text(0, 0, "漢字")
    canvas.put(x, 0, canvas_cells(text))
    assert canvas.shown[0].rstrip() == expected.rstrip()
    assert len(canvas.glyphs[0]) == 8


def canvas_cells(text: str) -> Cells:
    """The cells of a text, from a canvas of its own."""
    other = Canvas(len(text) * 2, 1)
    width = other.text(0, 0, text)
    return Cells(other.glyphs[0][:width], [PLAIN] * width)


ROWS: list[list[dict[str, Any]]] = [
    [{"text": "abcd"}, {"text": "漢字", "fg": "red"}, {"text": "xy"}],
    [],
    [{"text": "12"}],
]


@pytest.mark.parametrize(
    ("area", "offset", "expected"),
    [
        (
            Rectangle(0, 0, 10, 3),
            (0, 0),
            ["abcd漢字xy..", "          ..", "12        .."],
        ),
        (Rectangle(2, 1, 5, 2), (0, 0), ["." * 12, "..abcd .....", "..     ....."]),
        (Rectangle(0, 0, 4, 2), (5, 0), [" 字x........", "    ........", "." * 12]),
        (Rectangle(-1, -1, 4, 4), (0, 1), ["2  .........", "." * 12, "." * 12]),
        (Rectangle(0, 0, 5, 3), (0, 2), ["12   .......", "." * 12, "." * 12]),
        (Rectangle(9, 0, 9, 1), (2, 0), ["." * 9 + "cd ", "." * 12, "." * 12]),
        (Rectangle(0, 1, 0, 1), (0, 0), ["." * 12] * 3),
        (Rectangle(20, 0, 5, 1), (0, 0), ["." * 12] * 3),
    ],
)
def test_rows_are_cut_to_their_place(
    area: Rectangle, offset: tuple[int, int], expected: list[str]
) -> None:
    """At any offset; lines for which there is no row stay as they were."""
    canvas = Canvas(12, 3)
    canvas.fill(Rectangle(0, 0, 12, 3), ".")
    canvas.put_rows(area, ROWS, *offset)  # type: ignore[arg-type]
    assert canvas.shown == expected


def test_a_row_that_is_another_object_is_drawn_anew() -> None:
    """A client's model puts new rows in the place of old ones."""
    canvas = Canvas(4, 1)
    area = Rectangle(0, 0, 4, 1)
    for text in ("old", "new"):
        canvas.clear()
        canvas.put_rows(area, [[{"text": text}]])
        assert canvas.shown == [f"{text} "]


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("abc", None, ".abc...."),
        ("abcdefghi", None, ".abcdef…"),
        ("abcdef", 4, ".abc…..."),
        ("漢字漢字", 4, ".漢 …..."),
        ("abc", 0, "........"),
        ("abc", -3, "........"),
        ("a", 1, ".a......"),
        ("ab", 1, ".…......"),
    ],
)
def test_a_text_ends_where_it_must(text: str, width: int | None, expected: str) -> None:
    """With an ellipsis, and without touching what is beside it."""
    canvas = Canvas(8, 1)
    canvas.fill(Rectangle(0, 0, 8, 1), ".")
    taken = canvas.text(1, 0, text, PLAIN, width)
    assert canvas.shown == [expected]
    assert taken == 8 - canvas.glyphs[0].count(".")


@pytest.mark.parametrize(
    ("align", "expected"),
    [("left", "[漢x   ]"), ("right", "[   漢x]"), ("centre", "[ 漢x  ]")],
)
def test_a_field_is_blank_beside_its_text(align: Any, expected: str) -> None:
    """Whatever stood there before."""
    canvas = Canvas(8, 1)
    canvas.text(0, 0, "[......]")
    canvas.field(1, 0, 6, "漢x", RED, align)
    assert canvas.shown == [expected]
    assert canvas.styles[0] == [PLAIN, *[RED] * 6, PLAIN]


def test_spans_keep_their_styles_when_they_are_cut() -> None:
    """The ellipsis looks like what it stands for."""
    canvas = Canvas(6, 1)
    assert canvas.spans(0, 0, [("ab", RED), ("cdef", PLAIN)], 4) == 4
    assert canvas.shown == ["abc…  "]
    assert canvas.styles[0][:4] == [RED, RED, PLAIN, PLAIN]


def test_a_box_covers_what_is_below() -> None:
    """With a frame, a title as far as there is room, and nothing inside."""
    canvas = Canvas(12, 4)
    canvas.fill(Rectangle(0, 0, 12, 4), "#")
    canvas.box(Rectangle(1, 0, 10, 3), RED, "a title")
    assert canvas.shown == [
        "#┌─ a ti…─┐#",
        "#│        │#",
        "#└────────┘#",
        "############",
    ]
    canvas.box(Rectangle(0, 0, 1, 1))
    assert canvas.shown[0][0] == "#"


def test_a_heavy_box_has_heavy_lines() -> None:
    """It is drawn by the same rules."""
    assert drawn(
        3, 3, lambda canvas: canvas.box(Rectangle(0, 0, 3, 3), heavy=True)
    ) == [
        "┏━┓",
        "┃ ┃",
        "┗━┛",
    ]


def test_styles_of_an_area_are_changed_and_nothing_else() -> None:
    """A selection is drawn over whatever is there, in whatever colours."""
    canvas = Canvas(6, 2)
    canvas.text(0, 0, "a漢b", RED)
    canvas.restyle(Rectangle(0, 0, 2, 1), reverse=True)
    assert canvas.shown[0] == "a漢b  "
    inverse = RED._replace(reverse=True)
    assert canvas.styles[0] == [inverse, inverse, inverse, RED, PLAIN, PLAIN]
    canvas.restyle(Rectangle(2, 0, 9, 9), bold=True)
    assert canvas.styles[0][2] == inverse
    assert canvas.styles[0][3] == RED._replace(bold=True)
    assert canvas.styles[1][5] == Style(bold=True)


def test_what_is_out_of_sight_is_not_drawn() -> None:
    """Places come from layouts and cursors of others, and may be anywhere."""
    canvas = Canvas(4, 2)
    for x, y in ((0, -1), (0, 2), (-9, 0), (4, 0)):
        canvas.text(x, y, "abc", RED, 3)
        canvas.field(x, y, 3, "abc", RED)
        canvas.fill(Rectangle(x, y, 3, 1), "x", RED)
        canvas.restyle(Rectangle(x, y, 3, 1), bold=True)
    assert canvas.shown == ["    ", "    "]
    assert canvas.styles == [[PLAIN] * 4] * 2


def test_a_new_size_is_a_new_picture() -> None:
    """Nothing of the old one is left over."""
    canvas = Canvas(4, 2)
    canvas.text(0, 0, "abcd")
    canvas.resize(2, 3)
    assert (canvas.columns, canvas.lines, canvas.shown) == (2, 3, ["  "] * 3)
