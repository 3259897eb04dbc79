"""Lines as cells, and the rows that they fill."""

from __future__ import annotations

from itertools import pairwise

from copytexts import GLYPHS, lines
from hypothesis import example, given, strategies as st

from fugue_actors.terminal.emulator import Emulator
from fugue_actors.tui.copying.lines import Line, Place, Row
from fugue_actors.tui.copying.text import Text
from fugue_actors.tui.copying.window import RowPlace, Shape

texts = st.text(GLYPHS + "\u0301", max_size=40)


@given(texts, st.integers(2, 12))
def test_rows_hold_every_cell_once_and_are_as_full_as_they_can_be(text, columns):
    """No cell is lost or cut, and none would have fitted in the row before."""
    line = Line(text)
    rows = line.rows(columns)
    assert "".join(line.slice(*row) for row in rows) == text
    for row, following in pairwise(rows):
        width = line.columns[row.end] - line.columns[row.start]
        more = line.columns[following.start + 1] - line.columns[row.start]
        assert width <= columns < more
    for cell in range(len(line) + 1):
        at = rows[line.row_of(cell, columns)]
        assert at.start <= cell < at.end or (cell == len(line) and at is rows[-1])


@given(texts, st.integers(2, 12))
def test_the_column_of_a_cell_leads_back_to_it(text, columns):
    """Both halves of a wide character are that character."""
    line = Line(text)
    for row in line.rows(columns):
        for cell in range(row.start, row.end):
            column = line.column_of(cell, columns)
            width = line.columns[cell + 1] - line.columns[cell]
            for half in range(width):
                assert line.cell_at(row, column + half) == cell
        assert line.cell_at(row, 1000) == row.end


@given(st.text("ab漢👍é ", min_size=1, max_size=40).map(str.rstrip).filter(bool))
@example("👍\u200d👍a")
@example("e\u0301漢")
def test_lines_are_broken_where_the_terminal_breaks_them(text):
    """What copy mode shows first is, row for row, what the screen showed."""
    emulator = Emulator(7, 20)
    emulator.feed(text.encode())
    line = Line(text)
    shown = [line.slice(*row).rstrip() for row in line.rows(7)]
    assert shown == [row.text.rstrip() for row in emulator.rows[: len(shown)]]


@given(texts, st.data())
def test_a_part_of_the_text_is_the_cells_that_hold_it(text, data):
    """What a pattern matched is shown by whole cells."""
    line = Line(text)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    first, last = line.cells_between(start, end)
    assert text[start:end] in line.slice(first, last)
    if end > start:
        assert line.offsets[first] <= start
        assert end <= line.offsets[last]


@given(lines, st.integers(2, 12), st.integers(1, 5), st.data())
def test_going_up_and_down_rows_is_going_through_a_list_of_them(
    given_lines, columns, count, data
):
    """Rows are counted over lines of any length."""
    text = Text.of(given_lines)
    shape = Shape(text, columns, 4)
    every = [
        RowPlace(number, row)
        for number in range(text.end)
        for row in range(len(text.line(number).rows(columns)))
    ]
    at = data.draw(st.integers(0, len(every) - 1))
    assert shape.down(every[at], count) == every[min(at + count, len(every) - 1)]
    assert shape.up(every[at], count) == every[max(at - count, 0)]
    other = data.draw(st.integers(at, len(every) - 1))
    assert shape.between(every[at], every[other], 1000) == other - at
    assert shape.start_of(every[at]) == Place(
        every[at].line, shape.cells_of(every[at]).start
    )
    assert isinstance(shape.cells_of(every[at]), Row)


runs = st.lists(
    st.tuples(
        st.text(GLYPHS, min_size=1, max_size=9), st.sampled_from(["red", "green"])
    )
)


@given(runs, st.integers(2, 12))
def test_rows_look_as_their_part_of_the_line(parts, columns):
    """Each cell keeps its style when a line is broken, and rows are remembered."""
    line = Line.styled([{"text": text, "fg": colour} for text, colour in parts])
    colours = [colour for text, colour in parts for _ in text]
    rows = line.row_runs(columns)
    drawn = [run for row in rows for run in row]
    assert "".join(run["text"] for run in drawn) == line.text
    assert [run["fg"] for run in drawn for _ in run["text"]] == colours
    assert ["".join(run["text"] for run in row) for row in rows] == [
        line.slice(*row) for row in line.rows(columns)
    ]
    assert line.row_runs(columns) is rows
    line.runs = None
    plain = line.row_runs(columns)
    assert [run for row in plain for run in row if "fg" in run] == []
