"""The emulator as a whole: any bytes, in any split, give one well-formed screen."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING
from unicodedata import category

import attrs
import pytest
import streams
from hypothesis import example, given, settings, strategies as st
from strategies import examples

from fugue_actors.protocol.hosting import Modes, Position
from fugue_actors.terminal import snapshot
from fugue_actors.terminal.characters import width
from fugue_actors.terminal.emulator import Emulator
from fugue_actors.terminal.emulator.controls import ACTIONS_LIMIT
from fugue_actors.terminal.emulator.emulator import PENDING_LIMIT_BYTES
from fugue_actors.terminal.emulator.history import LIMIT_BYTES
from fugue_actors.terminal.emulator.machine import Machine
from fugue_actors.terminal.emulator.pens import TRANSITIONS_LIMIT, Pen
from fugue_actors.terminal.styles import COLOURS, Style

if TYPE_CHECKING:
    from fugue_actors.terminal.emulator.screen import Screen

sizes = st.tuples(st.integers(2, 30), st.integers(1, 12))


def state(emulator: Emulator) -> object:
    """Everything somebody outside could see."""
    screen = snapshot.take(emulator, history=1000, since=0, styled=True)
    return screen, emulator.take_replies(), emulator.history.lines


def assert_well_formed(emulator: Emulator) -> None:
    """What rows and cursor promise to whoever reads or changes them."""
    assert len(emulator.rows) == emulator.lines
    assert 0 <= emulator.cursor.x < emulator.columns
    assert 0 <= emulator.cursor.y < emulator.lines
    for row in emulator.rows:
        assert len(row) <= emulator.columns
        assert len(row.glyphs) == len(row.styles)
        cells = row.cells()
        for x, cell in enumerate(cells):
            if not cell.data:
                assert is_wide(cells[x - 1].data)
            elif width(cell.data[0]) == 2:
                assert cells[x + 1].data == ""
            assert not any(category(character) == "Cc" for character in cell.data)


def is_wide(cluster: str) -> bool:
    """Whether a cell's text may fill two columns; marks can make a narrow one wide."""
    return width(cluster[0]) == 2 or len(cluster) > 1


@given(st.data())
def test_any_split_of_the_same_bytes_gives_the_same_screen(data: st.DataObject) -> None:
    """A terminal's output is cut wherever the kernel likes, in characters and sequences too."""
    output = data.draw(streams.output | streams.garbage | streams.mixed)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(output)), max_size=20)))
    whole, split = Emulator(20, 5), Emulator(20, 5)
    whole.feed(output)
    for start, end in zip([0, *cuts], [*cuts, len(output)], strict=True):
        split.feed(output[start:end])
    # Stamps only have to lie between two looks.
    assert without_stamps(state(whole)) == without_stamps(state(split))


class Drawn:
    """The emulator without what makes it fast: one thing after the other, at once."""

    def __init__(self, columns: int, lines: int, history_lines: int) -> None:
        self.machine = Machine(columns, lines, history_lines=history_lines)
        self.screen = self.machine.screen
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, data: bytes) -> None:
        self.machine.sequencer.feed(self.decoder.decode(data))


def seen(screen: Screen) -> object:
    """Every cell of screen and history, and what decides how the next will be drawn."""
    return (
        [(row.cells(), row.wrapped) for row in screen.buffer],
        [(row.cells(), row.wrapped) for row in screen.primary or ()],
        [line._replace(changed=0) for line in screen.history.lines],
        (screen.cursor.x, screen.cursor.y, screen.cursor.hidden, screen.pen.style),
        screen.last[-1:],
    )


