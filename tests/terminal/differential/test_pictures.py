"""What a painter sends shows the same picture in tmux as in our own terminal."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from terminalview import differences, emulated

from fugue_actors.drawing import Canvas, Cursor, Painter, Style, borders
from fugue_actors.protocol.tiling import Rectangle
from fugue_actors.terminal.emulator import Emulator

if TYPE_CHECKING:
    from tmuxjudge import Server

pytestmark = pytest.mark.real

SIZE = (60, 12)
PANES = (Rectangle(0, 0, 29, 11), Rectangle(30, 0, 30, 5), Rectangle(30, 6, 30, 5))
WORDS = (
    "plain",
    "x = 1",
    "           ",
    "漢字",
    "naïve",
    "한글",
    "e\u0301te\u0301",
    "─┼─",
    "",
)
COLOURS = ("default", "red", "brightblue", "ff8700", "0a141e")


def words(chance: random.Random) -> list[dict[str, Any]]:
    """A row of runs."""
    row = []
    for _ in range(chance.randrange(6)):
        run: dict[str, Any] = {"text": chance.choice(WORDS)}
        run["fg"], run["bg"] = chance.choices(COLOURS, [5, 1, 1, 1, 1], k=2)
        for name in ("bold", "dim", "italic", "underline", "reverse", "strike"):
            if chance.random() < 0.15:
                run[name] = True
        if "underline" in run:
            run["underline_style"] = chance.choice(["single", "curly"])
        row.append(run)
    return row


@pytest.mark.parametrize("seed", range(20))
def test_pictures_one_after_the_other(tmux: Server, seed: int) -> None:
    """Panes, their borders, a box on top and a status line, each time a little other."""
    chance = random.Random(seed)
    canvas, painter, ours = Canvas(*SIZE), Painter(*SIZE), Emulator(*SIZE)
    screens = [[words(chance) for _ in range(area.lines)] for area in PANES]
    with tmux.pane(*SIZE) as pane:
        for step in range(6):
            canvas.clear()
            for area, rows in zip(PANES, screens, strict=True):
                rows[chance.randrange(area.lines)] = words(chance)
                canvas.put_rows(area, rows, chance.choice([0, 0, 3]))
            lines = borders(PANES, 60, 11, chance.choice(PANES))
            canvas.put_borders(Rectangle(0, 0, 60, 11), lines, active=Style(fg="green"))
            if step % 2:
                canvas.box(Rectangle(chance.randrange(40), 2, 20, 5), title="a box")
            canvas.field(0, 11, 60, f" step {step} 漢", Style(bg="green", fg="black"))
            cursor = Cursor(chance.randrange(60), chance.randrange(12))
            output = painter.paint(canvas, cursor)
            pane.feed(output)
            ours.feed(output)
        pane.settle()
        view = pane.view()
    # The last column of each row is spoiled by how the judge looks.
    assert not differences(view, emulated(ours))
    assert (ours.cursor.x, ours.cursor.y) == (cursor.x, cursor.y)


@pytest.mark.parametrize(
    "odd",
    [
        "👍",
        "👍🏽",
        "👩\u200d💻",
        "❤\ufe0f",
        "🇩🇪",
        "\ue0b0",
        "👨\u200d👩\u200d👧",
        "क्षि",
        "ก็",
    ],
)
def test_text_stays_where_it_is_beside_what_tmux_thinks_wider(
    tmux: Server, odd: str
) -> None:
    """Whatever width it gives to an emoji, no other text is shifted or lost."""
    canvas, painter = Canvas(30, 2), Painter(30, 2)
    with tmux.pane(30, 2) as pane:
        for text in (f"abc{odd}def{odd}", f"ab{odd}{odd}cdefg", f"x{odd}{odd}{odd}end"):
            canvas.clear()
            canvas.text(0, 0, text)
            canvas.text(20, 0, "|")
            canvas.text(0, 1, "below")
            pane.feed(painter.paint(canvas))
        pane.settle()
        # A mark in each cell in turn would disturb; instead: where text begins is asked
        # by erasing all before it.
        place = canvas.glyphs[0].index("e")
        pane.feed(b"\x1b[1;%dH\x1b[1K" % place)
        pane.settle()
        rows, _ = pane.rows(30)
    text = "".join(character for character, _ in rows[0])
    assert text == " " * place + "".join(canvas.glyphs[0][place:]).rstrip()
    assert "".join(character for character, _ in rows[1]) == "below"


@pytest.mark.parametrize("step", [1, 3, -2])
def test_rows_that_moved_are_where_they_belong(tmux: Server, step: int) -> None:
    """A log between a heading and a status line, forwards and backwards."""
    canvas, painter, ours = Canvas(40, 12), Painter(40, 12), Emulator(40, 12)
    first = 50
    with tmux.pane(40, 12) as pane:
        for _ in range(5):
            first += step
            canvas.clear()
            canvas.field(0, 0, 40, "heading", Style(bg="blue"))
            for y in range(1, 11):
                style = Style(fg=COLOURS[(first + y) % 3])
                canvas.text(0, y, f"line {first + y} 漢字 of a log", style)
            canvas.field(0, 11, 40, f"from {first}", Style(reverse=True))
            output = painter.paint(canvas, Cursor(0, 11))
            pane.feed(output)
            ours.feed(output)
        assert b"\x1b[r" in output  # it was moved, not drawn
        pane.settle()
        view = pane.view()
    assert not differences(view, emulated(ours))
    assert [row.text for row in ours.rows][1] == f"line {first + 1} 漢字 of a log"
