"""Lines between panes: joined where they meet, and the active pane's to be told apart."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from fugue_actors.drawing import PLAIN, Canvas, Style, borders
from fugue_actors.drawing.boxes import HEAVY, LIGHT, LINES, joint
from fugue_actors.protocol.layout import Leaf, Part, Split, Window
from fugue_actors.protocol.tiling import Rectangle, rectangles

GREEN = Style(fg="green")


def picture(panes: list[Rectangle], columns: int, lines: int, **options: object) -> str:
    """The lines between panes as text; the active pane's are marked in a second picture."""
    canvas = Canvas(columns, lines)
    found = borders(panes, columns, lines, **options)  # type: ignore[arg-type]
    canvas.put_borders(Rectangle(0, 0, columns, lines), found, PLAIN, GREEN)
    return "\n".join(line.rstrip() for line in canvas.shown)


FOUR = [
    Rectangle(0, 0, 4, 2),
    Rectangle(5, 0, 4, 2),
    Rectangle(0, 3, 4, 2),
    Rectangle(5, 3, 4, 2),
]


@pytest.mark.parametrize(
    ("panes", "active", "expected"),
    [
        (FOUR, None, "    │\n    │\n────┼────\n    │\n    │"),
        (FOUR, FOUR[0], "    ┃\n    ┃\n━━━━╃────\n    │\n    │"),
        (FOUR, FOUR[3], "    │\n    │\n────╆━━━━\n    ┃\n    ┃"),
        (
            [Rectangle(0, 0, 9, 2), Rectangle(0, 3, 4, 2), Rectangle(5, 3, 4, 2)],
            None,
            "\n\n────┬────\n    │\n    │",
        ),
        ([Rectangle(0, 0, 9, 5)], None, "\n\n\n\n"),
        ([Rectangle(0, 0, 4, 1), Rectangle(5, 0, 4, 1)], None, "    │"),
    ],
)
def test_lines_are_joined(
    panes: list[Rectangle], active: Rectangle | None, expected: str
) -> None:
    """A line that ends at another one is seen to."""
    columns = max(each.x + each.columns for each in panes)
    lines = max(each.y + each.lines for each in panes)
    assert picture(panes, columns, lines, active=active) == expected


@pytest.mark.parametrize(
    ("panes", "which", "expected"),
    [
        ([Rectangle(0, 0, 4, 4), Rectangle(5, 0, 4, 4)], 0, {(4, 0), (4, 1)}),
        ([Rectangle(0, 0, 4, 4), Rectangle(5, 0, 4, 4)], 1, {(4, 2), (4, 3)}),
        ([Rectangle(0, 0, 4, 2), Rectangle(0, 3, 4, 2)], 0, {(0, 2), (1, 2)}),
        ([Rectangle(0, 0, 4, 2), Rectangle(0, 3, 4, 2)], 1, {(2, 2), (3, 2)}),
    ],
)
def test_of_two_panes_each_has_half_of_the_line(
    panes: list[Rectangle], which: int, expected: set[tuple[int, int]]
) -> None:
    """The whole line is next to both: it would not say which pane is meant."""
    columns, lines = (9, 4) if panes[1].x else (4, 5)
    found = borders(panes, columns, lines, panes[which])
    cells = {
        (line.x + i, line.y)
        for line in found
        if line.active
        for i in range(len(line.text))
    }
    assert cells == expected


def test_there_can_be_a_line_above_for_titles() -> None:
    """Every pane has a line above it then, and the active one's goes all around."""
    found = borders(FOUR, 9, 5, FOUR[1], top=True)
    above = [line for line in found if line.y == -1]
    assert [(line.x, line.text, line.active) for line in above] == [
        (0, "────", False),
        (4, "┲━━━━", True),
    ]


def trees(depth: int) -> st.SearchStrategy[object]:
    """Trees of splits; the panes get their names later."""
    if depth == 0:
        return st.just("leaf")
    return st.just("leaf") | st.lists(trees(depth - 1), min_size=2, max_size=3)


def grown(tree: object, direction: str, counter: list[int]) -> Leaf | Split:
    """A tree as a layout has it."""
    if tree == "leaf":
        counter[0] += 1
        return Leaf(pane_id=f"p{counter[0]}")
    assert isinstance(tree, list)
    other = "horizontal" if direction == "vertical" else "vertical"
    parts = tuple(
        Part(ratio=1 / len(tree), node=grown(each, other, counter)) for each in tree
    )
    return Split(direction=direction, parts=parts)  # type: ignore[arg-type]


@given(trees(3), st.data())
def test_the_lines_are_what_the_panes_leave_over(
    tree: object, data: st.DataObject
) -> None:
    """Of any layout: each cell is a pane's or a line's, and near the active pane is its."""
    window = Window(
        window_id="w",
        columns=90,
        lines=60,
        focus="p1",
        root=grown(tree, "vertical", [0]),
    )
    panes = [*rectangles(window).values()]
    active = data.draw(st.sampled_from(panes))
    covered = [
        (x, y)
        for each in panes
        for x in range(each.x, each.x + each.columns)
        for y in range(each.y, each.y + each.lines)
    ]
    drawn = []
    for line in borders(panes, 90, 60, active):
        for place, character in enumerate(line.text):
            drawn.append((line.x + place, line.y))
            assert character in LINES.strip()
    assert sorted(covered + drawn) == sorted(
        (x, y) for x in range(90) for y in range(60)
    )


def test_arms_that_meet_have_one_weight() -> None:
    """The table has each character in its place."""
    assert joint(LIGHT, 0, LIGHT, 0) == "│"
    assert joint(0, HEAVY, 0, HEAVY) == "━"
    assert joint(LIGHT, LIGHT, LIGHT, LIGHT) == "┼"
    assert joint(HEAVY, 0, LIGHT, HEAVY) == "┩"
    assert len(LINES) == len(set(LINES)) == 81


def test_lines_of_a_window_that_is_larger_than_its_place_are_cut() -> None:
    """What is left of or above the offset is not drawn, nor what is beyond the place."""
    canvas = Canvas(10, 6)
    found = borders(FOUR, 9, 5)
    canvas.put_borders(Rectangle(2, 1, 4, 3), found, dx=2, dy=1)
    assert canvas.shown == [
        " " * 10,
        "    │     ",
        "  ──┼─    ",
        "    │     ",
        " " * 10,
        " " * 10,
    ]