@given(
    sizes,
    st.lists(st.tuples(streams.mixed | streams.log, st.none() | sizes), max_size=5),
    st.integers(1, 100),
    st.sampled_from([20, 100, 300, PENDING_LIMIT_BYTES]),
)
@examples(150)
def test_output_drawn_late_looks_as_if_drawn_at_once(
    size: tuple[int, int],
    steps: list[tuple[bytes, tuple[int, int] | None]],
    history_lines: int,
    pending_limit: int,
) -> None:
    """Cell for cell, on screen and in history, with looks and changes of size between,
    however much of it waits.
    """
    late = Emulator(*size, history_lines=history_lines)
    late.pending_limit = pending_limit
    drawn = Drawn(*size, history_lines)
    for output, new_size in steps:
        late.feed(output)
        drawn.feed(output)
        if new_size:
            late.settle()
            assert seen(late.screen) == seen(drawn.screen)
            late.resize(*new_size)
            drawn.screen.resize(*reversed(new_size))
    late.settle()
    assert seen(late.screen) == seen(drawn.screen)


def test_a_line_ends_where_cr_and_lf_are_neighbours() -> None:
    """What comes between them begins elsewhere than in the first column."""
    output = b"abc\rx\ny" * 100
    late, drawn = Emulator(20, 5), Drawn(20, 5, 1000)
    late.feed(output)
    drawn.feed(output)
    late.settle()
    assert seen(late.screen) == seen(drawn.screen)


def without_stamps(seen: object) -> object:
    screen, replies, lines = seen  # type: ignore[misc]
    notifications = tuple(attrs.evolve(each, at=0) for each in screen.notifications)
    return (
        attrs.evolve(screen, notifications=notifications),
        replies,
        [line._replace(changed=0) for line in lines],
    )


@given(
    sizes,
    st.lists(
        st.tuples(streams.output | streams.garbage, st.none() | sizes), max_size=6
    ),
)
@settings(max_examples=300)
@example((2, 1), [("漢".encode(), None), (b"\x1b[P", None)])
def test_no_output_raises_or_breaks_the_screen(
    size: tuple[int, int], steps: list[tuple[bytes, tuple[int, int] | None]]
) -> None:
    """Whatever a program writes and however often it is resized, a host must not fail."""
    emulator = Emulator(*size, history_lines=10)
    for output, new_size in steps:
        emulator.feed(output)
        assert_well_formed(emulator)
        if new_size:
            emulator.resize(*new_size)
            assert_well_formed(emulator)
            assert (emulator.columns, emulator.lines) == new_size
        state(emulator)
    assert emulator.history.count <= 10


@given(st.lists(st.text(st.sampled_from("abc 漢é"), max_size=50), max_size=30))
def test_no_line_of_linear_output_is_lost_or_doubled(lines: list[str]) -> None:
    """Reading with history gives back exactly what a simple program printed."""
    emulator = Emulator(120, 4)
    emulator.feed("\r\n".join(lines).encode())
    screen = snapshot.take(emulator, history=1000)
    seen = [*screen.history, *screen.text]
    expected = [line.rstrip(" ") for line in lines]
    assert seen[: len(expected)] == expected
    assert not any(seen[len(expected) :])


@given(
    st.lists(st.lists(st.text("abc", min_size=1, max_size=9), max_size=9), max_size=6)
)
def test_reading_since_cursors_gives_each_line_once(rounds: list[list[str]]) -> None:
    """However often somebody looks, lines neither vanish nor come twice."""
    emulator, cursor, seen = Emulator(20, 3), 0, []
    for lines in rounds:
        emulator.feed("".join(f"{line}\r\n" for line in lines).encode())
        screen = snapshot.take(emulator, since=cursor)
        assert screen.new is not None
        seen += screen.new
        cursor = screen.next
    assert seen == [line for lines in rounds for line in lines]


def test_a_character_split_over_reads_is_drawn_once_it_is_whole() -> None:
    """The kernel knows nothing of characters."""
    emulator = Emulator(10, 1)
    for byte in "漢é👍".encode():
        emulator.feed(bytes([byte]))
    assert emulator.rows[0].text == "漢é👍"


def test_invalid_utf8_is_replaced() -> None:
    """Binary output must not end a host, and shows that something was there."""
    emulator = Emulator(10, 1)
    emulator.feed(b"a\xff\xc3(b")
    assert emulator.rows[0].text == "a��(b"


