"""Lines by their numbers: what a reader who pages through history is given."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings, strategies as st

from fugue_actors.terminal import numbered
from fugue_actors.terminal.emulator import Emulator

COLOURS = "", "\x1b[31m", "\x1b[1;32m", "\x1b[m"


def line(number: int, length: int) -> str:
    """A line that says its number, and is so long."""
    return f"{number}:" + "ab漢c"[number % 3] * length


pieces = st.lists(
    st.one_of(
        st.tuples(
            st.just("write"),
            st.integers(1, 60),
            st.integers(0, 30),
            st.sampled_from(COLOURS),
        ),
        st.tuples(st.just("cursor"), st.just(0), st.just(0), st.just("")),
        st.tuples(
            st.just("resize"), st.integers(4, 20), st.integers(1, 8), st.just("")
        ),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60)
@given(pieces, st.sampled_from([20, 10_000]), st.integers(5, 50))
def test_a_line_has_the_number_in_which_order_it_was_written(story, limit, count):
    """Through scrolling, sizes, linear output, forgetting and any way to page."""
    emulator = Emulator(10, 4, history_lines=limit)
    written: list[str] = []
    for kind, a, b, colour in story:
        if kind == "write":
            more = [line(len(written) + each, (each * 7 + b) % 31) for each in range(a)]
            written += more
            output = "".join(f"{colour}{each}\r\n" for each in more)
            emulator.feed(output.encode())
        elif kind == "cursor":
            emulator.feed(b"\x1b[?25l\x1b[?25h")  # what is not linear
        else:
            emulator.resize(a, b)
        last = numbered.read(emulator, first=None, count=1, styled=False)
        assert last.end >= len(written)
        assert last.first == last.end - 1
        assert last.screen <= last.cursor_line < last.end
        assert last.oldest <= last.screen
        if limit == 20:
            assert last.screen - last.oldest <= 20
        else:
            assert last.oldest == 0
        expected = written + [""] * (last.end - len(written))
        start = last.oldest
        while start < last.end:
            page = numbered.read(emulator, first=start, count=count, styled=False)
            looks = numbered.read(emulator, first=start, count=count, styled=True)
            assert page.first == start
            assert list(page.texts) == expected[start : start + count]
            assert [
                "".join(run["text"] for run in json.loads(each)).rstrip()
                for each in looks.texts
            ] == list(page.texts)
            start += count
        assert (last.cursor_line, last.cursor_column) == (len(written), 0)


def test_the_alternate_screen_follows_what_scrolled_off():
    """As in tmux one can scroll up from a full-screen program to what was before it."""
    emulator = Emulator(10, 3)
    emulator.feed(b"".join(b"%d\r\n" % each for each in range(5)))
    emulator.feed(b"a line that goes on" * 3 + b"\x1b[?1049h\x1b[Hup\r\n\r\nlow")
    page = numbered.read(emulator, first=None, count=100, styled=False)
    assert page.alternate
    assert page.texts[page.screen :] == ("up", "", "low")
    assert page.texts[:5] == ("0", "1", "2", "3", "4")
    assert page.texts[5] == ("a line that goes on" * 3)[:30]
    assert page.screen == 6
    assert (page.cursor_line, page.cursor_column) == (page.screen + 2, 3)


def test_a_line_that_began_above_the_screen_is_whole():
    """Its part that scrolled off and its part on the screen are one line with one number."""
    emulator = Emulator(5, 2)
    emulator.feed(b"one\r\nabcdefghijklmnopq")
    page = numbered.read(emulator, first=1, count=5, styled=False)
    assert page.texts == ("abcdefghijklmnopq",)
    assert (page.oldest, page.screen, page.end, page.first) == (0, 1, 2, 1)
    assert (page.cursor_line, page.cursor_column) == (1, 17)


@pytest.mark.parametrize("first", [None, 0, 3, 100])
def test_what_there_is_not_is_left_out(first):
    """A reader who asks for too much, or for what is forgotten, is told what there is."""
    emulator = Emulator(5, 2, history_lines=2)
    emulator.feed(b"0\r\n1\r\n2\r\n3\r\n4")
    page = numbered.read(emulator, first=first, count=100, styled=False)
    assert (page.oldest, page.screen, page.end) == (1, 3, 5)
    begin = {None: 1, 0: 1, 3: 3, 100: 5}[first]
    assert page.first == begin
    assert page.texts == tuple("01234"[begin:])