def test_modes_that_input_must_honour_are_tracked() -> None:
    """Keys and pastes are encoded by them."""
    emulator = Emulator(10, 1)
    assert emulator.modes == Modes()
    emulator.feed(b"\x1b[?1;2004;1004h\x1b[?1002;1006h\x1b=")
    assert emulator.modes == Modes(
        application_cursor=True,
        application_keypad=True,
        bracketed_paste=True,
        focus_events=True,
        mouse=True,
        mouse_mode=1002,
        mouse_encoding=1006,
    )
    emulator.feed(b"\x1b[?1;2004;1004;1002;1006l\x1b>")
    assert emulator.modes == Modes()


def test_a_reset_forgets_modes_and_screen_and_keeps_history() -> None:
    """`reset` in a shell must bring a garbled pane back, without losing what was said."""
    emulator = Emulator(10, 2)
    emulator.feed(b"a\r\nb\r\nc\x1b[?1049h\x1b[?2004h\x1b[1;31m\x1b]2;t\x07\x1bc")
    assert not emulator.is_alternate
    assert emulator.modes == Modes()
    assert emulator.title == ""
    assert [row.text for row in emulator.rows] == ["", ""]
    assert [line.text for line in emulator.history.lines] == ["a", "b", "c"]
    assert emulator.cursor == Position(x=0, y=0)


def test_what_waits_to_be_drawn_is_bounded() -> None:
    """A flood that nobody looks at must not fill the host's memory."""
    emulator = Emulator(80, 24, history_lines=100)
    for _ in range(100):
        emulator.feed(b"0123456789abcdef\r\n" * 4000)
        assert emulator.pending_bytes <= PENDING_LIMIT_BYTES
    assert emulator.history.count == 100
    emulator.feed(b"\x1b[" + b"1;" * 100_000)
    assert len(emulator.rest) < 100


@pytest.mark.parametrize("end", [b"\r\n", b"\x1b7\r\n", b""])
def test_history_is_bounded_in_bytes(end: bytes) -> None:
    """Few lines can be long ones, or one that never ends."""
    emulator = Emulator(200, 10)
    history = emulator.history
    assert history.limit_bytes == LIMIT_BYTES
    limit = history.limit_bytes = 1024 * 1024
    for _ in range(100):
        emulator.feed(b"x" * 20_000 + end)
    assert limit / 2 < history.size <= limit
    assert sum(len(line.glyphs) for line in history.lines) <= limit
    assert history.lost


def test_what_is_remembered_of_sequences_is_bounded() -> None:
    """Pictures in true colour hardly ever write the same sequence twice."""
    emulator = Emulator(80, 24)
    for number in range(3 * TRANSITIONS_LIMIT):
        emulator.feed(b"\x1b[38;2;%d;%d;1mx" % divmod(number % 65536, 256))
        emulator.feed(b"\x1b[%d;%dr" % (number, number + 1))
    assert len(Pen.pens) <= TRANSITIONS_LIMIT + 1
    assert sum(len(pen.after) for pen in Pen.pens.values()) <= TRANSITIONS_LIMIT
    assert len(emulator.controls.actions) <= ACTIONS_LIMIT


def test_only_what_is_asked_for_is_drawn_from_history() -> None:
    """A reader of the last lines must not wait for all the others."""
    emulator = Emulator(20, 5)
    emulator.feed(b"".join(b"\x1b[3%dm%d\r\n" % (n % 8, n) for n in range(9000)))
    assert [line.text for line in emulator.history.last(2)] == ["8994", "8995"]
    assert emulator.history.last(0) == []
    (line,) = emulator.history.last(1)
    assert line.styles == ((4, Style(fg=COLOURS[8995 % 8])),)
    assert [line.text for line in emulator.history.lines][:2] == ["0", "1"]


def test_a_mark_on_a_blank_is_told_with_its_style_as_well() -> None:
    """A blank at the end of a row is one that nobody can see."""
    emulator = Emulator(4, 1)
    emulator.feed("a \u0301".encode())
    screen = snapshot.take(emulator, styled=True)
    assert screen.rows is not None
    assert "".join(run.text for run in screen.rows[0]) == screen.text[0] == "a \u0301"
